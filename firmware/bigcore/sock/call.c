/* Requests. A socket has one lane: at most one request of its own that awaits an answer is under way at a time. */
#include "k230_sock.h"

bool k230_call_free(struct k230_client *client)
{
    const uint32_t room = k230_queue_room(&client->link.requests);
    if (room == K230_RING_BROKEN) {
        k230_session_blame(client, K230_FAULT_RING_INDEX);
        return false;
    }
    client->crowded |= room == 0; /* k230_session_look tells when that is over */
    return room != 0;
}

bool k230_call_room(struct k230_client *client)
{
    /* A bind must not overtake the close that frees its port, nor a connect the cancel before it. */
    k230_sock_flush_dues(client);
    return client->dues == 0 && k230_call_free(client);
}

struct k230_request *k230_call_request(struct k230_client *client, uint32_t id, uint16_t op, uint32_t handle)
{
    memset(&client->outgoing, 0, K230_MESSAGE_HEAD);
    client->outgoing.id = id;
    client->outgoing.op = op;
    client->outgoing.handle = handle;
    return &client->outgoing;
}

void k230_call_post(struct k230_client *client) { k230_queue_put(&client->link.requests, &client->outgoing); }

uint32_t k230_call_id(uint32_t lane, uint32_t *sequence)
{
    *sequence = *sequence % 0xFFFFu + 1u; /* 1 to 0xFFFF: an id is never 0 */
    return lane | *sequence << 16;
}

int k230_call_step(struct k230_client *client, struct k230_sock *sock, uint16_t op, uint32_t *call,
                   struct k230_call *result)
{
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
        k230_client_wake(client, k230_hint(k230_sock_slot(client, sock))); /* somebody may wait for the lane */
        return result->status;
    }
    if (sock->call.state != K230_CALL_IDLE || !k230_call_room(client))
        return -K230_PENDING;
    sock->call = (struct k230_call){
        .id = k230_call_id(k230_sock_slot(client, sock), &sock->call_sequence), .op = op, .state = K230_CALL_PENDING};
    *call = sock->call.id;
    k230_call_request(client, sock->call.id, op, k230_sock_handle(client, sock));
    return K230_CALL_BEGIN;
}

void k230_sock_abandon(struct k230_client *client, int handle, uint32_t call)
{
    if (call == 0)
        return;
    k230_client_lock(client);
    struct k230_sock *sock = k230_sock_at(client, handle);
    if (sock && sock->call.id == call) {
        if (sock->call.state == K230_CALL_PENDING) {
            sock->call.state = K230_CALL_ABANDONED;
        } else if (sock->call.state == K230_CALL_DONE) {
            if (sock->call.op == K230_OP_ACCEPT && sock->call.status >= 0)
                sock->late_accept = sock->call.arg0;
            sock->call.state = K230_CALL_IDLE;
            k230_sock_changed(client, sock);
            k230_client_wake(client, k230_hint(k230_sock_slot(client, sock))); /* for the lane, or that connection */
        }
    }
    k230_client_unlock(client);
}

/* ---- requests without an answer ---------------------------------------------------------------------------------- */

/* Says that the socket has work for the agent, and wakes it. */
void k230_sock_kick(struct k230_client *client, const struct k230_sock *sock)
{
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE && !k230_sock_over(client, sock)) {
        k230_bits_post(&client->link.kick, k230_sock_slot(client, sock));
        k230_link_tell_small(&client->link);
    }
    k230_client_unlock_inner(client);
}

