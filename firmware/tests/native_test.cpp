/* The flat functions of libk230sockets.so as .NET calls them, with the real k230-agent process beside it: processes
 * that end, are killed, share a board, or do not find one.
 *
 * This executable is also its own clients: with K230_NATIVE_CHILD set it plays that part and exits.
 */
extern "C" {
#include "native_socket.h"
}

#include "k230_protocol.h"
#include "setup.h"

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

constexpr int PATIENCE_MS = 20000;

static uint64_t NowMs()
{
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

static bool Eventually(const std::function<bool()> &condition, int timeout_ms = PATIENCE_MS)
{
    const uint64_t until = NowMs() + static_cast<uint64_t>(timeout_ms);
    while (!condition()) {
        if (NowMs() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/* ---- addresses and peers ------------------------------------------------------------------------------------------
 */

struct AddressBytes {
    uint8_t bytes[K230_ADDR_SIZE];
};

static AddressBytes Loopback(int port)
{
    struct k230_addr addr;
    memset(&addr, 0, sizeof addr);
    addr.family = K230_AF_INET;
    addr.port = static_cast<uint16_t>(port);
    addr.ip[0] = 127;
    addr.ip[3] = 1;
    AddressBytes out;
    memcpy(out.bytes, &addr, sizeof addr);
    return out;
}

static int PortIn(const AddressBytes &address)
{
    struct k230_addr addr;
    memcpy(&addr, address.bytes, sizeof addr);
    return addr.port;
}

static int PortOf(int fd)
{
    struct sockaddr_in host;
    socklen_t length = sizeof host;
    getsockname(fd, reinterpret_cast<struct sockaddr *>(&host), &length);
    return ntohs(host.sin_port);
}

static int KernelSocket(int type, bool listens)
{
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    struct sockaddr_in host;
    memset(&host, 0, sizeof host);
    host.sin_family = AF_INET;
    host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(0, bind(fd, reinterpret_cast<struct sockaddr *>(&host), sizeof host));
    if (listens) {
        EXPECT_EQ(0, listen(fd, 512));
    }
    return fd;
}

static int KernelAccept(int listener)
{
    struct pollfd look = {listener, POLLIN, 0};
    if (poll(&look, 1, PATIENCE_MS) != 1) {
        ADD_FAILURE() << "nobody connects";
        return -1;
    }
    return accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
}

/* Up to `length` bytes; *error receives 0 at the end of the stream, else the errno. */
static std::string KernelRecv(int fd, size_t length, int *error = nullptr)
{
    std::string data;
    char piece[65536];
    if (error)
        *error = 0;
    while (data.size() < length) {
        struct pollfd look = {fd, POLLIN, 0};
        if (poll(&look, 1, PATIENCE_MS) != 1) {
            ADD_FAILURE() << "the peer has " << data.size() << " bytes and waits";
            break;
        }
        const ssize_t got = recv(fd, piece, std::min(sizeof piece, length - data.size()), 0);
        if (got < 0 && error)
            *error = errno;
        if (got <= 0)
            break;
        data.append(piece, static_cast<size_t>(got));
    }
    return data;
}

static const uint8_t *Bytes(const std::string &text) { return reinterpret_cast<const uint8_t *>(text.data()); }

/* ---- processes -----------------------------------------------------------------------------------------------------
 */

/* Name, state and parent out of /proc/PID/stat; state 0: there is none. A zombie that nobody reaps counts as gone. */
static bool Process(pid_t pid, std::string *name, char *state, pid_t *parent)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(file, text))
        return false;
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos)
        return false;
    *name = text.substr(open + 1, close - open - 1);
    int number = 0;
    if (sscanf(text.c_str() + close + 1, " %c %d", state, &number) != 2)
        return false;
    *parent = number;
    return true;
}

static bool Lives(pid_t pid)
{
    std::string name;
    char state;
    pid_t parent;
    return Process(pid, &name, &state, &parent) && state != 'Z' && state != 'X';
}

static std::vector<pid_t> AgentsOf(pid_t of)
{
    std::vector<pid_t> found;
    DIR *folder = opendir("/proc");
    while (const struct dirent *entry = readdir(folder)) {
        const pid_t pid = atoi(entry->d_name);
        std::string name;
        char state;
        pid_t parent;
        if (pid > 0 && Process(pid, &name, &state, &parent) && name == "k230-agent" && parent == of && state != 'Z')
            found.push_back(pid);
    }
    closedir(folder);
    return found;
}

static pid_t TheAgent()
{
    const std::vector<pid_t> agents = AgentsOf(getpid());
    EXPECT_EQ(1u, agents.size());
    return agents.empty() ? 0 : agents[0];
}

/* What the descriptors of a process lead to, as /proc shows it: "pipe:[123]", "/dev/null". */
static std::vector<std::string> DescriptorsOf(pid_t pid)
{
    std::vector<std::string> found;
    const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
    DIR *entries = opendir(folder.c_str());
    while (const struct dirent *entry = entries ? readdir(entries) : nullptr) {
        char target[256];
        const ssize_t length = readlink((folder + "/" + entry->d_name).c_str(), target, sizeof target);
        if (length > 0)
            found.push_back(std::string(target, static_cast<size_t>(length)));
    }
    if (entries)
        closedir(entries);
    return found;
}

static std::string DescriptorOf(pid_t pid, int fd)
{
    char target[256];
    const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
    const ssize_t length = readlink(link.c_str(), target, sizeof target);
    return std::string(target, static_cast<size_t>(std::max<ssize_t>(length, 0)));
}

/* A child process with pipes, killed at the latest by the end of the test. `prepare` runs in it before its program. */
class Child
{
  public:
    Child(
        const std::vector<std::string> &arguments, const std::vector<std::string> &settings,
        const std::function<void()> &prepare = [] {})
    {
        int in[2];
        int out[2];
        EXPECT_EQ(0, pipe2(in, O_CLOEXEC));
        EXPECT_EQ(0, pipe2(out, O_CLOEXEC));
        std::vector<char *> argv;
        for (const std::string &argument : arguments)
            argv.push_back(const_cast<char *>(argument.c_str()));
        argv.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) { /* exec or _exit: nothing of this process runs in the child */
            dup2(in[0], 0);
            dup2(out[1], 1);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            prepare();
            for (const std::string &setting : settings)
                putenv(const_cast<char *>(setting.c_str()));
            execv(argv[0], argv.data());
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        in_ = in[1];
        out_ = out[0];
    }
    ~Child()
    {
        Kill(SIGKILL);
        Wait();
        CloseInput();
        close(out_);
    }
    pid_t pid() const { return pid_; }
    void Tell(const std::string &text)
    {
        EXPECT_EQ(static_cast<ssize_t>(text.size()), write(in_, text.data(), text.size()));
    }
    void CloseInput()
    {
        if (in_ >= 0)
            close(in_);
        in_ = -1;
    }
    std::string Line()
    {
        std::string line;
        char byte;
        struct pollfd look = {out_, POLLIN, 0};
        while (poll(&look, 1, PATIENCE_MS) == 1 && read(out_, &byte, 1) == 1) {
            if (byte == '\n')
                return line;
            line += byte;
        }
        return line;
    }
    void Kill(int signal)
    {
        if (!reaped_)
            kill(pid_, signal);
    }
    /* True when the other end of its stdout, and so every copy of that, is closed; what comes before is dropped. */
    bool OutputEnds()
    {
        char piece[4096];
        struct pollfd look = {out_, POLLIN, 0};
        while (poll(&look, 1, PATIENCE_MS) == 1)
            if (read(out_, piece, sizeof piece) <= 0)
                return true;
        return false;
    }
    /* The exit code, or -signal. */
    int Wait()
    {
        if (!reaped_) {
            int status = 0;
            EXPECT_TRUE(Eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; })) << "the child hangs";
            reaped_ = true;
            code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        }
        return code_;
    }

  private:
    pid_t pid_ = 0;
    int in_ = -1;
    int out_ = -1;
    bool reaped_ = false;
    int code_ = 0;
};

