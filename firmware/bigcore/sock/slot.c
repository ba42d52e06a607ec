/* Handles and slots: which socket a handle means, and whether it still does. */
#include "k230_sock.h"

uint32_t k230_sock_slot(const struct k230_client *client, const struct k230_sock *sock)
{
    return (uint32_t)(sock - client->socks);
}

uint32_t k230_sock_handle(const struct k230_client *client, const struct k230_sock *sock)
{
    return k230_handle(k230_sock_slot(client, sock), sock->gen);
}

struct k230_sock *k230_sock_at(struct k230_client *client, int handle)
{
    if (handle < 0 || k230_handle_slot((uint32_t)handle) >= K230_SOCK_MAX)
        return NULL;
    return &client->socks[k230_handle_slot((uint32_t)handle)];
}

bool k230_sock_valid(const struct k230_sock *sock, int handle)
{
    if (k230_load_word(&sock->gen) != k230_handle_gen((uint32_t)handle))
        return false;
    switch (k230_load_word(&sock->state)) {
    case K230_SOCK_FREE:
    case K230_SOCK_RESERVED:
    case K230_SOCK_CLOSING:
        return false;
    default:
        return true;
    }
}

bool k230_sock_over(const struct k230_client *client, const struct k230_sock *sock)
{
    return k230_load_word(&sock->epoch) != k230_load_word(&client->epoch);
}

int k230_sock_usable(struct k230_client *client, const struct k230_sock *sock, int handle)
{
    if (!sock || !k230_sock_valid(sock, handle))
        return -K230_EBADF;
    if (k230_sock_over(client, sock) || k230_load_word(&client->session) != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    return 0;
}

void k230_sock_changed(struct k230_client *client, const struct k230_sock *sock)
{
    __atomic_fetch_add(&client->changes[k230_sock_slot(client, sock)], 1u, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&client->changed, 1u, __ATOMIC_SEQ_CST); /* after the socket's own, as poll reads them */
}

uint32_t k230_sock_status(struct k230_client *client, const struct k230_sock *sock)
{
    /* Pairs with the agent's store of the status word: what it says of the ring (end of stream) is true of the ring's
     * index when that is loaded afterwards. */
    return k230_shared_load(client->hal, &k230_link_status(&client->link, k230_sock_slot(client, sock))->status);
}

int k230_sock_peek_error(const struct k230_sock *sock, uint32_t status)
{
    const uint32_t number = k230_status_number(status);
    if (number == 0 || __atomic_load_n(&sock->raised, __ATOMIC_SEQ_CST) == number)
        return 0;
    return -(int)k230_status_code(status);
}

int k230_sock_take_error(struct k230_sock *sock, uint32_t status)
{
    const uint32_t number = k230_status_number(status);
    if (number == 0 || __atomic_exchange_n(&sock->raised, number, __ATOMIC_SEQ_CST) == number)
        return 0;
    return -(int)k230_status_code(status);
}

/* The lowest free slot, as FileNo promises, with a new generation. */
struct k230_sock *k230_sock_reserve(struct k230_client *client, int family, int type)
{
    for (uint32_t i = 0; i < client->slots; i++) {
        struct k230_sock *sock = &client->socks[i];
        if (sock->state != K230_SOCK_FREE)
            continue;
        k230_store_word(&sock->gen, sock->gen % K230_GEN_LIMIT + 1u);
        k230_store_byte(&sock->type, (uint8_t)type);
        sock->family = (uint8_t)family;
        k230_store_byte(&sock->kept, 0);
        sock->failed = 0;
        sock->unreported = 0;
        sock->abort_on_close = 0;
        sock->due = 0;
        sock->pair = K230_NO_PAIR;
        sock->connect_id = 0;
        sock->error = 0;
        sock->late_accept = 0;
        sock->call.state = K230_CALL_IDLE;
        sock->call.id = 0;
        memset(&sock->peer, 0, sizeof sock->peer);
        __atomic_store_n(&sock->raised, 0, __ATOMIC_SEQ_CST);
        k230_store_byte(&sock->tx_shut, 0);
        k230_store_byte(&sock->attached, 0);
        k230_store_word(&sock->epoch, client->epoch);
        k230_sock_set_state(sock, K230_SOCK_RESERVED);
        return sock;
    }
    return NULL;
}

void k230_sock_forget(struct k230_client *client, struct k230_sock *sock)
{
    k230_store_byte(&sock->attached, 0);
    sock->call.state = K230_CALL_IDLE;
    sock->call.id = 0;
    sock->late_accept = 0;
    sock->due = 0;
    k230_sock_set_state(sock, K230_SOCK_FREE);
    k230_sock_changed(client, sock);
}
