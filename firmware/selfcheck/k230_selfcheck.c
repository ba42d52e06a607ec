#include "k230_selfcheck.h"

#include <string.h>

#define BULK 102400u      /* bytes each way */
#define MESSAGES 5000u    /* small ones, each answered before the next */
#define PIECE 1500u       /* bytes at a time: no divisor of a ring's size, so that pieces lie across its end */
#define SOCKETS_AT_ONCE 6 /* open together; the smallest board has eight */

/* Static: the stack that a case needs is the client's, so that a board can measure it. */
static uint8_t s_out[PIECE];
static uint8_t s_in[PIECE];
static uint8_t s_echo[PIECE];
static uint8_t s_answer[K230_HOST_MAX + 1 + 4 * K230_ADDR_SIZE];

struct run {
    struct k230_selfcheck *check;
    struct k230_client *client;
    const char *name;
    bool failed;
};

/* ---- saying -------------------------------------------------------------------------------------------------------
 */

void k230_selfcheck_text(char *line, uint32_t room, const char *text)
{
    uint32_t at = (uint32_t)strlen(line);
    for (; *text != 0 && at + 1u < room; at++)
        line[at] = *text++;
    line[at] = 0;
}

void k230_selfcheck_number(char *line, uint32_t room, int64_t number)
{
    char digits[24];
    uint32_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0u - (uint64_t)number : (uint64_t)number;
    digits[--at] = 0;
    do
        digits[--at] = (char)('0' + rest % 10u);
    while ((rest /= 10u) != 0);
    if (number < 0)
        digits[--at] = '-';
    k230_selfcheck_text(line, room, digits + at);
}

/* The first thing that is wrong is said; what follows from it is not. */
static bool fail(struct run *run, const char *what, int64_t found)
{
    if (run->failed)
        return false;
    run->failed = true;
    char line[192] = "FAILED ";
    k230_selfcheck_text(line, sizeof line, run->check->group ? run->check->group : "");
    k230_selfcheck_text(line, sizeof line, run->name);
    k230_selfcheck_text(line, sizeof line, ": ");
    k230_selfcheck_text(line, sizeof line, what);
    k230_selfcheck_text(line, sizeof line, ": ");
    k230_selfcheck_number(line, sizeof line, found);
    if (found < 0) {
        k230_selfcheck_text(line, sizeof line, " ");
        k230_selfcheck_text(line, sizeof line, k230_error_name((int)found));
    }
    run->check->say(run->check->arg, line);
    return false;
}

static bool equal(struct run *run, const char *what, int64_t found, int64_t wanted)
{
    return found == wanted || fail(run, what, found);
}

/* ---- whole calls --------------------------------------------------------------------------------------------------
 */

/* Calls `again` until it has a result; `op` is what it works with. Names that are declared take no parentheses. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */
#define FINISH(run, op, result, again)                                                                                 \
    struct k230_operation op = {.phase = 0};                                                                           \
    int result;                                                                                                        \
    while ((result = (again)) == -K230_PENDING)                                                                        \
    k230_op_sleep((run)->client, &op)
/* NOLINTEND(bugprone-macro-parentheses) */

static struct k230_addr home(uint16_t port)
{
    return (struct k230_addr){.family = K230_AF_INET, .port = port, .ip = {127, 0, 0, 1}};
}

static int open_socket(struct run *run, int type)
{
    FINISH(run, op, result, k230_op_open(run->client, &op, K230_AF_INET, type, 0));
    if (result < 0)
        fail(run, "no socket", result);
    return result;
}

static void close_socket(struct run *run, int handle)
{
    if (handle >= 0)
        equal(run, "close", k230_sock_close(run->client, handle, false), 0);
}

static int bind_any(struct run *run, int handle)
{
    const struct k230_addr any = home(0);
    FINISH(run, op, result, k230_op_bind(run->client, &op, handle, &any));
    return result;
}

/* The port of a bound socket, or -error. */
static int port_of(struct run *run, int handle)
{
    struct k230_addr addr;
    uint32_t call = 0;
    int result;
    const uint64_t deadline = k230_deadline(run->client, K230_SELFCHECK_MS);
    while ((result = k230_sock_local(run->client, handle, &addr, &call)) == -K230_PENDING)
        if (k230_sock_wait(run->client, handle, K230_WAIT_CALL, call, deadline) == -K230_ETIMEDOUT)
            return -K230_ETIMEDOUT;
    return result < 0 ? result : addr.port;
}

static int connect_to(struct run *run, int handle, int port)
{
    const struct k230_addr to = home((uint16_t)port);
    FINISH(run, op, result, k230_op_connect(run->client, &op, handle, &to, K230_SELFCHECK_MS));
    return result;
}

