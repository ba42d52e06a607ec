/* A near end: k230-bench-near PEER measures what it is told on standard input, one command a line, and answers with one
 * line of key=value. bench/README.md lists what is measured; the program in C# that starts this process alternates
 * between near ends.
 *
 *   send PORT TOTAL PIECE      recv PORT TOTAL PIECE       echo PORT SIZE COUNT    messages PORT SIZE COUNT SOCKETS
 *   connect BYTEPORT COUNT     accept PORT COUNT           udp-send PORT SIZE COUNT   udp-recv PORT SIZE COUNT
 *   lookup COUNT               poll PORT IDLE COUNT        send-slow PORT TOTAL PIECE KIBPS
 *
 * send-slow is send to a peer that reads so many KiB a second.
 *
 * Every answer has seconds, cpu (of this process, in seconds), agent (the small core's), rings and rung (doorbells to
 * the small and to the big core); "error TEXT" says what went wrong.
 */
#define _GNU_SOURCE
#include "far.h"
#include "io.h"
#include "peer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS 4u
#define WARM_UP 200u /* echoes that are not counted */
#define SETTLE_S 10  /* by then every datagram has arrived or is lost */
#define PIECE_MAX (16u * 1024u * 1024u)

static const struct bench_peer *s_peer;
static uint8_t *s_buffer; /* PIECE_MAX bytes */

/* ---- answers ------------------------------------------------------------------------------------------------------
 */

struct clock {
    double wall;
    double cpu;
    struct bench_toll toll;
};

