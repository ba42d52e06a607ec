/* The sockets PAL, called as the natives of System.Net call it; built once for every stack (pal_posix_test,
 * pal_lwip_test). */
#include "pal_board.h"

#include <nanoHAL_ConfigurationManager.h>

#include <future>
#include <sockets_lwip.h>

static_assert(SOCK_FIONREAD == 0x4004667F, "as managed code has it, whatever the size of long");
static_assert(SOCK_FIONBIO == static_cast<int>(0x8004667Eu), "likewise");

static std::string Bytes(size_t length)
{
    std::string bytes(length, 0);
    for (size_t i = 0; i < length; i++)
        bytes[i] = static_cast<char>(Pattern(i));
    return bytes;
}

/* Everything up to the end of the stream, or to `length`; "!..." after it where the stream failed. */
static std::string KernelRecvAll(int fd, size_t length = SIZE_MAX)
{
    std::string all;
    std::string piece(65536, 0);
    while (all.size() < length) {
        const ssize_t got = recv(fd, &piece[0], piece.size(), 0);
        if (got < 0)
            return all + "!" + strerror(errno);
        if (got == 0)
            return all;
        all.append(piece, 0, static_cast<size_t>(got));
    }
    return all;
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

TEST_F(PalTest, AConnectionSendsReceivesAndEnds)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(5u, Send(handle, "hello"));
    EXPECT_EQ("hello", KernelRecv(peer, 5));
    KernelSend(peer, "world");
    EXPECT_EQ("world", Recv(handle));
    EXPECT_EQ(0, Close(handle));
    EXPECT_EQ("", KernelRecv(peer));
}

TEST_F(PalTest, ConnectDoesNotWait)
{
    const Fd listener = KernelListener(KernelIp());
    const int handle = Socket();
    const SOCK_sockaddr address = At(KernelIp(), KernelPort(listener));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getlasterror());
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(handle));
    EXPECT_EQ(1, Poll(handle, 1));
    EXPECT_EQ(0, Select(handle, 0)) << "nothing to read";
    EXPECT_EQ(0, Select(handle, 2)) << "nothing exceptional";
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EISCONN, SOCK_getlasterror());
}

TEST_F(PalTest, NothingIsWritableBeforeTheConnectionStands)
{
    const int handle = Socket();
    b().Halt();
    const SOCK_sockaddr address = At(KernelIp(), 9);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getlasterror());
    EXPECT_EQ(0, Select(handle, 0));
    EXPECT_EQ(0, Select(handle, 1));
    EXPECT_EQ(0, Select(handle, 2));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EALREADY, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(handle));
    b().Run();
}

TEST_F(PalTest, ARefusedConnectMakesTheSocketExceptional)
{
    Fd gone = KernelListener(KernelIp());
    const int port = KernelPort(gone);
    gone.Close();
    const int handle = Socket();
    EXPECT_EQ(SOCK_ECONNREFUSED, Connect(handle, KernelIp(), port));
    EXPECT_EQ(1, Select(handle, 2)) << "for who asks for that";
    EXPECT_EQ(SOCK_SOCKET_ERROR, Select(handle, 1)) << "and it stays so";
    EXPECT_EQ(SOCK_ECONNREFUSED, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ(SOCK_ECONNREFUSED, SOCK_getsocklasterror(handle));
    EXPECT_EQ("!10061", Recv(handle));
    EXPECT_EQ(SOCK_ECONNREFUSED, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ERROR));
    EXPECT_EQ(0, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ERROR)) << "taken";
    const Fd listener = KernelListener(KernelIp());
    EXPECT_EQ(0, Connect(handle, KernelIp(), KernelPort(listener))) << "and the socket connects again";
}

TEST_F(PalTest, AConnectThatHangsEndsWithItsClose)
{
    const Fd listener = KernelListener(KernelIp(), 0);
    std::vector<int> fillers;
    for (int i = 0; i < 4; i++) {
        fillers.push_back(Socket());
        const SOCK_sockaddr address = At(KernelIp(), KernelPort(listener));
        SOCK_connect(fillers.back(), &address, sizeof address);
        Poll(fillers.back(), 1, QUIET_MS);
    }
    EXPECT_EQ(0, Poll(fillers.back(), 1, QUIET_MS)) << "the listener's queue is full";
    ClearEvents();
    EXPECT_EQ(0, Close(fillers.back()));
    EXPECT_EQ(SOCK_SOCKET_ERROR, Poll(fillers.back(), 1));
    EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
}

TEST_F(PalTest, ASocketThatWasNeverConnectedSaysSoAtOnce)
{
    const int handle = Socket();
    EXPECT_EQ(SOCK_SOCKET_ERROR, Select(handle, 0));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, Select(handle, 1));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getlasterror());
    EXPECT_EQ(0, Select(handle, 2));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getsocklasterror(handle));
    char byte;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_recv(handle, &byte, 1, 0));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getsocklasterror(handle));
    SOCK_sockaddr address;
    int length = sizeof address;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getpeername(handle, &address, &length));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_shutdown(handle, 1));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getlasterror());
}

TEST_F(PalTest, ASuccessLeavesNoWouldBlockBehind)
{
    Fd peer;
    const int handle = Pair(&peer);
    char byte;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_recv(handle, &byte, 1, 0));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(handle));
    EXPECT_EQ(1, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ(0, SOCK_getsocklasterror(handle));
}

TEST_F(PalTest, AnAddressOfNoFamilyIsRefused)
{
    const int handle = Socket();
    SOCK_sockaddr address = At(KernelIp(), 80);
    address.sa_family = 10;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EAFNOSUPPORT, SOCK_getsocklasterror(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_bind(handle, &address, sizeof address));
    EXPECT_EQ(SOCK_EAFNOSUPPORT, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_bind(handle, nullptr, 16));
    EXPECT_EQ(SOCK_EAFNOSUPPORT, SOCK_getlasterror());
    address.sa_family = SOCK_AF_INET;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(handle, &address, 4));
    EXPECT_EQ(SOCK_EAFNOSUPPORT, SOCK_getlasterror());
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

TEST_F(PalTest, SendTakesWhatFitsAndTheRestWhenThereIsRoom)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Bytes(12u << 20); /* more than the rings and the stack's buffers take */
    size_t done = 0;
    while (done < bytes.size()) {
        const int sent = SOCK_send(handle, bytes.data() + done, static_cast<int>(bytes.size() - done), 0);
        if (sent < 0) {
            EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(handle));
            if (Poll(handle, 1, 10 * QUIET_MS) == 0)
                break; /* the peer reads nothing */
            continue;
        }
        done += static_cast<size_t>(sent);
    }
    EXPECT_GT(done, 256u * 1024u);
    ASSERT_LT(done, bytes.size());
    std::future<std::string> received =
        std::async(std::launch::async, [&] { return KernelRecvAll(peer, bytes.size()); });
    EXPECT_EQ(bytes.size() - done, Send(handle, bytes.substr(done)));
    EXPECT_TRUE(bytes == received.get()) << "not what was sent";
}

TEST_F(PalTest, ALargeStreamArrivesWhole)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Bytes(8u << 20);
    std::thread sender([&] {
        for (size_t at = 0; at < bytes.size(); at += 65536)
            KernelSend(peer, bytes.substr(at, 65536));
        shutdown(peer, SHUT_WR);
    });
    std::string received;
    for (;;) {
        const std::string piece = Recv(handle);
        received += piece;
        if (piece.empty())
            break;
        if (received.size() > bytes.size())
            break;
    }
    sender.join();
    EXPECT_TRUE(bytes == received);
}

TEST_F(PalTest, AllThatIsThereCanBeReadAtOnce)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Bytes(100000);
    KernelSend(peer, bytes);
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 100000; })) << Available(handle);
    EXPECT_TRUE(bytes == Recv(handle, 200000));
    EXPECT_EQ(0, Available(handle));
}

TEST_F(PalTest, PeekLeavesTheBytes)
{
    Fd peer;
    const int handle = Pair(&peer);
    KernelSend(peer, "peek");
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 4; }));
    EXPECT_EQ("pe", Recv(handle, 2, 2));
    EXPECT_EQ(4, Available(handle));
    EXPECT_EQ("peek", Recv(handle));
}

TEST_F(PalTest, TheEndOfTheStreamIsReadableWithNothingThere)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(0, Poll(handle, 0, QUIET_MS));
    KernelSend(peer, "last");
    shutdown(peer, SHUT_WR);
    EXPECT_EQ("last", Recv(handle));
    EXPECT_EQ(1, Poll(handle, 0));
    EXPECT_EQ(0, Available(handle));
    EXPECT_EQ("", Recv(handle));
    EXPECT_EQ("", Recv(handle)) << "again";
    EXPECT_EQ(1, Select(handle, 1)) << "our own direction is open";
    EXPECT_EQ(5u, Send(handle, "reply"));
    EXPECT_EQ("reply", KernelRecv(peer));
}

