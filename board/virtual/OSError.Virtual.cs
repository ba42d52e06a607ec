// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The other half of this class, for nanoFramework, is interop/K230.Sockets/OSError.Nano.cs.
    public partial class OSError
    {
        /// <summary>Makes the error of a number.</summary>
        /// <param name="errno">One of the constants of <see cref="Sockets.Errno"/>, or a negative number of the
        /// resolver.</param>
        public OSError(int errno)
            : base(ToWinsock(errno))
        {
            _errno = errno;
        }

        /// <summary>Gets the Winsock number; .NET's own would be this machine's, which differs between
        /// machines.</summary>
        public override int ErrorCode
        {
            get { return (int)SocketErrorCode; }
        }
    }
}
