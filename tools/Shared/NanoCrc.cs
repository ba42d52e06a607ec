// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Tools
{
    /// <summary>nanoCLR's CRC-32, of assemblies and of natives: polynomial 04C11DB7, most significant bit first,
    /// nothing inverted. System.IO.Hashing has only the one of zip, which reflects and inverts.</summary>
    internal static class NanoCrc
    {
        private static readonly uint[] s_table = Table();

        /// <summary>The CRC of all bytes so far, when <paramref name="crc"/> is that of those before these; 0 at first.
        /// </summary>
        internal static uint Append(uint crc, ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
            {
                crc = crc << 8 ^ s_table[crc >> 24 ^ value];
            }

            return crc;
        }

        private static uint[] Table()
        {
            uint[] table = new uint[256];

            for (uint value = 0; value < table.Length; value++)
            {
                uint crc = value << 24;

                for (int bit = 0; bit < 8; bit++)
                {
                    crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7u : 0);
                }

                table[value] = crc;
            }

            return table;
        }
    }
}
