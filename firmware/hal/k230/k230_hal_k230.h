/* The hal of a program that drives the mailbox's registers itself: a kernel (RT-Thread, RT-Smart), bare metal, or a
 * process that sees the registers and hears of the interrupt (Linux with UIO). A process behind a driver has a hal of
 * its own: board/K230/rtsmart.
 *
 * Promises
 * - attach enables the line, detach takes it back; in between the board calls k230_hal_k230_interrupt from its handler
 *   (or from a thread that waits for the interrupt), and nobody else touches the line.
 * - attach always leaves the doorbell's value changed, so that what was published before it is looked at.
 * - other_alive says true: nothing on this board tells that a core has stopped, so the link goes by the heartbeat
 *   (K230_SILENCE_MS).
 * - A line that does not go down, and a core that notifies in a loop, leave this core to its threads
 *   (k230_mailbox_interrupt).
 * - Over-runs, a mailbox that does not answer and too many interrupts are logged, by the next wait of a task, not by
 * the interrupt.
 *
 * Contexts: init from one task, before the interrupt is connected; interrupt as k230_mailbox_interrupt; wait and
 * other_alive from one task at a time; the rest as k230_hal.h says.
 */
#ifndef K230_HAL_K230_H
#define K230_HAL_K230_H

#include "k230_cache.h"
#include "k230_doorbell.h"
#include "k230_hal.h"
#include "k230_mailbox.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What one core's program supplies. Mapping the region and the block, and connecting the interrupt, is its own affair:
 * both are there before init and stay until after the last detach. */
struct k230_board {
    const struct k230_os *os;
    enum k230_core core;
    volatile void *block; /* K230_MAILBOX_BASE as seen from here */
    bool wired;           /* an interrupt is connected; false: the board looks by the clock */
    unsigned device;
    unsigned line;
    void *region; /* K230_REGION_BASE as seen from here, on a line's boundary */
    uint64_t length;
    /* NULL for an uncached region: maintenance of a range of it (k230_cache.h, or the OS's), called with os->context.
     */
    void (*clean)(void *context, const void *start, size_t length);
    void (*invalidate)(void *context, const void *start, size_t length);
    /* NULL, or called after each change of the doorbell, in the context of that: for a core whose sleeper waits for
     * more than the doorbell (the agent, which waits for sockets too, is woken with k230_stack_wake or its doorbell
     * descriptor). */
    void (*on_doorbell)(void *context);
};

struct k230_hal_k230 {
    struct k230_hal hal; /* first: the hal's operations receive it */
    struct k230_hal_ops table;
    struct k230_board board;
    struct k230_mailbox mailbox;
    struct k230_doorbell doorbell;
};

/* `board` is copied. False if device, line or region cannot be. */
bool k230_hal_k230_init(struct k230_hal_k230 *k230, const struct k230_board *board);

/* The mailbox's interrupt. */
void k230_hal_k230_interrupt(struct k230_hal_k230 *k230);

/* By the clock instead, between attach and detach: at each tick until it says false, which is when the interrupt has
 * come. In the interrupt's context, or with the interrupt masked. */
bool k230_hal_k230_look(struct k230_hal_k230 *k230);

#ifdef __cplusplus
}
#endif
#endif
