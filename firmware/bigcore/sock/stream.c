/* Bytes of a connection: one copy into the transmit ring, one copy out of the receive ring. */
#include "sock_private.h"

#define CONNECTED_NOW 1 /* no status of a call */

/* What sending or receiving gives on a socket that was seen not connected; raises the failure of a connect once. */
static int not_connected(struct k230_client *client, struct k230_sock *sock, bool receiving)
{
    int status;
    k230_engine_lock(&client->engine);
    switch (sock->state) {
    case K230_SOCK_CONNECTING:
        status = -K230_EAGAIN;
        break;
    case K230_SOCK_CONNECTED: /* since the look */
        status = CONNECTED_NOW;
        break;
    case K230_SOCK_LISTENING:
        status = receiving ? -K230_ENOTCONN : -K230_EPIPE;
        break;
    default:
        if (sock->error != 0) {
            status = sock->error;
            sock->error = 0;
            k230i_changed(client, sock);
        } else if (sock->failed) {
            status = receiving ? 0 : -K230_EPIPE;
        } else {
            status = -K230_ENOTCONN;
        }
        break;
    }
    k230_engine_unlock_inner(&client->engine);
    return status;
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

int k230_sock_room(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230i_lock_tx(client, sock);
    int result = k230i_usable(client, sock, handle);
    if (result == 0 && k230_load_byte(&sock->attached)) {
        const uint32_t room = k230_ring_room(&sock->tx);
        result = room == K230_RING_BROKEN ? 0 : (int)room;
    }
    k230_engine_unlock_last(&client->engine, &sock->tx_lock);
    return result;
}

uint32_t k230_sock_atomic(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    const uint32_t half = client->engine.session == K230_SESSION_NONE ? 1u : client->engine.link.limits.tx_size / 2u;
    k230_engine_unlock(&client->engine);
    return half;
}

static int send_tx_locked(struct k230_client *client, struct k230_sock *sock, int handle, const void *data,
                          uint32_t length, uint32_t least, bool *kick)
{
    K230_CHECK_HELD(&sock->tx_lock);
    int status = k230i_usable(client, sock, handle);
    if (status != 0)
        return status;
    if (k230_load_byte(&sock->type) != K230_SOCK_STREAM)
        return -K230_EOPNOTSUPP;
    if (k230_load_word(&sock->state) != K230_SOCK_CONNECTED &&
        (status = not_connected(client, sock, false)) != CONNECTED_NOW)
        return status;
    const uint32_t word = k230i_status(client, sock);
    status = k230i_take_error(sock, word);
    if (status != 0) {
        k230i_changed(client, sock);
        return status;
    }
    if ((word & (K230_STATUS_DEAD | K230_STATUS_TX_OVER)) || k230_load_byte(&sock->tx_shut))
        return -K230_EPIPE;
    if (length == 0)
        return 0;
    if (!k230i_has_rings(client, sock))
        return -K230_EAGAIN;
    const uint32_t room = k230_ring_room(&sock->tx);
    if (room == K230_RING_BROKEN) {
        k230i_broken(client);
        return -K230_ECONNRESET;
    }
    if (least > sock->tx.row->size / 2u)
        least = sock->tx.row->size / 2u;
    if (room == 0 || room < least) {
        k230_engine_glance(&client->engine);
        return -K230_EAGAIN;
    }
    const uint32_t taken = length < room ? length : room;
    k230_ring_put(&sock->tx, data, taken);
    k230_ring_publish(&sock->tx);
    if (taken == room)
        k230i_changed(client, sock); /* no longer writable */
    /* Pairs with the agent's fence between storing WANT_TX and its last look at the ring. */
    k230_shared_fence();
    *kick = k230i_want(client, sock) & K230_WANT_TX;
    return (int)taken;
}

int k230_sock_send(struct k230_client *client, int handle, const void *data, uint32_t length, uint32_t least)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    bool kick = false;
    k230_engine_glance(&client->engine); /* the ring takes bytes long after the agent has died */
    k230i_lock_tx(client, sock);
    const int result = send_tx_locked(client, sock, handle, data, length, least, &kick);
    if (kick)
        k230i_kick(client, sock);
    k230_engine_unlock_last(&client->engine, &sock->tx_lock);
    return result;
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static int look_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, bool *over)
{
    K230_CHECK_HELD(&sock->rx_lock);
    if (!k230i_valid(sock, handle))
        return -K230_EBADF;
    if (k230i_over(client, sock))
        return -K230_ECONNRESET;
    *over = false;
    const uint32_t state = k230_load_word(&sock->state);
    const bool live = k230_load_word(&client->engine.session) == K230_SESSION_LIVE;
    if (state != K230_SOCK_CONNECTED) {
        const int status = live ? not_connected(client, sock, true) : -K230_ECONNRESET;
        *over = status == 0;
        if (status != CONNECTED_NOW)
            return status;
    }
    const uint32_t word = k230i_status(client, sock); /* before the ring: see there */
    if (k230i_has_rings(client, sock)) {
        const uint32_t filled = k230_ring_filled(&sock->rx);
        if (filled == K230_RING_BROKEN) {
            k230i_broken(client);
            return -K230_ECONNRESET;
        }
        if (filled != 0)
            return (int)filled;
    }
    if (!live) /* what had arrived was readable; now it is over */
        return -K230_ECONNRESET;
    if (word & K230_STATUS_EOF) {
        *over = true;
        return 0;
    }
    if (!(word & K230_STATUS_DEAD)) { /* an error of sending waits until what had arrived before it is read */
        k230_engine_glance(&client->engine);
        return -K230_EAGAIN;
    }
    const int error = k230i_take_error(sock, word);
    if (error != 0) {
        k230i_changed(client, sock);
        return error;
    }
    *over = true;
    return 0;
}

