/* Sockets of SAL as k230_stack.h wants them. */
#include "rtthread_port.h"

#include <string.h>

/* lwIP says "no memory" for what is longer: over IPv4 by the datagram's own headers of 28 bytes, over IPv6 by those of
 * 48, which lwIP counts into the 16 bits of a pbuf's length. */
#define DATAGRAM_MAX (65535u - 28u)
#define DATAGRAM_MAX_IPV6 (65535u - 48u)

/* ---- translation ------------------------------------------------------------------------------------------------- */

int k230_rtthread_from_errno(int error)
{
    if (error < 0) /* lwIP stores its numbers as they are, SAL and DFS store them negated */
        error = -error;
    /* 0: not said. SAL does so for an interface that is down. 1: lwIP's ERR_IF, for which it has no number. */
    if (error == 0 || error == 1)
        return -K230_ENETDOWN;
    switch (error) {
    case ENFILE:
        return -K230_EMFILE;
#if EAGAIN != EWOULDBLOCK
    case EWOULDBLOCK:
        return -K230_EAGAIN;
#endif
#define X(name, number)                                                                                                \
    case name:                                                                                                         \
        return -K230_##name;
        K230_ERRORS(X)
#undef X
    default:
        return -K230_EIO;
    }
}

int k230_rtthread_error(void) { return k230_rtthread_from_errno((int)rt_get_errno()); }

int k230_rtthread_family(int family)
{
    switch (family) {
    case K230_AF_UNSPEC:
        return AF_UNSPEC;
    case K230_AF_INET:
        return AF_INET;
#if NETDEV_IPV6
    case K230_AF_INET6:
        return AF_INET6;
#endif
    default:
        return -1;
    }
}

socklen_t k230_rtthread_to_sockaddr(const struct k230_addr *addr, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
#if NETDEV_IPV6
    if (addr->family == K230_AF_INET6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_len = (uint8_t)sizeof *in6;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope;
        in6->sin6_flowinfo = htonl(addr->flow);
        memcpy(&in6->sin6_addr, addr->ip, 16);
        return sizeof *in6;
    }
#endif
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    in->sin_len = (uint8_t)sizeof *in;
    in->sin_family = AF_INET;
    in->sin_port = htons(addr->port);
    memcpy(&in->sin_addr, addr->ip, 4);
    return sizeof *in;
}

void k230_rtthread_from_sockaddr(const struct sockaddr_storage *from, struct k230_addr *addr)
{
    memset(addr, 0, sizeof *addr);
#if NETDEV_IPV6
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
        addr->family = K230_AF_INET6;
        addr->port = ntohs(in6->sin6_port);
        addr->scope = in6->sin6_scope_id;
        addr->flow = ntohl(in6->sin6_flowinfo);
        memcpy(addr->ip, &in6->sin6_addr, 16);
        return;
    }
#endif
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        addr->family = K230_AF_INET;
        addr->port = ntohs(in->sin_port);
        memcpy(addr->ip, &in->sin_addr, 4);
    }
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

struct k230_rtthread_sock *k230_rtthread_sock(struct k230_stack *stack, int sock)
{
    if (sock < 0 || sock >= K230_RTTHREAD_SOCKS || stack->socks[sock].fd < 0)
        return NULL;
    return &stack->socks[sock];
}

static int take_entry(struct k230_stack *stack, int fd, uint8_t family, uint8_t type)
{
    const int sock = stack->free_socks[--stack->free_count];
    stack->socks[sock] = (struct k230_rtthread_sock){.fd = fd, .family = family, .type = type};
    return sock;
}

/* 0, or -enum k230_error. By ioctlsocket: fcntl(F_SETFL) gives ENOSYS on some of these kernels. */
static int make_nonblocking(int fd)
{
    int on = 1;
    return k230_rtthread_result(K230_RTTHREAD_CALL(ioctlsocket(fd, (long)FIONBIO, &on)));
}

/* RT-Thread's number, or -EMFILE: with family and type known to be good, all its errors mean that there is no room (it
 * says ENOMEM for each), or that no interface is up, which is not the same to the caller. */
static int new_socket(uint8_t family, uint8_t type)
{
    const int fd = K230_RTTHREAD_CALL(
        socket(k230_rtthread_family(family), type == K230_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM, 0));
    if (fd < 0)
        return netdev_get_first_by_flags(NETDEV_FLAG_UP) ? -K230_EMFILE : -K230_ENETDOWN;
    const int status = make_nonblocking(fd);
    if (status == 0)
        return fd;
    closesocket(fd);
    return status;
}

