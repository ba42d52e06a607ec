/* Sockets of lwIP as k230_stack.h wants them. */
#define _GNU_SOURCE
#include "lwip_port.h"

#include "k230_address_posix.h"
#include "k230_hal_posix.h" /* k230_from_errno: this lwIP uses the host's names */

#include <lwip/sockets.h>

#include <string.h>
#include <sys/ioctl.h>

/* lwIP says "no memory" for what is longer: over IPv4 by the datagram's own headers of 28 bytes, over IPv6 by those of
 * 48, which lwIP counts into the 16 bits of a pbuf's length. */
#define DATAGRAM_MAX (65535u - 28u)
#define DATAGRAM_MAX_IPV6 (65535u - 48u)
#define LOST (-2) /* the socket under an entry could not be made again */

int k230_lwip_error(void)
{
    const int error = errno;
    if (error == 0 || error == -1) /* not said; or ERR_IF, which has no number */
        return -K230_ENETDOWN;
    return k230_from_errno(error < 0 ? -error : error);
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

struct k230_lwip_sock *k230_lwip_sock(struct k230_stack *stack, int sock)
{
    if (sock < 0 || sock >= K230_LWIP_SOCKS || stack->socks[sock].fd < 0)
        return NULL;
    return &stack->socks[sock];
}

static int take_entry(struct k230_stack *stack, int fd, uint8_t family, uint8_t type)
{
    const int sock = stack->free_socks[--stack->free_count];
    stack->socks[sock] = (struct k230_lwip_sock){.fd = fd, .family = family, .type = type};
    return sock;
}

/* lwIP's number, or -EMFILE: with family and type known to be good, all its errors mean that there is no room. */
static int new_socket(uint8_t family, uint8_t type)
{
    const int fd = K230_LWIP_CALL(lwip_socket(family == K230_AF_INET6 ? AF_INET6 : AF_INET,
                                              type == K230_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM, 0));
    if (fd < 0)
        return -K230_EMFILE;
    int on = 1;
    lwip_ioctl(fd, (long)FIONBIO, &on);
    return fd;
}

static void close_socket(const struct k230_lwip_sock *entry, bool abort)
{
    if (abort)
        k230_lwip_reset(entry->fd);
    lwip_close(entry->fd);
}

static bool is_any(const struct k230_addr *addr)
{
    for (unsigned i = 0; i < (addr->family == K230_AF_INET6 ? 16u : 4u); i++)
        if (addr->ip[i] != 0)
            return false;
    return true;
}

static int bind_socket(const struct k230_lwip_sock *entry, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    const socklen_t length = k230_to_sockaddr(addr, &host);
    return k230_lwip_result(K230_LWIP_CALL(lwip_bind(entry->fd, (struct sockaddr *)&host, length)));
}

/* A new socket of lwIP under the same number, as it was before connect: lwIP cannot dissolve a connection, and cannot
 * connect again after a failure. */
static int renew(struct k230_stack *stack, struct k230_lwip_sock *entry, bool abort)
{
    const struct k230_lwip_sock before = *entry;
    close_socket(entry, abort);
    const int fd = new_socket(entry->family, entry->type);
    *entry = (struct k230_lwip_sock){.fd = fd < 0 ? LOST : fd,
                                     .family = before.family,
                                     .type = before.type,
                                     .broadcast = before.broadcast,
                                     .watched = before.watched,
                                     .tag = before.tag,
                                     .polled = before.polled,
                                     .options_set = before.options_set,
                                     .wanted = before.wanted};
    memcpy(entry->options, before.options, sizeof entry->options);
    memcpy(entry->linger, before.linger, sizeof entry->linger);
    if (entry->watched != 0)
        stack->polled[entry->polled].fd = entry->fd; /* a negative one is ignored by lwip_poll */
    if (fd < 0)
        return fd;
    k230_lwip_apply_options(entry);
    /* The port may be somebody else's by now; then the socket is unbound, and bind or connect will say so. */
    entry->bind_again = before.bind_again && bind_socket(entry, &before.wanted) == 0;
    entry->bound = entry->bind_again;
    return 0;
}

/* lwIP shows IPv4 peers of an IPv6 socket now mapped, now not, and the unspecified address as IPv4. */
static void to_wire(const struct k230_lwip_sock *entry, const struct sockaddr_storage *host, struct k230_addr *addr)
{
    k230_from_sockaddr(host, addr);
    if (entry->family != K230_AF_INET6 || addr->family != K230_AF_INET)
        return;
    uint8_t mapped[16] = {[10] = 0xFF, [11] = 0xFF};
    memcpy(&mapped[12], addr->ip, 4);
    if (is_any(addr))
        memset(mapped, 0, sizeof mapped);
    memcpy(addr->ip, mapped, sizeof mapped);
    addr->family = K230_AF_INET6;
}

/* ---- life of a socket ---------------------------------------------------------------------------------------------
 */

uint32_t k230_stack_network(struct k230_stack *stack)
{
    (void)stack;
    return k230_lwip_network();
}

int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts)
{
    (void)stack;
    return k230_lwip_interface(index, facts);
}

