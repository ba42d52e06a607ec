// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Threading;

namespace K230.Sockets.Conformance
{
    public static class Program
    {
        private const string USAGE =
            "usage: Runner [--filter PART] [--repeat N] [--threads N] [--culture NAME] [--list] | --behaviour FILE\n" +
            "\n" +
            "  --filter PART     only tests with PART in their id or in the arguments of their DataRow\n" +
            "  --repeat N        all of them N times\n" +
            "  --threads N       all of them on each of N threads at the same time\n" +
            "  --culture NAME    with the settings of, say, sv-SE, which has another minus sign; needs ICU and, in the\n" +
            "                    environment, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0\n" +
            "  --list            only print the ids\n" +
            "  --behaviour FILE  write the table of behaviour as a document\n" +
            "\n" +
            "With K230_STACK=lwip it expects what lwIP does; board/virtual/lwip-namespace.sh makes the network for it.\n" +
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
            string filter = null;
            int repeat = 1;
            int threads = 1;
            bool list = false;

            for (int i = 0; i < args.Length; i++)
            {
                bool last = i + 1 == args.Length;

                switch (args[i])
                {
                    case "--filter" when !last:
                        filter = args[++i];
                        break;
                    case "--repeat" when !last:
                        if (!IsCount(args[++i], out repeat))
                        {
                            return Wrong("--repeat needs a number");
                        }

                        break;
                    case "--threads" when !last:
                        if (!IsCount(args[++i], out threads) || threads > 100)
                        {
                            return Wrong("--threads needs a number from 1 to 100");
                        }

                        break;
                    case "--culture" when !last:
                        if (!Settle(args[++i]))
                        {
                            return Wrong("there is no culture '" + args[i] + "'; DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0 and ICU?");
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

            Assembly tests = typeof(Program).Assembly;

            if (list)
            {
                new Launcher(filter).List(tests);
                return 0;
            }

            KnowTheNetwork();
            var launchers = new Launcher[threads];

            for (int i = 0; i < threads; i++)
            {
                launchers[i] = new Launcher(filter);
            }

            for (int i = 1; i <= repeat; i++)
            {
                RunOnThreads(launchers, tests);

                if (repeat > 1)
                {
                    Console.Error.WriteLine("run " + i + " of " + repeat + ": " + Launcher.Counts(launchers) + " so far");
                }
            }

            Console.WriteLine(Launcher.Counts(launchers));

            bool none = Array.TrueForAll(launchers, launcher => launcher.Passed + launcher.Skipped == 0);

            return Array.Exists(launchers, launcher => launcher.Failed > 0) || (none && filter == null) ? 1 : 0;
        }

        /// <summary>Has this culture on every thread; false if there is no such.</summary>
        private static bool Settle(string name)
        {
            try
            {
                CultureInfo culture = CultureInfo.GetCultureInfo(name, true);
                CultureInfo.CurrentCulture = culture;
                CultureInfo.CurrentUICulture = culture;
                CultureInfo.DefaultThreadCurrentCulture = culture;
                CultureInfo.DefaultThreadCurrentUICulture = culture;

                return true;
            }
            catch (CultureNotFoundException)
            {
                return false;
            }
        }

        private static void KnowTheNetwork()
        {
            if (Environment.GetEnvironmentVariable("K230_STACK") == "lwip")
            {
                Network.Silent = Environment.GetEnvironmentVariable("K230_SILENT_IP");
                Network.Interface = Environment.GetEnvironmentVariable("K230_LWIP_IP");
                Network.HasSendBufferOption = false;
                Network.TellsRefusedDatagrams = false;
            }
        }

        /// <summary>Each thread begins elsewhere, so that different calls meet.</summary>
        private static void RunOnThreads(Launcher[] launchers, Assembly tests)
        {
            var threads = new Thread[launchers.Length];

            for (int i = 0; i < threads.Length; i++)
            {
                Launcher launcher = launchers[i];
                double start = (double)i / threads.Length;
                threads[i] = new Thread(() => launcher.Run(tests, start));
                threads[i].Start();
            }

            foreach (Thread thread in threads)
            {
                thread.Join();
            }
        }

        private static bool IsCount(string text, out int count)
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;
        }

        private static int Wrong(string what)
        {
            Console.Error.WriteLine("Runner: " + what + "\n\n" + USAGE);
            return 2;
        }
    }
}
