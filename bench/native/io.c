#define _GNU_SOURCE
#include "io.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct sockaddr_in bench_loop(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int bench_connect(uint16_t port)
{
    const struct sockaddr_in to = bench_loop(port);
    const int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock >= 0 && connect(sock, (const struct sockaddr *)&to, sizeof to) < 0) {
        close(sock);
        return -1;
    }
    return sock;
}

bool bench_no_delay(int sock)
{
    const int on = 1;
    return setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

bool bench_send_all(int sock, const void *data, size_t length)
{
    while (length > 0) {
        const ssize_t sent = send(sock, data, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        data = (const char *)data + sent;
        length -= (size_t)sent;
    }
    return true;
}

bool bench_recv_all(int sock, void *data, size_t length)
{
    while (length > 0) {
        const ssize_t got = recv(sock, data, length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        data = (char *)data + got;
        length -= (size_t)got;
    }
    return true;
}

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
