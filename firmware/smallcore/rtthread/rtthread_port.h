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
#include <sys/ioctl.h> /* FIONBIO */
#include <unistd.h>
typedef struct dfs_file k230_rtthread_file;
#endif

/* errno is the thread's `error`, which every kernel call that fails writes as well, and which the socket calls write
 * only sometimes: cleared before the call, read right after it and only after -1. */
#define K230_RTTHREAD_CALL(call) (rt_set_errno(0), (call))

/* The name of what errno says after a call that gave -1. */
int k230_rtthread_error(void);
static inline int k230_rtthread_result(long result) { return result < 0 ? k230_rtthread_error() : (int)result; }
/* -enum k230_error for an errno of either sign. */
int k230_rtthread_from_errno(int error);

/* stack_rtthread.c */
int k230_rtthread_family(int family); /* RT-Thread's number, or -1 */
void k230_rtthread_from_sockaddr(const struct sockaddr_storage *from, struct k230_addr *addr);

/* net_rtthread.c */
void k230_rtthread_look_at_network(struct k230_stack *stack);

/* resolver_rtthread.c */
int k230_rtthread_resolver_start(struct k230_stack *stack);

#endif
