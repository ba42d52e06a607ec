/* What the agent asks of a network stack. One folder per stack: posix (a kernel's BSD sockets), lwip, rtthread.
 *
 * Promises: sockets are non-blocking and known by a small number the port chooses. Every result is >= 0 or
 * -enum k230_error; the port translates its stack's error, option and flag numbers by name and hides its quirks (a
 * missing errno, another number for a refused connect). -EAGAIN always means "not now". No function sleeps, except
 * k230_stack_wait.
 *
 * Contexts: all from the agent's thread, except k230_stack_wake (any thread, or an interrupt where the port says so)
 * and the look-up itself, which runs on the port's helper thread.
 */
#ifndef K230_STACK_H
#define K230_STACK_H

#include "k230_hash.h"
#include "k230_protocol.h"
#include "k230_ring.h" /* struct k230_span */

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k230_stack;

#define K230_STACK_IN 1u  /* data, a connection, end of stream */
#define K230_STACK_OUT 2u /* room to send, or the connect is over */
#define K230_STACK_ERR 4u /* the connection failed or is over; reported with whatever else is watched */

struct k230_stack_event {
    uint32_t tag; /* as given to k230_stack_watch */
    uint32_t events;
};

/* K230_NETWORK_*: flags and the digest of the addresses. A change ends k230_stack_wait. */
uint32_t k230_stack_network(struct k230_stack *stack);

/* A number that is another one whenever the stack may answer a datagram otherwise than before: a route, a link or an
 * address has changed. A change ends k230_stack_wait. */
uint32_t k230_stack_routes(struct k230_stack *stack);

/* One address with its mask, for the digest in that word. The port adds up those of all addresses that others can
 * reach, so that their order does not matter. */
static inline uint32_t k230_stack_digest(const void *ip, const void *mask, uint32_t length)
{
    const uint64_t hash = k230_hash(k230_hash(K230_HASH_START, ip, length), mask, length);
    return (uint32_t)(hash ^ hash >> 32) << K230_NETWORK_DIGEST_SHIFT;
}

/* What there is to know of an interface; *facts is zeroed by the caller. 0 is the one that others are reached by; the
 * loop is none of them. How many there are, or -ENOENT for an index past the last. A change of the gateway or
 * of the name servers alone does not show in k230_stack_network. */
int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts);

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto);
/* With `abort` a connection is reset; without, the stack goes on sending what it holds, and then ends the stream. The
 * number is free afterwards. */
void k230_stack_close(struct k230_stack *stack, int sock, bool abort);

int k230_stack_bind(struct k230_stack *stack, int sock, const struct k230_addr *addr);
int k230_stack_listen(struct k230_stack *stack, int sock, int backlog);
int k230_stack_accept(struct k230_stack *stack, int sock, struct k230_addr *peer);
/* 0, -EINPROGRESS, or the failure. */
int k230_stack_connect(struct k230_stack *stack, int sock, const struct k230_addr *addr);
/* After OUT or ERR on a connecting socket: 0, -EINPROGRESS, or the failure under the name a POSIX system gives it. */
int k230_stack_connect_result(struct k230_stack *stack, int sock);
/* Back to the state before connect. */
int k230_stack_disconnect(struct k230_stack *stack, int sock);
int k230_stack_shutdown(struct k230_stack *stack, int sock, int how);
int k230_stack_local(struct k230_stack *stack, int sock, struct k230_addr *addr);
int k230_stack_peer(struct k230_stack *stack, int sock, struct k230_addr *addr);
int k230_stack_setopt(struct k230_stack *stack, int sock, int level, int option, const void *value, uint32_t length);
/* Bytes written. */
int k230_stack_getopt(struct k230_stack *stack, int sock, int level, int option, void *value, uint32_t room);
/* The pending error of the socket, taken: 0 or -error. */
int k230_stack_error(struct k230_stack *stack, int sock);

