// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net.Sockets;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>Read, ReadInto, ReadLine and Write, and what they keep when the time is over.</summary>
    [TestClass]
    public class StreamTests
    {
        // ---- read

        [TestMethod]
        public void Read_joins_everything_up_to_the_end()
        {
            byte[] bytes = Random(1000000);

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() =>
                {
                    pair.Peer.Send(bytes, 0, 3, SocketFlags.None);
                    Thread.Sleep(20);
                    pair.Peer.Send(bytes, 3, 499997, SocketFlags.None);
                    Thread.Sleep(20);
                    pair.Peer.Send(bytes, 500000, 500000, SocketFlags.None);
                    pair.Peer.Close();
                });
                AreSame(bytes, Soon(() => pair.Ours.Read()));
                peer.Result();
                Assert.AreEqual(0, Soon(() => pair.Ours.Read()).Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.Read(-1)).Length);
            }
        }

        [TestMethod]
        public void Read_of_a_size_gives_exactly_that_and_less_only_at_the_end()
        {
            byte[] bytes = Random(1000);

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() =>
                {
                    for (int i = 0; i < 1000; i += 100)
                    {
                        pair.Peer.Send(bytes, i, 100, SocketFlags.None);
                        Thread.Sleep(2);
                    }

                    pair.Peer.Close();
                });
                AreSame(bytes[..250], Soon(() => pair.Ours.Read(250)));
                AreSame(bytes[250..], Soon(() => pair.Ours.Read(2000)));
                Assert.AreEqual(0, Soon(() => pair.Ours.Read(2000)).Length);
                peer.Result();
            }
        }

        [TestMethod]
        public void Read_of_minus_one_is_Read_and_below_is_refused()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.Read(-2));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.ReadLine(-2));
                pair.Peer.Send(Bytes("all of it"));
                pair.Peer.Close();
                Assert.AreEqual("all of it", Text(Soon(() => pair.Ours.Read(-1))));
            }
        }

        [TestMethod]
        public void Stream_calls_of_no_bytes_do_not_wait()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.AreEqual(0, Soon(() => pair.Ours.Read(0)).Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.ReadLine(0)).Length);
                Assert.AreEqual(0, Soon(() => pair.Ours.ReadInto(new byte[0])));
                Assert.AreEqual(0, Soon(() => pair.Ours.ReadInto(new byte[3], 0)));
                Assert.AreEqual(0, Soon(() => pair.Ours.Write("")));
                Assert.AreEqual(0, Soon(() => pair.Ours.Write(new byte[3], 3, 9)));
                Assert.AreEqual(0, Soon(() => pair.Ours.Write(new byte[3], 0)));
            }
        }

        [TestMethod]
        public void A_non_blocking_socket_gives_null_for_nothing_what_is_there_and_an_empty_array_at_the_end()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetBlocking(false);
                Assert.IsNull(pair.Ours.Read());
                Assert.IsNull(pair.Ours.Read(5));
                Assert.IsNull(pair.Ours.ReadLine());
                Assert.IsNull(pair.Ours.ReadLine(5));
                Assert.AreEqual(Socket.None, pair.Ours.ReadInto(new byte[5]));
                Assert.AreEqual(Socket.None, pair.Ours.ReadInto(new byte[5], 3));

                pair.Arrive("abc");
                Assert.AreEqual("abc", Text(pair.Ours.Read(5)));
                Assert.IsNull(pair.Ours.Read(5));
                pair.Arrive("def");
                Assert.AreEqual("def", Text(pair.Ours.Read()));
                pair.Arrive("part of a line");
                Assert.AreEqual("part of a line", Text(pair.Ours.ReadLine()));

                byte[] buffer = Bytes("-----");
                pair.Arrive("ghi");
                Assert.AreEqual(3, pair.Ours.ReadInto(buffer));
                Assert.AreEqual("ghi--", Text(buffer));
                Assert.AreEqual(Socket.None, pair.Ours.ReadInto(buffer));
                Assert.AreEqual("ghi--", Text(buffer), "untouched");

                pair.Arrive("last");
                pair.Peer.Close();
                Assert.AreEqual("last", Text(pair.Ours.Read()));
                Until(() => pair.Ours.Read() != null);
                Assert.AreEqual(0, pair.Ours.Read().Length);
                Assert.AreEqual(0, pair.Ours.Read(5).Length);
                Assert.AreEqual(0, pair.Ours.ReadLine().Length);
                Assert.AreEqual(0, pair.Ours.ReadInto(buffer));
            }
        }

        [TestMethod]
        public void A_reset_in_the_middle_of_a_Read_is_raised_and_what_it_had_taken_is_gone()
        {
            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> read = Start(() => pair.Ours.Read(100));
                pair.Peer.Send(Bytes("taken"));
                LetItWait(read);
                Reset(pair.Peer);
                read.Fails(Errno.ECONNRESET);
                Assert.AreEqual(0, Soon(() => pair.Ours.Read(100)).Length);
            }
        }

        // ---- readinto

        [TestMethod]
        public void ReadInto_fills_the_array_over_several_chunks()
        {
            using (Pair pair = Pair.Connected())
            {
                byte[] buffer = new byte[10];
                Running<int> read = Start(() => pair.Ours.ReadInto(buffer));
                pair.Peer.Send(Bytes("01234"));
                LetItWait(read);
                pair.Peer.Send(Bytes("56789"));
                Assert.AreEqual(10, read.Result());
                Assert.AreEqual("0123456789", Text(buffer));

                pair.Peer.Send(Bytes("end"));
                pair.Peer.Close();
                Assert.AreEqual(3, Soon(() => pair.Ours.ReadInto(buffer)));
                Assert.AreEqual(0, Soon(() => pair.Ours.ReadInto(buffer)));
            }
        }

        [TestMethod]
        public void ReadInto_of_a_number_leaves_the_rest_of_the_array_and_of_the_stream()
        {
            using (Pair pair = Pair.Connected())
            {
                byte[] buffer = Bytes("-----");
                pair.Arrive("hello world");
                Assert.AreEqual(2, Soon(() => pair.Ours.ReadInto(buffer, 2)));
                Assert.AreEqual("he---", Text(buffer));
                Assert.AreEqual(5, Soon(() => pair.Ours.ReadInto(buffer, 100)), "too many is the whole array");
                Assert.AreEqual("llo w", Text(buffer));
                Assert.AreEqual(4, Soon(() => pair.Ours.ReadInto(new byte[4], -1)), "negative is the whole array");
            }
        }

        // ---- readline

        [TestMethod]
        public void ReadLine_gives_lines_with_their_end_and_the_last_without()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Send(Bytes("a\r\nb\n\n\0c\rd\nno end"));
                pair.Peer.Close();
                Assert.AreEqual("a\r\n", Text(Soon(() => pair.Ours.ReadLine())));
                Assert.AreEqual("b\n", Text(Soon(() => pair.Ours.ReadLine(-1))));
                Assert.AreEqual("\n", Text(Soon(() => pair.Ours.ReadLine())));
                Assert.AreEqual("\0c\rd\n", Text(Soon(() => pair.Ours.ReadLine())));
                Assert.AreEqual("no end", Text(Soon(() => pair.Ours.ReadLine())));
                Assert.AreEqual("", Text(Soon(() => pair.Ours.ReadLine())));
            }
        }

        [TestMethod]
        public void ReadLine_of_a_size_leaves_the_rest_of_the_line()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Arrive("line\nnext\n");
                Assert.AreEqual("lin", Text(Soon(() => pair.Ours.ReadLine(3))));
                Assert.AreEqual("e\n", Text(Soon(() => pair.Ours.ReadLine(3))));
                Assert.AreEqual("next\n", Text(Soon(() => pair.Ours.ReadLine(5))));
            }
        }

        [TestMethod]
        public void ReadLine_waits_for_the_end_of_the_line()
        {
            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> line = Start(() => pair.Ours.ReadLine());
                pair.Peer.Send(Bytes("first half, "));
                LetItWait(line);
                pair.Peer.Send(Bytes("second half\nrest"));
                Assert.AreEqual("first half, second half\n", Text(line.Result()));
                Assert.AreEqual("rest", Text(Soon(() => pair.Ours.Recv(100))));
            }
        }

        [TestMethod]
        public void A_line_may_be_longer_than_the_ring()
        {
            byte[] bytes = Line(1000001);

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() => pair.Peer.Send([.. bytes, .. Bytes("x\n")]));
                AreSame(bytes, Soon(() => pair.Ours.ReadLine()));
                Assert.AreEqual("x\n", Text(Soon(() => pair.Ours.ReadLine())));
                peer.Result();
            }
        }

        [TestMethod]
        public void A_thousand_short_lines_come_one_by_one()
        {
            using (Pair pair = Pair.Accepted())
            {
                Running<int> peer = Start(() =>
                {
                    for (int i = 0; i < 1000; i++)
                    {
                        pair.Peer.Send(Bytes(new string('x', i % 200) + i + "\n"));
                    }
                });

                for (int i = 0; i < 1000; i++)
                {
                    Assert.AreEqual(new string('x', i % 200) + i + "\n", Text(Soon(() => pair.Ours.ReadLine())));
                }

                peer.Result();
            }
        }

        // ---- write

        [TestMethod]
        public void Write_counts_bytes_and_takes_parts()
        {
            using (Pair pair = Pair.Connected())
            {
                byte[] digits = Bytes("0123456789");

                Assert.AreEqual(10, pair.Ours.Write(digits));
                Assert.AreEqual(3, pair.Ours.Write(digits, 3));
                Assert.AreEqual(3, pair.Ours.Write(digits, 2, 3));
                Assert.AreEqual(3, pair.Ours.Write(Bytes("abc"), 10));
                Assert.AreEqual(3, pair.Ours.Write(Bytes("def"), -1));
                Assert.AreEqual(1, pair.Ours.Write(Bytes("ghi"), 2, 10));
                Assert.AreEqual(2, pair.Ours.Write(Bytes("jkl"), 1, -7));
                Assert.AreEqual(0, pair.Ours.Write(digits, 10, 1));
                Assert.AreEqual(0, pair.Ours.Write(digits, int.MaxValue, int.MaxValue));
                Assert.AreEqual(6, pair.Ours.Write("你好"));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.Write(digits, -1, 3));
                pair.Ours.Close();
                Assert.AreEqual("0123456789" + "012" + "234" + "abcdefikl你好", Text(ReceiveAll(pair.Peer)));
            }
        }

        [TestMethod]
        public void Write_of_megabytes_on_a_blocking_socket_writes_all()
        {
            byte[] bytes = Random(10000000);

            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> received = Start(() => ReceiveAll(pair.Peer));
                Assert.AreEqual(bytes.Length - 7, Soon(() => pair.Ours.Write(bytes, 7, -1)));
                pair.Ours.Close();
                AreSame(bytes[7..], received.Result());
            }
        }

        // ---- timeouts

        [TestMethod]
        public void Every_stream_call_gives_ETIMEDOUT_when_nothing_comes()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0.2);
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Read(5));
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Read());
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.ReadLine());
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.ReadInto(new byte[5]));
                pair.Peer.Send(Bytes("four"));
                Assert.AreEqual("four", Text(Soon(() => pair.Ours.Read(4))));
            }
        }

        [TestMethod]
        public void The_time_starts_again_with_every_chunk()
        {
            using (Pair pair = Pair.Connected())
            {
                // Each wait is well below the timeout, all of them together are above.
                pair.Ours.SetTimeout(1);
                Running<int> peer = Start(() =>
                {
                    foreach (char c in "abcdefgh\n")
                    {
                        Thread.Sleep(150);
                        pair.Peer.Send(new[] { (byte)c });
                    }
                });
                Assert.AreEqual("abcd", Text(Soon(() => pair.Ours.Read(4))));
                Assert.AreEqual("efgh\n", Text(Soon(() => pair.Ours.ReadLine())));
                peer.Result();
            }

            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0.5);
                Running<int> peer = Start(() =>
                {
                    for (int i = 0; i < 9; i++)
                    {
                        Thread.Sleep(100);
                        pair.Peer.Send(new[] { i == 8 ? (byte)'\n' : (byte)'x' });
                    }
                });
                Assert.AreEqual("xxxxxxxx\n", Text(Soon(() => pair.Ours.ReadLine())));
                peer.Result();
            }
        }

        [TestMethod]
        [DataRow(100000)]
        [DataRow(200000)]
        public void A_Write_to_a_slow_reader_outlasts_its_timeout_as_long_as_bytes_move(int count)
        {
            byte[] bytes = Random(count);

            using (Pair pair = Pair.Connected(null, 4096))
            {
                SmallSendBuffer(pair.Ours);
                Fill(pair.Ours);
                pair.Ours.SetTimeout(0.5);

                // The reader takes 8 KiB each 50 ms: far too slow for 100 000 bytes in half a second.
                using (var stop = new ManualResetEventSlim())
                {
                    Running<int> reader = Start(() =>
                    {
                        byte[] piece = new byte[8192];

                        while (!stop.IsSet)
                        {
                            pair.Peer.Receive(piece);
                            Thread.Sleep(50);
                        }
                    });
                    try
                    {
                        Assert.AreEqual(bytes.Length, Soon(() => pair.Ours.Write(bytes)));
                    }
                    finally
                    {
                        stop.Set();
                    }

                    reader.Result();
                }
            }
        }

        [TestMethod]
        [DataRow("Read")]
        [DataRow("Read n")]
        [DataRow("ReadInto")]
        [DataRow("ReadLine")]
        [DataRow("ReadLine n")]
        public void Bytes_taken_before_a_timeout_are_received_by_the_next_call(string call)
        {
            using (Pair pair = Pair.Connected())
            {
                TimeOutOver(pair, "kept", call);
                Assert.AreEqual("ke", Text(pair.Ours.Recv(2)));
                Assert.AreEqual("pt", Text(pair.Ours.Recv(10)));
                FailsAfter(50, Errno.ETIMEDOUT, () => pair.Ours.Recv(1));

                TimeOutOver(pair, "kept", call);
                pair.Peer.Send(Bytes(" and new\n"));
                Assert.AreEqual("kept and new\n", Text(Soon(() => pair.Ours.ReadLine())));

                TimeOutOver(pair, "kept", call);
                pair.Peer.Send(Bytes(" more"));
                byte[] buffer = new byte[9];
                Assert.AreEqual(9, Soon(() => pair.Ours.ReadInto(buffer)));
                Assert.AreEqual("kept more", Text(buffer));

                TimeOutOver(pair, "kept", call);
                pair.Peer.Send(Bytes(" to the end"));
                pair.Peer.Close();
                Assert.AreEqual("kept to the end", Text(Soon(() => pair.Ours.Read())));
            }
        }

        [TestMethod]
        public void A_long_line_cut_by_timeouts_is_not_lost()
        {
            byte[] bytes = Line(600000);

            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0.02);
                Running<int> peer = Start(() =>
                {
                    for (int i = 0; i < bytes.Length; i += 50000)
                    {
                        pair.Peer.Send(bytes, i, 50000, SocketFlags.None);
                        Thread.Sleep(60);
                    }
                });
                byte[] line = null;

                Until(() =>
                {
                    try
                    {
                        line = pair.Ours.ReadLine();
                    }
                    catch (OSError e) when (e.Errno == Errno.ETIMEDOUT)
                    {
                    }

                    return line != null;
                });
                AreSame(bytes, line);
                peer.Result();
            }
        }

        [TestMethod]
        public void Random_reads_under_tiny_timeouts_lose_and_double_no_byte()
        {
            byte[] bytes = Random(300000);

            using (Pair pair = Pair.Connected())
            {
                var random = new Random(7);
                pair.Ours.SetTimeout(0.001);
                Running<int> peer = Start(() =>
                {
                    var pause = new Random(8);

                    for (int i = 0; i < bytes.Length;)
                    {
                        int count = Math.Min(pause.Next(1, 3000), bytes.Length - i);
                        i += pair.Peer.Send(bytes, i, count, SocketFlags.None);

                        if (pause.Next(3) == 0)
                        {
                            Thread.Sleep(2);
                        }
                    }

                    pair.Peer.Close();
                });
                byte[] all = new byte[bytes.Length + 10000];
                int have = 0;

                Until(() =>
                {
                    byte[] piece = null;

                    try
                    {
                        switch (random.Next(6))
                        {
                            case 0:
                                piece = pair.Ours.Read(random.Next(1, 5000));
                                break;
                            case 1:
                                piece = pair.Ours.ReadLine();
                                break;
                            case 2:
                                piece = pair.Ours.ReadLine(random.Next(1, 300));
                                break;
                            case 3:
                                piece = pair.Ours.Recv(random.Next(1, 5000));
                                break;
                            case 4:
                                byte[] peeked = pair.Ours.Recv(random.Next(1, 100), Socket.MSG_PEEK);
                                piece = pair.Ours.Recv(peeked.Length);
                                AreSame(peeked[..piece.Length], piece, "peeked");
                                break;
                            default:
                                piece = new byte[random.Next(1, 5000)];
                                Array.Resize(ref piece, pair.Ours.ReadInto(piece));
                                break;
                        }
                    }
                    catch (OSError e) when (e.Errno == Errno.ETIMEDOUT)
                    {
                        return false;
                    }

                    piece.CopyTo(all, have);
                    have += piece.Length;

                    return piece.Length == 0;
                });
                AreSame(bytes, all[..have]);
                peer.Result();
            }
        }

        [TestMethod]
        public void Kept_bytes_can_be_peeked_polled_and_read_without_waiting()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours);
                TimeOutOver(pair, "kept", "Read n");

                PollEvent[] events = Soon(() => poller.Poll(0));
                Assert.AreEqual(1, events.Length);
                Assert.AreEqual(Select.POLLIN | Select.POLLOUT, events[0].Event);
                poller.Modify(pair.Ours, Select.POLLIN);
                Assert.AreEqual(Select.POLLIN, Soon(() => poller.Poll())[0].Event);
                poller.Modify(pair.Ours, Select.POLLOUT);
                Assert.AreEqual(Select.POLLOUT, Soon(() => poller.Poll())[0].Event);
                CollectionAssert.AreEqual(
                    new[] { pair.Ours }, Soon(() => Select.Sockets(new[] { pair.Ours }, null, null)).Readable);

                Assert.AreEqual("kep", Text(pair.Ours.Recv(3, Socket.MSG_PEEK)));
                RecvFromResult from = pair.Ours.RecvFrom(4, Socket.MSG_PEEK);
                Assert.AreEqual("kept", Text(from.Data));
                Assert.AreEqual(pair.Peer.LocalEndPoint, from.Address);
                Assert.AreEqual(0, pair.Ours.Recv(0).Length);
                pair.Ours.SetBlocking(false);
                Assert.AreEqual("ke", Text(pair.Ours.Read(2)));
                Assert.AreEqual("pt", Text(pair.Ours.Read()));
                Assert.IsNull(pair.Ours.Read());
                poller.Modify(pair.Ours, Select.POLLIN);
                Assert.AreEqual(0, poller.Poll(0).Length);
            }
        }

        [TestMethod]
        public void A_Poll_under_way_sees_bytes_that_a_timed_out_call_hands_back()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                pair.Ours.SetTimeout(0.3);
                Running<byte[]> read = Start(() => pair.Ours.Read(100));
                LetItWait(read);
                pair.Peer.Send(Bytes("kept"));
                Thread.Sleep(50);
                poller.Register(pair.Ours, Select.POLLIN);
                Running<PollEvent[]> poll = Start(() => poller.Poll());
                read.Fails(Errno.ETIMEDOUT);
                Assert.AreEqual(Select.POLLIN, poll.Result()[0].Event);
                Assert.AreEqual("kept", Text(pair.Ours.Recv(10)));
            }
        }

        [TestMethod]
        public void A_Recv_under_way_gets_bytes_that_a_timed_out_call_hands_back()
        {
            for (int i = 0; i < 5; i++)
            {
                using (Pair pair = Pair.Connected())
                {
                    // The first blocks for good; the second takes the bytes if it is faster, and gives them back.
                    Running<byte[]> receive = Start(() => pair.Ours.Recv(100));
                    LetItWait(receive);
                    pair.Ours.SetTimeout(0.1);
                    Running<byte[]> read = Start(() => pair.Ours.Read(100));
                    LetItWait(read);
                    pair.Peer.Send(Bytes("kept"));
                    read.Fails(Errno.ETIMEDOUT);
                    Assert.AreEqual("kept", Text(receive.Result(5000)));
                }
            }
        }

        [TestMethod]
        [DataRow("Read")]
        [DataRow("Read n")]
        [DataRow("ReadInto")]
        [DataRow("ReadLine")]
        [DataRow("ReadLine n")]
        public void Close_over_kept_bytes_sends_what_was_written_and_ends_the_stream(string call)
        {
            using (Pair pair = Pair.Connected())
            {
                TimeOutOver(pair, "kept", call);
                pair.Ours.Write("QUIT\r\n");
                pair.Ours.Close();
                Assert.AreEqual("QUIT\r\n", Text(ReceiveAll(pair.Peer)));
            }
        }

        [TestMethod]
        public void Close_over_kept_bytes_and_others_that_nobody_has_taken_resets_the_connection()
        {
            using (Pair pair = Pair.Connected())
            using (Pair other = Pair.Connected())
            {
                TimeOutOver(pair, "kept", "Read n");
                pair.Peer.Send(Bytes("and more"));

                // What is sent later to the same network stack arrives later, so these are in the ring or the stack.
                other.Peer.Send(Bytes("x"));
                Assert.AreEqual("x", Text(other.Ours.Recv(1)));

                pair.Ours.Close();
                Assert.AreEqual(
                    SocketError.ConnectionReset, LifeTests.ErrorOf(() => pair.Peer.Receive(new byte[1])));
            }
        }

        [TestMethod]
        public void Close_after_the_kept_bytes_were_read_does_not_reset()
        {
            using (Pair pair = Pair.Connected())
            {
                TimeOutOver(pair, "kept", "Read n");
                Assert.AreEqual("kept", Text(pair.Ours.Recv(4)));
                pair.Ours.Close();
                Assert.AreEqual(0, pair.Peer.Receive(new byte[1]));
            }
        }

        [TestMethod]
        public void ReadInto_fills_a_part_of_an_array_and_nothing_around_it()
        {
            using (Pair pair = Pair.Connected())
            {
                byte[] buffer = Bytes("..........");
                pair.Arrive("0123456789");
                Assert.AreEqual(3, pair.Ours.ReadInto(buffer, 4, 3));
                Assert.AreEqual("....012...", Text(buffer));
                Assert.AreEqual(2, pair.Ours.ReadInto(buffer, 8, 100), "cut to what the array has");
                Assert.AreEqual("....012.34", Text(buffer));
                Assert.AreEqual(1, pair.Ours.ReadInto(buffer, 9, -1), "all that follow");
                Assert.AreEqual("....012.35", Text(buffer));
                Assert.AreEqual(0, pair.Ours.ReadInto(buffer, 10, 5));
                Assert.AreEqual(0, pair.Ours.ReadInto(buffer, int.MaxValue, int.MaxValue));
                Assert.AreEqual(0, pair.Ours.ReadInto(buffer, 3, 0));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.ReadInto(buffer, -1, 1));
                Assert.ThrowsExactly<ArgumentNullException>(() => pair.Ours.ReadInto(null, 0, 1));
                Assert.AreEqual(4, pair.Ours.ReadInto(buffer, 0, 4));
                Assert.AreEqual("6789012.35", Text(buffer));

                pair.Ours.SetTimeout(0.05);
                pair.Arrive("xy");
                Fails(Errno.ETIMEDOUT, () => pair.Ours.ReadInto(buffer, 5, 3));
                Assert.AreEqual("xy", Text(pair.Ours.Recv(10)), "from the part, not from the start of the array");
            }
        }

        [TestMethod]
        [DataRow(8192)]
        [DataRow(8193)]
        [DataRow(65536)]
        [DataRow(700000)]
        [DataRow(3000000)]
        public void Read_to_the_end_and_of_a_size_join_what_came_in_pieces(int size)
        {
            byte[] bytes = Random(size);

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() =>
                {
                    pair.Peer.Send(bytes);
                    pair.Peer.Send(bytes);
                    pair.Peer.Shutdown(SocketShutdown.Send);

                    return 0;
                });
                AreSame(bytes, Soon(() => pair.Ours.Read(size)));
                AreSame(bytes, Soon(() => pair.Ours.Read()));
                peer.Result();
            }
        }

        [TestMethod]
        public void A_timed_out_Read_keeps_all_the_pieces_that_it_had()
        {
            byte[] bytes = Random(300000);

            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0.3);
                Running<int> peer = Start(() => pair.Peer.Send(bytes));
                Fails(Errno.ETIMEDOUT, () => pair.Ours.Read());
                peer.Result();
                AreSame(bytes, Soon(() => pair.Ours.Read(bytes.Length)));
            }
        }

        [TestMethod]
        public void A_timeout_is_a_number_of_any_type()
        {
            using (Pair pair = Pair.Connected())
            {
                foreach (object tenth in new object[] { 0.1, 0.1f, 0.1m, (Half)0.1 })
                {
                    pair.Ours.SetTimeout(tenth);
                    Fails(Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                }

                foreach (object zero in new object[]
                {
                    0, 0u, 0L, 0ul, (short)0, (ushort)0, (byte)0, (sbyte)0, (nint)0, (nuint)0,
                })
                {
                    pair.Ours.SetTimeout(null);
                    pair.Ours.SetTimeout(zero);
                    Fails(Errno.EAGAIN, () => pair.Ours.Recv(1));
                }

                pair.Ours.SetTimeout((double?)0.1);
                Fails(Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                pair.Ours.SetTimeout((int?)null);
                Running<byte[]> receive = Start(() => pair.Ours.Recv(1));
                LetItWait(receive);
                pair.Peer.Send(new byte[1]);
                receive.Result();
                pair.Ours.SetTimeout(ulong.MaxValue);
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.SetTimeout((object)-1));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.SetTimeout((double?)double.NaN));
            }
        }

        [TestMethod]
        public void Kept_bytes_come_before_a_reset_and_before_the_end()
        {
            using (Pair pair = Pair.Connected())
            {
                TimeOutOver(pair, "kept", "Read n");
                Reset(pair.Peer);
                Assert.AreEqual("kept", Text(Soon(() => pair.Ours.Recv(10))));
                pair.Ours.SetBlocking(true);
                Fails(Errno.ECONNRESET, () => pair.Ours.Recv(10));
                Assert.AreEqual(0, Soon(() => pair.Ours.Recv(10)).Length);
            }
        }

        // ---- modes

        [TestMethod]
        public void SetTimeout_of_null_and_of_infinity_and_SetBlocking_take_the_timeout_away()
        {
            Action<Socket>[] ways =
            {
                s => s.SetTimeout(null), s => s.SetTimeout(double.PositiveInfinity), s => s.SetBlocking(true),
            };

            foreach (Action<Socket> way in ways)
            {
                using (Pair pair = Pair.Connected())
                {
                    pair.Ours.SetTimeout(0.1);
                    way(pair.Ours);
                    Running<byte[]> read = Start(() => pair.Ours.Read(1));
                    Thread.Sleep(250);
                    LetItWait(read);
                    pair.Peer.Send(Bytes("x"));
                    Assert.AreEqual("x", Text(read.Result()));
                }
            }
        }

        [TestMethod]
        public void SetTimeout_of_0_is_non_blocking_and_of_next_to_nothing_is_not()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetTimeout(0);
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(1));
                Assert.IsNull(pair.Ours.Read(1));
                pair.Ours.SetTimeout(1e-7);
                Fails(Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                pair.Ours.SetTimeout(0.25);
                FailsAfter(250, Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                pair.Ours.SetTimeout(1);
                pair.Ours.SetTimeout(1e300);
                Running<byte[]> read = Start(() => pair.Ours.Recv(1));
                LetItWait(read);
                pair.Peer.Send(Bytes("x"));
                Assert.AreEqual("x", Text(read.Result()));
            }
        }

        [TestMethod]
        public void A_timeout_that_is_none_is_refused_and_the_mode_stays()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetBlocking(false);
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.SetTimeout(-1));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.SetTimeout(-1e-9));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => pair.Ours.SetTimeout(double.NaN));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(
                    () => pair.Ours.SetTimeout(double.NegativeInfinity));
                Assert.ThrowsExactly<ArgumentException>(() => pair.Ours.SetTimeout("1"));
                Assert.ThrowsExactly<ArgumentException>(() => pair.Ours.SetTimeout(true));
                Fails(Errno.EAGAIN, () => pair.Ours.Recv(1));
            }
        }

        [TestMethod]
        public void A_call_under_way_keeps_the_timeout_it_began_with()
        {
            using (Pair pair = Pair.Connected())
            {
                Running<byte[]> read = Start(() => pair.Ours.Read(1));
                LetItWait(read);
                pair.Ours.SetTimeout(0.05);
                Thread.Sleep(150);
                LetItWait(read);
                pair.Peer.Send(Bytes("x"));
                Assert.AreEqual("x", Text(read.Result()));
            }
        }

        /// <summary>A call takes the text, finds that it is not enough, and times out.</summary>
        private static void TimeOutOver(Pair pair, string text, string call)
        {
            pair.Arrive(text);
            pair.Ours.SetTimeout(0.05);
            Fails(Errno.ETIMEDOUT, () =>
            {
                switch (call)
                {
                    case "Read":
                        pair.Ours.Read();
                        break;
                    case "Read n":
                        pair.Ours.Read(100);
                        break;
                    case "ReadInto":
                        pair.Ours.ReadInto(new byte[100]);
                        break;
                    case "ReadLine":
                        pair.Ours.ReadLine();
                        break;
                    default:
                        pair.Ours.ReadLine(100);
                        break;
                }
            });
        }
    }
}
