#include "native_socket.h"

#include "k230_sock.h"
#include "launcher.h"

#include <pthread.h>

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

static uint64_t control_deadline(void) { return k230_deadline(client(), K230_CONTROL_MS); }

/* True when the call must be made again: the agent had not answered and has now (or another's call is over). Else
 * *status is the result. */
static bool asked(int *status, int handle, uint32_t *call, uint64_t deadline)
{
    if (*status != -K230_PENDING)
        return false;
    const int waited = k230_sock_wait(client(), handle, K230_WAIT_CALL, *call, deadline);
    if (waited == 0)
        return true;
    k230_sock_abandon(client(), handle, *call);
    *status = waited;
    return false;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static int open_once(int family, int type, int proto)
{
    const uint64_t deadline = control_deadline();
    int handle;
    while ((handle = k230_sock_open(client(), family, type, proto)) == -K230_EAGAIN) {
        const int waited = k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, deadline);
        if (waited != 0)
            return waited;
    }
    if (handle < 0)
        return handle;
    int status;
    while ((status = k230_sock_opened(client(), handle)) == -K230_PENDING) {
        status = k230_sock_wait(client(), handle, K230_WAIT_OPENED, 0, deadline);
        if (status != 0) {
            k230_sock_close(client(), handle, true);
            return status;
        }
    }
    return status < 0 ? status : handle;
}

int k230_native_open(int family, int type, int proto)
{
    int handle = open_once(family, type, proto);
    /* The agent may have died unnoticed before the call. Nothing is lost with it, so the next one is asked. */
    for (int tries = 0; handle == -K230_ECONNRESET && tries < 3; tries++)
        handle = open_once(family, type, proto);
    return handle;
}

int k230_native_close(int handle, int abort)
{
    const int status = k230_sock_close(client(), handle, abort != 0);
    /* With the request queue full it goes out with a later call. This may be the last one. */
    if (status == 0)
        k230_sock_wait(client(), -1, K230_WAIT_CALL, 0, control_deadline());
    return status;
}

int k230_native_bind(int handle, const uint8_t *address)
{
    const struct k230_addr addr = address_of(address);
    const uint64_t deadline = control_deadline();
    uint32_t call = 0;
    int status;
    do
        status = k230_sock_bind(client(), handle, &addr, &call);
    while (asked(&status, handle, &call, deadline));
    return status;
}

int k230_native_listen(int handle, int backlog)
{
    const uint64_t deadline = control_deadline();
    uint32_t call = 0;
    int status;
    do
        status = k230_sock_listen(client(), handle, backlog, &call);
    while (asked(&status, handle, &call, deadline));
    return status;
}

int k230_native_accept(int handle, uint8_t *peer, int timeout_ms)
{
    const uint64_t deadline = k230_deadline(client(), timeout_ms);
    uint32_t call = 0;
    struct k230_addr addr = {.family = 0};
    for (;;) {
        int status = k230_sock_accept(client(), handle, timeout_ms == 0, &addr, &call);
        if (asked(&status, handle, &call, control_deadline()))
            continue;
        if (status >= 0)
            memcpy(peer, &addr, sizeof addr);
        if (status != -K230_EAGAIN || timeout_ms == 0)
            return status;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_IN, 0, deadline);
        if (waited != 0)
            return waited;
    }
}

int k230_native_connect(int handle, const uint8_t *address, int timeout_ms)
{
    const struct k230_addr addr = address_of(address);
    const uint64_t deadline = k230_deadline(client(), timeout_ms);
    uint32_t call = 0;
    int status;
    do
        status = k230_sock_connect(client(), handle, &addr, &call);
    while (asked(&status, handle, &call, control_deadline()));
    if (status != -K230_EINPROGRESS || timeout_ms == 0)
        return status;
    const int waited = k230_sock_wait(client(), handle, K230_WAIT_CONNECT, 0, deadline);
    if (waited == -K230_ETIMEDOUT && k230_sock_cancel(client(), handle))
        return waited;
    return waited == 0 || waited == -K230_ETIMEDOUT ? k230_sock_connected(client(), handle) : waited;
}

int k230_native_set_option(int handle, int level, int option, const uint8_t *value, int length)
{
    const uint64_t deadline = control_deadline();
    uint32_t call = 0;
    int status;
    if (length < 0)
        return -K230_EINVAL;
    do
        status = k230_sock_setopt(client(), handle, level, option, value, (uint32_t)length, &call);
    while (asked(&status, handle, &call, deadline));
    return status;
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* One datagram; the confirmation of the first to a destination is waited for even where the socket does not wait. */
static int send_datagram(int handle, const uint8_t *data, uint32_t count, const struct k230_addr *addr, int timeout_ms)
{
    const uint64_t deadline = k230_deadline(client(), timeout_ms);
    uint32_t call = 0;
    for (;;) {
        int status = k230_sock_sendto(client(), handle, data, count, addr, &call);
        if (asked(&status, handle, &call, control_deadline()))
            continue;
        if (status != -K230_EAGAIN || timeout_ms == 0)
            return status;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_OUT, k230_record_space(count), deadline);
        if (waited != 0)
            return waited;
    }
}

