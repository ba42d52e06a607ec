/* What streams and datagrams do alike with the rings of a socket. */
#include "sock_private.h"

/* The rings of a connected socket. Where the pool was empty until now, asks again. */
bool k230i_has_rings(struct k230_client *client, struct k230_sock *sock)
{
    if (k230_load_byte(&sock->attached))
        return true;
    k230_engine_lock(&client->engine);
    if (client->engine.session == K230_SESSION_LIVE && !k230i_over(client, sock))
        k230i_attach_locked(client, sock);
    const bool attached = sock->attached != 0;
    k230_engine_unlock_inner(&client->engine);
    return attached;
}

void k230i_broken(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    k230_engine_blame_locked(&client->engine, K230_FAULT_RING_INDEX);
    k230_engine_unlock_inner(&client->engine);
}

bool k230i_wants_space(struct k230_client *client, const struct k230_sock *sock)
{
    return k230_load_word(&client->engine.session) == K230_SESSION_LIVE && (k230i_want(client, sock) & K230_WANT_SPACE);
}

void k230i_consume_rx_locked(struct k230_client *client, struct k230_sock *sock, uint32_t length)
{
    K230_CHECK_HELD(&sock->rx_lock);
    k230_ring_advance(&sock->rx, length);
    k230_ring_publish(&sock->rx);
    k230i_changed(client, sock);
    k230_shared_fence(); /* pairs with the agent's fence between storing WANT_SPACE and its last look */
    const uint32_t filled = sock->rx.seen - sock->rx.own;
    if (filled <= sock->rx.row->size / 2u && k230i_wants_space(client, sock))
        k230i_kick(client, sock);
}
