#define _GNU_SOURCE
#include "k230_hal_posix.h"

#include "k230_errno.h"

#include "k230_protocol.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The mailbox page: word 0 is the big core's doorbell, the word one line further the small core's. Unlike the region's
 * indices these have several writers (the other core and wakes of its own), hence the atomic additions; they model a
 * device register, not memory between the cores. */
static uint32_t *doorbell_of(struct k230_hal_posix *posix, enum k230_hal_side side)
{
    return (uint32_t *)posix->mapping + (side == K230_HAL_BIG ? 0u : K230_LINE / sizeof(uint32_t));
}

static long futex(uint32_t *word, int op, uint32_t value, const struct timespec *timeout, uint32_t mask)
{
    return syscall(SYS_futex, word, op, value, timeout, NULL, mask);
}

static void set_doorbell(struct k230_hal_posix *posix, enum k230_hal_side side, uint32_t hints)
{
    uint32_t *word = doorbell_of(posix, side);
    __atomic_fetch_add(word, 1u, __ATOMIC_SEQ_CST);
    if (side == K230_HAL_SMALL && posix->doorbell_fd >= 0) {
        const uint64_t one = 1;
        /* A full eventfd counter (EAGAIN) still wakes its reader, so the result carries no news. */
        if (write(posix->doorbell_fd, &one, sizeof one) < 0 && errno == EBADF)
            __atomic_store_n(&posix->other_lost, 1u, __ATOMIC_RELAXED);
        return;
    }
    if (hints != 0)
        futex(word, FUTEX_WAKE_BITSET, INT_MAX, NULL, hints);
}

static struct k230_hal_posix *self(struct k230_hal *hal) { return (struct k230_hal_posix *)hal; }

static int posix_attach(struct k230_hal *hal) { return self(hal)->attach(self(hal)); }

static void posix_detach(struct k230_hal *hal) { self(hal)->detach(self(hal)); }

static void posix_notify(struct k230_hal *hal, uint32_t hints)
{
    set_doorbell(self(hal), self(hal)->side == K230_HAL_BIG ? K230_HAL_SMALL : K230_HAL_BIG, hints);
}

static void posix_wake(struct k230_hal *hal, uint32_t hints) { set_doorbell(self(hal), self(hal)->side, hints); }

static uint32_t posix_doorbell(struct k230_hal *hal)
{
    return __atomic_load_n(doorbell_of(self(hal), self(hal)->side), __ATOMIC_SEQ_CST);
}

static void posix_wait(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms)
{
    struct timespec until; /* FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time: futex(2) */
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000u;
    until.tv_nsec += (long)(timeout_ms % 1000u) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec += 1;
    }
    if (hints == 0)
        hints = K230_ALL_HINTS;
    futex(doorbell_of(self(hal), self(hal)->side), FUTEX_WAIT_BITSET, seen, &until, hints);
}

static bool posix_look_again(struct k230_hal *hal, uint64_t *since)
{
    if (*since == 0)
        *since = k230_eager_now_ns();
    return k230_eager_again(&self(hal)->eager, *since);
}

static void posix_waited(struct k230_hal *hal, uint64_t since) { k230_eager_learn(&self(hal)->eager, since); }

static void posix_sleep(struct k230_hal *hal, uint32_t ms)
{
    (void)hal;
    const struct timespec time = {.tv_sec = ms / 1000u, .tv_nsec = (long)(ms % 1000u) * 1000000L};
    nanosleep(&time, NULL);
}

