/* Readiness, answered from state on this core: never a question to the agent. */
#include "sock_private.h"

#define EVENT_BITS 8u
#define RESET_EVENTS (K230_POLLIN | K230_POLLOUT | K230_POLLERR | K230_POLLHUP)

/* ---- the events of one socket ------------------------------------------------------------------------------------ */

/* What the receiving half shows, taken under its lock (which also keeps the region in place). */
struct rx_view {
    uint32_t word; /* of the status line; loaded before the ring, as in stream.c */
    uint32_t filled;
};

static struct rx_view rx_view(struct k230_client *client, struct k230_sock *sock, int handle)
{
    struct rx_view view = {0, 0};
    k230i_lock_rx(client, sock);
    if (k230i_valid(sock, handle) && !k230i_over(client, sock)) {
        view.word = k230i_status(client, sock);
        if (k230_load_byte(&sock->attached))
            view.filled =
                k230_ring_filled(&sock->rx); /* a broken ring counts as readable: the read says what is wrong */
    }
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    return view;
}

/* Room in the transmit ring; `longest` receives the room that the longest datagram needs. */
static uint32_t tx_room(struct k230_client *client, struct k230_sock *sock, int handle, uint32_t *longest)
{
    uint32_t room = 0;
    *longest = 0;
    k230i_lock_tx(client, sock);
    if (k230i_valid(sock, handle) && !k230i_over(client, sock)) {
        *longest = k230_record_space(client->engine.link.limits.datagram);
        if (k230_load_byte(&sock->attached))
            room = k230_ring_room(&sock->tx);
    }
    k230_engine_unlock_own(&client->engine, &sock->tx_lock);
    return room;
}

static uint32_t stream_events(struct k230_client *client, struct k230_sock *sock, int handle)
{
    k230i_has_rings(client, sock);
    const struct rx_view rx = rx_view(client, sock, handle);
    uint32_t longest;
    uint32_t events = 0;
    if (rx.filled != 0 || k230_load_byte(&sock->kept) || (rx.word & (K230_STATUS_EOF | K230_STATUS_DEAD)))
        events |= K230_POLLIN;
    if (rx.word & K230_STATUS_DEAD)
        events |= K230_POLLOUT | K230_POLLHUP;
    else if (rx.word & K230_STATUS_TX_OVER)
        events |= K230_POLLOUT;
    else if (k230_load_byte(&sock->tx_shut))
        events |= K230_POLLOUT | (rx.word & K230_STATUS_EOF ? K230_POLLHUP : 0u);
    else if (tx_room(client, sock, handle, &longest) != 0)
        events |= K230_POLLOUT;
    if (k230i_peek_error(sock, rx.word) != 0)
        events |= K230_POLLERR | K230_POLLIN;
    return events;
}

static uint32_t datagram_events(struct k230_client *client, struct k230_sock *sock, int handle)
{
    const bool attached = k230i_has_rings(client, sock);
    const struct rx_view rx = rx_view(client, sock, handle);
    uint32_t longest;
    const uint32_t room = tx_room(client, sock, handle, &longest);
    uint32_t events = 0;
    if (rx.filled != 0 || (rx.word & K230_STATUS_EOF))
        events |= K230_POLLIN;
    if (attached && room >= longest)
        events |= K230_POLLOUT;
    if (k230i_peek_error(sock, rx.word) != 0)
        events |= K230_POLLERR;
    return events;
}