uint32_t k230_stack_features(struct k230_stack *stack)
{
    (void)stack;
    return K230_FEATURE_TCP | K230_FEATURE_UDP | K230_FEATURE_RESOLVE | (LWIP_IPV6 ? K230_FEATURE_IPV6 : 0u);
}

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto)
{
    /* lwIP checks neither the family nor the protocol. */
    if (family != K230_AF_INET && (family != K230_AF_INET6 || !LWIP_IPV6))
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
    if (sock < 0 || sock >= K230_LWIP_SOCKS || stack->socks[sock].fd == -1)
        return;
    struct k230_lwip_sock *entry = &stack->socks[sock];
    k230_stack_watch(stack, sock, 0, 0);
    if (entry->fd >= 0)
        close_socket(entry, abort);
    k230_lwip_forget_memberships(stack, entry);
    *entry = (struct k230_lwip_sock){.fd = -1};
    stack->free_socks[stack->free_count++] = sock;
}

int k230_stack_bind(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (entry->bound) /* lwIP would bind again, and its list of bound connections would bite its own tail */
        return -K230_EINVAL;
    if (!k230_lwip_is_local(addr)) /* lwIP takes any address */
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
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type != K230_SOCK_STREAM)
        return -K230_EOPNOTSUPP;
    if (entry->state == K230_LWIP_CONNECTING || entry->state == K230_LWIP_CONNECTED)
        return -K230_EINVAL;
    if (!entry->bound) { /* lwIP would listen at port 0 */
        const struct k230_addr any = {.family = entry->family};
        const int status = bind_socket(entry, &any);
        if (status < 0)
            return status;
        entry->bound = true;
    }
    const int status = k230_lwip_result(K230_LWIP_CALL(lwip_listen(entry->fd, backlog)));
    if (status == 0)
        entry->state = K230_LWIP_LISTENING;
    return status;
}

static void remember_local(struct k230_lwip_sock *entry)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    if (lwip_getsockname(entry->fd, (struct sockaddr *)&host, &length) == 0)
        to_wire(entry, &host, &entry->local);
}

int k230_stack_accept(struct k230_stack *stack, int sock, struct k230_addr *peer)
{
    const struct k230_lwip_sock *listener = k230_lwip_sock(stack, sock);
    if (!listener)
        return -K230_EBADF;
    if (listener->state != K230_LWIP_LISTENING)
        return -K230_EINVAL;
    if (stack->free_count == 0) /* the connection goes on waiting */
        return -K230_EMFILE;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    int fd;
    do {
        socklen_t length = sizeof host;
        fd = K230_LWIP_CALL(lwip_accept(listener->fd, (struct sockaddr *)&host, &length));
        /* A connection that was reset while it waited: lwIP gives its error, other stacks the connection. */
    } while (fd < 0 && (errno == ECONNABORTED || errno == ECONNRESET || errno == ENOTCONN));
    if (fd < 0)
        return errno == ENFILE || errno == ENOBUFS || errno == ENOMEM ? -K230_EMFILE : k230_lwip_error();
    int on = 1;
    lwip_ioctl(fd, (long)FIONBIO, &on);
    const int accepted = take_entry(stack, fd, listener->family, K230_SOCK_STREAM);
    struct k230_lwip_sock *entry = &stack->socks[accepted];
    entry->state = K230_LWIP_CONNECTED;
    entry->bound = true;
    entry->broadcast = listener->broadcast;
    entry->options_set = listener->options_set;
    memcpy(entry->options, listener->options, sizeof entry->options);
    memcpy(entry->linger, listener->linger, sizeof entry->linger);
    k230_lwip_apply_options(entry);
    remember_local(entry);
    to_wire(entry, &host, peer);
    return accepted;
}

