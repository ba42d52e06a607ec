/* K230's sockets: the client of the big core in this process, k230-agent as the small core. */
#define _GNU_SOURCE
#include "launcher.h"
#include "peer.h"

#include "k230_op.h"

#include <time.h>

static struct k230_client s_client;
static struct k230_launcher s_launcher;

/* As board/virtual/native_socket.c, which .NET calls: an operation until it is done. */
#define UNTIL_DONE(result, step)                                                                                       \
    while (((result) = (step)) == -K230_PENDING)                                                                       \
    k230_op_sleep(&s_client, &op)

static struct k230_addr loop(uint16_t port)
{
    return (struct k230_addr){.family = K230_AF_INET, .port = port, .ip = {127, 0, 0, 1}};
}

static void k230_close(int sock) { k230_sock_close(&s_client, sock, false); }

static int k230_open(enum bench_type type)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_open(&s_client, &op, K230_AF_INET,
                                    type == BENCH_STREAM ? K230_SOCK_STREAM : K230_SOCK_DGRAM, 0));
    return result < 0 ? -1 : result;
}

/* A first socket starts the agent; without it there would be no doorbell to count. */
static bool k230_start(void)
{
    k230_launcher_init(&s_launcher);
    k230_client_init(&s_client, &s_launcher.hal.hal);
    const int sock = k230_open(BENCH_STREAM);
    if (sock < 0)
        return false;
    k230_close(sock);
    return true;
}

static void k230_toll(struct bench_toll *toll)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(s_launcher.agent, &clock) == 0)
        clock_gettime(clock, &used);
    toll->agent_cpu = (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
    toll->rings = k230_hal_posix_doorbells(&s_launcher.hal, K230_HAL_SMALL);
    toll->rung = k230_hal_posix_doorbells(&s_launcher.hal, K230_HAL_BIG);
}

static bool set(int sock, int level, int option)
{
    const int32_t on = 1;
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_setopt(&s_client, &op, sock, level, option, &on, (uint32_t)sizeof on));
    return result == 0;
}

static bool k230_no_delay(int sock) { return set(sock, K230_IPPROTO_TCP, K230_TCP_NODELAY); }

static bool k230_connect(int sock, uint16_t port)
{
    const struct k230_addr to = loop(port);
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_connect(&s_client, &op, sock, &to, -1));
    return result == 0;
}

static bool k230_send(int sock, const void *data, size_t length)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_send_all(&s_client, &op, sock, data, (uint32_t)length, -1));
    return result == (int)length;
}

static int k230_recv_for(int sock, void *data, size_t room, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_recv(&s_client, &op, sock, data, (uint32_t)room, 0, NULL, timeout_ms));
    return result < 0 ? -1 : result;
}

static int k230_recv(int sock, void *data, size_t room) { return k230_recv_for(sock, data, room, -1); }

static bool k230_bind(int sock, uint16_t port)
{
    const struct k230_addr here = loop(port);
    struct k230_operation op = {0};
    int result;
    if (!set(sock, K230_SOL_SOCKET, K230_SO_REUSEADDR))
        return false;
    UNTIL_DONE(result, k230_op_bind(&s_client, &op, sock, &here));
    return result == 0;
}

static bool k230_listen(int sock, uint16_t port)
{
    struct k230_operation op = {0};
    int result;
    if (!k230_bind(sock, port))
        return false;
    UNTIL_DONE(result, k230_op_listen(&s_client, &op, sock, 128));
    return result == 0;
}

static int k230_accept(int sock)
{
    struct k230_operation op = {0};
    struct k230_addr peer;
    int result;
    UNTIL_DONE(result, k230_op_accept(&s_client, &op, sock, &peer, -1));
    return result < 0 ? -1 : result;
}

static bool k230_sendto(int sock, const void *data, size_t length, uint16_t port)
{
    const struct k230_addr to = loop(port);
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_sendto(&s_client, &op, sock, data, (uint32_t)length, &to, -1));
    return result == (int)length;
}

static bool k230_wait_readable(const int *socks, unsigned count, int which)
{
    struct k230_pollfd entries[BENCH_SOCKS];
    for (unsigned i = 0; i < count; i++)
        entries[i] = (struct k230_pollfd){.handle = socks[i], .events = K230_POLLIN};
    while (k230_poll(&s_client, entries, count, 0, K230_FOREVER) > 0)
        if (entries[which].revents)
            return true;
    return false;
}

static bool k230_lookup(const char *host)
{
    struct k230_operation op = {0};
    uint8_t answer[K230_HOST_MAX + 1u + 8u * sizeof(struct k230_addr)];
    int result;
    UNTIL_DONE(result, k230_op_resolve(&s_client, &op, host, "80", K230_AF_INET, K230_SOCK_STREAM, 0, 0, answer,
                                       (uint32_t)sizeof answer, -1));
    return result > 0;
}

const struct bench_peer bench_k230 = {
    .name = "k230",
    .start = k230_start,
    .toll = k230_toll,
    .open = k230_open,
    .close = k230_close,
    .connect = k230_connect,
    .no_delay = k230_no_delay,
    .send = k230_send,
    .recv = k230_recv,
    .listen = k230_listen,
    .accept = k230_accept,
    .bind = k230_bind,
    .sendto = k230_sendto,
    .recvfrom = k230_recv_for,
    .wait_readable = k230_wait_readable,
    .lookup = k230_lookup,
};
