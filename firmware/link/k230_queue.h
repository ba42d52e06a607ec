/* A ring of fixed-size messages: requests one way, completions the other.
 *
 * Promises: a message is copied out of the region once, its length checked against its field, and only the copy is
 * used. Everything that can fail has failed before a message is published.
 *
 * Contexts: one end is used by one thread at a time.
 */
#ifndef K230_QUEUE_H
#define K230_QUEUE_H

#include "k230_shared.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_MESSAGE_HEAD offsetof(struct k230_request, payload)
#define K230_MESSAGE_SIZE sizeof(struct k230_request)

enum k230_take {
    K230_TAKE_NONE,
    K230_TAKE_ONE,
    K230_TAKE_BROKEN,   /* the index claims more than the queue holds */
    K230_TAKE_TOO_LONG, /* the message claims more payload than there is room for */
};

struct k230_queue {
    struct k230_hal *hal;
    uint8_t *slots;
    uint32_t count; /* a power of two */
    uint32_t *mine;
    uint32_t *theirs;
    uint32_t own;
    uint32_t seen;
};

void k230_queue_open(struct k230_queue *queue, struct k230_hal *hal, void *slots, uint32_t count, uint32_t *mine,
                     uint32_t *theirs);

/* Producer: messages that may be put, or K230_RING_BROKEN. Pairs with the consumer's index in k230_queue_take. */
uint32_t k230_queue_room(struct k230_queue *queue);

/* Producer: copies one message in (struct k230_request or k230_completion; its len bytes of payload) and publishes
 * it. The caller knows there is room. */
void k230_queue_put(struct k230_queue *queue, const void *message);

/* Consumer: copies the next message out and gives its slot back. */
enum k230_take k230_queue_take(struct k230_queue *queue, void *message);

/* The same in two steps, for a consumer that may leave the message where it is; it is copied anew the next time. */
enum k230_take k230_queue_copy(struct k230_queue *queue, void *message);
void k230_queue_pass(struct k230_queue *queue);

/* Consumer: messages that wait (a look, nothing is taken), as the producer says: not more than `count` if it tells the
 * truth. */
uint32_t k230_queue_filled(struct k230_queue *queue);

#ifdef __cplusplus
}
#endif
#endif
