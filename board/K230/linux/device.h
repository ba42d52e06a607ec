/* The K230's mailbox and shared memory as a Linux process on the small core has them: mapped from /dev/mem or from a
 * UIO node, with the interrupt from a UIO node or, where the kernel has none, by looking at the line now and then.
 *
 * Promises: one process at a time, whatever node each takes, as the lock is on a file of its own; before it is had
 * nothing is mapped. Every failure is printed with what to do about it; nothing is allocated. Works on a plain file in
 * place of either node, for a test.
 *
 * Contexts: open and close from the main thread. While the device listens, a thread of its own calls
 * k230_hal_k230_interrupt.
 */
#ifndef K230_LINUX_DEVICE_H
#define K230_LINUX_DEVICE_H

#include "k230_hal_k230.h"
#include "k230_protocol.h"

#include <pthread.h>

#define K230_DEVICE_LOCK "/var/run/k230-agent.lock" /* on a tmpfs in the vendor's image: gone at each boot */

struct k230_device_settings {
    const char *lock;      /* file that every agent on this region locks; made if it is not there */
    const char *memory;    /* /dev/mem, or the UIO node itself */
    uint64_t mailbox;      /* offset in it of the mailbox block */
    uint64_t region;       /* and of the region */
    uint64_t length;       /* of the region */
    const char *interrupt; /* UIO node; NULL = look every poll_ms */
    unsigned poll_ms;
};

struct k230_device {
    volatile void *block;
    void *region;
    uint64_t length;
    bool uncached; /* the mappings are: a device's, and not a file's */
    /* inside */
    int lock_fd;
    int memory_fd;
    int interrupt_fd; /* -1 = look every poll_ms */
    unsigned poll_ms;
    void *block_mapping;
    size_t block_length;
    pthread_t listener;
    bool listening;
    uint32_t stopped;
    struct k230_hal_k230 *hal;
};

bool k230_device_open(struct k230_device *device, const struct k230_device_settings *settings);

/* The process that has the lock, or 0: none has; -1 after printing why it cannot be known. Takes and makes nothing. */
long k230_device_holder(const char *lock);

/* Copies the head of the region, which any process may look at, whoever has the lock. False after printing why not. */
bool k230_device_peek(const struct k230_device_settings *settings, struct k230_head *head);

/* From now on interrupts reach the hal, which is attached. */
bool k230_device_listen(struct k230_device *device, struct k230_hal_k230 *hal);
void k230_device_close(struct k230_device *device);

#endif
