#include "k230_link.h"

static uint8_t *at(const struct k230_link *link, uint64_t offset) { return (uint8_t *)link->hal->region + offset; }

bool k230_link_open(struct k230_link *link, struct k230_hal *hal, enum k230_side side, const struct k230_limits *limits)
{
    struct k230_layout layout;
    if (!k230_layout_of(limits, hal->length, &layout))
        return false;
    *link = (struct k230_link){.hal = hal, .side = side, .head = hal->region, .limits = *limits, .layout = layout};
    struct k230_head *head = link->head;
    const bool big = side == K230_SIDE_BIG;
    k230_queue_open(&link->requests, hal, at(link, layout.requests), limits->requests,
                    big ? &head->request_tail.value : &head->request_head.value,
                    big ? &head->request_head.value : &head->request_tail.value);
    k230_queue_open(&link->completions, hal, at(link, layout.completions), limits->completions,
                    big ? &head->completion_head.value : &head->completion_tail.value,
                    big ? &head->completion_tail.value : &head->completion_head.value);
    struct k230_pair_head *pair = (struct k230_pair_head *)at(link, layout.pairs);
    link->tx = (struct k230_ring_row){.hal = hal,
                                      .data = (uint8_t *)(pair + 1),
                                      .mine = big ? &pair->tx_tail.value : &pair->tx_head.value,
                                      .theirs = big ? &pair->tx_head.value : &pair->tx_tail.value,
                                      .size = limits->tx_size,
                                      .stride = layout.pair_stride};
    link->rx = (struct k230_ring_row){.hal = hal,
                                      .data = (uint8_t *)(pair + 1) + limits->tx_size,
                                      .mine = big ? &pair->rx_head.value : &pair->rx_tail.value,
                                      .theirs = big ? &pair->rx_tail.value : &pair->rx_head.value,
                                      .size = limits->rx_size,
                                      .stride = layout.pair_stride};
    k230_bits_open(&link->news, hal, limits->slots, big ? head->news_seen : head->news,
                   big ? head->news : head->news_seen);
    k230_bits_open(&link->kick, hal, limits->slots, big ? head->kick : head->kick_seen,
                   big ? head->kick_seen : head->kick);
    k230_shared_store(hal, big ? &head->armed.value : &head->asleep.value, 0);
    return true;
}

struct k230_status_line *k230_link_status(const struct k230_link *link, uint32_t slot)
{
    return (struct k230_status_line *)at(link, link->layout.status) + slot;
}

void k230_link_tx(const struct k230_link *link, uint32_t pair, struct k230_ring *ring)
{
    k230_ring_open(ring, &link->tx, pair);
}

void k230_link_rx(const struct k230_link *link, uint32_t pair, struct k230_ring *ring)
{
    k230_ring_open(ring, &link->rx, pair);
}

void k230_link_notify_small(struct k230_link *link)
{
    k230_shared_fence(); /* pairs with the agent's fence between storing `asleep` and its last look */
    if (k230_shared_load(link->hal, &link->head->asleep.value) & K230_ASLEEP_DOORBELL)
        link->hal->ops->notify(link->hal, K230_ALL_HINTS);
}

void k230_link_notify_big(struct k230_link *link, uint32_t hints)
{
    if (hints == 0)
        return;
    k230_shared_fence(); /* pairs with the big core's fence between storing `armed` and its last look */
    const uint32_t concerned = hints & k230_shared_load(link->hal, &link->head->armed.value);
    if (concerned != 0)
        link->hal->ops->notify(link->hal, concerned);
}
