/* Sessions and shortages: a core that restarts, a client that comes back, no ring pair left, a full request queue,
 * look-ups. */
#include "board.h"
#include "k230_op.h"

#include <set>

using Sessions = BoardTest;

/* ---- the small core restarts ------------------------------------------------------------------------------------- */

TEST_F(Sessions, AnAgentThatRestartsEndsOldSocketsAndTheNextOpenWorks)
{
    Fd peer;
    const int stream = b.Pair(&peer);
    int port;
    const int listener = b.Listener(&port);
    const int udp = b.BoundUdp(&port);
    const int idle = b.Open();
    FullListener full;
    const int connecting = b.Open();
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(connecting, Loopback(full.port()), 0));
    std::string data;
    auto reader = std::async(std::launch::async, [&] {
        std::string mine;
        return b.Recv(stream, &mine, 1);
    });
    auto acceptor = std::async(std::launch::async, [&] { return b.Accept(listener); });
    auto poller = std::async(std::launch::async, [&] { return b.Poll(udp, K230_POLLIN); });
    auto connector = std::async(std::launch::async, [&] {
        k230_sock_wait(b.client(), connecting, K230_WAIT_CONNECT, 0, b.In(PATIENCE_MS));
        return k230_sock_connected(b.client(), connecting);
    });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() == 4u; }));
    const uint64_t start = NowMs();
    b.RestartAgent();
    EXPECT_EQ(-K230_ECONNRESET, reader.get());
    EXPECT_EQ(-K230_ECONNRESET, acceptor.get());
    EXPECT_EQ(-K230_ECONNRESET, connector.get());
    EXPECT_EQ(29 & (K230_POLLIN | K230_POLLERR | K230_POLLHUP), poller.get());
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    EXPECT_EQ(K230_FAULT_RESTARTED, k230_client_fault(b.client()));

    const int fresh = b.Open();
    ASSERT_GE(fresh, 0);
    uint32_t seen;
    uint32_t call = 0;
    char byte;
    struct k230_addr addr = Loopback(1);
    for (const int old : {stream, listener, udp, idle}) {
        EXPECT_EQ(-K230_ECONNRESET, b.Recv(old, &data, 1, 0));
        EXPECT_EQ(-K230_ECONNRESET, b.Bind(old, addr));
        EXPECT_EQ(-K230_ECONNRESET, b.Listen(old));
        EXPECT_EQ(-K230_ECONNRESET, b.Accept(old, 0));
        EXPECT_EQ(-K230_ECONNRESET, b.Connect(old, addr));
        EXPECT_EQ(-K230_ECONNRESET, b.Local(old, &addr));
        EXPECT_EQ(-K230_ECONNRESET, k230_sock_readline(b.client(), old, &byte, 1, false, &seen));
        EXPECT_EQ(29, b.Events(old));
    }
    EXPECT_EQ(-K230_ECONNRESET, b.Send(stream, "x", 0));
    EXPECT_EQ(-K230_ECONNRESET, k230_sock_sendto(b.client(), udp, "x", 1, &addr, &call));
    EXPECT_EQ(0, k230_sock_available(b.client(), stream));
    Fd second;
    const int pair = b.Pair(&second);
    EXPECT_EQ(2, b.Send(pair, "ok"));
    EXPECT_EQ("ok", KernelRecv(second, 2));
    for (const int handle : {stream, listener, udp, idle, connecting, fresh, pair})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sessions, ReceivedBytesStayReadableUntilTheNextSessionBegins)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "kept");
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT));
    b.RestartAgent();
    ASSERT_TRUE(b.Settles(handle, 29));
    std::string data;
    EXPECT_EQ(4, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ("kept", data);
    EXPECT_EQ(-K230_ECONNRESET, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sessions, ANonBlockingLoopLearnsOfARestartToo)
{
    Fd peer;
    int port;
    const int handle = b.Pair(&peer);
    const int udp = b.BoundUdp(&port);
    const int listener = b.Listener(&port);
    b.RestartAgent();
    std::string data;
    uint32_t call = 0;
    struct k230_addr from;
    EXPECT_TRUE(Eventually([&] { return b.Recv(handle, &data, 1, 0) == -K230_ECONNRESET; }, PROMPT_MS));
    EXPECT_TRUE(Eventually([&] { return b.Recv(udp, &data, 1, 0) == -K230_ECONNRESET; }, PROMPT_MS));
    EXPECT_TRUE(Eventually(
        [&] { return k230_sock_accept(b.client(), listener, false, &from, &call) == -K230_ECONNRESET; }, PROMPT_MS));
    for (const int one : {handle, udp, listener})
        EXPECT_EQ(0, b.Close(one));
}

TEST_F(Sessions, AnAgentThatRestartsAgainAndAgainIsFollowed)
{
    for (int i = 0; i < 20; i++) {
        Fd peer;
        const int handle = b.Pair(&peer);
        ASSERT_EQ(2, b.Send(handle, "ok"));
        ASSERT_EQ("ok", KernelRecv(peer, 2));
        if (i % 2)
            b.RestartAgent();
        EXPECT_EQ(0, b.Close(handle));
        if (i % 2 == 0)
            b.RestartAgent();
    }
}

TEST_F(Sessions, RestartsUnderLoadWakeEveryThreadAndLeaveNothing)
{
    std::atomic<bool> over{false};
    std::atomic<bool> served{false};
    std::atomic<int> rounds{0};
    Fd listener = KernelListener(AF_INET, 128);
    const struct k230_addr addr = Loopback(PortOf(listener.get()));
    std::thread server([&] {
        while (!served) {
            if (!KernelReady(listener.get(), POLLIN, 20))
                continue;
            Fd peer(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            send(peer.get(), "hello", 5, MSG_NOSIGNAL);
        }
    });
    std::vector<std::thread> users;
    for (int t = 0; t < 3; t++)
        users.emplace_back([&] {
            while (!over) {
                const int handle = b.Open();
                if (handle < 0) {
                    ASSERT_TRUE(handle == -K230_ECONNRESET) << handle;
                    continue;
                }
                std::string data;
                int status = b.Connect(handle, addr);
                while (status == 0 && (status = b.Recv(handle, &data, 10)) > 0) {
                    rounds++;
                    status = 0;
                }
                ASSERT_TRUE(status == 0 || status == -K230_ECONNRESET || status == -K230_ECONNREFUSED) << status;
                ASSERT_EQ(0, b.Close(handle));
            }
        });
    for (int i = 0; i < 10; i++) {
        const int target = rounds + 20;
        EXPECT_TRUE(Eventually([&] { return rounds >= target; }));
        b.RestartAgent();
    }
    over = true;
    for (auto &user : users)
        user.join();
    served = true;
    server.join();
    EXPECT_EQ(0, b.Close(b.Open()));
}

/* ---- the big core restarts --------------------------------------------------------------------------------------- */

TEST_F(Sessions, AStoppedClientResetsItsSocketsAndBeginsAnewWithTheNextOpen)
{
    for (int i = 0; i < 5; i++) {
        Fd peer;
        const int handle = b.Pair(&peer);
        auto reader = std::async(std::launch::async, [&] {
            std::string data;
            return b.Recv(handle, &data, 1);
        });
        k230_client_stop(b.client());
        EXPECT_EQ(-K230_ECONNRESET, reader.get());
        int error;
        EXPECT_EQ("", KernelRecvAll(peer, &error));
        EXPECT_EQ(ECONNRESET, error);
        EXPECT_EQ(29, b.Events(handle));
        EXPECT_EQ(-K230_ECONNRESET, b.Send(handle, "x", 0));
        const int fresh = b.Open();
        EXPECT_GE(fresh, 0);
        EXPECT_EQ(0, b.Close(handle));
        EXPECT_EQ(0, b.Close(fresh));
    }
    k230_client_stop(b.client());
    k230_client_stop(b.client());
}

/* ---- managed code starts anew ------------------------------------------------------------------------------------ */

TEST_F(Sessions, AResetEndsTheSessionAndLeavesNoHandle)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    k230_client_reset(b.client());
    EXPECT_EQ(-K230_EBADF, b.Send(handle, "x", 0));
    int error;
    EXPECT_EQ("", KernelRecvAll(peer, &error));
    EXPECT_EQ(ECONNRESET, error);
    EXPECT_NE(K230_SESSION_LIVE, b.client()->engine.session) << "nobody asked for another session";
}

TEST_F(Sessions, AResetLeavesASocketThatStaysAndTheConnectionsThatItAccepts)
{
    int port;
    const int listener = b.Listener(&port);
    ASSERT_EQ(0, k230_sock_stay(b.client(), listener));
    Fd peer = KernelConnect(port);
    const int accepted = b.Accept(listener);
    Fd app_peer;
    const int app = b.Pair(&app_peer);
    int app_port;
    const int app_listener = b.Listener(&app_port);
    auto waiting = std::async(std::launch::async, [&] {
        std::string data;
        return b.Recv(accepted, &data, 2);
    });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() == 1u; }));
    const uint32_t epoch = b.client()->engine.epoch;

    k230_client_reset(b.client());

    EXPECT_EQ(epoch, b.client()->engine.epoch) << "the session goes on";
    for (const int gone : {app, app_listener}) {
        EXPECT_EQ(-K230_EBADF, b.Send(gone, "x", 0));
        EXPECT_EQ(-K230_EBADF, b.Close(gone));
    }
    int error;
    EXPECT_EQ("", KernelRecvAll(app_peer, &error));
    EXPECT_EQ(ECONNRESET, error);
    KernelSend(peer, "on");
    EXPECT_EQ(2, waiting.get()) << "who waited did not notice";
    Fd second = KernelConnect(port);
    const int again = b.Accept(listener);
    EXPECT_EQ(2, b.Send(again, "ok"));
    EXPECT_EQ("ok", KernelRecv(second, 2));
    const int reuses = b.Open();
    EXPECT_EQ(0, b.Bind(reuses, Loopback(app_port))) << "the port of the closed listener is free";
    for (const int handle : {listener, accepted, again, reuses})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sessions, AnAcceptThatIsUnderWayAtAResetStays)
{
    for (int i = 0; i < 60; i++) {
        int port;
        const int listener = b.Listener(&port);
        ASSERT_EQ(0, k230_sock_stay(b.client(), listener));
        Fd peer = KernelConnect(port);
        auto acceptor = std::async(std::launch::async, [&] { return b.Accept(listener); });
        for (int spin = 0; spin < i * 50; spin++)
            b.Events(listener);
        k230_client_reset(b.client());
        const int accepted = acceptor.get();
        ASSERT_GE(accepted, 0) << "round " << i;
        KernelSend(peer, "x");
        std::string data;
        ASSERT_EQ(1, b.Recv(accepted, &data, 1));
        EXPECT_EQ(0, b.Close(accepted));
        EXPECT_EQ(0, b.Close(listener));
    }
}

