/* The stack port that this executable was linked with, under one set of names; and kernel sockets as its peers. */
#ifndef STACK_UNDER_TEST_H
#define STACK_UNDER_TEST_H

#ifdef K230_TEST_LWIP
#include "k230_stack_lwip.h"
#define STACK_NAME lwip
#elif defined(K230_TEST_RTTHREAD)
#include "k230_stack_rtthread.h"
#define STACK_NAME rtthread
#else
#include "k230_stack_posix.h"
#define STACK_NAME posix
#endif

#include <gtest/gtest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

constexpr int PATIENCE_MS = 5000; /* for what must happen */
constexpr int QUIET_MS = 100;     /* for what must not */

inline int64_t NowMs()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

inline std::string Setting(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* Where the stack finds kernel sockets, and where they find it. */
#ifdef K230_TEST_LWIP
inline std::string KernelIp() { return Setting("K230_KERNEL_IP", "192.0.2.1"); }
inline std::string KernelIp6() { return Setting("K230_KERNEL_IP6", "fd00:192:0:2::1"); }
inline std::string StackIp() { return Setting("K230_LWIP_IP", "192.0.2.2"); }
inline std::string StackIp6() { return Setting("K230_LWIP_IP6", "fd00:192:0:2::2"); }
#else
inline std::string KernelIp() { return "127.0.0.1"; }
inline std::string KernelIp6() { return "::1"; }
inline std::string StackIp() { return "127.0.0.1"; }
inline std::string StackIp6() { return "::1"; }
#endif

inline k230_addr Address(const std::string &ip, int port)
{
    k230_addr addr = {};
    addr.port = static_cast<uint16_t>(port);
    if (inet_pton(AF_INET, ip.c_str(), addr.ip) == 1)
        addr.family = K230_AF_INET;
    else if (inet_pton(AF_INET6, ip.c_str(), addr.ip) == 1)
        addr.family = K230_AF_INET6;
    else
        ADD_FAILURE() << ip << " is no address";
    return addr;
}

/* The index of the interface between the two: as the kernel has it, and as the stack has it. */
inline uint32_t KernelInterface()
{
#ifdef K230_TEST_LWIP
    return if_nametoindex("tap0");
#else
    return if_nametoindex("lo");
#endif
}
inline uint32_t GroupInterface()
{
#ifdef K230_TEST_LWIP
    return 2; /* the loop is the first */
#else
    return KernelInterface();
#endif
}

inline std::string Ip(const k230_addr &addr)
{
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(addr.family == K230_AF_INET6 ? AF_INET6 : AF_INET, addr.ip, text, sizeof text);
    return text;
}

/* ---- the kernel's side, blocking with a time limit ------------------------------------------------------------------
 */

class Fd
{
  public:
    explicit Fd(int fd = -1) : fd_(fd) {}
    Fd(const Fd &) = delete;
    Fd &operator=(const Fd &) = delete;
    Fd(Fd &&other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Fd &operator=(Fd &&other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { Close(); }
    operator int() const { return fd_; }
    void Close()
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = -1;
    }
    void Reset()
    {
        const linger now = {1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        Close();
    }

  private:
    int fd_;
};

struct KernelAddress {
    sockaddr_storage storage = {};
    socklen_t length = 0;

    KernelAddress(const std::string &ip, int port)
    {
        auto *in = reinterpret_cast<sockaddr_in *>(&storage);
        auto *in6 = reinterpret_cast<sockaddr_in6 *>(&storage);
        if (inet_pton(AF_INET, ip.c_str(), &in->sin_addr) == 1) {
            in->sin_family = AF_INET;
            in->sin_port = htons(static_cast<uint16_t>(port));
            length = sizeof *in;
        } else if (inet_pton(AF_INET6, ip.c_str(), &in6->sin6_addr) == 1) {
            in6->sin6_family = AF_INET6;
            in6->sin6_port = htons(static_cast<uint16_t>(port));
            length = sizeof *in6;
        }
    }
    const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&storage); }
};

inline Fd KernelSocket(const std::string &ip, int type)
{
    Fd fd(socket(ip.find(':') == std::string::npos ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0));
    const timeval limit = {PATIENCE_MS / 1000, 0};
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd;
}

inline Fd KernelBound(const std::string &ip, int type)
{
    Fd fd = KernelSocket(ip, type);
    const KernelAddress address(ip, 0);
    EXPECT_EQ(0, bind(fd, address.get(), address.length)) << strerror(errno);
    return fd;
}

inline Fd KernelListener(const std::string &ip, int backlog = 16)
{
    Fd fd = KernelBound(ip, SOCK_STREAM);
    EXPECT_EQ(0, listen(fd, backlog)) << strerror(errno);
    return fd;
}

inline int KernelPort(int fd)
{
    sockaddr_storage storage = {};
    socklen_t length = sizeof storage;
    getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length);
    return ntohs(reinterpret_cast<const sockaddr_in *>(&storage)->sin_port);
}

