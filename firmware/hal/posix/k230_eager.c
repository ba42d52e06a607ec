#define _GNU_SOURCE
#include "k230_eager.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_NS 10000u
/* A turn of Linux's scheduler takes some 3 ms (base_slice_ns). Who gives the processor away and gets it back as late as
 * this shares it with somebody who works through. Whoever sleeps there is put in front when it is woken, or on another
 * processor; whoever only looks is put behind. */
#define CROWDED_NS 1000000u
/* A yield that came back late cost a whole turn of somebody else. It is not tried again before this many times as much
 * time has passed, so that looking costs a crowded machine a few percent and not most of its time. */
#define CROWDED_REST 32u

static bool one_processor(void)
{
    static int s_count; /* atomic; 0 = not asked yet */
    int count = __atomic_load_n(&s_count, __ATOMIC_RELAXED);
    if (count == 0) {
        cpu_set_t mine;
        count = sched_getaffinity(0, sizeof mine, &mine) == 0 ? CPU_COUNT(&mine) : 1;
        __atomic_store_n(&s_count, count, __ATOMIC_RELAXED);
    }
    return count == 1;
}

uint64_t k230_eager_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void k230_eager_init(struct k230_eager *eager)
{
    /* Nothing in an app's native part sets the environment. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *wish = getenv("K230_EAGER");
    *eager = (struct k230_eager){.never = wish && strcmp(wish, "0") == 0};
}

bool k230_eager_again(struct k230_eager *eager, uint64_t since_ns)
{
    const uint32_t budget = __atomic_load_n(&eager->budget_ns, __ATOMIC_RELAXED);
    if (budget == 0)
        return false;
    const uint64_t before = k230_eager_now_ns();
    if (before - since_ns >= budget)
        return false;
    sched_yield();
    const uint64_t after = k230_eager_now_ns();
    if (after - before >= CROWDED_NS) {
        __atomic_store_n(&eager->rests_until_ns, after + CROWDED_REST * (after - before), __ATOMIC_RELAXED);
        __atomic_store_n(&eager->budget_ns, 0, __ATOMIC_RELAXED);
    }
    return true;
}

void k230_eager_learn(struct k230_eager *eager, uint64_t since_ns)
{
    const uint64_t now = k230_eager_now_ns();
    const uint64_t took = now - since_ns;
    uint32_t budget = __atomic_load_n(&eager->budget_ns, __ATOMIC_RELAXED);
    if (eager->never || took <= budget || one_processor() ||
        now < __atomic_load_n(&eager->rests_until_ns, __ATOMIC_RELAXED))
        return;
    if (took >= K230_EAGER_NS)
        budget = 0;
    else if (budget == 0)
        budget = FIRST_NS;
    else
        budget = budget * 2u < K230_EAGER_NS ? budget * 2u : K230_EAGER_NS;
    __atomic_store_n(&eager->budget_ns, budget, __ATOMIC_RELAXED);
}
