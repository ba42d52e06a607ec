/* Whole operations: what a call of the C# library means, made of k230_sock.h's non-blocking pieces.
 *
 * Promises
 * - An operation never sleeps. While its result is -K230_PENDING the caller waits and calls again with the same
 *   arguments, as often as it likes: nothing is asked or sent twice. Buffers and texts are used only during the call
 *   and may lie elsewhere at the next one; addresses are copied at the first.
 * - `op` is the caller's: zeroed before the first call, dead after a result. Who gives up before there is one calls
 *   k230_op_abandon; then nothing of it is left, here or in the agent.
 * - timeout_ms: -1 waits for ever, 0 does not wait, else milliseconds, which start anew when bytes have moved.
 * - Results are those of k230_sock.h; never -K230_EAGAIN unless timeout_ms is 0.
 *
 * How to wait: k230_op_sleep in a thread that may sleep; k230_op_arm where it may not (nanoCLR). The poll that sleeps
 * is k230_poll.
 *
 * Contexts: any thread; one operation in one thread at a time.
 */
#ifndef K230_OP_H
#define K230_OP_H

#include "k230_ask.h"
#include "k230_sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the client's life; the rest of it is in k230_client.h ----------------------------------------------------- */

/* Puts the layers together. `client` is zeroed static memory. Nothing is asked of the other core yet. */
void k230_client_init(struct k230_client *client, struct k230_hal *hal);

/* Managed code starts anew: every look-up and question is taken back, and every socket is closed and its connection
 * reset, except those that stay (k230_sock_stay). A session that has or had one of these goes on, another ends as by
 * k230_client_stop. */
void k230_client_reset(struct k230_client *client);

/* ---- operations -------------------------------------------------------------------------------------------------- */

struct k230_operation {
    /* under way */
    uint32_t phase;
    int32_t handle;
    uint32_t call;     /* a request of the socket */
    int32_t token;     /* a look-up, or a question about an interface */
    uint32_t asking;   /* which of them: K230_OP_RESOLVE or K230_OP_INTERFACE */
    uint32_t watching; /* the network: `known` is waited for to change */
    int32_t known;
    uint32_t opening; /* `handle` is being made */
    uint32_t connecting;
    uint32_t start; /* a session that somebody else starts */
    uint32_t tries;
    uint32_t done; /* bytes that were taken */
    uint32_t seen; /* room or bytes at the last look + 1; 0 = not looked yet */
    struct k230_addr addr;
    uint64_t deadline;  /* of the operation */
    uint64_t answer_by; /* of the request under way; 0 = none */
    /* what the last -K230_PENDING waits for */
    int32_t wait_handle;
    uint32_t wait_events; /* K230_WAIT_*; 0 = a look-up, the network, or the start of a session */
    uint32_t wait_amount;
    uint32_t wait_hints;
    uint64_t wait_until;
    struct k230_arming arming;
};

int k230_op_open(struct k230_client *client, struct k230_operation *op, int family, int type, int proto);
int k230_op_bind(struct k230_client *client, struct k230_operation *op, int handle, const struct k230_addr *addr);
int k230_op_listen(struct k230_client *client, struct k230_operation *op, int handle, int backlog);
int k230_op_accept(struct k230_client *client, struct k230_operation *op, int handle, struct k230_addr *peer,
                   int timeout_ms);
/* -ETIMEDOUT leaves the attempt under way (-EINPROGRESS with timeout_ms 0); k230_op_abandon ends it. Where one is under
 * way already its end is waited for: 0 if it went to the same address, -EISCONN if not; -EALREADY at the deadline. */
int k230_op_connect(struct k230_client *client, struct k230_operation *op, int handle, const struct k230_addr *addr,
                    int timeout_ms);
int k230_op_setopt(struct k230_client *client, struct k230_operation *op, int handle, int level, int option,
                   const void *value, uint32_t length);

/* The bytes taken: at least one, unless length is 0; a datagram whole. */
int k230_op_send(struct k230_client *client, struct k230_operation *op, int handle, const void *data, uint32_t length,
                 int timeout_ms);
/* `length`; with timeout_ms 0 what there was room for. Up to half a ring goes in as one piece. */
int k230_op_send_all(struct k230_client *client, struct k230_operation *op, int handle, const void *data,
                     uint32_t length, int timeout_ms);
int k230_op_sendto(struct k230_client *client, struct k230_operation *op, int handle, const void *data, uint32_t length,
                   const struct k230_addr *addr, int timeout_ms);
/* `from` may be NULL. flags: K230_MSG_PEEK, K230_MSG_DONTWAIT. */
int k230_op_recv(struct k230_client *client, struct k230_operation *op, int handle, void *data, uint32_t length,
                 int flags, struct k230_addr *from, int timeout_ms);
int k230_op_readline(struct k230_client *client, struct k230_operation *op, int handle, void *data, uint32_t length,
                     int timeout_ms);

/* As k230_poll: the number of entries with revents, 0 at the deadline, -EINTR after a wake. */
int k230_op_poll(struct k230_client *client, struct k230_operation *op, struct k230_pollfd *entries, uint32_t count,
                 uint32_t wakes, int timeout_ms);

/* The number of addresses. answer: K230_HOST_MAX + 1 bytes of canonical name, ended by a zero, then the addresses that
 * fit `length`. */
int k230_op_resolve(struct k230_client *client, struct k230_operation *op, const char *host, const char *service,
                    int family, int type, int proto, int flags, uint8_t *answer, uint32_t length, int timeout_ms);

/* The number of the small core's interfaces; the facts of the one at `index` in *facts. 0 is the one that others are
 * reached by; -ENODEV: not so many; -EOPNOTSUPP: the agent is too old to know. Takes K230_START_MS and K230_CONTROL_MS
 * at most, whatever timeout_ms is. */
int k230_op_interface(struct k230_client *client, struct k230_operation *op, uint32_t index,
                      struct k230_interface *facts, int timeout_ms);

/* k230_network, when it is no longer `seen`; a `seen` that no word is gets it at once, and with K230_NETWORK_LISTEN
 * each new word goes to the client's on_network from then on. -ETIMEDOUT: no change. */
#define K230_NETWORK_LISTEN (-2)
int k230_op_network(struct k230_client *client, struct k230_operation *op, int seen, int timeout_ms);

/* Takes back what is under way, and disarms. Harmless on an operation that is over. */
void k230_op_abandon(struct k230_client *client, struct k230_operation *op);

/* Sleeps until another call may get further. */
void k230_op_sleep(struct k230_client *client, const struct k230_operation *op);

/* For a caller that does not sleep here: makes news of what the operation waits for call the client's `on_news` hook.
 * True: it was not armed for that before, so call the operation once more before waiting; what came in between is
 * seen by that call. It stays armed until k230_op_disarm or k230_op_abandon. */
bool k230_op_arm(struct k230_client *client, struct k230_operation *op);
void k230_op_disarm(struct k230_client *client, struct k230_operation *op);

#ifdef __cplusplus
}
#endif
#endif
