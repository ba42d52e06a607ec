// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>GetAddrInfo against a real DNS server, dnsmasq, which nf-tests/name-server.sh starts.</summary>
    [TestClass]
    [TestCategory("Namespace")]
    public class NameServerTests
    {
        [ClassInitialize]
        public static void There_is_a_name_server(TestContext context)
        {
            RequireNamespace();
        }

        [TestMethod]
        public void A_name_gives_its_address()
        {
            AddrInfo entry = Soon(() => Socket.GetAddrInfo("one.test", 80)).Single();

            Assert.AreEqual(new SockAddr("192.0.2.10", 80), entry.Address);
            Assert.AreEqual(
                (Socket.AF_INET, Socket.SOCK_STREAM, Socket.IPPROTO_TCP, ""),
                (entry.Family, entry.Type, entry.Proto, entry.CanonName));
        }

        [TestMethod]
        public void A_name_of_the_hosts_file_needs_no_server()
        {
            Assert.AreEqual("192.0.2.99", Soon(() => Socket.GetAddrInfo("from-the-file", 80))[0].Address.Host);
        }

        [TestMethod]
        [DataRow("none.test")]
        [DataRow("no-such-host.invalid")]
        [DataRow("empty.test")]
        public void A_name_without_an_address_is_not_found(string name)
        {
            OSError error = Fails(-2, () => Socket.GetAddrInfo(name, 80));

            Assert.AreEqual(11001, error.ErrorCode, "WSAHOST_NOT_FOUND");
        }

        [TestMethod]
        public void A_name_that_no_server_may_be_asked_is_not_found()
        {
            Fails(-2, () => Socket.GetAddrInfo(new string('x', 64) + ".test", 80));
            Fails(-2, () => Socket.GetAddrInfo(string.Concat(Enumerable.Repeat("long-label.", 30)) + "test", 80));
        }

        [TestMethod]
        public void Several_addresses_come_in_one_call_each_once()
        {
            AddrInfo[] entries = Soon(() => Socket.GetAddrInfo("many.test", 7));

            CollectionAssert.AreEquivalent(
                Enumerable.Range(1, 12).Select(i => new SockAddr("198.51.100." + i, 7)).ToArray(),
                entries.Select(entry => entry.Address).ToArray());
        }

        [TestMethod]
        public void A_name_has_addresses_of_both_families_and_a_family_chooses()
        {
            string[] Hosts(int family)
            {
                return Soon(() => Socket.GetAddrInfo("both.test", 7, family)).Select(e => e.Address.Host).ToArray();
            }

            CollectionAssert.AreEqual(new[] { "192.0.2.11", "fd00:192:0:2::11" }, Hosts(0));
            CollectionAssert.AreEqual(new[] { "192.0.2.11" }, Hosts(Socket.AF_INET));
            CollectionAssert.AreEqual(new[] { "fd00:192:0:2::11" }, Hosts(Socket.AF_INET6));
        }

        /// <summary>As on the boards. The hosts file of name-server.sh has the IPv6 address in front.</summary>
        [TestMethod]
        public void The_usual_script_connects_to_a_name_of_both_families()
        {
            string name = Network.IsLwip ? "both-kernel" : "both-loop";
            AddrInfo[] entries = Soon(() => Socket.GetAddrInfo(name, 7, 0, Socket.SOCK_DGRAM));

            CollectionAssert.AreEqual(
                new[] { Socket.AF_INET, Socket.AF_INET6 }, entries.Select(entry => entry.Family).ToArray());

            using (NetSocket listener = KernelListener())
            using (var s = new Socket())
            {
                Soon(() => s.Connect(Socket.GetAddrInfo(name, At(listener).Port)[0][-1]));

                using (AcceptSoon(listener))
                {
                }
            }
        }

        [TestMethod]
        public void Many_addresses_of_both_families_come_IPv4_first_and_each_once()
        {
            string[] hosts = Soon(() => Socket.GetAddrInfo("mixed.test", 7)).Select(e => e.Address.Host).ToArray();

            CollectionAssert.AreEquivalent(
                new[] { "198.51.100.1", "198.51.100.2", "198.51.100.3" }, hosts.Take(3).ToArray());
            CollectionAssert.AreEquivalent(
                new[] { "fd00:192:0:2::21", "fd00:192:0:2::22", "::1" }, hosts.Skip(3).ToArray());
        }

        [TestMethod]
        public void A_name_with_IPv6_only_gives_that_and_nothing_for_IPv4()
        {
            AddrInfo entry = Soon(() => Socket.GetAddrInfo("six.test", 7)).Single();

            Assert.AreEqual((Socket.AF_INET6, "fd00:192:0:2::10"), (entry.Family, entry.Address.Host));
            Fails(-2, () => Socket.GetAddrInfo("six.test", 7, Socket.AF_INET));
            Fails(-2, () => Socket.GetAddrInfo("one.test", 7, Socket.AF_INET6));
        }

        [TestMethod]
        public void The_canonical_name_is_given_to_who_asks_for_it()
        {
            AddrInfo asked = Soon(() => Socket.GetAddrInfo("alias.test", 7, 0, 0, 0, Socket.AI_CANONNAME))[0];
            AddrInfo plain = Soon(() => Socket.GetAddrInfo("alias.test", 7))[0];

            Assert.AreEqual(("canonical.test", "192.0.2.12"), (asked.CanonName, asked.Address.Host));
            Assert.AreEqual(("", "192.0.2.12"), (plain.CanonName, plain.Address.Host));
        }

        [TestMethod]
        public void A_service_has_a_name_beside_that_of_its_host()
        {
            Assert.AreEqual(80, Soon(() => Socket.GetAddrInfo("one.test", "http"))[0].Address.Port);
            Assert.AreEqual(123, Soon(() => Socket.GetAddrInfo("one.test", "ntp", 0, Socket.SOCK_DGRAM))[0].Address.Port);
            Fails(-8, () => Socket.GetAddrInfo("one.test", "no-such-service"));
        }

        [TestMethod]
        public void A_name_that_was_found_can_be_connected_to()
        {
            string name = Network.IsLwip ? "kernel.test" : "loop.test";

            using (NetSocket listener = KernelListener())
            using (var s = new Socket())
            {
                Soon(() => s.Connect(Socket.GetAddrInfo(name, At(listener).Port)[0][-1]));
                s.SendAll("found");

                using (NetSocket peer = AcceptSoon(listener))
                {
                    Assert.AreEqual("found", Text(Receive(peer, 5)));
                }
            }
        }

        [TestMethod]
        public void A_silent_server_gives_EAI_AGAIN_and_stalls_nothing_else_meanwhile()
        {
            using (Pair pair = Pair.Connected())
            using (Socket idle = OurListener(out _))
            {
                pair.Ours.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1);

                // Three at a time: one helper of the agent's four is left for the names that are there.
                Running<AddrInfo[]>[] silent = Enumerable.Range(0, 3)
                    .Select(i => Start(() => Socket.GetAddrInfo("host" + i + ".silent.test", 80))).ToArray();
                Running<AcceptResult> accept = Start(() => idle.Accept());
                long slowest = 0;
                int rounds = 0;
                Thread.Sleep(50);

                while (!silent.All(one => one.Ended))
                {
                    long begun = Stopwatch.GetTimestamp();
                    pair.Peer.Send(Bytes("ping"));
                    Assert.AreEqual("ping", Text(Soon(() => pair.Ours.Read(4))));
                    pair.Ours.SendAll("pong");
                    Assert.AreEqual("pong", Text(Receive(pair.Peer, 4)));
                    Assert.AreEqual("192.0.2.10", Soon(() => Socket.GetAddrInfo("one.test", 1))[0].Address.Host);
                    Assert.AreEqual("203.0.113.9", Soon(() => Socket.GetAddrInfo("203.0.113.9", 1))[0].Address.Host);
                    slowest = Math.Max(slowest, (long)Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                    rounds++;
                }

                foreach (Running<AddrInfo[]> one in silent)
                {
                    one.Fails(-3);
                }

                // A stall would be of the two seconds that the resolver waits, and one round would be all there is.
                Assert.IsTrue(rounds > 20, rounds + " rounds, the slowest of " + slowest + " ms");
                LetItWait(accept);
                idle.Close();
                accept.Fails(Errno.EBADF);
            }
        }

        [TestMethod]
        public void Numeric_hosts_wait_for_no_silent_server_however_many_names_do()
        {
            Running<AddrInfo[]>[] silent = Enumerable.Range(0, 8)
                .Select(i => Start(() => Socket.GetAddrInfo("other" + i + ".silent.test", 80))).ToArray();
            Thread.Sleep(50);

            for (int i = 0; i < 50; i++)
            {
                Assert.AreEqual(
                    "203.0.113." + i, Soon(() => Socket.GetAddrInfo("203.0.113." + i, 80))[0].Address.Host);
            }

            Assert.IsFalse(silent.All(one => one.Ended), "all were over before the numeric ones");

            foreach (Running<AddrInfo[]> one in silent)
            {
                one.Fails(-3);
            }
        }

        [TestMethod]
        public void Many_threads_get_the_answers_to_their_own_questions()
        {
            var expected = new Dictionary<string, string>
            {
                ["one.test"] = "192.0.2.10",
                ["six.test"] = "fd00:192:0:2::10",
                ["alias.test"] = "192.0.2.12",
                ["from-the-file"] = "192.0.2.99",
                ["127.0.0.9"] = "127.0.0.9",
            };

            Running<int>[] threads = expected.Concat(expected).Select(pair => Start(() =>
            {
                for (int i = 0; i < 40; i++)
                {
                    AddrInfo entry = Socket.GetAddrInfo(pair.Key, i)[0];
                    Assert.AreEqual((pair.Value, i), (entry.Address.Host, entry.Address.Port));
                }

                return 0;
            })).ToArray();

            foreach (Running<int> thread in threads)
            {
                thread.Result();
            }
        }

        [TestMethod]
        public void A_look_up_under_way_ends_with_ECONNRESET_when_the_agent_dies()
        {
            using (new Socket())
            {
                Running<AddrInfo[]> silent = Start(() => Socket.GetAddrInfo("last.silent.test", 80));
                LetItWait(silent);
                Kill(AgentsOf(Environment.ProcessId).Single());
                silent.Fails(Errno.ECONNRESET);
            }

            Assert.AreEqual("192.0.2.10", Soon(() => Socket.GetAddrInfo("one.test", 80))[0].Address.Host);
        }
    }
}
