/* What the stack ports that stand on lwIP have in common: lwIP's quirks are the same whether its sockets are called as
 * a library (lwip/) or by way of RT-Thread's SAL (rtthread/).
 *
 * Promises: the part of k230_stack.h that deals with one socket, but for sending and datagrams, which the two take by
 * different calls. A socket whose connection has failed, or is dissolved, is made anew under the same number, with its
 * options and its port.
 *
 * A port supplies the functions k230_below_*, and a header over_lwip_port.h that has `struct k230_stack` with a member
 * `sockets`, and the names of <sys/socket.h> and of poll.
 *
 * Contexts: the agent's thread.
 */
#ifndef K230_OVER_LWIP_H
#define K230_OVER_LWIP_H

#include "k230_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef K230_AGENT_SOCK_MAX /* k230_agent.h's, for who includes this alone */
#define K230_AGENT_SOCK_MAX 32
#endif
/* The agent's sockets, and those that still send after their CLOSE. */
#ifndef K230_LWIP_SOCKS
#define K230_LWIP_SOCKS (K230_AGENT_SOCK_MAX + 8)
#endif
/* Of all sockets together. lwIP has a pool of groups too (MEMP_NUM_IGMP_GROUP, 8 in its opt.h). */
#ifndef K230_LWIP_MEMBERSHIPS
#define K230_LWIP_MEMBERSHIPS 16
#endif

/* What was set on a socket, by name: flags as bits, the rest each in its place. options_over_lwip.c knows which. */
#define K230_LWIP_BYTES 6
#define K230_LWIP_HALVES 2
#define K230_LWIP_NUMBERS 3
struct k230_lwip_options {
    uint32_t set;   /* bit n: the nth name was set */
    uint32_t flags; /* bit n: the nth name, a flag, is on */
    uint8_t bytes[K230_LWIP_BYTES];
    uint16_t halves[K230_LWIP_HALVES];
    int32_t numbers[K230_LWIP_NUMBERS];
};

K230_STATIC_ASSERT(K230_LWIP_SOCKS < UINT16_MAX, "k230_lwip_sock.polled");

enum k230_lwip_state {
    K230_LWIP_FRESH, /* also a datagram socket without a peer */
    K230_LWIP_LISTENING,
    K230_LWIP_CONNECTING,
    K230_LWIP_CONNECTED, /* also a datagram socket with a peer, and a connection that is over */
};

struct k230_lwip_sock {
    int fd;                /* the number below; -1 = this entry is free, K230_LWIP_LOST */
    uint32_t tag;          /* of `watched` */
    uint16_t polled;       /* index in `polled` */
    int16_t connect_error; /* -enum k230_error, taken out of the stack before k230_stack_connect_result asked */
    uint8_t watched;       /* K230_STACK_* */
    uint8_t family;        /* enum k230_family */
    uint8_t type;          /* enum k230_socktype */
    uint8_t state;         /* enum k230_lwip_state */
    bool bound;            /* has a local port */
    bool bind_again;       /* `local` was asked for by name, or with `any` its port was */
    bool any;              /* asked for at no address of its own */
    bool eof;              /* the peer's end of stream was read */
    bool rx_shut;          /* SHUT_RD: never told to the stack below */
    bool tx_shut;
    bool failed;    /* poll has shown an error, which some builds of lwIP do once only */
    bool broken;    /* the connection's error has been given out */
    bool ended;     /* both streams are over, in good order */
    bool dark;      /* left out of poll, which would fail for all sockets because of it: k230_lwip_repoll */
    bool broadcast; /* SO_BROADCAST */
    /* Given to bind; of a connection its own, which lwIP forgets when it is over. Family 0: neither. */
    struct k230_addr local;
    struct k230_lwip_options options;
};
#define K230_LWIP_LOST (-2) /* `fd` of an entry whose socket could not be made again */

struct k230_lwip_group {
    uint8_t ip[16];       /* network order; of IPv4 the first four, and the rest 0 */
    uint8_t interface[4]; /* the IPv4 address that the caller named; for an IPv6 group its index as a number */
};
/* lwIP counts how often a group was joined, whoever leaves it. Which socket is in which group is known here only. */
struct k230_lwip_membership {
    const struct k230_lwip_sock *sock; /* NULL = this place is free */
    struct k230_lwip_group group;
};

/* As `struct pollfd`, which this header must not need. */
struct k230_lwip_polled {
    int fd;
    short events;
    short revents;
};

struct k230_lwip_sockets {
    struct k230_lwip_sock socks[K230_LWIP_SOCKS];
    uint16_t free_socks[K230_LWIP_SOCKS];
    uint32_t free_count;
    struct k230_lwip_membership memberships[K230_LWIP_MEMBERSHIPS];
    struct k230_lwip_polled polled[K230_LWIP_SOCKS + 1]; /* [0]: what ends a sleep, the port's own */
    uint16_t polled_sock[K230_LWIP_SOCKS + 1];
    uint32_t polled_count;
    uint32_t turn; /* where the next report of events starts, so that none waits for ever */
    uint32_t dark; /* how many watched sockets are left out of poll */
};

