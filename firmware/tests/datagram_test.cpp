/* Datagrams: boundaries, sizes, addresses, the errors of the first one, order under load. */
#include "board.h"

using Datagrams = BoardTest;

static ssize_t KernelSendTo(const Fd &fd, const std::string &data, int port, int family = AF_INET)
{
    struct sockaddr_storage host;
    const socklen_t length = HostAddress(Loopback(port, family), &host);
    return sendto(fd.get(), data.data(), data.size(), 0, reinterpret_cast<struct sockaddr *>(&host), length);
}

static std::string KernelRecvFrom(const Fd &fd, int *port = nullptr)
{
    std::string data(70000, 0);
    if (!KernelReady(fd.get(), POLLIN)) {
        ADD_FAILURE() << "no datagram";
        return "";
    }
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    const ssize_t got =
        recvfrom(fd.get(), &data[0], data.size(), 0, reinterpret_cast<struct sockaddr *>(&from), &length);
    EXPECT_GE(got, 0) << strerror(errno);
    if (port)
        *port = ntohs(from.sin_port);
    data.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return data;
}

TEST_F(Datagrams, GoBothWaysWithTheirAddressesOverIpv4AndIpv6)
{
    for (const int family : {AF_INET, AF_INET6}) {
        int port;
        const int handle = b.BoundUdp(&port, family == AF_INET6 ? K230_AF_INET6 : K230_AF_INET);
        Fd peer = KernelBound(SOCK_DGRAM, family);
        const struct k230_addr to = Loopback(PortOf(peer.get()), family);
        EXPECT_EQ(5, b.SendTo(handle, "hello", &to));
        EXPECT_EQ("hello", KernelRecvFrom(peer));
        EXPECT_EQ(5, KernelSendTo(peer, "world", port, family));
        std::string data;
        struct k230_addr from;
        EXPECT_EQ(5, b.Recv(handle, &data, 100, PATIENCE_MS, 0, &from));
        EXPECT_EQ("world", data);
        EXPECT_EQ(Text(to), Text(from));
        EXPECT_EQ(0, b.Close(handle));
    }
}

