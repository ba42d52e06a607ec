#include "k230_queue.h"

#include "k230_ring.h"

static uint8_t *slot_at(const struct k230_queue *queue, uint32_t index)
{
    return queue->slots + (size_t)(index & (queue->count - 1u)) * K230_MESSAGE_SIZE;
}

void k230_queue_open(struct k230_queue *queue, struct k230_hal *hal, void *slots, uint32_t count, uint32_t *mine,
                     uint32_t *theirs)
{
    *queue = (struct k230_queue){.hal = hal, .slots = slots, .count = count, .mine = mine, .theirs = theirs};
    k230_shared_store(hal, mine, 0);
}

uint32_t k230_queue_room(struct k230_queue *queue)
{
    const uint32_t head = k230_shared_load(queue->hal, queue->theirs);
    if (head - queue->seen > queue->own - queue->seen)
        return K230_RING_BROKEN;
    queue->seen = head;
    return queue->count - (queue->own - head);
}

void k230_queue_put(struct k230_queue *queue, const void *message)
{
    const uint32_t length = ((const struct k230_request *)message)->len; /* same place in both kinds */
    k230_shared_write(queue->hal, slot_at(queue, queue->own), message, K230_MESSAGE_HEAD + length);
    queue->own++;
    k230_shared_store(queue->hal, queue->mine, queue->own);
}

enum k230_take k230_queue_copy(struct k230_queue *queue, void *message)
{
    const uint32_t tail = k230_shared_load(queue->hal, queue->theirs); /* pairs with k230_queue_put's store */
    if (tail - queue->own > queue->count)
        return K230_TAKE_BROKEN;
    if (tail == queue->own)
        return K230_TAKE_NONE;
    const uint8_t *slot = slot_at(queue, queue->own);
    k230_shared_read(queue->hal, message, slot, K230_MESSAGE_HEAD);
    const uint32_t length = ((const struct k230_request *)message)->len;
    if (length > K230_PAYLOAD_MAX)
        return K230_TAKE_TOO_LONG;
    k230_shared_read(queue->hal, (uint8_t *)message + K230_MESSAGE_HEAD, slot + K230_MESSAGE_HEAD, length);
    return K230_TAKE_ONE;
}

void k230_queue_pass(struct k230_queue *queue)
{
    queue->own++;
    k230_shared_store(queue->hal, queue->mine, queue->own);
}

enum k230_take k230_queue_take(struct k230_queue *queue, void *message)
{
    const enum k230_take take = k230_queue_copy(queue, message);
    if (take == K230_TAKE_ONE)
        k230_queue_pass(queue);
    return take;
}

uint32_t k230_queue_filled(struct k230_queue *queue)
{
    return k230_shared_load(queue->hal, queue->theirs) - queue->own;
}
