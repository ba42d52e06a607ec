// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net;
using System.Net.Sockets;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>UDP: boundaries, truncation, errors of the stack, multicast, IPv6.</summary>
    [TestClass]
    public class DatagramTests
    {
        [TestMethod]
        public void SendTo_and_RecvFrom_carry_a_datagram_and_an_answer()
        {
            using (Socket s = Udp())
            using (NetSocket peer = KernelUdp())
            {
                Assert.AreEqual(11, s.SendTo(Bytes("hello world"), At(peer)));

                EndPoint from = new IPEndPoint(IPAddress.Any, 0);
                byte[] buffer = new byte[100];
                Assert.AreEqual(11, peer.ReceiveFrom(buffer, ref from));
                peer.SendTo(Bytes("answer"), from);

                RecvFromResult result = Soon(() => s.RecvFrom(100));
                Assert.AreEqual("answer", Text(result.Data));
                Assert.AreEqual(At(peer), result.Address);
                Assert.AreEqual(5, s.SendTo("é€", result.Address), "bytes are counted");
                Assert.AreEqual(5, peer.Receive(buffer));
                Assert.AreEqual(2, s.SendTo("hi", new object[] { Network.Kernel, At(peer).Port }));
                Assert.AreEqual(2, peer.Receive(buffer));
            }
        }

        [TestMethod]
        public void Boundaries_and_order_are_kept()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                for (int i = 0; i < 50; i++)
                {
                    peer.SendTo(Random(i * 7, i), address);
                }

                for (int i = 0; i < 50; i++)
                {
                    byte[] expected = Random(i * 7, i);
                    AreSame(expected, Soon(() => s.Recv(1000)), "datagram " + i);
                }
            }
        }

        [TestMethod]
        public void A_datagram_that_is_too_long_for_the_buffer_loses_its_rest()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                peer.SendTo(Bytes("hello world"), address);
                RecvFromResult result = Soon(() => s.RecvFrom(5));
                Assert.AreEqual("hello", Text(result.Data));
                Assert.AreEqual(At(peer), result.Address);
                Fails(Errno.EAGAIN, () => s.Recv(100, Socket.MSG_DONTWAIT));

                peer.SendTo(Bytes("dropped"), address);
                Assert.AreEqual(0, Soon(() => s.Recv(0)).Length, "takes the whole datagram");
                Fails(Errno.EAGAIN, () => s.Recv(100, Socket.MSG_DONTWAIT));
            }
        }

        [TestMethod]
        public void An_empty_datagram_is_delivered()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                byte[] buffer = new byte[10];

                peer.SendTo(new byte[0], address);
                Poller poller = Select.Poll();
                poller.Register(s, Select.POLLIN);
                Assert.AreEqual(Select.POLLIN, Soon(() => poller.Poll())[0].Event);
                RecvFromResult result = Soon(() => s.RecvFrom(10));
                Assert.AreEqual(0, result.Data.Length);
                Assert.AreEqual(At(peer), result.Address);

                Assert.AreEqual(0, s.SendTo(new byte[0], At(peer)));
                Assert.AreEqual(0, peer.Receive(buffer));
                s.Connect(At(peer));
                Assert.AreEqual(0, s.Send(new byte[0]));
                Assert.AreEqual(0, peer.Receive(buffer));
                s.SendAll("");
                Assert.AreEqual(0, peer.Receive(buffer));

                // Write of nothing does not touch the socket.
                Assert.AreEqual(0, s.Write(""));
                s.Send("after");
                Assert.AreEqual(5, peer.Receive(buffer));
            }
        }

        [TestMethod]
        public void The_longest_datagram_goes_both_ways_and_one_more_byte_is_EMSGSIZE()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                byte[] longest = Random(65507);
                byte[] buffer = new byte[70000];

                Assert.AreEqual(65507, s.SendTo(longest, At(peer)));
                Assert.AreEqual(65507, peer.Receive(buffer));
                AreSame(longest, buffer[..65507]);

                byte[] arriving = longest[..Network.LongestArriving];
                peer.SendTo(arriving, address);
                AreSame(arriving, Soon(() => s.Recv(65507)));
                peer.SendTo(arriving, address);
                AreSame(arriving, Soon(() => s.Recv(1000000)));

                foreach (int length in new[] { 65508, 65536, 200000, 1000000 })
                {
                    Fails(Errno.EMSGSIZE, () => s.SendTo(new byte[length], At(peer)));
                }

                s.Connect(At(peer));
                Fails(Errno.EMSGSIZE, () => s.Send(new byte[65508]));
                Fails(Errno.EMSGSIZE, () => s.SendAll(new byte[65508]));
                Fails(Errno.EMSGSIZE, () => s.Write(new byte[65508]));
                Assert.AreEqual(65507, s.Write(longest));
                Assert.AreEqual(65507, peer.Receive(buffer), "nothing of the others was sent");
            }
        }

        [TestMethod]
        public void A_connected_datagram_socket_sends_to_its_peer_and_hears_only_that()
        {
            using (NetSocket peer = KernelUdp())
            using (NetSocket stranger = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                byte[] buffer = new byte[10];

                Fails(Errno.EDESTADDRREQ, () => s.Send("x"));
                Fails(Errno.EDESTADDRREQ, () => s.SendAll("x"));
                Fails(Errno.EDESTADDRREQ, () => s.Write("x"));

                s.Connect(At(peer));
                Assert.AreEqual(1, s.Send("a"));
                s.SendAll("b");
                Assert.AreEqual(1, s.Write("c"));

                foreach (char c in "abc")
                {
                    Assert.AreEqual(1, peer.Receive(buffer));
                    Assert.AreEqual(c, (char)buffer[0]);
                }

                stranger.SendTo(Bytes("not for you"), address);
                peer.SendTo(Bytes("for you"), address);
                Assert.AreEqual("for you", Text(Soon(() => s.Recv(20))));

                s.Connect(At(stranger));
                stranger.SendTo(Bytes("now"), address);
                Assert.AreEqual("now", Text(Soon(() => s.Recv(20))));
                Assert.AreEqual(1, s.Send("d"));
                Assert.AreEqual(1, stranger.Receive(buffer));
            }
        }

        [TestMethod]
        public void Two_looks_at_one_sender_give_equal_addresses()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                peer.SendTo(Bytes("x"), address);
                SockAddr first = Soon(() => s.RecvFrom(1, Socket.MSG_PEEK)).Address;
                SockAddr second = Soon(() => s.RecvFrom(1)).Address;

                Assert.AreNotSame(first, second);
                Assert.IsTrue(first == second);
                Assert.AreEqual(first.GetHashCode(), second.GetHashCode());
            }
        }

        [TestMethod]
        public void Without_data_there_is_EAGAIN_or_ETIMEDOUT_and_null()
        {
            using (Socket s = Bound(out _))
            {
                s.SetBlocking(false);
                Fails(Errno.EAGAIN, () => s.Recv(1));
                Fails(Errno.EAGAIN, () => s.RecvFrom(1));
                Assert.IsNull(s.Read(1));
                Assert.IsNull(s.Read());
                Assert.IsNull(s.ReadLine());
                Assert.AreEqual(Socket.None, s.ReadInto(new byte[1]));
                s.SetTimeout(0.2);
                FailsAfter(200, Errno.ETIMEDOUT, () => s.Recv(1));
                FailsAfter(200, Errno.ETIMEDOUT, () => s.RecvFrom(1));
                FailsAfter(200, Errno.ETIMEDOUT, () => s.Read(1));
            }

            // One that was never used has nothing to receive from, and waits likewise.
            using (Socket s = Udp())
            {
                s.SetTimeout(0.1);
                FailsAfter(100, Errno.ETIMEDOUT, () => s.Recv(1));
            }
        }

        [TestMethod]
        public void Stream_calls_take_datagrams_one_by_one()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                peer.SendTo(Bytes("abc"), address);
                peer.SendTo(Bytes("defg"), address);
                Assert.AreEqual("abcde", Text(Soon(() => s.Read(5))));
                Fails(Errno.EAGAIN, () => s.Recv(1, Socket.MSG_DONTWAIT));

                peer.SendTo(Bytes("line\n"), address);
                peer.SendTo(Bytes("\n"), address);
                Assert.AreEqual("l\n", Text(Soon(() => s.ReadLine())), "one byte of each");

                peer.SendTo(Bytes("end"), address);
                peer.SendTo(new byte[0], address);
                peer.SendTo(Bytes("later"), address);
                Assert.AreEqual("end", Text(Soon(() => s.Read())), "an empty one ends the call");
                byte[] buffer = new byte[5];
                Assert.AreEqual(5, Soon(() => s.ReadInto(buffer)));
                Assert.AreEqual("later", Text(buffer));

                byte[] longest = Random(Math.Min(60000, Network.LongestArriving));
                s.SetBlocking(false);
                peer.SendTo(longest, address);
                Until(() => Peek(s, 70000) == longest.Length);
                byte[] all = s.Read();
                AreSame(longest, all, "no datagram is cut by the size of a buffer");
            }
        }

        [TestMethod]
        public void What_a_timed_out_stream_call_took_of_datagrams_is_lost()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket s = Bound(out SockAddr address))
            {
                s.SetTimeout(0.1);
                peer.SendTo(Bytes("abc"), address);
                Fails(Errno.ETIMEDOUT, () => s.Read(10));
                Fails(Errno.EAGAIN, () => s.Recv(10, Socket.MSG_DONTWAIT));
                peer.SendTo(Bytes("next"), address);
                Assert.AreEqual("next", Text(Soon(() => s.Recv(10))));
            }
        }

        [TestMethod]
        public void Broadcast_needs_SO_BROADCAST_and_the_error_comes_from_the_call_itself()
        {
            var everybody = new SockAddr(Network.Broadcast, FreePort(SocketType.Dgram));

            using (var receiver = new NetSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            using (Socket s = Udp())
            {
                receiver.Bind(new IPEndPoint(IPAddress.Any, everybody.Port));
                Hurry(receiver);

                for (int i = 0; i < 2; i++)
                {
                    Fails(Errno.EACCES, () => s.SendTo("x", everybody));
                    Fails(Errno.EACCES, () => s.SendTo("x", everybody));
                    s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_BROADCAST, 1);
                    Assert.AreEqual(1, s.SendTo("y", everybody));
                    Assert.AreEqual(1, receiver.Receive(new byte[10]));
                    s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_BROADCAST, 0);
                }

                Fails(Errno.EACCES, () => s.Connect(everybody));
            }
        }

        [TestMethod]
        public void Errors_of_the_stack_come_from_the_call_that_causes_them()
        {
            using (Socket s = Udp())
            {
                Fails(Errno.EINVAL, () => s.SendTo("x", new SockAddr(Network.Kernel, 0)));
                s.SendTo("x", new SockAddr(Network.Kernel, 9));
            }
        }

        [TestMethod]
        public void An_unreachable_port_is_told_by_a_later_call_once()
        {
            using (Socket s = Udp())
            {
                int port = FreePort(SocketType.Dgram);
                s.Connect(new SockAddr(Network.Kernel, port));
                Assert.AreEqual(1, s.Send("x"));

                Poller poller = Select.Poll();
                poller.Register(s);

                if (Network.IsLwip)
                {
                    // It does not look at the answer.
                    poller.Modify(s, Select.POLLIN);
                    Assert.AreEqual(0, poller.Poll(200).Length);
                    Assert.AreEqual(1, s.Send("x"));

                    return;
                }

                Until(() => poller.Poll(100)[0].Event == (Select.POLLOUT | Select.POLLERR));
                Fails(Errno.ECONNREFUSED, () => s.Recv(1));
                Fails(Errno.EAGAIN, () => s.Recv(1, Socket.MSG_DONTWAIT));
                Assert.AreEqual(Select.POLLOUT, poller.Poll(0)[0].Event);

                Running<byte[]> receive = Start(() => s.Recv(1));
                LetItWait(receive);
                s.Send("x");
                receive.Fails(Errno.ECONNREFUSED);
            }
        }

        [TestMethod]
        public void Thousands_of_datagrams_to_many_peers_arrive()
        {
            var peers = new NetSocket[8];

            using (Socket s = Udp())
            {
                for (int i = 0; i < peers.Length; i++)
                {
                    peers[i] = KernelUdp();
                }

                // In step with the receivers: UDP may drop what nobody takes.
                for (int i = 0; i < 3000; i++)
                {
                    NetSocket peer = peers[i % peers.Length];
                    byte[] number = BitConverter.GetBytes(i);
                    Assert.AreEqual(4, s.SendTo(number, At(peer)));
                    AreSame(number, Receive(peer, 4));
                }

                foreach (NetSocket peer in peers)
                {
                    peer.Dispose();
                }
            }
        }

        [TestMethod]
        public void Several_threads_may_send_datagrams_on_one_socket()
        {
            var received = new int[4];

            using (NetSocket peer = KernelUdp())
            using (Socket s = Udp())
            {
                peer.ReceiveBufferSize = 4000000;
                var senders = new Running<int>[4];

                for (int i = 0; i < senders.Length; i++)
                {
                    byte[] data = { (byte)i };
                    senders[i] = Start(() =>
                    {
                        for (int n = 0; n < 200; n++)
                        {
                            Assert.AreEqual(1, s.SendTo(data, At(peer)));
                        }
                    });
                }

                byte[] buffer = new byte[10];

                for (int n = 0; n < 800; n++)
                {
                    Assert.AreEqual(1, peer.Receive(buffer));
                    received[buffer[0]]++;
                }

                foreach (Running<int> sender in senders)
                {
                    sender.Result();
                }

                CollectionAssert.AreEqual(new[] { 200, 200, 200, 200 }, received);
            }
        }

        [TestMethod]
        public void Datagrams_written_before_Close_are_sent()
        {
            using (NetSocket peer = KernelUdp())
            {
                peer.ReceiveBufferSize = 1000000;

                using (Socket s = Udp())
                {
                    for (int i = 0; i < 50; i++)
                    {
                        s.SendTo(new[] { (byte)i }, At(peer));
                    }
                }

                for (int i = 0; i < 50; i++)
                {
                    Assert.AreEqual(i, Receive(peer, 1)[0]);
                }
            }
        }

        [TestMethod]
        public void A_socket_that_nobody_reads_does_not_hold_others_up()
        {
            using (NetSocket peer = KernelUdp())
            using (Socket full = Bound(out SockAddr fullAddress))
            using (Socket s = Bound(out SockAddr address))
            {
                for (int i = 0; i < 200; i++)
                {
                    peer.SendTo(new byte[5000], fullAddress);
                }

                peer.SendTo(Bytes("through"), address);
                Assert.AreEqual("through", Text(Soon(() => s.Recv(10))));

                int count = 0;

                while (full.Recv(5000, Socket.MSG_DONTWAIT | Socket.MSG_PEEK).Length == 5000 && count < 10)
                {
                    Assert.AreEqual(5000, full.Recv(5000).Length);
                    count++;
                }

                Assert.AreEqual(10, count);
            }
        }

        // ---- multicast

        [TestMethod]
        public void A_joined_group_is_heard_and_a_left_one_no_more()
        {
            byte[] membership = new byte[8];
            IPAddress.Parse("239.230.1.2").GetAddressBytes().CopyTo(membership, 0);
            IPAddress.Parse(Network.Ours).GetAddressBytes().CopyTo(membership, 4);

            using (Socket s = Udp())
            using (NetSocket sender = KernelUdp())
            {
                int port = FreePort(SocketType.Dgram);
                var group = new IPEndPoint(IPAddress.Parse("239.230.1.2"), port);

                sender.SetSocketOption(
                    SocketOptionLevel.IP, SocketOptionName.MulticastInterface, Network.KernelAddress.GetAddressBytes());
                s.Bind(new object[] { "", port });
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership);

                Fails(
                    Errno.EADDRINUSE, () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership));

                sender.SendTo(Bytes("to the group"), group);
                Assert.AreEqual("to the group", Text(Soon(() => s.Recv(20))));

                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership);
                Fails(
                    Errno.EADDRNOTAVAIL,
                    () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership));
                sender.SendTo(Bytes("not heard"), group);
                sender.SendTo(Bytes("heard"), new SockAddr(Network.Ours, port));
                Assert.AreEqual("heard", Text(Soon(() => s.Recv(20))));
            }
        }

        [TestMethod]
        public void A_group_that_a_peer_has_joined_hears_us_and_no_more_when_it_has_left()
        {
            var group = IPAddress.Parse("239.230.1.3");
            var membership = new MulticastOption(group, Network.KernelAddress);

            using (var peer = new NetSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
            using (Socket s = Bound(out SockAddr address)) // which names the way to the group too
            {
                peer.Bind(new IPEndPoint(IPAddress.Any, 0));
                Hurry(peer);

                var everybody = new SockAddr(group.ToString(), At(peer).Port);
                byte[] buffer = new byte[20];
                EndPoint from = new IPEndPoint(IPAddress.Any, 0);

                peer.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, membership);
                Assert.AreEqual(12, s.SendTo("to the group", everybody));
                Assert.AreEqual("to the group", Text(buffer[..peer.ReceiveFrom(buffer, ref from)]));
                Assert.AreEqual(address, from);

                peer.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.DropMembership, membership);
                s.SendTo("not heard", everybody);
                s.SendTo("heard", new SockAddr(Network.Kernel, everybody.Port));
                Assert.AreEqual("heard", Text(buffer[..peer.ReceiveFrom(buffer, ref from)]));
            }
        }

        [TestMethod]
        public void A_membership_has_eight_bytes_or_twelve()
        {
            byte[] membership = new byte[12];
            IPAddress.Parse("239.230.1.4").GetAddressBytes().CopyTo(membership, 0);
            IPAddress.Parse(Network.Ours).GetAddressBytes().CopyTo(membership, 4);

            using (Socket s = Udp())
            {
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership[..8]);
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership);
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership[..9]);
                s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_DROP_MEMBERSHIP, membership[..8]);
                membership[8] = 200;
                Fails(Errno.ENODEV, () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, membership));

                foreach (int length in new[] { 0, 4, 7, 12, 300 })
                {
                    Fails(
                        Errno.EINVAL,
                        () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, new byte[length]));
                }

                Fails(Errno.EINVAL, () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, 1));
                Fails(
                    Errno.EINVAL,
                    () => s.SetSockOpt(
                        Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, new byte[] { 10, 0, 0, 1, 127, 0, 0, 1 }));
            }
        }

        // ---- IPv6

        [TestMethod]
        public void UDP_over_IPv6_goes_there_and_back()
        {
            using (NetSocket peer = KernelUdp(Network.Kernel6Address))
            using (var s = new Socket(Socket.AF_INET6, Socket.SOCK_DGRAM))
            {
                Assert.AreEqual(5, s.SendTo("hello", At(peer)));

                EndPoint from = new IPEndPoint(IPAddress.IPv6Any, 0);
                byte[] buffer = new byte[70000];
                Assert.AreEqual(5, peer.ReceiveFrom(buffer, ref from));
                peer.SendTo(Bytes("back"), from);

                RecvFromResult result = Soon(() => s.RecvFrom(100));
                Assert.AreEqual("back", Text(result.Data));
                Assert.AreEqual(At(peer), result.Address);
                Assert.AreEqual(Network.Kernel6, result.Address.Host);
                Assert.AreEqual(Socket.AF_INET6, result.Address.Family);
                s.Connect(result.Address);
                Assert.AreEqual(Network.Longest6, s.Send(new byte[Network.Longest6]));
                Assert.AreEqual(Network.Longest6, peer.Receive(buffer));
                Fails(Errno.EMSGSIZE, () => s.Send(new byte[65528]));
            }
        }

        [TestMethod]
        public void TCP_over_IPv6_goes_both_ways()
        {
            using (Pair pair = Pair.Connected(Network.Kernel6Address))
            using (Pair accepted = Pair.Accepted(Network.Ours6))
            {
                foreach (Pair one in new[] { pair, accepted })
                {
                    one.Peer.Send(Bytes("six\n"));
                    Assert.AreEqual("six\n", Text(Soon(() => one.Ours.ReadLine())));
                    one.Ours.SendAll("SIX");
                    Assert.AreEqual("SIX", Text(Receive(one.Peer, 3)));
                    Assert.AreEqual(one.Peer.LocalEndPoint, Soon(() =>
                    {
                        one.Peer.Send(Bytes("x"));

                        return one.Ours.RecvFrom(1);
                    }).Address);
                }
            }
        }

        [TestMethod]
        public void IPV6_V6ONLY_keeps_IPv4_out_and_without_it_clients_are_mapped()
        {
            int port = FreePort();

            using (var s = new Socket(Socket.AF_INET6))
            {
                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_V6ONLY, 0);
                s.Bind(new object[] { "", port });
                s.Listen();

                using (NetSocket client = KernelConnect(new SockAddr(Network.Ours, port)))
                {
                    SockAddr peer = Soon(() => s.Accept()).Address;
                    Assert.AreEqual("::ffff:" + Network.Kernel, peer.Host);
                    Assert.AreEqual(At(client).Port, peer.Port);
                }
            }

            port = FreePort();

            using (var s = new Socket(Socket.AF_INET6))
            {
                s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_V6ONLY, 1);
                s.Bind(new object[] { "", port });
                s.Listen();
                Assert.AreEqual(
                    SocketError.ConnectionRefused,
                    LifeTests.ErrorOf(() => KernelConnect(new SockAddr(Network.Ours, port))));
            }
        }

        private static Socket Udp()
        {
            return new Socket(Socket.AF_INET, Socket.SOCK_DGRAM);
        }

        private static Socket Bound(out SockAddr address)
        {
            address = new SockAddr(Network.Ours, FreePort(SocketType.Dgram));
            Socket s = Udp();
            s.Bind(address);

            return s;
        }
    }
}
