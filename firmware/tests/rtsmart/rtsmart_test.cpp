/* The kernel driver of /dev/k230link and the hal of a process over it, joined as on RT-Smart: the process's open, ioctl
 * and mmap arrive at the driver (the linker's --wrap), the driver's registers are the model's, and its kernel is a
 * double. Then the real client over both, with the real agent on the other core. */
#include "../mailbox_board.h"

#include "k230_hal_rtsmart.h"
#include "rt_double.h"

#include <cstdarg>
#include <fcntl.h>

namespace
{

struct Kernel {
    MailboxModel *model = nullptr;
    void *region = nullptr;
    rt_device_t device = nullptr;
    rt_isr_handler_t handler = nullptr;
    int vector = 0;
    bool unmasked = false;
    std::string name;
    dfs_fd file = {};
    bool open = false;
    bool bad_user_memory = false;
    int mapped_cached = -1;
    void *mapped = nullptr;
};
Kernel s_kernel;
std::string s_console; /* under s_lock */
std::recursive_mutex s_interrupts;
std::mutex s_lock;
std::condition_variable s_released;

constexpr int LINK_FD = 777000;

} // namespace

/* ---- the kernel's double ----------------------------------------------------------------------------------------- */

rt_base_t rt_hw_interrupt_disable(void)
{
    s_interrupts.lock();
    return 0;
}
void rt_hw_interrupt_enable(rt_base_t) { s_interrupts.unlock(); }
rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *, const char *)
{
    s_kernel.vector = vector;
    s_kernel.handler = handler;
    return nullptr;
}
void rt_hw_interrupt_umask(int vector) { s_kernel.unmasked = vector == s_kernel.vector; }
rt_err_t rt_sem_init(rt_sem_t sem, const char *, uint32_t value, uint8_t)
{
    sem->value = value;
    return RT_EOK;
}
rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t time)
{
    std::unique_lock<std::mutex> guard(s_lock);
    if (!s_released.wait_for(guard, std::chrono::milliseconds(time), [&] { return sem->value != 0; }))
        return -2;
    sem->value--;
    return RT_EOK;
}
rt_err_t rt_sem_release(rt_sem_t sem)
{
    std::lock_guard<std::mutex> guard(s_lock);
    sem->value++;
    s_released.notify_all();
    return RT_EOK;
}
rt_tick_t rt_tick_from_millisecond(rt_int32_t ms) { return static_cast<rt_tick_t>(ms); }
rt_tick_t rt_tick_get(void) { return static_cast<rt_tick_t>(NowMs()); }
rt_err_t rt_thread_mdelay(rt_int32_t ms)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return RT_EOK;
}
rt_err_t rt_device_register(rt_device_t device, const char *name, uint16_t)
{
    s_kernel.device = device;
    s_kernel.name = name;
    return RT_EOK;
}
void rt_wqueue_init(rt_wqueue_t *queue) { queue->wakeups = 0; }
void rt_wqueue_wakeup(rt_wqueue_t *queue, void *) { __atomic_fetch_add(&queue->wakeups, 1u, __ATOMIC_SEQ_CST); }
void rt_poll_add(rt_wqueue_t *, rt_pollreq_t *request) { request->added++; }
void *rt_ioremap(void *physical, size_t size)
{
    EXPECT_EQ(reinterpret_cast<uintptr_t>(physical), K230_MAILBOX_BASE);
    EXPECT_EQ(size, K230_MAILBOX_LENGTH);
    return const_cast<void *>(s_kernel.model->block());
}
size_t lwp_get_from_user(void *to, void *from, size_t size)
{
    if (s_kernel.bad_user_memory)
        return 0;
    memcpy(to, from, size);
    return size;
}
size_t lwp_put_to_user(void *to, void *from, size_t size)
{
    if (s_kernel.bad_user_memory)
        return 0;
    memcpy(to, from, size);
    return size;
}
struct rt_lwp *lwp_self(void) { return nullptr; }
void *lwp_map_user_phy(struct rt_lwp *, void *, void *physical, size_t, int cached)
{
    s_kernel.mapped = physical;
    s_kernel.mapped_cached = cached;
    return s_kernel.region;
}
int rt_kprintf(const char *format, ...)
{
    char line[256];
    va_list rest;
    va_start(rest, format);
    const int length = vsnprintf(line, sizeof line, format, rest);
    va_end(rest);
    EXPECT_LT(length, 128) << "RT_CONSOLEBUF_SIZE: " << line;
    std::lock_guard<std::mutex> guard(s_lock);
    s_console += line;
    return length;
}

