// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;

namespace K230.Sockets
{
    // The module's functions.
    public sealed partial class Socket
    {
        private const int KnownFlags = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST;

        // A DNS name is not longer (RFC 1035); in bytes.
        private const int LongestHost = 255;

        // What NativeSocket.Resolve writes: the canonical name with its zero, then the addresses. More than these are
        // left out.
        private const int CanonNameSize = 256;
        private const int MostAddresses = 64;

        /// <summary>Looks up a host: <c>socket.getaddrinfo(host, port, af, type, proto, flags)</c>. Waits as long as
        /// the resolver does.</summary>
        /// <param name="host">A name or a numeric address.</param>
        /// <param name="port">0 to 65535.</param>
        /// <param name="af">0 for any, IPv4 addresses first; <see cref="AF_INET"/> or <see cref="AF_INET6"/>.</param>
        /// <param name="type"><see cref="SOCK_STREAM"/>, also if 0, or <see cref="SOCK_DGRAM"/>.</param>
        /// <param name="proto">0 for the protocol that fits the type, or its number.</param>
        /// <param name="flags">A sum of <see cref="AI_PASSIVE"/>, <see cref="AI_CANONNAME"/>,
        /// <see cref="AI_NUMERICHOST"/>.</param>
        /// <returns>An entry for each address, at least one; usual is <c>[0][-1]</c>, the first address.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="host"/> is null.</exception>
        /// <exception cref="OSError">EINVAL: the port is out of range. Or a negative number: -1 unknown flags, -2
        /// unknown name, -3 try again, -4 the server failed, -6 family, -7 type or protocol, -8 service, -9 no address
        /// of that family.</exception>
        public static AddrInfo[] GetAddrInfo(
            string host, int port, int af = 0, int type = 0, int proto = 0, int flags = 0)
        {
            return Resolve(host, SockAddr.CheckPort(port).ToString(), af, type, proto, flags);
        }

        /// <summary>As <see cref="GetAddrInfo(string, int, int, int, int, int)"/>, with the port as text.</summary>
        /// <param name="host">A name or a numeric address.</param>
        /// <param name="port">A decimal number or the name of a service, such as "http".</param>
        /// <param name="af">0 for any, IPv4 addresses first; <see cref="AF_INET"/> or <see cref="AF_INET6"/>.</param>
        /// <param name="type"><see cref="SOCK_STREAM"/>, also if 0, or <see cref="SOCK_DGRAM"/>.</param>
        /// <param name="proto">0 for the protocol that fits the type, or its number.</param>
        /// <param name="flags">A sum of <see cref="AI_PASSIVE"/>, <see cref="AI_CANONNAME"/>,
        /// <see cref="AI_NUMERICHOST"/>.</param>
        /// <returns>An entry for each address, at least one.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="host"/> or <paramref name="port"/> is null.
        /// </exception>
        /// <exception cref="OSError">A negative number as above; -8 also for a number above 65535.</exception>
        public static AddrInfo[] GetAddrInfo(
            string host, string port, int af = 0, int type = 0, int proto = 0, int flags = 0)
        {
            CheckNotNull(port, nameof(port));

            return Resolve(host, ToService(port), af, type, proto, flags);
        }

        /// <summary>Gets the bytes of a numeric address: <c>socket.inet_pton(af, text)</c>.</summary>
        /// <param name="af"><see cref="AF_INET"/> or <see cref="AF_INET6"/>.</param>
        /// <param name="text">A full dotted quad without leading zeros, or an IPv6 address without a scope.</param>
        /// <returns>4 or 16 bytes in network order.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <exception cref="OSError">EINVAL (not such an address), EAFNOSUPPORT (unknown family).</exception>
        public static byte[] InetPton(int af, string text)
        {
            CheckNotNull(text, nameof(text));
            CheckFamily(af);

            byte[] ip = af == AF_INET ? Inet.ParseV4(text) : Inet.ParseV6(text);

            return ip ?? throw new OSError(Errno.EINVAL);
        }