inline Fd KernelAccept(int listener)
{
    Fd fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    EXPECT_GE(fd, 0) << strerror(errno);
    const timeval limit = {PATIENCE_MS / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return fd;
}

inline Fd KernelConnect(const std::string &ip, int port, int type = SOCK_STREAM)
{
    Fd fd = KernelSocket(ip, type);
    const KernelAddress address(ip, port);
    EXPECT_EQ(0, connect(fd, address.get(), address.length)) << strerror(errno);
    return fd;
}

/* Up to `most` bytes; "" at the end of the stream, "!NAME" for an error. */
inline std::string KernelRecv(int fd, size_t most = 65536)
{
    std::string bytes(most, 0);
    const ssize_t got = recv(fd, &bytes[0], most, 0);
    if (got < 0)
        return std::string("!") + (errno == ECONNRESET ? "ECONNRESET" : strerror(errno));
    bytes.resize(static_cast<size_t>(got));
    return bytes;
}

inline void KernelSend(int fd, const std::string &bytes)
{
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL))
        << strerror(errno);
}

/* Bytes that no shift or swap of blocks leaves the same. */
inline uint8_t Pattern(uint64_t at) { return static_cast<uint8_t>((at * 2654435761u) >> 13 ^ at); }

#ifdef K230_TEST_RTTHREAD
/* A board's doorbell: a thread in the place of the mailbox's interrupt. */
class Mailbox
{
  public:
    ~Mailbox() { Listen(nullptr, -1); }
    int Listen(k230_stack *stack, int doorbell)
    {
        if (thread_.joinable()) {
            over_ = true;
            thread_.join();
        }
        over_ = false;
        if (doorbell >= 0)
            thread_ = std::thread([this, stack, doorbell] {
                while (!over_) {
                    pollfd rung = {doorbell, POLLIN, 0};
                    uint64_t rings;
                    if (poll(&rung, 1, 5) == 1 && read(doorbell, &rings, sizeof rings) > 0)
                        k230_stack_wake(stack);
                }
            });
        return 0;
    }

  private:
    std::atomic<bool> over_{false};
    std::thread thread_;
};
#endif

/* ---- the stack's side ----------------------------------------------------------------------------------------------
 */

#ifdef K230_TEST_LWIP
/* Skips the test where there is no network for it. */
inline void BringLwipUp()
{
    const char *setting = getenv("K230_LWIP");
    if (!setting)
        GTEST_SKIP() << "no tap device for lwIP: this user or machine allows no network namespace "
                        "(board/virtual/lwip-namespace.sh --check tells why)";
    k230_lwip_net net;
    ASSERT_TRUE(k230_lwip_net_parse(setting, &net)) << setting;
    ASSERT_EQ(0, k230_lwip_up(&net, PATIENCE_MS));
}
#endif

class StackTest : public testing::Test
{
  protected:
    void SetUp() override
    {
#ifdef K230_TEST_LWIP
        BringLwipUp();
        if (IsSkipped() || HasFatalFailure())
            return;
        ASSERT_EQ(0, k230_stack_lwip_init(stack));
#elif defined(K230_TEST_RTTHREAD)
        ASSERT_EQ(0, k230_stack_rtthread_init(stack));
#else
        ASSERT_EQ(0, k230_stack_posix_init(stack));
#endif
        started = true;
    }

    void TearDown() override
    {
        if (!started)
            return;
        for (const int sock : open)
            k230_stack_close(stack, sock, true);
#ifdef K230_TEST_LWIP
        k230_stack_lwip_end(stack);
#elif defined(K230_TEST_RTTHREAD)
        mailbox.Listen(stack, -1);
        k230_stack_rtthread_end(stack);
#else
        k230_stack_posix_end(stack);
#endif
    }

    int Doorbell(int fd)
    {
#ifdef K230_TEST_LWIP
        return k230_stack_lwip_doorbell(stack, fd);
#elif defined(K230_TEST_RTTHREAD)
        return mailbox.Listen(stack, fd);
#else
        return k230_stack_posix_doorbell(stack, fd);
#endif
    }