TEST_F(PalTest, AResetIsToldAfterWhatHadArrivedAndEachTimeAfterThat)
{
    Fd peer;
    const int handle = Pair(&peer);
    KernelSend(peer, "before");
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 6; }));
    peer.Reset();
    EXPECT_EQ(1, Poll(handle, 2));
    EXPECT_EQ("before", Recv(handle));
    EXPECT_EQ(1, Poll(handle, 0)) << "to be received: the error";
    EXPECT_EQ(0, Available(handle));
    EXPECT_EQ("!10054", Recv(handle));
    EXPECT_EQ("!10054", Recv(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, Poll(handle, 1)) << "never writable again";
    EXPECT_EQ(SOCK_ECONNRESET, SOCK_getlasterror());
    int error = 0;
    EXPECT_EQ(0u, Send(handle, "x", &error));
    EXPECT_EQ(SOCK_ECONNRESET, error);
}

TEST_F(PalTest, AWriterLearnsThatThePeerIsDead)
{
    Fd peer;
    const int handle = Pair(&peer);
    peer.Reset();
    EXPECT_TRUE(Eventually([&] { return Select(handle, 1) == SOCK_SOCKET_ERROR; })) << "writable for ever";
    EXPECT_EQ(SOCK_ECONNRESET, SOCK_getlasterror());
    EXPECT_EQ(SOCK_ECONNRESET, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ERROR));
}

TEST_F(PalTest, AResetThatASendToldIsNoEndOfTheStream)
{
    Fd peer;
    const int handle = Pair(&peer);
    KernelSend(peer, "before");
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 6; }));
    peer.Reset();
    EXPECT_EQ(1, Poll(handle, 2));
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, "x", 1, 0));
        EXPECT_EQ(SOCK_ECONNRESET, SOCK_getsocklasterror(handle));
    }
    EXPECT_EQ("before", Recv(handle));
    EXPECT_EQ("!10054", Recv(handle)) << "a transfer that was cut off";
    EXPECT_EQ("!10054", Recv(handle));
}

TEST_F(PalTest, SendingToAPeerThatHasClosedIsAReset)
{
    Fd peer;
    const int handle = Pair(&peer);
    peer.Close();
    EXPECT_EQ("", Recv(handle));
    int error = 0;
    EXPECT_TRUE(Eventually([&] { return Send(handle, "x", &error) == 0; })) << "for ever";
    EXPECT_EQ(SOCK_ECONNRESET, error) << "we have shut nothing down";
    EXPECT_EQ(SOCK_SOCKET_ERROR, Select(handle, 1));
    EXPECT_EQ(SOCK_ECONNRESET, SOCK_getlasterror());
}

TEST_F(PalTest, AResetThatTheErrorOptionToldIsNoEndOfTheStream)
{
    Fd peer;
    const int handle = Pair(&peer);
    peer.Reset();
    EXPECT_EQ(1, Poll(handle, 2));
    EXPECT_EQ(SOCK_ECONNRESET, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ERROR));
    EXPECT_EQ("!10054", Recv(handle));
}

TEST_F(PalTest, AShutDownEndsOurDirectionOnly)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(4u, Send(handle, "last"));
    EXPECT_EQ(0, SOCK_shutdown(handle, 1));
    EXPECT_EQ("last", KernelRecvAll(peer));
    int error = 0;
    EXPECT_EQ(0u, Send(handle, "x", &error));
    EXPECT_EQ(SOCK_ESHUTDOWN, error);
    KernelSend(peer, "still");
    EXPECT_EQ("still", Recv(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_shutdown(handle, 7));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getlasterror());
}

TEST_F(PalTest, ACloseSendsWhatWasWritten)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Bytes(200000);
    EXPECT_EQ(bytes.size(), Send(handle, bytes));
    EXPECT_EQ(0, Close(handle));
    EXPECT_TRUE(bytes == KernelRecvAll(peer));
}

TEST_F(PalTest, WhatNoBufferIsIsRefused)
{
    Fd peer;
    const int handle = Pair(&peer);
    char byte = 0;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, nullptr, 5, 0));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getsocklasterror(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, &byte, -1, 0));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getsocklasterror(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_recv(handle, nullptr, 5, 0));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getsocklasterror(handle));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, &byte, 1, 1)) << "urgent bytes";
    EXPECT_EQ(SOCK_EOPNOTSUPP, SOCK_getsocklasterror(handle));
    EXPECT_EQ(0, SOCK_send(handle, nullptr, 0, 0));
    EXPECT_EQ(0, SOCK_recv(handle, nullptr, 0, 0) < 0 ? SOCK_getlasterror() - SOCK_EWOULDBLOCK : 0);
}

/* ---- listening --------------------------------------------------------------------------------------------------- */

TEST_F(PalTest, AConnectionIsAcceptedWithoutAWait)
{
    int port;
    const int listener = Listener(&port);
    EXPECT_EQ(1, GetOption(listener, SOCK_SOL_SOCKET, SOCK_SOCKO_ACCEPTCONNECTION));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_accept(listener, nullptr, nullptr));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(listener));
    EXPECT_EQ(0, Poll(listener, 0, QUIET_MS));
    const Fd peer = KernelConnect(StackIp(), port);
    ASSERT_EQ(1, Poll(listener, 0));
    b().Halt(); /* what is readable is here already */
    SOCK_sockaddr from = {};
    int length = sizeof from;
    const int handle = SOCK_accept(listener, &from, &length);
    ASSERT_GE(handle, 0) << SOCK_getlasterror();
    EXPECT_EQ(16, length);
    EXPECT_EQ(KernelIp() + ":" + std::to_string(KernelPort(peer)), Text(from));
    b().Run();
    SOCK_sockaddr name = {};
    EXPECT_EQ(0, SOCK_getpeername(handle, &name, &length));
    EXPECT_EQ(Text(from), Text(name));
    EXPECT_EQ(0, SOCK_getsockname(handle, &name, &length));
    EXPECT_EQ(StackIp() + ":" + std::to_string(port), Text(name));
    KernelSend(peer, "hi");
    EXPECT_EQ("hi", Recv(handle));
    EXPECT_EQ(0, Close(handle));
}

TEST_F(PalTest, MoreConnectionsThanTheBacklogAreAllServed)
{
    int port;
    const int listener = Listener(&port, 2);
    std::vector<std::future<Fd>> peers;
    for (int i = 0; i < 12; i++)
        peers.push_back(std::async(std::launch::async, [port] {
            Fd peer = KernelConnect(StackIp(), port);
            KernelSend(peer, "?"); /* so that a handshake that the full queue dropped is gone through again */
            return peer;
        }));
    for (int i = 0; i < 12; i++) {
        const int handle = Accept(listener);
        ASSERT_GE(handle, 0) << i << ": " << SOCK_getlasterror();
        EXPECT_EQ("?", Recv(handle));
        EXPECT_EQ(1u, Send(handle, "!"));
    }
    for (std::future<Fd> &peer : peers)
        EXPECT_EQ("!", KernelRecv(peer.get(), 1));
    EXPECT_EQ(0, Poll(listener, 0, QUIET_MS));
}

TEST_F(PalTest, AConnectionThatNobodyAcceptedGoesWithItsListener)
{
    int port;
    const int listener = Listener(&port);
    const Fd peer = KernelConnect(StackIp(), port);
    EXPECT_EQ(1, Poll(listener, 0));
    EXPECT_EQ(0, Close(listener));
    EXPECT_EQ("!ECONNRESET", KernelRecv(peer));
}

TEST_F(PalTest, APortInUseAndAForeignAddressAreRefused)
{
    int port;
    Listener(&port);
    const int second = Socket();
    const SOCK_sockaddr taken = At(StackIp(), port);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_bind(second, &taken, sizeof taken));
    EXPECT_EQ(SOCK_EADDRINUSE, SOCK_getlasterror());
    const SOCK_sockaddr foreign = At("203.0.113.9", 0);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_bind(second, &foreign, sizeof foreign));
    EXPECT_EQ(SOCK_EADDRNOTAVAIL, SOCK_getlasterror());
}

TEST_F(PalTest, AListenerIsNoConnection)
{
    int port;
    const int listener = Listener(&port);
    char byte;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_recv(listener, &byte, 1, 0));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getsocklasterror(listener));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(listener, &byte, 1, 0));
    EXPECT_EQ(SOCK_ENOTCONN, SOCK_getsocklasterror(listener));
    const SOCK_sockaddr address = At(KernelIp(), 9);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_connect(listener, &address, sizeof address));
    EXPECT_EQ(SOCK_EISCONN, SOCK_getlasterror());
    EXPECT_EQ(0, Available(listener));
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

TEST_F(PalTest, DatagramsKeepTheirEdgesAndTheirSender)
{
    const Fd peer = KernelBound(KernelIp(), SOCK_DGRAM);
    const int handle = Socket(SOCK_SOCK_DGRAM);
    const SOCK_sockaddr any = At(StackIp(), 0);
    EXPECT_EQ(0, SOCK_bind(handle, &any, sizeof any));
    EXPECT_EQ(1, Poll(handle, 1));
    EXPECT_EQ(4, SendTo(handle, "ping", KernelIp(), KernelPort(peer)));
    EXPECT_EQ(2, SendTo(handle, "to", KernelIp(), KernelPort(peer)));
    EXPECT_EQ("ping", KernelRecv(peer));
    EXPECT_EQ("to", KernelRecv(peer));

    const KernelAddress to(StackIp(), PortOf(handle));
    for (const char *text : {"answer", "", "cut here"})
        EXPECT_EQ(static_cast<ssize_t>(strlen(text)), sendto(peer, text, strlen(text), 0, to.get(), to.length));
    SOCK_sockaddr from = {};
    EXPECT_EQ("answer", RecvFrom(handle, &from));
    EXPECT_EQ(KernelIp() + ":" + std::to_string(KernelPort(peer)), Text(from));
    EXPECT_EQ("", RecvFrom(handle, &from)) << "an empty one is one";
    EXPECT_EQ("cut", RecvFrom(handle, &from, 3));
    EXPECT_EQ(0, Poll(handle, 0, QUIET_MS)) << "its rest is gone";
}

