// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>Datagrams whose way goes and comes back, in a namespace whose routes the test makes.</summary>
    [TestClass]
    [TestCategory("Namespace")]
    public class DatagramNamespaceTests
    {
        private const string Cable = "k230r";

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
                Ip("link add " + Cable + " type veth peer name k230s");
                Ip("link set k230s up");
                Ip("link set " + Cable + " up");
                Ip("address add 198.51.100.20/25 dev " + Cable);
                Ip("-6 address add fe80::5/64 dev k230s nodad");
                Ip("-6 address add fe80::6/64 dev " + Cable + " nodad");
                Ip("neigh replace 198.51.100.1 lladdr 02:4b:32:33:30:02 dev " + Cable);
                WayIsBack();
            }
        }

        [TestCleanup]
        public void The_way_is_taken_away()
        {
            if (!Network.IsLwip)
            {
                Ip("link delete " + Cable);
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

        [TestMethod]
        public void An_IPv6_group_is_joined_by_the_index_of_an_interface_heard_and_left()
        {
            using (var s = new Socket(Socket.AF_INET6, Socket.SOCK_DGRAM))
            using (NetSocket peer = Peer(out int far, out _))
            {
                int port = FreePort(SocketType.Dgram);
                var group = new IPEndPoint(IPAddress.Parse("ff02::4b32:5"), port);
                byte[] membership = Membership(group.Address);

                s.Bind(new SockAddr("::", port));
                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_JOIN_GROUP, membership);
                Fails(
                    Errno.EADDRINUSE,
                    () => s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_JOIN_GROUP, membership));
                peer.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, far);
                peer.SendTo(Bytes("to the group"), group);
                Assert.AreEqual("to the group", Text(Soon(() => s.Recv(20))));

                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_LEAVE_GROUP, membership);
                Fails(
                    Errno.EADDRNOTAVAIL,
                    () => s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_LEAVE_GROUP, membership));
                peer.SendTo(Bytes("not heard"), group);
                s.SetTimeout(0.1);
                Fails(Errno.ETIMEDOUT, () => s.Recv(20));
            }
        }

        [TestMethod]
        public void An_IPv6_group_is_reached_by_a_scope_or_by_the_interface_of_groups()
        {
            using (var s = new Socket(Socket.AF_INET6, Socket.SOCK_DGRAM))
            using (NetSocket peer = Peer(out int far, out int port))
            {
                var group = IPAddress.Parse("ff02::4b32:6");
                byte[] buffer = new byte[20];

                peer.SetSocketOption(
                    SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(group, far));
                Assert.AreEqual(5, s.SendTo("scope", new SockAddr(group + "%" + OurIndex(), port)));
                Assert.AreEqual("scope", Text(buffer[..peer.Receive(buffer)]));
                Assert.AreEqual(5, s.SendTo("pairs", new object[] { group + "%" + OurIndex(), port }));
                Assert.AreEqual("pairs", Text(buffer[..peer.Receive(buffer)]));

                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_IF, OurIndex());
                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_HOPS, 2);
                Assert.AreEqual(9, s.SendTo("interface", new SockAddr(group.ToString(), port)));
                Assert.AreEqual("interface", Text(buffer[..peer.Receive(buffer)]));
                Fails(
                    Errno.ENODEV, () => s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_IF, 200));
            }
        }

        [TestMethod]
        public void The_name_of_an_interface_is_found_by_GetAddrInfo_and_refused_elsewhere()
        {
            if (!Network.IsLwip) // whose look-ups are the kernel's, and whose interfaces are not
            {
                var address = (SockAddr)Socket.GetAddrInfo("ff02::fb%" + Cable, 5353)[0][-1];
                Assert.AreEqual("ff02::fb%" + OurIndex(), address.Host);
            }

            ArgumentException refused = Assert.ThrowsExactly<ArgumentException>(
                () => new SockAddr("ff02::fb%" + Cable, 5353));
            StringAssert.Contains(refused.Message, "GetAddrInfo");
        }

        /// <summary>A kernel's socket at the far end of the cable, the index of its interface there, and its port.
        /// </summary>
        private static NetSocket Peer(out int index, out int port)
        {
            index = Index(Network.IsLwip ? "tap0" : "k230s");
            var peer = new NetSocket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            peer.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            Hurry(peer);
            port = At(peer).Port;

            return peer;
        }

        private static int OurIndex()
        {
            return Network.IsLwip ? 2 : Index(Cable); // of lwIP's, the loop is the first
        }

        private static int Index(string device)
        {
            return NetworkInterface.GetAllNetworkInterfaces().Single(one => one.Name == device).GetIPProperties()
                .GetIPv6Properties().Index;
        }

        private static byte[] Membership(IPAddress group)
        {
            return [.. group.GetAddressBytes(), .. BitConverter.GetBytes(OurIndex())];
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
                Ip("route add 203.0.113.0/24 via 198.51.100.1 dev " + Cable);
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
    }
}
