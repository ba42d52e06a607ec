/* The life of a socket of lwIP's, as k230_stack.h wants it. */
#include "over_lwip_port.h"

#include <string.h>

/* ---- entries ----------------------------------------------------------------------------------------------------- */

void k230_lwip_sockets_init(struct k230_lwip_sockets *sockets, int wake_fd)
{
    for (int i = 0; i < K230_LWIP_SOCKS; i++) {
        sockets->socks[i] = (struct k230_lwip_sock){.fd = -1};
        sockets->free_socks[i] = (uint16_t)(K230_LWIP_SOCKS - 1 - i);
    }
    sockets->free_count = K230_LWIP_SOCKS;
    memset(sockets->memberships, 0, sizeof sockets->memberships);
    sockets->polled[0] = (struct k230_lwip_polled){.fd = wake_fd, .events = POLLIN};
    sockets->polled_count = 1;
    sockets->turn = 0;
    sockets->dark = 0;
}

struct k230_lwip_sock *k230_lwip_entry(struct k230_stack *stack, int sock)
{
    if (sock < 0 || sock >= K230_LWIP_SOCKS || stack->sockets.socks[sock].fd < 0)
        return NULL;
    return &stack->sockets.socks[sock];
}

static int take_entry(struct k230_lwip_sockets *sockets, int fd, uint8_t family, uint8_t type)
{
    const int sock = sockets->free_socks[--sockets->free_count];
    sockets->socks[sock] = (struct k230_lwip_sock){.fd = fd, .family = family, .type = type};
    return sock;
}

static void close_below(const struct k230_lwip_sock *entry, bool abort)
{
    if (abort && entry->type == K230_SOCK_STREAM &&
        (entry->state == K230_LWIP_CONNECTED || entry->state == K230_LWIP_CONNECTING))
        k230_below_reset(entry->fd);
    k230_below_close(entry->fd);
}

/* A new socket under the same number, as it was before connect: lwIP cannot dissolve a connection, and cannot connect
 * again after a failure. */
static int renew(struct k230_stack *stack, struct k230_lwip_sock *entry, bool abort)
{
    const struct k230_lwip_sock before = *entry;
    close_below(entry, abort);
    const int fd = k230_below_open(entry->family, entry->type);
    *entry = (struct k230_lwip_sock){.fd = fd < 0 ? K230_LWIP_LOST : fd,
                                     .family = before.family,
                                     .type = before.type,
                                     .broadcast = before.broadcast,
                                     .watched = before.watched,
                                     .dark = before.dark,
                                     .tag = before.tag,
                                     .polled = before.polled,
                                     .options = before.options};
    k230_lwip_repoll(stack, entry);
    if (fd < 0)
        return fd;
    k230_lwip_apply_options(entry);
    if (!before.bind_again)
        return 0;
    entry->local = before.local;
    if (before.any)
        memset(entry->local.ip, 0, sizeof entry->local.ip);
    entry->any = before.any;
    /* The port may be somebody else's by now; then the socket is unbound, and bind or connect will say so. */
    entry->bind_again = k230_below_bind(fd, &entry->local) == 0;
    entry->bound = entry->bind_again;
    return 0;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static bool is_any(const struct k230_addr *addr)
{
    for (unsigned i = 0; i < (addr->family == K230_AF_INET6 ? 16u : 4u); i++)
        if (addr->ip[i] != 0)
            return false;
    return true;
}

static bool is_group(const struct k230_addr *addr)
{
    return addr->family == K230_AF_INET6 ? addr->ip[0] == 0xFF : (addr->ip[0] & 0xF0) == 0xE0;
}

void k230_lwip_to_wire(const struct k230_lwip_sock *entry, struct k230_addr *addr)
{
    if (entry->family != K230_AF_INET6 || addr->family != K230_AF_INET)
        return;
    uint8_t mapped[16] = {[10] = 0xFF, [11] = 0xFF};
    memcpy(&mapped[12], addr->ip, 4);
    if (is_any(addr))
        memset(mapped, 0, sizeof mapped);
    memcpy(addr->ip, mapped, sizeof mapped);
    addr->family = K230_AF_INET6;
}

struct k230_addr k230_lwip_destination(const struct k230_lwip_sock *entry, const struct k230_addr *addr)
{
    struct k230_addr destination = *addr;
    if (addr->family == K230_AF_INET6 && addr->ip[0] == 0xFF && addr->scope == 0)
        destination.scope = k230_lwip_group_interface(entry);
    if (!is_any(addr))
        return destination;
    if (addr->family == K230_AF_INET6) {
        destination.ip[15] = 1;
    } else {
        destination.ip[0] = 127;
        destination.ip[3] = 1;
    }
    return destination;
}

int k230_stack_local(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const int status = k230_below_local(entry->fd, addr);
    if (status == 0)
        k230_lwip_to_wire(entry, addr);
    else if (entry->local.family != 0)
        *addr = entry->local;
    else
        return status;
    return 0;
}

static void remember_local(struct k230_lwip_sock *entry)
{
    if (k230_below_local(entry->fd, &entry->local) == 0)
        k230_lwip_to_wire(entry, &entry->local);
}

int k230_stack_peer(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED)
        return -K230_ENOTCONN;
    const int status = k230_below_peer(entry->fd, addr);
    if (status == 0)
        k230_lwip_to_wire(entry, addr);
    return status;
}