TEST_F(Sessions, ASlotThatHadASocketThatStayedGivesOneThatDoesNot)
{
    const int first = b.Open();
    ASSERT_EQ(0, k230_sock_stay(b.client(), first));
    EXPECT_EQ(0, b.Close(first));
    EXPECT_EQ(-K230_EBADF, k230_sock_stay(b.client(), first));
    const int second = b.Open();
    EXPECT_EQ(first & 0xFFFF, second & 0xFFFF) << "the same slot";
    k230_client_reset(b.client());
    EXPECT_EQ(-K230_EBADF, b.Close(second));
}

TEST_F(Sessions, NothingStaysOverTheEndOfTheSession)
{
    const int handle = b.Open();
    ASSERT_EQ(0, k230_sock_stay(b.client(), handle));
    b.RestartAgent();
    ASSERT_TRUE(b.Settles(handle, 29));
    EXPECT_EQ(-K230_ECONNRESET, k230_sock_stay(b.client(), handle));
    const int fresh = b.Open();
    ASSERT_GE(fresh, 0);
    k230_client_reset(b.client());
    EXPECT_EQ(-K230_EBADF, b.Close(fresh));
    EXPECT_EQ(0, b.Close(handle)) << "its owner closes it";
}

/* ---- two clients ------------------------------------------------------------------------------------------------- */