static uint32_t work_out(struct k230_client *client, struct k230_sock *sock, int handle)
{
    k230_engine_lock(&client->engine);
    const bool valid = k230i_valid(sock, handle);
    const bool live = client->engine.session == K230_SESSION_LIVE && !k230i_over(client, sock);
    const uint32_t state = sock->state;
    const bool failed = sock->failed;
    const bool error = sock->error != 0;
    const bool waiting = valid && live && state == K230_SOCK_LISTENING &&
                         (sock->late_accept != 0 || (k230i_status(client, sock) & K230_STATUS_ACCEPT));
    k230_engine_unlock(&client->engine);
    if (!valid)
        return K230_POLLNVAL;
    if (!live)
        return RESET_EVENTS;
    if (k230_load_byte(&sock->type) == K230_SOCK_DGRAM)
        return state == K230_SOCK_OPENING ? 0 : datagram_events(client, sock, handle);
    switch (state) {
    case K230_SOCK_OPEN: /* the masks of a POSIX kernel */
        if (failed)
            return K230_POLLIN | K230_POLLOUT | K230_POLLHUP | (error ? K230_POLLERR : 0u);
        return K230_POLLOUT | K230_POLLHUP;
    case K230_SOCK_LISTENING:
        return waiting ? K230_POLLIN : 0;
    case K230_SOCK_CONNECTED:
        return stream_events(client, sock, handle);
    default:
        return 0;
    }
}

/* The events as last worked out, or worked out anew if something has happened since. The count is read first: what
 * happens while we look makes the result stale, not wrong for good. */
static uint32_t cached_events(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock || !k230i_valid(sock, handle))
        return K230_POLLNVAL;
    const uint32_t slot = k230i_slot(client, sock);
    const uint32_t count = __atomic_load_n(&client->sock.changes[slot], __ATOMIC_SEQ_CST) << EVENT_BITS;
    const uint32_t known = __atomic_load_n(&client->sock.events[slot], __ATOMIC_SEQ_CST);
    if ((known & ~((1u << EVENT_BITS) - 1u)) == count && count != 0)
        return known & ((1u << EVENT_BITS) - 1u);
    const uint32_t events = work_out(client, sock, handle);
    __atomic_store_n(&client->sock.events[slot], count | events, __ATOMIC_SEQ_CST);
    return events;
}

int k230_sock_events(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    return sock ? (int)work_out(client, sock, handle) : K230_POLLNVAL;
}

/* ---- waiting on one socket --------------------------------------------------------------------------------------- */

struct sock_wait {
    struct k230_client *client;
    int handle;
    uint32_t events;
    uint32_t amount;
};

static bool call_ready(struct k230_client *client, struct k230_sock *sock, uint32_t call)
{
    k230_engine_lock(&client->engine);
    bool ready;
    if (call == 0) /* the lane was another's, or the queue was full */
        ready = client->engine.session != K230_SESSION_LIVE ||
                (k230_engine_room_locked(&client->engine) &&
                 (!sock || (sock->call.state == K230_CALL_IDLE && sock->state != K230_SOCK_CANCELLING)));
    else
        ready = sock->call.id != call || sock->call.state == K230_CALL_DONE;
    k230_engine_unlock(&client->engine);
    return ready;
}

static bool opened(struct k230_client *client, const struct k230_sock *sock)
{
    k230_engine_lock(&client->engine);
    const bool opened = sock->state != K230_SOCK_OPENING || sock->call.state != K230_CALL_PENDING;
    k230_engine_unlock(&client->engine);
    return opened;
}

static int wait_ready(void *arg)
{
    const struct sock_wait *wait = arg;
    struct k230_client *client = wait->client;
    struct k230_sock *sock = k230i_sock_at(client, wait->handle);
    if (wait->handle >= 0 && (!sock || !k230i_valid(sock, wait->handle)))
        return -K230_EBADF;
    if (wait->events & K230_WAIT_CALL)
        return call_ready(client, sock, wait->amount) ? 0 : K230_NOT_READY;
    if (wait->events & K230_WAIT_OPENED)
        return opened(client, sock) ? 0 : K230_NOT_READY;
    if (wait->events & K230_WAIT_CONNECT) {
        const uint32_t state = k230_load_word(&sock->state);
        return state != K230_SOCK_CONNECTING ? 0 : K230_NOT_READY;
    }
    const uint32_t events = work_out(client, sock, wait->handle);
    if (events & K230_POLLNVAL)
        return -K230_EBADF;
    if (events & (K230_POLLERR | K230_POLLHUP))
        return 0;
    if ((wait->events & K230_WAIT_IN) && (events & K230_POLLIN)) {
        if (wait->amount == 0 || k230_load_byte(&sock->kept))
            return 0;
        const struct rx_view rx = rx_view(client, sock, wait->handle);
        if (rx.filled > wait->amount || (rx.word & (K230_STATUS_EOF | K230_STATUS_DEAD)))
            return 0;
    }
    uint32_t longest;
    if ((wait->events & K230_WAIT_OUT) &&
        (wait->amount <= 1 || k230_load_byte(&sock->tx_shut) /* the send says what is wrong */
             ? (events & K230_POLLOUT) != 0
             : tx_room(client, sock, wait->handle, &longest) >= wait->amount))
        return 0;
    return K230_NOT_READY;
}

