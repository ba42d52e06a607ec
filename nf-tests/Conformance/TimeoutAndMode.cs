// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C66 to C71.</summary>
    [TestClass]
    public class TimeoutAndMode
    {
        [TestMethod]
        public void C66_A_timeout_of_zero_is_nonblocking()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetTimeout(0);

                WouldBlock("Recv", () => pair.C.Recv(1));
                Assert.IsNull(pair.C.Read(), "Read()");
                Assert.AreEqual(Socket.None, pair.C.ReadInto(new byte[1]), "ReadInto");
            });
        }

        [TestMethod]
        public void C67_SetTimeout_of_null_takes_the_timeout_away()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetTimeout(0.2);
                pair.C.SetTimeout(null);

                ReadsAByteThatComesLater(pair);
            });
        }

        [TestMethod]
        public void C68_A_timeout_may_be_a_fraction_of_a_second()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetTimeout(0.25);

                TimesOut(250, "Read", () => pair.C.Read(1));
            });
        }

        [TestMethod]
        public void C69_A_timeout_that_is_no_time_is_refused_and_changes_nothing()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                pair.C.SetBlocking(false);
                Throws(typeof(ArgumentOutOfRangeException), "-1", () => pair.C.SetTimeout(-1));
                Throws(typeof(ArgumentOutOfRangeException), "NaN", () => pair.C.SetTimeout(double.NaN));
                WouldBlock("Recv", () => pair.C.Recv(1));

                pair.C.SetTimeout(0.2);
                Throws(typeof(ArgumentOutOfRangeException), "-1 again", () => pair.C.SetTimeout(-1));
                Throws(typeof(ArgumentOutOfRangeException), "NaN again", () => pair.C.SetTimeout(double.NaN));
                TimesOut(200, "Recv", () => pair.C.Recv(1));
            });
        }

        [TestMethod]
        public void C70_A_socket_accepted_from_a_blocking_listener_is_blocking()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket peer = net.Connected(address);

                ReadsAByteThatComesLater(net.Accepted(listener), peer);
            });
        }

        // 11.5.4: nor does it inherit any other mode.
        [TestMethod]
        [DataRow(0.0)]
        [DataRow(0.1)]
        public void C70_A_socket_accepted_from_any_other_listener_is_blocking_too(double timeout)
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                listener.SetTimeout(timeout);
                Socket peer = net.Connected(address);
                Await(listener, Select.POLLIN);

                ReadsAByteThatComesLater(net.Accepted(listener), peer);
            });
        }

        [TestMethod]
        public void C71_A_read_after_one_that_timed_out_works()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetTimeout(0.2);
                TimesOut(200, "Read", () => pair.C.Read(4));

                pair.S.Write("abcd");
                Await(pair.C, Select.POLLIN);
                Text("abcd", pair.C.Read(4), "Read");
            });
        }

        // ---- what sections 2 and 11.5 say beyond the numbered cases

        [TestMethod]
        public void SetBlocking_of_true_takes_a_timeout_away()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.C.SetTimeout(0.1);
                pair.C.SetBlocking(true);

                ReadsAByteThatComesLater(pair);
            });
        }

        [TestMethod]
        public void A_timeout_is_for_each_chunk_and_not_for_the_call()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();

                // On a machine so busy that the gaps grow beyond the timeout the call may be made again: 11.5.5.
                pair.C.SetTimeout(0.5);
                long begun = Now();
                var sender = new Worker(() =>
                {
                    for (int i = 0; i < 5; i++)
                    {
                        Thread.Sleep(150);
                        pair.S.Write(i.ToString());
                    }
                });

                byte[] got = null;

                while (got == null)
                {
                    try
                    {
                        got = pair.C.Read(5);
                    }
                    catch (OSError e)
                    {
                        Assert.AreEqual(Errno.ETIMEDOUT, e.Errno, "error");
                    }
                }

                sender.End();
                Text("01234", got, "Read");
                About(750, Now() - begun, "Read");
            });
        }

        [TestMethod]
        [DataRow("Read")]
        [DataRow("ReadLine")]
        [DataRow("ReadInto")]
        public void What_a_call_had_taken_when_it_timed_out_is_received_by_the_next(string call)
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = new byte[8];
                pair.S.Write("abc");
                AwaitBytes(pair.C, 3);
                pair.C.SetTimeout(0.1);

                switch (call)
                {
                    case "Read":
                        TimesOut(100, call, () => pair.C.Read(8));
                        break;
                    case "ReadLine":
                        TimesOut(100, call, () => pair.C.ReadLine());
                        break;
                    default:
                        TimesOut(100, call, () => pair.C.ReadInto(buf));
                        break;
                }

                // 11.7.2: they are ordinary received bytes.
                Assert.AreEqual(5, Events(pair.C, 5, 0), "events");
                Text("ab", pair.C.Recv(2, Socket.MSG_PEEK), "peek");

                // The rest may take longer than that timeout: a stack may hold it back until "abc" is acknowledged.
                pair.C.SetBlocking(true);
                pair.S.Write("d\n");
                Text("abcd\n", pair.C.ReadLine(), "ReadLine");
            });
        }

        [TestMethod]
        public void Closing_over_kept_bytes_sends_what_was_written_and_ends_the_stream()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.S.Write("abc");
                AwaitBytes(pair.C, 3);
                pair.C.SetTimeout(0.1);
                TimesOut(100, "Read", () => pair.C.Read(8));

                pair.C.Write("QUIT");
                pair.C.Close();
                Text("QUIT", pair.S.Read(), "Read");
                Empty(pair.S.Recv(1), "the end");
            });
        }

        [TestMethod]
        public void A_reset_is_raised_once_and_then_it_is_the_end()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.ResetC();

                Fails(Errno.ECONNRESET, "Recv", () => pair.C.Recv(1));
                Empty(pair.C.Recv(1), "Recv again");
                Empty(pair.C.Read(), "Read()");
                Fails(Errno.EPIPE, "Send", () => pair.C.Send("x"));
                Fails(Errno.EPIPE, "Write", () => pair.C.Write("x"));
            });
        }

        [TestMethod]
        public void After_the_peer_has_closed_the_first_Send_succeeds_and_a_later_one_raises_EPIPE()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                pair.CloseS();

                Assert.AreEqual(1, pair.C.Send("x"));
                Await(pair.C, Select.POLLHUP);
                Fails(Errno.EPIPE, "Send", () => pair.C.Send("x"));
            });
        }

        private static void ReadsAByteThatComesLater(Pair pair)
        {
            ReadsAByteThatComesLater(pair.C, pair.S);
        }

        private static void ReadsAByteThatComesLater(Socket socket, Socket peer)
        {
            long begun = Now();
            var sender = new Worker(500, () => peer.Write("x"));

            Text("x", socket.Read(1), "Read(1)");
            About(500, Now() - begun, "Read(1)");
            sender.End();
        }
    }
}
