/* Which sockets are waited for, and what holds of them. */
#include "over_lwip_port.h"

K230_STATIC_ASSERT(sizeof(struct k230_lwip_polled) == sizeof(struct pollfd), "as the stack below has it");
K230_STATIC_ASSERT(offsetof(struct k230_lwip_polled, events) == offsetof(struct pollfd, events), "events");
K230_STATIC_ASSERT(offsetof(struct k230_lwip_polled, revents) == offsetof(struct pollfd, revents), "revents");

static short to_poll(uint32_t events)
{
    return (short)((events & K230_STACK_IN ? POLLIN : 0) | (events & K230_STACK_OUT ? POLLOUT : 0));
}

static uint32_t from_poll(short events)
{
    return (events & POLLIN ? K230_STACK_IN : 0) | (events & POLLOUT ? K230_STACK_OUT : 0) |
           (events & (POLLERR | POLLHUP | POLLNVAL) ? K230_STACK_ERR : 0);
}

/* What poll has shown; a stream's error stays. */
static uint32_t taken(struct k230_lwip_sock *entry, short revents)
{
    const uint32_t events = from_poll(revents);
    if (events & K230_STACK_ERR && entry->type == K230_SOCK_STREAM && entry->state != K230_LWIP_LISTENING)
        entry->failed = true;
    return events;
}

uint32_t k230_lwip_polls(struct k230_lwip_sock *entry, uint32_t events)
{
    struct k230_lwip_polled look = {.fd = entry->fd, .events = to_poll(events)};
    return k230_below_poll(&look, 1, 0) > 0 ? taken(entry, look.revents) : 0;
}

/* What holds of a socket although poll does not say so. */
static uint32_t held(const struct k230_lwip_sock *entry)
{
    const uint32_t all = K230_STACK_IN | K230_STACK_OUT | K230_STACK_ERR;
    if (entry->fd < 0)
        return all;
    if (entry->type != K230_SOCK_STREAM)
        return 0;
    if (entry->state == K230_LWIP_CONNECTING)
        return entry->failed || entry->connect_error != 0 ? K230_STACK_OUT | K230_STACK_ERR : 0;
    if (entry->state != K230_LWIP_CONNECTED)
        return 0;
    uint32_t events = entry->failed || entry->broken ? all : 0;
    if (entry->eof || entry->rx_shut)
        events |= K230_STACK_IN;
    if (entry->tx_shut)
        events |= K230_STACK_OUT;
    if (entry->tx_shut && (entry->eof || entry->rx_shut))
        events |= K230_STACK_ERR;
    return events;
}

void k230_lwip_repoll(struct k230_stack *stack, struct k230_lwip_sock *entry)
{
    if (entry->dark)
        stack->sockets.dark--;
    entry->dark = false;
    if (entry->watched != 0)
        stack->sockets.polled[entry->polled] =
            (struct k230_lwip_polled){.fd = entry->fd < 0 ? -1 : entry->fd, .events = to_poll(entry->watched)};
}

int k230_stack_watch(struct k230_stack *stack, int sock, uint32_t events, uint32_t tag)
{
    struct k230_lwip_sockets *sockets = &stack->sockets;
    if (sock < 0 || sock >= K230_LWIP_SOCKS || sockets->socks[sock].fd == -1)
        return -K230_EBADF;
    struct k230_lwip_sock *entry = &sockets->socks[sock];
    if (entry->watched == 0 && events != 0) {
        entry->polled = (uint16_t)sockets->polled_count++;
        sockets->polled_sock[entry->polled] = (uint16_t)sock;
    } else if (entry->watched != 0 && events == 0) {
        const uint32_t last = --sockets->polled_count;
        sockets->polled[entry->polled] = sockets->polled[last];
        sockets->polled_sock[entry->polled] = sockets->polled_sock[last];
        sockets->socks[sockets->polled_sock[last]].polled = entry->polled;
    }
    entry->watched = (uint8_t)events;
    entry->tag = tag;
    k230_lwip_repoll(stack, entry);
    return 0;
}

bool k230_stack_ready(struct k230_stack *stack, int sock, uint32_t events)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return false;
    return (held(entry) & events) || (k230_lwip_polls(entry, events) & (events | K230_STACK_ERR));
}

bool k230_lwip_held(const struct k230_lwip_sockets *sockets)
{
    for (uint32_t at = 1; at < sockets->polled_count; at++) {
        const struct k230_lwip_sock *entry = &sockets->socks[sockets->polled_sock[at]];
        if (held(entry) & (entry->watched | K230_STACK_ERR))
            return true;
    }
    return false;
}

int k230_lwip_report(struct k230_lwip_sockets *sockets, struct k230_stack_event *events, unsigned room)
{
    unsigned stored = 0;
    const uint32_t others = sockets->polled_count - 1;
    const uint32_t start = sockets->turn;
    for (uint32_t i = 0; i < others; i++) {
        const uint32_t at = 1 + (start + i) % others;
        struct k230_lwip_sock *entry = &sockets->socks[sockets->polled_sock[at]];
        const uint32_t shown = taken(entry, sockets->polled[at].revents); /* also where it cannot be reported now */
        const uint32_t found = (shown | held(entry)) & (entry->watched | K230_STACK_ERR);
        if (found == 0 || stored == room)
            continue;
        events[stored++] = (struct k230_stack_event){.tag = entry->tag, .events = found};
        if (stored == room)
            sockets->turn = at; /* the one after it comes first the next time */
    }
    return (int)stored;
}
