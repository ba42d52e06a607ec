/* The agent's stack port on POSIX sockets (Linux: epoll, eventfd).
 *
 * Promises: everything of k230_stack.h. Needs no room beyond this structure; the helper thread for look-ups is started
 * by init and ended by end. At exit a look-up that hangs in the resolver is left behind, not waited for.
 *
 * Contexts: init and end from the agent's thread.
 */
#ifndef K230_STACK_POSIX_H
#define K230_STACK_POSIX_H

#include "k230_network_posix.h"
#include "k230_resolver_posix.h"
#include "k230_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k230_stack {
    int epoll_fd;
    int wake_fd;             /* eventfd of k230_stack_wake */
    int doorbell_fd;         /* the doorbell, or -1 */
    uint32_t longest_in_run; /* datagrams up to this length go out several in one call; 0 = none do */
    uint8_t *piece;          /* NULL = the kernel reads and writes the rings itself */
    struct k230_network network;
    struct k230_resolver resolver;
};

/* 0, or -enum k230_error. */
int k230_stack_posix_init(struct k230_stack *stack);

/* Listens to this doorbell from now on (an eventfd that stays the caller's); -1 = to none. */
int k230_stack_posix_doorbell(struct k230_stack *stack, int doorbell_fd);

/* The rings lie in memory that is mapped uncached: from now on the kernel gets and fills `piece`
 * (K230_STACK_POSIX_PIECE bytes, the caller's, cached) and the port copies between the two (k230_uncached_posix.h). */
void k230_stack_posix_uncached(struct k230_stack *stack, void *piece);
#define K230_STACK_POSIX_PIECE 65536u /* the longest datagram fits */

void k230_stack_posix_end(struct k230_stack *stack);

#ifdef __cplusplus
}
#endif
#endif
