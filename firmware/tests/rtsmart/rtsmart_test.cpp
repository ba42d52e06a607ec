/* The kernel driver of /dev/k230link and the hal of a process over it, joined as on RT-Smart: the process's open and
 * ioctl arrive at the driver, the driver's registers are the model's, and its kernel is kernel_double.h. Then the real
 * client over both, with the real agent on the other core.
 */
#include "../mailbox_board.h"

#include "k230_hal_rtsmart.h"
#include "kernel_double.h"
#include "threads_double.h"

#include <fcntl.h>

/* ---- tests ------------------------------------------------------------------------------------------------------- */

namespace
{

class RtSmart : public MailboxBoard
{
  protected:
    RtSmart()
    {
        EXPECT_GE(static_cast<uint64_t>(K230_REGION_LENGTH), length);
        rt_kernel.Reset();
        RtThreads::Reset();
        rt_kernel.model = &model;
        rt_kernel.region = memory;
        EXPECT_EQ(k230_link_init(), RT_EOK);
        k230_hal_rtsmart_init(&rtsmart);
        start_client(&rtsmart.hal);
        plic = std::thread([this] {
            while (!over) {
                const bool asserted =
                    model.wait_asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG, std::chrono::milliseconds(5));
                std::lock_guard<std::recursive_mutex> guard(rt_interrupts);
                if (asserted && rt_kernel.unmasked && !deaf)
                    rt_kernel.handler(rt_kernel.vector, nullptr);
                else if (rt_kernel.timer->runs)
                    rt_kernel.timer->timeout(rt_kernel.timer->parameter);
            }
        });
    }
    ~RtSmart() override
    {
        k230_client_stop(client());
        over = true;
        plic.join();
        if (rt_kernel.open)
            close(RT_LINK_FD);
        EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox)) << "the driver still takes doorbells for nobody";
    }
    void TearDown() override
    {
        EXPECT_EQ(RtThreads::FirstLocks(), 0u) << "two threads may be the first that lock a mutex";
        EXPECT_EQ(RtThreads::Lost(), 0u) << "a broadcast wakes one waiter alone";
        EXPECT_EQ(RtThreads::TimedWaits(), 0u) << "a timed wait is over after a tick";
        RtThreads::ReleaseLost();
        MailboxBoard::TearDown();
    }
    /* Since the last time. */
    static std::string Printed() { return rt_kernel.Printed(); }
    /* A thread comes to wait and finds the doorbell changed already. */
    void Pass()
    {
        ops().wake(&rtsmart.hal, K230_ALL_HINTS);
        ops().wait(&rtsmart.hal, ops().doorbell(&rtsmart.hal) - 1u, K230_ALL_HINTS, 1000);
    }
    /* An interrupt of a line that no CLEAR takes down; afterwards it is as any other. No other thread may store. */
    void Stick()
    {
        std::lock_guard<std::recursive_mutex> guard(rt_interrupts);
        const auto ring = [this] {
            model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::SET, K230_MAILBOX_LINE);
        };
        ring();
        model.before_store = [ring](const MailboxModel::Store &store) {
            if (store.which == MailboxModel::CLEAR)
                ring();
        };
        rt_kernel.handler(rt_kernel.vector, nullptr);
        model.before_store = nullptr;
        model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::CLEAR, K230_MAILBOX_LINE);
        EXPECT_EQ(model.waiting(K230_MAILBOX_DEVICE, K230_CORE_BIG, K230_MAILBOX_LINE), 0u);
    }
    static std::string Command()
    {
        Printed();
        EXPECT_EQ(k230_test_command_function(), RT_EOK);
        return Printed();
    }
    const k230_hal_ops &ops() { return *rtsmart.hal.ops; }
    int request(uint32_t number, void *argument) { return request(&rt_kernel.file, number, argument); }
    static int request(dfs_fd *file, uint32_t number, void *argument)
    {
        return rt_kernel.device->fops->ioctl(file, static_cast<int>(number), argument);
    }
    /* Of another process, or of this one once more. As the fork opens it: fnode->fops are the driver's after the first
     * open (dfs_file_open). */
    static dfs_fd Opened()
    {
        dfs_fd file = {};
        EXPECT_EQ(rt_kernel.device->fops->open(&file), RT_EOK);
        return file;
    }
    int park(uint32_t place, uint32_t ms)
    {
        k230_link_park parked = {place, ms};
        return request(K230_LINK_PARK, &parked);
    }

    k230_head *head() { return static_cast<k230_head *>(memory); }

    k230_hal_rtsmart rtsmart;
    std::thread plic;
    std::atomic<bool> over{false};
    std::atomic<bool> deaf{false}; /* the source's number is wrong */
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Counter, RtSmart, ::testing::Values(Overrun::Wraps), [](const auto &) { return "Wraps"; });

