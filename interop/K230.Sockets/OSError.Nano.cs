// K230.nanoFramework, MIT licence: see LICENSE

using System.Net.Sockets;

namespace K230.Sockets
{
    // nanoFramework's SocketException takes the Winsock number and reports it as ErrorCode. The other half of this
    // class, for .NET, is board/virtual/OSError.Virtual.cs.
    public partial class OSError
    {
        /// <summary>Makes the error of a number.</summary>
        /// <param name="errno">One of the constants of <see cref="Sockets.Errno"/>, or a negative number of the
        /// resolver.</param>
        public OSError(int errno)
            : base((SocketError)ToWinsock(errno))
        {
            _errno = errno;
        }
    }
}
