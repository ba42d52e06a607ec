/* What a board supplies: a shared region, a doorbell each way, a clock, a lock, a log.
 *
 * Promises: this is all that link, bigcore and smallcore know of the machine; nothing above it includes an OS or
 * board header. One `struct k230_hal` stands for one core's end of the link. A board embeds it as the first member
 * of its own structure and fills `ops`.
 *
 * Contexts: every operation may be called from any thread of its core unless its comment says otherwise; `notify` and
 * `wake` may also be called from an interrupt. None of them allocates.
 */
#ifndef K230_HAL_H
#define K230_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k230_hal;

#define K230_ALL_HINTS 0xFFFFFFFFu

/* For fresh_id where there is no random source: never 0, and seeds that differ in any bit give ids that look unlike.
 * The finaliser of SplitMix64 (Steele, Lea, Flood, 2014). */
static inline uint32_t k230_id_of(uint64_t seed)
{
    seed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9u;
    seed = (seed ^ seed >> 27) * 0x94D049BB133111EBu;
    const uint32_t id = (uint32_t)((seed ^ seed >> 31) >> 32);
    return id ? id : 1u;
}

struct k230_hal_ops {
    /* Brings up (or again up) the region and the way to the other core; fills `region` and `length`. 0, or
     * -enum k230_error after logging what failed. Task context only; may block for a bounded time. */
    int (*attach)(struct k230_hal *hal);
    /* Undoes attach. No other operation is running on the region. */
    void (*detach)(struct k230_hal *hal);

    /* Sets the other core's doorbell: "look again". Never waits. `hints` says which sleepers it concerns (bit n = slots
     * with slot % 32 == n); a board whose doorbell carries nothing wakes everybody. */
    void (*notify)(struct k230_hal *hal, uint32_t hints);
    /* The value of this core's own doorbell: changes with each notify of the other core and each wake of its own. */
    uint32_t (*doorbell)(struct k230_hal *hal);
    /* Sleeps until the doorbell's value is no longer `seen` or timeout_ms have passed; may return early. Task context.
     */
    void (*wait)(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms);
    /* For a board where being woken costs more than most waits; NULL elsewhere: who waits sleeps at once, and leaves
     * the processor to others. True: look once more before asking for a doorbell. *since is 0 at the first call of a
     * wait, afterwards the board's. `waited` ends a wait for which `look_again` was called. */
    bool (*look_again)(struct k230_hal *hal, uint64_t *since);
    void (*waited)(struct k230_hal *hal, uint64_t since);
    /* Sleeps that long, whatever the doorbell does. May be called without a region. Task context. */
    void (*sleep)(struct k230_hal *hal, uint32_t ms);
    /* Sets this core's own doorbell, so that its sleepers look again. */
    void (*wake)(struct k230_hal *hal, uint32_t hints);
    /* False once the board knows that the other core is gone (a closed connection, a halted core). A board that
     * cannot know says true; the link then goes by the heartbeat. */
    bool (*other_alive)(struct k230_hal *hal);

    /* Cache maintenance of a range of the region; NULL where the region is uncached or coherent. */
    void (*clean)(struct k230_hal *hal, const void *start, size_t length);
    void (*invalidate)(struct k230_hal *hal, const void *start, size_t length);

    uint64_t (*now_ms)(struct k230_hal *hal);   /* monotonic */
    uint32_t (*fresh_id)(struct k230_hal *hal); /* never 0, unlikely to repeat: boot and session ids */
    /* Called without a lock; still, one that blocks holds up the small core, which has one thread. */
    void (*log)(struct k230_hal *hal, const char *line);

    /* A lock is one zeroed word. NULL where only one thread of this core uses the link. */
    void (*lock)(struct k230_hal *hal, uint32_t *word);
    void (*unlock)(struct k230_hal *hal, uint32_t *word);
};

struct k230_hal {
    const struct k230_hal_ops *ops;
    void *region;    /* as this core sees it; valid between attach and detach */
    uint64_t length; /* bytes */
};

static inline void k230_hal_lock(struct k230_hal *hal, uint32_t *word)
{
    if (hal->ops->lock)
        hal->ops->lock(hal, word);
}

static inline void k230_hal_unlock(struct k230_hal *hal, uint32_t *word)
{
    if (hal->ops->unlock)
        hal->ops->unlock(hal, word);
}

#ifdef __cplusplus
}
#endif
#endif
