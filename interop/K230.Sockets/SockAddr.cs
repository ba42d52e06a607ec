// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net;

namespace K230.Sockets
{
    /// <summary>
    /// An address as <c>accept</c>, <c>recvfrom</c> and <c>getaddrinfo</c> give it and <c>bind</c>, <c>connect</c> and
    /// <c>sendto</c> take it. A .NET end point that can also be used as MicroPython's pair of host and port:
    /// <c>addr[0]</c>, <c>addr[1]</c>.
    /// </summary>
    /// <remarks>Two addresses are equal when host, scope and port are.</remarks>
    public sealed partial class SockAddr : IPEndPoint
    {
        /// <summary>Makes an address.</summary>
        /// <param name="host">A numeric address, no name: a dotted quad, or IPv6 with an optional scope number
        /// (<c>fe80::1%2</c>). Empty text is any address, 0.0.0.0.</param>
        /// <param name="port">0 to 65535.</param>
        /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="host"/> is no numeric address.</exception>
        /// <exception cref="OSError">EINVAL: <paramref name="port"/> is out of range.</exception>
        public SockAddr(string host, int port)
            : base(ParseHost(host), CheckPort(port))
        {
        }

        internal SockAddr(IPAddress address, int port)
            : base(address, port)
        {
        }

        /// <summary>Gets the numeric address as text, with its scope number if it has one: <c>addr[0]</c>.</summary>
        public string Host
        {
            get
            {
                byte[] ip = Address.GetAddressBytes();

                if (ip.Length == 4)
                {
                    return Inet.FormatV4(ip, 0);
                }

                string text = Inet.FormatV6(ip);

                return Address.ScopeId == 0 ? text : text + "%" + Address.ScopeId.ToString();
            }
        }

        /// <summary>Gets <see cref="Socket.AF_INET"/> or <see cref="Socket.AF_INET6"/>.</summary>
        public int Family
        {
            get { return Address.GetAddressBytes().Length == 4 ? Socket.AF_INET : Socket.AF_INET6; }
        }

        /// <summary>Gets an item of the pair (host, port).</summary>
        /// <param name="index">0 or -2 is the host, a string; 1 or -1 the port, an int.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -2:
                        return Host;
                    case 1:
                    case -1:
                        return Port;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Compares by value: MicroPython's <c>==</c> of two addresses.</summary>
        /// <param name="left">One address, or null.</param>
        /// <param name="right">The other, or null.</param>
        /// <returns>true if host, scope and port are equal.</returns>
        public static bool operator ==(SockAddr left, SockAddr right)
        {
            return left is null ? right is null : left.Equals(right);
        }

        /// <summary>Compares by value: MicroPython's <c>!=</c> of two addresses.</summary>
        /// <param name="left">One address, or null.</param>
        /// <param name="right">The other, or null.</param>
        /// <returns>true if host, scope or port differ.</returns>
        public static bool operator !=(SockAddr left, SockAddr right)
        {
            return !(left == right);
        }

        /// <summary>Splits the address: <c>var (host, port) = addr;</c>.</summary>
        /// <param name="host">The numeric address as text.</param>
        /// <param name="port">The port.</param>
        public void Deconstruct(out string host, out int port)
        {
            host = Host;
            port = Port;
        }

        /// <summary>Compares by value with any end point.</summary>
        /// <param name="obj">The other end point.</param>
        /// <returns>true if host, scope and port are equal.</returns>
        public override bool Equals(object obj)
        {
            return base.Equals(obj);
        }

        /// <summary>Gets the address as Python prints it: <c>('192.0.2.1', 80)</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "('" + Host + "', " + Port.ToString() + ")";
        }

        /// <summary>The address that a numeric host stands for.</summary>
        internal static IPAddress ParseHost(string host)
        {
            ArgumentNullException.ThrowIfNull(host, nameof(host));

            if (host.Length == 0)
            {
                return IPAddress.Any;
            }

            byte[] ip = Inet.ParseV4(host);

            if (ip != null)
            {
                return new IPAddress(ip);
            }

            int percent = host.IndexOf('%');
            long scope = percent < 0 ? 0 : ParseScope(host, percent + 1);

            ip = Inet.ParseV6(percent < 0 ? host : host.Substring(0, percent));

            if (ip == null || scope < 0)
            {
                throw new ArgumentException(
                    "'" + host + "' is no numeric address with a numeric scope; GetAddrInfo finds the address of a name");
            }

            return new IPAddress(ip, scope);
        }

        internal static int CheckPort(long port)
        {
            if (port < MinPort || port > MaxPort)
            {
                throw new OSError(Errno.EINVAL);
            }

            return (int)port;
        }

        /// <summary>The decimal number from <paramref name="start"/> on, or -1 if that is none of 32 bits.</summary>
        private static long ParseScope(string text, int start)
        {
            long value = start == text.Length ? -1 : 0;

            for (int i = start; i < text.Length; i++)
            {
                if (text[i] < '0' || text[i] > '9')
                {
                    return -1;
                }

                value = value * 10 + (text[i] - '0');

                if (value > uint.MaxValue)
                {
                    return -1;
                }
            }

            return value;
        }
    }
}
