/* The far end of every measurement: a process that speaks TCP and UDP on the loop and does as the near end asks, so
 * that all near ends meet the same peer. It prints its two ports and ends when its standard input does; far.h says what
 * it understands.
 */
#define _GNU_SOURCE
#include "far.h"

#include "io.h"

#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (256u * 1024u)
/* The least that a slow reader takes at once: it sleeps for so long each time that being woken late changes little. */
#define SLOW_CHUNK (32u * 1024u)

static _Atomic uint64_t s_datagrams;
static _Atomic uint64_t s_dropped;
static int s_udp;

/* ---- what a connection can ask for --------------------------------------------------------------------------------
 */

static void sleep_until(double when)
{
    const struct timespec time = {.tv_sec = (time_t)when, .tv_nsec = (long)((when - (double)(time_t)when) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0)
        ;
}

static void sink(int sock, const struct bench_ask *ask)
{
    const double rate = (double)ask->size * 1024;
    const size_t room = ask->size ? SLOW_CHUNK : CHUNK;
    const int little = (int)SLOW_CHUNK;
    const double start = bench_now();
    char *buffer = malloc(CHUNK);
    uint64_t came = 0;
    if (ask->size)
        setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    while (buffer && came < ask->total) {
        const ssize_t got = recv(sock, buffer, room, 0);
        if (got <= 0)
            break;
        came += (uint64_t)got;
        if (ask->size)
            sleep_until(start + (double)came / rate);
    }
    bench_send_all(sock, &came, sizeof came);
    free(buffer);
}

static void source(int sock, const struct bench_ask *ask)
{
    char *buffer = malloc(CHUNK);
    if (!buffer)
        return;
    for (size_t i = 0; i < CHUNK; i++)
        buffer[i] = i % BENCH_LINE == BENCH_LINE - 1 ? '\n' : (char)('a' + i % 26);
    for (uint64_t left = ask->total; left > 0;) {
        const size_t piece = left < CHUNK ? (size_t)left : CHUNK;
        if (!bench_send_all(sock, buffer, piece))
            break;
        left -= piece;
    }
    free(buffer);
}

static void echo(int sock, const struct bench_ask *ask)
{
    char buffer[BENCH_ECHO_MAX];
    if (ask->size == 0 || ask->size > sizeof buffer)
        return;
    while (bench_recv_all(sock, buffer, ask->size) && bench_send_all(sock, buffer, ask->size))
        ;
}

/* One connection after another to the port that the near end listens on; each ends with a byte from there. */
static void call(int sock, const struct bench_ask *ask)
{
    char byte;
    for (uint64_t i = 0; i < ask->total; i++) {
        const int to = bench_connect((uint16_t)ask->size);
        if (to < 0 || !bench_recv_all(to, &byte, 1))
            break;
        close(to);
    }
    bench_send_all(sock, &byte, 1);
}

static void flood(int sock, const struct bench_ask *ask)
{
    char buffer[BENCH_DATAGRAM_MAX] = {0};
    const struct sockaddr_in to = bench_loop((uint16_t)ask->port);
    if (ask->size > sizeof buffer)
        return;
    for (uint64_t i = 0; i < ask->total; i++)
        sendto(s_udp, buffer, ask->size, 0, (const struct sockaddr *)&to, sizeof to);
    bench_send_all(sock, &ask->total, sizeof ask->total);
}

static void count(int sock)
{
    const struct bench_datagrams answer = {.came = atomic_load(&s_datagrams), .dropped = atomic_load(&s_dropped)};
    bench_send_all(sock, &answer, sizeof answer);
}

static void *serve(void *arg)
{
    const int sock = (int)(intptr_t)arg;
    struct bench_ask ask;
    bench_no_delay(sock);
    if (bench_recv_all(sock, &ask, sizeof ask)) {
        switch (ask.service) {
        case BENCH_SINK:
            sink(sock, &ask);
            break;
        case BENCH_SOURCE:
            source(sock, &ask);
            break;
        case BENCH_ECHO:
            echo(sock, &ask);
            break;
        case BENCH_CALL:
            call(sock, &ask);
            break;
        case BENCH_FLOOD:
            flood(sock, &ask);
            break;
        case BENCH_COUNT:
            count(sock);
            break;
        default:
            fprintf(stderr, "bench far end: nobody knows service %u\n", ask.service);
            break;
        }
    }
    close(sock);
    return NULL;
}

/* ---- datagrams ----------------------------------------------------------------------------------------------------
 */

/* Counts what comes, and what the kernel had no room for: SO_RXQ_OVFL tells of the latter with the next datagram. */
static void *take_datagrams(void *unused)
{
    (void)unused;
    char buffer[BENCH_DATAGRAM_MAX];
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(uint32_t))];
    } control;
    for (;;) {
        struct iovec iov = {.iov_base = buffer, .iov_len = sizeof buffer};
        struct msghdr msg = {
            .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        if (recvmsg(s_udp, &msg, 0) < 0)
            continue;
        atomic_fetch_add(&s_datagrams, 1);
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
            uint32_t dropped;
            if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
                continue;
            memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
            atomic_store(&s_dropped, dropped);
        }
    }
    return NULL;
}

/* ---- the process --------------------------------------------------------------------------------------------------
 */

static void *accept_all(void *arg)
{
    const int listener = (int)(intptr_t)arg;
    for (;;) {
        const int sock = accept(listener, NULL, NULL);
        pthread_t thread;
        if (sock < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)sock) == 0)
            pthread_detach(thread);
        else
            close(sock);
    }
    return NULL;
}

/* One after another: a byte, the same byte back. Without a thread for each, so that little of what is measured is the
 * far end's. */
static void *accept_bytes(void *arg)
{
    const int listener = (int)(intptr_t)arg;
    for (;;) {
        const int sock = accept(listener, NULL, NULL);
        char byte;
        if (sock < 0)
            continue;
        if (bench_recv_all(sock, &byte, 1))
            bench_send_all(sock, &byte, 1);
        close(sock);
    }
    return NULL;
}

static bool listens(int sock, struct sockaddr_in *here)
{
    socklen_t length = sizeof *here;
    *here = bench_loop(0);
    return sock >= 0 && bind(sock, (struct sockaddr *)here, sizeof *here) == 0 && listen(sock, 1024) == 0 &&
           getsockname(sock, (struct sockaddr *)here, &length) == 0;
}

int main(void)
{
    if (!isatty(STDIN_FILENO))
        signal(SIGINT, SIG_IGN); /* Ctrl-C is for whoever started this; when that ends, so does the input */
    const int streams = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int bytes = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in here;
    struct sockaddr_in here_bytes;
    pthread_t threads[3];
    const int on = 1;
    s_udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!listens(streams, &here) || !listens(bytes, &here_bytes) || s_udp < 0 ||
        bind(s_udp, (struct sockaddr *)&here, sizeof here) < 0 ||
        setsockopt(s_udp, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on) < 0) {
        perror("bench far end: 127.0.0.1");
        return 1;
    }
    if (pthread_create(&threads[0], NULL, accept_all, (void *)(intptr_t)streams) != 0 ||
        pthread_create(&threads[1], NULL, accept_bytes, (void *)(intptr_t)bytes) != 0 ||
        pthread_create(&threads[2], NULL, take_datagrams, NULL) != 0) {
        fputs("bench far end: no thread\n", stderr);
        return 1;
    }
    printf("%u %u\n", ntohs(here.sin_port), ntohs(here_bytes.sin_port));
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
