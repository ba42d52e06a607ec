/* Handles, addresses, connections, options, limits: the client and the agent together, against kernel sockets. */
#include "board.h"

#include <set>

using Sockets = BoardTest;

/* ---- open and close ---------------------------------------------------------------------------------------------- */

TEST_F(Sockets, OpenGivesSocketsOfEveryKind)
{
    const int kinds[][3] = {{K230_AF_INET, K230_SOCK_STREAM, 0},  {K230_AF_INET, K230_SOCK_STREAM, K230_IPPROTO_TCP},
                            {K230_AF_INET, K230_SOCK_DGRAM, 0},   {K230_AF_INET, K230_SOCK_DGRAM, K230_IPPROTO_UDP},
                            {K230_AF_INET6, K230_SOCK_STREAM, 0}, {K230_AF_INET6, K230_SOCK_DGRAM, 0}};
    for (const auto &kind : kinds) {
        const int handle = b.Open(kind[0], kind[1], kind[2]);
        ASSERT_GE(handle, 0) << kind[0] << ' ' << kind[1] << ' ' << kind[2];
        EXPECT_EQ(kind[1], k230_sock_type(b.client(), handle));
        EXPECT_EQ(0, b.Close(handle));
    }
}

TEST_F(Sockets, OpenRefusesWhatIsNoSocketAtOnce)
{
    EXPECT_EQ(-K230_EAFNOSUPPORT, b.Open(999));
    EXPECT_EQ(-K230_EINVAL, b.Open(K230_AF_INET, 99));
    EXPECT_EQ(-K230_EINVAL, b.Open(K230_AF_INET, -1));
    EXPECT_EQ(-K230_EPROTONOSUPPORT, b.Open(K230_AF_INET, K230_SOCK_DGRAM, K230_IPPROTO_TCP));
    EXPECT_EQ(-K230_EPROTONOSUPPORT, b.Open(K230_AF_INET, K230_SOCK_STREAM, K230_IPPROTO_UDP));
    EXPECT_EQ(-K230_EPROTONOSUPPORT, b.Open(K230_AF_INET, K230_SOCK_RAW));
}

TEST_F(Sockets, OpenedToldTwiceLeavesTheSocketAlone)
{
    const int handle = b.Open();
    EXPECT_EQ(0, k230_sock_opened(b.client(), handle));
    EXPECT_EQ(-K230_EADDRNOTAVAIL, b.Bind(handle, Address("203.0.113.1", 0)));
    EXPECT_EQ(0, k230_sock_opened(b.client(), handle)) << "the bind's failure is not the open's";
    EXPECT_EQ(K230_SOCK_STREAM, k230_sock_type(b.client(), handle));
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(-K230_EBADF, k230_sock_opened(b.client(), handle));
}