/* ---- open to accept ---------------------------------------------------------------------------------------------- */

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto)
{
    /* lwIP checks neither the family nor the protocol, and SAL gives ENOMEM for a family or type that is none. */
    if (family != K230_AF_INET && (family != K230_AF_INET6 || !K230_OVER_LWIP_IPV6))
        return -K230_EAFNOSUPPORT;
    if (type != K230_SOCK_STREAM && type != K230_SOCK_DGRAM)
        return -K230_EINVAL;
    if (proto != 0 && proto != (type == K230_SOCK_STREAM ? K230_IPPROTO_TCP : K230_IPPROTO_UDP))
        return -K230_EPROTONOSUPPORT;
    if (stack->sockets.free_count == 0)
        return -K230_EMFILE;
    const int fd = k230_below_open((uint8_t)family, (uint8_t)type);
    return fd < 0 ? fd : take_entry(&stack->sockets, fd, (uint8_t)family, (uint8_t)type);
}

void k230_stack_close(struct k230_stack *stack, int sock, bool abort)
{
    struct k230_lwip_sockets *sockets = &stack->sockets;
    if (sock < 0 || sock >= K230_LWIP_SOCKS || sockets->socks[sock].fd == -1)
        return;
    struct k230_lwip_sock *entry = &sockets->socks[sock];
    k230_stack_watch(stack, sock, 0, 0);
    if (entry->fd >= 0)
        close_below(entry, abort);
    k230_lwip_forget_memberships(stack, entry);
    *entry = (struct k230_lwip_sock){.fd = -1};
    sockets->free_socks[sockets->free_count++] = (uint16_t)sock;
}

int k230_stack_bind(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (entry->bound) /* lwIP would bind again, and its list of bound connections would bite its own tail */
        return -K230_EINVAL;
    if (!k230_below_is_local(addr) && !k230_below_is_broadcast(addr)) /* lwIP takes any address */
        return -K230_EADDRNOTAVAIL;
    const int status = k230_below_bind(entry->fd, addr);
    if (status == 0) {
        entry->bound = true;
        entry->bind_again = true;
        entry->any = is_any(addr);
        struct k230_addr found; /* the port that was found for port 0 stays the socket's */
        const bool named = k230_below_local(entry->fd, &found) == 0;
        entry->local = *addr;
        if (named)
            entry->local.port = found.port;
    }
    return status;
}

