// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>network.LAN, asked of whatever network the tests run in.</summary>
    [TestClass]
    public class LanTests
    {
        // ---- what every network gives

        [TestMethod]
        public void IfConfig_gives_four_addresses_of_the_interface_that_leads_out()
        {
            IfConfigResult config = Soon(() => new LAN().IfConfig());

            if (Network.IsLwip)
            {
                Assert.AreEqual(
                    (Network.Ours, "255.255.255.0", Network.Kernel), (config.Address, config.Mask, config.Gateway));
            }
            else
            {
                UnicastIPAddressInformation known = AddressOfTheWayOut();
                Assert.AreEqual(known == null ? "0.0.0.0" : known.Address.ToString(), config.Address);
                Assert.AreEqual(known == null ? "0.0.0.0" : known.IPv4Mask.ToString(), config.Mask);
            }

            Assert.IsTrue(IPAddress.TryParse(config.Gateway, out _), config.Gateway);
            Assert.IsTrue(IPAddress.TryParse(config.Dns, out _), config.Dns);
        }

        [TestMethod]
        public void Config_gives_the_six_bytes_of_the_hardware_address()
        {
            byte[] mac = Soon(() => new LAN().Config("mac"));

            if (Network.IsLwip)
            {
                CollectionAssert.AreEqual(
                    new byte[] { 2, 0 }.Concat(IPAddress.Parse(Network.Ours).GetAddressBytes()).ToArray(), mac);
                return;
            }

            Assert.AreEqual(6, mac.Length);
            Assert.IsTrue(
                mac.All(one => one == 0) || NetworkInterface.GetAllNetworkInterfaces()
                    .Any(one => one.GetPhysicalAddress().GetAddressBytes().SequenceEqual(mac)),
                BitConverter.ToString(mac));
        }

        [TestMethod]
        public void IsConnected_and_Active_agree_with_the_address()
        {
            var lan = new LAN();
            bool hasAddress = Soon(() => lan.IfConfig()).Address != "0.0.0.0";

            if (Soon(() => lan.IsConnected()))
            {
                Assert.IsTrue(hasAddress);
                Assert.IsTrue(lan.Active());
            }

            Assert.AreEqual(Network.IsLwip || hasAddress, lan.Active());
        }

        [TestMethod]
        public void Active_true_does_nothing()
        {
            var lan = new LAN();
            bool before = lan.Active();

            Soon(() => lan.Active(true));
            Assert.AreEqual(before, lan.Active());
        }

        [TestMethod]
        public void Nobody_switches_an_interface_of_the_small_core_off()
        {
            var lan = new LAN();
            bool before = lan.Active();

            Fails(Errno.EOPNOTSUPP, () => lan.Active(false));
            Assert.AreEqual(before, lan.Active());
        }

        [TestMethod]
        [DataRow("")]
        [DataRow("MAC")]
        [DataRow("mac ")]
        [DataRow("mac\0")]
        [DataRow("hostname")]
        public void Other_parameters_are_refused(string param)
        {
            Assert.ThrowsExactly<ArgumentException>(() => new LAN().Config(param));
        }

        [TestMethod]
        public void No_parameter_is_refused()
        {
            Assert.ThrowsExactly<ArgumentNullException>(() => new LAN().Config(null));
        }

        [TestMethod]
        public void Many_threads_may_ask_at_once()
        {
            string expected = Soon(() => new LAN().IfConfig().ToString());
            Running<bool>[] askers = Enumerable.Range(0, 16)
                .Select(_ => Start(() => Enumerable.Range(0, 50).All(
                    _ => new LAN().IfConfig().ToString() == expected))).ToArray();

            Assert.IsTrue(askers.All(asker => asker.Result()));
        }

        [TestMethod]
        public void An_agent_that_was_killed_is_followed_by_one_that_tells_the_same()
        {
            string before = Soon(() => new LAN().IfConfig().ToString());

            Kill(AgentsOf(Environment.ProcessId).Single());
            Until(() => Tells(before), DeadlineMs, "the same");
        }

        // ---- without a small core

        [TestMethod]
        [TestCategory("Board")]
        public void Without_a_small_core_there_is_an_error_and_no_facts()
        {
            using (var victim = new Victim("@k230-nobody-is-here", "lan"))
            {
                victim.Ends(1);
            }
        }

        // ---- the tuple

        [TestMethod]
        public void The_tuple_has_four_items_counted_from_either_end()
        {
            IfConfigResult config = Read(Record());

            CollectionAssert.AreEqual(
                new[] { "10.1.2.3", "255.255.0.0", "10.1.0.254", "10.1.0.53" },
                Enumerable.Range(0, 4).Select(i => config[i]).ToArray());

            for (int i = 0; i < 4; i++)
            {
                Assert.AreEqual(config[i], config[i - 4]);
            }

            foreach (int none in new[] { 4, -5, int.MaxValue, int.MinValue })
            {
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => config[none]);
            }

            var (ip, mask, gateway, dns) = config;
            Assert.AreEqual((config.Address, config.Mask, config.Gateway, config.Dns), (ip, mask, gateway, dns));
            Assert.AreEqual("('10.1.2.3', '255.255.0.0', '10.1.0.254', '10.1.0.53')", config.ToString());
        }

        [TestMethod]
        public void What_is_not_there_is_four_zeros()
        {
            Assert.AreEqual("('0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0')", Read(new byte[208]).ToString());
        }

        [TestMethod]
        public void The_first_server_for_IPv4_goes_before_one_for_IPv6()
        {
            byte[] record = Record();

            record[52] = Socket.AF_INET6;
            new byte[16].CopyTo(record, 52 + 12);
            record[52 + 12 + 15] = 1;
            record[80] = Socket.AF_INET;
            record[80 + 12] = 10;
            Assert.AreEqual("10.0.0.0", Read(record).Dns);
            record[80] = 0;
            Assert.IsTrue(IPAddress.TryParse(Read(record).Dns, out IPAddress server));
            Assert.AreEqual(AddressFamily.InterNetworkV6, server.AddressFamily);
            Assert.AreEqual("::1", server.ToString());
            record[80] = Socket.AF_INET6;
            record[80 + 12 + 15] = 2;
            Assert.AreEqual("::1", Read(record).Dns, "the first of equals");
        }

        [TestMethod]
        public void A_server_of_a_family_that_is_none_is_no_server()
        {
            byte[] record = Record();
            record[52] = 77;

            Assert.AreEqual("0.0.0.0", Read(record).Dns);
        }

        /// <summary>struct k230_interface with an address in 10.1.0.0/16.</summary>
        private static byte[] Record()
        {
            byte[] record = new byte[208];
            new byte[] { 10, 1, 2, 3, 255, 255, 0, 0, 10, 1, 0, 254, Socket.AF_INET, 0, 53 }.CopyTo(record, 40);
            new byte[] { 10, 1, 0, 53 }.CopyTo(record, 52 + 12);

            return record;
        }

        private static IfConfigResult Read(byte[] record)
        {
            Type type = typeof(LAN).Assembly.GetType("K230.Sockets.InterfaceRecord", true);

            return (IfConfigResult)type.GetMethod("IfConfig", BindingFlags.NonPublic | BindingFlags.Static)
                .Invoke(null, new object[] { record });
        }

        private static bool Tells(string config)
        {
            try
            {
                return new LAN().IfConfig().ToString() == config;
            }
            catch (OSError e) when (e.Errno == Errno.ECONNRESET)
            {
                return false; // the one that was killed
            }
        }

        /// <summary>Of the interface that a packet to far away would take; null where none would.</summary>
        private static UnicastIPAddressInformation AddressOfTheWayOut()
        {
            using (var away = new System.Net.Sockets.Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            {
                try
                {
                    away.Connect(new IPEndPoint(IPAddress.Parse("203.0.113.1"), 9));
                }
                catch (SocketException)
                {
                    return null;
                }

                IPAddress local = ((IPEndPoint)away.LocalEndPoint).Address;

                return NetworkInterface.GetAllNetworkInterfaces()
                    .SelectMany(one => one.GetIPProperties().UnicastAddresses).First(one => one.Address.Equals(local));
            }
        }
    }

    /// <summary>network.LAN in a namespace whose addresses and routes the test makes.</summary>
    [TestClass]
    [TestCategory("Namespace")]
    public class LanNamespaceTests
    {
        private const string Cable = "k230l";

        [ClassInitialize]
        public static void There_is_a_namespace(TestContext context)
        {
            RequireNamespace();
        }

        [TestInitialize]
        public void A_second_cable_is_there()
        {
            if (!Network.IsLwip)
            {
                Ip("link add " + Cable + " type veth peer name k230m");
                Ip("link set " + Cable + " address 02:4b:32:33:30:01");
                Ip("link set k230m up");
                Ip("link set " + Cable + " up");
                Ip("address add 198.51.100.20/25 dev " + Cable);
            }
        }

        [TestCleanup]
        public void The_second_cable_is_gone()
        {
            if (!Network.IsLwip)
            {
                Ip("link delete " + Cable);
            }
        }

        [TestMethod]
        public void The_name_server_is_that_of_the_look_ups()
        {
            Assert.AreEqual("127.0.0.1", Soon(() => new LAN().IfConfig()).Dns);
        }

        [TestMethod]
        public void Lwip_tells_its_end_of_the_cable_and_whether_it_is_plugged_in()
        {
            if (!Network.IsLwip)
            {
                return;
            }

            var lan = new LAN();
            Assert.AreEqual("('192.0.2.2', '255.255.255.0', '192.0.2.1', '127.0.0.1')", lan.IfConfig().ToString());
            Until(() => lan.IsConnected());

            Ip("link set tap0 down");
            Until(() => !lan.IsConnected());
            Assert.IsTrue(lan.Active(), "a cable is no switch");
            Assert.AreEqual("192.0.2.2", lan.IfConfig().Address);

            Ip("link set tap0 up");
            Ip("-6 address replace " + Network.Kernel6 + "/64 dev tap0 nodad");
            Until(() => lan.IsConnected());
        }

        [TestMethod]
        public void The_default_route_chooses_the_interface_and_is_its_gateway()
        {
            if (Network.IsLwip)
            {
                return;
            }

            var lan = new LAN();
            Ip("route add default via 198.51.100.1 dev " + Cable + " metric 50");
            Assert.AreEqual("('198.51.100.20', '255.255.255.128', '198.51.100.1', '127.0.0.1')", lan.IfConfig().ToString());
            CollectionAssert.AreEqual(new byte[] { 0x02, 0x4b, 0x32, 0x33, 0x30, 0x01 }, lan.Config("mac"));

            Ip("route add default via 192.0.2.2 dev tap0 metric 10");

            try
            {
                Assert.AreEqual("('192.0.2.1', '255.255.255.0', '192.0.2.2', '127.0.0.1')", lan.IfConfig().ToString());
                Ip("route add unreachable default metric 1");
                Assert.AreEqual("192.0.2.1", lan.IfConfig().Address, "a route that leads nowhere is none");
                Ip("route del unreachable default");
            }
            finally
            {
                Ip("route del default dev tap0");
            }
        }

        [TestMethod]
        public void The_first_of_several_addresses_is_told_as_the_kernel_uses_it()
        {
            if (Network.IsLwip)
            {
                return;
            }

            Ip("route add default dev " + Cable);
            Ip("address add 198.51.100.21/25 dev " + Cable + " label " + Cable + ":1");
            Assert.AreEqual("('198.51.100.20', '255.255.255.128', '0.0.0.0', '127.0.0.1')", new LAN().IfConfig().ToString());
        }

        [TestMethod]
        public void An_interface_that_is_switched_off_or_unplugged_is_not_connected()
        {
            if (Network.IsLwip)
            {
                return;
            }

            var lan = new LAN();
            Ip("route add default via 198.51.100.1 dev " + Cable);
            Until(() => lan.IsConnected());

            Ip("link set k230m down");
            Until(() => !lan.IsConnected());
            Assert.IsTrue(lan.Active());
            Ip("link set k230m up");
            Until(() => lan.IsConnected());

            try
            {
                Ip("address flush dev " + Cable);
                Ip("address flush dev tap0 scope global");
                Assert.IsFalse(lan.IsConnected(), "no address");
                Assert.AreEqual("0.0.0.0", lan.IfConfig().Address);

                foreach (string device in new[] { Cable, "k230m", "tap0" })
                {
                    Ip("link set " + device + " down");
                }

                Assert.IsFalse(lan.Active());
                lan.Active(true); // as scripts begin, which then wait
                Assert.IsFalse(lan.Active());
                Assert.IsFalse(lan.IsConnected());
            }
            finally
            {
                Ip("link set tap0 up");
                Ip("address replace 192.0.2.1/24 dev tap0");
                Ip("-6 address replace fd00:192:0:2::1/64 dev tap0 nodad");
            }
        }
    }
}
