/* The kernel's sockets for the stand-in. */
#define _GNU_SOURCE
#include "rtt_host.h"

#include "k230_address_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? -errno : (int)value; }

int rtt_host_socket(bool is_ipv6, bool is_datagram)
{
    return result(socket(is_ipv6 ? AF_INET6 : AF_INET, (is_datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
}

void rtt_host_close(int fd) { close(fd); }

void rtt_host_reset(int fd)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    connect(fd, &nobody, sizeof nobody); /* Linux resets a connection so */
}

int rtt_host_unacknowledged(int fd)
{
    int bytes = 0;
    return ioctl(fd, TIOCOUTQ, &bytes) < 0 ? -1 : bytes;
}

int rtt_host_nonblocking(int fd)
{
    int on = 1;
    return result(ioctl(fd, FIONBIO, &on));
}

int rtt_host_bind(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host;
    const socklen_t length = k230_to_sockaddr(addr, &host);
    return result(bind(fd, (struct sockaddr *)&host, length));
}

int rtt_host_listen(int fd, int backlog) { return result(listen(fd, backlog)); }

static int with_addr(int value, const struct sockaddr_storage *host, struct k230_addr *addr)
{
    if (value < 0)
        return -errno;
    k230_from_sockaddr(host, addr);
    return value;
}

int rtt_host_accept(int fd, struct k230_addr *peer)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    return with_addr(accept4(fd, (struct sockaddr *)&host, &length, SOCK_CLOEXEC), &host, peer);
}

int rtt_host_connect(int fd, const struct k230_addr *addr)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    const socklen_t length = addr ? k230_to_sockaddr(addr, &host) : (socklen_t)sizeof host;
    return result(connect(fd, (struct sockaddr *)&host, length));
}

int rtt_host_shutdown(int fd) { return result(shutdown(fd, SHUT_WR)); }

int rtt_host_local(int fd, struct k230_addr *addr)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    return with_addr(getsockname(fd, (struct sockaddr *)&host, &length), &host, addr);
}

int rtt_host_peer(int fd, struct k230_addr *addr)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    return with_addr(getpeername(fd, (struct sockaddr *)&host, &length), &host, addr);
}

static const struct {
    int level, option, host_level, host_option;
} option_names[] = {
    {K230_SOL_SOCKET, K230_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR},
    {K230_SOL_SOCKET, K230_SO_ERROR, SOL_SOCKET, SO_ERROR},
    {K230_SOL_SOCKET, K230_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST},
    {K230_SOL_SOCKET, K230_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF},
    {K230_SOL_SOCKET, K230_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE},
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
    {K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP, IPPROTO_IPV6, IPV6_JOIN_GROUP},
    {K230_LEVEL_IPV6, K230_IPV6_LEAVE_GROUP, IPPROTO_IPV6, IPV6_LEAVE_GROUP},
    {K230_LEVEL_IPV6, K230_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY},
};

static int find_option(int level, int option)
{
    for (unsigned i = 0; i < sizeof option_names / sizeof option_names[0]; i++)
        if (option_names[i].level == level && option_names[i].option == option)
            return (int)i;
    return -1;
}

int rtt_host_setopt(int fd, int level, int option, const void *value, unsigned length)
{
    const int at = find_option(level, option);
    return at < 0 ? -ENOPROTOOPT
                  : result(setsockopt(fd, option_names[at].host_level, option_names[at].host_option, value, length));
}

int rtt_host_getopt(int fd, int level, int option, int *value)
{
    const int at = find_option(level, option);
    socklen_t length = sizeof *value;
    *value = 0;
    return at < 0 ? -ENOPROTOOPT
                  : result(getsockopt(fd, option_names[at].host_level, option_names[at].host_option, value, &length));
}

int rtt_host_send(int fd, const void *bytes, size_t count, bool more, const struct k230_addr *to)
{
    struct sockaddr_storage host;
    const socklen_t length = to ? k230_to_sockaddr(to, &host) : 0;
    return result(sendto(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0),
                         to ? (struct sockaddr *)&host : NULL, length));
}

int rtt_host_recv(int fd, void *bytes, size_t count, struct k230_addr *from)
{
    struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof host;
    return with_addr((int)recvfrom(fd, bytes, count, MSG_DONTWAIT, (struct sockaddr *)&host, &length), &host, from);
}

int rtt_host_look_up(const char *host, int family, struct k230_addr *addr)
{
    struct addrinfo *list;
    const struct addrinfo hints = {.ai_family = k230_to_family(family), .ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, NULL, &hints, &list) != 0)
        return -1;
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    memcpy(&storage, list->ai_addr, list->ai_addrlen);
    k230_from_sockaddr(&storage, addr);
    freeaddrinfo(list);
    return 0;
}

/* ---- poll -------------------------------------------------------------------------------------------------------- */

static int s_kick_fd;

__attribute__((constructor)) static void make_kick(void) { s_kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void rtt_host_kick(void)
{
    const uint64_t one = 1;
    if (write(s_kick_fd, &one, sizeof one) < 0)
        abort();
}

void rtt_host_poll(struct rtt_polled *polled, unsigned count, bool may_kick, int timeout_ms)
{
    static struct pollfd fds[2048];
    if (count + 1u > sizeof fds / sizeof fds[0])
        abort();
    for (unsigned i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = polled[i].fd,
                                 .events = (short)((polled[i].in ? POLLIN : 0) | (polled[i].out ? POLLOUT : 0))};
    fds[count] = (struct pollfd){.fd = may_kick ? s_kick_fd : -1, .events = POLLIN};
    poll(fds, count + 1u, timeout_ms);
    uint64_t kicks;
    if (fds[count].revents != 0 && read(s_kick_fd, &kicks, sizeof kicks) < 0)
        abort();
    for (unsigned i = 0; i < count; i++) {
        const short found = polled[i].fd < 0 ? 0 : fds[i].revents;
        polled[i].in = found & POLLIN;
        polled[i].out = found & POLLOUT;
        polled[i].error = found & POLLERR;
    }
}
