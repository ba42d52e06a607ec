/* The PAL's calls. */
#include "pal_private.h"

/* ---- results ----------------------------------------------------------------------------------------------------- */

int k230_pal_fail(struct k230_pal *pal, struct k230_pal_sock *sock, int error)
{
    pal->error = error;
    if (sock)
        sock->error = error;
    return -1;
}

int k230i_pal_result(struct k230_pal *pal, struct k230_pal_sock *sock, int result)
{
    if (result < 0)
        return k230_pal_fail(pal, sock, k230_pal_errno(result));
    /* A would-block of before must not be found by who asks after a success. */
    pal->error = 0;
    if (sock)
        sock->error = 0;
    return result;
}

int k230i_pal_stream_errno(const struct k230_pal_sock *sock, int result)
{
    /* A pipe that its owner has not shut was broken by the peer. */
    return k230_pal_errno(result == -K230_EPIPE && !sock->shut ? -K230_ECONNRESET : result);
}

int k230_pal_error(const struct k230_pal *pal) { return pal->error; }

int k230_pal_sock_error(struct k230_pal *pal, int handle)
{
    const struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (sock)
        pal->error = sock->error;
    return pal->error;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

void k230_pal_init(struct k230_pal *pal, struct k230_client *client)
{
    memset(pal, 0, sizeof *pal);
    pal->client = client;
}

void k230_pal_start(struct k230_pal *pal)
{
    uint32_t start = 0;
    k230_network_watch(pal->client);
    k230_engine_want(&pal->client->engine, &start);
}

struct k230_pal_sock *k230_pal_of(struct k230_pal *pal, int handle)
{
    struct k230_pal_sock *sock = NULL;
    if (handle >= 0 && k230_handle_slot((uint32_t)handle) < K230_SOCK_MAX)
        sock = &pal->socks[k230_handle_slot((uint32_t)handle)];
    if (sock && sock->state != K230_PAL_NONE && sock->handle == handle)
        return sock;
    k230_pal_fail(pal, NULL, K230_PAL_EBADF);
    return NULL;
}

bool k230i_pal_arm(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    const uint32_t hints = k230_sock_hints(pal->client, sock->handle, K230_WAIT_IN | K230_WAIT_OUT, 0);
    return k230_arm(pal->client, &sock->arming, hints);
}

static bool is_inside(const struct k230_addr *addr) { return addr->ip[0] == 127; }

static struct k230_pal_sock *adopt(struct k230_pal *pal, int handle, enum k230_pal_state state)
{
    struct k230_pal_sock *sock = &pal->socks[k230_handle_slot((uint32_t)handle)];
    k230_disarm(pal->client, &sock->arming); /* of one that a reboot took away */
    memset(sock, 0, sizeof *sock);
    sock->handle = handle;
    sock->accepted = K230_PAL_NO_ACCEPT;
    sock->state = (uint8_t)state;
    return sock;
}

static uint64_t now_ms(struct k230_pal *pal) { return pal->client->engine.hal->ops->now_ms(pal->client->engine.hal); }

/* One step of waiting for the agent. False: the time is over, and the request is taken back. */
static bool waits(struct k230_pal *pal, int handle, uint32_t *call, uint64_t until)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    /* What keeps a listener's lane may be the connection that is being fetched for it: nobody else collects that. */
    const uint32_t fetching = sock && *call == 0 ? sock->accept_call : 0;
    if (now_ms(pal) < until && k230_sock_wait(pal->client, handle, K230_WAIT_CALL, fetching != 0 ? fetching : *call,
                                              until) != -K230_ETIMEDOUT) {
        if (fetching != 0)
            k230i_pal_fetch(pal, sock);
        return true;
    }
    k230_sock_abandon(pal->client, handle, *call);
    *call = 0;
    return false;
}

/* A request that only the agent can answer: `step` is the operation, with &call. */
#define ANSWER(result, pal, handle, step)                                                                              \
    do {                                                                                                               \
        uint32_t call = 0;                                                                                             \
        const uint64_t answer_by = now_ms(pal) + K230_PAL_ANSWER_MS;                                                   \
        while (((result) = (step)) == -K230_PENDING)                                                                   \
            if (!waits(pal, handle, &call, answer_by)) {                                                               \
                (result) = -K230_ETIMEDOUT;                                                                            \
                break;                                                                                                 \
            }                                                                                                          \
    } while (0)

