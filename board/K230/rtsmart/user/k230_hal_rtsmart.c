#define _GNU_SOURCE
#include "k230_hal_rtsmart.h"

#include "k230_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* Nothing on a K230 tells that the other core has stopped. firmware/bigcore/engine/pump.c has this from the same
 * command line. */
#if !defined(K230_SILENCE_MS) || K230_SILENCE_MS == 0
#error "compile all of this program with -DK230_SILENCE_MS=3000, or an agent that stops is never noticed"
#endif

static struct k230_hal_rtsmart *self(struct k230_hal *hal) { return (struct k230_hal_rtsmart *)hal; }

static int request(struct k230_hal *hal, int number, void *argument) { return ioctl(self(hal)->fd, number, argument); }

static void rtsmart_log(struct k230_hal *hal, const char *line)
{
    (void)hal;
    fprintf(stderr, "k230: %s\n", line);
}

const char *k230_hal_rtsmart_open(struct k230_hal_rtsmart *rtsmart)
{
    if (rtsmart->fd >= 0)
        return NULL;
    const int fd = open(K230_LINK_PATH, O_RDWR);
    if (fd < 0)
        return K230_LINK_PATH " cannot be opened: is the kernel built with RT_USING_K230_LINK?";
    rtsmart->fd = fd;
    const char *trouble = K230_LINK_PATH " is of another version than this program";
    if (k230_hal_rtsmart_info(rtsmart, &rtsmart->info) && rtsmart->info.version == K230_LINK_VERSION) {
        struct k230_link_map map = {0};
        if (request(&rtsmart->hal, K230_LINK_MAP, &map) >= 0 && map.address != 0) {
            rtsmart->mapping = (void *)(uintptr_t)map.address;
            return NULL;
        }
        trouble = "the region cannot be mapped: does another nanoclr run?";
    }
    rtsmart->fd = -1;
    close(fd);
    return trouble;
}

static int rtsmart_attach(struct k230_hal *hal)
{
    struct k230_hal_rtsmart *rtsmart = self(hal);
    const char *trouble = k230_hal_rtsmart_open(rtsmart);
    if (trouble) {
        rtsmart_log(hal, trouble);
        return -K230_ENODEV;
    }
    hal->region = rtsmart->mapping;
    hal->length = rtsmart->info.length;
    return 0;
}

static void rtsmart_detach(struct k230_hal *hal)
{
    hal->region = NULL;
    hal->length = 0;
}

static void rtsmart_notify(struct k230_hal *hal, uint32_t hints)
{
    (void)hints; /* the mailbox carries nothing */
    request(hal, K230_LINK_NOTIFY, NULL);
}

static uint32_t rtsmart_doorbell(struct k230_hal *hal) { return (uint32_t)request(hal, K230_LINK_DOORBELL, NULL); }

static void rtsmart_sleep(struct k230_hal *hal, uint32_t ms)
{
    (void)hal;
    const struct timespec time = {.tv_sec = (time_t)(ms / 1000u), .tv_nsec = (long)(ms % 1000u) * 1000000L};
    nanosleep(&time, NULL);
}

static void rtsmart_wait(struct k230_hal *hal, uint32_t seen, uint32_t hints, uint32_t timeout_ms)
{
    struct k230_link_wait wait = {.seen = seen, .hints = hints, .timeout_ms = timeout_ms};
    if (request(hal, K230_LINK_WAIT, &wait) < 0)
        rtsmart_sleep(hal, 1); /* never a loop without rest */
}

static void rtsmart_wake(struct k230_hal *hal, uint32_t hints)
{
    request(hal, K230_LINK_WAKE, (void *)(uintptr_t)hints);
}

static bool rtsmart_other_alive(struct k230_hal *hal)
{
    (void)hal;
    return true;
}

