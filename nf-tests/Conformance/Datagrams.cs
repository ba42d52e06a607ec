// K230.nanoFramework, MIT licence: see LICENSE

using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C72 to C79.</summary>
    [TestClass]
    public class Datagrams
    {
        // Where a machine has no network, only the second is known as a broadcast address.
        private const string BROADCAST = "255.255.255.255";
        private const string LOOPBACK_BROADCAST = "127.255.255.255";

        [TestMethod]
        public void C72_A_datagram_arrives_with_the_address_of_its_sender()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp(out SockAddr from);

                Assert.AreEqual(11, sender.SendTo("hello world", to), "SendTo");
                RecvFromResult result = receiver.RecvFrom(100);
                Text("hello world", result.Data, "Data");
                Address(from, result.Address, "Address");

                var (data, address) = result;
                Assert.AreSame(result[0], data, "item 0");
                Assert.AreSame(result[1], address, "item 1");
            });
        }

        [TestMethod]
        public void C73_What_there_is_no_room_for_of_a_datagram_is_lost()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                net.Udp().SendTo("hello world", to);

                Text("hello", receiver.RecvFrom(5).Data, "RecvFrom");
                receiver.SetBlocking(false);
                WouldBlock("Recv", () => receiver.Recv(100));
            });
        }

        [TestMethod]
        public void C74_An_empty_datagram_is_a_datagram()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp(out SockAddr from);

                Assert.AreEqual(0, sender.SendTo(new byte[0], to), "SendTo");
                Assert.AreEqual(1, Events(receiver, Select.POLLIN, LIMIT_MS), "events");
                RecvFromResult result = receiver.RecvFrom(100);
                Empty(result.Data, "Data");
                Address(from, result.Address, "Address");
            });
        }

        [TestMethod]
        public void C75_Datagrams_keep_their_bounds_and_their_order()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();
                sender.SendTo("one", to);
                sender.SendTo("two two", to);

                Text("one", receiver.Recv(100), "first");
                Text("two two", receiver.Recv(100), "second");
            });
        }

        [TestMethod]
        public void C76_A_sender_that_is_not_bound_can_be_answered()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                Socket sender = net.Udp();
                sender.SendTo("question", to);

                RecvFromResult question = receiver.RecvFrom(100);
                receiver.SendTo("answer", question.Address);
                RecvFromResult answer = sender.RecvFrom(100);
                Text("answer", answer.Data, "Data");
                Address(to, answer.Address, "Address");
            });
        }

        [TestMethod]
        public void C77_Send_without_a_destination_raises_EDESTADDRREQ()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();

                Fails(Errno.EDESTADDRREQ, "Send", () => s.Send("x"));
            });
        }

        [TestMethod]
        public void C78_A_broadcast_without_permission_raises_EACCES()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();

                try
                {
                    s.SendTo("x", new SockAddr(BROADCAST, Net.NextPort()));
                }
                catch (OSError e)
                {
                    if (e.Errno == Errno.EACCES)
                    {
                        return;
                    }

                    Assert.AreEqual(Errno.ENETUNREACH, e.Errno, BROADCAST);
                    Fails(Errno.EACCES, LOOPBACK_BROADCAST, () => s.SendTo("x", new SockAddr(LOOPBACK_BROADCAST, 9)));

                    return;
                }

                Fail("the broadcast was sent");
            });
        }

        [TestMethod]
        public void C79_The_addresses_of_one_sender_are_equal()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket receiver = net.Udp(out SockAddr to);
                net.Udp().SendTo("x", to);

                RecvFromResult peeked = receiver.RecvFrom(10, Socket.MSG_PEEK);
                RecvFromResult read = receiver.RecvFrom(10);
                Text("x", peeked.Data, "peeked");
                Text("x", read.Data, "read");
                Assert.IsTrue(peeked.Address == read.Address, "equal by operator");
                Assert.IsTrue(peeked.Address.Equals(read.Address), "equal by method");
                Assert.AreEqual(peeked.Address.GetHashCode(), read.Address.GetHashCode(), "hash codes");
                Assert.AreEqual(0, Events(receiver, Select.POLLIN, 0), "events");
            });
        }
    }
}