bool k230i_pal_waits(struct k230_pal *pal, struct k230_operation *op, uint64_t begun_ms, int *error)
{
    const bool starting = op->wait_events == 0 && op->start != 0; /* a session, by the thread that attends the client */
    const uint64_t until = begun_ms + (starting ? K230_PAL_START_MS : K230_PAL_ANSWER_MS);
    if (now_ms(pal) >= until) {
        k230_op_abandon(pal->client, op);
        *error = starting ? K230_PAL_ENETDOWN : K230_PAL_ETIMEDOUT;
        return false;
    }
    if (op->wait_until > until)
        op->wait_until = until;
    if (starting) /* nobody notifies for it */
        pal->client->engine.hal->ops->sleep(pal->client->engine.hal, 1);
    else
        k230_op_sleep(pal->client, op);
    return true;
}

int k230_pal_socket(struct k230_pal *pal, int family, int type, int protocol)
{
    struct k230_operation op = {0};
    const uint64_t begun = now_ms(pal);
    int handle, error;
    if (family != K230_PAL_AF_INET)
        return k230_pal_fail(pal, NULL, K230_PAL_EAFNOSUPPORT);
    while ((handle = k230_op_open(pal->client, &op, K230_AF_INET, type, protocol)) == -K230_PENDING)
        if (!k230i_pal_waits(pal, &op, begun, &error))
            return k230_pal_fail(pal, NULL, error);
    if (handle == -K230_EINVAL) /* a type that no system has */
        handle = -K230_EPROTONOSUPPORT;
    if (handle < 0)
        return k230i_pal_result(pal, NULL, handle);
    const bool is_stream = k230_sock_type(pal->client, handle) == K230_SOCK_STREAM;
    return k230i_pal_result(pal, adopt(pal, handle, is_stream ? K230_PAL_FRESH : K230_PAL_DATAGRAM), handle);
}

int k230_pal_bind(struct k230_pal *pal, int handle, const void *address, int length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    struct k230_addr addr;
    int status;
    if (!sock)
        return -1;
    if (!k230_pal_get_addr(address, length, &addr))
        return k230_pal_fail(pal, sock, K230_PAL_EAFNOSUPPORT);
    ANSWER(status, pal, handle, k230_sock_bind(pal->client, handle, &addr, &call));
    if (status >= 0)
        sock->inside = is_inside(&addr);
    return k230i_pal_result(pal, sock, status);
}

int k230_pal_listen(struct k230_pal *pal, int handle, int backlog)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    int status;
    if (!sock)
        return -1;
    ANSWER(status, pal, handle, k230_sock_listen(pal->client, handle, backlog, &call));
    if (status >= 0)
        sock->state = K230_PAL_LISTENING;
    return k230i_pal_result(pal, sock, status);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

void k230i_pal_settle_connect(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    const int status = k230_sock_connected(pal->client, sock->handle);
    if (status == -K230_EINPROGRESS)
        return;
    sock->state = status == 0 ? K230_PAL_CONNECTED : K230_PAL_FAILED;
    sock->failure = k230_pal_errno(status);
}

static int connect_datagram(struct k230_pal *pal, struct k230_pal_sock *sock, const struct k230_addr *addr)
{
    int status;
    ANSWER(status, pal, sock->handle, k230_sock_connect(pal->client, sock->handle, addr, &call));
    return status;
}

static int connect_stream(struct k230_pal *pal, struct k230_pal_sock *sock, const struct k230_addr *addr)
{
    int status;
    if (sock->state == K230_PAL_CONNECTING)
        k230i_pal_settle_connect(pal, sock);
    switch (sock->state) {
    case K230_PAL_FRESH:
    case K230_PAL_FAILED:
        break;
    case K230_PAL_CONNECTING:
        return -K230_EALREADY;
    default:
        return -K230_EISCONN;
    }
    ANSWER(status, pal, sock->handle, k230_sock_connect(pal->client, sock->handle, addr, &call));
    if (status == -K230_EINPROGRESS)
        sock->state = K230_PAL_CONNECTING;
    return status;
}

