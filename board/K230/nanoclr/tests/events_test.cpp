// The CLR's events and timers. With ThreadSanitizer (./k230 test --sanitize) these are tests of the locking too. They
// run on two boards: on one that has POSIX threads alone, and (K230_TEST_RTSMART) on RT-Smart's, with the threads as
// the vendor's kernel has them.
#include "nanoCLR_Runtime.h"

#include "../board.h"
#include "../include/global_lock.h"
#include "../parking.h"
#include "../target.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#ifdef K230_TEST_RTSMART
#include "k230_config.h"
#include "kernel_double.h"
#include "threads_double.h"
#endif

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// ---- the board
// -------------------------------------------------------------------------------------------------------

#ifdef K230_TEST_RTSMART
static unsigned Wakes() { return rt_kernel.releases; }

static unsigned Raised() { return RtThreads::Priority() == 24; }

static void StartBoard()
{
    static MailboxModel model;
    static std::unique_ptr<char[]> region(new char[K230_REGION_LENGTH]());

    rt_kernel.Reset();
    rt_kernel.model = &model;
    rt_kernel.region = region.get();
    ASSERT_EQ(k230_link_init(), RT_EOK);
    ASSERT_NE(K230_Board_Hal(), nullptr);
}
#else
static std::atomic<unsigned> s_wakes, s_raised;
static std::atomic<bool> s_isLate; // a wake is left to the test

void K230_Board_Sleep(k230_place place, uint64_t until) { K230_Parking_Sleep(place, until); }

void K230_Board_Wake(k230_place place)
{
    s_wakes++;
    if (!s_isLate) {
        K230_Parking_Wake(place);
    }
}

void K230_Board_Raise(pthread_t) { s_raised++; }

static unsigned Wakes() { return s_wakes; }

static unsigned Raised() { return s_raised; }

static void StartBoard() { K230_Parking_Init(); }
#endif

// Before the CLR starts, as the thread that attends the small core may do it.
class Board : public ::testing::Environment
{
  public:
    void SetUp() override
    {
        StartBoard();
        Events_Set(1);
        EXPECT_EQ(Events_Get(1), 1u);
    }
    void TearDown() override
    {
#ifdef K230_TEST_RTSMART
        EXPECT_EQ(RtThreads::TimedWaits(), 0u) << "they would end at each tick of the clock";
        EXPECT_EQ(RtThreads::FirstLocks(), 0u) << "two threads may be the first that lock a mutex";
        EXPECT_EQ(RtThreads::Lost(), 0u) << "a broadcast wakes one waiter alone";
#endif
    }
};

static const auto *const s_board = ::testing::AddGlobalTestEnvironment(new Board);

static std::atomic<int> s_completions;

// Sets the next deadline from within, as upstream's does.
void HAL_COMPLETION::DequeueAndExec()
{
    if (++s_completions < 3) {
        Time_SetCompare(HAL_Time_CurrentTime() + 10000);
    }
}

uint64_t HAL_Time_CurrentTime()
{
    return static_cast<uint64_t>(Clock::now().time_since_epoch() / std::chrono::nanoseconds(100));
}

namespace
{

const uint32_t SOCKET = 0x4000;

class Events : public ::testing::Test
{
  protected:
    void SetUp() override { Events_Initialize(); }

    void TearDown() override { Events_Uninitialize(); }

    static long long Waited(uint32_t mask, uint32_t timeout, uint32_t expected)
    {
        const Clock::time_point start = Clock::now();

        EXPECT_EQ(Events_WaitForEvents(0, mask, timeout), expected);
        return (Clock::now() - start) / milliseconds(1);
    }

    static bool Is(const bool &flag) { return __atomic_load_n(&flag, __ATOMIC_RELAXED); }
};

} // namespace

TEST_F(Events, AreTakenOnceAndOnlyTheOnesAskedFor)
{
    Events_Set(SOCKET | 1);

    EXPECT_EQ(Events_MaskedRead(SOCKET), SOCKET);
    EXPECT_EQ(Events_Get(SOCKET), SOCKET);
    EXPECT_EQ(Events_Get(SOCKET), 0u);
    EXPECT_EQ(Events_Get(0xFFFFFFFF), 1u);

    Events_Set(SOCKET | 1);
    Events_Clear(1);
    EXPECT_EQ(Events_MaskedRead(0xFFFFFFFF), SOCKET);
}

