/* One core's end of the link: the rings of the region, and the rules for waking the other core.
 *
 * Promises: after k230_link_notify_* the other core looks, now or, if the doorbell was lost, at its next watchdog look;
 * a core that is awake is not notified. docs/maintain/protocol.md has the argument why no wake-up is lost.
 *
 * Contexts: k230_link_open while nothing else runs on the link; the rest as the callers' locks allow (bigcore holds
 * its lock, the agent is one thread). Nothing here waits.
 */
#ifndef K230_LINK_H
#define K230_LINK_H

#include "k230_bits.h"
#include "k230_queue.h"
#include "k230_ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A core looks at least this often, doorbell or not, so that a lost one costs a pause and never a hang. */
#define K230_WATCHDOG_MS 250u

enum k230_side { K230_SIDE_BIG, K230_SIDE_SMALL };

struct k230_link {
    struct k230_hal *hal;
    enum k230_side side;
    struct k230_head *head;
    struct k230_limits limits;
    struct k230_layout layout;
    struct k230_queue requests;
    struct k230_queue completions;
    struct k230_ring_row tx; /* every pair's, this side's ends */
    struct k230_ring_row rx;
    struct k230_bits news; /* sockets that changed, small to big */
    struct k230_bits kick; /* sockets with work, big to small */
};

/* Opens this side's end on the hal's region; zeroes the indices that this side writes. False if the limits do not
 * fit the region. */
bool k230_link_open(struct k230_link *link, struct k230_hal *hal, enum k230_side side,
                    const struct k230_limits *limits);

struct k230_status_line *k230_link_status(const struct k230_link *link, uint32_t slot);

/* This side's ends of a pair's rings; opening zeroes the indices that this side writes. `pair` is in range. They stand
 * on the link, which stays where it is and is not opened again while they are used. */
void k230_link_tx(const struct k230_link *link, uint32_t pair, struct k230_ring *ring);
void k230_link_rx(const struct k230_link *link, uint32_t pair, struct k230_ring *ring);

/* Big core: sets the agent's doorbell if it sleeps. Call after publishing. */
void k230_link_notify_small(struct k230_link *link);

/* Small core: sets the big core's doorbell for those sleepers among `hints` that have announced themselves. Call after
 * publishing. */
void k230_link_notify_big(struct k230_link *link, uint32_t hints);

static inline uint32_t k230_hint(uint32_t slot) { return 1u << slot % 32u; }

#ifdef __cplusplus
}
#endif
#endif