int k230_pal_connect(struct k230_pal *pal, int handle, const void *address, int length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    struct k230_addr addr;
    if (!sock)
        return -1;
    if (!k230_pal_get_addr(address, length, &addr))
        return k230_pal_fail(pal, sock, K230_PAL_EAFNOSUPPORT);
    const int status =
        sock->state == K230_PAL_DATAGRAM ? connect_datagram(pal, sock, &addr) : connect_stream(pal, sock, &addr);
    if (status >= 0 || status == -K230_EINPROGRESS)
        sock->inside = is_inside(&addr);
    return k230i_pal_result(pal, sock, status);
}

/* ---- accepting --------------------------------------------------------------------------------------------------- */

void k230i_pal_fetch(struct k230_pal *pal, struct k230_pal_sock *listener)
{
    if (listener->accepted != K230_PAL_NO_ACCEPT)
        return;
    struct k230_addr peer; /* of it when it is accepted: k230_sock_known_peer */
    const int got = k230_sock_accept(pal->client, listener->handle, false, &peer, &listener->accept_call);
    switch (got) {
    case -K230_PENDING:
    case -K230_EAGAIN:
    case -K230_ECONNABORTED: /* it was gone before anybody saw it */
        break;
    default:
        listener->accepted = got;
        break;
    }
}

int k230_pal_accept(struct k230_pal *pal, int handle, void *address, int *length)
{
    struct k230_pal_sock *listener = k230_pal_of(pal, handle);
    if (!listener)
        return -1;
    do
        k230i_pal_fetch(pal, listener);
    while (listener->accepted == K230_PAL_NO_ACCEPT && k230i_pal_arm(pal, listener));
    const int got = listener->accepted;
    if (got == K230_PAL_NO_ACCEPT)
        return k230_pal_fail(pal, listener, K230_PAL_EWOULDBLOCK);
    listener->accepted = K230_PAL_NO_ACCEPT;
    if (got < 0)
        return k230i_pal_result(pal, listener, got);
    struct k230_addr peer = {.family = K230_AF_INET};
    k230_sock_known_peer(pal->client, got, &peer);
    adopt(pal, got, K230_PAL_CONNECTED)->inside = is_inside(&peer);
    if (address && length)
        k230_pal_put_addr(&peer, address, length);
    return k230i_pal_result(pal, listener, got);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* After -K230_EAGAIN. True: try again. */
static bool again(struct k230_pal *pal, struct k230_pal_sock *sock, uint32_t events, uint64_t until)
{
    if (!sock->blocking)
        return k230i_pal_arm(pal, sock);
    return now_ms(pal) < until && k230_sock_wait(pal->client, sock->handle, events, 0, until) != -K230_ETIMEDOUT;
}

static uint64_t block_until(struct k230_pal *pal) { return now_ms(pal) + (pal->leaving ? 0 : K230_PAL_BLOCK_MS); }

/* What has failed fails again: a stream's error is told once by the client, and at each call by the PAL. */
static int result_of_stream(struct k230_pal *pal, struct k230_pal_sock *sock, int result)
{
    if (result == -K230_EAGAIN && sock->blocking)
        result = -K230_ETIMEDOUT; /* as much as is waited for here; the connection is as it was */
    return k230i_pal_result(pal, sock, result);
}

static bool is_over(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    if (sock->state == K230_PAL_CONNECTING)
        k230i_pal_settle_connect(pal, sock);
    return sock->state == K230_PAL_FAILED || sock->state == K230_PAL_BROKEN;
}

static int send_stream(struct k230_pal *pal, struct k230_pal_sock *sock, const void *data, int length)
{
    const uint64_t until = block_until(pal);
    int sent;
    if (is_over(pal, sock))
        return k230_pal_fail(pal, sock, sock->failure);
    if (sock->state != K230_PAL_CONNECTED && sock->state != K230_PAL_CONNECTING)
        return k230_pal_fail(pal, sock, K230_PAL_ENOTCONN);
    do
        sent = k230_sock_send(pal->client, sock->handle, data, (uint32_t)length, 1);
    while (sent == -K230_EAGAIN && again(pal, sock, K230_WAIT_OUT, until));
    if (sent == -K230_EPIPE)
        return k230_pal_fail(pal, sock, sock->failure != 0 ? sock->failure : k230i_pal_stream_errno(sock, sent));
    if (sent < 0 && sent != -K230_EAGAIN)
        sock->failure = k230_pal_errno(sent); /* the receive tells it too, once what had arrived is read */
    return result_of_stream(pal, sock, sent);
}

static int send_datagram(struct k230_pal *pal, struct k230_pal_sock *sock, const void *data, int length,
                         const struct k230_addr *addr)
{
    const uint64_t until = block_until(pal);
    int sent;
    do
        ANSWER(sent, pal, sock->handle,
               k230_sock_sendto(pal->client, sock->handle, data, (uint32_t)length, addr, &call));
    while (sent == -K230_EAGAIN && again(pal, sock, K230_WAIT_OUT, until));
    return k230i_pal_result(pal, sock, sent);
}

static struct k230_pal_sock *enter_data(struct k230_pal *pal, int handle, const void *data, int length, int flags)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (!sock)
        return NULL;
    if (length < 0 || (!data && length > 0)) {
        k230_pal_fail(pal, sock, K230_PAL_EINVAL);
        return NULL;
    }
    if (flags & ~K230_PAL_PEEK) { /* urgent bytes, and what else there is for streams of the past */
        k230_pal_fail(pal, sock, K230_PAL_EOPNOTSUPP);
        return NULL;
    }
    return sock;
}

