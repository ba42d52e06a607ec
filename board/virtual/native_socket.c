#define _GNU_SOURCE
#include "native_socket.h"

#include "k230_op.h"
#include "launcher.h"

#include <pthread.h>
#include <signal.h>

static struct k230_client s_client;
static struct k230_launcher s_launcher;
static pthread_once_t s_once = PTHREAD_ONCE_INIT;

static void start(void)
{
    k230_launcher_init(&s_launcher);
    k230_client_init(&s_client, &s_launcher.hal.hal);
}

static struct k230_client *client(void)
{
    pthread_once(&s_once, start);
    return &s_client;
}

__attribute__((destructor)) static void process_ends(void) { k230_launcher_exit(&s_launcher); }

static struct k230_addr address_of(const uint8_t *bytes)
{
    struct k230_addr addr;
    memcpy(&addr, bytes, sizeof addr);
    return addr;
}

/* Every wait of this library: a thread of .NET may sleep in it. */
#define UNTIL_DONE(result, step)                                                                                       \
    while (((result) = (step)) == -K230_PENDING)                                                                       \
    k230_op_sleep(client(), &op)

/* ---- life -------------------------------------------------------------------------------------------------------- */

int k230_native_open(int family, int type, int proto)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_open(client(), &op, family, type, proto));
    return result;
}

static uint32_t s_pushing; /* atomic */

/* A thread that tells the agent of closes as the request queue gets room, until none is left. */
static void *push_closes(void *unused)
{
    do {
        k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, K230_FOREVER);
        __atomic_store_n(&s_pushing, 0, __ATOMIC_SEQ_CST);
        /* A close that came in between has seen the flag of before. */
    } while (k230_client_owes(client()) && __atomic_exchange_n(&s_pushing, 1u, __ATOMIC_SEQ_CST) == 0);
    return unused;
}

static bool start_pushing(void)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all); /* signals are for the program's own threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&thread, NULL, push_closes, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

int k230_native_close(int handle, int abort)
{
    const int status = k230_sock_close(client(), handle, abort != 0);
    /* With the request queue full it goes out with a later call, and this may be the last one. */
    if (status == 0 && k230_client_owes(client()) && __atomic_exchange_n(&s_pushing, 1u, __ATOMIC_SEQ_CST) == 0 &&
        !start_pushing()) {
        __atomic_store_n(&s_pushing, 0, __ATOMIC_SEQ_CST);
        k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, k230_deadline(client(), (int)K230_CONTROL_MS));
    }
    return status;
}

int k230_native_bind(int handle, const uint8_t *address)
{
    const struct k230_addr addr = address_of(address);
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_bind(client(), &op, handle, &addr));
    return result;
}

int k230_native_listen(int handle, int backlog)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_listen(client(), &op, handle, backlog));
    return result;
}

int k230_native_accept(int handle, uint8_t *peer, int timeout_ms)
{
    struct k230_operation op = {0};
    struct k230_addr addr = {.family = 0};
    int result;
    UNTIL_DONE(result, k230_op_accept(client(), &op, handle, &addr, timeout_ms));
    if (result >= 0)
        memcpy(peer, &addr, sizeof addr);
    return result;
}

int k230_native_connect(int handle, const uint8_t *address, int timeout_ms)
{
    const struct k230_addr addr = address_of(address);
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_connect(client(), &op, handle, &addr, timeout_ms));
    return result;
}

int k230_native_set_option(int handle, int level, int option, const uint8_t *value, int length)
{
    struct k230_operation op = {0};
    int result;
    if (length < 0)
        return -K230_EINVAL;
    UNTIL_DONE(result, k230_op_setopt(client(), &op, handle, level, option, value, (uint32_t)length));
    return result;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

int k230_native_send(int handle, const uint8_t *data, int offset, int count, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_send(client(), &op, handle, data + offset, (uint32_t)count, timeout_ms));
    return result;
}

int k230_native_send_all(int handle, const uint8_t *data, int offset, int count, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_send_all(client(), &op, handle, data + offset, (uint32_t)count, timeout_ms));
    return result;
}

int k230_native_send_to(int handle, const uint8_t *data, int offset, int count, const uint8_t *address, int timeout_ms)
{
    const struct k230_addr addr = address_of(address);
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_sendto(client(), &op, handle, data + offset, (uint32_t)count, &addr, timeout_ms));
    return result;
}

int k230_native_recv(int handle, uint8_t *data, int offset, int count, int flags, int timeout_ms)
{
    return k230_native_recv_from(handle, data, offset, count, flags, NULL, timeout_ms);
}

int k230_native_recv_from(int handle, uint8_t *data, int offset, int count, int flags, uint8_t *from, int timeout_ms)
{
    struct k230_operation op = {0};
    struct k230_addr addr = {.family = 0};
    int result;
    UNTIL_DONE(result, k230_op_recv(client(), &op, handle, data + offset, (uint32_t)count, flags, from ? &addr : NULL,
                                    timeout_ms));
    if (from && result >= 0)
        memcpy(from, &addr, sizeof addr);
    return result;
}

int k230_native_read_line(int handle, uint8_t *data, int offset, int count, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_readline(client(), &op, handle, data + offset, (uint32_t)count, timeout_ms));
    return result;
}

int k230_native_keep(int handle, int kept)
{
    k230_sock_keep(client(), handle, kept != 0);
    return 0;
}

int k230_native_available(int handle) { return k230_sock_available(client(), handle); }

/* ---- readiness and names ----------------------------------------------------------------------------------------- */

int k230_native_poll(uint8_t *entries, int count, int timeout_ms, int nudges)
{
    if (count < 0 || (uintptr_t)entries % _Alignof(struct k230_pollfd) != 0)
        return -K230_EINVAL;
    return k230_poll(client(), (struct k230_pollfd *)(void *)entries, (uint32_t)count, (uint32_t)nudges,
                     k230_deadline(client(), timeout_ms));
}

int k230_native_nudges(void) { return (int)k230_client_wakes(client()); }

int k230_native_nudge(void)
{
    k230_client_wake(client());
    return 0;
}

int k230_native_resolve(const char *host, const char *service, int family, int type, int proto, int flags,
                        uint8_t *answer, int length, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_resolve(client(), &op, host, service, family, type, proto, flags, answer,
                                       length > 0 ? (uint32_t)length : 0, timeout_ms));
    return result;
}

int k230_native_network(int seen, int timeout_ms)
{
    struct k230_operation op = {0};
    int result;
    UNTIL_DONE(result, k230_op_network(client(), &op, seen, timeout_ms));
    return result;
}

int k230_native_interface(int index, uint8_t *facts, int timeout_ms)
{
    struct k230_operation op = {0};
    struct k230_interface found;
    int result;
    UNTIL_DONE(result, k230_op_interface(client(), &op, (uint32_t)index, &found, timeout_ms));
    if (result > 0)
        memcpy(facts, &found, sizeof found);
    return result;
}
