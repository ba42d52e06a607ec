// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>Packets, and what is found in a stream of bytes.</summary>
    [TestClass]
    public class PacketTests
    {
        private static readonly Packet s_small = new(PacketCommand.Ping, 1, 2, PacketFlags.Reply, [1, 2, 3]);
        private static readonly Packet s_large = new(
            PacketCommand.Message, 7, 0, PacketFlags.NonCritical,
            Enumerable.Range(0, 1024).Select(i => (byte)i).ToArray());

        [TestMethod]
        public void A_packet_that_was_written_is_read()
        {
            foreach (Packet packet in new[] { s_small, s_large })
            {
                AssertSame([packet], Read(packet.ToBytes()));
            }
        }

        [TestMethod]
        public void Packets_are_found_however_the_stream_is_cut()
        {
            byte[] stream = [.. s_small.ToBytes(), .. s_large.ToBytes(), .. s_small.ToBytes()];

            for (int size = 1; size < stream.Length; size += size < 80 ? 1 : 97)
            {
                AssertSame([s_small, s_large, s_small], Read(stream.Chunk(size).ToArray()));
            }
        }

        [TestMethod]
        public void What_is_no_packet_is_skipped()
        {
            byte[] noise = "boot 1.0\r\nNFPKTV0\0NFPKTNFPKTV1"u8.ToArray();

            AssertSame([s_small, s_large], Read([.. noise, .. s_small.ToBytes(), .. noise, .. s_large.ToBytes()]));
        }

        [TestMethod]
        public void A_packet_with_any_wrong_byte_costs_that_packet_alone()
        {
            byte[] whole = s_small.ToBytes();

            for (int i = 0; i < whole.Length; i++)
            {
                byte[] wrong = [.. whole];
                wrong[i] ^= 0x40;

                AssertSame([s_large], Read([.. wrong, .. s_large.ToBytes()]));
            }
        }

        [TestMethod]
        public void A_packet_within_a_damaged_one_is_found()
        {
            byte[] cut = s_large.ToBytes()[..200];

            AssertSame(
                [s_small, s_small, s_large],
                Read([.. cut, .. s_small.ToBytes(), .. s_small.ToBytes(), .. s_large.ToBytes()]));
        }

        [TestMethod]
        public void A_marker_within_a_payload_begins_no_packet()
        {
            var nested = new Packet(PacketCommand.Message, 9, 0, PacketFlags.NonCritical, s_small.ToBytes());

            AssertSame([nested], Read(nested.ToBytes()));
        }

        [TestMethod]
        public void A_header_that_promises_too_much_is_none()
        {
            byte[] payload = new byte[Packet.MostPayload + 1];
            var large = new Packet(PacketCommand.Message, 9, 0, PacketFlags.NonCritical, payload);

            AssertSame([s_small], Read([.. large.ToBytes()[..Packet.HeaderBytes], .. s_small.ToBytes()]));
        }

        [TestMethod]
        public void After_silence_a_packet_that_has_begun_is_given_up()
        {
            var reader = new PacketReader();
            reader.Add([.. s_large.ToBytes()[..100], .. s_small.ToBytes()]);

            Assert.IsNull(reader.Next());
            reader.GiveUp();
            AssertSame([s_small], Rest(reader));
            Assert.IsNull(reader.Next());
        }

        // What the firmware's header says: names apart, since this side has the words of .NET.
        [TestMethod]
        public void Numbers_and_ports_are_those_of_the_firmware()
        {
            string folder = Path.Combine(Checkout.Around(AppContext.BaseDirectory), "firmware", "wire");
            string header = File.ReadAllText(Path.Combine(folder, "k230_wire.h"));
            HashSet<uint> commands = Regex.Matches(header, @"K230_WIRE_\w+ = 0x([0-9A-F]{8}),")
                .Select(match => Convert.ToUInt32(match.Groups[1].Value, 16)).ToHashSet();

            Assert.IsGreaterThan(20, commands.Count);
            foreach (PacketCommand command in Enum.GetValues<PacketCommand>())
            {
                Assert.Contains((uint)command, commands, command.ToString());
            }

            string ports = File.ReadAllText(Path.Combine(folder, "k230_wire_tcp.h"));

            Assert.Contains("K230_WIRE_PORT " + Address.DefaultPort + "u", ports);
            Assert.Contains("K230_WIRE_DISCOVERY_PORT " + Announcements.Port + "u", ports);
        }

        internal static List<Packet> Read(params byte[][] pieces)
        {
            var reader = new PacketReader();
            var packets = new List<Packet>();

            foreach (byte[] piece in pieces)
            {
                reader.Add(piece);
                packets.AddRange(Rest(reader));
            }

            return packets;
        }

        private static List<Packet> Rest(PacketReader reader)
        {
            var packets = new List<Packet>();

            for (Packet packet = reader.Next(); packet != null; packet = reader.Next())
            {
                packets.Add(packet);
            }

            return packets;
        }

        private static void AssertSame(Packet[] expected, List<Packet> actual)
        {
            CollectionAssert.AreEqual(
                expected.Select(packet => Convert.ToHexString(packet.ToBytes())).ToArray(),
                actual.Select(packet => Convert.ToHexString(packet.ToBytes())).ToArray());
        }
    }
}
