/* SAL's calls, and of k230_stack.h what over_lwip/ leaves to its ports. */
#include "rtthread_port.h"

#include "k230_errno.h"

#include <string.h>

/* ---- translation ------------------------------------------------------------------------------------------------- */

int k230_rtthread_from_errno(int error)
{
    if (error < 0) /* lwIP stores its numbers as they are, SAL and DFS store them negated */
        error = -error;
    /* 0: not said. SAL does so for an interface that is down. 1: lwIP's ERR_IF, for which it has no number. */
    if (error == 0 || error == 1)
        return -K230_ENETDOWN;
    return k230_name_errno(error);
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

static socklen_t to_sockaddr(const struct k230_addr *addr, struct sockaddr_storage *out)
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

/* ---- sockets below ----------------------------------------------------------------------------------------------- */

/* 0, or -enum k230_error. By ioctlsocket: fcntl(F_SETFL) gives ENOSYS on some of these kernels. */
static int make_nonblocking(int fd)
{
    int on = 1;
    return k230_rtthread_result(K230_RTTHREAD_CALL(ioctlsocket(fd, (long)FIONBIO, &on)));
}

/* The descriptor, or closed and -enum k230_error. */
static int nonblocking(int fd)
{
    const int status = make_nonblocking(fd);
    if (status == 0)
        return fd;
    closesocket(fd);
    return status;
}

/* SAL says ENOMEM for every lack of room, and also where no interface is up, which is not the same to the caller. */
int k230_below_open(uint8_t family, uint8_t type)
{
    const int fd = K230_RTTHREAD_CALL(
        socket(k230_rtthread_family(family), type == K230_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM, 0));
    if (fd < 0)
        return netdev_get_first_by_flags(NETDEV_FLAG_UP) ? -K230_EMFILE : -K230_ENETDOWN;
    return nonblocking(fd);
}

void k230_below_close(int fd) { closesocket(fd); }

void k230_below_reset(int fd) { k230_rtthread_reset(fd); }

int k230_below_bind(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    const socklen_t length = to_sockaddr(addr, &host);
    if (addr->family == K230_AF_INET && addr->ip[0] == 127)
        return k230_rtthread_result(K230_RTTHREAD_CALL(k230_rtthread_bind_loop(fd, &host, length)));
    rt_set_errno(0);
    if (bind(fd, (struct sockaddr *)&host, length) == 0)
        return 0;
    /* Without a word: SAL has found no interface with this address. */
    return rt_get_errno() == 0 ? -K230_EADDRNOTAVAIL : k230_rtthread_error();
}

int k230_below_listen(int fd, int backlog)
{
    const int most = backlog < 1 ? 1 : backlog > K230_RTTHREAD_BACKLOG ? K230_RTTHREAD_BACKLOG : backlog;
    return k230_rtthread_result(K230_RTTHREAD_CALL(listen(fd, most)));
}

int k230_below_accept(int fd)
{
    const int accepted = k230_rtthread_result(K230_RTTHREAD_CALL(accept(fd, NULL, NULL)));
    return accepted < 0 ? accepted : nonblocking(accepted);
}

int k230_below_connect(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    memset(&host, 0, sizeof host);
    socklen_t length = sizeof(struct sockaddr);
    if (addr) {
        length = to_sockaddr(addr, &host);
    } else {
        struct sockaddr *nothing = (struct sockaddr *)&host;
        nothing->sa_len = (uint8_t)length;
        nothing->sa_family = AF_UNSPEC;
    }
    return k230_rtthread_result(K230_RTTHREAD_CALL(connect(fd, (struct sockaddr *)&host, length)));
}

/* Whatever lwIP says, SAL makes ENOTSOCK of it; only a connection that is gone is left to fail here. */
int k230_below_shutdown(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -K230_ENOTCONN : 0; }

static int address_of(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), struct k230_addr *addr)
{
    struct sockaddr_storage host;
    memset(&host, 0, sizeof host);
    socklen_t length = sizeof host;
    const int status = k230_rtthread_result(K230_RTTHREAD_CALL(ask(fd, (struct sockaddr *)&host, &length)));
    if (status == 0)
        k230_rtthread_from_sockaddr(&host, addr);
    return status;
}

