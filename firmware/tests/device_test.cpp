/* The agent for the small core's Linux as a process, on a file that plays /dev/mem: what it says to wrong options, and
 * a big core in this process that talks to it through the file. Both have file_block.c for the mailbox's registers; a
 * thread here plays the wires of the interrupts. A terminal's slave end plays the UIO node. */
#include "board.h"
#include "k230_hal_k230.h"
#include "thread_os.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

namespace
{

constexpr uint64_t REGION = 0x100000;
constexpr unsigned LINE = 3;

enum { EN = 0, STATUS = 3 };

uint32_t *s_big, *s_small; /* the registers of the direction towards that core */

/* How often the line has been set and not been taken. */
uint32_t Rung(const uint32_t *direction)
{
    return __atomic_load_n(&direction[STATUS], __ATOMIC_SEQ_CST) >> 2 * LINE & 3u;
}

/* ---- the agent's process ----------------------------------------------------------------------------------------- */

class Agent
{
  public:
    explicit Agent(std::vector<std::string> arguments)
    {
        int ends[2];
        EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
        output_ = Fd(ends[0]);
        const char *other = getenv("K230_TEST_AGENT"); /* its build for the K230, under emulation */
        arguments.insert(arguments.begin(), other ? other : K230_TEST_AGENT);
        std::vector<char *> list;
        for (std::string &argument : arguments)
            list.push_back(argument.data());
        list.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            dup2(ends[1], STDERR_FILENO);
            execv(list[0], list.data());
            _exit(127);
        }
        close(ends[1]);
    }
    ~Agent()
    {
        if (pid_ > 0) {
            kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }
    /* Its exit code, after all that it has said has been read. */
    int Wait()
    {
        char bytes[512];
        while (KernelReady(output_.get(), POLLIN)) {
            const ssize_t got = read(output_.get(), bytes, sizeof bytes);
            if (got <= 0)
                break;
            said.append(bytes, static_cast<size_t>(got));
        }
        int status = -1;
        EXPECT_TRUE(Eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }));
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    pid_t Pid() const { return pid_; }
    int Stop(int how = SIGTERM)
    {
        kill(pid_, how);
        return Wait();
    }
    bool Says(const char *text)
    {
        return Eventually([&] {
            char bytes[512];
            if (KernelReady(output_.get(), POLLIN, 0)) {
                const ssize_t got = read(output_.get(), bytes, sizeof bytes);
                said.append(bytes, got > 0 ? static_cast<size_t>(got) : 0);
            }
            return said.find(text) != std::string::npos;
        });
    }

    std::string said;

  private:
    pid_t pid_ = -1;
    Fd output_;
};

class Device : public ::testing::Test
{
  protected:
    Device()
    {
        path = MakeFile(file);
        lock = path + ".lock";
        memory =
            static_cast<uint8_t *>(mmap(nullptr, 4096 + REGION, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0));
        s_big = reinterpret_cast<uint32_t *>(memory + K230_MAILBOX_DEVICE * 0x28);
        s_small = s_big + 5;
    }
    ~Device() override
    {
        munmap(memory, 4096 + REGION);
        unlink(path.c_str());
        unlink(lock.c_str());
    }
    static std::string MakeFile(Fd &fd)
    {
        char name[] = "/tmp/k230-device-XXXXXX";
        fd = Fd(mkostemp(name, O_CLOEXEC));
        EXPECT_EQ(0, ftruncate(fd.get(), static_cast<off_t>(4096 + REGION)));
        return name;
    }
    std::vector<std::string> Arguments(std::vector<std::string> more = {})
    {
        std::vector<std::string> all = {"--lock",    lock,
                                        "--memory",  path,
                                        "--mailbox", "0",
                                        "--region",  "0x1000,0x100000",
                                        "--device",  std::to_string(K230_MAILBOX_DEVICE),
                                        "--line",    std::to_string(LINE)};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    Fd file;
    std::string path, lock;
    uint8_t *memory;
};

struct Wrong {
    std::vector<std::string> arguments;
    int status;
    const char *says;
};

} // namespace

