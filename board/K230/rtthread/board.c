/* The K230's own half of the agent's package for RT-Thread (firmware/smallcore/rtthread): k230_agent_rtthread_board()
 * over firmware/hal/k230.
 *
 * Promises: the region, the mailbox block and its interrupt are taken once, by the first start, and kept; a start that
 * failed over one of them says which address or number it was and what to do, and the next start tries again. Nothing
 * is allocated but what the kernel's mapping calls take.
 *
 * Contexts: k230_agent_rtthread_board as its header says; the interrupt's handler and the timer's function in an
 * interrupt; of the rest of the hal, what k230_hal.h says. clean, invalidate and log only from the agent's thread.
 */
#include <rthw.h>
#include <rtthread.h>

#ifdef RT_USING_SMART
#include <ioremap.h>
#elif !defined(K230_REGION_CACHED)
#error "this kernel maps no memory: say with K230_REGION_CACHED (0 or 1) whether it has the region cached"
#endif

#ifndef K230_IPCM
#define K230_IPCM 0 /* there is none for RT-Thread */
#endif

#include "k230_agent_rtthread.h"
#include "k230_hal_k230.h" /* after rtconfig.h, whose values count */

/* ---- what cannot be ---------------------------------------------------------------------------------------------- */

#define PAGE 4096u
#define SOURCES 208u /* of this core's PLIC; number 0 is none (K230_datasheet.md) */
/* What the dual-system layout gives to the small core: 0x08200000 to 0x0FFFEFFF (README.md). A kernel that is linked
 * elsewhere says where. */
#ifndef K230_SMALL_MEMORY_BASE
#define K230_SMALL_MEMORY_BASE 0x08200000u
#define K230_SMALL_MEMORY_LENGTH 0x07DFF000u
#endif
#define OVERLAPS(base, length) (K230_REGION_BASE < (base) + (length) && (base) < K230_REGION_BASE + K230_REGION_LENGTH)

#if K230_MAILBOX_DEVICE >= K230_MAILBOX_DEVICES
#error "K230_MAILBOX_DEVICE: the mailbox has devices 0 to 3"
#endif
#if K230_MAILBOX_LINE >= K230_MAILBOX_LINES
#error "K230_MAILBOX_LINE: a device of the mailbox has lines 0 to 15"
#endif
#if K230_MAILBOX_IRQ >= SOURCES
#error "K230_MAILBOX_IRQ: the interrupt controller has sources 1 to 207, and 0 means none: a timer looks instead"
#endif
#if K230_MAILBOX_BASE <= 0 || K230_MAILBOX_BASE % PAGE != 0
#error "K230_MAILBOX_BASE: the mailbox begins at a page of 4096 bytes, on a K230 at 0x91104000"
#endif
#if K230_REGION_BASE < 0 || K230_REGION_LENGTH <= 0 || K230_REGION_BASE % PAGE != 0 || K230_REGION_LENGTH % PAGE != 0
#error "K230_REGION_BASE, K230_REGION_LENGTH: the region is of whole pages of 4096 bytes"
#endif
#if K230_REGION_BASE + K230_REGION_LENGTH > 0x100000000
#error "K230_REGION_BASE, K230_REGION_LENGTH: the region ends above 4 GiB, where a K230 has no memory"
#endif
#if OVERLAPS(K230_IPCM_BASE, K230_IPCM_LENGTH)
#error "K230_REGION_BASE, K230_REGION_LENGTH: the region takes some of IPCM's megabyte at 0x00100000"
#endif
#if OVERLAPS(K230_SMALL_MEMORY_BASE, K230_SMALL_MEMORY_LENGTH)
#error                                                                                                                 \
    "K230_REGION_BASE, K230_REGION_LENGTH: the region takes some of the small core's own memory (board/K230/memory.md)"
#endif
#if OVERLAPS(K230_MAILBOX_BASE, K230_MAILBOX_LENGTH)
#error "K230_REGION_BASE, K230_REGION_LENGTH: the region lies over the mailbox"
#endif
#if K230_REGION_CACHED && !K230_CACHE_THEAD
#error "K230_REGION_CACHED needs K230_CACHE_THEAD: the cores' caches know nothing of each other"
#endif
K230_STATIC_ASSERT(K230_REGION_LENGTH >= K230_AGENT_REGION_BYTES,
                   "K230_REGION_LENGTH: fewer sockets, or smaller K230_AGENT_PAIRS, _TX_SIZE, _RX_SIZE, _QUEUE");

