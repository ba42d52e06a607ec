/* Operations that can be left and entered again. Each function is one look: it goes on from what `op` remembers, and
 * either has a result or says what it waits for. */
#include "k230_op.h"

#define OPEN_TRIES 3u

static uint64_t now_ms(struct k230_client *client) { return client->engine.hal->ops->now_ms(client->engine.hal); }

static bool is_past(struct k230_client *client, uint64_t deadline)
{
    return deadline != K230_FOREVER && now_ms(client) >= deadline;
}

static bool begins(struct k230_client *client, struct k230_operation *op, int handle, int timeout_ms)
{
    if (op->phase != 0)
        return false;
    op->phase = 1;
    op->handle = handle;
    op->deadline = k230_deadline(client, timeout_ms);
    return true;
}

/* -K230_PENDING, or -ETIMEDOUT when the time is over. */
static int wait_for(struct k230_client *client, struct k230_operation *op, int handle, uint32_t events, uint32_t amount,
                    uint64_t until)
{
    if (is_past(client, until))
        return -K230_ETIMEDOUT;
    op->wait_handle = handle;
    op->wait_events = events;
    op->wait_amount = amount;
    op->wait_until = until;
    op->wait_hints = k230_sock_hints(client, handle, events, amount);
    return -K230_PENDING;
}

/* What becomes of a request's status: an answer, or one more wait for it. It has K230_CONTROL_MS whatever the caller's
 * timeout is: what was asked of the agent is not given up because a socket does not wait for peers. */