void k230_sock_attach(struct k230_client *client, struct k230_sock *sock)
{
    if (sock->attached || sock->state == K230_SOCK_OPENING) /* an ATTACH for what is never made is a fault */
        return;
    if (client->free_pairs == 0) {
        if (!client->starved) { /* the agent may have one that stands still */
            k230_shared_store(client->hal, &client->link.head->big.starved, ++client->starvings);
            k230_link_tell_small(&client->link);
        }
        client->starved = 1;
        return;
    }
    if (!k230_call_room(client))
        return;
    const uint32_t pair = client->pair_stack[--client->free_pairs];
    client->pair_state[pair] = K230_PAIR_USED;
    sock->pair = pair;
    /* Our indices are zeroed here, the agent's since it gave the pair back (or began the session). */
    k230_link_tx(&client->link, pair, &sock->tx);
    k230_link_rx(&client->link, pair, &sock->rx);
    struct k230_request *request =
        k230_call_request(client, K230_NO_LANE, K230_OP_ATTACH, k230_sock_handle(client, sock));
    request->arg0 = pair;
    k230_call_post(client);
    k230_link_tell_small(&client->link);
    k230_store_byte(&sock->attached, 1u);
    k230_sock_changed(client, sock);
}

static bool post_due(struct k230_client *client, struct k230_sock *sock)
{
    if (!k230_call_free(client))
        return false;
    if (sock->due & K230_DUE_CLOSE) {
        struct k230_request *request =
            k230_call_request(client, K230_NO_LANE, K230_OP_CLOSE, k230_sock_handle(client, sock));
        request->flags = sock->abort_on_close ? K230_CLOSE_ABORT : 0;
        k230_call_post(client);
        k230_sock_forget(client, sock); /* the next OPEN of the slot is behind this CLOSE in the queue */
    } else {
        k230_call_request(client, K230_NO_LANE, K230_OP_CANCEL, k230_sock_handle(client, sock));
        k230_call_post(client);
    }
    sock->due = 0;
    k230_link_tell_small(&client->link);
    return true;
}

void k230_sock_post_due(struct k230_client *client, struct k230_sock *sock, uint8_t due)
{
    const bool noted = sock->due != 0;
    sock->due |= due;
    if (post_due(client, sock)) {
        client->dues -= noted ? 1u : 0u;
    } else if (!noted) {
        client->dues++;
    }
}

bool k230_sock_flush_due(struct k230_client *client, struct k230_sock *sock)
{
    if (!post_due(client, sock))
        return false;
    client->dues--;
    return true;
}

void k230_sock_flush_dues(struct k230_client *client)
{
    for (uint32_t i = 0; client->dues != 0 && i < K230_SOCK_MAX; i++)
        if (client->socks[i].due != 0 && !k230_sock_flush_due(client, &client->socks[i]))
            return;
}

bool k230_client_owes(struct k230_client *client)
{
    k230_client_lock(client);
    const bool owes = client->dues != 0;
    k230_client_unlock(client);
    return owes;
}

void k230_sock_discard(struct k230_client *client, struct k230_sock *sock, bool abort)
{
    if (sock->pair != K230_NO_PAIR && sock->attached)
        client->pair_state[sock->pair] = K230_PAIR_LEFT;
    sock->abort_on_close = (uint8_t)(abort || sock->abort_on_close);
    sock->call.state = K230_CALL_IDLE; /* a late answer finds no call */
    sock->call.id = 0;
    sock->connect_id = 0;
    k230_store_byte(&sock->attached, 0);
    k230_sock_set_state(sock, K230_SOCK_CLOSING);
    k230_sock_changed(client, sock);
    k230_sock_post_due(client, sock, K230_DUE_CLOSE);
}

void k230_sock_discard_accepted(struct k230_client *client, struct k230_sock *listener, bool live)
{
    uint32_t handle = listener->late_accept;
    const struct k230_call *call = &listener->call;
    if (call->op == K230_OP_ACCEPT && call->state == K230_CALL_DONE && call->status >= 0)
        handle = call->arg0;
    listener->late_accept = 0;
    struct k230_sock *sock = handle != 0 ? k230_sock_at(client, (int)handle) : NULL;
    if (!sock || !k230_sock_valid(sock, (int)handle))
        return;
    if (live)
        k230_sock_discard(client, sock, true);
    else
        k230_sock_forget(client, sock);
}
