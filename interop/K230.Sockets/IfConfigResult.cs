// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// What <see cref="LAN.IfConfig"/> gives: MicroPython's tuple (ip, subnet, gateway, dns), all of them texts.
    /// </summary>
    public sealed class IfConfigResult
    {
        private readonly string _address;
        private readonly string _mask;
        private readonly string _gateway;
        private readonly string _dns;

        internal IfConfigResult(string address, string mask, string gateway, string dns)
        {
            _address = address;
            _mask = mask;
            _gateway = gateway;
            _dns = dns;
        }

        /// <summary>Gets the IPv4 address, item 0; <c>0.0.0.0</c> where there is none.</summary>
        public string Address
        {
            get { return _address; }
        }

        /// <summary>Gets the subnet mask, item 1; <c>0.0.0.0</c> where there is none.</summary>
        public string Mask
        {
            get { return _mask; }
        }

        /// <summary>Gets the gateway, item 2; <c>0.0.0.0</c> where there is none.</summary>
        public string Gateway
        {
            get { return _gateway; }
        }

        /// <summary>Gets the first DNS server, item 3; <c>0.0.0.0</c> where there is none.</summary>
        public string Dns
        {
            get { return _dns; }
        }

        /// <summary>Gets an item as from the tuple.</summary>
        /// <param name="index">
        /// 0 or -4 is <see cref="Address"/>, 1 or -3 is <see cref="Mask"/>, 2 or -2 is <see cref="Gateway"/>, 3 or -1 is
        /// <see cref="Dns"/>.
        /// </param>
        /// <exception cref="IndexOutOfRangeException">There is no such item.</exception>
        public string this[int index]
        {
            get
            {
                switch (index)
                {
                    case 0:
                    case -4:
                        return _address;
                    case 1:
                    case -3:
                        return _mask;
                    case 2:
                    case -2:
                        return _gateway;
                    case 3:
                    case -1:
                        return _dns;
                    default:
                        throw new IndexOutOfRangeException();
                }
            }
        }

        /// <summary>Splits the tuple: <c>var (ip, mask, gateway, dns) = lan.IfConfig();</c>.</summary>
        /// <param name="address">Item 0.</param>
        /// <param name="mask">Item 1.</param>
        /// <param name="gateway">Item 2.</param>
        /// <param name="dns">Item 3.</param>
        public void Deconstruct(out string address, out string mask, out string gateway, out string dns)
        {
            address = _address;
            mask = _mask;
            gateway = _gateway;
            dns = _dns;
        }

        /// <summary>
        /// Gets the tuple as Python prints it: <c>('192.0.2.2', '255.255.255.0', '192.0.2.1', '192.0.2.1')</c>.
        /// </summary>
        /// <returns>The text.</returns>
        public override string ToString()
        {
            return "('" + _address + "', '" + _mask + "', '" + _gateway + "', '" + _dns + "')";
        }
    }
}
