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
        private const string Marker = "NFMRK1\0\0";
        private const int Header = 124;

        // Where things stand in the header.
        private const int HeaderCrcOffset = 8;
        private const int AssemblyCrcOffset = 12;
        private const int NativeChecksumOffset = 20;
        private const int VersionOffset = 28;
        private const int NameOffset = 36;
        private const int StringsVersionOffset = 38;
        private const int TablesOffset = 40;
        private const int PaddingOffset = 108;

        // The tables that are read.
        private const int AssemblyRefs = 0;
        private const int Methods = 6;
        private const int Strings = 11;
        private const int End = 15;

        private const int AssemblyRefBytes = 12;
        private const int MethodBytes = 16;
        private const uint EntryPoint = 0x08000000;

        private const string BuildAgain = "build the app again, and copy its .pe files whole";

        private readonly byte[] _bytes;

        private PeFile(string path, byte[] bytes)
        {
            Path = path;
            _bytes = bytes;

            CheckFormat();

            Name = Text(UInt16(NameOffset), "its own name");
            Version = VersionAt(VersionOffset);
            NativeChecksum = UInt32(NativeChecksumOffset);
            References = Records(AssemblyRefs, AssemblyRefBytes)
                .Select(at => new Reference(Text(UInt16(at), "a reference's name"), VersionAt(at + 4))).ToArray();
            IsExecutable = Records(Methods, MethodBytes).Any(at => (UInt32(at + 4) & EntryPoint) != 0);
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
        public static PeFile Read(string path) => new PeFile(path, File.ReadAllBytes(path));

        /// <summary>The name and the version.</summary>
        public override string ToString() => Name + " " + Version;

        private void CheckFormat()
        {
            string marker = Encoding.Latin1.GetString(_bytes, 0, Math.Min(_bytes.Length, Marker.Length));

            if (marker != Marker[..marker.Length])
            {
                throw marker.StartsWith("NFMRK", StringComparison.Ordinal)
                    ? Wrong("is of format " + marker.TrimEnd('\0') + ", the firmware loads NFMRK1",
                        "build the app with nanoFramework packages of version 1")
                    : Wrong("is no assembly of nanoFramework: it does not begin with NFMRK1",
                        "take the .pe files that the build of an .nfproj puts into bin/Debug or bin/Release");
            }

            if (_bytes.Length < Header)
            {
                throw Cut(Header, "at least ");
            }

            byte[] header = _bytes.AsSpan(0, Header).ToArray();
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(HeaderCrcOffset), 0);

            if (NanoCrc.Append(0, header) != UInt32(HeaderCrcOffset))
            {
                throw Damaged("header");
            }

            if (UInt16(StringsVersionOffset) != 1)
            {
                throw Wrong(
                    "is made for version " + UInt16(StringsVersionOffset) + " of nanoCLR's table of texts, not for 1",
                    "build the app with nanoFramework packages of version 1");
            }

            uint total = UInt32(TablesOffset + 4 * End);

            if (_bytes.Length < total)
            {
                throw Cut(total, "");
            }

            if (_bytes.Length > total)
            {
                throw Wrong(
                    "has " + _bytes.Length + " bytes, more than the " + total + " of the assembly", BuildAgain);
            }

            if (NanoCrc.Append(0, _bytes.AsSpan(Header)) != UInt32(AssemblyCrcOffset))
            {
                throw Damaged("tables");
            }
        }

        // Where the records of a table begin.
        private IEnumerable<int> Records(int table, int size)
        {
            uint start = UInt32(TablesOffset + 4 * table);
            uint end = UInt32(TablesOffset + 4 * (table + 1));
            long used = (long)end - start - _bytes[PaddingOffset + table];

            if (start < Header || end > _bytes.Length || used < 0 || used % size != 0)
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
            if (number >= KnownStrings.First)
            {
                return KnownStrings.Of(number) ?? throw Wrong(
                    what + " is number " + (0xFFFF - number) + " of nanoCLR's own texts, which pack does not know",
                    "add it to tools/Pack/KnownStrings.cs");
            }

            uint at = UInt32(TablesOffset + 4 * Strings) + number;
            uint end = UInt32(TablesOffset + 4 * (Strings + 1));

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

        private Version VersionAt(int at) => new Version(UInt16(at), UInt16(at + 2), UInt16(at + 4), UInt16(at + 6));

        private ushort UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));

        private uint UInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));

        private Refusal Wrong(string what, string remedy) => new Refusal(Path, what, remedy);

        private Refusal Cut(long expected, string atLeast) =>
            Wrong("is cut: it has " + _bytes.Length + " bytes of " + atLeast + expected, BuildAgain);

        private Refusal Damaged(string part) =>
            Wrong("is damaged: the checksum or the contents of its " + part + " are wrong", BuildAgain);
    }
}
