/* The K230's board half of the agent on RT-Thread: board.c over a stand-in for the kernel and a model of the mailbox's
 * registers, with the real agent on it and a real client on the other core. Built a second time for a board that is not
 * the default one and has no interrupt (K230_MAILBOX_IRQ 0). */
#include "rtthread_big_core.h"

#include "model_core.h"
#include "rtthread/rtt_machine.h"

#include <future>
#include <sys/mman.h>

extern "C" uint32_t rt_tick_get(void);

#if !K230_MAILBOX_IRQ
#define rtthread_board rtthread_board_without_interrupt /* the cases' names */
#elif K230_REGION_CACHED
#define rtthread_board rtthread_board_with_caches
#endif

#if K230_REGION_CACHED
/* In place of k230_cache.c: what the board asks for lies in the region, by its physical address. */
namespace
{
std::atomic<unsigned> s_cleaned{0}, s_invalidated{0}, s_astray{0};
bool InTheRegion(uint64_t physical, size_t length)
{
    return physical >= K230_REGION_BASE && physical + length <= uint64_t{K230_REGION_BASE} + K230_REGION_LENGTH;
}
} // namespace
void k230_cache_clean(uint64_t physical, size_t length) { ++(InTheRegion(physical, length) ? s_cleaned : s_astray); }
void k230_cache_invalidate(uint64_t physical, size_t length)
{
    ++(InTheRegion(physical, length) ? s_invalidated : s_astray);
}
#endif

namespace
{

constexpr size_t PAGES = K230_REGION_LENGTH;
constexpr bool INTERRUPTS = K230_MAILBOX_IRQ != 0;

class rtthread_board : public testing::Test
{
  protected:
    rtthread_board()
    {
        testing::GTEST_FLAG(death_test_style) = "threadsafe"; /* for those that want a kernel that has just started */
        memset(region, 0, PAGES);
        rtt_machine.maps[0].physical = K230_MAILBOX_BASE;
        rtt_machine.maps[0].gives = const_cast<void *>(model().block());
        rtt_machine.maps[1].physical = K230_REGION_BASE;
        rtt_machine.maps[1].gives = region;
        big.interrupts(true);
        core.start(big.hal());
        plic = std::thread([this] {
            while (!over)
                if (model().wait_asserted(K230_MAILBOX_DEVICE, K230_CORE_SMALL, std::chrono::milliseconds(5)) &&
                    INTERRUPTS && !deaf) {
                    rtt_machine_interrupt(K230_MAILBOX_IRQ);
                    interrupts++;
                    if (storm)
                        Ring();
                }
        });
    }
    ~rtthread_board() override
    {
        core.stop();
        Command("stop");
        big.interrupts(false);
        over = true;
        plic.join();
    }
    void TearDown() override
    {
        for (const MailboxModel::Store &store : model().stores()) {
            EXPECT_EQ(store.device, K230_MAILBOX_DEVICE);
            if (store.which != MailboxModel::EN) {
                EXPECT_EQ(store.value, K230_MAILBOX_LINE);
            }
        }
        for (const std::string &violation : model().violations)
            ADD_FAILURE() << violation;
    }