/* ---- the process's system calls ---------------------------------------------------------------------------------- */

extern "C" {
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset);

int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const int mode = va_arg(rest, int);
    va_end(rest);
    if (strcmp(path, K230_LINK_PATH) != 0)
        return __real_open(path, flags, mode);
    if (!s_kernel.device || s_kernel.device->fops->open(&s_kernel.file) != RT_EOK) {
        errno = EIO;
        return -1;
    }
    s_kernel.open = true;
    return LINK_FD;
}

int __wrap_close(int fd)
{
    if (fd != LINK_FD)
        return __real_close(fd);
    s_kernel.open = false;
    return s_kernel.device->fops->close(&s_kernel.file);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (fd != LINK_FD)
        return __real_ioctl(fd, request, argument);
    const int result = s_kernel.device->fops->ioctl(&s_kernel.file, static_cast<int>(request), argument);
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

void *__wrap_mmap(void *at, size_t length, int prot, int flags, int fd, off_t offset)
{
    if (fd != LINK_FD)
        return __real_mmap(at, length, prot, flags, fd, offset);
    struct dfs_mmap2_args mapping = {at, length, prot, flags, offset / 4096, nullptr};
    return s_kernel.device->fops->ioctl(&s_kernel.file, static_cast<int>(RT_FIOMMAP2), &mapping) == 0 ? mapping.ret
                                                                                                      : MAP_FAILED;
}
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

namespace
{

class RtSmart : public MailboxBoard
{
  protected:
    RtSmart()
    {
        EXPECT_GE(static_cast<uint64_t>(K230_REGION_LENGTH), length);
        s_kernel = Kernel();
        Printed();
        s_kernel.model = &model;
        s_kernel.region = memory;
        EXPECT_EQ(k230_link_init(), RT_EOK);
        k230_hal_rtsmart_init(&rtsmart);
        start_client(&rtsmart.hal);
        plic = std::thread([this] {
            while (!over)
                if (model.wait_asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG, std::chrono::milliseconds(5)) &&
                    s_kernel.unmasked) {
                    std::lock_guard<std::recursive_mutex> guard(s_interrupts);
                    s_kernel.handler(s_kernel.vector, nullptr);
                }
        });
    }
    ~RtSmart() override
    {
        k230_client_stop(client());
        over = true;
        plic.join();
        if (s_kernel.open)
            close(LINK_FD);
        EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox)) << "the driver still takes rings for nobody";
    }
    /* Since the last time. */
    static std::string Printed()
    {
        std::lock_guard<std::mutex> guard(s_lock);
        std::string printed;
        printed.swap(s_console);
        return printed;
    }
    /* A thread comes to wait and finds the bell rung already. */
    void Pass()
    {
        ops().poke(&rtsmart.hal, K230_ALL_HINTS);
        ops().wait(&rtsmart.hal, ops().bell(&rtsmart.hal) - 1u, K230_ALL_HINTS, 1000);
    }
    /* An interrupt of a line that no CLEAR takes down; afterwards it is as any other. No other thread may store. */
    void Stick()
    {
        std::lock_guard<std::recursive_mutex> guard(s_interrupts);
        const auto ring = [this] {
            model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::SET, K230_MAILBOX_LINE);
        };
        ring();
        model.before_store = [ring](const MailboxModel::Store &store) {
            if (store.which == MailboxModel::CLEAR)
                ring();
        };
        s_kernel.handler(s_kernel.vector, nullptr);
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
    int request(uint32_t number, void *argument)
    {
        return s_kernel.device->fops->ioctl(&s_kernel.file, static_cast<int>(number), argument);
    }

    k230_hal_rtsmart rtsmart;
    std::thread plic;
    std::atomic<bool> over{false};
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Counter, RtSmart, ::testing::Values(Overrun::Wraps), [](const auto &) { return "Wraps"; });