/* Bytes moved; receiving may stop where the spans meet. A send that the peer has made impossible gives -EPIPE or
 * -ECONNRESET and raises no signal. */
int k230_stack_send(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);
int k230_stack_recv(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count);
/* Of the bytes that a stream was given to send, those that its peer has not acknowledged; -EOPNOTSUPP where the stack
 * cannot tell. */
int k230_stack_unacknowledged(struct k230_stack *stack, int sock);
/* One datagram. `addr` NULL: the connected peer. *truncated: it was longer than the spans. */
int k230_stack_sendto(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr);
int k230_stack_recvfrom(struct k230_stack *stack, int sock, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated);

/* Datagrams of one length to one destination. */
struct k230_datagram_run {
    unsigned count;                /* >= 1 */
    uint32_t length;               /* of each; not 0 */
    const struct k230_span *spans; /* their bytes, one datagram after the other: each has one or two spans to itself */
    const struct k230_addr *addr;  /* as k230_stack_sendto */
};

/* How many of them have gone out, the first ones and at least one; or as k230_stack_sendto of the first, and then
 * nothing was sent. What comes back from the network is told by this or a later call, and concerns one datagram. */
int k230_stack_sendto_run(struct k230_stack *stack, int sock, const struct k230_datagram_run *run);

/* That for a port whose stack takes one at a time. */
static inline int k230_stack_sendto_first(struct k230_stack *stack, int sock, const struct k230_datagram_run *run)
{
    const unsigned pieces = run->spans[0].length < run->length ? 2u : 1u;
    const int sent = k230_stack_sendto(stack, sock, run->spans, pieces, run->addr);
    return sent < 0 ? sent : 1;
}

/* Watches `events` of the socket and reports them with `tag`, as long as they hold. 0: nothing, not even errors. */
int k230_stack_watch(struct k230_stack *stack, int sock, uint32_t events, uint32_t tag);
/* True if the events hold now. */
bool k230_stack_ready(struct k230_stack *stack, int sock, uint32_t events);
/* Sleeps until an event, k230_stack_wake, the doorbell, or the time is over. The number of events stored. */
int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms);
void k230_stack_wake(struct k230_stack *stack);

/* ---- look-ups, some at a time on helper threads -------------------------------------------------------------------
 */

struct k230_stack_query {
    char host[K230_HOST_MAX + 1];
    char service[K230_SERVICE_MAX + 1];
    int family, type, proto, flags;
};

#define K230_STACK_ANSWERS 64u /* addresses of one answer; what is cut is logged */

struct k230_stack_answer {
    int status; /* 0 or -enum k230_resolver_error */
    uint32_t count;
    uint32_t next; /* the agent's: addresses already passed on */
    struct k230_addr addrs[K230_STACK_ANSWERS];
    char canon[K230_HOST_MAX + 1]; /* "" unless asked for */
};

/* How a port puts an address into an answer: IPv4 ones stand before all others, and within a family they keep the order
 * in which they come. That is the order of the boards, whose stack prefers IPv4, and a script takes the first entry for
 * a socket without a family. False if one was cut, the last or this one. */
static inline bool k230_stack_answer_add(struct k230_stack_answer *answer, struct k230_addr addr)
{
    uint32_t at = addr.family == K230_AF_INET ? 0 : answer->count;
    while (at < answer->count && answer->addrs[at].family == K230_AF_INET)
        at++;
    if (at == K230_STACK_ANSWERS)
        return false;
    const bool room = answer->count < K230_STACK_ANSWERS;
    answer->count += room;
    memmove(&answer->addrs[at + 1u], &answer->addrs[at], (answer->count - 1u - at) * sizeof addr);
    answer->addrs[at] = addr;
    return room;
}

/* Starts a look-up, known by the caller's tag. False if as many are under way as there are helpers, those whose asker
 * is gone included. A numeric host needs no helper: it is answered at once, as long as answers are collected. */
bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag);
/* True when a look-up is over: its tag and its answer, which is given once. In no order. */
bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
