/* The agent's stack port on lwIP, as a library of the host (Debian's liblwip), with a tap device as its network card.
 *
 * Promises: everything of k230_stack.h, with lwIP's numbers, quirks and missing errors hidden (docs of each at the
 * place that hides it). lwIP's own loop serves 127.0.0.1, ::1 and the device's addresses. Look-ups are the host's
 * (this lwIP is built without DNS).
 *
 * How waiting works: lwip_poll sees lwIP's sockets and nothing else. The doorbell and k230_stack_wake are eventfds; a
 * small thread watches them and sends one datagram to a socket of lwIP's own loop, which lwip_poll sees. Only the
 * socket API is used for it, so the same serves any system whose poll cannot wait for an interrupt.
 *
 * Contexts: as k230_stack.h says; k230_lwip_up, init and end from the agent's thread. lwIP cannot be ended: up is for
 * the life of the process, init and end may alternate.
 */
#ifndef K230_STACK_LWIP_H
#define K230_STACK_LWIP_H

#include "k230_over_lwip.h"
#include "k230_resolver_posix.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the network ------------------------------------------------------------------------------------------------- */

struct k230_lwip_net {
    char device[16];    /* a tap device that is there already */
    uint8_t address[4]; /* network order, as the rest */
    uint8_t mask[4];
    uint8_t gateway[4];
    bool has_ipv6;
    uint8_t ipv6[16]; /* /64 */
};

/* From "tap0,192.0.2.2/24,192.0.2.1" and, if wanted, ",fd00::2". False: not understood. */
bool k230_lwip_net_parse(const char *text, struct k230_lwip_net *net);

/* Starts lwIP on the device. 0 (also when it runs already), -ENODEV: no such device, -EACCES: no right to open it,
 * -EBUSY: another process has it, also after `patience_ms`. */
int k230_lwip_up(const struct k230_lwip_net *net, uint32_t patience_ms);

/* Sleeps until all that was sent is acknowledged, or no peer has acknowledged anything for so long: lwIP ends with this
 * process. */
void k230_lwip_settle(uint32_t patience_ms);

/* ---- the port ---------------------------------------------------------------------------------------------------- */

struct k230_stack {
    struct k230_lwip_sockets sockets;

    int wake_in;    /* lwIP: datagrams that end the sleep */
    int wake_out;   /* lwIP: used by the doorbell thread alone */
    uint32_t woken; /* atomic: a datagram is under way */
    pthread_t doorbell_thread;
    int wake_fd; /* eventfd: k230_stack_wake, and changes of what follows */
    int news_fd; /* the kernel's news of its interfaces, or -1 */
    pthread_mutex_t doorbell_lock;
    pthread_cond_t doorbell_changed;
    /* under doorbell_lock */
    int doorbell_wanted; /* the doorbell, or -1 */
    int doorbell_fd;     /* what the thread waits for now */
    bool ending;

    struct k230_resolver resolver;
};

/* 0, or -enum k230_error. lwIP is up. */
int k230_stack_lwip_init(struct k230_stack *stack);

/* Listens to this doorbell from now on (an eventfd that stays the caller's); -1 = to none. */
int k230_stack_lwip_doorbell(struct k230_stack *stack, int doorbell_fd);

/* The caller has closed its sockets. */
void k230_stack_lwip_end(struct k230_stack *stack);

#ifdef __cplusplus
}
#endif
#endif
