// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// What <see cref="Socket.RecvFrom"/> gives: MicroPython's pair (bytes, address).
    /// </summary>
    public sealed class RecvFromResult
    {
        private readonly byte[] _data;
        private readonly SockAddr _address;

        internal RecvFromResult(byte[] data, SockAddr address)
        {
            _data = data;
            _address = address;
        }

        /// <summary>Gets the bytes, item 0; empty for an empty datagram and at the end of a stream.</summary>
        public byte[] Data
        {
            get { return _data; }
        }

        /// <summary>Gets the sender, item 1; on a connection the peer.</summary>
        public SockAddr Address
        {
            get { return _address; }
        }

        /// <summary>Gets an item as from the tuple.</summary>
        /// <param name="index">0 or -2 is <see cref="Data"/>, 1 or -1 is <see cref="Address"/>.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -2:
                        return _data;
                    case 1:
                    case -1:
                        return _address;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the pair: <c>var (data, addr) = s.RecvFrom(800);</c>.</summary>
        /// <param name="data">Item 0.</param>
        /// <param name="address">Item 1.</param>
        public void Deconstruct(out byte[] data, out SockAddr address)
        {
            data = _data;
            address = _address;
        }

        /// <summary>Gets the pair as MicroPython prints it: <c>(b'hello', ('192.0.2.1', 50000))</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "(" + Repr.Of(_data) + ", " + Repr.Of(_address) + ")";
        }
    }
}
