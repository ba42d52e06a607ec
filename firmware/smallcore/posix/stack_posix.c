#define _GNU_SOURCE
#include "k230_stack_posix.h"

#include "k230_address_posix.h"
#include "k230_hal_posix.h" /* k230_from_errno */
#include "k230_interface_posix.h"
#include "k230_uncached_posix.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103 /* linux/udp.h, for a C library that does not have it */
#endif
#define RUN_DATAGRAMS 64u /* UDP_MAX_SEGMENTS of Linux 4.18, where UDP_SEGMENT came; later ones take more */
/* Bytes copied for one send of a stream: what the kernel then does not take is copied again. */
#define STREAM_PIECE 16384u
#define RUN_BYTES 65507u /* of all together: the kernel makes one datagram of them first, IPv4's longest */

#define WAKE_TAG 0xFFFFFFFFu
#define DOORBELL_TAG 0xFFFFFFFEu
#define NETWORK_TAG 0xFFFFFFFDu

static int result_of(long result) { return result < 0 ? k230_from_errno(errno) : (int)result; }

/* ---- options of this machine ------------------------------------------------------------------------------------- */

/* A value goes through as it is: the wire has the layouts of Linux, which knows best what lengths and numbers are
 * good. */
K230_STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers");
K230_STATIC_ASSERT(sizeof(struct linger) == 8 && sizeof(((struct linger *)NULL)->l_onoff) == 4, "SO_LINGER");
K230_STATIC_ASSERT(sizeof(struct ip_mreqn) == 12 && offsetof(struct ip_mreqn, imr_ifindex) == 8, "memberships");
K230_STATIC_ASSERT(sizeof(struct ipv6_mreq) == 20 && offsetof(struct ipv6_mreq, ipv6mr_interface) == 16, "IPv6 groups");

struct option_name {
    int level, option; /* on the wire */
    int host_level, host_option;
};

static const struct option_name option_names[] = {
    {K230_SOL_SOCKET, K230_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR},
    {K230_SOL_SOCKET, K230_SO_TYPE, SOL_SOCKET, SO_TYPE},
    {K230_SOL_SOCKET, K230_SO_ERROR, SOL_SOCKET, SO_ERROR},
    {K230_SOL_SOCKET, K230_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST},
    {K230_SOL_SOCKET, K230_SO_SNDBUF, SOL_SOCKET, SO_SNDBUF},
    {K230_SOL_SOCKET, K230_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF},
    {K230_SOL_SOCKET, K230_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE},
    {K230_SOL_SOCKET, K230_SO_LINGER, SOL_SOCKET, SO_LINGER},
    {K230_LEVEL_TCP, K230_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY},
    {K230_LEVEL_TCP, K230_TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE},
    {K230_LEVEL_TCP, K230_TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL},
    {K230_LEVEL_TCP, K230_TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT},
    {K230_LEVEL_IP, K230_IP_TOS, IPPROTO_IP, IP_TOS},
    {K230_LEVEL_IP, K230_IP_TTL, IPPROTO_IP, IP_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF},
    {K230_LEVEL_IP, K230_IP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP},
    {K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, IPPROTO_IP, IP_ADD_MEMBERSHIP},
    {K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, IPPROTO_IP, IP_DROP_MEMBERSHIP},
    {K230_LEVEL_IPV6, K230_IPV6_UNICAST_HOPS, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_HOPS, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_LOOP, IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP, IPPROTO_IPV6, IPV6_JOIN_GROUP},
    {K230_LEVEL_IPV6, K230_IPV6_LEAVE_GROUP, IPPROTO_IPV6, IPV6_LEAVE_GROUP},
    {K230_LEVEL_IPV6, K230_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY},
};

