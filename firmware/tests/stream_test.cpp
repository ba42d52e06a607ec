/* Bytes of connections: order, ends, resets, lingering, lines, several threads on one socket. */
#include "board.h"

using Streams = BoardTest;

TEST_F(Streams, BytesGoBothWaysOverIpv4AndIpv6)
{
    for (const int family : {K230_AF_INET, K230_AF_INET6}) {
        Fd peer;
        const int handle = b.Pair(&peer, family);
        EXPECT_EQ(5, b.Send(handle, "hello"));
        EXPECT_EQ("hello", KernelRecv(peer, 5));
        KernelSend(peer, "world");
        struct k230_addr from;
        std::string data;
        EXPECT_EQ(5, b.Recv(handle, &data, 100, PATIENCE_MS, 0, &from));
        EXPECT_EQ("world", data);
        EXPECT_EQ(Text(Loopback(PortOf(peer.get()), family == K230_AF_INET6 ? AF_INET6 : AF_INET)), Text(from));
        EXPECT_EQ(0, b.Close(handle));
    }
}

TEST_F(Streams, EmptySendsAreZeroAndThePeerSeesNothing)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    EXPECT_EQ(0, b.Send(handle, ""));
    EXPECT_EQ(1, b.Send(handle, "x"));
    EXPECT_EQ("x", KernelRecv(peer, 1));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, RecvTakesWhatIsThereAndPeekTakesNothing)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    std::string data;
    EXPECT_EQ(-K230_EAGAIN, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ(-K230_ETIMEDOUT, b.Recv(handle, &data, 10, 50));
    KernelSend(peer, "hello");
    EXPECT_TRUE(Eventually([&] { return k230_sock_available(b.client(), handle) == 5; }));
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(3, b.Recv(handle, &data, 3, PATIENCE_MS, K230_MSG_PEEK));
        EXPECT_EQ("hel", data);
    }
    EXPECT_EQ(2, b.Recv(handle, &data, 2));
    EXPECT_EQ("he", data);
    EXPECT_EQ(3, b.Recv(handle, &data, 10));
    EXPECT_EQ("llo", data);
    EXPECT_EQ(0, k230_sock_available(b.client(), handle));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, TheEndOfTheStreamComesAfterItsBytesAndStays)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string sent = Pattern(100000);
    KernelSend(peer, sent);
    peer.Close();
    EXPECT_EQ(sent, b.RecvAll(handle));
    std::string data;
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(0, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ(K230_POLLIN | K230_POLLOUT, b.Events(handle));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, AResetComesAfterTheBytesOnceAndThenTheEnd)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "last words");
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT));
    peer.Reset();
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT | K230_POLLERR | K230_POLLHUP));
    std::string data;
    EXPECT_EQ(4, b.Recv(handle, &data, 4, 0));
    EXPECT_EQ("last", data);
    EXPECT_EQ(6, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(" words", data);
    EXPECT_EQ(-K230_ECONNRESET, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(0, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(0, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, AResetIsRaisedBySendToo)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    peer.Reset();
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT | K230_POLLERR | K230_POLLHUP));
    EXPECT_EQ(-K230_ECONNRESET, b.Send(handle, "x", 0));
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    std::string data;
    EXPECT_EQ(0, b.Recv(handle, &data, 10, 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, BytesThatArrivedBehindAFullRingBeforeAResetAreDelivered)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string sent = Pattern(400000);
    std::thread sender([&] { KernelSend(peer, sent); });
    sender.join(); /* 256 KB in the ring, the rest in the kernel */
    ASSERT_TRUE(
        Eventually([&] { return k230_sock_available(b.client(), handle) == static_cast<int>(b.limits().rx_size); }));
    peer.Reset();
    int error = 0;
    std::string got;
    while (got.size() < sent.size()) {
        std::string piece;
        const int count = b.Recv(handle, &piece, 1000);
        if (count <= 0) {
            error = count;
            break;
        }
        got += piece;
        if (got.size() % 50000 == 0)
            b.Send(handle, "x", 0); /* the answer to this may be the first that the agent hears of the reset */
    }
    /* What the kernel of the peer had not yet sent is lost in a reset; what came is what was sent. */
    EXPECT_GE(got.size(), b.limits().rx_size);
    EXPECT_EQ(sent.substr(0, got.size()), got);
    if (got.size() == sent.size()) {
        std::string data;
        error = b.Recv(handle, &data, 1);
    }
    EXPECT_TRUE(error == -K230_ECONNRESET || error == 0) << error;
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, SendingToAPeerThatClosedEndsInEpipe)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    peer.Close();
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT));
    int error = 0;
    Eventually([&] {
        const int sent = b.Send(handle, "x", 0);
        error = sent < 0 ? sent : 0;
        return sent < 0;
    });
    EXPECT_EQ(-K230_EPIPE, error);
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    std::string data;
    EXPECT_EQ(0, b.Recv(handle, &data, 1, 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, CloseSendsEverythingThatWasWrittenAlthoughThePeerReadsLate)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string sent = Pattern(200 * 1024);
    ASSERT_EQ(sent.size(), b.SendAll(handle, sent));
    ASSERT_EQ(0, b.Close(handle));
    EXPECT_EQ(-K230_EBADF, b.Send(handle, "x", 0));
    EXPECT_EQ(sent, KernelRecvAll(peer));
}

