/* Operations that the agent answers: open, close, bind, listen, accept, connect, options. */
#include "sock_private.h"

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static int check_kind(int family, int type, int proto)
{
    if (type < 0 || type > 10) /* Linux knows types 1 to 10 (include/linux/net.h) */
        return -K230_EINVAL;
    if (family != K230_AF_INET && family != K230_AF_INET6)
        return -K230_EAFNOSUPPORT;
    switch (type) {
    case K230_SOCK_STREAM:
        return proto == 0 || proto == K230_IPPROTO_TCP ? 0 : -K230_EPROTONOSUPPORT;
    case K230_SOCK_DGRAM:
        return proto == 0 || proto == K230_IPPROTO_UDP ? 0 : -K230_EPROTONOSUPPORT;
    default:
        return -K230_EPROTONOSUPPORT;
    }
}

int k230_sock_open(struct k230_client *client, int family, int type, int proto)
{
    int result = check_kind(family, type, proto);
    if (result == 0)
        result = k230_engine_ensure(&client->engine);
    if (result != 0)
        return result;
    k230_engine_lock(&client->engine);
    struct k230_sock *sock = NULL;
    if (client->engine.session != K230_SESSION_LIVE) {
        result = -K230_ECONNRESET;
    } else if (!k230_engine_room_locked(&client->engine)) {
        result = -K230_EAGAIN;
    } else if ((sock = k230i_reserve_locked(client, family, type)) == NULL) {
        result = -K230_EMFILE;
    } else {
        uint32_t call = 0;
        struct k230_call none;
        k230i_become_locked(client, sock, K230_SOCK_OPENING);
        k230i_call_step_locked(client, sock, K230_OP_OPEN, &call, &none);
        client->engine.outgoing.arg0 = (uint32_t)family;
        client->engine.outgoing.arg1 = (uint32_t)type;
        client->engine.outgoing.arg2 = (uint32_t)proto;
        k230_engine_publish_locked(&client->engine);
        result = (int)k230i_handle(client, sock);
    }
    k230_engine_unlock(&client->engine);
    return result;
}

int k230_sock_opened(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_enter(&client->engine);
    int result = -K230_EBADF;
    if (sock && k230i_valid(sock, handle)) {
        if (sock->call.op != K230_OP_OPEN || sock->call.state == K230_CALL_IDLE) { /* told before */
            result = 0;
        } else if (sock->call.state == K230_CALL_PENDING) {
            result = -K230_PENDING;
        } else {
            result = sock->call.status < 0 ? sock->call.status : 0;
            sock->call.state = K230_CALL_IDLE;
            if (result < 0)
                k230i_forget_locked(client, sock);
        }
    }
    k230_engine_unlock(&client->engine);
    return result;
}

int k230_sock_close(struct k230_client *client, int handle, bool abort)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    k230i_lock_tx(client, sock);
    k230i_lock_rx(client, sock);
    k230_engine_lock(&client->engine);
    int result = -K230_EBADF;
    if (k230i_valid(sock, handle)) {
        result = 0;
        const bool live = client->engine.session == K230_SESSION_LIVE && !k230i_over(client, sock);
        k230i_discard_accepted_locked(client, sock, live);
        if (live)
            k230i_discard_locked(client, sock, abort);
        else
            k230i_forget_locked(client, sock);
        k230i_wake_locked(client, sock);
    }
    k230_engine_unlock_inner(&client->engine);
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    k230_engine_unlock_last(&client->engine, &sock->tx_lock);
    return result;
}

int k230_sock_type(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_lock(&client->engine);
    const int type = sock && k230i_valid(sock, handle) ? (int)sock->type : -K230_EBADF;
    k230_engine_unlock(&client->engine);
    return type;
}

