// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>What an app is told of the small core's network, in a namespace whose cables can be pulled out.</summary>
    [TestClass]
    [TestCategory("Namespace")]
    public class SmallCoreTests
    {
        // Of lwIP the tap device is the cable; the kernel gets one whose other end is there as well.
        private static readonly string s_cable = Network.IsLwip ? "tap0" : "k230a";

        private readonly BlockingCollection<string> _events = new BlockingCollection<string>();

        [ClassInitialize]
        public static void There_is_a_cable(TestContext context)
        {
            Assert.IsNotNull(
                Environment.GetEnvironmentVariable("K230_LWIP"),
                "run as: board/virtual/lwip-namespace.sh nf-tests/name-server.sh dotnet test ...");

            if (!Network.IsLwip)
            {
                Ip("link add k230a type veth peer name k230b");
                Ip("link set k230b up");
                Ip("link set k230a up");
            }
        }

        [ClassCleanup]
        public static void The_cable_is_taken_away()
        {
            if (!Network.IsLwip)
            {
                Ip("link delete k230a");
            }
        }

        [TestInitialize]
        public void Handlers_are_there()
        {
            SmallCore.LinkChanged += OnLinkChanged;
            SmallCore.AddressChanged += OnAddressChanged;
            SmallCore.Restarted += OnRestarted;
        }

        [TestCleanup]
        public void Handlers_are_gone()
        {
            SmallCore.LinkChanged -= OnLinkChanged;
            SmallCore.AddressChanged -= OnAddressChanged;
            SmallCore.Restarted -= OnRestarted;
        }

        [TestMethod]
        public void A_cable_that_is_pulled_out_and_put_in_is_told_and_can_be_asked()
        {
            Assert.IsTrue(SmallCore.IsLinkUp);

            Ip("link set " + s_cable + " down");
            Expect("link down");
            Assert.IsFalse(SmallCore.IsLinkUp);

            PutIn();
            Expect("link up");
            Assert.IsTrue(SmallCore.IsLinkUp);
        }

        [TestMethod]
        public void An_address_that_comes_and_goes_is_told_and_can_be_asked()
        {
            if (Network.IsLwip)
            {
                // lwIP's address is fixed here, so all that can be seen is that it does not go with the cable.
                Ip("link set tap0 down");
                Expect("link down");
                Assert.IsTrue(SmallCore.HasAddress);
                PutIn();
                Expect("link up");
                Assert.IsTrue(SmallCore.HasAddress);
                return;
            }

            Ip("address flush dev tap0 scope global");
            ExpectUntil(() => !SmallCore.HasAddress, "address");
            Ip("address add 198.51.100.7/24 dev k230a");
            ExpectUntil(() => SmallCore.HasAddress, "address");
            Ip("address add 198.51.100.8/24 dev k230a");
            Expect("address");
            Ip("address flush dev k230a scope global");
            ExpectUntil(() => !SmallCore.HasAddress, "address");
            Ip("address add 192.0.2.1/24 dev tap0");
            ExpectUntil(() => SmallCore.HasAddress, "address");
        }

        [TestMethod]
        public void An_agent_that_was_killed_and_came_back_is_told_and_old_sockets_are_over()
        {
            var socket = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM);
            Kill(AgentsOf(Environment.ProcessId).Single());

            Expect("restarted");
            Fails(Errno.ECONNRESET, () => socket.Bind(new SockAddr("0.0.0.0", 0)));
            new Socket().Close();
            Assert.IsTrue(SmallCore.IsLinkUp);
            socket.Close();
        }

        [TestMethod]
        public void Who_has_taken_its_handler_away_is_told_no_more_and_may_come_back()
        {
            Handlers_are_gone();
            Ip("link set " + s_cable + " down");
            PutIn();
            Assert.IsFalse(_events.TryTake(out string told, 2000), told);

            Handlers_are_there();
            Ip("link set " + s_cable + " down");
            Expect("link down");
            PutIn();
            Expect("link up");
        }

        private void OnLinkChanged(bool isUp)
        {
            _events.Add(isUp ? "link up" : "link down");
        }

        private void OnAddressChanged()
        {
            _events.Add("address");
        }

        private void OnRestarted()
        {
            _events.Add("restarted");
        }

        /// <summary>This is told, whatever else: an IPv6 address comes and goes with the link.</summary>
        private void Expect(string wanted)
        {
            string told;

            do
            {
                Assert.IsTrue(_events.TryTake(out told, DEADLINE_MS), "not told: " + wanted);
            }
            while (told != wanted);
        }

        private void ExpectUntil(Func<bool> holds, string wanted)
        {
            do
            {
                Expect(wanted);
            }
            while (!holds());
        }

        private static void PutIn()
        {
            Ip("link set " + s_cable + " up");

            if (Network.IsLwip)
            {
                Ip("-6 address replace " + Network.Kernel6 + "/64 dev tap0 nodad"); // the kernel's went with the link
            }
        }

        private static void Ip(string arguments)
        {
            using (Process ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true }))
            {
                string errors = ip.StandardError.ReadToEnd();
                Assert.IsTrue(ip.WaitForExit(DEADLINE_MS), "ip does not end");
                Assert.AreEqual(0, ip.ExitCode, "ip " + arguments + ": " + errors);
            }
        }
    }
}