TEST_F(Device, WrongOptionsAreNamed)
{
    const std::vector<Wrong> all = {
        {{"--line", "16"}, 2, "--line 16"},
        {{"--device", "4"}, 2, "--device 4"},
        {{"--device", "1x"}, 2, "--device 1x"},
        {{"--mailbox", "-1"}, 2, "--mailbox -1"},
        {{"--mailbox", ""}, 2, "--mailbox"},
        {{"--region", "0x1000"}, 2, "--region 0x1000"},
        {{"--region", "0x1000,"}, 2, "--region 0x1000,"},
        {{"--region", "0x1000,99999999999999999999"}, 2, "--region"},
        {{"--mailbox", " 0"}, 2, "--mailbox  0: not such a number"},
        {{"--mailbox", " -0"}, 2, "--mailbox  -0: not such a number"},
        {{"--mailbox", "+0"}, 2, "--mailbox +0: not such a number"},
        {{"--region", "0x1000, 0x100000"}, 2, "--region 0x1000, 0x100000: not such a number"},
        {{"--ipcm", "1", "--device", "0"}, 2, "--device 0 is IPCM's, which is loaded here"},
        {{"--ipcm", "1", "--uio", "/nowhere/uio0", "--device", "0", "--line", "3"}, 2, "take device 1 on both cores"},
        {{"--ipcm", "2"}, 2, "--ipcm 2"},
        {{"--region", "0x100000,0x100000"}, 2, "--region 0x100000,0x100000 takes some of IPCM's megabyte at 0x100000"},
        {{"--region", "0,0x101000"}, 2, "IPCM's megabyte at 0x100000: give the board's own"},
        {{"--region", "0x1ff000,0x400000"}, 2, "IPCM's megabyte at 0x100000: give the board's own"},
        {{"--region", "0x91104000,0x400000"}, 2, "lies over the mailbox at 0x91104000: give the board's own"},
        {{"--region", "0x91000000,0x105000"}, 2, "lies over the mailbox at 0x91104000"},
        {{"--memory", path, "--mailbox", "0x1000", "--region", "0,0x101000"}, 2, "lies over the mailbox at 0x1000"},
        {{"--region", "0xfff00000,0x101000"}, 2, "above 0x100000000"},
        {{"--region", "0x7fffffffffffffff,0x7fffffffffffffff"}, 2, "above 0x100000000"},
        {{"--poll", "0"}, 2, "--poll 0"},
        {{"--sockets", "0"}, 2, "--sockets 0"},
        {{"--sockets", "513"}, 2, "--sockets 513"},
        {{"--what"}, 2, "usage:"},
        {{"--uio"}, 2, "usage:"},
        {{"serve"}, 2, "serve: not an option"},
        {{"--region", "0x1000,0x1000"}, 2, "too few for 32 sockets"},
        {{"--lock", "/nowhere/lock"}, 1, "/nowhere/lock: the lock cannot be opened"},
        {{"--memory", "/nowhere/mem"}, 1, "/nowhere/mem: cannot be opened"},
        {{"--uio", "/nowhere/uio0"}, 1, "/nowhere/uio0: cannot be opened"},
        {{"--memory", path, "--mailbox", "0x10", "--region", "0x1000,0x100000"}, 1, "begin"},
        {{"--memory", path, "--mailbox", "0", "--region", "0x1000,0x100800"}, 1, "begin"},
        {{"--memory", path, "--mailbox", "0", "--region", "0x1000,0x101000"}, 1, "too short for 0x101000 bytes"},
        {{"--memory", path, "--mailbox", "0x102000", "--region", "0x1000,0x100000"}, 1, "too short"},
        {{"--memory", path, "--mailbox", "0", "--region", "0x1000,0x100000", "--interrupt", "/nowhere/uio0"},
         1,
         "/nowhere/uio0: cannot be opened"},
    };
    for (const Wrong &wrong : all) {
        std::vector<std::string> arguments = {"--lock", lock};
        arguments.insert(arguments.end(), wrong.arguments.begin(), wrong.arguments.end());
        Agent agent(arguments);
        SCOPED_TRACE(wrong.says);
        EXPECT_EQ(agent.Wait(), wrong.status);
        EXPECT_NE(agent.said.find(wrong.says), std::string::npos) << agent.said;
    }
}