static const struct option_name *find_option(int level, int option)
{
    for (size_t i = 0; i < sizeof option_names / sizeof option_names[0]; i++)
        if (option_names[i].level == level && option_names[i].option == option)
            return &option_names[i];
    return NULL;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* A kernel without UDP_SEGMENT would send a run as one datagram; one that has it also shows what was set. */
static bool sends_runs(void)
{
    const int wanted = 1400;
    int shown = 0;
    socklen_t length = sizeof shown;
    const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool known = probe >= 0 && setsockopt(probe, IPPROTO_UDP, UDP_SEGMENT, &wanted, sizeof wanted) == 0 &&
                       getsockopt(probe, IPPROTO_UDP, UDP_SEGMENT, &shown, &length) == 0 && shown == wanted;
    if (probe >= 0)
        close(probe);
    return known;
}

static int listen_to(struct k230_stack *stack, int doorbell_fd, uint32_t tag)
{
    struct epoll_event doorbell = {.events = EPOLLIN, .data = {.u32 = tag}};
    return result_of(epoll_ctl(stack->epoll_fd, EPOLL_CTL_ADD, doorbell_fd, &doorbell));
}

int k230_stack_posix_doorbell(struct k230_stack *stack, int doorbell_fd)
{
    if (stack->doorbell_fd >= 0)
        epoll_ctl(stack->epoll_fd, EPOLL_CTL_DEL, stack->doorbell_fd, NULL);
    stack->doorbell_fd = doorbell_fd;
    return doorbell_fd < 0 ? 0 : listen_to(stack, doorbell_fd, DOORBELL_TAG);
}

void k230_stack_posix_uncached(struct k230_stack *stack, void *piece) { stack->piece = piece; }

int k230_stack_posix_init(struct k230_stack *stack)
{
    memset(stack, 0, sizeof *stack);
    stack->doorbell_fd = -1;
    stack->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    stack->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stack->epoll_fd < 0 || stack->wake_fd < 0)
        return k230_from_errno(errno);
    int status = listen_to(stack, stack->wake_fd, WAKE_TAG);
    k230_network_open(&stack->network);
    if (status == 0 && stack->network.fd >= 0)
        status = listen_to(stack, stack->network.fd, NETWORK_TAG);
    if (status < 0)
        return status;
    stack->longest_in_run = sends_runs() ? RUN_BYTES : 0;
    return k230_resolver_start(&stack->resolver, stack);
}

void k230_stack_posix_end(struct k230_stack *stack)
{
    k230_resolver_end(&stack->resolver);
    k230_network_close(&stack->network);
    close(stack->wake_fd);
    close(stack->epoll_fd);
}

uint32_t k230_stack_network(struct k230_stack *stack) { return stack->network.word; }

uint32_t k230_stack_routes(struct k230_stack *stack) { return stack->network.news; }

int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts)
{
    (void)stack;
    const int count = k230_interface_posix(index, facts);
    if (count > 0)
        k230_name_servers_posix(K230_RESOLV_CONF, facts->dns);
    return count;
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto)
{
    (void)stack;
    const int host_type = type == K230_SOCK_STREAM ? SOCK_STREAM : SOCK_DGRAM;
    const int host_proto = proto == K230_IPPROTO_TCP ? IPPROTO_TCP : proto == K230_IPPROTO_UDP ? IPPROTO_UDP : 0;
    return result_of(socket(k230_to_family(family), host_type | SOCK_NONBLOCK | SOCK_CLOEXEC, host_proto));
}

void k230_stack_close(struct k230_stack *stack, int sock, bool abort)
{
    (void)stack;
    /* close(2) of a socket with a linger time waits even where it is non-blocking; the agent never waits. */
    const struct linger linger = {.l_onoff = abort, .l_linger = 0};
    setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(sock);
}

int k230_stack_bind(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    (void)stack;
    struct sockaddr_storage host;
    const socklen_t length = k230_to_sockaddr(addr, &host);
    return result_of(bind(sock, (struct sockaddr *)&host, length));
}

int k230_stack_listen(struct k230_stack *stack, int sock, int backlog)
{
    (void)stack;
    return result_of(listen(sock, backlog));
}

