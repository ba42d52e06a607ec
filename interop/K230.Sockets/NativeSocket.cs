// K230.nanoFramework, MIT licence: see LICENSE

using System.Runtime.CompilerServices;

namespace K230.Sockets
{
    // The managed/native border: the interop stubs of interop/native on nanoFramework, libk230sockets on .NET
    // (board/virtual/NativeSocket.cs). Both have the same methods; the order is that of the stubs' table.
    //
    // Only int, string and byte[] go in and only int comes out, so the stubs need no layout of a managed type.
    // A result >= 0 is success, -1..-999 is -errno, below that a failure of the resolver.
    // timeoutMs: -1 waits for ever, 0 does not wait, else milliseconds, which start again when bytes have moved.
    // Addresses are the 28-byte records of Wire.
    internal static class NativeSocket
    {
        /// <summary>A new handle; its slot is handle &amp; 0xFFFF.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Open(int family, int type, int proto);

        /// <summary>
        /// Sends what is queued and ends the connection; resets it with abort 1, or if there are received bytes that Recv has
        /// not given.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Close(int handle, int abort);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Bind(int handle, byte[] address);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Listen(int handle, int backlog);

        /// <summary>The handle of the new connection; its peer's record in peer.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Accept(int handle, byte[] peer, int timeoutMs);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Connect(int handle, byte[] address, int timeoutMs);

        /// <summary>The bytes taken: at least one, unless count is 0.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Send(int handle, byte[] data, int offset, int count, int timeoutMs);

        /// <summary>count; with timeoutMs 0 what there was room for.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int SendAll(int handle, byte[] data, int offset, int count, int timeoutMs);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int SendTo(
            int handle, byte[] data, int offset, int count, byte[] address, int timeoutMs);

        /// <summary>The bytes received; 0 is the end of a stream or an empty datagram.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Recv(int handle, byte[] data, int offset, int count, int flags, int timeoutMs);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int RecvFrom(
            int handle, byte[] data, int offset, int count, int flags, byte[] from, int timeoutMs);

        /// <summary>
        /// Streams: the bytes up to and including the first line feed. Less than a line only when count bytes were
        /// there, the receive ring was full, the stream ended, or timeoutMs is 0. At -ETIMEDOUT nothing was consumed.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int ReadLine(int handle, byte[] data, int offset, int count, int timeoutMs);

        /// <summary>
        /// kept 1: this side keeps received bytes of the stream. Until it says 0 the socket polls readable, and Recv,
        /// RecvFrom and ReadLine give -EINTR, also those under way: the kept bytes come first.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Keep(int handle, int kept);

        /// <summary>The bytes that Recv would give without waiting; the length of the next datagram.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Available(int handle);

        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int SetOption(int handle, int level, int option, byte[] value);

        /// <summary>
        /// entries: count times { int handle, ushort mask, ushort revents }. The number of entries with revents, 0 when
        /// the time is over, -EINTR once Nudges is no longer the number given.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Poll(byte[] entries, int count, int timeoutMs, int nudges);

        /// <summary>How often Nudge was called; read it before looking at what a nudge tells of.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Nudges();

        /// <summary>Makes every Poll under way return -EINTR.</summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Nudge();

        /// <summary>
        /// The number of addresses. answer: 256 bytes of canonical name, ended by a zero, then the address records.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Resolve(
            string host, string service, int family, int type, int proto, int flags, byte[] answer, int timeoutMs);

        /// <summary>
        /// The small core's network, once it is no longer seen: flags in the low byte (1 link, 2 address), above them 12
        /// bits that count changes, above those 11 bits that count sessions. -ETIMEDOUT: no change.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Network(int seen, int timeoutMs);

        /// <summary>
        /// The number of the small core's interfaces; the record of the one at index in facts (InterfaceRecord). 0 is the
        /// one that others are reached by. -ENOENT: not so many. -EOPNOTSUPP: the agent is too old to know.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Interface(int index, byte[] facts, int timeoutMs);

        /// <summary>
        /// Runs the garbage collector if collect is 1. 1 while finalisers wait or run; on .NET they have had their time
        /// when this returns.
        /// </summary>
        [MethodImpl(MethodImplOptions.InternalCall)]
        internal static extern int Collect(int collect);
    }
}
