// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;
using System.IO;

namespace K230.Sockets.Conformance
{
    public static class Program
    {
        private const string USAGE =
            "usage: Runner [--filter PART] [--repeat N] [--list] | --behaviour FILE\n" +
            "\n" +
            "  --filter PART     only tests with PART in their id or in the arguments of their DataRow\n" +
            "  --repeat N        all of them N times\n" +
            "  --list            only print the ids\n" +
            "  --behaviour FILE  write the table of behaviour as a document\n" +
            "\n" +
            "Exit codes: 0 no test failed, 1 one did or there is none at all, 2 wrong arguments.";

        public static int Main(string[] args)
        {
            int code = Run(args);

            // A test that hangs has threads that would keep the process.
            Console.Out.Flush();
            Environment.Exit(code);

            return code;
        }

        private static int Run(string[] args)
        {
            var launcher = new Launcher();
            int repeat = 1;
            bool list = false;

            for (int i = 0; i < args.Length; i++)
            {
                bool last = i + 1 == args.Length;

                switch (args[i])
                {
                    case "--filter" when !last:
                        launcher.Filter = args[++i];
                        break;
                    case "--repeat" when !last:
                        if (!int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out repeat) ||
                            repeat == 0)
                        {
                            return Wrong("--repeat needs a number");
                        }

                        break;
                    case "--list":
                        list = true;
                        break;
                    case "--behaviour" when i == 0 && args.Length == 2:
                        File.WriteAllText(args[1], BehaviourDocument.Write());
                        return 0;
                    case "--help":
                        Console.WriteLine(USAGE);
                        return 0;
                    default:
                        return Wrong("'" + args[i] + "' is unknown or lacks its value");
                }
            }

            if (list)
            {
                launcher.List(typeof(Program).Assembly);
                return 0;
            }

            for (int i = 1; i <= repeat; i++)
            {
                launcher.Run(typeof(Program).Assembly);

                if (repeat > 1)
                {
                    Console.Error.WriteLine("run " + i + " of " + repeat + ": " + launcher.Counts + " so far");
                }
            }

            Console.WriteLine(launcher.Counts);

            bool none = launcher.Passed + launcher.Skipped == 0 && launcher.Filter == null;

            return launcher.Failed > 0 || none ? 1 : 0;
        }

        private static int Wrong(string what)
        {
            Console.Error.WriteLine("Runner: " + what + "\n\n" + USAGE);
            return 2;
        }
    }
}