int k230_stack_accept(struct k230_stack *stack, int sock, struct k230_addr *peer)
{
    (void)stack;
    struct sockaddr_storage host;
    socklen_t length = sizeof host;
    const int result = result_of(accept4(sock, (struct sockaddr *)&host, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (result >= 0)
        k230_from_sockaddr(&host, peer);
    return result;
}

int k230_stack_connect(struct k230_stack *stack, int sock, const struct k230_addr *addr)
{
    (void)stack;
    struct sockaddr_storage host;
    const socklen_t length = k230_to_sockaddr(addr, &host);
    return result_of(connect(sock, (struct sockaddr *)&host, length));
}

int k230_stack_error(struct k230_stack *stack, int sock)
{
    (void)stack;
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        return k230_from_errno(errno);
    return k230_from_errno(error);
}

int k230_stack_connect_result(struct k230_stack *stack, int sock)
{
    const int error = k230_stack_error(stack, sock);
    if (error != 0) {
        k230_stack_disconnect(stack, sock); /* else Linux answers the next connect with ECONNABORTED */
        return error;
    }
    struct sockaddr_storage host;
    socklen_t length = sizeof host;
    if (getpeername(sock, (struct sockaddr *)&host, &length) == 0)
        return 0;
    return errno == ENOTCONN ? -K230_EINPROGRESS : k230_from_errno(errno);
}

int k230_stack_disconnect(struct k230_stack *stack, int sock)
{
    (void)stack;
    const struct sockaddr nothing = {.sa_family = AF_UNSPEC}; /* connect(2): dissolves the association */
    return result_of(connect(sock, &nothing, sizeof nothing));
}

int k230_stack_shutdown(struct k230_stack *stack, int sock, int how)
{
    (void)stack;
    const int host = how == K230_SHUT_RD ? SHUT_RD : how == K230_SHUT_WR ? SHUT_WR : SHUT_RDWR;
    return result_of(shutdown(sock, host));
}

int k230_stack_local(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    (void)stack;
    struct sockaddr_storage host;
    socklen_t length = sizeof host;
    if (getsockname(sock, (struct sockaddr *)&host, &length) < 0)
        return k230_from_errno(errno);
    k230_from_sockaddr(&host, addr);
    return 0;
}

int k230_stack_peer(struct k230_stack *stack, int sock, struct k230_addr *addr)
{
    (void)stack;
    struct sockaddr_storage host;
    socklen_t length = sizeof host;
    if (getpeername(sock, (struct sockaddr *)&host, &length) < 0)
        return k230_from_errno(errno);
    k230_from_sockaddr(&host, addr);
    return 0;
}

int k230_stack_setopt(struct k230_stack *stack, int sock, int level, int option, const void *value, uint32_t length)
{
    (void)stack;
    const struct option_name *name = find_option(level, option);
    if (!name)
        return -K230_ENOPROTOOPT;
    /* Linux takes the beginning of a longer value; qemu's user mode refuses one of SO_LINGER. */
    if (level == K230_SOL_SOCKET && option == K230_SO_LINGER && length > sizeof(struct linger))
        length = sizeof(struct linger);
    return result_of(setsockopt(sock, name->host_level, name->host_option, value, length));
}

int k230_stack_getopt(struct k230_stack *stack, int sock, int level, int option, void *value, uint32_t room)
{
    (void)stack;
    const struct option_name *name = find_option(level, option);
    int32_t numbers[2] = {0, 0};
    const bool lingers = level == K230_SOL_SOCKET && option == K230_SO_LINGER;
    socklen_t length = lingers ? sizeof numbers : sizeof numbers[0];
    if (!name)
        return -K230_ENOPROTOOPT;
    if (getsockopt(sock, name->host_level, name->host_option, numbers, &length) < 0)
        return k230_from_errno(errno);
    if (level == K230_SOL_SOCKET && option == K230_SO_ERROR)
        numbers[0] = -k230_from_errno(numbers[0]);
    if (length > room)
        return -K230_EINVAL;
    memcpy(value, numbers, length);
    return (int)length;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* Of a ring that is not cached, the stack's piece in between; else the spans themselves. */
static struct msghdr message(const struct k230_stack *stack, struct iovec iov[2], const struct k230_span *spans,
                             unsigned count)
{
    size_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        iov[i] = (struct iovec){.iov_base = spans[i].start, .iov_len = spans[i].length};
        length += spans[i].length;
    }
    if (!stack->piece)
        return (struct msghdr){.msg_iov = iov, .msg_iovlen = count};
    const size_t room = K230_STACK_POSIX_PIECE;
    iov[0] = (struct iovec){.iov_base = stack->piece, .iov_len = length < room ? length : room};
    return (struct msghdr){.msg_iov = iov, .msg_iovlen = 1};
}

/* Fills the piece from the beginning of the spans. */
static void gather(const struct k230_stack *stack, const struct k230_span *spans, const struct msghdr *msg)
{
    const size_t length = stack->piece ? msg->msg_iov[0].iov_len : 0;
    for (size_t done = 0; done < length; spans++) {
        const size_t some = spans->length < length - done ? spans->length : length - done;
        k230_uncached_read(stack->piece + done, spans->start, some);
        done += some;
    }
}

/* Gives what the piece has received to the spans. */
static void scatter(const struct k230_stack *stack, const struct k230_span *spans, int received)
{
    const size_t length = stack->piece && received > 0 ? (size_t)received : 0;
    for (size_t done = 0; done < length; spans++) {
        const size_t some = spans->length < length - done ? spans->length : length - done;
        k230_uncached_write(spans->start, stack->piece + done, some);
        done += some;
    }
}

int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct iovec iov[2];
    const struct msghdr msg = message(stack, iov, spans, count);
    if (stack->piece && iov[0].iov_len > STREAM_PIECE)
        iov[0].iov_len = STREAM_PIECE;
    gather(stack, spans, &msg);
    return result_of(sendmsg(sock, &msg, MSG_NOSIGNAL));
}

int k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    struct iovec iov[2];
    struct msghdr msg = message(stack, iov, spans, count);
    const int got = result_of(recvmsg(sock, &msg, 0));
    scatter(stack, spans, got);
    return got;
}

