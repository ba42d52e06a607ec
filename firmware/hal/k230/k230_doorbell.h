/* This core's own doorbell: a count that every set raises, and the threads that sleep on it.
 *
 * Promises
 * - k230_doorbell_wait returns once the count is no longer `seen`, wherever between its call and its sleep the set
 *   falls. It may return early.
 * - Needs of the OS only counting (or binary) semaphores, one for each thread that may sleep here at a time, so the
 *   same code serves a kernel, a process and bare metal.
 * - Nothing is allocated; zeroed memory is an idle doorbell.
 *
 * Contexts: set from anywhere, interrupts included; wait from a task.
 */
#ifndef K230_DOORBELL_H
#define K230_DOORBELL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Threads that sleep at a time; a further one sleeps a millisecond and looks again. nanoCLR needs two: the thread that
 * attends the client and one that ends a session. */
#ifndef K230_SLEEPERS
#define K230_SLEEPERS 8u
#endif

/* What the OS supplies. */
struct k230_os {
    void *context;
    /* Takes semaphore number `sleeper` (below K230_SLEEPERS), or returns after that time. Task context. NULL, as
     * is give, where no thread sleeps on the doorbell but in something that `on_doorbell` of the board wakes. */
    void (*take)(void *context, unsigned sleeper, uint32_t timeout_ms);
    /* Gives it. Any context. */
    void (*give)(void *context, unsigned sleeper);
    void (*sleep)(void *context, uint32_t ms);
    uint64_t (*now_ms)(void *context);   /* monotonic */
    uint32_t (*fresh_id)(void *context); /* never 0, unlikely to repeat, after a restart neither */
    void (*log)(void *context, const char *line);
    /* As in k230_hal.h; NULL where only one thread uses the link. */
    void (*lock)(void *context, uint32_t *word);
    void (*unlock)(void *context, uint32_t *word);
};

struct k230_doorbell {
    uint32_t count;
    uint32_t taken; /* bit n: semaphore n has a sleeper */
    uint32_t hints[K230_SLEEPERS];
    uint32_t called[K230_SLEEPERS]; /* the semaphore has been given to this sleeper */
};

/* Raises the count and wakes the sleepers that one of the hints concerns. */
void k230_doorbell_set(struct k230_doorbell *doorbell, const struct k230_os *os, uint32_t hints);

uint32_t k230_doorbell_count(const struct k230_doorbell *doorbell);

/* hints 0: is woken by all. */
void k230_doorbell_wait(struct k230_doorbell *doorbell, const struct k230_os *os, uint32_t seen, uint32_t hints,
                        uint32_t timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
