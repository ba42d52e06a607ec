/* The agent's thread on RT-Thread: start, serving a big core, stat, stop, start again. The doorbell's interrupt is a
 * thread. */
#include "rtthread_big_core.h"

#include "k230_hal_posix.h"

#include <mutex>
#include <sys/mman.h>

static k230_hal_posix s_small;
static bool s_has_board;
static void *s_memory;
constexpr uint64_t LENGTH = 8u << 20;

static int Use(k230_hal_posix *posix)
{
    k230_hal_posix_use(posix, s_memory, LENGTH);
    if (posix == &s_small)
        k230_agent_rtthread_doorbell(); /* as k230_hal_k230's attach does by way of its board's `on_doorbell` */
    return 0;
}

/* The agent's thread waits for its clock as long as a test holds this. */
static std::mutex s_clock;
static uint64_t (*s_now_ms)(k230_hal *);
static uint64_t HeldNow(k230_hal *hal)
{
    const std::lock_guard<std::mutex> until_it_is_let_go(s_clock);
    return s_now_ms(hal);
}

extern "C" k230_hal *k230_agent_rtthread_board(void) { return s_has_board ? &s_small.hal : nullptr; }

class rtthread_agent : public testing::Test
{
  protected:
    void SetUp() override
    {
        s_memory = mmap(nullptr, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(MAP_FAILED, s_memory);
        const auto nothing = [](k230_hal_posix *) {};
        k230_hal_posix_init(&s_small, K230_HAL_SMALL, "agent", Use, nothing);
        s_now_ms = s_small.table.now_ms;
        s_small.table.now_ms = HeldNow;
        k230_hal_posix_init(&big, K230_HAL_BIG, "client", Use, nothing);
        big.doorbell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        core.start(&big.hal);
        s_has_board = true;
        mailbox = std::thread([this] {
            while (!over) {
                pollfd rung = {big.doorbell_fd, POLLIN, 0};
                uint64_t rings;
                if (poll(&rung, 1, 5) == 1 && read(big.doorbell_fd, &rings, sizeof rings) > 0)
                    k230_agent_rtthread_doorbell();
            }
        });
    }
    void TearDown() override
    {
        core.stop();
        Command("stop");
        over = true;
        mailbox.join();
        close(big.doorbell_fd);
        munmap(s_memory, LENGTH);
    }

    k230_hal_posix big;
    BigCore core;
    std::thread mailbox;
    std::atomic<bool> over{false};
};

TEST_F(rtthread_agent, ServesABigCoreFromStartToStopAndAgain)
{
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(0, Command("start"));
        EXPECT_EQ(-K230_EBUSY, Command("start")) << "one at a time";
        core.Echo();
        EXPECT_EQ(0, Command("stop"));
        EXPECT_EQ(-K230_ENODEV, Command("stop")) << "it has ended";
        EXPECT_EQ(0, Command("stat"));
    }
}

TEST_F(rtthread_agent, StopEndsTheConnectionsInGoodOrderAndTheNextStartServesTheSameClient)
{
    ASSERT_EQ(0, Command("start"));
    const Fd listener = KernelListener("127.0.0.1");
    const int handle = core.Connected(listener);
    ASSERT_GE(handle, 0) << k230_error_name(handle);
    Fd peer = KernelAccept(listener);
    const std::string bytes(200, 'x');
    size_t sent = 0;
    for (int got; (got = k230_sock_send(core.client(), handle, bytes.data(), 200, 1)) > 0;)
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
    EXPECT_EQ(-K230_ECONNRESET, core.Ask([&] { return k230_sock_recv(core.client(), handle, &byte, 1, 0, nullptr); }));
    core.Echo();
}

TEST_F(rtthread_agent, WithoutABoardItSaysSoAndStartsLater)
{
    s_has_board = false;
    EXPECT_EQ(-K230_ENODEV, Command("start"));
    s_has_board = true;
    ASSERT_EQ(0, Command("start"));
    core.Echo();
}

TEST_F(rtthread_agent, StatSaysBeforeTheFirstStartThatNoThreadWasStarted)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe"; /* a process of its own, in which nothing has started yet */
    const auto stat = [] {
        Command("stat");
        _exit(0);
    };
    EXPECT_EXIT(stat(), testing::ExitedWithCode(0),
                "stacks +agent not started, look-ups not started\nagent +stopped\n");
}

TEST_F(rtthread_agent, StatTellsOfTheStacksWhileItRunsAndAfterwards)
{
    const auto tells_them = [] {
        testing::internal::CaptureStderr();
        Command("stat");
        const std::string said = testing::internal::GetCapturedStderr();
        const size_t at = said.find("stacks ");
        unsigned agent = 0, look_ups = 0;
        return at != std::string::npos &&
               sscanf(said.c_str() + at, "stacks agent %u of 8192 bytes used at most, look-ups %u of 3072", &agent,
                      &look_ups) == 2 &&
               agent > 0 && agent <= 8192 && look_ups <= 3072;
    };
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    EXPECT_TRUE(tells_them());
    EXPECT_EQ(0, Command("stop"));
    EXPECT_TRUE(tells_them());
}

TEST_F(rtthread_agent, WhatTheRegionMustHoldIsKnownWhenItIsCompiled)
{
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    const auto *head = static_cast<const k230_head *>(s_small.hal.region);
    k230_layout layout = {};
    ASSERT_TRUE(k230_layout_of(&head->small.limits, LENGTH, &layout));
    EXPECT_EQ(layout.end, K230_AGENT_REGION_BYTES);
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

TEST_F(rtthread_agent, StatShowsTheStateOfNowAlsoAfterOneThatWasNotAnswered)
{
    const auto said = [] {
        testing::internal::CaptureStderr();
        Command("stat");
        return testing::internal::GetCapturedStderr();
    };
    ASSERT_EQ(0, Command("start"));
    const Fd listener = KernelListener("127.0.0.1");
    std::unique_lock<std::mutex> held(s_clock);
    /* It may have been past its clock, and then answers once more. */
    const int64_t deadline = NowMs() + PATIENCE_MS;
    while (said().find("does not answer, or is just ending") == std::string::npos)
        ASSERT_LT(NowMs(), deadline);
    held.unlock();
    for (size_t connected = 1; connected <= 3; connected++) {
        const int handle = core.Connected(listener);
        ASSERT_GE(handle, 0) << k230_error_name(handle);
        const std::string now = said();
        size_t shown = 0;
        for (size_t at = 0; (at = now.find("tcp connected", at)) != std::string::npos; at++)
            shown++;
        EXPECT_EQ(connected, shown) << now;
    }
}
