#include "k230_ring.h"

void k230_ring_open(struct k230_ring *ring, const struct k230_ring_row *row, uint32_t number)
{
    *ring = (struct k230_ring){.row = row, .number = number};
    k230_ring_publish(ring);
}

uint32_t k230_ring_room(struct k230_ring *ring)
{
    const uint32_t head = k230_ring_theirs(ring);
    if (head - ring->seen > ring->own - ring->seen) /* consumed more than was ever put, or ran backwards */
        return K230_RING_BROKEN;
    ring->seen = head;
    return ring->row->size - (ring->own - head);
}

uint32_t k230_ring_filled(struct k230_ring *ring)
{
    const uint32_t tail = k230_ring_theirs(ring);
    if (tail - ring->own > ring->row->size || tail - ring->own < ring->seen - ring->own)
        return K230_RING_BROKEN;
    ring->seen = tail;
    return tail - ring->own;
}

unsigned k230_ring_spans(const struct k230_ring *ring, uint32_t offset, uint32_t length, struct k230_span spans[2])
{
    if (length == 0)
        return 0;
    uint8_t *data = k230_ring_data(ring);
    const uint32_t at = (ring->own + offset) & (ring->row->size - 1u);
    const uint32_t to_end = ring->row->size - at;
    spans[0] = (struct k230_span){data + at, length < to_end ? length : to_end};
    if (length <= to_end)
        return 1;
    spans[1] = (struct k230_span){data, length - to_end};
    return 2;
}

void k230_ring_put(struct k230_ring *ring, const void *from, uint32_t length)
{
    struct k230_span spans[2];
    const unsigned pieces = k230_ring_spans(ring, 0, length, spans);
    for (unsigned i = 0; i < pieces; i++) {
        k230_shared_write(ring->row->hal, spans[i].start, from, spans[i].length);
        from = (const uint8_t *)from + spans[i].length;
    }
    ring->own += length;
}

void k230_ring_peek(struct k230_ring *ring, uint32_t offset, void *to, uint32_t length)
{
    struct k230_span spans[2];
    const unsigned pieces = k230_ring_spans(ring, offset, length, spans);
    for (unsigned i = 0; i < pieces; i++) {
        k230_shared_read(ring->row->hal, to, spans[i].start, spans[i].length);
        to = (uint8_t *)to + spans[i].length;
    }
}

uint32_t k230_ring_find(struct k230_ring *ring, uint8_t byte, uint32_t length)
{
    struct k230_span spans[2];
    const unsigned pieces = k230_ring_spans(ring, 0, length, spans);
    uint32_t passed = 0;
    for (unsigned i = 0; i < pieces; i++) {
        k230_shared_invalidate(ring->row->hal, spans[i].start, spans[i].length);
        const uint8_t *found = memchr(spans[i].start, byte, spans[i].length);
        if (found)
            return passed + (uint32_t)(found - spans[i].start);
        passed += spans[i].length;
    }
    return length;
}
