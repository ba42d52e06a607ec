// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net.Sockets;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>Send, SendAll, SendTo, Recv and RecvFrom of a connection.</summary>
    [TestClass]
    public class MessageTests
    {
        // ---- sending

        [TestMethod]
        public void Send_counts_bytes_of_arrays_and_of_text()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.AreEqual(5, pair.Ours.Send(Bytes("12345")));
                Assert.AreEqual(5, pair.Ours.Send("é€"));
                Assert.AreEqual(4, pair.Ours.Send(Bytes("flag"), Socket.MSG_DONTWAIT));
                pair.Ours.SendAll("你好");
                pair.Ours.SendAll(new byte[] { 0, 10, 255 });
                Assert.AreEqual(1, pair.Ours.SendTo("!", new SockAddr("192.0.2.1", 7)), "the address is ignored");
                Assert.AreEqual(1, pair.Ours.SendTo(new byte[] { 7 }, new SockAddr("192.0.2.1", 7)));
                pair.Ours.Close();
                AreSame(
                    [.. Bytes("12345é€flag你好"), 0, 10, 255, .. Bytes("!"), 7], ReceiveAll(pair.Peer));
            }
        }

        [TestMethod]
        public void Sending_nothing_on_a_connection_does_nothing()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.AreEqual(0, pair.Ours.Send(new byte[0]));
                Assert.AreEqual(0, pair.Ours.Send(""));
                pair.Ours.SendAll(new byte[0]);
                pair.Ours.SendAll("");
                pair.Ours.SetBlocking(false);
                pair.Ours.SendAll(new byte[0]);
                Assert.AreEqual(0, pair.Ours.Send(new byte[0]));
                pair.Ours.Close();
                Assert.AreEqual(0, ReceiveAll(pair.Peer).Length);
            }
        }

        [TestMethod]
        public void Sending_nothing_returns_at_once_even_where_there_is_no_room()
        {
            using (Pair pair = Pair.Connected())
            {
                Fill(pair.Ours);
                Soon(() => pair.Ours.SendAll(new byte[0]));
                Assert.AreEqual(0, Soon(() => pair.Ours.Send(new byte[0])));
            }
        }

        [TestMethod]
        public void A_never_connected_socket_neither_sends_nor_receives()
        {
            using (var s = new Socket())
            {
                Fails(Errno.ENOTCONN, () => s.Send("x"));
                Fails(Errno.ENOTCONN, () => s.SendAll("x"));
                Fails(Errno.ENOTCONN, () => s.Write("x"));
                Fails(Errno.ENOTCONN, () => s.Recv(1));
                Fails(Errno.ENOTCONN, () => s.RecvFrom(1));
                Fails(Errno.ENOTCONN, () => s.Read());
                Fails(Errno.ENOTCONN, () => s.Read(1));
                Fails(Errno.ENOTCONN, () => s.ReadInto(new byte[1]));
                Fails(Errno.ENOTCONN, () => s.ReadLine());
                s.SetBlocking(false);
                Fails(Errno.ENOTCONN, () => s.Recv(1));
                Fails(Errno.ENOTCONN, () => s.Read(1));
            }
        }

        [TestMethod]
        public void Without_room_Send_gives_EAGAIN_and_Write_gives_None()
        {
            using (Pair pair = Pair.Connected())
            {
                int sent = Fill(pair.Ours);
                pair.Ours.SetBlocking(false);
                Fails(Errno.EAGAIN, () => pair.Ours.Send("x"));
                Fails(Errno.EAGAIN, () => pair.Ours.SendAll("x"));
                Assert.AreEqual(Socket.None, pair.Ours.Write("x"));
                Assert.AreEqual(Socket.None, pair.Ours.Write(new byte[9], 3, 2));
                pair.Ours.SetBlocking(true);
                Fails(Errno.EAGAIN, () => pair.Ours.Send(new byte[1], Socket.MSG_DONTWAIT));

                Running<int> all = Start(() => Receive(pair.Peer, sent + 1).Length);
                Assert.AreEqual(1, Soon(() => pair.Ours.Send("x")));
                Assert.AreEqual(sent + 1, all.Result());
            }
        }

        [TestMethod]
        public void Without_room_a_timed_Send_SendAll_and_Write_give_ETIMEDOUT()
        {
            using (Pair pair = Pair.Connected())
            {
                Fill(pair.Ours);
                pair.Ours.SetTimeout(0.2);
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Send("x"));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.SendAll("x"));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Write("x"));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Write(new byte[3000000]));
            }
        }

        [TestMethod]
        public void A_non_blocking_SendAll_of_too_much_gives_EAGAIN_and_Write_a_short_count()
        {
            byte[] bytes = Random(20000000);

            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetBlocking(false);
                int sent = pair.Ours.Write(bytes);
                Assert.IsTrue(sent > 0 && sent < bytes.Length, "sent " + sent);
                AreSame(bytes[..sent], Soon(() => Receive(pair.Peer, sent)));
                Fails(Errno.EAGAIN, () => pair.Ours.SendAll(bytes));
            }
        }

        [TestMethod]
        public void Send_may_be_short_but_not_empty()
        {
            byte[] bytes = Random(5000000);

            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> received = Start(() => ReceiveAll(pair.Peer));
                int done = 0;

                while (done < bytes.Length)
                {
                    int sent = Soon(() => pair.Ours.Send(bytes[done..]));
                    Assert.IsTrue(sent > 0);
                    done += sent;
                }

                pair.Ours.Close();
                AreSame(bytes, received.Result());
            }
        }

        [TestMethod]
        public void SendAll_sends_everything_in_order()
        {
            byte[] bytes = Random(5000000);

            using (Pair pair = Pair.Accepted())
            {
                Running<byte[]> received = Start(() => ReceiveAll(pair.Peer));
                Soon(() => pair.Ours.SendAll(bytes));
                pair.Ours.Close();
                AreSame(bytes, received.Result());
            }
        }

        [TestMethod]
        public void Sending_to_a_peer_that_has_closed_ends_in_EPIPE()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Close();
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
                Assert.AreEqual(1, pair.Ours.Send("x"), "the first goes out; the answer to it is a reset");

                OSError error = null;

                Until(() =>
                {
                    try
                    {
                        pair.Ours.Send("x");
                    }
                    catch (OSError e)
                    {
                        error = e;
                    }

                    return error != null;
                });
                Assert.AreEqual(Errno.EPIPE, error.Errno);
                Fails(Errno.EPIPE, () => pair.Ours.Send("x"));
                Fails(Errno.EPIPE, () => pair.Ours.Write("x"));
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
            }
        }

        [TestMethod]
        public void A_half_closed_peer_still_receives()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Shutdown(SocketShutdown.Send);
                Assert.AreEqual(0, Soon(() => pair.Ours.Read()).Length);
                Assert.AreEqual(4, pair.Ours.Write("more"));
                pair.Ours.Close();
                Assert.AreEqual("more", Text(ReceiveAll(pair.Peer)));
            }
        }

        [TestMethod]
        public void Unknown_flags_are_refused_with_EINVAL()
        {
            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EINVAL, () => pair.Ours.Send(new byte[1], Socket.MSG_PEEK));
                Fails(Errno.EINVAL, () => pair.Ours.Send(new byte[1], (MsgFlags)1));
                Fails(Errno.EINVAL, () => pair.Ours.Recv(1, (MsgFlags)1));
                Fails(Errno.EINVAL, () => pair.Ours.RecvFrom(1, (MsgFlags)128));
                pair.Arrive("ok");
                Assert.AreEqual("ok", Text(pair.Ours.Recv(2)));
            }
        }

        // ---- receiving

        [TestMethod]
        public void Recv_gives_what_is_there_and_the_rest_later()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Arrive("hello");
                Assert.AreEqual("he", Text(Soon(() => pair.Ours.Recv(2))));
                Assert.AreEqual("llo", Text(Soon(() => pair.Ours.Recv(100))));
                pair.Peer.Close();
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
            }
        }

        [TestMethod]
        public void A_non_blocking_Recv_and_RecvFrom_give_EAGAIN_and_the_end_is_not_EAGAIN()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetBlocking(false);
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(1));
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(0));
                Fails(Errno.EAGAIN, () => pair.Ours.RecvFrom(1));
                pair.Peer.Close();
                Until(() => NotAgain(() => pair.Ours.Recv(1))?.Length == 0);
                Assert.AreEqual(0, pair.Ours.RecvFrom(1).Data.Length);
            }
        }

        [TestMethod]
        public void MSG_DONTWAIT_does_not_wait_on_a_blocking_or_timed_socket()
        {
            using (Pair pair = Pair.Connected())
            {
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(3, Socket.MSG_DONTWAIT));
                Fails(Errno.EAGAIN, () => pair.Ours.RecvFrom(3, Socket.MSG_DONTWAIT));
                pair.Ours.SetTimeout(10);
                Soon(() => Fails(Errno.EAGAIN, () => pair.Ours.Recv(3, Socket.MSG_DONTWAIT)), 5000);
                pair.Arrive("x");
                Assert.AreEqual("x", Text(pair.Ours.Recv(3, Socket.MSG_DONTWAIT)));
            }
        }

        [TestMethod]
        public void MSG_PEEK_consumes_nothing()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Arrive("hello");
                Assert.AreEqual("hel", Text(Soon(() => pair.Ours.Recv(3, Socket.MSG_PEEK))));
                Assert.AreEqual("hel", Text(Soon(() => pair.Ours.Recv(3, Socket.MSG_PEEK | Socket.MSG_DONTWAIT))));

                RecvFromResult peeked = Soon(() => pair.Ours.RecvFrom(3, Socket.MSG_PEEK));
                Assert.AreEqual("hel", Text(peeked.Data));
                Assert.AreEqual(pair.Peer.LocalEndPoint, peeked.Address);
                Assert.AreEqual("hello", Text(Soon(() => pair.Ours.Recv(10))));
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(3, Socket.MSG_PEEK | Socket.MSG_DONTWAIT));
            }
        }

        [TestMethod]
        public void RecvFrom_on_a_connection_tells_the_peer()
        {
            using (Pair pair = Pair.Connected())
            using (Pair accepted = Pair.Accepted())
            {
                foreach (Pair one in new[] { pair, accepted })
                {
                    one.Peer.Send(Bytes("hi"));
                    RecvFromResult result = Soon(() => one.Ours.RecvFrom(10));

                    Assert.AreEqual("hi", Text(result.Data));
                    Assert.AreEqual(one.Peer.LocalEndPoint, result.Address);
                    Assert.AreSame(result.Data, result[0]);
                    Assert.AreSame(result.Data, result[-2]);
                    Assert.AreSame(result.Address, result[1]);
                    Assert.AreSame(result.Address, result[-1]);
                    Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[2]);
                    Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[-3]);

                    var (data, address) = result;

                    Assert.AreSame(result.Data, data);
                    Assert.AreSame(result.Address, address);

                    one.Peer.Close();
                    result = Soon(() => one.Ours.RecvFrom(10));
                    Assert.AreEqual(0, result.Data.Length);
                    Assert.IsNotNull(result.Address);
                }
            }
        }

        [TestMethod]
        public void Recv_of_no_bytes_waits_for_data_and_takes_none()
        {
            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> none = Start(() => pair.Ours.Recv(0));
                LetItWait(none);
                pair.Peer.Send(Bytes("data"));
                Assert.AreEqual(0, none.Result().Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(0)).Length);
                Assert.AreEqual("data", Text(Soon(() => pair.Ours.Read(4))));
            }
        }

        [TestMethod]
        public void A_negative_size_is_refused_and_the_socket_stays_usable()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.Recv(-1));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.RecvFrom(int.MinValue));
                pair.Peer.Send(Bytes("fine"));
                Assert.AreEqual("fine", Text(Soon(() => pair.Ours.Read(4))));
            }
        }

        [TestMethod]
        public void A_timed_Recv_and_RecvFrom_give_ETIMEDOUT()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0.2);
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.RecvFrom(1));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Recv(0));
                pair.Peer.Send(Bytes("late"));
                Assert.AreEqual("late", Text(Soon(() => pair.Ours.Recv(10))));
            }
        }

        [TestMethod]
        public void A_read_of_a_reset_connection_gives_what_had_arrived_then_ECONNRESET_once_then_nothing()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Arrive("arrived");
                Reset(pair.Peer);
                Assert.AreEqual("arri", Text(Soon(() => pair.Ours.Recv(4))));
                Assert.AreEqual("ved", Text(Soon(() => pair.Ours.Recv(10))));
                Fails(Errno.ECONNRESET, () => pair.Ours.Recv(1));
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.Read()).Length);
                Fails(Errno.EPIPE, () => pair.Ours.Send("x"));
            }
        }

        [TestMethod]
        public void A_reset_behind_more_than_a_ring_of_bytes_comes_after_them()
        {
            byte[] bytes = Random(1000000);

            using (Pair pair = Pair.Connected())
            {
                // All of it is in the kernel's buffers and the ring before the reset comes.
                pair.Peer.SendBufferSize = 4000000;
                pair.Peer.Blocking = false;
                int sent = 0;
                int quiet = 0;

                while (sent < bytes.Length && quiet < 50)
                {
                    try
                    {
                        sent += pair.Peer.Send(bytes, sent, bytes.Length - sent, SocketFlags.None);
                        quiet = 0;
                    }
                    catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
                    {
                        quiet++;
                        Thread.Sleep(2);
                    }
                }

                Until(() => Peek(pair.Ours, 262144) == 262144);
                Reset(pair.Peer);

                int have = 0;
                OSError error = null;

                while (error == null && have <= sent)
                {
                    try
                    {
                        byte[] piece = Soon(() => pair.Ours.Recv(100000));
                        Assert.AreNotEqual(0, piece.Length, "the reset is not an end");
                        AreSame(bytes[have..(have + piece.Length)], piece);
                        have += piece.Length;
                    }
                    catch (OSError e)
                    {
                        error = e;
                    }
                }

                Assert.AreEqual(Errno.ECONNRESET, error.Errno);
                Assert.IsTrue(have >= 262144);
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(1)).Length);
            }
        }

        [TestMethod]
        public void A_huge_size_does_not_make_a_huge_buffer()
        {
            using (Pair pair = Pair.Connected())
            {
                Running<long> test = Start(() =>
                {
                    pair.Arrive("warm");
                    pair.Ours.Recv(int.MaxValue);
                    pair.Peer.Send(Bytes("little"));
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    byte[] bytes = pair.Ours.Recv(int.MaxValue);
                    long used = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.AreEqual("little", Text(bytes));

                    return used;
                });
                Assert.IsTrue(test.Result() < 20000, "Recv allocated " + test.Result());

                test = Start(() =>
                {
                    pair.Peer.Send(Bytes("the end"));
                    pair.Peer.Close();
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    byte[] bytes = pair.Ours.Read(2000000000);
                    long used = GC.GetAllocatedBytesForCurrentThread() - before;
                    Assert.AreEqual("the end", Text(bytes));

                    return used;
                });
                Assert.IsTrue(test.Result() < 40000, "Read allocated " + test.Result());
            }
        }

        [TestMethod]
        public void A_huge_Read_and_ReadLine_and_RecvFrom_take_what_a_non_blocking_socket_has()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetBlocking(false);
                pair.Arrive(new byte[100000]);
                Assert.AreEqual(100000, pair.Ours.Read(int.MaxValue).Length);
                pair.Arrive("no line");
                Assert.AreEqual("no line", Text(pair.Ours.ReadLine(int.MaxValue)));
                pair.Arrive("from");
                Assert.AreEqual("from", Text(pair.Ours.RecvFrom(int.MaxValue).Data));
            }
        }

        [TestMethod]
        public void Send_Write_and_ReadInto_allocate_nothing()
        {
            using (Pair pair = Pair.Connected())
            {
                // Else each round waits for the peer's delayed acknowledgement.
                pair.Ours.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1);

                Running<long> test = Start(() =>
                {
                    byte[] buffer = new byte[100];

                    long Round()
                    {
                        long used = 0;

                        for (int i = 0; i < 200; i++)
                        {
                            long before = GC.GetAllocatedBytesForCurrentThread();
                            pair.Ours.Send(buffer);
                            pair.Ours.SendAll(buffer);
                            pair.Ours.Write(buffer);
                            pair.Ours.Write(buffer, 50);
                            pair.Ours.Write(buffer, 50, 50);
                            used += GC.GetAllocatedBytesForCurrentThread() - before;

                            int have = 0;

                            while (have < 400)
                            {
                                have += pair.Peer.Receive(buffer);
                            }

                            pair.Peer.Send(buffer);
                            before = GC.GetAllocatedBytesForCurrentThread();
                            pair.Ours.ReadInto(buffer, 40);
                            pair.Ours.ReadInto(buffer, 60);
                            used += GC.GetAllocatedBytesForCurrentThread() - before;
                        }

                        return used;
                    }

                    Round();

                    return Round();
                });
                Assert.AreEqual(0L, test.Result());
            }
        }

        private static byte[] NotAgain(Func<byte[]> receive)
        {
            try
            {
                return receive();
            }
            catch (OSError e) when (e.Errno == Errno.EAGAIN)
            {
                return null;
            }
        }
    }
}
