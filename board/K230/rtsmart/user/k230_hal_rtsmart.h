/* The hal of a process on the big core's RT-Smart: open and ioctl of /dev/k230link, and POSIX threads.
 *
 * Promises
 * - attach opens the device once; the descriptor and the mapping stay until the process ends, so an operation that
 * comes after a detach does no harm. At the process's end the driver says goodbye to the small core.
 * - other_alive says true: the link goes by the heartbeat (K230_SILENCE_MS).
 * - The lock costs a system call only when a thread waits for it. K230_HAL_RTSMART_WAITERS threads can wait for locks
 * at a time; a further one looks again each millisecond.
 * - Nothing is allocated.
 *
 * Contexts: as k230_hal.h says. k230_hal_rtsmart_init while the process has one thread. A notify or wake is a system
 * call here, so not from a signal handler that may not make one.
 */
#ifndef K230_HAL_RTSMART_H
#define K230_HAL_RTSMART_H

#include "k230_hal.h"
#include "k230_link_device.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_HAL_RTSMART_WAITERS 16

struct k230_hal_rtsmart {
    struct k230_hal hal; /* first: the hal's operations receive it */
    int fd;              /* -1 = not open yet */
    void *mapping;
    struct k230_link_info info;
    uint32_t ids; /* given so far */
};

void k230_hal_rtsmart_init(struct k230_hal_rtsmart *rtsmart);

/* Opens the device and maps the region, as attach does at the first session. NULL, or what failed and what to look at.
 */
const char *k230_hal_rtsmart_open(struct k230_hal_rtsmart *rtsmart);

/* Sleeps for that time, a second at most, or until the place is called (also by a call before the sleep). One thread at
 * a place, and K230_LINK_PLACES places. On the kernel of the vendor's SDK this is how a thread sleeps with a limit of
 * time: a timed wait on a condition variable is over after one tick there. False at once without a device. */
bool k230_hal_rtsmart_park(struct k230_hal_rtsmart *rtsmart, uint32_t place, uint32_t timeout_ms);
void k230_hal_rtsmart_unpark(struct k230_hal_rtsmart *rtsmart, uint32_t place);

/* What the kernel knows of the doorbell; false without a device. */
bool k230_hal_rtsmart_info(struct k230_hal_rtsmart *rtsmart, struct k230_link_info *info);

#ifdef __cplusplus
}
#endif
#endif