static void close_socket(const struct k230_rtthread_sock *entry, bool abort)
{
    if (abort && entry->type == K230_SOCK_STREAM &&
        (entry->state == K230_RTTHREAD_CONNECTED || entry->state == K230_RTTHREAD_CONNECTING))
        k230_rtthread_reset(entry->fd);
    closesocket(entry->fd);
}

static bool is_any(const struct k230_addr *addr)
{
    for (unsigned i = 0; i < (addr->family == K230_AF_INET6 ? 16u : 4u); i++)
        if (addr->ip[i] != 0)
            return false;
    return true;
}

static int bind_socket(const struct k230_rtthread_sock *entry, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    const socklen_t length = k230_rtthread_to_sockaddr(addr, &host);
    if (addr->family == K230_AF_INET && addr->ip[0] == 127)
        return k230_rtthread_result(K230_RTTHREAD_CALL(k230_rtthread_bind_loop(entry->fd, &host, length)));
    rt_set_errno(0);
    if (bind(entry->fd, (struct sockaddr *)&host, length) == 0)
        return 0;
    /* Without a word: SAL has found no interface with this address. */
    return rt_get_errno() == 0 ? -K230_EADDRNOTAVAIL : k230_rtthread_error();
}

/* A new socket under the same number, as it was before connect: lwIP cannot dissolve a connection, and cannot connect
 * again after a failure. */
static int renew(struct k230_stack *stack, struct k230_rtthread_sock *entry, bool abort)
{
    const struct k230_rtthread_sock before = *entry;
    close_socket(entry, abort);
    const int fd = new_socket(entry->family, entry->type);
    *entry = (struct k230_rtthread_sock){.fd = fd < 0 ? K230_RTTHREAD_LOST : fd,
                                         .family = before.family,
                                         .type = before.type,
                                         .broadcast = before.broadcast,
                                         .watched = before.watched,
                                         .dark = before.dark,
                                         .tag = before.tag,
                                         .polled = before.polled,
                                         .options_set = before.options_set,
                                         .wanted = before.wanted};
    memcpy(entry->options, before.options, sizeof entry->options);
    memcpy(entry->linger, before.linger, sizeof entry->linger);
    k230_rtthread_repoll(stack, entry);
    if (fd < 0)
        return fd;
    k230_rtthread_apply_options(entry);
    /* The port may be somebody else's by now; then the socket is unbound, and bind or connect will say so. */
    entry->bind_again = before.bind_again && bind_socket(entry, &before.wanted) == 0;
    entry->bound = entry->bind_again;
    return 0;
}

/* lwIP shows IPv4 peers of an IPv6 socket now mapped, now not, and the unspecified address as IPv4. */
static void to_wire(const struct k230_rtthread_sock *entry, const struct sockaddr_storage *host, struct k230_addr *addr)
{
    k230_rtthread_from_sockaddr(host, addr);
    if (entry->family != K230_AF_INET6 || addr->family != K230_AF_INET)
        return;
    uint8_t mapped[16] = {[10] = 0xFF, [11] = 0xFF};
    memcpy(&mapped[12], addr->ip, 4);
    if (is_any(addr))
        memset(mapped, 0, sizeof mapped);
    memcpy(addr->ip, mapped, sizeof mapped);
    addr->family = K230_AF_INET6;
}

/* ---- life of a socket -------------------------------------------------------------------------------------------- */

uint32_t k230_stack_features(struct k230_stack *stack)
{
    (void)stack;
    return K230_FEATURE_TCP | K230_FEATURE_UDP | K230_FEATURE_RESOLVE | (NETDEV_IPV6 ? K230_FEATURE_IPV6 : 0u);
}

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto)
{
    /* SAL gives ENOMEM for a family or type that is none, lwIP checks neither them nor the protocol. */
    if (family != K230_AF_INET && (family != K230_AF_INET6 || !NETDEV_IPV6))
        return -K230_EAFNOSUPPORT;
    if (type != K230_SOCK_STREAM && type != K230_SOCK_DGRAM)
        return -K230_EINVAL;
    if (proto != 0 && proto != (type == K230_SOCK_STREAM ? K230_IPPROTO_TCP : K230_IPPROTO_UDP))
        return -K230_EPROTONOSUPPORT;
    if (stack->free_count == 0)
        return -K230_EMFILE;
    const int fd = new_socket((uint8_t)family, (uint8_t)type);
    return fd < 0 ? fd : take_entry(stack, fd, (uint8_t)family, (uint8_t)type);
}

