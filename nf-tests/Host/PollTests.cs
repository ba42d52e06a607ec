// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>Select, Poller, PollEvent, SelectResult.</summary>
    [TestClass]
    public class PollTests
    {
        private const int In = Select.POLLIN;
        private const int Out = Select.POLLOUT;
        private const int Err = Select.POLLERR;
        private const int Hup = Select.POLLHUP;
        private const int Invalid = 32;

        // ---- masks: reference, section 9

        [TestMethod]
        public void A_new_socket_hangs_up_and_pretends_to_be_writable()
        {
            using (var s = new Socket())
            {
                Assert.AreEqual(Out | Hup, Look(s));
                Assert.AreEqual(Hup, Look(s, 0));
                Assert.AreEqual(Hup, Look(s, In));
            }
        }

        [TestMethod]
        public void A_connection_is_writable_and_with_data_readable_too()
        {
            using (Pair pair = Pair.Connected())
            {
                Assert.AreEqual(Out, Look(pair.Ours));
                Assert.AreEqual(0, Look(pair.Ours, In));
                Assert.AreEqual(0, Look(pair.Ours, 0));
                pair.Arrive("x");
                Assert.AreEqual(In | Out, Look(pair.Ours));
                Assert.AreEqual(In, Look(pair.Ours, In));
                Assert.AreEqual(Out, Look(pair.Ours, Out));
                Assert.AreEqual(0, Look(pair.Ours, 0));
                pair.Ours.Recv(1);
                Assert.AreEqual(Out, Look(pair.Ours));
            }
        }

        [TestMethod]
        public void A_listener_is_readable_while_a_connection_waits()
        {
            using (Socket listener = OurListener(out SockAddr address))
            {
                Assert.AreEqual(0, Look(listener));

                using (NetSocket one = KernelConnect(address))
                using (NetSocket two = KernelConnect(address))
                {
                    Until(() => Look(listener) == In);
                    Soon(() => listener.Accept()).Conn.Close();
                    Assert.AreEqual(In, Look(listener));
                    Soon(() => listener.Accept()).Conn.Close();
                    Assert.AreEqual(0, Look(listener));
                }
            }
        }

        [TestMethod]
        public void A_closed_peer_makes_readable_before_and_after_the_end_was_read()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Close();
                Until(() => Look(pair.Ours) == (In | Out));
                Assert.AreEqual(0, pair.Ours.Recv(1).Length);
                Assert.AreEqual(In | Out, Look(pair.Ours));
                Assert.AreEqual(In, Look(pair.Ours, In));
            }
        }

        [TestMethod]
        public void A_reset_is_an_error_until_it_was_raised_and_a_hang_up_after()
        {
            using (Pair pair = Pair.Connected())
            {
                Reset(pair.Peer);
                Until(() => Look(pair.Ours, In) == (In | Err | Hup));
                Fails(Errno.ECONNRESET, () => pair.Ours.Recv(1));
                Assert.AreEqual(In | Hup, Look(pair.Ours, In));
                Assert.AreEqual(In | Out | Hup, Look(pair.Ours));
                Assert.AreEqual(Hup, Look(pair.Ours, 0));
            }
        }

        [TestMethod]
        public void A_full_connection_is_not_writable_until_the_peer_reads()
        {
            using (Pair pair = Pair.Connected())
            {
                int sent = Fill(pair.Ours);
                Assert.AreEqual(0, Look(pair.Ours));

                Poller poller = Select.Poll();
                poller.Register(pair.Ours, Out);
                Running<PollEvent[]> poll = Start(() => poller.Poll());
                LetItWait(poll);
                Soon(() => Receive(pair.Peer, sent));
                Assert.AreEqual(Out, poll.Result()[0].Event);
            }
        }

        [TestMethod]
        public void A_datagram_socket_is_writable_and_with_a_datagram_readable()
        {
            var address = new SockAddr(Network.Ours, FreePort(SocketType.Dgram));

            using (NetSocket peer = KernelUdp())
            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                Assert.AreEqual(Out, Look(s));
                s.Bind(address);
                Assert.AreEqual(Out, Look(s));
                peer.SendTo(Bytes("x"), address);
                Until(() => Look(s) == (In | Out));
                s.Recv(1);
                Assert.AreEqual(Out, Look(s));
            }
        }

        [TestMethod]
        public void A_closed_socket_is_reported_with_32()
        {
            var s = new Socket();
            Poller poller = Select.Poll();
            poller.Register(s);
            s.Close();

            using (var same = new Socket())
            {
                Assert.AreEqual(1, Soon(() => poller.Poll(0)).Length, "the new one in the slot is not taken for it");
                Assert.AreEqual(Invalid, poller.Poll()[0].Event);
                Assert.AreSame(s, poller.Poll()[0].Obj);
                poller.Unregister(s);
                Assert.AreEqual(0, poller.Poll(0).Length);
                poller.Register(s, 0);
                Assert.AreEqual(Invalid, Soon(() => poller.Poll())[0].Event, "also when registered closed");
            }
        }

        // ---- the poll object

        [TestMethod]
        public void Poll_gives_the_very_objects_and_their_events()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours);
                PollEvent one = Soon(() => poller.Poll(1000))[0];

                Assert.AreSame(pair.Ours, one.Obj);
                Assert.AreSame(pair.Ours, one[0]);
                Assert.AreSame(pair.Ours, one[-2]);
                Assert.AreEqual(Out, one.Event);
                Assert.AreEqual(Out, one[1]);
                Assert.AreEqual(Out, one[-1]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => one[2]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => one[-3]);

                foreach (var (s, events) in poller.Poll(1000))
                {
                    Assert.AreSame(pair.Ours, s);
                    Assert.AreEqual(Out, events);
                }
            }
        }

        [TestMethod]
        public void Register_again_replaces_the_mask_and_Modify_does_too()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours, Out);
                poller.Register(pair.Ours, In);
                Assert.AreEqual(0, poller.Poll(0).Length);
                poller.Modify(pair.Ours, Out);
                Assert.AreEqual(1, poller.Poll(0).Length);
                poller.Unregister(pair.Ours);
                poller.Unregister(pair.Ours);
                Assert.AreEqual(0, poller.Poll(0).Length);
                Fails(Errno.ENOENT, () => poller.Modify(pair.Ours, Out));
            }
        }

        [TestMethod]
        public void Only_sockets_can_be_registered()
        {
            Poller poller = Select.Poll();

            Assert.ThrowsExactly<ArgumentNullException>(() => poller.Register(null));
            Assert.ThrowsExactly<ArgumentNullException>(() => poller.Modify(null, 1));
            Assert.ThrowsExactly<ArgumentNullException>(() => poller.Unregister(null));
            Assert.ThrowsExactly<ArgumentException>(() => poller.Register(5));
            Assert.ThrowsExactly<ArgumentException>(() => poller.Register("socket", 1));
            Fails(Errno.ENOENT, () => poller.Modify(new object(), 1));
            poller.Unregister("something else");
            Assert.AreEqual(0, Soon(() => poller.Poll(0)).Length);
        }

        [TestMethod]
        public void Poll_waits_its_time_and_not_longer()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours, In);
                TakesAbout(100, () => Assert.AreEqual(0, Soon(() => poller.Poll(100)).Length));
                TakesAbout(1300, () => Assert.AreEqual(0, Soon(() => poller.Poll(1300)).Length));
                TakesAbout(0, () => Assert.AreEqual(0, Soon(() => poller.Poll(0)).Length));
                TakesAbout(100, () => Assert.IsFalse(Soon(() => poller.IPoll(100)).GetEnumerator().MoveNext()));

                Running<PollEvent[]> poll = Start(() => poller.Poll(-5));
                LetItWait(poll);
                pair.Peer.Send(Bytes("x"));
                Assert.AreEqual(In, poll.Result()[0].Event);
            }
        }

        [TestMethod]
        public void Poll_ends_when_data_comes_and_not_when_its_time_is_over()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours, In);
                Running<PollEvent[]> poll = Start(() => poller.Poll(60000));
                LetItWait(poll);
                pair.Peer.Send(Bytes("x"));
                Assert.AreEqual(In, poll.Result()[0].Event);
            }
        }

        [TestMethod]
        public void An_empty_poll_object_waits_and_does_not_spin()
        {
            Poller poller = Select.Poll();

            using (new Socket())
            {
                double used = 0;

                TakesAbout(500, () =>
                {
                    TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
                    Assert.AreEqual(0, Soon(() => poller.Poll(500)).Length);
                    used = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds;
                });
                Assert.IsTrue(used < 300, "used " + used + " ms of processor time");
            }
        }

        [TestMethod]
        public void IPoll_gives_the_same_and_one_shot_takes_the_mask_away()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours);

                Assert.AreEqual(Out, First(Soon(() => poller.IPoll())).Event);
                Assert.AreEqual(Out, First(Soon(() => poller.IPoll(1000))).Event);
                Assert.AreEqual(Out, First(Soon(() => poller.IPoll(1000, 0))).Event);
                Assert.AreEqual(Out, First(Soon(() => poller.IPoll(1000, 1))).Event);
                Assert.IsFalse(poller.IPoll(0, 1).GetEnumerator().MoveNext());
                Assert.AreEqual(0, poller.Poll(0).Length);
                poller.Modify(pair.Ours, Out);
                Assert.AreEqual(1, poller.Poll(0).Length);
                Assert.AreEqual(Out, First(poller.IPoll(0, 1)).Event);
                poller.Register(pair.Ours);
                Assert.AreEqual(Out, First(poller.IPoll(0, 1)).Event);

                // What cannot be masked is reported again and again.
                pair.Ours.Close();
                Assert.AreEqual(Invalid, First(poller.IPoll(0, 1)).Event);
                Assert.AreEqual(Invalid, First(poller.IPoll(0, 1)).Event);
            }
        }

        [TestMethod]
        public void One_shot_disarms_only_what_was_reported()
        {
            using (Pair idle = Pair.Connected())
            using (Pair busy = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(idle.Ours, In);
                poller.Register(busy.Ours, In);
                busy.Arrive("x");
                Assert.AreSame(busy.Ours, First(Soon(() => poller.IPoll(1000, 1))).Obj);
                idle.Arrive("x");
                Assert.AreSame(idle.Ours, First(Soon(() => poller.IPoll(1000, 1))).Obj);
                Assert.AreEqual(0, poller.Poll(0).Length);
            }
        }

        // ---- several threads

        [TestMethod]
        public void A_socket_registered_by_another_thread_counts_for_the_Poll_under_way()
        {
            using (Pair quiet = Pair.Connected())
            using (Pair ready = Pair.Connected())
            {
                for (int i = 0; i < 300; i++)
                {
                    Poller poller = Select.Poll();
                    poller.Register(quiet.Ours, In);
                    Running<PollEvent[]> poll = Start(() => poller.Poll());

                    // Now and then after the wait has begun, mostly while it begins.
                    if (i % 30 == 0)
                    {
                        LetItWait(poll);
                    }
                    else
                    {
                        Thread.SpinWait(i * 100);
                    }

                    long begun = Stopwatch.GetTimestamp();

                    switch (i % 3)
                    {
                        case 0:
                            poller.Register(ready.Ours, Out);
                            break;
                        case 1:
                            poller.Modify(quiet.Ours, In | Out);
                            break;
                        default:
                            poller.Register(quiet.Ours);
                            break;
                    }

                    Assert.AreEqual(Out, poll.Result()[0].Event);

                    // It looks again each second; then the change would not have been noticed by itself.
                    double took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                    Assert.IsTrue(took < 900, "round " + i + " took " + took + " ms");
                }
            }
        }

        [TestMethod]
        public void Unregister_by_another_thread_counts_for_the_Poll_under_way()
        {
            using (Pair one = Pair.Connected())
            using (Pair two = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(one.Ours, In);
                poller.Register(two.Ours, In);
                Running<PollEvent[]> poll = Start(() => poller.Poll());
                LetItWait(poll);
                poller.Unregister(one.Ours);
                one.Arrive("ignored");
                LetItWait(poll);
                two.Arrive("seen");
                PollEvent[] events = poll.Result();
                Assert.AreEqual(1, events.Length);
                Assert.AreSame(two.Ours, events[0].Obj);
            }
        }

        [TestMethod]
        public void A_socket_closed_by_another_thread_ends_the_Poll_with_32()
        {
            for (int i = 0; i < 50; i++)
            {
                using (Pair pair = Pair.Connected())
                using (Pair quiet = Pair.Connected())
                {
                    Poller poller = Select.Poll();
                    poller.Register(quiet.Ours, In);
                    poller.Register(pair.Ours, In);
                    Running<PollEvent[]> poll = Start(() => poller.Poll());

                    if (i < 3)
                    {
                        LetItWait(poll);
                    }

                    pair.Ours.Close();
                    PollEvent[] events = poll.Result(5000);
                    Assert.AreEqual(1, events.Length);
                    Assert.AreSame(pair.Ours, events[0].Obj);
                    Assert.AreEqual(Invalid, events[0].Event);
                }
            }
        }

        [TestMethod]
        public void Several_threads_may_Poll_one_object()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours, In);
                Running<PollEvent[]>[] polls = Enumerable.Range(0, 4).Select(_ => Start(() => poller.Poll())).ToArray();

                foreach (Running<PollEvent[]> poll in polls)
                {
                    LetItWait(poll);
                }

                pair.Peer.Send(Bytes("x"));

                foreach (Running<PollEvent[]> poll in polls)
                {
                    Assert.AreEqual(In, poll.Result()[0].Event);
                }
            }
        }

        // ---- many

        [TestMethod]
        public void Hundreds_of_sockets_in_one_poll_object_are_reported_when_they_are_ready()
        {
            const int Count = 450;
            var pairs = new List<Pair>();
            Poller poller = Select.Poll();

            try
            {
                for (int i = 0; i < Count; i++)
                {
                    pairs.Add(Pair.Connected());
                    poller.Register(pairs[i].Ours, In);
                }

                Assert.AreEqual(0, Soon(() => poller.Poll(20)).Length);

                for (int i = 0; i < Count; i += 7)
                {
                    pairs[i].Peer.Send(new[] { (byte)i });
                    PollEvent[] events = Soon(() => poller.Poll());
                    Assert.AreEqual(1, events.Length);
                    Assert.AreSame(pairs[i].Ours, events[0].Obj);
                    Assert.AreEqual((byte)i, pairs[i].Ours.Recv(1)[0]);
                }

                pairs.ForEach(pair => pair.Peer.Send(Bytes("x")));
                Until(() => poller.Poll(1000).Length == Count);
                pairs.ForEach(pair => pair.Ours.Recv(1));
                Assert.AreEqual(0, poller.Poll(0).Length);

                pairs.ForEach(pair => pair.Ours.Close());
                Assert.AreEqual(Count, Soon(() => poller.Poll()).Count(one => one.Event == Invalid));
            }
            finally
            {
                pairs.ForEach(pair => pair.Dispose());
            }
        }

        [TestMethod]
        public void A_poll_object_may_hold_more_closed_sockets_than_there_can_be_open_ones()
        {
            Poller poller = Select.Poll();

            for (int i = 0; i < 600; i++)
            {
                var s = new Socket();
                poller.Register(s);
                s.Close();
            }

            using (Pair pair = Pair.Connected())
            {
                poller.Register(pair.Ours);
                PollEvent[] events = Soon(() => poller.Poll());
                Assert.AreEqual(601, events.Length);
                Assert.AreEqual(600, events.Count(one => one.Event == Invalid));
            }
        }

        [TestMethod]
        public void Poll_makes_no_garbage_but_its_events()
        {
            using (Pair pair = Pair.Connected())
            {
                Poller poller = Select.Poll();
                poller.Register(pair.Ours, In);
                long used = Soon(() =>
                {
                    poller.Poll(0);
                    long before = GC.GetAllocatedBytesForCurrentThread();

                    for (int i = 0; i < 1000; i++)
                    {
                        poller.Poll(0);
                    }

                    return GC.GetAllocatedBytesForCurrentThread() - before;
                });
                Assert.IsTrue(used <= 1000 * 32, "1000 empty polls allocated " + used + " bytes");
            }
        }

        // ---- select.select

        [TestMethod]
        public void Sockets_gives_three_lists()
        {
            using (Pair pair = Pair.Connected())
            using (Pair quiet = Pair.Connected())
            using (var fresh = new Socket())
            {
                pair.Arrive("x");
                Socket[] both = { pair.Ours, quiet.Ours };
                SelectResult result = Soon(() => Select.Sockets(both, both, new ArrayList { fresh }, 10));

                CollectionAssert.AreEqual(new[] { pair.Ours }, result.Readable);
                CollectionAssert.AreEqual(both, result.Writable);
                CollectionAssert.AreEqual(new[] { fresh }, result.Exceptional);

                for (int i = 0; i < 3; i++)
                {
                    Assert.AreSame(result[i], result[i - 3]);
                }

                Assert.AreSame(result.Readable, result[0]);
                Assert.AreSame(result.Writable, result[1]);
                Assert.AreSame(result.Exceptional, result[2]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[3]);
                Assert.ThrowsExactly<IndexOutOfRangeException>(() => result[-4]);

                var (r, w, x) = result;

                Assert.AreSame(result.Readable, r);
                Assert.AreSame(result.Writable, w);
                Assert.AreSame(result.Exceptional, x);

                (r, w, x) = Select.Sockets(new[] { fresh }, null, null, 0);
                Assert.AreEqual(0, r.Length);
                Assert.AreEqual(0, w.Length);
                CollectionAssert.AreEqual(new[] { fresh }, x);
            }
        }

        [TestMethod]
        public void Sockets_waits_its_seconds_or_for_ever()
        {
            using (Pair pair = Pair.Connected())
            {
                Socket[] one = { pair.Ours };

                TakesAbout(200, () =>
                {
                    SelectResult none = Soon(() => Select.Sockets(one, null, null, 0.2));
                    Assert.AreEqual(0, none.Readable.Length + none.Writable.Length + none.Exceptional.Length);
                });
                TakesAbout(0, () => Soon(() => Select.Sockets(one, null, one, 0)));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(
                    () => Select.Sockets(one, null, null, double.NaN));

                Running<SelectResult> forEver = Start(() => Select.Sockets(one, null, null));
                Running<SelectResult> negative = Start(() => Select.Sockets(one, null, null, -1));
                LetItWait(forEver);
                LetItWait(negative);
                pair.Peer.Send(Bytes("x"));
                Assert.AreSame(pair.Ours, forEver.Result().Readable[0]);
                Assert.AreSame(pair.Ours, negative.Result().Readable[0]);

                pair.Ours.Recv(1);
                forEver = Start(() => Select.Sockets(one, null, null));
                LetItWait(forEver);
                pair.Ours.Close();
                CollectionAssert.AreEqual(one, forEver.Result().Exceptional);
            }
        }

        [TestMethod]
        public void Sockets_of_a_closed_peer_are_readable_and_writable()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Close();
                Socket[] one = { pair.Ours };
                Until(() => Select.Sockets(one, one, null, 1).Readable.Length == 1);
                Assert.AreEqual(1, Select.Sockets(one, one, null, 1).Writable.Length);
            }
        }

        [TestMethod]
        public void Sockets_takes_only_sockets()
        {
            Assert.ThrowsExactly<ArgumentException>(() => Select.Sockets(new object[] { 1 }, null, null));
            Assert.ThrowsExactly<ArgumentNullException>(() => Select.Sockets(null, new object[] { null }, null, 1));
            Assert.AreEqual(0, Select.Sockets(null, null, null, 0).Readable.Length);
            Assert.AreEqual(0, Select.Sockets(new Socket[0], new ArrayList(), null, 0.01).Writable.Length);
        }

        private static int Look(Socket s, int mask = In | Out)
        {
            Poller poller = Select.Poll();
            poller.Register(s, mask);
            PollEvent[] events = Soon(() => poller.Poll(0));

            return events.Length == 0 ? 0 : events[0].Event;
        }

        private static PollEvent First(IEnumerable events)
        {
            return events.Cast<PollEvent>().First();
        }
    }
}
