// K230.nanoFramework, MIT licence: see LICENSE

using System.Threading;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C13 to C27.</summary>
    [TestClass]
    public class BindListenAccept
    {
        [TestMethod]
        public void C13_A_second_Bind_raises_EINVAL()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();
                Net.Bind(s);

                Fails(Errno.EINVAL, "Bind", () => Net.Bind(s));
            });
        }

        [TestMethod]
        public void C14_The_port_of_a_listener_raises_EADDRINUSE()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                net.Listener(out SockAddr address);
                Socket second = net.Tcp();

                Fails(Errno.EADDRINUSE, "Bind", () => second.Bind(address));
            });
        }

        [TestMethod]
        public void C15_An_address_of_another_machine_raises_EADDRNOTAVAIL()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.EADDRNOTAVAIL, "Bind", () => s.Bind(new SockAddr(Network.Foreign, Net.NextPort())));
            });
        }

        [TestMethod]
        [DataRow(int.MaxValue)]
        [DataRow(0)]
        [DataRow(-5)]
        [DataRow(5)]
        public void C16_Every_backlog_lets_a_client_connect(int backlog)
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Tcp();
                SockAddr address = Net.Bind(listener);

                if (backlog == int.MaxValue)
                {
                    listener.Listen();
                }
                else
                {
                    listener.Listen(backlog);
                }

                net.Connected(address).Send("x");
                Text("x", net.Accepted(listener).Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void C17_Listen_on_a_datagram_socket_raises_EOPNOTSUPP()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();

                Fails(Errno.EOPNOTSUPP, "Listen", () => s.Listen());
            });
        }

        [TestMethod]
        public void C18_Listen_on_a_connected_socket_raises_EINVAL()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Fails(Errno.EINVAL, "Listen of the client", () => pair.C.Listen());
                Fails(Errno.EINVAL, "Listen of the accepted side", () => pair.S.Listen());
            });
        }

        [TestMethod]
        public void C19_Accept_on_a_socket_that_does_not_listen_raises_EINVAL()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();
                Net.Bind(s);

                Fails(Errno.EINVAL, "Accept", () => s.Accept());
            });
        }

        [TestMethod]
        public void C20_Accept_on_a_datagram_socket_raises_EOPNOTSUPP()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp(out SockAddr _);

                Fails(Errno.EOPNOTSUPP, "Accept", () => s.Accept());
            });
        }

        [TestMethod]
        public void C21_A_nonblocking_Accept_without_a_client_raises_EAGAIN_at_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr _);
                listener.SetBlocking(false);

                WouldBlock("Accept", () => listener.Accept());
            });
        }

        [TestMethod]
        public void C22_A_timed_Accept_without_a_client_raises_ETIMEDOUT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                listener.SetTimeout(0.2);

                TimesOut(200, "Accept", () => listener.Accept());

                // Section 4: after a timeout the listener works on as before.
                net.Connected(address).Send("x");
                Text("x", net.Accepted(listener).Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void C23_Accept_gives_the_address_that_the_client_is_bound_to()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket client = net.Tcp();
                SockAddr bound = Net.Bind(client);
                client.Connect(address);

                AcceptResult result = listener.Accept();
                net.Keep(result.Conn);
                Address(bound, result.Address, "Accept");
            });
        }

        [TestMethod]
        public void C24_Clients_are_accepted_in_the_order_of_their_arrival()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);

                for (int i = 0; i < 3; i++)
                {
                    net.Connected(address).Send(i.ToString());
                }

                for (int i = 0; i < 3; i++)
                {
                    Text(i.ToString(), net.Accepted(listener).Recv(10), "Recv");
                }
            });
        }

        [TestMethod]
        public void C25_Recv_on_a_listening_socket_raises_ENOTCONN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr _);

                Fails(Errno.ENOTCONN, "blocking Recv", () => listener.Recv(1));
                listener.SetBlocking(false);
                Fails(Errno.ENOTCONN, "nonblocking Recv", () => listener.Recv(1));
            });
        }

        [TestMethod]
        public void C26_The_result_of_Accept_can_be_indexed_and_deconstructed()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                net.Connected(address).Send("x");

                AcceptResult result = listener.Accept();
                var (conn, peer) = result;
                net.Keep(conn);

                Assert.AreSame(conn, result[0], "item 0");
                Assert.AreSame(peer, result[1], "item 1");
                Assert.AreSame(conn, result.Conn, "Conn");
                Assert.AreSame(peer, result.Address, "Address");
                Text("x", conn.Recv(1), "Recv");
                Assert.AreEqual(Network.Host, (string)peer[0], "host of the address");
            });
        }

        [TestMethod]
        public void C27_Accept_takes_a_client_that_came_before_it_at_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                net.Connected(address);
                Thread.Sleep(50);

                long begun = Now();
                net.Accepted(listener);
                About(0, Now() - begun, "Accept");
            });
        }
    }
}
