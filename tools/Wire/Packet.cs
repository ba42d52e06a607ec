// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Buffers.Binary;
using K230.Tools;

namespace K230.Wire
{
    /// <summary>What a packet is about.</summary>
    public enum PacketCommand : uint
    {
        /// <summary>Asks who is there; from a device, that its CLR has started.</summary>
        Ping = 0x0,

        /// <summary>A piece of the program's output.</summary>
        Message = 0x1,

        /// <summary>Bytes of a memory.</summary>
        ReadMemory = 0x2,

        /// <summary>Writes into erased memory.</summary>
        WriteMemory = 0x3,

        /// <summary>The CRC-32 of a part of the memory.</summary>
        CheckMemory = 0x4,

        /// <summary>Erases a block.</summary>
        EraseMemory = 0x5,

        /// <summary>Starts the device or its CLR again.</summary>
        Reboot = 0x7,

        /// <summary>The device tells that its program has ended.</summary>
        ProgramExit = 0x9,

        /// <summary>The regions of the storage.</summary>
        FlashSectorMap = 0xC,

        /// <summary>Versions and names of the firmware.</summary>
        TargetInfo = 0x20,

        /// <summary>Sets and resets flags of the debugger.</summary>
        ChangeConditions = 0x20001,

        /// <summary>What the CLR has, such as natives.</summary>
        QueryCapabilities = 0x20008,

        /// <summary>The numbers of the loaded assemblies.</summary>
        Assemblies = 0x20040,

        /// <summary>Name and version of a loaded assembly.</summary>
        ResolveAssembly = 0x20050,
    }

    /// <summary>What kind of packet it is.</summary>
    [Flags]
    public enum PacketFlags : uint
    {
        /// <summary>A request.</summary>
        None = 0,

        /// <summary>Wants no reply.</summary>
        NonCritical = 0x1,

        /// <summary>Answers a request.</summary>
        Reply = 0x2,

        /// <summary>The header of a packet arrived damaged.</summary>
        BadHeader = 0x4,

        /// <summary>The payload of a packet arrived damaged.</summary>
        BadPayload = 0x8,

        /// <summary>The request was refused.</summary>
        Nack = 0x4000,

        /// <summary>The request was done.</summary>
        Ack = 0x8000,
    }

    /// <summary>A packet of the Wire Protocol: a header of 32 bytes, then the payload; all little-endian.</summary>
    public sealed record Packet(
        PacketCommand Command, ushort Sequence, ushort ReplySequence, PacketFlags Flags, byte[] Payload)
    {
        /// <summary>Bytes of the header.</summary>
        public const int HeaderBytes = 32;

        /// <summary>The longest payload that is believed. Devices send at most 1024 bytes, and with ReadMemory a
        /// number more.</summary>
        public const int MostPayload = 2048;

        private const int HeaderCrcOffset = 8;
        private const int PayloadCrcOffset = 12;
        private const int CommandOffset = 16;
        private const int SequenceOffset = 20;
        private const int ReplySequenceOffset = 22;
        private const int FlagsOffset = 24;
        private const int SizeOffset = 28;

        /// <summary>Gets what each packet begins with.</summary>
        internal static ReadOnlySpan<byte> Marker
        {
            get { return "NFPKTV1\0"u8; }
        }

        /// <summary>The packet as it is sent.</summary>
        public byte[] ToBytes()
        {
            byte[] bytes = new byte[HeaderBytes + Payload.Length];

            Marker.CopyTo(bytes);
            Put(bytes, PayloadCrcOffset, NanoCrc.Append(0, Payload));
            Put(bytes, CommandOffset, (uint)Command);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(SequenceOffset), Sequence);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(ReplySequenceOffset), ReplySequence);
            Put(bytes, FlagsOffset, (uint)Flags);
            Put(bytes, SizeOffset, (uint)Payload.Length);
            Put(bytes, HeaderCrcOffset, NanoCrc.Append(0, bytes.AsSpan(0, HeaderBytes))); // its own field is 0 yet
            Payload.CopyTo(bytes, HeaderBytes);

            return bytes;
        }

        /// <summary>The size of the payload that a header tells, or -1 if the header is none.</summary>
        internal static int PayloadBytes(ReadOnlySpan<byte> header)
        {
            Span<byte> copy = stackalloc byte[HeaderBytes];
            header[..HeaderBytes].CopyTo(copy);
            copy.Slice(HeaderCrcOffset, 4).Clear();

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[SizeOffset..]);

            return NanoCrc.Append(0, copy) == BinaryPrimitives.ReadUInt32LittleEndian(header[HeaderCrcOffset..]) &&
                size <= MostPayload ? (int)size : -1;
        }

        /// <summary>The packet of a header that is one, or null if the payload is damaged.</summary>
        internal static Packet Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
        {
            return NanoCrc.Append(0, payload) != BinaryPrimitives.ReadUInt32LittleEndian(header[PayloadCrcOffset..])
                ? null
                : new Packet(
                    (PacketCommand)BinaryPrimitives.ReadUInt32LittleEndian(header[CommandOffset..]),
                    BinaryPrimitives.ReadUInt16LittleEndian(header[SequenceOffset..]),
                    BinaryPrimitives.ReadUInt16LittleEndian(header[ReplySequenceOffset..]),
                    (PacketFlags)BinaryPrimitives.ReadUInt32LittleEndian(header[FlagsOffset..]),
                    payload.ToArray());
        }

        private static void Put(byte[] bytes, int at, uint number) =>
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), number);
    }
}