int k230_pal_send(struct k230_pal *pal, int handle, const void *data, int length, int flags)
{
    struct k230_pal_sock *sock = enter_data(pal, handle, data, length, flags);
    if (!sock)
        return -1;
    return sock->state == K230_PAL_DATAGRAM ? send_datagram(pal, sock, data, length, NULL)
                                            : send_stream(pal, sock, data, length);
}

int k230_pal_sendto(struct k230_pal *pal, int handle, const void *data, int length, int flags, const void *address,
                    int address_length)
{
    struct k230_pal_sock *sock = enter_data(pal, handle, data, length, flags);
    struct k230_addr addr;
    if (!sock)
        return -1;
    if (sock->state != K230_PAL_DATAGRAM) /* a connection has its peer: POSIX, sendto */
        return send_stream(pal, sock, data, length);
    if (!address)
        return send_datagram(pal, sock, data, length, NULL);
    if (!k230_pal_get_addr(address, address_length, &addr))
        return k230_pal_fail(pal, sock, K230_PAL_EAFNOSUPPORT);
    return send_datagram(pal, sock, data, length, &addr);
}

int k230_pal_recvfrom(struct k230_pal *pal, int handle, void *data, int length, int flags, void *address,
                      int *address_length)
{
    struct k230_pal_sock *sock = enter_data(pal, handle, data, length, flags);
    if (!sock)
        return -1;
    const uint64_t until = block_until(pal);
    const bool is_stream = sock->state != K230_PAL_DATAGRAM;
    struct k230_addr from = {.family = K230_AF_INET};
    int got;
    if (is_stream && is_over(pal, sock))
        return k230_pal_fail(pal, sock, sock->failure);
    do
        got = k230_sock_recv(pal->client, handle, data, (uint32_t)length, flags & K230_PAL_PEEK ? K230_MSG_PEEK : 0,
                             &from);
    while (got == -K230_EAGAIN && again(pal, sock, K230_WAIT_IN, until));
    if (got >= 0 && address && address_length)
        k230_pal_put_addr(&from, address, address_length);
    if (!is_stream)
        return k230i_pal_result(pal, sock, got);
    if (got < 0 && got != -K230_EAGAIN && sock->state == K230_PAL_CONNECTED) {
        sock->state = K230_PAL_BROKEN;
        sock->failure = k230_pal_errno(got);
    }
    if (got == 0 && length > 0 && sock->state == K230_PAL_CONNECTED && sock->failure != 0) {
        sock->state = K230_PAL_BROKEN; /* its error was told already: this is no end of the stream */
        return k230_pal_fail(pal, sock, sock->failure);
    }
    return result_of_stream(pal, sock, got);
}

