// The other libraries that a program of ours takes from nanoFramework: an allow-list, see README.md.

// ---- nanoFramework.System.Text

namespace System.Text
{
    public abstract class Encoding
    {
        public static extern Encoding UTF8 { get; }
        public virtual extern byte[] GetBytes(string s);
        public virtual extern string GetString(byte[] bytes, int index, int count);
    }

    public sealed class StringBuilder
    {
        public extern StringBuilder();
        public extern int Length { get; set; }
        public extern StringBuilder Append(char value);
        public extern StringBuilder Append(int value);
        public extern StringBuilder Append(string value);
        public extern StringBuilder AppendLine(string value);
        public extern StringBuilder Clear();
        public extern StringBuilder Replace(string from, string to);
        public override extern string ToString();
    }
}

// ---- nanoFramework.System.Net

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

// ---- nanoFramework.Runtime.Events

namespace nanoFramework.Runtime.Events
{
    public class BaseEvent
    {
        public ushort Source;
        public byte Message;
        public extern BaseEvent();
    }

    public enum EventCategory
    {
        Unknown = 0,
        Custom = 10,
    }

    public interface IEventListener
    {
        void InitializeForEventSource();
        bool OnEvent(BaseEvent ev);
    }

    public interface IEventProcessor
    {
        BaseEvent ProcessEvent(uint data1, uint data2, System.DateTime time);
    }

    public class EventSink
    {
        private extern EventSink();
        public static extern void AddEventListener(EventCategory category, IEventListener listener);
        public static extern void AddEventProcessor(EventCategory category, IEventProcessor processor);
        public static extern void RemoveEventListener(EventCategory category, IEventListener listener);
        public static extern void RemoveEventProcessor(EventCategory category, IEventProcessor processor);
    }
}