void k230_stack_close(struct k230_stack *stack, int sock, bool abort)
{
    if (sock < 0 || sock >= K230_RTTHREAD_SOCKS || stack->socks[sock].fd == -1)
        return;
    struct k230_rtthread_sock *entry = &stack->socks[sock];
    k230_stack_watch(stack, sock, 0, 0);
    if (entry->fd >= 0)
        close_socket(entry, abort);
    k230_rtthread_forget_memberships(stack, entry);
    *entry = (struct k230_rtthread_sock){.fd = -1};
    stack->free_socks[stack->free_count++] = sock;
}

int k230_stack_bind(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (entry->bound) /* lwIP would bind again, and its list of bound connections would bite its own tail */
        return -K230_EINVAL;
    if (!k230_rtthread_is_local(addr)) /* lwIP takes any address, and SAL looks at IPv4 ones only */
        return -K230_EADDRNOTAVAIL;
    const int status = bind_socket(entry, addr);
    if (status == 0) {
        entry->bound = true;
        entry->bind_again = true;
        entry->wanted = *addr;
        struct k230_addr found; /* the port that was found for port 0 stays the socket's */
        if (k230_stack_local(stack, sock, &found) == 0)
            entry->wanted.port = found.port;
    }
    return status;
}

int k230_stack_listen(struct k230_stack *stack, int sock, int backlog)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type != K230_SOCK_STREAM)
        return -K230_EOPNOTSUPP;
    if (entry->state == K230_RTTHREAD_CONNECTING || entry->state == K230_RTTHREAD_CONNECTED)
        return -K230_EINVAL;
    if (!entry->bound) { /* lwIP would listen at port 0 */
        const struct k230_addr any = {.family = entry->family};
        const int status = bind_socket(entry, &any);
        if (status < 0)
            return status;
        entry->bound = true;
    }
    const int most = backlog < 1 ? 1 : backlog > K230_RTTHREAD_BACKLOG ? K230_RTTHREAD_BACKLOG : backlog;
    const int status = k230_rtthread_result(K230_RTTHREAD_CALL(listen(entry->fd, most)));
    if (status == 0)
        entry->state = K230_RTTHREAD_LISTENING;
    return status;
}

static void remember_local(struct k230_rtthread_sock *entry)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    if (getsockname(entry->fd, (struct sockaddr *)&host, &length) == 0)
        to_wire(entry, &host, &entry->local);
}

/* The next connection that still stands, and its peer; or -enum k230_error. One that was reset while it waited is
 * passed over: lwIP 2.1.2 knows no peer of it, and frees it twice if its address is asked for with accept, on which the
 * kernel halts. So that is asked for afterwards. */
static int next_connection(int listener, struct sockaddr_storage *peer)
{
    for (;;) {
        const int fd = K230_RTTHREAD_CALL(accept(listener, NULL, NULL));
        const int error = fd < 0 ? k230_rtthread_error() : 0;
        if (error == -K230_ECONNABORTED || error == -K230_ECONNRESET || error == -K230_ENOTCONN)
            continue;
        if (fd < 0)
            return error == -K230_ENOBUFS || error == -K230_ENOMEM ? -K230_EMFILE : error;
        socklen_t length = sizeof *peer;
        memset(peer, 0, sizeof *peer);
        if (getpeername(fd, (struct sockaddr *)peer, &length) == 0)
            return fd;
        closesocket(fd);
    }
}