TEST_F(Device, CheckSaysWhatWasFoundAndTouchesNothing)
{
    const std::string before(reinterpret_cast<char *>(memory), 4096 + REGION);
    Agent agent(Arguments({"--check"}));
    EXPECT_EQ(agent.Wait(), 0);
    EXPECT_NE(agent.said.find("32 sockets with rings of 8 KiB"), std::string::npos) << agent.said;
    EXPECT_NE(agent.said.find("does not listen yet"), std::string::npos);
    EXPECT_TRUE(before == std::string(reinterpret_cast<char *>(memory), 4096 + REGION));
    s_big[EN] = 1u << (16 + LINE) | 1u;
    Agent again(Arguments({"--check", "--sockets", "8"}));
    EXPECT_EQ(again.Wait(), 0);
    EXPECT_NE(again.said.find("8 sockets with rings of 32 KiB"), std::string::npos) << again.said;
    EXPECT_NE(again.said.find("the big core listens"), std::string::npos);
}

TEST_F(Device, TakesTheProvenLineWhereIpcmDoesNotNeedIt)
{
    struct {
        const char *ipcm, *says;
    } cases[] = {{"0", "mailbox device 0, line 0, "}, {"1", "mailbox device 1, line 0, "}};
    for (const auto &one : cases) {
        Agent agent({"--lock", lock, "--memory", path, "--mailbox", "0", "--region", "0x1000,0x100000", "--check",
                     "--ipcm", one.ipcm});
        EXPECT_EQ(agent.Wait(), 0);
        EXPECT_NE(agent.said.find(one.says), std::string::npos) << agent.said;
    }
    Agent agent({"--lock", lock, "--memory", path, "--mailbox", "0", "--region", "0x1000,0x100000", "--check", "--ipcm",
                 "0", "--device", "2"});
    EXPECT_EQ(agent.Wait(), 0);
    EXPECT_NE(agent.said.find("mailbox device 2, line 0, "), std::string::npos) << agent.said;
}

TEST_F(Device, OneAgentAtATimeHasTheRegionThroughWhicheverNodeItComes)
{
    Agent agent(Arguments());
    ASSERT_TRUE(agent.Says("32 sockets")) << agent.said;
    const std::string holder = "process " + std::to_string(agent.Pid()) + ";";
    Agent second(Arguments());
    EXPECT_EQ(second.Wait(), 1);
    EXPECT_NE(second.said.find("another agent has it: " + holder), std::string::npos) << second.said;
    EXPECT_NE(second.said.find("stop that one first"), std::string::npos) << second.said;

    Fd node; /* another file: as a UIO node and /dev/mem are two of one memory */
    const std::string uio = MakeFile(node);
    Agent third({"--lock", lock, "--uio", uio, "--region", "0,0x100000"});
    EXPECT_EQ(third.Wait(), 1);
    EXPECT_NE(third.said.find(holder), std::string::npos) << third.said;
    std::string content(4096 + REGION, 'x');
    EXPECT_EQ(static_cast<ssize_t>(content.size()), pread(node.get(), content.data(), content.size(), 0));
    EXPECT_EQ(content.find_first_not_of('\0'), std::string::npos) << "it wrote to memory that is another agent's";
    unlink(uio.c_str());

    EXPECT_EQ(agent.Stop(), 0) << agent.said;
    Agent next(Arguments({"--check"}));
    EXPECT_EQ(next.Wait(), 0) << next.said;
}

