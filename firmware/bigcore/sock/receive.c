/* Receiving, whatever the kind of socket: one lock, one copy out. */
#include "k230_sock.h"

int k230_sock_recv(struct k230_client *client, int handle, void *data, uint32_t length, int flags,
                   struct k230_addr *from)
{
    struct k230_sock *sock = k230_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230_hal_lock(client->hal, &sock->rx_lock);
    int result;
    if (k230_load_byte(&sock->type) == K230_SOCK_DGRAM) {
        result = k230_datagram_recv(client, sock, handle, data, length, flags, from);
    } else {
        result = k230_stream_recv(client, sock, handle, data, length, flags);
        if (from && result >= 0) {
            k230_client_lock(client);
            *from = sock->peer;
            k230_client_unlock_inner(client);
        }
    }
    k230_half_unlock(client, &sock->rx_lock);
    return result;
}

int k230_sock_readline(struct k230_client *client, int handle, void *data, uint32_t length, bool partial,
                       uint32_t *seen)
{
    struct k230_sock *sock = k230_sock_at(client, handle);
    *seen = 0;
    if (!sock)
        return -K230_EBADF;
    k230_hal_lock(client->hal, &sock->rx_lock);
    const int result = k230_load_byte(&sock->type) == K230_SOCK_DGRAM
                           ? k230_datagram_recv(client, sock, handle, data, length < 1u ? length : 1u, 0, NULL)
                           : k230_stream_readline(client, sock, handle, data, length, partial, seen);
    k230_half_unlock(client, &sock->rx_lock);
    return result;
}

int k230_sock_available(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230_hal_lock(client->hal, &sock->rx_lock);
    int result = k230_sock_valid(sock, handle) ? 0 : -K230_EBADF;
    if (result == 0 && !k230_sock_over(client, sock) && k230_load_byte(&sock->attached)) {
        if (k230_load_byte(&sock->type) == K230_SOCK_DGRAM) {
            result = k230_datagram_available(client, sock);
        } else {
            const uint32_t filled = k230_ring_filled(&sock->rx);
            result = filled == K230_RING_BROKEN ? 0 : (int)filled;
        }
    }
    k230_half_unlock(client, &sock->rx_lock);
    return result;
}

void k230_sock_keep(struct k230_client *client, int handle, bool keeps)
{
    k230_client_lock(client);
    struct k230_sock *sock = k230_sock_at(client, handle);
    if (sock && k230_sock_valid(sock, handle)) {
        k230_store_byte(&sock->kept, keeps);
        k230_sock_changed(client, sock);
        if (keeps)
            k230_client_wake(client, k230_hint(k230_sock_slot(client, sock)));
    }
    k230_client_unlock(client);
}
