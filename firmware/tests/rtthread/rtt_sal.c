/* SAL, DFS and netdev over the kernel's sockets, with the faults that the K230 vendor's kernel showed under emulation
 * and those that its sources have: errno of either sign or none at all, left-over errno after success, a halt on a
 * second connect, a recv that hangs without a connection, errors that poll shows once, a poll that fails as a whole
 * when one interface is down, an accept that halts over a connection that was reset, lwIP's names for a refused
 * connect, no sendmsg, datagrams cut without a word, SO_LINGER and SO_SNDBUF not built in, "no memory" for whatever
 * keeps a socket from being made. */
#include <rtthread.h>

#include <dfs_posix.h>
#include <netdb.h>
#include <sys/socket.h>

#include "rtt_host.h"
#include "rtthread_below.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FDS 4096
#define DEVICE_FD (FDS + 1)

struct sock {
    bool used, stream, ipv6, nonblocking, listening, connecting, connected;
    bool error_shown; /* poll shows an error once */
    bool dead;        /* reset: lwIP has no control block any more */
    bool error_given;
};
static struct sock s_socks[FDS];
static int s_left = -1;
static int s_without_memory;

/* -1, and errno as one layer stores it, or as the other does. */
static int fail(int error)
{
    static unsigned turn;
    rt_set_errno(turn++ % 2 ? -error : error);
    return -1;
}
static int fail_silently(void) { return -1; }
static int succeed(int value)
{
    rt_set_errno(ENOTCONN); /* lwIP's recv leaves it behind at the end of a stream */
    return value;
}
static int finish(int result) { return result < 0 ? fail(-result) : succeed(result); }

static void halt(const char *why)
{
    fprintf(stderr, "the kernel halts or hangs: %s\n", why);
    abort();
}

static struct sock *sock_of(int fd) { return fd >= 0 && fd < FDS && s_socks[fd].used ? &s_socks[fd] : NULL; }

/* ---- netdev ------------------------------------------------------------------------------------------------------ */

static struct netdev s_e0;
static unsigned s_calls;
struct netdev *netdev_list;
struct netdev *netdev_default;

static void application_status(struct netdev *netdev, enum netdev_cb_type type)
{
    (void)netdev;
    (void)type;
    s_calls++;
}

unsigned rtt_application_calls(void) { return s_calls; }

static uint32_t ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t ip[4] = {a, b, c, d};
    uint32_t number;
    memcpy(&number, ip, sizeof number);
    return number;
}

void rtt_interface_reset(void)
{
    const netdev_callback_fn status = netdev_list ? s_e0.status_callback : application_status;
    const netdev_callback_fn addr = s_e0.addr_callback;
    memset(&s_e0, 0, sizeof s_e0);
    memcpy(s_e0.name, "e0", 3);
    s_e0.status_callback = status;
    s_e0.addr_callback = addr;
    s_e0.flags = NETDEV_FLAG_UP | NETDEV_FLAG_LINK_UP | NETDEV_FLAG_ETHERNET | NETDEV_FLAG_ETHARP |
                 NETDEV_FLAG_BROADCAST | NETDEV_FLAG_IGMP | NETDEV_FLAG_DHCP;
    s_e0.mtu = 1500;
    s_e0.hwaddr_len = 6;
    memcpy(s_e0.hwaddr, "\x02\x4b\x32\x33\x30\x01", 6);
    s_e0.ip_addr.u_addr.ip4.addr = ip4(127, 0, 0, 1);
    s_e0.netmask.u_addr.ip4.addr = ip4(255, 0, 0, 0);
    s_e0.gw.u_addr.ip4.addr = ip4(127, 0, 0, 254);
    s_e0.dns_servers[1].u_addr.ip4.addr = ip4(192, 0, 2, 53);
    s_e0.ip6_addr[0].type = IPADDR_TYPE_V6;
    ((uint8_t *)s_e0.ip6_addr[0].u_addr.ip6.addr)[15] = 1;
    netdev_list = netdev_default = &s_e0;
}

__attribute__((constructor)) static void at_start(void) { rtt_interface_reset(); }