TEST_F(Device, TheLockIsNobodyElsesToTake)
{
    const Fd older(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    ASSERT_EQ(0, fchmod(older.get(), 0644));
    Agent first(Arguments({"--check"}));
    EXPECT_EQ(first.Wait(), 0);
    struct stat info = {};
    ASSERT_EQ(0, stat(lock.c_str(), &info));
    EXPECT_EQ(info.st_mode & 07777u, 0600u);
    unlink(lock.c_str());
    Agent second(Arguments({"--check"}));
    EXPECT_EQ(second.Wait(), 0);
    ASSERT_EQ(0, stat(lock.c_str(), &info));
    EXPECT_EQ(info.st_mode & 07777u, 0600u) << "whoever can read it can keep every agent out";
}

TEST_F(Device, SaysWhichProcessHasTheLock)
{
    Agent before(Arguments({"--holder"}));
    EXPECT_EQ(before.Wait(), 1);
    EXPECT_EQ(before.said, "");
    EXPECT_NE(access(lock.c_str(), F_OK), 0) << "who asks makes no lock";
    {
        Agent agent(Arguments());
        ASSERT_TRUE(agent.Says("32 sockets")) << agent.said;
        Agent during(Arguments({"--holder"}));
        EXPECT_EQ(during.Wait(), 0);
        EXPECT_EQ(during.said, std::to_string(agent.Pid()) + "\n");
    } /* killed: its file stays */
    Agent after(Arguments({"--holder"}));
    EXPECT_EQ(after.Wait(), 1);
    EXPECT_EQ(after.said, "");
    Agent unknown({"--lock", path + "/lock", "--holder"});
    EXPECT_EQ(unknown.Wait(), 1);
    EXPECT_NE(unknown.said.find("the lock cannot be opened"), std::string::npos) << unknown.said;
}

TEST_F(Device, StatShowsWhatTheCoresSayOfEachOther)
{
    Agent nobody(Arguments({"--stat"}));
    EXPECT_EQ(nobody.Wait(), 1);
    EXPECT_NE(nobody.said.find("has not run"), std::string::npos) << nobody.said;
    auto *head = reinterpret_cast<k230_head *>(memory + 4096);
    {
        Agent agent(Arguments());
        ASSERT_TRUE(Eventually([&] {
            return __atomic_load_n(&head->small.magic, __ATOMIC_ACQUIRE) == K230_MAGIC_SMALL;
        })) << agent.said;
        head->big.starved = 7; /* without a session it is one of before */
        Agent idle(Arguments({"--stat"}));
        EXPECT_EQ(idle.Wait(), 0);
        EXPECT_NE(idle.said.find("agent      runs"), std::string::npos) << idle.said;
        EXPECT_NE(idle.said.find("37 pairs for 32 sockets; 0 times"), std::string::npos) << idle.said;
        EXPECT_EQ(agent.Stop(), 0) << agent.said;
    }
    head->small.accepted = 0x1234;
    Agent after(Arguments({"--stat"}));
    EXPECT_EQ(after.Wait(), 0);
    EXPECT_NE(after.said.find("agent      does not run"), std::string::npos) << after.said;
    EXPECT_NE(after.said.find("session    00001234"), std::string::npos) << after.said;
    EXPECT_NE(after.said.find("7 times a socket found no pair free"), std::string::npos) << after.said;
}

TEST_F(Device, SaysHelloInTheRegionAndTakesTheLineBackWhenItIsStopped)
{
    s_small[EN] = 1u << 31 | 1u; /* another program's line of the same device */
    Agent agent(Arguments());
    const auto *head = reinterpret_cast<const k230_head *>(memory + 4096);
    ASSERT_TRUE(Eventually([&] { return __atomic_load_n(&head->small.magic, __ATOMIC_ACQUIRE) == K230_MAGIC_SMALL; }))
        << agent.said;
    EXPECT_EQ(head->small.version, K230_VERSION);
    EXPECT_NE(head->small.boot_id, 0u);
    EXPECT_EQ(head->small.limits.slots, 32u);
    EXPECT_EQ(s_small[EN], 1u << 31 | 1u << (16 + LINE) | 1u);
    EXPECT_EQ(s_big[EN], 0u) << "the other direction is the big core's";
    EXPECT_GT(Rung(s_big), 0u);
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
    EXPECT_EQ(s_small[EN], 1u << 31 | 1u);
}

TEST_F(Device, StopsInOrderWhenItIsToldToOrItsTerminalCloses)
{
    for (const int how : {SIGTERM, SIGINT, SIGHUP}) {
        SCOPED_TRACE(strsignal(how));
        Agent agent(Arguments());
        ASSERT_TRUE(agent.Says("32 sockets")) << agent.said;
        const auto *head = reinterpret_cast<const k230_head *>(memory + 4096);
        ASSERT_TRUE(
            Eventually([&] { return __atomic_load_n(&head->small.magic, __ATOMIC_ACQUIRE) == K230_MAGIC_SMALL; }));
        EXPECT_EQ(agent.Stop(how), 0) << agent.said;
        EXPECT_NE(agent.said.find("k230-agent: stopped"), std::string::npos) << agent.said;
        EXPECT_EQ(s_small[EN], 0u) << "the line is taken back";
        memset(memory, 0, 8192);
    }
}

TEST_F(Device, StaysWhenItsTerminalClosesIfItWasStartedByNohup)
{
    signal(SIGHUP, SIG_IGN); /* a program inherits that */
    Agent agent(Arguments());
    signal(SIGHUP, SIG_DFL);
    ASSERT_TRUE(agent.Says("32 sockets")) << agent.said;
    const auto *head = reinterpret_cast<const k230_head *>(memory + 4096);
    ASSERT_TRUE(Eventually([&] { return __atomic_load_n(&head->small.magic, __ATOMIC_ACQUIRE) == K230_MAGIC_SMALL; }));
    const uint32_t beat = __atomic_load_n(&head->small.heartbeat, __ATOMIC_ACQUIRE);
    kill(agent.Pid(), SIGHUP);
    EXPECT_TRUE(Eventually([&] { return __atomic_load_n(&head->small.heartbeat, __ATOMIC_ACQUIRE) > beat + 3; }));
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
}

/* ---- a big core over the same file ------------------------------------------------------------------------------- */

namespace
{

/* A terminal in place of a UIO node: what is written to `master` is what the node says. */
struct UioNode {
    UioNode() : master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC))
    {
        EXPECT_EQ(0, grantpt(master.get()));
        EXPECT_EQ(0, unlockpt(master.get()));
        name = ptsname(master.get());
        slave = Fd(open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
        struct termios raw;
        EXPECT_EQ(0, tcgetattr(slave.get(), &raw));
        cfmakeraw(&raw);
        raw.c_cc[VMIN] = 4;
        EXPECT_EQ(0, tcsetattr(slave.get(), TCSANOW, &raw));
    }
    Fd master, slave;
    std::string name;
};

class DeviceExchange : public Device
{
  protected:
    DeviceExchange() : client(new k230_client)
    {
        k230_board board = {};
        board.os = &os.os;
        board.core = K230_CORE_BIG;
        board.block = memory;
        board.device = K230_MAILBOX_DEVICE;
        board.line = LINE;
        board.region = memory + 4096;
        board.length = REGION;
        EXPECT_TRUE(k230_hal_k230_init(&hal, &board));
        memset(static_cast<void *>(client.get()), 0, sizeof *client);
        k230_client_init(client.get(), &hal.hal);
        wires = std::thread([this] {
            while (!over) {
                if (Rung(s_big) != 0 && (__atomic_load_n(&s_big[EN], __ATOMIC_SEQ_CST) & 1u))
                    k230_hal_k230_interrupt(&hal);
                if (uio >= 0)
                    PlayUio();
                std::this_thread::sleep_for(std::chrono::microseconds(50));
            }
        });
    }
    ~DeviceExchange() override
    {
        k230_client_stop(client.get());
        over = true;
        wires.join();
    }
    /* As uio_pdrv_genirq.c: the interrupt is told once and masked until the process writes a 1. */
    void PlayUio()
    {
        int32_t word = 0;
        while (KernelReady(uio, POLLIN, 0) && read(uio, &word, sizeof word) == sizeof word) {
            EXPECT_EQ(word, 1);
            unmasked++;
            masked = false;
        }
        if (masked || Rung(s_small) == 0 || !(__atomic_load_n(&s_small[EN], __ATOMIC_SEQ_CST) & 1u))
            return;
        const uint32_t count = ++given;
        EXPECT_EQ(static_cast<ssize_t>(sizeof count), write(uio, &count, sizeof count));
        masked = true;
    }
    /* A connection through the agent; its other end is this process's. -1: there is none. */
    void Connect(int *connected, Fd *peer)
    {
        *connected = -1;
        const Fd listener = KernelListener();
        const uint64_t deadline = k230_deadline(client.get(), PATIENCE_MS);
        int handle = 0;
        int opened = -K230_ECONNRESET; /* of an agent that is gone, which this core learns by asking it */
        while (opened == -K230_ECONNRESET && k230_deadline(client.get(), 0) < deadline) {
            handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
            ASSERT_GE(handle, 0) << k230_error_name(handle);
            while ((opened = k230_sock_opened(client.get(), handle)) == -K230_PENDING)
                ASSERT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_OPENED, 0, deadline), 0);
        }
        ASSERT_EQ(opened, 0) << k230_error_name(opened);
        const k230_addr addr = Loopback(PortOf(listener.get()));
        uint32_t call = 0;
        ASSERT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
        ASSERT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_CONNECT, 0, deadline), 0);
        ASSERT_EQ(k230_sock_connected(client.get(), handle), 0);
        *connected = handle;
        *peer = KernelAccept(listener);
    }
    void Exchange(unsigned rounds)
    {
        int handle;
        Fd peer;
        Connect(&handle, &peer);
        ASSERT_GE(handle, 0);
        const uint64_t deadline = k230_deadline(client.get(), PATIENCE_MS);
        for (unsigned i = 0; i < rounds; i++) {
            const std::string text = Pattern(1 + 31 * i, i);
            ASSERT_EQ(k230_sock_send(client.get(), handle, text.data(), static_cast<uint32_t>(text.size()), 1),
                      static_cast<int>(text.size()));
            ASSERT_EQ(KernelRecv(peer, text.size()), text);
            KernelSend(peer, text);
            std::string got;
            while (got.size() < text.size()) {
                char bytes[4096];
                const int length = k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr);
                if (length == -K230_EAGAIN)
                    ASSERT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, deadline), 0);
                else
                    ASSERT_GT(length, 0);
                got.append(bytes, length > 0 ? static_cast<size_t>(length) : 0);
            }
            ASSERT_EQ(got, text);
        }
        EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
        EXPECT_EQ(KernelRecvAll(peer), "");
    }

    ThreadOs os;
    k230_hal_k230 hal;
    std::unique_ptr<k230_client> client;
    std::thread wires;
    std::atomic<bool> over{false};
    std::unique_ptr<UioNode> node; /* outlives `wires`, which reads it */
    std::atomic<int> uio{-1};      /* the same: the other end of what plays the UIO node */
    bool masked = false;
    std::atomic<unsigned> given{0}, unmasked{0};
};

} // namespace

