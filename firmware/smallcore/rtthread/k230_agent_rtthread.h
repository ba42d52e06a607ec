/* The agent as a thread of RT-Thread. A board supplies the hal; the package does the rest.
 *
 * Promises: the thread and its stack are static; it starts at INIT_APP_EXPORT where the package's Kconfig says so, or
 * by `k230_agent start`. A stop ends the big core's session as a process that exits does: what was sent still goes out.
 *
 * Contexts: start, stop and stat from any thread; ring also from an interrupt.
 */
#ifndef K230_AGENT_RTTHREAD_H
#define K230_AGENT_RTTHREAD_H

#include "k230_agent.h"

/* The package's Kconfig, and its defaults for who compiles without it. */
#ifndef K230_AGENT_TX_SIZE
#define K230_AGENT_TX_SIZE 16384
#endif
#ifndef K230_AGENT_RX_SIZE
#define K230_AGENT_RX_SIZE 16384
#endif
#ifndef K230_AGENT_PAIRS
#define K230_AGENT_PAIRS (K230_AGENT_SOCK_MAX < 16 ? K230_AGENT_SOCK_MAX : 16)
#endif
#ifndef K230_AGENT_QUEUE /* a power of two */
#define K230_AGENT_QUEUE 64
#endif

/* What the region must hold (k230_layout_of), for a board that knows its length when it is compiled. */
#define K230_AGENT_REGION_BYTES                                                                                        \
    (sizeof(struct k230_head) + K230_AGENT_QUEUE * (sizeof(struct k230_request) + sizeof(struct k230_completion)) +    \
     K230_AGENT_SOCK_MAX * sizeof(struct k230_status_line) +                                                           \
     K230_AGENT_PAIRS * (sizeof(struct k230_pair_head) + K230_AGENT_TX_SIZE + K230_AGENT_RX_SIZE))

#ifdef __cplusplus
extern "C" {
#endif

/* The board's: its end of the link, not yet attached. NULL: there is none, after logging why. Called by start. */
struct k230_hal *k230_agent_rtthread_board(void);

/* The other core has set our doorbell: the board's interrupt or its polling calls this. */
void k230_agent_rtthread_doorbell(void);

/* 0, -EBUSY: it runs already, or what is wrong with the board or the stack (-enum k230_error). */
int k230_agent_rtthread_start(void);
/* Sleeps until it has ended, which takes as long as bytes go out (at most 5 s without progress). */
int k230_agent_rtthread_stop(void);

#ifdef __cplusplus
}
#endif
#endif