TEST_F(PalTest, AConnectedDatagramSocketHasOnePeer)
{
    const Fd peer = KernelBound(KernelIp(), SOCK_DGRAM);
    const int handle = Socket(SOCK_SOCK_DGRAM);
    EXPECT_EQ(0, Connect(handle, KernelIp(), KernelPort(peer)));
    EXPECT_EQ(5u, Send(handle, "hello"));
    EXPECT_EQ("hello", KernelRecv(peer));
    SOCK_sockaddr name = {};
    int length = sizeof name;
    EXPECT_EQ(0, SOCK_getpeername(handle, &name, &length));
    EXPECT_EQ(KernelIp() + ":" + std::to_string(KernelPort(peer)), Text(name));
    const KernelAddress to(StackIp(), PortOf(handle));
    EXPECT_EQ(2, sendto(peer, "ok", 2, 0, to.get(), to.length));
    EXPECT_EQ("ok", Recv(handle));
}

TEST_F(PalTest, ADatagramWithoutADestinationOrTooLongIsRefused)
{
    const int handle = Socket(SOCK_SOCK_DGRAM);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ(10039, SOCK_getsocklasterror(handle)) << "SOCK_EDESTADDRREQ";
    EXPECT_EQ(SOCK_SOCKET_ERROR, SendTo(handle, Bytes(65508), KernelIp(), 9));
    EXPECT_EQ(SOCK_EMSGSIZE, SOCK_getsocklasterror(handle));
}

#ifndef K230_TEST_LWIP /* lwIP drops the message that says so */
TEST_F(PalTest, ARefusedDatagramIsToldByTheNextCallAndOnce)
{
    Fd gone = KernelBound(KernelIp(), SOCK_DGRAM);
    const int port = KernelPort(gone);
    gone.Close();
    const int handle = Socket(SOCK_SOCK_DGRAM);
    EXPECT_EQ(0, Connect(handle, KernelIp(), port));
    EXPECT_EQ(1u, Send(handle, "x"));
    EXPECT_EQ(1, Poll(handle, 0)) << "to be received: the error";
    EXPECT_EQ("!10061", Recv(handle));
    EXPECT_EQ(0, Poll(handle, 0, QUIET_MS));
}
#endif

TEST_F(PalTest, ManyDatagramsAreLimitedByTheRingAndGoOn)
{
    const Fd peer = KernelBound(KernelIp(), SOCK_DGRAM);
    const int handle = Socket(SOCK_SOCK_DGRAM);
    int would_block = 0;
    b().Halt();
    b().Run();
    for (int i = 0; i < 2000; i++) {
        while (SendTo(handle, Bytes(1400), KernelIp(), KernelPort(peer)) < 0) {
            ASSERT_EQ(SOCK_EWOULDBLOCK, SOCK_getsocklasterror(handle));
            would_block++;
            ASSERT_EQ(1, Poll(handle, 1));
        }
    }
    RecordProperty("would_block", would_block);
    EXPECT_TRUE(Bytes(1400) == KernelRecv(peer));
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

TEST_F(PalTest, SocketsOfNoKindAreRefused)
{
    const struct {
        int family, type, protocol;
        long error;
    } kinds[] = {{SOCK_AF_INET, SOCK_SOCK_STREAM, SOCK_IPPROTO_UDP, SOCK_EPROTONOSUPPORT},
                 {SOCK_AF_INET, SOCK_SOCK_DGRAM, SOCK_IPPROTO_TCP, SOCK_EPROTONOSUPPORT},
                 {SOCK_AF_INET, SOCK_SOCK_RAW, 1, SOCK_EPROTONOSUPPORT},
                 {SOCK_AF_INET, 99, 0, SOCK_EPROTONOSUPPORT},
                 {SOCK_AF_INET, -1, 0, SOCK_EPROTONOSUPPORT},
                 {10, SOCK_SOCK_STREAM, 0, SOCK_EAFNOSUPPORT},
                 {SOCK_AF_INET6, SOCK_SOCK_STREAM, 0, SOCK_EAFNOSUPPORT},
                 {0, SOCK_SOCK_STREAM, 0, SOCK_EAFNOSUPPORT}};
    for (const auto &kind : kinds) {
        EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_socket(kind.family, kind.type, kind.protocol));
        EXPECT_EQ(kind.error, SOCK_getlasterror()) << kind.family << " " << kind.type << " " << kind.protocol;
    }
    const int tcp = SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, SOCK_IPPROTO_TCP);
    const int udp = SOCK_socket(SOCK_AF_INET, SOCK_SOCK_DGRAM, SOCK_IPPROTO_UDP);
    EXPECT_EQ(SOCK_SOCK_STREAM, GetOption(tcp, SOCK_SOL_SOCKET, 0x1008));
    EXPECT_EQ(SOCK_SOCK_DGRAM, GetOption(udp, SOCK_SOL_SOCKET, 0x1008));
    EXPECT_EQ(0, SOCK_close(tcp));
    EXPECT_EQ(0, SOCK_close(udp));
}

TEST_F(PalTest, OptionsAreSetAndReadByTheirWinsockNumbers)
{
    const int handle = Socket();
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_REUSEADDRESS, 1));
    EXPECT_EQ(1, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_REUSEADDRESS) != 0);
    EXPECT_EQ(0, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_EXCLUSIVEADDRESSUSE));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_EXCLUSIVEADDRESSUSE, 1));
    EXPECT_EQ(0, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_REUSEADDRESS));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE, 1));
    EXPECT_EQ(1, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE) != 0);
    EXPECT_EQ(0, SetOption(handle, SOCK_IPPROTO_TCP, SOCK_TCP_NODELAY, 1));
    EXPECT_EQ(1, GetOption(handle, SOCK_IPPROTO_TCP, SOCK_TCP_NODELAY) != 0);
    EXPECT_EQ(0, SetOption(handle, SOCK_IPPROTO_IP, SOCK_IPO_TTL, 33));
    EXPECT_EQ(33, GetOption(handle, SOCK_IPPROTO_IP, SOCK_IPO_TTL));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_SENDTIMEOUT, 500)) << "the managed side's";
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_RECEIVETIMEOUT, 500));
    EXPECT_EQ(0, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ACCEPTCONNECTION));
    EXPECT_EQ(SOCK_ENOPROTOOPT, SetOption(handle, SOCK_SOL_SOCKET, 0x100, 1));
    EXPECT_EQ(SOCK_ENOPROTOOPT, SetOption(handle, 17, 1, 1));
    EXPECT_EQ(SOCK_ENOPROTOOPT, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_ERROR, 1)) << "only to be read";
    EXPECT_EQ(-SOCK_ENOPROTOOPT, GetOption(handle, SOCK_SOL_SOCKET, 0x1003));
    char value[2] = {1, 0};
    int length = sizeof value;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_setsockopt(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE, value, 2));
    EXPECT_EQ(SOCK_EFAULT, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_setsockopt(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE, nullptr, 4));
    EXPECT_EQ(SOCK_EFAULT, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getsockopt(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE, value, &length));
    EXPECT_EQ(SOCK_EFAULT, SOCK_getlasterror());
}

TEST_F(PalTest, LingerIsSecondsAndItsOppositeTurnsItOff)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_LINGER, 7));
    EXPECT_EQ(7, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_LINGER));
    EXPECT_EQ(0, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_DONTLINGER));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_DONTLINGER, 1));
    EXPECT_EQ(1, GetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_DONTLINGER));
    EXPECT_EQ(SOCK_EINVAL, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_LINGER, -1));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_LINGER, 0));
    EXPECT_EQ(0, Close(handle));
    EXPECT_EQ("!ECONNRESET", KernelRecv(peer)) << "lingering for no time resets";
}

TEST_F(PalTest, AGroupIsJoinedAndLeft)
{
    const int handle = Socket(SOCK_SOCK_DGRAM);
    const SOCK_sockaddr any = At("0.0.0.0", 0);
    EXPECT_EQ(0, SOCK_bind(handle, &any, sizeof any));
    EXPECT_EQ(0, SetOption(handle, SOCK_SOL_SOCKET, SOCK_SOCKO_BROADCAST, 1));
    EXPECT_EQ(0, SetOption(handle, SOCK_IPPROTO_IP, SOCK_IPO_MULTICAST_TTL, 3));
    EXPECT_EQ(3, GetOption(handle, SOCK_IPPROTO_IP, SOCK_IPO_MULTICAST_TTL));
    char group[8] = {static_cast<char>(239), 1, 2, 3};
    inet_pton(AF_INET, StackIp().c_str(), group + 4);
    EXPECT_EQ(0, SOCK_setsockopt(handle, SOCK_IPPROTO_IP, SOCK_IPO_ADD_MEMBERSHIP, group, 8)) << SOCK_getlasterror();
    EXPECT_EQ(0, SOCK_setsockopt(handle, SOCK_IPPROTO_IP, SOCK_IPO_DROP_MEMBERSHIP, group, 8));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_setsockopt(handle, SOCK_IPPROTO_IP, SOCK_IPO_DROP_MEMBERSHIP, group, 8));
    EXPECT_EQ(SOCK_EADDRNOTAVAIL, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_setsockopt(handle, SOCK_IPPROTO_IP, SOCK_IPO_ADD_MEMBERSHIP, group, 4));
    EXPECT_EQ(SOCK_EFAULT, SOCK_getlasterror());
}

