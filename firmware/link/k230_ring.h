/* A byte ring between the cores: one producer, one consumer, free-running 32-bit indices.
 *
 * Promises: what the producer published is what the consumer gets, in order, once. The index that the other core
 * writes is copied once and checked; a value that claims more than the ring holds, or that runs backwards, is
 * reported as K230_RING_BROKEN and nothing is touched. Bookkeeping is private: the shared index is never read back.
 *
 * Contexts: one end is used by one thread at a time (its owner holds a lock where there are several).
 */
#ifndef K230_RING_H
#define K230_RING_H

#include "k230_shared.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_RING_BROKEN 0xFFFFFFFFu

/* What all pairs' rings of one direction have in common, as one core sees them. */
struct k230_ring_row {
    struct k230_hal *hal;
    uint8_t *data;    /* of the first ring; its indices: */
    uint32_t *mine;   /* shared, this end writes it */
    uint32_t *theirs; /* shared, the other end writes it */
    uint32_t size;    /* bytes of each ring, a power of two */
    uint32_t stride;  /* bytes from one ring's memory and indices to the next one's */
};

/* One of a row. Sockets have two of these each, so where the ring lies is worked out and not kept. */
struct k230_ring {
    const struct k230_ring_row *row;
    uint32_t number;
    uint32_t own;  /* this end's position; published into the ring's own `mine` */
    uint32_t seen; /* last good value of its `theirs` */
};

/* One or two pieces of the ring's memory. */
struct k230_span {
    uint8_t *start;
    uint32_t length;
};

/* Both indices of a fresh ring are zero; each end stores its own. */
void k230_ring_open(struct k230_ring *ring, const struct k230_ring_row *row, uint32_t number);

static inline uint8_t *k230_ring_data(const struct k230_ring *ring)
{
    return ring->row->data + (size_t)ring->number * ring->row->stride;
}

static inline uint32_t *k230_ring_mine(const struct k230_ring *ring)
{
    return ring->row->mine + (size_t)ring->number * (ring->row->stride / sizeof(uint32_t));
}

/* As the other end shows it now; not checked. */
static inline uint32_t k230_ring_theirs(const struct k230_ring *ring)
{
    return k230_shared_load(ring->row->hal,
                            ring->row->theirs + (size_t)ring->number * (ring->row->stride / sizeof(uint32_t)));
}

/* Producer: bytes that may be put. Pairs with the consumer's k230_ring_publish. */
uint32_t k230_ring_room(struct k230_ring *ring);

/* Consumer: bytes that may be taken. Pairs with the producer's k230_ring_publish. */
uint32_t k230_ring_filled(struct k230_ring *ring);

/* Producer: copies in and advances, without publishing. The caller knows there is room. */
void k230_ring_put(struct k230_ring *ring, const void *from, uint32_t length);

/* Consumer: copies out `length` bytes that lie `offset` bytes ahead; nothing is consumed. */
void k230_ring_peek(struct k230_ring *ring, uint32_t offset, void *to, uint32_t length);

/* Consumer: position of the first `byte` among the next `length`, or `length` if it is not there. */
uint32_t k230_ring_find(struct k230_ring *ring, uint8_t byte, uint32_t length);

/* The pieces of memory from `offset` bytes ahead, `length` long; returns how many (0 to 2). */
unsigned k230_ring_spans(const struct k230_ring *ring, uint32_t offset, uint32_t length, struct k230_span spans[2]);

/* Advances without copying: bytes taken (consumer), or written in place by way of spans (producer). */
static inline void k230_ring_advance(struct k230_ring *ring, uint32_t length) { ring->own += length; }

/* Shows this end's position to the other core. */
static inline void k230_ring_publish(struct k230_ring *ring)
{
    k230_shared_store(ring->row->hal, k230_ring_mine(ring), ring->own);
}

#ifdef __cplusplus
}
#endif
#endif