TEST_P(RtSmart, TheDriverRegistersItsNodeAndItsInterrupt)
{
    EXPECT_EQ(rt_kernel.name, "k230link");
    EXPECT_EQ(rt_kernel.vector, 110);
    EXPECT_TRUE(rt_kernel.unmasked);
    EXPECT_TRUE(model.stores().empty()) << "nobody has opened it: nothing is enabled";
}

TEST_P(RtSmart, AttachMapsTheRegionUncachedAndOnce)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(rtsmart.hal.region, memory);
    EXPECT_EQ(rtsmart.hal.length, K230_REGION_LENGTH);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(rt_kernel.mapped), K230_REGION_BASE);
    EXPECT_EQ(rt_kernel.mapped_cached, 0);
    ops().detach(&rtsmart.hal);
    EXPECT_EQ(rtsmart.hal.region, nullptr);
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(rtsmart.hal.region, memory);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheRegionIsOneProcesssOnly)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    dfs_fd second = Opened();
    k230_link_map map = {};
    EXPECT_EQ(request(&second, K230_LINK_MAP, &map), -EBUSY);
    EXPECT_EQ(map.address, 0u);
    EXPECT_EQ(request(K230_LINK_MAP, &map), -EBUSY) << "once for a descriptor";
    rt_kernel.device->fops->close(&second);
    EXPECT_TRUE(k230_mailbox_heard(&small->k230.mailbox)) << "the first still hears";
    EXPECT_EQ(rt_kernel.unmapped, 0u);
}

TEST_P(RtSmart, AMappingEndsWithItsDescriptor)
{
    dfs_fd first = Opened();
    k230_link_map map = {};
    ASSERT_EQ(request(&first, K230_LINK_MAP, &map), RT_EOK);
    EXPECT_EQ(map.address, reinterpret_cast<uintptr_t>(memory));
    EXPECT_EQ(map.length, K230_REGION_LENGTH);
    rt_kernel.device->fops->close(&first);
    EXPECT_EQ(rt_kernel.unmapped, 1u) << "two processes would be the big core";
    dfs_fd second = Opened();
    EXPECT_EQ(request(&second, K230_LINK_MAP, &map), RT_EOK);
    rt_kernel.device->fops->close(&second);
    EXPECT_EQ(rt_kernel.unmapped, 2u);
}

TEST_P(RtSmart, AMappingThatCannotBeHandedOnLeavesTheRegionFree)
{
    dfs_fd first = Opened();
    k230_link_map map = {};
    rt_kernel.bad_user_memory = true;
    EXPECT_EQ(request(&first, K230_LINK_MAP, &map), -EFAULT);
    EXPECT_EQ(rt_kernel.unmapped, 1u);
    rt_kernel.bad_user_memory = false;
    rt_kernel.region = nullptr;
    EXPECT_EQ(request(&first, K230_LINK_MAP, &map), -ENOMEM);
    rt_kernel.region = memory;
    EXPECT_EQ(request(&first, K230_LINK_MAP, &map), RT_EOK);
    rt_kernel.device->fops->close(&first);
}