static int recv_some(struct run *run, int handle, void *data, uint32_t length, struct k230_addr *from, int timeout_ms)
{
    FINISH(run, op, result, k230_op_recv(run->client, &op, handle, data, length, 0, from, timeout_ms));
    return result;
}

/* All of it, or how much there was before the end of the stream. */
static int recv_all(struct run *run, int handle, uint8_t *data, uint32_t length)
{
    uint32_t done = 0;
    while (done < length) {
        const int got = recv_some(run, handle, data + done, length - done, NULL, K230_SELFCHECK_MS);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        done += (uint32_t)got;
    }
    return (int)done;
}

static int send_all(struct run *run, int handle, const void *data, uint32_t length)
{
    FINISH(run, op, result, k230_op_send_all(run->client, &op, handle, data, length, K230_SELFCHECK_MS));
    return result;
}

static int send_to(struct run *run, int handle, const void *data, uint32_t length, const struct k230_addr *to)
{
    FINISH(run, op, result, k230_op_sendto(run->client, &op, handle, data, length, to, K230_SELFCHECK_MS));
    return result;
}

static int listen_somewhere(struct run *run, int *port)
{
    const int listener = open_socket(run, K230_SOCK_STREAM);
    if (listener < 0)
        return listener;
    equal(run, "bind", bind_any(run, listener), 0);
    FINISH(run, op, result, k230_op_listen(run->client, &op, listener, 4));
    equal(run, "listen", result, 0);
    *port = port_of(run, listener);
    if (*port <= 0)
        fail(run, "the listener's port", *port);
    return listener;
}

static int accept_one(struct run *run, int listener)
{
    struct k230_addr peer;
    FINISH(run, op, result, k230_op_accept(run->client, &op, listener, &peer, K230_SELFCHECK_MS));
    if (result < 0)
        fail(run, "accept", result);
    else if (peer.family != K230_AF_INET || memcmp(peer.ip, home(0).ip, 4) != 0)
        fail(run, "the peer's address begins with", peer.ip[0]);
    return result;
}

/* Two ends of one connection. */
struct pipe {
    int near;
    int far;
};

static struct pipe join(struct run *run)
{
    struct pipe pipe = {-1, -1};
    int port = 0;
    const int listener = listen_somewhere(run, &port);
    if (!run->failed)
        pipe.near = open_socket(run, K230_SOCK_STREAM);
    if (!run->failed && equal(run, "connect", connect_to(run, pipe.near, port), 0))
        pipe.far = accept_one(run, listener);
    close_socket(run, listener);
    return pipe;
}

static void part(struct run *run, struct pipe *pipe)
{
    close_socket(run, pipe->near);
    close_socket(run, pipe->far);
}

static uint8_t pattern(uint32_t at) { return (uint8_t)(at * 131u + (at >> 8) * 17u + (at >> 16)); }

static bool same_as_pattern(struct run *run, const uint8_t *data, uint32_t length, uint32_t at)
{
    for (uint32_t i = 0; i < length; i++)
        if (data[i] != pattern(at + i))
            return fail(run, "the wrong byte arrived at", at + i);
    return true;
}

/* ---- the cases ----------------------------------------------------------------------------------------------------
 */

/* One direction of the echo: what `from` gives is checked and counted. */
struct flow {
    uint32_t sent;
    uint32_t echoed; /* bytes in s_echo, of which ... */
    uint32_t passed; /* ... so many were sent back */
    uint32_t back;
};

/* Moves what can be moved; the number of bytes, or -error. */
static int echo_turn(struct run *run, const struct pipe *pipe, struct flow *flow)
{
    int moved = 0;
    if (flow->sent < BULK) {
        const uint32_t length = BULK - flow->sent < PIECE ? BULK - flow->sent : PIECE;
        for (uint32_t i = 0; i < length; i++)
            s_out[i] = pattern(flow->sent + i);
        const int sent = k230_sock_send(run->client, pipe->near, s_out, length, 1);
        if (sent < 0 && sent != -K230_EAGAIN)
            return sent;
        flow->sent += sent > 0 ? (uint32_t)sent : 0;
        moved += sent > 0 ? sent : 0;
    }
    if (flow->echoed == flow->passed) {
        const int got = k230_sock_recv(run->client, pipe->far, s_echo, PIECE, 0, NULL);
        if (got < 0 && got != -K230_EAGAIN)
            return got;
        flow->echoed = got > 0 ? (uint32_t)got : 0;
        flow->passed = 0;
        moved += got > 0 ? got : 0;
    }
    if (flow->echoed > flow->passed) {
        const int sent = k230_sock_send(run->client, pipe->far, s_echo + flow->passed, flow->echoed - flow->passed, 1);
        if (sent < 0 && sent != -K230_EAGAIN)
            return sent;
        flow->passed += sent > 0 ? (uint32_t)sent : 0;
        moved += sent > 0 ? sent : 0;
    }
    const int got = k230_sock_recv(run->client, pipe->near, s_in, PIECE, 0, NULL);
    if (got < 0 && got != -K230_EAGAIN)
        return got;
    if (got > 0 && !same_as_pattern(run, s_in, (uint32_t)got, flow->back))
        return -K230_EIO;
    flow->back += got > 0 ? (uint32_t)got : 0;
    return moved + (got > 0 ? got : 0);
}

