/* Readiness: the masks that docs/reference/behaviour.md has, k230_poll, the nudge. */
#include "board.h"
#include "sock_private.h"

#include <sys/resource.h>

using Polling = BoardTest;

enum { IN = K230_POLLIN, OUT = K230_POLLOUT, ERR = K230_POLLERR, HUP = K230_POLLHUP, NVAL = K230_POLLNVAL };

TEST_F(Polling, MasksOfANewAConnectingAndAConnectedStream)
{
    FullListener full;
    Fd listener = KernelListener();
    const int handle = b.Open();
    EXPECT_EQ(20, b.Events(handle));
    EXPECT_EQ(20, b.Poll(handle, IN | OUT));
    EXPECT_EQ(16, b.Poll(handle, IN));
    EXPECT_EQ(16, b.Poll(handle, 0));
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(full.port()), 0));
    EXPECT_EQ(0, b.Poll(handle, IN | OUT, 30));
    k230_sock_cancel(b.client(), handle);
    ASSERT_TRUE(b.Settles(handle, 20));
    ASSERT_EQ(0, b.Connect(handle, Loopback(PortOf(listener.get()))));
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(4, b.Poll(handle, IN | OUT));
    EXPECT_EQ(0, b.Poll(handle, IN, 30));
    KernelSend(peer, "x");
    EXPECT_EQ(1, b.Poll(handle, IN));
    EXPECT_EQ(5, b.Poll(handle, IN | OUT));
    std::string data;
    EXPECT_EQ(1, b.Recv(handle, &data, 1));
    EXPECT_EQ(4, b.Poll(handle, IN | OUT));
    peer.Close();
    EXPECT_EQ(1, b.Poll(handle, IN));
    EXPECT_EQ(5, b.Poll(handle, IN | OUT));
    EXPECT_EQ(0, b.Recv(handle, &data, 1));
    EXPECT_EQ(5, b.Poll(handle, IN | OUT)) << "also after the end was read";
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(32, b.Poll(handle, IN | OUT));
    EXPECT_EQ(32, b.Events(handle));
}

TEST_F(Polling, MasksOfAListener)
{
    int port;
    const int listener = b.Listener(&port);
    EXPECT_EQ(0, b.Poll(listener, IN | OUT, 30));
    Fd first = KernelConnect(port);
    Fd second = KernelConnect(port);
    EXPECT_EQ(1, b.Poll(listener, IN | OUT));
    const int one = b.Accept(listener);
    EXPECT_EQ(1, b.Events(listener)) << "another one waits";
    const int two = b.Accept(listener);
    EXPECT_EQ(0, b.Events(listener));
    for (const int handle : {listener, one, two})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, MasksOfAResetStream)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    peer.Reset();
    EXPECT_EQ(25, b.Poll(handle, IN));
    EXPECT_EQ(25, b.Poll(handle, IN)) << "until it was raised";
    std::string data;
    EXPECT_EQ(-K230_ECONNRESET, b.Recv(handle, &data, 1));
    EXPECT_EQ(17, b.Poll(handle, IN));
    EXPECT_EQ(21, b.Poll(handle, IN | OUT));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, MasksOfARefusedConnect)
{
    const ClosedPort closed;
    const int handle = b.Open();
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(closed.port()), 0));
    EXPECT_EQ(29, b.Poll(handle, IN | OUT));
    EXPECT_EQ(29, b.Events(handle));
    EXPECT_EQ(-K230_ECONNREFUSED, k230_sock_connected(b.client(), handle));
    EXPECT_EQ(21, b.Poll(handle, IN | OUT)) << "as a kernel's socket: the error is gone, the rest stays";
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, MasksOfDatagramSockets)
{
    int port;
    const int handle = b.BoundUdp(&port);
    EXPECT_EQ(4, b.Poll(handle, IN | OUT));
    EXPECT_EQ(0, b.Poll(handle, IN, 30));
    Fd peer = KernelBound(SOCK_DGRAM);
    struct sockaddr_storage host;
    const socklen_t length = HostAddress(Loopback(port), &host);
    EXPECT_EQ(0, sendto(peer.get(), "", 0, 0, reinterpret_cast<struct sockaddr *>(&host), length));
    EXPECT_EQ(1, b.Poll(handle, IN));
    EXPECT_EQ(5, b.Poll(handle, IN | OUT));
    std::string data;
    EXPECT_EQ(0, b.Recv(handle, &data, 1));
    EXPECT_EQ(4, b.Poll(handle, IN | OUT));
    EXPECT_EQ(0, b.Close(handle));
    const int fresh = b.OpenUdp();
    EXPECT_EQ(4, b.Poll(fresh, IN | OUT)) << "not used yet";
    EXPECT_EQ(0, b.Close(fresh));
}

