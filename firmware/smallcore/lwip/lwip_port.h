/* Inside the lwIP port. */
#ifndef K230_LWIP_PORT_H
#define K230_LWIP_PORT_H

#include "k230_stack_lwip.h"

#include <errno.h>

enum k230_lwip_state {
    K230_LWIP_FRESH, /* also a datagram socket without a peer */
    K230_LWIP_LISTENING,
    K230_LWIP_CONNECTING,
    K230_LWIP_CONNECTED, /* also a datagram socket with a peer, and a connection that is over */
};

/* lwIP sets errno only where it fails, and not always there; it is read at once and only after -1. */
#define K230_LWIP_CALL(call) (errno = 0, (call))

/* The name of what errno says after a call of lwIP that gave -1. */
int k230_lwip_error(void);
static inline int k230_lwip_result(long result) { return result < 0 ? k230_lwip_error() : (int)result; }

/* NULL for a number that is not in use. */
struct k230_lwip_sock *k230_lwip_sock(struct k230_stack *stack, int sock);

/* stack_lwip.c: the error that a connection met, given out once: -error first, 0 later. */
int k230_lwip_broken(struct k230_lwip_sock *entry, int error);

/* options_lwip.c: sets again on the socket underneath what was set on the entry. */
void k230_lwip_apply_options(struct k230_lwip_sock *entry);

/* options_lwip.c: this socket is in no group any more; lwip_close has left them. */
void k230_lwip_forget_memberships(struct k230_stack *stack, const struct k230_lwip_sock *entry);

/* wait_lwip.c: what holds although lwIP does not say so. */
uint32_t k230_lwip_held(const struct k230_lwip_sock *entry);
bool k230_lwip_polls(int fd, short events);

/* net_lwip.c */
bool k230_lwip_is_local(const struct k230_addr *addr);     /* an address that bind may take */
bool k230_lwip_is_broadcast(const struct k230_addr *addr); /* needs SO_BROADCAST */
bool k230_lwip_multicasts(const uint8_t address[4]);       /* an interface that can join groups; 0.0.0.0: any */
void k230_lwip_reset(int fd);                              /* the connection of this socket: RST, now */
bool k230_lwip_has_block(int fd);                          /* its control block is there: not after a reset */
void k230_lwip_look_at_cable(void);                        /* is the device's other end up? Any thread */
uint32_t k230_lwip_network(void);                          /* K230_NETWORK_*. Any thread */
int k230_lwip_interface(uint32_t index, struct k230_interface *facts); /* k230_stack_interface. Any thread */

#endif