TEST_F(Sessions, ASecondClientTakesOverFromOneThatNeverStopped)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    auto second = std::make_unique<struct k230_client>();
    Side side;
    b.InitClient(second.get(), &side);
    int fresh;
    while ((fresh = k230_sock_open(second.get(), K230_AF_INET, K230_SOCK_STREAM, 0)) == -K230_EAGAIN)
        ;
    ASSERT_GE(fresh, 0);
    int status;
    while ((status = k230_sock_opened(second.get(), fresh)) == -K230_PENDING)
        ASSERT_EQ(0,
                  k230_sock_wait(second.get(), fresh, K230_WAIT_OPENED, 0, k230_deadline(second.get(), PATIENCE_MS)));
    EXPECT_EQ(0, status);
    int error;
    EXPECT_EQ("", KernelRecvAll(peer, &error));
    EXPECT_EQ(ECONNRESET, error) << "the agent closed what the first client had";
    EXPECT_EQ(29, b.Events(handle)) << "the first client learns that its session is over";
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(0, k230_sock_close(second.get(), fresh, false));
    k230_client_stop(second.get());
    EXPECT_EQ(0, b.Close(b.Open())) << "and back";
}

/* ---- no ring pair left ------------------------------------------------------------------------------------------- */

class FewPairs : public BoardTest
{
  protected:
    FewPairs() : BoardTest(Limits(16, 2)) {}
};

TEST_F(FewPairs, StreamsWithoutRingsWaitAndGoOnWhenAnotherCloses)
{
    Fd peers[3];
    int handles[3];
    for (int i = 0; i < 3; i++)
        handles[i] = b.Pair(&peers[i]);
    EXPECT_EQ(0, b.Events(handles[2])) << "connected, but without room";
    EXPECT_EQ(-K230_EAGAIN, b.Send(handles[2], "x", 0));
    KernelSend(peers[2], "early");
    std::string data;
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handles[2], &data, 10, 0));
    auto reader = std::async(std::launch::async, [&] {
        std::string mine;
        b.Recv(handles[2], &mine, 10);
        return mine;
    });
    auto poller = std::async(std::launch::async, [&] { return b.Poll(handles[2], K230_POLLOUT); });
    EXPECT_EQ(2, b.Send(handles[0], "ok")) << "the others are not concerned";
    EXPECT_EQ("ok", KernelRecv(peers[0], 2));
    EXPECT_EQ(0, b.Close(handles[0]));
    EXPECT_EQ("early", reader.get());
    EXPECT_EQ(K230_POLLOUT, poller.get());
    EXPECT_EQ(4, b.Send(handles[2], "late"));
    EXPECT_EQ("late", KernelRecv(peers[2], 4));
    for (const int i : {1, 2})
        EXPECT_EQ(0, b.Close(handles[i]));
}