TEST_F(DeviceExchange, SocketsWorkWithoutAnInterrupt)
{
    Agent agent(Arguments({"--poll", "1"}));
    const uint64_t start = NowMs();
    Exchange(50);
    EXPECT_LT(NowMs() - start, 50u * K230_WATCHDOG_MS / 4) << "doorbells were not seen";
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
}

TEST_F(DeviceExchange, SocketsWorkWithTheInterruptOfAUioNode)
{
    node.reset(new UioNode);
    uio = node->master.get();
    Agent agent(Arguments({"--interrupt", node->name, "--poll", "1000"}));
    ASSERT_TRUE(agent.Says("with its interrupt"));
    const uint64_t start = NowMs();
    Exchange(50);
    EXPECT_LT(NowMs() - start, 50u * K230_WATCHDOG_MS / 4) << "interrupts were not heard";
    EXPECT_GT(given, 0u);
    EXPECT_GT(unmasked, given / 2);
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
}

TEST_F(DeviceExchange, ANodeWithoutInterruptsIsReplacedByTheClock)
{
    Agent agent(Arguments({"--interrupt", "/dev/null", "--poll", "1"})); /* reads as the end of a file */
    ASSERT_TRUE(agent.Says("looking every 1 ms instead"));
    Exchange(5);
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
}

