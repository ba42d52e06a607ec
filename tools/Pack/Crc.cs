// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Pack
{
    /// <summary>The two sums over bytes that a packed app has.</summary>
    public static class Crc
    {
        /// <summary>As zip, gzip and Ethernet have it: in the manifest.</summary>
        public static uint Zip(ReadOnlySpan<byte> bytes)
        {
            uint crc = 0xFFFFFFFF;

            foreach (byte value in bytes)
            {
                crc ^= value;

                for (int bit = 0; bit < 8; bit++)
                {
                    crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
                }
            }

            return ~crc;
        }

        /// <summary>As nanoCLR has it: in the assembly itself. It starts at zero and inverts nothing.</summary>
        public static uint Nano(ReadOnlySpan<byte> bytes)
        {
            uint crc = 0;

            foreach (byte value in bytes)
            {
                crc ^= (uint)value << 24;

                for (int bit = 0; bit < 8; bit++)
                {
                    crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7u : 0);
                }
            }

            return crc;
        }
    }
}
