/* What the link costs, counted instead of timed, so that it holds on the chip: both cores' code in one thread, over
 * memory whose cache maintenance calls are counted. Prints one line "name value unit" a figure.
 *
 * - copied-CORE-DIRECTION: how often that core reads or writes a byte of the payload in the shared rings, and how often
 *   the agent hands the stack bytes from elsewhere (a copy that the rings do not show).
 * - lines-CORE-request, lines-CORE-message: lines of 64 bytes that the core writes back for a request with its answer,
 *   and for a message of 64 bytes from one socket into another.
 */
#include "k230_agent.h"
#include "k230_op.h"
#include "k230_stack_loopback.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMES 1000u
#define PIECE 4096u
#define MESSAGE 64u

static const struct k230_limits s_limits = {
    .slots = 32, .requests = 64, .completions = 64, .pairs = 40, .tx_size = 16384, .rx_size = 16384, .datagram = 1472};

enum direction { SENDING, RECEIVING, ELSEWHERE };

/* What one core did to the shared memory. */
struct core {
    struct k230_hal hal;
    uint64_t lines;     /* written back */
    uint64_t copied[2]; /* bytes of ring data read or written; by enum direction */
};

static struct core s_big;
static struct core s_small;
static struct k230_layout s_layout;
static struct k230_stack s_stack;
static struct k230_agent s_agent;
static struct k230_client s_client;
static uint32_t s_doorbell;
static uint64_t s_now_ms;

/* ---- both cores' hal ----------------------------------------------------------------------------------------------
 */

static int attach(struct k230_hal *hal)
{
    (void)hal;
    return 0;
}

static void detach(struct k230_hal *hal) { (void)hal; }

static void notify(struct k230_hal *hal, uint32_t hints)
{
    (void)hal;
    (void)hints;
    s_doorbell++;
}

static uint32_t doorbell(struct k230_hal *hal)
{
    (void)hal;
    return s_doorbell;
}

/* The big core waits: the small core has its turn, which ends where that would wait. */
static void wait(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms)
{
    (void)seen;
    (void)hints;
    (void)timeout_ms;
    if (hal == &s_small.hal)
        return;
    s_now_ms++;
    k230_agent_step(&s_agent, 1);
}

static void sleep_for(struct k230_hal *hal, uint32_t ms)
{
    (void)hal;
    s_now_ms += ms;
    k230_agent_step(&s_agent, 1);
}

static bool other_alive(struct k230_hal *hal)
{
    (void)hal;
    return true;
}

static uint64_t now_ms(struct k230_hal *hal)
{
    (void)hal;
    return s_now_ms;
}

static uint32_t fresh_id(struct k230_hal *hal)
{
    static uint32_t s_id;
    (void)hal;
    return ++s_id;
}

static void say(struct k230_hal *hal, const char *line)
{
    (void)hal;
    fprintf(stderr, "k230-bench-counted: %s\n", line);
}

/* Whose bytes lie there. */
static enum direction direction_of(const void *start)
{
    const uint64_t offset = (uint64_t)((const uint8_t *)start - (const uint8_t *)s_big.hal.region);
    if (offset < s_layout.pairs || offset >= s_layout.end)
        return ELSEWHERE;
    const uint64_t within = (offset - s_layout.pairs) % s_layout.pair_stride;
    if (within < sizeof(struct k230_pair_head))
        return ELSEWHERE;
    return within < sizeof(struct k230_pair_head) + s_limits.tx_size ? SENDING : RECEIVING;
}

static void touch(struct core *core, const void *start, size_t length)
{
    const enum direction direction = direction_of(start);
    if (direction != ELSEWHERE)
        core->copied[direction] += length;
}

static void clean(struct k230_hal *hal, const void *start, size_t length)
{
    struct core *core = (struct core *)hal;
    const uintptr_t first = (uintptr_t)start / K230_LINE;
    const uintptr_t last = ((uintptr_t)start + length - 1u) / K230_LINE;
    if (length == 0)
        return;
    core->lines += last - first + 1u;
    touch(core, start, length);
}

static void invalidate(struct k230_hal *hal, const void *start, size_t length)
{
    touch((struct core *)hal, start, length);
}

static const struct k230_hal_ops s_ops = {
    .attach = attach,
    .detach = detach,
    .notify = notify,
    .doorbell = doorbell,
    .wait = wait,
    .sleep = sleep_for,
    .wake = notify,
    .other_alive = other_alive,
    .clean = clean,
    .invalidate = invalidate,
    .now_ms = now_ms,
    .fresh_id = fresh_id,
    .log = say,
};

/* ---- the stack, looked at -----------------------------------------------------------------------------------------
 */

/* The linker puts these in place of what the agent calls (--wrap). */
int __real_k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);
int __real_k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);
int __wrap_k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);
int __wrap_k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);

/* Bytes that the stack does not take from the ring itself have been copied there. */
static void look_at(enum direction direction, const struct k230_span *spans, unsigned count, int moved)
{
    for (unsigned i = 0; i < count && moved > 0; i++) {
        if (direction_of(spans[i].start) != direction)
            s_small.copied[direction] += spans[i].length;
        moved -= (int)spans[i].length;
    }
}