static struct k230_hal_k230 s_hal;
static volatile void *s_block;
static void *s_region;
static bool s_ready;

/* ---- RT-Thread as firmware/hal/k230 wants it --------------------------------------------------------------------- */

static void sleep_ms(void *context, uint32_t ms)
{
    (void)context;
    rt_thread_mdelay((int32_t)ms);
}

/* Ticks have 32 bits, which is 49 days at 1000 a second. The agent looks a few times a second while it runs. */
static uint64_t now_ms(void *context)
{
    static uint32_t last;
    static uint64_t turns;
    (void)context;
    const rt_base_t level = rt_hw_interrupt_disable();
    const uint32_t tick = (uint32_t)rt_tick_get();
    if (tick < last)
        turns += 1ull << 32;
    last = tick;
    const uint64_t ticks = turns + tick;
    rt_hw_interrupt_enable(level);
    return ticks * 1000u / RT_TICK_PER_SECOND;
}

static uint64_t time_counter(void)
{
#if defined(__riscv)
    uint64_t ticks;
    __asm__ volatile("rdtime %0" : "=r"(ticks)); /* 27 MHz, as bsp/maix3/c908/tick.c */
    return ticks;
#else
    return (uint64_t)rt_tick_get();
#endif
}

/* No random source is asked for, since RT-Thread need not have one: the time counter, read after a boot of seconds.
 * What matters is to differ from the id before. */
static uint32_t fresh_id(void *context)
{
    static uint32_t ids;
    (void)context;
    return k230_id_of(time_counter() ^ (uint64_t)++ids << 48);
}

static void log_line(void *context, const char *line)
{
    (void)context;
    rt_kprintf("k230: %s\n", line);
}

/* No semaphores: the agent sleeps in its stack's wait. No lock: its thread alone uses the link. */
static const struct k230_os s_os = {
    .sleep = sleep_ms,
    .now_ms = now_ms,
    .fresh_id = fresh_id,
    .log = log_line,
};