TEST_F(FewPairs, ADatagramSenderWithoutRingsWaitsAndGoesOn)
{
    Fd peers[2];
    const int first = b.Pair(&peers[0]);
    const int second = b.Pair(&peers[1]);
    Fd peer = KernelBound(SOCK_DGRAM);
    const struct k230_addr to = Loopback(PortOf(peer.get()));
    const int udp = b.OpenUdp();
    EXPECT_EQ(-K230_EAGAIN, b.SendTo(udp, "x", &to, 0));
    EXPECT_EQ(0, b.Poll(udp, K230_POLLOUT, 30)) << "poll and send agree";
    auto sender = std::async(std::launch::async, [&] { return b.SendTo(udp, "x", &to); });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() != 0u; }));
    const uint64_t start = NowMs();
    EXPECT_EQ(0, b.Close(first));
    EXPECT_EQ(1, sender.get());
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    for (const int handle : {second, udp})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(FewPairs, ADatagramReceiverWithoutRingsWaitsAndGoesOn)
{
    Fd peers[2];
    const int first = b.Pair(&peers[0]);
    const int second = b.Pair(&peers[1]);
    int port;
    const int udp = b.BoundUdp(&port);
    Fd peer = KernelBound(SOCK_DGRAM);
    struct sockaddr_storage host;
    const socklen_t length = HostAddress(Loopback(port), &host);
    EXPECT_EQ(5, sendto(peer.get(), "early", 5, 0, reinterpret_cast<struct sockaddr *>(&host), length));
    auto reader = std::async(std::launch::async, [&] {
        std::string mine;
        b.Recv(udp, &mine, 10);
        return mine;
    });
    auto poller = std::async(std::launch::async, [&] { return b.Poll(udp, K230_POLLOUT); });
    EXPECT_TRUE(Eventually([&] { return b.Sleepers() == 2u; }, PROMPT_MS)) << "poll and send agree";
    EXPECT_EQ(0, b.Close(first));
    EXPECT_EQ("early", reader.get());
    EXPECT_EQ(K230_POLLOUT, poller.get());
    for (const int handle : {second, udp})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(FewPairs, AcceptedConnectionsTakeTurnsWithThePairs)
{
    int port;
    const int listener = b.Listener(&port);
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; i++)
        clients.emplace_back([&, i] {
            Fd peer = KernelConnect(port);
            KernelSend(peer, Pattern(5000, static_cast<uint32_t>(i + 1)));
            EXPECT_EQ(Pattern(5000, static_cast<uint32_t>(i + 1)), KernelRecv(peer, 5000));
        });
    std::vector<std::thread> servers;
    for (int i = 0; i < 8; i++) {
        const int handle = b.Accept(listener);
        ASSERT_GE(handle, 0);
        servers.emplace_back([&, handle] {
            const std::string data = b.RecvAll(handle, 5000);
            EXPECT_EQ(data.size(), b.SendAll(handle, data));
            EXPECT_EQ(0, b.Close(handle));
        });
    }
    for (auto *threads : {&clients, &servers})
        for (auto &thread : *threads)
            thread.join();
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(FewPairs, ALingeringCloseKeepsItsPairUntilItsBytesAreOut)
{
    Fd peers[3];
    const int first = b.Pair(&peers[0]);
    const int second = b.Pair(&peers[1]);
    /* Fixed, so that the kernel does not find room for the rest of the ring later (tcp(7): it adjusts what nobody has
     * set); and a pause longer than its first probes of a closed window. */
    const int small = 32768;
    ASSERT_EQ(0, setsockopt(peers[0].get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
    ASSERT_EQ(0, b.SetOption(first, K230_SOL_SOCKET, K230_SO_SNDBUF, small));
    std::string sent;
    for (;;) {
        const std::string piece = Pattern(60000, static_cast<uint32_t>(sent.size() + 1));
        const int taken = b.Send(first, piece, 700);
        if (taken < 0)
            break;
        sent += piece.substr(0, static_cast<size_t>(taken));
    }
    EXPECT_EQ(0, b.Close(first));
    const int third = b.Pair(&peers[2]);
    EXPECT_EQ(0, b.Events(third)) << "the pair is not back yet";
    EXPECT_TRUE(sent == KernelRecvAll(peers[0]));
    EXPECT_TRUE(b.Settles(third, K230_POLLOUT));
    for (const int handle : {second, third})
        EXPECT_EQ(0, b.Close(handle));
}

/* ---- a small request queue --------------------------------------------------------------------------------------- */

class SmallQueue : public BoardTest
{
  protected:
    SmallQueue() : BoardTest(Limits(128, 136, 16384, 4000, 4)) {}
};

TEST_F(SmallQueue, ManyThreadsOpenUseAndCloseThroughIt)
{
    int port;
    const int listener = b.Listener(&port);
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; t++)
        threads.emplace_back([&] {
            for (int i = 0; i < 15; i++) {
                const int handle = b.Open();
                ASSERT_GE(handle, 0);
                int status;
                while ((status = b.Connect(handle, Loopback(port))) == -K230_EAGAIN)
                    ASSERT_EQ(0, k230_sock_wait(b.client(), -1, K230_WAIT_CALL, 0, b.In(PATIENCE_MS)));
                ASSERT_EQ(0, status);
                ASSERT_EQ(2, b.Send(handle, "hi"));
                ASSERT_EQ("hi", b.RecvAll(handle, 2));
                ASSERT_EQ(0, b.Close(handle));
            }
        });
    for (int i = 0; i < 6 * 15; i++) {
        const int handle = b.Accept(listener);
        ASSERT_GE(handle, 0);
        ASSERT_EQ("hi", b.RecvAll(handle, 2));
        ASSERT_EQ(2, b.Send(handle, "hi"));
        ASSERT_EQ(0, b.Close(handle));
    }
    for (auto &thread : threads)
        thread.join();
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(SmallQueue, ClosesThatFindItFullAreDoneLater)
{
    for (int round = 0; round < 10; round++) {
        std::vector<int> handles;
        for (int i = 0; i < 100; i++)
            handles.push_back(b.Open(K230_AF_INET, i % 2 ? K230_SOCK_STREAM : K230_SOCK_DGRAM));
        for (const int handle : handles)
            ASSERT_EQ(0, b.Close(handle));
    }
}

TEST_F(SmallQueue, MoreAnswersThanTheCompletionQueueHoldsAllArrive)
{
    const ClosedPort closed;
    std::vector<int> handles;
    for (int i = 0; i < 60; i++)
        handles.push_back(b.Open());
    for (const int handle : handles) {
        int status;
        while ((status = b.Connect(handle, Loopback(closed.port()), 0)) == -K230_EAGAIN)
            ASSERT_EQ(0, k230_sock_wait(b.client(), -1, K230_WAIT_CALL, 0, b.In(PATIENCE_MS)));
        ASSERT_EQ(-K230_EINPROGRESS, status);
    }
    for (const int handle : handles) {
        ASSERT_EQ(0, k230_sock_wait(b.client(), handle, K230_WAIT_CONNECT, 0, b.In(PATIENCE_MS)));
        EXPECT_EQ(-K230_ECONNREFUSED, k230_sock_connected(b.client(), handle));
        EXPECT_EQ(0, b.Close(handle));
    }
}

/* ---- interleavings ----------------------------------------------------------------------------------------------- */

using SteppedSessions = SteppedTest;

TEST_F(SteppedSessions, AnAcceptThatNobodyCollectedIsClosedWithItsListener)
{
    int port;
    const int listener = WithAgent([&] { return b.Listener(&port); });
    for (const bool abandoned : {false, true}) {
        SCOPED_TRACE(abandoned ? "abandoned" : "answered, not collected");
        const int one = abandoned ? WithAgent([&] { return b.Listener(&port); }) : listener;
        Fd peer = KernelConnect(port);
        struct k230_addr from;
        uint32_t call = 0;
        EXPECT_EQ(-K230_PENDING, k230_sock_accept(b.client(), one, true, &from, &call));
        b.Step(2);
        EXPECT_NE(K230_POLLNVAL, b.Events(one)); /* another thread takes the answer in */
        if (abandoned)
            k230_sock_abandon(b.client(), one, call);
        EXPECT_EQ(0, b.Close(one)); /* a third one closes the listener */
        b.Step(2);
        int error;
        EXPECT_EQ("", KernelRecvAll(peer, &error));
        EXPECT_EQ(ECONNRESET, error);
        if (!abandoned) {
            EXPECT_EQ(-K230_EBADF, k230_sock_accept(b.client(), one, true, &from, &call));
        }
    }
}

TEST_F(SteppedSessions, AnAcceptThatTheSessionsEndOvertookLeavesNoSlotBehind)
{
    int port;
    for (const bool abandoned : {false, true}) {
        SCOPED_TRACE(abandoned ? "abandoned" : "answered, not collected");
        const int listener = WithAgent([&] { return b.Listener(&port); });
        Fd peer = KernelConnect(port);
        struct k230_addr from;
        uint32_t call = 0;
        EXPECT_EQ(-K230_PENDING, k230_sock_accept(b.client(), listener, true, &from, &call));
        b.Step(2);
        EXPECT_NE(K230_POLLNVAL, b.Events(listener));
        if (abandoned)
            k230_sock_abandon(b.client(), listener, call);
        b.RestartAgent();
        EXPECT_EQ(29, b.Events(listener));
        if (!abandoned) {
            EXPECT_EQ(-K230_ECONNRESET, k230_sock_accept(b.client(), listener, true, &from, &call));
        }
        EXPECT_EQ(0, b.Close(listener));
        unsigned left = 0;
        for (const struct k230_sock &sock : b.client()->sock.socks)
            left += sock.state != K230_SOCK_FREE;
        EXPECT_EQ(0u, left);
    }
}

TEST_F(SteppedSessions, AnAcceptAnsweredAfterItsCallerGaveUpWaitsForTheNext)
{
    int port;
    const int listener = WithAgent([&] { return b.Listener(&port); });
    Fd first = KernelConnect(port);
    Fd second = KernelConnect(port);
    struct k230_addr from;
    uint32_t call = 0;
    EXPECT_EQ(-K230_PENDING, k230_sock_accept(b.client(), listener, true, &from, &call));
    k230_sock_abandon(b.client(), listener, call);
    b.Step(2);
    EXPECT_EQ(K230_POLLIN, b.Events(listener));
    const int one = WithAgent([&] { return b.Accept(listener, 0, &from); });
    ASSERT_GE(one, 0);
    EXPECT_EQ(PortOf(first.get()), from.port) << "the order is kept";
    const int two = WithAgent([&] { return b.Accept(listener, 0, &from); });
    ASSERT_GE(two, 0);
    EXPECT_EQ(PortOf(second.get()), from.port);
    for (const int handle : {listener, one, two})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(SteppedSessions, TheErrorOfACancelledConnectionIsNotRaisedOnTheNextOne)
{
    Fd listener = KernelListener();
    const int handle = WithAgent([&] { return b.Open(); });
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(PortOf(listener.get())), 0));
    b.Step(3); /* it stands, and nobody here has heard of it */
    Fd peer = KernelAccept(listener);
    peer.Reset();
    b.Step(3);
    k230_sock_cancel(b.client(), handle);
    b.Step(2);
    ASSERT_EQ(K230_POLLOUT | K230_POLLHUP, b.Events(handle));
    const int status = WithAgent([&] { return b.Connect(handle, Loopback(PortOf(listener.get()))); });
    ASSERT_EQ(0, status);
    Fd second = KernelAccept(listener);
    EXPECT_EQ(K230_POLLOUT, b.Events(handle));
    EXPECT_EQ(2, b.Send(handle, "ok", 0));
    b.Step(3);
    EXPECT_EQ("ok", KernelRecv(second, 2));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(SteppedSessions, ACancelThatWaitsForRoomIsSentBeforeTheNextConnect)
{
    Fd listener = KernelListener();
    const int handle = WithAgent([&] { return b.Open(); });
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(PortOf(listener.get())), 0));
    b.Step(3); /* the answer waits in the queue */
    /* By hand, with requests that change nothing: k230_sock_open would take the connect's answer in. */
    k230_engine_lock(&b.client()->engine);
    while (k230_queue_room(&b.client()->engine.link.requests) != 0) {
        k230_engine_request_locked(&b.client()->engine, 1, K230_OP_CLOSE, 63u | 1u << 16);
        k230_engine_publish_locked(&b.client()->engine);
    }
    k230_engine_unlock(&b.client()->engine);
    k230_sock_cancel(b.client(), handle);
    b.Step(2);
    const int status = b.Connect(handle, Loopback(PortOf(listener.get())), 0);
    EXPECT_TRUE(status == -K230_EINPROGRESS || status == -K230_EAGAIN || status == -K230_EALREADY) << status;
    b.Step(3);
    EXPECT_NE(29, b.Events(handle));
    EXPECT_EQ(K230_SESSION_LIVE, b.client()->engine.session) << k230_fault_text(k230_client_fault(b.client()));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(SteppedSessions, ABindThatFollowsACloseNeverOvertakesIt)
{
    int port;
    const int old = WithAgent([&] { return b.BoundUdp(&port); });
    const int fresh = WithAgent([&] { return b.OpenUdp(); });
    k230_engine_lock(&b.client()->engine);
    while (k230_queue_room(&b.client()->engine.link.requests) != 0) {
        k230_engine_request_locked(&b.client()->engine, 1, K230_OP_CLOSE, 63u | 1u << 16);
        k230_engine_publish_locked(&b.client()->engine);
    }
    k230_engine_unlock(&b.client()->engine);
    EXPECT_EQ(0, b.Close(old)); /* finds the queue full */
    b.Step(2);                  /* now it has room */
    const struct k230_addr addr = Loopback(port);
    uint32_t call = 0;
    int status = k230_sock_bind(b.client(), fresh, &addr, &call);
    for (int i = 0; i < 10 && status == -K230_PENDING; i++) {
        b.Step(1);
        status = k230_sock_bind(b.client(), fresh, &addr, &call);
    }
    EXPECT_EQ(0, status);
    EXPECT_EQ(0, b.Close(fresh));
}

TEST_F(SteppedSessions, WhatWasWrittenBeforeTheAppEndedGoesOutEvenIfTheAgentHadNotSeenTheSocketsRings)
{
    int port;
    const int listener = WithAgent([&] { return b.Listener(&port); });
    Fd peer = KernelConnect(port);
    struct k230_addr from;
    uint32_t call = 0;
    EXPECT_EQ(-K230_PENDING, k230_sock_accept(b.client(), listener, true, &from, &call));
    b.Step(2);
    const int handle = k230_sock_accept(b.client(), listener, true, &from, &call); /* posts ATTACH */
    ASSERT_GE(handle, 0);
    EXPECT_EQ(8, b.Send(handle, "farewell", 0));
    k230_agent_finish(b.agent()); /* the app's process is gone */
    while (!k230_agent_idle(b.agent()))
        b.Step();
    EXPECT_EQ("farewell", KernelRecvAll(peer));
    k230_client_stop(b.client());
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(0, b.Close(listener));
}

/* ---- look-ups ---------------------------------------------------------------------------------------------------- */

class Names : public BoardTest
{
  protected:
    int Resolve(const char *host, const char *service, std::vector<struct k230_addr> *found, int flags = 0,
                int family = 0, int type = 0, int proto = 0, std::string *canon = nullptr)
    {
        struct k230_addr addrs[8];
        char name[K230_HOST_MAX + 1] = "";
        const uint64_t deadline = b.In(PATIENCE_MS);
        int token;
        while ((token = k230_resolve_begin(b.client(), host, service, family, type, proto, flags)) == -K230_EAGAIN) {
            const int waited = k230_resolve_wait(b.client(), 0, deadline);
            if (waited != 0)
                return waited;
        }
        if (token < 0)
            return token;
        int count;
        while ((count = k230_resolve_end(b.client(), token, addrs, 8, name)) == -K230_PENDING) {
            const int waited = k230_resolve_wait(b.client(), token, deadline);
            if (waited != 0) {
                k230_resolve_abandon(b.client(), token);
                return waited;
            }
        }
        if (count >= 0 && found)
            found->assign(addrs, addrs + count);
        if (canon)
            *canon = name;
        return count;
    }
};

TEST_F(Names, NumericHostsAndServicesAreAnsweredExactly)
{
    std::vector<struct k230_addr> found;
    ASSERT_EQ(1, Resolve("192.0.2.7", "60000", &found));
    EXPECT_EQ("192.0.2.7 60000", Text(found[0]));
    ASSERT_EQ(1, Resolve("::1", "80", &found));
    EXPECT_EQ("::1 80", Text(found[0]));
    ASSERT_EQ(1, Resolve("127.0.0.1", "http", &found));
    EXPECT_EQ("127.0.0.1 80", Text(found[0]));
    ASSERT_EQ(1, Resolve("127.0.0.1", "domain", &found, 0, 0, K230_SOCK_DGRAM));
    EXPECT_EQ("127.0.0.1 53", Text(found[0]));
    ASSERT_EQ(1, Resolve("127.0.0.1", nullptr, &found));
    EXPECT_EQ("127.0.0.1 0", Text(found[0]));
    ASSERT_EQ(1, Resolve("", "80", &found, K230_AI_PASSIVE, K230_AF_INET));
    EXPECT_EQ("0.0.0.0 80", Text(found[0]));
    std::string canon;
    ASSERT_EQ(1, Resolve("127.0.0.1", "80", &found, K230_AI_CANONNAME, 0, 0, 0, &canon));
    EXPECT_EQ("127.0.0.1", canon);
}

TEST_F(Names, LocalhostIsFoundAndItsAddressConnects)
{
    std::vector<struct k230_addr> found;
    Fd listener = KernelListener();
    ASSERT_GE(Resolve("localhost", std::to_string(PortOf(listener.get())).c_str(), &found, 0, K230_AF_INET), 1);
    const int handle = b.Open();
    EXPECT_EQ(0, b.Connect(handle, found[0]));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Names, FailuresHaveTheNumbersOfTheResolver)
{
    const int unknown = Resolve("nothing.invalid", "80", nullptr);
    EXPECT_TRUE(unknown == -K230_EAI_NONAME || unknown == -K230_EAI_AGAIN)
        << unknown; /* without a name server: AGAIN */
    EXPECT_EQ(-K230_EAI_NONAME, Resolve("localhost", "80", nullptr, K230_AI_NUMERICHOST));
    EXPECT_EQ(-K230_EAI_NONAME, Resolve("", "80", nullptr));
    EXPECT_EQ(-K230_EAI_NONAME, Resolve(nullptr, "80", nullptr));
    EXPECT_EQ(-K230_EAI_SERVICE, Resolve("127.0.0.1", "no-such-service", nullptr));
    EXPECT_EQ(-K230_EAI_BADFLAGS, Resolve("127.0.0.1", "80", nullptr, 0x400));
    EXPECT_EQ(-K230_EAI_BADFLAGS, Resolve("127.0.0.1", "80", nullptr, -1));
    EXPECT_EQ(-K230_EAI_FAMILY, Resolve("127.0.0.1", "80", nullptr, 0, 77));
    EXPECT_EQ(-K230_EAI_SOCKTYPE, Resolve("127.0.0.1", "80", nullptr, 0, 0, 77));
    EXPECT_EQ(-K230_EAI_NONAME, Resolve(std::string(256, 'x').c_str(), "80", nullptr));
    EXPECT_EQ(-K230_EAI_SERVICE, Resolve("127.0.0.1", std::string(32, 'x').c_str(), nullptr));
    const int v4_as_v6 = Resolve("127.0.0.1", "80", nullptr, 0, K230_AF_INET6);
    EXPECT_TRUE(v4_as_v6 == -K230_EAI_ADDRFAMILY || v4_as_v6 == -K230_EAI_NONAME) << v4_as_v6;
}

TEST_F(Names, AnAnswerIsCutToTheCallersRoomAndATokenEndsOnce)
{
    int token;
    while ((token = k230_resolve_begin(b.client(), "127.0.0.1", "1", 0, 0, 0, 0)) == -K230_EAGAIN)
        ;
    ASSERT_GT(token, 0);
    struct k230_addr addr;
    int count;
    while ((count = k230_resolve_end(b.client(), token, &addr, 0, nullptr)) == -K230_PENDING)
        ASSERT_EQ(0, k230_resolve_wait(b.client(), token, b.In(PATIENCE_MS)));
    EXPECT_EQ(0, count);
    EXPECT_EQ(-K230_EBADF, k230_resolve_end(b.client(), token, &addr, 1, nullptr));
    EXPECT_EQ(-K230_EBADF, k230_resolve_end(b.client(), 4711, &addr, 1, nullptr));
    EXPECT_EQ(0, k230_resolve_wait(b.client(), token, b.In(PATIENCE_MS))) << "look again";
    k230_resolve_abandon(b.client(), token);
}

TEST_F(Names, TwentyAtOnceAreAllAnswered)
{
    std::vector<std::future<int>> askers;
    for (int i = 0; i < 20; i++)
        askers.push_back(std::async(std::launch::async, [&, i] {
            for (int n = 0; n < 5; n++) {
                std::vector<struct k230_addr> found;
                const std::string service = std::to_string(1000 + i);
                if (i % 3 == 2) {
                    if (Resolve("localhost", "no-such-service", &found) != -K230_EAI_SERVICE)
                        return 1;
                } else if (Resolve(i % 3 ? "localhost" : "127.0.0.1", service.c_str(), &found, 0, K230_AF_INET) < 1 ||
                           found[0].port != 1000 + i) {
                    return 2;
                }
            }
            return 0;
        }));
    for (auto &asker : askers)
        EXPECT_EQ(0, asker.get());
}

TEST_F(Names, AbandonedLookUpsGiveTheirRecordsBack)
{
    for (int round = 0; round < 30; round++) {
        std::vector<int> tokens;
        for (int i = 0; i < K230_RESOLVE_MAX; i++) {
            const int token = k230_resolve_begin(b.client(), "localhost", "1", 0, 0, 0, 0);
            if (token > 0)
                tokens.push_back(token);
        }
        for (const int token : tokens)
            k230_resolve_abandon(b.client(), token);
        std::vector<struct k230_addr> found;
        ASSERT_EQ(1, Resolve("127.0.0.1", "7", &found));
    }
    EXPECT_TRUE(Eventually([&] {
        b.Events(0);
        bool idle = true;
        k230_engine_lock(&b.client()->engine);
        for (const struct k230_question &question : b.client()->ask.questions)
            idle = idle && question.state == K230_CALL_IDLE;
        k230_engine_unlock(&b.client()->engine);
        return idle;
    }));
}

TEST_F(Names, ASessionsEndWakesWhoAsks)
{
    std::vector<std::future<int>> askers;
    EXPECT_EQ(0, b.Close(b.Open()));
    for (int i = 0; i < 10; i++)
        askers.push_back(std::async(std::launch::async, [&] { return Resolve("localhost", "1", nullptr); }));
    b.RestartAgent();
    for (auto &asker : askers) {
        const int status = asker.get();
        EXPECT_TRUE(status >= 1 || status == -K230_ECONNRESET || status == -K230_EBADF) << status;
    }
}

/* ---- the small core's network ------------------------------------------------------------------------------------ */

static int Network(Board &b, int seen, int timeout_ms)
{
    struct k230_operation op = {};
    int result;
    while ((result = k230_op_network(b.client(), &op, seen, timeout_ms)) == -K230_PENDING)
        k230_op_sleep(b.client(), &op);
    return result;
}

static int AddressChanges(int word) { return word >> 8 & 0xFFF; }

TEST_F(Sessions, TheNetworkIsAskedWithoutASocketAndItsChangeEndsAWait)
{
    b.SetNetwork(K230_NETWORK_LINK | K230_NETWORK_ADDRESS);
    const int first = Network(b, -1, 0);
    ASSERT_GE(first, 0);
    EXPECT_EQ(static_cast<int>(K230_NETWORK_LINK | K230_NETWORK_ADDRESS), first & 0xFF);
    EXPECT_EQ(-K230_ETIMEDOUT, Network(b, first, 50)) << "no change";
    auto waiter = std::async(std::launch::async, [&] { return Network(b, first, -1); });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() == 1u; }));
    b.SetNetwork(K230_NETWORK_ADDRESS);
    const int second = waiter.get();
    EXPECT_EQ(static_cast<int>(K230_NETWORK_ADDRESS), second & 0xFF);
    EXPECT_EQ(first >> 8, second >> 8) << "the same session, the same addresses";
    b.SetNetwork(K230_NETWORK_ADDRESS, true);
    const int third = Network(b, second, PATIENCE_MS);
    EXPECT_EQ(static_cast<int>(K230_NETWORK_ADDRESS), third & 0xFF);
    EXPECT_EQ(AddressChanges(second) + 1, AddressChanges(third)) << "another address";
    b.SetNetwork(0, true);
    EXPECT_EQ(AddressChanges(third) + 1, AddressChanges(Network(b, third, PATIENCE_MS))) << "it has gone: one change";
}