static std::string Self()
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    return std::string(path, length > 0 ? static_cast<size_t>(length) : 0);
}

/* The file that the library was loaded from. */
static std::string LibraryPath()
{
    Dl_info info;
    EXPECT_NE(0, dladdr(reinterpret_cast<void *>(&k230_native_open), &info));
    char path[4096];
    return realpath(info.dli_fname, path) ? path : info.dli_fname;
}

static std::string AgentPath() { return LibraryPath().substr(0, LibraryPath().rfind('/')) + "/k230-agent"; }

static std::vector<std::string> ClientSettings(const std::string &part, const std::string &more = "UNUSED=")
{
    return {"K230_NATIVE_CHILD=" + part, more};
}

/* ---- the parts that a child plays -------------------------------------------------------------------------------- */

static int g_port; /* K230_NATIVE_PORT */

static int Say(const char *text, int number)
{
    printf("%s %d\n", text, number);
    fflush(stdout);
    return number;
}

/* Opens one socket, says the result, and does as stdin says. */
static int PlayOpen()
{
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    Say("open", handle);
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == 'o')
            Say("open", k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0));
        else if (line[0] == 'x')
            exit(0);
        else if (line[0] == '_')
            _exit(0);
        else if (line[0] == 'a')
            abort();
    }
    return 0;
}

/* Connects, sends 200 KB and ends without a close. */
static int PlaySendAndExit()
{
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    if (k230_native_connect(handle, Loopback(g_port).bytes, PATIENCE_MS) != 0)
        return 1;
    const std::string data(200 * 1024, 'x');
    return k230_native_send_all(handle, Bytes(data), 0, static_cast<int>(data.size()), PATIENCE_MS) ==
                   static_cast<int>(data.size())
               ? 0
               : 2;
}

/* Writes as much as is taken without waiting, says how much, and stays. */
static int PlayFill()
{
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    if (k230_native_connect(handle, Loopback(g_port).bytes, PATIENCE_MS) != 0)
        return 1;
    const int32_t few = 8192; /* else the kernel takes what the ring holds when it ends */
    if (k230_native_set_option(handle, K230_SOL_SOCKET, K230_SO_SNDBUF, reinterpret_cast<const uint8_t *>(&few), 4) !=
        0)
        return 2;
    const std::string piece(64 * 1024, 'x');
    int written = 0;
    for (int idle = 0; idle < 20;) {
        const int sent = k230_native_send(handle, Bytes(piece), 0, static_cast<int>(piece.size()), 0);
        if (sent > 0)
            written += sent;
        else
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        idle = sent > 0 ? 0 : idle + 1;
    }
    Say("written", written);
    return PlayOpen();
}

/* Listens at a port and has a datagram socket there, says so, and ends as stdin says; a thread waits in each. */
static int PlayListen()
{
    const int listener = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    const int udp = k230_native_open(K230_AF_INET, K230_SOCK_DGRAM, 0);
    int status = k230_native_bind(listener, Loopback(g_port).bytes);
    if (status == 0)
        status = k230_native_listen(listener, 1);
    if (status == 0)
        status = k230_native_bind(udp, Loopback(g_port).bytes);
    std::thread([=] {
        AddressBytes peer;
        if (k230_native_accept(listener, peer.bytes, -1) != 0)
            abort(); /* as an exception that nobody catches */
    }).detach();
    std::thread([=] {
        uint8_t byte;
        if (k230_native_recv(udp, &byte, 0, 1, 0, -1) != 0)
            abort();
    }).detach();
    Say("listen", status);
    char line[16];
    return fgets(line, sizeof line, stdin) && line[0] == 'x' ? 0 : 1;
}

/* Accepts, sends and ends at once: the agent may hear of the rings only afterwards. */
static int PlayServeAndExit()
{
    const int listener = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    if (k230_native_bind(listener, Loopback(g_port).bytes) != 0 || k230_native_listen(listener, 1) != 0)
        return 1;
    Say("listening", g_port);
    AddressBytes peer;
    const int handle = k230_native_accept(listener, peer.bytes, PATIENCE_MS);
    if (handle < 0)
        return 2;
    const std::string data = "farewell";
    _exit(k230_native_send(handle, Bytes(data), 0, 8, 0) == 8 ? 0 : 3);
}

/* Waits in recv until it ends; other threads wait as well. */
static int PlayRecv()
{
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    if (k230_native_connect(handle, Loopback(g_port).bytes, PATIENCE_MS) != 0)
        return 1;
    Say("connected", 0);
    uint8_t byte;
    Say("recv", k230_native_recv(handle, &byte, 0, 1, 0, -1));
    return 0;
}

static int Play(const std::string &part)
{
    g_port = atoi(getenv("K230_NATIVE_PORT") ? getenv("K230_NATIVE_PORT") : "0");
    if (part == "open")
        return PlayOpen();
    if (part == "send")
        return PlaySendAndExit();
    if (part == "fill")
        return PlayFill();
    if (part == "listen")
        return PlayListen();
    if (part == "serve")
        return PlayServeAndExit();
    if (part == "recv")
        return PlayRecv();
    return 99;
}

/* ---- in this process --------------------------------------------------------------------------------------------- */

class Native : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        unsetenv("K230_AGENT");
        unsetenv("K230_STACK");
    }
    int Connected(int *peer)
    {
        const int listener = KernelSocket(SOCK_STREAM, true);
        const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
        EXPECT_GE(handle, 0);
        EXPECT_EQ(0, k230_native_connect(handle, Loopback(PortOf(listener)).bytes, PATIENCE_MS));
        *peer = KernelAccept(listener);
        close(listener);
        return handle;
    }
};