static void a_stream_carries_100_kB_there_and_back(struct run *run)
{
    struct pipe pipe = join(run);
    struct flow flow = {.sent = 0};
    while (!run->failed && flow.back < BULK) {
        const int moved = echo_turn(run, &pipe, &flow);
        if (moved < 0) {
            fail(run, "the echo stopped", moved);
        } else if (moved == 0) {
            struct k230_pollfd ends[2] = {
                {.handle = pipe.near,
                 .events = (uint16_t)(flow.sent < BULK ? K230_POLLIN | K230_POLLOUT : K230_POLLIN)},
                {.handle = pipe.far, .events = flow.echoed > flow.passed ? K230_POLLOUT : K230_POLLIN}};
            const int count = k230_poll(run->client, ends, 2, k230_client_wakes(run->client),
                                        k230_deadline(run->client, K230_SELFCHECK_MS));
            if (count <= 0)
                fail(run, "nothing moves any more after", flow.back);
        }
    }
    part(run, &pipe);
}

static void small_messages_are_answered_one_by_one(struct run *run)
{
    struct pipe pipe = join(run);
    for (uint32_t i = 0; i < MESSAGES && !run->failed; i++) {
        const uint32_t length = 1u + i % 61u;
        for (uint32_t at = 0; at < length; at++)
            s_out[at] = pattern(i + at);
        equal(run, "send", send_all(run, pipe.near, s_out, length), length);
        if (!equal(run, "receive", recv_all(run, pipe.far, s_in, length), length))
            break;
        same_as_pattern(run, s_in, length, i);
        equal(run, "send back", send_all(run, pipe.far, s_in, length), length);
        if (!equal(run, "receive the answer", recv_all(run, pipe.near, s_echo, length), length))
            break;
        same_as_pattern(run, s_echo, length, i);
    }
    part(run, &pipe);
}

static void a_close_is_the_end_of_the_stream_after_its_last_byte(struct run *run)
{
    struct pipe pipe = join(run);
    if (!run->failed) {
        equal(run, "send", send_all(run, pipe.near, "goodbye", 7), 7);
        close_socket(run, pipe.near);
        pipe.near = -1;
        equal(run, "the last bytes", recv_all(run, pipe.far, s_in, 100), 7);
        equal(run, "what they are", memcmp(s_in, "goodbye", 7), 0);
        equal(run, "the end", recv_some(run, pipe.far, s_in, 100, NULL, K230_SELFCHECK_MS), 0);
    }
    part(run, &pipe);
}

static void datagrams_keep_their_borders_and_their_sender(struct run *run)
{
    const int near = open_socket(run, K230_SOCK_DGRAM);
    const int far = open_socket(run, K230_SOCK_DGRAM);
    if (!run->failed) {
        equal(run, "bind", bind_any(run, near), 0);
        equal(run, "bind the other", bind_any(run, far), 0);
    }
    const int near_port = run->failed ? 0 : port_of(run, near);
    const struct k230_addr to = home((uint16_t)(run->failed ? 0 : port_of(run, far)));
    for (uint32_t i = 0; i < 200 && !run->failed; i++) {
        const uint32_t length = 1u + i * 7u % 1400u;
        for (uint32_t at = 0; at < length; at++)
            s_out[at] = pattern(i + at);
        equal(run, "send", send_to(run, near, s_out, length, &to), length);
        struct k230_addr from;
        if (!equal(run, "receive", recv_some(run, far, s_in, PIECE, &from, K230_SELFCHECK_MS), length))
            break;
        same_as_pattern(run, s_in, length, i);
        equal(run, "the sender's port", from.port, near_port);
    }
    close_socket(run, near);
    close_socket(run, far);
}