TEST_F(Events, AreLeftThereByAWait)
{
    Events_Set(SOCKET);

    EXPECT_EQ(Waited(SOCKET | 1, 10000, SOCKET), 0);
    EXPECT_EQ(Events_Get(SOCKET), SOCKET);
}

TEST_F(Events, WakeASleeperWithoutALimitOfTime)
{
    std::atomic<bool> isSet{false};
    std::thread other([&isSet] {
        std::this_thread::sleep_for(milliseconds(30));
        Events_Set(1); // not asked for
        std::this_thread::sleep_for(milliseconds(30));
        isSet = true;
        Events_Set(SOCKET);
    });
    Waited(SOCKET, EVENTS_TIMEOUT_INFINITE, SOCKET);

    EXPECT_TRUE(isSet);
    other.join();
}

TEST_F(Events, AreNotLostBetweenManyThreads)
{
    const int ROUNDS = 2000;
    std::atomic<int> seen[3] = {{0}, {0}, {0}};
    std::thread setters[3];

    for (int i = 0; i < 3; i++) {
        setters[i] = std::thread([&seen, i] {
            for (int round = 0; round < ROUNDS; round++) {
                Events_Set(1u << i);
                while (seen[i] <= round) {
                    std::this_thread::yield();
                }
            }
        });
    }
    while (seen[0] + seen[1] + seen[2] < 3 * ROUNDS) {
        ASSERT_NE(Events_WaitForEvents(0, 7, 20000), 0u) << "an event was lost";
        const uint32_t taken = Events_Get(7);

        for (int i = 0; i < 3; i++) {
            seen[i] += (taken >> i) & 1;
        }
    }
    for (std::thread &setter : setters) {
        setter.join();
    }
}

TEST_F(Events, AWaitEndsAtItsTime)
{
    EXPECT_EQ(Waited(SOCKET, 0, 0), 0);

    // Upstream's host takes ten milliseconds for two. The best of a few tries: the machine may be busy.
    long long best = 1000;
    for (int i = 0; i < 20; i++) {
        best = std::min(best, Waited(SOCKET, 2, 0));
    }
    EXPECT_GE(best, 2);
    EXPECT_LT(best, 8);
}

TEST_F(Events, TheTurnEndsOnceAndWakesTheClr)
{
    bool flag = true;

    Events_SetBoolTimer(&flag, 20);
    EXPECT_FALSE(Is(flag));
    EXPECT_GE(Waited(SYSTEM_EVENT_FLAG_SYSTEM_TIMER, 10000, SYSTEM_EVENT_FLAG_SYSTEM_TIMER), 19);
    EXPECT_TRUE(Is(flag));
}

TEST_F(Events, ATurnThatWasCalledOffWritesNothingAnyMore)
{
    for (int i = 0; i < 300; i++) {
        std::unique_ptr<bool> flag(new bool(false));

        Events_SetBoolTimer(flag.get(), static_cast<uint32_t>(i % 3));
        std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 300));
        Events_SetBoolTimer(nullptr, 0);
        *flag = false; // a sanitizer sees a write that comes later
    }

    bool late = false;

    Events_SetBoolTimer(&late, 5);
    Events_SetBoolTimer(nullptr, 0);
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_FALSE(Is(late));
}