TEST_F(DeviceExchange, AnInterruptThatNeverComesIsReplacedByTheClock)
{
    node.reset(new UioNode); /* of another interrupt: it never tells of one */
    Agent agent(Arguments({"--interrupt", node->name}));
    Exchange(20);
    EXPECT_TRUE(agent.Says("doorbells come and the interrupt does not")) << agent.said;
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
}

TEST_F(DeviceExchange, AnAgentThatDiesAndStartsAgainServesTheNextSession)
{
    {
        Agent agent(Arguments());
        Exchange(2);
    } /* killed: nothing is taken back */
    Agent again(Arguments());
    Exchange(2);
    EXPECT_EQ(again.Stop(), 0) << again.said;
}

TEST_F(DeviceExchange, AClientThatLooksLateIsToldThatTheAgentWasStopped)
{
    Agent agent(Arguments());
    int handle;
    Fd peer;
    Connect(&handle, &peer);
    ASSERT_GE(handle, 0);
    char bytes[64];
    int length = -K230_EAGAIN;
    KernelSend(peer, "taken");
    ASSERT_TRUE(Eventually([&] {
        length = k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr);
        return length != -K230_EAGAIN;
    }));
    EXPECT_EQ(length, 5);
    EXPECT_EQ(agent.Stop(), 0) << agent.said;
    ASSERT_TRUE(Eventually([&] {
        length = k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr);
        return length != -K230_EAGAIN;
    }));
    EXPECT_EQ(length, -K230_ECONNRESET);
    EXPECT_STREQ(k230_fault_text(k230_client_fault(client.get())), k230_fault_text(K230_FAULT_STOPPED));
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
}