TEST_F(Native, EveryFunctionWorksOnceAndFailsOnce)
{
    const AddressBytes any = Loopback(0);
    int peer;
    const int handle = Connected(&peer);
    const std::string text = "..hello..";
    EXPECT_EQ(5, k230_native_send(handle, Bytes(text), 2, 5, PATIENCE_MS));
    EXPECT_EQ(3, k230_native_send_all(handle, Bytes(text), 4, 3, PATIENCE_MS));
    EXPECT_EQ(2, k230_native_send_to(handle, Bytes(text), 0, 2, any.bytes, PATIENCE_MS)) << "the address is ignored";
    EXPECT_EQ("hellollo..", KernelRecv(peer, 10));
    EXPECT_EQ(10, send(peer, "line\nabcde", 10, 0));
    uint8_t data[64] = {};
    AddressBytes from;
    EXPECT_EQ(5, k230_native_read_line(handle, data, 3, 20, PATIENCE_MS));
    EXPECT_EQ(0, memcmp(data, "\0\0\0line\n", 8));
    EXPECT_TRUE(Eventually([&] { return k230_native_available(handle) == 5; }));
    EXPECT_EQ(2, k230_native_recv(handle, data, 1, 2, K230_MSG_PEEK, PATIENCE_MS));
    EXPECT_EQ(0, memcmp(data, "\0ab", 3));
    EXPECT_EQ(5, k230_native_recv_from(handle, data, 0, 64, 0, from.bytes, PATIENCE_MS));
    EXPECT_EQ(PortOf(peer), PortIn(from));
    EXPECT_EQ(-K230_EAGAIN, k230_native_recv(handle, data, 0, 1, K230_MSG_DONTWAIT, PATIENCE_MS));
    EXPECT_EQ(-K230_EAGAIN, k230_native_recv(handle, data, 0, 1, 0, 0));
    EXPECT_EQ(-K230_EAGAIN, k230_native_read_line(handle, data, 0, 1, 0));
    const uint64_t start = NowMs();
    EXPECT_EQ(-K230_ETIMEDOUT, k230_native_recv(handle, data, 0, 1, 0, 100));
    EXPECT_EQ(-K230_ETIMEDOUT, k230_native_read_line(handle, data, 0, 1, 100));
    EXPECT_GE(NowMs() - start + 2, 200u);
    const int32_t on = 1;
    EXPECT_EQ(
        0, k230_native_set_option(handle, K230_LEVEL_TCP, K230_TCP_NODELAY, reinterpret_cast<const uint8_t *>(&on), 4));
    EXPECT_EQ(-K230_ENOPROTOOPT,
              k230_native_set_option(handle, K230_SOL_SOCKET, 9999, reinterpret_cast<const uint8_t *>(&on), 4));
    EXPECT_EQ(-K230_EINVAL, k230_native_set_option(handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, data, -1));
    struct {
        int32_t handle;
        uint16_t mask;
        uint16_t revents;
    } entry = {handle, K230_POLLIN | K230_POLLOUT, 0};
    uint8_t *entries = reinterpret_cast<uint8_t *>(&entry);
    EXPECT_EQ(1, k230_native_poll(entries, 1, 0, k230_native_nudges()));
    EXPECT_EQ(K230_POLLOUT, entry.revents);
    EXPECT_EQ(-K230_EINVAL, k230_native_poll(entries, -1, 0, k230_native_nudges()));
    const int nudges = k230_native_nudges();
    EXPECT_EQ(0, k230_native_nudge());
    EXPECT_EQ(-K230_EINTR, k230_native_poll(entries, 1, -1, nudges));
    EXPECT_EQ(0, k230_native_close(handle, 0));
    EXPECT_EQ("", KernelRecv(peer, 1));
    close(peer);
    EXPECT_EQ(-K230_EBADF, k230_native_close(handle, 0));
    EXPECT_EQ(-K230_EBADF, k230_native_bind(handle, any.bytes));
    EXPECT_EQ(-K230_EBADF, k230_native_listen(handle, 1));
    EXPECT_EQ(-K230_EBADF, k230_native_accept(handle, from.bytes, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_connect(handle, any.bytes, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_send(handle, data, 0, 1, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_send_all(handle, data, 0, 1, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_send_to(handle, data, 0, 1, any.bytes, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_recv(handle, data, 0, 1, 0, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_recv_from(handle, data, 0, 1, 0, from.bytes, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_read_line(handle, data, 0, 1, -1));
    EXPECT_EQ(-K230_EBADF, k230_native_available(handle));
    EXPECT_EQ(1, k230_native_poll(entries, 1, -1, k230_native_nudges()));
    EXPECT_EQ(K230_POLLNVAL, entry.revents);

    const int listener = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    EXPECT_EQ(-K230_EINVAL, k230_native_accept(listener, from.bytes, 0));
    EXPECT_EQ(0, k230_native_bind(listener, any.bytes));
    EXPECT_EQ(0, k230_native_listen(listener, 3));
    EXPECT_EQ(-K230_EAGAIN, k230_native_accept(listener, from.bytes, 0));
    EXPECT_EQ(-K230_ETIMEDOUT, k230_native_accept(listener, from.bytes, 50));
    EXPECT_EQ(0, k230_native_close(listener, 0));
    EXPECT_EQ(-K230_EAFNOSUPPORT, k230_native_open(999, 1, 0));

    std::vector<uint8_t> answer(K230_HOST_MAX + 1 + 4 * K230_ADDR_SIZE);
    EXPECT_EQ(1,
              k230_native_resolve("127.0.0.1", "80", 0, 0, 0, 0, answer.data(), static_cast<int>(answer.size()), -1));
    EXPECT_EQ(-K230_EAI_SERVICE, k230_native_resolve("localhost", "no-such-service", 0, 0, 0, 0, answer.data(),
                                                     static_cast<int>(answer.size()), -1));
}

TEST_F(Native, DatagramsGoThroughSendAndSendAllAndSendTo)
{
    const int peer = KernelSocket(SOCK_DGRAM, false);
    const AddressBytes to = Loopback(PortOf(peer));
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_DGRAM, 0);
    const std::string text = "datagram";
    EXPECT_EQ(-K230_EDESTADDRREQ, k230_native_send(handle, Bytes(text), 0, 8, 0));
    EXPECT_EQ(8, k230_native_send_to(handle, Bytes(text), 0, 8, to.bytes, 0)) << "its answer is waited for";
    EXPECT_EQ(0, k230_native_connect(handle, to.bytes, 0));
    EXPECT_EQ(4, k230_native_send(handle, Bytes(text), 4, 4, PATIENCE_MS));
    EXPECT_EQ(0, k230_native_send_all(handle, Bytes(text), 0, 0, PATIENCE_MS));
    for (const char *expected : {"datagram", "gram", ""}) {
        char data[64];
        const ssize_t got = recv(peer, data, sizeof data, 0);
        EXPECT_EQ(expected, std::string(data, static_cast<size_t>(std::max<ssize_t>(got, 0))));
    }
    close(peer);
    EXPECT_EQ(0, k230_native_close(handle, 0));
}

TEST_F(Native, AConnectThatTimedOutGoesOnUntilItsClose)
{
    const int full = KernelSocket(SOCK_STREAM, false);
    listen(full, 0);
    std::vector<int> fillers;
    for (int i = 0; i < 3; i++) {
        fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        struct sockaddr_in host;
        socklen_t length = sizeof host;
        getsockname(full, reinterpret_cast<struct sockaddr *>(&host), &length);
        connect(fillers.back(), reinterpret_cast<struct sockaddr *>(&host), length);
        struct pollfd look = {fillers.back(), POLLOUT, 0};
        poll(&look, 1, i == 0 ? PATIENCE_MS : 20);
    }
    const int listener = KernelSocket(SOCK_STREAM, true);
    const int handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    EXPECT_EQ(-K230_ETIMEDOUT, k230_native_connect(handle, Loopback(PortOf(full)).bytes, 60));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(-K230_EALREADY, k230_native_connect(handle, Loopback(PortOf(i ? full : listener)).bytes, 60));
    EXPECT_EQ(0, k230_native_close(handle, 0));
    const int next = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
    EXPECT_EQ(0, k230_native_connect(next, Loopback(PortOf(listener)).bytes, PATIENCE_MS));
    close(KernelAccept(listener));
    EXPECT_EQ(0, k230_native_close(next, 0));
    for (const int fd : fillers)
        close(fd);
    close(full);
    close(listener);
}

TEST_F(Native, ClosesInABurstAllReachThePeersWithoutAFurtherCall)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    std::vector<int> handles;
    std::vector<int> peers;
    for (int i = 0; i < 300; i++) {
        handles.push_back(k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0));
        ASSERT_EQ(0, k230_native_connect(handles.back(), Loopback(PortOf(listener)).bytes, PATIENCE_MS));
        peers.push_back(KernelAccept(listener));
    }
    /* An agent that does not get on meanwhile, so that the request queue fills. */
    const pid_t agent = TheAgent();
    ASSERT_EQ(0, kill(agent, SIGSTOP));
    std::atomic<int> closed{0};
    std::thread closer([&] {
        for (const int handle : handles) {
            EXPECT_EQ(0, k230_native_close(handle, 0));
            closed++;
        }
    });
    EXPECT_TRUE(Eventually([&] { return closed >= 100; }));
    ASSERT_EQ(0, kill(agent, SIGCONT));
    closer.join();
    for (const int peer : peers) {
        EXPECT_EQ("", KernelRecv(peer, 1));
        close(peer);
    }
    close(listener);
}

/* An agent that stands still leaves the request queue full for as long as it likes. */
TEST_F(Native, NoCloseWaitsForAnAgentThatStandsStillAndAllGoOutWhenItGoesOn)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    std::vector<int> handles;
    std::vector<int> peers;
    for (int i = 0; i < 170; i++) {
        handles.push_back(k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0));
        ASSERT_EQ(0, k230_native_connect(handles.back(), Loopback(PortOf(listener)).bytes, PATIENCE_MS));
        peers.push_back(KernelAccept(listener));
    }
    std::vector<int> others;
    for (int i = 0; i < 340; i++)
        others.push_back(k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0));
    const pid_t agent = TheAgent();
    ASSERT_EQ(0, kill(agent, SIGSTOP));
    for (const int other : others) /* two requests each, of the 1024 that there is room for */
        EXPECT_EQ(-K230_EINPROGRESS, k230_native_connect(other, Loopback(PortOf(listener)).bytes, 0));
    std::atomic<size_t> closed{0};
    std::thread closer([&] {
        for (const std::vector<int> &some : {others, handles})
            for (const int handle : some) {
                EXPECT_EQ(0, k230_native_close(handle, 0));
                closed++;
            }
    });
    EXPECT_TRUE(Eventually([&] { return closed == others.size() + handles.size(); })) << closed << " closes returned";
    ASSERT_EQ(0, kill(agent, SIGCONT));
    closer.join();
    for (const int peer : peers) {
        EXPECT_EQ("", KernelRecv(peer, 1));
        close(peer);
    }
    close(listener);
}

TEST_F(Native, AKilledAgentIsNoticedByEveryWaiterWithinASecondAndTheNextOpenStartsAnother)
{
    for (int round = 0; round < 3; round++) {
        int peer;
        const int handle = Connected(&peer);
        const int udp = k230_native_open(K230_AF_INET, K230_SOCK_DGRAM, 0);
        EXPECT_EQ(0, k230_native_bind(udp, Loopback(0).bytes));
        const int listener = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
        EXPECT_EQ(0, k230_native_bind(listener, Loopback(0).bytes));
        EXPECT_EQ(0, k230_native_listen(listener, 1));
        const pid_t agent = TheAgent();
        std::vector<std::future<int>> waiters;
        uint8_t bytes[4][32];
        AddressBytes from;
        waiters.push_back(
            std::async(std::launch::async, [&] { return k230_native_recv(handle, bytes[0], 0, 1, 0, -1); }));
        waiters.push_back(std::async(std::launch::async, [&] { return k230_native_recv(udp, bytes[1], 0, 1, 0, -1); }));
        waiters.push_back(std::async(std::launch::async, [&] { return k230_native_accept(listener, from.bytes, -1); }));
        waiters.push_back(
            std::async(std::launch::async, [&] { return k230_native_read_line(handle, bytes[2], 0, 8, -1); }));
        /* A loop that never waits must learn of it as well. */
        waiters.push_back(std::async(std::launch::async, [&] {
            int got;
            while ((got = k230_native_recv(handle, bytes[3], 0, 1, 0, 0)) == -K230_EAGAIN)
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            return got;
        }));
        const uint64_t start = NowMs();
        ASSERT_EQ(0, kill(agent, SIGKILL));
        for (auto &waiter : waiters)
            EXPECT_EQ(-K230_ECONNRESET, waiter.get());
        EXPECT_LT(NowMs() - start, 1000u);
        EXPECT_EQ(-K230_ECONNRESET, k230_native_send(handle, bytes[0], 0, 1, 0));
        const int fresh = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
        EXPECT_GE(fresh, 0);
        EXPECT_NE(agent, TheAgent());
        for (const int one : {handle, udp, listener, fresh})
            EXPECT_EQ(0, k230_native_close(one, 0));
        close(peer);
        EXPECT_TRUE(Eventually([&] { return !Lives(agent); }));
    }
}

TEST_F(Native, AKilledAgentIsNoticedByALoopThatOnlyPolls)
{
    int peer;
    const int handle = Connected(&peer);
    const pid_t agent = TheAgent();
    ASSERT_EQ(0, kill(agent, SIGKILL));
    struct {
        int32_t handle;
        uint16_t mask;
        uint16_t revents;
    } entry = {handle, K230_POLLIN, 0};
    const uint64_t start = NowMs();
    while (k230_native_poll(reinterpret_cast<uint8_t *>(&entry), 1, 0, k230_native_nudges()) == 0 &&
           NowMs() - start < PATIENCE_MS)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_EQ(K230_POLLIN | K230_POLLERR | K230_POLLHUP, entry.revents);
    EXPECT_LT(NowMs() - start, 1000u);
    EXPECT_EQ(0, k230_native_close(handle, 0));
    close(peer);
}

static void NothingHappens(int) {}

TEST_F(Native, SignalsDuringTheStartOfAnAgentDoNotSpoilIt)
{
    struct sigaction action;
    struct sigaction before;
    memset(&action, 0, sizeof action);
    action.sa_handler = NothingHappens; /* no SA_RESTART: whatever can be interrupted is */
    ASSERT_EQ(0, sigaction(SIGUSR1, &action, &before));
    for (int round = 0; round < 5; round++) {
        for (const pid_t agent : AgentsOf(getpid()))
            kill(agent, SIGKILL);
        std::atomic<bool> over{false};
        const pthread_t target = pthread_self();
        std::thread pest([&] {
            while (!over) {
                pthread_kill(target, SIGUSR1);
                std::this_thread::sleep_for(std::chrono::microseconds(100));
            }
        });
        EXPECT_TRUE(Eventually([&] { return AgentsOf(getpid()).empty(); }));
        int handle;
        do /* the first may still meet the old one's end */
            handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0);
        while (handle == -K230_ECONNRESET);
        over = true;
        pest.join();
        EXPECT_GE(handle, 0);
        EXPECT_EQ(0, k230_native_close(handle, 0));
    }
    sigaction(SIGUSR1, &before, nullptr);
}

