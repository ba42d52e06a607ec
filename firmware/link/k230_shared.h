/* Every access to memory that both cores see goes through these functions.
 *
 * Promises: a value read here is read once (copy, check, use); a publication is never seen before what it publishes.
 * On a board with a cached, non-coherent region the hal's clean and invalidate make that true; elsewhere they cost
 * one test of a pointer.
 *
 * Each caller's comment names the access on the other core that it pairs with. Any context.
 */
#ifndef K230_SHARED_H
#define K230_SHARED_H

#include "k230_hal.h"
#include "k230_protocol.h"

#include <string.h>

static inline void k230_shared_invalidate(struct k230_hal *hal, const void *start, size_t length)
{
    if (hal->ops->invalidate)
        hal->ops->invalidate(hal, start, length);
}

static inline void k230_shared_clean(struct k230_hal *hal, const void *start, size_t length)
{
    if (hal->ops->clean)
        hal->ops->clean(hal, start, length);
}

/* The other core's word; what it published before the word is visible afterwards. */
static inline uint32_t k230_shared_load(struct k230_hal *hal, const uint32_t *word)
{
    k230_shared_invalidate(hal, word, sizeof *word);
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Publishes our own word after everything written before it. */
static inline void k230_shared_store(struct k230_hal *hal, uint32_t *word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
    k230_shared_clean(hal, word, sizeof *word);
}

/* Orders our store before our next load. Both sides of every "publish, then look whether the other one sleeps" /
 * "announce sleep, then look once more" need it: release and acquire never order a store before a later load. */
static inline void k230_shared_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* Copies out of and into the region. */
static inline void k230_shared_read(struct k230_hal *hal, void *to, const void *from, size_t length)
{
    k230_shared_invalidate(hal, from, length);
    memcpy(to, from, length);
}

static inline void k230_shared_write(struct k230_hal *hal, void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
    k230_shared_clean(hal, to, length);
}

/* The same for a hello, which the other core may read, or write anew, at any moment: each word is whole. That all are of
 * one time is for the caller to find out, by a word that it loads afterwards. `length` is of whole words. */
static inline void k230_shared_read_words(struct k230_hal *hal, void *to, const void *from, size_t length)
{
    k230_shared_invalidate(hal, from, length);
    for (size_t i = 0; i < length / sizeof(uint32_t); i++)
        ((uint32_t *)to)[i] = __atomic_load_n((const uint32_t *)from + i, __ATOMIC_ACQUIRE);
}

static inline void k230_shared_write_words(struct k230_hal *hal, void *to, const void *from, size_t length)
{
    for (size_t i = 0; i < length / sizeof(uint32_t); i++)
        __atomic_store_n((uint32_t *)to + i, ((const uint32_t *)from)[i], __ATOMIC_RELEASE);
    k230_shared_clean(hal, to, length);
}

#endif
