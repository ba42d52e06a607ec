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

#include "k230_resolver_posix.h"
#include "k230_stack.h"

#include <poll.h>
#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The agent's sockets, and those that still send after their CLOSE. */
#ifndef K230_LWIP_SOCKS
#define K230_LWIP_SOCKS 1152
#endif
#define K230_LWIP_OPTIONS 20 /* at least as many as options_lwip.c names */
/* Of all sockets together. lwIP has a pool of groups too (MEMP_NUM_IGMP_GROUP). */
#ifndef K230_LWIP_MEMBERSHIPS
#define K230_LWIP_MEMBERSHIPS 64
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

struct k230_lwip_sock {
    int fd;          /* lwIP's number; -1 = this entry is free, -2 = the socket under it is lost */
    uint8_t family;  /* enum k230_family */
    uint8_t type;    /* enum k230_socktype */
    uint8_t state;   /* enum k230_lwip_state */
    bool bound;      /* has a local port */
    bool bind_again; /* `wanted` was asked for by name */
    bool eof;        /* the peer's end of stream was read */
    bool rx_shut;    /* SHUT_RD: never told to lwIP */
    bool tx_shut;
    bool broken;       /* the connection's error has been given out */
    bool ended;        /* lwIP has said that both streams are over, in good order */
    bool broadcast;    /* SO_BROADCAST */
    uint8_t watched;   /* K230_STACK_* */
    int connect_error; /* -enum k230_error, taken out of lwIP before k230_stack_connect_result asked */
    uint32_t tag;
    uint32_t polled;      /* index in `polled` */
    uint32_t options_set; /* bit n: options[n] was set */
    int32_t options[K230_LWIP_OPTIONS];
    int32_t linger[2];
    struct k230_addr wanted; /* given to bind */
    struct k230_addr local;  /* of the connection; lwIP forgets it when the connection is over */
};

/* lwIP counts how often a group was joined, whoever leaves it. Which socket is in which group is known here only. */
struct k230_lwip_membership {
    const struct k230_lwip_sock *sock; /* NULL = this place is free */
    uint8_t group[4];                  /* network order */
    uint8_t interface[4];              /* its address, as the caller gave it */
};

struct k230_stack {
    struct k230_lwip_sock socks[K230_LWIP_SOCKS];
    int free_socks[K230_LWIP_SOCKS];
    uint32_t free_count;
    struct k230_lwip_membership memberships[K230_LWIP_MEMBERSHIPS];

    struct pollfd polled[K230_LWIP_SOCKS + 1]; /* [0]: the wake-up socket */
    int polled_sock[K230_LWIP_SOCKS + 1];
    uint32_t polled_count;
    uint32_t turn; /* where the next report of events starts, so that none waits for ever */

    int wake_in;    /* lwIP: datagrams that end the sleep */
    int wake_out;   /* lwIP: used by the bell thread alone */
    uint32_t woken; /* atomic: a datagram is under way */
    pthread_t bell_thread;
    int poke_fd; /* eventfd: k230_stack_wake, and changes of what follows */
    int news_fd; /* the kernel's news of its interfaces, or -1 */
    pthread_mutex_t bell_lock;
    pthread_cond_t bell_changed;
    /* under bell_lock */
    int bell_wanted; /* the doorbell, or -1 */
    int bell_fd;     /* what the thread waits for now */
    bool ending;

    struct k230_resolver resolver;
};

/* 0, or -enum k230_error. lwIP is up. */
int k230_stack_lwip_init(struct k230_stack *stack);

/* Listens to this doorbell from now on (an eventfd that stays the caller's); -1 = to none. */
int k230_stack_lwip_bell(struct k230_stack *stack, int bell_fd);

/* The caller has closed its sockets. */
void k230_stack_lwip_end(struct k230_stack *stack);

#ifdef __cplusplus
}
#endif
#endif