int k230_sock_error(struct k230_client *client, int handle, bool take)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_lock(&client->engine);
    int error = k230i_usable(client, sock, handle);
    if (error == 0 && sock->error != 0) {
        error = sock->error;
        if (take)
            sock->error = 0;
    } else if (error == 0) {
        const uint32_t word = k230i_status(client, sock);
        error = take ? k230i_take_error(sock, word) : k230i_peek_error(sock, word);
    }
    if (take && error != 0 && sock)
        k230i_changed(client, sock);
    k230_engine_unlock(&client->engine);
    return error;
}

int k230_sock_known_peer(struct k230_client *client, int handle, struct k230_addr *addr)
{
    const struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_lock(&client->engine);
    int status = sock && k230i_valid(sock, handle) ? 0 : -K230_EBADF;
    if (status == 0 && sock->state != K230_SOCK_CONNECTED)
        status = -K230_ENOTCONN;
    if (status == 0)
        *addr = sock->peer;
    k230_engine_unlock(&client->engine);
    return status;
}

/* ---- calls that the agent answers -------------------------------------------------------------------------------- */

/* Begins or continues a call. On K230_CALL_BEGIN the lock is held and client.engine.outgoing waits to be filled; finish
 * with publish_and_leave. */
static int enter_call(struct k230_client *client, int handle, uint16_t op, uint32_t *call, struct k230_sock **out,
                      struct k230_call *result)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    *out = sock;
    k230_engine_enter(&client->engine);
    int status = k230i_usable(client, sock, handle);
    if (status == 0 || (status == -K230_ECONNRESET && *call != 0 && sock->call.id == *call))
        status = k230i_call_step_locked(client, sock, op, call, result);
    if (status != K230_CALL_BEGIN)
        k230_engine_unlock(&client->engine);
    return status;
}

static int publish_and_leave(struct k230_client *client)
{
    k230_engine_publish_locked(&client->engine);
    k230_engine_unlock(&client->engine);
    return -K230_PENDING;
}

static void set_payload_locked(struct k230_client *client, const void *data, uint32_t length)
{
    K230_CHECK_HELD(&client->engine.lock);
    memcpy(client->engine.outgoing.payload, data, length);
    client->engine.outgoing.len = length;
}

/* The next datagram to each destination asks again. */
static void forget_confirmed(struct k230_client *client, struct k230_sock *sock)
{
    k230i_lock_tx(client, sock);
    memset(sock->confirmed, 0, sizeof sock->confirmed);
    k230_engine_unlock_own(&client->engine, &sock->tx_lock);
}

int k230_sock_bind(struct k230_client *client, int handle, const struct k230_addr *addr, uint32_t *call)
{
    struct k230_sock *sock;
    struct k230_call result;
    const int status = enter_call(client, handle, K230_OP_BIND, call, &sock, &result);
    if (status != K230_CALL_BEGIN)
        return status;
    if (sock->type == K230_SOCK_DGRAM) {
        /* A bound datagram socket receives from now on; its rings stand in the queue ahead of the bind. */
        k230i_attach_locked(client, sock);
        if (!k230_engine_room_locked(&client->engine)) {
            sock->call.state = K230_CALL_IDLE;
            *call = 0;
            k230_engine_unlock(&client->engine);
            return -K230_PENDING;
        }
        k230_engine_request_locked(&client->engine, *call, K230_OP_BIND, (uint32_t)handle);
    }
    set_payload_locked(client, addr, sizeof *addr);
    return publish_and_leave(client);
}

int k230_sock_listen(struct k230_client *client, int handle, int backlog, uint32_t *call)
{
    struct k230_sock *sock;
    struct k230_call result;
    const int status = enter_call(client, handle, K230_OP_LISTEN, call, &sock, &result);
    if (status != K230_CALL_BEGIN)
        return status;
    client->engine.outgoing.arg0 = backlog < 0 ? 0 : (uint32_t)backlog;
    return publish_and_leave(client);
}

