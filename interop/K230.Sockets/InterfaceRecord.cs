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
        internal const int SIZE = 208;

        internal const int MAC_LENGTH = 6;

        private const int FLAGS = 0;
        private const int MAC = 32;
        private const int ADDRESS = 40;
        private const int MASK = 44;
        private const int GATEWAY = 48;
        private const int DNS = 52;

        private const int DNS_SERVERS = 2;

        // Bits of FLAGS.
        private const uint UP = 1;
        private const uint LINK = 2;

        private const string NONE = "0.0.0.0";

        internal static bool IsUp(byte[] record)
        {
            return (Wire.GetUInt32(record, FLAGS) & UP) != 0;
        }

        internal static bool HasLink(byte[] record)
        {
            return (Wire.GetUInt32(record, FLAGS) & LINK) != 0;
        }

        internal static bool HasAddress(byte[] record)
        {
            return Wire.GetUInt32(record, ADDRESS) != 0;
        }

        internal static byte[] Mac(byte[] record)
        {
            byte[] mac = new byte[MAC_LENGTH];

            for (int i = 0; i < mac.Length; i++)
            {
                mac[i] = record[MAC + i];
            }

            return mac;
        }

        internal static IfConfigResult IfConfig(byte[] record)
        {
            return new IfConfigResult(
                Inet.FormatV4(record, ADDRESS), Inet.FormatV4(record, MASK), Inet.FormatV4(record, GATEWAY), Dns(record));
        }

        /// <summary>MicroPython's place for a server is one for IPv4: an IPv6 one stands there only if there is no other.</summary>
        private static string Dns(byte[] record)
        {
            string other = NONE;

            for (int i = 0; i < DNS_SERVERS; i++)
            {
                SockAddr server = Wire.Unpack(record, DNS + i * Wire.ADDRESS_SIZE);

                if (server == null)
                {
                    continue;
                }

                if (server.Family == Socket.AF_INET)
                {
                    return server.Host;
                }

                if (other == NONE)
                {
                    other = server.Host;
                }
            }

            return other;
        }
    }
}
