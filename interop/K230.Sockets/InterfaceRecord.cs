// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    /// <summary>
    /// What there is to know of an interface of the small core, as it crosses the managed/native border: little-endian
    /// numbers, IPv4 addresses in network order with zeros for none, and address records of <see cref="Wire"/>.
    /// </summary>
    internal static class InterfaceRecord
    {
        // Keep in sync with struct k230_interface in firmware/protocol/k230_protocol.h.
        internal const int Size = 208;

        internal const int MacLength = 6;

        private const int FlagsOffset = 0;
        private const int MacOffset = 32;
        private const int AddressOffset = 40;
        private const int MaskOffset = 44;
        private const int GatewayOffset = 48;
        private const int DnsOffset = 52;

        private const int DnsServers = 2;

        // Bits of the flags.
        private const uint Up = 1;
        private const uint Link = 2;

        private const string None = "0.0.0.0";

        internal static bool IsUp(byte[] record)
        {
            return (Wire.GetUInt32(record, FlagsOffset) & Up) != 0;
        }

        internal static bool HasLink(byte[] record)
        {
            return (Wire.GetUInt32(record, FlagsOffset) & Link) != 0;
        }

        internal static bool HasAddress(byte[] record)
        {
            return Wire.GetUInt32(record, AddressOffset) != 0;
        }

        internal static byte[] Mac(byte[] record)
        {
            byte[] mac = new byte[MacLength];

            for (int i = 0; i < mac.Length; i++)
            {
                mac[i] = record[MacOffset + i];
            }

            return mac;
        }

        internal static IfConfigResult IfConfig(byte[] record)
        {
            return new IfConfigResult(
                Inet.FormatV4(record, AddressOffset), Inet.FormatV4(record, MaskOffset),
                Inet.FormatV4(record, GatewayOffset), Dns(record));
        }

        /// <summary>MicroPython's place for a server is one for IPv4: an IPv6 one stands there only if there is no other.</summary>
        private static string Dns(byte[] record)
        {
            string other = None;

            for (int i = 0; i < DnsServers; i++)
            {
                SockAddr server = Wire.Unpack(record, DnsOffset + i * Wire.AddressSize);

                if (server == null)
                {
                    continue;
                }

                if (server.Family == Socket.AF_INET)
                {
                    return server.Host;
                }

                if (other == None)
                {
                    other = server.Host;
                }
            }

            return other;
        }
    }
}