TEST_F(Datagrams, KeepTheirBoundariesAndLoseWhatDoesNotFit)
{
    int port;
    const int handle = b.BoundUdp(&port);
    Fd peer = KernelBound(SOCK_DGRAM);
    for (const char *text : {"hello world", "", "second", "third"})
        EXPECT_EQ(static_cast<ssize_t>(strlen(text)), KernelSendTo(peer, text, port));
    std::string data;
    struct k230_addr from = Loopback(1);
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT));
    EXPECT_EQ(11, k230_sock_available(b.client(), handle));
    EXPECT_EQ(5, b.Recv(handle, &data, 5));
    EXPECT_EQ("hello", data);
    EXPECT_EQ(0, b.Recv(handle, &data, 100, PATIENCE_MS, 0, &from)) << "an empty datagram";
    EXPECT_EQ(PortOf(peer.get()), from.port);
    EXPECT_EQ(6, b.Recv(handle, &data, 100, PATIENCE_MS, K230_MSG_PEEK));
    EXPECT_EQ(6, b.Recv(handle, &data, 100));
    EXPECT_EQ("second", data);
    EXPECT_EQ(5, b.Recv(handle, &data, 5));
    EXPECT_EQ("third", data);
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handle, &data, 5, 0));
    EXPECT_EQ(-K230_ETIMEDOUT, b.Recv(handle, &data, 5, 30));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, AnEmptyOneCanBeSentAndIsReadable)
{
    int port;
    const int receiver = b.BoundUdp(&port);
    const int sender = b.OpenUdp();
    const struct k230_addr to = Loopback(port);
    EXPECT_EQ(0, b.SendTo(sender, "", &to));
    EXPECT_EQ(K230_POLLIN, b.Poll(receiver, K230_POLLIN));
    std::string data;
    struct k230_addr from;
    EXPECT_EQ(0, b.Recv(receiver, &data, 10, 0, 0, &from));
    EXPECT_EQ(K230_AF_INET, from.family);
    EXPECT_EQ(-K230_EAGAIN, b.Recv(receiver, &data, 10, 0));
    for (const int handle : {receiver, sender})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, TheLongestPassesAndOneByteMoreIsRefused)
{
    int port;
    const int receiver = b.BoundUdp(&port);
    const int sender = b.OpenUdp();
    const struct k230_addr to = Loopback(port);
    for (int i = 0; i < 5; i++) {
        const std::string longest = Pattern(65507, static_cast<uint32_t>(i + 1));
        EXPECT_EQ(65507, b.SendTo(sender, longest, &to));
        std::string data;
        EXPECT_EQ(65507, b.Recv(receiver, &data, 70000));
        EXPECT_TRUE(longest == data);
    }
    EXPECT_EQ(-K230_EMSGSIZE, b.SendTo(sender, Pattern(65508), &to));
    EXPECT_EQ(2, b.SendTo(sender, "ok", &to)) << "the socket lives on";
    std::string data;
    EXPECT_EQ(2, b.Recv(receiver, &data, 10));
    for (const int handle : {receiver, sender})
        EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, AnUnboundSocketGetsTheAnswerToWhatItSent)
{
    Fd peer = KernelBound(SOCK_DGRAM);
    const int handle = b.OpenUdp();
    const struct k230_addr to = Loopback(PortOf(peer.get()));
    EXPECT_EQ(4, b.SendTo(handle, "ping", &to));
    int port = 0;
    EXPECT_EQ("ping", KernelRecvFrom(peer, &port));
    EXPECT_EQ(4, KernelSendTo(peer, "pong", port));
    std::string data;
    EXPECT_EQ(4, b.Recv(handle, &data, 10));
    EXPECT_EQ("pong", data);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, AConnectedSocketSendsToItsPeerAndHearsOnlyIt)
{
    Fd peer = KernelBound(SOCK_DGRAM);
    Fd stranger = KernelBound(SOCK_DGRAM);
    const int handle = b.OpenUdp();
    EXPECT_EQ(-K230_EDESTADDRREQ, b.SendTo(handle, "x", nullptr));
    EXPECT_EQ(0, b.Connect(handle, Loopback(PortOf(peer.get()))));
    EXPECT_EQ(3, b.SendTo(handle, "one", nullptr));
    EXPECT_EQ(3, b.SendTo(handle, "two", nullptr));
    int port;
    EXPECT_EQ("one", KernelRecvFrom(peer, &port));
    EXPECT_EQ("two", KernelRecvFrom(peer));
    EXPECT_EQ(4, KernelSendTo(stranger, "spam", port));
    EXPECT_EQ(4, KernelSendTo(peer, "real", port));
    std::string data;
    EXPECT_EQ(4, b.Recv(handle, &data, 10));
    EXPECT_EQ("real", data);
    Fd second = KernelBound(SOCK_DGRAM);
    EXPECT_EQ(0, b.Connect(handle, Loopback(PortOf(second.get()))));
    EXPECT_EQ(3, b.SendTo(handle, "new", nullptr));
    EXPECT_EQ("new", KernelRecvFrom(second));
    struct k230_addr addr;
    EXPECT_EQ(0, b.Peer(handle, &addr));
    EXPECT_EQ(PortOf(second.get()), addr.port);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, TheErrorOfTheFirstOneComesFromItsOwnCall)
{
    const int handle = b.OpenUdp();
    const struct k230_addr broadcast = Address("255.255.255.255", 9);
    EXPECT_EQ(-K230_EACCES, b.SendTo(handle, "x", &broadcast));
    EXPECT_EQ(-K230_EACCES, b.SendTo(handle, "x", &broadcast)) << "and of the second, as long as none passed";
    const struct k230_addr port_zero = Loopback(0);
    EXPECT_EQ(-K230_EINVAL, b.SendTo(handle, "x", &port_zero));
    const struct k230_addr wrong_family = Loopback(9, AF_INET6);
    EXPECT_EQ(-K230_EAFNOSUPPORT, b.SendTo(handle, "x", &wrong_family));
    EXPECT_EQ(K230_POLLOUT, b.Events(handle)) << "no error is left behind";
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, AnOptionChangeMakesTheNextOneAskAgain)
{
    const int handle = b.OpenUdp();
    /* The loopback's own broadcast address, so that nothing leaves this machine. */
    const struct k230_addr broadcast = Address("127.255.255.255", 9);
    EXPECT_EQ(-K230_EACCES, b.SendTo(handle, "x", &broadcast));
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_BROADCAST, 1));
    EXPECT_EQ(1, b.SendTo(handle, "x", &broadcast));
    EXPECT_EQ(1, b.SendTo(handle, "x", &broadcast));
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_BROADCAST, 0));
    EXPECT_EQ(-K230_EACCES, b.SendTo(handle, "x", &broadcast));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, PortUnreachableIsAnErrorOnceAndShowsInPoll)
{
    const ClosedPort closed(SOCK_DGRAM);
    const int handle = b.OpenUdp();
    EXPECT_EQ(0, b.Connect(handle, Loopback(closed.port())));
    EXPECT_EQ(1, b.SendTo(handle, "x", nullptr));
    ASSERT_TRUE(b.Settles(handle, K230_POLLERR | K230_POLLOUT));
    EXPECT_EQ(12, b.Poll(handle, K230_POLLIN | K230_POLLOUT));
    std::string data;
    EXPECT_EQ(-K230_ECONNREFUSED, b.Recv(handle, &data, 1, 0));
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handle, &data, 1, 0));
    EXPECT_EQ(K230_POLLOUT, b.Events(handle));
    EXPECT_EQ(1, b.SendTo(handle, "x", nullptr));
    ASSERT_TRUE(b.Settles(handle, K230_POLLERR | K230_POLLOUT));
    EXPECT_EQ(-K230_ECONNREFUSED, b.SendTo(handle, "x", nullptr));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, NoneIsLostOrReorderedInTheLinkUnderLoad)
{
    /* From here to a kernel socket and back, with no more under way than the kernel's buffers hold. */
    int port;
    const int handle = b.BoundUdp(&port);
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_RCVBUF, 4 << 20));
    Fd peer = KernelBound(SOCK_DGRAM);
    const int large = 4 << 20;
    setsockopt(peer.get(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
    const struct k230_addr to = Loopback(PortOf(peer.get()));
    constexpr uint32_t COUNT = 5000;
    std::atomic<uint32_t> returned{0};
    std::thread echo([&] {
        for (uint32_t i = 0; i < COUNT; i++) {
            const std::string data = KernelRecvFrom(peer);
            ASSERT_EQ(static_cast<ssize_t>(data.size()), KernelSendTo(peer, data, port));
        }
    });
    std::thread reader([&] {
        for (uint32_t i = 0; i < COUNT; i++) {
            std::string data;
            ASSERT_GE(b.Recv(handle, &data, 2000), 4);
            uint32_t number;
            memcpy(&number, data.data(), 4);
            ASSERT_EQ(i, number);
            ASSERT_EQ(Pattern(number % 1400, number + 1), data.substr(4));
            returned = i + 1;
        }
    });
    for (uint32_t i = 0; i < COUNT; i++) {
        while (i - returned > 300)
            std::this_thread::yield();
        std::string data(reinterpret_cast<const char *>(&i), 4);
        data += Pattern(i % 1400, i + 1);
        ASSERT_EQ(static_cast<int>(data.size()), b.SendTo(handle, data, &to));
    }
    echo.join();
    reader.join();
    EXPECT_EQ(0, b.Close(handle));
}

/* Sends these as fast as they go in, to a peer that takes them meanwhile, and each is what comes out. */
static void ExpectAllArrive(Board &b, const std::vector<std::string> &all, int family = AF_INET)
{
    Fd peer = KernelBound(SOCK_DGRAM, family);
    const int large = 4 << 20;
    setsockopt(peer.get(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
    const struct k230_addr to = Loopback(PortOf(peer.get()), family);
    const int handle = b.OpenUdp(family == AF_INET6 ? K230_AF_INET6 : K230_AF_INET);
    std::atomic<size_t> taken{0};
    const uint64_t until = NowMs() + PATIENCE_MS;
    std::thread reader([&] {
        for (; taken < all.size(); taken++)
            ASSERT_EQ(all[taken], KernelRecvFrom(peer)) << "number " << taken;
    });
    for (size_t i = 0; i < all.size(); i++) {
        /* No more under way than the smallest receive buffer holds: a datagram of one byte counts as 768. */
        while (i > taken + 64 && NowMs() < until)
            std::this_thread::yield();
        EXPECT_EQ(static_cast<int>(all[i].size()), b.SendTo(handle, all[i], &to));
    }
    reader.join();
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, ManyOfOneLengthArriveWholeAndInOrder)
{
    for (const int family : {AF_INET, AF_INET6})
        for (const size_t length : {size_t{1400}, size_t{16}}) {
            std::vector<std::string> all;
            for (unsigned i = 0; i < 200; i++)
                all.push_back(Pattern(length, i + 1));
            ExpectAllArrive(b, all, family);
        }
}

TEST_F(Datagrams, MixedLengthsArriveWholeAndInOrder)
{
    std::vector<std::string> all;
    for (unsigned i = 0; i < 400; i++) /* runs of one to eight, empty ones among them */
        all.push_back(Pattern(i / (i % 8 + 1) * 37 % 1400, i + 1));
    for (unsigned i = 0; i < 100; i++)
        all.push_back(Pattern(i / 10 % 3 == 2 ? 0 : 1399 + i / 10 % 3, i + 1));
    ExpectAllArrive(b, all);
}

TEST_F(Datagrams, ThreadsThatSendAtOnceToManyDestinationsAllArrive)
{
    const int handle = b.OpenUdp();
    std::vector<Fd> peers;
    for (int i = 0; i < 8; i++)
        peers.push_back(KernelBound(SOCK_DGRAM));
    std::vector<std::thread> senders;
    for (int t = 0; t < 4; t++)
        senders.emplace_back([&] {
            for (const Fd &peer : peers)
                for (int i = 0; i < 10; i++) {
                    const struct k230_addr to = Loopback(PortOf(peer.get()));
                    ASSERT_EQ(1, b.SendTo(handle, "x", &to));
                }
        });
    for (auto &sender : senders)
        sender.join();
    for (const Fd &peer : peers)
        for (int i = 0; i < 40; i++)
            EXPECT_EQ("x", KernelRecvFrom(peer));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, WhatWasSentBeforeCloseStillGoesOut)
{
    Fd peer = KernelBound(SOCK_DGRAM);
    const struct k230_addr to = Loopback(PortOf(peer.get()));
    const int handle = b.OpenUdp();
    for (int i = 0; i < 50; i++)
        ASSERT_EQ(4, b.SendTo(handle, "data", &to));
    EXPECT_EQ(0, b.Close(handle));
    for (int i = 0; i < 50; i++)
        EXPECT_EQ("data", KernelRecvFrom(peer));
}

TEST_F(Datagrams, ASocketThatNobodyReadsDropsButStaysUsable)
{
    int port;
    const int handle = b.BoundUdp(&port);
    Fd peer = KernelBound(SOCK_DGRAM);
    for (int i = 0; i < 600; i++)
        KernelSendTo(peer, Pattern(8000, 3), port);
    std::string data;
    int count = 0;
    while (b.Recv(handle, &data, 9000, 300) == 8000)
        count++;
    EXPECT_GT(count, 10);
    EXPECT_EQ(3, KernelSendTo(peer, "new", port));
    EXPECT_EQ(3, b.Recv(handle, &data, 9000));
    EXPECT_EQ("new", data);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Datagrams, StreamAndDatagramCallsOnTheWrongKindAreRefusedAndHarmNothing)
{
    Fd peer;
    const int tcp = b.Pair(&peer);
    const int udp = b.OpenUdp();
    Fd udp_peer = KernelBound(SOCK_DGRAM);
    const struct k230_addr to = Loopback(PortOf(udp_peer.get()));
    EXPECT_EQ(0, b.Connect(udp, to));
    uint32_t call = 0;
    EXPECT_EQ(-K230_EOPNOTSUPP, k230_sock_send(b.client(), udp, "abc", 3, 1));
    EXPECT_EQ(-K230_EOPNOTSUPP, k230_sock_sendto(b.client(), tcp, "abc", 3, &to, &call));
    EXPECT_EQ(2, b.SendTo(udp, "ok", nullptr));
    EXPECT_EQ("ok", KernelRecvFrom(udp_peer));
    EXPECT_EQ(2, b.Send(tcp, "ok"));
    EXPECT_EQ("ok", KernelRecv(peer, 2));
    for (const int handle : {tcp, udp})
        EXPECT_EQ(0, b.Close(handle));
}

using SteppedDatagrams = SteppedTest;

TEST_F(SteppedDatagrams, AUdpSocketWhoseOpenFailsDoesNotEndTheSession)
{
    const int good = WithAgent([&] { return b.Open(); });
    ASSERT_GE(good, 0);
    /* No descriptor is free in the agent's process, which is this one. */
    std::vector<Fd> fillers;
    const int handle = k230_sock_open(b.client(), K230_AF_INET, K230_SOCK_DGRAM, 0);
    ASSERT_GE(handle, 0);
    std::string data;
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handle, &data, 1, 0)) << "it is still being made";
    EXPECT_EQ(0, b.Events(handle));
    for (int fd; (fd = dup(0)) >= 0;)
        fillers.emplace_back(fd);
    b.Step(2);
    fillers.clear();
    EXPECT_EQ(-K230_EMFILE, k230_sock_opened(b.client(), handle));
    EXPECT_EQ(K230_SESSION_LIVE, b.client()->engine.session);
    EXPECT_EQ(K230_POLLOUT | K230_POLLHUP, b.Events(good));
    EXPECT_EQ(0, b.Close(good));
}
