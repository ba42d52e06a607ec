/* The hal on a POSIX machine: shared memory for DDR, a futex and an eventfd for the mailbox.
 *
 * The first page of the mapping plays the mailbox block: one counter per direction. The region that link sees
 * starts behind it. The big core's threads sleep on a futex, each for its own hints, so that a doorbell wakes only
 * those it concerns. The small core's one sleeper waits for sockets as well, so its doorbell is an eventfd that its
 * stack port polls together with them.
 *
 * Promises: no operation allocates; `attach` and `detach` are the owner's (board/virtual starts an agent, the agent
 * receives the mapping, a test maps memory of its own), so they are given as functions at init.
 */
#ifndef K230_HAL_POSIX_H
#define K230_HAL_POSIX_H

#include "k230_eager.h"
#include "k230_hal.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K230_HAL_POSIX_MAILBOX 4096u /* bytes in front of the region */

enum k230_hal_side { K230_HAL_BIG, K230_HAL_SMALL };

struct k230_hal_posix {
    struct k230_hal hal; /* first: the hal's operations receive it */
    struct k230_hal_ops table;
    enum k230_hal_side side;
    const char *name;                            /* in front of log lines */
    int (*attach)(struct k230_hal_posix *posix); /* calls k230_hal_posix_map */
    void (*detach)(struct k230_hal_posix *posix);
    void *mapping; /* mailbox page and region */
    uint64_t mapped;
    bool owns_mapping; /* unmap it in detach */
    int doorbell_fd;   /* eventfd that wakes the small core; -1 = it waits on the futex */
    int other_fd;      /* a connection that ends with the other core; -1 = unknown */
    uint32_t other_lost;
    uint32_t ending; /* atomic; k230_hal_posix_end was called, by the thread `ender` */
    pthread_t ender;
    struct k230_eager eager; /* of those who wait */
};

void k230_hal_posix_init(struct k230_hal_posix *posix, enum k230_hal_side side, const char *name,
                         int (*attach)(struct k230_hal_posix *), void (*detach)(struct k230_hal_posix *));

/* Uses `length` bytes at `mapping`: the mailbox page and behind it the region. */
void k230_hal_posix_use(struct k230_hal_posix *posix, void *mapping, uint64_t length);

/* Maps all of `fd` (shared) and uses it. 0, or -enum k230_error. */
int k230_hal_posix_map(struct k230_hal_posix *posix, int fd, uint64_t length);

/* Doorbells to that core until now: the other core's, and wakes of its own. They can be counted here because a
 * futex needs a word. */
uint32_t k230_hal_posix_doorbells(struct k230_hal_posix *posix, enum k230_hal_side side);

/* Undoes either of the two; closes nothing. */
void k230_hal_posix_unmap(struct k230_hal_posix *posix);

/* The process is about to end, and with it the other core: no other thread of it gets through the lock any more, so
 * that none meets that end, and spoils the process's own with an error that nobody waits for. */
void k230_hal_posix_end(struct k230_hal_posix *posix);

/* A line to stderr, with its line feed; dropped where stderr takes none just now: a pipe that nobody reads must not
 * stop a core. */
void k230_posix_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* -enum k230_error for an errno of this machine; unknown ones become EIO. Translates by name. */
int k230_from_errno(int error);

#ifdef __cplusplus
}
#endif
#endif