TEST_F(Sockets, SlotsAreUsedLowestFirstUpToTheLimitAndThenEmfileComesAtOnce)
{
    std::vector<int> handles;
    for (uint32_t i = 0; i < b.limits().slots; i++) {
        handles.push_back(b.Open());
        ASSERT_GE(handles.back(), 0);
        EXPECT_EQ(i, k230_handle_slot(static_cast<uint32_t>(handles.back())));
    }
    const uint64_t start = NowMs();
    EXPECT_EQ(-K230_EMFILE, k230_sock_open(b.client(), K230_AF_INET, K230_SOCK_STREAM, 0));
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    for (const uint32_t slot : {40u, 7u, 23u})
        EXPECT_EQ(0, b.Close(handles[slot]));
    for (const uint32_t slot : {7u, 23u, 40u}) {
        handles[slot] = b.Open();
        EXPECT_EQ(slot, k230_handle_slot(static_cast<uint32_t>(handles[slot])));
    }
    EXPECT_EQ(-K230_EMFILE, b.Open());
    for (const int handle : handles)
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, AnOldHandleGivesEbadfFromEveryFunctionAndNeverReachesTheNewSocket)
{
    Fd peer;
    const int old = b.Pair(&peer);
    ASSERT_EQ(0, b.Close(old));
    EXPECT_EQ("", KernelRecvAll(peer));
    Fd new_peer;
    const int fresh = b.Pair(&new_peer);
    ASSERT_EQ(k230_handle_slot(static_cast<uint32_t>(old)), k230_handle_slot(static_cast<uint32_t>(fresh)));
    ASSERT_NE(old, fresh);
    KernelSend(new_peer, "for the new one\n");
    ASSERT_TRUE(b.Settles(fresh, K230_POLLIN | K230_POLLOUT));

    struct k230_addr addr = Loopback(1);
    int32_t value = 1;
    char byte = 'x';
    uint32_t seen = 0;
    uint32_t call = 0;
    struct k230_client *client = b.client();
    EXPECT_EQ(-K230_EBADF, b.Close(old));
    EXPECT_EQ(-K230_EBADF, k230_sock_opened(client, old));
    EXPECT_EQ(-K230_EBADF, b.Bind(old, addr));
    EXPECT_EQ(-K230_EBADF, b.Listen(old));
    EXPECT_EQ(-K230_EBADF, b.Accept(old, 0));
    EXPECT_EQ(-K230_EBADF, b.Connect(old, addr));
    EXPECT_EQ(-K230_EBADF, k230_sock_connected(client, old));
    EXPECT_FALSE(k230_sock_cancel(client, old));
    EXPECT_EQ(-K230_EBADF, b.Shutdown(old, K230_SHUT_WR));
    EXPECT_EQ(-K230_EBADF, b.SetOption(old, K230_SOL_SOCKET, K230_SO_KEEPALIVE, 1));
    EXPECT_EQ(-K230_EBADF, b.GetOption(old, K230_SOL_SOCKET, K230_SO_KEEPALIVE, &value, sizeof value));
    EXPECT_EQ(-K230_EBADF, b.Local(old, &addr));
    EXPECT_EQ(-K230_EBADF, b.Peer(old, &addr));
    EXPECT_EQ(-K230_EBADF, k230_sock_type(client, old));
    EXPECT_EQ(-K230_EBADF, k230_sock_send(client, old, &byte, 1, 1));
    EXPECT_EQ(-K230_EBADF, k230_sock_sendto(client, old, &byte, 1, &addr, &call));
    EXPECT_EQ(-K230_EBADF, k230_sock_recv(client, old, &byte, 1, 0, nullptr));
    EXPECT_EQ(-K230_EBADF, k230_sock_readline(client, old, &byte, 1, false, &seen));
    EXPECT_EQ(-K230_EBADF, k230_sock_available(client, old));
    EXPECT_EQ(-K230_EBADF, k230_sock_wait(client, old, K230_WAIT_IN, 0, b.In(PATIENCE_MS)));
    EXPECT_EQ(-K230_EBADF, k230_sock_wait(client, old, K230_WAIT_CALL, 0, b.In(PATIENCE_MS)));
    EXPECT_EQ(K230_POLLNVAL, b.Events(old));
    EXPECT_EQ(K230_POLLNVAL, b.Poll(old, 0));
    k230_sock_abandon(client, old, 1234);

    std::string line;
    EXPECT_EQ(16, b.ReadLine(fresh, &line));
    EXPECT_EQ("for the new one\n", line);
    EXPECT_EQ(2, b.Send(fresh, "ok"));
    EXPECT_EQ("ok", KernelRecv(new_peer, 2));
    EXPECT_EQ(0, b.Close(fresh));
}

TEST_F(Sockets, AHandleThatNeverWasGivesEbadf)
{
    for (const int handle : {-1, INT32_MAX, 0, 5, 0x10000 | 600, 0x10000 | 0xFFFF}) {
        EXPECT_EQ(-K230_EBADF, b.Close(handle)) << handle;
        EXPECT_EQ(-K230_EBADF, b.Listen(handle)) << handle;
        EXPECT_EQ(-K230_EBADF, b.Connect(handle, Loopback(1))) << handle;
        EXPECT_EQ(-K230_EBADF, b.Accept(handle, 0)) << handle;
        EXPECT_EQ(-K230_EBADF, b.Send(handle, "x", 0)) << handle;
        EXPECT_EQ(-K230_EBADF, k230_sock_available(b.client(), handle)) << handle;
        EXPECT_EQ(K230_POLLNVAL, b.Events(handle)) << handle;
        EXPECT_FALSE(k230_sock_cancel(b.client(), handle));
        k230_sock_abandon(b.client(), handle, 77);
    }
}

TEST_F(Sockets, ClosingHundredsOfTimesGivesEachSlotAnotherGeneration)
{
    std::set<int> seen;
    for (int i = 0; i < 500; i++) {
        const int handle = b.Open(K230_AF_INET, i % 2 ? K230_SOCK_STREAM : K230_SOCK_DGRAM);
        ASSERT_GE(handle, 0);
        EXPECT_TRUE(seen.insert(handle).second) << "handle " << handle << " came twice";
        ASSERT_EQ(0, b.Close(handle));
    }
}