int k230_pal_recv(struct k230_pal *pal, int handle, void *data, int length, int flags)
{
    return k230_pal_recvfrom(pal, handle, data, length, flags, NULL, NULL);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

int k230_pal_shutdown(struct k230_pal *pal, int handle, int how)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    int status;
    if (!sock)
        return -1;
    ANSWER(status, pal, handle, k230_sock_shutdown(pal->client, handle, how, &call));
    if (status >= 0 && how != K230_SHUT_RD)
        sock->shut = true;
    return k230i_pal_result(pal, sock, status);
}

int k230_pal_close(struct k230_pal *pal, int handle)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (!sock)
        return -1;
    if (sock->accepted >= 0) /* nobody has seen it: it goes with the listener */
        k230_sock_close(pal->client, sock->accepted, true);
    const int status = k230_sock_close(pal->client, handle, false);
    k230_disarm(pal->client, &sock->arming); /* after the close, which wakes who waits */
    memset(sock, 0, sizeof *sock);
    return k230i_pal_result(pal, NULL, status);
}

void k230_pal_close_all(struct k230_pal *pal)
{
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++)
        if (pal->socks[i].state != K230_PAL_NONE)
            k230_pal_close(pal, pal->socks[i].handle);
    for (uint32_t i = 0; i < K230_RESOLVE_MAX; i++) {
        k230_op_abandon(pal->client, &pal->look_ups[i].op);
        pal->look_ups[i].used = false;
    }
    k230_disarm(pal->client, &pal->arming);
    pal->error = 0;
}

/* ---- what a socket is -------------------------------------------------------------------------------------------- */

int k230_pal_ioctl(struct k230_pal *pal, int handle, uint32_t command, int *data)
{
    /* Direction, group and number; between them the size of the parameter (bits 16 to 22). */
    const uint32_t but_size = 0xFF80FFFFu;
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (!sock)
        return -1;
    if (!data)
        return k230_pal_fail(pal, sock, K230_PAL_EINVAL);
    switch (command & but_size) {
    case K230_PAL_FIONBIO & 0xFF80FFFFu:
        sock->blocking = *data == 0;
        return k230i_pal_result(pal, sock, 0);
    case K230_PAL_FIONREAD & 0xFF80FFFFu: {
        const int there = k230_sock_available(pal->client, handle);
        if (there >= 0)
            *data = there;
        return k230i_pal_result(pal, sock, there < 0 ? there : 0);
    }
    default:
        return k230_pal_fail(pal, sock, K230_PAL_EINVAL);
    }
}

int k230_pal_setsockopt(struct k230_pal *pal, int handle, int level, int name, const void *value, int length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    const struct k230_pal_option *option = k230_pal_find_option(level, name);
    int32_t numbers[2] = {0, 0};
    uint32_t size = sizeof numbers[0];
    int status;
    if (!sock)
        return -1;
    if (!option)
        return k230_pal_fail(pal, sock, K230_PAL_ENOPROTOOPT);
    const int needed = option->kind == K230_PAL_OPTION_GROUP ? 8 : 4;
    if (!value || length < needed)
        return k230_pal_fail(pal, sock, K230_PAL_EFAULT);
    memcpy(numbers, value, (size_t)needed);
    switch (option->kind) {
    case K230_PAL_OPTION_INT:
        break;
    case K230_PAL_OPTION_NOT:
        numbers[0] = numbers[0] == 0;
        break;
    case K230_PAL_OPTION_LINGER:
        if (numbers[0] < 0)
            return k230_pal_fail(pal, sock, K230_PAL_EINVAL);
        numbers[1] = numbers[0];
        numbers[0] = 1;
        size = sizeof numbers;
        break;
    case K230_PAL_OPTION_DRY:
        numbers[0] = 0;
        size = sizeof numbers;
        break;
    case K230_PAL_OPTION_GROUP:
        size = sizeof numbers;
        break;
    case K230_PAL_OPTION_IGNORED:
        return k230i_pal_result(pal, sock, 0);
    default: /* only to be read */
        return k230_pal_fail(pal, sock, K230_PAL_ENOPROTOOPT);
    }
    ANSWER(status, pal, handle,
           k230_sock_setopt(pal->client, handle, option->wire_level, option->wire_name, numbers, size, &call));
    return k230i_pal_result(pal, sock, status < 0 ? status : 0);
}