int k230_sock_accept(struct k230_client *client, int handle, bool ask, struct k230_addr *peer, uint32_t *call)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    struct k230_call result = {.arg0 = 0};
    k230_engine_enter(&client->engine);
    int status = k230i_usable(client, sock, handle);
    if (status == 0 && *call == 0 && sock->late_accept != 0) {
        result.arg0 = sock->late_accept;
        sock->late_accept = 0;
        k230i_changed(client, sock);
    } else if (status == 0 && *call == 0) {
        if (sock->type != K230_SOCK_STREAM)
            status = -K230_EOPNOTSUPP;
        else if (sock->state != K230_SOCK_LISTENING)
            status = -K230_EINVAL;
        else if (!ask && !(k230i_status(client, sock) & K230_STATUS_ACCEPT))
            status = -K230_EAGAIN;
    }
    if (status == 0 && result.arg0 == 0) {
        status = k230i_call_step_locked(client, sock, K230_OP_ACCEPT, call, &result);
        if (status == K230_CALL_BEGIN) {
            struct k230_sock *fresh = k230i_reserve_locked(client, sock->family, sock->type);
            if (fresh) {
                k230_store_byte(&fresh->stays, sock->stays);
                client->engine.outgoing.arg0 = k230i_handle(client, fresh);
                return publish_and_leave(client);
            }
            sock->call.state = K230_CALL_IDLE;
            *call = 0;
            status = -K230_EMFILE;
        }
    }
    if (status >= 0) {
        struct k230_sock *fresh = k230i_sock_at(client, (int)result.arg0);
        if (fresh && k230i_valid(fresh, (int)result.arg0)) {
            *peer = fresh->peer;
            status = (int)result.arg0;
        } else {
            status = -K230_ECONNABORTED;
        }
    }
    k230_engine_unlock(&client->engine);
    return status;
}

static int connect_stream_locked(struct k230_client *client, struct k230_sock *sock, const struct k230_addr *addr)
{
    K230_CHECK_HELD(&client->engine.lock);
    switch (sock->state) {
    case K230_SOCK_LISTENING:
        return -K230_EISCONN;
    case K230_SOCK_CONNECTED:
        if (!sock->unreported || memcmp(&sock->peer, addr, sizeof *addr) != 0)
            return -K230_EISCONN;
        sock->unreported = 0;
        return 0;
    case K230_SOCK_OPEN:
        break;
    case K230_SOCK_CANCELLING: /* over in a moment */
        return -K230_PENDING;
    default:
        return -K230_EALREADY;
    }
    if (sock->due != 0 && !k230i_retry_due_locked(client, sock)) /* the CANCEL of the last attempt comes first */
        return -K230_PENDING;
    if (sock->error != 0) { /* the failure of the last attempt has not been told yet */
        const int error = sock->error;
        sock->error = 0;
        k230i_changed(client, sock);
        return error;
    }
    k230i_attach_locked(client, sock);
    if (!k230_engine_room_locked(&client->engine))
        return -K230_PENDING;
    sock->connect_id = k230_engine_request_id(k230i_slot(client, sock), &sock->call_sequence);
    k230_engine_request_locked(&client->engine, sock->connect_id, K230_OP_CONNECT, k230i_handle(client, sock));
    set_payload_locked(client, addr, sizeof *addr);
    sock->peer = *addr;
    sock->failed = 0;
    k230i_become_locked(client, sock, K230_SOCK_CONNECTING);
    k230_engine_publish_locked(&client->engine);
    return -K230_EINPROGRESS;
}

