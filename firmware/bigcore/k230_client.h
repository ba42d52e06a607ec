/* The client: the state of its layers in one structure that a board places in static memory, and its life. Each layer
 * touches its own member alone.
 *
 * Contexts: any thread unless a comment says otherwise. Not from an interrupt.
 */
#ifndef K230_CLIENT_H
#define K230_CLIENT_H

#include "ask/k230_asks.h"
#include "engine/k230_engine.h"
#include "sock/k230_socks.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k230_client {
    struct k230_engine engine; /* first: an engine's handlers find the client by it */
    struct k230_socks sock;
    struct k230_asks ask;
};
K230_STATIC_ASSERT(offsetof(struct k230_client, engine) == 0, "k230_client_of");

static inline struct k230_client *k230_client_of(struct k230_engine *engine) { return (struct k230_client *)engine; }

/* Ends the session: every socket gives ECONNRESET, every waiter wakes, the agent closes everything. May be followed
 * by further calls, which start a new session (soft reboot). */
static inline void k230_client_stop(struct k230_client *client) { k230_engine_stop(&client->engine); }

/* For a user that must not sleep in here (nanoCLR: all managed threads share one native thread). Call it before
 * anything else.
 * - `on_news` is called after the state has changed, so that whoever looks from then on sees the change: by any thread
 *   that is in the client, and by the thread below. It must not call the client, nor wait; locks may be held.
 * - A thread of the board's calls k230_client_attend in a loop. It sleeps on the doorbell, takes what is new, and calls
 *   `on_news`; it also starts sessions, so that nobody else is held up by that.
 * - Who waits arms itself (k230_arm, k230_op_arm), so that the agent notifies for it. */
static inline void k230_client_on_news(struct k230_client *client, void (*on_news)(void *arg), void *arg)
{
    k230_engine_on_news(&client->engine, on_news, arg);
}
static inline void k230_client_attend(struct k230_client *client) { k230_engine_attend(&client->engine); }

/* From now on news of these hints (k230_sock_hints) call the `on_news` hook. True: that was not so before, so look once
 * more before waiting; what came in between is seen by that look. It stays so until k230_disarm. */
static inline bool k230_arm(struct k230_client *client, struct k230_arming *arming, uint32_t hints)
{
    return k230_engine_arm(&client->engine, arming, hints);
}
static inline void k230_disarm(struct k230_client *client, struct k230_arming *arming)
{
    k230_engine_disarm(&client->engine, arming);
}

/* Makes every waiter look again; a k230_poll then returns -EINTR. */
static inline void k230_client_wake(struct k230_client *client) { k230_engine_wake_all(&client->engine); }
/* How often that was called. */
static inline uint32_t k230_client_wakes(struct k230_client *client) { return k230_engine_wakes(&client->engine); }

/* Takes what the agent has published, for a caller that then reads state (k230_sock_events, k230_network) and does not
 * wait. */
static inline void k230_client_look(struct k230_client *client) { k230_engine_look(&client->engine); }

/* Why the last session ended: enum k230_fault. */
static inline uint32_t k230_client_fault(struct k230_client *client) { return k230_engine_fault(&client->engine); }

/* True while a close or the end of a connect has not been told to the agent. */
static inline bool k230_client_owes(struct k230_client *client) { return k230_engine_owes(&client->engine); }

/* Milliseconds from now as a deadline; negative = K230_FOREVER. */
static inline uint64_t k230_deadline(struct k230_client *client, int timeout_ms)
{
    return k230_engine_deadline(&client->engine, timeout_ms);
}

#ifdef __cplusplus
}
#endif
#endif
