/* The hal of a process on the big core's RT-Smart: open, ioctl and mmap of /dev/k230link, and POSIX threads.
 *
 * Promises
 * - attach opens the device once; the descriptor and the mapping stay until the process ends, so an operation that
 * comes after a detach does no harm.
 * - peer_alive says true: the link goes by the heartbeat (K230_SILENCE_MS).
 * - The lock costs a system call only when somebody waits for it.
 * - Nothing is allocated.
 *
 * Contexts: as k230_hal.h says. A ring or poke is a system call here, so not from a signal handler that may not make
 * one.
 */
#ifndef K230_HAL_RTSMART_H
#define K230_HAL_RTSMART_H

#include "k230_hal.h"
#include "k230_link_device.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k230_hal_rtsmart {
    struct k230_hal hal; /* first: the hal's operations receive it */
    int fd;              /* -1 = not open yet */
    void *mapping;
    struct k230_link_info info;
    uint32_t ids; /* given so far */
};

void k230_hal_rtsmart_init(struct k230_hal_rtsmart *rtsmart);

/* What the kernel knows of the doorbell; false without a device. */
bool k230_hal_rtsmart_info(struct k230_hal_rtsmart *rtsmart, struct k230_link_info *info);

#ifdef __cplusplus
}
#endif
#endif
