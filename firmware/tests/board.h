/* A whole board in one process: the real client and the real agent (posix stack) on anonymous shared memory, the agent
 * in a thread of its own or stepped by hand, and kernel sockets as peers.
 *
 * Every wait has a deadline (PATIENCE_MS); a fixture's end checks that nothing of the test is left: no socket, no ring
 * pair, no linger, no descriptor.
 */
#ifndef K230_TESTS_BOARD_H
#define K230_TESTS_BOARD_H

#include "k230_agent.h"
#include "k230_ask.h"
#include "k230_hal_posix.h"
#include "k230_op.h"
#include "k230_stack_posix.h"

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

constexpr int PATIENCE_MS = 20000; /* what never comes is reported after this long */
constexpr int PROMPT_MS = 3000;    /* "at once", on a machine that is busy with something else */

/* ---- kernel sockets, the peers ----------------------------------------------------------------------------------- */

class Fd
{
  public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd &&other) noexcept : number_(other.number_) { other.number_ = -1; }
    Fd &operator=(Fd &&other) noexcept
    {
        if (this != &other) {
            Close();
            number_ = other.number_;
            other.number_ = -1;
        }
        return *this;
    }
    ~Fd() { Close(); }
    int get() const { return number_; }
    void Close()
    {
        if (number_ >= 0)
            close(number_);
        number_ = -1;
    }
    /* As a crash of the peer: the connection is reset. */
    void Reset()
    {
        const struct linger at_once = {1, 0};
        setsockopt(number_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        Close();
    }

  private:
    int number_ = -1;
};

inline struct k230_addr Address(const char *ip, int port)
{
    struct k230_addr addr;
    memset(&addr, 0, sizeof addr);
    addr.family = strchr(ip, ':') ? K230_AF_INET6 : K230_AF_INET;
    addr.port = static_cast<uint16_t>(port);
    EXPECT_EQ(1, inet_pton(addr.family == K230_AF_INET6 ? AF_INET6 : AF_INET, ip, addr.ip)) << ip;
    return addr;
}

inline struct k230_addr Loopback(int port, int family = AF_INET)
{
    return Address(family == AF_INET6 ? "::1" : "127.0.0.1", port);
}

inline std::string Text(const struct k230_addr &addr)
{
    char text[INET6_ADDRSTRLEN] = "?";
    inet_ntop(addr.family == K230_AF_INET6 ? AF_INET6 : AF_INET, addr.ip, text, sizeof text);
    return std::string(text) + " " + std::to_string(addr.port);
}

inline socklen_t HostAddress(const struct k230_addr &addr, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (addr.family == K230_AF_INET6) {
        auto *in6 = reinterpret_cast<struct sockaddr_in6 *>(out);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr.port);
        memcpy(&in6->sin6_addr, addr.ip, 16);
        return sizeof *in6;
    }
    auto *in = reinterpret_cast<struct sockaddr_in *>(out);
    in->sin_family = AF_INET;
    in->sin_port = htons(addr.port);
    memcpy(&in->sin_addr, addr.ip, 4);
    return sizeof *in;
}

inline int PortOf(int fd)
{
    struct sockaddr_storage host;
    socklen_t length = sizeof host;
    EXPECT_EQ(0, getsockname(fd, reinterpret_cast<struct sockaddr *>(&host), &length)) << strerror(errno);
    return ntohs(host.ss_family == AF_INET6 ? reinterpret_cast<struct sockaddr_in6 *>(&host)->sin6_port
                                            : reinterpret_cast<struct sockaddr_in *>(&host)->sin_port);
}

inline Fd KernelBound(int type, int family = AF_INET, int port = 0)
{
    Fd fd(socket(family, type | SOCK_CLOEXEC, 0));
    struct sockaddr_storage host;
    const socklen_t length = HostAddress(Loopback(port, family), &host);
    const int on = 1;
    if (type == SOCK_STREAM)
        setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(0, bind(fd.get(), reinterpret_cast<struct sockaddr *>(&host), length)) << strerror(errno);
    return fd;
}

inline Fd KernelListener(int family = AF_INET, int backlog = 128)
{
    Fd fd = KernelBound(SOCK_STREAM, family);
    EXPECT_EQ(0, listen(fd.get(), backlog)) << strerror(errno);
    return fd;
}

