// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    /// <summary>
    /// The error numbers of <see cref="OSError.Errno"/>: MicroPython's <c>errno</c> module, with the numbers that
    /// module leaves out. They are the Linux numbers on every board.
    /// </summary>
    /// <remarks>A failed name look-up has a negative number, which is no constant here: see
    /// <see cref="Socket.GetAddrInfo(string, int, int, int, int, int)"/>.</remarks>
    public static class Errno
    {
        // Keep in sync with K230_ERRORS in firmware/protocol/k230_protocol.h.
        /// <summary>Operation not permitted.</summary>
        public const int EPERM = 1;

        /// <summary>No such entry; <c>Modify</c> of a socket that is not registered.</summary>
        public const int ENOENT = 2;

        /// <summary>Interrupted.</summary>
        public const int EINTR = 4;

        /// <summary>Input or output error.</summary>
        public const int EIO = 5;

        /// <summary>The socket is closed.</summary>
        public const int EBADF = 9;

        /// <summary>The call would have to wait, and the socket is non-blocking.</summary>
        public const int EAGAIN = 11;

        /// <summary>Another name of <see cref="EAGAIN"/>.</summary>
        public const int EWOULDBLOCK = EAGAIN;

        /// <summary>Out of memory.</summary>
        public const int ENOMEM = 12;

        /// <summary>Permission denied; sending to a broadcast address without <c>SO_BROADCAST</c>.</summary>
        public const int EACCES = 13;

        /// <summary>Busy.</summary>
        public const int EBUSY = 16;

        /// <summary>Exists already.</summary>
        public const int EEXIST = 17;

        /// <summary>No such device.</summary>
        public const int ENODEV = 19;

        /// <summary>Invalid argument.</summary>
        public const int EINVAL = 22;

        /// <summary>No socket is free.</summary>
        public const int EMFILE = 24;

        /// <summary>Sending on a connection that is over.</summary>
        public const int EPIPE = 32;

        /// <summary>Protocol error; the two cores do not understand each other.</summary>
        public const int EPROTO = 71;

        /// <summary>A datagram without a destination.</summary>
        public const int EDESTADDRREQ = 89;

        /// <summary>The datagram is too long.</summary>
        public const int EMSGSIZE = 90;

        /// <summary>Unknown option.</summary>
        public const int ENOPROTOOPT = 92;

        /// <summary>The protocol does not fit the type of socket.</summary>
        public const int EPROTONOSUPPORT = 93;

        /// <summary>Not possible with this type of socket.</summary>
        public const int EOPNOTSUPP = 95;

        /// <summary>Unknown address family, or one that does not fit the socket.</summary>
        public const int EAFNOSUPPORT = 97;

        /// <summary>The address is in use.</summary>
        public const int EADDRINUSE = 98;

        /// <summary>The address is not one of this machine.</summary>
        public const int EADDRNOTAVAIL = 99;

        /// <summary>The network, or the core that serves it, is down.</summary>
        public const int ENETDOWN = 100;

        /// <summary>There is no route to the network.</summary>
        public const int ENETUNREACH = 101;

        /// <summary>The connection was aborted.</summary>
        public const int ECONNABORTED = 103;

        /// <summary>The peer reset the connection.</summary>
        public const int ECONNRESET = 104;

        /// <summary>Out of buffers.</summary>
        public const int ENOBUFS = 105;

        /// <summary>Connected already.</summary>
        public const int EISCONN = 106;

        /// <summary>Not connected.</summary>
        public const int ENOTCONN = 107;

        /// <summary>The time of <c>SetTimeout</c> is over.</summary>
        public const int ETIMEDOUT = 110;

        /// <summary>Nobody listens there.</summary>
        public const int ECONNREFUSED = 111;

        /// <summary>There is no route to the host.</summary>
        public const int EHOSTUNREACH = 113;

        /// <summary>An earlier <c>Connect</c> is still under way.</summary>
        public const int EALREADY = 114;

        /// <summary>A non-blocking <c>Connect</c> was begun.</summary>
        public const int EINPROGRESS = 115;

        // What the resolver says; the numbers are those of getaddrinfo.
        internal const int EAI_BADFLAGS = -1;
        internal const int EAI_NONAME = -2;
        internal const int EAI_SERVICE = -8;

        private static readonly ErrorCodes s_errorCode = new ErrorCodes();

        /// <summary>
        /// Gets the names of the numbers: <c>errno.errorcode</c>. <c>Errno.ErrorCode[111]</c> is "ECONNREFUSED".
        /// </summary>
        public static ErrorCodes ErrorCode
        {
            get { return s_errorCode; }
        }

        /// <summary>"ECONNREFUSED" for 111; null for a number without a name.</summary>
        internal static string NameOf(int errno)
        {
            switch (errno)
            {
                case EPERM:
                    return nameof(EPERM);
                case ENOENT:
                    return nameof(ENOENT);
                case EINTR:
                    return nameof(EINTR);
                case EIO:
                    return nameof(EIO);
                case EBADF:
                    return nameof(EBADF);
                case EAGAIN:
                    return nameof(EAGAIN);
                case ENOMEM:
                    return nameof(ENOMEM);
                case EACCES:
                    return nameof(EACCES);
                case EBUSY:
                    return nameof(EBUSY);
                case EEXIST:
                    return nameof(EEXIST);
                case ENODEV:
                    return nameof(ENODEV);
                case EINVAL:
                    return nameof(EINVAL);
                case EMFILE:
                    return nameof(EMFILE);
                case EPIPE:
                    return nameof(EPIPE);
                case EPROTO:
                    return nameof(EPROTO);
                case EDESTADDRREQ:
                    return nameof(EDESTADDRREQ);
                case EMSGSIZE:
                    return nameof(EMSGSIZE);
                case ENOPROTOOPT:
                    return nameof(ENOPROTOOPT);
                case EPROTONOSUPPORT:
                    return nameof(EPROTONOSUPPORT);
                case EOPNOTSUPP:
                    return nameof(EOPNOTSUPP);
                case EAFNOSUPPORT:
                    return nameof(EAFNOSUPPORT);
                case EADDRINUSE:
                    return nameof(EADDRINUSE);
                case EADDRNOTAVAIL:
                    return nameof(EADDRNOTAVAIL);
                case ENETDOWN:
                    return nameof(ENETDOWN);
                case ENETUNREACH:
                    return nameof(ENETUNREACH);
                case ECONNABORTED:
                    return nameof(ECONNABORTED);
                case ECONNRESET:
                    return nameof(ECONNRESET);
                case ENOBUFS:
                    return nameof(ENOBUFS);
                case EISCONN:
                    return nameof(EISCONN);
                case ENOTCONN:
                    return nameof(ENOTCONN);
                case ETIMEDOUT:
                    return nameof(ETIMEDOUT);
                case ECONNREFUSED:
                    return nameof(ECONNREFUSED);
                case EHOSTUNREACH:
                    return nameof(EHOSTUNREACH);
                case EALREADY:
                    return nameof(EALREADY);
                case EINPROGRESS:
                    return nameof(EINPROGRESS);
                case EAI_BADFLAGS:
                    return "EAI_BADFLAGS";
                case EAI_NONAME:
                    return "EAI_NONAME";
                case -3:
                    return "EAI_AGAIN";
                case -4:
                    return "EAI_FAIL";
                case -6:
                    return "EAI_FAMILY";
                case -7:
                    return "EAI_SOCKTYPE";
                case EAI_SERVICE:
                    return "EAI_SERVICE";
                case -9:
                    return "EAI_ADDRFAMILY";
                case -10:
                    return "EAI_MEMORY";
                case -11:
                    return "EAI_SYSTEM";
                default:
                    return null;
            }
        }
    }
}
