// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The numbers are Linux's on every board; the agent translates them by name. Keep in sync with
    // firmware/protocol/k230_protocol.h.
    public sealed partial class Socket
    {
        /// <summary>IPv4.</summary>
        public const int AF_INET = 2;

        /// <summary>IPv6.</summary>
        public const int AF_INET6 = 10;

        /// <summary>A connection (TCP).</summary>
        public const int SOCK_STREAM = 1;

        /// <summary>Datagrams (UDP).</summary>
        public const int SOCK_DGRAM = 2;

        /// <summary>Raw packets; boards may refuse it.</summary>
        public const int SOCK_RAW = 3;

        /// <summary>As level: options of IPv4. As protocol: the one that fits the type.</summary>
        public const int IPPROTO_IP = 0;

        /// <summary>TCP, as protocol and as level.</summary>
        public const int IPPROTO_TCP = 6;

        /// <summary>UDP.</summary>
        public const int IPPROTO_UDP = 17;

        /// <summary>As level: options of IPv6.</summary>
        public const int IPPROTO_IPV6 = 41;

        /// <summary>As level: options of every socket.</summary>
        public const int SOL_SOCKET = 1;

        /// <summary>int 0 or 1: bind though an earlier connection still lingers on the port. Set it
        /// before <see cref="Bind"/>.</summary>
        public const int SO_REUSEADDR = 2;

        /// <summary>The pending error. Only named: there is no getsockopt.</summary>
        public const int SO_ERROR = 4;

        /// <summary>int 0 or 1: allow sending to a broadcast address.</summary>
        public const int SO_BROADCAST = 6;

        /// <summary>int: bytes of the stack's send buffer.</summary>
        public const int SO_SNDBUF = 7;

        /// <summary>int: bytes of the stack's receive buffer.</summary>
        public const int SO_RCVBUF = 8;

        /// <summary>int 0 or 1: probe an idle connection.</summary>
        public const int SO_KEEPALIVE = 9;

        /// <summary>Eight bytes, two little-endian 32-bit numbers: on, seconds. On with 0 seconds makes
        /// <see cref="Close"/> reset.</summary>
        public const int SO_LINGER = 13;

        /// <summary>The timeout of receiving alone: int milliseconds, or seconds and microseconds as two little-endian
        /// numbers of 4 or 8 bytes each. 0 is none.</summary>
        public const int SO_RCVTIMEO = 20;

        /// <summary>The timeout of sending alone, as <see cref="SO_RCVTIMEO"/>.</summary>
        public const int SO_SNDTIMEO = 21;

        /// <summary>int 0 or 1, level IPPROTO_TCP: send small pieces at once.</summary>
        public const int TCP_NODELAY = 1;

        /// <summary>int 1 to 32767, level IPPROTO_TCP: with <see cref="SO_KEEPALIVE"/>, seconds without a byte before
        /// the first probe.</summary>
        public const int TCP_KEEPIDLE = 4;

        /// <summary>int 1 to 32767, level IPPROTO_TCP: seconds from one probe to the next.</summary>
        public const int TCP_KEEPINTVL = 5;

        /// <summary>int 1 to 127, level IPPROTO_TCP: probes without an answer before the connection fails with
        /// ETIMEDOUT.</summary>
        public const int TCP_KEEPCNT = 6;

        /// <summary>int or one byte, level IPPROTO_IP: type of service of what is sent.</summary>
        public const int IP_TOS = 1;

        /// <summary>int or one byte, 1 to 255, level IPPROTO_IP: routers that what is sent may pass; -1 for the usual.
        /// </summary>
        public const int IP_TTL = 2;

        /// <summary>Four bytes, level IPPROTO_IP: IPv4 address of the interface by which groups are reached; 0.0.0.0
        /// leaves it to the stack. Or the value of a membership.</summary>
        public const int IP_MULTICAST_IF = 32;

        /// <summary>int or one byte, 0 to 255, level IPPROTO_IP: as <see cref="IP_TTL"/> for groups, where 1 is usual.
        /// </summary>
        public const int IP_MULTICAST_TTL = 33;

        /// <summary>int or one byte, level IPPROTO_IP: 0 keeps what is sent to a group from members on the same
        /// machine.</summary>
        public const int IP_MULTICAST_LOOP = 34;

        /// <summary>Level IPPROTO_IP: IPv4 group to join, IPv4 address of the interface, together eight bytes. Twelve
        /// bytes name the interface by its index too, a number that goes before the address unless it is 0.</summary>
        public const int IP_ADD_MEMBERSHIP = 35;

        /// <summary>Level IPPROTO_IP: the group to leave, as <see cref="IP_ADD_MEMBERSHIP"/>.</summary>
        public const int IP_DROP_MEMBERSHIP = 36;

        /// <summary>int 0 to 255, level IPPROTO_IPV6: routers that what is sent may pass; -1 for the usual.</summary>
        public const int IPV6_UNICAST_HOPS = 16;

        /// <summary>int, level IPPROTO_IPV6: index of the interface by which groups are reached; 0 leaves it to the
        /// stack.</summary>
        public const int IPV6_MULTICAST_IF = 17;

        /// <summary>int 0 to 255, level IPPROTO_IPV6: as <see cref="IPV6_UNICAST_HOPS"/> for groups, where 1 is usual.
        /// </summary>
        public const int IPV6_MULTICAST_HOPS = 18;

        /// <summary>int 0 or 1, level IPPROTO_IPV6: 0 keeps what is sent to a group from members on the same machine.
        /// </summary>
        public const int IPV6_MULTICAST_LOOP = 19;

        /// <summary>Twenty bytes, level IPPROTO_IPV6: IPv6 group to join, index of the interface as a little-endian
        /// number; 0 leaves that to the stack.</summary>
        public const int IPV6_JOIN_GROUP = 20;

        /// <summary>Twenty bytes, level IPPROTO_IPV6: the group to leave, the interface.</summary>
        public const int IPV6_LEAVE_GROUP = 21;

        /// <summary>int 0 or 1, level IPPROTO_IPV6: no IPv4 on this socket.</summary>
        public const int IPV6_V6ONLY = 26;

        /// <summary>Flag of <see cref="Recv"/>: leave the bytes where they are.</summary>
        public const MsgFlags MSG_PEEK = MsgFlags.MSG_PEEK;

        /// <summary>Flag of one call: do not wait, whatever the socket's mode.</summary>
        public const MsgFlags MSG_DONTWAIT = MsgFlags.MSG_DONTWAIT;

        /// <summary>Flag of GetAddrInfo: the address is to be bound; an empty host is any address.</summary>
        public const int AI_PASSIVE = 1;

        /// <summary>Flag of GetAddrInfo: tell the canonical name.</summary>
        public const int AI_CANONNAME = 2;

        /// <summary>Flag of GetAddrInfo: the host is a numeric address, do not look it up.</summary>
        public const int AI_NUMERICHOST = 4;

        /// <summary>
        /// What <see cref="ReadInto(byte[])"/> and <c>Write</c> give where MicroPython's give <c>None</c>: the socket
        /// is non-blocking and not a single byte could be moved. Test for it before adding counts.
        /// </summary>
        public const int None = -1;

        // Modes of a direction: milliseconds, or one of these.
        internal const int NoTimeout = -1;
        internal const int NonBlocking = 0;
    }
}
