/* The agent as a thread of RT-Thread. A board supplies the hal; the package does the rest.
 *
 * Promises: the thread and its stack are static; it starts at INIT_APP_EXPORT where the package's Kconfig says so, or
 * by `k230_agent start`. A stop ends the big core's session as a process that exits does: what was sent still goes out.
 *
 * Contexts: start, stop and stat from any thread; ring also from an interrupt.
 */
#ifndef K230_AGENT_RTTHREAD_H
#define K230_AGENT_RTTHREAD_H

#include "k230_hal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The board's: its end of the link, not yet attached. NULL: there is none, after logging why. Called by start. */
struct k230_hal *k230_agent_rtthread_board(void);

/* The other core has rung: the board's interrupt or its polling calls this. */
void k230_agent_rtthread_ring(void);

/* 0, -EBUSY: it runs already, or what is wrong with the board or the stack (-enum k230_error). */
int k230_agent_rtthread_start(void);
/* Sleeps until it has ended, which takes as long as bytes go out (at most 5 s without progress). */
int k230_agent_rtthread_stop(void);

#ifdef __cplusplus
}
#endif
#endif
