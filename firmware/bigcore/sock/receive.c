/* Receiving, whatever the kind of socket: one lock, one copy out. */
#include "sock_private.h"

int k230_sock_recv(struct k230_client *client, int handle, void *data, uint32_t length, int flags,
                   struct k230_addr *from)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230i_lock_rx(client, sock);
    int result;
    if (k230_load_byte(&sock->type) == K230_SOCK_DGRAM) {
        result = k230i_datagram_recv_rx_locked(client, sock, handle, data, length, flags, from);
    } else {
        result = k230i_stream_recv_rx_locked(client, sock, handle, data, length, flags);
        if (from && result >= 0) {
            k230_engine_lock(&client->engine);
            *from = sock->peer;
            k230_engine_unlock_inner(&client->engine);
        }
    }
    k230_engine_unlock_last(&client->engine, &sock->rx_lock);
    return result;
}

int k230_sock_readline(struct k230_client *client, int handle, void *data, uint32_t length, bool partial,
                       uint32_t *seen)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    *seen = 0;
    if (!sock)
        return -K230_EBADF;
    k230i_lock_rx(client, sock);
    const int result =
        k230_load_byte(&sock->type) == K230_SOCK_DGRAM
            ? k230i_datagram_recv_rx_locked(client, sock, handle, data, length < 1u ? length : 1u, 0, NULL)
            : k230i_stream_readline_rx_locked(client, sock, handle, data, length, partial, seen);
    k230_engine_unlock_last(&client->engine, &sock->rx_lock);
    return result;
}

int k230_sock_available(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230i_lock_rx(client, sock);
    int result = k230i_valid(sock, handle) ? 0 : -K230_EBADF;
    if (result == 0 && !k230i_over(client, sock) && k230_load_byte(&sock->attached)) {
        if (k230_load_byte(&sock->type) == K230_SOCK_DGRAM) {
            result = k230i_datagram_available_rx_locked(client, sock);
        } else {
            const uint32_t filled = k230_ring_filled(&sock->rx);
            result = filled == K230_RING_BROKEN ? 0 : (int)filled;
        }
    }
    k230_engine_unlock_last(&client->engine, &sock->rx_lock);
    return result;
}

void k230_sock_keep(struct k230_client *client, int handle, bool keeps)
{
    k230_engine_lock(&client->engine);
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (sock && k230i_valid(sock, handle)) {
        k230_store_byte(&sock->kept, keeps);
        k230i_changed(client, sock);
        if (keeps)
            k230i_wake_locked(client, sock);
    }
    k230_engine_unlock(&client->engine);
}
