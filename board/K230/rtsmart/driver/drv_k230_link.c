/* The doorbell and the region as a device of RT-Smart's kernel: k230_link_device.h.
 *
 * Written for the 5.0 fork of the vendor's SDK (kendryte/k230_sdk: src/big/rt-smart/kernel) and for RT-Thread's
 * mainline, which calls an open file struct dfs_file. RT-Smart has no way to give a process an interrupt, and a process
 * that mapped the registers through /dev/mem would see them weakly ordered (components/drivers/misc/rt_dev_mem.c), so
 * both stay here.
 */
#include <rthw.h>
#include <rtthread.h>

#include <rtdevice.h>

#include <dfs_file.h>
#include <ioremap.h>
#include <lwp_user_mm.h>

#include "k230_config.h" /* after rtconfig.h, whose values count */
#include "k230_doorbell.h"
#include "k230_link_device.h"
#include "k230_mailbox.h"
#include "k230_protocol.h"

#ifdef RT_USING_FINSH
#include <finsh.h>
#endif

#if defined(RT_USING_DFS_V1) || defined(RT_USING_DFS_V2) /* mainline, since these names are there */
#include <errno.h>
#include <poll.h>
typedef struct dfs_file link_file;
#else
#include <dfs_poll.h> /* its bits; the C library's poll.h has others */
#include <dfs_posix.h>
typedef struct dfs_fd link_file;
#endif

#define WAIT_MS_MAX 1000u /* a thread that is killed leaves within this */

static struct rt_device s_device;
static struct k230_mailbox s_mailbox;
static struct k230_doorbell s_doorbell;
static struct rt_semaphore s_sleepers[K230_SLEEPERS];
static struct rt_semaphore s_parked[K230_LINK_PLACES];
static uint32_t s_called[K230_LINK_PLACES]; /* atomic: that semaphore has been given */
static struct k230_head *s_head;            /* the region's, as the kernel sees it */
static struct rt_timer s_look;              /* at each tick, until the interrupt has come once */
static uint32_t s_users;
static const link_file *s_big_core; /* the open file that has the region; there is one big core */
static struct rt_lwp *s_process;    /* its process, and where it has the region */
static void *s_mapping;

static void take(void *context, unsigned sleeper, uint32_t timeout_ms)
{
    (void)context;
    rt_sem_take(&s_sleepers[sleeper], rt_tick_from_millisecond((rt_int32_t)timeout_ms));
}

static void give(void *context, unsigned sleeper)
{
    (void)context;
    rt_sem_release(&s_sleepers[sleeper]);
}

static void sleep_ms(void *context, uint32_t ms)
{
    (void)context;
    rt_thread_mdelay((rt_int32_t)ms);
}

/* The doorbell needs no more of an OS than this. */
static const struct k230_os s_os = {.take = take, .give = give, .sleep = sleep_ms};

static void set_doorbell(uint32_t hints)
{
    k230_doorbell_set(&s_doorbell, &s_os, hints);
    rt_wqueue_wakeup(&s_device.wait_queue, (void *)POLLIN); /* wakes one poller; more than one there is not */
}

static void on_interrupt(int vector, void *param)
{
    (void)vector;
    (void)param;
    if (k230_mailbox_interrupt(&s_mailbox))
        set_doorbell(UINT32_MAX);
}

static void on_tick(void *param)
{
    (void)param;
    if (k230_mailbox_look(&s_mailbox))
        set_doorbell(UINT32_MAX);
    if (s_mailbox.proven)
        rt_timer_stop(&s_look);
}

/* From a thread. What the interrupt only counted is printed, and a line that the guard has switched off is tried again.
 */
static void settle(void)
{
    const char *line;
    while ((line = k230_mailbox_trouble(&s_mailbox)))
        rt_kprintf("k230link: %s\n", line);
    const rt_base_t level = rt_hw_interrupt_disable();
    if (s_users != 0)
        k230_mailbox_tend(&s_mailbox, (uint64_t)rt_tick_get() * 1000u / RT_TICK_PER_SECOND);
    rt_hw_interrupt_enable(level);
}