    /* The board keeps what it has mapped, so there is one block and one region for all tests of a process. */
    static MailboxModel &model()
    {
        static MailboxModel &one = make_model();
        return one;
    }
    static MailboxModel &make_model()
    {
        MailboxModel &one = *new MailboxModel; /* the timer's thread outlives the tests */
        one.before_store = [&one](const MailboxModel::Store &store) {
            if (store.which == MailboxModel::CLEAR && store.to == K230_CORE_SMALL && sticks)
                one.poke(store.device, store.to, MailboxModel::SET, store.value);
        };
        return one;
    }
    static void *make_region()
    {
        return mmap(nullptr, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    inline static void *const region = make_region();

    /* For a process of its own: the first start meets what `spoil` has done and says so, the second one works. */
    template <typename Spoil, typename Mend> void FailsAndThenStarts(Spoil spoil, Mend mend)
    {
        spoil();
        EXPECT_EQ(-K230_ENODEV, Command("start"));
        EXPECT_EQ(-K230_ENODEV, Command("stop")) << "nothing runs";
        EXPECT_EQ(-K230_ENODEV, Command("start")) << "as often as one likes";
        mend();
        EXPECT_EQ(0, Command("start"));
        core.Echo();
        EXPECT_EQ(0, Command("stop"));
        core.stop();
        _exit(HasFailure() ? 1 : 0);
    }

    /* The big core, whatever its own program does. */
    static void Ring() { model().poke(K230_MAILBOX_DEVICE, K230_CORE_SMALL, MailboxModel::SET, K230_MAILBOX_LINE); }
    bool Heard() { return k230_mailbox_heard(&big.k230.mailbox); }
    template <typename Done> static bool Soon(Done done)
    {
        const int64_t end = NowMs() + PATIENCE_MS;
        while (!done() && NowMs() < end)
            std::this_thread::yield();
        return done();
    }

    ModelCore big{model(), K230_CORE_BIG, region, PAGES};
    BigCore core;
    std::atomic<bool> deaf{false};
    inline static std::atomic<bool> sticks{false}; /* no CLEAR takes the small core's line down */
    std::atomic<bool> storm{false};                /* the big core notifies again as soon as a doorbell is taken */
    std::atomic<unsigned> interrupts{0};

  private:
    std::thread plic;
    std::atomic<bool> over{false};
};

#if K230_REGION_CACHED
TEST_F(rtthread_board, MaintainsItsCachesByPhysicalAddress)
{
    ASSERT_EQ(0, Command("start"));
    EXPECT_EQ(RTT_CACHED, rtt_machine.maps[1].kind);
    core.Echo();
    EXPECT_GT(s_cleaned, 0u);
    EXPECT_GT(s_invalidated, 0u);
    EXPECT_EQ(s_astray, 0u) << "the region is mapped at another address than its own";
}
#else
TEST_F(rtthread_board, MapsTheMailboxAsADeviceAndTheRegionUncached)
{
    ASSERT_EQ(0, Command("start"));
    EXPECT_EQ(RTT_DEVICE, rtt_machine.maps[0].kind);
    EXPECT_EQ(K230_MAILBOX_LENGTH, rtt_machine.maps[0].size);
    EXPECT_EQ(RTT_UNCACHED, rtt_machine.maps[1].kind);
    EXPECT_EQ(K230_REGION_LENGTH, rtt_machine.maps[1].size);
    EXPECT_TRUE(rtt_machine.timer_runs) << "an interrupt that nobody has seen yet";
    EXPECT_EQ(INTERRUPTS ? 1u : 0u, rtt_machine.installed);
    EXPECT_EQ(K230_MAILBOX_IRQ, rtt_machine.vector);
    EXPECT_EQ(INTERRUPTS, rtt_machine.unmasked);
    core.Echo();
    if (INTERRUPTS) {
        /* Of some doorbells the clock may be first to see; it stops at the first that the interrupt brings. */
        EXPECT_TRUE(Soon([this] {
            core.Echo();
            return !rtt_machine.timer_runs;
        })) << "the interrupt has come";
    }
}
#endif

TEST_F(rtthread_board, ARingOfTheBigCoreWakesTheAgent)
{
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    const int64_t start = NowMs();
    constexpr int TURNS = 40;
    for (int i = 0; i < TURNS; i++) /* each is several requests, one after another */
        core.Echo();
    EXPECT_LT(NowMs() - start, TURNS * K230_WATCHDOG_MS) << "the agent woke by its watchdog";
}

TEST_F(rtthread_board, StartsStopsAndStartsAgainOnWhatItTookTheFirstTime)
{
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(0, Command("start"));
        EXPECT_TRUE(k230_mailbox_heard(&big.k230.mailbox));
        core.Echo();
        EXPECT_EQ(0, Command("stop"));
        EXPECT_FALSE(k230_mailbox_heard(&big.k230.mailbox)) << "the line is given back";
        EXPECT_FALSE(rtt_machine.timer_runs);
        big.ops().notify(big.hal(), K230_ALL_HINTS); /* nobody minds */
    }
    EXPECT_EQ(1u, rtt_machine.maps[0].times);
    EXPECT_EQ(1u, rtt_machine.maps[1].times);
    EXPECT_LE(rtt_machine.installed, 1u);
}

TEST_F(rtthread_board, ABigCoreThatComesLaterIsServed)
{
    ASSERT_EQ(0, Command("start"));
    const uint32_t *heartbeat = &static_cast<const k230_head *>(region)->small.heartbeat;
    const uint32_t first = __atomic_load_n(heartbeat, __ATOMIC_ACQUIRE);
    for (const int64_t end = NowMs() + PATIENCE_MS; NowMs() < end; std::this_thread::yield())
        if (__atomic_load_n(heartbeat, __ATOMIC_ACQUIRE) - first >= 3) /* it has looked and slept */
            break;
    EXPECT_GE(__atomic_load_n(heartbeat, __ATOMIC_ACQUIRE) - first, 3u);
    core.Echo();
}

TEST_F(rtthread_board, AnAgentThatComesLaterIsFound)
{
    auto late = std::async(std::launch::async, [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return Command("start");
    });
    core.Echo();
    EXPECT_EQ(0, late.get());
}

TEST_F(rtthread_board, AnInterruptThatNeverComesIsReplacedByTheClock)
{
    EXPECT_EXIT(
        {
            deaf = true;
            Command("start");
            const int64_t start = NowMs();
            constexpr int TURNS = 40;
            for (int i = 0; i < TURNS; i++)
                core.Echo();
            EXPECT_LT(NowMs() - start, TURNS * K230_WATCHDOG_MS) << "the agent woke by its watchdog";
            EXPECT_TRUE(rtt_machine.timer_runs);
            Command("stop");
            core.stop();
            _exit(HasFailure() ? 1 : 0);
        },
        testing::ExitedWithCode(0), INTERRUPTS ? "doorbells come and the interrupt does not" : "");
}

TEST_F(rtthread_board, LostInterruptsCostAPauseAndNothingElse)
{
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    deaf = true;
    core.Echo();
}

#if K230_MAILBOX_IRQ
TEST_F(rtthread_board, ABigCoreThatRingsInALoopDoesNotStopTheSmallCore)
{
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    /* However slow the machine is that plays the chip: so many interrupts come within a storm's time. */
    rtt_machine_hold_tick(true);
    const unsigned before = interrupts;
    storm = true;
    Ring();
    EXPECT_TRUE(Soon([this] { return !Heard(); })) << "the interrupt goes on for ever";
    EXPECT_LE(interrupts - before, 2 * K230_MAILBOX_STORM);
    rtt_machine_hold_tick(false);
    core.Echo();
    storm = false;
    EXPECT_TRUE(Soon([this] { return Heard(); })) << "the line is tried again";
    core.Echo();
}

TEST_F(rtthread_board, ALineThatDoesNotGoDownDoesNotStopTheSmallCore)
{
    ASSERT_EQ(0, Command("start"));
    core.Echo();
    sticks = true;
    Ring();
    EXPECT_TRUE(Soon([this] { return !Heard(); })) << "the interrupt goes on for ever";
    core.Echo();
    sticks = false;
    EXPECT_TRUE(Soon([this] { return Heard(); })) << "the line is tried again";
    core.Echo();
}
#endif

TEST_F(rtthread_board, AMailboxThatCannotBeMappedIsToldWithItsAddress)
{
    EXPECT_EXIT(FailsAndThenStarts([] { rtt_machine.maps[0].gives = nullptr; },
                                   [] { rtt_machine.maps[0].gives = const_cast<void *>(model().block()); }),
                testing::ExitedWithCode(0),
                "0x91104000, cannot be mapped.*K230_MAILBOX_BASE(.|\n)*cannot start: ENODEV");
}

TEST_F(rtthread_board, ARegionThatCannotBeMappedIsToldWithItsAddressAndLength)
{
    char where[64];
    snprintf(where, sizeof where, "%u bytes at 0x%08x, cannot be mapped.*K230_REGION_BASE", K230_REGION_LENGTH,
             K230_REGION_BASE);
    EXPECT_EXIT(
        FailsAndThenStarts([] { rtt_machine.maps[1].gives = nullptr; }, [] { rtt_machine.maps[1].gives = region; }),
        testing::ExitedWithCode(0), where);
}

#if K230_MAILBOX_IRQ
TEST_F(rtthread_board, AnInterruptThatCannotBeInstalledIsToldWithItsNumber)
{
    EXPECT_EXIT(FailsAndThenStarts([] { rtt_machine.refuses_interrupts = true; },
                                   [] { rtt_machine.refuses_interrupts = false; }),
                testing::ExitedWithCode(0), "interrupt 109 cannot be installed: K230_MAILBOX_IRQ");
}
#endif

TEST_F(rtthread_board, AMappingOffACacheLineIsRefused)
{
    EXPECT_EXIT(
        {
            rtt_machine.maps[1].gives = static_cast<char *>(region) + 8;
            _exit(Command("start") == -K230_ENODEV ? 0 : 1);
        },
        testing::ExitedWithCode(0), "was mapped off a cache line");
}

TEST_F(rtthread_board, AMailboxThatDoesNotAnswerIsLogged)
{
    EXPECT_EXIT(
        {
            model().dead = true;
            model().dead_value = UINT32_MAX; /* as a bus without a slave reads */
            k230_hal *hal = k230_agent_rtthread_board();
            hal->ops->attach(hal);
            if (INTERRUPTS)
                rtt_machine_interrupt(K230_MAILBOX_IRQ);
            const uint32_t *stuck = &reinterpret_cast<k230_hal_k230 *>(hal)->mailbox.stuck;
            while (__atomic_load_n(stuck, __ATOMIC_RELAXED) == 0)
                std::this_thread::yield(); /* the timer's tick */
            hal->ops->other_alive(hal);
            _exit(0);
        },
        testing::ExitedWithCode(0), "k230: mailbox: the line does not go down");
}

TEST_F(rtthread_board, ARingEndsAWaitAndNoWaitLastsLong)
{
    k230_hal *hal = k230_agent_rtthread_board();
    ASSERT_NE(nullptr, hal);
    ASSERT_EQ(0, hal->ops->attach(hal));
    for (int i = 0; i < 20; i++) {
        const uint32_t seen = hal->ops->doorbell(hal);
        big.ops().notify(big.hal(), K230_ALL_HINTS);
        const int64_t end = NowMs() + PATIENCE_MS;
        while (hal->ops->doorbell(hal) == seen && NowMs() < end)
            hal->ops->wait(hal, seen, K230_ALL_HINTS, 60000);
        EXPECT_NE(seen, hal->ops->doorbell(hal));
    }
    const int64_t start = NowMs();
    hal->ops->wait(hal, hal->ops->doorbell(hal), K230_ALL_HINTS, UINT32_MAX);
    EXPECT_LT(NowMs() - start, PATIENCE_MS) << "a wait of 49 days";
    hal->ops->sleep(hal, 1);
    hal->ops->detach(hal);
}

TEST_F(rtthread_board, TheClockGoesOnWhenTheTicksBeginAnew)
{
    k230_hal *hal = k230_agent_rtthread_board();
    ASSERT_NE(nullptr, hal);
    rtt_machine_tick_is(0xFFFFFFF0u);
    uint64_t before = hal->ops->now_ms(hal);
    for (const int64_t end = NowMs() + PATIENCE_MS; rt_tick_get() > 0x80000000u && NowMs() < end;) {
        const uint64_t now = hal->ops->now_ms(hal);
        ASSERT_GE(now, before);
        before = now;
    }
    ASSERT_LT(rt_tick_get(), 0x80000000u);
    const uint64_t now = hal->ops->now_ms(hal);
    EXPECT_GE(now, 1ull << 32);
    EXPECT_LT(now - before, static_cast<uint64_t>(2 * PATIENCE_MS));
}

TEST_F(rtthread_board, NoTwoIdsAreTheSameAndNoneIsZero)
{
    k230_hal *hal = k230_agent_rtthread_board();
    ASSERT_NE(nullptr, hal);
    std::set<uint32_t> ids;
    for (int i = 0; i < 1000; i++)
        ids.insert(hal->ops->fresh_id(hal));
    EXPECT_EQ(0u, ids.count(0));
    EXPECT_GE(ids.size(), 999u) << "one in four million may meet another by chance";
}

} // namespace