TEST_P(RtSmart, AnIoctlThatLooksLikeMmapWritesNowhere)
{
    dfs_mmap2_args forged = {nullptr, 4096, 0, 0, 0, nullptr};
    dfs_fd stranger = Opened();
    EXPECT_LT(request(&stranger, RT_FIOMMAP2, &forged), 0);
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(request(RT_FIOMMAP2, &forged), -ENOSYS);
    EXPECT_EQ(forged.ret, nullptr);
    rt_kernel.device->fops->close(&stranger);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, AStrangerHasNothingOfTheBigCores)
{
    dfs_fd stranger = Opened();
    k230_link_info info = {};
    EXPECT_EQ(request(&stranger, K230_LINK_INFO, &info), RT_EOK);
    for (const bool with_big_core : {false, true}) {
        if (with_big_core) {
            ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
        }
        k230_link_wait wait = {0, K230_ALL_HINTS, 1000};
        k230_link_park park = {0, 1000};
        EXPECT_EQ(request(&stranger, K230_LINK_NOTIFY, nullptr), -EPERM);
        EXPECT_EQ(request(&stranger, K230_LINK_DOORBELL, nullptr), -EPERM);
        EXPECT_EQ(request(&stranger, K230_LINK_WAIT, &wait), -EPERM);
        EXPECT_EQ(request(&stranger, K230_LINK_WAKE, nullptr), -EPERM);
        EXPECT_EQ(request(&stranger, K230_LINK_PARK, &park), -EPERM);
        EXPECT_EQ(request(&stranger, K230_LINK_UNPARK, nullptr), -EPERM);
        rt_pollreq poll = {};
        const int ready = rt_kernel.device->fops->poll(&stranger, &poll);
        EXPECT_NE(ready, 0);
        EXPECT_EQ(ready & POLLIN, 0);
        EXPECT_EQ(poll.added, 0u) << "a ring wakes one poller";
    }
    rt_kernel.device->fops->close(&stranger);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, StrangersThatWaitLeaveTheBigCoreAPlaceToSleep)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    dfs_fd stranger = Opened();
    std::vector<std::thread> strangers;
    const uint32_t seen = ops().doorbell(&rtsmart.hal);
    for (unsigned i = 0; i < K230_SLEEPERS; i++)
        strangers.emplace_back([&stranger, seen] {
            k230_link_wait wait = {seen, K230_ALL_HINTS, 1000};
            request(&stranger, K230_LINK_WAIT, &wait);
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); /* they would sleep by now */
    const unsigned before = rt_kernel.sleeps;
    for (unsigned i = 0; i < 5; i++)
        ops().wait(&rtsmart.hal, ops().doorbell(&rtsmart.hal), K230_ALL_HINTS, 20);
    EXPECT_EQ(rt_kernel.sleeps, before) << "a thread without a place looks again each millisecond";
    for (std::thread &one : strangers)
        one.join();
    rt_kernel.device->fops->close(&stranger);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, AThreadSleepsAtItsPlaceUntilItIsCalled)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(request(K230_LINK_UNPARK, reinterpret_cast<void *>(1)), RT_EOK);
    EXPECT_EQ(request(K230_LINK_UNPARK, reinterpret_cast<void *>(1)), RT_EOK);
    const uint64_t start = NowMs();
    EXPECT_EQ(park(1, 1000), RT_EOK);
    EXPECT_LT(NowMs() - start, 900u) << "it had been called before";
    EXPECT_EQ(park(1, 30), RT_EOK);
    EXPECT_GE(NowMs() - start, 29u) << "two calls are one";
    auto caller = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ops().wake(&rtsmart.hal, K230_ALL_HINTS); /* the doorbell is another matter */
        request(K230_LINK_UNPARK, reinterpret_cast<void *>(2));
    });
    const uint64_t second = NowMs();
    EXPECT_EQ(park(2, 1000), RT_EOK);
    EXPECT_LT(NowMs() - second, 900u);
    EXPECT_GE(NowMs() - second, 19u);
    caller.get();
    const uint64_t third = NowMs();
    EXPECT_EQ(park(0, UINT32_MAX), RT_EOK);
    EXPECT_LT(NowMs() - third, static_cast<uint64_t>(PROMPT_MS)) << "a second at most";
    EXPECT_EQ(park(K230_LINK_PLACES, 1), -EINVAL);
    EXPECT_EQ(request(K230_LINK_UNPARK, reinterpret_cast<void *>(uintptr_t(K230_LINK_PLACES))), -EINVAL);
    rt_kernel.bad_user_memory = true;
    EXPECT_EQ(park(0, 1), -EFAULT);
    rt_kernel.bad_user_memory = false;
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, WithoutTheDriverAttachFailsAndTheRestDoesNoHarm)
{
    rt_kernel.device = nullptr;
    EXPECT_EQ(ops().attach(&rtsmart.hal), -K230_ENODEV);
    ops().notify(&rtsmart.hal, 1);
    ops().wake(&rtsmart.hal, 1);
    ops().wait(&rtsmart.hal, ops().doorbell(&rtsmart.hal), 1, 5);
    EXPECT_NE(ops().fresh_id(&rtsmart.hal), ops().fresh_id(&rtsmart.hal));
}

