// K230.nanoFramework, MIT licence: see LICENSE

using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C01 to C12.</summary>
    [TestClass]
    public class ConstructionAndClose
    {
        [TestMethod]
        public void C01_A_socket_without_arguments_is_TCP_over_IPv4()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket c = net.Keep(new Socket());

                Assert.IsTrue(c.FileNo() >= 0);
                c.Connect(address);
                c.Send("x");
                Text("x", net.Accepted(listener).Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void C02_Every_right_combination_of_arguments_makes_a_socket()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();

                Assert.IsTrue(net.Keep(new Socket(2, 1, 0)).FileNo() >= 0, "stream");
                Assert.IsTrue(net.Keep(new Socket(2, 1, 6)).FileNo() >= 0, "stream by TCP");
                Assert.IsTrue(net.Keep(new Socket(2, 2)).FileNo() >= 0, "datagrams");
                Assert.IsTrue(net.Keep(new Socket(2, 2, 17)).FileNo() >= 0, "datagrams by UDP");
            });
        }

        [TestMethod]
        public void C03_An_unknown_family_raises_EAFNOSUPPORT()
        {
            RunWithin(LIMIT_MS, () => Fails(Errno.EAFNOSUPPORT, "family 999", () => new Socket(999).Close()));
        }

        [TestMethod]
        public void C04_An_unknown_type_raises_EINVAL()
        {
            RunWithin(LIMIT_MS, () => Fails(Errno.EINVAL, "type 99", () => new Socket(2, 99).Close()));
        }

        [TestMethod]
        public void C05_Datagrams_by_TCP_raise_EPROTONOSUPPORT()
        {
            RunWithin(LIMIT_MS, () => Fails(Errno.EPROTONOSUPPORT, "protocol 6", () => new Socket(2, 2, 6).Close()));
        }

        [TestMethod]
        public void C06_A_closed_socket_has_the_number_minus_one()
        {
            RunWithin(LIMIT_MS, () =>
            {
                Socket s = new Socket();
                s.Close();

                Assert.AreEqual(-1, s.FileNo());
            });
        }

        [TestMethod]
        public void C07_Closing_twice_is_no_error()
        {
            RunWithin(LIMIT_MS, () =>
            {
                Socket s = new Socket();
                s.Close();
                s.Close();

                Assert.AreEqual(-1, s.FileNo());
            });
        }

        [TestMethod]
        public void C08_A_closed_socket_raises_EBADF_from_every_message_call()
        {
            RunWithin(LIMIT_MS, () =>
            {
                Socket s = new Socket();
                SockAddr address = new SockAddr(Network.Host, Net.NextPort());
                byte[] data = new byte[1];
                s.Close();

                Fails(Errno.EBADF, "Bind", () => s.Bind(address));
                Fails(Errno.EBADF, "Listen()", () => s.Listen());
                Fails(Errno.EBADF, "Listen", () => s.Listen(1));
                Fails(Errno.EBADF, "Accept", () => s.Accept());
                Fails(Errno.EBADF, "Connect", () => s.Connect(address));
                Fails(Errno.EBADF, "Send", () => s.Send(data));
                Fails(Errno.EBADF, "SendAll", () => s.SendAll(data));
                Fails(Errno.EBADF, "SendTo", () => s.SendTo(data, address));
                Fails(Errno.EBADF, "Recv", () => s.Recv(1));
                Fails(Errno.EBADF, "Recv of nothing", () => s.Recv(0));
                Fails(Errno.EBADF, "RecvFrom", () => s.RecvFrom(1));
                Fails(Errno.EBADF, "SetSockOpt", () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1));
                Fails(Errno.EBADF, "SetTimeout", () => s.SetTimeout(1));
                Fails(Errno.EBADF, "SetTimeout(null)", () => s.SetTimeout(null));
                Fails(Errno.EBADF, "SetBlocking", () => s.SetBlocking(true));
            });
        }

        [TestMethod]
        public void C09_A_closed_socket_raises_EBADF_from_every_stream_call()
        {
            RunWithin(LIMIT_MS, () =>
            {
                Socket s = new Socket();
                byte[] data = new byte[1];
                s.Close();

                Fails(Errno.EBADF, "Read()", () => s.Read());
                Fails(Errno.EBADF, "Read(1)", () => s.Read(1));
                Fails(Errno.EBADF, "ReadLine", () => s.ReadLine());
                Fails(Errno.EBADF, "ReadInto", () => s.ReadInto(data));
                Fails(Errno.EBADF, "Write", () => s.Write(data));
            });
        }

        [TestMethod]
        public void C10_The_peer_of_a_closed_socket_receives_an_empty_array_again_and_again()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.Close();

                Empty(pair.S.Recv(10), "first");
                Empty(pair.S.Recv(10), "second");
            });
        }

        [TestMethod]
        public void C11_What_was_written_before_a_close_still_arrives()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(30000);

                Assert.AreEqual(sent.Length, pair.C.Write(sent));
                pair.C.Close();
                Bytes(sent, pair.S.Read(), "Read");
            });
        }

        [TestMethod]
        public void C12_Dispose_is_Close()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.Dispose();

                Assert.AreEqual(-1, pair.C.FileNo());
                Fails(Errno.EBADF, "Recv", () => pair.C.Recv(1));
                Empty(pair.S.Recv(1), "the peer");
                pair.C.Dispose();
                pair.C.Close();
            });
        }
    }
}
