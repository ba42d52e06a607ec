// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace K230.Sockets
{
    /// <summary>
    /// MicroPython's <c>socket</c>: the module's functions and constants are static members, <c>socket.socket</c> is
    /// the constructor. Names are MicroPython's, ignoring case and underscores.
    /// </summary>
    /// <remarks>
    /// <para>Message calls (Send, SendAll, SendTo, Recv, RecvFrom, Accept, Connect) throw when they would have to wait
    /// on a non-blocking socket. Stream calls (Read, ReadInto, ReadLine, Write) return null or <see cref="None"/> then.
    /// The end of a stream is an empty array or 0 in both families.</para>
    /// <para>Every failure is an <see cref="OSError"/>. EBADF comes from any call on a closed socket, or when another
    /// thread closes it during the call; ETIMEDOUT when the time of SetTimeout is over.</para>
    /// <para>Calls may come from several threads. One that waits keeps no other from working.</para>
    /// </remarks>
    public sealed partial class Socket : IDisposable
    {
        private const int Closed = -1;

        // As large as the unix port's. A stack with less room cuts it.
        private const int DefaultBacklog = 128;

        // How often, and after which time each, the finalisers of abandoned sockets are waited for.
        private const int FinaliserTries = 100;
        private const int FinaliserMs = 10;

        private readonly int _family;
        private readonly int _type;
        private readonly KeptBytes _kept = new KeptBytes();

        // Set before the constructor can fail, as the finaliser runs even then.
        private int _handle = Closed;
        private int _receiveTimeoutMs = NoTimeout;
        private int _sendTimeoutMs = NoTimeout;

        // Streams: the record of the peer's address.
        private byte[] _peer;

        /// <summary>Makes a socket: <c>socket.socket(af, type, proto)</c>. It is blocking and has no timeout.</summary>
        /// <param name="af"><see cref="AF_INET"/> or <see cref="AF_INET6"/>.</param>
        /// <param name="type"><see cref="SOCK_STREAM"/> or <see cref="SOCK_DGRAM"/>.</param>
        /// <param name="proto">0 for the protocol that fits the type, or its number.</param>
        /// <exception cref="OSError">EAFNOSUPPORT, EINVAL (type), EPROTONOSUPPORT, EMFILE (no socket is free, also
        /// after the garbage collector has closed the abandoned ones).</exception>
        public Socket(int af = AF_INET, int type = SOCK_STREAM, int proto = 0)
        {
            _family = af;
            _type = type;

            int handle = NativeSocket.Open(af, type, proto);

            if (handle == -Errno.EMFILE)
            {
                CloseAbandoned();
                handle = NativeSocket.Open(af, type, proto);
            }

            _handle = Check(handle);
        }

        private Socket(int handle, int family, byte[] peer)
        {
            _handle = handle;
            _family = family;
            _type = SOCK_STREAM;
            _peer = peer;
        }

        /// <summary>An abandoned socket is closed by the garbage collector.</summary>
        ~Socket()
        {
            try
            {
                Close();
            }
            catch
            {
                // Nobody is left to be told, and an exception here would end the program.
            }
        }

        /// <summary>The native handle, or -1.</summary>
        internal int Handle
        {
            get { return _handle; }
        }

        private bool IsStream
        {
            get { return _type == SOCK_STREAM; }
        }

        /// <summary>
        /// Closes the socket: <c>close()</c>. What was written is still sent; if received bytes are unread the
        /// connection is reset, as on Linux. Bytes that a call had taken when its time was over count as read. Calls of
        /// other threads that wait on the socket end with EBADF. A second time does nothing.
        /// </summary>
        public void Close()
        {
            int handle = Interlocked.Exchange(ref _handle, Closed);

            if (handle != Closed)
            {
                _kept.Close();
                NativeSocket.Close(handle, 0);
                GC.SuppressFinalize(this);
            }
        }

        /// <summary>As <see cref="Close"/>, for <c>using</c>.</summary>
        public void Dispose()
        {
            Close();
        }

        /// <summary>Gets the number of the socket: <c>fileno()</c>.</summary>
        /// <returns>The lowest number that was free when the socket was made, or -1 after <see cref="Close"/>.
        /// </returns>
        public int FileNo()
        {
            int handle = _handle;

            return handle == Closed ? Closed : handle & 0xFFFF;
        }

        /// <summary>Gives the socket an address of this machine: <c>bind(address)</c>.</summary>
        /// <param name="address">A <see cref="SockAddr"/> or any IPEndPoint, or <c>new object[] { host, port }</c> with
        /// a numeric host; an empty host is any address. Port 0 takes a free one.</param>
        /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="address"/> is no address.</exception>
        /// <exception cref="OSError">EADDRINUSE, EADDRNOTAVAIL, EINVAL (bound before, port out of range), EAFNOSUPPORT.
        /// </exception>
        public void Bind(object address)
        {
            byte[] record = Wire.Pack(address, _family);

            Check(NativeSocket.Bind(Live(), record));
        }

        /// <summary>Lets clients connect: <c>listen()</c>, with a backlog that suits most servers.</summary>
        /// <exception cref="OSError">EOPNOTSUPP (datagrams), EINVAL (connected).</exception>
        public void Listen()
        {
            Listen(DefaultBacklog);
        }

        /// <summary>Lets clients connect: <c>listen(backlog)</c>.</summary>
        /// <param name="backlog">How many may wait to be accepted; a negative number counts as 0, which still lets one
        /// wait.</param>
        /// <exception cref="OSError">EOPNOTSUPP (datagrams), EINVAL (connected).</exception>
        public void Listen(int backlog)
        {
            Check(NativeSocket.Listen(Live(), backlog < 0 ? 0 : backlog));
        }

        /// <summary>Takes the next connection: <c>accept()</c>.</summary>
        /// <returns>The new socket, blocking and without a timeout whatever the listener's mode, and the peer's
        /// address.</returns>
        /// <exception cref="OSError">EAGAIN (non-blocking, none waits), ETIMEDOUT, EINVAL (not listening), EOPNOTSUPP
        /// (datagrams), EMFILE.</exception>
        public AcceptResult Accept()
        {
            byte[] peer = new byte[Wire.AddressSize];
            int handle = NativeSocket.Accept(Live(), peer, _receiveTimeoutMs);

            if (handle == -Errno.EMFILE)
            {
                CloseAbandoned();
                handle = NativeSocket.Accept(Live(), peer, _receiveTimeoutMs);
            }

            return new AcceptResult(new Socket(Check(handle), _family, peer), Wire.Unpack(peer, 0));
        }

        /// <summary>Connects; on a datagram socket sets the default destination: <c>connect(address)</c>. An attempt
        /// whose time is over goes on: POLLOUT tells its end, and the next call its outcome. <see cref="Close"/> ends
        /// it.</summary>
        /// <param name="address">As for <see cref="Bind"/>.</param>
        /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="address"/> is no address.</exception>
        /// <exception cref="OSError">ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EISCONN, EINPROGRESS
        /// (non-blocking: begun; POLLOUT tells the end), EALREADY (an earlier attempt is still under way; unless the
        /// socket is non-blocking, it is waited for first).</exception>
        public void Connect(object address)
        {
            byte[] record = Wire.Pack(address, _family);

            int result = NativeSocket.Connect(Live(), record, _sendTimeoutMs);

            if (result == 0 || result == -Errno.EINPROGRESS || result == -Errno.ETIMEDOUT)
            {
                _peer = record;
            }

            Check(result);
        }

        /// <summary>Gets this socket: <c>makefile(mode, buffering)</c>. Closing the result closes the socket.</summary>
        /// <param name="mode">"rb", "wb", "rwb", "r", "w" or "rw"; all mean the same, bytes both ways.</param>
        /// <param name="buffering">Ignored.</param>
        /// <returns>This socket.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="mode"/> is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="mode"/> is none of these.</exception>
        public Socket MakeFile(string mode = "rb", int buffering = 0)
        {
            ArgumentNullException.ThrowIfNull(mode, nameof(mode));

            if (mode != "rb" && mode != "wb" && mode != "rwb" && mode != "r" && mode != "w" && mode != "rw")
            {
                throw new ArgumentException("the mode must be rb, wb, rwb, r, w or rw");
            }

            return this;
        }

        /// <summary>Compares the socket that a poll reports with the number of one: <c>fd == s.fileno()</c>.</summary>
        /// <param name="socket">The socket, or null.</param>
        /// <param name="fileNo">What <see cref="FileNo"/> gave.</param>
        /// <returns>true if it is the number of this socket.</returns>
        public static bool operator ==(Socket socket, int fileNo)
        {
            return socket is not null && socket.FileNo() == fileNo;
        }

        /// <summary>As <c>==</c>, negated.</summary>
        /// <param name="socket">The socket, or null.</param>
        /// <param name="fileNo">What <see cref="FileNo"/> gave.</param>
        /// <returns>true if it is not the number of this socket.</returns>
        public static bool operator !=(Socket socket, int fileNo)
        {
            return !(socket == fileNo);
        }

        /// <summary>Whether the other object is this socket.</summary>
        /// <param name="obj">The other object.</param>
        /// <returns>true if it is the same object.</returns>
        public override bool Equals(object obj)
        {
            return base.Equals(obj);
        }

        /// <summary>Gets a number that stays the same for the life of the object.</summary>
        /// <returns>The hash code.</returns>
        public override int GetHashCode()
        {
            return base.GetHashCode();
        }

        /// <summary>Gets text such as <c>&lt;_socket 3&gt;</c>, as MicroPython prints a socket.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "<_socket " + Repr.Of(FileNo()) + ">";
        }

        /// <summary>
        /// Has the garbage collector close the sockets that the program has lost, where there is no other free. Bounded, as
        /// a finaliser of the program may wait for what the caller holds.
        /// </summary>
        private static void CloseAbandoned()
        {
            int waiting = NativeSocket.Collect(1);

            for (int i = 0; i < FinaliserTries && waiting != 0; i++)
            {
                Thread.Sleep(FinaliserMs);
                waiting = NativeSocket.Collect(0);
            }
        }

        /// <summary>The native handle of a socket that must not be closed.</summary>
        private int Live()
        {
            int handle = _handle;

            if (handle == Closed)
            {
                throw new OSError(Errno.EBADF);
            }

            return handle;
        }

        /// <summary>Throws what a negative native result stands for; otherwise gives it back.</summary>
        /// <remarks>Not static and never inlined: so the garbage collector sees the socket in use, and lets no
        /// finaliser close the handle, until the native call has returned.</remarks>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private int Check(int result)
        {
            if (result < 0)
            {
                throw OSError.FromNative(result);
            }

            return result;
        }
    }
}