TEST_F(PalTest, CommandsAreKnownWhateverSizeIsCodedIntoThem)
{
    Fd peer;
    const int handle = Pair(&peer);
    KernelSend(peer, "four");
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 4; }));
    int there = 0;
    EXPECT_EQ(0, SOCK_ioctl(handle, 0x4008667F, &there)) << "eight bytes, where long has them";
    EXPECT_EQ(4, there);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_ioctl(handle, 0x4004667E, &there));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_ioctl(handle, SOCK_FIONREAD, nullptr));
    EXPECT_EQ(SOCK_EINVAL, SOCK_getlasterror());
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

class SmallPalTest : public PalTest
{
  protected:
    SmallPalTest() : PalTest(6, 4096) {}
};

TEST_F(SmallPalTest, HandlesRunOutAndComeBack)
{
    std::vector<int> handles;
    for (int i = 0; i < 6; i++)
        handles.push_back(Socket());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, 0));
    EXPECT_EQ(SOCK_EMFILE, SOCK_getlasterror());
    EXPECT_EQ(0, Close(handles[2]));
    const int fresh = Socket();
    EXPECT_NE(handles[2], fresh) << "the old handle must not reach it";
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_listen(handles[2], 1));
    EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
}

TEST_F(SmallPalTest, AnAcceptThatFindsNoHandleSaysSoAndTheConnectionWaits)
{
    int port;
    const int listener = Listener(&port);
    std::vector<int> handles;
    for (int i = 0; i < 5; i++)
        handles.push_back(Socket());
    const Fd peer = KernelConnect(StackIp(), port);
    EXPECT_EQ(1, Poll(listener, 0));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_accept(listener, nullptr, nullptr));
    EXPECT_EQ(SOCK_EMFILE, SOCK_getlasterror());
    EXPECT_EQ(0, Close(handles[0]));
    EXPECT_GE(Accept(listener), 0) << SOCK_getlasterror();
}

TEST_F(SmallPalTest, SmallRingsMoveEverything)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Bytes(300000);
    std::future<std::string> received =
        std::async(std::launch::async, [&] { return KernelRecvAll(peer, bytes.size()); });
    EXPECT_EQ(bytes.size(), Send(handle, bytes));
    EXPECT_TRUE(bytes == received.get());
}

TEST_F(PalTest, AHandleThatIsNoneIsRefusedByEveryCall)
{
    Fd peer;
    const int closed = Pair(&peer);
    EXPECT_EQ(0, Close(closed));
    const int others = [&] {
        k230_operation op = {};
        int handle;
        while ((handle = k230_op_open(b().client(), &op, K230_AF_INET, K230_SOCK_STREAM, 0)) == -K230_PENDING)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return handle;
    }(); /* of K230.Sockets, on the same client */
    ASSERT_GE(others, 0);
    SOCK_sockaddr address = At(KernelIp(), 9);
    int length = sizeof address;
    int number = 0;
    char byte = 0;
    SOCK_fd_set set;
    for (const int handle : {closed, others, -1, 0, 5, INT32_MAX, INT32_MIN}) {
        const std::function<int()> calls[] = {
            [&] { return SOCK_bind(handle, &address, sizeof address); },
            [&] { return SOCK_connect(handle, &address, sizeof address); },
            [&] { return SOCK_listen(handle, 1); },
            [&] { return SOCK_accept(handle, nullptr, nullptr); },
            [&] { return SOCK_send(handle, &byte, 1, 0); },
            [&] { return SOCK_recv(handle, &byte, 1, 0); },
            [&] { return SOCK_sendto(handle, &byte, 1, 0, &address, sizeof address); },
            [&] { return SOCK_recvfrom(handle, &byte, 1, 0, &address, &length); },
            [&] { return SOCK_shutdown(handle, 2); },
            [&] { return SOCK_close(handle); },
            [&] { return SOCK_ioctl(handle, SOCK_FIONREAD, &number); },
            [&] { return SOCK_setsockopt(handle, 0xFFFF, 4, reinterpret_cast<char *>(&number), 4); },
            [&] { return SOCK_getsockopt(handle, 0xFFFF, 4, reinterpret_cast<char *>(&number), &length); },
            [&] { return SOCK_getpeername(handle, &address, &length); },
            [&] { return SOCK_getsockname(handle, &address, &length); },
            [&] {
                set = {1, {handle}};
                return SOCK_select(1, &set, nullptr, nullptr, nullptr);
            },
        };
        for (const auto &call : calls) {
            length = sizeof address;
            EXPECT_EQ(SOCK_SOCKET_ERROR, call()) << handle << ", call " << &call - calls;
            EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror()) << handle << ", call " << &call - calls;
            EXPECT_EQ(SOCK_EBADF, SOCK_getsocklasterror(handle));
        }
    }
    EXPECT_EQ(0, k230_sock_close(b().client(), others, false));
}

TEST_F(PalTest, AWaiterIsWokenByTheCloseOfItsSocket)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(0, Select(handle, 0));
    ClearEvents();
    EXPECT_EQ(0, Close(handle)); /* by another managed thread; not every native sets the event itself */
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the waiter";
    EXPECT_EQ(SOCK_SOCKET_ERROR, Select(handle, 0));
    EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
}

/* What an interrupt number that nobody has confirmed looks like: each wait is as long as a look of the watchdog, and
 * none is for ever. */
