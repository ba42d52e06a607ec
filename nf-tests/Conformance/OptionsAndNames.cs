// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C80 to C87.</summary>
    [TestClass]
    public class OptionsAndNames
    {
        // A resolver without a name server takes long to say so.
        private const int RESOLVER_MS = 120000;

        [TestMethod]
        public void C80_An_option_is_set_by_number_or_by_bytes()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, new byte[] { 1, 0, 0, 0 });
                Net.Bind(s);
            });
        }

        [TestMethod]
        public void C81_An_unknown_option_raises_ENOPROTOOPT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.ENOPROTOOPT, "an int", () => s.SetSockOpt(Socket.SOL_SOCKET, 9999, 1));
                Fails(Errno.ENOPROTOOPT, "bytes", () => s.SetSockOpt(Socket.SOL_SOCKET, 9999, new byte[4]));
            });
        }

        [TestMethod]
        public void C82_The_address_of_GetAddrInfo_can_be_connected_to()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                AddrInfo[] ai = Socket.GetAddrInfo(Network.Host, address.Port);
                Socket c = net.Tcp();

                c.Connect(ai[0][-1]);
                c.Send("x");
                Text("x", net.Accepted(listener).Recv(1), "Recv");

                Assert.AreEqual(2, ai[0].Family, "Family");
                Assert.AreEqual(2, (int)ai[0][0], "item 0");
                Assert.AreEqual(Socket.SOCK_STREAM, (int)ai[0][1], "item 1");
                Assert.AreEqual(Socket.IPPROTO_TCP, (int)ai[0][2], "item 2");
                Assert.AreEqual("", (string)ai[0][3], "item 3");
                Assert.AreSame(ai[0].Address, ai[0][4], "item 4");
                Assert.AreSame(ai[0].Address, ai[0][-1], "item -1");
                Address(address, ai[0].Address, "Address");
                Throws(typeof(IndexOutOfRangeException), "item 5", () => Ignore(ai[0][5]));
                Throws(typeof(IndexOutOfRangeException), "item -6", () => Ignore(ai[0][-6]));
            });
        }

        [TestMethod]
        public void C83_GetAddrInfo_for_datagrams_gives_datagram_entries_only()
        {
            RunWithin(LIMIT_MS, () =>
            {
                AddrInfo[] ai = Socket.GetAddrInfo(Network.Host, Net.NextPort(), 0, Socket.SOCK_DGRAM);

                CollectionAssert.NotEmpty(ai, "no entry");

                for (int i = 0; i < ai.Length; i++)
                {
                    Assert.AreEqual(Socket.SOCK_DGRAM, ai[i].Type, "Type");
                    Assert.AreEqual(Socket.IPPROTO_UDP, ai[i].Proto, "Proto");
                }
            });
        }

        [TestMethod]
        public void C84_An_unknown_name_raises_a_negative_number()
        {
            RunWithin(RESOLVER_MS, () =>
            {
                try
                {
                    Socket.GetAddrInfo("no-such-host.invalid", 80);
                }
                catch (OSError e)
                {
                    Assert.IsTrue(e.Errno < 0, "the number is " + e.Errno.ToString());

                    return;
                }

                Fail("the name was found");
            });
        }

        [TestMethod]
        public void C85_Any_address_from_GetAddrInfo_can_be_bound_to()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();
                bool bound = false;

                for (int i = 0; i < 100 && !bound; i++)
                {
                    try
                    {
                        s.Bind(Socket.GetAddrInfo("0.0.0.0", Net.NextPort())[0][-1]);
                        bound = true;
                    }
                    catch (OSError e)
                    {
                        Assert.AreEqual(Errno.EADDRINUSE, e.Errno, "Bind");
                    }
                }

                Assert.IsTrue(bound, "no port is free");
                s.Listen();
            });
        }

        [TestMethod]
        public void C86_Numeric_addresses_become_bytes_and_text_again()
        {
            byte[] v4 = Socket.InetPton(Socket.AF_INET, "1.2.3.4");
            Bytes(new byte[] { 1, 2, 3, 4 }, v4, "InetPton");
            Assert.AreEqual("1.2.3.4", Socket.InetNtop(Socket.AF_INET, v4), "InetNtop");

            byte[] v6 = Socket.InetPton(Socket.AF_INET6, "::1");
            Bytes(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, v6, "InetPton of IPv6");
            Assert.AreEqual("::1", Socket.InetNtop(Socket.AF_INET6, v6), "InetNtop of IPv6");
        }

        [TestMethod]
        [DataRow("256.0.0.1")]
        [DataRow("1.2.3")]
        [DataRow("")]
        [DataRow("::1")]
        public void C87_What_is_no_dotted_quad_raises_EINVAL(string text)
        {
            Fails(Errno.EINVAL, "InetPton", () => Socket.InetPton(Socket.AF_INET, text));
        }

        [TestMethod]
        public void C87_An_unknown_family_raises_EAFNOSUPPORT()
        {
            Fails(Errno.EAFNOSUPPORT, "InetPton", () => Socket.InetPton(99, "1.2.3.4"));
            Fails(Errno.EAFNOSUPPORT, "InetNtop", () => Socket.InetNtop(99, new byte[4]));
        }

        // ---- what sections 7 and 11.7 say beyond the numbered cases

        [TestMethod]
        [DataRow("SO_REUSEADDR", Socket.SOCK_STREAM, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1)]
        [DataRow("SO_KEEPALIVE", Socket.SOCK_STREAM, Socket.SOL_SOCKET, Socket.SO_KEEPALIVE, 1)]
        [DataRow("SO_RCVBUF", Socket.SOCK_STREAM, Socket.SOL_SOCKET, Socket.SO_RCVBUF, 20000)]
        [DataRow("TCP_NODELAY", Socket.SOCK_STREAM, Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1)]
        [DataRow("SO_BROADCAST", Socket.SOCK_DGRAM, Socket.SOL_SOCKET, Socket.SO_BROADCAST, 1)]
        public void An_option_of_a_number_is_four_bytes(string name, int type, int level, int option, int value)
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Keep(new Socket(Socket.AF_INET, type));

                s.SetSockOpt(level, option, value);
                s.SetSockOpt(level, option, 0);
                s.SetSockOpt(level, option, new byte[] { (byte)value, (byte)(value >> 8), 0, 0 });
                Fails(Errno.EINVAL, name + " of 3 bytes", () => s.SetSockOpt(level, option, new byte[3]));
                s.SetSockOpt(level, option, new byte[8]);
                s.SetSockOpt(level, option, new byte[300]);
            });
        }

        [TestMethod]
        public void SO_SNDBUF_is_set_or_unknown_to_the_stack()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                if (Network.HasSendBufferOption)
                {
                    s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 20000);
                }
                else
                {
                    Fails(Errno.ENOPROTOOPT, "SO_SNDBUF", () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 20000));
                }
            });
        }

        [TestMethod]
        public void SO_ERROR_cannot_be_set()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.ENOPROTOOPT, "SO_ERROR", () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_ERROR, 0));
            });
        }

        [TestMethod]
        public void SO_LINGER_takes_eight_bytes_and_with_no_seconds_Close_resets()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Fails(Errno.EINVAL, "a number", () => pair.C.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, 1));
                Fails(
                    Errno.EINVAL, "4 bytes",
                    () => pair.C.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, new byte[4]));
                pair.C.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 });
                pair.C.Close();
                Fails(Errno.ECONNRESET, "Recv", () => pair.S.Recv(1));
            });
        }

        [TestMethod]
        public void A_membership_takes_eight_bytes_and_is_joined_and_left_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();
                byte[] membership = new byte[8];
                Array.Copy(Socket.InetPton(Socket.AF_INET, "239.255.2.30"), membership, 4);
                Array.Copy(Socket.InetPton(Socket.AF_INET, Network.Interface), 0, membership, 4, 4);

                Fails(
                    Errno.EINVAL, "4 bytes",
                    () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, new byte[4]));
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership);
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership);
                Fails(
                    Errno.EADDRNOTAVAIL, "leaving again",
                    () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership));
            });
        }

        [TestMethod]
        public void With_IPV6_V6ONLY_a_port_is_free_for_IPv4()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket six;

                try
                {
                    six = net.Keep(new Socket(Socket.AF_INET6));
                }
                catch (OSError e)
                {
                    Assert.AreEqual(Errno.EAFNOSUPPORT, e.Errno, "Socket");
                    Assert.SkipTest("this stack has no IPv6");

                    return;
                }

                Socket four = net.Tcp();
                SockAddr address = Net.Bind(four);
                six.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_V6ONLY, 1);
                six.Bind(new SockAddr("::", address.Port));
                six.Listen();
                four.Listen();
            });
        }

        private static void Ignore(object _)
        {
        }
    }
}
