/* lwIP's own calls, and of k230_stack.h what over_lwip/ leaves to its ports. */
#define _GNU_SOURCE
#include "lwip_port.h"

#include "k230_address_posix.h"
#include "k230_hal_posix.h" /* k230_from_errno: this lwIP uses the host's names */

#include <lwip/sockets.h>

#include <string.h>
#include <sys/ioctl.h>

static int named(int error)
{
    if (error == 0 || error == -1) /* not said; or ERR_IF, which has no number */
        return -K230_ENETDOWN;
    return k230_from_errno(error < 0 ? -error : error);
}

int k230_lwip_error(void) { return named(errno); }

/* ---- sockets below ----------------------------------------------------------------------------------------------- */

static int make_nonblocking(int fd)
{
    int on = 1;
    lwip_ioctl(fd, (long)FIONBIO, &on);
    return fd;
}

int k230_below_open(uint8_t family, uint8_t type)
{
    const int fd = K230_LWIP_CALL(lwip_socket(family == K230_AF_INET6 ? AF_INET6 : AF_INET,
                                              type == K230_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM, 0));
    return fd < 0 ? -K230_EMFILE : make_nonblocking(fd);
}

void k230_below_close(int fd) { lwip_close(fd); }

int k230_below_bind(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    const socklen_t length = k230_to_sockaddr(addr, &host);
    return k230_lwip_result(K230_LWIP_CALL(lwip_bind(fd, (struct sockaddr *)&host, length)));
}

int k230_below_listen(int fd, int backlog) { return k230_lwip_result(K230_LWIP_CALL(lwip_listen(fd, backlog))); }

int k230_below_accept(int fd)
{
    const int accepted = k230_lwip_result(K230_LWIP_CALL(lwip_accept(fd, NULL, NULL)));
    return accepted < 0 ? accepted : make_nonblocking(accepted);
}

int k230_below_connect(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    const socklen_t length = addr ? k230_to_sockaddr(addr, &host) : (socklen_t)sizeof(struct sockaddr);
    return k230_lwip_result(K230_LWIP_CALL(lwip_connect(fd, (struct sockaddr *)&host, length)));
}

int k230_below_shutdown(int fd) { return k230_lwip_result(K230_LWIP_CALL(lwip_shutdown(fd, SHUT_WR))); }

static int address_of(int fd, int (*ask)(int, struct sockaddr *, socklen_t *), struct k230_addr *addr)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    const int status = k230_lwip_result(K230_LWIP_CALL(ask(fd, (struct sockaddr *)&host, &length)));
    if (status == 0)
        k230_from_sockaddr(&host, addr);
    return status;
}

int k230_below_local(int fd, struct k230_addr *addr) { return address_of(fd, lwip_getsockname, addr); }
int k230_below_peer(int fd, struct k230_addr *addr) { return address_of(fd, lwip_getpeername, addr); }

int k230_below_setopt(int fd, int level, int option, const void *value, uint32_t length)
{
    return k230_lwip_result(K230_LWIP_CALL(lwip_setsockopt(fd, level, option, value, length)));
}

int k230_below_getopt(int fd, int level, int option, void *value, uint32_t length)
{
    socklen_t size = length;
    return k230_lwip_result(K230_LWIP_CALL(lwip_getsockopt(fd, level, option, value, &size)));
}

int k230_below_error(int fd)
{
    int error = 0;
    const int status = k230_below_getopt(fd, SOL_SOCKET, SO_ERROR, &error, sizeof error);
    return status < 0 || error == 0 ? status : named(error);
}

int k230_below_recv(int fd, void *bytes, uint32_t length)
{
    return k230_lwip_result(K230_LWIP_CALL(lwip_recv(fd, bytes, length, 0)));
}

int k230_below_poll(struct k230_lwip_polled *polled, uint32_t count, int timeout_ms)
{
    return lwip_poll((struct pollfd *)polled, count, timeout_ms);
}

/* ---- of k230_stack.h --------------------------------------------------------------------------------------------- */

uint32_t k230_stack_network(struct k230_stack *stack)
{
    (void)stack;
    return k230_lwip_network();
}

uint32_t k230_stack_routes(struct k230_stack *stack) { return k230_stack_network(stack); }

int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts)
{
    (void)stack;
    return k230_lwip_interface(index, facts);
}

/* lwIP refuses pieces without length. */
static struct msghdr message(struct iovec iov[2], const struct k230_span *spans, unsigned count)
{
    unsigned used = 0;
    for (unsigned i = 0; i < count; i++)
        if (spans[i].length != 0)
            iov[used++] = (struct iovec){.iov_base = spans[i].start, .iov_len = spans[i].length};
    return (struct msghdr){.msg_iov = iov, .msg_iovlen = used};
}

int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const int refused = k230_lwip_can_send(entry);
    if (refused != 0)
        return refused;
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

int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const int refused = k230_lwip_may_send(entry, addr);
    if (refused != 0)
        return refused;
    struct sockaddr_storage host;
    struct iovec iov[2];
    struct msghdr msg = message(iov, spans, count);
    if (addr) {
        const struct k230_addr destination = k230_lwip_destination(entry, addr);
        msg.msg_namelen = k230_to_sockaddr(&destination, &host);
        msg.msg_name = &host;
    }
    int sent;
    if (msg.msg_iovlen == 0)
        sent = k230_lwip_result(K230_LWIP_CALL(lwip_sendto(entry->fd, &host, 0, 0, msg.msg_name, msg.msg_namelen)));
    else
        sent = k230_lwip_result(K230_LWIP_CALL(lwip_sendmsg(entry->fd, &msg, 0)));
    if (sent >= 0)
        entry->bound = true;
    if (sent == -K230_ENOMEM || sent == -K230_ENOBUFS)
        return k230_lwip_length(spans, count) > k230_lwip_longest(entry) ? -K230_EMSGSIZE : -K230_ENOBUFS;
    return sent;
}

int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
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
    k230_from_sockaddr(&host, from);
    k230_lwip_to_wire(entry, from);
    const int room = (int)k230_lwip_length(spans, count);
    *truncated = got > room; /* lwIP counts the whole datagram */
    return got > room ? room : got;
}

bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag)
{
    return k230_resolver_ask(&stack->resolver, query, tag);
}

bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer)
{
    return k230_resolver_answer(&stack->resolver, tag, answer);
}