int k230_below_local(int fd, struct k230_addr *addr) { return address_of(fd, getsockname, addr); }
int k230_below_peer(int fd, struct k230_addr *addr) { return address_of(fd, getpeername, addr); }

int k230_below_setopt(int fd, int level, int option, const void *value, uint32_t length)
{
    return k230_rtthread_result(K230_RTTHREAD_CALL(setsockopt(fd, level, option, value, (socklen_t)length)));
}

int k230_below_getopt(int fd, int level, int option, void *value, uint32_t length)
{
    socklen_t size = (socklen_t)length;
    return k230_rtthread_result(K230_RTTHREAD_CALL(getsockopt(fd, level, option, value, &size)));
}

int k230_below_error(int fd)
{
    int error = 0;
    const int status = k230_below_getopt(fd, SOL_SOCKET, SO_ERROR, &error, sizeof error);
    return status < 0 || error == 0 ? status : k230_rtthread_from_errno(error);
}

/* MSG_DONTWAIT with each call: a socket that is non-blocking does not need it, but one that has lost that would hang
 * the agent, and with it every other socket. */
int k230_below_recv(int fd, void *bytes, uint32_t length)
{
    return k230_rtthread_result(K230_RTTHREAD_CALL(recv(fd, bytes, length, MSG_DONTWAIT)));
}

int k230_below_unacknowledged(int fd)
{
    const int bytes = k230_rtthread_unacknowledged(fd);
    return bytes < 0 ? -K230_EOPNOTSUPP : bytes;
}

int k230_below_poll(struct k230_lwip_polled *polled, uint32_t count, int timeout_ms)
{
    return poll((struct pollfd *)polled, count, timeout_ms);
}

/* ---- of k230_stack.h --------------------------------------------------------------------------------------------- */

int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const int refused = k230_lwip_can_send(entry);
    if (refused != 0)
        return refused;
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
            return sent == -K230_EAGAIN ? sent : k230_lwip_broken(entry, sent);
        total += sent;
        if ((uint32_t)sent < spans[i].length)
            break;
    }
    return total;
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
static uint32_t longest_datagram(const struct k230_lwip_sock *entry)
{
#if defined(RT_USING_LWIP) && !defined(RT_LWIP_REASSEMBLY_FRAG)
    const struct netdev *netdev = netdev_default;
    const uint32_t headers = entry->family == K230_AF_INET6 ? 48u : 28u;
    return netdev && netdev->mtu > headers ? netdev->mtu - headers : 1472u;
#else
    return k230_lwip_longest(entry);
#endif
}

int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const int refused = k230_lwip_may_send(entry, addr);
    if (refused != 0)
        return refused;
    const uint32_t length = k230_lwip_length(spans, count);
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
    socklen_t host_length = 0;
    if (addr) {
        const struct k230_addr destination = k230_lwip_destination(entry, addr);
        host_length = to_sockaddr(&destination, &host);
    }
    const int sent = k230_rtthread_result(K230_RTTHREAD_CALL(
        sendto(entry->fd, bytes, length, MSG_DONTWAIT, addr ? (struct sockaddr *)&host : NULL, host_length)));
    if (sent >= 0)
        entry->bound = true;
    return sent == -K230_ENOMEM ? -K230_ENOBUFS : sent;
}

int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const uint32_t room = k230_lwip_length(spans, count);
    const struct k230_span *piece = one_piece(spans, count);
    /* SAL gives the bytes that fit and not how many there were: none is longer than this (k230_stack_rtthread.h). */
    const bool direct = piece && room > 65535u - 28u;
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t host_length = sizeof host;
    const int got = k230_rtthread_result(K230_RTTHREAD_CALL(
        recvfrom(entry->fd, direct ? piece->start : stack->datagram, direct ? room : sizeof stack->datagram,
                 MSG_DONTWAIT, (struct sockaddr *)&host, &host_length)));
    if (got < 0)
        return got == -K230_ENETDOWN ? -K230_EAGAIN : got;
    k230_rtthread_from_sockaddr(&host, from);
    k230_lwip_to_wire(entry, from);
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
