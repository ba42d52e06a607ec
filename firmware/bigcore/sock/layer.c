/* What the engine hands to the sock layer: answers, also those that nobody waits for any more, news of slots, and a
 * session's begin and end. */
#include "sock_private.h"

/* A slot that was handed out for a connection. Only then may the agent name it. */
static struct k230_sock *reserved_locked(struct k230_client *client, uint32_t handle)
{
    K230_CHECK_HELD(&client->engine.lock);
    struct k230_sock *sock = handle <= INT32_MAX ? k230i_sock_at(client, (int)handle) : NULL;
    return sock && sock->state == K230_SOCK_RESERVED && sock->gen == k230_handle_gen(handle) ? sock : NULL;
}

static void accepted_locked(struct k230_client *client, const struct k230_completion *completion,
                            struct k230_sock *listener)
{
    K230_CHECK_HELD(&client->engine.lock);
    struct k230_sock *sock = reserved_locked(client, completion->arg0);
    if (!sock) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (completion->status < 0) {
        k230i_forget_locked(client, sock);
        return;
    }
    if (completion->len == K230_ADDR_SIZE)
        memcpy(&sock->peer, completion->payload, K230_ADDR_SIZE);
    k230i_become_locked(client, sock, K230_SOCK_CONNECTED);
    if (!listener)
        k230i_discard_locked(client, sock, true); /* the listener was closed meanwhile: reset with it */
    else
        k230i_attach_locked(client, sock);
}

static void connected_locked(struct k230_client *client, const struct k230_completion *completion,
                             struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (sock->connect_id != completion->id)
        return; /* of a socket that was closed */
    sock->connect_id = 0;
    switch (sock->state) {
    case K230_SOCK_CONNECTING:
        if (completion->status >= 0) {
            sock->unreported = 1;
            k230i_become_locked(client, sock, K230_SOCK_CONNECTED);
        } else {
            sock->failed = 1;
            sock->error = completion->status;
            k230i_become_locked(client, sock, K230_SOCK_OPEN);
        }
        break;
    case K230_SOCK_CANCELLING: /* a late success is undone by the agent, whom the CANCEL reaches after it */
        k230i_become_locked(client, sock, K230_SOCK_OPEN);
        break;
    default:
        break;
    }
}

static void all_changed(struct k230_client *client)
{
    for (uint32_t i = 0; i < client->sock.slots; i++)
        k230i_changed(client, &client->sock.socks[i]);
}

static void pair_is_free_locked(struct k230_client *client, const struct k230_completion *completion)
{
    K230_CHECK_HELD(&client->engine.lock);
    const uint32_t pair = completion->arg0;
    if (pair >= K230_PAIR_MAX || client->sock.pair_state[pair] != K230_PAIR_LEFT) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_COMPLETION);
        return;
    }
    client->sock.pair_state[pair] = K230_PAIR_FREE;
    client->sock.pair_stack[client->sock.free_pairs++] = pair;
    if (client->sock.starved) {
        client->sock.starved = 0;
        all_changed(client);
        k230_engine_wake_locked(&client->engine, K230_ALL_HINTS);
    }
}

static void call_answered_locked(struct k230_client *client, const struct k230_completion *completion,
                                 struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    struct k230_call *call = &sock->call;
    const bool mine =
        call->id == completion->id && (call->state == K230_CALL_PENDING || call->state == K230_CALL_ABANDONED);
    if (mine && call->op != completion->op) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (completion->op == K230_OP_ACCEPT) {
        accepted_locked(client, completion, mine ? sock : NULL);
        if (client->engine.session != K230_SESSION_LIVE)
            return;
    }
    if (!mine)
        return;
    call->status = completion->status;
    call->arg0 = completion->arg0;
    call->len = (uint8_t)(completion->len < K230_ADDR_SIZE ? completion->len : K230_ADDR_SIZE);
    memcpy(call->payload, completion->payload, call->len);
    if (completion->op == K230_OP_OPEN && sock->state == K230_SOCK_OPENING && completion->status >= 0)
        k230i_become_locked(client, sock, K230_SOCK_OPEN);
    if (completion->op == K230_OP_LISTEN && completion->status >= 0 && sock->state == K230_SOCK_OPEN)
        k230i_become_locked(client, sock, K230_SOCK_LISTENING);
    if (call->state == K230_CALL_ABANDONED) {
        if (completion->op == K230_OP_ACCEPT && completion->status >= 0)
            sock->late_accept = completion->arg0;
        call->state = K230_CALL_IDLE;
    } else {
        call->state = K230_CALL_DONE;
    }
    k230i_changed(client, sock);
}