static void on_doorbell(void *context)
{
    (void)context;
    k230_agent_rtthread_doorbell(); /* the agent sleeps in poll, not at the doorbell */
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

#ifdef RT_USING_SMART
/* Strongly ordered, for registers (MMU_MAP_K_DEVICE). */
static void *map_block(void) { return rt_ioremap((void *)(uintptr_t)K230_MAILBOX_BASE, K230_MAILBOX_LENGTH); }

/* rt_ioremap_wt, which IPCM has its rings from: uncached and weakly ordered, whatever its name says (ioremap.h;
 * MMU_MAP_K_RW in bsp/maix3/c908/riscv_mmu.h and in mainline's libcpu/risc-v/t-head/c908). A copy that is not aligned
 * may be made there, which the registers' kind of mapping does not promise. */
static void *map_region(void)
{
    void *const at = (void *)(uintptr_t)K230_REGION_BASE;
    return K230_REGION_CACHED ? rt_ioremap_cached(at, K230_REGION_LENGTH) : rt_ioremap_wt(at, K230_REGION_LENGTH);
}
#else
static void *map_block(void) { return (void *)(uintptr_t)K230_MAILBOX_BASE; }

static void *map_region(void) { return (void *)(uintptr_t)K230_REGION_BASE; }
#endif

static bool map_memory(void)
{
    if (!s_block)
        s_block = map_block();
    if (!s_block) {
        rt_kprintf("k230: the mailbox, %u bytes at 0x%08x, cannot be mapped: is K230_MAILBOX_BASE right, and has the "
                   "kernel room for more mappings?\n",
                   (unsigned)K230_MAILBOX_LENGTH, (unsigned)K230_MAILBOX_BASE);
        return false;
    }
    if (!s_region)
        s_region = map_region();
    if (!s_region) {
        rt_kprintf("k230: the shared memory, %u bytes at 0x%08x, cannot be mapped: is K230_REGION_BASE right, and has "
                   "the kernel room for that many? Else make K230_REGION_LENGTH smaller, on both cores\n",
                   (unsigned)K230_REGION_LENGTH, (unsigned)K230_REGION_BASE);
        return false;
    }
    return true;
}

/* ---- the hal ----------------------------------------------------------------------------------------------------- */

#if K230_REGION_CACHED
static uint64_t physical(const void *at) { return K230_REGION_BASE + ((uintptr_t)at - (uintptr_t)s_region); }

static void clean(void *context, const void *start, size_t length)
{
    (void)context;
    k230_cache_clean(physical(start), length);
}

static void invalidate(void *context, const void *start, size_t length)
{
    (void)context;
    k230_cache_invalidate(physical(start), length);
}
#endif

static bool make_hal(void)
{
    const struct k230_board board = {
        .os = &s_os,
        .core = K230_CORE_SMALL,
        .block = s_block,
        .wired = K230_MAILBOX_IRQ != 0,
        .device = K230_MAILBOX_DEVICE,
        .line = K230_MAILBOX_LINE,
        .region = s_region,
        .length = K230_REGION_LENGTH,
#if K230_REGION_CACHED
        .clean = clean,
        .invalidate = invalidate,
#endif
        .on_doorbell = on_doorbell,
    };
    if (k230_hal_k230_init(&s_hal, &board))
        return true;
    rt_kprintf("k230: no mailbox device %u, line %u, or the shared memory at 0x%08x was mapped off a cache line (%p): "
               "see K230_MAILBOX_DEVICE, K230_MAILBOX_LINE, K230_REGION_BASE\n",
               (unsigned)K230_MAILBOX_DEVICE, (unsigned)K230_MAILBOX_LINE, (unsigned)K230_REGION_BASE, s_region);
    return false;
}

/* ---- its interrupt, and the clock ---------------------------------------------------------------------------------
 * A timer looks at each tick until the interrupt has come once, which nobody has seen for most of the mailbox's lines;
 * and always where there is none. Only while the hal is attached: nobody else may look at the line then. */

static struct rt_timer s_look;
static int (*s_attach)(struct k230_hal *hal);
static void (*s_detach)(struct k230_hal *hal);

static void on_tick(void *parameter)
{
    if (!k230_hal_k230_look(parameter))
        rt_timer_stop(&s_look);
}

static int attach_and_look(struct k230_hal *hal)
{
    const int status = s_attach(hal);
    if (status == 0 && !__atomic_load_n(&s_hal.mailbox.proven, __ATOMIC_RELAXED))
        rt_timer_start(&s_look);
    return status;
}

static void rest_and_detach(struct k230_hal *hal)
{
    rt_timer_stop(&s_look);
    s_detach(hal);
}

#if K230_MAILBOX_IRQ
static void on_interrupt(int vector, void *parameter)
{
    (void)vector;
    k230_hal_k230_interrupt(parameter);
}

/* RT-Thread gives back the handler of before, its own at first, and none where there is no such number
 * (bsp/maix3/c908/interrupt.c; mainline's libcpu/risc-v). */
static bool connect(void)
{
    if (!rt_hw_interrupt_install(K230_MAILBOX_IRQ, on_interrupt, &s_hal, "k230db")) {
        rt_kprintf("k230: interrupt %d cannot be installed: K230_MAILBOX_IRQ is 109 + K230_MAILBOX_DEVICE, and 0 looks "
                   "at the mailbox with a timer instead\n",
                   (int)K230_MAILBOX_IRQ);
        return false;
    }
    rt_hw_interrupt_umask(K230_MAILBOX_IRQ);
    return true;
}
#else
static bool connect(void) { return true; }
#endif

static bool hear(void)
{
    if (!connect())
        return false;
    rt_timer_init(&s_look, "k230db", on_tick, &s_hal, 1, RT_TIMER_FLAG_PERIODIC);
    s_attach = s_hal.table.attach;
    s_detach = s_hal.table.detach;
    s_hal.table.attach = attach_and_look;
    s_hal.table.detach = rest_and_detach;
    return true;
}

struct k230_hal *k230_agent_rtthread_board(void)
{
    if (!s_ready)
        s_ready = map_memory() && make_hal() && hear();
    return s_ready ? &s_hal.hal : NULL;
}