TEST_F(Events, ALaterTurnReplacesAnEarlierOne)
{
    bool first = false;
    bool second = false;

    Events_SetBoolTimer(&first, 5);
    Events_SetBoolTimer(&second, 30);
    EXPECT_EQ(Events_WaitForEvents(0, SYSTEM_EVENT_FLAG_SYSTEM_TIMER, 10000), SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
    EXPECT_FALSE(Is(first));
    EXPECT_TRUE(Is(second));
}

TEST_F(Events, TheThreadOfTheTimersGoesBeforeTheClrs)
{
    EXPECT_EQ(Raised(), 1u);
    ASSERT_TRUE(K230_StartThread([](void *) -> void * { return nullptr; }, "the test's thread"));
#ifndef K230_TEST_RTSMART
    EXPECT_EQ(Raised(), 2u) << "so does every thread of the target's";
#endif
}

TEST_F(Events, AManagedThreadsTurnDoesNotWakeTheTimers)
{
    const int TURNS = 5000;
    const unsigned before = Wakes();
    const Clock::time_point start = Clock::now();
    bool flag = false;

    for (int i = 0; i < TURNS; i++) {
        Events_SetBoolTimer(&flag, 20);
        Events_SetBoolTimer(nullptr, 0);
    }

    // They wake at the time of a turn that was called off, then sleep for the next one.
    const unsigned most = 2 + static_cast<unsigned>((Clock::now() - start) / milliseconds(20));
    EXPECT_LE(Wakes() - before, most);
}

#ifndef K230_TEST_RTSMART
TEST_F(Events, TurnsThatAreOverBeforeTheTimersLookDoNotWakeThemEachTime)
{
    const unsigned before = Wakes();
    const Clock::time_point start = Clock::now();
    bool flag = false;

    for (int i = 0; i < 100; i++) {
        s_isLate = true;
        Events_SetBoolTimer(&flag, 1000);
        Events_SetBoolTimer(nullptr, 0);
        s_isLate = false;
        K230_Parking_Wake(K230_PLACE_TIMERS);
        std::this_thread::sleep_for(milliseconds(2)); // they look
    }

    const unsigned most = 2 + static_cast<unsigned>((Clock::now() - start) / milliseconds(1000));
    EXPECT_LE(Wakes() - before, most);
}
#endif

TEST_F(Events, AnEventForAClrThatIsAwakeWakesNobody)
{
    const unsigned before = Wakes();

    for (int i = 0; i < 100; i++) {
        Events_Set(SOCKET);
    }
    EXPECT_EQ(Wakes(), before);
}

TEST_F(Events, CompletionsRunBesideTheTurnOnTheSameThread)
{
    bool flag = false;

    s_completions = 0;
    Events_SetBoolTimer(&flag, 40);
    Time_SetCompare(HAL_Time_CurrentTime() + 100000); // 10 ms
    while (s_completions < 3) {
        ASSERT_NE(Events_WaitForEvents(0, SYSTEM_EVENT_FLAG_SYSTEM_TIMER, 10000), 0u);
        Events_Get(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
    }
    while (!Is(flag)) {
        ASSERT_NE(Events_WaitForEvents(0, SYSTEM_EVENT_FLAG_SYSTEM_TIMER, 10000), 0u);
        Events_Get(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
    }
    EXPECT_EQ(s_completions, 3);
}

TEST_F(Events, ACompletionThatIsVeryLateSleepsInstead)
{
    s_completions = 0;
    Time_SetCompare(UINT64_MAX);
    EXPECT_GE(Waited(SYSTEM_EVENT_FLAG_SYSTEM_TIMER, 30, 0), 29);
    EXPECT_EQ(s_completions, 0);
}

TEST_F(Events, AReinitialisationForgetsEventsAndTimers)
{
    bool flag = false;

    Events_Set(SOCKET);
    Events_SetBoolTimer(&flag, 5);
    Events_Uninitialize();
    Events_Initialize();
    EXPECT_EQ(Events_MaskedRead(0xFFFFFFFF), 0u);
    std::this_thread::sleep_for(milliseconds(20));
    EXPECT_FALSE(Is(flag));
}

TEST(GlobalLock, IsOneAndRecursive)
{
    int count = 0;
    std::thread threads[3];

    for (std::thread &thread : threads) {
        thread = std::thread([&count] {
            for (int i = 0; i < 10000; i++) {
                GLOBAL_LOCK();
                GLOBAL_LOCK();
                count++;
                GLOBAL_UNLOCK();
                GLOBAL_UNLOCK();
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT_EQ(count, 30000);
}