/* CLOCK_MONOTONIC is the time counter there (components/libc/time/clock_time.c, with RT_USING_CPUTIME). */
static uint64_t rtsmart_now_ms(struct k230_hal *hal)
{
    (void)hal;
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Not from a random source, which RT-Smart need not have: the 27 MHz time counter, which starts at zero with the core
 * but is read after a boot of seconds. What matters is to differ from the id before. */
static uint32_t rtsmart_fresh_id(struct k230_hal *hal)
{
    struct k230_hal_rtsmart *rtsmart = self(hal);
    struct k230_link_info info = {.seed = rtsmart_now_ms(hal)};
    struct timespec wall = {0};
    clock_gettime(CLOCK_REALTIME, &wall);
    k230_hal_rtsmart_info(rtsmart, &info);
    return k230_id_of(info.seed ^ (uint64_t)wall.tv_sec << 32 ^ (uint64_t)wall.tv_nsec ^
                      (uint64_t)__atomic_add_fetch(&rtsmart->ids, 1u, __ATOMIC_RELAXED) << 48);
}

/* A lock's word is 0 free, 1 held, 2 held and waited for. A thread that has to wait sleeps on a semaphore of its own,
 * and an unlock calls one that waits for this word, the oldest. Of the C library that needs only what the kernel of the
 * vendor's SDK does as well: waits without a limit of time. There a broadcast wakes one waiter alone (no
 * FUTEX_REQUEUE), and a static mutex that two threads lock for the first time is unlocked under one of them, so s_guard
 * is made before there are threads. */
struct waiter {
    sem_t called;
    const uint32_t *word; /* NULL: not waiting, or called */
    bool taken;
    uint64_t turn;
};

static struct waiter s_waiters[K230_HAL_RTSMART_WAITERS];
static uint64_t s_turns;
static pthread_mutex_t s_guard;

static void make_locks(void)
{
    static bool s_made;
    if (s_made)
        return;
    s_made = true;
    pthread_mutex_init(&s_guard, NULL);
    for (unsigned i = 0; i < K230_HAL_RTSMART_WAITERS; i++)
        sem_init(&s_waiters[i].called, 0, 0);
}

static struct waiter *free_waiter(void)
{
    for (unsigned i = 0; i < K230_HAL_RTSMART_WAITERS; i++)
        if (!s_waiters[i].taken)
            return &s_waiters[i];
    return NULL;
}

static struct waiter *oldest_of(const uint32_t *word)
{
    struct waiter *oldest = NULL;
    for (unsigned i = 0; i < K230_HAL_RTSMART_WAITERS; i++)
        if (s_waiters[i].word == word && (!oldest || s_waiters[i].turn < oldest->turn))
            oldest = &s_waiters[i];
    return oldest;
}

static void rtsmart_lock(struct k230_hal *hal, uint32_t *word)
{
    uint32_t expected = 0;
    if (__atomic_compare_exchange_n(word, &expected, 1u, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return;
    pthread_mutex_lock(&s_guard);
    while (__atomic_exchange_n(word, 2u, __ATOMIC_ACQUIRE) != 0) {
        struct waiter *waiter = free_waiter();
        if (waiter) {
            waiter->taken = true;
            waiter->word = word;
            waiter->turn = s_turns++;
        }
        pthread_mutex_unlock(&s_guard);
        if (!waiter)
            rtsmart_sleep(hal, 1);
        else
            while (sem_wait(&waiter->called) != 0 && errno == EINTR)
                ;
        pthread_mutex_lock(&s_guard);
        if (waiter)
            waiter->taken = false;
    }
    pthread_mutex_unlock(&s_guard);
}

static void rtsmart_unlock(struct k230_hal *hal, uint32_t *word)
{
    (void)hal;
    if (__atomic_exchange_n(word, 0u, __ATOMIC_RELEASE) != 2u)
        return;
    pthread_mutex_lock(&s_guard); /* behind a waiter that has looked and is about to sleep */
    struct waiter *waiter = oldest_of(word);
    if (waiter) {
        waiter->word = NULL;
        sem_post(&waiter->called);
    }
    pthread_mutex_unlock(&s_guard);
}

static const struct k230_hal_ops s_ops = {
    .attach = rtsmart_attach,
    .detach = rtsmart_detach,
    .notify = rtsmart_notify,
    .doorbell = rtsmart_doorbell,
    .wait = rtsmart_wait,
    .sleep = rtsmart_sleep,
    .wake = rtsmart_wake,
    .other_alive = rtsmart_other_alive,
    .now_ms = rtsmart_now_ms,
    .fresh_id = rtsmart_fresh_id,
    .log = rtsmart_log,
    .lock = rtsmart_lock,
    .unlock = rtsmart_unlock,
};

void k230_hal_rtsmart_init(struct k230_hal_rtsmart *rtsmart)
{
    make_locks();
    memset(rtsmart, 0, sizeof *rtsmart);
    rtsmart->hal.ops = &s_ops;
    rtsmart->fd = -1;
}

bool k230_hal_rtsmart_info(struct k230_hal_rtsmart *rtsmart, struct k230_link_info *info)
{
    return rtsmart->fd >= 0 && request(&rtsmart->hal, K230_LINK_INFO, info) >= 0;
}

bool k230_hal_rtsmart_park(struct k230_hal_rtsmart *rtsmart, uint32_t place, uint32_t timeout_ms)
{
    struct k230_link_park park = {.place = place, .timeout_ms = timeout_ms};
    return rtsmart->fd >= 0 && request(&rtsmart->hal, K230_LINK_PARK, &park) >= 0;
}

void k230_hal_rtsmart_unpark(struct k230_hal_rtsmart *rtsmart, uint32_t place)
{
    request(&rtsmart->hal, K230_LINK_UNPARK, (void *)(uintptr_t)place);
}