TEST_F(Streams, CloseOfAFullTransmitRingStillDeliversWhenThePeerHasASmallWindow)
{
    Fd listener = KernelListener();
    const int small = 4096;
    setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const int handle = b.Open();
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_SNDBUF, 4096));
    ASSERT_EQ(0, b.Connect(handle, Loopback(PortOf(listener.get()))));
    Fd peer = KernelAccept(listener);
    std::string sent;
    for (;;) { /* until nothing more fits anywhere */
        const std::string piece = Pattern(5000, static_cast<uint32_t>(sent.size()));
        const int taken = b.Send(handle, piece, 200);
        if (taken < 0) {
            EXPECT_EQ(-K230_ETIMEDOUT, taken);
            break;
        }
        sent += piece.substr(0, static_cast<size_t>(taken));
    }
    EXPECT_GE(sent.size(), b.limits().tx_size);
    ASSERT_EQ(0, b.Close(handle));
    const int reopened = b.Open();
    EXPECT_EQ(k230_handle_slot(static_cast<uint32_t>(handle)), k230_handle_slot(static_cast<uint32_t>(reopened)))
        << "the slot is free while the bytes still go out";
    EXPECT_EQ(sent, KernelRecvAll(peer));
    EXPECT_EQ(0, b.Close(reopened));
}

TEST_F(Streams, CloseWithUnreadBytesResets)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "nobody reads this");
    ASSERT_TRUE(b.Settles(handle, K230_POLLIN | K230_POLLOUT));
    ASSERT_EQ(0, b.Close(handle));
    int error;
    EXPECT_EQ("", KernelRecvAll(peer, &error));
    EXPECT_EQ(ECONNRESET, error);
}

TEST_F(Streams, CloseAfterAPeekResetsBecauseThePeekTookNothing)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "x");
    std::string data;
    EXPECT_EQ(1, b.Recv(handle, &data, 1, PATIENCE_MS, K230_MSG_PEEK));
    ASSERT_EQ(0, b.Close(handle));
    int error;
    KernelRecvAll(peer, &error);
    EXPECT_EQ(ECONNRESET, error);
}

TEST_F(Streams, CloseWithLingerZeroOrAbortResets)
{
    for (const bool by_option : {true, false}) {
        Fd peer;
        const int handle = b.Pair(&peer);
        const int32_t linger[2] = {1, 0};
        if (by_option) {
            EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
        }
        ASSERT_EQ(0, b.Close(handle, !by_option));
        int error;
        EXPECT_EQ("", KernelRecvAll(peer, &error));
        EXPECT_EQ(ECONNRESET, error);
    }
}