/* ---- processes that come and go ---------------------------------------------------------------------------------- */

TEST_F(Native, NoAgentOutlivesItsClientHoweverThatEnds)
{
    for (const char *end : {"x", "_", "a", "eof", "kill", "segv"}) {
        SCOPED_TRACE(end);
        Child client({Self()}, ClientSettings("open"));
        ASSERT_EQ(0, client.Line().find("open "));
        const std::vector<pid_t> agents = AgentsOf(client.pid());
        ASSERT_EQ(1u, agents.size());
        if (strcmp(end, "kill") == 0)
            client.Kill(SIGKILL);
        else if (strcmp(end, "segv") == 0)
            client.Kill(SIGSEGV);
        else if (strcmp(end, "eof") == 0)
            client.CloseInput();
        else
            client.Tell(std::string(end) + "\n");
        client.Wait();
        const uint64_t start = NowMs();
        EXPECT_TRUE(Eventually([&] { return !Lives(agents[0]); }));
        EXPECT_LT(NowMs() - start, 3000u);
    }
}

TEST_F(Native, WhatAClientSentBeforeItEndedArrives)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    const std::string port = "K230_NATIVE_PORT=" + std::to_string(PortOf(listener));
    for (int round = 0; round < 3; round++) {
        Child client({Self()}, ClientSettings("send", port));
        const int peer = KernelAccept(listener);
        EXPECT_EQ(0, client.Wait());
        int error;
        EXPECT_EQ(200u * 1024u, KernelRecv(peer, SIZE_MAX, &error).size()) << "read late";
        EXPECT_EQ(0, error);
        close(peer);
    }
    close(listener);
}