int k230_stack_unacknowledged(struct k230_stack *stack, int sock)
{
    (void)stack;
    int bytes = 0;
    const int status = result_of(ioctl(sock, TIOCOUTQ, &bytes)); /* tcp(7): SIOCOUTQ */
    return status < 0 ? status : bytes;
}

int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct iovec iov[2];
    struct msghdr msg = message(stack, iov, spans, count);
    gather(stack, spans, &msg);
    struct sockaddr_storage host;
    if (addr) {
        msg.msg_namelen = k230_to_sockaddr(addr, &host);
        msg.msg_name = &host;
    }
    return result_of(sendmsg(sock, &msg, MSG_NOSIGNAL));
}

/* One call for `count` datagrams: udp(7), UDP_SEGMENT. The kernel takes all of them or none: 0, or errno. */
static int send_segments(const struct k230_stack *stack, int sock, const struct k230_datagram_run *run, unsigned count)
{
    struct iovec iov[2u * RUN_DATAGRAMS];
    struct sockaddr_storage host;
    struct msghdr msg = {.msg_iov = iov};
    const uint32_t length = count * run->length;
    if (stack->piece) {
        iov[msg.msg_iovlen++] = (struct iovec){.iov_base = stack->piece, .iov_len = length};
        gather(stack, run->spans, &msg);
    }
    for (uint32_t left = stack->piece ? 0 : length; left != 0; msg.msg_iovlen++) {
        const struct k230_span *span = &run->spans[msg.msg_iovlen];
        iov[msg.msg_iovlen] = (struct iovec){.iov_base = span->start, .iov_len = span->length};
        left -= span->length;
    }
    if (run->addr) {
        msg.msg_namelen = k230_to_sockaddr(run->addr, &host);
        msg.msg_name = &host;
    }
    const uint16_t each = (uint16_t)run->length;
    union {
        struct cmsghdr head;
        uint8_t room[CMSG_SPACE(sizeof each)];
    } control;
    memset(&control, 0, sizeof control);
    control.head =
        (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof each), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
    memcpy(CMSG_DATA(&control.head), &each, sizeof each);
    msg.msg_control = &control;
    msg.msg_controllen = sizeof control;
    return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* Errors that may tell of the run and not of a datagram: udp_send_skb in Linux' net/ipv4/udp.c. What comes back from
 * the network is none of them, and is taken by being told; but for EMSGSIZE, which is lost here once. */
static bool is_about_runs(int error)
{
    return error == EMSGSIZE || error == EINVAL || error == EIO || error == ENOMEM || error == ENOBUFS;
}

/* The longest that is still worth a try, where a run gave `error` and its first datagram alone did not. There may be
 * other ways out that would take it, but a try costs a call. */
static uint32_t longest_after(const struct k230_stack *stack, int error, uint32_t length)
{
    switch (error) {
    case EMSGSIZE: /* longer than the way's MTU: only alone it goes in fragments */
    case EINVAL:   /* an older kernel's word for it */
        return length - 1;
    case EIO: /* a way that encrypts, or leaves the checksums to the kernel */
        return 0;
    default: /* no memory at this moment */
        return stack->longest_in_run;
    }
}

int k230_stack_sendto_run(struct k230_stack *stack, int sock, const struct k230_datagram_run *run)
{
    unsigned count = run->count < RUN_DATAGRAMS ? run->count : RUN_DATAGRAMS;
    if (count > RUN_BYTES / run->length)
        count = RUN_BYTES / run->length;
    if (count < 2 || run->length > stack->longest_in_run)
        return k230_stack_sendto_first(stack, sock, run);
    const int error = send_segments(stack, sock, run, count);
    if (error == 0)
        return (int)count;
    if (!is_about_runs(error))
        return k230_from_errno(error);
    const int first = k230_stack_sendto_first(stack, sock, run);
    if (first >= 0)
        stack->longest_in_run = longest_after(stack, error, run->length);
    return first;
}

int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    struct iovec iov[2];
    struct msghdr msg = message(stack, iov, spans, count);
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    msg.msg_name = &host;
    msg.msg_namelen = sizeof host;
    const int result = result_of(recvmsg(sock, &msg, 0));
    scatter(stack, spans, result);
    if (result >= 0) {
        k230_from_sockaddr(&host, from);
        *truncated = msg.msg_flags & MSG_TRUNC;
    }
    return result;
}