TEST_F(PalTest, EveryWaiterIsWokenThoughEveryDoorbellIsLost)
{
    Fd peer;
    const int handle = Pair(&peer);
    int port;
    const int listener = Listener(&port);
    b().LoseDoorbells();
    EXPECT_EQ(0, Select(handle, 0)) << "one thread waits to receive";
    ClearEvents();
    KernelSend(peer, "hello");
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the reader";
    EXPECT_EQ("hello", Recv(handle));

    EXPECT_EQ(0, Select(listener, 0)) << "one waits for a connection";
    ClearEvents();
    const Fd client = KernelConnect(StackIp(), port);
    const int accepted = Accept(listener);
    ASSERT_GE(accepted, 0) << "nobody wakes the listener";

    Fd second;
    EXPECT_GE(Pair(&second), 0) << "nobody wakes the one that connects";

    const std::string much(1u << 20, 'x');
    while (Poll(handle, 1, 3 * QUIET_MS) == 1)
        SOCK_send(handle, much.data(), static_cast<int>(much.size()), 0);
    std::atomic<bool> reading{true};
    std::thread reader([&] {
        std::string piece(65536, 0);
        while (reading)
            if (recv(peer, &piece[0], piece.size(), MSG_DONTWAIT) <= 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    EXPECT_EQ(1, Poll(handle, 1)) << "nobody wakes the writer";
    reading = false;
    reader.join();

    SOCK_addrinfo *found = nullptr;
    SOCK_addrinfo hints = {};
    EXPECT_EQ(0, SOCK_getaddrinfo("127.0.0.1", nullptr, &hints, &found));
    SOCK_freeaddrinfo(found);

    EXPECT_EQ(0, Select(handle, 0));
    ClearEvents();
    peer.Close();
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody tells the reader of the end";
}

/* ---- two managed threads, one socket ----------------------------------------------------------------------------- */

TEST_F(PalTest, AReaderIsWokenThoughAnotherThreadHasWritten)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(0, Select(handle, 0)) << "one thread waits to receive";
    EXPECT_EQ(1, Select(handle, 1)) << "another asks whether it may send";
    EXPECT_EQ(1, SOCK_send(handle, "x", 1, 0));
    EXPECT_EQ("x", KernelRecv(peer));
    ClearEvents();
    KernelSend(peer, "answer");
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the reader";
    EXPECT_EQ("answer", Recv(handle));
}

TEST_F(PalTest, AWriterIsWokenThoughAnotherThreadHasRead)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string much(1u << 20, 'x');
    while (Poll(handle, 1, 3 * QUIET_MS) == 1)
        SOCK_send(handle, much.data(), static_cast<int>(much.size()), 0);
    KernelSend(peer, "answer");
    EXPECT_TRUE(Eventually([&] { return Available(handle) == 6; }));
    EXPECT_EQ(0, Select(handle, 1)) << "one thread waits for room";
    EXPECT_EQ("answer", Recv(handle)) << "another receives";
    ClearEvents();
    std::atomic<bool> reading{true};
    std::thread reader([&] {
        std::string piece(65536, 0);
        while (reading)
            if (recv(peer, &piece[0], piece.size(), MSG_DONTWAIT) < 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the writer";
    EXPECT_EQ(1, Poll(handle, 1));
    reading = false;
    reader.join();
}

TEST_F(PalTest, AReaderThatIsFasterDoesNotTakeAnothersWakeUp)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(0, Select(handle, 0)) << "one thread waits";
    b().Leave(); /* the thread that attends is late */
    KernelSend(peer, "1");
    EXPECT_TRUE(Eventually([&] { return Select(handle, 0) == 1; })) << "another looks, and finds it";
    EXPECT_EQ("1", Recv(handle));
    ClearEvents();
    b().Attend();
    KernelSend(peer, "2");
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the first";
    EXPECT_EQ("2", Recv(handle));
}

TEST_F(PalTest, ADatagramWakesItsReaderThoughAnotherThreadHasSent)
{
    const Fd peer = KernelBound(KernelIp(), SOCK_DGRAM);
    const int handle = Socket(SOCK_SOCK_DGRAM);
    const SOCK_sockaddr any = At(StackIp(), 0);
    EXPECT_EQ(0, SOCK_bind(handle, &any, sizeof any));
    EXPECT_EQ(0, Select(handle, 0));
    EXPECT_EQ(1, Select(handle, 1));
    EXPECT_EQ(1, SendTo(handle, "x", KernelIp(), KernelPort(peer)));
    EXPECT_EQ("x", KernelRecv(peer));
    ClearEvents();
    const KernelAddress to(StackIp(), PortOf(handle));
    ClearEvents();
    EXPECT_EQ(1, sendto(peer, "y", 1, 0, to.get(), to.length));
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the reader";
    EXPECT_EQ("y", Recv(handle));
}

TEST_F(PalTest, AListenerAnswersWhileAConnectionIsBeingFetchedForIt)
{
    int port;
    const int listener = Listener(&port);
    const Fd peer = KernelConnect(StackIp(), port);
    EXPECT_TRUE(Eventually([&] { return (k230_sock_events(b().client(), listener) & K230_POLLIN) != 0; }));
    b().Halt(); /* a small core that takes its time */
    EXPECT_EQ(0, Select(listener, 0)) << "a poll that does not wait: it begins to fetch";
    std::thread later([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        b().Run();
    });
    /* The fetch and this share the socket's one lane. */
    SOCK_sockaddr own = {};
    int length = sizeof own;
    EXPECT_EQ(0, SOCK_getsockname(listener, &own, &length)) << SOCK_getlasterror();
    later.join();
    EXPECT_EQ(0, SetOption(listener, SOCK_SOL_SOCKET, SOCK_SOCKO_KEEPALIVE, 1));
    EXPECT_GE(Accept(listener), 0) << "and the connection is not lost by it";
}

TEST_F(PalTest, SelectKeepsWhatIsReadyOfManySets)
{
    Fd first_peer, second_peer;
    const int first = Pair(&first_peer);
    const int second = Pair(&second_peer);
    KernelSend(second_peer, "x");
    EXPECT_EQ(1, Poll(second, 0));
    SOCK_fd_set reads = {2, {first, second}};
    SOCK_fd_set writes = {2, {first, second}};
    SOCK_fd_set excepts = {2, {first, second}};
    EXPECT_EQ(3, SOCK_select(2, &reads, &writes, &excepts, nullptr));
    EXPECT_EQ(1u, reads.fd_count);
    EXPECT_EQ(second, reads.fd_array[0]);
    EXPECT_EQ(2u, writes.fd_count);
    EXPECT_EQ(0u, excepts.fd_count);
    EXPECT_EQ(0, SOCK_select(0, nullptr, nullptr, nullptr, nullptr));
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* As the native: asks again after each event. */
static int LookUp(const char *name, SOCK_addrinfo **answer)
{
    const SOCK_addrinfo hints = {};
    for (;;) {
        const int status = SOCK_getaddrinfo(name, nullptr, &hints, answer);
        if (status == 0)
            return 0;
        if (SOCK_getlasterror() != SOCK_EWOULDBLOCK)
            return SOCK_getlasterror();
        if (!WaitForEvent(PALS_PATIENCE_MS))
            return SOCK_ETIMEDOUT;
    }
}

TEST_F(PalTest, ANameIsLookedUpWhileOthersRun)
{
    SOCK_addrinfo *answer = nullptr;
    ASSERT_EQ(0, LookUp("localhost", &answer));
    ASSERT_NE(nullptr, answer);
    EXPECT_EQ(SOCK_AF_INET, answer->ai_family);
    EXPECT_EQ(16u, answer->ai_addrlen);
    EXPECT_EQ("127.0.0.1:0", Text(*answer->ai_addr));
    EXPECT_NE(nullptr, answer->ai_canonname);
    SOCK_freeaddrinfo(answer);
}

TEST_F(PalTest, ADottedAddressNeedsNoLookUp)
{
    b().Halt();
    SOCK_addrinfo *answer = nullptr;
    EXPECT_EQ(0, SOCK_getaddrinfo("192.0.2.33", nullptr, nullptr, &answer));
    EXPECT_EQ("192.0.2.33:0", Text(*answer->ai_addr));
    EXPECT_EQ(nullptr, answer->ai_next);
    SOCK_freeaddrinfo(answer);
    b().Run();
}

TEST_F(PalTest, ANameThatIsNoneIsNotFound)
{
    SOCK_addrinfo *answer = nullptr;
    const int error = LookUp("no-such-host.invalid", &answer);
    EXPECT_TRUE(error == SOCK_HOST_NOT_FOUND || error == SOCK_TRY_AGAIN) << error; /* without a name server: again */
    EXPECT_EQ(nullptr, answer);
    EXPECT_EQ(SOCK_HOST_NOT_FOUND, LookUp(std::string(300, 'a').c_str(), &answer));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo(nullptr, nullptr, nullptr, &answer));
    EXPECT_EQ(SOCK_HOST_NOT_FOUND, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo("localhost", nullptr, nullptr, nullptr));
}

TEST_F(PalTest, TheEmptyNameIsTheBoardItself)
{
    k230_interface facts;
    const int count = k230_pal_interface(k230_pal_instance(), 0, &facts);
    SOCK_addrinfo *answer = nullptr;
    const int status = LookUp("", &answer);
#ifdef K230_TEST_LWIP
    EXPECT_EQ(1, count);
    ASSERT_EQ(0, status);
#else
    if (count < 1 || status != 0) { /* a machine with a loopback alone */
        EXPECT_EQ(SOCK_HOST_NOT_FOUND, status == SOCK_ENETDOWN ? SOCK_HOST_NOT_FOUND : status);
        return;
    }
#endif
    EXPECT_NE("127.0.0.1:0", Text(*answer->ai_addr));
#ifdef K230_TEST_LWIP
    EXPECT_EQ(StackIp() + ":0", Text(*answer->ai_addr));
#endif
    SOCK_freeaddrinfo(answer);
}

/* ---- a small core that is not to be trusted (the linker puts these between agent and stack) ---------------------- */

static std::atomic<int> s_claimed_interfaces{0};
static std::atomic<int> s_asked_interfaces{0};
static std::atomic<bool> s_empty_answers{false};
static k230_interface s_facts; /* of the one interface, in place of the machine's own; under s_facts_lock */
static std::atomic<bool> s_has_facts{false};
static std::mutex s_facts_lock;

extern "C" int __real_k230_stack_interface(k230_stack *stack, uint32_t index, k230_interface *facts);
extern "C" int __wrap_k230_stack_interface(k230_stack *stack, uint32_t index, k230_interface *facts)
{
    if (s_has_facts) {
        std::lock_guard<std::mutex> guard(s_facts_lock);
        *facts = s_facts;
        return index == 0 ? 1 : -K230_ENOENT;
    }
    if (s_claimed_interfaces == 0)
        return __real_k230_stack_interface(stack, index, facts);
    s_asked_interfaces++;
    return s_claimed_interfaces;
}

extern "C" bool __real_k230_stack_resolved(k230_stack *stack, uint32_t *tag, k230_stack_answer *answer);
extern "C" bool __wrap_k230_stack_resolved(k230_stack *stack, uint32_t *tag, k230_stack_answer *answer)
{
    const bool done = __real_k230_stack_resolved(stack, tag, answer);
    if (done && s_empty_answers)
        answer->count = 0;
    return done;
}

TEST_F(PalTest, AClaimOfManyInterfacesIsNotBelieved)
{
    s_claimed_interfaces = 65535;
    s_asked_interfaces = 0;
    SOCK_addrinfo *answer = nullptr;
    EXPECT_EQ(SOCK_HOST_NOT_FOUND, LookUp("", &answer)) << "none of them has an address";
    s_claimed_interfaces = 0;
    EXPECT_LE(s_asked_interfaces, static_cast<int>(K230_PAL_INTERFACES));
}

TEST_F(PalTest, AnAnswerWithoutAnAddressIsNone)
{
    s_empty_answers = true;
    SOCK_addrinfo *answer = nullptr;
    EXPECT_EQ(SOCK_HOST_NOT_FOUND, LookUp("localhost", &answer));
    s_empty_answers = false;
    EXPECT_EQ(nullptr, answer);
}

TEST_F(PalTest, ALookUpThatFoundNoPlaceIsWokenWhenAnotherIsGivenUp)
{
    k230_client *client = b().client();
    int tokens[K230_RESOLVE_MAX];
    for (int &token : tokens) {
        EXPECT_TRUE(Eventually([&] {
            token = k230_resolve_begin(client, "127.0.0.1", nullptr, K230_AF_INET, K230_SOCK_STREAM, 0, 0);
            return token > 0;
        }));
        EXPECT_EQ(0, k230_resolve_wait(client, token, k230_deadline(client, PALS_PATIENCE_MS)));
    }
    SOCK_addrinfo *answer = nullptr;
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo("localhost", nullptr, nullptr, &answer));
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getlasterror());
    ClearEvents();
    for (const int token : tokens)
        k230_resolve_abandon(client, token);
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS));
    EXPECT_EQ(0, LookUp("localhost", &answer));
    SOCK_freeaddrinfo(answer);
}