TEST_F(Native, WhatWasSentInTheLastMomentOfAClientArrives)
{
    for (int round = 0; round < 10; round++) {
        const int holder = KernelSocket(SOCK_STREAM, false);
        const int port = PortOf(holder);
        close(holder);
        Child client({Self()}, ClientSettings("serve", "K230_NATIVE_PORT=" + std::to_string(port)));
        ASSERT_EQ("listening " + std::to_string(port), client.Line());
        const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in host;
        memset(&host, 0, sizeof host);
        host.sin_family = AF_INET;
        host.sin_port = htons(static_cast<uint16_t>(port));
        host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(0, connect(peer, reinterpret_cast<struct sockaddr *>(&host), sizeof host));
        EXPECT_EQ("farewell", KernelRecv(peer, 100));
        EXPECT_EQ(0, client.Wait());
        close(peer);
    }
}

/* ---- an agent ends with its client and with nothing else --------------------------------------------------------- */

static const int g_endings[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGRTMIN};

static void OwnGroupThatIgnoresEndings()
{
    setpgid(0, 0);
    for (const int ending : g_endings)
        signal(ending, SIG_IGN);
}

TEST_F(Native, NoSignalEndsAnAgentBeforeItsClient)
{
    Child client({Self()}, ClientSettings("open"), OwnGroupThatIgnoresEndings);
    ASSERT_EQ(0, client.Line().find("open "));
    const std::vector<pid_t> agents = AgentsOf(client.pid());
    ASSERT_EQ(1u, agents.size());
    for (const int ending : g_endings) {
        SCOPED_TRACE(strsignal(ending));
        EXPECT_EQ(0, kill(-client.pid(), ending)); /* timeout(1), Ctrl-C, a closing terminal */
        EXPECT_EQ(0, kill(agents[0], ending));     /* a service manager: every process of the service */
        client.Tell("o\n");
        const std::string line = client.Line();
        EXPECT_EQ(0u, line.find("open ")) << line;
        EXPECT_GE(atoi(line.c_str() + 5), 0) << line;
        EXPECT_EQ(agents, AgentsOf(client.pid()));
    }
    client.Tell("x\n");
    EXPECT_EQ(0, client.Wait());
    EXPECT_TRUE(Eventually([&] { return !Lives(agents[0]); }));
}

TEST_F(Native, ASignalInTheMomentOfItsStartDoesNotEndAnAgent)
{
    for (int round = 0; round < 20; round++) {
        Child client({Self()}, ClientSettings("open"), OwnGroupThatIgnoresEndings);
        pid_t agent = 0;
        EXPECT_TRUE(Eventually([&] {
            const std::vector<pid_t> agents = AgentsOf(client.pid());
            agent = agents.empty() ? 0 : agents[0];
            return agent != 0;
        }));
        kill(agent, SIGTERM);
        kill(-client.pid(), SIGTERM);
        const std::string line = client.Line();
        EXPECT_GE(atoi(line.c_str() + 5), 0) << line;
    }
}

TEST_F(Native, AStoppedGroupDoesNotStopItsAgent)
{
    Child client({Self()}, ClientSettings("open"), [] { setpgid(0, 0); });
    ASSERT_EQ(0, client.Line().find("open "));
    const std::vector<pid_t> agents = AgentsOf(client.pid());
    ASSERT_EQ(1u, agents.size());
    EXPECT_EQ(0, kill(-client.pid(), SIGSTOP)); /* Ctrl-Z: a kernel's sockets go on as well */
    std::string name;
    char state = 0;
    pid_t parent;
    EXPECT_TRUE(Eventually([&] { return Process(client.pid(), &name, &state, &parent) && state == 'T'; }));
    EXPECT_TRUE(Process(agents[0], &name, &state, &parent));
    EXPECT_NE('T', state);
    EXPECT_EQ(0, kill(-client.pid(), SIGCONT));
}

TEST_F(Native, AllThatWasWrittenArrivesWhateverEndsTheGroup)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    for (const int ending : {SIGTERM, SIGHUP, SIGINT, SIGKILL}) {
        SCOPED_TRACE(strsignal(ending));
        Child client({Self()}, ClientSettings("fill", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))),
                     [] { setpgid(0, 0); });
        const int peer = KernelAccept(listener);
        const std::string line = client.Line();
        ASSERT_EQ(0u, line.find("written ")) << line;
        EXPECT_EQ(0, kill(-client.pid(), ending));
        EXPECT_EQ(-ending, client.Wait());
        int error;
        EXPECT_EQ(static_cast<size_t>(atoi(line.c_str() + 8)), KernelRecv(peer, SIZE_MAX, &error).size());
        EXPECT_EQ(0, error);
        close(peer);
    }
    close(listener);
}

TEST_F(Native, AContainerThatEndsWithItsClientLosesNothing)
{
    const std::vector<std::string> container = {"/usr/bin/unshare", "--user", "--map-current-user", "--pid", "--fork"};
    std::vector<std::string> probe = container;
    probe.push_back("/bin/true");
    if (Child(probe, {}).Wait() != 0)
        GTEST_SKIP() << "this user or machine allows no process namespace";
    const int listener = KernelSocket(SOCK_STREAM, true);
    std::vector<std::string> arguments = container;
    arguments.push_back(Self());
    Child client(arguments, ClientSettings("fill", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))));
    const int peer = KernelAccept(listener);
    const std::string line = client.Line();
    ASSERT_EQ(0u, line.find("written ")) << line;
    client.Tell("x\n"); /* the kernel kills the agent as soon as process 1 has ended: it gets the time for that */
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    int error;
    EXPECT_EQ(static_cast<size_t>(atoi(line.c_str() + 8)), KernelRecv(peer, SIZE_MAX, &error).size());
    EXPECT_EQ(0, error);
    EXPECT_EQ(0, client.Wait());
    close(peer);
    close(listener);
}

