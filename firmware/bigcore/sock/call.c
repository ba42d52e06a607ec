/* Requests. A socket has one lane: at most one request of its own that awaits an answer is under way at a time. */
#include "sock_private.h"

int k230i_call_step_locked(struct k230_client *client, struct k230_sock *sock, uint16_t op, uint32_t *call,
                           struct k230_call *result)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (*call != 0) {
        if (sock->call.id != *call) { /* the socket was closed and its slot serves another */
            *call = 0;
            return -K230_EBADF;
        }
        if (sock->call.state == K230_CALL_PENDING)
            return -K230_PENDING;
        *result = sock->call;
        sock->call.state = K230_CALL_IDLE;
        *call = 0;
        k230i_wake_locked(client, sock); /* somebody may wait for the lane */
        return result->status;
    }
    if (sock->call.state != K230_CALL_IDLE || !k230_engine_room_locked(&client->engine))
        return -K230_PENDING;
    sock->call = (struct k230_call){.id = k230_engine_request_id(k230i_slot(client, sock), &sock->call_sequence),
                                    .op = op,
                                    .state = K230_CALL_PENDING};
    *call = sock->call.id;
    k230_engine_request_locked(&client->engine, sock->call.id, op, k230i_handle(client, sock));
    return K230_CALL_BEGIN;
}

void k230_sock_abandon(struct k230_client *client, int handle, uint32_t call)
{
    if (call == 0)
        return;
    k230_engine_lock(&client->engine);
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (sock && sock->call.id == call) {
        if (sock->call.state == K230_CALL_PENDING) {
            sock->call.state = K230_CALL_ABANDONED;
        } else if (sock->call.state == K230_CALL_DONE) {
            if (sock->call.op == K230_OP_ACCEPT && sock->call.status >= 0)
                sock->late_accept = sock->call.arg0;
            sock->call.state = K230_CALL_IDLE;
            k230i_changed(client, sock);
            k230i_wake_locked(client, sock); /* for the lane, or that connection */
        }
    }
    k230_engine_unlock(&client->engine);
}

/* ---- requests without an answer ---------------------------------------------------------------------------------- */

void k230i_kick(struct k230_client *client, const struct k230_sock *sock)
{
    k230_engine_lock(&client->engine);
    if (client->engine.session == K230_SESSION_LIVE && !k230i_over(client, sock)) {
        k230_bits_put(&client->engine.link.kick, k230i_slot(client, sock));
        k230_link_notify_small(&client->engine.link);
    }
    k230_engine_unlock_inner(&client->engine);
}

void k230i_attach_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (sock->attached || sock->state == K230_SOCK_OPENING) /* an ATTACH for what is never made is a fault */
        return;
    if (client->sock.free_pairs == 0) {
        if (!client->sock.starved) { /* the agent may have one that stands still */
            k230_shared_store(client->engine.hal, &client->engine.link.head->big.starved, ++client->sock.starvings);
            k230_link_notify_small(&client->engine.link);
        }
        client->sock.starved = 1;
        return;
    }
    if (!k230_engine_room_locked(&client->engine))
        return;
    const uint32_t pair = client->sock.pair_stack[--client->sock.free_pairs];
    client->sock.pair_state[pair] = K230_PAIR_USED;
    sock->pair = pair;
    /* Our indices are zeroed here, the agent's since it gave the pair back (or began the session). */
    k230_link_tx(&client->engine.link, pair, &sock->tx);
    k230_link_rx(&client->engine.link, pair, &sock->rx);
    struct k230_request *request =
        k230_engine_request_locked(&client->engine, K230_NO_LANE, K230_OP_ATTACH, k230i_handle(client, sock));
    request->arg0 = pair;
    k230_engine_publish_locked(&client->engine);
    k230_store_byte(&sock->attached, 1u);
    k230i_changed(client, sock);
}

static bool try_due_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (!k230_engine_free_locked(&client->engine))
        return false;
    if (sock->due & K230_DUE_CLOSE) {
        struct k230_request *request =
            k230_engine_request_locked(&client->engine, K230_NO_LANE, K230_OP_CLOSE, k230i_handle(client, sock));
        request->flags = sock->abort_on_close ? K230_CLOSE_ABORT : 0;
        k230_engine_publish_locked(&client->engine);
        k230i_forget_locked(client, sock); /* the next OPEN of the slot is behind this CLOSE in the queue */
    } else {
        k230_engine_request_locked(&client->engine, K230_NO_LANE, K230_OP_CANCEL, k230i_handle(client, sock));
        k230_engine_publish_locked(&client->engine);
    }
    sock->due = 0;
    return true;
}

void k230i_publish_due_locked(struct k230_client *client, struct k230_sock *sock, uint8_t due)
{
    K230_CHECK_HELD(&client->engine.lock);
    const bool noted = sock->due != 0;
    sock->due |= due;
    if (try_due_locked(client, sock)) {
        client->engine.dues -= noted ? 1u : 0u;
    } else if (!noted) {
        client->engine.dues++;
    }
}

bool k230i_retry_due_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (!try_due_locked(client, sock))
        return false;
    client->engine.dues--;
    return true;
}

void k230i_retry_dues_locked(struct k230_client *client)
{
    K230_CHECK_HELD(&client->engine.lock);
    for (uint32_t i = 0; client->engine.dues != 0 && i < K230_SOCK_MAX; i++)
        if (client->sock.socks[i].due != 0 && !k230i_retry_due_locked(client, &client->sock.socks[i]))
            return;
}

void k230i_discard_locked(struct k230_client *client, struct k230_sock *sock, bool abort)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (sock->pair != K230_NO_PAIR && sock->attached)
        client->sock.pair_state[sock->pair] = K230_PAIR_LEFT;
    sock->abort_on_close = (uint8_t)(abort || sock->abort_on_close);
    sock->call.state = K230_CALL_IDLE; /* a late answer finds no call */
    sock->call.id = 0;
    sock->connect_id = 0;
    k230_store_byte(&sock->attached, 0);
    k230i_become_locked(client, sock, K230_SOCK_CLOSING);
    k230i_publish_due_locked(client, sock, K230_DUE_CLOSE);
}

void k230i_discard_accepted_locked(struct k230_client *client, struct k230_sock *listener, bool live)
{
    K230_CHECK_HELD(&client->engine.lock);
    uint32_t handle = listener->late_accept;
    const struct k230_call *call = &listener->call;
    if (call->op == K230_OP_ACCEPT && call->state == K230_CALL_DONE && call->status >= 0)
        handle = call->arg0;
    listener->late_accept = 0;
    struct k230_sock *sock = handle != 0 ? k230i_sock_at(client, (int)handle) : NULL;
    if (!sock || !k230i_valid(sock, (int)handle))
        return;
    if (live)
        k230i_discard_locked(client, sock, true);
    else
        k230i_forget_locked(client, sock);
}
