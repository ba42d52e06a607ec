// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;

namespace K230.Sockets
{
    // The calls that throw where they would have to wait.
    public sealed partial class Socket
    {
        // No datagram is longer, so a buffer of this size cuts none.
        private const int LongestDatagram = 65535;

        // Up to here a buffer is made without asking what is there.
        private const int SmallBuffer = 512;

        // How much is made room for when a stream has nothing yet.
        private const int UsualBuffer = 8192;

        // One transfer of a stream moves no more, however much is there: nanoCLR's longest array is 65535 blocks, 786 kB
        // where pointers have 32 bits.
        private const int LongestBuffer = 524288;

        private static readonly byte[] s_empty = new byte[0];

        /// <summary>Sends what there is room for, at least one byte: <c>send(bytes[, flags])</c>.</summary>
        /// <param name="data">The bytes; on a datagram socket one whole datagram for the connected peer.</param>
        /// <param name="flags">0 or <see cref="MSG_DONTWAIT"/>.</param>
        /// <returns>How many bytes were taken; maybe not all of them.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="data"/> is null.</exception>
        /// <exception cref="OSError">EAGAIN (non-blocking, no room), ETIMEDOUT, EPIPE, ECONNRESET, ENOTCONN,
        /// EDESTADDRREQ (datagram without a peer), EMSGSIZE, EINVAL (other flags).</exception>
        public int Send(byte[] data, MsgFlags flags = 0)
        {
            CheckNotNull(data, nameof(data));

            int handle = Live();

            if ((flags & ~MSG_DONTWAIT) != 0)
            {
                throw new OSError(Errno.EINVAL);
            }

            int timeoutMs = flags == 0 ? _sendTimeoutMs : NonBlocking;

            return Check(NativeSocket.Send(handle, data, 0, data.Length, timeoutMs));
        }

        /// <summary>As <see cref="Send(byte[], MsgFlags)"/>, for text as UTF-8.</summary>
        /// <param name="text">The text.</param>
        /// <returns>How many bytes, not characters, were taken.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <exception cref="OSError">As for bytes.</exception>
        public int Send(string text)
        {
            return Send(ToBytes(text));
        }

        /// <summary>Sends everything: <c>sendall(bytes)</c>.</summary>
        /// <param name="data">The bytes.</param>
        /// <exception cref="ArgumentNullException"><paramref name="data"/> is null.</exception>
        /// <exception cref="OSError">As <see cref="Send(byte[], MsgFlags)"/>; an unknown part has been sent then. ETIMEDOUT
        /// when nothing moved for the time of SetTimeout. EAGAIN on a non-blocking socket that has no room for all.
        /// </exception>
        public void SendAll(byte[] data)
        {
            CheckNotNull(data, nameof(data));

            int handle = Live();

            // A datagram goes whole or not at all, and an empty one goes too.
            int sent = IsStream
                ? Check(NativeSocket.SendAll(handle, data, 0, data.Length, _sendTimeoutMs))
                : Check(NativeSocket.Send(handle, data, 0, data.Length, _sendTimeoutMs));

            if (sent < data.Length)
            {
                throw new OSError(Errno.EAGAIN);
            }
        }

        /// <summary>As <see cref="SendAll(byte[])"/>, for text as UTF-8.</summary>
        /// <param name="text">The text.</param>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <exception cref="OSError">As for bytes.</exception>
        public void SendAll(string text)
        {
            SendAll(ToBytes(text));
        }

        /// <summary>Sends a datagram: <c>sendto(bytes, address)</c>. On a connection the address is ignored.</summary>
        /// <param name="data">The datagram; may be empty.</param>
        /// <param name="address">As for <see cref="Bind"/>.</param>
        /// <returns>The length.</returns>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="address"/> is no address.</exception>
        /// <exception cref="OSError">EMSGSIZE, EACCES (broadcast without SO_BROADCAST), EINVAL (port), ENETUNREACH,
        /// EHOSTUNREACH, EAGAIN, ETIMEDOUT. An error of an earlier datagram, found only after its call had returned, is
        /// raised by the next one, whose own datagram is sent all the same.</exception>
        public int SendTo(byte[] data, object address)
        {
            CheckNotNull(data, nameof(data));

            byte[] record = Wire.Pack(address, _family);

            return Check(NativeSocket.SendTo(Live(), data, 0, data.Length, record, _sendTimeoutMs));
        }

        /// <summary>As <see cref="SendTo(byte[], object)"/>, for text as UTF-8.</summary>
        /// <param name="text">The text.</param>
        /// <param name="address">As for <see cref="Bind"/>.</param>
        /// <returns>The length in bytes.</returns>
        /// <exception cref="ArgumentNullException">An argument is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="address"/> is no address.</exception>
        /// <exception cref="OSError">As for bytes.</exception>
        public int SendTo(string text, object address)
        {
            return SendTo(ToBytes(text), address);
        }