static int send_some(int handle, const uint8_t *data, uint32_t count, uint32_t least, int timeout_ms)
{
    uint64_t deadline = k230_deadline(client(), timeout_ms);
    int room = -1;
    for (;;) {
        const int sent = k230_sock_send(client(), handle, data, count, least);
        if (sent != -K230_EAGAIN || timeout_ms == 0)
            return sent;
        const int now = k230_sock_room(client(), handle);
        if (room >= 0 && now > room) /* bytes have moved, if not yet enough */
            deadline = k230_deadline(client(), timeout_ms);
        room = now;
        const uint32_t next = now >= 0 && timeout_ms > 0 && (uint32_t)now + 1u < least ? (uint32_t)now + 1u : least;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_OUT, next, deadline);
        if (waited != 0)
            return waited;
    }
}

int k230_native_send(int handle, const uint8_t *data, int offset, int count, int timeout_ms)
{
    if (k230_sock_type(client(), handle) == K230_SOCK_DGRAM)
        return send_datagram(handle, data + offset, (uint32_t)count, NULL, timeout_ms);
    return send_some(handle, data + offset, (uint32_t)count, 1, timeout_ms);
}

int k230_native_send_all(int handle, const uint8_t *data, int offset, int count, int timeout_ms)
{
    if (k230_sock_type(client(), handle) == K230_SOCK_DGRAM)
        return send_datagram(handle, data + offset, (uint32_t)count, NULL, timeout_ms);
    const uint32_t atomic = k230_sock_atomic(client());
    int done = 0;
    do {
        const uint32_t left = (uint32_t)(count - done);
        const uint32_t least = timeout_ms != 0 && (uint32_t)count <= atomic ? left : 1u;
        const int sent = send_some(handle, data + offset + done, left, least, timeout_ms);
        if (sent < 0)
            return sent == -K230_EAGAIN && done > 0 ? done : sent;
        done += sent;
    } while (done < count);
    return done;
}

int k230_native_send_to(int handle, const uint8_t *data, int offset, int count, const uint8_t *address, int timeout_ms)
{
    if (k230_sock_type(client(), handle) == K230_SOCK_STREAM)
        return k230_native_send(handle, data, offset, count, timeout_ms);
    const struct k230_addr addr = address_of(address);
    return send_datagram(handle, data + offset, (uint32_t)count, &addr, timeout_ms);
}

int k230_native_recv(int handle, uint8_t *data, int offset, int count, int flags, int timeout_ms)
{
    return k230_native_recv_from(handle, data, offset, count, flags, NULL, timeout_ms);
}

int k230_native_recv_from(int handle, uint8_t *data, int offset, int count, int flags, uint8_t *from, int timeout_ms)
{
    if (flags & K230_MSG_DONTWAIT)
        timeout_ms = 0;
    const uint64_t deadline = k230_deadline(client(), timeout_ms);
    struct k230_addr addr = {.family = 0};
    for (;;) {
        const int got = k230_sock_recv(client(), handle, data + offset, (uint32_t)count, flags, from ? &addr : NULL);
        if (from && got >= 0)
            memcpy(from, &addr, sizeof addr);
        if (got != -K230_EAGAIN || timeout_ms == 0)
            return got;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_IN, 0, deadline);
        if (waited != 0)
            return waited;
    }
}

int k230_native_read_line(int handle, uint8_t *data, int offset, int count, int timeout_ms)
{
    uint32_t seen;
    for (;;) {
        const int got = k230_sock_readline(client(), handle, data + offset, (uint32_t)count, timeout_ms == 0, &seen);
        if (got != -K230_EAGAIN || timeout_ms == 0)
            return got;
        const int waited = k230_sock_wait(client(), handle, K230_WAIT_IN, seen, k230_deadline(client(), timeout_ms));
        if (waited != 0)
            return waited;
    }
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

int k230_native_nudges(void) { return (int)k230_client_pokes(client()); }

int k230_native_nudge(void)
{
    k230_client_poke(client());
    return 0;
}

int k230_native_resolve(const char *host, const char *service, int family, int type, int proto, int flags,
                        uint8_t *answer, int length, int timeout_ms)
{
    const uint64_t deadline = k230_deadline(client(), timeout_ms);
    const uint32_t room =
        length > (int)K230_HOST_MAX + 1 ? ((uint32_t)length - (K230_HOST_MAX + 1)) / K230_ADDR_SIZE : 0;
    struct k230_addr addrs[K230_RESOLVE_ADDRS];
    char canon[K230_HOST_MAX + 1] = "";
    int token;
    while ((token = k230_resolve_begin(client(), host, service, family, type, proto, flags)) == -K230_EAGAIN) {
        const int waited = k230_resolve_wait(client(), 0, deadline);
        if (waited != 0)
            return waited;
    }
    if (token < 0)
        return token;
    int found;
    while ((found = k230_resolve_end(client(), token, addrs, room < K230_RESOLVE_ADDRS ? room : K230_RESOLVE_ADDRS,
                                     canon)) == -K230_PENDING) {
        const int waited = k230_resolve_wait(client(), token, deadline);
        if (waited != 0) {
            k230_resolve_abandon(client(), token);
            return waited;
        }
    }
    if (found >= 0 && length > (int)K230_HOST_MAX) {
        memcpy(answer, canon, sizeof canon);
        memcpy(answer + sizeof canon, addrs, (size_t)found * K230_ADDR_SIZE);
    }
    return found;
}
