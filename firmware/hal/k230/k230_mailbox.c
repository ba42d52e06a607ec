#include "k230_mailbox.h"

#define DEVICE_WORDS (0x28u / sizeof(uint32_t))
#define TO_BIG (0x00u / sizeof(uint32_t))   /* CPU2DSP_INT_*: small to big */
#define TO_SMALL (0x14u / sizeof(uint32_t)) /* DSP2CPU_INT_*: big to small */

/* Words within a direction. */
enum { EN, SET, CLEAR, STATUS, ERR };

#define EN_DEVICE 0x1u
#define EN_ZERO 0x2u
#define EN_LINES 0xFFFF0000u
#define COUNT_FULL 3u

static uint32_t line_bit(const struct k230_mailbox *mailbox) { return 1u << (16u + mailbox->line); }

/* Everything this core has stored, to memory or to a register, comes before everything it does to either afterwards.
 * "iorw,iorw" on the K230, as IPCM's barrier on RT-Smart is: the plain fence of C11 does not order memory against
 * registers (RISC-V Unprivileged ISA, 2.7). */
static void io_fence(void)
{
#if defined(__riscv)
    __asm__ volatile("fence iorw, iorw" ::: "memory");
#else
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

static uint32_t waiting(const struct k230_mailbox *mailbox, const volatile uint32_t *direction)
{
    return k230_register_load(direction + STATUS) >> (2u * mailbox->line) & COUNT_FULL;
}

bool k230_mailbox_open(struct k230_mailbox *mailbox, volatile void *block, enum k230_core core, unsigned device,
                       unsigned line)
{
    if (!block || device >= K230_MAILBOX_DEVICES || line >= K230_MAILBOX_LINES)
        return false;
    volatile uint32_t *registers = (volatile uint32_t *)block + device * DEVICE_WORDS;
    *mailbox = (struct k230_mailbox){
        .inbound = registers + (core == K230_CORE_BIG ? TO_BIG : TO_SMALL),
        .outbound = registers + (core == K230_CORE_BIG ? TO_SMALL : TO_BIG),
        .line = (uint8_t)line,
    };
    return true;
}

void k230_mailbox_enable(struct k230_mailbox *mailbox)
{
    /* A flag that has stood here since before us is not news. */
    const uint32_t flags = line_bit(mailbox) | line_bit(mailbox) >> 16;
    __atomic_store_n(&mailbox->err_shown, k230_register_load(mailbox->inbound + ERR) & flags, __ATOMIC_RELAXED);
    const uint32_t enables = k230_register_load(mailbox->inbound + EN);
    /* First: a storm that begins with the store to EN may have the line disabled and guarded before this returns, and
     * what is written after it would hide that for ever. */
    __atomic_store_n(&mailbox->guarded, false, __ATOMIC_RELAXED);
    __atomic_store_n(&mailbox->enabled, true, __ATOMIC_RELEASE);
    k230_register_store(mailbox->inbound + EN, (enables & ~EN_ZERO) | line_bit(mailbox) | EN_DEVICE);
}

void k230_mailbox_disable(struct k230_mailbox *mailbox)
{
    __atomic_store_n(&mailbox->guarded, false, __ATOMIC_RELAXED);
    if (!__atomic_load_n(&mailbox->enabled, __ATOMIC_RELAXED))
        return;
    const uint32_t lines = k230_register_load(mailbox->inbound + EN) & EN_LINES & ~line_bit(mailbox);
    k230_register_store(mailbox->inbound + EN, lines ? lines | EN_DEVICE : 0);
    __atomic_store_n(&mailbox->enabled, false, __ATOMIC_RELAXED);
}

bool k230_mailbox_heard(const struct k230_mailbox *mailbox)
{
    const uint32_t needed = line_bit(mailbox) | EN_DEVICE;
    return (k230_register_load(mailbox->outbound + EN) & needed) == needed;
}

void k230_mailbox_notify(struct k230_mailbox *mailbox)
{
    io_fence();
#if !K230_MAILBOX_NOTIFY_BLIND
    /* Pairs with the last CLEAR of take and the fence behind it: it has not happened yet. */
    if (waiting(mailbox, mailbox->outbound) == COUNT_FULL) {
        __atomic_fetch_add(&mailbox->left_out, 1u, __ATOMIC_RELAXED);
        return;
    }
#endif
    k230_register_store(mailbox->outbound + SET, mailbox->line);
    __atomic_fetch_add(&mailbox->sent, 1u, __ATOMIC_RELAXED);
}

/* One context writes, others may read. */
static void count(uint32_t *counter, bool once)
{
    if (once)
        __atomic_store_n(counter, *counter + 1u, __ATOMIC_RELAXED);
}

bool k230_mailbox_take(struct k230_mailbox *mailbox)
{
    uint32_t clears = 0;
    while (clears < K230_MAILBOX_CLEARS && waiting(mailbox, mailbox->inbound) != 0) {
        k230_register_store(mailbox->inbound + CLEAR, mailbox->line);
        clears++;
    }
    /* The upper half flags over-runs, the lower half under-runs. How a flag is taken down is not documented, so it is
     * left alone, and counted when it goes up. */
    const uint32_t flags = line_bit(mailbox) | line_bit(mailbox) >> 16;
    const uint32_t err = k230_register_load(mailbox->inbound + ERR) & flags;
    const bool overrun = (err & ~__atomic_load_n(&mailbox->err_shown, __ATOMIC_RELAXED)) != 0;
    __atomic_store_n(&mailbox->err_shown, err, __ATOMIC_RELAXED);
    io_fence(); /* what was published before the doorbells is read after this */
    count(&mailbox->overruns, overrun);
    count(&mailbox->stuck, clears == K230_MAILBOX_CLEARS);
    count(&mailbox->received, clears != 0);
    count(&mailbox->spurious, clears == 0 && !overrun);
    return clears != 0 || overrun;
}

/* At the block and not at the interrupt controller: a PLIC ignores the completion of a source that is masked meanwhile,
 * for ever. The device's interrupt as well: it may come for another line, which nobody on this core takes down. */
static void calm(struct k230_mailbox *mailbox)
{
    k230_mailbox_disable(mailbox);
    k230_register_store(mailbox->inbound + EN, k230_register_load(mailbox->inbound + EN) & EN_LINES);
    count(&mailbox->storms, true);
}

bool k230_mailbox_interrupt(struct k230_mailbox *mailbox)
{
    const uint32_t stuck = mailbox->stuck;
    const bool found = k230_mailbox_take(mailbox);
    const uint32_t so_many = __atomic_add_fetch(&mailbox->interrupts, 1u, __ATOMIC_RELAXED);
    /* More than that many come where a task had found the line guarded before, and enabled it again only now. */
    if (so_many == K230_MAILBOX_STORM ||
        (so_many > K230_MAILBOX_STORM && __atomic_load_n(&mailbox->enabled, __ATOMIC_RELAXED)))
        calm(mailbox);
    else if (mailbox->stuck != stuck)
        k230_mailbox_disable(mailbox);
    if (!__atomic_load_n(&mailbox->enabled, __ATOMIC_RELAXED))
        __atomic_store_n(&mailbox->guarded, true, __ATOMIC_RELEASE);
    if (found && !mailbox->proven)
        __atomic_store_n(&mailbox->proven, true, __ATOMIC_RELAXED);
    /* A line that does not go down tells nothing. */
    return found && mailbox->stuck == stuck;
}

bool k230_mailbox_look(struct k230_mailbox *mailbox)
{
    const bool found = k230_mailbox_take(mailbox);
    count(&mailbox->by_clock, found && !mailbox->proven);
    return found;
}

void k230_mailbox_tend(struct k230_mailbox *mailbox, uint64_t now_ms)
{
    /* Several tasks wait at once: one of them begins the next span, and none whose time is older than its start. */
    uint64_t start_ms = __atomic_load_n(&mailbox->tended_ms, __ATOMIC_RELAXED);
    if (now_ms >= start_ms + K230_MAILBOX_STORM_MS &&
        __atomic_compare_exchange_n(&mailbox->tended_ms, &start_ms, now_ms, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        __atomic_store_n(&mailbox->interrupts, 0u, __ATOMIC_RELAXED);
    if (__atomic_load_n(&mailbox->guarded, __ATOMIC_ACQUIRE) &&
        __atomic_load_n(&mailbox->interrupts, __ATOMIC_RELAXED) < K230_MAILBOX_STORM)
        k230_mailbox_enable(mailbox);
}

static bool is_news(const uint32_t *counter, uint32_t *logged)
{
    const uint32_t now = __atomic_load_n(counter, __ATOMIC_RELAXED);
    uint32_t before = __atomic_load_n(logged, __ATOMIC_RELAXED);
    return now / 2u >= before && now != before &&
           __atomic_compare_exchange_n(logged, &before, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

const char *k230_mailbox_trouble(struct k230_mailbox *mailbox)
{
    if (is_news(&mailbox->overruns, &mailbox->overruns_logged))
        return "mailbox: doorbells over-ran the line's counter";
    if (is_news(&mailbox->stuck, &mailbox->stuck_logged))
        return "mailbox: the line does not go down; wrong address or device?";
    if (is_news(&mailbox->storms, &mailbox->storms_logged))
        return "mailbox: interrupts without end; the line rests and the memory is looked at by the clock";
    if (mailbox->wired && !__atomic_load_n(&mailbox->proven, __ATOMIC_RELAXED) &&
        __atomic_load_n(&mailbox->by_clock, __ATOMIC_RELAXED) >= K230_MAILBOX_DOUBTS &&
        is_news(&mailbox->by_clock, &mailbox->by_clock_logged))
        return "mailbox: doorbells come and the interrupt does not, so the clock looks; another K230_MAILBOX_IRQ?";
    return NULL;
}
