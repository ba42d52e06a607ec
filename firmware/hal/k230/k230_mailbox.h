/* One line of the K230's mailbox: the doorbell between the cores, at register level.
 *
 * Facts, all from IPCM's ipcm_platform.h (names) and apache/nuttx's k230_ipi.h (meaning):
 * - Per device and direction five registers: EN, SET, CLEAR, STATUS, ERR. SET and CLEAR take the number of a line.
 * - STATUS has a 2-bit counter per line: SET adds one, CLEAR takes one away. A fourth SET before a CLEAR is an
 * over-run, which ERR flags; whether the counter then stays or wraps is not documented.
 * - EN: bit 0 the device's interrupt, bit 1 zeroes the counters, bits 16 up enable a line each.
 *
 * Promises
 * - The block is never reset and the counters are never zeroed: either would take the other direction's doorbells away,
 * and the reset the hardware locks as well.
 * - Only the enables of the direction towards this core are written, and there only bit 0 and this line's.
 * - To notify is a fence of all stores, then one SET. It is left out while three doorbells wait: the other core, which
 *   has not cleared the line yet, looks at memory after it does, so it sees what this one would have announced.
 * - k230_mailbox_take leaves the line at zero (or gives up after K230_MAILBOX_CLEARS), and whatever was stored before
 *   those doorbells can be read afterwards. One that comes later raises the interrupt again.
 * - k230_mailbox_interrupt, a take in an interrupt's handler, leaves this core to its threads whatever the block or the
 *   other core does: a line that does not go down is switched off at once, and the device's interrupt after
 *   K230_MAILBOX_STORM of them in K230_MAILBOX_STORM_MS. Meanwhile the link goes by its watchdog's look at memory;
 *   k230_mailbox_tend, called by a task, tries again.
 * - Until the interrupt has come once with a doorbell (`proven`), the board also looks by the clock
 * (k230_mailbox_look), so an interrupt number that nobody has confirmed costs a tick for each doorbell and says so, and
 * nothing waits for it in vain.
 *
 * Contexts: open, enable, disable and tend from one task at a time, and not while another program of this core changes
 * the enables of the same device; notify and trouble from anywhere; take and interrupt from the interrupt, or with it
 * masked, and look likewise: never twice at a time, since each would clear for the other.
 */
#ifndef K230_MAILBOX_H
#define K230_MAILBOX_H

#include "k230_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Doorbells found by the clock after which an interrupt that has never come is told of. A few may be seen by the clock
 * first, where it comes while interrupts are masked. */
#define K230_MAILBOX_DOUBTS 16u

/* CLEARs of one take, at most. Three doorbells fit the counter; the rest is for those that come meanwhile. A block that
 * does not answer (powered down, wrong address) must not hold up an interrupt for ever. */
#define K230_MAILBOX_CLEARS 16u

/* Interrupts of K230_MAILBOX_STORM_MS, at most: some 40 000 a second, a tenth of the small core's time, where the
 * busiest transfers need 7 000. */
#ifndef K230_MAILBOX_STORM
#define K230_MAILBOX_STORM 2048u
#endif
#define K230_MAILBOX_STORM_MS 50u

/* 1: k230_mailbox_notify reads no register first, for a board whose STATUS of the outgoing direction cannot be read. */
#ifndef K230_MAILBOX_NOTIFY_BLIND
#define K230_MAILBOX_NOTIFY_BLIND 0
#endif

enum k230_core { K230_CORE_BIG, K230_CORE_SMALL };

struct k230_mailbox {
    volatile uint32_t *inbound;  /* the five registers of the direction towards this core */
    volatile uint32_t *outbound; /* and of the one away from it */
    uint8_t line;
    bool enabled; /* atomic, as are err_shown and guarded: the interrupt disables, a task enables */
    /* Counted by take, in its context. */
    uint32_t received;  /* takes that found the line set */
    uint32_t spurious;  /* takes that found nothing */
    uint32_t overruns;  /* over-runs and under-runs of this line that ERR has shown */
    uint32_t stuck;     /* takes that gave up */
    uint32_t err_shown; /* this line's flags when ERR was read last */
    bool wired;         /* the board has connected an interrupt; set by the board */
    bool proven;        /* and it has come with a doorbell */
    uint32_t by_clock;  /* doorbells that a look found before that */
    /* The guard of k230_mailbox_interrupt. */
    bool guarded;        /* the line is off until a task tends it */
    uint32_t interrupts; /* since tended_ms */
    uint32_t storms;     /* times that they were too many */
    uint64_t tended_ms;  /* atomic: every task that waits tends */
    /* What k230_mailbox_trouble has said. */
    uint32_t overruns_logged;
    uint32_t stuck_logged;
    uint32_t storms_logged;
    uint32_t by_clock_logged;
    /* Counted by notify, approximately: several threads may. */
    uint32_t sent;
    uint32_t left_out;
};

/* `block`: where the program sees K230_MAILBOX_BASE. False if there is no such device or line. Writes nothing. */
bool k230_mailbox_open(struct k230_mailbox *mailbox, volatile void *block, enum k230_core core, unsigned device,
                       unsigned line);

/* Lets the line interrupt this core. Doorbells of before stay pending, so they interrupt at once. */
void k230_mailbox_enable(struct k230_mailbox *mailbox);
/* The line no longer interrupts; the device neither, if this was its last line. */
void k230_mailbox_disable(struct k230_mailbox *mailbox);

/* True if the other core takes interrupts of this line: it has started. */
bool k230_mailbox_heard(const struct k230_mailbox *mailbox);

void k230_mailbox_notify(struct k230_mailbox *mailbox);

/* Acknowledges all doorbells. True if there were any, or one was lost by an over-run: look at memory. */
bool k230_mailbox_take(struct k230_mailbox *mailbox);

/* The same in the handler of the interrupt, with the guard. */
bool k230_mailbox_interrupt(struct k230_mailbox *mailbox);

/* The same by the clock. A board does it at each tick while `proven` is false, and stops then. */
bool k230_mailbox_look(struct k230_mailbox *mailbox);

/* Gives the interrupt its next K230_MAILBOX_STORM once the time of the last ones is over, and switches a line on again
 * that the guard has switched off. A task that waits for doorbells calls it each time. now_ms is monotonic. */
void k230_mailbox_tend(struct k230_mailbox *mailbox, uint64_t now_ms);

/* The next line to log about over-runs, a line that does not go down, and interrupts that are too many or never come;
 * or NULL. Each trouble is told the first time and whenever there is twice as much of it, as a stuck line would fill
 * the log. */
const char *k230_mailbox_trouble(struct k230_mailbox *mailbox);

/* k230_register.c, which a test replaces: one 32-bit access each. */
uint32_t k230_register_load(const volatile uint32_t *at);
void k230_register_store(volatile uint32_t *at, uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