void rtt_interface(bool up, bool link)
{
    s_e0.flags = (uint16_t)((s_e0.flags & ~(NETDEV_FLAG_UP | NETDEV_FLAG_LINK_UP)) | (up ? NETDEV_FLAG_UP : 0) |
                            (link ? NETDEV_FLAG_LINK_UP : 0));
    if (s_e0.status_callback)
        s_e0.status_callback(&s_e0, up ? NETDEV_CB_STATUS_UP : NETDEV_CB_STATUS_DOWN);
}

void rtt_interface_address(const uint8_t ip[4])
{
    memcpy(&s_e0.ip_addr.u_addr.ip4.addr, ip, 4);
    if (s_e0.addr_callback)
        s_e0.addr_callback(&s_e0, NETDEV_CB_ADDR_IP);
}

void rtt_interface_gateway(const uint8_t ip[4])
{
    memcpy(&s_e0.gw.u_addr.ip4.addr, ip, 4);
    if (s_e0.addr_callback)
        s_e0.addr_callback(&s_e0, NETDEV_CB_ADDR_IP);
}

struct netdev *netdev_get_first_by_flags(uint16_t flags) { return (s_e0.flags & flags) == flags ? &s_e0 : NULL; }
void netdev_set_status_callback(struct netdev *netdev, netdev_callback_fn callback)
{
    netdev->status_callback = callback;
}
void netdev_set_addr_callback(struct netdev *netdev, netdev_callback_fn callback) { netdev->addr_callback = callback; }

static bool is_up(void) { return netdev_is_up(&s_e0); }

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static void from_sal(const struct sockaddr *name, struct k230_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    if (name->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)name;
        addr->family = K230_AF_INET6;
        addr->port = ntohs(in6->sin6_port);
        addr->flow = ntohl(in6->sin6_flowinfo);
        addr->scope = in6->sin6_scope_id;
        memcpy(addr->ip, &in6->sin6_addr, 16);
    } else if (name->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)name;
        addr->family = K230_AF_INET;
        addr->port = ntohs(in->sin_port);
        memcpy(addr->ip, &in->sin_addr, 4);
    }
}

static void to_sal(const struct k230_addr *addr, struct sockaddr *name, socklen_t *length)
{
    struct sockaddr_storage storage;
    memset(&storage, 0, sizeof storage);
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    if (addr->family == K230_AF_INET6 && memcmp(addr->ip, mapped, 12) != 0) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&storage;
        in6->sin6_len = sizeof *in6;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope;
        memcpy(&in6->sin6_addr, addr->ip, 16);
    } else { /* lwIP shows mapped addresses as IPv4 */
        struct sockaddr_in *in = (struct sockaddr_in *)&storage;
        in->sin_len = sizeof *in;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->family == K230_AF_INET6 ? addr->ip + 12 : addr->ip, 4);
    }
    const socklen_t own = storage.s2_len;
    memcpy(name, &storage, *length < own ? *length : own);
    *length = own;
}

/* ---- life of a socket -------------------------------------------------------------------------------------------- */

void rtt_descriptors_left(int count) { s_left = count; }

static int keep(int fd, struct sock sock)
{
    if (fd >= FDS)
        abort();
    sock.used = true;
    s_socks[fd] = sock;
    return succeed(fd);
}

int socket(int domain, int type, int protocol)
{
    (void)protocol;
    const int fd = (domain == AF_INET || domain == AF_INET6) && s_left != 0 && is_up()
                       ? rtt_host_socket(domain == AF_INET6, type == SOCK_DGRAM)
                       : -1;
    if (fd < 0) {
        rt_set_errno(-ENOMEM);
        return -1;
    }
    if (s_left > 0)
        s_left--;
    return keep(fd, (struct sock){.stream = type == SOCK_STREAM, .ipv6 = domain == AF_INET6});
}

int closesocket(int fd)
{
    struct sock *sock = sock_of(fd);
    if (!sock) {
        rt_set_errno(-ENOTSOCK);
        return -1;
    }
    sock->used = false;
    if (s_left >= 0)
        s_left++;
    rtt_host_close(fd);
    return succeed(0);
}

