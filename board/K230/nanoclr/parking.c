#define _GNU_SOURCE
#include "parking.h"

#include <stdbool.h>
#include <time.h>

struct place {
    pthread_mutex_t lock;
    pthread_cond_t called;
    bool is_called;
};

static struct place s_places[K230_PLACES];

void K230_Parking_Init(void)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);

    for (unsigned i = 0; i < K230_PLACES; i++) {
        struct place *const at = &s_places[i];

        pthread_mutex_init(&at->lock, NULL);
        pthread_mutex_lock(&at->lock); /* see events.cpp */
        pthread_mutex_unlock(&at->lock);
        pthread_cond_init(&at->called, &monotonic);
    }

    pthread_condattr_destroy(&monotonic);
}

/* Returns after any wake-up: the caller looks again. */
void K230_Parking_Sleep(enum k230_place place, uint64_t until_ns)
{
    struct place *const at = &s_places[place];

    pthread_mutex_lock(&at->lock);
    if (!at->is_called && until_ns == UINT64_MAX) {
        pthread_cond_wait(&at->called, &at->lock);
    } else if (!at->is_called) {
        const struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000u),
                                       .tv_nsec = (long)(until_ns % 1000000000u)};

        pthread_cond_timedwait(&at->called, &at->lock, &until);
    }
    at->is_called = false;
    pthread_mutex_unlock(&at->lock);
}

void K230_Parking_Wake(enum k230_place place)
{
    struct place *const at = &s_places[place];

    pthread_mutex_lock(&at->lock);
    at->is_called = true;
    pthread_cond_signal(&at->called);
    pthread_mutex_unlock(&at->lock);
}