TEST_F(Streams, LingerSetAndTakenBackClosesInOrder)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    int32_t linger[2] = {1, 0};
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    linger[0] = 0;
    EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    ASSERT_EQ(3, b.Send(handle, "bye"));
    ASSERT_EQ(0, b.Close(handle));
    EXPECT_EQ("bye", KernelRecvAll(peer));
}

TEST_F(Streams, ShutdownForSendingComesAfterTheBytesAndReceivingGoesOn)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string sent = Pattern(250000);
    ASSERT_EQ(sent.size(), b.SendAll(handle, sent));
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    EXPECT_EQ(-K230_EPIPE, b.Send(handle, "x", 0));
    EXPECT_EQ(sent, KernelRecvAll(peer));
    KernelSend(peer, "the answer");
    EXPECT_EQ("the answer", b.RecvAll(handle, 10));
    peer.Close();
    EXPECT_EQ("", b.RecvAll(handle));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ShutdownForSendingReachesASocketThatNeverSent)
{
    int port;
    const int listener = b.Listener(&port);
    Fd peer = KernelConnect(port);
    const int handle = b.Accept(listener);
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    EXPECT_EQ("", KernelRecvAll(peer));
    EXPECT_EQ(-K230_EINVAL, b.Shutdown(handle, 7));
    EXPECT_EQ(0, b.Close(handle));
    EXPECT_EQ(0, b.Close(listener));
}

TEST_F(Streams, ShutdownForReceivingIsAnEndOfStream)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    std::string data;
    auto reader = std::async(std::launch::async, [&] { return b.Recv(handle, &data, 10); });
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_RD));
    EXPECT_EQ(0, reader.get());
    EXPECT_EQ(2, b.Send(handle, "ok"));
    EXPECT_EQ("ok", KernelRecv(peer, 2));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ShutdownWakesASenderOfAnotherThread)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string lots = Pattern(16u << 20);
    auto sender = std::async(std::launch::async, [&] {
        /* As sendall of a small message does: all of it or nothing. */
        for (;;) {
            const int sent = k230_sock_send(b.client(), handle, lots.data(), 100000, 100000);
            if (sent == -K230_EAGAIN) {
                const int waited = k230_sock_wait(b.client(), handle, K230_WAIT_OUT, 100000, b.In(PATIENCE_MS));
                if (waited != 0)
                    return waited;
            } else if (sent < 0) {
                return sent;
            }
        }
    });
    EXPECT_TRUE(Eventually([&] { return b.Sleepers() != 0; }));
    EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    EXPECT_EQ(-K230_EPIPE, sender.get());
    EXPECT_EQ(0, b.Close(handle, true));
}

/* ---- lines ----------------------------------------------------------------------------------------------------------
 */

TEST_F(Streams, ReadlineGivesWholeLines)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "a\r\nb\n\nlast");
    std::string line;
    EXPECT_EQ(3, b.ReadLine(handle, &line));
    EXPECT_EQ("a\r\n", line);
    EXPECT_EQ(2, b.ReadLine(handle, &line));
    EXPECT_EQ("b\n", line);
    EXPECT_EQ(1, b.ReadLine(handle, &line));
    EXPECT_EQ("\n", line);
    EXPECT_EQ(-K230_ETIMEDOUT, b.ReadLine(handle, &line, 100, 50)) << "no line yet";
    peer.Close();
    EXPECT_EQ(4, b.ReadLine(handle, &line)) << "the end of the stream ends the line";
    EXPECT_EQ("last", line);
    EXPECT_EQ(0, b.ReadLine(handle, &line));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ReadlineLosesNothingAtItsDeadline)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "half a ");
    std::string line;
    EXPECT_EQ(-K230_ETIMEDOUT, b.ReadLine(handle, &line, 100, 60));
    KernelSend(peer, "line\n");
    EXPECT_EQ(12, b.ReadLine(handle, &line));
    EXPECT_EQ("half a line\n", line);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ReadlineStopsAtTheCallersLengthAndNonBlockingTakesWhatIsThere)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    KernelSend(peer, "line\npart");
    ASSERT_TRUE(Eventually([&] { return k230_sock_available(b.client(), handle) == 9; }));
    std::string line;
    EXPECT_EQ(3, b.ReadLine(handle, &line, 3));
    EXPECT_EQ("lin", line);
    EXPECT_EQ(2, b.ReadLine(handle, &line, 3));
    EXPECT_EQ("e\n", line);
    EXPECT_EQ(4, b.ReadLine(handle, &line, 100, 0));
    EXPECT_EQ("part", line);
    EXPECT_EQ(-K230_EAGAIN, b.ReadLine(handle, &line, 100, 0));
    EXPECT_EQ(0, b.Close(handle));
}