/* SO_ERROR: the number, taken. */
static int take_error(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    int error = 0;
    if (is_over(pal, sock)) {
        error = sock->failure;
        if (sock->state == K230_PAL_FAILED)
            sock->state = K230_PAL_FRESH;
    } else if (sock->state != K230_PAL_CONNECTING) {
        error = k230i_pal_stream_errno(sock, k230_sock_error(pal->client, sock->handle, true));
        if (error != 0 && sock->state == K230_PAL_CONNECTED)
            sock->failure = error;
    }
    return error;
}

static int ask_option(struct k230_pal *pal, struct k230_pal_sock *sock, const struct k230_pal_option *option,
                      int32_t numbers[2])
{
    const bool lingers = option->kind == K230_PAL_OPTION_LINGER || option->kind == K230_PAL_OPTION_DRY;
    int status;
    ANSWER(status, pal, sock->handle,
           k230_sock_getopt(pal->client, sock->handle, option->wire_level, option->wire_name, numbers,
                            lingers ? 8u : 4u, &call));
    if (status < 0)
        return status;
    switch (option->kind) {
    case K230_PAL_OPTION_NOT:
    case K230_PAL_OPTION_DRY:
        numbers[0] = numbers[0] == 0;
        break;
    case K230_PAL_OPTION_LINGER:
        numbers[0] = numbers[0] != 0 ? numbers[1] : 0;
        break;
    default:
        break;
    }
    return 0;
}

int k230_pal_getsockopt(struct k230_pal *pal, int handle, int level, int name, void *value, int *length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    const struct k230_pal_option *option = k230_pal_find_option(level, name);
    int32_t numbers[2] = {0, 0};
    int status = 0;
    if (!sock)
        return -1;
    if (!option || option->kind == K230_PAL_OPTION_GROUP)
        return k230_pal_fail(pal, sock, K230_PAL_ENOPROTOOPT);
    if (!value || !length || *length < (int)sizeof numbers[0])
        return k230_pal_fail(pal, sock, K230_PAL_EFAULT);
    switch (option->kind) {
    case K230_PAL_OPTION_IGNORED:
        break;
    case K230_PAL_OPTION_ERROR:
        numbers[0] = take_error(pal, sock);
        break;
    case K230_PAL_OPTION_TYPE:
        numbers[0] = sock->state == K230_PAL_DATAGRAM ? K230_SOCK_DGRAM : K230_SOCK_STREAM;
        break;
    case K230_PAL_OPTION_LISTENS:
        numbers[0] = sock->state == K230_PAL_LISTENING;
        break;
    default:
        status = ask_option(pal, sock, option, numbers);
        break;
    }
    if (status == 0) {
        memcpy(value, &numbers[0], sizeof numbers[0]);
        *length = (int)sizeof numbers[0];
    }
    return k230i_pal_result(pal, sock, status);
}

int k230_pal_getpeername(struct k230_pal *pal, int handle, void *address, int *length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    struct k230_addr addr;
    if (!sock)
        return -1;
    if (!address || !length)
        return k230_pal_fail(pal, sock, K230_PAL_EINVAL);
    if (sock->state == K230_PAL_CONNECTING)
        k230i_pal_settle_connect(pal, sock);
    const int status = k230_sock_known_peer(pal->client, handle, &addr);
    if (status == 0)
        k230_pal_put_addr(&addr, address, length);
    return k230i_pal_result(pal, sock, status);
}

int k230_pal_getsockname(struct k230_pal *pal, int handle, void *address, int *length)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    struct k230_addr addr;
    int status;
    if (!sock)
        return -1;
    if (!address || !length)
        return k230_pal_fail(pal, sock, K230_PAL_EINVAL);
    ANSWER(status, pal, handle, k230_sock_local(pal->client, handle, &addr, &call));
    if (status >= 0)
        k230_pal_put_addr(&addr, address, length);
    return k230i_pal_result(pal, sock, status < 0 ? status : 0);
}