int k230_stack_listen(struct k230_stack *stack, int sock, int backlog)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type != K230_SOCK_STREAM)
        return -K230_EOPNOTSUPP;
    if (entry->state == K230_LWIP_CONNECTING || entry->state == K230_LWIP_CONNECTED)
        return -K230_EINVAL;
    if (!entry->bound) { /* lwIP would listen at port 0 */
        const struct k230_addr any = {.family = entry->family};
        const int status = k230_below_bind(entry->fd, &any);
        if (status < 0)
            return status;
        entry->bound = true;
    }
    const int status = k230_below_listen(entry->fd, backlog);
    if (status == 0)
        entry->state = K230_LWIP_LISTENING;
    return status;
}

/* Connections of one accept that were reset while they waited; the rest is for the next. */
#define PASSED_OVER 16

/* The next connection that still stands, and its peer; or -enum k230_error. One that was reset while it waited is
 * passed over: lwIP gives its error, or the connection without a peer. */
static int next_connection(int listener, struct k230_addr *peer)
{
    for (unsigned i = 0; i < PASSED_OVER; i++) {
        const int fd = k230_below_accept(listener);
        if (fd == -K230_ECONNABORTED || fd == -K230_ECONNRESET || fd == -K230_ENOTCONN)
            continue;
        if (fd < 0)
            return fd == -K230_ENOBUFS || fd == -K230_ENOMEM ? -K230_EMFILE : fd;
        if (k230_below_peer(fd, peer) == 0)
            return fd;
        k230_below_close(fd);
    }
    return -K230_EAGAIN;
}

int k230_stack_accept(struct k230_stack *stack, int sock, struct k230_addr *peer)
{
    const struct k230_lwip_sock *listener = k230_lwip_entry(stack, sock);
    if (!listener)
        return -K230_EBADF;
    if (listener->state != K230_LWIP_LISTENING)
        return -K230_EINVAL;
    if (stack->sockets.free_count == 0) /* the connection goes on waiting, where SAL without room would lose it */
        return -K230_EMFILE;
    const int fd = next_connection(listener->fd, peer);
    if (fd < 0)
        return fd;
    const int accepted = take_entry(&stack->sockets, fd, listener->family, K230_SOCK_STREAM);
    struct k230_lwip_sock *entry = &stack->sockets.socks[accepted];
    entry->state = K230_LWIP_CONNECTED;
    entry->bound = true;
    entry->broadcast = listener->broadcast;
    entry->options = listener->options;
    k230_lwip_apply_options(entry);
    remember_local(entry);
    k230_lwip_to_wire(entry, peer);
    return accepted;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

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

static int connect_datagrams(struct k230_lwip_sock *entry, const struct k230_addr *addr)
{
    if (!entry->broadcast && k230_below_is_broadcast(addr))
        return -K230_EACCES;
    const struct k230_addr destination = k230_lwip_destination(entry, addr);
    const int status = k230_below_connect(entry->fd, &destination);
    if (status == 0) {
        entry->state = K230_LWIP_CONNECTED;
        entry->bound = true;
    }
    return status;
}

int k230_stack_connect(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (entry->type == K230_SOCK_DGRAM)
        return connect_datagrams(entry, addr);
    switch (entry->state) { /* a second connect is never passed down: some kernels halt on it, others say yes */
    case K230_LWIP_FRESH:
        break;
    case K230_LWIP_CONNECTING:
        return -K230_EALREADY;
    default:
        return -K230_EISCONN;
    }
    if (is_group(addr) || k230_below_is_broadcast(addr)) /* lwIP would ask everybody */
        return -K230_ENETUNREACH;
    const struct k230_addr destination = k230_lwip_destination(entry, addr);
    const int status = k230_below_connect(entry->fd, &destination);
    if (status == 0 || status == -K230_EINPROGRESS) {
        entry->state = status == 0 ? K230_LWIP_CONNECTED : K230_LWIP_CONNECTING;
        entry->bound = true;
        return status;
    }
    renew(stack, entry, false);
    return connect_error(status);
}

int k230_stack_connect_result(struct k230_stack *stack, int sock)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTING)
        return entry->state == K230_LWIP_CONNECTED ? 0 : -K230_ENOTCONN;
    int error = entry->connect_error;
    if (error == 0)
        error = connect_error(k230_below_error(entry->fd));
    if (error == 0) {
        if (!(k230_lwip_polls(entry, K230_STACK_OUT) & K230_STACK_OUT)) /* lwIP knows a peer while the SYN is out */
            return -K230_EINPROGRESS;
        error = connect_error(k230_below_error(entry->fd)); /* it failed between the two looks */
    }
    if (error != 0) {
        renew(stack, entry, false);
        return error;
    }
    entry->state = K230_LWIP_CONNECTED;
    remember_local(entry);
    return 0;
}