TEST_F(PalTest, AnswersThatAreNotGivenBackRunOut)
{
    SOCK_addrinfo *first = nullptr, *second = nullptr, *third = nullptr;
    EXPECT_EQ(0, SOCK_getaddrinfo("192.0.2.1", nullptr, nullptr, &first));
    EXPECT_EQ(0, SOCK_getaddrinfo("192.0.2.2", nullptr, nullptr, &second));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo("192.0.2.3", nullptr, nullptr, &third));
    EXPECT_EQ(SOCK_ENOBUFS, SOCK_getlasterror());
    EXPECT_EQ("192.0.2.1:0", Text(*first->ai_addr)) << "not overwritten";
    SOCK_freeaddrinfo(first);
    EXPECT_EQ(0, SOCK_getaddrinfo("192.0.2.3", nullptr, nullptr, &third));
    SOCK_freeaddrinfo(second);
    SOCK_freeaddrinfo(third);
    SOCK_freeaddrinfo(nullptr);
}

TEST_F(PalTest, ALookUpThatNobodyComesBackForIsForgotten)
{
    b().Halt();
    SOCK_addrinfo *answer = nullptr;
    for (int i = 0; i < K230_RESOLVE_MAX; i++) {
        const std::string name = "host" + std::to_string(i) + ".invalid";
        EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo(name.c_str(), nullptr, nullptr, &answer));
        EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getlasterror());
    }
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_getaddrinfo("localhost", nullptr, nullptr, &answer)) << "all are in use";
    EXPECT_EQ(SOCK_EWOULDBLOCK, SOCK_getlasterror());
    /* As if 35 seconds had passed since their askers came last. */
    for (k230_pal_look_up &look_up : k230_pal_instance()->look_ups)
        look_up.asked_ms -= K230_PAL_LOOK_UP_MS + 1u;
    b().Run();
    EXPECT_EQ(0, LookUp("localhost", &answer));
    SOCK_freeaddrinfo(answer);
    SOCKETS_CloseConnections(); /* forgets those that are left */
}

/* ---- the other core ---------------------------------------------------------------------------------------------- */

TEST_F(PalTest, ARestartOfTheSmallCoreEndsEverySocketAndWakesWhoWaits)
{
    Fd peer;
    int port;
    const int stream = Pair(&peer);
    const int listener = Listener(&port);
    const int datagrams = Socket(SOCK_SOCK_DGRAM);
    for (const int handle : {stream, listener, datagrams})
        EXPECT_EQ(0, Select(handle, 0));
    ClearEvents();
    b().RestartAgent();
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the waiters";
    EXPECT_EQ("!10054", Recv(stream));
    EXPECT_EQ(1, Poll(listener, 0));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_accept(listener, nullptr, nullptr));
    EXPECT_EQ(SOCK_ECONNRESET, SOCK_getlasterror());
    EXPECT_EQ(1, Poll(datagrams, 0));
    SOCK_sockaddr from;
    EXPECT_EQ("!10054", RecvFrom(datagrams, &from));
    Fd another;
    const int next = Pair(&another);
    EXPECT_EQ(2u, Send(next, "ok"));
    EXPECT_EQ("ok", KernelRecv(another));
}

TEST_F(PalTest, ASmallCoreThatStandsStillDoesNotHoldTheClrUpForEver)
{
    const int handle = Socket();
    b().Halt();
    const int64_t start = NowMs();
    const SOCK_sockaddr any = At(StackIp(), 0);
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_bind(handle, &any, sizeof any));
    EXPECT_EQ(SOCK_ETIMEDOUT, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_socket(SOCK_AF_INET, SOCK_SOCK_DGRAM, 0));
    EXPECT_EQ(SOCK_ETIMEDOUT, SOCK_getlasterror());
    EXPECT_LT(NowMs() - start, 4 * K230_PAL_ANSWER_MS);
    b().Run();
}

TEST_F(PalTest, WithoutASmallCoreThereIsNoSocketAndNoLongWait)
{
    b().Halt();
    b().Leave();
    K230_Sockets_Reboot(); /* no session, and nobody to begin one with */
    b().Attend();
    const int64_t start = NowMs();
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, 0));
    EXPECT_EQ(SOCK_ENETDOWN, SOCK_getlasterror());
    EXPECT_LT(NowMs() - start, 4 * K230_PAL_START_MS);
    bool up = true;
    EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LinkStatus(0, &up));
    EXPECT_FALSE(up);
    b().Run();
    EXPECT_TRUE(Eventually([&] { return SOCK_close(SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, 0)) == 0; }));
}

TEST_F(PalTest, ANameIsNotLookedUpWithoutASmallCore)
{
    b().Halt();
    b().Leave();
    K230_Sockets_Reboot();
    b().Attend();
    SOCK_addrinfo *answer = nullptr;
    EXPECT_EQ(SOCK_ENETDOWN, LookUp("localhost", &answer)); /* after K230_START_MS, while others run */
    b().Run();
    EXPECT_TRUE(Eventually([&] { return SOCK_close(SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, 0)) == 0; }));
}

TEST_F(PalTest, ASoftRebootLeavesNothingInWhateverOrderItComes)
{
    for (int round = 0; round < 4; round++) {
        const Fd kernel = KernelListener(KernelIp());
        int stream = -1;
        EXPECT_TRUE(Eventually([&] { return (stream = SOCK_socket(SOCK_AF_INET, SOCK_SOCK_STREAM, 0)) >= 0; }));
        EXPECT_EQ(0, Connect(stream, KernelIp(), KernelPort(kernel)));
        EXPECT_EQ(0, Select(stream, 0)) << "somebody waits";
        int port;
        const int listener = Listener(&port);
        const Fd caller = KernelConnect(StackIp(), port);
        if (round % 2 == 0) {
            EXPECT_EQ(1, Poll(listener, 0)) << "fetched, and never accepted";
        }
        SOCK_addrinfo *answer = nullptr;
        if (SOCK_getaddrinfo("localhost", nullptr, nullptr, &answer) == 0)
            SOCK_freeaddrinfo(answer);
        if (round < 2) {
            EXPECT_TRUE(Network_Uninitialize());
        }
        K230_Sockets_Reboot();
        EXPECT_TRUE(Network_Initialize());
        EXPECT_EQ(0u, b().client()->engine.parked);
        EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_close(stream)) << "of before the reboot";
        EXPECT_EQ(0, LookUp("localhost", &answer));
        SOCK_freeaddrinfo(answer);
    }
}

TEST_F(PalTest, CloseConnectionsClosesThemAll)
{
    Fd peer;
    int port;
    const int stream = Pair(&peer);
    const int listener = Listener(&port);
    const Fd waiting = KernelConnect(StackIp(), port);
    EXPECT_EQ(1, Poll(listener, 0));
    EXPECT_EQ(4u, Send(stream, "last"));
    SOCKETS_CloseConnections();
    EXPECT_EQ("last", KernelRecvAll(peer));
    EXPECT_EQ("!ECONNRESET", KernelRecv(waiting));
    EXPECT_EQ(SOCK_SOCKET_ERROR, SOCK_close(stream));
    EXPECT_EQ(SOCK_EBADF, SOCK_getlasterror());
}

/* ---- both libraries at once -------------------------------------------------------------------------------------- */

TEST_F(PalTest, K230SocketsAndThePalShareTheLink)
{
    Fd pals_peer;
    const int pals = Pair(&pals_peer);
    const Fd listener = KernelListener(KernelIp());
    const std::string bytes = Bytes(4u << 20);
    std::thread other(
        [&] { /* a user of the client on a thread of its own */
              k230_client *client = b().client();
              k230_operation op = {};
              int handle, status;
              while ((handle = k230_op_open(client, &op, K230_AF_INET, K230_SOCK_STREAM, 0)) == -K230_PENDING)
                  k230_op_sleep(client, &op);
              op = {};
              const k230_addr to = Address(KernelIp(), KernelPort(listener));
              while ((status = k230_op_connect(client, &op, handle, &to, -1)) == -K230_PENDING)
                  k230_op_sleep(client, &op);
              EXPECT_EQ(0, status);
              op = {};
              while ((status = k230_op_send_all(client, &op, handle, bytes.data(), static_cast<uint32_t>(bytes.size()),
                                                -1)) == -K230_PENDING)
                  k230_op_sleep(client, &op);
              EXPECT_EQ(static_cast<int>(bytes.size()), status);
              EXPECT_EQ(0, k230_sock_close(client, handle, false));
        });
    const Fd others_peer = KernelAccept(listener);
    std::future<std::string> pals_bytes =
        std::async(std::launch::async, [&] { return KernelRecvAll(pals_peer, bytes.size()); });
    std::future<std::string> others_bytes =
        std::async(std::launch::async, [&] { return KernelRecvAll(others_peer, bytes.size()); });
    EXPECT_EQ(bytes.size(), Send(pals, bytes));
    EXPECT_TRUE(bytes == pals_bytes.get());
    EXPECT_TRUE(bytes == others_bytes.get());
    other.join();
}

