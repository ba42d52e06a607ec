// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net;

namespace K230.Sockets
{
    /// <summary>
    /// The 28-byte address record that crosses the managed/native border, little-endian: ushort family, ushort port,
    /// uint scope, uint flow, 16 bytes of address in network order, of which IPv4 uses the first four.
    /// </summary>
    internal static class Wire
    {
        // Keep in sync with struct k230_addr in firmware/protocol/k230_protocol.h.
        internal const int AddressSize = 28;

        private const int Port = 2;
        private const int Scope = 4;
        private const int Ip = 12;

        /// <summary>The record of whatever a script may pass as an address to a socket of this family.</summary>
        internal static byte[] Pack(object address, int family)
        {
            ArgumentNullException.ThrowIfNull(address, nameof(address));

            if (address is IPEndPoint point)
            {
                return Pack(point.Address, point.Port);
            }

            if (address is object[] pair && pair.Length == 2 && pair[0] is string host &&
                Boxed.IsInteger(pair[1], out long port))
            {
                bool anyV6 = host.Length == 0 && family == Socket.AF_INET6;

                return Pack(anyV6 ? IPAddress.IPv6Any : SockAddr.ParseHost(host), SockAddr.CheckPort(port));
            }

            throw new ArgumentException(
                "an address is a SockAddr, an IPEndPoint, or object[] { host, port }, and not " + Describe(address));
        }

        /// <summary>The address of a record; null if the record has none.</summary>
        internal static SockAddr Unpack(byte[] bytes, int offset)
        {
            int family = GetUInt16(bytes, offset);
            int port = GetUInt16(bytes, offset + Port);

            if (family != Socket.AF_INET && family != Socket.AF_INET6)
            {
                return null;
            }

            byte[] ip = new byte[family == Socket.AF_INET ? 4 : 16];
            Array.Copy(bytes, offset + Ip, ip, 0, ip.Length);

            return new SockAddr(
                ip.Length == 4 ? new IPAddress(ip) : new IPAddress(ip, GetUInt32(bytes, offset + Scope)), port);
        }

        internal static void PutUInt16(byte[] bytes, int offset, int value)
        {
            bytes[offset] = (byte)value;
            bytes[offset + 1] = (byte)(value >> 8);
        }

        internal static void PutInt32(byte[] bytes, int offset, int value)
        {
            PutUInt16(bytes, offset, value);
            PutUInt16(bytes, offset + 2, value >> 16);
        }

        internal static int GetUInt16(byte[] bytes, int offset)
        {
            return bytes[offset] | bytes[offset + 1] << 8;
        }

        internal static uint GetUInt32(byte[] bytes, int offset)
        {
            return (uint)(GetUInt16(bytes, offset) | GetUInt16(bytes, offset + 2) << 16);
        }

        private static string Describe(object address)
        {
            if (address is not object[] items)
            {
                return "a " + Boxed.TypeOf(address);
            }

            string types = "";

            for (int i = 0; i < items.Length; i++)
            {
                types += (i == 0 ? " " : ", ") + Boxed.TypeOf(items[i]);
            }

            return "object[] {" + types + " }";
        }

        private static byte[] Pack(IPAddress address, int port)
        {
            byte[] record = new byte[AddressSize];
            byte[] ip = address.GetAddressBytes();

            PutUInt16(record, Port, SockAddr.CheckPort(port));
            Array.Copy(ip, 0, record, Ip, ip.Length);

            if (ip.Length == 4)
            {
                PutUInt16(record, 0, Socket.AF_INET);
            }
            else
            {
                PutUInt16(record, 0, Socket.AF_INET6);
                PutInt32(record, Scope, (int)address.ScopeId);
            }

            return record;
        }
    }
}