int __wrap_k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    const int sent = __real_k230_stack_send(stack, sock, spans, count);
    look_at(SENDING, spans, count, sent);
    return sent;
}

int __wrap_k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count)
{
    const int got = __real_k230_stack_recv(stack, sock, spans, count);
    look_at(RECEIVING, spans, count, got);
    return got;
}

/* ---- what is counted ----------------------------------------------------------------------------------------------
 */

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "k230-bench-counted: %s failed\n", what);
    exit(1);
}

#define UNTIL_DONE(result, step)                                                                                       \
    while (((result) = (step)) == -K230_PENDING)                                                                       \
    k230_op_sleep(&s_client, &op)

static int open_stream(void)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_open(&s_client, &op, K230_AF_INET, K230_SOCK_STREAM, 0));
    must(result >= 0, "socket");
    return result;
}

/* Two sockets of the client that are connected to each other. */
static void connect_pair(int *to, int *from)
{
    const struct k230_addr addr = {.family = K230_AF_INET, .port = 5000, .ip = {127, 0, 0, 1}};
    const int listener = open_stream();
    struct k230_addr peer;
    int result;
    struct k230_operation op = {0};
    UNTIL_DONE(result, k230_op_bind(&s_client, &op, listener, &addr));
    must(result == 0, "bind");
    op = (struct k230_operation){0};
    UNTIL_DONE(result, k230_op_listen(&s_client, &op, listener, 1));
    must(result == 0, "listen");
    *to = open_stream();
    op = (struct k230_operation){0};
    UNTIL_DONE(result, k230_op_connect(&s_client, &op, *to, &addr, -1));
    must(result == 0, "connect");
    op = (struct k230_operation){0};
    UNTIL_DONE(*from, k230_op_accept(&s_client, &op, listener, &peer, -1));
    must(*from >= 0, "accept");
}

static void send_all(int sock, const void *data, uint32_t length)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_send_all(&s_client, &op, sock, data, length, -1));
    must(result == (int)length, "send");
}

static void recv_all(int sock, uint8_t *data, uint32_t length)
{
    while (length > 0) {
        struct k230_operation op = {0};
        int result;
        UNTIL_DONE(result, k230_op_recv(&s_client, &op, sock, data, length, 0, NULL, -1));
        must(result > 0, "recv");
        length -= (uint32_t)result;
    }
}

static void forget(void)
{
    s_big.lines = s_big.copied[SENDING] = s_big.copied[RECEIVING] = 0;
    s_small.lines = s_small.copied[SENDING] = s_small.copied[RECEIVING] = 0;
}

static void print(const char *name, uint64_t counted, double per, const char *unit)
{
    printf("%s %.4f %s\n", name, (double)counted / per, unit);
}

static void pass_pieces(int to, int from, uint32_t length)
{
    static uint8_t s_out[PIECE];
    static uint8_t s_in[PIECE];
    forget();
    for (unsigned i = 0; i < TIMES; i++) {
        s_out[i % length]++;
        send_all(to, s_out, length);
        recv_all(from, s_in, length);
        must(memcmp(s_out, s_in, length) == 0, "what arrived");
    }
}

static void count_copies(int to, int from)
{
    pass_pieces(to, from, PIECE);
    const double bytes = (double)TIMES * PIECE;
    print("copied-big-send", s_big.copied[SENDING], bytes, "copies");
    print("copied-small-send", s_small.copied[SENDING], bytes, "copies");
    print("copied-big-receive", s_big.copied[RECEIVING], bytes, "copies");
    print("copied-small-receive", s_small.copied[RECEIVING], bytes, "copies");
}

static void count_lines_of_messages(int to, int from)
{
    pass_pieces(to, from, MESSAGE);
    print("lines-big-message", s_big.lines, TIMES, "lines");
    print("lines-small-message", s_small.lines, TIMES, "lines");
}

static void count_lines_of_requests(int sock)
{
    forget();
    for (unsigned i = 0; i < TIMES; i++) {
        struct k230_operation op = {0};
        const int32_t on = 1;
        int result;
        UNTIL_DONE(result,
                   k230_op_setopt(&s_client, &op, sock, K230_SOL_SOCKET, K230_SO_KEEPALIVE, &on, (uint32_t)sizeof on));
        must(result == 0, "setsockopt");
    }
    print("lines-big-request", s_big.lines, TIMES, "lines");
    print("lines-small-request", s_small.lines, TIMES, "lines");
}

int main(void)
{
    int to;
    int from;
    must(k230_layout_of(&s_limits, UINT32_MAX, &s_layout), "layout");
    void *region = aligned_alloc(K230_LINE, (s_layout.end + K230_LINE - 1u) / K230_LINE * K230_LINE);
    must(region != NULL, "memory");
    memset(region, 0, s_layout.end);
    s_big.hal = s_small.hal = (struct k230_hal){.ops = &s_ops, .region = region, .length = s_layout.end};
    k230_stack_loopback_init(&s_stack, &s_small.hal);
    must(k230_agent_start(&s_agent, &s_small.hal, &s_stack, &s_limits), "agent");
    k230_client_init(&s_client, &s_big.hal);
    connect_pair(&to, &from);
    count_copies(to, from);
    count_lines_of_requests(to);
    count_lines_of_messages(to, from);
    k230_client_stop(&s_client);
    free(region);
    return 0;
}
