/* The agent's thread on RT-Thread: start, serving a big core, stat, stop, start again. The doorbell's interrupt is a
 * thread. */
#include "k230_agent_rtthread.h"
#include "k230_hal_posix.h"
#include "k230_sock.h"
#include "stack_under_test.h"

#include <memory>
#include <sys/mman.h>

extern "C" int k230_agent_rtthread_command(int argc, char **argv);

static k230_hal_posix s_small;
static bool s_has_board;
static void *s_memory;
constexpr uint64_t LENGTH = 8u << 20;

static int Use(k230_hal_posix *posix)
{
    k230_hal_posix_use(posix, s_memory, LENGTH);
    if (posix == &s_small)
        k230_agent_rtthread_ring(); /* as k230_hal_k230's attach does by way of its board's `rung` */
    return 0;
}

extern "C" k230_hal *k230_agent_rtthread_board(void) { return s_has_board ? &s_small.hal : nullptr; }

static int Command(const char *what)
{
    std::string name = "k230_agent", argument = what;
    char *argv[] = {&name[0], &argument[0], nullptr};
    return k230_agent_rtthread_command(*what ? 2 : 1, argv);
}

class rtthread_agent : public testing::Test
{
  protected:
    void SetUp() override
    {
        s_memory = mmap(nullptr, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(MAP_FAILED, s_memory);
        const auto nothing = [](k230_hal_posix *) {};
        k230_hal_posix_init(&s_small, K230_HAL_SMALL, "agent", Use, nothing);
        k230_hal_posix_init(&big, K230_HAL_BIG, "client", Use, nothing);
        big.bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        client = std::make_unique<k230_client>();
        memset(static_cast<void *>(client.get()), 0, sizeof *client);
        k230_client_init(client.get(), &big.hal);
        s_has_board = true;
        mailbox = std::thread([this] {
            while (!over) {
                pollfd rung = {big.bell_fd, POLLIN, 0};
                uint64_t rings;
                if (poll(&rung, 1, 5) == 1 && read(big.bell_fd, &rings, sizeof rings) > 0)
                    k230_agent_rtthread_ring();
            }
        });
    }
    void TearDown() override
    {
        k230_client_stop(client.get());
        Command("stop");
        over = true;
        mailbox.join();
        close(big.bell_fd);
        munmap(s_memory, LENGTH);
    }

    /* Asks again until it is answered. */
    template <typename Call> int Ask(Call call)
    {
        int status = call();
        for (const int64_t end = NowMs() + PATIENCE_MS; NowMs() < end; status = call()) {
            if (status != -K230_PENDING && status != -K230_EAGAIN && status != -K230_EINPROGRESS)
                break;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return status;
    }
    int Open()
    {
        const int handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
        if (handle < 0)
            return handle;
        const int status = Ask([&] { return k230_sock_opened(client.get(), handle); });
        return status < 0 ? status : handle;
    }
    void Echo()
    {
        const Fd listener = KernelListener("127.0.0.1");
        const int handle = Open();
        ASSERT_GE(handle, 0) << k230_error_name(handle);
        const k230_addr addr = Address("127.0.0.1", KernelPort(listener));
        uint32_t call = 0;
        int status = k230_sock_connect(client.get(), handle, &addr, &call);
        if (status == -K230_EINPROGRESS)
            status = Ask([&] { return k230_sock_connected(client.get(), handle); });
        ASSERT_EQ(0, status) << k230_error_name(status);
        Fd peer = KernelAccept(listener);
        KernelSend(peer, "hello");
        char bytes[16] = "";
        EXPECT_EQ(5, Ask([&] { return k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr); }));
        EXPECT_STREQ("hello", bytes);
        EXPECT_EQ(0, Command("stat"));
        EXPECT_EQ(0, k230_sock_close(client.get(), handle, false));
        EXPECT_EQ("", KernelRecv(peer));
    }

    k230_hal_posix big;
    std::unique_ptr<k230_client> client;
    std::thread mailbox;
    std::atomic<bool> over{false};
};

TEST_F(rtthread_agent, ServesABigCoreFromStartToStopAndAgain)
{
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(0, Command("start"));
        EXPECT_EQ(-K230_EBUSY, Command("start")) << "one at a time";
        Echo();
        EXPECT_EQ(0, Command("stop"));
        EXPECT_EQ(-K230_ENODEV, Command("stop")) << "it has ended";
        EXPECT_EQ(0, Command("stat"));
    }
}

TEST_F(rtthread_agent, StopEndsTheConnectionsInGoodOrderAndTheNextStartServesTheSameClient)
{
    ASSERT_EQ(0, Command("start"));
    const Fd listener = KernelListener("127.0.0.1");
    const int handle = Open();
    ASSERT_GE(handle, 0);
    const k230_addr addr = Address("127.0.0.1", KernelPort(listener));
    uint32_t call = 0;
    k230_sock_connect(client.get(), handle, &addr, &call);
    ASSERT_EQ(0, Ask([&] { return k230_sock_connected(client.get(), handle); }));
    Fd peer = KernelAccept(listener);
    const std::string bytes(200, 'x');
    size_t sent = 0;
    for (int got; (got = k230_sock_send(client.get(), handle, bytes.data(), 200, 1)) > 0;)
        sent += static_cast<size_t>(got);
    std::thread stop([] { EXPECT_EQ(0, Command("stop")); });
    size_t arrived = 0;
    for (std::string piece; !(piece = KernelRecv(peer)).empty() && piece[0] == 'x';)
        arrived += piece.size();
    stop.join();
    EXPECT_EQ(sent, arrived) << "what was sent still goes out";
    EXPECT_EQ("", KernelRecv(peer));
    ASSERT_EQ(0, Command("start"));
    char byte;
    EXPECT_EQ(-K230_ECONNRESET, Ask([&] { return k230_sock_recv(client.get(), handle, &byte, 1, 0, nullptr); }));
    Echo();
}

TEST_F(rtthread_agent, WithoutABoardItSaysSoAndStartsLater)
{
    s_has_board = false;
    EXPECT_EQ(-K230_ENODEV, Command("start"));
    s_has_board = true;
    ASSERT_EQ(0, Command("start"));
    Echo();
}

TEST_F(rtthread_agent, AnUnknownCommandIsRefused)
{
    EXPECT_EQ(-1, Command("restart"));
    EXPECT_EQ(-1, Command(""));
}

TEST_F(rtthread_agent, TwoWhoStopItBothReturn)
{
    ASSERT_EQ(0, Command("start"));
    std::atomic<int> returned{0};
    for (int i = 0; i < 2; i++)
        std::thread([&returned] {
            Command("stop");
            returned++;
        }).detach();
    for (int i = 0; i < 100 && returned < 2; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(2, returned) << "one waits for ever";
    if (returned < 2)
        _exit(9); /* it holds a pointer into this frame */
    while (Command("start") == -K230_EBUSY)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