static int asked(struct k230_client *client, struct k230_operation *op, int status)
{
    if (status != -K230_PENDING) {
        op->answer_by = 0;
        return status;
    }
    if (op->answer_by == 0)
        op->answer_by = k230_deadline(client, (int)K230_CONTROL_MS);
    status = wait_for(client, op, op->handle, K230_WAIT_CALL, op->call, op->answer_by);
    if (status == -K230_ETIMEDOUT) {
        k230_sock_abandon(client, op->handle, op->call);
        op->call = 0;
        op->answer_by = 0;
    }
    return status;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Where another thread starts sessions (k230_client_attend), its result is waited for. */
static int session_there(struct k230_client *client, struct k230_operation *op, uint64_t until)
{
    const int status = k230_engine_want(&client->engine, &op->start);
    if (status != -K230_PENDING)
        return status;
    if (is_past(client, until))
        return -K230_ETIMEDOUT;
    op->wait_handle = -1;
    op->wait_events = 0;
    op->wait_hints = 0;
    op->wait_until = until;
    return status;
}

static int open_once(struct k230_client *client, struct k230_operation *op, int family, int type, int proto)
{
    if (!op->opening) {
        /* The start of a session has a time limit of its own. */
        const int started = session_there(client, op, K230_FOREVER);
        if (started != 0)
            return started;
        if (op->answer_by == 0)
            op->answer_by = k230_deadline(client, (int)K230_CONTROL_MS);
        const int handle = k230_sock_open(client, family, type, proto);
        if (handle == -K230_EAGAIN)
            return wait_for(client, op, -1, K230_WAIT_CALL, 0, op->answer_by);
        if (handle < 0)
            return handle;
        op->handle = handle;
        op->opening = 1;
    }
    int status = k230_sock_opened(client, op->handle);
    if (status == -K230_PENDING) {
        status = wait_for(client, op, op->handle, K230_WAIT_OPENED, 0, op->answer_by);
        if (status == -K230_PENDING)
            return status;
        k230_sock_close(client, op->handle, true);
    }
    op->opening = 0;
    return status < 0 ? status : op->handle;
}

int k230_op_open(struct k230_client *client, struct k230_operation *op, int family, int type, int proto)
{
    begins(client, op, -1, -1);
    for (;;) {
        const int handle = open_once(client, op, family, type, proto);
        /* The agent may have died unnoticed before the call. Nothing is lost with it, so the next one is asked. */
        if (handle != -K230_ECONNRESET || op->tries++ >= OPEN_TRIES)
            return handle;
        op->start = 0;
        op->answer_by = 0;
    }
}

int k230_op_bind(struct k230_client *client, struct k230_operation *op, int handle, const struct k230_addr *addr)
{
    if (begins(client, op, handle, -1))
        op->addr = *addr;
    return asked(client, op, k230_sock_bind(client, handle, &op->addr, &op->call));
}

int k230_op_listen(struct k230_client *client, struct k230_operation *op, int handle, int backlog)
{
    begins(client, op, handle, -1);
    return asked(client, op, k230_sock_listen(client, handle, backlog, &op->call));
}

int k230_op_accept(struct k230_client *client, struct k230_operation *op, int handle, struct k230_addr *peer,
                   int timeout_ms)
{
    begins(client, op, handle, timeout_ms);
    const int status = asked(client, op, k230_sock_accept(client, handle, timeout_ms == 0, peer, &op->call));
    if (status != -K230_EAGAIN || timeout_ms == 0)
        return status;
    return wait_for(client, op, handle, K230_WAIT_IN, 0, op->deadline);
}

int k230_op_connect(struct k230_client *client, struct k230_operation *op, int handle, const struct k230_addr *addr,
                    int timeout_ms)
{
    if (begins(client, op, handle, timeout_ms))
        op->addr = *addr;
    int status;
    if (!op->connecting) {
        status = asked(client, op, k230_sock_connect(client, handle, &op->addr, &op->call));
        if (timeout_ms == 0)
            return status;
        if (status == -K230_EALREADY) { /* one that an earlier call has begun; its outcome may be this one's */
            status = wait_for(client, op, handle, K230_WAIT_CONNECT, 0, op->deadline);
            return status == -K230_ETIMEDOUT ? -K230_EALREADY : status;
        }
        if (status != -K230_EINPROGRESS)
            return status;
        op->connecting = 1;
    }
    status = k230_sock_connected(client, handle);
    if (status == -K230_EINPROGRESS)
        status = wait_for(client, op, handle, K230_WAIT_CONNECT, 0, op->deadline); /* after which it goes on */
    if (status != -K230_PENDING)
        op->connecting = 0;
    return status;
}

int k230_op_setopt(struct k230_client *client, struct k230_operation *op, int handle, int level, int option,
                   const void *value, uint32_t length)
{
    begins(client, op, handle, -1);
    return asked(client, op, k230_sock_setopt(client, handle, level, option, value, length, &op->call));
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* One datagram; the confirmation of the first to a destination is waited for even where the socket does not wait. */
static int send_datagram(struct k230_client *client, struct k230_operation *op, int handle, const void *data,
                         uint32_t length, const struct k230_addr *addr, int timeout_ms)
{
    const int status = asked(client, op, k230_sock_sendto(client, handle, data, length, addr, &op->call));
    if (status != -K230_EAGAIN || timeout_ms == 0)
        return status;
    return wait_for(client, op, handle, K230_WAIT_OUT, k230_record_space(length), op->deadline);
}

static int send_some(struct k230_client *client, struct k230_operation *op, int handle, const void *data,
                     uint32_t length, uint32_t least, int timeout_ms)
{
    const int sent = k230_sock_send(client, handle, data, length, least);
    if (sent != -K230_EAGAIN || timeout_ms == 0)
        return sent;
    const int room = k230_sock_room(client, handle);
    if (op->seen != 0 && room >= 0 && (uint32_t)room + 1u > op->seen) /* bytes have moved, if not yet enough */
        op->deadline = k230_deadline(client, timeout_ms);
    op->seen = room >= 0 ? (uint32_t)room + 1u : 0;
    const uint32_t next = room >= 0 && timeout_ms > 0 && (uint32_t)room + 1u < least ? (uint32_t)room + 1u : least;
    return wait_for(client, op, handle, K230_WAIT_OUT, next, op->deadline);
}

static bool is_datagram(struct k230_client *client, struct k230_operation *op, int handle)
{
    if (op->phase == 1)
        op->phase = k230_sock_type(client, handle) == K230_SOCK_DGRAM ? 3 : 2;
    return op->phase == 3;
}

int k230_op_send(struct k230_client *client, struct k230_operation *op, int handle, const void *data, uint32_t length,
                 int timeout_ms)
{
    begins(client, op, handle, timeout_ms);
    if (is_datagram(client, op, handle))
        return send_datagram(client, op, handle, data, length, NULL, timeout_ms);
    return send_some(client, op, handle, data, length, 1, timeout_ms);
}

int k230_op_send_all(struct k230_client *client, struct k230_operation *op, int handle, const void *data,
                     uint32_t length, int timeout_ms)
{
    begins(client, op, handle, timeout_ms);
    if (is_datagram(client, op, handle))
        return send_datagram(client, op, handle, data, length, NULL, timeout_ms);
    const bool whole = timeout_ms != 0 && length <= k230_sock_atomic(client);
    do {
        const uint32_t left = length - op->done;
        const int sent =
            send_some(client, op, handle, (const uint8_t *)data + op->done, left, whole ? left : 1u, timeout_ms);
        if (sent < 0)
            return sent == -K230_EAGAIN && op->done > 0 ? (int)op->done : sent;
        op->done += (uint32_t)sent;
        op->seen = 0;
        op->deadline = k230_deadline(client, timeout_ms);
    } while (op->done < length);
    return (int)length;
}

int k230_op_sendto(struct k230_client *client, struct k230_operation *op, int handle, const void *data, uint32_t length,
                   const struct k230_addr *addr, int timeout_ms)
{
    if (begins(client, op, handle, timeout_ms))
        op->addr = *addr;
    if (op->phase == 1)
        op->phase =
            k230_sock_type(client, handle) == K230_SOCK_STREAM ? 2 : 3; /* a closed handle gives EBADF either way */
    if (op->phase == 2)
        return k230_op_send(client, op, handle, data, length, timeout_ms);
    return send_datagram(client, op, handle, data, length, &op->addr, timeout_ms);
}

int k230_op_recv(struct k230_client *client, struct k230_operation *op, int handle, void *data, uint32_t length,
                 int flags, struct k230_addr *from, int timeout_ms)
{
    if (flags & K230_MSG_DONTWAIT)
        timeout_ms = 0;
    begins(client, op, handle, timeout_ms);
    const int got = k230_sock_recv(client, handle, data, length, flags, from);
    if (got != -K230_EAGAIN || timeout_ms == 0)
        return got;
    return wait_for(client, op, handle, K230_WAIT_IN, 0, op->deadline);
}

int k230_op_readline(struct k230_client *client, struct k230_operation *op, int handle, void *data, uint32_t length,
                     int timeout_ms)
{
    uint32_t seen;
    begins(client, op, handle, timeout_ms);
    const int got = k230_sock_readline(client, handle, data, length, timeout_ms == 0, &seen);
    if (got != -K230_EAGAIN || timeout_ms == 0)
        return got;
    if (op->seen != 0 && seen + 1u > op->seen)
        op->deadline = k230_deadline(client, timeout_ms);
    op->seen = seen + 1u;
    return wait_for(client, op, handle, K230_WAIT_IN, seen, op->deadline);
}

/* ---- readiness and names ----------------------------------------------------------------------------------------- */

int k230_op_poll(struct k230_client *client, struct k230_operation *op, struct k230_pollfd *entries, uint32_t count,
                 uint32_t wakes, int timeout_ms)
{
    begins(client, op, -1, timeout_ms);
    const int found = k230_poll(client, entries, count, wakes, 0);
    if (found != 0 || is_past(client, op->deadline))
        return found;
    op->wait_handle = -1;
    op->wait_events = 0;
    op->wait_until = op->deadline;
    op->wait_hints = k230_poll_hints(entries, count);
    return -K230_PENDING;
}

static int wait_for_answer(struct k230_client *client, struct k230_operation *op, uint64_t until)
{
    if (is_past(client, until))
        return -K230_ETIMEDOUT;
    op->wait_handle = -1;
    op->wait_events = 0;
    op->wait_until = until;
    op->wait_hints = k230_ask_hints(op->token);
    return -K230_PENDING;
}

int k230_op_resolve(struct k230_client *client, struct k230_operation *op, const char *host, const char *service,
                    int family, int type, int proto, int flags, uint8_t *answer, uint32_t length, int timeout_ms)
{
    begins(client, op, -1, timeout_ms);
    if (op->token == 0) {
        const int started = session_there(client, op, op->deadline);
        if (started != 0)
            return started;
        op->asking = K230_OP_RESOLVE;
        const int token = k230_resolve_begin(client, host, service, family, type, proto, flags);
        if (token == -K230_EAGAIN)
            return wait_for_answer(client, op, op->deadline);
        if (token < 0)
            return token;
        op->token = token;
    }
    const uint32_t room = length > K230_HOST_MAX + 1u ? (length - (K230_HOST_MAX + 1u)) / K230_ADDR_SIZE : 0;
    struct k230_addr addrs[K230_RESOLVE_ADDRS];
    char canon[K230_HOST_MAX + 1] = "";
    int found =
        k230_resolve_end(client, op->token, addrs, room < K230_RESOLVE_ADDRS ? room : K230_RESOLVE_ADDRS, canon);
    if (found == -K230_PENDING) {
        found = wait_for_answer(client, op, op->deadline);
        if (found == -K230_PENDING)
            return found;
        k230_ask_abandon(client, op->token);
    }
    op->token = 0;
    if (found >= 0 && length > K230_HOST_MAX) {
        memcpy(answer, canon, sizeof canon);
        memcpy(answer + sizeof canon, addrs, (size_t)found * K230_ADDR_SIZE);
    }
    return found;
}

int k230_op_interface(struct k230_client *client, struct k230_operation *op, uint32_t index,
                      struct k230_interface *facts, int timeout_ms)
{
    begins(client, op, -1, timeout_ms);
    if (op->token == 0) {
        const int started = session_there(client, op, op->deadline);
        if (started != 0)
            return started;
        op->asking = K230_OP_INTERFACE;
        if (op->answer_by == 0) {
            const uint64_t control = k230_deadline(client, (int)K230_CONTROL_MS);
            op->answer_by = control < op->deadline ? control : op->deadline;
        }
        const int token = k230_interface_begin(client, index);
        if (token == -K230_EAGAIN)
            return wait_for_answer(client, op, op->answer_by);
        if (token < 0)
            return token;
        op->token = token;
    }
    int count = k230_interface_end(client, op->token, facts);
    if (count == -K230_PENDING) {
        count = wait_for_answer(client, op, op->answer_by);
        if (count == -K230_PENDING)
            return count;
        k230_ask_abandon(client, op->token);
    }
    op->token = 0;
    return count;
}

int k230_op_network(struct k230_client *client, struct k230_operation *op, int seen, int timeout_ms)
{
    if (begins(client, op, -1, timeout_ms) && seen == K230_NETWORK_LISTEN)
        k230_network_watch(client);
    const int started = session_there(client, op, op->deadline);
    if (started != 0)
        return started;
    int word = k230_engine_ensure(&client->engine);
    if (word == 0)
        word = k230_network(client);
    if (word < 0 || word != seen)
        return word;
    if (is_past(client, op->deadline))
        return -K230_ETIMEDOUT;
    op->watching = 1;
    op->known = seen;
    op->wait_handle = -1;
    op->wait_events = 0;
    op->wait_until = op->deadline;
    op->wait_hints = K230_ALL_HINTS;
    return -K230_PENDING;
}

/* ---- waiting, and giving up -------------------------------------------------------------------------------------- */

void k230_op_abandon(struct k230_client *client, struct k230_operation *op)
{
    k230_op_disarm(client, op);
    k230_sock_abandon(client, op->handle, op->call);
    if (op->token != 0)
        k230_ask_abandon(client, op->token);
    if (op->opening)
        k230_sock_close(client, op->handle, true);
    if (op->connecting)
        k230_sock_cancel(client, op->handle);
    memset(op, 0, sizeof *op);
}

void k230_op_sleep(struct k230_client *client, const struct k230_operation *op)
{
    /* What woke it, or that nothing did, shows at the next call. */
    if (op->wait_events != 0)
        k230_sock_wait(client, op->wait_handle, op->wait_events, op->wait_amount, op->wait_until);
    else if (op->watching)
        k230_network_wait(client, op->known, op->wait_until);
    else
        k230_ask_wait(client, op->asking, op->token, op->wait_until);
}

bool k230_op_arm(struct k230_client *client, struct k230_operation *op)
{
    return k230_arm(client, &op->arming, op->wait_hints);
}

void k230_op_disarm(struct k230_client *client, struct k230_operation *op) { k230_disarm(client, &op->arming); }