static bool posix_other_alive(struct k230_hal *hal)
{
    struct k230_hal_posix *posix = self(hal);
    if (__atomic_load_n(&posix->other_lost, __ATOMIC_RELAXED))
        return false;
    if (posix->other_fd < 0)
        return true;
    struct pollfd peer = {.fd = posix->other_fd, .events = POLLIN};
    if (poll(&peer, 1, 0) == 1 && (peer.revents & (POLLHUP | POLLERR | POLLNVAL | POLLIN))) {
        /* The agent writes nothing after the set-up, so readable means end of file. */
        __atomic_store_n(&posix->other_lost, 1u, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}

static uint64_t posix_now_ms(struct k230_hal *hal)
{
    (void)hal;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static uint32_t posix_fresh_id(struct k230_hal *hal)
{
    uint32_t id = 0;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id || id == 0)
        id = k230_id_of(posix_now_ms(hal) ^ (uint64_t)getpid() << 48);
    return id;
}

void k230_posix_say(const char *format, ...)
{
    char line[PIPE_BUF]; /* a pipe with room takes that much whole: pipe(7) */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line) {
        length = (int)sizeof line;
        line[length - 1] = '\n';
    }
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (length <= 0 || poll(&out, 1, 0) != 1 || out.revents != POLLOUT) /* or nobody can read it any more: POLLERR */
        return;
    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        return; /* there is nowhere to say that */
}

static void posix_log(struct k230_hal *hal, const char *line) { k230_posix_say("%s: %s\n", self(hal)->name, line); }

/* The three-state futex mutex of Drepper, "Futexes Are Tricky", section 6: 0 free, 1 held, 2 held with waiters. */
static void take(uint32_t *word)
{
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(word, &seen, 1u, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(word, 2u, __ATOMIC_ACQUIRE) != 0)
        futex(word, FUTEX_WAIT_PRIVATE, 2u, NULL, 0);
}

static void posix_unlock(struct k230_hal *hal, uint32_t *word)
{
    (void)hal;
    if (__atomic_exchange_n(word, 0u, __ATOMIC_RELEASE) == 2u)
        futex(word, FUTEX_WAKE_PRIVATE, 1u, NULL, 0);
}

static void posix_lock(struct k230_hal *hal, uint32_t *word)
{
    const struct k230_hal_posix *posix = self(hal);
    take(word);
    if (__atomic_load_n(&posix->ending, __ATOMIC_ACQUIRE) == 0 || pthread_equal(posix->ender, pthread_self()))
        return;
    posix_unlock(hal, word);
    for (;;)
        pause(); /* the process takes this thread along */
}

void k230_hal_posix_end(struct k230_hal_posix *posix)
{
    posix->ender = pthread_self();
    __atomic_store_n(&posix->ending, 1u, __ATOMIC_RELEASE);
}

void k230_hal_posix_init(struct k230_hal_posix *posix, enum k230_hal_side side, const char *name,
                         int (*attach)(struct k230_hal_posix *), void (*detach)(struct k230_hal_posix *))
{
    *posix = (struct k230_hal_posix){
        .table = {.attach = posix_attach,
                  .detach = posix_detach,
                  .notify = posix_notify,
                  .doorbell = posix_doorbell,
                  .wait = posix_wait,
                  .look_again = posix_look_again,
                  .waited = posix_waited,
                  .sleep = posix_sleep,
                  .wake = posix_wake,
                  .other_alive = posix_other_alive,
                  .now_ms = posix_now_ms,
                  .fresh_id = posix_fresh_id,
                  .log = posix_log,
                  .lock = posix_lock,
                  .unlock = posix_unlock},
        .side = side,
        .name = name,
        .attach = attach,
        .detach = detach,
        .doorbell_fd = -1,
        .other_fd = -1,
    };
    posix->hal.ops = &posix->table;
    k230_eager_init(&posix->eager);
}

uint32_t k230_hal_posix_doorbells(struct k230_hal_posix *posix, enum k230_hal_side side)
{
    return __atomic_load_n(doorbell_of(posix, side), __ATOMIC_RELAXED);
}

void k230_hal_posix_use(struct k230_hal_posix *posix, void *mapping, uint64_t length)
{
    posix->mapping = mapping;
    posix->mapped = length;
    posix->owns_mapping = false;
    posix->other_lost = 0;
    posix->hal.region = (uint8_t *)mapping + K230_HAL_POSIX_MAILBOX;
    posix->hal.length = length - K230_HAL_POSIX_MAILBOX;
}

int k230_hal_posix_map(struct k230_hal_posix *posix, int fd, uint64_t length)
{
    if (length <= K230_HAL_POSIX_MAILBOX || length > SIZE_MAX)
        return -K230_EINVAL;
    void *mapping = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapping == MAP_FAILED)
        return k230_from_errno(errno);
    k230_hal_posix_use(posix, mapping, length);
    posix->owns_mapping = true;
    return 0;
}

void k230_hal_posix_unmap(struct k230_hal_posix *posix)
{
    if (posix->owns_mapping)
        munmap(posix->mapping, (size_t)posix->mapped);
    posix->mapping = NULL;
    posix->owns_mapping = false;
    posix->hal.region = NULL;
    posix->hal.length = 0;
}

int k230_from_errno(int error) { return k230_name_errno(error); }