/* The ring was full, and what is left of it has no line feed: the agent waits for half of it to be free, the reader for
 * the end of the line. */
TEST_F(Streams, AShortLineOutOfAFullRingDoesNotHoldUpTheLongOneBehindIt)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const uint32_t ring = b.limits().rx_size;
    const std::string sent = "short\n" + std::string(ring + 100, 'x') + "\n";
    KernelSend(peer, sent);
    ASSERT_TRUE(Eventually([&] { return k230_sock_available(b.client(), handle) == static_cast<int>(ring); }));
    std::string line;
    EXPECT_EQ(6, b.ReadLine(handle, &line, 1u << 20));
    EXPECT_EQ(static_cast<int>(ring), b.ReadLine(handle, &line, 1u << 20, PROMPT_MS)) << "what a full ring holds";
    EXPECT_EQ(101, b.ReadLine(handle, &line, 1u << 20));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ALineLongerThanTheRingComesInPieces)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string sent = std::string(600000, 'x') + "\nnext\n";
    std::thread sender([&] { KernelSend(peer, sent); });
    std::string got;
    while (got.empty() || got.back() != '\n') {
        std::string piece;
        const int count = b.ReadLine(handle, &piece, 1u << 20);
        ASSERT_GT(count, 0);
        got += piece;
    }
    EXPECT_EQ(600001u, got.size());
    EXPECT_EQ(5, b.ReadLine(handle, &got));
    EXPECT_EQ("next\n", got);
    sender.join();
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, ManyLinesOfEveryLengthCrossTheRingsEnd)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    std::string sent;
    for (size_t i = 0; i < 3000; i++)
        sent += std::string(i % 700, static_cast<char>('a' + i % 26)) + "\n";
    std::thread sender([&] {
        KernelSend(peer, sent);
        peer.Close();
    });
    std::string got;
    std::string line;
    while (b.ReadLine(handle, &line) > 0) {
        EXPECT_EQ(line.find('\n'), line.size() - 1);
        got += line;
    }
    sender.join();
    EXPECT_TRUE(got == sent);
    EXPECT_EQ(0, b.Close(handle));
}

/* ---- threads on one socket ------------------------------------------------------------------------------------------
 */

