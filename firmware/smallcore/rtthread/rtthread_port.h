/* Inside the RT-Thread port. */
#ifndef K230_RTTHREAD_PORT_H
#define K230_RTTHREAD_PORT_H

#include "k230_stack_rtthread.h"
#include "rtthread_below.h"

#include <rtthread.h>

#include <rtdevice.h>
#include <rthw.h>

#include <errno.h>
#include <sys/socket.h>

#include <netdev.h> /* wants the addresses of the one before */

/* RT-Thread 4.0 and the K230 vendor's 5.0 fork: POSIX calls are DFS's own, and a C library's headers of the same names
 * do not fit them. From 4.1 on they are in headers with POSIX's names. */
#ifdef RT_USING_POSIX
#include <dfs_poll.h>
#include <dfs_posix.h>
typedef struct dfs_fd k230_rtthread_file;
#else
#include <dfs_file.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
typedef struct dfs_file k230_rtthread_file;
#endif

enum k230_rtthread_state {
    K230_RTTHREAD_FRESH, /* also a datagram socket without a peer */
    K230_RTTHREAD_LISTENING,
    K230_RTTHREAD_CONNECTING,
    K230_RTTHREAD_CONNECTED, /* also a datagram socket with a peer, and a connection that is over */
};

#define K230_RTTHREAD_LOST (-2) /* `fd` of an entry whose socket could not be made again */

/* errno is the thread's `error`, which every kernel call that fails writes as well, and which the socket calls write
 * only sometimes: cleared before the call, read right after it and only after -1. */
#define K230_RTTHREAD_CALL(call) (rt_set_errno(0), (call))

/* The name of what errno says after a call that gave -1. */
int k230_rtthread_error(void);
static inline int k230_rtthread_result(long result) { return result < 0 ? k230_rtthread_error() : (int)result; }
/* -enum k230_error for an errno of either sign. */
int k230_rtthread_from_errno(int error);

/* NULL for a number that is not in use. */
struct k230_rtthread_sock *k230_rtthread_sock(struct k230_stack *stack, int sock);

/* stack_rtthread.c */
int k230_rtthread_family(int family); /* RT-Thread's number, or -1 */
socklen_t k230_rtthread_to_sockaddr(const struct k230_addr *addr, struct sockaddr_storage *out);
void k230_rtthread_from_sockaddr(const struct sockaddr_storage *from, struct k230_addr *addr);
/* The error that a connection met, given out once: -error first, 0 later. */
int k230_rtthread_broken(struct k230_rtthread_sock *entry, int error);

/* options_rtthread.c: sets again on the socket underneath what was set on the entry. */
void k230_rtthread_apply_options(struct k230_rtthread_sock *entry);
/* This socket is in no group any more; closing it has left them. */
void k230_rtthread_forget_memberships(struct k230_stack *stack, const struct k230_rtthread_sock *entry);

/* wait_rtthread.c */
int k230_rtthread_open_bell(void); /* a descriptor, or -enum k230_error */
/* What holds although poll does not say so. */
uint32_t k230_rtthread_held(const struct k230_rtthread_sock *entry);
/* The K230_STACK_* of these that poll shows now; keeps an error that it shows. */
uint32_t k230_rtthread_polls(struct k230_rtthread_sock *entry, uint32_t events);
/* `entry` has another descriptor, or may be polled again. */
void k230_rtthread_repoll(struct k230_stack *stack, struct k230_rtthread_sock *entry);

/* net_rtthread.c */
void k230_rtthread_look_at_network(struct k230_stack *stack);
bool k230_rtthread_is_local(const struct k230_addr *addr);     /* an address that bind may take */
bool k230_rtthread_is_broadcast(const struct k230_addr *addr); /* needs SO_BROADCAST */
bool k230_rtthread_multicasts(const uint8_t address[4]);       /* an interface that can join groups; 0.0.0.0: any */

/* resolver_rtthread.c */
int k230_rtthread_resolver_start(struct k230_stack *stack);

#endif