int k230_stack_accept(struct k230_stack *stack, int sock, struct k230_addr *peer)
{
    const struct k230_rtthread_sock *listener = k230_rtthread_sock(stack, sock);
    if (!listener)
        return -K230_EBADF;
    if (listener->state != K230_RTTHREAD_LISTENING)
        return -K230_EINVAL;
    if (stack->free_count == 0) /* the connection goes on waiting, where SAL without room would lose it */
        return -K230_EMFILE;
    struct sockaddr_storage host;
    const int fd = next_connection(listener->fd, &host);
    if (fd < 0)
        return fd;
    const int status = make_nonblocking(fd);
    if (status < 0) {
        closesocket(fd);
        return status;
    }
    const int accepted = take_entry(stack, fd, listener->family, K230_SOCK_STREAM);
    struct k230_rtthread_sock *entry = &stack->socks[accepted];
    entry->state = K230_RTTHREAD_CONNECTED;
    entry->bound = true;
    entry->broadcast = listener->broadcast;
    entry->options_set = listener->options_set;
    memcpy(entry->options, listener->options, sizeof entry->options);
    memcpy(entry->linger, listener->linger, sizeof entry->linger);
    k230_rtthread_apply_options(entry);
    remember_local(entry);
    to_wire(entry, &host, peer);
    return accepted;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

/* "This host" for who names no address, as elsewhere; lwIP would look for a route to 0.0.0.0. */
static socklen_t to_destination(const struct k230_addr *addr, struct sockaddr_storage *out)
{
    struct k230_addr destination = *addr;
    if (is_any(addr)) {
        if (addr->family == K230_AF_INET6) {
            destination.ip[15] = 1;
        } else {
            destination.ip[0] = 127;
            destination.ip[3] = 1;
        }
    }
    return k230_rtthread_to_sockaddr(&destination, out);
}

/* lwIP knows a refused connect as a reset, and exhausted retries as an abort. */
static int connect_error(int error)
{
    switch (error) {
    case -K230_ECONNRESET:
        return -K230_ECONNREFUSED;
    case -K230_ECONNABORTED:
        return -K230_ETIMEDOUT;
    case -K230_ENOBUFS:
    case -K230_ENOMEM:
        return -K230_ENOBUFS;
    default:
        return error;
    }
}

int k230_stack_connect(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    struct sockaddr_storage host;
    const socklen_t length = to_destination(addr, &host);
    if (entry->type == K230_SOCK_DGRAM) {
        if (!entry->broadcast && k230_rtthread_is_broadcast(addr))
            return -K230_EACCES;
        const int status =
            k230_rtthread_result(K230_RTTHREAD_CALL(connect(entry->fd, (struct sockaddr *)&host, length)));
        if (status == 0) {
            entry->state = K230_RTTHREAD_CONNECTED;
            entry->bound = true;
        }
        return status;
    }
    switch (entry->state) { /* never passed down: the vendor's kernel halts on it, another one says yes */
    case K230_RTTHREAD_FRESH:
        break;
    case K230_RTTHREAD_CONNECTING:
        return -K230_EALREADY;
    default:
        return -K230_EISCONN;
    }
    const int status = k230_rtthread_result(K230_RTTHREAD_CALL(connect(entry->fd, (struct sockaddr *)&host, length)));
    if (status == 0 || status == -K230_EINPROGRESS) {
        entry->state = status == 0 ? K230_RTTHREAD_CONNECTED : K230_RTTHREAD_CONNECTING;
        entry->bound = true;
        return status;
    }
    renew(stack, entry, false);
    return connect_error(status);
}

/* What the stack below holds as the error of the socket; taking it clears it. */
static int take_error(const struct k230_rtthread_sock *entry)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (K230_RTTHREAD_CALL(getsockopt(entry->fd, SOL_SOCKET, SO_ERROR, &error, &length)) < 0)
        return k230_rtthread_error();
    return error == 0 ? 0 : k230_rtthread_from_errno(error);
}

int k230_stack_connect_result(struct k230_stack *stack, int sock)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_RTTHREAD_CONNECTING)
        return entry->state == K230_RTTHREAD_CONNECTED ? 0 : -K230_ENOTCONN;
    int error = entry->connect_error;
    if (error == 0)
        error = connect_error(take_error(entry));
    if (error != 0) {
        renew(stack, entry, false);
        return error;
    }
    if (!(k230_rtthread_polls(entry, K230_STACK_OUT) & K230_STACK_OUT)) /* getpeername answers while the SYN is out */
        return -K230_EINPROGRESS;
    error = connect_error(take_error(entry)); /* it failed between the two looks */
    if (error != 0) {
        renew(stack, entry, false);
        return error;
    }
    entry->state = K230_RTTHREAD_CONNECTED;
    remember_local(entry);
    return 0;
}

int k230_stack_disconnect(struct k230_stack *stack, int sock)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type == K230_SOCK_STREAM)
        return renew(stack, entry, true);
    struct sockaddr nothing;
    memset(&nothing, 0, sizeof nothing);
    nothing.sa_len = (uint8_t)sizeof nothing;
    nothing.sa_family = AF_UNSPEC;
    const int status = k230_rtthread_result(K230_RTTHREAD_CALL(connect(entry->fd, &nothing, sizeof nothing)));
    if (status == 0)
        entry->state = K230_RTTHREAD_FRESH;
    return status;
}

