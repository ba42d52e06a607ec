// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>A socket's birth and end: constructor, FileNo, MakeFile, Close, Dispose, finaliser.</summary>
    [TestClass]
    public class LifeTests
    {
        [TestMethod]
        public void A_socket_without_arguments_is_TCP_over_IPv4()
        {
            using (NetSocket listener = KernelListener())
            using (var s = new Socket())
            {
                Assert.IsTrue(s.FileNo() >= 0);
                Assert.AreEqual("<_socket " + s.FileNo() + ">", s.ToString());
                Soon(() => s.Connect(At(listener)));
                Assert.AreEqual(2, s.Send("hi"));
                Assert.AreEqual("hi", Text(Receive(AcceptSoon(listener), 2)));
            }
        }

        [TestMethod]
        [DataRow(2, 1, 0)]
        [DataRow(2, 1, 6)]
        [DataRow(2, 2, 0)]
        [DataRow(2, 2, 17)]
        [DataRow(10, 1, 0)]
        [DataRow(10, 1, 6)]
        [DataRow(10, 2, 0)]
        [DataRow(10, 2, 17)]
        public void Every_family_type_and_protocol_that_fit_make_a_socket(int af, int type, int proto)
        {
            using (var s = new Socket(af, type, proto))
            {
                Assert.IsTrue(s.FileNo() >= 0);
            }
        }

        [TestMethod]
        [DataRow(999, 1, 0, Errno.EAFNOSUPPORT)]
        [DataRow(-1, 1, 0, Errno.EAFNOSUPPORT)]
        [DataRow(0, 1, 0, Errno.EAFNOSUPPORT)]
        [DataRow(2, 99, 0, Errno.EINVAL)]
        [DataRow(2, -1, 0, Errno.EINVAL)]
        [DataRow(2, 2, 6, Errno.EPROTONOSUPPORT)]
        [DataRow(2, 1, 17, Errno.EPROTONOSUPPORT)]
        [DataRow(2, 1, -1, Errno.EPROTONOSUPPORT)]
        public void What_does_not_fit_is_refused_and_takes_no_slot(int af, int type, int proto, int errno)
        {
            using (var before = new Socket())
            {
                int next = before.FileNo();
                before.Close();

                for (int i = 0; i < 600; i++)
                {
                    Assert.AreEqual(errno, Assert.ThrowsExactly<OSError>(() => new Socket(af, type, proto)).Errno);
                }

                using (var after = new Socket())
                {
                    Assert.AreEqual(next, after.FileNo());
                }
            }
        }

        [TestMethod]
        public void FileNo_is_the_lowest_free_number_and_minus_one_after_Close()
        {
            var a = new Socket();
            var b = new Socket();
            var c = new Socket();
            int first = a.FileNo();
            int second = b.FileNo();

            Assert.IsTrue(first < second && second < c.FileNo());

            b.Close();
            a.Close();
            Assert.AreEqual(-1, a.FileNo());
            Assert.AreEqual("<_socket -1>", a.ToString());

            a = new Socket();
            b = new Socket();
            Assert.AreEqual(first, a.FileNo());
            Assert.AreEqual(second, b.FileNo());

            a.Close();
            b.Close();
            c.Close();
        }

        [TestMethod]
        public void Close_and_Dispose_may_be_called_again_and_again()
        {
            var s = new Socket();
            s.Close();
            s.Close();
            s.Dispose();
            Assert.AreEqual(-1, s.FileNo());

            using (var other = new Socket())
            {
                s.Close();
                Assert.IsTrue(other.FileNo() >= 0, "a closed socket does not reach the one that reuses its slot");
                other.Listen();
            }
        }

        [TestMethod]
        public void Dispose_ends_the_connection_as_Close_does()
        {
            using (Pair pair = Pair.Connected())
            {
                using (pair.Ours)
                {
                    pair.Ours.Write("last words");
                }

                Assert.AreEqual("last words", Text(ReceiveAll(pair.Peer)));
            }
        }

        [TestMethod]
        public void Every_call_on_a_closed_socket_gives_EBADF()
        {
            var s = new Socket();
            var address = new SockAddr("127.0.0.1", 9);
            byte[] one = new byte[1];
            s.Close();

            Fails(Errno.EBADF, () => s.Bind(address));
            Fails(Errno.EBADF, () => s.Listen());
            Fails(Errno.EBADF, () => s.Listen(1));
            Fails(Errno.EBADF, () => s.Accept());
            Fails(Errno.EBADF, () => s.Connect(address));
            Fails(Errno.EBADF, () => s.Send(one));
            Fails(Errno.EBADF, () => s.Send(one, Socket.MSG_DONTWAIT));
            Fails(Errno.EBADF, () => s.Send("x"));
            Fails(Errno.EBADF, () => s.SendAll(one));
            Fails(Errno.EBADF, () => s.SendAll("x"));
            Fails(Errno.EBADF, () => s.SendAll(new byte[0]));
            Fails(Errno.EBADF, () => s.SendTo(one, address));
            Fails(Errno.EBADF, () => s.SendTo("x", address));
            Fails(Errno.EBADF, () => s.Recv(0));
            Fails(Errno.EBADF, () => s.Recv(1));
            Fails(Errno.EBADF, () => s.Recv(100000));
            Fails(Errno.EBADF, () => s.RecvFrom(1));
            Fails(Errno.EBADF, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1));
            Fails(Errno.EBADF, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, new byte[4]));
            Fails(Errno.EBADF, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, 100));
            Fails(Errno.EBADF, () => s.SetTimeout(1));
            Fails(Errno.EBADF, () => s.SetTimeout(null));
            Fails(Errno.EBADF, () => s.SetBlocking(true));
            Fails(Errno.EBADF, () => s.SetBlocking(false));
            Fails(Errno.EBADF, () => s.Read());
            Fails(Errno.EBADF, () => s.Read(1));
            Fails(Errno.EBADF, () => s.Read(100000));
            Fails(Errno.EBADF, () => s.ReadLine());
            Fails(Errno.EBADF, () => s.ReadLine(1));
            Fails(Errno.EBADF, () => s.ReadInto(one));
            Fails(Errno.EBADF, () => s.ReadInto(one, 1));
            Fails(Errno.EBADF, () => s.Write(one));
            Fails(Errno.EBADF, () => s.Write(one, 1));
            Fails(Errno.EBADF, () => s.Write(one, 0, 1));
            Fails(Errno.EBADF, () => s.Write("x"));
            Assert.AreSame(s, s.MakeFile());
        }

        [TestMethod]
        public void Stream_calls_of_no_bytes_do_not_touch_a_closed_socket()
        {
            var s = new Socket();
            s.Close();

            Assert.AreEqual(0, s.Read(0).Length);
            Assert.AreEqual(0, s.ReadLine(0).Length);
            Assert.AreEqual(0, s.ReadInto(new byte[0]));
            Assert.AreEqual(0, s.ReadInto(new byte[5], 0));
            Assert.AreEqual(0, s.Write(new byte[0]));
            Assert.AreEqual(0, s.Write(new byte[5], 0));
            Assert.AreEqual(0, s.Write(new byte[5], 5, 1));
            Assert.AreEqual(0, s.Write(""));
        }

        [TestMethod]
        public void Null_is_refused_where_an_argument_is_due()
        {
            using (var s = new Socket())
            {
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Bind(null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Connect(null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Send((byte[])null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Send((string)null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SendAll((byte[])null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SendAll((string)null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SendTo((byte[])null, new SockAddr("::1", 1)));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SendTo((string)null, new SockAddr("::1", 1)));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SendTo("x", null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.ReadInto(null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.ReadInto(null, 1));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Write((byte[])null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Write(null, 1));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Write(null, 0, 1));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.Write((string)null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.SetSockOpt(1, 2, null));
                Assert.ThrowsExactly<ArgumentNullException>(() => s.MakeFile(null));
            }
        }

        [TestMethod]
        public void MakeFile_gives_the_socket_itself_for_every_mode_of_bytes()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.AreSame(pair.Ours, pair.Ours.MakeFile());
                Assert.AreSame(pair.Ours, pair.Ours.MakeFile("rb"));

                foreach (string mode in new[] { "rb", "wb", "rwb", "r", "w", "rw" })
                {
                    Assert.AreSame(pair.Ours, pair.Ours.MakeFile(mode, 0), mode);
                }

                Assert.ThrowsExactly<ArgumentException>(() => pair.Ours.MakeFile("x"));
                Assert.ThrowsExactly<ArgumentException>(() => pair.Ours.MakeFile(""));

                Socket file = pair.Ours.MakeFile("rwb", 0);
                pair.Peer.Send(Bytes("a line\n"));
                Assert.AreEqual(2, file.Write("ok"));
                Assert.AreEqual("a line\n", Text(Soon(() => file.ReadLine())));
                file.Close();
                Assert.AreEqual(-1, pair.Ours.FileNo());
                Assert.AreEqual("ok", Text(ReceiveAll(pair.Peer)));
            }
        }

        [TestMethod]
        public void Close_sends_what_was_written_then_ends_the_stream()
        {
            byte[] bytes = Random(200000);

            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SendAll(bytes);
                pair.Ours.Close();
                AreSame(bytes, ReceiveAll(pair.Peer));
            }
        }

        [TestMethod]
        public void Close_over_unread_bytes_resets_the_connection()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Arrive("unread");
                pair.Ours.Close();
                Assert.AreEqual(SocketError.ConnectionReset, ErrorOf(() => pair.Peer.Receive(new byte[1])));
            }
        }

        [TestMethod]
        public void Close_after_all_was_read_ends_the_connection_in_order()
        {
            using (Pair pair = Pair.Accepted())
            {
                pair.Arrive("read");
                Assert.AreEqual("read", Text(Soon(() => pair.Ours.Recv(10))));
                pair.Ours.Close();
                Assert.AreEqual(0, pair.Peer.Receive(new byte[1]));
            }
        }

        [TestMethod]
        public void An_abandoned_socket_is_closed_by_the_garbage_collector()
        {
            using (NetSocket listener = KernelListener())
            {
                Soon(() => Abandon(At(listener)));

                using (NetSocket peer = AcceptSoon(listener))
                {
                    Until(() =>
                    {
                        Collect();

                        return peer.Poll(1000, SelectMode.SelectRead);
                    });
                    Assert.AreEqual("abandoned", Text(ReceiveAll(peer)));
                }
            }
        }

        [TestMethod]
        public void Many_abandoned_sockets_give_their_slots_back()
        {
            // More than the board has: without finalisers EMFILE would come.
            for (int i = 0; i < 3; i++)
            {
                Soon(() => AbandonMany(300));
                Collect();
            }

            using (var s = new Socket())
            {
                Assert.IsTrue(s.FileNo() < 100, "the slots are free again, but the lowest is " + s.FileNo());
            }
        }

        [TestMethod]
        public void A_socket_whose_constructor_failed_is_finalised_without_harm()
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.ThrowsExactly<OSError>(() => new Socket(999));
            }

            Collect();

            using (var s = new Socket())
            {
                s.Listen();
            }
        }

        [TestMethod]
        public void At_least_512_sockets_can_be_open_and_the_next_gives_EMFILE_at_once()
        {
            var sockets = new List<Socket>();
            Collect();

            try
            {
                OSError error = null;

                while (error == null && sockets.Count < 10000)
                {
                    try
                    {
                        sockets.Add(new Socket());
                    }
                    catch (OSError e)
                    {
                        error = e;
                    }
                }

                Assert.AreEqual(Errno.EMFILE, error.Errno);
                Assert.IsTrue(sockets.Count >= 512, "only " + sockets.Count);

                sockets[100].Close();

                using (var s = new Socket())
                {
                    Assert.AreEqual(100, s.FileNo() - sockets[0].FileNo(), "one is free again");
                }

                Assert.ThrowsExactly<OSError>(() => { sockets.Add(new Socket()); new Socket(); });
            }
            finally
            {
                sockets.ForEach(s => s.Close());
            }
        }

        [TestMethod]
        public void Without_a_free_slot_Accept_gives_EMFILE_and_the_connection_waits_until_there_is_one()
        {
            var sockets = new List<Socket>();

            using (Socket listener = OurListener(out SockAddr address))
            using (NetSocket client = KernelConnect(address))
            {
                try
                {
                    Assert.ThrowsExactly<OSError>(() =>
                    {
                        while (sockets.Count < 10000)
                        {
                            sockets.Add(new Socket());
                        }
                    });

                    listener.SetTimeout(5);
                    Fails(Errno.EMFILE, () => listener.Accept());
                    listener.SetBlocking(false);
                    Fails(Errno.EMFILE, () => listener.Accept());
                }
                finally
                {
                    sockets.ForEach(s => s.Close());
                }

                listener.SetBlocking(true);

                using (Socket conn = Soon(() => listener.Accept()).Conn)
                {
                    client.Send(Bytes("still here"));
                    Assert.AreEqual("still here", Text(Soon(() => conn.Read(10))));
                }
            }
        }

        [TestMethod]
        public void All_500_sockets_of_a_full_board_move_data()
        {
            var pairs = new List<Pair>();

            try
            {
                using (NetSocket listener = KernelListener(512))
                {
                    for (int i = 0; i < 500; i++)
                    {
                        pairs.Add(Pair.Connected());
                    }
                }

                byte[] bytes = Random(3000);

                foreach (Pair pair in pairs)
                {
                    pair.Peer.Send(bytes);
                    pair.Ours.SendAll(bytes);
                }

                for (int i = 0; i < pairs.Count; i++)
                {
                    Pair pair = pairs[i];
                    AreSame(bytes, Soon(() => pair.Ours.Read(3000)), "ours " + i);
                    AreSame(bytes, Receive(pair.Peer, 3000), "peer " + i);
                }
            }
            finally
            {
                pairs.ForEach(pair => pair.Dispose());
            }
        }

        [TestMethod]
        public void Sockets_are_keys_by_identity()
        {
            using (var a = new Socket())
            using (var b = new Socket())
            {
                var set = new HashSet<Socket> { a };
                a.Close();
                Assert.IsTrue(set.Contains(a));
                Assert.IsFalse(set.Contains(b));
                Assert.AreNotEqual(a, b);
            }
        }

        internal static SocketError ErrorOf(Action action)
        {
            try
            {
                Soon(action);
            }
            catch (SocketException e)
            {
                return e.SocketErrorCode;
            }

            return SocketError.Success;
        }

        private static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Abandon(EndPoint address)
        {
            var s = new Socket();
            s.Connect(address);
            s.Write("abandoned");
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void AbandonMany(int count)
        {
            for (int i = 0; i < count; i++)
            {
                new Socket().FileNo();
            }
        }
    }
}