/* ---- what an agent lets go of ------------------------------------------------------------------------------------ */

TEST_F(Native, ThePortsOfAClientAreFreeWhenItHasEndedAndNoOtherThreadOfItMeetsTheEnd)
{
    const int holder = KernelSocket(SOCK_STREAM, false);
    const int port = PortOf(holder);
    close(holder);
    for (int round = 0; round < 50; round++) {
        SCOPED_TRACE(round);
        Child client({Self()}, ClientSettings("listen", "K230_NATIVE_PORT=" + std::to_string(port)));
        ASSERT_EQ("listen 0", client.Line());
        client.Tell("x\n");
        ASSERT_EQ(0, client.Wait());
        /* At once, in this process: no start of a program lies in between. */
        for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
            const int next = socket(AF_INET, type | SOCK_CLOEXEC, 0);
            struct sockaddr_in host;
            memset(&host, 0, sizeof host);
            host.sin_family = AF_INET;
            host.sin_port = htons(static_cast<uint16_t>(port));
            host.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            EXPECT_EQ(0, bind(next, reinterpret_cast<struct sockaddr *>(&host), sizeof host)) << strerror(errno);
            close(next);
        }
    }
}

TEST_F(Native, ThePortsOfAKilledClientAreFreeForTheNextOne)
{
    const int holder = KernelSocket(SOCK_STREAM, false);
    const int port = PortOf(holder);
    close(holder);
    for (int round = 0; round < 30; round++) {
        SCOPED_TRACE(round);
        Child client({Self()}, ClientSettings("listen", "K230_NATIVE_PORT=" + std::to_string(port)));
        ASSERT_EQ("listen 0", client.Line());
        client.Kill(SIGKILL);
        client.Wait();
    }
}

TEST_F(Native, AnAgentHasNoneOfItsClientsDescriptorsButStderr)
{
    int inherited[2];
    int errors[2];
    ASSERT_EQ(0, pipe2(inherited, O_CLOEXEC));
    ASSERT_EQ(0, pipe2(errors, O_CLOEXEC));
    Child client({Self()}, ClientSettings("open"), [&] {
        dup2(errors[1], 2);
        dup2(inherited[1], 3); /* where the agent has its connection */
        dup2(inherited[1], 7);
        dup2(inherited[1], 40);
    });
    close(inherited[1]);
    close(errors[1]);
    ASSERT_EQ(0, client.Line().find("open "));
    const std::vector<pid_t> agents = AgentsOf(client.pid());
    ASSERT_EQ(1u, agents.size());
    EXPECT_EQ("/dev/null", DescriptorOf(agents[0], 0));
    EXPECT_EQ("/dev/null", DescriptorOf(agents[0], 1));
    EXPECT_EQ(DescriptorOf(client.pid(), 2), DescriptorOf(agents[0], 2)) << "the user reads what the agent has to say";
    const std::string pipe = DescriptorOf(client.pid(), 7);
    ASSERT_EQ(0u, pipe.find("pipe:"));
    for (const std::string &one : DescriptorsOf(agents[0]))
        EXPECT_NE(pipe, one);
    close(inherited[0]);
    close(errors[0]);
}

TEST_F(Native, AnAgentThatStillSendsKeepsNobodyWaitingForTheClientsOutput)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    for (const bool killed : {false, true}) {
        Child client({Self()}, ClientSettings("fill", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))),
                     [] { dup2(1, 2); }); /* $(app 2>&1), app 2>&1 | tee */
        const int peer = KernelAccept(listener);
        const std::string line = client.Line();
        ASSERT_EQ(0u, line.find("written ")) << line;
        const std::vector<pid_t> agents = AgentsOf(client.pid());
        ASSERT_EQ(1u, agents.size());
        if (killed)
            client.Kill(SIGKILL);
        else
            client.Tell("x\n");
        client.Wait();
        EXPECT_TRUE(client.OutputEnds());
        EXPECT_TRUE(Lives(agents[0])) << "nothing was read, so it still sends";
        EXPECT_EQ(static_cast<size_t>(atoi(line.c_str() + 8)), KernelRecv(peer, SIZE_MAX).size());
        close(peer);
    }
    close(listener);
}

/* Its kernel takes bytes seldom and in large pieces; what counts is that they leave. */
TEST_F(Native, AReaderThatIsSlowButSteadyGetsAllThatAnEndedClientHadWritten)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    const int few = 8192;
    ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &few, sizeof few));
    Child client({Self()}, ClientSettings("fill", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))));
    const int peer = KernelAccept(listener);
    const std::string line = client.Line();
    ASSERT_EQ(0u, line.find("written ")) << line;
    client.Tell("x\n");
    client.Wait();
    size_t arrived = 0;
    for (const uint64_t start = NowMs(); NowMs() - start < 9000;) {
        arrived += KernelRecv(peer, 2000).size();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    int error;
    arrived += KernelRecv(peer, SIZE_MAX, &error).size();
    EXPECT_EQ(static_cast<size_t>(atoi(line.c_str() + 8)), arrived);
    EXPECT_EQ(0, error);
    close(peer);
    close(listener);
}

TEST_F(Native, AReaderThatPausesGetsAllThatAnEndedClientHadWritten)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    Child client({Self()}, ClientSettings("fill", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))));
    const int peer = KernelAccept(listener);
    const std::string line = client.Line();
    ASSERT_EQ(0u, line.find("written ")) << line;
    client.Kill(SIGKILL);
    client.Wait();
    std::this_thread::sleep_for(std::chrono::seconds(8)); /* longer than where somebody waits for the agent's end */
    int error;
    EXPECT_EQ(static_cast<size_t>(atoi(line.c_str() + 8)), KernelRecv(peer, SIZE_MAX, &error).size());
    EXPECT_EQ(0, error);
    close(peer);
    close(listener);
}

TEST_F(Native, AKilledClientsConnectionsEnd)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    Child client({Self()}, ClientSettings("recv", "K230_NATIVE_PORT=" + std::to_string(PortOf(listener))));
    const int peer = KernelAccept(listener);
    EXPECT_EQ("connected 0", client.Line());
    client.Kill(SIGKILL);
    EXPECT_EQ("", KernelRecv(peer, 1));
    close(peer);
    close(listener);
}

/* ---- a board for several ----------------------------------------------------------------------------------------- */

class SharedBoard : public Native
{
  protected:
    SharedBoard() : board_({AgentPath(), "--listen"}, {}) { name_ = board_.Line(); }
    Child board_;
    std::string name_; /* K230_AGENT=@... */
};