/* ---- bind, listen, local and peer address -------------------------------------------------------------------------
 */

TEST_F(Sockets, BindTellsItsFailuresByName)
{
    int port;
    const int listener = b.Listener(&port);
    const int second = b.Open();
    EXPECT_EQ(-K230_EADDRINUSE, b.Bind(second, Loopback(port)));
    EXPECT_EQ(-K230_EADDRNOTAVAIL, b.Bind(second, Address("203.0.113.1", 0)));
    EXPECT_EQ(0, b.Bind(second, Loopback(0)));
    EXPECT_EQ(-K230_EINVAL, b.Bind(second, Loopback(0))) << "twice";
    EXPECT_EQ(0, b.Close(second));
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Sockets, APortIsFreeAgainAsSoonAsItsListenerIsClosed)
{
    int port;
    int listener = b.Listener(&port);
    for (int i = 0; i < 50; i++) {
        ASSERT_EQ(0, b.Close(listener));
        listener = b.Open();
        ASSERT_EQ(0, b.Bind(listener, Loopback(port))) << i;
        ASSERT_EQ(0, b.Listen(listener));
    }
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Sockets, ListenTakesAnyBacklogAndRefusesWhatCannotListen)
{
    for (const int backlog : {0, -5, 1, 5, 1000000}) {
        int port;
        const int listener = b.Listener(&port, backlog);
        Fd peer = KernelConnect(port);
        const int accepted = b.Accept(listener);
        EXPECT_GE(accepted, 0) << backlog;
        EXPECT_EQ(0, b.Listen(listener, 3)) << "again";
        EXPECT_EQ(0, b.Close(accepted));
        EXPECT_EQ(0, b.Close(listener));
    }
    const int udp = b.OpenUdp();
    EXPECT_EQ(-K230_EOPNOTSUPP, b.Listen(udp));
    EXPECT_EQ(-K230_EOPNOTSUPP, b.Accept(udp, 0));
    Fd peer;
    const int connected = b.Pair(&peer);
    EXPECT_EQ(-K230_EINVAL, b.Listen(connected));
    const int bound = b.Open();
    EXPECT_EQ(0, b.Bind(bound, Loopback(0)));
    EXPECT_EQ(-K230_EINVAL, b.Accept(bound, 0));
    EXPECT_EQ(-K230_ETIMEDOUT, k230_sock_wait(b.client(), connected, K230_WAIT_IN, 0, b.In(20)));
    for (const int handle : {udp, connected, bound})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, LocalAndPeerAddressesAreThoseOfTheConnection)
{
    for (const int family : {K230_AF_INET, K230_AF_INET6}) {
        const int host_family = family == K230_AF_INET6 ? AF_INET6 : AF_INET;
        Fd peer;
        const int handle = b.Pair(&peer, family);
        struct k230_addr local;
        struct k230_addr remote;
        ASSERT_EQ(0, b.Local(handle, &local));
        ASSERT_EQ(0, b.Peer(handle, &remote));
        EXPECT_EQ(Text(Loopback(PortOf(peer.get()), host_family)), Text(remote));
        struct sockaddr_storage host;
        socklen_t length = sizeof host;
        ASSERT_EQ(0, getpeername(peer.get(), reinterpret_cast<struct sockaddr *>(&host), &length));
        EXPECT_EQ(ntohs(reinterpret_cast<struct sockaddr_in *>(&host)->sin_port), local.port);
        EXPECT_EQ(0, b.Close(handle));
    }
    const int fresh = b.Open();
    struct k230_addr addr;
    EXPECT_EQ(-K230_ENOTCONN, b.Peer(fresh, &addr));
    EXPECT_EQ(0, b.Local(fresh, &addr));
    EXPECT_EQ("0.0.0.0 0", Text(addr));
    EXPECT_EQ(0, b.Close(fresh));
}

/* ---- accept -------------------------------------------------------------------------------------------------------
 */