static void sock_answered_locked(struct k230_engine *engine, const struct k230_completion *completion)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_client *client = k230_client_of(engine);
    const uint32_t lane = completion->id & 0xFFFFu;
    if (completion->op == K230_OP_CLOSE)
        pair_is_free_locked(client, completion);
    else if (lane >= client->sock.slots)
        k230_engine_blame_locked(engine, K230_FAULT_BAD_COMPLETION);
    else if (completion->op == K230_OP_CONNECT && client->sock.socks[lane].type == K230_SOCK_STREAM)
        connected_locked(client, completion, &client->sock.socks[lane]);
    else
        call_answered_locked(client, completion, &client->sock.socks[lane]);
}

static void news_locked(struct k230_engine *engine, uint32_t slot)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_client *client = k230_client_of(engine);
    if (slot == K230_EVERY_SLOT)
        all_changed(client);
    else if (slot < client->sock.slots)
        k230i_changed(client, &client->sock.socks[slot]);
}

static void owed_locked(struct k230_engine *engine) { k230i_retry_dues_locked(k230_client_of(engine)); }

/* ---- the session ------------------------------------------------------------------------------------------------- */

static void sock_began_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_socks *socks = &k230_client_of(engine)->sock;
    const struct k230_limits *limits = &engine->link.limits;
    socks->slots = limits->slots < K230_SOCK_MAX ? limits->slots : K230_SOCK_MAX;
    const uint32_t pairs = limits->pairs < K230_PAIR_MAX ? limits->pairs : K230_PAIR_MAX;
    socks->free_pairs = 0;
    for (uint32_t i = pairs; i > 0; i--)
        socks->pair_stack[socks->free_pairs++] = i - 1u;
    memset(socks->pair_state, K230_PAIR_FREE, sizeof socks->pair_state);
    socks->starved = 0;
    socks->starvings = 0;
}

static void sock_ended_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_client *client = k230_client_of(engine);
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        struct k230_sock *sock = &client->sock.socks[i];
        k230_engine_end_call_locked(engine, &sock->call.state, &sock->call.status);
        switch (sock->state) {
        case K230_SOCK_CONNECTING:
            sock->failed = 1;
            sock->error = -K230_ECONNRESET;
            k230i_become_locked(client, sock, K230_SOCK_OPEN);
            break;
        case K230_SOCK_CANCELLING:
            k230i_become_locked(client, sock, K230_SOCK_OPEN);
            break;
        case K230_SOCK_RESERVED:
        case K230_SOCK_CLOSING: /* nobody holds these any more */
            k230i_forget_locked(client, sock);
            break;
        default:
            break;
        }
        k230i_discard_accepted_locked(client, sock, false);
        sock->due = 0;
        k230i_changed(client, sock);
    }
}

/* Data calls are in the region under their socket's lock, and see the new epoch from now on. */
static void left(struct k230_engine *engine)
{
    struct k230_client *client = k230_client_of(engine);
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        struct k230_sock *sock = &client->sock.socks[i];
        k230i_lock_tx(client, sock);
        k230_engine_unlock_own(engine, &sock->tx_lock);
        k230i_lock_rx(client, sock);
        k230_engine_unlock_own(engine, &sock->rx_lock);
    }
}

const struct k230_layer k230_sock_layer = {
    .ops = (1u << K230_OP_LIMIT) - 2u - (1u << K230_OP_RESOLVE) - (1u << K230_OP_INTERFACE),
    .answered = sock_answered_locked,
    .news = news_locked,
    .owed = owed_locked,
    .began = sock_began_locked,
    .ended = sock_ended_locked,
    .left = left,
};