TEST_P(RtSmart, ARingOfTheSmallCoreEndsAWait)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().doorbell(&rtsmart.hal);
    auto ringer = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        small->ops().notify(small->hal(), K230_ALL_HINTS);
    });
    const uint64_t start = NowMs();
    ops().wait(&rtsmart.hal, seen, K230_ALL_HINTS, 1000);
    EXPECT_LT(NowMs() - start, 900u);
    EXPECT_NE(ops().doorbell(&rtsmart.hal), seen);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, AWaitThatIsLateReturnsAtOnceAndNoWaitLastsMoreThanASecond)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().doorbell(&rtsmart.hal);
    ops().wake(&rtsmart.hal, K230_ALL_HINTS);
    const uint64_t start = NowMs();
    ops().wait(&rtsmart.hal, seen, K230_ALL_HINTS, 1000);
    EXPECT_LT(NowMs() - start, 500u);
    ops().wait(&rtsmart.hal, ops().doorbell(&rtsmart.hal), K230_ALL_HINTS, UINT32_MAX);
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, PollShowsARingUntilTheDoorbellIsAskedFor)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    rt_pollreq request = {};
    EXPECT_EQ(rt_kernel.device->fops->poll(&rt_kernel.file, &request), 0);
    EXPECT_EQ(request.added, 1u);
    small->ops().notify(small->hal(), K230_ALL_HINTS);
    ASSERT_TRUE(Eventually([&] { return rt_kernel.device->fops->poll(&rt_kernel.file, &request) == POLLIN; }));
    EXPECT_TRUE(
        Eventually([&] { return __atomic_load_n(&rt_kernel.device->wait_queue.wakeups, __ATOMIC_SEQ_CST) == 1; }));
    ops().doorbell(&rtsmart.hal);
    EXPECT_EQ(rt_kernel.device->fops->poll(&rt_kernel.file, &request), 0);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheDriverRefusesWhatItDoesNotKnow)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(request(0x4B324CFF, nullptr), -ENOSYS);
    rt_kernel.bad_user_memory = true;
    EXPECT_EQ(request(K230_LINK_WAIT, nullptr), -EFAULT);
    EXPECT_EQ(request(K230_LINK_INFO, nullptr), -EFAULT);
    rt_kernel.bad_user_memory = false;
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheLineIsTakenBackWhenTheProcessEnds)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_TRUE(k230_mailbox_heard(&small->k230.mailbox));
    ops().detach(&rtsmart.hal);
    close(RT_LINK_FD);
    EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox));
    small->ops().notify(small->hal(), K230_ALL_HINTS);
    EXPECT_FALSE(model.asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG));
    EXPECT_EQ(rt_kernel.device->fops->close(&rt_kernel.file), RT_EOK) << "once more does no harm";
}