        /// <summary>Receives what is there, waiting for the first byte: <c>recv(bufsize[, flags])</c>.</summary>
        /// <param name="bufsize">The most bytes to receive. A datagram that is longer loses the rest.</param>
        /// <param name="flags">0, <see cref="MSG_PEEK"/>, <see cref="MSG_DONTWAIT"/> or both.</param>
        /// <returns>The bytes, an array of their number; empty at the end of the stream, never null.</returns>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufsize"/> is negative.</exception>
        /// <exception cref="OSError">EAGAIN (non-blocking, nothing there), ETIMEDOUT, ECONNRESET, ENOTCONN,
        /// ECONNREFUSED (nobody has the port to which a connected datagram socket sent), EINVAL (other flags).</exception>
        public byte[] Recv(int bufsize, MsgFlags flags = 0)
        {
            return Receive(bufsize, flags, null);
        }

        /// <summary>As <see cref="Recv"/>, and tells the sender: <c>recvfrom(bufsize[, flags])</c>.</summary>
        /// <param name="bufsize">The most bytes to receive. A datagram that is longer loses the rest.</param>
        /// <param name="flags">0, <see cref="MSG_PEEK"/>, <see cref="MSG_DONTWAIT"/> or both.</param>
        /// <returns>The bytes and the address they came from; on a connection the peer's.</returns>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufsize"/> is negative.</exception>
        /// <exception cref="OSError">As <see cref="Recv"/>.</exception>
        public RecvFromResult RecvFrom(int bufsize, MsgFlags flags = 0)
        {
            byte[] from = new byte[Wire.AddressSize];
            byte[] data = Receive(bufsize, flags, from);

            return new RecvFromResult(data, Wire.Unpack(from, 0));
        }

        private static void CheckNotNull(object argument, string name)
        {
            ArgumentNullException.ThrowIfNull(argument, name);
        }

        // nanoFramework has Math in an assembly of its own.
        private static int Min(int a, int b)
        {
            return a < b ? a : b;
        }

        private static byte[] ToBytes(string text)
        {
            CheckNotNull(text, nameof(text));

            return Encoding.UTF8.GetBytes(text);
        }

        /// <summary>An array of exactly the bytes that a buffer was filled with; the buffer itself if that is full.
        /// </summary>
        private static byte[] Cut(byte[] buffer, int count)
        {
            if (count == buffer.Length)
            {
                return buffer;
            }

            if (count == 0)
            {
                return s_empty;
            }

            byte[] exact = new byte[count];
            Array.Copy(buffer, 0, exact, 0, count);

            return exact;
        }

        private byte[] Receive(int bufsize, MsgFlags flags, byte[] from)
        {
            if (bufsize < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(bufsize));
            }

            int handle = Live();

            if ((flags & ~(MSG_PEEK | MSG_DONTWAIT)) != 0)
            {
                throw new OSError(Errno.EINVAL);
            }

            int timeoutMs = (flags & MSG_DONTWAIT) != 0 ? NonBlocking : _receiveTimeoutMs;

            while (true)
            {
                byte[] kept = TakeKept(bufsize, (flags & MSG_PEEK) != 0, from);

                if (kept != null)
                {
                    return kept;
                }

                byte[] buffer = new byte[MessageRoom(handle, bufsize)];

                int count = from == null
                    ? NativeSocket.Recv(handle, buffer, 0, buffer.Length, (int)flags, timeoutMs)
                    : NativeSocket.RecvFrom(handle, buffer, 0, buffer.Length, (int)flags, from, timeoutMs);

                if (count != -Errno.EINTR)
                {
                    return Cut(buffer, Check(count));
                }
            }
        }

        /// <summary>Bytes that a timed-out call has handed back; null if there are none.</summary>
        private byte[] TakeKept(int most, bool peek, byte[] from)
        {
            int kept = _kept.Count;

            if (kept == 0)
            {
                return null;
            }

            byte[] bytes = new byte[Min(kept, most)];
            int taken = _kept.Take(bytes, 0, bytes.Length, peek);

            // Nothing though there was room: another thread was faster.
            if (taken == 0 && most > 0)
            {
                return null;
            }

            if (from != null && _peer != null)
            {
                Array.Copy(_peer, 0, from, 0, from.Length);
            }

            return Cut(bytes, taken);
        }

        /// <summary>
        /// The buffer for one transfer of at most so many bytes. Of a stream it may be less than what could come, as
        /// the rest is not lost; for a script that asks for a megabyte a megabyte is not made.
        /// </summary>
        private int MessageRoom(int handle, int most)
        {
            if (!IsStream)
            {
                return Min(most, LongestDatagram);
            }

            if (most <= SmallBuffer)
            {
                return most;
            }

            int available = NativeSocket.Available(handle);

            return Min(Min(most, LongestBuffer), available > 0 ? available : UsualBuffer);
        }
    }
}
