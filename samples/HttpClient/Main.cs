// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Samples
{
    /// <summary>The workstation's part: see <see cref="Command"/>.</summary>
    public static partial class Program
    {
        public static int Main(string[] args)
        {
            var command = new Command("HttpClient", HOST, PORT, "cannot reach");
            bool useStream = true;

            // one or three: the first says which calls are used
            if (args.Length % 2 == 1)
            {
                if (args[0] != "stream" && args[0] != "recv")
                {
                    return command.Fail("the first of " + args.Length +
                        " arguments must be stream or recv, not '" + args[0] + "'; HOST and PORT may follow");
                }

                useStream = args[0] == "stream";
                string[] rest = new string[args.Length - 1];
                Array.Copy(args, 1, rest, 0, rest.Length);
                args = rest;
            }

            return command.Run(args, (host, port) => Client(host, port, useStream));
        }
    }
}