TEST_F(Streams, TwoReadersGetEachByteOnce)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    constexpr size_t COUNT = 200000; /* 32-bit numbers, whole in each read */
    std::string sent;
    for (uint32_t i = 0; i < COUNT; i++)
        sent.append(reinterpret_cast<const char *>(&i), 4);
    auto read_some = [&] {
        std::string mine;
        for (;;) {
            std::string piece;
            if (b.Recv(handle, &piece, 4096) <= 0)
                return mine;
            mine += piece;
        }
    };
    auto first = std::async(std::launch::async, read_some);
    auto second = std::async(std::launch::async, read_some);
    KernelSend(peer, sent);
    peer.Close();
    const std::string one = first.get();
    const std::string two = second.get();
    ASSERT_EQ(sent.size(), one.size() + two.size());
    size_t histogram[256] = {};
    for (const char c : sent)
        histogram[static_cast<uint8_t>(c)]++;
    for (const std::string *part : {&one, &two})
        for (const char c : *part)
            histogram[static_cast<uint8_t>(c)]--;
    for (const size_t left : histogram)
        EXPECT_EQ(0u, left);
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, SmallSendsOfSeveralThreadsAreNeverInterleaved)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    constexpr int THREADS = 4;
    constexpr int EACH = 300;
    const uint32_t atomic = k230_sock_atomic(b.client());
    EXPECT_EQ(b.limits().tx_size / 2u, atomic);
    std::vector<std::thread> senders;
    for (int t = 0; t < THREADS; t++)
        senders.emplace_back([&, t] {
            for (int i = 0; i < EACH; i++) {
                std::string message(static_cast<size_t>(1000 + (i * 37 + t * 911) % 9000), static_cast<char>('a' + t));
                message += "\n";
                const uint32_t length = static_cast<uint32_t>(message.size());
                int sent;
                while ((sent = k230_sock_send(b.client(), handle, message.data(), length, length)) == -K230_EAGAIN)
                    ASSERT_EQ(0, k230_sock_wait(b.client(), handle, K230_WAIT_OUT, length, b.In(PATIENCE_MS)));
                ASSERT_EQ(static_cast<int>(length), sent);
            }
        });
    int lines = 0;
    std::string pending;
    while (lines < THREADS * EACH) {
        const std::string piece = KernelRecv(peer, 1);
        if (piece.empty())
            break;
        pending += piece + KernelRecv(peer, 0);
        char more[65536];
        const ssize_t got = recv(peer.get(), more, sizeof more, MSG_DONTWAIT);
        if (got > 0)
            pending.append(more, static_cast<size_t>(got));
        size_t end;
        while ((end = pending.find('\n')) != std::string::npos) {
            ASSERT_EQ(std::string::npos, pending.substr(0, end).find_first_not_of(pending[0])) << "mixed";
            pending.erase(0, end + 1);
            lines++;
        }
    }
    for (auto &sender : senders)
        sender.join();
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(Streams, FullDuplexCarries64MiBEachWayUnharmed)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    constexpr size_t TOTAL = 16u << 20;
#else
    constexpr size_t TOTAL = 64u << 20;
#endif
    Fd peer;
    const int handle = b.Pair(&peer);
    const std::string block = Pattern(1u << 20, 7);
    const std::string other = Pattern(1u << 20, 9);
    auto check = [](const std::string &pattern, const std::string &piece, size_t *at) {
        for (const char c : piece)
            if (c != pattern[(*at)++ & (pattern.size() - 1)])
                return false;
        return true;
    };
    std::thread here_sends([&] {
        for (size_t done = 0; done < TOTAL; done += block.size())
            ASSERT_EQ(block.size(), b.SendAll(handle, block));
        EXPECT_EQ(0, b.Shutdown(handle, K230_SHUT_WR));
    });
    std::thread peer_sends([&] {
        for (size_t done = 0; done < TOTAL; done += other.size())
            KernelSend(peer, other);
        shutdown(peer.get(), SHUT_WR);
    });
    std::thread peer_reads([&] {
        size_t at = 0;
        for (;;) {
            const std::string piece = KernelRecv(peer, 65536);
            ASSERT_TRUE(check(block, piece, &at));
            if (piece.size() < 65536)
                break;
        }
        EXPECT_EQ(TOTAL, at);
    });
    size_t at = 0;
    std::string piece;
    int got;
    while ((got = b.Recv(handle, &piece, 65536)) > 0)
        ASSERT_TRUE(check(other, piece, &at));
    EXPECT_EQ(0, got);
    EXPECT_EQ(TOTAL, at);
    here_sends.join();
    peer_sends.join();
    peer_reads.join();
    EXPECT_EQ(0, b.Close(handle));
}