TEST_F(Sockets, AcceptGivesConnectionsInTheirOrderWithTheirAddresses)
{
    for (const int family : {AF_INET, AF_INET6}) {
        int port;
        const int listener = b.Listener(&port, 16, family == AF_INET6 ? K230_AF_INET6 : K230_AF_INET);
        std::vector<Fd> peers;
        for (int i = 0; i < 5; i++) {
            peers.push_back(KernelConnect(port, family));
            KernelSend(peers.back(), std::string(1, static_cast<char>('0' + i)));
        }
        for (int i = 0; i < 5; i++) {
            struct k230_addr from;
            const int accepted = b.Accept(listener, PATIENCE_MS, &from);
            ASSERT_GE(accepted, 0);
            EXPECT_EQ(Text(Loopback(PortOf(peers[static_cast<size_t>(i)].get()), family)), Text(from));
            struct k230_addr remote;
            EXPECT_EQ(0, b.Peer(accepted, &remote));
            EXPECT_EQ(Text(from), Text(remote));
            EXPECT_EQ(std::string(1, static_cast<char>('0' + i)), b.RecvAll(accepted, 1));
            EXPECT_EQ(0, b.Close(accepted));
        }
        EXPECT_EQ(0, b.Close(listener));
    }
}

TEST_F(Sockets, ANonBlockingAcceptIsExactRightAfterAConnect)
{
    int port;
    const int listener = b.Listener(&port);
    EXPECT_EQ(-K230_EAGAIN, b.Accept(listener, 0));
    for (int i = 0; i < 100; i++) {
        Fd peer = KernelConnect(port);
        const int accepted = b.Accept(listener, 0);
        ASSERT_GE(accepted, 0) << "connection " << i << " stands, and accept did not see it";
        ASSERT_EQ(-K230_EAGAIN, b.Accept(listener, 0));
        ASSERT_EQ(0, b.Close(accepted));
    }
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Sockets, AcceptThatDoesNotAskSeesWhatWasAnnounced)
{
    int port;
    const int listener = b.Listener(&port);
    struct k230_addr peer_addr;
    uint32_t call = 0;
    EXPECT_EQ(-K230_EAGAIN, k230_sock_accept(b.client(), listener, false, &peer_addr, &call));
    EXPECT_EQ(-K230_ETIMEDOUT, b.Accept(listener, 50));
    Fd peer = KernelConnect(port);
    const int accepted = b.Accept(listener);
    EXPECT_GE(accepted, 0);
    EXPECT_EQ(0, b.Close(accepted));
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Sockets, AcceptWithoutAFreeSlotGivesEmfileAndTheConnectionWaits)
{
    int port;
    const int listener = b.Listener(&port);
    std::vector<int> fillers;
    for (uint32_t i = 1; i < b.limits().slots; i++)
        fillers.push_back(b.Open());
    Fd peer = KernelConnect(port);
    KernelSend(peer, "still here");
    EXPECT_EQ(-K230_EMFILE, b.Accept(listener, 0));
    ASSERT_TRUE(b.Settles(listener, K230_POLLIN));
    EXPECT_EQ(-K230_EMFILE, b.Accept(listener));
    EXPECT_EQ(0, b.Close(fillers.back()));
    fillers.pop_back();
    const int accepted = b.Accept(listener, 0);
    ASSERT_GE(accepted, 0);
    EXPECT_EQ("still here", b.RecvAll(accepted, 10));
    fillers.push_back(accepted);
    fillers.push_back(listener);
    for (const int handle : fillers)
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, ClosingAListenerResetsTheClientsThatWait)
{
    int port;
    const int listener = b.Listener(&port);
    Fd first = KernelConnect(port);
    Fd second = KernelConnect(port);
    ASSERT_TRUE(b.Settles(listener, K230_POLLIN));
    EXPECT_EQ(0, b.Close(listener));
    for (const Fd *peer : {&first, &second}) {
        int error;
        EXPECT_EQ("", KernelRecvAll(*peer, &error));
        EXPECT_EQ(ECONNRESET, error);
    }
}

