// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// What <see cref="Socket.Accept"/> gives: MicroPython's pair (conn, address).
    /// </summary>
    public sealed class AcceptResult
    {
        private readonly Socket _conn;
        private readonly SockAddr _address;

        internal AcceptResult(Socket conn, SockAddr address)
        {
            _conn = conn;
            _address = address;
        }

        /// <summary>Gets the new socket, item 0: connected, blocking, without a timeout.</summary>
        public Socket Conn
        {
            get { return _conn; }
        }

        /// <summary>Gets the address of the peer, item 1.</summary>
        public SockAddr Address
        {
            get { return _address; }
        }

        /// <summary>Gets an item as from the tuple.</summary>
        /// <param name="index">0 or -2 is <see cref="Conn"/>, 1 or -1 is <see cref="Address"/>.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -2:
                        return _conn;
                    case 1:
                    case -1:
                        return _address;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the pair: <c>var (conn, addr) = s.Accept();</c>.</summary>
        /// <param name="conn">Item 0.</param>
        /// <param name="address">Item 1.</param>
        public void Deconstruct(out Socket conn, out SockAddr address)
        {
            conn = _conn;
            address = _address;
        }

        /// <summary>Gets the pair as MicroPython prints it: <c>(&lt;_socket 4&gt;, ('192.0.2.1', 50000))</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "(" + _conn.ToString() + ", " + Repr.Of(_address) + ")";
        }
    }
}
