/* /dev/k230link: what the kernel of the big core's RT-Smart offers a process that talks to the small core.
 *
 * One descriptor at a time is the big core: the one that asked for K230_LINK_MAP first. Until it is closed any other
 * gets EBUSY from that request, and EPERM from all but K230_LINK_INFO, so that no other process takes a place where the
 * big core's threads sleep, or notifies in its name. poll says POLLIN when the doorbell has changed since this
 * descriptor last asked for its value.
 *
 * Closing that descriptor, which the kernel does for a process that dies, ends all of it: the mapping goes, and the
 * driver says goodbye to the small core, which then closes the process's sockets.
 *
 * mmap is refused: the kernel hands a driver's mmap on as an ioctl, RT_FIOMMAP2, that any process can make itself, with
 * any address for the answer.
 *
 * Contexts: K230_LINK_WAIT and K230_LINK_PARK sleep, nothing else does. Every request may be made by several threads at
 * a time.
 */
#ifndef K230_LINK_DEVICE_H
#define K230_LINK_DEVICE_H

#include <stdint.h>

#define K230_LINK_NAME "k230link"
#define K230_LINK_PATH "/dev/" K230_LINK_NAME

#define K230_LINK_VERSION 2u

/* The doorbell's value as an ioctl returns it: not negative. */
#define K230_LINK_DOORBELL_MASK 0x7FFFFFFFu

/* Requests. Their numbers are far from those that DFS answers itself (F_GETFL, F_SETFL; RT_FIO* 0x5254xxxx). */
#define K230_LINK_INFO 0x4B324C00     /* struct k230_link_info * */
#define K230_LINK_NOTIFY 0x4B324C01   /* sets the small core's doorbell */
#define K230_LINK_DOORBELL 0x4B324C02 /* the doorbell's value */
#define K230_LINK_WAIT 0x4B324C03     /* struct k230_link_wait *; the doorbell's value afterwards */
#define K230_LINK_WAKE 0x4B324C04     /* the hints, by value */
#define K230_LINK_MAP 0x4B324C05      /* struct k230_link_map *; the region, uncached */
/* Sleeps with a limit of time that do not go by the doorbell. The C library's own are of no use on the kernel of the
 * vendor's SDK, which takes the time that a futex may wait for a time of day. A place is one sleeper's: it sleeps until
 * it is called, also by a call of before, or until the time is over. */
#define K230_LINK_PARK 0x4B324C06   /* struct k230_link_park * */
#define K230_LINK_UNPARK 0x4B324C07 /* the place, by value */

#define K230_LINK_PLACES 4u

struct k230_link_info {
    uint32_t version;
    uint32_t heard;    /* the small core takes our doorbells */
    uint64_t length;   /* of the region */
    uint64_t seed;     /* differs with each call: the time counter */
    uint32_t received; /* doorbells, as takes of the interrupt */
    uint32_t spurious;
    uint32_t overruns;
    uint32_t left_out; /* of our doorbells, as three of them still waited */
};

struct k230_link_wait {
    uint32_t seen;
    uint32_t hints;
    uint32_t timeout_ms; /* a second at most */
};

struct k230_link_map {
    uint64_t address; /* in the process, until the descriptor is closed */
    uint64_t length;
};

struct k230_link_park {
    uint32_t place;      /* below K230_LINK_PLACES */
    uint32_t timeout_ms; /* a second at most */
};

#endif