int k230_rtthread_broken(struct k230_rtthread_sock *entry, int error)
{
    if (error == 0 || entry->broken)
        return 0;
    if (error == -K230_ENETDOWN) /* the interface may come up again, and the connection with it */
        return -K230_EAGAIN;
    entry->broken = true;
    switch (error) {
    case -K230_ENOTCONN: /* the reset was given to another call */
    case -K230_ECONNRESET:
        return entry->eof ? -K230_EPIPE : -K230_ECONNRESET;
    case -K230_ECONNABORTED: /* no answer to data or keep-alive */
        return -K230_ETIMEDOUT;
    default:
        return error;
    }
}

int k230_stack_error(struct k230_stack *stack, int sock)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state == K230_RTTHREAD_CONNECTING) {
        /* Kept: who asks here must not take it away from k230_stack_connect_result. */
        if (entry->connect_error == 0)
            entry->connect_error = connect_error(take_error(entry));
        return entry->connect_error;
    }
    const int error = take_error(entry);
    if (entry->type != K230_SOCK_STREAM || entry->state != K230_RTTHREAD_CONNECTED)
        return error;
    if (error == -K230_ENOTCONN) { /* both streams ended in good order */
        entry->ended = true;
        return 0;
    }
    return k230_rtthread_broken(entry, error);
}

int k230_stack_shutdown(struct k230_stack *stack, int sock, int how)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_RTTHREAD_CONNECTED || entry->broken)
        return -K230_ENOTCONN;
    if (entry->type == K230_SOCK_DGRAM)
        return 0; /* lwIP: not for datagrams */
    /* lwIP would answer what still comes in with a reset, and so break the other direction; the port ends the stream
     * for its own side only. */
    if (how != K230_SHUT_WR)
        entry->rx_shut = true;
    if (how == K230_SHUT_RD || entry->tx_shut)
        return 0;
    /* Whatever lwIP says, SAL makes ENOTSOCK of it; only a connection that is gone is left to fail here. */
    if (shutdown(entry->fd, SHUT_WR) < 0)
        return -K230_ENOTCONN;
    entry->tx_shut = true;
    return 0;
}

int k230_stack_local(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    const struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    const int status =
        k230_rtthread_result(K230_RTTHREAD_CALL(getsockname(entry->fd, (struct sockaddr *)&host, &length)));
    if (status == 0)
        to_wire(entry, &host, addr);
    else if (entry->local.family != 0)
        *addr = entry->local;
    else
        return status;
    return 0;
}

int k230_stack_peer(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    const struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_RTTHREAD_CONNECTED)
        return -K230_ENOTCONN;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    const int status =
        k230_rtthread_result(K230_RTTHREAD_CALL(getpeername(entry->fd, (struct sockaddr *)&host, &length)));
    if (status == 0)
        to_wire(entry, &host, addr);
    return status;
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* MSG_DONTWAIT with each call: a socket that is non-blocking does not need it, but one that has lost that would hang
 * the agent, and with it every other socket. */

int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_RTTHREAD_CONNECTED)
        return entry->state == K230_RTTHREAD_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    if (entry->broken || entry->tx_shut)
        return -K230_EPIPE;
    int total = 0;
    for (unsigned i = 0; i < count; i++) {
        if (spans[i].length == 0)
            continue;
        const int more = i + 1 < count && spans[i + 1].length != 0 ? MSG_MORE : 0;
        const int sent = k230_rtthread_result(
            K230_RTTHREAD_CALL(send(entry->fd, spans[i].start, spans[i].length, MSG_DONTWAIT | more)));
        if (sent < 0 && total > 0) /* an error stays with the connection, for the next call */
            return total;
        if (sent == -K230_ENOMEM || sent == -K230_ENOBUFS)
            return -K230_EAGAIN;
        if (sent < 0)
            return sent == -K230_EAGAIN ? sent : k230_rtthread_broken(entry, sent);
        total += sent;
        if ((uint32_t)sent < spans[i].length)
            break;
    }
    return total;
}