/* ---- readiness --------------------------------------------------------------------------------------------------- */

int k230_stack_watch(struct k230_stack *stack, int sock, uint32_t events, uint32_t tag)
{
    struct epoll_event wanted = {.events = (events & K230_STACK_IN ? (uint32_t)EPOLLIN : 0) |
                                           (events & K230_STACK_OUT ? (uint32_t)EPOLLOUT : 0),
                                 .data = {.u32 = tag}};
    if (events == 0) /* epoll reports errors even for an empty mask, so the socket has to go */
        return epoll_ctl(stack->epoll_fd, EPOLL_CTL_DEL, sock, &wanted) < 0 && errno != ENOENT ? k230_from_errno(errno)
                                                                                               : 0;
    if (epoll_ctl(stack->epoll_fd, EPOLL_CTL_MOD, sock, &wanted) == 0)
        return 0;
    if (errno != ENOENT)
        return k230_from_errno(errno);
    return result_of(epoll_ctl(stack->epoll_fd, EPOLL_CTL_ADD, sock, &wanted));
}

bool k230_stack_ready(struct k230_stack *stack, int sock, uint32_t events)
{
    (void)stack;
    struct pollfd look = {
        .fd = sock, .events = (short)((events & K230_STACK_IN ? POLLIN : 0) | (events & K230_STACK_OUT ? POLLOUT : 0))};
    return poll(&look, 1, 0) == 1 && (look.revents & look.events);
}

int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    struct epoll_event found[64];
    if (room > sizeof found / sizeof found[0])
        room = sizeof found / sizeof found[0];
    const int count = epoll_wait(stack->epoll_fd, found, (int)room, (int)timeout_ms);
    int stored = 0;
    for (int i = 0; i < count; i++) {
        if (found[i].data.u32 == NETWORK_TAG) {
            k230_network_look(&stack->network);
            continue;
        }
        if (found[i].data.u32 == DOORBELL_TAG || found[i].data.u32 == WAKE_TAG) {
            uint64_t doorbells;
            /* Emptying it is the acknowledgement; how many there were does not matter. */
            const ssize_t got = read(found[i].data.u32 == DOORBELL_TAG ? stack->doorbell_fd : stack->wake_fd,
                                     &doorbells, sizeof doorbells);
            (void)got;
            continue;
        }
        events[stored].tag = found[i].data.u32;
        events[stored].events = (found[i].events & (EPOLLIN | EPOLLRDHUP) ? K230_STACK_IN : 0) |
                                (found[i].events & EPOLLOUT ? K230_STACK_OUT : 0) |
                                (found[i].events & (EPOLLERR | EPOLLHUP) ? K230_STACK_ERR : 0);
        stored++;
    }
    return stored;
}

void k230_stack_wake(struct k230_stack *stack)
{
    const uint64_t one = 1;
    const ssize_t written = write(stack->wake_fd, &one, sizeof one);
    (void)written; /* a full counter wakes its reader as well */
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag)
{
    return k230_resolver_ask(&stack->resolver, query, tag);
}

bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer)
{
    return k230_resolver_answer(&stack->resolver, tag, answer);
}