int k230_stack_disconnect(struct k230_stack *stack, int sock)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->type == K230_SOCK_STREAM)
        return renew(stack, entry, true);
    const int status = k230_below_connect(entry->fd, NULL);
    if (status == 0)
        entry->state = K230_LWIP_FRESH;
    return status;
}

int k230_lwip_broken(struct k230_lwip_sock *entry, int error)
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
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state == K230_LWIP_CONNECTING) {
        /* Kept: who asks here must not take it away from k230_stack_connect_result. */
        if (entry->connect_error == 0)
            entry->connect_error = (int16_t)connect_error(k230_below_error(entry->fd));
        return entry->connect_error;
    }
    const int error = k230_below_error(entry->fd);
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
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
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
    const int status = k230_below_shutdown(entry->fd);
    if (status == 0)
        entry->tx_shut = true;
    return status == -K230_ECONNRESET || status == -K230_ECONNABORTED ? -K230_ENOTCONN : status;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

uint32_t k230_lwip_length(const struct k230_span *spans, unsigned count)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += spans[i].length;
    return length;
}

int k230_lwip_can_send(const struct k230_lwip_sock *entry)
{
    if (entry->state != K230_LWIP_CONNECTED)
        return entry->state == K230_LWIP_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    return entry->broken || entry->tx_shut ? -K230_EPIPE : 0;
}

int k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    if (entry->state != K230_LWIP_CONNECTED) /* lwIP would say "not now" for ever, or hang */
        return entry->state == K230_LWIP_CONNECTING ? -K230_EAGAIN : -K230_ENOTCONN;
    if (entry->eof)
        return 0;
    /* One span at a time: with two, lwip_recvmsg takes an end or a reset that stands behind the first one's bytes and
     * says nothing of it. */
    const struct k230_span *span = count == 2 && spans[0].length == 0 ? &spans[1] : &spans[0];
    if (count == 0 || span->length == 0)
        return 0;
    const int got = k230_below_recv(entry->fd, span->start, span->length);
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

int k230_stack_unacknowledged(struct k230_stack *stack, int sock)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    return entry ? k230_below_unacknowledged(entry->fd) : -K230_EBADF;
}

int k230_lwip_may_send(const struct k230_lwip_sock *entry, const struct k230_addr *addr)
{
    if (!addr)
        return entry->state == K230_LWIP_CONNECTED ? 0 : -K230_EDESTADDRREQ;
    if (addr->family != entry->family)
        return -K230_EAFNOSUPPORT;
    if (addr->port == 0) /* lwIP would send it */
        return -K230_EINVAL;
    return !entry->broadcast && k230_below_is_broadcast(addr) ? -K230_EACCES : 0;
}

/* Over IPv4 by the datagram's own headers of 28 bytes, over IPv6 by those of 48, which lwIP counts into the 16 bits of
 * a pbuf's length. */
uint32_t k230_lwip_longest(const struct k230_lwip_sock *entry)
{
    return entry->family == K230_AF_INET6 ? 65535u - 48u : 65535u - 28u;
}

int k230_stack_sendto_run(struct k230_stack *stack, int sock, const struct k230_datagram_run *run)
{
    return k230_stack_sendto_first(stack, sock, run);
}
