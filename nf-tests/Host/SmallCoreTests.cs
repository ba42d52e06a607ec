// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
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

        private const int SIGSTOP = 19;

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
            NothingElse();
            TakeHandlersAway();
        }

        private void TakeHandlersAway()
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

            Ip("-6 address flush dev tap0 scope global");
            Expect("address");
            Ip("-4 address flush dev tap0 scope global");
            Expect("address");
            Assert.IsFalse(SmallCore.HasAddress);
            Ip("address add 198.51.100.7/24 dev k230a");
            Expect("address");
            Assert.IsTrue(SmallCore.HasAddress);
            Ip("address add 198.51.100.8/24 dev k230a");
            Expect("address");
            Ip("address delete 198.51.100.7/24 dev k230a");
            Expect("address"); // and the other one with it, as it was secondary
            Assert.IsFalse(SmallCore.HasAddress);
            Ip("address add 192.0.2.1/24 dev tap0");
            Expect("address");
            Assert.IsTrue(SmallCore.HasAddress);
            Ip("-6 address add " + Environment.GetEnvironmentVariable("K230_KERNEL_IP6") + "/64 dev tap0 nodad");
            Expect("address");
        }

        [TestMethod]
        public void A_change_of_the_link_alone_is_no_change_of_the_address()
        {
            if (Network.IsLwip)
            {
                return; // An_address_that_comes_and_goes pulls lwIP's cable
            }

            // The other end of the cable goes: the addresses of this one stay.
            Ip("address add 198.51.100.7/24 dev k230a");
            Expect("address");
            Ip("link set k230b down");
            Expect("link down");
            Ip("link set k230b up");
            Expect("link up");
            Ip("address delete 198.51.100.7/24 dev k230a");
            Expect("address");
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
        public void An_agent_that_comes_back_with_another_address_is_told_as_both()
        {
            if (Network.IsLwip)
            {
                return; // its address is fixed here
            }

            // The agent that holds the old address does not see it change.
            int agent = AgentsOf(Environment.ProcessId).Single();
            Signal(agent, SIGSTOP);
            Ip("address add 198.51.100.9/24 dev k230a");
            Kill(agent);

            Expect("restarted");
            Expect("address");
            Ip("address delete 198.51.100.9/24 dev k230a");
            Expect("address");
        }

        [TestMethod]
        public void A_handler_that_throws_is_reported_once_and_keeps_nobody_from_being_told()
        {
            TextWriter stderr = Console.Error;
            var reports = new StringWriter();
            SmallCoreEventHandler throwing = () => throw new InvalidOperationException("my handler is wrong");
            LinkChangedEventHandler throwingToo = isUp => throw new InvalidOperationException("mine too");
            TakeHandlersAway();
            SmallCore.Restarted += throwing;
            SmallCore.LinkChanged += throwingToo;
            Handlers_are_there(); // behind those that throw

            try
            {
                Console.SetError(reports);
                Kill(AgentsOf(Environment.ProcessId).Single());
                Expect("restarted");
                Ip("link set " + s_cable + " down");
                Expect("link down");
                PutIn();
                Expect("link up");
            }
            finally
            {
                Console.SetError(stderr);
                SmallCore.Restarted -= throwing;
                SmallCore.LinkChanged -= throwingToo;
            }

            Assert.AreEqual(2, reports.ToString().Split("my handler is wrong").Length, reports.ToString());
            Assert.AreEqual(3, reports.ToString().Split("mine too").Length, reports.ToString());
        }

        [TestMethod]
        public void Who_has_taken_its_handler_away_is_told_no_more_and_may_come_back()
        {
            TakeHandlersAway();
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

        /// <summary>This is told next, and nothing before it.</summary>
        private void Expect(string wanted)
        {
            Assert.IsTrue(_events.TryTake(out string told, DeadlineMs), "not told: " + wanted);
            Assert.AreEqual(wanted, told);
        }

        /// <summary>Nothing was told twice, and nothing that did not happen: that would come before the answer to a
        /// change of now.</summary>
        private void NothingElse()
        {
            Ip("link set " + s_cable + " down");
            Expect("link down");
            PutIn();
            Expect("link up");
            Assert.IsFalse(_events.TryTake(out string told, 200), told);
        }

        private static void PutIn()
        {
            Ip("link set " + s_cable + " up");

            if (Network.IsLwip)
            {
                Ip("-6 address replace " + Network.Kernel6 + "/64 dev tap0 nodad"); // the kernel's went with the link
            }
        }
    }
}