static uint64_t time_counter(void)
{
#if defined(__riscv)
    uint64_t ticks;
    __asm__ volatile("rdtime %0" : "=r"(ticks)); /* as bsp/maix3/c908/tick.c */
    return ticks;
#else
    return rt_tick_get();
#endif
}

static uint32_t doorbell_value(link_file *file)
{
    const uint32_t value = k230_doorbell_count(&s_doorbell) & K230_LINK_DOORBELL_MASK;
    file->data = (void *)(uintptr_t)value; /* for poll; a descriptor's threads that poll and ask are one */
    return value;
}

static int link_open(link_file *file)
{
    const rt_base_t level = rt_hw_interrupt_disable();
    if (s_users++ == 0) {
        k230_mailbox_enable(&s_mailbox);
        if (!s_mailbox.proven)
            rt_timer_start(&s_look);
    }
    rt_hw_interrupt_enable(level);
    doorbell_value(file);
    return RT_EOK;
}

/* In the name of a process that may have died without a word: the agent closes its sockets now and not when the next
 * process starts a session. */
static void say_goodbye(void)
{
    __atomic_store_n(&s_head->big.session, 0, __ATOMIC_RELEASE);
    k230_mailbox_notify(&s_mailbox);
}

/* Also when the process dies: the kernel closes its files before it takes its address space away. The mapping goes
 * first, as the next process may get the region as soon as nobody has it. */
static int link_close(link_file *file)
{
    if (s_big_core == file) {
        lwp_unmap_user_phy(s_process, s_mapping);
        say_goodbye();
    }
    const rt_base_t level = rt_hw_interrupt_disable();
    if (s_big_core == file)
        s_big_core = RT_NULL;
    if (s_users != 0 && --s_users == 0) {
        rt_timer_stop(&s_look);
        k230_mailbox_disable(&s_mailbox); /* nobody would acknowledge doorbells any more */
    }
    rt_hw_interrupt_enable(level);
    return RT_EOK;
}

static uint32_t count_of(const uint32_t *counter) { return __atomic_load_n(counter, __ATOMIC_RELAXED); }

static struct k230_link_info info_now(void)
{
    return (struct k230_link_info){
        .version = K230_LINK_VERSION,
        .heard = k230_mailbox_heard(&s_mailbox),
        .length = K230_REGION_LENGTH,
        .seed = time_counter(),
        .received = count_of(&s_mailbox.received),
        .spurious = count_of(&s_mailbox.spurious),
        .overruns = count_of(&s_mailbox.overruns),
        .left_out = count_of(&s_mailbox.left_out),
    };
}

static int tell_info(void *to)
{
    struct k230_link_info info = info_now();
    return lwp_put_to_user(to, &info, sizeof info) == sizeof info ? RT_EOK : -EFAULT;
}

static int wait_for_doorbell(link_file *file, void *from)
{
    struct k230_link_wait wait;
    if (lwp_get_from_user(&wait, from, sizeof wait) != sizeof wait)
        return -EFAULT;
    settle();
    const uint32_t count = k230_doorbell_count(&s_doorbell);
    if ((count & K230_LINK_DOORBELL_MASK) == wait.seen)
        k230_doorbell_wait(&s_doorbell, &s_os, count, wait.hints,
                           wait.timeout_ms < WAIT_MS_MAX ? wait.timeout_ms : WAIT_MS_MAX);
    return (int)doorbell_value(file);
}

