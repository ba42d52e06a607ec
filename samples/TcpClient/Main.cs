// K230.nanoFramework, MIT licence: see LICENSE

using System;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// Arguments in, errors out, on a workstation. A device has neither: there <c>Main</c> is one call of <c>Client</c>.
    /// </summary>
    public static partial class Program
    {
        public static int Main(string[] args)
        {
            string host = HOST;
            int port = PORT;

            if (args.Length != 0 && args.Length != 2)
            {
                return Fail("takes HOST and PORT, or nothing for " + HOST + " " + PORT + "; got " + args.Length +
                    (args.Length == 1 ? " argument" : " arguments"));
            }

            if (args.Length == 2)
            {
                host = args[0];

                if (host.Length == 0)
                {
                    return Fail("the host is empty");
                }

                if (!int.TryParse(args[1], out port) || port < 0 || port > 65535)
                {
                    return Fail("the port must be a number from 0 to 65535, not '" + args[1] + "'");
                }
            }

            try
            {
                Client(host, port);
                return 0;
            }
            catch (OSError e)
            {
                string address = (host.IndexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
                return Fail(Failed(e, host, address) + ": " + NameAndNumber(e));
            }
        }

        private static string Failed(OSError e, string host, string address)
        {
            if (e.Errno < 0)
            {
                return "cannot find the address of " + host;
            }

            if (e.Errno == Errno.ENODEV || e.Errno == Errno.EBUSY)
            {
                return "cannot use the board";
            }

            bool lost = e.Errno == Errno.ECONNRESET || e.Errno == Errno.EPIPE;
            return (lost ? "lost the connection to " : "cannot reach ") + address;
        }

        // "[Errno 111] ECONNREFUSED" the other way round: "ECONNREFUSED (111)".
        private static string NameAndNumber(OSError e)
        {
            string name = e.Message.Substring(e.Message.IndexOf(']') + 1).Trim();
            return (name.Length == 0 ? "error" : name) + " (" + e.Errno + ")";
        }

        private static int Fail(string line)
        {
            Console.Error.WriteLine("TcpClient: " + line);
            return 1;
        }
    }
}