TEST_F(Sessions, AnAgentThatRestartsEndsAWaitForTheNetworkWithTheWordOfTheNext)
{
    const int first = Network(b, -1, 0);
    ASSERT_GE(first, 0);
    auto waiter = std::async(std::launch::async, [&] { return Network(b, first, -1); });
    ASSERT_TRUE(Eventually([&] { return b.Sleepers() == 1u; }));
    b.RestartAgent();
    const int second = waiter.get();
    ASSERT_GE(second, 0);
    EXPECT_NE(first >> 20, second >> 20);
    EXPECT_EQ(first & 0xFFFFF, second & 0xFFFFF) << "it has the addresses it had: none has changed";
}

TEST_F(Sessions, AnAgentThatRestartsWithAnotherAddressHasChangedIt)
{
    b.SetNetwork(K230_NETWORK_LINK | K230_NETWORK_ADDRESS);
    const int first = Network(b, -1, 0);
    ASSERT_GE(first, 0);
    b.Halt();
    b.SetNetwork(K230_NETWORK_LINK | K230_NETWORK_ADDRESS, true);
    b.RestartAgent();
    b.Run();
    const int second = Network(b, first, PATIENCE_MS);
    ASSERT_GE(second, 0);
    EXPECT_NE(first >> 20, second >> 20);
    EXPECT_EQ(first & 0xFF, second & 0xFF);
    EXPECT_EQ(AddressChanges(first) + 1, AddressChanges(second));
}