/* ---- connections ---------------------------------------------------------------------------------------------------
 */

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
    return k230_to_sockaddr(&destination, out);
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
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    struct sockaddr_storage host;
    const socklen_t length = to_destination(addr, &host);
    if (entry->type == K230_SOCK_DGRAM) {
        if (!entry->broadcast && k230_lwip_is_broadcast(addr))
            return -K230_EACCES;
        const int status = k230_lwip_result(K230_LWIP_CALL(lwip_connect(entry->fd, (struct sockaddr *)&host, length)));
        if (status == 0) {
            entry->state = K230_LWIP_CONNECTED;
            entry->bound = true;
        }
        return status;
    }
    switch (entry->state) { /* some lwIPs halt on a second connect, others say yes */
    case K230_LWIP_FRESH:
        break;
    case K230_LWIP_CONNECTING:
        return -K230_EALREADY;
    default:
        return -K230_EISCONN;
    }
    const int status = k230_lwip_result(K230_LWIP_CALL(lwip_connect(entry->fd, (struct sockaddr *)&host, length)));
    if (status == 0 || status == -K230_EINPROGRESS) {
        entry->state = status == 0 ? K230_LWIP_CONNECTED : K230_LWIP_CONNECTING;
        entry->bound = true;
        return status;
    }
    renew(stack, entry, false);
    return connect_error(status);
}

/* What lwIP holds as the error of the socket; taking it clears it. */
static int take_error(const struct k230_lwip_sock *entry)
{
    int error = 0;
    socklen_t length = sizeof error;
    if (K230_LWIP_CALL(lwip_getsockopt(entry->fd, SOL_SOCKET, SO_ERROR, &error, &length)) < 0)
        return k230_lwip_error();
    errno = error;
    return error == 0 ? 0 : k230_lwip_error();
}

int k230_stack_connect_result(struct k230_stack *stack, int sock)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTING)
        return entry->state == K230_LWIP_CONNECTED ? 0 : -K230_ENOTCONN;
    int error = entry->connect_error;
    if (error == 0)
        error = connect_error(take_error(entry));
    if (error != 0) {
        renew(stack, entry, false);
        return error;
    }
    if (!k230_lwip_polls(entry->fd, POLLOUT)) /* getpeername answers already while the SYN is out */
        return -K230_EINPROGRESS;
    entry->state = K230_LWIP_CONNECTED;
    remember_local(entry);
    return 0;
}

int k230_stack_disconnect(struct k230_stack *stack, int sock)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type == K230_SOCK_STREAM)
        return renew(stack, entry, true);
    const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    const int status = k230_lwip_result(K230_LWIP_CALL(lwip_connect(entry->fd, &nothing, sizeof nothing)));
    if (status == 0)
        entry->state = K230_LWIP_FRESH;
    return status;
}

int k230_lwip_broken(struct k230_lwip_sock *entry, int error)
{
    if (error == 0 || entry->broken)
        return 0;
    entry->broken = true;
    switch (error) {
    case -K230_ENOTCONN: /* lwIP has given the reset to another call */
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
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state == K230_LWIP_CONNECTING) {
        /* Kept: who asks here must not take it away from k230_stack_connect_result. */
        if (entry->connect_error == 0)
            entry->connect_error = connect_error(take_error(entry));
        return entry->connect_error;
    }
    const int error = take_error(entry);
    if (entry->type != K230_SOCK_STREAM || entry->state != K230_LWIP_CONNECTED)
        return error;
    if (error == -K230_ENOTCONN) { /* both streams ended in good order */
        entry->ended = true;
        return 0;
    }
    return k230_lwip_broken(entry, error);
}

int k230_stack_shutdown(struct k230_stack *stack, int sock, int how)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED || entry->broken)
        return -K230_ENOTCONN;
    if (entry->type == K230_SOCK_DGRAM)
        return 0; /* lwIP: not for datagrams */
    /* lwIP would answer what still comes in with a reset, and so break the other direction; the port ends the stream
     * for its own side only. */
    if (how != K230_SHUT_WR)
        entry->rx_shut = true;
    if (how == K230_SHUT_RD || entry->tx_shut)
        return 0;
    int status = k230_lwip_result(K230_LWIP_CALL(lwip_shutdown(entry->fd, SHUT_WR)));
    if (status == 0)
        entry->tx_shut = true;
    else if (status == -K230_ECONNRESET || status == -K230_ECONNABORTED)
        status = -K230_ENOTCONN;
    return status;
}

int k230_stack_local(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    const struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    const int status = k230_lwip_result(K230_LWIP_CALL(lwip_getsockname(entry->fd, (struct sockaddr *)&host, &length)));
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
    const struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED)
        return -K230_ENOTCONN;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    const int status = k230_lwip_result(K230_LWIP_CALL(lwip_getpeername(entry->fd, (struct sockaddr *)&host, &length)));
    if (status == 0)
        to_wire(entry, &host, addr);
    return status;
}

/* ---- data ---------------------------------------------------------------------------------------------------------
 */

