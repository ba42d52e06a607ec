/* /dev/k230link: what the kernel of the big core's RT-Smart offers a process that talks to the small core.
 *
 * mmap gives the region (offset 0, uncached), poll says POLLIN when the doorbell has rung since this descriptor last
 * asked for its value, and ioctl does the rest. One process at a time: the region has one big core.
 *
 * Contexts: K230_LINK_WAIT sleeps, nothing else does. Every request may be made by several threads at a time.
 */
#ifndef K230_LINK_DEVICE_H
#define K230_LINK_DEVICE_H

#include <stdint.h>

#define K230_LINK_NAME "k230link"
#define K230_LINK_PATH "/dev/" K230_LINK_NAME

#define K230_LINK_VERSION 1u

/* The bell's value as an ioctl returns it: not negative. */
#define K230_LINK_BELL_MASK 0x7FFFFFFFu

/* Requests. Their numbers are far from those that DFS answers itself (F_GETFL, F_SETFL; RT_FIO* 0x5254xxxx). */
#define K230_LINK_INFO 0x4B324C00 /* struct k230_link_info * */
#define K230_LINK_RING 0x4B324C01 /* rings the small core */
#define K230_LINK_BELL 0x4B324C02 /* the bell's value */
#define K230_LINK_WAIT 0x4B324C03 /* struct k230_link_wait *; the bell's value afterwards */
#define K230_LINK_POKE 0x4B324C04 /* the hints, by value */

struct k230_link_info {
    uint32_t version;
    uint32_t heard;  /* the small core takes our rings */
    uint64_t length; /* of the region */
    uint64_t seed;   /* differs with each call: the time counter */
    uint32_t rings;  /* that came, as takes of the interrupt */
    uint32_t spurious;
    uint32_t overruns;
    uint32_t left_out; /* of our rings, as three of them still waited */
};

struct k230_link_wait {
    uint32_t seen;
    uint32_t hints;
    uint32_t timeout_ms; /* a second at most */
};

#endif