class ManyStreams : public BoardTest
{
  protected:
    ManyStreams() : BoardTest(Limits(512, 576)) {}
};

TEST_F(ManyStreams, AHundredSocketsEchoAtOnce)
{
    int port;
    const int listener = b.Listener(&port, 128);
    std::thread server([&] {
        std::vector<std::thread> echoes;
        for (int i = 0; i < 100; i++) {
            const int handle = b.Accept(listener);
            ASSERT_GE(handle, 0);
            echoes.emplace_back([&, handle] {
                std::string data;
                while (b.Recv(handle, &data, 4096) > 0)
                    b.SendAll(handle, data);
                EXPECT_EQ(0, b.Close(handle));
            });
        }
        for (auto &echo : echoes)
            echo.join();
    });
    std::vector<Fd> peers;
    for (int i = 0; i < 100; i++)
        peers.push_back(KernelConnect(port));
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < peers.size(); i++)
            KernelSend(peers[i], Pattern(3000, static_cast<uint32_t>(i + 1)));
        for (size_t i = 0; i < peers.size(); i++)
            EXPECT_EQ(Pattern(3000, static_cast<uint32_t>(i + 1)), KernelRecv(peers[i], 3000));
    }
    peers.clear();
    server.join();
    EXPECT_EQ(0, b.Close(listener));
}

/* ---- interleavings ----------------------------------------------------------------------------------------------- */

using SteppedStreams = SteppedTest;