    int Open(int type = K230_SOCK_STREAM, int family = K230_AF_INET)
    {
        const int sock = k230_stack_open(stack, family, type, 0);
        EXPECT_GE(sock, 0) << k230_error_name(sock);
        open.push_back(sock);
        return sock;
    }
    int Keep(int sock)
    {
        if (sock >= 0)
            open.push_back(sock);
        return sock;
    }
    void Close(int sock, bool abort = false)
    {
        for (size_t i = 0; i < open.size(); i++)
            if (open[i] == sock) {
                open.erase(open.begin() + static_cast<long>(i));
                break;
            }
        k230_stack_close(stack, sock, abort);
    }

    /* The events that the watched socket reports first, 0 when none comes. */
    uint32_t WaitFor(int sock, uint32_t events, int limit_ms = PATIENCE_MS)
    {
        const uint32_t tag = 4711u + static_cast<uint32_t>(sock);
        uint32_t found = 0;
        EXPECT_EQ(0, k230_stack_watch(stack, sock, events, tag));
        const int64_t until = NowMs() + limit_ms;
        while (found == 0 && NowMs() <= until) {
            k230_stack_event event[8];
            const int count = k230_stack_wait(stack, event, 8, 10);
            for (int i = 0; i < count; i++)
                if (event[i].tag == tag)
                    found = event[i].events;
        }
        EXPECT_EQ(0, k230_stack_watch(stack, sock, 0, tag));
        return found;
    }

    int ConnectTo(int sock, const k230_addr &addr, int limit_ms = PATIENCE_MS)
    {
        int status = k230_stack_connect(stack, sock, &addr);
        const int64_t until = NowMs() + limit_ms;
        while (status == -K230_EINPROGRESS && NowMs() < until)
            if (WaitFor(sock, K230_STACK_OUT | K230_STACK_ERR, limit_ms) != 0)
                status = k230_stack_connect_result(stack, sock);
        return status;
    }

    /* A connection from the stack to a kernel socket. */
    int Pair(Fd *peer, const std::string &ip = KernelIp())
    {
        const Fd listener = KernelListener(ip);
        const int sock = Open(K230_SOCK_STREAM, ip.find(':') == std::string::npos ? K230_AF_INET : K230_AF_INET6);
        EXPECT_EQ(0, ConnectTo(sock, Address(ip, KernelPort(listener))));
        *peer = KernelAccept(listener);
        return sock;
    }

    /* A kernel listener whose queue is full: it answers no SYN. */
    Fd FullListener()
    {
        Fd listener = KernelListener(KernelIp(), 0);
        for (int i = 0; i < 3; i++) {
            const int sock = Open();
            const k230_addr addr = Address(KernelIp(), KernelPort(listener));
            if (k230_stack_connect(stack, sock, &addr) != -K230_EINPROGRESS)
                continue;
            if (WaitFor(sock, K230_STACK_OUT | K230_STACK_ERR, QUIET_MS) != 0)
                k230_stack_connect_result(stack, sock);
        }
        return listener;
    }

    int Listener(k230_addr *local, int backlog = 16, const std::string &ip = StackIp())
    {
        const k230_addr any_port = Address(ip, 0);
        const int sock = Open(K230_SOCK_STREAM, any_port.family);
        EXPECT_EQ(0, k230_stack_bind(stack, sock, &any_port));
        EXPECT_EQ(0, k230_stack_listen(stack, sock, backlog));
        EXPECT_EQ(0, k230_stack_local(stack, sock, local));
        EXPECT_NE(0, local->port);
        return sock;
    }

