// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C48 to C65.</summary>
    [TestClass]
    public class StreamCalls
    {
        [TestMethod]
        public void C48_Write_gives_the_length_and_the_peer_reads_the_same()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(1000);

                Assert.AreEqual(1000, pair.C.Write(sent));
                Bytes(sent, pair.S.Read(1000), "Read");
            });
        }

        [TestMethod]
        public void C49_Write_of_text_counts_bytes()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Assert.AreEqual(6, pair.C.Write("\u4f60\u597d"));
                Text("\u4f60\u597d", pair.S.Read(6), "Read");
            });
        }

        [TestMethod]
        public void C50_Write_takes_a_length_and_an_offset()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = ToBytes("abcdefg");

                Assert.AreEqual(3, pair.C.Write(buf, 3), "with a length");
                Text("abc", pair.S.Read(3), "with a length");
                Assert.AreEqual(3, pair.C.Write(buf, 2, 3), "with offset and length");
                Text("cde", pair.S.Read(3), "with offset and length");
                Assert.AreEqual(3, pair.C.Write(ToBytes("xyz"), 10), "with too large a length");
                Text("xyz", pair.S.Read(3), "with too large a length");
                Assert.AreEqual(0, pair.C.Write(buf, 8, 3), "with an offset beyond the end");

                pair.C.Close();
                Empty(pair.S.Read(), "the end");
            });
        }

        [TestMethod]
        public void C51_Read_joins_all_chunks_to_the_end()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                var sender = new Worker(() =>
                {
                    pair.S.Write("one ");
                    Thread.Sleep(30);
                    pair.S.Write("two ");
                    Thread.Sleep(30);
                    pair.S.Write("three");
                    pair.S.Close();
                });

                Text("one two three", pair.C.Read(), "Read");
                sender.End();
            });
        }

        [TestMethod]
        public void C52_Read_of_a_size_collects_chunks_up_to_just_that_size()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(300);
                byte[] expected = new byte[250];
                Array.Copy(sent, 0, expected, 0, expected.Length);
                var sender = new Worker(() =>
                {
                    for (int i = 0; i < 3; i++)
                    {
                        pair.S.Write(sent, i * 100, 100);
                        Thread.Sleep(20);
                    }
                });

                Bytes(expected, pair.C.Read(250), "Read");
                sender.End();
                Assert.AreEqual(50, pair.C.Read(50).Length, "the rest");
            });
        }

        [TestMethod]
        public void C53_Read_of_a_size_gives_less_at_the_end_and_then_nothing()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] sent = Pattern(1000);
                pair.S.Write(sent);
                pair.S.Close();

                Bytes(sent, pair.C.Read(2000), "Read");
                Empty(pair.C.Read(2000), "Read after the end");
            });
        }

        [TestMethod]
        public void C54_A_nonblocking_read_of_nothing_gives_null()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetBlocking(false);

                AtOnce("Read()", () => Assert.IsNull(pair.C.Read(), "Read()"));
                AtOnce("Read(5)", () => Assert.IsNull(pair.C.Read(5), "Read(5)"));
                AtOnce("ReadLine", () => Assert.IsNull(pair.C.ReadLine(), "ReadLine"));
            });
        }

        [TestMethod]
        public void C55_A_nonblocking_ReadInto_of_nothing_and_Write_without_room_give_None()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = new byte[4];
                pair.C.SetBlocking(false);

                Assert.AreEqual(Socket.None, pair.C.ReadInto(buf), "ReadInto");
                Bytes(new byte[4], buf, "the buffer");

                int written = 0;

                for (int i = 0; i < ATTEMPTS && written != Socket.None; i++)
                {
                    pair.FillC();
                    written = pair.C.Write(buf);
                }

                Assert.AreEqual(Socket.None, written, "Write");
            });
        }

        [TestMethod]
        public void C56_A_nonblocking_read_gives_what_is_there()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetBlocking(false);

                pair.S.Write("abc");
                AwaitBytes(pair.C, 3);
                Text("abc", pair.C.Read(5), "Read(5)");
                pair.S.Write("defg");
                AwaitBytes(pair.C, 4);
                Text("defg", pair.C.Read(), "Read()");
            });
        }

        [TestMethod]
        public void C57_A_nonblocking_read_at_the_end_gives_empty_and_not_null()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetBlocking(false);
                pair.CloseS();

                Empty(pair.C.Read(), "Read()");
                Empty(pair.C.Read(5), "Read(5)");
                Empty(pair.C.ReadLine(), "ReadLine");
                Assert.AreEqual(0, pair.C.ReadInto(new byte[5]), "ReadInto");
            });
        }

        [TestMethod]
        public void C58_ReadInto_fills_its_array_from_several_chunks()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = new byte[10];
                var sender = new Worker(() =>
                {
                    pair.S.Write("01234");
                    Thread.Sleep(50);
                    pair.S.Write("56789");
                });

                Assert.AreEqual(10, pair.C.ReadInto(buf));
                Text("0123456789", buf, "the buffer");
                sender.End();
            });
        }

        [TestMethod]
        public void C59_ReadInto_of_a_size_touches_no_more_of_the_array()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = ToBytes("-----");
                pair.S.Write("abcde");
                AwaitBytes(pair.C, 5);

                Assert.AreEqual(2, pair.C.ReadInto(buf, 2), "ReadInto");
                Text("ab---", buf, "the buffer");
                Text("cde", pair.C.Recv(10), "what is left");
            });
        }

        [TestMethod]
        public void C60_ReadLine_ends_after_each_line_feed()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Write("a\r\nb\n");

                Text("a\r\n", pair.C.ReadLine(), "first");
                Text("b\n", pair.C.ReadLine(), "second");
            });
        }

        [TestMethod]
        public void C61_ReadLine_of_a_size_leaves_the_rest_of_the_line()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Write("line\n");

                Text("lin", pair.C.ReadLine(3), "first");
                Text("e\n", pair.C.ReadLine(), "second");
            });
        }

        [TestMethod]
        public void C62_A_timed_read_of_nothing_raises_ETIMEDOUT()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = new byte[5];
                pair.C.SetTimeout(0.2);

                TimesOut(200, "Read(5)", () => pair.C.Read(5));
                TimesOut(200, "Read()", () => pair.C.Read());
                TimesOut(200, "ReadLine", () => pair.C.ReadLine());
                TimesOut(200, "ReadInto", () => pair.C.ReadInto(buf));
            });
        }

        [TestMethod]
        public void C63_Reading_and_writing_nothing_never_waits()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                Empty(pair.C.Read(0), "Read(0)");
                Empty(pair.C.ReadLine(0), "ReadLine(0)");
                Assert.AreEqual(0, pair.C.ReadInto(new byte[0]), "ReadInto of no array");
                Assert.AreEqual(0, pair.C.ReadInto(new byte[4], 0), "ReadInto of no bytes");
                Assert.AreEqual(0, pair.C.Write(new byte[0]), "Write");
                Assert.AreEqual(0, pair.C.Write(""), "Write of text");

                // Section 3: not even when closed.
                pair.C.Close();
                Empty(pair.C.Read(0), "Read(0) when closed");
                Assert.AreEqual(0, pair.C.ReadInto(new byte[0]), "ReadInto when closed");
                Assert.AreEqual(0, pair.C.Write(new byte[0]), "Write when closed");
            });
        }

        [TestMethod]
        public void C64_Read_of_minus_one_reads_to_the_end_and_below_is_refused()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Write("abc");
                pair.S.Close();

                Throws(typeof(ArgumentOutOfRangeException), "Read(-2)", () => pair.C.Read(-2));
                Throws(typeof(ArgumentOutOfRangeException), "ReadLine(-2)", () => pair.C.ReadLine(-2));
                Text("abc", pair.C.Read(-1), "Read(-1)");
            });
        }

        [TestMethod]
        public void C65_MakeFile_writes_and_reads_lines_and_closes_the_socket()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                var file = pair.C.MakeFile("rwb", 0);

                file.Write("question\n");
                Text("question\n", pair.S.ReadLine(), "the peer");
                pair.S.Write("answer\n");
                Text("answer\n", file.ReadLine(), "the file");

                file.Close();
                Assert.AreEqual(-1, pair.C.FileNo(), "number");
                Fails(Errno.EBADF, "Recv", () => pair.C.Recv(1));
                Empty(pair.S.Recv(1), "the peer at the end");
            });
        }
    }
}
