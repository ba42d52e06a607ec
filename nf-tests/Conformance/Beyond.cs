// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>What sections 3 to 9 of the reference say beyond its cases and the table of behaviour.</summary>
    [TestClass]
    public class Beyond
    {
        private const int LONGEST_DATAGRAM = 65507;

        // Into what a socket takes at once. nanoCLR's longest array is 65535 blocks: 786 kB where pointers have 32 bits,
        // 1.5 MB where they have 64.
        private const int MORE_THAN_FITS = 700000;

        // So often it does not fit into all the buffers on the way to a peer that reads nothing, once Narrow has made
        // the stack's small: the virtual board's rings take 1.25 MB more.
        private const int TIMES = 4;

        // ---- close (section 3)

        [TestMethod]
        public void Closing_over_unread_data_resets_the_peer_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.ResetC();

                Fails(Errno.ECONNRESET, "Read", () => pair.C.Read());
                Empty(pair.C.Read(), "Read again");
            });
        }

        [TestMethod]
        public void Closing_a_listener_resets_the_clients_that_wait()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket c = net.Connected(address);
                Await(listener, Select.POLLIN);
                listener.Close();

                Fails(Errno.ECONNRESET, "Recv", () => c.Recv(1));
            });
        }

        [TestMethod]
        public void Close_wakes_every_call_that_waits()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                var reader = new Worker(() => Fails(Errno.EBADF, "Read", () => pair.C.Read()));
                var peeker = new Worker(() => Fails(Errno.EBADF, "Recv", () => pair.C.Recv(1, Socket.MSG_PEEK)));
                Thread.Sleep(100);
                pair.C.Close();

                reader.End();
                peeker.End();
            });
        }

        // ---- the interface

        [TestMethod]
        public void The_address_of_the_LAN_can_be_bound_to()
        {
            RunWithin(LIMIT_MS, () =>
            {
                var lan = new LAN();
                var (ip, mask, gateway, dns) = lan.IfConfig();

                Assert.AreEqual(4, Socket.InetPton(Socket.AF_INET, ip).Length, "ip");
                Assert.AreEqual(4, Socket.InetPton(Socket.AF_INET, mask).Length, "mask");
                Assert.AreEqual(4, Socket.InetPton(Socket.AF_INET, gateway).Length, "gateway");
                Assert.IsTrue(dns.Length > 0, "dns");
                Assert.AreEqual(6, lan.Config("mac").Length, "mac");

                if (ip == "0.0.0.0")
                {
                    Assert.IsFalse(lan.IsConnected(), "IsConnected");

                    return;
                }

                using var net = new Net();
                net.Tcp().Bind(new SockAddr(ip, 0));
            });
        }

        // ---- naming (section 4)

        [TestMethod]
        public void Port_0_takes_a_free_port()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                net.Tcp().Bind(new SockAddr(Network.Host, 0));
                net.Udp().Bind(new SockAddr("", 0));
            });
        }

        [TestMethod]
        public void TCP_and_UDP_have_ports_of_their_own()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);

                try
                {
                    net.Udp().Bind(address);
                }
                catch (OSError e)
                {
                    // Another program may have just this one.
                    Assert.AreEqual(Errno.EADDRINUSE, e.Errno, "Bind");
                    Assert.SkipTest("the UDP port is in use");
                }
            });
        }

        [TestMethod]
        public void An_IPv6_address_on_an_IPv4_socket_raises_EAFNOSUPPORT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.EAFNOSUPPORT, "Bind", () => s.Bind(new SockAddr("::1", Net.NextPort())));
            });
        }

        [TestMethod]
        public void A_connection_whose_client_has_gone_is_still_accepted()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket c = net.Connected(address);
                c.Send("bye");
                c.Close();

                Socket s = net.Accepted(listener);
                Text("bye", s.Read(), "Read");
                Empty(s.Recv(1), "the end");
            });
        }

        [TestMethod]
        public void After_a_refusal_the_same_socket_may_try_again()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket server = net.Tcp();
                SockAddr address = Net.Bind(server);
                Socket c = net.Tcp();
                Fails(Errno.ECONNREFUSED, "Connect", () => c.Connect(address));
                server.Listen();

                c.Connect(address);
                c.Send("x");
                Text("x", net.Accepted(server).Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void While_a_Connect_is_under_way_every_call_says_so()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = Silence(net);
                Socket c = net.Tcp();
                byte[] buf = new byte[1];
                c.SetBlocking(false);

                Fails(Errno.EINPROGRESS, "Connect", () => c.Connect(address));
                Assert.AreEqual(0, Events(c, 5, 200), "events");
                Fails(Errno.EALREADY, "Connect again", () => c.Connect(address));
                Fails(Errno.EAGAIN, "Send", () => c.Send("x"));
                Fails(Errno.EAGAIN, "Recv", () => c.Recv(1));
                Assert.AreEqual(Socket.None, c.Write("x"), "Write");
                Assert.AreEqual(Socket.None, c.ReadInto(buf), "ReadInto");
                Assert.IsNull(c.Read(), "Read()");
                Assert.IsNull(c.ReadLine(), "ReadLine");
            });
        }

        [TestMethod]
        public void A_timed_Connect_that_nobody_answers_raises_ETIMEDOUT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = Silence(net);
                Socket c = net.Tcp();
                c.SetTimeout(0.2);

                long begun = Now();
                Fails(Errno.ETIMEDOUT, "Connect", () => c.Connect(address));
                About(200, Now() - begun, "Connect");
            });
        }

        [TestMethod]
        public void A_Connect_that_timed_out_goes_on_and_another_raises_EALREADY()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = Silence(net);
                Socket c = net.Tcp();
                c.SetTimeout(0.1);

                Fails(Errno.ETIMEDOUT, "Connect", () => c.Connect(address));
                Assert.AreEqual(0, Events(c, 5, 50), "events");
                Fails(Errno.EALREADY, "Connect again", () => c.Connect(address));
                Fails(Errno.ETIMEDOUT, "Send", () => c.Send("x"));
                Fails(Errno.ETIMEDOUT, "Recv", () => c.Recv(1));
                c.SetBlocking(false);
                Fails(Errno.EALREADY, "Connect without blocking", () => c.Connect(address));
                Fails(Errno.EAGAIN, "Send without blocking", () => c.Send("x"));
                c.Close();
                Fails(Errno.EBADF, "Connect of a closed socket", () => c.Connect(address));
            });
        }

        [TestMethod]
        public void A_loop_of_Connects_gets_there_however_short_its_timeout_is()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);

                for (int i = 0; i < 10; i++)
                {
                    Socket c = net.Tcp();
                    c.SetTimeout(0.001);
                    bool connected = false;

                    while (!connected)
                    {
                        try
                        {
                            c.Connect(address);
                            connected = true;
                        }
                        catch (OSError e) when (e.Errno == Errno.ETIMEDOUT || e.Errno == Errno.EALREADY)
                        {
                        }
                    }

                    Fails(Errno.EISCONN, "Connect again", () => c.Connect(address));
                    Assert.AreEqual(4, Events(c, Select.POLLOUT, LIMIT_MS), "events");
                    c.SetTimeout(null);
                    c.SendAll("x");
                    Text("x", net.Accepted(listener).Recv(1), "Recv");
                }
            });
        }

        [TestMethod]
        public void Close_wakes_a_Connect_that_nobody_answers()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = Silence(net);
                Socket c = net.Tcp();
                var connector = new Worker(() => Fails(Errno.EBADF, "Connect", () => c.Connect(address)));
                Thread.Sleep(100);
                c.Close();

                connector.End();
            });
        }

        [TestMethod]
        public void Connect_after_a_nonblocking_one_succeeds_once_and_then_raises_EISCONN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                net.Listener(out SockAddr address);
                Socket c = net.Tcp();
                c.SetBlocking(false);

                Fails(Errno.EINPROGRESS, "Connect", () => c.Connect(address));
                Await(c, Select.POLLOUT);
                c.Connect(address);
                Fails(Errno.EISCONN, "Connect", () => c.Connect(address));
            });
        }

        // ---- messages (section 5)

        [TestMethod]
        public void Recv_of_0_bytes_consumes_nothing_of_a_stream()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Send("abc");
                AwaitBytes(pair.C, 3);

                Empty(pair.C.Recv(0), "Recv(0)");
                Text("abc", pair.C.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void Data_that_arrived_before_a_reset_is_received_first()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Send("abc");
                AwaitBytes(pair.C, 3);
                pair.ResetC();

                Text("abc", pair.C.Recv(10), "Recv");
                Fails(Errno.ECONNRESET, "Recv again", () => pair.C.Recv(10));
                Empty(pair.C.Recv(10), "at last");
            });
        }

        [TestMethod]
        public void A_nonblocking_Send_of_more_than_fits_sends_what_fits()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(MORE_THAN_FITS);
                Narrow(pair);
                pair.C.SetBlocking(false);
                int first = pair.C.Send(sent);
                Assert.IsTrue(first > 0 && first < sent.Length, "Send gave " + first.ToString());

                byte[] expected = new byte[first];
                Array.Copy(sent, 0, expected, 0, first);
                Bytes(expected, pair.S.Read(first), "Read");
            });
        }

        [TestMethod]
        public void A_nonblocking_SendAll_of_more_than_fits_raises_EAGAIN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Narrow(pair);
                pair.C.SetBlocking(false);

                Fails(Errno.EAGAIN, "SendAll", () => SendAllOften(pair.C));
            });
        }

        [TestMethod]
        public void A_timed_SendAll_of_more_than_fits_raises_ETIMEDOUT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Narrow(pair);
                pair.C.SetTimeout(0.1);

                Fails(Errno.ETIMEDOUT, "SendAll", () => SendAllOften(pair.C));
            });
        }

        // ---- datagrams (sections 5 and 6)

        [TestMethod]
        public void The_longest_datagram_arrives_whole_and_one_longer_raises_EMSGSIZE()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();
                byte[] sent = Pattern(LONGEST_DATAGRAM);

                Fails(Errno.EMSGSIZE, "SendTo", () => sender.SendTo(new byte[LONGEST_DATAGRAM + 1], to));
                Assert.AreEqual(LONGEST_DATAGRAM, sender.SendTo(sent, to), "SendTo");
                Bytes(sent, receiver.Recv(100000), "Recv");
            });
        }

        [TestMethod]
        public void A_datagram_to_port_0_raises_EINVAL()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();

                Fails(Errno.EINVAL, "SendTo", () => s.SendTo("x", new SockAddr(Network.Host, 0)));
            });
        }

        [TestMethod]
        public void A_connected_datagram_socket_receives_from_its_peer_only_and_sends_anywhere()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp(out SockAddr address);
                Socket peer = net.Udp(out SockAddr peerAddress);
                Socket other = net.Udp(out SockAddr otherAddress);
                s.Connect(peerAddress);

                other.SendTo("other", address);
                peer.SendTo("peer", address);
                Text("peer", s.Recv(10), "Recv");
                Assert.AreEqual(1, s.SendTo("x", otherAddress), "SendTo");
                Text("x", other.Recv(10), "Recv of the other");
                s.Connect(otherAddress);
                s.Send("y");
                Text("y", other.Recv(10), "Recv after another Connect");
            });
        }

        [TestMethod]
        public void Datagrams_queued_before_Connect_stay_readable()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp(out SockAddr address);
                net.Udp(out SockAddr peerAddress);
                Socket other = net.Udp();
                other.SendTo("early", address);
                Await(s, Select.POLLIN);
                s.Connect(peerAddress);

                Text("early", s.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void A_refused_datagram_polls_as_12_and_raises_ECONNREFUSED_once_where_the_stack_tells()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket gone = net.Udp(out SockAddr address);
                gone.Close();
                Socket s = net.Udp();
                s.Connect(address);
                s.Send("x");

                if (!Network.TellsRefusedDatagrams)
                {
                    Assert.AreEqual(0, Events(s, Select.POLLIN, SETTLE_MS), "events");
                    s.SetBlocking(false);
                    Fails(Errno.EAGAIN, "Recv", () => s.Recv(1));
                    Assert.AreEqual(1, s.Send("x"), "Send again");

                    return;
                }

                Await(s, 8);

                Assert.AreEqual(12, Events(s, 5, 0), "events");
                s.SetBlocking(false);
                Fails(Errno.ECONNREFUSED, "Recv", () => s.Recv(1));
                Fails(Errno.EAGAIN, "Recv again", () => s.Recv(1));
            });
        }

        [TestMethod]
        public void Recv_of_0_bytes_consumes_a_datagram()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();
                sender.SendTo("one", to);
                sender.SendTo("two", to);

                Empty(receiver.Recv(0), "Recv(0)");
                Text("two", receiver.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void Stream_calls_take_datagrams_one_by_one()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();

                sender.SendTo("abc", to);
                sender.SendTo("defg", to);
                Text("abcde", receiver.Read(5), "Read(5)");
                sender.SendTo("hij", to);
                sender.SendTo("", to);
                sender.SendTo("klm\n", to);
                Text("hij", receiver.Read(), "Read() up to the empty datagram");
                Text("k", receiver.ReadLine(1), "ReadLine");
                receiver.SetBlocking(false);
                Assert.IsNull(receiver.Read(), "nothing is left");
            });
        }

        [TestMethod]
        public void Write_of_nothing_sends_no_datagram_and_Send_of_nothing_does()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();
                sender.Connect(to);

                Assert.AreEqual(0, sender.Write(""), "Write");
                Assert.AreEqual(1, sender.Write("x"), "Write");
                Assert.AreEqual(0, sender.Send(""), "Send");
                Text("x", receiver.Recv(10), "Recv");
                Empty(receiver.Recv(10), "Recv");
            });
        }

        // ---- lines (section 6)

        [TestMethod]
        public void A_nonblocking_ReadLine_gives_a_part_of_a_line()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetBlocking(false);
                pair.S.Write("a\nbc");
                AwaitBytes(pair.C, 4);

                Text("a\n", pair.C.ReadLine(), "first");
                Text("bc", pair.C.ReadLine(), "second");
                Assert.IsNull(pair.C.ReadLine(), "third");
            });
        }

        [TestMethod]
        public void The_last_line_need_not_end_with_a_line_feed()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                // Not as text: a string of nanoCLR ends before its first zero.
                pair.S.Write(new byte[] { (byte)'a', (byte)'\r', (byte)'\n', 0, (byte)'b' });
                pair.S.Close();

                Text("a\r\n", pair.C.ReadLine(), "first");
                Bytes(new byte[] { 0, (byte)'b' }, pair.C.ReadLine(), "second");
                Empty(pair.C.ReadLine(), "third");
            });
        }

        // ---- names (section 8)

        [TestMethod]
        [DataRow("80", 80)]
        [DataRow("0", 0)]
        [DataRow("65535", 65535)]
        public void A_port_may_be_text(string port, int number)
        {
            RunWithin(LIMIT_MS, () => Assert.AreEqual(
                number, Socket.GetAddrInfo(Network.Host, port)[0].Address.Port, "port"));
        }

        [TestMethod]
        [DataRow(-1)]
        [DataRow(65536)]
        public void A_port_out_of_range_raises_EINVAL(int port)
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();
                object[] address = { Network.Host, port };

                Fails(Errno.EINVAL, "GetAddrInfo", () => Socket.GetAddrInfo(Network.Host, port));
                Fails(Errno.EINVAL, "SockAddr", () => s.Connect(new SockAddr(Network.Host, port)));
                Fails(Errno.EINVAL, "Bind", () => s.Bind(address));
                Fails(Errno.EINVAL, "Connect", () => s.Connect(address));
                Fails(Errno.EINVAL, "SendTo", () => s.SendTo("x", address));
            });
        }

        [TestMethod]
        [DataRow("65536")]
        [DataRow("-1")]
        [DataRow("no-such-service")]
        public void An_unknown_service_raises_minus_8(string port)
        {
            RunWithin(LIMIT_MS, () => Fails(-8, "GetAddrInfo", () => Socket.GetAddrInfo(Network.Host, port)));
        }

        [TestMethod]
        public void A_host_of_another_family_raises_a_negative_number()
        {
            RunWithin(LIMIT_MS, () =>
            {
                try
                {
                    Socket.GetAddrInfo(Network.Host, 80, Socket.AF_INET6);
                }
                catch (OSError e)
                {
                    Assert.IsTrue(e.Errno < 0, "the number is " + e.Errno.ToString());

                    return;
                }

                Fail("an IPv4 address was given as IPv6");
            });
        }

        /// <summary>More than all the buffers on the way to a peer that reads nothing.</summary>
        private static void SendAllOften(Socket socket)
        {
            byte[] piece = new byte[MORE_THAN_FITS];

            for (int i = 0; i < TIMES; i++)
            {
                socket.SendAll(piece);
            }
        }

        /// <summary>Makes the buffers between c and s small, where the stack has them so large that it must be told.
        /// </summary>
        private static void Narrow(Pair pair)
        {
            if (Network.HasSendBufferOption)
            {
                pair.C.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 8192);
                pair.S.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVBUF, 8192);
            }
        }

        /// <summary>An address that answers nobody: a silent one, or a listener whose queue is full.</summary>
        private static SockAddr Silence(Net net)
        {
            if (Network.Silent != null)
            {
                return new SockAddr(Network.Silent, Net.NextPort());
            }

            Socket listener = net.Tcp();
            SockAddr address = Net.Bind(listener);
            listener.Listen(0);

            for (int i = 0; i < 4; i++)
            {
                Socket c = net.Tcp();
                c.SetBlocking(false);
                Fails(Errno.EINPROGRESS, "Connect", () => c.Connect(address));
            }

            Await(listener, Select.POLLIN);

            return address;
        }
    }
}
