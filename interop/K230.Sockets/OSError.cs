// K230.nanoFramework, MIT licence: see LICENSE

using System.Net.Sockets;

namespace K230.Sockets
{
    /// <summary>
    /// What every failed call throws: MicroPython's <c>OSError</c>. As it is a <see cref="SocketException"/> too, code
    /// that was written for .NET catches it as such.
    /// </summary>
    /// <remarks>
    /// <see cref="Errno"/> has the number that a script tests. <see cref="SocketException.ErrorCode"/> has the Winsock
    /// number of the same error (10061 for 111), 11001 for every failed name look-up, and -1 where Winsock has none.
    /// </remarks>
    public partial class OSError : SocketException
    {
        // Below minus this a native result is a number of the resolver: -1002 is -2. K230_EAI_BASE of the protocol.
        private const int ResolverBase = 1000;

        private const int WinsockUnspecified = -1;
        private const int WinsockHostNotFound = 11001;

        private readonly int _errno;

        /// <summary>
        /// Gets the error number, <c>e.errno</c> of MicroPython: one of the constants of the class
        /// <see cref="Sockets.Errno"/>, or a negative number for a failed name look-up.
        /// </summary>
        public int Errno
        {
            get { return _errno; }
        }

        /// <summary>Gets the number and its name as Python prints them: <c>[Errno 111] ECONNREFUSED</c>.</summary>
        public override string Message
        {
            get
            {
                string name = Sockets.Errno.NameOf(_errno);
                string number = "[Errno " + Repr.Of(_errno) + "]";

                return name == null ? number : number + " " + name;
            }
        }

        /// <summary>The error that a negative result of <see cref="NativeSocket"/> stands for.</summary>
        internal static OSError FromNative(int result)
        {
            return new OSError(result < -ResolverBase ? result + ResolverBase : -result);
        }

        private static int ToWinsock(int errno)
        {
            if (errno < 0)
            {
                return WinsockHostNotFound;
            }

            // Inside this class the bare word Errno is the property.
            switch (errno)
            {
                case Sockets.Errno.EINTR:
                    return 10004;
                case Sockets.Errno.EBADF:
                    return 10009;
                case Sockets.Errno.EPERM:
                case Sockets.Errno.EACCES:
                    return 10013;
                case Sockets.Errno.EINVAL:
                    return 10022;
                case Sockets.Errno.EMFILE:
                    return 10024;
                case Sockets.Errno.EAGAIN:
                    return 10035;
                case Sockets.Errno.EINPROGRESS:
                    return 10036;
                case Sockets.Errno.EALREADY:
                    return 10037;
                case Sockets.Errno.EDESTADDRREQ:
                    return 10039;
                case Sockets.Errno.EMSGSIZE:
                    return 10040;
                case Sockets.Errno.ENOPROTOOPT:
                    return 10042;
                case Sockets.Errno.EPROTONOSUPPORT:
                    return 10043;
                case Sockets.Errno.EOPNOTSUPP:
                    return 10045;
                case Sockets.Errno.EAFNOSUPPORT:
                    return 10047;
                case Sockets.Errno.EADDRINUSE:
                    return 10048;
                case Sockets.Errno.EADDRNOTAVAIL:
                    return 10049;
                case Sockets.Errno.ENETDOWN:
                    return 10050;
                case Sockets.Errno.ENETUNREACH:
                    return 10051;
                case Sockets.Errno.ECONNABORTED:
                    return 10053;
                case Sockets.Errno.ECONNRESET:
                    return 10054;
                case Sockets.Errno.ENOMEM:
                case Sockets.Errno.ENOBUFS:
                    return 10055;
                case Sockets.Errno.EISCONN:
                    return 10056;
                case Sockets.Errno.ENOTCONN:
                    return 10057;
                case Sockets.Errno.EPIPE:
                    return 10058;
                case Sockets.Errno.ETIMEDOUT:
                    return 10060;
                case Sockets.Errno.ECONNREFUSED:
                    return 10061;
                case Sockets.Errno.EHOSTUNREACH:
                    return 10065;
                default:
                    return WinsockUnspecified;
            }
        }
    }
}