int ioctlsocket(int fd, long command, void *argument)
{
    struct sock *sock = sock_of(fd);
    if (!sock)
        return fail_silently();
    if (command != (long)FIONBIO || *(int *)argument != 1)
        return fail(ENOSYS);
    sock->nonblocking = true;
    return finish(rtt_host_nonblocking(fd));
}

int bind(int fd, const struct sockaddr *name, socklen_t length)
{
    (void)length;
    if (!sock_of(fd))
        return fail_silently();
    struct k230_addr addr;
    from_sal(name, &addr);
    uint32_t ip;
    memcpy(&ip, addr.ip, sizeof ip);
    if (addr.family == K230_AF_INET && ip != 0 && ip != s_e0.ip_addr.u_addr.ip4.addr)
        return fail_silently();
    return finish(rtt_host_bind(fd, &addr));
}

int listen(int fd, int backlog)
{
    struct sock *sock = sock_of(fd);
    if (!sock)
        return fail_silently();
    sock->listening = true;
    return finish(rtt_host_listen(fd, backlog));
}

int accept(int fd, struct sockaddr *name, socklen_t *length)
{
    const struct sock *sock = sock_of(fd);
    if (!sock || !is_up())
        return fail_silently();
    if (!sock->nonblocking)
        halt("a blocking accept");
    struct k230_addr peer;
    const int accepted = rtt_host_accept(fd, &peer);
    if (accepted < 0)
        return fail(-accepted);
    if (name && rtt_host_peer(accepted, &peer) < 0)
        halt("accept frees a connection twice that was reset while it waited");
    if (name)
        to_sal(&peer, name, length);
    return keep(accepted, (struct sock){.stream = true, .ipv6 = sock->ipv6, .connected = true});
}

int shutdown(int fd, int how)
{
    if (how == SHUT_WR && sock_of(fd) && !sock_of(fd)->dead && rtt_host_shutdown(fd) == 0)
        return succeed(0);
    rt_set_errno(-ENOTSOCK);
    return -1;
}

int connect(int fd, const struct sockaddr *name, socklen_t length)
{
    (void)length;
    struct sock *sock = sock_of(fd);
    if (!sock || !is_up())
        return fail_silently();
    if (sock->stream && (sock->connected || sock->connecting || sock->listening || !sock->nonblocking))
        halt("a second or blocking connect");
    struct k230_addr addr;
    from_sal(name, &addr);
    const int status = rtt_host_connect(fd, name->sa_family == AF_UNSPEC ? NULL : &addr);
    if (status == -ENETUNREACH)
        return fail(EHOSTUNREACH);
    if (status == -ECONNREFUSED)
        return fail(ECONNRESET);
    if (sock->stream && status == -EINPROGRESS)
        sock->connecting = true;
    else if (sock->stream && status == 0)
        sock->connected = true;
    return finish(status);
}

static bool s_has_loop;

void k230_rtthread_add_loop(void) { s_has_loop = true; }

int k230_rtthread_bind_loop(int fd, const void *address, unsigned length)
{
    (void)length;
    struct k230_addr addr;
    from_sal(address, &addr);
    return s_has_loop && sock_of(fd) ? finish(rtt_host_bind(fd, &addr)) : fail(EADDRNOTAVAIL);
}

uint32_t k230_rtthread_interface(uint32_t index, uint8_t address[4])
{
    if (index > 1)
        return 0;
    memcpy(address, &s_e0.ip_addr.u_addr.ip4.addr, 4);
    return 1; /* the host's loop has this number too */
}

void k230_rtthread_reset(int fd)
{
    rtt_host_reset(fd);
    s_socks[fd].dead = true;
}

int k230_rtthread_unacknowledged(int fd) { return rtt_host_unacknowledged(fd); }

static int with_name(int status, const struct k230_addr *addr, struct sockaddr *name, socklen_t *length)
{
    if (status < 0)
        return fail(-status);
    to_sal(addr, name, length);
    return succeed(0);
}

