/* What streams and datagrams do alike with the rings of a socket. */
#include "k230_sock.h"

/* The rings of a connected socket. Where the pool was empty until now, asks again. */
bool k230_sock_has_rings(struct k230_client *client, struct k230_sock *sock)
{
    if (k230_load_byte(&sock->attached))
        return true;
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE && !k230_sock_over(client, sock))
        k230_sock_attach(client, sock);
    const bool attached = sock->attached != 0;
    k230_client_unlock_inner(client);
    return attached;
}

void k230_sock_broken(struct k230_client *client)
{
    k230_client_lock(client);
    k230_session_blame(client, K230_FAULT_RING_INDEX);
    k230_client_unlock_inner(client);
}

bool k230_sock_wants_space(struct k230_client *client, const struct k230_sock *sock)
{
    return k230_load_word(&client->session) == K230_SESSION_LIVE &&
           (k230_shared_load(client->hal, &k230_link_status(&client->link, k230_sock_slot(client, sock))->want) &
            K230_WANT_SPACE);
}

void k230_sock_consume(struct k230_client *client, struct k230_sock *sock, uint32_t length)
{
    k230_ring_advance(&sock->rx, length);
    k230_ring_publish(&sock->rx);
    k230_sock_changed(client, sock);
    k230_shared_fence(); /* pairs with the agent's fence between storing WANT_SPACE and its last look */
    const uint32_t filled = sock->rx.seen - sock->rx.own;
    if (filled <= sock->rx.row->size / 2u && k230_sock_wants_space(client, sock))
        k230_sock_kick(client, sock);
}
