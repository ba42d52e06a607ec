/* Handles, slots and states: which socket a handle means, whether it still does, and what the socket is. This file is
 * the only writer of k230_sock.state. */
#include "sock_private.h"

uint32_t k230i_slot(const struct k230_client *client, const struct k230_sock *sock)
{
    return (uint32_t)(sock - client->sock.socks);
}

uint32_t k230i_handle(const struct k230_client *client, const struct k230_sock *sock)
{
    return k230_handle(k230i_slot(client, sock), sock->gen);
}

struct k230_sock *k230i_sock_at(struct k230_client *client, int handle)
{
    if (handle < 0 || k230_handle_slot((uint32_t)handle) >= K230_SOCK_MAX)
        return NULL;
    return &client->sock.socks[k230_handle_slot((uint32_t)handle)];
}

bool k230i_valid(const struct k230_sock *sock, int handle)
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

bool k230i_over(const struct k230_client *client, const struct k230_sock *sock)
{
    return k230_load_word(&sock->epoch) != k230_load_word(&client->engine.epoch);
}

int k230i_usable(struct k230_client *client, const struct k230_sock *sock, int handle)
{
    if (!sock || !k230i_valid(sock, handle))
        return -K230_EBADF;
    if (k230i_over(client, sock) || k230_load_word(&client->engine.session) != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    return 0;
}

/* ---- the state --------------------------------------------------------------------------------------------------- */

#ifdef K230_CHECKS
#define TO(state) (1u << K230_SOCK_##state)
#define TO_ITS_END (TO(CLOSING) | TO(FREE)) /* FREE at once where the session is over */
/* The legal moves. docs/maintain/states-bigcore.svg draws them without the steps that nobody sees: an open passes
 * RESERVED, datagrams connect again, and with the session over each ends in FREE at once. */
static const uint32_t s_moves[] = {
    [K230_SOCK_FREE] = TO(RESERVED),
    [K230_SOCK_RESERVED] = TO(OPENING) | TO(CONNECTED) /* accepted */ | TO(FREE),
    [K230_SOCK_OPENING] = TO(OPEN) | TO_ITS_END,
    [K230_SOCK_OPEN] = TO(LISTENING) | TO(CONNECTING) | TO(CONNECTED) /* datagrams */ | TO_ITS_END,
    [K230_SOCK_LISTENING] = TO(CONNECTED) /* datagrams, where an agent lets them listen */ | TO_ITS_END,
    [K230_SOCK_CONNECTING] = TO(CONNECTED) | TO(OPEN) /* failed */ | TO(CANCELLING) | TO_ITS_END,
    [K230_SOCK_CANCELLING] = TO(OPEN) | TO_ITS_END,
    [K230_SOCK_CONNECTED] = TO(CONNECTED) /* datagrams, to another peer */ | TO_ITS_END,
    [K230_SOCK_CLOSING] = TO(FREE),
};
#endif

void k230i_become_locked(struct k230_client *client, struct k230_sock *sock, enum k230_sock_state state)
{
    K230_CHECK_HELD(&client->engine.lock);
    K230_CHECK(s_moves[sock->state] >> state & 1u);
    k230_store_word(&sock->state, (uint32_t)state);
    k230i_changed(client, sock);
}

void k230i_changed(struct k230_client *client, const struct k230_sock *sock)
{
    __atomic_fetch_add(&client->sock.changes[k230i_slot(client, sock)], 1u, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&client->sock.changed, 1u, __ATOMIC_SEQ_CST); /* after the socket's own, as poll reads them */
}

void k230i_wake_locked(struct k230_client *client, const struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    k230_engine_wake_locked(&client->engine, k230_hint(k230i_slot(client, sock)));
}

static struct k230_status_line *line_of(struct k230_client *client, const struct k230_sock *sock)
{
    return k230_link_status(&client->engine.link, k230i_slot(client, sock));
}

uint32_t k230i_status(struct k230_client *client, const struct k230_sock *sock)
{
    /* Pairs with the agent's store of the status word: what it says of the ring (end of stream) is true of the ring's
     * index when that is loaded afterwards. */
    return k230_shared_load(client->engine.hal, &line_of(client, sock)->status);
}

uint32_t k230i_want(struct k230_client *client, const struct k230_sock *sock)
{
    return k230_shared_load(client->engine.hal, &line_of(client, sock)->want);
}

int k230i_peek_error(const struct k230_sock *sock, uint32_t status)
{
    const uint32_t number = k230_status_number(status);
    if (number == 0 || __atomic_load_n(&sock->raised, __ATOMIC_SEQ_CST) == number)
        return 0;
    return -(int)k230_status_code(status);
}

int k230i_take_error(struct k230_sock *sock, uint32_t status)
{
    const uint32_t number = k230_status_number(status);
    if (number == 0 || __atomic_exchange_n(&sock->raised, number, __ATOMIC_SEQ_CST) == number)
        return 0;
    return -(int)k230_status_code(status);
}

/* The lowest free slot, as FileNo promises. */
struct k230_sock *k230i_reserve_locked(struct k230_client *client, int family, int type)
{
    K230_CHECK_HELD(&client->engine.lock);
    for (uint32_t i = 0; i < client->sock.slots; i++) {
        struct k230_sock *sock = &client->sock.socks[i];
        if (sock->state != K230_SOCK_FREE)
            continue;
        k230_store_word(&sock->gen, sock->gen % K230_GEN_LIMIT + 1u);
        k230_store_byte(&sock->type, (uint8_t)type);
        sock->family = (uint8_t)family;
        k230_store_byte(&sock->kept, 0);
        k230_store_byte(&sock->stays, 0);
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
        k230_store_word(&sock->epoch, client->engine.epoch);
        k230i_become_locked(client, sock, K230_SOCK_RESERVED);
        return sock;
    }
    return NULL;
}

void k230i_forget_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    k230_store_byte(&sock->attached, 0);
    sock->call.state = K230_CALL_IDLE;
    sock->call.id = 0;
    sock->late_accept = 0;
    sock->due = 0;
    k230i_become_locked(client, sock, K230_SOCK_FREE);
}