/* For a time that a futex cannot measure on the vendor's kernel. */
static int park(void *from)
{
    struct k230_link_park parked;
    if (lwp_get_from_user(&parked, from, sizeof parked) != sizeof parked)
        return -EFAULT;
    if (parked.place >= K230_LINK_PLACES)
        return -EINVAL;
    const uint32_t ms = parked.timeout_ms < WAIT_MS_MAX ? parked.timeout_ms : WAIT_MS_MAX;
    if (rt_sem_take(&s_parked[parked.place], rt_tick_from_millisecond((rt_int32_t)ms)) == RT_EOK)
        __atomic_store_n(&s_called[parked.place], 0, __ATOMIC_SEQ_CST);
    return RT_EOK;
}

static int unpark(uintptr_t place)
{
    if (place >= K230_LINK_PLACES)
        return -EINVAL;
    if (__atomic_exchange_n(&s_called[place], 1u, __ATOMIC_SEQ_CST) == 0)
        rt_sem_release(&s_parked[place]);
    return RT_EOK;
}

/* Uncached: MMU_MAP_U_RW, which is "shareable" and nothing else (bsp/maix3/c908/riscv_mmu.h).
 *
 * A second process is refused here and not by open: after an open that fails, the fork counts the node down twice
 * (dfs_file_open and fdt_fd_release) and frees it under the process that has it. */
static int map_region(const link_file *file, void *to)
{
    const rt_base_t level = rt_hw_interrupt_disable();
    const bool mine = !s_big_core;
    if (mine)
        s_big_core = file;
    rt_hw_interrupt_enable(level);
    if (!mine)
        return -EBUSY;
    s_process = lwp_self();
    s_mapping = lwp_map_user_phy(s_process, RT_NULL, (void *)(uintptr_t)K230_REGION_BASE, K230_REGION_LENGTH, RT_FALSE);
    struct k230_link_map map = {.address = (uintptr_t)s_mapping, .length = K230_REGION_LENGTH};
    int status = s_mapping ? RT_EOK : -ENOMEM;
    if (s_mapping && lwp_put_to_user(to, &map, sizeof map) != sizeof map) {
        lwp_unmap_user_phy(s_process, s_mapping);
        status = -EFAULT;
    }
    if (status != RT_EOK)
        s_big_core = RT_NULL;
    return status;
}

static int link_ioctl(link_file *file, int request, void *argument)
{
    if ((uint32_t)request == K230_LINK_INFO)
        return tell_info(argument);
    if ((uint32_t)request == K230_LINK_MAP)
        return map_region(file, argument);
    if (s_big_core != file)
        return -EPERM;
    switch ((uint32_t)request) {
    case K230_LINK_NOTIFY:
        k230_mailbox_notify(&s_mailbox);
        return RT_EOK;
    case K230_LINK_DOORBELL:
        return (int)doorbell_value(file);
    case K230_LINK_WAIT:
        return wait_for_doorbell(file, argument);
    case K230_LINK_WAKE:
        set_doorbell((uint32_t)(uintptr_t)argument);
        return RT_EOK;
    case K230_LINK_PARK:
        return park(argument);
    case K230_LINK_UNPARK:
        return unpark((uintptr_t)argument);
    default:
        return -ENOSYS;
    }
}

static int link_poll(link_file *file, struct rt_pollreq *request)
{
    if (s_big_core != file)
        return POLLERR;                         /* a doorbell wakes one poller, and that is the big core's */
    rt_poll_add(&s_device.wait_queue, request); /* before the look, so that a doorbell in between is not missed */
    const uint32_t seen = (uint32_t)(uintptr_t)file->data;
    return (k230_doorbell_count(&s_doorbell) & K230_LINK_DOORBELL_MASK) != seen ? POLLIN : 0;
}

static const struct dfs_file_ops s_operations = {
    .open = link_open,
    .close = link_close,
    .ioctl = link_ioctl,
    .poll = link_poll,
};

