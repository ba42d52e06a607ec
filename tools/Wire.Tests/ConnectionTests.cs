// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>Requests to a device that answers late, twice, out of order, damaged or not at all.</summary>
    [TestClass]
    public class ConnectionTests : QuickDevice
    {
        private Device _device;

        [TestInitialize]
        public void Connect() => _device = Fake.Connect();

        [TestCleanup]
        public void Disconnect() => _device.Dispose();

        [TestMethod]
        public void Noise_before_and_within_a_reply_does_no_harm()
        {
            Fake.Between = request =>
            {
                byte[] reply = Fake.Reply(request).ToBytes();
                return ["#### NFPKTV1"u8.ToArray(), reply[..5], reply[5..40], reply[40..]];
            };

            Assert.AreEqual("FAKE", _device.Firmware().Target);
            Assert.AreEqual(1, Fake.Count(PacketCommand.TargetInfo));
        }

        [TestMethod]
        public void A_reply_that_arrives_damaged_is_asked_for_again()
        {
            Fake.Between = OnlyOnce(request =>
            {
                byte[] reply = Fake.Reply(request).ToBytes();
                reply[^1] ^= 1;
                return [reply];
            });

            Assert.AreEqual("FAKE", _device.Firmware().Target);
            Assert.AreEqual(2, Fake.Count(PacketCommand.TargetInfo));
        }

        [TestMethod]
        public void A_reply_that_is_lost_is_asked_for_again_under_another_number()
        {
            Fake.Between = OnlyOnce(_ => []);

            Assert.AreEqual("FAKE", _device.Firmware().Target);

            Packet[] asked = Fake.Requests.Where(packet => packet.Command == PacketCommand.TargetInfo).ToArray();

            Assert.HasCount(2, asked);
            Assert.AreNotEqual(asked[0].Sequence, asked[1].Sequence);
        }

        [TestMethod]
        public void A_device_that_could_not_read_the_request_gets_it_again_at_once()
        {
            Deadlines.Attempts = [60000, 300];
            Fake.Between = OnlyOnce(_ =>
            [
                new Packet(
                    PacketCommand.Ping, 5, 0, PacketFlags.NonCritical | PacketFlags.Nack | PacketFlags.BadHeader, [])
                    .ToBytes(),
            ]);

            Assert.AreEqual("FAKE", _device.Firmware().Target);
            Assert.AreEqual(2, Fake.Count(PacketCommand.TargetInfo));
        }

        [TestMethod]
        public void A_reply_that_comes_after_its_repetition_was_sent_counts()
        {
            Packet first = null;
            Fake.Between = request =>
            {
                if (first != null)
                {
                    return [Fake.Reply(first).ToBytes()]; // and none to the repetition
                }

                first = request;
                return [];
            };

            Assert.AreEqual("FAKE", _device.Firmware().Target);
        }

        [TestMethod]
        public void A_reply_to_an_earlier_request_is_none_to_this_one()
        {
            uint crc = _device.Crc(FakeDevice.Start, 8);
            Packet late = Fake.Reply(Fake.Requests[^1]);
            Fake.Storage[0] = 0;
            Fake.Between = request => [late.ToBytes(), Fake.Reply(request).ToBytes()];

            Assert.AreNotEqual(crc, _device.Crc(FakeDevice.Start, 8));
        }

        [TestMethod]
        public void A_reply_to_another_command_is_none_to_this_one()
        {
            Fake.Between = request =>
            [
                (Fake.Reply(request) with { Command = PacketCommand.CheckMemory, Payload = [1, 2, 3, 4] }).ToBytes(),
                Fake.Reply(request).ToBytes(),
                Fake.Reply(request).ToBytes(),
            ];

            Assert.AreEqual("FAKE", _device.Firmware().Target);
            Assert.AreEqual("mscorlib", _device.Natives().Single().Name);
        }

        [TestMethod]
        public void A_refused_request_is_told_with_the_device_and_what_was_asked()
        {
            Fake.Between = request =>
                [(Fake.Reply(request) with { Flags = PacketFlags.Reply | PacketFlags.Nack, Payload = [] }).ToBytes()];

            string said = Assert.ThrowsExactly<Refused>(() => _device.Natives()).Message;

            Assert.StartsWith(Fake.Address + ": refused to count its natives; ", said);
        }

        [TestMethod]
        public void A_device_that_answers_no_more_is_asked_until_the_deadlines_and_then_told()
        {
            Fake.Between = _ => [];

            string said = Assert.ThrowsExactly<Lost>(() => _device.Firmware()).Message;

            Assert.StartsWith(Fake.Address + ": did not answer when asked to tell its firmware; ", said);
            Assert.AreEqual(2, Fake.Count(PacketCommand.TargetInfo));
        }

        [TestMethod]
        public void A_device_that_closes_the_connection_ends_the_wait_at_once()
        {
            Deadlines.Attempts = [60000];
            Fake.Between = _ =>
            {
                Fake.Vanish();
                return [];
            };

            string said = Assert.ThrowsExactly<Lost>(() => _device.Firmware()).Message;

            Assert.Contains("connection when asked to tell its firmware", said);
        }

        [TestMethod]
        public void A_reply_with_too_few_bytes_is_told()
        {
            Fake.Between = request => [(Fake.Reply(request) with { Payload = [1] }).ToBytes()];

            foreach (Action ask in new Action[]
            {
                () => _device.Firmware(), () => _device.Natives(), () => _device.Crc(FakeDevice.Start, 4),
                () => _device.Pause(),
            })
            {
                Assert.Contains("too few bytes", Assert.ThrowsExactly<Failure>(ask).Message);
            }
        }

        [TestMethod]
        public void Output_between_a_request_and_its_reply_is_kept_in_its_order()
        {
            Fake.Between = request =>
            {
                Fake.Prints("a");
                Fake.Prints("b");
                Fake.Send(Fake.Reply(request).ToBytes());
                Fake.Prints("c");
                return [];
            };
            _device.Firmware();

            var text = new StringBuilder();

            while (text.Length < 3 && _device.Connection.TryTake(out News news, TimeSpan.FromSeconds(5)))
            {
                text.Append(Encoding.UTF8.GetString(news.Bytes));
            }

            Assert.AreEqual("abc", text.ToString());
        }

        [TestMethod]
        public void A_CLR_that_starts_is_told_whether_to_wait()
        {
            _device.Reboot(false);
            Assert.AreEqual(2u | 4, Fake.RebootFlags);
            Assert.IsTrue(SpinWait.SpinUntil(() => Fake.StopInPingReply == 1, 5000));

            _device.Reboot(true);
            Assert.AreEqual(2u, Fake.RebootFlags);
            Assert.IsTrue(SpinWait.SpinUntil(() => Fake.StopInPingReply == 0, 5000));
        }

        [TestMethod]
        public void A_device_that_does_not_come_back_is_told()
        {
            Deadlines.Restart = TimeSpan.FromSeconds(0.3);
            Fake.Between = request => request.Command == PacketCommand.Reboot ? [Fake.Reply(request).ToBytes()] : null;

            Assert.Contains(
                "has not come back after its restart", Assert.ThrowsExactly<Lost>(() => _device.Reboot(true)).Message);
        }

        [TestMethod]
        public void A_device_whose_connection_ends_with_its_restart_is_connected_again()
        {
            Fake.Between = request =>
            {
                if (request.Command == PacketCommand.Reboot)
                {
                    Fake.Vanish();
                }

                return request.Command == PacketCommand.Reboot ? [] : null;
            };
            _device.Reboot(true);

            Assert.AreEqual("FAKE", _device.Firmware().Target);
        }

        // Replies of the test's to the first request after now, then the device's own.
        private static Func<Packet, IEnumerable<byte[]>> OnlyOnce(Func<Packet, byte[][]> first)
        {
            bool isOver = false;

            return request =>
            {
                if (isOver || request.Command == PacketCommand.Ping)
                {
                    return null;
                }

                isOver = true;
                return first(request);
            };
        }
    }
}
