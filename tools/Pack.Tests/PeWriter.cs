// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using K230.Tools;

namespace K230.Pack.Tests
{
    /// <summary>Writes an assembly of format NFMRK1 with nothing in it but what pack reads.</summary>
    internal sealed class PeWriter
    {
        private const int Header = 124;
        private const int Tables = 16;

        private readonly List<byte> _strings = new() { 0 };
        private readonly string _name;

        internal PeWriter(string name, string version = "1.0.0.0")
        {
            _name = name;
            Version = version;
        }

        internal string Version { get; }

        internal string Marker { get; set; } = "NFMRK1\0\0";

        internal ushort StringsVersion { get; set; } = 1;

        internal uint NativeChecksum { get; set; }

        internal bool HasMain { get; set; }

        /// <summary>Name and version, with a space between.</summary>
        internal List<string> References { get; } = new();

        /// <summary>How much the table of methods is longer than its records, in its header.</summary>
        internal byte Padding { get; set; }

        /// <summary>How many bytes of code it has, which nobody reads.</summary>
        internal int CodeBytes { get; set; }

        internal PeWriter Needs(params string[] references)
        {
            References.AddRange(references);
            return this;
        }

        internal byte[] Bytes()
        {
            ushort name = Text(_name);
            var references = new List<byte>();

            foreach (string reference in References)
            {
                string[] parts = reference.Split(' ');

                Put(references, Text(parts[0]));
                Put(references, 0);
                Put(references, parts.Length > 1 ? parts[1] : "1.0.0.0");
            }

            // A method without Main's flag, and one with it.
            var methods = new List<byte>(new byte[HasMain ? 32 : 16]);
            methods[6] = 0x40;
            if (HasMain)
            {
                methods[16 + 7] = 0x08;
            }

            while (_strings.Count % 4 != 0)
            {
                _strings.Add(0);
            }

            return Assembly(name, references, methods);
        }

        private byte[] Assembly(ushort name, List<byte> references, List<byte> methods)
        {
            byte[] header = new byte[Header];
            var body = new List<byte>();

            for (int table = 0; table < Tables; table++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40 + 4 * table), Header + body.Count);
                body.AddRange(table switch
                {
                    0 => references,
                    6 => methods,
                    11 => _strings,
                    13 => Code(),
                    _ => new List<byte>(),
                });
            }

            Encoding.Latin1.GetBytes(Marker, header);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), NativeChecksum);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(24), 0xFFFFFFFF);
            var version = new List<byte>();
            Put(version, Version);
            version.CopyTo(header, 28);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(36), name);
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(38), StringsVersion);
            header[108 + 6] = Padding;

            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), NanoCrc.Append(0, body.ToArray()));
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), NanoCrc.Append(0, header));

            var all = new List<byte>(header);
            all.AddRange(body);
            return all.ToArray();
        }

        private List<byte> Code()
        {
            byte[] code = new byte[CodeBytes];
            new Random(1).NextBytes(code);

            return new List<byte>(code);
        }

        // mscorlib and System.Threading have numbers, as with the metadata processor; so has any "#number".
        private ushort Text(string text)
        {
            switch (text)
            {
                case "mscorlib":
                    return 0xFFFF - 813;
                case "System.Threading":
                    return 0xFFFF - 471;
                case ['#', .. string number]:
                    return (ushort)(0xFFFF - int.Parse(number));
            }

            int at = _strings.Count;
            _strings.AddRange(Encoding.UTF8.GetBytes(text));
            _strings.Add(0);
            return (ushort)at;
        }

        private static void Put(List<byte> bytes, string version)
        {
            foreach (string part in version.Split('.'))
            {
                Put(bytes, ushort.Parse(part));
            }
        }

        private static void Put(List<byte> bytes, ushort number)
        {
            bytes.Add((byte)number);
            bytes.Add((byte)(number >> 8));
        }
    }
}
