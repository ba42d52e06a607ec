// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    // The calls that give null or None where they would have to wait, and on a blocking socket move everything.
    //
    // What a call has taken when its time is over goes to _kept and is received by the next call, so that a timeout
    // never loses a byte of a stream. At any other failure it is gone, as it is in MicroPython. On a datagram socket it
    // is gone too: it was a whole datagram.
    public sealed partial class Socket
    {
        // A line longer than this makes the buffer grow.
        private const int UsualLine = 128;

        // What Read has no room for any more goes on in a buffer of this size at most.
        private const int LongestPiece = 65536;

        /// <summary>Reads to the end of the stream: <c>read()</c>.</summary>
        /// <returns>The bytes; empty at the end; null if the socket is non-blocking and nothing is there. A
        /// non-blocking socket gives what is there.</returns>
        /// <exception cref="OSError">ETIMEDOUT (the bytes read so far are read again by the next call), ECONNRESET,
        /// ENOTCONN.</exception>
        /// <exception cref="OutOfMemoryException">There is no room for so many bytes.</exception>
        public byte[] Read()
        {
            return ReadUpTo(int.MaxValue);
        }

        /// <summary>Reads exactly so many bytes, less only at the end of the stream: <c>read(size)</c>.</summary>
        /// <param name="size">The number of bytes; -1 reads to the end. 0 gives an empty array without touching the
        /// socket.</param>
        /// <returns>As <see cref="Read()"/>.</returns>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below -1.</exception>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        /// <exception cref="OutOfMemoryException">There is no room for so many bytes.</exception>
        public byte[] Read(int size)
        {
            return size == 0 ? s_empty : ReadUpTo(ToLimit(size));
        }

        /// <summary>Fills an array: <c>readinto(buf)</c>.</summary>
        /// <param name="buf">The array; one of no length gives 0 without touching the socket.</param>
        /// <returns>How many bytes were read: the length of the array, less only at the end of the stream or on a
        /// non-blocking socket; 0 at the end; <see cref="None"/> if the socket is non-blocking and nothing is there.
        /// </returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        public int ReadInto(byte[] buf)
        {
            return ReadInto(buf, 0, -1);
        }

        /// <summary>Fills the start of an array: <c>readinto(buf, nbytes)</c>.</summary>
        /// <param name="buf">The array.</param>
        /// <param name="nbytes">How many bytes to read; the whole array if negative or too large. 0 gives 0 without
        /// touching the socket.</param>
        /// <returns>As <see cref="ReadInto(byte[])"/>.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        public int ReadInto(byte[] buf, int nbytes)
        {
            return ReadInto(buf, 0, nbytes);
        }

        /// <summary>Fills a part of an array: <c>readinto(memoryview(buf)[off:], nbytes)</c>. C#'s slice
        /// <c>buf[off..]</c> is a copy: what is read into one is lost.</summary>
        /// <param name="buf">The array.</param>
        /// <param name="off">Where the part begins; at or beyond the end 0 bytes are read.</param>
        /// <param name="nbytes">How many bytes to read; all that follow if negative or too large. 0 gives 0 without
        /// touching the socket.</param>
        /// <returns>As <see cref="ReadInto(byte[])"/>.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="off"/> is negative.</exception>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        public int ReadInto(byte[] buf, int off, int nbytes)
        {
            int limit = Part(buf, off, nbytes);

            if (limit == 0)
            {
                return 0;
            }

            int handle = Live();
            int timeoutMs = _receiveTimeoutMs;
            int count = 0;

            while (count < limit)
            {
                int moved = Transfer(handle, buf, off + count, limit - count, timeoutMs);

                if (moved == -Errno.EAGAIN)
                {
                    return count == 0 ? None : count;
                }

                if (moved < 0)
                {
                    if (IsKeptAfter(moved, count))
                    {
                        _kept.PutBack(handle, buf, off, count);
                    }

                    throw OSError.FromNative(moved);
                }

                if (moved == 0)
                {
                    break;
                }

                count += moved;
            }

            return count;
        }

        /// <summary>Reads a line: <c>readline()</c>.</summary>
        /// <returns>The bytes up to and including the first line feed, or to the end of the stream; empty at the end;
        /// null if the socket is non-blocking and nothing is there. A non-blocking socket gives a part of a line if no
        /// more is there.</returns>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        public byte[] ReadLine()
        {
            return ReadLine(-1);
        }

        /// <summary>Reads a line of limited length: <c>readline(size)</c>.</summary>
        /// <param name="size">The most bytes; the rest of the line is for the next call. -1 is no limit; 0 gives an
        /// empty array without touching the socket.</param>
        /// <returns>As <see cref="ReadLine()"/>.</returns>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below -1.</exception>
        /// <exception cref="OSError">As <see cref="Read()"/>.</exception>
        public byte[] ReadLine(int size)
        {
            int limit = ToLimit(size);

            if (limit == 0)
            {
                return s_empty;
            }

            int handle = Live();
            int timeoutMs = _receiveTimeoutMs;
            byte[] buffer = new byte[Min(limit, UsualLine)];
            int count = 0;
            bool isOver = false;

            while (count < limit)
            {
                if (count == buffer.Length)
                {
                    byte[] larger = new byte[count > limit / 2 ? limit : count * 2];
                    Array.Copy(buffer, 0, larger, 0, count);
                    buffer = larger;
                }

                int moved = TransferLine(handle, buffer, count, buffer.Length - count, isOver ? 0 : timeoutMs);

                if (moved == -Errno.ETIMEDOUT && IsStream && !isOver)
                {
                    // The native side leaves the beginning of a line where it is. This call has seen it, so it takes it:
                    // a close does not count it as unread.
                    isOver = true;
                    continue;
                }

                if (isOver && moved == -Errno.EAGAIN)
                {
                    moved = -Errno.ETIMEDOUT;
                }

                if (moved == -Errno.EAGAIN && count == 0)
                {
                    return null;
                }

                if (moved == 0 || moved == -Errno.EAGAIN)
                {
                    break;
                }

                if (moved < 0)
                {
                    if (IsKeptAfter(moved, count))
                    {
                        _kept.PutBack(handle, buffer, 0, count);
                    }

                    throw OSError.FromNative(moved);
                }

                count += moved;

                if (buffer[count - 1] == (byte)'\n')
                {
                    break;
                }
            }

            return Cut(buffer, count);
        }

        /// <summary>Writes everything: <c>write(buf)</c>.</summary>
        /// <param name="buf">The bytes; none gives 0 without touching the socket.</param>
        /// <returns>How many were written: all; on a non-blocking socket what there was room for, or
        /// <see cref="None"/>.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="OSError">ETIMEDOUT (nothing moved for the time of SetTimeout; an unknown part is written),
        /// EPIPE, ECONNRESET, ENOTCONN, EDESTADDRREQ, EMSGSIZE.</exception>
        public int Write(byte[] buf)
        {
            return Write(buf, 0, -1);
        }

        /// <summary>Writes the start of an array: <c>write(buf, max_len)</c>.</summary>
        /// <param name="buf">The array.</param>
        /// <param name="maxLen">How many bytes; all of them if negative or too large.</param>
        /// <returns>As <see cref="Write(byte[])"/>.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="OSError">As <see cref="Write(byte[])"/>.</exception>
        public int Write(byte[] buf, int maxLen)
        {
            return Write(buf, 0, maxLen);
        }

        /// <summary>Writes a part of an array: <c>write(buf, off, max_len)</c>.</summary>
        /// <param name="buf">The array.</param>
        /// <param name="off">The first byte; beyond the end nothing is written.</param>
        /// <param name="maxLen">How many bytes; all that follow if negative or too large.</param>
        /// <returns>As <see cref="Write(byte[])"/>.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="buf"/> is null.</exception>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="off"/> is negative.</exception>
        /// <exception cref="OSError">As <see cref="Write(byte[])"/>.</exception>
        public int Write(byte[] buf, int off, int maxLen)
        {
            int count = Part(buf, off, maxLen);

            if (count == 0)
            {
                return 0;
            }

            int result = NativeSocket.SendAll(Live(), buf, off, count, _sendTimeoutMs);

            return result == -Errno.EAGAIN ? None : Check(result);
        }

        /// <summary>As <see cref="Write(byte[])"/>, for text as UTF-8.</summary>
        /// <param name="text">The text.</param>
        /// <returns>How many bytes, not characters, were written.</returns>
        /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
        /// <exception cref="OSError">As <see cref="Write(byte[])"/>.</exception>
        public int Write(string text)
        {
            return Write(ToBytes(text));
        }

        private static int ToLimit(int size)
        {
            if (size < -1)
            {
                throw new ArgumentOutOfRangeException(nameof(size));
            }

            return size == -1 ? int.MaxValue : size;
        }

        /// <summary>The length of a part of an array, cut to what is there.</summary>
        private static int Part(byte[] buf, int off, int length)
        {
            CheckNotNull(buf, nameof(buf));

            if (off < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(off));
            }

            int rest = off < buf.Length ? buf.Length - off : 0;

            return length < 0 ? rest : Min(length, rest);
        }

        private byte[] ReadUpTo(int limit)
        {
            int handle = Live();
            int timeoutMs = _receiveTimeoutMs;
            Pieces pieces = new Pieces();
            byte[] buffer = new byte[StreamRoom(handle, limit, LongestBuffer)];
            int count = 0;

            while (pieces.Count + count < limit)
            {
                int rest = limit - pieces.Count - count;

                // A datagram that does not fit is cut, so there is always room for the longest.
                if (count == buffer.Length ||
                    (!IsStream && buffer.Length - count < Min(rest, LongestDatagram)))
                {
                    pieces.Add(Cut(buffer, count));
                    buffer = count < buffer.Length ? buffer : new byte[StreamRoom(handle, rest, LongestPiece)];
                    count = 0;
                }

                int moved = Transfer(handle, buffer, count, Min(buffer.Length - count, rest), timeoutMs);

                if (moved == -Errno.EAGAIN && pieces.Count + count == 0)
                {
                    return null;
                }

                if (moved == 0 || moved == -Errno.EAGAIN)
                {
                    break;
                }

                if (moved < 0)
                {
                    if (IsKeptAfter(moved, pieces.Count + count))
                    {
                        _kept.PutBack(handle, pieces.Join(buffer, count), 0, pieces.Count + count);
                    }

                    throw OSError.FromNative(moved);
                }

                count += moved;
            }

            return pieces.Join(buffer, count);
        }

        /// <summary>The next buffer of a call that reads up to so many bytes.</summary>
        private int StreamRoom(int handle, int limit, int longest)
        {
            if (!IsStream)
            {
                return Min(limit, LongestDatagram);
            }

            if (limit <= SmallBuffer)
            {
                return limit;
            }

            int available = NativeSocket.Available(handle);

            return Min(Min(limit, longest), available > UsualBuffer ? available : UsualBuffer);
        }

        private int Transfer(int handle, byte[] buffer, int offset, int count, int timeoutMs)
        {
            int moved;

            do
            {
                moved = _kept.Take(buffer, offset, count, false);

                if (moved == 0)
                {
                    moved = NativeSocket.Recv(handle, buffer, offset, count, 0, timeoutMs);
                }
            }
            while (moved == -Errno.EINTR);

            return moved;
        }

        private int TransferLine(int handle, byte[] buffer, int offset, int count, int timeoutMs)
        {
            // MicroPython reads a line byte by byte, and of a datagram that takes the first byte only.
            if (!IsStream)
            {
                return NativeSocket.Recv(handle, buffer, offset, 1, 0, timeoutMs);
            }

            int moved;

            do
            {
                moved = _kept.TakeLine(buffer, offset, count);

                if (moved == 0)
                {
                    moved = NativeSocket.ReadLine(handle, buffer, offset, count, timeoutMs);
                }
            }
            while (moved == -Errno.EINTR);

            return moved;
        }

        /// <summary>Whether what a call had taken when it failed comes again.</summary>
        private bool IsKeptAfter(int result, int count)
        {
            return result == -Errno.ETIMEDOUT && count > 0 && IsStream;
        }
    }
}
