// K230.nanoFramework, MIT licence: see LICENSE

using System.Net.Sockets;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>What scripts seldom do, as CPython on Linux has it; where lwIP decides otherwise,
    /// docs/start/port-a-script.md says so.</summary>
    [TestClass]
    public class UnusualTests
    {
        [TestMethod]
        public void A_stream_connects_to_no_group_and_to_no_broadcast_address()
        {
            foreach (string host in new[] { "255.255.255.255", "239.230.1.9", Network.Broadcast })
            {
                using (var s = new Socket())
                using (NetSocket listener = KernelListener())
                {
                    Fails(Errno.ENETUNREACH, () => s.Connect(new SockAddr(host, 80)), host);
                    Soon(() => s.Connect(At(listener)));
                }
            }
        }

        [TestMethod]
        public void A_stream_connected_to_itself_hears_itself()
        {
            if (Network.IsLwip) // which knows no simultaneous open
            {
                return;
            }

            using (var s = new Socket())
            {
                var own = new SockAddr(Network.Ours, FreePort());

                s.Bind(own);
                Soon(() => s.Connect(own));
                s.SendAll("echo");
                Assert.AreEqual("echo", Text(Soon(() => s.Recv(10))));
            }
        }

        [TestMethod]
        public void An_urgent_byte_is_none_of_the_bytes_that_are_read()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Send(Bytes("a"));
                pair.Peer.Send(Bytes("!"), SocketFlags.OutOfBand);
                pair.Peer.Send(Bytes("b"));
                pair.Peer.Shutdown(SocketShutdown.Send);
                Assert.AreEqual(Network.IsLwip ? "a!b" : "ab", Text(Soon(() => pair.Ours.Read())));
            }
        }

        [TestMethod]
        public void MSG_OOB_is_no_flag_that_is_known()
        {
            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EINVAL, () => pair.Ours.Send(Bytes("!"), (MsgFlags)1));
                Fails(Errno.EINVAL, () => pair.Ours.Recv(1, (MsgFlags)1));
            }
        }

        [TestMethod]
        public void A_raw_socket_is_refused_by_its_protocol()
        {
            Fails(Errno.EPROTONOSUPPORT, () => new Socket(Socket.AF_INET, Socket.SOCK_RAW));
        }

        [TestMethod]
        [DataRow(true)]
        [DataRow(false)]
        public void Two_sockets_share_a_datagram_port_where_both_want_to(bool atAnyAddress)
        {
            using (var first = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (var second = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (NetSocket peer = KernelUdp())
            {
                int port = FreePort(SocketType.Dgram);
                var address = new SockAddr(atAnyAddress ? "" : Network.Ours, port);

                first.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                first.Bind(address);
                Fails(Errno.EADDRINUSE, () => second.Bind(address));
                second.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                second.Bind(address);

                // lwIP looks for a socket of the very address, and takes the last that it finds.
                bool newerHears = atAnyAddress || !Network.IsLwip;
                Socket hears = newerHears ? second : first;
                Socket other = newerHears ? first : second;

                peer.SendTo(Bytes("one"), new SockAddr(Network.Ours, port));
                Assert.AreEqual("one", Text(Soon(() => hears.Recv(10))));
                other.SetTimeout(0);
                Fails(Errno.EAGAIN, () => other.Recv(10));
            }
        }
    }
}