int k230_link_init(void)
{
    /* Device memory: buffered and strongly ordered (components/lwp/ioremap.c). */
    void *block = rt_ioremap((void *)(uintptr_t)K230_MAILBOX_BASE, K230_MAILBOX_LENGTH);
    if (!k230_mailbox_open(&s_mailbox, block, K230_CORE_BIG, K230_MAILBOX_DEVICE, K230_MAILBOX_LINE)) {
        rt_kprintf("k230link: no mailbox at 0x%08x, or no device %d, line %d\n", K230_MAILBOX_BASE,
                   (int)K230_MAILBOX_DEVICE, (int)K230_MAILBOX_LINE);
        return -RT_ERROR;
    }
    s_head = rt_ioremap((void *)(uintptr_t)K230_REGION_BASE, sizeof *s_head);
    if (!s_head) {
        rt_kprintf("k230link: the region at 0x%08x cannot be mapped\n", (unsigned)K230_REGION_BASE);
        return -RT_ERROR;
    }
    for (unsigned i = 0; i < K230_SLEEPERS; i++)
        rt_sem_init(&s_sleepers[i], "k230link", 0, RT_IPC_FLAG_FIFO);
    for (unsigned i = 0; i < K230_LINK_PLACES; i++)
        rt_sem_init(&s_parked[i], "k230park", 0, RT_IPC_FLAG_FIFO);
    s_device.type = RT_Device_Class_Miscellaneous;
    const rt_err_t status = rt_device_register(&s_device, K230_LINK_NAME, RT_DEVICE_FLAG_RDWR);
    if (status != RT_EOK) {
        rt_kprintf("k230link: not registered: %d\n", (int)status);
        return (int)status;
    }
    rt_wqueue_init(&s_device.wait_queue);
    s_device.fops = &s_operations;
    s_mailbox.wired = true;
    rt_timer_init(&s_look, K230_LINK_NAME, on_tick, RT_NULL, 1, RT_TIMER_FLAG_PERIODIC);
    rt_hw_interrupt_install(K230_MAILBOX_IRQ, on_interrupt, RT_NULL, K230_LINK_NAME);
    rt_hw_interrupt_umask(K230_MAILBOX_IRQ);
    return RT_EOK;
}
INIT_DEVICE_EXPORT(k230_link_init);

/* ---- msh --------------------------------------------------------------------------------------------------------- */

#ifdef RT_USING_FINSH
/* K230_LINK_INFO in words, for whoever stands before the board. */
static int command(void)
{
    if (!s_mailbox.inbound) {
        rt_kprintf("k230link: did not start; it said why when the board started\n");
        return -RT_ERROR;
    }
    const struct k230_link_info info = info_now();
    rt_kprintf("mailbox    device %d, line %d at 0x%08x, interrupt %d %s\n", (int)K230_MAILBOX_DEVICE,
               (int)K230_MAILBOX_LINE, (unsigned)K230_MAILBOX_BASE, (int)K230_MAILBOX_IRQ,
               __atomic_load_n(&s_mailbox.proven, __ATOMIC_RELAXED) ? "comes" : "has not come yet: the clock looks");
    rt_kprintf("memory     %u KiB at 0x%08x, %s\n", (unsigned)(info.length / 1024u), (unsigned)K230_REGION_BASE,
               s_big_core ? "a process has it" : "no process has it: nanoclr does not run");
    rt_kprintf("small core %s\n",
               info.heard ? "takes our doorbells"
                          : "does not take our doorbells: no agent runs there, or one for another device or line");
    rt_kprintf("sent       %u doorbells; %u more were not needed\n", (unsigned)count_of(&s_mailbox.sent),
               (unsigned)info.left_out);
    rt_kprintf("received   %u doorbells; %u over-runs\n", (unsigned)info.received, (unsigned)info.overruns);
    rt_kprintf("interrupts %u for nothing; %u times the line did not go down; %u times without end\n",
               (unsigned)info.spurious, (unsigned)count_of(&s_mailbox.stuck), (unsigned)count_of(&s_mailbox.storms));
    return RT_EOK;
}
MSH_CMD_EXPORT_ALIAS(command, k230_link, doorbells to and from the small core and what is wrong);
#endif
