// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C35 to C47.</summary>
    [TestClass]
    public class MessageCalls
    {
        [TestMethod]
        public void C35_Send_gives_the_number_of_bytes()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Assert.AreEqual(5, pair.C.Send(ToBytes("hello")), "five bytes");
                Assert.AreEqual(5, pair.C.Send("\u00e9\u20ac"), "two letters of two and three bytes");
                Text("hello\u00e9\u20ac", pair.S.Read(10), "Read");
            });
        }

        [TestMethod]
        public void C36_Send_of_nothing_sends_nothing()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Assert.AreEqual(0, pair.C.Send(new byte[0]));
                pair.S.SetTimeout(0.1);
                TimesOut(100, "Recv", () => pair.S.Recv(10));
                pair.C.Send("x");
                pair.S.SetBlocking(true);
                Text("x", pair.S.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void C37_Recv_gives_what_is_there_at_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Send("abc");
                AwaitBytes(pair.C, 3);

                long begun = Now();
                Text("abc", pair.C.Recv(100), "Recv");
                About(0, Now() - begun, "Recv");
            });
        }

        [TestMethod]
        public void C38_Recv_leaves_what_it_has_no_room_for()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Send("hello");
                AwaitBytes(pair.C, 5);

                Text("he", pair.C.Recv(2), "first");
                Text("llo", pair.C.Recv(10), "second");
            });
        }

        [TestMethod]
        public void C39_A_nonblocking_Recv_of_nothing_raises_EAGAIN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Socket udp = pair.Udp(out SockAddr _);
                pair.C.SetBlocking(false);
                udp.SetBlocking(false);

                WouldBlock("Recv", () => pair.C.Recv(10));
                WouldBlock("RecvFrom", () => pair.C.RecvFrom(10));
                WouldBlock("Recv of a datagram", () => udp.Recv(10));
                WouldBlock("RecvFrom of a datagram", () => udp.RecvFrom(10));
            });
        }

        [TestMethod]
        public void C40_A_timed_Recv_of_nothing_raises_ETIMEDOUT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Socket udp = pair.Udp(out SockAddr _);
                pair.C.SetTimeout(0.2);
                udp.SetTimeout(0.2);

                TimesOut(200, "Recv", () => pair.C.Recv(10));
                TimesOut(200, "RecvFrom", () => pair.C.RecvFrom(10));
                TimesOut(200, "Recv of a datagram", () => udp.Recv(10));
                TimesOut(200, "RecvFrom of a datagram", () => udp.RecvFrom(10));
            });
        }

        [TestMethod]
        public void C41_Recv_on_a_new_socket_raises_ENOTCONN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.ENOTCONN, "Recv", () => s.Recv(1));
            });
        }

        [TestMethod]
        public void C42_Send_on_a_new_socket_raises_ENOTCONN()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();

                Fails(Errno.ENOTCONN, "Send", () => s.Send("x"));
            });
        }

        [TestMethod]
        public void C43_Recv_of_less_than_nothing_is_refused_and_harms_nothing()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Throws(typeof(ArgumentOutOfRangeException), "Recv(-1)", () => pair.C.Recv(-1));
                pair.S.Send("x");
                Text("x", pair.C.Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void C44_SendAll_sends_a_million_bytes_in_order()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(1000000);
                byte[] got = null;
                var reader = new Worker(() => got = pair.S.Read());

                pair.C.SendAll(sent);
                pair.C.Close();
                reader.End();
                Bytes(sent, got, "Read");
            });
        }

        [TestMethod]
        public void C45_SendAll_of_nothing_has_no_effect()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                pair.C.SendAll(new byte[0]);
                pair.S.SetTimeout(0.1);
                TimesOut(100, "Recv", () => pair.S.Recv(10));
                pair.C.SendAll("x");
                pair.S.SetBlocking(true);
                Text("x", pair.S.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void C46_A_peek_consumes_nothing()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Send("hello");
                AwaitBytes(pair.C, 5);

                Text("hel", pair.C.Recv(3, Socket.MSG_PEEK), "first peek");
                Text("hel", pair.C.Recv(3, Socket.MSG_PEEK), "second peek");
                Text("hello", pair.C.Recv(10), "Recv");
            });
        }

        [TestMethod]
        public void C47_MSG_DONTWAIT_raises_EAGAIN_on_a_blocking_socket()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                WouldBlock("Recv", () => pair.C.Recv(3, Socket.MSG_DONTWAIT));
                pair.C.SetTimeout(0.2);
                WouldBlock("Recv with a timeout", () => pair.C.Recv(3, Socket.MSG_DONTWAIT));
                pair.S.Send("abc");
                AwaitBytes(pair.C, 3);
                Text("abc", pair.C.Recv(3, Socket.MSG_DONTWAIT), "Recv of what is there");
            });
        }
    }
}