TEST_P(RtSmart, TheDriverRegistersItsNodeAndItsInterrupt)
{
    EXPECT_EQ(s_kernel.name, "k230link");
    EXPECT_EQ(s_kernel.vector, 110);
    EXPECT_TRUE(s_kernel.unmasked);
    EXPECT_TRUE(model.stores().empty()) << "nobody has opened it: nothing is enabled";
}

TEST_P(RtSmart, AttachMapsTheRegionUncachedAndOnce)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(rtsmart.hal.region, memory);
    EXPECT_EQ(rtsmart.hal.length, K230_REGION_LENGTH);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(s_kernel.mapped), K230_REGION_BASE);
    EXPECT_EQ(s_kernel.mapped_cached, 0);
    ops().detach(&rtsmart.hal);
    EXPECT_EQ(rtsmart.hal.region, nullptr);
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(rtsmart.hal.region, memory);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheRegionIsOneProcesssOnly)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    dfs_fd second = {}; /* as the fork opens it: fnode->fops are the driver's after the first open (dfs_file_open) */
    ASSERT_EQ(s_kernel.device->fops->open(&second), RT_EOK);
    dfs_mmap2_args mapping = {nullptr, 4096, 0, 0, 0, nullptr};
    EXPECT_EQ(s_kernel.device->fops->ioctl(&second, static_cast<int>(RT_FIOMMAP2), &mapping), -EBUSY);
    s_kernel.device->fops->close(&second);
    EXPECT_TRUE(k230_mailbox_heard(&small->k230.mailbox)) << "the first still hears";
}

TEST_P(RtSmart, WithoutTheDriverAttachFailsAndTheRestDoesNoHarm)
{
    s_kernel.device = nullptr;
    EXPECT_EQ(ops().attach(&rtsmart.hal), -K230_ENODEV);
    ops().ring(&rtsmart.hal, 1);
    ops().poke(&rtsmart.hal, 1);
    ops().wait(&rtsmart.hal, ops().bell(&rtsmart.hal), 1, 5);
    EXPECT_NE(ops().fresh_id(&rtsmart.hal), ops().fresh_id(&rtsmart.hal));
}

TEST_P(RtSmart, ARingOfTheSmallCoreEndsAWait)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().bell(&rtsmart.hal);
    auto ringer = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        small->ops().ring(small->hal(), K230_ALL_HINTS);
    });
    const uint64_t start = NowMs();
    ops().wait(&rtsmart.hal, seen, K230_ALL_HINTS, 1000);
    EXPECT_LT(NowMs() - start, 900u);
    EXPECT_NE(ops().bell(&rtsmart.hal), seen);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, AWaitThatIsLateReturnsAtOnceAndNoWaitLastsMoreThanASecond)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().bell(&rtsmart.hal);
    ops().poke(&rtsmart.hal, K230_ALL_HINTS);
    const uint64_t start = NowMs();
    ops().wait(&rtsmart.hal, seen, K230_ALL_HINTS, 1000);
    EXPECT_LT(NowMs() - start, 500u);
    ops().wait(&rtsmart.hal, ops().bell(&rtsmart.hal), K230_ALL_HINTS, UINT32_MAX);
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, PollShowsARingUntilTheBellIsAskedFor)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    rt_pollreq request = {};
    EXPECT_EQ(s_kernel.device->fops->poll(&s_kernel.file, &request), 0);
    EXPECT_EQ(request.added, 1u);
    small->ops().ring(small->hal(), K230_ALL_HINTS);
    ASSERT_TRUE(Eventually([&] { return s_kernel.device->fops->poll(&s_kernel.file, &request) == POLLIN; }));
    EXPECT_TRUE(
        Eventually([&] { return __atomic_load_n(&s_kernel.device->wait_queue.wakeups, __ATOMIC_SEQ_CST) == 1; }));
    ops().bell(&rtsmart.hal);
    EXPECT_EQ(s_kernel.device->fops->poll(&s_kernel.file, &request), 0);
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheDriverRefusesWhatItDoesNotKnow)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_EQ(request(0x4B324CFF, nullptr), -ENOSYS);
    dfs_mmap2_args mapping = {nullptr, K230_REGION_LENGTH + 1u, 0, 0, 0, nullptr};
    EXPECT_EQ(request(RT_FIOMMAP2, &mapping), -EINVAL);
    mapping.length = 4096;
    mapping.pgoffset = 1;
    EXPECT_EQ(request(RT_FIOMMAP2, &mapping), -EINVAL) << "not what lies behind the region";
    s_kernel.bad_user_memory = true;
    EXPECT_EQ(request(K230_LINK_WAIT, nullptr), -EFAULT);
    EXPECT_EQ(request(K230_LINK_INFO, nullptr), -EFAULT);
    s_kernel.bad_user_memory = false;
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, TheLineIsTakenBackWhenTheProcessEnds)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    EXPECT_TRUE(k230_mailbox_heard(&small->k230.mailbox));
    ops().detach(&rtsmart.hal);
    close(LINK_FD);
    EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox));
    small->ops().ring(small->hal(), K230_ALL_HINTS);
    EXPECT_FALSE(model.asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG));
    EXPECT_EQ(s_kernel.device->fops->close(&s_kernel.file), RT_EOK) << "once more does no harm";
}