    int Send(int sock, std::string bytes)
    {
        const k230_span span = {reinterpret_cast<uint8_t *>(&bytes[0]), static_cast<uint32_t>(bytes.size())};
        return k230_stack_send(stack, sock, &span, 1);
    }
    /* The next bytes, waited for; "" at the end of the stream, "!NAME" for an error. */
    std::string Recv(int sock, uint32_t most = 65536, int limit_ms = PATIENCE_MS)
    {
        std::string bytes(most, 0);
        const k230_span span = {reinterpret_cast<uint8_t *>(&bytes[0]), most};
        int got = k230_stack_recv(stack, sock, &span, 1);
        const int64_t until = NowMs() + limit_ms;
        while (got == -K230_EAGAIN && NowMs() < until) {
            WaitFor(sock, K230_STACK_IN, limit_ms);
            got = k230_stack_recv(stack, sock, &span, 1);
        }
        if (got < 0)
            return std::string("!") + k230_error_name(got);
        bytes.resize(static_cast<size_t>(got));
        return bytes;
    }
    int SendTo(int sock, std::string bytes, const k230_addr *addr)
    {
        const k230_span span = {reinterpret_cast<uint8_t *>(&bytes[0]), static_cast<uint32_t>(bytes.size())};
        return k230_stack_sendto(stack, sock, &span, bytes.empty() ? 0 : 1, addr);
    }
    /* Sends all of them, of one length, as an agent does; the failure of the first that fails. `split` cuts that one in
     * two, as a ring's end would. */
    int SendRun(int sock, std::vector<std::string> all, const k230_addr *addr, size_t split = SIZE_MAX)
    {
        std::vector<k230_span> spans;
        std::vector<size_t> first_span;
        for (size_t i = 0; i < all.size(); i++) {
            uint8_t *bytes = reinterpret_cast<uint8_t *>(&all[i][0]);
            const uint32_t length = static_cast<uint32_t>(all[i].size());
            const uint32_t cut = i == split ? 1 : length;
            first_span.push_back(spans.size());
            spans.push_back({bytes, cut});
            if (cut < length)
                spans.push_back({bytes + cut, length - cut});
        }
        const int64_t until = NowMs() + PATIENCE_MS;
        for (size_t at = 0; at < all.size();) {
            const k230_datagram_run run = {static_cast<unsigned>(all.size() - at), static_cast<uint32_t>(all[0].size()),
                                           &spans[first_span[at]], addr};
            const int sent = k230_stack_sendto_run(stack, sock, &run);
            if (sent == -K230_EAGAIN && NowMs() < until) {
                WaitFor(sock, K230_STACK_OUT);
                continue;
            }
            if (sent < 0)
                return sent;
            EXPECT_GE(sent, 1);
            EXPECT_LE(static_cast<size_t>(sent), all.size() - at);
            at += static_cast<size_t>(std::max(sent, 1));
        }
        return 0;
    }
    std::string RecvFrom(int sock, k230_addr *from, bool *truncated, uint32_t most = 65536)
    {
        std::string bytes(most, 0);
        const k230_span span = {reinterpret_cast<uint8_t *>(&bytes[0]), most};
        *truncated = false;
        int got = k230_stack_recvfrom(stack, sock, &span, 1, from, truncated);
        if (got == -K230_EAGAIN && (WaitFor(sock, K230_STACK_IN) & K230_STACK_IN))
            got = k230_stack_recvfrom(stack, sock, &span, 1, from, truncated);
        if (got < 0)
            return std::string("!") + k230_error_name(got);
        bytes.resize(static_cast<size_t>(got));
        return bytes;
    }
    int SetInt(int sock, int level, int option, int32_t value)
    {
        return k230_stack_setopt(stack, sock, level, option, &value, sizeof value);
    }
    /* A group, joined or left on the interface with this address. */
    int Join(int sock, const std::string &group, const std::string &interface = StackIp())
    {
        return SetMembership(sock, K230_IP_ADD_MEMBERSHIP, group, interface);
    }
    int Leave(int sock, const std::string &group, const std::string &interface = StackIp())
    {
        return SetMembership(sock, K230_IP_DROP_MEMBERSHIP, group, interface);
    }
    int SetMembership(int sock, int option, const std::string &group, const std::string &interface)
    {
        uint8_t membership[8];
        inet_pton(AF_INET, group.c_str(), membership);
        inet_pton(AF_INET, interface.c_str(), membership + 4);
        return k230_stack_setopt(stack, sock, K230_LEVEL_IP, option, membership, sizeof membership);
    }
    int Join6(int sock, const std::string &group, uint32_t interface)
    {
        return SetMembership6(sock, K230_IPV6_JOIN_GROUP, group, interface);
    }
    int Leave6(int sock, const std::string &group, uint32_t interface)
    {
        return SetMembership6(sock, K230_IPV6_LEAVE_GROUP, group, interface);
    }
    int SetMembership6(int sock, int option, const std::string &group, uint32_t interface)
    {
        uint8_t membership[20];
        inet_pton(AF_INET6, group.c_str(), membership);
        memcpy(membership + 16, &interface, sizeof interface);
        return k230_stack_setopt(stack, sock, K230_LEVEL_IPV6, option, membership, sizeof membership);
    }
    int GetInt(int sock, int level, int option)
    {
        int32_t value = -1;
        const int length = k230_stack_getopt(stack, sock, level, option, &value, sizeof value);
        if (length < 0)
            return length;
        EXPECT_EQ(4, length);
        return value;
    }

    static k230_stack s_stack;
    k230_stack *stack = &s_stack;
    bool started = false;
    std::vector<int> open;
#ifdef K230_TEST_RTTHREAD
    Mailbox mailbox;
#endif
};

#endif
