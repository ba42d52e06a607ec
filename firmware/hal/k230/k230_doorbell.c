#include "k230_doorbell.h"

#define NO_SLEEPER 32u

_Static_assert(K230_SLEEPERS > 0 && K230_SLEEPERS <= 32, "`taken` has a bit for each");

#define EVERYBODY (K230_SLEEPERS == 32 ? UINT32_MAX : (1u << K230_SLEEPERS % 32u) - 1u)

void k230_doorbell_set(struct k230_doorbell *doorbell, const struct k230_os *os, uint32_t hints)
{
    __atomic_fetch_add(&doorbell->count, 1u, __ATOMIC_SEQ_CST);
    /* Pairs with the fence in wait. Either we see that sleeper, with its hints and not called yet, or it sees the
     * count. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint32_t left = __atomic_load_n(&doorbell->taken, __ATOMIC_RELAXED);
    for (unsigned sleeper = 0; left != 0; sleeper++, left >>= 1)
        if ((left & 1u) && (__atomic_load_n(&doorbell->hints[sleeper], __ATOMIC_RELAXED) & hints) &&
            __atomic_exchange_n(&doorbell->called[sleeper], 1u, __ATOMIC_RELAXED) == 0)
            os->give(os->context, sleeper);
}

uint32_t k230_doorbell_count(const struct k230_doorbell *doorbell)
{
    return __atomic_load_n(&doorbell->count, __ATOMIC_SEQ_CST);
}

static unsigned claim(struct k230_doorbell *doorbell)
{
    uint32_t taken = __atomic_load_n(&doorbell->taken, __ATOMIC_RELAXED);
    for (;;) {
        const uint32_t free = ~taken & EVERYBODY;
        if (free == 0)
            return NO_SLEEPER;
        const unsigned sleeper = (unsigned)__builtin_ctz(free);
        if (__atomic_compare_exchange_n(&doorbell->taken, &taken, taken | 1u << sleeper, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return sleeper;
    }
}

void k230_doorbell_wait(struct k230_doorbell *doorbell, const struct k230_os *os, uint32_t seen, uint32_t hints,
                        uint32_t timeout_ms)
{
    if (timeout_ms == 0 || k230_doorbell_count(doorbell) != seen)
        return;
    const unsigned sleeper = os->take ? claim(doorbell) : NO_SLEEPER;
    if (sleeper == NO_SLEEPER) {
        os->sleep(os->context, 1);
        return;
    }
    __atomic_store_n(&doorbell->hints[sleeper], hints ? hints : UINT32_MAX, __ATOMIC_RELAXED);
    __atomic_store_n(&doorbell->called[sleeper], 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in set */
    /* A late set may give the semaphore again after its owner has left; the next owner then returns early, once. */
    if (k230_doorbell_count(doorbell) == seen)
        os->take(os->context, sleeper, timeout_ms);
    __atomic_fetch_and(&doorbell->taken, ~(1u << sleeper), __ATOMIC_RELEASE);
}
