// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Text;
using K230.Tools;

namespace K230.Drift
{
    /// <summary>The number by which the CLR knows that its natives are those of an assembly.</summary>
    public static class Checksum
    {
        /// <summary>That of the metadata processor 3, of the 1.x line.</summary>
        /// <remarks>What comes before the first native does not count, by an oddity that is part of the contract: the
        /// running value reads as 0 until one native has been counted to its end.</remarks>
        public static uint V1(string assembly, IEnumerable<Slot> slots)
        {
            uint crc = 0;
            bool any = false;

            foreach (Slot slot in slots)
            {
                if (!slot.Counts)
                {
                    continue;
                }

                if (slot.IsNative)
                {
                    crc = any ? Crc(Crc(crc, assembly), slot.Class) : 0;
                    crc = Crc(crc, slot.Method);
                    any = true;
                }
                else if (any)
                {
                    crc = Crc(crc, "NULL");
                }
            }

            return crc;
        }

        /// <summary>That of the metadata processor 4, of the coming 2.x line. Here it is only printed.</summary>
        public static uint V2(string assembly, IEnumerable<Slot> slots)
        {
            uint crc = 0;

            foreach (Slot slot in slots)
            {
                if (!slot.Counts)
                {
                    continue;
                }

                if (slot.IsNative)
                {
                    crc = Crc(Crc(Crc(crc, assembly), slot.Class), slot.Method);
                }

                crc = Crc(crc, "nullptr");
            }

            return crc;
        }

        private static uint Crc(uint crc, string text) => NanoCrc.Append(crc, Encoding.ASCII.GetBytes(text));
    }
}
