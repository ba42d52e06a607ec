// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>Bind, Listen, Accept, Connect, and the forms that an address may have.</summary>
    [TestClass]
    public class NamingTests
    {
        // ---- bind

        [TestMethod]
        public void A_bound_datagram_socket_receives_at_its_address()
        {
            var address = new SockAddr(Network.Ours, FreePort(SocketType.Dgram));

            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (NetSocket peer = KernelUdp())
            {
                s.Bind(address);
                peer.SendTo(Bytes("here"), address);
                Assert.AreEqual("here", Text(Soon(() => s.Recv(10))));
            }
        }

        [TestMethod]
        public void A_port_in_use_is_refused_with_EADDRINUSE()
        {
            using (Socket listener = OurListener(out SockAddr address))
            using (var s = new Socket())
            {
                Fails(Errno.EADDRINUSE, () => s.Bind(address));
                Fails(Errno.EADDRINUSE, () => s.Bind(new object[] { "", address.Port }));
                s.Bind(new SockAddr(Network.Ours, 0));
            }
        }

        [TestMethod]
        public void An_address_of_another_machine_is_refused_with_EADDRNOTAVAIL()
        {
            using (var s = new Socket())
            {
                Fails(Errno.EADDRNOTAVAIL, () => s.Bind(new SockAddr("198.51.100.1", 0)));
            }
        }

        [TestMethod]
        public void A_second_bind_and_a_bind_after_connect_are_refused_with_EINVAL()
        {
            using (var s = new Socket())
            {
                s.Bind(AnyPort);
                Fails(Errno.EINVAL, () => s.Bind(AnyPort));
            }

            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EINVAL, () => pair.Ours.Bind(AnyPort));
            }
        }

        [TestMethod]
        public void TCP_and_UDP_ports_are_separate()
        {
            using (Socket listener = OurListener(out SockAddr address))
            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                s.Bind(address);
            }
        }

        [TestMethod]
        public void SO_REUSEADDR_allows_a_port_whose_old_connections_linger()
        {
            // Linux wants the option on both, the old socket and the new one.
            var address = new SockAddr(Network.Ours, FreePort());

            using (Socket listener = Reusing())
            {
                listener.Bind(address);
                listener.Listen();

                using (NetSocket client = KernelConnect(address))
                {
                    // Who closes first keeps the port in TIME_WAIT.
                    Soon(() => listener.Accept()).Conn.Close();
                    Assert.AreEqual(0, client.Receive(new byte[1]));
                }

                listener.Close();
            }

            using (var plain = new Socket())
            using (Socket again = Reusing())
            using (Socket third = Reusing())
            {
                Fails(Errno.EADDRINUSE, () => plain.Bind(address));
                again.Bind(address);
                again.Listen();
                Fails(Errno.EADDRINUSE, () =>
                {
                    third.Bind(address); // lwIP finds out one step later
                    third.Listen();
                });
            }
        }

        // ---- forms of addresses

        [TestMethod]
        public void Every_form_of_an_address_is_taken()
        {
            using (NetSocket listener = KernelListener())
            {
                int port = At(listener).Port;
                object[] forms =
                {
                    new SockAddr(Network.Kernel, port),
                    new IPEndPoint(Network.KernelAddress, port),
                    new object[] { Network.Kernel, port },
                    Socket.GetAddrInfo(Network.Kernel, port)[0][-1],
                };

                foreach (object form in forms)
                {
                    using (var s = new Socket())
                    {
                        Soon(() => s.Connect(form));
                        AcceptSoon(listener).Dispose();
                    }
                }
            }
        }

        [TestMethod]
        public void No_address_is_our_own_host()
        {
            using (Socket listener = OurListener(out SockAddr address, 5, "0.0.0.0"))
            using (var s = new Socket())
            {
                Soon(() => s.Connect(address));
                Soon(() => listener.Accept()).Conn.Close();
            }
        }

        [TestMethod]
        public void The_exception_over_an_address_names_what_came()
        {
            using (var s = new Socket())
            {
                Names("System.String", "127.0.0.1:80");
                Names("System.Byte[]", new byte[16]);
                Names("object[] { System.String, System.String }", new object[] { "127.0.0.1", "80" });
                Names("object[] { null, System.Int32 }", new object[] { null, 80 });
                Names("object[] { System.String }", new object[] { "127.0.0.1" });
                Names("'localhost'", new object[] { "localhost", 80 });
                Names("GetAddrInfo", new object[] { "localhost", 80 });

                void Names(string expected, object address)
                {
                    Assert.Contains(expected, Assert.ThrowsExactly<ArgumentException>(() => s.Bind(address)).Message);
                }
            }
        }

        [TestMethod]
        public void A_port_of_any_type_of_integer_is_one()
        {
            foreach (object port in new object[] { 0, 0u, 0L, (ushort)0, (short)0, (byte)0, 0ul, (sbyte)0 })
            {
                using (var s = new Socket())
                {
                    s.Bind(new object[] { "127.0.0.1", port });
                    Fails(Errno.EINVAL, () => s.Connect(new object[] { "127.0.0.1", 4294967296L }));
                }
            }
        }

        [TestMethod]
        public void What_is_no_address_is_refused_with_an_ArgumentException()
        {
            object[] wrong =
            {
                "127.0.0.1:80", 80, new byte[16], new object[] { "127.0.0.1" }, new object[] { "127.0.0.1", "80" },
                new object[] { "127.0.0.1", 80, 0 }, new object[] { "localhost", 80 }, new object[] { null, 80 },
                new object[0], ("127.0.0.1", 80), new DnsEndPoint("localhost", 80),
            };

            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                foreach (object address in wrong)
                {
                    Assert.ThrowsExactly<ArgumentException>(() => s.Bind(address), address.ToString());
                    Assert.ThrowsExactly<ArgumentException>(() => s.Connect(address), address.ToString());
                    Assert.ThrowsExactly<ArgumentException>(() => udp.SendTo("x", address), address.ToString());
                }
            }
        }

        [TestMethod]
        [DataRow(-1)]
        [DataRow(65536)]
        [DataRow(70000)]
        public void A_port_out_of_range_gives_EINVAL(int port)
        {
            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                var address = new object[] { "127.0.0.1", port };

                Fails(Errno.EINVAL, () => s.Bind(address));
                Fails(Errno.EINVAL, () => s.Connect(address));
                Fails(Errno.EINVAL, () => udp.SendTo("x", address));
            }
        }

        [TestMethod]
        public void An_address_of_the_other_family_is_refused()
        {
            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                Fails(Errno.EAFNOSUPPORT, () => s.Bind(new SockAddr("::1", 0)));
                Fails(Errno.EAFNOSUPPORT, () => s.Connect(new SockAddr("::1", 80)));
                Fails(Errno.EAFNOSUPPORT, () => udp.SendTo("x", new SockAddr("::1", 80)));
            }
        }

        [TestMethod]
        public void An_empty_host_is_any_address_of_the_sockets_family()
        {
            int port = FreePort();

            using (var s = new Socket())
            {
                s.Bind(new object[] { "", port });
                s.Listen();
                KernelConnect(new SockAddr(Network.Ours, port)).Dispose();
            }

            using (var s = new Socket(Socket.AF_INET6))
            {
                s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                s.Bind(new object[] { "", port });
                s.Listen();
                KernelConnect(new SockAddr(Network.Ours6, port)).Dispose();
            }
        }

        // ---- listen

        [TestMethod]
        [DataRow(0)]
        [DataRow(1)]
        [DataRow(5)]
        [DataRow(-5)]
        [DataRow(int.MinValue)]
        [DataRow(int.MaxValue)]
        public void Every_backlog_lets_a_client_in(int backlog)
        {
            using (Socket listener = OurListener(out SockAddr address, backlog))
            using (NetSocket client = KernelConnect(address))
            {
                Soon(() => listener.Accept()).Conn.Close();
            }
        }

        [TestMethod]
        public void Listen_without_a_backlog_lets_many_wait()
        {
            var address = new SockAddr(Network.Ours, FreePort());

            using (var listener = new Socket())
            {
                listener.Bind(address);
                listener.Listen();
                listener.Listen();

                List<NetSocket> clients = Enumerable.Range(0, 50).Select(_ => KernelConnect(address)).ToList();

                for (int i = 0; i < 50; i++)
                {
                    Soon(() => listener.Accept()).Conn.Close();
                }

                clients.ForEach(client => client.Dispose());
            }
        }

        [TestMethod]
        public void Listen_fails_on_datagrams_and_on_a_connection()
        {
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (Pair pair = Pair.Connected())
            using (Pair accepted = Pair.Accepted())
            {
                Fails(Errno.EOPNOTSUPP, () => udp.Listen());
                Fails(Errno.EINVAL, () => pair.Ours.Listen());
                Fails(Errno.EINVAL, () => accepted.Ours.Listen(3));
            }
        }

        [TestMethod]
        public void An_unbound_socket_may_listen()
        {
            using (var s = new Socket())
            {
                s.Listen();
                s.SetBlocking(false);
                Fails(Errno.EAGAIN, () => s.Accept());
            }
        }

        // ---- accept

        [TestMethod]
        public void Accept_gives_the_connection_and_the_peers_address()
        {
            using (Socket listener = OurListener(out SockAddr address))
            using (NetSocket client = KernelConnect(address))
            {
                AcceptResult result = Soon(() => listener.Accept());

                Assert.AreSame(result.Conn, result[0]);
                Assert.AreSame(result.Conn, result[-2]);
                Assert.AreSame(result.Address, result[1]);
                Assert.AreSame(result.Address, result[-1]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[2]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[-3]);

                var (conn, peer) = result;

                Assert.AreSame(result.Conn, conn);
                Assert.AreSame(result.Address, peer);
                Assert.AreEqual(client.LocalEndPoint, peer);
                Assert.AreEqual("('" + Network.Kernel + "', " + At(client).Port + ")", peer.ToString());

                client.Send(Bytes("question"));
                Assert.AreEqual("question", Text(Soon(() => conn.Recv(100))));
                conn.SendAll("answer");
                Assert.AreEqual("answer", Text(Receive(client, 6)));
                conn.Close();
            }
        }

        [TestMethod]
        public void Connections_are_accepted_in_the_order_of_their_arrival()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                var peers = new List<NetSocket>();

                for (int i = 0; i < 3; i++)
                {
                    peers.Add(KernelConnect(address));
                    peers[i].Send(new[] { (byte)i });
                }

                for (int i = 0; i < 3; i++)
                {
                    using (Socket conn = Soon(() => listener.Accept()).Conn)
                    {
                        Assert.AreEqual(i, Soon(() => conn.Recv(1))[0]);
                    }
                }

                peers.ForEach(peer => peer.Dispose());
            }
        }

        [TestMethod]
        public void Accept_fails_where_nothing_listens()
        {
            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EINVAL, () => s.Accept());
                s.Bind(AnyPort);
                Fails(Errno.EINVAL, () => s.Accept());
                Fails(Errno.EOPNOTSUPP, () => udp.Accept());
                Fails(Errno.EINVAL, () => pair.Ours.Accept());
            }
        }

        [TestMethod]
        public void A_non_blocking_Accept_gives_EAGAIN_or_the_connection_that_waits()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                listener.SetBlocking(false);
                Fails(Errno.EAGAIN, () => listener.Accept());

                using (NetSocket client = KernelConnect(address))
                {
                    // The connection is there when connect has returned, so a single look finds it.
                    listener.Accept().Conn.Close();
                    Fails(Errno.EAGAIN, () => listener.Accept());
                }
            }
        }

        [TestMethod]
        public void A_timed_Accept_gives_ETIMEDOUT_and_the_listener_works_on()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                listener.SetTimeout(0.2);
                FailsAfter(200, Errno.ETIMEDOUT, () => listener.Accept());
                listener.SetTimeout(10);

                using (NetSocket client = KernelConnect(address))
                {
                    Soon(() => listener.Accept()).Conn.Close();
                }
            }
        }

        [TestMethod]
        public void No_connection_is_lost_when_Accept_times_out_again_and_again()
        {
            const int Clients = 100;

            using (Socket listener = OurListener(out SockAddr address))
            {
                listener.SetTimeout(0.001);

                // Kept: the garbage collector resets a connection that nobody holds.
                var peers = new List<NetSocket>();
                Running<int> clients = Start(() =>
                {
                    for (int i = 0; i < Clients; i++)
                    {
                        peers.Add(KernelConnect(address));
                        peers[i].Send(BitConverter.GetBytes(i));
                    }
                });
                var seen = new HashSet<int>();

                Until(() =>
                {
                    try
                    {
                        using (Socket conn = listener.Accept().Conn)
                        {
                            seen.Add(BitConverter.ToInt32(Soon(() => conn.Read(4)), 0));
                        }
                    }
                    catch (OSError e) when (e.Errno == Errno.ETIMEDOUT)
                    {
                    }

                    return seen.Count == Clients;
                });
                clients.Result();
                peers.ForEach(peer => peer.Dispose());
            }
        }

        [TestMethod]
        public void An_accepted_socket_blocks_whatever_the_mode_of_the_listener()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                foreach (double timeout in new[] { 0, 0.05 })
                {
                    using (NetSocket client = KernelConnect(address))
                    {
                        listener.SetTimeout(timeout);
                        Socket conn = null;
                        Until(() => (conn = AcceptOrNull(listener)) != null);

                        Running<byte[]> read = Start(() => conn.Read(1));
                        System.Threading.Thread.Sleep(150);
                        LetItWait(read);
                        client.Send(Bytes("x"));
                        Assert.AreEqual("x", Text(read.Result()));
                        conn.Close();
                    }
                }
            }
        }

        [TestMethod]
        public void A_connection_that_was_ended_before_Accept_still_gives_its_data()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                using (NetSocket client = KernelConnect(address))
                {
                    client.Send(Bytes("gone"));
                }

                using (Socket conn = Soon(() => listener.Accept()).Conn)
                {
                    Assert.AreEqual("gone", Text(Soon(() => conn.Read())));
                    Assert.AreEqual(0, Soon(() => conn.Recv(1)).Length);
                }
            }
        }

        [TestMethod]
        public void A_connection_that_was_reset_before_Accept_says_so_and_is_in_nobodys_way()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                Reset(KernelConnect(address));

                if (Network.IsLwip)
                {
                    // It forgets such a connection; the next one is accepted.
                    using (NetSocket client = KernelConnect(address))
                    using (Socket conn = Soon(() => listener.Accept()).Conn)
                    {
                        client.Send(Bytes("next"));
                        Assert.AreEqual("next", Text(Soon(() => conn.Recv(10))));
                    }

                    return;
                }

                using (Socket conn = Soon(() => listener.Accept()).Conn)
                {
                    Fails(Errno.ECONNRESET, () => conn.Recv(1));
                    Assert.AreEqual(0, Soon(() => conn.Recv(1)).Length);
                }
            }
        }

        [TestMethod]
        public void Closing_a_listener_resets_the_connections_that_still_wait()
        {
            using (Socket listener = OurListener(out SockAddr address))
            using (NetSocket client = KernelConnect(address))
            {
                listener.Close();
                Assert.AreEqual(
                    SocketError.ConnectionReset, LifeTests.ErrorOf(() => client.Receive(new byte[1])));
            }
        }

        [TestMethod]
        public void A_listener_neither_sends_nor_receives_nor_connects()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                Fails(Errno.ENOTCONN, () => listener.Recv(1));
                Fails(Errno.ENOTCONN, () => listener.Read(1));
                Fails(Errno.ENOTCONN, () => listener.ReadLine());
                Fails(Errno.EPIPE, () => listener.Send("x"));
                Fails(Errno.EPIPE, () => listener.Write("x"));
                Fails(Errno.EISCONN, () => listener.Connect(address));
                listener.SetBlocking(false);
                Fails(Errno.ENOTCONN, () => listener.Recv(1));
            }
        }

        // ---- connect

        [TestMethod]
        public void A_refused_connection_is_an_OSError_and_a_SocketException()
        {
            using (var s = new Socket())
            {
                var address = new SockAddr(Network.Kernel, FreePort());
                OSError error = Fails(Errno.ECONNREFUSED, () => s.Connect(address));

                Assert.AreEqual("[Errno 111] ECONNREFUSED", error.Message);

                try
                {
                    s.Connect(address);
                    Assert.Fail();
                }
                catch (SocketException e)
                {
                    Assert.AreEqual(10061, e.ErrorCode);
                    Assert.AreEqual(SocketError.ConnectionRefused, e.SocketErrorCode);
                }

                s.SetTimeout(0.5);
                Fails(Errno.ECONNREFUSED, () => s.Connect(address));
                Fails(Errno.ECONNREFUSED, () => s.Connect(new SockAddr(Network.Kernel, 0)));
            }
        }

        [TestMethod]
        public void After_a_refusal_the_same_socket_may_try_again()
        {
            using (var s = new Socket())
            using (NetSocket listener = KernelListener())
            {
                Fails(Errno.ECONNREFUSED, () => s.Connect(new SockAddr(Network.Kernel, FreePort())));
                Soon(() => s.Connect(At(listener)));
                s.SendAll("second try");

                using (NetSocket peer = AcceptSoon(listener))
                {
                    Assert.AreEqual("second try", Text(Receive(peer, 10)));
                }
            }
        }

        [TestMethod]
        public void A_connected_socket_connects_no_more()
        {
            using (NetSocket listener = KernelListener())
            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EISCONN, () => pair.Ours.Connect(At(listener)));
                pair.Ours.SetBlocking(false);
                Fails(Errno.EISCONN, () => pair.Ours.Connect(At(listener)));
            }
        }

        [TestMethod]
        public void A_non_blocking_Connect_is_begun_and_told_once_when_it_is_over()
        {
            using (NetSocket listener = KernelListener())
            using (var s = new Socket())
            {
                s.SetBlocking(false);
                Fails(Errno.EINPROGRESS, () => s.Connect(At(listener)));

                Poller poller = Select.Poll();
                poller.Register(s, Select.POLLOUT);
                PollEvent[] events = Soon(() => poller.Poll(10000));
                Assert.AreEqual(1, events.Length);
                Assert.AreEqual(Select.POLLOUT, events[0].Event);

                s.Connect(At(listener));
                Fails(Errno.EISCONN, () => s.Connect(At(listener)));
                Assert.AreEqual(2, s.Send("ok"));

                using (NetSocket peer = AcceptSoon(listener))
                {
                    Assert.AreEqual("ok", Text(Receive(peer, 2)));
                }
            }
        }

        [TestMethod]
        public void A_refused_non_blocking_Connect_is_raised_once()
        {
            using (var s = new Socket())
            {
                s.SetBlocking(false);
                Fails(Errno.EINPROGRESS, () => s.Connect(new SockAddr(Network.Kernel, FreePort())));

                Poller poller = Select.Poll();
                poller.Register(s);
                Assert.AreEqual(29, Soon(() => poller.Poll(10000))[0].Event);
                Fails(Errno.ECONNREFUSED, () => s.Recv(1));
                Assert.AreEqual(0, s.Recv(1).Length);
                Assert.AreEqual(0, s.Read().Length);
                Fails(Errno.EPIPE, () => s.Write("x"));
            }
        }

        [TestMethod]
        public void A_Connect_that_nobody_answers_times_out_and_goes_on_until_it_stands()
        {
            using (FullListener full = FullListener.Make())
            using (NetSocket elsewhere = KernelListener())
            using (var s = new Socket())
            {
                var accepted = new List<NetSocket>();
                bool drained = false;
                s.SetTimeout(0.3);
                Fails(Errno.ETIMEDOUT, () => s.Connect(full.Address));
                Fails(Errno.EALREADY, () => s.Connect(full.Address));
                Fails(Errno.EALREADY, () => s.Connect(At(elsewhere)));

                // The kernel takes the attempt up at one of its next SYNs.
                Task drain = Task.Run(() =>
                {
                    while (!Volatile.Read(ref drained))
                    {
                        full.AcceptInto(accepted);
                        Thread.Sleep(10);
                    }
                });
                Poller poller = Select.Poll();
                poller.Register(s, Select.POLLOUT);
                Assert.AreEqual(Select.POLLOUT, Soon(() => poller.Poll(20000))[0].Event);
                Fails(Errno.EISCONN, () => s.Connect(At(elsewhere)));
                s.Connect(full.Address);
                Fails(Errno.EISCONN, () => s.Connect(full.Address));
                s.SendAll("there");
                Until(() =>
                {
                    lock (accepted)
                    {
                        return accepted.Exists(peer => peer.Available == 5);
                    }
                });
                Volatile.Write(ref drained, true);
                drain.Wait();
                accepted.ForEach(peer => peer.Dispose());
            }
        }

        [TestMethod]
        public void While_a_connect_is_under_way_nothing_moves()
        {
            using (FullListener full = FullListener.Make())
            using (var s = new Socket())
            {
                s.SetBlocking(false);
                Fails(Errno.EINPROGRESS, () => s.Connect(full.Address));
                Fails(Errno.EALREADY, () => s.Connect(full.Address));
                Fails(Errno.EAGAIN, () => s.Send("x"));
                Fails(Errno.EAGAIN, () => s.Recv(1));
                Assert.IsNull(s.Read());
                Assert.IsNull(s.Read(3));
                Assert.IsNull(s.ReadLine());
                Assert.AreEqual(Socket.None, s.Write("x"));
                Assert.AreEqual(Socket.None, s.ReadInto(new byte[1]));

                Poller poller = Select.Poll();
                poller.Register(s);
                Assert.AreEqual(0, poller.Poll(50).Length);
            }
        }

        private static Socket Reusing()
        {
            var s = new Socket();
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);

            return s;
        }

        private static Socket AcceptOrNull(Socket listener)
        {
            try
            {
                return listener.Accept().Conn;
            }
            catch (OSError e) when (e.Errno == Errno.EAGAIN || e.Errno == Errno.ETIMEDOUT)
            {
                return null;
            }
        }
    }

    /// <summary>A listener whose backlog is full: Linux drops further attempts, so a connect waits for ever.</summary>
    internal sealed class FullListener : IDisposable
    {
        private readonly NetSocket _listener;
        private readonly List<NetSocket> _clients = new List<NetSocket>();

        private FullListener(NetSocket listener)
        {
            _listener = listener;
        }

        internal IPEndPoint Address
        {
            get { return At(_listener); }
        }

        /// <summary>Takes what waits, and so makes room.</summary>
        internal void AcceptInto(List<NetSocket> accepted)
        {
            while (_listener.Poll(0, SelectMode.SelectRead))
            {
                NetSocket peer = _listener.Accept();

                lock (accepted)
                {
                    accepted.Add(peer);
                }
            }
        }

        internal static FullListener Make()
        {
            var full = new FullListener(KernelListener(0));

            // Two more than fit: those are on their way too, and take what room is left.
            for (int i = 0; i < 4; i++)
            {
                var client = new NetSocket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                {
                    Blocking = false,
                };
                full._clients.Add(client);

                try
                {
                    client.Connect(full.Address);
                }
                catch (SocketException e) when (
                    e.SocketErrorCode == SocketError.WouldBlock || e.SocketErrorCode == SocketError.InProgress)
                {
                }
            }

            return full;
        }

        public void Dispose()
        {
            _clients.ForEach(client => client.Dispose());
            _listener.Dispose();
        }
    }
}