TEST_F(Polling, MasksAfterBothDirectionsEnded)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    EXPECT_EQ(4, b.Poll(handle, IN | OUT));
    peer.Close();
    EXPECT_TRUE(b.Settles(handle, IN | OUT | HUP));
    std::string data;
    EXPECT_EQ(0, b.Recv(handle, &data, 1));
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, WritableGoesWithTheRoomAndComesBack)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    size_t sent = 0;
    for (;;) {
        const int taken = b.Send(handle, std::string(65536, 'x'), 150);
        if (taken < 0)
            break;
        sent += static_cast<size_t>(taken);
    }
    EXPECT_EQ(0, b.Poll(handle, OUT, 30));
    auto waiter = std::async(std::launch::async, [&] { return b.Poll(handle, OUT); });
    EXPECT_EQ(sent, KernelRecv(peer, sent).size());
    EXPECT_EQ(OUT, waiter.get());
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, AReusedSlotIsNotReportedUnderTheOldHandle)
{
    Fd peer;
    const int old = b.Pair(&peer);
    EXPECT_EQ(0, b.Close(old));
    Fd fresh_peer;
    const int fresh = b.Pair(&fresh_peer);
    KernelSend(fresh_peer, "x");
    EXPECT_EQ(1, b.Poll(fresh, IN));
    EXPECT_EQ(32, b.Poll(old, IN));
    EXPECT_EQ(0, b.Close(fresh));
}

TEST_F(Polling, APollReturnsWhenSomethingHappensNotAtItsDeadline)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    for (int i = 0; i < 50; i++) {
        auto waiter = std::async(std::launch::async, [&] { return b.Poll(handle, IN); });
        const uint64_t start = NowMs();
        KernelSend(peer, "x");
        EXPECT_EQ(IN, waiter.get());
        EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
        std::string data;
        EXPECT_EQ(1, b.Recv(handle, &data, 1));
    }
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, APokeEndsAPollWithEintrAndOnlyThatPoll)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    auto poller = std::async(std::launch::async, [&] { return b.Poll(handle, IN); });
    auto reader = std::async(std::launch::async, [&] {
        std::string data;
        return b.Recv(handle, &data, 1);
    });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() == 2u; }));
    const uint64_t start = NowMs();
    k230_client_wake(b.client());
    EXPECT_EQ(-K230_EINTR, poller.get());
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    EXPECT_EQ(0, b.Poll(handle, IN, 30)) << "a later poll is not concerned";
    KernelSend(peer, "x");
    EXPECT_EQ(1, reader.get());
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, DeadlinesAreKept)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    for (const int wait : {0, 1, 40, 300}) {
        const uint64_t start = NowMs();
        EXPECT_EQ(0, b.Poll(handle, IN, wait));
        EXPECT_GE(NowMs() - start + 1, static_cast<uint64_t>(wait));
        EXPECT_LT(NowMs() - start, static_cast<uint64_t>(wait + PROMPT_MS));
    }
    EXPECT_EQ(0, b.Close(handle));
}

static double CpuSeconds()
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

TEST_F(Polling, APollOfNothingSleeps)
{
    const int handle = b.Open(); /* without a session there is nothing to sleep on: the caller's matter */
    const double before = CpuSeconds();
    const uint64_t start = NowMs();
    EXPECT_EQ(0, k230_poll(b.client(), nullptr, 0, k230_client_wakes(b.client()), b.In(400)));
    EXPECT_GE(NowMs() - start + 1, 400u);
    EXPECT_LT(CpuSeconds() - before, 0.2);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Polling, ClosedEntriesAmongOthersAreReportedAtOnce)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const int closed = b.Open();
    EXPECT_EQ(0, b.Close(closed));
    struct k230_pollfd entries[3] = {{handle, IN, 0}, {closed, IN, 0}, {-1, IN, 0}};
    EXPECT_EQ(2, k230_poll(b.client(), entries, 3, k230_client_wakes(b.client()), b.In(PATIENCE_MS)));
    EXPECT_EQ(0, entries[0].revents);
    EXPECT_EQ(32, entries[1].revents);
    EXPECT_EQ(32, entries[2].revents);
    EXPECT_EQ(0, b.Close(handle));
}

class ManyPolled : public BoardTest
{
  protected:
    ManyPolled() : BoardTest(Limits(512, 576)) {}
};

