/* Calls of the CLR that wait. A native function of nanoCLR may not sleep: all managed threads share its native thread.
 * It leaves its frame parked and is entered again from the top. What the call remembers meanwhile lies here, and a
 * ticket in the frame (m_customState) says which call it is; so two threads that wait on one socket are two calls.
 *
 * Promises: nothing here points into the managed heap. A ticket is good for one call: after k230_clr_leave, and after a
 * reboot, it finds nothing. Nothing is allocated; K230_CLR_CALLS calls can wait at once.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_CLR_H
#define K230_CLR_H

#include "k230_op.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More than the threads of a managed program. */
#ifndef K230_CLR_CALLS
#define K230_CLR_CALLS 32
#endif

/* A waiter is woken by an event; this is how long it waits at most before it looks by itself, because an event of
 * nanoCLR carries no count: one bit for all, which the first that looks takes down. */
#ifndef K230_CLR_LOOK_MS
#define K230_CLR_LOOK_MS 1000u
#endif

/* Before the first native call. `client` is initialised; `news` is called as k230_client_on_news says. */
void k230_clr_use(struct k230_client *client, void (*news)(void *arg));

/* NULL before k230_clr_use. */
struct k230_client *k230_clr_client(void);

/* The call's operation. *ticket 0: a new one, and *ticket is set; NULL: too many wait, *ticket stays 0. Else the one of
 * that ticket; NULL: a reboot has ended it. */
struct k230_operation *k230_clr_enter(uint32_t *ticket);

/* After the operation gave -K230_PENDING. 0: it was not listening yet and is now; call the operation again. Else park
 * for that many milliseconds, or until an event. */
uint32_t k230_clr_wait(struct k230_operation *op);

/* The call is over, or its frame is gone: what is still under way is taken back. A ticket that finds nothing is fine.
 */
void k230_clr_leave(uint32_t ticket);

/* Calls that wait. */
uint32_t k230_clr_waiting(void);

/* Managed code starts anew: forgets all calls, and resets the client (k230_client_reset). Blocks until a session that
 * is just being started has begun or failed (K230_START_MS at most). */
void k230_clr_reboot(void);

#ifdef __cplusplus
}
#endif
#endif