/* ---- the network ------------------------------------------------------------------------------------------------- */

#ifdef K230_TEST_LWIP
static void SetCable(bool plugged) { ASSERT_EQ(0, system(plugged ? "ip link set tap0 up" : "ip link set tap0 down")); }

TEST_F(PalTest, ALostLinkWakesWhoWaitsAndAReturnedOneServesAgain)
{
    Fd peer;
    int port;
    const int stream = Pair(&peer);
    const int listener = Listener(&port);
    const int inside = Socket(SOCK_SOCK_DGRAM);
    const SOCK_sockaddr loopback = At("127.0.0.1", 0);
    EXPECT_EQ(0, SOCK_bind(inside, &loopback, sizeof loopback));
    TakeNetworkEvents();
    SetCable(false);
    EXPECT_EQ(SOCK_SOCKET_ERROR, Poll(stream, 0));
    EXPECT_EQ(SOCK_ENETDOWN, SOCK_getlasterror());
    EXPECT_EQ(SOCK_SOCKET_ERROR, Poll(listener, 0));
    EXPECT_EQ(SOCK_ENETDOWN, SOCK_getlasterror());
    EXPECT_EQ(1, Poll(inside, 1)) << "the small core's loopback needs no cable";
    bool up = true;
    EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LinkStatus(0, &up));
    EXPECT_FALSE(up);
    std::vector<NetworkEvent> events;
    const auto availability = [&] {
        for (const NetworkEvent &event : TakeNetworkEvents())
            if (event.type == NetworkChange_NetworkEventType_AvailabilityChanged)
                events.push_back(event);
        return events.size();
    };
    EXPECT_TRUE(Eventually([&] { return availability() == 1; }));
    SetCable(true);
    EXPECT_TRUE(Eventually([&] { return SOCK_CONFIGURATION_LinkStatus(0, &up) == S_OK && up; }));
    EXPECT_EQ(0, Select(stream, 0));
    EXPECT_EQ(2u, Send(stream, "ok"));
    EXPECT_EQ("ok", KernelRecv(peer));
    ASSERT_TRUE(Eventually([&] { return availability() == 2; }));
    EXPECT_EQ(0u, events.front().flags) << "gone";
    EXPECT_EQ(1u, events.back().flags) << "and back";
}

TEST_F(PalTest, TheAdapterIsAsTheSmallCoreHasIt)
{
    HAL_Configuration_NetworkInterface config = {};
    ASSERT_EQ(S_OK, SOCK_CONFIGURATION_LoadAdapterConfiguration(&config, 0));
    EXPECT_STREQ("192.0.2.2", SOCK_IPV4AddressToString(config.IPv4Address));
    EXPECT_STREQ("255.255.255.0", SOCK_IPV4AddressToString(config.IPv4NetMask));
    EXPECT_STREQ("192.0.2.1", SOCK_IPV4AddressToString(config.IPv4GatewayAddress));
    const uint8_t none[6] = {};
    EXPECT_NE(0, memcmp(config.MacAddress, none, sizeof none));
    EXPECT_EQ(NetworkInterfaceType_Ethernet, config.InterfaceType);
    bool up = false;
    EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LinkStatus(0, &up));
    EXPECT_TRUE(up);
}
#else
/* The agent is told of another network; the kernel keeps its own. */
static void SetNetwork(PalBoard &board, uint32_t flags)
{
    board.Halt();
    board.stack()->network.word = flags;
    board.Run();
}

TEST_F(PalTest, ALostLinkWakesWhoWaitsAndAReturnedOneServesAgain)
{
    const uint32_t up = K230_NETWORK_LINK | K230_NETWORK_ADDRESS;
    Fd peer;
    int port;
    const int inside = Pair(&peer);
    SetNetwork(b(), up);
    const int listener = Listener(&port, 16, "0.0.0.0");
    EXPECT_EQ(0, Select(listener, 0));
    TakeNetworkEvents();
    ClearEvents();
    SetNetwork(b(), 0);
    EXPECT_TRUE(WaitForEvent(PALS_PATIENCE_MS)) << "nobody wakes the waiter";
    EXPECT_EQ(SOCK_SOCKET_ERROR, Poll(listener, 0));
    EXPECT_EQ(SOCK_ENETDOWN, SOCK_getlasterror());
    EXPECT_EQ(1, Select(listener, 2));
    EXPECT_EQ(1, Select(inside, 1)) << "the small core's loopback needs no cable";
    bool status = true;
    EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LinkStatus(0, &status));
    EXPECT_FALSE(status);
    SetNetwork(b(), up);
    EXPECT_TRUE(Eventually([&] { return SOCK_CONFIGURATION_LinkStatus(0, &status) == S_OK && status; }));
    const Fd caller = KernelConnect("127.0.0.1", port);
    EXPECT_GE(Accept(listener), 0);
    const NetworkEvent gone = {1, 0, 0}, back = {1, 1, 0}, address = {2, 0, 0};
    const std::vector<NetworkEvent> expected = {gone, address, back, address};
    std::vector<NetworkEvent> events;
    /* Those of the start may have come only after they were taken. */
    EXPECT_TRUE(Eventually([&] {
        for (const NetworkEvent &event : TakeNetworkEvents())
            if (!events.empty() || event == gone)
                events.push_back(event);
        return events.size() >= expected.size();
    }));
    EXPECT_TRUE(events == expected);
}
#endif

TEST_F(PalTest, TheNetworkOfTheSmallCoreIsNotConfiguredFromHere)
{
    HAL_Configuration_NetworkInterface config = {};
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, SOCK_CONFIGURATION_UpdateAdapterConfiguration(&config, 0, 2));
    EXPECT_EQ(CLR_E_INVALID_PARAMETER, SOCK_CONFIGURATION_LoadConfiguration(&config, 1));
    bool up = true;
    EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LinkStatus(3, &up));
    EXPECT_FALSE(up) << "there is one interface";
    EXPECT_FALSE(SOCKETS_DbgInitialize(0)) << "nobody debugs through the sockets that are debugged";
    EXPECT_EQ(0, SOCKETS_Write(0, "x", 1));
}

/* ---- System.Net's NetworkInterface and NetworkHelper ------------------------------------------------------------- */

/* What the managed class does by its natives: the block that the target keeps, the live state over it, and for a change
 * the target first, then the PAL. Whatever becomes of a change, the class reads everything anew. */
struct NetworkInterface {
    HAL_Configuration_NetworkInterface state = {};

    static std::vector<NetworkInterface> All()
    {
        std::vector<NetworkInterface> all(g_TargetConfiguration.NetworkInterfaceConfigs->Count);
        for (uint32_t i = 0; i < all.size(); i++) {
            EXPECT_TRUE(
                ConfigurationManager_GetConfigurationBlock(&all[i].state, DeviceConfigurationOption_Network, i));
            EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LoadConfiguration(&all[i].state, i));
        }
        return all;
    }
    HRESULT Update(uint32_t flags)
    {
        HRESULT hr = S_OK;
        HAL_Configuration_NetworkInterface wanted = state;
        memset(wanted.Marker, 0, sizeof wanted.Marker); /* managed code knows of none */
        switch (ConfigurationManager_UpdateConfigurationBlock(&wanted, DeviceConfigurationOption_Network, 0)) {
        case UpdateConfigurationResult_Success:
            hr = SOCK_CONFIGURATION_UpdateAdapterConfiguration(&wanted, 0, flags);
            break;
        case UpdateConfigurationResult_Failed:
            hr = CLR_E_FAIL;
            break;
        case UpdateConfigurationResult_NoChanges:
            break;
        }
        memset(&state, 0, sizeof state);
        EXPECT_TRUE(ConfigurationManager_GetConfigurationBlock(&state, DeviceConfigurationOption_Network, 0));
        EXPECT_EQ(S_OK, SOCK_CONFIGURATION_LoadAdapterConfiguration(&state, 0));
        return hr;
    }
    static uint32_t Number(const char *text)
    {
        uint64_t number = 0;
        EXPECT_EQ(S_OK, SOCK_IPV4AddressFromString(text, &number));
        return static_cast<uint32_t>(number);
    }
    bool IsDhcpEnabled() const { return state.StartupAddressMode == AddressMode_DHCP; }
    HRESULT EnableDhcp()
    {
        state.StartupAddressMode = AddressMode_DHCP;
        return Update(NetworkInterface_UpdateOperation_Dhcp);
    }
    HRESULT EnableStaticIPv4(const char *address, const char *mask, const char *gateway)
    {
        state.IPv4Address = Number(address);
        state.IPv4NetMask = Number(mask);
        state.IPv4GatewayAddress = Number(gateway);
        state.StartupAddressMode = AddressMode_Static;
        return Update(NetworkInterface_UpdateOperation_Dhcp);
    }
    HRESULT EnableStaticIPv4Dns(const char *first, const char *second)
    {
        state.IPv4DNSAddress1 = Number(first);
        state.IPv4DNSAddress2 = second == nullptr ? 0 : Number(second);
        state.AutomaticDNS = 0;
        return Update(NetworkInterface_UpdateOperation_Dns);
    }
};