TEST_F(Sockets, FourThreadsAcceptFromOneListenerWithoutLosingAConnection)
{
    int port;
    const int listener = b.Listener(&port);
    constexpr int EACH = 10;
    std::vector<std::future<std::vector<int>>> acceptors;
    for (int i = 0; i < 4; i++)
        acceptors.push_back(std::async(std::launch::async, [&] {
            std::vector<int> got;
            for (int n = 0; n < EACH; n++)
                got.push_back(b.Accept(listener));
            return got;
        }));
    std::vector<Fd> peers;
    for (int i = 0; i < 4 * EACH; i++) {
        peers.push_back(KernelConnect(port));
        KernelSend(peers.back(), std::string(1, static_cast<char>(i)));
    }
    std::set<int> greetings;
    for (auto &acceptor : acceptors)
        for (const int handle : acceptor.get()) {
            ASSERT_GE(handle, 0);
            const std::string greeting = b.RecvAll(handle, 1);
            ASSERT_EQ(1u, greeting.size());
            EXPECT_TRUE(greetings.insert(greeting[0]).second);
            EXPECT_EQ(0, b.Close(handle));
        }
    EXPECT_EQ(4u * EACH, greetings.size());
    EXPECT_EQ(0, b.Close(listener));
}

/* ---- connect ------------------------------------------------------------------------------------------------------
 */