TEST_F(SharedBoard, ServesOneClientAfterTheOther)
{
    ASSERT_EQ(0u, name_.find("K230_AGENT=@"));
    for (int i = 0; i < 3; i++) {
        Child client({Self()}, ClientSettings("open", name_));
        const std::string line = client.Line();
        EXPECT_EQ(0u, line.find("open ")) << line;
        EXPECT_GE(atoi(line.c_str() + 5), 0);
        EXPECT_EQ(0u, AgentsOf(client.pid()).size()) << "it needs none of its own";
        if (i == 1)
            client.Kill(SIGKILL);
        else
            client.Tell("x\n");
        client.Wait();
        EXPECT_TRUE(Lives(board_.pid()));
    }
    board_.Kill(SIGTERM);
    EXPECT_EQ(0, board_.Wait());
}

TEST_F(SharedBoard, APeerThatStandsStillKeepsTheNextClientWaitingForAFewSeconds)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    const std::string port = "K230_NATIVE_PORT=" + std::to_string(PortOf(listener));
    std::vector<std::string> settings = ClientSettings("fill", name_);
    settings.push_back(port);
    Child first({Self()}, settings);
    const int peer = KernelAccept(listener);
    const std::string line = first.Line();
    ASSERT_EQ(0u, line.find("written ")) << line;
    first.Tell("x\n");
    first.Wait();
    Child second({Self()}, ClientSettings("open", name_));
    const std::string opened = second.Line();
    EXPECT_EQ(0u, opened.find("open "));
    EXPECT_GE(atoi(opened.c_str() + 5), 0) << opened;
    int error;
    EXPECT_GT(KernelRecv(peer, SIZE_MAX, &error).size(), 0u);
    EXPECT_EQ(0, error) << "what the kernel held still came";
    close(peer);
    close(listener);
}

TEST_F(SharedBoard, IsBusyForASecondClientUntilTheFirstEnds)
{
    Child first({Self()}, ClientSettings("open", name_));
    EXPECT_EQ(0u, first.Line().find("open "));
    Child second({Self()}, ClientSettings("open", name_));
    EXPECT_EQ("open -16", second.Line());
    EXPECT_TRUE(Lives(first.pid()));
    /* The second asks again and waits; when the first ends it gets the board. */
    second.Tell("o\n");
    first.Tell("x\n");
    first.Wait();
    const std::string line = second.Line();
    EXPECT_EQ(0u, line.find("open "));
    EXPECT_GE(atoi(line.c_str() + 5), 0) << line;
}

TEST_F(SharedBoard, StopsAtOnceAlsoWhileAClientWaitsForIt)
{
    Child first({Self()}, ClientSettings("open", name_));
    EXPECT_EQ(0u, first.Line().find("open "));
    Child second({Self()}, ClientSettings("open", name_));
    const uint64_t start = NowMs();
    board_.Kill(SIGTERM);
    EXPECT_EQ(0, board_.Wait());
    EXPECT_LT(NowMs() - start, 3000u);
    const std::string line = second.Line();
    EXPECT_EQ(0u, line.find("open -")) << line;
}

TEST_F(SharedBoard, AClientWhoseBoardIsKilledLearnsOfIt)
{
    const int listener = KernelSocket(SOCK_STREAM, true);
    setenv("K230_NATIVE_PORT", std::to_string(PortOf(listener)).c_str(), 1);
    Child client({Self()}, ClientSettings("recv", name_));
    unsetenv("K230_NATIVE_PORT");
    const int peer = KernelAccept(listener);
    EXPECT_EQ("connected 0", client.Line());
    const uint64_t start = NowMs();
    board_.Kill(SIGKILL);
    EXPECT_EQ("recv -104", client.Line());
    EXPECT_LT(NowMs() - start, 1000u);
    close(peer);
    close(listener);
}

/* ---- other users, and packets that are none ---------------------------------------------------------------------- */

constexpr uid_t STRANGER = 65534;

static struct sockaddr_un BoardAddress(const std::string &name, socklen_t *length)
{
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
    *length = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + name.size());
    return address;
}

static int BoardConnection(const std::string &name)
{
    socklen_t length;
    const struct sockaddr_un address = BoardAddress(name, &length);
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    EXPECT_EQ(0, connect(fd, reinterpret_cast<const struct sockaddr *>(&address), length)) << strerror(errno);
    return fd;
}

/* The status in a board's answer; 1: there was none. */
static int BoardAnswer(int connection)
{
    struct k230_setup_answer answer;
    struct pollfd look = {connection, POLLIN, 0};
    EXPECT_EQ(1, poll(&look, 1, PATIENCE_MS));
    ssize_t got = recv(connection, &answer, sizeof answer, 0);
    if (got < 0 && errno == ECONNRESET)
        got = recv(connection, &answer, sizeof answer, MSG_DONTWAIT);
    return got == static_cast<ssize_t>(sizeof answer) ? answer.status : 1;
}

static ssize_t SendSetup(int connection, const struct k230_setup &setup, const std::vector<int> &descriptors)
{
    struct iovec iov = {const_cast<struct k230_setup *>(&setup), sizeof setup};
    alignas(struct cmsghdr) char room[CMSG_SPACE(8 * sizeof(int))] = {};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = &iov;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = room;
        message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
        memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
    }
    return sendmsg(connection, &message, MSG_NOSIGNAL);
}

static struct k230_setup SetupOf(uint64_t length)
{
    struct k230_setup setup;
    memset(&setup, 0, sizeof setup);
    setup.magic = K230_SETUP_MAGIC;
    setup.version = K230_VERSION;
    setup.length = length;
    return setup;
}

TEST_F(SharedBoard, APacketWithAnotherNumberOfDescriptorsIsRefusedAndLeaksNone)
{
    const std::string name = name_.substr(name_.find('@'));
    const auto round = [&] {
        for (const size_t count : {0, 1, 3, 4, 8}) {
            const int connection = BoardConnection(name);
            EXPECT_GT(SendSetup(connection, SetupOf(4096), std::vector<int>(count, 0)), 0);
            EXPECT_EQ(-K230_EPROTO, BoardAnswer(connection)) << count << " descriptors";
            close(connection);
        }
    };
    round();
    const size_t before = DescriptorsOf(board_.pid()).size();
    for (int i = 0; i < 10; i++)
        round();
    EXPECT_TRUE(Eventually([&] { return DescriptorsOf(board_.pid()).size() <= before; }))
        << before << " became " << DescriptorsOf(board_.pid()).size();
    Child client({Self()}, ClientSettings("open", name_));
    EXPECT_EQ(0u, client.Line().find("open "));
}

TEST_F(SharedBoard, MemoryThatItsOwnerCouldPullAwayIsRefused)
{
    const std::string name = name_.substr(name_.find('@'));
    const int doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    FILE *file = tmpfile(); /* has no seals */
    const int unsealed = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (const int memory : {fileno(file), unsealed}) {
        EXPECT_EQ(0, ftruncate(memory, 1 << 20));
        const int connection = BoardConnection(name);
        EXPECT_GT(SendSetup(connection, SetupOf(1 << 20), {memory, doorbell}), 0);
        EXPECT_EQ(-K230_EACCES, BoardAnswer(connection));
        close(connection);
    }
    fclose(file);
    close(unsealed);
    close(doorbell);
}

TEST_F(SharedBoard, ASilentConnectionDoesNotHaveTheBoard)
{
    const int silent = BoardConnection(name_.substr(name_.find('@')));
    Child client({Self()}, ClientSettings("open", name_));
    const std::string line = client.Line();
    EXPECT_EQ(0u, line.find("open ")) << line;
    EXPECT_GE(atoi(line.c_str() + 5), 0) << line;
    close(silent);
}