int k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_RTTHREAD_CONNECTED) /* lwIP would say "not now" for ever, or hang */
        return entry->state == K230_RTTHREAD_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    if (entry->eof)
        return 0;
    const struct k230_span *span = count == 2 && spans[0].length == 0 ? &spans[1] : &spans[0];
    if (count == 0 || span->length == 0)
        return 0;
    const int got = k230_rtthread_result(K230_RTTHREAD_CALL(recv(entry->fd, span->start, span->length, MSG_DONTWAIT)));
    if (got > 0)
        return got;
    if (got == 0 || (got == -K230_ECONNRESET && entry->ended)) { /* with its note of the end taken, lwIP says reset */
        entry->eof = true;
        return 0;
    }
    if (got == -K230_EAGAIN)
        return entry->rx_shut ? 0 : got;
    return k230_rtthread_broken(entry, got);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

static uint32_t length_of(const struct k230_span *spans, unsigned count)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += spans[i].length;
    return length;
}

/* The only span with bytes, or NULL if there are several. */
static const struct k230_span *one_piece(const struct k230_span *spans, unsigned count)
{
    const struct k230_span *found = NULL;
    for (unsigned i = 0; i < count; i++) {
        if (spans[i].length == 0)
            continue;
        if (found)
            return NULL;
        found = &spans[i];
    }
    return found;
}

/* What the stack below can send. Without IP_FRAG lwIP gives the card a datagram as one frame, however long it is, and
 * drivers copy it into a buffer of 1.5 KiB: seen to halt the vendor's kernel. */
static uint32_t longest_datagram(const struct k230_rtthread_sock *entry)
{
#if defined(RT_USING_LWIP) && !defined(RT_LWIP_REASSEMBLY_FRAG)
    const struct netdev *netdev = netdev_default;
    const uint32_t headers = entry->family == K230_AF_INET6 ? 48u : 28u;
    return netdev && netdev->mtu > headers ? netdev->mtu - headers : 1472u;
#else
    return entry->family == K230_AF_INET6 ? DATAGRAM_MAX_IPV6 : DATAGRAM_MAX;
#endif
}

int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (!addr && entry->state != K230_RTTHREAD_CONNECTED)
        return -K230_EDESTADDRREQ;
    if (addr && addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (addr && addr->port == 0) /* lwIP would send it */
        return -K230_EINVAL;
    if (addr && !entry->broadcast && k230_rtthread_is_broadcast(addr))
        return -K230_EACCES;
    const uint32_t length = length_of(spans, count);
    if (length > longest_datagram(entry))
        return -K230_EMSGSIZE;
    const struct k230_span *piece = one_piece(spans, count);
    const uint8_t *bytes = piece ? piece->start : stack->datagram;
    if (!piece) {
        if (length > K230_RTTHREAD_DATAGRAM)
            return -K230_EMSGSIZE;
        uint32_t at = 0;
        for (unsigned i = 0; i < count; i++) {
            memcpy(&stack->datagram[at], spans[i].start, spans[i].length);
            at += spans[i].length;
        }
    }
    struct sockaddr_storage host;
    const socklen_t host_length = addr ? to_destination(addr, &host) : 0;
    const int sent = k230_rtthread_result(K230_RTTHREAD_CALL(
        sendto(entry->fd, bytes, length, MSG_DONTWAIT, addr ? (struct sockaddr *)&host : NULL, host_length)));
    if (sent >= 0)
        entry->bound = true;
    return sent == -K230_ENOMEM ? -K230_ENOBUFS : sent;
}

int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    const struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const uint32_t room = length_of(spans, count);
    const struct k230_span *piece = one_piece(spans, count);
    const bool direct = piece && room > DATAGRAM_MAX; /* SAL gives the bytes that fit and not how many there were */
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t host_length = sizeof host;
    const int got = k230_rtthread_result(K230_RTTHREAD_CALL(
        recvfrom(entry->fd, direct ? piece->start : stack->datagram, direct ? room : sizeof stack->datagram,
                 MSG_DONTWAIT, (struct sockaddr *)&host, &host_length)));
    if (got < 0)
        return got == -K230_ENETDOWN ? -K230_EAGAIN : got;
    to_wire(entry, &host, from);
    uint32_t left = (uint32_t)got;
    *truncated = left > room || (!direct && left > K230_RTTHREAD_DATAGRAM);
    if (left > room)
        left = room;
    if (direct)
        return (int)left;
    uint32_t at = 0;
    for (unsigned i = 0; i < count && at < left; i++) {
        const uint32_t part = left - at < spans[i].length ? left - at : spans[i].length;
        memcpy(spans[i].start, &stack->datagram[at], part);
        at += part;
    }
    return (int)at;
}
