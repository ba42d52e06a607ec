// K230.nanoFramework, MIT licence: see LICENSE

using System.Diagnostics;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>Datagrams whose way goes and comes back, in a namespace whose routes the test makes.</summary>
    [TestClass]
    [TestCategory("Namespace")]
    public class DatagramNamespaceTests
    {
        private const string CABLE = "k230r";

        // lwIP has no routes but its interface.
        private static readonly int s_error = Network.IsLwip ? Errno.EHOSTUNREACH : Errno.ENETUNREACH;

        private static readonly SockAddr s_far = new SockAddr(Network.IsLwip ? Network.Kernel : "203.0.113.9", 9);

        private static readonly SockAddr s_farther =
            new SockAddr(Network.IsLwip ? Network.Kernel : "203.0.113.10", 9);

        [TestInitialize]
        public void There_is_a_way()
        {
            if (!Network.IsLwip)
            {
                Ip("link add " + CABLE + " type veth peer name k230s");
                Ip("link set k230s up");
                Ip("link set " + CABLE + " up");
                Ip("address add 198.51.100.20/25 dev " + CABLE);
                Ip("neigh replace 198.51.100.1 lladdr 02:4b:32:33:30:02 dev " + CABLE);
                WayIsBack();
            }
        }

        [TestCleanup]
        public void The_way_is_taken_away()
        {
            if (!Network.IsLwip)
            {
                Ip("link delete " + CABLE);
            }
        }

        [TestMethod]
        public void A_send_without_a_way_raises_its_own_error_and_the_first_with_one_goes()
        {
            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                s.SetTimeout(0);
                Assert.AreEqual(5, s.SendTo("hello", s_far));
                Assert.AreEqual(5, s.SendTo("hello", s_far));

                for (int times = 0; times < 2; times++)
                {
                    WayIsGone();
                    Fails(s_error, () => s.SendTo("hello", s_far));
                    Fails(s_error, () => s.SendTo("hello", s_far));
                    Fails(Errno.EAGAIN, () => s.Recv(10), "a receive has no part in it");
                    Fails(s_error, () => s.SendTo("hello", s_farther));

                    WayIsBack();
                    Assert.AreEqual(5, s.SendTo("hello", s_far));
                    Assert.AreEqual(5, s.SendTo("hello", s_farther));
                    Fails(Errno.EAGAIN, () => s.Recv(10));
                }
            }
        }

        [TestMethod]
        public void A_connected_socket_without_a_way_raises_the_error_of_each_send()
        {
            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                s.SetTimeout(0);
                s.Connect(s_far);
                Assert.AreEqual(5, s.Send("hello"));

                WayIsGone();
                Fails(s_error, () => s.Send("hello"));
                Fails(Errno.EAGAIN, () => s.Recv(10));
                Fails(s_error, () => s.Send("hello"));

                WayIsBack();
                Assert.AreEqual(5, s.Send("hello"));
                Fails(Errno.EAGAIN, () => s.Recv(10));
            }
        }

        private static void WayIsGone()
        {
            if (Network.IsLwip)
            {
                Ip("link set tap0 down");
                Until(() => !SmallCore.IsLinkUp);
            }
            else
            {
                Ip("route del 203.0.113.0/24");
                The_agent_has_looked();
            }
        }

        private static void WayIsBack()
        {
            if (Network.IsLwip)
            {
                Ip("link set tap0 up");
                Ip("-6 address replace " + Network.Kernel6 + "/64 dev tap0 nodad");
                Until(() => SmallCore.IsLinkUp);
            }
            else
            {
                Ip("route add 203.0.113.0/24 via 198.51.100.1 dev " + CABLE);
                The_agent_has_looked();
            }
        }

        /// <summary>The kernel's news are there when ip ends. An agent that answers has looked for news in between the
        /// last answer and this one.</summary>
        private static void The_agent_has_looked()
        {
            for (int times = 0; times < 2; times++)
            {
                new Socket().Close();
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