TEST_P(RtSmart, AnOverRunIsPrintedOnceByTheNextWhoWaits)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    {
        std::lock_guard<std::recursive_mutex> guard(s_interrupts); /* nobody takes them meanwhile */
        for (unsigned i = 0; i < 5; i++)
            model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::SET, K230_MAILBOX_LINE);
    }
    k230_link_info info = {};
    ASSERT_TRUE(Eventually([&] { return k230_hal_rtsmart_info(&rtsmart, &info) && info.overruns == 1; }));
    EXPECT_EQ(Printed(), "") << "not by the interrupt";
    Pass();
    EXPECT_EQ(Printed(), "k230link: mailbox: rings over-ran the line's counter\n");
    Pass();
    EXPECT_EQ(Printed(), "");
    ops().detach(&rtsmart.hal);
}

TEST_P(RtSmart, ALineThatDoesNotGoDownIsPrintedAndLeavesTheCoreToItsThreads)
{
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    const uint32_t seen = ops().bell(&rtsmart.hal);
    Stick();
    EXPECT_FALSE(k230_mailbox_heard(&small->k230.mailbox)) << "it would interrupt for ever";
    EXPECT_EQ(ops().bell(&rtsmart.hal), seen) << "whoever waits would not rest any more";
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
    EXPECT_NE(said.find("mailbox    device 1, line 0 at 0x91104000, interrupt 110\n"), std::string::npos) << said;
    EXPECT_NE(said.find("memory     4096 KiB at 0x1f800000, no process has it"), std::string::npos) << said;
    EXPECT_NE(said.find("small core does not take our rings"), std::string::npos) << said;
    EXPECT_NE(said.find("received   0 rings; 0 over-runs\n"), std::string::npos) << said;
    ASSERT_EQ(ops().attach(&rtsmart.hal), 0);
    Stick();
    EXPECT_NE(Command().find("; 1 times the line did not go down; 0 times without end\n"), std::string::npos);
    start_agent();
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    said = Command();
    EXPECT_NE(said.find(" a process has it\n"), std::string::npos) << said;
    EXPECT_NE(said.find("small core takes our rings\n"), std::string::npos) << said;
    EXPECT_EQ(said.find("sent       0 rings"), std::string::npos) << said;
    EXPECT_EQ(said.find("received   0 rings"), std::string::npos) << said;
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
    EXPECT_LT(NowMs() - start, 100u * K230_WATCHDOG_MS / 4) << "bells were lost";
    k230_link_info info = {};
    ASSERT_TRUE(k230_hal_rtsmart_info(&rtsmart, &info));
    EXPECT_EQ(info.heard, 1u);
    EXPECT_GT(info.rings, 0u);
    EXPECT_EQ(info.overruns, 0u);
    EXPECT_EQ(k230_sock_close(client(), handle, false), 0);
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