TEST_F(Sockets, ConnectSucceedsOnceAndIsRefusedAfterThat)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    EXPECT_EQ(-K230_EISCONN, b.Connect(handle, Loopback(1)));
    EXPECT_EQ(0, k230_sock_connected(b.client(), handle)) << "still connected";
    EXPECT_EQ(0, b.Close(handle));
    int port;
    const int listener = b.Listener(&port);
    EXPECT_EQ(-K230_EISCONN, b.Connect(listener, Loopback(1)));
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Sockets, ANonBlockingConnectReportsItsProgressAndItsSuccessOnce)
{
    Fd listener = KernelListener();
    const int handle = b.Open();
    const struct k230_addr addr = Loopback(PortOf(listener.get()));
    EXPECT_EQ(-K230_ENOTCONN, k230_sock_connected(b.client(), handle));
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, addr, 0));
    EXPECT_EQ(K230_POLLOUT, b.Poll(handle, K230_POLLOUT));
    EXPECT_EQ(0, b.Connect(handle, addr, 0)) << "the success is told once";
    EXPECT_EQ(-K230_EISCONN, b.Connect(handle, addr, 0));
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, ARefusedConnectIsToldOnceAndTheSocketCanConnectElsewhere)
{
    const ClosedPort closed;
    Fd listener = KernelListener();
    const int handle = b.Open();
    EXPECT_EQ(-K230_ECONNREFUSED, b.Connect(handle, Loopback(closed.port())));
    EXPECT_EQ(-K230_ENOTCONN, k230_sock_connected(b.client(), handle));
    std::string data;
    EXPECT_EQ(0, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    EXPECT_EQ(0, b.Connect(handle, Loopback(PortOf(listener.get()))));
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(1, b.Send(handle, "x"));
    EXPECT_EQ("x", KernelRecv(peer, 1));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, AConnectThatFailsAtOnceLeavesNoAgentSpinning)
{
    const int handle = b.Open();
    /* Broadcast: refused by the kernel before a packet is sent. */
    const int status = b.Connect(handle, Address("255.255.255.255", 9));
    EXPECT_TRUE(status == -K230_ENETUNREACH || status == -K230_EACCES || status == -K230_EPERM ||
                status == -K230_EINVAL)
        << status;
    EXPECT_EQ(-K230_EAFNOSUPPORT, b.Connect(handle, Loopback(9, AF_INET6)));
    const uint64_t before = b.steps();
    std::this_thread::sleep_for(std::chrono::milliseconds(300)); /* a span to count in, nothing is waited for */
    EXPECT_LT(b.steps() - before, 50u) << "the agent turns without work";
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, AConnectThatNeverEndsTimesOutAndIsCancelled)
{
    FullListener full;
    const int handle = b.Open();
    const uint64_t start = NowMs();
    EXPECT_EQ(-K230_ETIMEDOUT, b.Connect(handle, Loopback(full.port()), 100));
    EXPECT_GE(NowMs() - start, 95u);
    EXPECT_LT(NowMs() - start, 100u + PROMPT_MS);
    EXPECT_TRUE(b.Settles(handle, K230_POLLOUT | K230_POLLHUP)) << "new again";
    Fd listener = KernelListener();
    EXPECT_EQ(0, b.Connect(handle, Loopback(PortOf(listener.get()))));
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(4, b.Send(handle, "here"));
    EXPECT_EQ("here", KernelRecv(peer, 4));
    KernelSend(peer, "there");
    EXPECT_EQ("there", b.RecvAll(handle, 5));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, AConnectUnderWaySaysSoAndCanBeClosed)
{
    FullListener full;
    const int handle = b.Open();
    EXPECT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(full.port()), 0));
    EXPECT_EQ(-K230_EALREADY, b.Connect(handle, Loopback(full.port()), 0));
    EXPECT_EQ(-K230_EINPROGRESS, k230_sock_connected(b.client(), handle));
    EXPECT_EQ(0, b.Events(handle));
    std::string data;
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handle, &data, 1, 0));
    EXPECT_EQ(-K230_EAGAIN, b.Send(handle, "x", 0));
    EXPECT_EQ(-K230_EINVAL, b.Listen(handle));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, CancelOnSocketsThatDoNotConnectDoesNothing)
{
    Fd peer;
    const int connected = b.Pair(&peer);
    const int fresh = b.Open();
    int port;
    const int listener = b.Listener(&port);
    for (const int handle : {connected, fresh, listener})
        EXPECT_FALSE(k230_sock_cancel(b.client(), handle));
    EXPECT_EQ(2, b.Send(connected, "ok"));
    EXPECT_EQ("ok", KernelRecv(peer, 2));
    Fd second = KernelConnect(port);
    const int accepted = b.Accept(listener);
    EXPECT_GE(accepted, 0);
    for (const int handle : {connected, fresh, listener, accepted})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, CancelRacingWithSuccessNeverLosesTrack)
{
    Fd listener = KernelListener();
    Fd last = KernelListener();
    for (int i = 0; i < 100; i++) {
        const int handle = b.Open();
        ASSERT_EQ(-K230_EINPROGRESS, b.Connect(handle, Loopback(PortOf(listener.get())), 0));
        if (i % 2)
            k230_sock_wait(b.client(), handle, K230_WAIT_CONNECT, 0, b.In(i % 3));
        k230_sock_cancel(b.client(), handle);
        if (k230_sock_connected(b.client(), handle) != 0) { /* else the cancel came too late */
            ASSERT_TRUE(b.Settles(handle, K230_POLLOUT | K230_POLLHUP));
            ASSERT_EQ(0, b.Connect(handle, Loopback(PortOf(last.get()))));
            Fd peer = KernelAccept(last);
            ASSERT_EQ(5, b.Send(handle, "hello"));
            ASSERT_EQ("hello", KernelRecv(peer, 5));
        }
        ASSERT_EQ(0, b.Close(handle));
        while (KernelReady(listener.get(), POLLIN, 0)) /* what came of the first connect, if anything */
            Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
}

TEST_F(Sockets, StreamCallsOnASocketThatIsNotConnectedSayEnotconn)
{
    const int handle = b.Open();
    std::string data;
    EXPECT_EQ(-K230_ENOTCONN, b.Send(handle, "x", 0));
    EXPECT_EQ(-K230_ENOTCONN, b.Recv(handle, &data, 1, 0));
    EXPECT_EQ(-K230_ENOTCONN, b.ReadLine(handle, &data, 10, 0));
    EXPECT_EQ(-K230_ENOTCONN, b.Shutdown(handle, K230_SHUT_RDWR));
    EXPECT_EQ(0, k230_sock_available(b.client(), handle));
    EXPECT_EQ(0, b.Close(handle));
    int port;
    const int listener = b.Listener(&port);
    EXPECT_EQ(-K230_ENOTCONN, b.Recv(listener, &data, 1, 0));
    EXPECT_EQ(-K230_EPIPE, b.Send(listener, "x", 0));
    EXPECT_EQ(0, b.Close(listener));
}

/* ---- options ------------------------------------------------------------------------------------------------------
 */

TEST_F(Sockets, OptionsThatAreSetCanBeRead)
{
    const int tcp = b.Open();
    const struct {
        int level, option;
    } switches[] = {
        {K230_SOL_SOCKET, K230_SO_REUSEADDR}, {K230_SOL_SOCKET, K230_SO_KEEPALIVE}, {K230_LEVEL_TCP, K230_TCP_NODELAY}};
    for (const auto &option : switches)
        for (const int32_t on : {1, 0}) {
            EXPECT_EQ(0, b.SetOption(tcp, option.level, option.option, on));
            int32_t value = -1;
            EXPECT_EQ(4, b.GetOption(tcp, option.level, option.option, &value, sizeof value));
            EXPECT_EQ(on, value);
        }
    const int32_t linger[2] = {1, 7};
    int32_t read_back[2] = {0, 0};
    EXPECT_EQ(0, b.SetOption(tcp, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    EXPECT_EQ(8, b.GetOption(tcp, K230_SOL_SOCKET, K230_SO_LINGER, read_back, sizeof read_back));
    EXPECT_EQ(1, read_back[0]);
    EXPECT_EQ(7, read_back[1]);
    int32_t value = 0;
    EXPECT_EQ(4, b.GetOption(tcp, K230_SOL_SOCKET, K230_SO_TYPE, &value, sizeof value));
    EXPECT_EQ(K230_SOCK_STREAM, value);
    EXPECT_EQ(4, b.GetOption(tcp, K230_SOL_SOCKET, K230_SO_ERROR, &value, sizeof value));
    EXPECT_EQ(0, value);
    EXPECT_EQ(0, b.SetOption(tcp, K230_SOL_SOCKET, K230_SO_RCVBUF, 16384));
    EXPECT_EQ(4, b.GetOption(tcp, K230_SOL_SOCKET, K230_SO_RCVBUF, &value, sizeof value));
    EXPECT_GE(value, 16384);

    const int udp = b.OpenUdp();
    uint8_t membership[8] = {239, 1, 2, 3, 127, 0, 0, 1};
    EXPECT_EQ(0, b.SetOption(udp, K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, membership, sizeof membership));
    EXPECT_EQ(-K230_EADDRINUSE, b.SetOption(udp, K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, membership, 8));
    EXPECT_EQ(0, b.SetOption(udp, K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, membership, sizeof membership));
    EXPECT_EQ(-K230_EADDRNOTAVAIL, b.SetOption(udp, K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, membership, 8));
    for (const int handle : {tcp, udp})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Sockets, AnOptionsValueMayBeLongerThanARequestHasRoomFor)
{
    std::vector<uint8_t> value(K230_PAYLOAD_MAX + 1);
    value[0] = 1;
    const int handle = b.Open();
    for (const int option : {K230_SO_REUSEADDR, K230_SO_LINGER}) {
        EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, option, value.data(), static_cast<uint32_t>(value.size())));
        int32_t read_back[2] = {};
        EXPECT_LT(0, b.GetOption(handle, K230_SOL_SOCKET, option, read_back, sizeof read_back));
        EXPECT_EQ(1, read_back[0]) << "its beginning counts";
    }
    EXPECT_EQ(0, b.Close(handle)) << "and resets, had it a connection";
}

TEST_F(Sockets, WrongOptionsAreRefusedByName)
{
    const int handle = b.Open();
    int32_t value = 1;
    EXPECT_EQ(-K230_ENOPROTOOPT, b.SetOption(handle, K230_SOL_SOCKET, 9999, 1));
    EXPECT_EQ(-K230_ENOPROTOOPT, b.SetOption(handle, 77, 1, 1));
    EXPECT_EQ(-K230_ENOPROTOOPT, b.GetOption(handle, K230_SOL_SOCKET, 9999, &value, sizeof value));
    EXPECT_EQ(-K230_ENOPROTOOPT, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_TYPE, 1)) << "read only";
    EXPECT_EQ(-K230_EINVAL, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, &value, 3));
    EXPECT_EQ(-K230_EINVAL, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_LINGER, 1));
    EXPECT_EQ(-K230_EINVAL, b.GetOption(handle, K230_SOL_SOCKET, K230_SO_LINGER, &value, sizeof value));
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1)) << "the socket is as good as new";
    EXPECT_EQ(0, b.Close(handle));
}

