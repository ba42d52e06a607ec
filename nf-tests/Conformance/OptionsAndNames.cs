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

        private static void Ignore(object item)
        {
        }
    }
}
