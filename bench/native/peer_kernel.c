/* The kernel's sockets directly: what everything else is measured against. */
#define _GNU_SOURCE
#include "io.h"
#include "peer.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static bool kernel_start(void) { return true; }

static void kernel_toll(struct bench_toll *toll) { *toll = (struct bench_toll){.agent_cpu = 0}; }

static int kernel_open(enum bench_type type)
{
    return socket(AF_INET, (type == BENCH_STREAM ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
}

/* The socket whose receives end after so many milliseconds: what waits tells the kernel once, not at every wait. */
static int s_limited = -1;
static int s_limit_ms;

static void kernel_close(int sock)
{
    if (sock == s_limited)
        s_limited = -1;
    close(sock);
}

static bool kernel_connect(int sock, uint16_t port)
{
    const struct sockaddr_in to = bench_loop(port);
    return connect(sock, (const struct sockaddr *)&to, sizeof to) == 0;
}

static int kernel_recv(int sock, void *data, size_t room) { return (int)recv(sock, data, room, 0); }

static bool kernel_bind(int sock, uint16_t port)
{
    const struct sockaddr_in here = bench_loop(port);
    const int on = 1;
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(sock, (const struct sockaddr *)&here, sizeof here) == 0;
}

static bool kernel_listen(int sock, uint16_t port) { return kernel_bind(sock, port) && listen(sock, 128) == 0; }

static int kernel_accept(int sock) { return accept4(sock, NULL, NULL, SOCK_CLOEXEC); }

static bool kernel_sendto(int sock, const void *data, size_t length, uint16_t port)
{
    const struct sockaddr_in to = bench_loop(port);
    return sendto(sock, data, length, 0, (const struct sockaddr *)&to, sizeof to) == (ssize_t)length;
}

static int kernel_recvfrom(int sock, void *data, size_t room, int timeout_ms)
{
    const struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (sock != s_limited || timeout_ms != s_limit_ms) {
        setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        s_limited = sock;
        s_limit_ms = timeout_ms;
    }
    return (int)recv(sock, data, room, 0);
}

static bool kernel_wait_readable(const int *socks, unsigned count, int which)
{
    struct pollfd entries[BENCH_SOCKS];
    for (unsigned i = 0; i < count; i++)
        entries[i] = (struct pollfd){.fd = socks[i], .events = POLLIN};
    while (poll(entries, count, -1) > 0)
        if (entries[which].revents)
            return true;
    return false;
}

static bool kernel_lookup(const char *host)
{
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const bool there = getaddrinfo(host, "80", &hints, &found) == 0;
    if (there)
        freeaddrinfo(found);
    return there;
}

const struct bench_peer bench_kernel = {
    .name = "kernel",
    .start = kernel_start,
    .toll = kernel_toll,
    .open = kernel_open,
    .close = kernel_close,
    .connect = kernel_connect,
    .no_delay = bench_no_delay,
    .send = bench_send_all,
    .recv = kernel_recv,
    .listen = kernel_listen,
    .accept = kernel_accept,
    .bind = kernel_bind,
    .sendto = kernel_sendto,
    .recvfrom = kernel_recvfrom,
    .wait_readable = kernel_wait_readable,
    .lookup = kernel_lookup,
};
