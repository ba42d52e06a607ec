// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// Received bytes that a stream call had taken when its time was over. They are the next to be received; the native
    /// side knows that there are some, so that polls and receiving calls under way notice. The lock is held for a copy,
    /// never while waiting.
    /// </summary>
    internal sealed class KeptBytes
    {
        private byte[] _bytes;
        private int _start;
        private int _count;
        private bool _closed;
        private int _handle;

        /// <summary>How many there are; another thread may take them at any time.</summary>
        internal int Count
        {
            get { return _count; }
        }

        /// <summary>Copies the first bytes, and unless <paramref name="peek"/> takes them; the number copied.</summary>
        internal int Take(byte[] buffer, int offset, int count, bool peek)
        {
            if (_count == 0)
            {
                return 0;
            }

            lock (this)
            {
                int taken = count < _count ? count : _count;

                if (taken > 0)
                {
                    Array.Copy(_bytes, _start, buffer, offset, taken);
                }

                if (!peek)
                {
                    Skip(taken);
                }

                return taken;
            }
        }

        /// <summary>As <see cref="Take"/>, but nothing beyond the first line feed.</summary>
        internal int TakeLine(byte[] buffer, int offset, int count)
        {
            if (_count == 0)
            {
                return 0;
            }

            lock (this)
            {
                int taken = 0;

                while (taken < count && taken < _count)
                {
                    byte value = _bytes[_start + taken];
                    buffer[offset + taken] = value;
                    taken++;

                    if (value == (byte)'\n')
                    {
                        break;
                    }
                }

                Skip(taken);

                return taken;
            }
        }

        /// <summary>Keeps a part of a buffer, ahead of the bytes that are kept.</summary>
        internal void PutBack(int handle, byte[] buffer, int offset, int count)
        {
            lock (this)
            {
                if (_closed)
                {
                    return;
                }

                byte[] bytes = new byte[count + _count];
                Array.Copy(buffer, offset, bytes, 0, count);

                if (_count > 0)
                {
                    Array.Copy(_bytes, _start, bytes, count, _count);
                }

                _bytes = bytes;
                _start = 0;
                _count = bytes.Length;
                _handle = handle;
                NativeSocket.Keep(handle, 1);
            }
        }

        /// <summary>Drops them and keeps none from now on.</summary>
        internal void Close()
        {
            lock (this)
            {
                _closed = true;
                _count = 0;
                _bytes = null;
            }
        }

        private void Skip(int count)
        {
            _start += count;
            _count -= count;

            if (_count == 0 && _bytes != null)
            {
                _bytes = null;
                NativeSocket.Keep(_handle, 0);
            }
        }
    }
}