int k230_sock_connect(struct k230_client *client, int handle, const struct k230_addr *addr, uint32_t *call)
{
    const int type = k230_sock_type(client, handle);
    struct k230_sock *sock;
    if (type == K230_SOCK_DGRAM) {
        struct k230_call result;
        int status = enter_call(client, handle, K230_OP_CONNECT, call, &sock, &result);
        if (status == K230_CALL_BEGIN) {
            sock->peer = *addr;
            k230i_attach_locked(client, sock);
            if (k230_engine_room_locked(&client->engine)) {
                k230_engine_request_locked(&client->engine, *call, K230_OP_CONNECT, (uint32_t)handle);
                set_payload_locked(client, addr, sizeof *addr);
                return publish_and_leave(client);
            }
            sock->call.state = K230_CALL_IDLE;
            *call = 0;
            k230_engine_unlock(&client->engine);
            return -K230_PENDING;
        }
        if (status >= 0) {
            k230_engine_lock(&client->engine);
            if (k230i_valid(sock, handle))
                k230i_become_locked(client, sock, K230_SOCK_CONNECTED);
            k230_engine_unlock(&client->engine);
            forget_confirmed(client, sock);
        }
        return status;
    }
    sock = k230i_sock_at(client, handle);
    k230_engine_enter(&client->engine);
    int status = k230i_usable(client, sock, handle);
    if (status == 0)
        status = connect_stream_locked(client, sock, addr);
    k230_engine_unlock(&client->engine);
    return status;
}

int k230_sock_connected(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_enter(&client->engine);
    int status = sock && k230i_valid(sock, handle) ? 0 : -K230_EBADF;
    if (status == 0) {
        switch (sock->state) {
        case K230_SOCK_CONNECTED:
            sock->unreported = 0;
            break;
        case K230_SOCK_CONNECTING:
            status = -K230_EINPROGRESS;
            break;
        case K230_SOCK_CANCELLING:
            status = -K230_ETIMEDOUT;
            break;
        default:
            status = sock->error != 0 ? sock->error : -K230_ENOTCONN;
            sock->error = 0;
            break;
        }
        k230i_changed(client, sock);
    }
    k230_engine_unlock(&client->engine);
    return status;
}

bool k230_sock_cancel(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    bool cancelled = false;
    if (!sock)
        return false;
    k230i_lock_tx(client, sock);
    k230i_lock_rx(client, sock);
    k230_engine_lock(&client->engine);
    if (k230i_usable(client, sock, handle) == 0 && sock->state == K230_SOCK_CONNECTING) {
        cancelled = true;
        /* The rings may have bytes of a connection that came too late: the next attempt gets another pair. */
        if (sock->attached)
            client->sock.pair_state[sock->pair] = K230_PAIR_LEFT;
        k230_store_byte(&sock->attached, 0);
        sock->pair = K230_NO_PAIR;
        k230i_become_locked(client, sock, K230_SOCK_CANCELLING);
        k230i_publish_due_locked(client, sock, K230_DUE_CANCEL);
        k230i_wake_locked(client, sock); /* threads that wait for the connect's end */
    }
    k230_engine_unlock_inner(&client->engine);
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    k230_engine_unlock_last(&client->engine, &sock->tx_lock);
    return cancelled;
}

int k230_sock_shutdown(struct k230_client *client, int handle, int how, uint32_t *call)
{
    struct k230_sock *sock;
    struct k230_call result;
    const int status = enter_call(client, handle, K230_OP_SHUTDOWN, call, &sock, &result);
    if (status == K230_CALL_BEGIN) {
        client->engine.outgoing.arg0 = (uint32_t)how;
        return publish_and_leave(client);
    }
    if (status >= 0 && how != K230_SHUT_RD) {
        k230i_lock_tx(client, sock);
        if (k230i_valid(sock, handle))
            k230_store_byte(&sock->tx_shut, 1u);
        k230_engine_unlock_own(&client->engine, &sock->tx_lock);
        k230_engine_lock(&client->engine);
        k230i_changed(client, sock);
        /* The agent's answer has woken who waits for output, but the big core knows of it only now. */
        k230i_wake_locked(client, sock);
        k230_engine_unlock(&client->engine);
    }
    return status;
}