/* ---- one thread closes while others wait ---------------------------------------------------------------------------
 */

TEST_F(Sockets, CloseWakesEveryWaiterPromptlyWithEbadf)
{
    struct Case {
        const char *name;
        std::function<int()> prepare;
        std::function<int(int)> wait;
        int expected;
    };
    FullListener full;
    Fd peer;
    const std::string lots = Pattern(8u << 20);
    const std::vector<Case> cases = {
        {"recv", [&] { return b.Pair(&peer); },
         [&](int handle) {
             std::string data;
             return b.Recv(handle, &data, 1);
         },
         -K230_EBADF},
        {"recv of a datagram",
         [&] {
             int port;
             return b.BoundUdp(&port);
         },
         [&](int handle) {
             std::string data;
             return b.Recv(handle, &data, 1);
         },
         -K230_EBADF},
        {"readline", [&] { return b.Pair(&peer); },
         [&](int handle) {
             std::string data;
             return b.ReadLine(handle, &data);
         },
         -K230_EBADF},
        {"accept",
         [&] {
             int port;
             return b.Listener(&port);
         },
         [&](int handle) { return b.Accept(handle); }, -K230_EBADF},
        {"connect", [&] { return b.Open(); }, [&](int handle) { return b.Connect(handle, Loopback(full.port())); },
         -K230_EBADF},
        {"send", [&] { return b.Pair(&peer); },
         [&](int handle) {
             int error = 0;
             b.SendAll(handle, lots, &error);
             return error;
         },
         -K230_EBADF},
        {"poll", [&] { return b.Pair(&peer); }, [&](int handle) { return b.Poll(handle, K230_POLLIN); }, K230_POLLNVAL},
    };
    for (const Case &one : cases) {
        SCOPED_TRACE(one.name);
        const int handle = one.prepare();
        ASSERT_GE(handle, 0);
        std::vector<std::future<int>> waiters;
        for (int i = 0; i < 2; i++)
            waiters.push_back(std::async(std::launch::async, [&] { return one.wait(handle); }));
        EXPECT_TRUE(Eventually([&] { return b.Sleepers() >= (strcmp(one.name, "connect") == 0 ? 1u : 2u); }));
        const uint64_t start = NowMs();
        EXPECT_EQ(0, b.Close(handle, true));
        for (auto &waiter : waiters) {
            const int result = waiter.get();
            if (strcmp(one.name, "connect") == 0 && result == -K230_EALREADY)
                continue; /* the second connect of the same socket */
            EXPECT_EQ(one.expected, result);
        }
        EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
        peer.Close();
    }
}

