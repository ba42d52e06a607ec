// System.Net: an allow-list, see README.md.

namespace System.Net
{
    public abstract class EndPoint
    {
    }

    public class IPAddress
    {
        public static readonly IPAddress Any;
        public static readonly IPAddress IPv6Any;
        public static readonly IPAddress Loopback;
        public extern IPAddress(byte[] address);
        public extern IPAddress(byte[] address, long scopeId);
        public extern Sockets.AddressFamily AddressFamily { get; }
        public extern long ScopeId { get; }
        public extern byte[] GetAddressBytes();
        public static extern IPAddress Parse(string text);
    }

    public class IPEndPoint : EndPoint
    {
        public const int MinPort = 0;
        public const int MaxPort = 65535;
        private object _address;
        private object _port;
        public extern IPEndPoint(IPAddress address, int port);
        public extern IPAddress Address { get; }
        public extern int Port { get; }
        public override extern bool Equals(object obj);
        public override extern int GetHashCode();
        public override extern string ToString();
    }
}

namespace System.Net.Sockets
{
    public enum AddressFamily
    {
        InterNetwork = 2,
        InterNetworkV6 = 23,
    }

    // The numbers of Winsock.
    public enum SocketError
    {
        SocketError = -1,
        Success = 0,
        TimedOut = 10060,
        ConnectionRefused = 10061,
    }

    public class SocketException : Exception
    {
        private object _errorCode;
        public extern SocketException(SocketError error);
        public extern int ErrorCode { get; }
    }
}
