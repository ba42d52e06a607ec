#include "k230_hal_k230.h"

#include "k230_protocol.h"

#include <string.h>

static struct k230_hal_k230 *self(struct k230_hal *hal) { return (struct k230_hal_k230 *)hal; }

static const struct k230_os *os_of(struct k230_hal *hal) { return self(hal)->board.os; }

static void set_doorbell(struct k230_hal_k230 *k230, uint32_t hints)
{
    k230_doorbell_set(&k230->doorbell, k230->board.os, hints);
    if (k230->board.on_doorbell)
        k230->board.on_doorbell(k230->board.os->context);
}

static int k230_attach(struct k230_hal *hal)
{
    struct k230_hal_k230 *k230 = self(hal);
    hal->region = k230->board.region;
    hal->length = k230->board.length;
    k230_mailbox_enable(&k230->mailbox);
    set_doorbell(k230, K230_ALL_HINTS);
    return 0;
}

static void k230_detach(struct k230_hal *hal)
{
    k230_mailbox_disable(&self(hal)->mailbox);
    hal->region = NULL;
    hal->length = 0;
}

static void k230_notify(struct k230_hal *hal, uint32_t hints)
{
    (void)hints; /* the mailbox carries nothing: the other core wakes everybody */
    k230_mailbox_notify(&self(hal)->mailbox);
}

static uint32_t own_doorbell(struct k230_hal *hal) { return k230_doorbell_count(&self(hal)->doorbell); }

/* From a task: the guard's share, and what the interrupt only counted. */
static void tend(struct k230_hal_k230 *k230)
{
    k230_mailbox_tend(&k230->mailbox, k230->board.os->now_ms(k230->board.os->context));
    const char *line;
    while ((line = k230_mailbox_trouble(&k230->mailbox)))
        k230->board.os->log(k230->board.os->context, line);
}

static void k230_wait(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms)
{
    tend(self(hal));
    k230_doorbell_wait(&self(hal)->doorbell, os_of(hal), seen, hints, timeout_ms);
}

static void k230_sleep(struct k230_hal *hal, uint32_t ms) { os_of(hal)->sleep(os_of(hal)->context, ms); }

static void k230_wake(struct k230_hal *hal, uint32_t hints) { set_doorbell(self(hal), hints); }

/* The agent sleeps in its stack's wait and never comes to k230_wait, but it looks here each ALIVE_MS. */
static bool k230_other_alive(struct k230_hal *hal)
{
    tend(self(hal));
    return true;
}

static void k230_clean(struct k230_hal *hal, const void *start, size_t length)
{
    self(hal)->board.clean(os_of(hal)->context, start, length);
}

static void k230_invalidate(struct k230_hal *hal, const void *start, size_t length)
{
    self(hal)->board.invalidate(os_of(hal)->context, start, length);
}

static uint64_t k230_now_ms(struct k230_hal *hal) { return os_of(hal)->now_ms(os_of(hal)->context); }

static uint32_t k230_fresh_id(struct k230_hal *hal) { return os_of(hal)->fresh_id(os_of(hal)->context); }

static void k230_log(struct k230_hal *hal, const char *line) { os_of(hal)->log(os_of(hal)->context, line); }

static void k230_lock(struct k230_hal *hal, uint32_t *word) { os_of(hal)->lock(os_of(hal)->context, word); }

static void k230_unlock(struct k230_hal *hal, uint32_t *word) { os_of(hal)->unlock(os_of(hal)->context, word); }

bool k230_hal_k230_init(struct k230_hal_k230 *k230, const struct k230_board *board)
{
    memset(k230, 0, sizeof *k230);
    k230->board = *board;
    k230->table = (struct k230_hal_ops){
        .attach = k230_attach,
        .detach = k230_detach,
        .notify = k230_notify,
        .doorbell = own_doorbell,
        .wait = k230_wait,
        .sleep = k230_sleep,
        .wake = k230_wake,
        .other_alive = k230_other_alive,
        .clean = board->clean ? k230_clean : NULL,
        .invalidate = board->invalidate ? k230_invalidate : NULL,
        .now_ms = k230_now_ms,
        .fresh_id = k230_fresh_id,
        .log = k230_log,
        .lock = board->os->lock ? k230_lock : NULL,
        .unlock = board->os->lock ? k230_unlock : NULL,
    };
    k230->hal.ops = &k230->table;
    const bool fine = board->region && (uintptr_t)board->region % K230_LINE == 0 && board->length != 0 &&
                      !board->clean == !board->invalidate &&
                      k230_mailbox_open(&k230->mailbox, board->block, board->core, board->device, board->line);
    k230->mailbox.wired = board->wired;
    return fine;
}

void k230_hal_k230_interrupt(struct k230_hal_k230 *k230)
{
    if (k230_mailbox_interrupt(&k230->mailbox))
        set_doorbell(k230, K230_ALL_HINTS);
}

bool k230_hal_k230_look(struct k230_hal_k230 *k230)
{
    if (k230_mailbox_look(&k230->mailbox))
        set_doorbell(k230, K230_ALL_HINTS);
    return !__atomic_load_n(&k230->mailbox.proven, __ATOMIC_RELAXED);
}