/* ---- the small core's interfaces --------------------------------------------------------------------------------- */

static int Interface(Board &b, uint32_t index, struct k230_interface *facts, int timeout_ms = PATIENCE_MS)
{
    struct k230_operation op = {};
    int result;
    while ((result = k230_op_interface(b.client(), &op, index, facts, timeout_ms)) == -K230_PENDING)
        k230_op_sleep(b.client(), &op);
    return result;
}

TEST_F(Sessions, InterfacesAreAskedWithoutASocketUntilThereAreNoMore)
{
    struct k230_interface facts;
    int count = Interface(b, 0, &facts);
    if (count == -K230_ENOENT) /* a machine with the loop alone */
        count = 0;
    ASSERT_GE(count, 0);
    std::set<std::string> names;
    for (uint32_t i = 0; i < static_cast<uint32_t>(count); i++) {
        ASSERT_EQ(count, Interface(b, i, &facts));
        EXPECT_TRUE(names.insert(facts.name).second) << facts.name << " stands there twice";
        EXPECT_STRNE("lo", facts.name);
    }
    EXPECT_EQ(-K230_ENOENT, Interface(b, static_cast<uint32_t>(count), &facts));
    EXPECT_EQ(-K230_ENOENT, Interface(b, UINT32_MAX, &facts));
}