TEST_F(SharedBoard, StrangersAreRefusedAtOnceAndKeepNobodyWaiting)
{
    if (getuid() != 0)
        GTEST_SKIP() << "needs root, to be another user";
    const std::string name = name_.substr(name_.find('@'));
    int answers[2];
    ASSERT_EQ(0, pipe2(answers, O_CLOEXEC));
    constexpr int MANY =
        14; /* a board that waited a second for each would miss the client's patience; all fit its queue */
    const pid_t stranger = fork();
    if (stranger == 0) {
        if (setresuid(STRANGER, STRANGER, STRANGER) != 0)
            _exit(1);
        std::vector<int> connections; /* say nothing, and stay */
        for (int i = 0; i < MANY; i++)
            connections.push_back(BoardConnection(name));
        for (const int connection : connections) {
            const int status = BoardAnswer(connection);
            if (write(answers[1], &status, sizeof status) < 0)
                _exit(1);
        }
        pause();
    }
    close(answers[1]);
    int refused = 0;
    int status;
    while (refused < MANY && read(answers[0], &status, sizeof status) == static_cast<ssize_t>(sizeof status)) {
        EXPECT_EQ(-K230_EACCES, status);
        refused++;
        if (refused == 1) {
            Child client({Self()}, ClientSettings("open", name_));
            const std::string line = client.Line();
            EXPECT_EQ(0u, line.find("open ")) << line;
            EXPECT_GE(atoi(line.c_str() + 5), 0) << line;
        }
    }
    EXPECT_EQ(MANY, refused);
    kill(stranger, SIGKILL);
    waitpid(stranger, nullptr, 0);
    close(answers[0]);
}

TEST_F(Native, NoMemoryIsHandedToAnotherUsersBoard)
{
    if (getuid() != 0)
        GTEST_SKIP() << "needs root, to be another user";
    const std::string name = "@k230-board-" + std::to_string(getpid()); /* as one that has ended had it */
    int ready[2];
    ASSERT_EQ(0, pipe2(ready, O_CLOEXEC));
    const pid_t thief = fork();
    if (thief == 0) {
        if (setresuid(STRANGER, STRANGER, STRANGER) != 0)
            _exit(100);
        socklen_t length;
        const struct sockaddr_un address = BoardAddress(name, &length);
        const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (bind(listener, reinterpret_cast<const struct sockaddr *>(&address), length) != 0 ||
            listen(listener, 1) != 0 || write(ready[1], "r", 1) != 1)
            _exit(101);
        const int victim = accept(listener, nullptr, nullptr);
        char packet[64];
        _exit(recv(victim, packet, sizeof packet, 0) > 0 ? 102 : 0);
    }
    char byte;
    ASSERT_EQ(1, read(ready[0], &byte, 1));
    Child client({Self()}, ClientSettings("open", "K230_AGENT=" + name));
    EXPECT_EQ("open -" + std::to_string(K230_EACCES), client.Line());
    int status = 0;
    EXPECT_EQ(thief, waitpid(thief, &status, 0));
    EXPECT_EQ(0, status) << "102: it was given the packet with the memory";
    close(ready[0]);
    close(ready[1]);
}

TEST_F(Native, AWrongBoardNameIsRefused)
{
    for (const char *name : {"K230_AGENT=@no-such-board", "K230_AGENT=k230-board-1", "K230_AGENT=@"}) {
        Child client({Self()}, ClientSettings("open", name));
        EXPECT_EQ("open -19", client.Line()) << name;
    }
    const std::string too_long = "K230_AGENT=@" + std::string(200, 'x');
    Child client({Self()}, ClientSettings("open", too_long));
    EXPECT_EQ("open -19", client.Line());
}

TEST_F(Native, AMissingAgentExecutableIsAnErrorAndNotAHang)
{
    /* The library alone in a folder of its own. */
    char folder[] = "/tmp/k230-native-XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(folder));
    const std::string copy = std::string(folder) + "/libk230sockets.so";
    {
        std::ifstream from(LibraryPath(), std::ios::binary);
        std::ofstream to(copy, std::ios::binary);
        to << from.rdbuf();
    }
    void *library = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(nullptr, library) << dlerror();
    auto *open_there = reinterpret_cast<int (*)(int, int, int)>(dlsym(library, "k230_native_open"));
    ASSERT_NE(nullptr, open_there);
    ASSERT_NE(reinterpret_cast<void *>(open_there), reinterpret_cast<void *>(&k230_native_open));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(-K230_ENODEV, open_there(K230_AF_INET, K230_SOCK_STREAM, 0));
    dlclose(library);
    unlink(copy.c_str());
    rmdir(folder);
}

TEST_F(Native, AnAgentThatWasUnpackedWithoutItsExecutableBitStarts)
{
    char folder[] = "/tmp/k230-native-XXXXXX";
    ASSERT_NE(nullptr, mkdtemp(folder));
    const std::string library = std::string(folder) + "/libk230sockets.so";
    const std::string agent = std::string(folder) + "/k230-agent";
    const std::pair<std::string, std::string> files[] = {{LibraryPath(), library}, {AgentPath(), agent}};
    for (const auto &[from, to] : files) {
        std::ofstream(to, std::ios::binary) << std::ifstream(from, std::ios::binary).rdbuf();
        ASSERT_EQ(0, chmod(to.c_str(), 0644));
    }
    const size_t before = AgentsOf(getpid()).size();
    void *there = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(nullptr, there) << dlerror();
    auto *open_there = reinterpret_cast<int (*)(int, int, int)>(dlsym(there, "k230_native_open"));
    ASSERT_NE(nullptr, open_there);
    EXPECT_GE(open_there(K230_AF_INET, K230_SOCK_STREAM, 0), 0);
    struct stat facts;
    EXPECT_EQ(0, stat(agent.c_str(), &facts));
    EXPECT_EQ(0755u, facts.st_mode & 07777u) << "executable for those who may read it, and changed in nothing else";
    dlclose(there);
    EXPECT_TRUE(Eventually([&] { return AgentsOf(getpid()).size() == before; }));
    unlink(agent.c_str());
    unlink(library.c_str());
    rmdir(folder);
}

TEST_F(Native, DescriptorsOfThisProcessAreGivenBackByAgentsThatEnd)
{
    EXPECT_EQ(0, k230_native_close(k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0), 0));
    const auto count = [] {
        int found = 0;
        DIR *folder = opendir("/proc/self/fd");
        while (readdir(folder))
            found++;
        closedir(folder);
        return found;
    };
    const int before = count();
    for (int i = 0; i < 5; i++) {
        kill(TheAgent(), SIGKILL);
        int handle;
        /* The first may still meet the old one's end. */
        EXPECT_TRUE(Eventually([&] { return (handle = k230_native_open(K230_AF_INET, K230_SOCK_STREAM, 0)) >= 0; }));
        EXPECT_EQ(0, k230_native_close(handle, 0));
    }
    EXPECT_EQ(before, count());
}

int main(int argc, char **argv)
{
    const char *part = getenv("K230_NATIVE_CHILD");
    if (part)
        return Play(part);
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