TEST_P(RtSmart, AnOverRunIsPrintedOnceByTheNextWhoWaits)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    {
        std::lock_guard<std::recursive_mutex> guard(rt_interrupts); /* nobody takes them meanwhile */
        for (unsigned i = 0; i < 5; i++)
            model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::SET, K230_MAILBOX_LINE);
    }
    k230_link_info info = {};
    ASSERT_TRUE(Eventually([&] { return k230_hal_rtsmart_info(&rtsmart, &info) && info.overruns == 1; }));
    EXPECT_EQ(Printed(), "") << "not by the interrupt";
    Pass();
    EXPECT_EQ(Printed(), "k230link: mailbox: doorbells over-ran the line's counter\n");
    Pass();
    EXPECT_EQ(Printed(), "");
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, ALineThatDoesNotGoDownIsPrintedAndLeavesTheCoreToItsThreads)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().doorbell(&rtsmart.hal);
    Stick();
    EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox)) << "it would interrupt for ever";
    EXPECT_EQ(ops().doorbell(&rtsmart.hal), seen) << "whoever waits would not rest any more";
    EXPECT_EQ(Printed(), "") << "not by the interrupt";
    Pass();
    EXPECT_TRUE(k230_mailbox_heard(&small->k230.mailbox)) << "it is tried again";
    EXPECT_EQ(Printed(), "k230link: mailbox: the line does not go down; wrong address or device?\n");
    unsigned lines = 1;
    for (unsigned stuck = 2; stuck <= 64; stuck++) {
        Stick();
        Pass();
        lines += Printed().find("does not go down") != std::string::npos;
    }
    EXPECT_EQ(lines, 7u) << "the 1st, 2nd, 4th ... 64th";
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheCommandOfMshSaysHowTheLinkIs)
{
    EXPECT_STREQ(k230_test_command, "k230_link");
    std::string said = Command();
    EXPECT_NE(said.find("mailbox    device 1, line 0 at 0x91104000, interrupt 110 has not come yet: the clock looks\n"),
              std::string::npos)
        << said;
    EXPECT_NE(said.find("memory     4096 KiB at 0x1f800000, no process has it"), std::string::npos) << said;
    EXPECT_NE(said.find("small core does not take our doorbells"), std::string::npos) << said;
    EXPECT_NE(said.find("received   0 doorbells; 0 over-runs\n"), std::string::npos) << said;
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    Stick();
    EXPECT_NE(Command().find("; 1 times the line did not go down; 0 times without end\n"), std::string::npos);
    start_agent();
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    said = Command();
    EXPECT_NE(said.find("interrupt 110 comes\n"), std::string::npos) << said;
    EXPECT_NE(said.find(" a process has it\n"), std::string::npos) << said;
    EXPECT_NE(said.find("small core takes our doorbells\n"), std::string::npos) << said;
    EXPECT_EQ(said.find("sent       0 doorbells"), std::string::npos) << said;
    EXPECT_EQ(said.find("received   0 doorbells"), std::string::npos) << said;
    EXPECT_EQ(k230_sock_close(client(), handle, false), 0);
}

TEST_P(RtSmart, OneThreadAtATimeHasTheLock)
{
    uint32_t word = 0;
    unsigned inside = 0, most = 0, turns = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; i++)
        threads.emplace_back([&] {
            for (unsigned k = 0; k < 3000; k++) {
                ops().lock(&rtsmart.hal, &word);
                inside++;
                most = std::max(most, inside);
                turns++;
                inside--;
                ops().unlock(&rtsmart.hal, &word);
            }
        });
    for (std::thread &thread_of : threads)
        thread_of.join();
    EXPECT_EQ(most, 1u);
    EXPECT_EQ(turns, 12000u);
    EXPECT_EQ(word, 0u);
}

TEST_P(RtSmart, AnUnlockCallsAThreadThatWaitsForThatLock)
{
    uint32_t one = 0, other = 0;
    std::atomic<bool> has_one{false}, has_other{false};
    ops().lock(&rtsmart.hal, &one);
    ops().lock(&rtsmart.hal, &other);
    const auto take = [this](uint32_t &word, std::atomic<bool> &has) {
        return std::thread([this, &word, &has] {
            ops().lock(&rtsmart.hal, &word);
            has = true;
            ops().unlock(&rtsmart.hal, &word);
        });
    };
    const auto waits = [](uint32_t &word) {
        return Eventually([&] { return __atomic_load_n(&word, __ATOMIC_SEQ_CST) == 2u; });
    };
    std::thread first = take(one, has_one);
    EXPECT_TRUE(waits(one));
    std::this_thread::sleep_for(std::chrono::milliseconds(30)); /* it sleeps: the longest of all */
    std::thread second = take(other, has_other);
    EXPECT_TRUE(waits(other));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    ops().unlock(&rtsmart.hal, &other);
    EXPECT_TRUE(Eventually([&] { return has_other.load(); })) << "the thread that waits for another lock was woken";
    EXPECT_FALSE(has_one);
    ops().unlock(&rtsmart.hal, &one);
    EXPECT_TRUE(Eventually([&] { return has_one.load(); }));
    RtThreads::ReleaseLost();
    first.join();
    second.join();
    EXPECT_EQ(one + other, 0u);
}