static void poll_shows_what_is_ready_and_nothing_else(struct run *run)
{
    struct pipe pipe = join(run);
    if (!run->failed) {
        struct k230_pollfd ends[2] = {{.handle = pipe.near, .events = K230_POLLIN},
                                      {.handle = pipe.far, .events = K230_POLLIN | K230_POLLOUT}};
        const uint32_t wakes = k230_client_wakes(run->client);
        equal(run, "how many are ready", k230_poll(run->client, ends, 2, wakes, 0), 1);
        equal(run, "the idle end", ends[0].revents, 0);
        equal(run, "the end with room", ends[1].revents, K230_POLLOUT);
        equal(run, "send", send_all(run, pipe.far, "x", 1), 1);
        ends[1].events = K230_POLLIN;
        equal(run, "how many after a byte",
              k230_poll(run->client, ends, 2, wakes, k230_deadline(run->client, K230_SELFCHECK_MS)), 1);
        equal(run, "the end with the byte", ends[0].revents, K230_POLLIN);
        equal(run, "the end without", ends[1].revents, 0);
        equal(run, "receive", recv_all(run, pipe.near, s_in, 1), 1);
    }
    part(run, &pipe);
}

static void nobody_listening_is_a_refused_connection(struct run *run)
{
    int port = 0;
    close_socket(run, listen_somewhere(run, &port));
    const int handle = run->failed ? -1 : open_socket(run, K230_SOCK_STREAM);
    if (!run->failed)
        equal(run, "connect", connect_to(run, handle, port), -K230_ECONNREFUSED);
    close_socket(run, handle);
}

static void names_are_resolved(struct run *run)
{
    {
        FINISH(run, op, result,
               k230_op_resolve(run->client, &op, "127.0.0.1", "80", 0, K230_SOCK_STREAM, 0, 0, s_answer,
                               sizeof s_answer, K230_SELFCHECK_MS));
        if (!equal(run, "addresses of 127.0.0.1", result, 1))
            return;
    }
    struct k230_addr addr;
    memcpy(&addr, s_answer + K230_HOST_MAX + 1, sizeof addr);
    equal(run, "its port", addr.port, 80);
    equal(run, "its first byte", addr.ip[0], 127);
    {
        FINISH(run, op, result,
               k230_op_resolve(run->client, &op, "localhost", "", K230_AF_INET, K230_SOCK_STREAM, 0, 0, s_answer,
                               sizeof s_answer, K230_SELFCHECK_MS));
        if (result < 1)
            fail(run, "addresses of localhost", result);
    }
}

static void a_receive_that_brings_nothing_ends_at_its_timeout(struct run *run)
{
    struct pipe pipe = join(run);
    if (!run->failed) {
        struct k230_hal *hal = run->client->engine.hal;
        const uint64_t start = hal->ops->now_ms(hal);
        equal(run, "receive", recv_some(run, pipe.near, s_in, 1, NULL, 60), -K230_ETIMEDOUT);
        const uint64_t took = hal->ops->now_ms(hal) - start;
        if (took < 59 || took > 5000)
            fail(run, "milliseconds that 60 took", (int64_t)took);
    }
    part(run, &pipe);
}

static void sockets_come_and_go_and_old_handles_stay_dead(struct run *run)
{
    int first = -1;
    for (int turn = 0; turn < 20 && !run->failed; turn++) {
        int handles[SOCKETS_AT_ONCE];
        for (int i = 0; i < SOCKETS_AT_ONCE; i++)
            handles[i] = run->failed ? -1 : open_socket(run, i % 2 == 0 ? K230_SOCK_STREAM : K230_SOCK_DGRAM);
        if (first < 0)
            first = handles[0];
        for (int i = 0; i < SOCKETS_AT_ONCE; i++)
            close_socket(run, handles[i]);
        equal(run, "an old handle", k230_sock_close(run->client, first, false), -K230_EBADF);
    }
}

static const struct {
    const char *name;
    void (*play)(struct run *run);
} s_cases[] = {
#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
    CASE(sockets_come_and_go_and_old_handles_stay_dead),
    CASE(a_stream_carries_100_kB_there_and_back),
    CASE(small_messages_are_answered_one_by_one),
    CASE(a_close_is_the_end_of_the_stream_after_its_last_byte),
    CASE(datagrams_keep_their_borders_and_their_sender),
    CASE(poll_shows_what_is_ready_and_nothing_else),
    CASE(nobody_listening_is_a_refused_connection),
    CASE(names_are_resolved),
    CASE(a_receive_that_brings_nothing_ends_at_its_timeout),
#undef CASE
};

bool k230_selfcheck_run(struct k230_selfcheck *check)
{
    check->passed = 0;
    check->failed = 0;
    for (uint32_t i = 0; i < sizeof s_cases / sizeof s_cases[0]; i++) {
        struct run run = {.check = check, .client = check->client, .name = s_cases[i].name};
        s_cases[i].play(&run);
        if (run.failed) {
            check->failed++;
            continue;
        }
        check->passed++;
        char line[128] = "ok ";
        k230_selfcheck_text(line, sizeof line, check->group ? check->group : "");
        k230_selfcheck_text(line, sizeof line, run.name);
        check->say(check->arg, line);
    }
    return check->failed == 0;
}
