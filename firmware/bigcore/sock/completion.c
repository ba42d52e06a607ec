/* What the agent answers, and what becomes of an answer that nobody waits for any more. */
#include "k230_sock.h"

/* A slot that was handed out for a connection. Only then may the agent name it. */
static struct k230_sock *reserved(struct k230_client *client, uint32_t handle)
{
    struct k230_sock *sock = handle <= INT32_MAX ? k230_sock_at(client, (int)handle) : NULL;
    return sock && sock->state == K230_SOCK_RESERVED && sock->gen == k230_handle_gen(handle) ? sock : NULL;
}

static void accepted(struct k230_client *client, const struct k230_completion *reply, struct k230_sock *listener)
{
    struct k230_sock *sock = reserved(client, reply->arg0);
    if (!sock) {
        k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (reply->status < 0) {
        k230_sock_forget(client, sock);
        return;
    }
    if (reply->len == K230_ADDR_SIZE)
        memcpy(&sock->peer, reply->payload, K230_ADDR_SIZE);
    k230_store_word(&sock->state, K230_SOCK_CONNECTED);
    k230_sock_changed(client, sock);
    if (!listener)
        k230_sock_discard(client, sock, true); /* the listener was closed meanwhile: reset with it */
    else
        k230_sock_attach(client, sock);
}

static void connected(struct k230_client *client, const struct k230_completion *reply, struct k230_sock *sock)
{
    if (sock->connect_id != reply->id)
        return; /* of a socket that was closed */
    sock->connect_id = 0;
    switch (sock->state) {
    case K230_SOCK_CONNECTING:
        if (reply->status >= 0) {
            sock->unreported = 1;
            k230_store_word(&sock->state, K230_SOCK_CONNECTED);
        } else {
            sock->failed = 1;
            sock->error = reply->status;
            k230_store_word(&sock->state, K230_SOCK_OPEN);
        }
        break;
    case K230_SOCK_CANCELLING: /* a late success is undone by the agent, whom the CANCEL reaches after it */
        k230_store_word(&sock->state, K230_SOCK_OPEN);
        break;
    default:
        break;
    }
    k230_sock_changed(client, sock);
}

static void pair_is_free(struct k230_client *client, const struct k230_completion *reply)
{
    const uint32_t pair = reply->arg0;
    if (pair >= K230_PAIR_MAX || client->pair_state[pair] != K230_PAIR_LEFT) {
        k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        return;
    }
    client->pair_state[pair] = K230_PAIR_FREE;
    client->pair_stack[client->free_pairs++] = pair;
    if (client->starved) {
        client->starved = 0;
        for (uint32_t i = 0; i < client->slots; i++)
            k230_sock_changed(client, &client->socks[i]);
        k230_client_wake(client, K230_ALL_HINTS);
    }
}

static void resolved(struct k230_client *client, const struct k230_completion *reply, uint32_t index)
{
    if (index >= K230_RESOLVE_MAX) {
        k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        return;
    }
    struct k230_question *question = k230_question_answered(client, reply, index);
    if (!question)
        return;
    struct k230_names *names = &client->names[index];
    if (reply->flags & K230_REPLY_CANON) {
        const uint32_t length = reply->len < K230_HOST_MAX ? reply->len : K230_HOST_MAX;
        memcpy(names->canon, reply->payload, length);
        names->canon[length] = 0;
    } else {
        for (uint32_t at = 0; at + K230_ADDR_SIZE <= reply->len; at += K230_ADDR_SIZE) {
            if (names->count < K230_RESOLVE_ADDRS)
                memcpy(&names->addrs[names->count], reply->payload + at, K230_ADDR_SIZE);
            names->count++;
        }
    }
    if (!(reply->flags & K230_REPLY_MORE))
        k230_question_done(question, reply->status);
}

static void informed(struct k230_client *client, const struct k230_completion *reply, uint32_t index)
{
    if (index >= K230_INTERFACE_MAX) {
        k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (reply->status > 0 && reply->len != sizeof(struct k230_interface)) {
        k230_session_blame(client, K230_FAULT_BAD_LENGTH);
        return;
    }
    struct k230_question *question = k230_question_answered(client, reply, index);
    if (!question)
        return;
    if (reply->status > 0) {
        struct k230_interface *facts = &client->facts[index];
        memcpy(facts, reply->payload, sizeof *facts);
        facts->name[sizeof facts->name - 1] = 0;
        if (facts->ipv6_count > K230_INTERFACE_IPV6)
            facts->ipv6_count = K230_INTERFACE_IPV6;
    }
    k230_question_done(question, reply->status == 0 ? -K230_EPROTO : reply->status); /* whoever has none says ENOENT */
}

static void answered(struct k230_client *client, const struct k230_completion *reply, struct k230_sock *sock)
{
    struct k230_call *call = &sock->call;
    const bool mine = call->id == reply->id && (call->state == K230_CALL_PENDING || call->state == K230_CALL_ABANDONED);
    if (mine && call->op != reply->op) {
        k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (reply->op == K230_OP_ACCEPT) {
        accepted(client, reply, mine ? sock : NULL);
        if (client->session != K230_SESSION_LIVE)
            return;
    }
    if (!mine)
        return;
    call->status = reply->status;
    call->arg0 = reply->arg0;
    call->len = (uint8_t)(reply->len < K230_ADDR_SIZE ? reply->len : K230_ADDR_SIZE);
    memcpy(call->payload, reply->payload, call->len);
    if (reply->op == K230_OP_OPEN && sock->state == K230_SOCK_OPENING && reply->status >= 0)
        k230_store_word(&sock->state, K230_SOCK_OPEN);
    if (reply->op == K230_OP_LISTEN && reply->status >= 0 && sock->state == K230_SOCK_OPEN)
        k230_store_word(&sock->state, K230_SOCK_LISTENING);
    if (call->state == K230_CALL_ABANDONED) {
        if (reply->op == K230_OP_ACCEPT && reply->status >= 0)
            sock->late_accept = reply->arg0;
        call->state = K230_CALL_IDLE;
    } else {
        call->state = K230_CALL_DONE;
    }
    k230_sock_changed(client, sock);
}

uint32_t k230_call_drain(struct k230_client *client)
{
    struct k230_completion *reply = &client->incoming;
    uint32_t concerned = 0;
    while (client->session == K230_SESSION_LIVE) {
        const enum k230_take take = k230_queue_take(&client->link.completions, reply);
        if (take == K230_TAKE_BROKEN || take == K230_TAKE_TOO_LONG) {
            k230_session_blame(client, take == K230_TAKE_BROKEN ? K230_FAULT_RING_INDEX : K230_FAULT_BAD_LENGTH);
            break;
        }
        if (take == K230_TAKE_NONE)
            break;
        /* Only what an answer may say reaches a caller: a count of bytes, or an error of the tables. */
        if (reply->status > (int32_t)UINT16_MAX || reply->status <= -2 * K230_EAI_BASE)
            reply->status = -K230_EPROTO;
        const uint32_t lane = reply->id & 0xFFFFu;
        concerned |= k230_hint(lane);
        if (reply->op == K230_OP_CLOSE) {
            pair_is_free(client, reply);
        } else if (reply->op == K230_OP_RESOLVE) {
            resolved(client, reply, lane - K230_LANE_RESOLVE);
        } else if (reply->op == K230_OP_INTERFACE) {
            informed(client, reply, lane - K230_LANE_INTERFACE);
        } else if (lane >= client->slots || reply->op == 0 || reply->op >= K230_OP_LIMIT) {
            k230_session_blame(client, K230_FAULT_BAD_COMPLETION);
        } else if (reply->op == K230_OP_CONNECT && client->socks[lane].type == K230_SOCK_STREAM) {
            connected(client, reply, &client->socks[lane]);
        } else {
            answered(client, reply, &client->socks[lane]);
        }
    }
    if (concerned != 0 && client->session == K230_SESSION_LIVE) {
        k230_client_tell_parked(client);
        k230_shared_fence(); /* pairs with the agent's fence between announcing ASLEEP_SPACE and its last look */
        if (k230_shared_load(client->hal, &client->link.head->asleep.value) & K230_ASLEEP_SPACE)
            client->hal->ops->ring(client->hal, K230_ALL_HINTS);
    }
    return concerned;
}
