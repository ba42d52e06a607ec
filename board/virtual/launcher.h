/* The big core's side of the virtual board: makes the shared memory and finds or starts an agent.
 *
 * Promises: an app needs nothing running beforehand. Without K230_AGENT the first socket starts an agent of its own,
 * which ends with this process however it ends; with K230_AGENT=@name the app uses that one (./k230 board). No file is
 * left behind: the memory is a memfd, the socket an unnamed or abstract one.
 * K230_STACK says on which stack an agent of its own runs: kernel (also if unset), or lwip: k230-agent-lwip on the tap
 * device that K230_LWIP names (board/virtual/lwip-namespace.sh makes one).
 *
 * Contexts: k230_launcher_init once; the rest is called by the client through the hal.
 */
#ifndef K230_LAUNCHER_H
#define K230_LAUNCHER_H

#include "k230_hal_posix.h"

#include <sys/types.h>

#define K230_LAUNCHER_CHILDREN 8 /* agents that have ended, or are about to, and are still to be reaped */

struct k230_launcher {
    struct k230_hal_posix hal;
    pid_t owner; /* the process that made the connection: a forked child shares it and must not end it */
    pid_t agent; /* 0 = not ours */
    pid_t past[K230_LAUNCHER_CHILDREN];
};

void k230_launcher_init(struct k230_launcher *launcher);

/* The process ends: returns when the agent has closed its listening sockets and let go of stderr, so that the next app
 * can have the ports, or after a second. What is still to be sent the agent goes on sending. */
void k230_launcher_exit(struct k230_launcher *launcher);

#endif