/* ---- for the ports ----------------------------------------------------------------------------------------------- */

/* `wake_fd` is what k230_below_poll sees for k230_stack_wake and the doorbell. */
void k230_lwip_sockets_init(struct k230_lwip_sockets *sockets, int wake_fd);

/* NULL for a number that is not in use. */
struct k230_lwip_sock *k230_lwip_entry(struct k230_stack *stack, int sock);

/* 0, or why nothing may be sent to this address (NULL: the connected peer). */
int k230_lwip_may_send(const struct k230_lwip_sock *entry, const struct k230_addr *addr);
/* "This host" for a caller that names no address, as elsewhere; lwIP would look for a route to 0.0.0.0. An IPv6 group
 * of the link without a scope gets that of IPV6_MULTICAST_IF. */
struct k230_addr k230_lwip_destination(const struct k230_lwip_sock *entry, const struct k230_addr *addr);
/* lwIP shows IPv4 peers of an IPv6 socket now mapped, now not, and the unspecified address as IPv4. */
void k230_lwip_to_wire(const struct k230_lwip_sock *entry, struct k230_addr *addr);
/* The longest datagram that lwIP sends without saying "no memory". */
uint32_t k230_lwip_longest(const struct k230_lwip_sock *entry);
/* 0 where a stream can send, or the answer to who tries. */
int k230_lwip_can_send(const struct k230_lwip_sock *entry);
/* The error that a connection met, given out once: -error first, 0 later. */
int k230_lwip_broken(struct k230_lwip_sock *entry, int error);

uint32_t k230_lwip_length(const struct k230_span *spans, unsigned count);

/* `entry` has another descriptor, or may be polled again. */
void k230_lwip_repoll(struct k230_stack *stack, struct k230_lwip_sock *entry);
/* Something holds that poll does not say: nobody sleeps. */
bool k230_lwip_held(const struct k230_lwip_sockets *sockets);
/* After a poll of `polled`: the events of the watched sockets, the number of those stored. */
int k230_lwip_report(struct k230_lwip_sockets *sockets, struct k230_stack_event *events, unsigned room);

/* ---- between the shared files ------------------------------------------------------------------------------------ */

/* The index that IPV6_MULTICAST_IF was given, 0 = none. */
uint32_t k230_lwip_group_interface(const struct k230_lwip_sock *entry);
/* Sets again on the socket underneath what was set on the entry. */
void k230_lwip_apply_options(struct k230_lwip_sock *entry);
/* This socket is in no group any more; closing it has left them. */
void k230_lwip_forget_memberships(struct k230_stack *stack, const struct k230_lwip_sock *entry);
/* The K230_STACK_* of these that poll shows now; keeps an error that it shows. */
uint32_t k230_lwip_polls(struct k230_lwip_sock *entry, uint32_t events);

/* ---- what a port supplies: 0 or a number, or -enum k230_error ---------------------------------------------------- */

/* A non-blocking socket. Family and type are good, so what fails means that there is no room: -K230_EMFILE. */
int k230_below_open(uint8_t family, uint8_t type);
void k230_below_close(int fd);
/* RST on the connection of this descriptor, now. It stays open. */
void k230_below_reset(int fd);
int k230_below_bind(int fd, const struct k230_addr *addr);
int k230_below_listen(int fd, int backlog);
/* The next connection, non-blocking, whatever has become of it. Without asking for its address: lwIP 2.1.2 knows no
 * peer of one that was reset while it waited, and then frees it twice. */
int k230_below_accept(int fd);
/* NULL: a datagram socket has no peer any more. */
int k230_below_connect(int fd, const struct k230_addr *addr);
int k230_below_shutdown(int fd); /* for sending */
int k230_below_local(int fd, struct k230_addr *addr);
int k230_below_peer(int fd, struct k230_addr *addr);
int k230_below_setopt(int fd, int level, int option, const void *value, uint32_t length);
int k230_below_getopt(int fd, int level, int option, void *value, uint32_t length);
/* The pending error, taken: 0 or -enum k230_error. */
int k230_below_error(int fd);
int k230_below_recv(int fd, void *bytes, uint32_t length);
/* As k230_stack_unacknowledged. */
int k230_below_unacknowledged(int fd);
/* As poll; a negative fd is passed over. */
int k230_below_poll(struct k230_lwip_polled *polled, uint32_t count, int timeout_ms);

bool k230_below_is_local(const struct k230_addr *addr);     /* an address that bind may take */
bool k230_below_is_broadcast(const struct k230_addr *addr); /* needs SO_BROADCAST */
bool k230_below_multicasts(const uint8_t address[4]);       /* an interface that can join groups; 0.0.0.0: any */
/* The interface with this index, 0: the one that others are reached by. Its index and its IPv4 address, or 0: there is
 * none. */
uint32_t k230_below_interface(uint32_t index, uint8_t address[4]);

#ifdef __cplusplus
}
#endif
#endif
