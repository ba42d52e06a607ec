// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using K230.Tools;

namespace K230.Pack
{
    /// <summary>An assembly as a device loads it: a .pe file of format NFMRK1.</summary>
    /// <remarks>A header of 124 bytes, then tables one after another. All numbers are little-endian.</remarks>
    public sealed class PeFile
    {
        private const string MARKER = "NFMRK1\0\0";
        private const int HEADER = 124;

        // Where things stand in the header.
        private const int HEADER_CRC = 8;
        private const int ASSEMBLY_CRC = 12;
        private const int NATIVE_CHECKSUM = 20;
        private const int VERSION = 28;
        private const int NAME = 36;
        private const int STRINGS_VERSION = 38;
        private const int TABLES = 40;
        private const int PADDING = 108;

        // The tables that are read.
        private const int ASSEMBLY_REFS = 0;
        private const int METHODS = 6;
        private const int STRINGS = 11;
        private const int END = 15;

        private const int ASSEMBLY_REF_BYTES = 12;
        private const int METHOD_BYTES = 16;
        private const uint ENTRY_POINT = 0x08000000;

        private const string BUILD_AGAIN = "build the app again, and copy its .pe files whole";

        private readonly byte[] _bytes;

        private PeFile(string path, byte[] bytes)
        {
            Path = path;
            _bytes = bytes;

            CheckFormat();

            Name = Text(UInt16(NAME), "its own name");
            Version = VersionAt(VERSION);
            NativeChecksum = UInt32(NATIVE_CHECKSUM);
            References = Records(ASSEMBLY_REFS, ASSEMBLY_REF_BYTES)
                .Select(at => new Reference(Text(UInt16(at), "a reference's name"), VersionAt(at + 4))).ToArray();
            IsExecutable = Records(METHODS, METHOD_BYTES).Any(at => (UInt32(at + 4) & ENTRY_POINT) != 0);
        }

        /// <summary>Gets the file.</summary>
        public string Path { get; }

        /// <summary>Gets the assembly's name.</summary>
        public string Name { get; }

        /// <summary>Gets the assembly's version.</summary>
        public Version Version { get; }

        /// <summary>Gets the checksum of its natives; 0 without any.</summary>
        public uint NativeChecksum { get; }

        /// <summary>Gets what it needs, in the order of its table.</summary>
        public IReadOnlyList<Reference> References { get; }

        /// <summary>Gets a value indicating whether it has a Main.</summary>
        public bool IsExecutable { get; }

        /// <summary>Gets the whole file.</summary>
        public ReadOnlySpan<byte> Bytes
        {
            get { return _bytes; }
        }

        /// <summary>Reads and checks a file.</summary>
        /// <exception cref="Refusal">It is not a whole assembly of this format.</exception>
        public static PeFile Read(string path)
        {
            return new PeFile(path, File.ReadAllBytes(path));
        }

        /// <summary>The name and the version.</summary>
        public override string ToString()
        {
            return Name + " " + Version;
        }

        private void CheckFormat()
        {
            string marker = Encoding.Latin1.GetString(_bytes, 0, Math.Min(_bytes.Length, MARKER.Length));

            if (marker != MARKER[..marker.Length])
            {
                throw marker.StartsWith("NFMRK", StringComparison.Ordinal)
                    ? Wrong("is of format " + marker.TrimEnd('\0') + ", the firmware loads NFMRK1",
                        "build the app with nanoFramework packages of version 1")
                    : Wrong("is no assembly of nanoFramework: it does not begin with NFMRK1",
                        "take the .pe files that the build of an .nfproj puts into bin/Debug or bin/Release");
            }

            if (_bytes.Length < HEADER)
            {
                throw Cut(HEADER, "at least ");
            }

            var header = (byte[])_bytes.AsSpan(0, HEADER).ToArray();
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(HEADER_CRC), 0);

            if (NanoCrc.Append(0, header) != UInt32(HEADER_CRC))
            {
                throw Damaged("header");
            }

            if (UInt16(STRINGS_VERSION) != 1)
            {
                throw Wrong(
                    "is made for version " + UInt16(STRINGS_VERSION) + " of nanoCLR's table of texts, not for 1",
                    "build the app with nanoFramework packages of version 1");
            }

            uint total = UInt32(TABLES + 4 * END);

            if (_bytes.Length < total)
            {
                throw Cut(total, "");
            }

            if (_bytes.Length > total)
            {
                throw Wrong(
                    "has " + _bytes.Length + " bytes, more than the " + total + " of the assembly", BUILD_AGAIN);
            }

            if (NanoCrc.Append(0, _bytes.AsSpan(HEADER)) != UInt32(ASSEMBLY_CRC))
            {
                throw Damaged("tables");
            }
        }

        // Where the records of a table begin.
        private IEnumerable<int> Records(int table, int size)
        {
            uint start = UInt32(TABLES + 4 * table);
            uint end = UInt32(TABLES + 4 * (table + 1));
            long used = (long)end - start - _bytes[PADDING + table];

            if (start < HEADER || end > _bytes.Length || used < 0 || used % size != 0)
            {
                throw Damaged("list of tables");
            }

            for (uint at = start; at < start + used; at += (uint)size)
            {
                yield return (int)at;
            }
        }

        private string Text(ushort number, string what)
        {
            if (number >= KnownStrings.FIRST)
            {
                return KnownStrings.Of(number) ?? throw Wrong(
                    what + " is number " + (0xFFFF - number) + " of nanoCLR's own texts, which pack does not know",
                    "add it to tools/Pack/KnownStrings.cs");
            }

            uint at = UInt32(TABLES + 4 * STRINGS) + number;
            uint end = UInt32(TABLES + 4 * (STRINGS + 1));

            if (end > _bytes.Length || at >= end)
            {
                throw Damaged("table of texts");
            }

            ReadOnlySpan<byte> text = _bytes.AsSpan((int)at, (int)(end - at));
            int length = text.IndexOf((byte)0);

            if (length <= 0)
            {
                throw Damaged("table of texts");
            }

            return Encoding.UTF8.GetString(text[..length]);
        }

        private Version VersionAt(int at)
        {
            return new Version(UInt16(at), UInt16(at + 2), UInt16(at + 4), UInt16(at + 6));
        }

        private ushort UInt16(int at)
        {
            return BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));
        }

        private uint UInt32(int at)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));
        }

        private Refusal Wrong(string what, string remedy)
        {
            return new Refusal(Path, what, remedy);
        }

        private Refusal Cut(long expected, string atLeast)
        {
            return Wrong("is cut: it has " + _bytes.Length + " bytes of " + atLeast + expected, BUILD_AGAIN);
        }

        private Refusal Damaged(string part)
        {
            return Wrong("is damaged: the checksum or the contents of its " + part + " are wrong", BUILD_AGAIN);
        }
    }
}