TEST_F(ManyPolled, OneActiveAmong256IsFound)
{
    Fd listener = KernelListener(AF_INET, 512);
    std::vector<Fd> peers;
    std::vector<struct k230_pollfd> entries;
    for (int i = 0; i < 256; i++) {
        const int handle = b.Open();
        ASSERT_EQ(0, b.Connect(handle, Loopback(PortOf(listener.get()))));
        peers.push_back(KernelAccept(listener));
        entries.push_back({handle, IN, 0});
    }
    EXPECT_EQ(0, k230_poll(b.client(), entries.data(), 256, k230_client_wakes(b.client()), b.In(10)));
    for (size_t active = 0; active < 256; active += 17) {
        std::thread sender([&] { KernelSend(peers[active], "x"); });
        EXPECT_EQ(1, k230_poll(b.client(), entries.data(), 256, k230_client_wakes(b.client()), b.In(PATIENCE_MS)));
        sender.join();
        for (size_t i = 0; i < entries.size(); i++)
            EXPECT_EQ(i == active ? IN : 0, entries[i].revents);
        std::string data;
        EXPECT_EQ(1, b.Recv(entries[active].handle, &data, 1));
    }
    for (const auto &entry : entries)
        EXPECT_EQ(0, b.Close(entry.handle));
}

class TinyQueue : public SteppedTest
{
  protected:
    static constexpr uint32_t REQUESTS = 4;
    TinyQueue() : SteppedTest(Limits(64, 72, 65536, 1472, REQUESTS)) {}
};

/* Its rings are asked for with a request, and there was no room for one when it was accepted. */
TEST_F(TinyQueue, APolledSocketGetsItsRingsOnceTheQueueHasRoom)
{
    int port = 0;
    int victims[2 * REQUESTS];
    const int listener = WithAgent([&] {
        for (int &victim : victims)
            victim = b.Open();
        return b.Listener(&port);
    });
    Fd peer = KernelConnect(port);
    struct k230_addr from;
    uint32_t call = 0;
    ASSERT_EQ(-K230_PENDING, k230_sock_accept(b.client(), listener, true, &from, &call));
    b.Step(2); /* the answer is there, and not yet looked at */
    for (const int victim : victims)
        EXPECT_EQ(0, b.Close(victim));
    const int handle = k230_sock_accept(b.client(), listener, true, &from, &call);
    ASSERT_GE(handle, 0);
    KernelSend(peer, "hello");

    struct k230_pollfd entry = {handle, IN, 0};
    EXPECT_EQ(0, k230_poll(b.client(), &entry, 1, k230_client_wakes(b.client()), b.In(0))) << "no rings yet";
    b.Run();
    EXPECT_EQ(1, k230_poll(b.client(), &entry, 1, k230_client_wakes(b.client()), b.In(PATIENCE_MS)));
    std::string data;
    EXPECT_EQ(5, b.Recv(handle, &data, 5));
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(0, b.Close(listener));
    b.Flush();
    b.Halt();
}

/* The first closes fill the queue of answers, which nobody takes: the program has no further call to make. */
TEST_F(TinyQueue, TheLastClosesOfAProgramReachThePeers)
{
    Fd listener = KernelListener();
    std::vector<Fd> peers;
    std::vector<int> handles;
    WithAgent([&] {
        for (uint32_t i = 0; i < 2 * REQUESTS; i++) {
            handles.push_back(b.Open());
            EXPECT_EQ(0, b.Connect(handles.back(), Loopback(PortOf(listener.get()))));
            peers.push_back(KernelAccept(listener));
        }
        return 0;
    });
    for (uint32_t i = 0; i < 2 * REQUESTS; i++) {
        EXPECT_EQ(0, b.Close(handles[i]));
        if (i == REQUESTS - 1)
            b.Step(2);
    }
    b.Step(4);
    for (const Fd &peer : peers) {
        ASSERT_TRUE(KernelReady(peer.get(), POLLIN, PROMPT_MS)) << "it never sees the end of the stream";
        EXPECT_EQ("", KernelRecvAll(peer));
    }
}

/* The agent's answer wakes it too early: until the call has returned, this core does not know that the socket is shut.
 */
TEST_F(Polling, AShutdownWakesWhoWaitsForRoomAfterItIsKnown)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    struct Waiter {
        struct k230_sock *sock;
        bool told;
    } waiter = {k230i_sock_at(b.client(), handle), false};
    struct k230_arming arming = {0, 0, 0};
    k230_client_on_news(
        b.client(),
        [](void *arg) {
            auto *self = static_cast<Waiter *>(arg);
            self->told |= k230_load_byte(&self->sock->tx_shut) != 0;
        },
        &waiter);
    k230_arm(b.client(), &arming, k230_sock_hints(b.client(), handle, K230_WAIT_OUT, 0));
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    EXPECT_TRUE(waiter.told);
    k230_disarm(b.client(), &arming);
    k230_client_on_news(b.client(), nullptr, nullptr);
    EXPECT_EQ(0, b.Close(handle));
}