int k230i_stream_recv_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                uint32_t length, int flags)
{
    K230_CHECK_HELD(&sock->rx_lock);
    bool over;
    if (k230_load_byte(&sock->kept) && k230i_valid(sock, handle))
        return -K230_EINTR;
    const int there = look_rx_locked(client, sock, handle, &over);
    if (there <= 0 || length == 0)
        return there < 0 ? there : 0;
    const uint32_t taken = length < (uint32_t)there ? length : (uint32_t)there;
    k230_ring_peek(&sock->rx, 0, data, taken);
    if (!(flags & K230_MSG_PEEK))
        k230i_consume_rx_locked(client, sock, taken);
    return (int)taken;
}

int k230i_stream_readline_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                    uint32_t length, bool partial, uint32_t *seen)
{
    K230_CHECK_HELD(&sock->rx_lock);
    bool over;
    if (k230_load_byte(&sock->kept) && k230i_valid(sock, handle))
        return -K230_EINTR;
    const int there = look_rx_locked(client, sock, handle, &over);
    *seen = there > 0 ? (uint32_t)there : 0;
    if (there <= 0 || length == 0)
        return there < 0 ? there : 0;
    const uint32_t reach = length < (uint32_t)there ? length : (uint32_t)there;
    uint32_t line = k230_ring_find(&sock->rx, '\n', reach);
    if (line < reach) {
        line++;
    } else if (reach < length && reach < sock->rx.row->size && !partial) {
        /* No line feed yet. The status is looked at before the ring: if it says that the stream is over, a second
         * look at the ring has the last bytes. */
        const uint32_t word = k230i_status(client, sock);
        const uint32_t again = k230_ring_filled(&sock->rx);
        const bool ended = (word & (K230_STATUS_EOF | K230_STATUS_DEAD)) ||
                           k230_load_word(&client->engine.session) != K230_SESSION_LIVE;
        if (again == K230_RING_BROKEN) {
            k230i_broken(client);
            return -K230_ECONNRESET;
        }
        if (!ended || again != (uint32_t)there) {
            /* A ring that was full is filled up again only when half of it is free, or on demand. */
            if (k230i_wants_space(client, sock))
                k230i_kick(client, sock);
            return -K230_EAGAIN;
        }
    }
    k230_ring_peek(&sock->rx, 0, data, line);
    k230i_consume_rx_locked(client, sock, line);
    return (int)line;
}