inline bool KernelReady(int fd, short events, int timeout_ms = PATIENCE_MS)
{
    struct pollfd look = {fd, events, 0};
    int count;
    do
        count = poll(&look, 1, timeout_ms);
    while (count < 0 && errno == EINTR);
    return count == 1;
}

inline Fd KernelAccept(const Fd &listener)
{
    if (!KernelReady(listener.get(), POLLIN)) {
        ADD_FAILURE() << "nobody connects";
        return Fd();
    }
    return Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
}

inline Fd KernelConnect(int port, int family = AF_INET)
{
    Fd fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct sockaddr_storage host;
    const socklen_t length = HostAddress(Loopback(port, family), &host);
    EXPECT_EQ(0, connect(fd.get(), reinterpret_cast<struct sockaddr *>(&host), length)) << strerror(errno);
    return fd;
}

inline void KernelSend(const Fd &fd, const std::string &data)
{
    size_t done = 0;
    while (done < data.size()) {
        if (!KernelReady(fd.get(), POLLOUT)) {
            ADD_FAILURE() << "the peer cannot send";
            return;
        }
        const ssize_t sent = send(fd.get(), data.data() + done, data.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN) {
            ADD_FAILURE() << "the peer's send: " << strerror(errno);
            return;
        }
        done += sent > 0 ? static_cast<size_t>(sent) : 0;
    }
}

/* Up to `length` bytes, fewer at the end of the stream; *error receives the errno of a reset. */
inline std::string KernelRecv(const Fd &fd, size_t length, int *error = nullptr)
{
    std::string data;
    std::vector<char> piece(65536);
    if (error)
        *error = 0;
    while (data.size() < length) {
        if (!KernelReady(fd.get(), POLLIN)) {
            ADD_FAILURE() << "the peer waits for bytes; it has " << data.size() << " of " << length;
            return data;
        }
        const ssize_t got = recv(fd.get(), piece.data(), std::min(piece.size(), length - data.size()), MSG_DONTWAIT);
        if (got == 0)
            return data;
        if (got < 0) {
            if (errno == EAGAIN || errno == EINTR)
                continue;
            if (error)
                *error = errno;
            else
                ADD_FAILURE() << "the peer's recv: " << strerror(errno);
            return data;
        }
        data.append(piece.data(), static_cast<size_t>(got));
    }
    return data;
}

/* Everything up to the end of the stream. */
inline std::string KernelRecvAll(const Fd &fd, int *error = nullptr) { return KernelRecv(fd, SIZE_MAX, error); }

/* A listener whose queue of waiting connections is full: a connect to it neither succeeds nor fails. */
class FullListener
{
  public:
    FullListener() : listener_(KernelListener(AF_INET, 0))
    {
        /* Linux takes backlog + 1; the SYNs after that are dropped. */
        struct sockaddr_storage host;
        const socklen_t length = HostAddress(Loopback(PortOf(listener_.get())), &host);
        for (int i = 0; i < 3; i++) {
            Fd filler(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            connect(filler.get(), reinterpret_cast<struct sockaddr *>(&host), length);
            if (i == 0)
                KernelReady(filler.get(), POLLOUT);
            fillers_.push_back(std::move(filler));
        }
    }
    int port() const { return PortOf(listener_.get()); }
    Fd &listener() { return listener_; }

  private:
    Fd listener_;
    std::vector<Fd> fillers_;
};

/* A port of the loopback where nobody listens. Held bound, so that nobody else gets it meanwhile. */
class ClosedPort
{
  public:
    explicit ClosedPort(int type = SOCK_STREAM) : holder_(KernelBound(type)), port_(PortOf(holder_.get()))
    {
        if (type == SOCK_DGRAM)
            holder_.Close();
    }
    int port() const { return port_; }

  private:
    Fd holder_;
    int port_;
};

inline std::vector<std::string> OpenDescriptors()
{
    std::vector<std::string> found;
    DIR *folder = opendir("/proc/self/fd");
    while (const struct dirent *entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(folder))
            continue;
        char target[256];
        const std::string path = std::string("/proc/self/fd/") + entry->d_name;
        const ssize_t length = readlink(path.c_str(), target, sizeof target);
        found.push_back(std::string(entry->d_name) + " -> " +
                        (length > 0 ? std::string(target, static_cast<size_t>(length)) : ""));
    }
    closedir(folder);
    return found;
}