TEST_F(SteppedStreams, BytesThatArrivedWithTheResetComeFirstEvenIfSendingFindsItFirst)
{
    Fd peer;
    const int handle = WithAgent([&] { return b.Pair(&peer); });
    b.Step(3);
    KernelSend(peer, "last words");
    peer.Reset();
    EXPECT_EQ(1, b.Send(handle, "x", 0)); /* the agent serves this before it looks at the socket */
    b.Step(5);
    std::string data;
    EXPECT_EQ(10, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ("last words", data);
    EXPECT_EQ(-K230_ECONNRESET, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(0, b.Recv(handle, &data, 100, 0));
    EXPECT_EQ(0, b.Close(handle));
}

TEST_F(SteppedStreams, BytesThatTheAgentTookBeforeItHeardOfTheCloseCountAsUnread)
{
    Fd peer;
    const int handle = WithAgent([&] { return b.Pair(&peer); });
    b.Step(3);
    /* Fill the request queue, so that the CLOSE has to wait here. */
    std::vector<int> fillers;
    int filler;
    while ((filler = k230_sock_open(b.client(), K230_AF_INET, K230_SOCK_DGRAM, 0)) >= 0 || filler == -K230_EMFILE) {
        if (filler >= 0) {
            fillers.push_back(filler);
            continue;
        }
        for (const int one : fillers)
            b.Close(one);
        fillers.clear();
    }
    ASSERT_EQ(-K230_EAGAIN, filler);
    ASSERT_EQ(0, b.Close(handle)); /* nothing unread so far */
    KernelSend(peer, "too late");
    b.Step(2);   /* takes requests, then the bytes */
    b.Events(0); /* the CLOSE goes out */
    b.Step(3);
    int error;
    EXPECT_EQ("", KernelRecvAll(peer, &error));
    EXPECT_EQ(ECONNRESET, error) << "the peer believes that its bytes were read";
    for (const int one : fillers)
        b.Close(one);
}

TEST_F(Streams, BytesKeptByTheLayerAboveComeFirstForThoseThatComeAndThoseThatWait)
{
    Fd peer;
    const int handle = b.Pair(&peer);
    std::string data;
    EXPECT_EQ(K230_POLLOUT, k230_sock_events(b.client(), handle));
    auto waiting = std::async(std::launch::async, [&] {
        std::string line;
        return b.Recv(handle, &line, 10, PATIENCE_MS);
    });
    EXPECT_TRUE(Eventually([&] { return b.Sleepers() == 1; }));
    k230_sock_keep(b.client(), handle, true);
    EXPECT_EQ(-K230_EINTR, waiting.get());
    EXPECT_EQ(K230_POLLIN | K230_POLLOUT, k230_sock_events(b.client(), handle));
    KernelSend(peer, "later");
    EXPECT_EQ(-K230_EINTR, b.Recv(handle, &data, 10, 0));
    uint32_t seen;
    char line[10];
    EXPECT_EQ(-K230_EINTR, k230_sock_readline(b.client(), handle, line, sizeof line, true, &seen));
    k230_sock_keep(b.client(), handle, false);
    EXPECT_EQ(5, b.Recv(handle, &data, 10));
    EXPECT_EQ("later", data);
    k230_sock_keep(b.client(), handle, true);
    EXPECT_EQ(0, b.Close(handle));
    k230_sock_keep(b.client(), handle, true); /* a closed handle reaches nobody */
    const int next = b.Pair(&peer);
    EXPECT_EQ(-K230_EAGAIN, b.Recv(next, &data, 10, 0)) << "the flag went with its socket";
    EXPECT_EQ(0, b.Close(next));
}

/* ---- more closed sockets that still send than ring pairs --------------------------------------------------------- */

class StalledPeers : public BoardTest
{
  protected:
    StalledPeers() : BoardTest(Limits(16, 3)) {}

    /* As much as the stack and the ring take of it while the peer takes nothing; then it is closed. */
    size_t CloseFull(Fd *peer)
    {
        const int handle = b.Pair(peer);
        const int32_t few = 8192; /* else the kernel takes more and more for a while */
        EXPECT_EQ(0, b.SetOption(handle, K230_SOL_SOCKET, K230_SO_SNDBUF, &few, sizeof few));
        size_t sent = 0;
        for (int got; (got = b.Send(handle, std::string(65536, 'x'), 500)) > 0;)
            sent += static_cast<size_t>(got);
        EXPECT_EQ(0, b.Close(handle));
        return sent;
    }
};

TEST_F(StalledPeers, PeersThatStandStillDoNotKeepANewSocketWithoutRings)
{
    Fd peers[3];
    size_t sent[3];
    for (int i = 0; i < 3; i++)
        sent[i] = CloseFull(&peers[i]);
    for (int i = 0; i < 2; i++) { /* one pair for both, one after the other: the first gives it back by itself */
        Fd peer;
        const int handle = b.Pair(&peer);
        EXPECT_EQ(2, b.Send(handle, "hi"));
        EXPECT_EQ("hi", KernelRecv(peer, 2));
        EXPECT_EQ(0, b.Close(handle));
        EXPECT_EQ("", KernelRecvAll(peer));
    }
    for (int i = 0; i < 3; i++) {
        int error = 0;
        const size_t arrived = KernelRecvAll(peers[i], &error).size();
        if (i == 0) {
            EXPECT_GE(arrived, sent[i] - b.limits().tx_size) << "what the stack held came";
            EXPECT_LT(arrived, sent[i]) << "and what was in the ring did not";
            EXPECT_EQ(ECONNRESET, error) << "which a reset says";
        } else {
            EXPECT_EQ(sent[i], arrived) << "nobody needed its pair";
            EXPECT_EQ(0, error);
        }
    }
}

TEST_F(StalledPeers, AllSocketsThatWaitForAPairGetOneInTurn)
{
    Fd still[3];
    for (Fd &peer : still)
        CloseFull(&peer);
    Fd peers[3];
    int handles[3];
    for (int i = 0; i < 3; i++)
        handles[i] = b.Pair(&peers[i]);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(2, b.Send(handles[i], "hi"));
        EXPECT_EQ("hi", KernelRecv(peers[i], 2));
    }
    for (const int handle : handles)
        EXPECT_EQ(0, b.Close(handle));
    for (Fd &peer : still)
        peer.Reset();
}