int getsockname(int fd, struct sockaddr *name, socklen_t *length)
{
    struct k230_addr addr;
    if (!sock_of(fd))
        return fail_silently();
    return with_name(sock_of(fd)->dead ? -ENOTCONN : rtt_host_local(fd, &addr), &addr, name, length);
}

int getpeername(int fd, struct sockaddr *name, socklen_t *length)
{
    struct k230_addr addr;
    if (!sock_of(fd))
        return fail_silently();
    return with_name(sock_of(fd)->dead ? -ENOTCONN : rtt_host_peer(fd, &addr), &addr, name, length);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static const struct {
    int level, option, wire_level, wire_option;
    bool byte;
} option_names[] = {
    {SOL_SOCKET, SO_REUSEADDR, K230_SOL_SOCKET, K230_SO_REUSEADDR, false},
    {SOL_SOCKET, SO_KEEPALIVE, K230_SOL_SOCKET, K230_SO_KEEPALIVE, false},
    {SOL_SOCKET, SO_BROADCAST, K230_SOL_SOCKET, K230_SO_BROADCAST, false},
    {SOL_SOCKET, SO_RCVBUF, K230_SOL_SOCKET, K230_SO_RCVBUF, false},
    {SOL_SOCKET, SO_ERROR, K230_SOL_SOCKET, K230_SO_ERROR, false},
    {IPPROTO_TCP, TCP_NODELAY, K230_LEVEL_TCP, K230_TCP_NODELAY, false},
    {IPPROTO_TCP, TCP_KEEPIDLE, K230_LEVEL_TCP, K230_TCP_KEEPIDLE, false},
    {IPPROTO_TCP, TCP_KEEPINTVL, K230_LEVEL_TCP, K230_TCP_KEEPINTVL, false},
    {IPPROTO_TCP, TCP_KEEPCNT, K230_LEVEL_TCP, K230_TCP_KEEPCNT, false},
    {IPPROTO_IP, IP_TOS, K230_LEVEL_IP, K230_IP_TOS, false},
    {IPPROTO_IP, IP_TTL, K230_LEVEL_IP, K230_IP_TTL, false},
    {IPPROTO_IP, IP_MULTICAST_IF, K230_LEVEL_IP, K230_IP_MULTICAST_IF, false},
    {IPPROTO_IP, IP_MULTICAST_TTL, K230_LEVEL_IP, K230_IP_MULTICAST_TTL, true},
    {IPPROTO_IP, IP_MULTICAST_LOOP, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, true},
    {IPPROTO_IP, IP_ADD_MEMBERSHIP, K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, false},
    {IPPROTO_IP, IP_DROP_MEMBERSHIP, K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, false},
    {IPPROTO_IPV6, 12, K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP, false}, /* lwIP's numbers */
    {IPPROTO_IPV6, 13, K230_LEVEL_IPV6, K230_IPV6_LEAVE_GROUP, false},
    {IPPROTO_IPV6, 27, K230_LEVEL_IPV6, K230_IPV6_V6ONLY, false},
};

static int find_option(int level, int option)
{
    for (unsigned i = 0; i < sizeof option_names / sizeof option_names[0]; i++)
        if (option_names[i].level == level && option_names[i].option == option)
            return (int)i;
    return -1;
}

/* 0, or why lwIP refuses. */
static int check_option(const struct sock *sock, int at, socklen_t length)
{
    if (at < 0)
        return ENOPROTOOPT;
    if ((length == 1) != option_names[at].byte)
        return EINVAL;
    if (sock->dead && option_names[at].wire_option != K230_SO_ERROR)
        return EINVAL;
    if (sock->listening && option_names[at].level == IPPROTO_TCP)
        return EINVAL;
    return 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    const struct sock *sock = sock_of(fd);
    const int at = find_option(level, option);
    if (!sock)
        return fail_silently();
    const int error = check_option(sock, at, length);
    if (error != 0)
        return fail(error);
    if (sock->stream && option_names[at].wire_option == K230_SO_BROADCAST && level == SOL_SOCKET)
        return fail(ENOPROTOOPT);
    const int status = rtt_host_setopt(fd, option_names[at].wire_level, option_names[at].wire_option, value, length);
    return status == -ENOBUFS ? fail(ENOMEM) : finish(status);
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    struct sock *sock = sock_of(fd);
    const int at = find_option(level, option);
    if (!sock)
        return fail_silently();
    const int error = check_option(sock, at, *length);
    if (error != 0)
        return fail(error);
    int number;
    const int status = rtt_host_getopt(fd, option_names[at].wire_level, option_names[at].wire_option, &number);
    if (status < 0)
        return fail(-status);
    if (level == SOL_SOCKET && option == SO_ERROR) {
        number = number == ECONNREFUSED ? ECONNRESET : number == ETIMEDOUT ? ECONNABORTED : number;
        if (number != 0)
            sock->error_given = sock->dead = true;
        else if (sock->connecting)
            sock->connected = true; /* as far as recv and send are concerned */
    } else if (level == SOL_SOCKET && option == SO_KEEPALIVE) {
        number = number ? SO_KEEPALIVE : 0; /* the flag's bit */
    }
    if (option_names[at].byte)
        *(uint8_t *)value = (uint8_t)number;
    else
        memcpy(value, &number, sizeof number);
    return succeed(0);
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* What lwIP says of a connection's error. */
static int broken(struct sock *sock, int error)
{
    if (error == EAGAIN)
        return fail(EAGAIN);
    if (!sock->stream)
        return fail(error == ECONNREFUSED ? EAGAIN : error); /* lwIP never learns of a closed port */
    sock->dead = true;
    if (sock->error_given)
        return fail(ENOTCONN);
    sock->error_given = true;
    return fail(ECONNRESET);
}

static int move_out(int fd, const void *bytes, size_t count, int flags, const struct k230_addr *to)
{
    struct sock *sock = sock_of(fd);
    if (!sock || !is_up())
        return fail_silently();
    if (sock->stream && sock->error_given)
        return fail(ENOTCONN);
    if (count > 65535 && !sock->stream)
        return fail(EMSGSIZE);
    const int sent = rtt_host_send(fd, bytes, count, flags & MSG_MORE, to);
    if (sent == -ECONNREFUSED && !sock->stream)
        return succeed((int)count);
    return sent < 0 ? broken(sock, -sent) : succeed(sent);
}

int send(int fd, const void *bytes, size_t count, int flags) { return move_out(fd, bytes, count, flags, NULL); }

int sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length)
{
    (void)length;
    struct k230_addr addr;
    if (to)
        from_sal(to, &addr);
    return move_out(fd, bytes, count, flags, to ? &addr : NULL);
}

static int move_in(int fd, void *bytes, size_t count, struct k230_addr *from)
{
    struct sock *sock = sock_of(fd);
    if (!sock || !is_up())
        return fail_silently();
    if (sock->stream && !sock->connected)
        halt("recv on a stream without a connection");
    if (count == 0)
        return fail(EINVAL);
    const int got = rtt_host_recv(fd, bytes, count, from);
    if (got == 0 && sock->stream && sock->error_given)
        return fail(ENOTCONN);
    return got < 0 ? broken(sock, -got) : succeed(got);
}

int recv(int fd, void *bytes, size_t count, int flags)
{
    (void)flags;
    struct k230_addr from;
    return move_in(fd, bytes, count, &from);
}

int recvfrom(int fd, void *bytes, size_t count, int flags, struct sockaddr *from, socklen_t *length)
{
    (void)flags;
    struct k230_addr addr;
    const int got = move_in(fd, bytes, count, &addr);
    if (got >= 0)
        to_sal(&addr, from, length);
    return got;
}

/* ---- files and poll ---------------------------------------------------------------------------------------------- */

static struct dfs_fd s_file;
static bool s_open;

int open(const char *path, int flags, ...)
{
    (void)flags;
    const rt_device_t device = strncmp(path, "/dev/", 5) == 0 ? rt_device_find(path + 5) : NULL;
    if (!device || s_open || !device->fops || !device->fops->open || device->fops->open(&s_file) != 0)
        return fail(ENOENT);
    s_open = true;
    return succeed(DEVICE_FD);
}

int close(int fd)
{
    if (fd != DEVICE_FD || !s_open)
        return fail(EBADF);
    s_open = false;
    return succeed(rt_device_find("k230db")->fops->close(&s_file));
}

static rt_wqueue_t *s_queue; /* that the poll waits on */

static void add_to_queue(rt_wqueue_t *queue, struct rt_pollreq *request)
{
    (void)request;
    s_queue = queue;
    __atomic_store_n(&queue->sleepers, request, __ATOMIC_SEQ_CST);
}

/* One look at all of them; -1 if an interface is down. */
static int look(struct pollfd *fds, nfds_t count, struct rt_pollreq *request, int timeout_ms)
{
    static struct rtt_polled polled[FDS];
    int found = 0;
    if (count > FDS)
        abort();
    for (nfds_t i = 0; i < count; i++) {
        fds[i].revents = 0;
        polled[i] = (struct rtt_polled){.fd = -1};
        if (fds[i].fd == DEVICE_FD && s_open) {
            request->_key = (short)(fds[i].events | POLLERR | POLLHUP);
            fds[i].revents = (short)(rt_device_find("k230db")->fops->poll(&s_file, request) & fds[i].events);
            found += fds[i].revents != 0;
        } else if (fds[i].fd >= 0) {
            if (!sock_of(fds[i].fd) || !is_up())
                return -1;
            polled[i].fd = fds[i].fd;
            polled[i].in = fds[i].events & POLLIN;
            polled[i].out = fds[i].events & POLLOUT;
        }
    }
    rtt_host_poll(polled, count, request->_proc != NULL, found != 0 ? 0 : timeout_ms);
    for (nfds_t i = 0; i < count; i++) {
        if (polled[i].fd < 0)
            continue;
        struct sock *sock = sock_of(polled[i].fd);
        const bool error = polled[i].error && sock->stream && !sock->error_shown;
        if (error && !sock->connecting)
            sock->dead = true;
        if (error)
            sock->error_shown = true;
        fds[i].revents = (short)((polled[i].in ? POLLIN : 0) | (polled[i].out ? POLLOUT : 0) | (error ? POLLERR : 0));
        found += fds[i].revents != 0;
    }
    return found;
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    struct rt_pollreq request = {._proc = timeout_ms != 0 ? add_to_queue : NULL};
    int found = look(fds, count, &request, timeout_ms);
    if (s_queue)
        __atomic_store_n(&s_queue->sleepers, NULL, __ATOMIC_SEQ_CST);
    if (found == 0 && timeout_ms != 0) {
        request._proc = NULL;
        found = look(fds, count, &request, 0);
    }
    rt_set_errno(-116); /* a wait that timed out leaves this in the thread's error */
    return found;
}

/* ---- look-ups ---------------------------------------------------------------------------------------------------- */

void rtt_look_ups_without_memory(int count) { s_without_memory = count; }

int inet_pton(int family, const char *text, void *ip)
{
    struct k230_addr addr;
    if (family != AF_INET6 || !strchr(text, ':') || rtt_host_look_up(text, K230_AF_INET6, &addr) != 0)
        return 0;
    memcpy(ip, addr.ip, 16);
    return 1;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    if (!is_up())
        return -1;
    if (s_without_memory > 0) {
        s_without_memory--;
        return EAI_MEMORY;
    }
    struct k230_addr addr;
    const int family = hints->ai_family == AF_INET6 ? K230_AF_INET6 : K230_AF_INET;
    if (rtt_host_look_up(host, family, &addr) != 0)
        return EAI_FAIL;
    addr.port = service ? (uint16_t)atoi(service) : 0;
    struct answer {
        struct addrinfo info;
        struct sockaddr_storage storage;
    } *answer = calloc(1, sizeof *answer);
    answer->info.ai_addr = (struct sockaddr *)&answer->storage;
    answer->info.ai_addrlen = sizeof answer->storage;
    to_sal(&addr, answer->info.ai_addr, &answer->info.ai_addrlen);
    *list = &answer->info;
    return 0;
}

void freeaddrinfo(struct addrinfo *list) { free(list); }
