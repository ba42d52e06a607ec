// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>Who is there, and what it has.</summary>
    [TestClass]
    public class DeviceTests : QuickDevice
    {
        [TestMethod]
        public void The_firmware_is_named()
        {
            using Device device = Fake.Connect();

            Assert.AreEqual(
                new Firmware("FAKE", "tests", "made by tests", new Version(1, 2, 3, 4)), device.Firmware());
        }

        [TestMethod]
        [DataRow(0x100u)]
        [DataRow(0x400u)]
        public void All_natives_are_listed_in_packets_of_the_devices_size(uint size)
        {
            for (int i = 0; i < 30; i++)
            {
                Fake.Natives.Add(new Native("Library" + i, new Version(100, 0, 0, i), (uint)i));
            }

            Fake.PacketSize = size;
            using Device device = Fake.Connect();

            CollectionAssert.AreEqual(Fake.Natives, device.Natives().ToArray());
        }

        [TestMethod]
        public void Loaded_assemblies_are_listed()
        {
            Fake.Assemblies.Add(new LoadedAssembly("mscorlib", new Version(1, 17, 11, 0), true));
            Fake.Assemblies.Add(new LoadedAssembly("Built.In", new Version(1, 0, 0, 0), false));
            using Device device = Fake.Connect();

            CollectionAssert.AreEqual(Fake.Assemblies, device.Assemblies().ToArray());
        }

        [TestMethod]
        public void Where_nothing_listens_is_told()
        {
            Fake.StopListening();

            Assert.StartsWith(
                Fake.Address + ": nothing listens there; ", Assert.ThrowsExactly<Lost>(() => Fake.Connect()).Message);
        }

        [TestMethod]
        public void A_device_that_says_nothing_is_told()
        {
            Fake.Between = _ => [];

            Assert.StartsWith(
                Fake.Address + ": says nothing; ", Assert.ThrowsExactly<Lost>(() => Fake.Connect()).Message);
        }

        [TestMethod]
        public void A_device_that_takes_no_other_client_is_told_with_what_it_says()
        {
            Fake.Between = _ =>
            {
                Fake.Prints("This device is in use by 192.168.1.9; it serves one PC at a time.\r\n");
                Fake.Vanish();
                return [];
            };

            string said = Assert.ThrowsExactly<Lost>(() => Fake.Connect()).Message;

            Assert.StartsWith(
                Fake.Address + ": closed the connection at once, and said: This device is in use by 192.168.1.9; it " +
                "serves one PC at a time; end the other tool", said);
            Assert.DoesNotContain("--wire-allow", said);
        }

        [TestMethod]
        public void A_device_that_has_not_noticed_yet_that_the_last_tool_went_is_asked_again()
        {
            int asked = 0;
            Fake.Between = _ =>
            {
                asked++;
                if (asked == 1)
                {
                    Fake.Vanish();
                }

                return asked == 1 ? [] : null;
            };

            using Device device = Fake.Connect();

            Assert.AreEqual(2, asked);
        }

        [TestMethod]
        public void A_device_that_closes_without_a_word_is_told_with_the_allow_list()
        {
            Fake.Between = _ =>
            {
                Fake.Vanish();
                return [];
            };

            string said = Assert.ThrowsExactly<Lost>(() => Fake.Connect()).Message;

            Assert.StartsWith(Fake.Address + ": closed the connection at once; ", said);
            Assert.Contains("--wire-allow", said);
        }

        [TestMethod]
        public void What_is_no_CLR_is_told()
        {
            Fake.Source = 0x10001;
            Assert.Contains("runs nanoBooter", Assert.ThrowsExactly<Failure>(() => Fake.Connect()).Message);

            Fake.Source = 0x10002;
            Assert.Contains("no nanoFramework device", Assert.ThrowsExactly<Failure>(() => Fake.Connect()).Message);

            Fake.Source = 0x10000;
            Fake.PacketSize = 0;
            Assert.Contains("size of its packets", Assert.ThrowsExactly<Failure>(() => Fake.Connect()).Message);
        }

        [TestMethod]
        public void A_storage_of_gigabytes_is_not_believed()
        {
            byte[] regions = FakeDevice.Numbers(0, uint.MaxValue, uint.MaxValue, 0x50);
            Fake.Between = request => request.Command == PacketCommand.FlashSectorMap
                ? [(Fake.Reply(request) with { Payload = regions }).ToBytes()]
                : null;
            using Device device = Fake.Connect();

            Assert.Contains("tells a storage of more", Assert.ThrowsExactly<Failure>(() => device.Regions()).Message);
        }

        [TestMethod]
        [DataRow("192.168.1.7", "192.168.1.7:26000")]
        [DataRow("192.168.1.7:5000", "192.168.1.7:5000")]
        [DataRow("fd00::7", "[fd00::7]:26000")]
        [DataRow("[fd00::7]:5000", "[fd00::7]:5000")]
        [DataRow("board.local", "board.local:26000")]
        [DataRow("COM3", "COM3")]
        [DataRow("com12", "com12")]
        [DataRow("/dev/ttyUSB0", "/dev/ttyUSB0")]
        public void An_address_is_a_host_or_a_serial_line(string text, string expected)
        {
            Assert.AreEqual(expected, Address.Parse(text).ToString());
        }

        [TestMethod]
        [DataRow("")]
        [DataRow("a b")]
        [DataRow("192.168.1.7:")]
        [DataRow("192.168.1.7:0")]
        [DataRow("192.168.1.7:65536")]
        [DataRow("192.168.1.7:99999999999")]
        [DataRow("[fd00::7")]
        [DataRow("fd00::7:x:y")]
        public void What_is_no_address_is_told(string text)
        {
            Assert.StartsWith(
                text + ": is no device; ", Assert.ThrowsExactly<Failure>(() => Address.Parse(text)).Message);
        }

        [TestMethod]
        public void A_serial_line_that_is_not_there_or_is_none_is_told()
        {
            string file = Path.GetTempFileName();

            try
            {
                foreach (string none in new[] { file, Path.GetTempPath() })
                {
                    Assert.StartsWith(none + ": is no serial line; ", Message(none));
                }

                foreach (string missing in new[] { file + "x", file + "x/y", "COM250" })
                {
                    Assert.StartsWith(missing + ": there is no such serial line; ", Message(missing));
                }
            }
            finally
            {
                File.Delete(file);
            }
        }

        [TestMethod]
        public void Devices_that_announce_themselves_are_found_and_those_that_leave_are_not()
        {
            var found = new SortedSet<string>();

            foreach (string text in new[]
            {
                "+:192.168.1.7:26000", "+:192.168.1.8:26000", "+:192.168.1.7:26000", "-:192.168.1.8:26000",
                "+:fd00::7:26000", "+:192.168.1.9", "+:192.168.1.9:x", "192.168.1.9:1", "+:1.2.3.400:1", "",
            })
            {
                Announcements.Take(found, text);
            }

            Assert.AreEqual("192.168.1.7:26000 [fd00::7]:26000", string.Join(" ", found));
        }

        [TestMethod]
        public void Announcements_are_heard_beside_another_listener()
        {
            using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            other.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            other.Bind(new IPEndPoint(IPAddress.Any, 0));
            int port = ((IPEndPoint)other.LocalEndPoint).Port;

            using var sender = new UdpClient();
            sender.EnableBroadcast = true;
            bool isOver = false;
            var sending = new System.Threading.Thread(() =>
            {
                while (!System.Threading.Volatile.Read(ref isOver))
                {
                    sender.Send("+:127.0.0.1:26000"u8, new IPEndPoint(IPAddress.Parse("127.255.255.255"), port));
                    System.Threading.Thread.Sleep(20);
                }
            });
            sending.Start();

            try
            {
                Assert.AreEqual(
                    "127.0.0.1:26000", string.Join(" ", Announcements.Listen(TimeSpan.FromSeconds(1), port)));
            }
            finally
            {
                System.Threading.Volatile.Write(ref isOver, true);
                sending.Join();
            }
        }

        private static string Message(string address)
        {
            try
            {
                Device.Connect(Address.Parse(address)).Dispose();
            }
            catch (Failure e)
            {
                return e.Message;
            }

            return "";
        }
    }
}
