#include "k230_hal_clint.h"

/* Registers, as offsets in the block. */
#define MSIP(hart) (4u * (hart))
#define MTIMECMP(hart) (0x4000u + 8u * (hart))
#define MTIME 0xBFF8u

/* Interrupt numbers of machine mode, and their bits in mie. */
#define SOFTWARE 3u
#define TIMER 7u
#define MSTATUS_MIE 8u

static struct k230_hal_clint *self(struct k230_hal *hal) { return (struct k230_hal_clint *)hal; }

static void write32(const struct k230_hal_clint *clint, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)(clint->board->clint + offset) = value;
}

static void write64(const struct k230_hal_clint *clint, uint32_t offset, uint64_t value)
{
    *(volatile uint64_t *)(clint->board->clint + offset) = value;
}

static uint64_t ticks(const struct k230_hal_clint *clint)
{
    return *(const volatile uint64_t *)(clint->board->clint + MTIME);
}

static int clint_attach(struct k230_hal *hal)
{
    hal->region = self(hal)->board->region;
    hal->length = self(hal)->board->length;
    return 0;
}

static void clint_detach(struct k230_hal *hal) { (void)hal; }

static void clint_notify(struct k230_hal *hal, uint32_t hints)
{
    (void)hints;
    __asm__ volatile("fence w, o" ::: "memory"); /* what it announces is in memory before it */
    write32(self(hal), MSIP(self(hal)->other), 1);
}

static uint32_t clint_doorbell(struct k230_hal *hal) { return __atomic_load_n(&self(hal)->doorbell, __ATOMIC_SEQ_CST); }

static void clint_wake(struct k230_hal *hal, uint32_t hints)
{
    (void)hints;
    __atomic_fetch_add(&self(hal)->doorbell, 1u, __ATOMIC_SEQ_CST);
}

/* With `doorbell` NULL nothing but the time ends it. */
static void sleep_until(struct k230_hal_clint *clint, uint64_t until, const uint32_t *doorbell, uint32_t seen)
{
    for (;;) {
        __asm__ volatile("csrc mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
        const bool over = ticks(clint) >= until || (doorbell && __atomic_load_n(doorbell, __ATOMIC_RELAXED) != seen);
        if (!over) {
            write64(clint, MTIMECMP(clint->hart), until);
            /* Ends when an interrupt is pending, masked or not: privileged specification, 3.3.3. */
            __asm__ volatile("wfi" ::: "memory");
        }
        __asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE) : "memory"); /* here it is taken */
        if (over)
            break;
    }
    write64(clint, MTIMECMP(clint->hart), UINT64_MAX);
}

static void clint_wait(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms)
{
    struct k230_hal_clint *clint = self(hal);
    (void)hints;
    sleep_until(clint, ticks(clint) + (uint64_t)timeout_ms * clint->board->ticks_per_ms, &clint->doorbell, seen);
    if (timeout_ms >= K230_HAL_CLINT_LAPSE_MS && clint_doorbell(hal) == seen)
        __atomic_fetch_add(&clint->lapses, 1u, __ATOMIC_RELAXED);
}

static void clint_sleep(struct k230_hal *hal, uint32_t ms)
{
    struct k230_hal_clint *clint = self(hal);
    sleep_until(clint, ticks(clint) + (uint64_t)ms * clint->board->ticks_per_ms, NULL, 0);
}

static bool clint_other_alive(struct k230_hal *hal)
{
    (void)hal;
    return true; /* one hart cannot see whether another has stopped; the link goes by the heartbeat */
}

static uint64_t clint_now_ms(struct k230_hal *hal) { return ticks(self(hal)) / self(hal)->board->ticks_per_ms; }

static uint32_t clint_fresh_id(struct k230_hal *hal)
{
    struct k230_hal_clint *clint = self(hal);
    return k230_id_of((ticks(clint) << 8 | (uint64_t)clint->hart << 4) + ++clint->ids);
}

static void clint_log(struct k230_hal *hal, const char *line) { self(hal)->board->log(self(hal)->name, line); }

static const struct k230_hal_ops s_ops = {.attach = clint_attach,
                                          .detach = clint_detach,
                                          .notify = clint_notify,
                                          .doorbell = clint_doorbell,
                                          .wait = clint_wait,
                                          .sleep = clint_sleep,
                                          .wake = clint_wake,
                                          .other_alive = clint_other_alive,
                                          .now_ms = clint_now_ms,
                                          .fresh_id = clint_fresh_id,
                                          .log = clint_log};

void k230_hal_clint_init(struct k230_hal_clint *clint, const struct k230_hal_clint_board *board, const char *name,
                         uint32_t hart, uint32_t other)
{
    *clint =
        (struct k230_hal_clint){.hal = {.ops = &s_ops}, .board = board, .name = name, .hart = hart, .other = other};
    clint_attach(&clint->hal);
    write64(clint, MTIMECMP(hart), UINT64_MAX);
    __asm__ volatile("csrs mie, %0" ::"r"((uint64_t)(1u << SOFTWARE | 1u << TIMER)) : "memory");
    __asm__ volatile("csrs mstatus, %0" ::"r"(MSTATUS_MIE) : "memory");
}

bool k230_hal_clint_interrupt(struct k230_hal_clint *clint, uint64_t number)
{
    if (number == SOFTWARE) {
        write32(clint, MSIP(clint->hart), 0); /* first: a doorbell from here on is another interrupt */
        __asm__ volatile("fence o, rw" ::: "memory");
        __atomic_fetch_add(&clint->doorbell, 1u, __ATOMIC_SEQ_CST);
        return true;
    }
    if (number == TIMER) {
        write64(clint, MTIMECMP(clint->hart), UINT64_MAX);
        return true;
    }
    return false;
}