struct IpConfiguration {
    const char *address, *mask, *gateway, *dns;
};

/* As NetworkHelper.SetupAndConnectNetwork begins, with addresses or without; then one look whether the network is
 * ready. An exception makes it give up. */
static bool SetupAndConnectNetwork(const IpConfiguration *wanted)
{
    for (NetworkInterface &one : NetworkInterface::All()) {
        if (one.state.InterfaceType != NetworkInterfaceType_Ethernet)
            continue;
        if (wanted == nullptr) {
            EXPECT_TRUE(one.IsDhcpEnabled()) << "it would set the addresses that it has, and their name servers";
            if (one.EnableDhcp() != S_OK)
                return false;
        } else if (one.EnableStaticIPv4(wanted->address, wanted->mask, wanted->gateway) != S_OK ||
                   (wanted->dns != nullptr && one.EnableStaticIPv4Dns(wanted->dns, nullptr) != S_OK)) {
            return false;
        }
    }
    for (const NetworkInterface &one : NetworkInterface::All())
        if (one.state.InterfaceType == NetworkInterfaceType_Ethernet &&
            SOCK_IPV4AddressToString(one.state.IPv4Address)[0] != '0')
            return wanted == nullptr || one.state.IPv4Address == NetworkInterface::Number(wanted->address);
    return false;
}

class PalNetworkHelper : public PalTest
{
  protected:
    void SetUp() override
    {
        PalTest::SetUp();
        ConfigurationManager_Initialize();
        Set(K230_KIND_ETHERNET, "192.0.2.9", "255.255.255.0", "192.0.2.1", "192.0.2.53");
    }
    void TearDown() override
    {
        s_has_facts = false;
        PalTest::TearDown();
    }
    static void Put(uint8_t to[4], const char *address)
    {
        const uint32_t number = NetworkInterface::Number(address);
        memcpy(to, &number, 4);
    }
    static void Set(uint32_t kind, const char *address, const char *mask, const char *gateway, const char *dns)
    {
        std::lock_guard<std::mutex> guard(s_facts_lock);
        s_facts = {};
        s_facts.flags = K230_INTERFACE_UP | K230_INTERFACE_LINK;
        s_facts.kind = kind;
        strcpy(s_facts.name, "net0");
        memcpy(s_facts.mac, "\2\0\0\0\0\1", 6);
        Put(s_facts.address, address);
        Put(s_facts.mask, mask);
        Put(s_facts.gateway, gateway);
        s_facts.dns[0].family = K230_AF_INET;
        Put(s_facts.dns[0].ip, dns);
        s_has_facts = true;
    }
    static NetworkInterface First() { return NetworkInterface::All().at(0); }
};

TEST_F(PalNetworkHelper, IsReadyWhereTheSmallCoreHasAnAddress)
{
    EXPECT_TRUE(SetupAndConnectNetwork(nullptr));
    Set(K230_KIND_ETHERNET, "0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0");
    EXPECT_FALSE(SetupAndConnectNetwork(nullptr)) << "it looks again each 200 ms";
    Set(K230_KIND_ETHERNET, "192.0.2.10", "255.255.255.0", "192.0.2.1", "192.0.2.53");
    EXPECT_TRUE(SetupAndConnectNetwork(nullptr));
}

TEST_F(PalNetworkHelper, FindsTheInterfaceThatItLooksForWhateverTheSmallCoresIs)
{
    for (const uint32_t kind : {K230_KIND_WIRELESS, K230_KIND_UNKNOWN, K230_KIND_ETHERNET}) {
        Set(kind, "192.0.2.9", "255.255.255.0", "192.0.2.1", "192.0.2.53");
        EXPECT_EQ(NetworkInterfaceType_Ethernet, First().state.InterfaceType);
        EXPECT_TRUE(SetupAndConnectNetwork(nullptr));
    }
}

TEST_F(PalNetworkHelper, IsReadyWithTheAddressesThatTheSmallCoreHasAndWithNoOthers)
{
    const IpConfiguration own = {"192.0.2.9", "255.255.255.0", "192.0.2.1", nullptr};
    const IpConfiguration own_with_dns = {"192.0.2.9", "255.255.255.0", "192.0.2.1", "192.0.2.53"};
    EXPECT_TRUE(SetupAndConnectNetwork(&own));
    EXPECT_TRUE(SetupAndConnectNetwork(&own_with_dns));
    for (const IpConfiguration &other : {IpConfiguration{"192.0.2.8", "255.255.255.0", "192.0.2.1", nullptr},
                                         {"192.0.2.9", "255.255.0.0", "192.0.2.1", nullptr},
                                         {"192.0.2.9", "255.255.255.0", "192.0.2.2", nullptr},
                                         {"192.0.2.9", "255.255.255.0", "192.0.2.1", "192.0.2.54"}}) {
        EXPECT_FALSE(SetupAndConnectNetwork(&other)) << other.address << other.mask << other.gateway;
        EXPECT_TRUE(SetupAndConnectNetwork(nullptr)) << "what was refused is not kept";
    }
}

TEST_F(PalNetworkHelper, ARefusedRequestLeavesNoTrace)
{
    NetworkInterface net = First();
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.EnableStaticIPv4("10.0.0.1", "255.0.0.0", "10.0.0.2"));
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.EnableStaticIPv4Dns("10.0.0.3", nullptr));
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.EnableStaticIPv4Dns("192.0.2.53", "10.0.0.3"));
    net.state.StartupAddressMode = AddressMode_AutoIP;
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.Update(NetworkInterface_UpdateOperation_Dhcp));
    net.state.MacAddress[5]++;
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.Update(NetworkInterface_UpdateOperation_Mac));
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.Update(NetworkInterface_UpdateOperation_DhcpRenew));
    EXPECT_EQ(CLR_E_NOT_SUPPORTED, net.Update(NetworkInterface_UpdateOperation_DhcpRelease));
    EXPECT_TRUE(net.IsDhcpEnabled());
    EXPECT_EQ(1, net.state.AutomaticDNS);
    EXPECT_STREQ("192.0.2.9", SOCK_IPV4AddressToString(net.state.IPv4Address));
    EXPECT_EQ(1, net.state.MacAddress[5]);
    EXPECT_STREQ("CN1", reinterpret_cast<const char *>(net.state.Marker));
    HAL_Configuration_NetworkInterface kept = net.state;
    EXPECT_FALSE(ConfigurationManager_StoreConfigurationBlock(&kept, DeviceConfigurationOption_Network, 0, sizeof kept,
                                                              0, true));
    EXPECT_EQ(S_OK, net.Update(NetworkInterface_UpdateOperation_Mac)) << "its own";
    EXPECT_EQ(UpdateConfigurationResult_Failed,
              ConfigurationManager_UpdateConfigurationBlock(&kept, DeviceConfigurationOption_Network, 1));
    EXPECT_EQ(CLR_E_INVALID_PARAMETER, SOCK_CONFIGURATION_UpdateAdapterConfiguration(&kept, 1, 2));
}

TEST_F(PalNetworkHelper, WaitsForASmallCoreThatIsNotThereYet)
{
    b().Halt();
    b().Leave();
    K230_Sockets_Reboot();
    b().Attend();
    EXPECT_FALSE(SetupAndConnectNetwork(nullptr)) << "there is no address, but no exception either";
    NetworkInterface net = First();
    EXPECT_EQ(NetworkInterfaceType_Ethernet, net.state.InterfaceType);
    EXPECT_EQ(0u, net.state.IPv4Address);
    EXPECT_EQ(S_OK, net.EnableDhcp());
    EXPECT_EQ(CLR_E_TIMEOUT, net.EnableStaticIPv4("192.0.2.9", "255.255.255.0", "192.0.2.1")) << "nobody knows";
    b().Run();
    EXPECT_TRUE(Eventually([] { return SetupAndConnectNetwork(nullptr); }));
}

TEST_F(PalTest, AnAddressIsReadAndWrittenInNetworkOrder)
{
    uint64_t address = 1;
    EXPECT_EQ(S_OK, SOCK_IPV4AddressFromString("1.2.3.4", &address));
    EXPECT_EQ(0x04030201u, address);
    EXPECT_STREQ("1.2.3.4", SOCK_IPV4AddressToString(0x04030201u));
    EXPECT_EQ(CLR_E_INVALID_PARAMETER, SOCK_IPV4AddressFromString("1.2.3", &address));
    EXPECT_EQ(CLR_E_INVALID_PARAMETER, SOCK_IPV4AddressFromString(nullptr, &address));
    unsigned long long wide = 0;
    EXPECT_EQ(S_OK, SOCK_IPV4AddressFromString("255.255.255.255", &wide));
    EXPECT_EQ(0xFFFFFFFFu, wide);
}