TEST_F(Sockets, AConnectionAcceptedForAClosedListenerIsResetAndLeavesNoSlotBehind)
{
    /* Every moment of the accept may be the one in which another thread closes the listener. */
    for (int i = 0; i < 60; i++) {
        int port;
        const int listener = b.Listener(&port);
        Fd peer = KernelConnect(port);
        auto acceptor = std::async(std::launch::async, [&] { return b.Accept(listener); });
        for (int spin = 0; spin < i * 50; spin++)
            b.Events(listener);
        EXPECT_EQ(0, b.Close(listener));
        const int accepted = acceptor.get();
        ASSERT_EQ(accepted >= 0 ? 0 : -K230_EBADF, accepted >= 0 ? b.Close(accepted) : accepted);
    }
}

/* ---- many ----------------------------------------------------------------------------------------------------------
 */

class ManySockets : public BoardTest
{
  protected:
    ManySockets() : BoardTest(Limits(512, 576)) {}
};

TEST_F(ManySockets, ThreeHundredSocketsHaveRingsAndAllOfThemCarryData)
{
    Fd listener = KernelListener(AF_INET, 512);
    const struct k230_addr addr = Loopback(PortOf(listener.get()));
    std::vector<int> handles;
    std::vector<Fd> peers;
    for (int i = 0; i < 300; i++) {
        handles.push_back(b.Open());
        ASSERT_EQ(0, b.Connect(handles.back(), addr));
        peers.push_back(KernelAccept(listener));
    }
    for (size_t i = 0; i < handles.size(); i++)
        EXPECT_EQ(8, b.Send(handles[i], Pattern(8, static_cast<uint32_t>(i))));
    for (size_t i = 0; i < handles.size(); i++) {
        EXPECT_EQ(Pattern(8, static_cast<uint32_t>(i)), KernelRecv(peers[i], 8)) << i;
        KernelSend(peers[i], Pattern(8, static_cast<uint32_t>(i + 1000)));
    }
    for (size_t i = 0; i < handles.size(); i++)
        EXPECT_EQ(Pattern(8, static_cast<uint32_t>(i + 1000)), b.RecvAll(handles[i], 8)) << i;
    for (const int handle : handles)
        EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(0, b.Flush());
    for (const Fd &peer : peers)
        EXPECT_EQ("", KernelRecvAll(peer));
}

TEST_F(ManySockets, ATHousandClosesInARowGoThroughAFullRequestQueue)
{
    for (int round = 0; round < 3; round++) {
        std::vector<int> handles;
        for (int i = 0; i < 400; i++) {
            handles.push_back(b.OpenUdp());
            ASSERT_GE(handles.back(), 0);
        }
        for (const int handle : handles)
            ASSERT_EQ(0, b.Close(handle)) << "close never waits";
    }
}