uint32_t k230_sock_hints(struct k230_client *client, int handle, uint32_t events, uint32_t amount)
{
    uint32_t hints = handle < 0 || ((events & K230_WAIT_CALL) && amount == 0)
                         ? K230_ALL_HINTS
                         : k230_hint(k230_handle_slot((uint32_t)handle));
    const struct k230_sock *sock = k230i_sock_at(client, handle);
    if (sock && !k230_load_byte(&sock->attached))
        hints |= k230_hint(K230_NO_LANE); /* it may wait for a ring pair that a CLOSE gives back */
    return hints;
}

int k230_sock_wait(struct k230_client *client, int handle, uint32_t events, uint32_t amount, uint64_t deadline_ms)
{
    struct sock_wait wait = {client, handle, events, amount};
    return k230_engine_wait(&client->engine, k230_sock_hints(client, handle, events, amount), deadline_ms, wait_ready,
                            &wait);
}

/* ---- poll -------------------------------------------------------------------------------------------------------- */

struct poll {
    struct k230_client *client;
    struct k230_pollfd *entries;
    uint32_t count;
    uint32_t wakes;
    bool looked;   /* at all entries, at least once */
    uint32_t seen; /* client.sock.changed, read before the last look */
};

static int poll_ready(void *arg)
{
    struct poll *poll = arg;
    struct k230_client *client = poll->client;
    if (k230_client_wakes(client) != poll->wakes)
        return -K230_EINTR;
    /* The count is read first: what happens while we look makes us look again. */
    const uint32_t changed = __atomic_load_n(&client->sock.changed, __ATOMIC_SEQ_CST);
    if (poll->looked && changed == poll->seen)
        return K230_NOT_READY;
    poll->looked = true;
    poll->seen = changed;
    int found = 0;
    for (uint32_t i = 0; i < poll->count; i++) {
        struct k230_pollfd *entry = &poll->entries[i];
        const uint32_t always = K230_POLLERR | K230_POLLHUP | K230_POLLNVAL;
        entry->revents = (uint16_t)(cached_events(client, entry->handle) & (entry->events | always));
        found += entry->revents != 0;
    }
    /* k230_engine_wait takes any other value than K230_NOT_READY for the end, so a count travels shifted. */
    return found != 0 ? found << 1 : K230_NOT_READY;
}

uint32_t k230_poll_hints(const struct k230_pollfd *entries, uint32_t count)
{
    uint32_t hints = k230_hint(K230_NO_LANE);
    for (uint32_t i = 0; i < count; i++)
        if (entries[i].handle >= 0)
            hints |= k230_hint(k230_handle_slot((uint32_t)entries[i].handle));
    return hints;
}

int k230_poll(struct k230_client *client, struct k230_pollfd *entries, uint32_t count, uint32_t wakes,
              uint64_t deadline_ms)
{
    struct poll poll = {.client = client, .entries = entries, .count = count, .wakes = wakes};
    k230_engine_look(&client->engine);
    int result = poll_ready(&poll);
    const uint32_t hints = result == K230_NOT_READY || result == 0 ? k230_poll_hints(entries, count) : 0;
    while (result == K230_NOT_READY || result == 0) {
        if (deadline_ms != K230_FOREVER && client->engine.hal->ops->now_ms(client->engine.hal) >= deadline_ms)
            return 0;
        result = k230_engine_wait(&client->engine, hints, deadline_ms, poll_ready, &poll);
    }
    return result == -K230_ETIMEDOUT ? 0 : result < 0 ? result : result >> 1;
}
