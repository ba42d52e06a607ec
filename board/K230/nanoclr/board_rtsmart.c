/* The board: /dev/k230link of the kernel (board/K230/rtsmart). What is missing there the hal says when a session is to
 * begin; an app that needs no network runs without it. */
#define _GNU_SOURCE
#include "board.h"
#include "parking.h"

#include "k230_hal_rtsmart.h"

#include <sched.h>
#include <time.h>

#define LONGEST_MS 1000u /* as the driver sleeps at most */

_Static_assert((int)K230_PLACES <= (int)K230_LINK_PLACES, "the driver has a place for each thread that sleeps");

static struct k230_hal_rtsmart s_rtsmart;
static bool s_has_device;

struct k230_hal *K230_Board_Hal(void)
{
    K230_Parking_Init();
    k230_hal_rtsmart_init(&s_rtsmart);
    /* Now and not at the first session, so that no thread sleeps at one place while it is called at another. */
    s_has_device = k230_hal_rtsmart_open(&s_rtsmart) == NULL;
    return &s_rtsmart.hal;
}

/* The kernel closes the device, and the driver says goodbye to the small core: also for a process that was killed. */
void K230_Board_End(void) {}

/* In the driver. Without it by the C library, which on the kernel of the vendor's SDK looks again at each tick of its
 * clock: there a futex takes the time that it is to wait for a time of day. */
void K230_Board_Sleep(enum k230_place place, uint64_t until_ns)
{
    struct timespec time;

    if (!s_has_device) {
        K230_Parking_Sleep(place, until_ns);
        return;
    }

    clock_gettime(CLOCK_MONOTONIC, &time);
    const uint64_t now = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
    const uint64_t left_ms = until_ns > now ? (until_ns - now - 1u) / 1000000u + 1u : 0;

    k230_hal_rtsmart_park(&s_rtsmart, place, left_ms < LONGEST_MS ? (uint32_t)left_ms : LONGEST_MS);
}

void K230_Board_Wake(enum k230_place place)
{
    if (s_has_device) {
        k230_hal_rtsmart_unpark(&s_rtsmart, place);
    } else {
        K230_Parking_Wake(place);
    }
}

/* The kernel's priorities: a smaller number goes first. Whatever policy it is given, RT-Smart takes the number. */
void K230_Board_Raise(pthread_t thread)
{
    struct sched_param own;
    int policy;

    if (pthread_getschedparam(pthread_self(), &policy, &own) == 0 && own.sched_priority > 0) {
        own.sched_priority--;
        pthread_setschedparam(thread, SCHED_FIFO, &own);
    }
}