int k230_sock_setopt(struct k230_client *client, int handle, int level, int option, const void *value, uint32_t length,
                     uint32_t *call)
{
    if (length > K230_PAYLOAD_MAX) /* stacks take what they know of a value and pass over the rest */
        length = K230_PAYLOAD_MAX;
    struct k230_sock *sock;
    struct k230_call result;
    const int status = enter_call(client, handle, K230_OP_SETOPT, call, &sock, &result);
    if (status == K230_CALL_BEGIN) {
        client->engine.outgoing.arg0 = (uint32_t)level;
        client->engine.outgoing.arg1 = (uint32_t)option;
        set_payload_locked(client, value, length);
        return publish_and_leave(client);
    }
    if (status < 0)
        return status;
    if (level == K230_SOL_SOCKET && option == K230_SO_LINGER && length >= 8) {
        int32_t linger[2];
        memcpy(linger, value, sizeof linger);
        k230_engine_lock(&client->engine);
        if (k230i_valid(sock, handle))
            sock->abort_on_close = linger[0] != 0 && linger[1] == 0;
        k230_engine_unlock(&client->engine);
    }
    forget_confirmed(client, sock); /* the option may change what the stack says to a destination */
    return 0;
}

/* Calls whose answer is a few bytes. */
static int ask(struct k230_client *client, int handle, uint16_t op, const uint32_t args[3], void *value, uint32_t room,
               uint32_t *call)
{
    struct k230_sock *sock;
    struct k230_call result;
    const int status = enter_call(client, handle, op, call, &sock, &result);
    if (status == K230_CALL_BEGIN) {
        client->engine.outgoing.arg0 = args[0];
        client->engine.outgoing.arg1 = args[1];
        client->engine.outgoing.arg2 = args[2];
        return publish_and_leave(client);
    }
    if (status < 0)
        return status;
    const uint32_t length = result.len < room ? result.len : room;
    memcpy(value, result.payload, length);
    return (int)length;
}

int k230_sock_getopt(struct k230_client *client, int handle, int level, int option, void *value, uint32_t room,
                     uint32_t *call)
{
    const uint32_t args[3] = {(uint32_t)level, (uint32_t)option, room < K230_ADDR_SIZE ? room : K230_ADDR_SIZE};
    return ask(client, handle, K230_OP_GETOPT, args, value, room, call);
}

static int ask_address(struct k230_client *client, int handle, uint16_t op, struct k230_addr *addr, uint32_t *call)
{
    static const uint32_t no_args[3] = {0, 0, 0};
    const int length = ask(client, handle, op, no_args, addr, sizeof *addr, call);
    return length < 0 ? length : length == (int)sizeof *addr ? 0 : -K230_EPROTO;
}

int k230_sock_local(struct k230_client *client, int handle, struct k230_addr *addr, uint32_t *call)
{
    return ask_address(client, handle, K230_OP_LOCAL, addr, call);
}

int k230_sock_peer(struct k230_client *client, int handle, struct k230_addr *addr, uint32_t *call)
{
    return ask_address(client, handle, K230_OP_PEER, addr, call);
}

int k230_sock_stay(struct k230_client *client, int handle)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    k230_engine_lock(&client->engine);
    const int status = k230i_usable(client, sock, handle);
    if (status == 0) {
        k230_store_byte(&sock->stays, 1u);
        client->sock.stays = client->engine.epoch;
    }
    k230_engine_unlock(&client->engine);
    return status;
}

bool k230_sock_any_stays(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    const bool found = client->engine.session == K230_SESSION_LIVE && client->sock.stays == client->engine.epoch;
    k230_engine_unlock(&client->engine);
    return found;
}

void k230_sock_close_all(struct k230_client *client)
{
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        const struct k230_sock *sock = &client->sock.socks[i];
        if (k230_load_word(&sock->state) != K230_SOCK_FREE && !k230_load_byte(&sock->stays))
            k230_sock_close(client, (int)k230i_handle(client, sock), true);
    }
}
