/* Sockets as the big core sees them: non-blocking operations, readiness, and one wait.
 *
 * Promises
 * - No operation sleeps, except k230_sock_wait, k230_poll and the start of a session (the first k230_sock_open or
 *   k230_resolve_begin, and the first after the other core restarted), which takes at most K230_START_MS.
 * - A result is >= 0, or
 *     -K230_EAGAIN   it would block. Wait for the event that the operation names, then call again;
 *     -K230_PENDING  the small core was asked and has not answered. Wait for K230_WAIT_CALL and call again with the
 *                    same arguments and the same *call: nothing is asked twice;
 *     -enum k230_error or -enum k230_resolver_error: it failed.
 * - `call` is the caller's, zero before the first call of an operation. Who gives up hands it to k230_sock_abandon.
 * - Buffers are the caller's and are used only during the call.
 * - A closed handle never reaches a socket that reuses its slot: every call with it gives EBADF.
 * - When the other core is gone: received bytes stay readable, then every call on the old sockets gives ECONNRESET,
 *   every waiter wakes, and the next open starts a new session.
 *
 * Contexts: any number of threads, also on one socket; one thread may close a socket that others wait on. Not from
 * an interrupt.
 */
#ifndef K230_SOCK_H
#define K230_SOCK_H

#include "k230_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a waiter waits for. */
#define K230_WAIT_IN 1u      /* bytes, a datagram, end of stream, an error, or a connection to accept */
#define K230_WAIT_OUT 2u     /* room to send, or an error */
#define K230_WAIT_CONNECT 4u /* the connect is over */
#define K230_WAIT_CALL 8u    /* the small core has answered, or another thread's call on this socket has ended */
#define K230_WAIT_OPENED 16u /* k230_sock_opened has an answer */

/* How the layer is registered with the engine. */
extern const struct k230_layer k230_sock_layer;

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

/* A new handle (>= 0) whose socket is being made; k230_sock_opened tells how that went. EAFNOSUPPORT, EINVAL (type),
 * EPROTONOSUPPORT, EMFILE are known at once. -EAGAIN: too many requests under way (k230_sock_wait with handle -1). */
int k230_sock_open(struct k230_client *client, int family, int type, int proto);
/* 0, or -error (the handle is gone then), or -K230_PENDING. */
int k230_sock_opened(struct k230_client *client, int handle);

/* Bytes still to be sent are sent by the agent first; with `abort`, with unread received bytes, or with SO_LINGER 0,
 * the connection is reset. Wakes all who wait on the socket. -EBADF if it was closed before. A close that finds too
 * many requests under way (k230_client_owes) is told to the agent by the thread that attends the client, by one that
 * waits in it, or by the next call; where there may be none of these, k230_sock_wait with handle -1 sees to it. */
int k230_sock_close(struct k230_client *client, int handle, bool abort);

int k230_sock_bind(struct k230_client *client, int handle, const struct k230_addr *addr, uint32_t *call);
int k230_sock_listen(struct k230_client *client, int handle, int backlog, uint32_t *call);

/* The handle of a new connection, its peer in *peer. -EAGAIN: none waits (K230_WAIT_IN); with `ask` the agent is
 * asked even where nothing was announced. */
int k230_sock_accept(struct k230_client *client, int handle, bool ask, struct k230_addr *peer, uint32_t *call);

/* Streams: 0 never on the first call; -EINPROGRESS: begun, wait for K230_WAIT_CONNECT, then k230_sock_connected;
 * -EALREADY: under way; 0: a connect to that address, begun earlier, succeeded (told once); then -EISCONN.
 * Datagrams: 0 when the agent has set the peer, -K230_PENDING until then. */
int k230_sock_connect(struct k230_client *client, int handle, const struct k230_addr *addr, uint32_t *call);
/* The outcome of a connect: 0, -error (told once), or -EINPROGRESS. */
int k230_sock_connected(struct k230_client *client, int handle);
/* Gives up a connect; it is undone even if it succeeds late. False if it is over already: ask k230_sock_connected. */
bool k230_sock_cancel(struct k230_client *client, int handle);

int k230_sock_shutdown(struct k230_client *client, int handle, int how, uint32_t *call);
int k230_sock_setopt(struct k230_client *client, int handle, int level, int option, const void *value, uint32_t length,
                     uint32_t *call);
/* Bytes written to `value`. */
int k230_sock_getopt(struct k230_client *client, int handle, int level, int option, void *value, uint32_t room,
                     uint32_t *call);
int k230_sock_local(struct k230_client *client, int handle, struct k230_addr *addr, uint32_t *call);
int k230_sock_peer(struct k230_client *client, int handle, struct k230_addr *addr, uint32_t *call);

/* Nobody waits for this call any more. A connection accepted too late waits for the next accept. */
void k230_sock_abandon(struct k230_client *client, int handle, uint32_t call);