/* lwIP refuses pieces without length. */
static struct msghdr message(struct iovec iov[2], const struct k230_span *spans, unsigned count)
{
    unsigned used = 0;
    for (unsigned i = 0; i < count; i++)
        if (spans[i].length != 0)
            iov[used++] = (struct iovec){.iov_base = spans[i].start, .iov_len = spans[i].length};
    return (struct msghdr){.msg_iov = iov, .msg_iovlen = used};
}

static uint32_t length_of(const struct k230_span *spans, unsigned count)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += spans[i].length;
    return length;
}

int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED)
        return entry->state == K230_LWIP_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    if (entry->broken || entry->tx_shut)
        return -K230_EPIPE;
    struct iovec iov[2];
    const struct msghdr msg = message(iov, spans, count);
    if (msg.msg_iovlen == 0)
        return 0;
    const int sent = k230_lwip_result(K230_LWIP_CALL(lwip_sendmsg(entry->fd, &msg, 0)));
    if (sent >= 0 || sent == -K230_EAGAIN)
        return sent;
    if (sent == -K230_ENOMEM || sent == -K230_ENOBUFS)
        return -K230_EAGAIN;
    return k230_lwip_broken(entry, sent);
}

int k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED) /* lwIP would say "not now" for ever */
        return entry->state == K230_LWIP_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    if (entry->eof)
        return 0;
    /* One span at a time: with two, lwip_recvmsg takes an end or a reset that stands behind the first one's bytes and
     * says nothing of it. */
    const struct k230_span *span = count == 2 && spans[0].length == 0 ? &spans[1] : &spans[0];
    if (count == 0 || span->length == 0)
        return 0;
    const int got = k230_lwip_result(K230_LWIP_CALL(lwip_recv(entry->fd, span->start, span->length, 0)));
    if (got > 0)
        return got;
    if (got == 0 || (got == -K230_ECONNRESET && entry->ended)) { /* with its note of the end taken, lwIP says reset */
        entry->eof = true;
        return 0;
    }
    if (got == -K230_EAGAIN)
        return entry->rx_shut ? 0 : got;
    return k230_lwip_broken(entry, got);
}

int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (!addr && entry->state != K230_LWIP_CONNECTED)
        return -K230_EDESTADDRREQ;
    if (addr && addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (addr && addr->port == 0) /* lwIP would send it */
        return -K230_EINVAL;
    if (addr && !entry->broadcast && k230_lwip_is_broadcast(addr))
        return -K230_EACCES;
    struct sockaddr_storage host;
    struct iovec iov[2];
    struct msghdr msg = message(iov, spans, count);
    if (addr) {
        msg.msg_namelen = to_destination(addr, &host);
        msg.msg_name = &host;
    }
    long sent;
    if (msg.msg_iovlen == 0)
        sent = K230_LWIP_CALL(lwip_sendto(entry->fd, &host, 0, 0, addr ? msg.msg_name : NULL, msg.msg_namelen));
    else
        sent = K230_LWIP_CALL(lwip_sendmsg(entry->fd, &msg, 0));
    if (sent >= 0) {
        entry->bound = true;
        return (int)sent;
    }
    const uint32_t most = entry->family == K230_AF_INET6 ? DATAGRAM_MAX_IPV6 : DATAGRAM_MAX;
    const int error = k230_lwip_error();
    if (error == -K230_ENOMEM || error == -K230_ENOBUFS)
        return length_of(spans, count) > most ? -K230_EMSGSIZE : -K230_ENOBUFS;
    return error;
}

int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    const struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return -K230_EBADF;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    struct iovec iov[2];
    struct msghdr msg = message(iov, spans, count);
    uint8_t nothing;
    if (msg.msg_iovlen == 0) { /* lwIP refuses to take a datagram into no room */
        iov[0] = (struct iovec){.iov_base = &nothing, .iov_len = sizeof nothing};
        msg.msg_iovlen = 1;
    }
    msg.msg_name = &host;
    msg.msg_namelen = sizeof host;
    const int got = k230_lwip_result(K230_LWIP_CALL(lwip_recvmsg(entry->fd, &msg, 0)));
    if (got < 0)
        return got;
    to_wire(entry, &host, from);
    const int room = (int)length_of(spans, count);
    *truncated = got > room; /* lwIP counts the whole datagram */
    return got > room ? room : got;
}

/* ---- names --------------------------------------------------------------------------------------------------------
 */

bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag)
{
    return k230_resolver_ask(&stack->resolver, query, tag);
}

bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer)
{
    return k230_resolver_answer(&stack->resolver, tag, answer);
}