static struct clock read_clock(void)
{
    struct clock clock;
    struct timespec used;
    s_peer->toll(&clock.toll);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    clock.cpu = (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
    clock.wall = bench_now();
    return clock;
}

static bool answer_between(const struct clock *start, const struct clock *end)
{
    printf("seconds=%.9f cpu=%.9f agent=%.9f rings=%u rung=%u", end->wall - start->wall, end->cpu - start->cpu,
           end->toll.agent_cpu - start->toll.agent_cpu, end->toll.rings - start->toll.rings,
           end->toll.rung - start->toll.rung);
    return true;
}

static bool answer_until(const struct clock *start, double wall)
{
    struct clock end = read_clock();
    end.wall = wall;
    return answer_between(start, &end);
}

static bool answer(const struct clock *start) { return answer_until(start, bench_now()); }

static void answer_samples(const uint32_t *samples, uint64_t count)
{
    printf(" samples=");
    for (uint64_t i = 0; i < count; i++)
        printf(i ? ",%u" : "%u", samples[i]);
}

static bool fails(const char *what)
{
    printf("error %s: %s", s_peer->name, what);
    return false;
}

/* ---- pieces -------------------------------------------------------------------------------------------------------
 */

static bool recv_all(int sock, void *data, size_t length)
{
    while (length > 0) {
        const int got = s_peer->recv(sock, data, length);
        if (got <= 0)
            return false;
        data = (uint8_t *)data + got;
        length -= (size_t)got;
    }
    return true;
}

static int connects(uint64_t port)
{
    const int sock = s_peer->open(BENCH_STREAM);
    if (sock < 0 || s_peer->connect(sock, (uint16_t)port))
        return sock;
    s_peer->close(sock);
    return -1;
}

static bool ask(int sock, enum bench_service service, uint64_t total, uint64_t size)
{
    const struct bench_ask ask = {.service = service, .total = total, .size = (uint32_t)size};
    return s_peer->send(sock, &ask, sizeof ask);
}

/* A connection to the far end that has been told what is wanted; -1 fails. */
static int asks(uint64_t port, enum bench_service service, uint64_t total, uint64_t size)
{
    const int sock = connects(port);
    if (sock < 0 || ask(sock, service, total, size))
        return sock;
    s_peer->close(sock);
    return -1;
}

/* As asks(BENCH_ECHO), for messages that wait for nothing. */
static int asks_echo(uint64_t port, uint64_t size)
{
    const int sock = asks(port, BENCH_ECHO, 0, size);
    if (sock < 0 || s_peer->no_delay(sock))
        return sock;
    s_peer->close(sock);
    return -1;
}

/* What does not belong to the measurement goes over the kernel, whatever is measured. */
static int asks_aside(uint64_t port, struct bench_ask ask)
{
    const int sock = bench_connect((uint16_t)port);
    if (sock >= 0)
        bench_send_all(sock, &ask, sizeof ask);
    return sock;
}

static bool echo_once(int sock, size_t size)
{
    return s_peer->send(sock, s_buffer, size) && recv_all(sock, s_buffer, size);
}

static uint32_t nanoseconds(double from, double to) { return (uint32_t)((to - from) * 1e9); }

static uint16_t free_port(int type)
{
    struct sockaddr_in here = bench_loop(0);
    socklen_t length = sizeof here;
    const int sock = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    bind(sock, (struct sockaddr *)&here, sizeof here);
    getsockname(sock, (struct sockaddr *)&here, &length);
    close(sock);
    return ntohs(here.sin_port);
}

/* ---- commands -----------------------------------------------------------------------------------------------------
 */

static bool send_at(const uint64_t *arg, uint64_t kibps)
{
    const uint64_t total = arg[1];
    uint64_t came = 0;
    const int sock = asks(arg[0], BENCH_SINK, total, kibps);
    if (sock < 0)
        return fails("no connection to the far end");
    const struct clock start = read_clock();
    bool ok = true;
    for (uint64_t left = total; ok && left > 0;) {
        const size_t piece = left < arg[2] ? (size_t)left : (size_t)arg[2];
        ok = s_peer->send(sock, s_buffer, piece);
        left -= piece;
    }
    /* Else the last bytes may wait 40 ms for an acknowledgement that the far end delays (Nagle: RFC 1122, 4.2.3.4). */
    ok = ok && s_peer->no_delay(sock);
    ok = ok && recv_all(sock, &came, sizeof came) && came == total;
    ok = ok ? answer(&start) : fails("bytes got lost");
    s_peer->close(sock);
    return ok;
}

static bool measure_send(const uint64_t *arg) { return send_at(arg, 0); }

static bool measure_send_slow(const uint64_t *arg) { return send_at(arg, arg[3]); }

static bool measure_recv(const uint64_t *arg)
{
    const int sock = connects(arg[0]);
    if (sock < 0)
        return fails("no connection to the far end");
    const struct clock start = read_clock();
    uint64_t came = 0;
    int got = ask(sock, BENCH_SOURCE, arg[1], 0) ? 1 : -1;
    while (got > 0 && (got = s_peer->recv(sock, s_buffer, (size_t)arg[2])) > 0)
        came += (uint64_t)got;
    const bool ok = came == arg[1] ? answer(&start) : fails("bytes got lost");
    s_peer->close(sock);
    return ok;
}

static bool measure_echo(const uint64_t *arg)
{
    const uint64_t count = arg[2];
    uint32_t *samples = calloc(count, sizeof *samples);
    const int sock = asks_echo(arg[0], arg[1]);
    bool ok = samples && sock >= 0;
    for (unsigned i = 0; ok && i < WARM_UP; i++)
        ok = echo_once(sock, arg[1]);
    const struct clock start = read_clock();
    for (uint64_t i = 0; ok && i < count; i++) {
        const double from = bench_now();
        ok = echo_once(sock, arg[1]);
        samples[i] = nanoseconds(from, bench_now());
    }
    if (ok && answer(&start))
        answer_samples(samples, count);
    s_peer->close(sock);
    free(samples);
    return ok || fails("no echo");
}

static bool measure_messages(const uint64_t *arg)
{
    const uint64_t socks = arg[3];
    int sock[BENCH_SOCKS];
    unsigned open = 0;
    if (socks == 0 || socks > BENCH_SOCKS)
        return fails("too many sockets");
    bool ok = true;
    while (ok && open < socks) {
        sock[open] = asks_echo(arg[0], arg[1]);
        ok = sock[open] >= 0 && echo_once(sock[open], arg[1]);
        open += sock[open] >= 0;
    }
    const struct clock start = read_clock();
    for (uint64_t done = 0; ok && done < arg[2]; done += socks) {
        for (unsigned i = 0; ok && i < socks; i++)
            ok = s_peer->send(sock[i], s_buffer, arg[1]);
        for (unsigned i = 0; ok && i < socks; i++)
            ok = recv_all(sock[i], s_buffer, arg[1]);
    }
    ok = ok ? answer(&start) : fails("no echo");
    while (open > 0)
        s_peer->close(sock[--open]);
    return ok;
}

static bool measure_connect(const uint64_t *arg)
{
    const struct clock start = read_clock();
    bool ok = true;
    for (uint64_t i = 0; ok && i < arg[1]; i++) {
        const int sock = s_peer->open(BENCH_STREAM);
        ok = sock >= 0 && s_peer->connect(sock, (uint16_t)arg[0]) && echo_once(sock, 1);
        s_peer->close(sock);
    }
    return ok ? answer(&start) : fails("no connection");
}

static bool measure_accept(const uint64_t *arg)
{
    const uint16_t port = free_port(SOCK_STREAM);
    const int listener = s_peer->open(BENCH_STREAM);
    char last;
    if (listener < 0 || !s_peer->listen(listener, port))
        return fails("cannot listen");
    const struct clock start = read_clock();
    const int aside = asks_aside(arg[0], (struct bench_ask){.service = BENCH_CALL, .total = arg[1], .size = port});
    bool ok = aside >= 0;
    for (uint64_t i = 0; ok && i < arg[1]; i++) {
        const int sock = s_peer->accept(listener);
        ok = sock >= 0 && s_peer->send(sock, "1", 1);
        s_peer->close(sock);
    }
    ok = ok && bench_recv_all(aside, &last, 1) ? answer(&start) : fails("no caller");
    close(aside);
    s_peer->close(listener);
    return ok;
}

static bool datagrams_of(uint64_t port, struct bench_datagrams *datagrams)
{
    const int aside = asks_aside(port, (struct bench_ask){.service = BENCH_COUNT});
    const bool ok = aside >= 0 && bench_recv_all(aside, datagrams, sizeof *datagrams);
    close(aside);
    return ok;
}

/* Takes the prods out of what became known: each came or was dropped like any other. Those still on their way when the
 * patience ended were not known at all, so no more is taken than there is. */
static void without_prods(struct bench_datagrams *known, uint64_t prods)
{
    const uint64_t came = known->came < prods ? known->came : prods;
    const uint64_t rest = prods - came;
    known->came -= came;
    known->dropped -= known->dropped < rest ? known->dropped : rest;
}

/* Sends one datagram more over the kernel now and then, a prod: the far end learns with it what the kernel dropped. */
static bool settle(uint64_t port, uint64_t sent, struct bench_datagrams *now, const struct bench_datagrams *before)
{
    const int aside = bench_kernel.open(BENCH_DATAGRAM);
    const double until = bench_now() + SETTLE_S;
    uint64_t prods = 0;
    bool ok = aside >= 0;
    do {
        const struct timespec moment = {.tv_nsec = 5000000};
        nanosleep(&moment, NULL);
        ok = ok && bench_kernel.sendto(aside, "", 1, (uint16_t)port);
        prods++;
        nanosleep(&moment, NULL);
        ok = ok && datagrams_of(port, now);
        now->came -= before->came; /* both only grow */
        now->dropped -= before->dropped;
    } while (ok && now->came + now->dropped < sent + prods && bench_now() < until);
    without_prods(now, prods);
    close(aside);
    return ok;
}

static bool measure_udp_send(const uint64_t *arg)
{
    struct bench_datagrams before;
    struct bench_datagrams after = {0};
    const int sock = s_peer->open(BENCH_DATAGRAM);
    bool ok = sock >= 0 && datagrams_of(arg[0], &before) && s_peer->sendto(sock, s_buffer, arg[1], (uint16_t)arg[0]);
    const struct clock start = read_clock();
    for (uint64_t i = 0; ok && i < arg[2]; i++)
        ok = s_peer->sendto(sock, s_buffer, arg[1], (uint16_t)arg[0]);
    const struct clock end = read_clock();
    const uint64_t sent = arg[2] + 1u;
    ok = ok && settle(arg[0], sent, &after, &before) && answer_between(&start, &end);
    if (ok)
        printf(" came=%llu dropped=%llu lost=%lld", (unsigned long long)after.came, (unsigned long long)after.dropped,
               (long long)sent - (long long)(after.came + after.dropped));
    s_peer->close(sock);
    return ok || fails("cannot send datagrams");
}

static bool measure_udp_recv(const uint64_t *arg)
{
    const uint16_t port = free_port(SOCK_DGRAM);
    const int sock = s_peer->open(BENCH_DATAGRAM);
    if (sock < 0 || !s_peer->bind(sock, port))
        return fails("cannot bind");
    const struct clock start = read_clock();
    const int aside = asks_aside(
        arg[0], (struct bench_ask){.service = BENCH_FLOOD, .total = arg[2], .size = (uint32_t)arg[1], .port = port});
    uint64_t came = 0;
    double last = start.wall; /* what the kernel had no room for never comes, and is waited for: not measured */
    while (came < arg[2] && s_peer->recvfrom(sock, s_buffer, BENCH_DATAGRAM_MAX, 300) >= 0) {
        came++;
        last = bench_now();
    }
    const bool ok = aside >= 0 && came > 0 ? answer_until(&start, last) : fails("no datagrams");
    if (ok)
        printf(" came=%llu", (unsigned long long)came);
    close(aside);
    s_peer->close(sock);
    return ok;
}

static bool measure_lookup(const uint64_t *arg)
{
    const struct clock start = read_clock();
    bool ok = true;
    for (uint64_t i = 0; ok && i < arg[0]; i++)
        ok = s_peer->lookup("localhost");
    return ok ? answer(&start) : fails("localhost is not known");
}

static bool measure_poll(const uint64_t *arg)
{
    const uint64_t idle = arg[1];
    int sock[BENCH_SOCKS];
    unsigned open = 0;
    uint32_t *samples = calloc(arg[2], sizeof *samples);
    if (idle >= BENCH_SOCKS || !samples)
        return fails("too many sockets");
    bool ok = true;
    while (ok && open < idle + 1u) { /* the one in use is the last */
        sock[open] = asks_echo(arg[0], 64);
        ok = sock[open] >= 0 && echo_once(sock[open], 64);
        open += sock[open] >= 0;
    }
    const struct clock start = read_clock();
    for (uint64_t i = 0; ok && i < arg[2]; i++) {
        const double from = bench_now();
        ok = s_peer->send(sock[idle], s_buffer, 64) && s_peer->wait_readable(sock, open, (int)idle) &&
             recv_all(sock[idle], s_buffer, 64);
        samples[i] = nanoseconds(from, bench_now());
    }
    if (ok && answer(&start))
        answer_samples(samples, arg[2]);
    while (open > 0)
        s_peer->close(sock[--open]);
    free(samples);
    return ok || fails("no echo");
}

/* ---- the process --------------------------------------------------------------------------------------------------
 */

static const struct command {
    const char *name;
    unsigned arguments;
    bool (*measure)(const uint64_t *arg);
} s_commands[] = {
    {"send", 3, measure_send},         {"recv", 3, measure_recv},           {"echo", 3, measure_echo},
    {"messages", 4, measure_messages}, {"connect", 2, measure_connect},     {"accept", 2, measure_accept},
    {"udp-send", 3, measure_udp_send}, {"udp-recv", 3, measure_udp_recv},   {"lookup", 1, measure_lookup},
    {"poll", 3, measure_poll},         {"send-slow", 4, measure_send_slow},
};

static bool obey(const char *line)
{
    char name[32];
    uint64_t arg[ARGUMENTS];
    const int read = sscanf(line, "%31s %lu %lu %lu %lu", name, &arg[0], &arg[1], &arg[2], &arg[3]);
    for (size_t i = 0; i < sizeof s_commands / sizeof s_commands[0]; i++) {
        if (read < 1 || strcmp(s_commands[i].name, name) != 0)
            continue;
        return read == (int)s_commands[i].arguments + 1 ? s_commands[i].measure(arg) : fails("wrong arguments");
    }
    return fails("no such command");
}

static const struct bench_peer *peer_of(const char *name)
{
    static const struct bench_peer *const peers[] = {&bench_kernel, &bench_k230, &bench_chunk};
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        if (strcmp(peers[i]->name, name) == 0)
            return peers[i];
    return NULL;
}

int main(int argc, char **argv)
{
    char line[256];
    if (!isatty(STDIN_FILENO))
        signal(SIGINT, SIG_IGN); /* Ctrl-C is for whoever started this; when that ends, so does the input */
    s_peer = argc == 2 ? peer_of(argv[1]) : NULL;
    if (!s_peer) {
        fputs("usage: k230-bench-near kernel|k230|chunk\n", stderr);
        return 2;
    }
    s_buffer = calloc(1, PIECE_MAX);
    if (!s_buffer || !s_peer->start()) {
        fprintf(stderr, "k230-bench-near: %s does not start\n", s_peer->name);
        return 1;
    }
    while (fgets(line, sizeof line, stdin)) {
        obey(line);
        putchar('\n');
        fflush(stdout);
    }
    return 0;
}