TEST_F(Sessions, ManyThreadsAskForInterfacesAtOnceWhileSocketsWork)
{
    struct k230_interface facts;
    const int expected = Interface(b, 0, &facts);
    std::vector<std::future<int>> askers;
    for (int i = 0; i < 20; i++)
        askers.push_back(std::async(std::launch::async, [&] {
            struct k230_interface mine;
            for (int n = 0; n < 20; n++)
                if (Interface(b, 0, &mine) != expected || (expected > 0 && strcmp(mine.name, facts.name) != 0))
                    return 1;
            return 0;
        }));
    Fd peer;
    const int handle = b.Pair(&peer);
    for (int i = 0; i < 50; i++) {
        EXPECT_EQ(2, b.Send(handle, "ok"));
        EXPECT_EQ("ok", KernelRecv(peer, 2));
    }
    for (auto &asker : askers)
        EXPECT_EQ(0, asker.get());
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sessions, AnAgentThatRestartsIsAskedForInterfacesAgain)
{
    struct k230_interface facts;
    const int before = Interface(b, 0, &facts);
    for (int i = 0; i < 5; i++) {
        std::vector<std::future<int>> askers;
        for (int n = 0; n < 4; n++)
            askers.push_back(std::async(std::launch::async, [&] {
                struct k230_interface mine;
                return Interface(b, 0, &mine);
            }));
        b.RestartAgent();
        for (auto &asker : askers) {
            const int status = asker.get();
            EXPECT_TRUE(status == before || status == -K230_ECONNRESET) << status;
        }
        EXPECT_EQ(before, Interface(b, 0, &facts));
    }
}

TEST_F(Sessions, QuestionsAboutInterfacesThatAreGivenUpGiveTheirRecordsBack)
{
    struct k230_interface facts;
    const int expected = Interface(b, 0, &facts);
    for (int round = 0; round < 50; round++) {
        struct k230_operation ops[K230_INTERFACE_MAX + 1] = {};
        for (auto &op : ops)
            k230_op_interface(b.client(), &op, 0, &facts, -1);
        for (auto &op : ops)
            k230_op_abandon(b.client(), &op);
        ASSERT_EQ(expected, Interface(b, 0, &facts));
    }
}
