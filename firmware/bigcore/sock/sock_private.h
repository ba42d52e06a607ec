/* Inside the sock layer: what its files call of each other, from the ground up. Functions named k230i_ are no other
 * layer's business. */
#ifndef K230_SOCK_PRIVATE_H
#define K230_SOCK_PRIVATE_H

#include "k230_check.h"
#include "k230_sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the locks of the two halves; given back by k230_engine_unlock_own or k230_engine_unlock_last ---------------- */

static inline void k230i_lock_tx(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_NOT_HELD(&sock->rx_lock);
    k230_engine_lock_own(&client->engine, &sock->tx_lock);
}

static inline void k230i_lock_rx(struct k230_client *client, struct k230_sock *sock)
{
    k230_engine_lock_own(&client->engine, &sock->rx_lock);
}

/* ---- state.c: which socket a handle means, and what it is. Under any lock of the socket, unless it says otherwise */

uint32_t k230i_slot(const struct k230_client *client, const struct k230_sock *sock);
uint32_t k230i_handle(const struct k230_client *client, const struct k230_sock *sock);
/* The slot of a handle, whatever lives there; NULL if out of range. No lock needed. */
struct k230_sock *k230i_sock_at(struct k230_client *client, int handle);
/* True while the handle is the socket's. */
bool k230i_valid(const struct k230_sock *sock, int handle);
/* 0, or -EBADF / -ECONNRESET for a socket that is closed or whose session is over. */
int k230i_usable(struct k230_client *client, const struct k230_sock *sock, int handle);
/* True when the socket's memory in the region is no longer its own. */
bool k230i_over(const struct k230_client *client, const struct k230_sock *sock);
/* The lowest free slot, with a new generation; NULL: all in use. */
struct k230_sock *k230i_reserve_locked(struct k230_client *client, int family, int type);
void k230i_forget_locked(struct k230_client *client, struct k230_sock *sock); /* the slot is free */
/* The only way to another state; the moves that may be made are in state.c. What poll says of the socket changes. */
void k230i_become_locked(struct k230_client *client, struct k230_sock *sock, enum k230_sock_state state);

/* Something else happened that may change what poll says of it. No lock needed. */
void k230i_changed(struct k230_client *client, const struct k230_sock *sock);
/* Every thread and every native that waits for the socket looks again. */
void k230i_wake_locked(struct k230_client *client, const struct k230_sock *sock);
/* The words of the socket's status line (struct k230_status_line). */
uint32_t k230i_status(struct k230_client *client, const struct k230_sock *sock);
uint32_t k230i_want(struct k230_client *client, const struct k230_sock *sock);
/* The newest error of the status word if no call has raised it yet: -enum k230_error, taken; else 0. */
int k230i_take_error(struct k230_sock *sock, uint32_t status);
int k230i_peek_error(const struct k230_sock *sock, uint32_t status); /* the same, left untaken */

/* ---- call.c: requests of a socket -------------------------------------------------------------------------------- */

/* The state of the caller's call on the socket's lane: K230_CALL_BEGIN (the lane is the caller's: fill engine.outgoing
 * and publish), a result that was collected into *result, or -K230_PENDING. */
#define K230_CALL_BEGIN 0x40000000
int k230i_call_step_locked(struct k230_client *client, struct k230_sock *sock, uint16_t op, uint32_t *call,
                           struct k230_call *result);
void k230i_attach_locked(struct k230_client *client, struct k230_sock *sock);              /* gives it a ring pair */
void k230i_discard_locked(struct k230_client *client, struct k230_sock *sock, bool abort); /* closes it */
/* A connection that the listener's accept has brought and nobody has collected goes with the listener. */
void k230i_discard_accepted_locked(struct k230_client *client, struct k230_sock *listener, bool live);
/* Publishes a request that must not get lost, now or as soon as the queue has room. */
void k230i_publish_due_locked(struct k230_client *client, struct k230_sock *sock, uint8_t due);
bool k230i_retry_due_locked(struct k230_client *client, struct k230_sock *sock); /* false: still no room */
void k230i_retry_dues_locked(struct k230_client *client);
/* Says that the socket has work for the agent, and wakes it. The engine's lock is not held. */
void k230i_kick(struct k230_client *client, const struct k230_sock *sock);

/* ---- rings.c: what streams and datagrams do alike. The engine's lock is not held --------------------------------- */

bool k230i_has_rings(struct k230_client *client, struct k230_sock *sock); /* asks for a pair where it has none */
void k230i_broken(struct k230_client *client); /* a ring index lies, or the session is over */
/* The agent has stopped receiving for want of room in the ring. */
bool k230i_wants_space(struct k230_client *client, const struct k230_sock *sock);
/* Gives bytes of the receive ring back, and tells the agent if it stopped for want of room. */
void k230i_consume_rx_locked(struct k230_client *client, struct k230_sock *sock, uint32_t length);

/* ---- stream.c, datagram.c: receiving, under rx_lock -------------------------------------------------------------- */

int k230i_stream_recv_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                uint32_t length, int flags);
int k230i_stream_readline_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                    uint32_t length, bool partial, uint32_t *seen);
int k230i_datagram_recv_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                  uint32_t length, int flags, struct k230_addr *from);
int k230i_datagram_available_rx_locked(struct k230_client *client, struct k230_sock *sock);

#ifdef __cplusplus
}
#endif
#endif