TEST_P(RtSmart, MoreThreadsMayWaitForALockThanHavePlaces)
{
    uint32_t word = 0;
    unsigned turns = 0;
    ops().lock(&rtsmart.hal, &word);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < K230_HAL_RTSMART_WAITERS + 4u; i++)
        threads.emplace_back([&] {
            ops().lock(&rtsmart.hal, &word);
            turns++;
            ops().unlock(&rtsmart.hal, &word);
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ops().unlock(&rtsmart.hal, &word);
    for (std::thread &one : threads)
        one.join();
    EXPECT_EQ(turns, K230_HAL_RTSMART_WAITERS + 4u);
    EXPECT_EQ(word, 0u);
}

TEST_P(RtSmart, AProcessThatDiesSaysGoodbye)
{
    start_agent();
    const Fd listener = KernelListener();
    connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    close(RT_LINK_FD); /* as the kernel does: the process says nothing */
    int error = 0;
    EXPECT_EQ(KernelRecvAll(peer, &error), "") << "its socket is closed, and no other process had to come for that";
    EXPECT_TRUE(Eventually([&] { return k230_shared_load(small->hal(), &head()->small.accepted) == 0; }));
    k230_hal_rtsmart next;
    k230_hal_rtsmart_init(&next);
    EXPECT_EQ(k230_hal_rtsmart_open(&next), nullptr);
    EXPECT_EQ(head()->big.session, 0u);
}

TEST_P(RtSmart, AProcessTalksToTheAgentThroughTheDriver)
{
    start_agent();
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    const uint64_t start = NowMs();
    for (unsigned i = 0; i < 100; i++) {
        const std::string text = Pattern(1 + 37 * i, i);
        send(handle, text);
        ASSERT_EQ(KernelRecv(peer, text.size()), text);
        KernelSend(peer, text);
        ASSERT_EQ(receive(handle, text.size()), text);
    }
    EXPECT_LT(NowMs() - start, 100u * K230_WATCHDOG_MS / 4) << "doorbells were lost";
    k230_link_info info = {};
    ASSERT_TRUE(k230_hal_rtsmart_info(&rtsmart, &info));
    EXPECT_EQ(info.heard, 1u);
    EXPECT_GT(info.received, 0u);
    EXPECT_EQ(info.overruns, 0u);
    EXPECT_EQ(k230_sock_close(client(), handle, false), 0);
}

TEST_P(RtSmart, AnInterruptThatNeverComesIsReplacedByTheClockAndPrinted)
{
    deaf = true;
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(small->ops().attach(small->hal()), 0);
    const auto ring = [this] {
        const uint32_t seen = ops().doorbell(&rtsmart.hal);
        small->ops().notify(small->hal(), K230_ALL_HINTS);
        const auto end = NowMs() + PATIENCE_MS;
        while (ops().doorbell(&rtsmart.hal) == seen && NowMs() < end)
            ops().wait(&rtsmart.hal, seen, K230_ALL_HINTS, 1000);
        EXPECT_NE(ops().doorbell(&rtsmart.hal), seen);
    };
    for (unsigned i = 0; i <= K230_MAILBOX_DOUBTS; i++)
        ring();
    Pass();
    EXPECT_EQ(Printed(), "k230link: mailbox: doorbells come and the interrupt does not, so the clock looks; another "
                         "K230_MAILBOX_IRQ?\n");
    EXPECT_NE(Command().find("interrupt 110 has not come yet: the clock looks\n"), std::string::npos);
    deaf = false;
    ring();
    EXPECT_NE(Command().find("interrupt 110 comes\n"), std::string::npos);
    EXPECT_TRUE(Eventually([] {
        std::lock_guard<std::recursive_mutex> guard(rt_interrupts);
        return !rt_kernel.timer->runs;
    })) << "the interrupt has come";
}

TEST_P(RtSmart, AProcessNoticesAnAgentThatStopsWithoutAWord)
{
    start_agent();
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    halt_agent();
    EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_IN, 0, k230_deadline(client(), PATIENCE_MS)), 0);
    EXPECT_EQ(k230_sock_send(client(), handle, "x", 1, 1), -K230_ECONNRESET);
    EXPECT_EQ(k230_client_fault(client()), static_cast<uint32_t>(K230_FAULT_SILENT));
    k230_sock_close(client(), handle, true);
}