/* 0, or the -error that the next call on the socket would raise: of a connect that failed, of the connection, or
 * -ECONNRESET after the end of the session. `take`: it counts as raised. Never asks the other core. */
int k230_sock_error(struct k230_client *client, int handle, bool take);

/* The peer of a connected socket as this core knows it: 0, -ENOTCONN or -EBADF. Never asks the other core. */
int k230_sock_known_peer(struct k230_client *client, int handle, struct k230_addr *addr);

/* SOCK_STREAM or SOCK_DGRAM, or -EBADF. */
int k230_sock_type(struct k230_client *client, int handle);

/* ---- data -------------------------------------------------------------------------------------------------------- */

/* Streams. Takes what fits, but nothing unless `least` bytes fit (1 for any; at most half the ring counts).
 * -EAGAIN: K230_WAIT_OUT. */
int k230_sock_send(struct k230_client *client, int handle, const void *data, uint32_t length, uint32_t least);

/* Bytes that fit now, or -error; for a caller that waits for more than one and counts progress. */
int k230_sock_room(struct k230_client *client, int handle);

/* Half of the transmit ring: the longest message that is put in as one piece. */
uint32_t k230_sock_atomic(struct k230_client *client);

/* Datagrams, one whole one; `addr` NULL for the connected peer. The first to a destination waits for the stack's
 * answer (-K230_PENDING), later ones do not, until an option, an error or the network has changed. One of them that the
 * stack refuses is told by the next k230_sock_sendto, whose own datagram is tried all the same. What the network tells
 * a connected socket (ECONNREFUSED) is told by the next call of any kind. */
int k230_sock_sendto(struct k230_client *client, int handle, const void *data, uint32_t length,
                     const struct k230_addr *addr, uint32_t *call);

/* What is there, up to `length`; 0 is end of stream, or an empty datagram. `from` may be NULL. flags: K230_MSG_PEEK.
 * -EAGAIN: K230_WAIT_IN. */
int k230_sock_recv(struct k230_client *client, int handle, void *data, uint32_t length, int flags,
                   struct k230_addr *from);

/* Streams: up to and including the first line feed. Nothing is taken before the line is whole, unless `length` bytes
 * are there, the ring is full, the stream ended, or `partial`; so a caller that gives up has lost nothing.
 * *seen receives the bytes that wait, for a caller that counts progress. */
int k230_sock_readline(struct k230_client *client, int handle, void *data, uint32_t length, bool partial,
                       uint32_t *seen);

/* Streams: says that the caller's layer keeps received bytes of its own, or no longer does. While it does, poll shows
 * POLLIN, waiters for it wake, and k230_sock_recv and k230_sock_readline give -EINTR: its own bytes come first. */
void k230_sock_keep(struct k230_client *client, int handle, bool keeps);

/* Bytes that can be received without waiting (streams), or the length of the next datagram. */
int k230_sock_available(struct k230_client *client, int handle);

/* ---- readiness --------------------------------------------------------------------------------------------------- */

/* Sleeps until one of the events may be there. `amount` sharpens them: IN, more than that many bytes; OUT, room for
 * at least that many; CALL, the caller's *call. 0: look again; -ETIMEDOUT; -EBADF: closed meanwhile. With handle -1 and
 * K230_WAIT_CALL it waits until another request can be published. */
int k230_sock_wait(struct k230_client *client, int handle, uint32_t events, uint32_t amount, uint64_t deadline_ms);

/* K230_POLL* that hold now, whatever was asked; K230_POLLNVAL for a closed handle. Reads state alone: a caller
 * that comes back without waiting takes what is new with k230_client_look first. k230_poll does. */
int k230_sock_events(struct k230_client *client, int handle);

struct k230_pollfd {
    int32_t handle;
    uint16_t events;
    uint16_t revents;
};

/* Fills revents; POLLERR, POLLHUP and POLLNVAL are always watched. The number of entries with revents, 0 at the
 * deadline, -EINTR once k230_client_wakes is no longer `wakes` (read before the entries were filled, so that no wake in
 * between is missed). */
int k230_poll(struct k230_client *client, struct k230_pollfd *entries, uint32_t count, uint32_t wakes,
              uint64_t deadline_ms);

/* The hints of those that can bring what is waited for: for k230_arm. */
uint32_t k230_sock_hints(struct k230_client *client, int handle, uint32_t events, uint32_t amount);
uint32_t k230_poll_hints(const struct k230_pollfd *entries, uint32_t count);

/* The socket is the firmware's own, and not managed code's: it stays when that starts anew (k230_client_reset), and so
 * do the connections that it accepts from now on. 0, -EBADF, or -ECONNRESET after the end of the session. */
int k230_sock_stay(struct k230_client *client, int handle);
/* Whether the session has or had a socket that stays. */
bool k230_sock_any_stays(struct k230_client *client);
/* Closes every other socket, and resets its connection: of a client that begins anew. */
void k230_sock_close_all(struct k230_client *client);

#ifdef __cplusplus
}
#endif
#endif