inline uint64_t NowMs()
{
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

/* Waits until `condition` holds, by looking; for what has no wake-up of its own. */
inline bool Eventually(const std::function<bool()> &condition, int timeout_ms = PATIENCE_MS)
{
    const uint64_t until = NowMs() + static_cast<uint64_t>(timeout_ms);
    while (!condition()) {
        if (NowMs() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

/* Bytes that show where they belong: a wrong, lost or doubled piece is found. */
inline std::string Pattern(size_t length, uint32_t seed = 1)
{
    std::string data(length, 0);
    uint32_t state = seed * 2654435761u + 12345u;
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        data[i] = static_cast<char>(state);
    }
    return data;
}

/* ---- the board --------------------------------------------------------------------------------------------------- */

inline struct k230_limits Limits(uint32_t slots, uint32_t pairs, uint32_t ring = 256u * 1024u,
                                 uint32_t datagram = 65507u, uint32_t queue = 128)
{
    struct k230_limits limits = {slots, queue, queue, pairs, ring, ring, datagram};
    return limits;
}

/* One core's hal, whose memory is the board's. */
struct Side {
    struct k230_hal_posix posix; /* first: the hal's operations receive it */
    void *memory;
    uint64_t length;
    int doorbell;
};

class Board
{
  public:
    explicit Board(const struct k230_limits &limits = Limits(64, 72), bool threaded = true)
        : limits_(limits), client_(new k230_client), agent_(new k230_agent), stack_(new k230_stack)
    {
        struct k230_layout layout = {};
        EXPECT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
        length_ = K230_HAL_POSIX_MAILBOX + layout.end;
        memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        EXPECT_NE(MAP_FAILED, memory_);
        doorbell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        EXPECT_EQ(0, k230_stack_posix_init(stack_.get()));
        EXPECT_EQ(0, k230_stack_posix_doorbell(stack_.get(), doorbell_));
        Prepare(&big_, K230_HAL_BIG, "client");
        Prepare(&small_, K230_HAL_SMALL, "agent");
        k230_hal_posix_use(&small_.posix, memory_, length_);
        memset(static_cast<void *>(client_.get()), 0, sizeof *client_);
        k230_client_init(client_.get(), &big_.posix.hal);
        EXPECT_TRUE(k230_agent_start(agent_.get(), &small_.posix.hal, stack_.get(), &limits_));
        if (threaded)
            Run();
    }

    ~Board()
    {
        Halt();
        k230_agent_stop(agent_.get());
        /* A look-up that nobody asks for any more: its thread uses the stack until it is over. */
        EXPECT_TRUE(Eventually(
            [&] {
                pthread_mutex_lock(&stack_->resolver.lock);
                bool idle = true;
                for (const k230_look_up &look_up : stack_->resolver.look_ups)
                    idle = idle && look_up.state != K230_LOOK_UP_ASKED && look_up.state != K230_LOOK_UP_WORKING;
                pthread_mutex_unlock(&stack_->resolver.lock);
                return idle;
            },
            60000));
        k230_stack_posix_end(stack_.get());
        close(doorbell_);
        munmap(memory_, length_);
    }

    struct k230_client *client() { return client_.get(); }
    struct k230_agent *agent() { return agent_.get(); }
    const struct k230_limits &limits() const { return limits_; }
    /* Threads that wait in the client. */
    uint32_t Sleepers()
    {
        k230_engine_lock(&client()->engine);
        const uint32_t count = client_->engine.waiters;
        k230_engine_unlock(&client()->engine);
        return count;
    }

    /* ---- the agent: in a thread, or by hand ---- */

    void Run()
    {
        running_ = true;
        thread_ = std::thread([this] {
            while (running_) {
                k230_agent_step(agent_.get(), K230_WATCHDOG_MS);
                steps_++;
            }
        });
    }
    void Halt()
    {
        if (!thread_.joinable())
            return;
        running_ = false;
        const uint64_t one = 1;
        EXPECT_EQ(static_cast<ssize_t>(sizeof one), write(doorbell_, &one, sizeof one));
        thread_.join();
    }
    void Step(int times = 1)
    {
        for (int i = 0; i < times; i++)
            k230_agent_step(agent_.get(), 0);
    }
    uint64_t steps() const { return steps_; }
    /* The small core restarts: another agent on the same memory. */
    void RestartAgent()
    {
        const bool threaded = thread_.joinable();
        Halt();
        CloseAgentSockets();
        EXPECT_TRUE(k230_agent_start(agent_.get(), &small_.posix.hal, stack_.get(), &limits_));
        if (threaded)
            Run();
    }
    /* The small core's network is this from now on. */
    void SetNetwork(uint32_t flags, bool other_address = false)
    {
        const bool threaded = thread_.joinable();
        Halt();
        const uint32_t digest = (stack_->network.word >> K230_NETWORK_DIGEST_SHIFT) + (other_address ? 1u : 0u);
        stack_->network.word = flags | digest << K230_NETWORK_DIGEST_SHIFT;
        if (threaded)
            Run();
    }
    /* From now on the small core's doorbell reaches nobody: an interrupt with a wrong number. */
    void LoseDoorbells()
    {
        const bool threaded = thread_.joinable();
        Halt();
        small_.posix.table.notify = [](struct k230_hal *, uint32_t) {};
        if (threaded)
            Run();
    }
    /* What the kernel does for a process that ends: no word is written to the memory. */
    void CloseAgentSockets()
    {
        for (uint32_t i = 0; i < agent_->limits.slots; i++)
            if (agent_->socks[i].state != K230_AGENT_FREE)
                k230_stack_close(stack_.get(), agent_->socks[i].stack, false);
        for (uint32_t i = 0; i < agent_->limits.pairs; i++)
            if (agent_->lingers[i].state == K230_LINGER_SENDING)
                k230_stack_close(stack_.get(), agent_->lingers[i].stack, false);
    }

    /* ---- another big core on the same memory ---- */

    void InitClient(struct k230_client *other, Side *side)
    {
        Prepare(side, K230_HAL_BIG, "second client");
        memset(static_cast<void *>(other), 0, sizeof *other);
        k230_client_init(other, &side->posix.hal);
    }

    /* ---- nothing may be left ---- */

    /* The test has closed its sockets; lets the agent finish, then looks at both ends. */
    void ExpectClean(struct k230_client *client = nullptr)
    {
        if (!client)
            client = client_.get();
        Halt();
        const uint64_t until = NowMs() + PATIENCE_MS;
        while (!Clean(client) && NowMs() < until) {
            k230_agent_step(agent_.get(), 2);
            k230_client_look(client);
        }
        unsigned client_socks = 0;
        unsigned agent_socks = 0;
        for (const struct k230_sock &sock : client->sock.socks)
            client_socks += sock.state != K230_SOCK_FREE;
        for (const struct k230_agent_sock &sock : agent_->socks)
            agent_socks += sock.state != K230_AGENT_FREE;
        EXPECT_EQ(0u, client_socks) << "sockets left in the client";
        EXPECT_EQ(0u, agent_socks) << "sockets left in the agent";
        EXPECT_EQ(0u, agent_->lingering) << "closed sockets that still send";
        EXPECT_EQ(0u, client->engine.dues) << "requests that were never sent";
        EXPECT_EQ(0u, client->engine.waiters) << "sleepers";
        if (client->engine.session == K230_SESSION_LIVE) {
            EXPECT_EQ(std::min<uint32_t>(limits_.pairs, K230_PAIR_MAX), client->sock.free_pairs) << "ring pairs";
        }
        for (const struct k230_question &question : client->ask.questions)
            EXPECT_EQ(K230_CALL_IDLE, question.state) << "a question";
    }

    /* ---- the operations, with their waits ---- */

    uint64_t In(int timeout_ms) { return k230_deadline(client(), timeout_ms); }

    /* An operation that the agent answers. */
    template <typename Operation> int Ask(int handle, Operation operation, int timeout_ms = PATIENCE_MS)
    {
        const uint64_t deadline = In(timeout_ms);
        uint32_t call = 0;
        for (;;) {
            const int status = operation(&call);
            if (status != -K230_PENDING)
                return status;
            const int waited = k230_sock_wait(client(), handle, K230_WAIT_CALL, call, deadline);
            if (waited != 0) {
                k230_sock_abandon(client(), handle, call);
                return waited;
            }
        }
    }
    /* A transfer that waits for `events`. */
    template <typename Operation> int Transfer(int handle, uint32_t events, Operation operation, int timeout_ms)
    {
        const uint64_t deadline = In(timeout_ms);
        for (;;) {
            const int status = operation();
            if (status != -K230_EAGAIN || timeout_ms == 0)
                return status;
            const int waited = k230_sock_wait(client(), handle, events, 0, deadline);
            if (waited != 0)
                return waited;
        }
    }
    int Open(int family = K230_AF_INET, int type = K230_SOCK_STREAM, int proto = 0)
    {
        const uint64_t deadline = In(PATIENCE_MS);
        int handle;
        while ((handle = k230_sock_open(client(), family, type, proto)) == -K230_EAGAIN)
            if (k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, deadline) != 0)
                return -K230_ETIMEDOUT;
        if (handle < 0)
            return handle;
        int status;
        while ((status = k230_sock_opened(client(), handle)) == -K230_PENDING) {
            status = k230_sock_wait(client(), handle, K230_WAIT_OPENED, 0, deadline);
            if (status != 0)
                return status;
        }
        return status < 0 ? status : handle;
    }
    int OpenUdp(int family = K230_AF_INET) { return Open(family, K230_SOCK_DGRAM); }
    int Close(int handle, bool abort = false) { return k230_sock_close(client(), handle, abort); }
    /* A close that finds the request queue full goes out with the next call; this is for when there is none. */
    int Flush() { return k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, In(PATIENCE_MS)); }
    int Bind(int handle, const struct k230_addr &addr)
    {
        return Ask(handle, [&](uint32_t *call) { return k230_sock_bind(client(), handle, &addr, call); });
    }
    int Listen(int handle, int backlog = 128)
    {
        return Ask(handle, [&](uint32_t *call) { return k230_sock_listen(client(), handle, backlog, call); });
    }
    int Local(int handle, struct k230_addr *addr)
    {
        return Ask(handle, [&](uint32_t *call) { return k230_sock_local(client(), handle, addr, call); });
    }
    int Peer(int handle, struct k230_addr *addr)
    {
        return Ask(handle, [&](uint32_t *call) { return k230_sock_peer(client(), handle, addr, call); });
    }
    int Port(int handle)
    {
        struct k230_addr addr;
        memset(&addr, 0, sizeof addr);
        EXPECT_EQ(0, Local(handle, &addr));
        return addr.port;
    }
    int Shutdown(int handle, int how)
    {
        return Ask(handle, [&](uint32_t *call) { return k230_sock_shutdown(client(), handle, how, call); });
    }
    int SetOption(int handle, int level, int option, const void *value, uint32_t length)
    {
        return Ask(handle, [&](uint32_t *call) {
            return k230_sock_setopt(client(), handle, level, option, value, length, call);
        });
    }
    int SetOption(int handle, int level, int option, int32_t value)
    {
        return SetOption(handle, level, option, &value, sizeof value);
    }
    int GetOption(int handle, int level, int option, void *value, uint32_t room)
    {
        return Ask(handle, [&](uint32_t *call) {
            return k230_sock_getopt(client(), handle, level, option, value, room, call);
        });
    }
    /* timeout 0: does not wait for a connection, but asks the agent. */
    int Accept(int listener, int timeout_ms = PATIENCE_MS, struct k230_addr *peer = nullptr)
    {
        struct k230_addr from;
        memset(&from, 0, sizeof from);
        const uint64_t deadline = In(timeout_ms);
        for (;;) {
            const int status = Ask(listener, [&](uint32_t *call) {
                return k230_sock_accept(client(), listener, timeout_ms == 0, &from, call);
            });
            if (status >= 0 && peer)
                *peer = from;
            if (status != -K230_EAGAIN || timeout_ms == 0)
                return status;
            const int waited = k230_sock_wait(client(), listener, K230_WAIT_IN, 0, deadline);
            if (waited != 0)
                return waited;
        }
    }
    int Connect(int handle, const struct k230_addr &addr, int timeout_ms = PATIENCE_MS)
    {
        const int status =
            Ask(handle, [&](uint32_t *call) { return k230_sock_connect(client(), handle, &addr, call); });
        if (status != -K230_EINPROGRESS || timeout_ms == 0)
            return status;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_CONNECT, 0, In(timeout_ms));
        if (waited == -K230_ETIMEDOUT)
            k230_sock_cancel(client(), handle);
        return waited != 0 ? waited : k230_sock_connected(client(), handle);
    }
    int Send(int handle, const std::string &data, int timeout_ms = PATIENCE_MS)
    {
        return Transfer(
            handle, K230_WAIT_OUT,
            [&] { return k230_sock_send(client(), handle, data.data(), static_cast<uint32_t>(data.size()), 1); },
            timeout_ms);
    }
    /* The number of bytes sent, fewer than asked only after an error, which goes to *error. */
    size_t SendAll(int handle, const std::string &data, int *error = nullptr)
    {
        size_t done = 0;
        while (done < data.size()) {
            const int sent = Send(handle, data.substr(done, 1u << 20));
            if (sent < 0) {
                if (error)
                    *error = sent;
                else
                    ADD_FAILURE() << "send: " << sent;
                break;
            }
            done += static_cast<size_t>(sent);
        }
        return done;
    }
    int SendTo(int handle, const std::string &data, const struct k230_addr *addr, int timeout_ms = PATIENCE_MS)
    {
        const uint64_t deadline = In(timeout_ms);
        for (;;) {
            const int status = Ask(handle, [&](uint32_t *call) {
                return k230_sock_sendto(client(), handle, data.data(), static_cast<uint32_t>(data.size()), addr, call);
            });
            if (status != -K230_EAGAIN || timeout_ms == 0)
                return status;
            const int waited = k230_sock_wait(client(), handle, K230_WAIT_OUT,
                                              k230_record_space(static_cast<uint32_t>(data.size())), deadline);
            if (waited != 0)
                return waited;
        }
    }
    int Recv(int handle, std::string *data, size_t length, int timeout_ms = PATIENCE_MS, int flags = 0,
             struct k230_addr *from = nullptr)
    {
        std::string room(length, 0);
        const int got = Transfer(
            handle, K230_WAIT_IN,
            [&] { return k230_sock_recv(client(), handle, &room[0], static_cast<uint32_t>(length), flags, from); },
            timeout_ms);
        room.resize(got > 0 ? static_cast<size_t>(got) : 0);
        *data = room;
        return got;
    }
    /* Up to `length` bytes, fewer at the end of the stream or at an error, which goes to *error. */
    std::string RecvAll(int handle, size_t length = SIZE_MAX, int *error = nullptr)
    {
        std::string data;
        while (data.size() < length) {
            std::string piece;
            const int got = Recv(handle, &piece, std::min<size_t>(65536, length - data.size()));
            if (got < 0) {
                if (error)
                    *error = got;
                else
                    ADD_FAILURE() << "recv: " << got << " after " << data.size();
            }
            if (got <= 0)
                break;
            data += piece;
        }
        return data;
    }
    int ReadLine(int handle, std::string *line, size_t length = 65536, int timeout_ms = PATIENCE_MS)
    {
        std::string room(length, 0);
        uint32_t seen = 0;
        int got;
        const uint64_t deadline = In(timeout_ms);
        while ((got = k230_sock_readline(client(), handle, &room[0], static_cast<uint32_t>(length), timeout_ms == 0,
                                         &seen)) == -K230_EAGAIN &&
               timeout_ms != 0) {
            const int waited = k230_sock_wait(client(), handle, K230_WAIT_IN, seen, deadline);
            if (waited != 0) {
                got = waited;
                break;
            }
        }
        room.resize(got > 0 ? static_cast<size_t>(got) : 0);
        *line = room;
        return got;
    }
    int Events(int handle)
    {
        k230_client_look(client());
        return k230_sock_events(client(), handle);
    }
    /* revents of one socket, asked for with `mask`; waits until there is one. */
    int Poll(int handle, int mask, int timeout_ms = PATIENCE_MS)
    {
        struct k230_pollfd entry = {handle, static_cast<uint16_t>(mask), 0};
        const int count = k230_poll(client(), &entry, 1, k230_client_wakes(client()), In(timeout_ms));
        return count < 0 ? count : entry.revents;
    }
    /* The mask settles at `expected` (a state that the agent has yet to hear of). */
    ::testing::AssertionResult Settles(int handle, int expected)
    {
        int events = -1;
        if (Eventually([&] { return (events = Events(handle)) == expected; }))
            return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << "events stay at " << events << " instead of " << expected;
    }

    /* A socket that listens at the loopback. */
    int Listener(int *port, int backlog = 128, int family = K230_AF_INET)
    {
        const int handle = Open(family);
        EXPECT_GE(handle, 0);
        EXPECT_EQ(0, Bind(handle, Loopback(0, family == K230_AF_INET6 ? AF_INET6 : AF_INET)));
        EXPECT_EQ(0, Listen(handle, backlog));
        *port = Port(handle);
        return handle;
    }
    /* A connection to a kernel socket, from here. */
    int Pair(Fd *peer, int family = K230_AF_INET)
    {
        const int host_family = family == K230_AF_INET6 ? AF_INET6 : AF_INET;
        Fd listener = KernelListener(host_family);
        const int handle = Open(family);
        EXPECT_GE(handle, 0);
        EXPECT_EQ(0, Connect(handle, Loopback(PortOf(listener.get()), host_family)));
        *peer = KernelAccept(listener);
        return handle;
    }
    int BoundUdp(int *port, int family = K230_AF_INET)
    {
        const int handle = OpenUdp(family);
        EXPECT_GE(handle, 0);
        EXPECT_EQ(0, Bind(handle, Loopback(0, family == K230_AF_INET6 ? AF_INET6 : AF_INET)));
        *port = Port(handle);
        return handle;
    }

  private:
    static int Attach(struct k230_hal_posix *posix)
    {
        Side *side = reinterpret_cast<Side *>(posix);
        k230_hal_posix_use(posix, side->memory, side->length);
        posix->doorbell_fd = side->doorbell;
        return 0;
    }
    static void Detach(struct k230_hal_posix *posix) { k230_hal_posix_unmap(posix); }
    void Prepare(Side *side, enum k230_hal_side which, const char *name)
    {
        k230_hal_posix_init(&side->posix, which, name, Attach, Detach);
        side->memory = memory_;
        side->length = length_;
        side->doorbell = doorbell_;
    }
    bool Clean(struct k230_client *client)
    {
        bool clean = agent_->lingering == 0 && client->engine.dues == 0 &&
                     (client->engine.session != K230_SESSION_LIVE ||
                      client->sock.free_pairs == std::min<uint32_t>(limits_.pairs, K230_PAIR_MAX));
        for (const struct k230_sock &sock : client->sock.socks)
            clean = clean && sock.state == K230_SOCK_FREE;
        for (const struct k230_agent_sock &sock : agent_->socks)
            clean = clean && sock.state == K230_AGENT_FREE;
        return clean;
    }

    struct k230_limits limits_;
    std::unique_ptr<struct k230_client> client_;
    std::unique_ptr<struct k230_agent> agent_;
    std::unique_ptr<struct k230_stack> stack_;
    Side big_;
    Side small_;
    void *memory_ = nullptr;
    uint64_t length_ = 0;
    int doorbell_ = -1;
    std::thread thread_;
    std::atomic<bool> running_{false};
    std::atomic<uint64_t> steps_{0};
};

/* A board for each test, and the check that nothing is left. */
class BoardTest : public ::testing::Test
{
  protected:
    explicit BoardTest(const struct k230_limits &limits = Limits(64, 72), bool threaded = true)
        : before_(OpenDescriptors()), board_(new Board(limits, threaded)), b(*board_)
    {
    }
    void TearDown() override
    {
        b.ExpectClean(cleanup_);
        board_.reset();
        EXPECT_EQ(before_, OpenDescriptors()) << "descriptors left open";
    }

  private:
    std::vector<std::string> before_;
    std::unique_ptr<Board> board_;

  protected:
    Board &b;
    struct k230_client *cleanup_ = nullptr; /* another client than the board's, to look at in the end */
};

/* The same with an agent that moves only when told: interleavings that a thread meets by chance. */
class SteppedTest : public BoardTest
{
  protected:
    SteppedTest() : BoardTest(Limits(64, 72), false) {}
    explicit SteppedTest(const struct k230_limits &limits) : BoardTest(limits, false) {}
    /* For operations that wait. */
    template <typename Work> auto WithAgent(Work work)
    {
        b.Run();
        auto result = work();
        b.Halt();
        return result;
    }
};

#endif
