// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// An entry of what <see cref="Socket.GetAddrInfo(string, int, int, int, int, int)"/> found: MicroPython's tuple
    /// (family, type, proto, canonname, sockaddr).
    /// </summary>
    public sealed class AddrInfo
    {
        private readonly int _family;
        private readonly int _type;
        private readonly int _proto;
        private readonly string _canonName;
        private readonly SockAddr _address;

        /// <summary>Makes an entry.</summary>
        /// <param name="family">AF_INET or AF_INET6.</param>
        /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
        /// <param name="proto">The protocol that fits the type.</param>
        /// <param name="canonName">The canonical name, or empty text.</param>
        /// <param name="address">The address.</param>
        public AddrInfo(int family, int type, int proto, string canonName, SockAddr address)
        {
            _family = family;
            _type = type;
            _proto = proto;
            _canonName = canonName;
            _address = address;
        }

        /// <summary>Gets the address family, item 0: <see cref="Socket.AF_INET"/> or <see cref="Socket.AF_INET6"/>.
        /// </summary>
        public int Family
        {
            get { return _family; }
        }

        /// <summary>Gets the type of socket, item 1.</summary>
        public int Type
        {
            get { return _type; }
        }

        /// <summary>Gets the protocol, item 2: 6 for a stream, 17 for datagrams.</summary>
        public int Proto
        {
            get { return _proto; }
        }

        /// <summary>Gets the canonical name of the host, item 3; empty unless AI_CANONNAME asked for it.</summary>
        public string CanonName
        {
            get { return _canonName; }
        }

        /// <summary>Gets the address, item 4 or -1.</summary>
        public SockAddr Address
        {
            get { return _address; }
        }

        /// <summary>Gets an item as from the tuple; <c>ai[0][-1]</c> is the address.</summary>
        /// <param name="index">0 to 4, or -5 to -1.</param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public object this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -5:
                        return _family;
                    case 1:
                    case -4:
                        return _type;
                    case 2:
                    case -3:
                        return _proto;
                    case 3:
                    case -2:
                        return _canonName;
                    case 4:
                    case -1:
                        return _address;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the entry: <c>var (family, type, proto, name, addr) = ai[0];</c>.</summary>
        /// <param name="family">Item 0.</param>
        /// <param name="type">Item 1.</param>
        /// <param name="proto">Item 2.</param>
        /// <param name="canonName">Item 3.</param>
        /// <param name="address">Item 4.</param>
        public void Deconstruct(out int family, out int type, out int proto, out string canonName, out SockAddr address)
        {
            family = _family;
            type = _type;
            proto = _proto;
            canonName = _canonName;
            address = _address;
        }

        /// <summary>Gets the entry as Python prints it: <c>(2, 1, 6, '', ('127.0.0.1', 60000))</c>.</summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "(" + Repr.Of(_family) + ", " + Repr.Of(_type) + ", " + Repr.Of(_proto) + ", '" + _canonName + "', " +
                Repr.Of(_address) + ")";
        }
    }
}
