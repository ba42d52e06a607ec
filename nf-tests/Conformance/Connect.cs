// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C28 to C34.</summary>
    [TestClass]
    public class Connect
    {
        [TestMethod]
        public void C28_Connect_to_a_listener_makes_two_usable_ends()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket c = net.Tcp();
                c.Connect(address);
                Socket s = net.Accepted(listener);

                c.Send("ping");
                Text("ping", s.Read(4), "to the server");
                s.Send("pong");
                Text("pong", c.Read(4), "to the client");
            });
        }

        [TestMethod]
        public void C29_Connect_to_a_closed_port_raises_ECONNREFUSED()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket c = net.Tcp();
                SockAddr address = net.ClosedPort();

                Fails(Errno.ECONNREFUSED, "Connect", () => c.Connect(address));
            });
        }

        [TestMethod]
        public void C30_Connect_on_a_connected_socket_raises_EISCONN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                net.Listener(out SockAddr address);
                Socket c = net.Connected(address);

                Fails(Errno.EISCONN, "Connect", () => c.Connect(address));
            });
        }

        [TestMethod]
        public void C31_A_nonblocking_Connect_raises_EINPROGRESS_and_POLLOUT_tells_its_end()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket c = net.Tcp();
                c.SetBlocking(false);

                Fails(Errno.EINPROGRESS, "Connect", () => c.Connect(address));
                Assert.AreEqual(4, Events(c, Select.POLLOUT, LIMIT_MS), "events");
                Assert.AreEqual(1, c.Send("x"));
                Text("x", net.Accepted(listener).Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void C32_Connect_of_a_datagram_socket_sets_where_Send_sends()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr address);
                Socket sender = net.Udp();
                sender.Connect(address);

                Assert.AreEqual(3, sender.Send("abc"));
                Text("abc", receiver.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void C33_Connect_takes_nothing_but_an_address()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket c = net.Tcp();

                Throws(typeof(ArgumentNullException), "null", () => c.Connect(null));
                Throws(typeof(ArgumentException), "text", () => c.Connect("127.0.0.1"));
            });
        }

        [TestMethod]
        public void C34_A_timed_Connect_to_a_closed_port_is_refused_and_does_not_time_out()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = net.ClosedPort();
                Socket c = net.Tcp();
                c.SetTimeout(0.5);

                Fails(Errno.ECONNREFUSED, "Connect", () => c.Connect(address));
            });
        }
    }
}