        /// <summary>Gets the text of an address: <c>socket.inet_ntop(af, bytes)</c>.</summary>
        /// <param name="af"><see cref="AF_INET"/> or <see cref="AF_INET6"/>.</param>
        /// <param name="packed">4 or 16 bytes in network order.</param>
        /// <returns>The text, such as 192.0.2.1, 2001:db8::1 or ::ffff:192.0.2.1.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="packed"/> is null.</exception>
        /// <exception cref="OSError">EINVAL (wrong number of bytes), EAFNOSUPPORT (unknown family).</exception>
        public static string InetNtop(int af, byte[] packed)
        {
            CheckNotNull(packed, nameof(packed));
            CheckFamily(af);

            if (packed.Length != (af == AF_INET ? 4 : 16))
            {
                throw new OSError(Errno.EINVAL);
            }

            return af == AF_INET ? Inet.FormatV4(packed, 0) : Inet.FormatV6(packed);
        }

        private static void CheckFamily(int af)
        {
            if (af != AF_INET && af != AF_INET6)
            {
                throw new OSError(Errno.EAFNOSUPPORT);
            }
        }

        private static AddrInfo[] Resolve(string host, string service, int af, int type, int proto, int flags)
        {
            CheckNotNull(host, nameof(host));

            if ((flags & ~KnownFlags) != 0)
            {
                throw new OSError(Errno.EAI_BADFLAGS);
            }

            // Names that cannot exist; a zero would end the text early and make it another name.
            bool anyHost = host.Length == 0 && (flags & AI_PASSIVE) != 0;

            if ((host.Length == 0 && !anyHost) || host.IndexOf('\0') >= 0 ||
                Encoding.UTF8.GetBytes(host).Length > LongestHost)
            {
                throw new OSError(Errno.EAI_NONAME);
            }

            if (type == 0)
            {
                type = proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
            }

            byte[] answer = new byte[CanonNameSize + MostAddresses * Wire.AddressSize];
            int count = NativeSocket.Resolve(host, service, af, type, proto, flags, answer, NoTimeout);

            if (count < 0)
            {
                throw OSError.FromNative(count);
            }

            if (count == 0)
            {
                throw new OSError(Errno.EAI_NONAME);
            }

            return ToEntries(answer, Min(count, MostAddresses), type, proto);
        }

        private static AddrInfo[] ToEntries(byte[] answer, int count, int type, int proto)
        {
            if (proto == 0)
            {
                proto = type == SOCK_STREAM ? IPPROTO_TCP : type == SOCK_DGRAM ? IPPROTO_UDP : 0;
            }

            int length = 0;

            while (length < CanonNameSize && answer[length] != 0)
            {
                length++;
            }

            string name = Encoding.UTF8.GetString(answer, 0, length);
            AddrInfo[] entries = new AddrInfo[count];

            for (int i = 0; i < count; i++)
            {
                SockAddr address = Wire.Unpack(answer, CanonNameSize + i * Wire.AddressSize);
                entries[i] = new AddrInfo(address.Family, type, proto, name, address);
            }

            return entries;
        }

        // Of C's isspace.
        private static bool IsBlank(char c)
        {
            return c == ' ' || (c >= '\t' && c <= '\r');
        }

        /// <summary>
        /// Refuses what is neither a number nor a name: some resolvers read "80 " and "+80" as 80.
        /// </summary>
        private static void CheckService(string port, int start)
        {
            bool good = port[start] != '-' && port[start] != '+';

            for (int i = start; i < port.Length; i++)
            {
                good = good && port[i] != '\0' && !IsBlank(port[i]);
            }

            if (!good)
            {
                throw new OSError(Errno.EAI_SERVICE);
            }
        }

        /// <summary>
        /// A port of digits, behind blanks as strtol takes them, is read here, as resolvers take numbers above 65535 for
        /// others; anything else is a name.
        /// </summary>
        private static string ToService(string port)
        {
            int start = 0;

            while (start < port.Length && IsBlank(port[start]))
            {
                start++;
            }

            if (start == port.Length && start > 0)
            {
                throw new OSError(Errno.EAI_SERVICE);
            }

            int number = 0;

            for (int i = start; i < port.Length; i++)
            {
                if (port[i] < '0' || port[i] > '9')
                {
                    CheckService(port, start);

                    return port;
                }

                number = number * 10 + (port[i] - '0');

                if (number > SockAddr.MaxPort)
                {
                    throw new OSError(Errno.EAI_SERVICE);
                }
            }

            return number.ToString();
        }
    }
}
