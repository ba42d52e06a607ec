// K230.nanoFramework, MIT licence: see LICENSE

using System;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>The steps of a sample, with an address to use.</summary>
    internal delegate void Steps(string host, int port);

    /// <summary>
    /// A sample as a command of a workstation: arguments in, errors out as one line. A device has neither; there
    /// <c>Main</c> is one call of the sample's own method.
    /// </summary>
    internal sealed class Command
    {
        private readonly string _name;
        private readonly string _host;
        private readonly int _port;
        private readonly string _what;

        /// <summary>A command with the script's own address as its default.</summary>
        /// <param name="what">What fails when the address cannot be used: "cannot reach" or "cannot serve at".</param>
        internal Command(string name, string host, int port, string what)
        {
            _name = name;
            _host = host;
            _port = port;
            _what = what;
        }

        /// <summary>Takes HOST and PORT, or nothing. The exit code.</summary>
        internal int Run(string[] args, Steps steps)
        {
            string host = _host;
            int port = _port;

            if (args.Length != 0 && args.Length != 2)
            {
                return Fail("takes HOST and PORT, or nothing for " + _host + " " + _port + "; got " + args.Length +
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
                steps(host, port);
                return 0;
            }
            catch (OSError e)
            {
                string address = (host.IndexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
                return Fail(Failed(e, host, address) + ": " + NameAndNumber(e));
            }
        }

        internal int Fail(string line)
        {
            Console.Error.WriteLine(_name + ": " + line);
            return 1;
        }

        // "[Errno 111] ECONNREFUSED" the other way round: "ECONNREFUSED (111)".
        internal static string NameAndNumber(OSError e)
        {
            string name = e.Message.Substring(e.Message.IndexOf(']') + 1).Trim();
            return (name.Length == 0 ? "error" : name) + " (" + e.Errno + ")";
        }

        private string Failed(OSError e, string host, string address)
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
            return (lost ? "lost the connection to" : _what) + " " + address;
        }
    }
}
