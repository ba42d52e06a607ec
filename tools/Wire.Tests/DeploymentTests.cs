// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using K230.Pack;
using K230.Pack.Tests;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>What deploying writes into a storage, and what it leaves alone.</summary>
    [TestClass]
    public class DeploymentTests : QuickDevice
    {
        private Build _build;
        private Device _device;

        [TestInitialize]
        public void Build()
        {
            _build = new Build().WithApp();
            Fake.Natives.Add(new Native("K230.Sockets", new Version(1, 0, 0, 0), Pack.Tests.Build.Natives));
            _device = Fake.Connect();
        }

        [TestCleanup]
        public void Clean()
        {
            _device.Dispose();
            _build.Dispose();
        }

        [TestMethod]
        public void Assemblies_stand_one_after_another_in_load_order_and_nothing_behind_them()
        {
            Array.Fill(Fake.Storage, (byte)0x55);
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
        }

        [TestMethod]
        public void An_assembly_goes_over_the_border_of_a_block()
        {
            _build.Add("Echo.pe", Large("Echo", 3 * FakeDevice.BlockBytes));
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
        }

        [TestMethod]
        public void What_is_there_already_is_not_written_again()
        {
            Deploy();
            Fake.Requests.Clear();
            Deployment again = Deploy();

            Assert.AreEqual(0, again.ChangedBlocks);
            Assert.AreEqual(0, Fake.Count(PacketCommand.EraseMemory));
            Assert.AreEqual(0, Fake.Count(PacketCommand.WriteMemory));
            Assert.AreEqual(0, Fake.Count(PacketCommand.ChangeConditions));
        }

        [TestMethod]
        public void Only_blocks_that_differ_are_erased_and_written()
        {
            _build.Add("mscorlib.pe", Large("mscorlib", 2 * FakeDevice.BlockBytes, "1.17.11.0"));
            Fake.Natives.RemoveAt(0);
            Deploy();
            Fake.Requests.Clear();
            _build.Add("Echo.pe", new PeWriter("Echo", "2.3.4.6") { HasMain = true }
                .Needs("K230.Sockets", "mscorlib 1.17.11.0", "Events"));
            Deployment second = Deploy();

            Assert.AreEqual(1, second.ChangedBlocks);
            Assert.AreEqual(1, Fake.Count(PacketCommand.EraseMemory));
            Assert.AreEqual(1, Fake.Count(PacketCommand.WriteMemory));
            CollectionAssert.AreEqual(Expected(), Fake.Storage);
        }

        [TestMethod]
        public void Of_a_larger_app_nothing_stays()
        {
            _build.Add("Echo.pe", Large("Echo", 3 * FakeDevice.BlockBytes));
            Deploy();
            _build.Add("Echo.pe", new PeWriter("Echo") { HasMain = true }.Needs("mscorlib 1.17.11.0"));
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
        }

        [TestMethod]
        public void A_storage_that_is_written_in_words_gets_whole_words()
        {
            Fake.RegionFlags = 0x50 | 0x400; // 128 bits
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
            foreach (Packet write in Fake.Requests.Where(request => request.Command == PacketCommand.WriteMemory))
            {
                Assert.AreEqual(0, (write.Payload.Length - 8) % 16);
            }
        }

        [TestMethod]
        public void Small_packets_carry_as_much_as_they_can()
        {
            Fake.PacketSize = 0x400;
            _device.Dispose();
            _device = Fake.Connect();
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
            Assert.AreEqual(128, Fake.Requests.Max(request => request.Payload.Length));
        }

        [TestMethod]
        public void Natives_that_do_not_fit_are_told_with_both_checksums_before_anything_changes()
        {
            Fake.Natives[1] = new Native("K230.Sockets", new Version(1, 0, 0, 7), 0xCAFEF00D);
            Fake.Natives.RemoveAt(0);

            string said = Assert.ThrowsExactly<Failure>(() => Deploy()).Message;

            Assert.StartsWith(
                _build.File("Echo.pe") + ": mscorlib 1.17.11.0 needs natives 0x1549C856, the firmware has none; " +
                "K230.Sockets 1.0.0.0 needs natives 0x12345678, the firmware has 0xCAFEF00D (1.0.0.7); build", said);
            AssertUntouched();
        }

        [TestMethod]
        public void An_assembly_without_natives_for_a_firmware_that_has_some_is_told()
        {
            Fake.Natives.Add(new Native("Events", new Version(1, 0, 0, 0), 0x1));

            Assert.Contains(
                "Events 1.0.0.0 needs natives 0x00000000, the firmware has 0x00000001 (1.0.0.0)",
                Assert.ThrowsExactly<Failure>(() => Deploy()).Message);
            AssertUntouched();
        }

        [TestMethod]
        public void An_app_that_is_too_big_is_told_with_the_room_before_anything_changes()
        {
            _build.Add("Echo.pe", Large("Echo", 4 * FakeDevice.BlockBytes));

            string said = Assert.ThrowsExactly<Failure>(() => Deploy()).Message;

            Assert.Contains(
                ": takes " + Image().Length + " bytes, the storage of " + Fake.Address + " has 16384; ", said);
            AssertUntouched();
        }

        [TestMethod]
        public void A_device_without_a_storage_for_apps_is_told()
        {
            Fake.RegionFlags = 0x20;

            Assert.Contains("has 0; build its firmware", Assert.ThrowsExactly<Failure>(() => Deploy()).Message);
        }

        [TestMethod]
        public void The_program_stands_still_before_the_first_block_is_erased()
        {
            Fake.Between = request =>
            {
                Assert.IsTrue(request.Command != PacketCommand.EraseMemory || Fake.IsPaused);
                return null;
            };
            Deploy();

            Assert.IsGreaterThan(0, Fake.Count(PacketCommand.EraseMemory));
        }

        [TestMethod]
        public void Where_nothing_may_be_erased_the_program_goes_on()
        {
            Fake.Between = request => request.Command == PacketCommand.EraseMemory
                ? [(Fake.Reply(request) with { Payload = FakeDevice.Numbers(0x10) }).ToBytes()] : null;

            Assert.Contains(
                "could not erase its storage at 0x08000000 (error 0x10)",
                Assert.ThrowsExactly<Refused>(() => Deploy()).Message);
            Assert.IsFalse(Fake.IsPaused);
        }

        [TestMethod]
        public void A_write_that_the_device_does_not_keep_is_told_with_its_address()
        {
            Fake.Between = request => request.Command == PacketCommand.WriteMemory
                ? [new Packet(
                    request.Command, 1, request.Sequence, PacketFlags.Reply | PacketFlags.Ack, FakeDevice.Numbers(1))
                    .ToBytes()]
                : null;

            Assert.Contains(
                "did not keep what was written at 0x08000000",
                Assert.ThrowsExactly<Failure>(() => Deploy()).Message);
        }

        [TestMethod]
        [DataRow(PacketCommand.QueryCapabilities)]
        [DataRow(PacketCommand.FlashSectorMap)]
        [DataRow(PacketCommand.CheckMemory)]
        [DataRow(PacketCommand.ChangeConditions)]
        [DataRow(PacketCommand.EraseMemory)]
        [DataRow(PacketCommand.WriteMemory)]
        public void A_device_that_vanishes_in_any_step_is_told(PacketCommand step)
        {
            Deadlines.Attempts = [60000];
            Fake.Between = request =>
            {
                if (request.Command != step)
                {
                    return null;
                }

                Fake.Vanish();
                return [];
            };

            Assert.StartsWith(Fake.Address + ": ", Assert.ThrowsExactly<Lost>(() => Deploy()).Message);
        }

        [TestMethod]
        public void A_lost_reply_in_any_step_does_no_harm()
        {
            var seen = new HashSet<string>();
            Fake.Between = request =>
            {
                // The device has done it, and the tool does not know.
                if (seen.Add(request.Command + Convert.ToHexString([.. request.Payload.Take(8)])))
                {
                    Fake.Reply(request);
                    return [];
                }

                return null;
            };
            Deadlines.Attempts = [30, 30000];
            Deploy();

            CollectionAssert.AreEqual(Expected(), Fake.Storage);
        }

        [TestMethod]
        public void Half_as_much_again_as_the_app_is_more_than_goes_over_the_link()
        {
            _build.Add("Echo.pe", Large("Echo", 3 * FakeDevice.BlockBytes));
            long before = _device.Connection.BytesSent + _device.Connection.BytesReceived;
            Deployment deployment = Deploy();
            long bytes = _device.Connection.BytesSent + _device.Connection.BytesReceived - before;

            Assert.IsLessThan(1.5 * deployment.AppBytes, bytes);
        }

        [TestMethod]
        public void Progress_ends_with_all_bytes_that_are_written()
        {
            var deployment = new Deployment(_device, new App(_build.Folder));
            int last = 0;
            deployment.Write(done =>
            {
                Assert.IsGreaterThan(last, done);
                last = done;
            });

            Assert.AreEqual(deployment.ChangedBytes, last);
        }

        private static PeWriter Large(string name, int bytes, string version = "1.0.0.0")
        {
            return new PeWriter(name, version) { HasMain = name == "Echo", CodeBytes = bytes };
        }

        private Deployment Deploy()
        {
            var deployment = new Deployment(_device, new App(_build.Folder));
            deployment.Write();

            return deployment;
        }

        private byte[] Image()
        {
            var image = new List<byte>();

            foreach (PeFile file in new App(_build.Folder).Assemblies)
            {
                image.AddRange(file.Bytes);
                while (image.Count % 4 != 0)
                {
                    image.Add(0);
                }
            }

            return image.ToArray();
        }

        private byte[] Expected()
        {
            byte[] image = Image();

            return [.. image, .. Enumerable.Repeat((byte)0xFF, Fake.Storage.Length - image.Length)];
        }

        private void AssertUntouched()
        {
            Assert.AreEqual(0, Fake.Count(PacketCommand.EraseMemory));
            Assert.AreEqual(0, Fake.Count(PacketCommand.WriteMemory));
            Assert.AreEqual(0, Fake.Count(PacketCommand.ChangeConditions));
        }
    }
}
