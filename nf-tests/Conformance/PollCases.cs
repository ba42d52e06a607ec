// K230.nanoFramework, MIT licence: see LICENSE

using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C88 to C95.</summary>
    [TestClass]
    public class PollCases
    {
        private const int POLLNVAL = 32;

        [TestMethod]
        public void C88_Register_without_a_mask_reports_readable_and_writable()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C);

                Assert.AreEqual(4, EventOf(poller.Poll(0), pair.C), "nothing waiting");
                pair.S.Write("x");
                Await(pair.C, Select.POLLIN);
                Assert.AreEqual(5, EventOf(poller.Poll(0), pair.C), "data waiting");
            });
        }

        [TestMethod]
        public void C89_Poll_gives_an_empty_list_when_the_time_is_over()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLIN);

                Lasts(100, "Poll", () => CollectionAssert.Empty(poller.Poll(100), "an event"));
            });
        }

        [TestMethod]
        public void C90_Modify_of_a_stranger_raises_ENOENT_and_Unregister_does_not()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();
                Poller poller = Select.Poll();

                Fails(Errno.ENOENT, "Modify", () => poller.Modify(s, Select.POLLIN));
                poller.Unregister(s);
                poller.Register(s);
                poller.Unregister(s);
                poller.Unregister(s);
                Fails(Errno.ENOENT, "Modify after Unregister", () => poller.Modify(s, Select.POLLIN));
            });
        }

        [TestMethod]
        public void C91_Registering_again_replaces_the_mask()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLOUT);
                poller.Register(pair.C, Select.POLLIN);

                CollectionAssert.Empty(poller.Poll(0), "nothing waiting");
                pair.S.Write("x");
                Assert.AreEqual(1, EventOf(poller.Poll(LIMIT_MS), pair.C), "data waiting");
            });
        }

        [TestMethod]
        public void C92_A_listener_is_readable_when_a_client_waits()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Poller poller = Select.Poll();
                poller.Register(listener);

                CollectionAssert.Empty(poller.Poll(0), "no client");
                net.Connected(address);
                Assert.AreEqual(1, EventOf(poller.Poll(LIMIT_MS), listener), "a client");
            });
        }

        [TestMethod]
        public void C93_A_socket_whose_peer_has_closed_is_readable_for_ever()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLIN);
                pair.S.Close();

                Assert.AreEqual(1, EventOf(poller.Poll(LIMIT_MS), pair.C), "before the end was read");
                Empty(pair.C.Recv(1), "Recv");
                Assert.AreEqual(1, EventOf(poller.Poll(0), pair.C), "after the end was read");
            });
        }

        [TestMethod]
        public void C94_A_socket_closed_after_Register_is_reported_with_32()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Tcp();
                Poller poller = Select.Poll();
                poller.Register(s);
                s.Close();

                Assert.AreEqual(POLLNVAL, EventOf(poller.Poll(0), s), "the closed socket");

                // 11.6: another socket with the same number is not mistaken for it.
                net.Tcp();
                Assert.AreEqual(POLLNVAL, EventOf(poller.Poll(0), s), "with its number in use again");
            });
        }

        [TestMethod]
        public void C95_Poll_returns_as_soon_as_another_thread_writes()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLIN);

                // The reference waits 2000 ms at most; more here, so that a slow machine is told from a missed wake-up.
                long begun = Now();
                var writer = new Worker(100, () => pair.S.Write("x"));
                Assert.AreEqual(1, EventOf(poller.Poll(20000), pair.C), "event");
                About(100, Now() - begun, "Poll");
                writer.End();
            });
        }

        // ---- what sections 9, 11.6 and 11.7 say beyond the numbered cases

        [TestMethod]
        public void A_socket_closed_during_Poll_ends_it_with_32()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLIN);
                var closer = new Worker(100, () => pair.C.Close());

                Assert.AreEqual(POLLNVAL, EventOf(poller.Poll(20000), pair.C), "event");
                closer.End();
            });
        }

        [TestMethod]
        public void A_new_socket_is_not_taken_for_a_closed_one_with_its_number()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Poller poller;
                Socket old;
                Socket fresh;
                int number;

                // Until no other thread of the tests takes the number in between.
                do
                {
                    poller = Select.Poll();
                    old = net.Udp(out SockAddr _);
                    number = old.FileNo();
                    poller.Register(old, Select.POLLOUT);
                    old.Close();
                    fresh = net.Udp(out SockAddr _);
                }
                while (fresh.FileNo() != number);

                Assert.AreEqual(POLLNVAL, EventOf(poller.Poll(0), old), "event");
                Fails(Errno.ENOENT, "Modify", () => poller.Modify(fresh, Select.POLLOUT));
                poller.Unregister(old);
                poller.Register(fresh, Select.POLLOUT);
                Assert.AreEqual(4, EventOf(poller.Poll(0), fresh), "event of the new one");
            });
        }

        [TestMethod]
        public void A_mask_of_nothing_still_tells_of_a_hang_up()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, 0);
                Assert.AreEqual(0, EventOf(poller.Poll(0), pair.C), "event");
                pair.ResetC();

                Assert.AreEqual(24, EventOf(poller.Poll(0), pair.C), "event after a reset");
            });
        }

        [TestMethod]
        public void A_one_shot_poll_clears_the_mask_until_Modify()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Poller poller = Select.Poll();
                poller.Register(pair.C, Select.POLLOUT);
                int count = 0;

                foreach (PollEvent e in poller.IPoll(LIMIT_MS, 1))
                {
                    Assert.AreSame(pair.C, e.Obj, "Obj");
                    Assert.AreEqual(4, e.Event, "Event");
                    count++;
                }

                Assert.AreEqual(1, count, "number of events");
                CollectionAssert.Empty(poller.Poll(0), "after one shot");
                poller.Modify(pair.C, Select.POLLOUT);
                Assert.AreEqual(4, EventOf(poller.Poll(0), pair.C), "after Modify");
            });
        }

        [TestMethod]
        public void A_refused_nonblocking_Connect_polls_as_29_and_raises_ECONNREFUSED_once()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                SockAddr address = net.ClosedPort();
                Socket c = net.Tcp();
                c.SetBlocking(false);

                Fails(Errno.EINPROGRESS, "Connect", () => c.Connect(address));
                Await(c, Select.POLLHUP);
                Assert.AreEqual(29, Events(c, 5, 0), "events");
                Fails(Errno.ECONNREFUSED, "Recv", () => c.Recv(1));
                Empty(c.Recv(1), "Recv again");
                Fails(Errno.EPIPE, "Send", () => c.Send("x"));
            });
        }

        [TestMethod]
        public void Select_gives_the_readable_the_writable_and_the_exceptional()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                Socket fresh = pair.Tcp();
                Socket[] all = { pair.C, pair.S, fresh };
                pair.S.Write("x");
                Await(pair.C, Select.POLLIN);

                var (r, w, x) = Select.Sockets(all, all, null, 5.0);
                Assert.AreEqual(1, r.Length, "readable");
                Assert.AreSame(pair.C, r[0], "readable");
                Assert.AreEqual(3, w.Length, "writable");
                Assert.AreEqual(1, x.Length, "exceptional");
                Assert.AreSame(fresh, x[0], "exceptional");

                Lasts(100, "Select", () => Assert.AreEqual(
                    0, Select.Sockets(new Socket[] { pair.S }, null, null, 0.1).Readable.Length, "readable"));
            });
        }
    }
}
