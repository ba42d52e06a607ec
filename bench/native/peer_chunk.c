/* The vendor's design over the same hal: one request of at most 944 bytes at a time, and nothing else happens until its
 * reply is there. For comparison only: a handful of calls, no checks, no second socket while one waits. The small core
 * is a child of this process that serves kernel sockets.
 */
#define _GNU_SOURCE
#include "io.h"
#include "peer.h"

#include "k230_hal_posix.h"
#include "k230_shared.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 944u /* payload of a message of the vendor's IPC */

enum chunk_op { CHUNK_OPEN, CHUNK_CONNECT, CHUNK_NO_DELAY, CHUNK_SEND, CHUNK_RECV, CHUNK_CLOSE };

/* One mailbox message, the same both ways; `number` is written last. */
struct message {
    uint32_t number;
    uint32_t op;
    int32_t sock;
    int32_t value; /* port, or length, or result */
    uint8_t payload[CHUNK];
};

struct region {
    struct message request;
    _Alignas(64) struct message reply;
};

static struct k230_hal_posix s_hal;
static uint32_t s_number;
static pid_t s_server;

static int nothing_to_attach(struct k230_hal_posix *hal)
{
    (void)hal;
    return 0;
}

static void nothing_to_detach(struct k230_hal_posix *hal) { (void)hal; }

static void sleep_until(struct k230_hal *hal, const uint32_t *number, uint32_t wanted)
{
    for (;;) {
        const uint32_t seen = hal->ops->doorbell(hal);
        if (k230_shared_load(hal, number) == wanted)
            return;
        hal->ops->wait(hal, seen, K230_ALL_HINTS, 1000);
    }
}

/* ---- the small core -----------------------------------------------------------------------------------------------
 */

static int32_t serve(const struct message *request, struct message *reply)
{
    switch (request->op) {
    case CHUNK_OPEN:
        return bench_kernel.open(BENCH_STREAM);
    case CHUNK_CONNECT:
        return bench_kernel.connect(request->sock, (uint16_t)request->value) ? 0 : -1;
    case CHUNK_NO_DELAY:
        return bench_kernel.no_delay(request->sock) ? 0 : -1;
    case CHUNK_SEND:
        return bench_kernel.send(request->sock, request->payload, (size_t)request->value) ? request->value : -1;
    case CHUNK_RECV:
        return bench_kernel.recv(request->sock, reply->payload, (size_t)request->value);
    case CHUNK_CLOSE:
        bench_kernel.close(request->sock);
        return 0;
    default:
        return -1;
    }
}

static void serve_for_ever(void *memory, uint64_t length)
{
    struct k230_hal_posix posix;
    k230_hal_posix_init(&posix, K230_HAL_SMALL, "chunk server", nothing_to_attach, nothing_to_detach);
    k230_hal_posix_use(&posix, memory, length);
    struct k230_hal *hal = &posix.hal;
    struct region *region = hal->region;
    for (uint32_t number = 1;; number++) {
        sleep_until(hal, &region->request.number, number);
        region->reply.value = serve(&region->request, &region->reply);
        k230_shared_store(hal, &region->reply.number, number);
        hal->ops->notify(hal, K230_ALL_HINTS);
    }
}

/* ---- the big core -------------------------------------------------------------------------------------------------
 */

static bool chunk_start(void)
{
    const uint64_t length = K230_HAL_POSIX_MAILBOX + sizeof(struct region);
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    const pid_t parent = getpid();
    s_server = fork();
    if (s_server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            serve_for_ever(memory, length);
        _exit(0);
    }
    k230_hal_posix_init(&s_hal, K230_HAL_BIG, "chunk", nothing_to_attach, nothing_to_detach);
    k230_hal_posix_use(&s_hal, memory, length);
    return s_server > 0;
}

static int32_t ask(enum chunk_op op, int sock, int32_t value, const void *payload, size_t length)
{
    struct k230_hal *hal = &s_hal.hal;
    struct region *region = hal->region;
    region->request.op = op;
    region->request.sock = sock;
    region->request.value = value;
    if (length > 0)
        memcpy(region->request.payload, payload, length);
    k230_shared_store(hal, &region->request.number, ++s_number);
    hal->ops->notify(hal, K230_ALL_HINTS);
    sleep_until(hal, &region->reply.number, s_number);
    return region->reply.value;
}

static void chunk_toll(struct bench_toll *toll)
{
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(s_server, &clock) == 0)
        clock_gettime(clock, &used);
    *toll = (struct bench_toll){.agent_cpu = (double)used.tv_sec + (double)used.tv_nsec * 1e-9,
                                .rings = k230_hal_posix_doorbells(&s_hal, K230_HAL_SMALL),
                                .rung = k230_hal_posix_doorbells(&s_hal, K230_HAL_BIG)};
}

static int chunk_open(enum bench_type type) { return type == BENCH_STREAM ? ask(CHUNK_OPEN, -1, 0, NULL, 0) : -1; }

static void chunk_close(int sock) { ask(CHUNK_CLOSE, sock, 0, NULL, 0); }

static bool chunk_connect(int sock, uint16_t port) { return ask(CHUNK_CONNECT, sock, port, NULL, 0) == 0; }

static bool chunk_no_delay(int sock) { return ask(CHUNK_NO_DELAY, sock, 0, NULL, 0) == 0; }

static bool chunk_send(int sock, const void *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        const size_t piece = length - done < CHUNK ? length - done : CHUNK;
        if (ask(CHUNK_SEND, sock, (int32_t)piece, (const uint8_t *)data + done, piece) != (int32_t)piece)
            return false;
        done += piece;
    }
    return true;
}

static int chunk_recv(int sock, void *data, size_t room)
{
    const struct region *region = s_hal.hal.region;
    const int32_t got = ask(CHUNK_RECV, sock, (int32_t)(room < CHUNK ? room : CHUNK), NULL, 0);
    if (got > 0)
        memcpy(data, region->reply.payload, (size_t)got);
    return got;
}

const struct bench_peer bench_chunk = {
    .name = "chunk",
    .start = chunk_start,
    .toll = chunk_toll,
    .open = chunk_open,
    .close = chunk_close,
    .connect = chunk_connect,
    .no_delay = chunk_no_delay,
    .send = chunk_send,
    .recv = chunk_recv,
};
