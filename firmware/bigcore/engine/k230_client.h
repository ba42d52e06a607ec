/* The state of the big core's end: sockets, calls under way, the session. Private to bigcore; users of the API only
 * need its size, to place it in static memory (k230_sock.h).
 *
 * Locks, in the order in which they may be taken:
 *   session_lock       starting or stopping a session; nothing else is held before it
 *   k230_sock.tx_lock  the socket's sending half
 *   k230_sock.rx_lock  the socket's receiving half
 *   lock               everything that sockets share: the queues, handles, pairs, calls, the sleepers
 * Every holder leaves after a bounded piece of work; nobody sleeps while holding tx_lock, rx_lock or lock.
 */
#ifndef K230_CLIENT_H
#define K230_CLIENT_H

#include "k230_link.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sockets of this build. The agent may offer fewer. The default keeps the client within 8 KiB: docs/maintain/sizes.md. */
#ifndef K230_SOCK_MAX
#define K230_SOCK_MAX 16
#endif
/* Ring pairs that this build keeps account of: the sockets, and as many again as may linger after their close. */
#ifndef K230_PAIR_MAX
#define K230_PAIR_MAX (K230_SOCK_MAX + 8)
#endif
/* Name look-ups under way at once, and addresses kept of one answer. */
#ifndef K230_RESOLVE_MAX
#define K230_RESOLVE_MAX 2
#endif
#ifndef K230_RESOLVE_ADDRS
#define K230_RESOLVE_ADDRS 16
#endif
/* Questions about interfaces under way at once; further ones wait their turn. */
#ifndef K230_INTERFACE_MAX
#define K230_INTERFACE_MAX 2
#endif
/* How long an agent may leave its heartbeat standing before it counts as dead; 0 = the board knows better
 * (hal peer_alive). */
#ifndef K230_SILENCE_MS
#define K230_SILENCE_MS 0
#endif
K230_STATIC_ASSERT(K230_SOCK_MAX <= K230_SLOT_LIMIT, "the bitmaps have room for every socket");
K230_STATIC_ASSERT(K230_GEN_LIMIT <= UINT16_MAX, "k230_sock.confirmed_gen");

enum k230_sock_state {
    K230_SOCK_FREE,
    K230_SOCK_OPENING,  /* the agent was asked to make it */
    K230_SOCK_RESERVED, /* handed to the agent for a connection it may accept */
    K230_SOCK_OPEN,     /* made; neither listening nor connected */
    K230_SOCK_LISTENING,
    K230_SOCK_CONNECTING,
    K230_SOCK_CANCELLING, /* the caller gave up; the agent was told */
    K230_SOCK_CONNECTED,
    K230_SOCK_CLOSING, /* closed; its CLOSE request found the queue full and waits */
};

enum k230_call_state {
    K230_CALL_IDLE,
    K230_CALL_PENDING,
    K230_CALL_DONE,
    K230_CALL_ABANDONED, /* nobody waits any more; the answer is undone or dropped */
};

/* One request under way. */
struct k230_call {
    uint32_t id; /* lane | sequence << 16; the answer to an earlier one is recognised by it */
    uint16_t op;
    uint8_t state; /* enum k230_call_state */
    uint8_t len;
    int32_t status;
    uint32_t arg0;
    uint8_t payload[K230_ADDR_SIZE]; /* the longest answer of a socket's call: an address */
};

#define K230_DUE_CANCEL 1u
#define K230_DUE_CLOSE 2u

struct k230_sock {
    /* changed under client.lock; read with k230_load_word or k230_load_byte under any lock of the socket */
    uint32_t state; /* enum k230_sock_state */
    uint32_t epoch; /* client.epoch at birth; another value means its session is over */
    uint32_t gen;
    uint8_t attached; /* the rings are there; once set it stays until close */
    uint8_t type;     /* enum k230_socktype */
    uint8_t kept;     /* the layer above keeps received bytes: k230_sock_keep */
    /* under client.lock */
    uint8_t family;
    uint8_t failed;         /* a connect failed: the connection was over before it began */
    uint8_t unreported;     /* a connect succeeded and no call has said so yet */
    uint8_t abort_on_close; /* SO_LINGER with 0 seconds */
    uint8_t due;            /* K230_DUE_*: requests that found the queue full */
    uint32_t pair;
    uint32_t connect_id;
    int32_t error;        /* of a failed connect, -enum k230_error; raised once */
    uint32_t late_accept; /* handle of a connection that came after its accept had given up; 0 = none */
    uint32_t call_sequence;
    struct k230_call call;
    struct k230_addr peer;
    uint32_t raised; /* number of the newest error in the status line that was raised; exchanged atomically */
    /* under tx_lock */
    uint32_t tx_lock;
    struct k230_ring tx;
    uint32_t confirmed_as;  /* k230_status_line.sends as these were accepted */
    uint16_t confirmed[4];  /* hashes of destinations that the stack has accepted; 0 = unused */
    uint16_t confirmed_gen; /* all these are of this generation */
    uint8_t asked_late;     /* confirmed_as has changed since the newest destination was asked for */
    uint8_t sends_raised;   /* number of the newest failure in k230_status_line.sends that was raised */
    uint8_t confirmed_next;
    uint8_t tx_shut; /* read with k230_load_byte under any lock of the socket */
    /* under rx_lock */
    uint32_t rx_lock;
    struct k230_ring rx;
};

/* A question that is no socket's: a look-up, or one about an interface. It has a record of its own, so that its answer
 * needs no caller to stand by. */
struct k230_question {
    uint32_t id; /* the caller's token */
    uint32_t sequence;
    int32_t status;
    uint8_t state; /* enum k230_call_state */
};
#define K230_QUESTION_MAX (K230_RESOLVE_MAX + K230_INTERFACE_MAX) /* the look-ups come first */

/* The answer to a look-up. */
struct k230_names {
    uint32_t count; /* addresses that came, kept or not */
    struct k230_addr addrs[K230_RESOLVE_ADDRS];
    char canon[K230_HOST_MAX + 1];
};

/* A ring pair of the pool, as this core sees it. */
enum k230_pair_state {
    K230_PAIR_FREE,
    K230_PAIR_USED,
    K230_PAIR_LEFT, /* its socket is closed; the agent gives it back when the last bytes are sent */
};

/* One that waits without a thread of its own. The waiter's; zero at first. */
struct k230_arming {
    uint32_t hints;
    uint32_t epoch;
    uint32_t parked;
};

enum k230_session { K230_SESSION_NONE, K230_SESSION_LIVE, K230_SESSION_LOST };

struct k230_client {
    struct k230_hal *hal;
    uint32_t session_lock;
    uint32_t lock;
    /* under lock */
    uint32_t session; /* enum k230_session */
    uint32_t session_id;
    uint32_t peer_boot_id;
    uint32_t epoch;    /* counts sessions */
    uint32_t fault;    /* enum k230_fault: why the last session ended */
    uint32_t unsaid;   /* enum k230_fault, or K230_UNSAID_NO_ANSWER: still to be logged; atomic */
    uint32_t slots;    /* that the session has */
    uint32_t features; /* K230_FEATURE_*, as the agent offered them */
    uint32_t waiters;
    uint32_t parked;    /* that wait outside the region: k230_arm */
    uint32_t armed[32]; /* sleepers per hint */
    uint32_t attended;  /* sessions are started by k230_client_attend, no longer by who needs one */
    uint32_t wanted;    /* somebody needs one */
    uint32_t starts;    /* attempts that are over */
    int32_t start_result;
    uint32_t bell_seen; /* by k230_client_attend */
    void (*news)(void *arg);
    void *news_arg;
    void (*on_network)(void *arg, uint32_t word);
    void *on_network_arg;
    uint32_t network;      /* as the agent shows it: K230_NETWORK_* */
    uint32_t network_told; /* the last word that on_network was given */
    uint32_t addresses;    /* counts the changes of the agent's addresses, whichever agent it is */
    uint32_t watched;      /* somebody wants to be told: sessions are kept up by k230_client_attend */
    uint64_t retry_ms;     /* when it tries again */
    uint32_t free_pairs;
    uint32_t pair_stack[K230_PAIR_MAX];
    uint8_t pair_state[K230_PAIR_MAX]; /* enum k230_pair_state */
    uint32_t dues;                     /* sockets with a request that found the queue full */
    uint32_t starved;                  /* a socket found no ring pair free, and none has come back since */
    uint32_t starvings;                /* how often, as shown to the agent */
    uint32_t crowded;                  /* somebody found the request queue full */
    uint32_t pokes;                    /* k230_client_poke calls; atomic */
    uint32_t heartbeat;
    uint64_t heartbeat_ms;
    uint64_t watchdog_ms; /* when the other core was looked at last */
    struct k230_link link;
    struct k230_completion incoming; /* the one being looked at */
    struct k230_request outgoing;    /* the one being written */
    struct k230_question questions[K230_QUESTION_MAX];
    struct k230_names names[K230_RESOLVE_MAX];
    struct k230_interface facts[K230_INTERFACE_MAX]; /* checked */
    uint32_t changed;                                /* counts those of all sockets together; atomic */
    uint32_t changes[K230_SOCK_MAX];                 /* counts what may have changed a socket's events; atomic */
    uint32_t events[K230_SOCK_MAX]; /* events as last worked out, with the count they belong to; atomic */
    struct k230_sock socks[K230_SOCK_MAX];
};

/* ---- inside bigcore, from the ground up: each file calls those above it ------------------------------------------ */

/* How long who waits without a session (a poll of nothing) sleeps before it looks whether there is one. */
#define K230_NO_SESSION_MS 20u
#define K230_LANE_INTERFACE 0xE000u /* lanes from here on are questions about interfaces, below it sockets */
#define K230_LANE_RESOLVE 0xF000u   /* lanes from here on are look-ups */
K230_STATIC_ASSERT(K230_SLOT_LIMIT <= K230_LANE_INTERFACE, "no socket has the lane of something else");
K230_STATIC_ASSERT(K230_INTERFACE_MAX <= K230_LANE_RESOLVE - K230_LANE_INTERFACE, "nor has a question");

/* slot.c: handles. Under lock, tx_lock or rx_lock, unless it says otherwise. */
uint32_t k230_sock_slot(const struct k230_client *client, const struct k230_sock *sock);
uint32_t k230_sock_handle(const struct k230_client *client, const struct k230_sock *sock);
/* The slot of a handle, whatever lives there; NULL if out of range. No lock needed. */
struct k230_sock *k230_sock_at(struct k230_client *client, int handle);
/* True while the handle is the socket's. */
bool k230_sock_valid(const struct k230_sock *sock, int handle);
/* 0, or -EBADF / -ECONNRESET for a socket that is closed or whose session is over. */
int k230_sock_usable(struct k230_client *client, const struct k230_sock *sock, int handle);
/* True when the socket's memory in the region is no longer its own. */
bool k230_sock_over(const struct k230_client *client, const struct k230_sock *sock);
/* Something happened that may change what poll says of it. No lock needed. */
void k230_sock_changed(struct k230_client *client, const struct k230_sock *sock);
uint32_t k230_sock_status(struct k230_client *client, const struct k230_sock *sock);
/* The newest error of the status word if no call has raised it yet: -enum k230_error, taken; else 0. */
int k230_sock_take_error(struct k230_sock *sock, uint32_t status);
int k230_sock_peek_error(const struct k230_sock *sock, uint32_t status);               /* the same, left untaken */
struct k230_sock *k230_sock_reserve(struct k230_client *client, int family, int type); /* lock held; NULL: all in use */
void k230_sock_forget(struct k230_client *client, struct k230_sock *sock);             /* lock held: the slot is free */

/* client.c */
void k230_client_lock(struct k230_client *client);
void k230_client_unlock(struct k230_client *client);
/* Nothing is logged under a lock, as a log may block: what there is to say waits in `unsaid` for the thread that gives
 * back its last lock. A thread that holds another one uses unlock_inner, and the others at the end. */
void k230_client_unlock_inner(struct k230_client *client);
void k230_half_unlock(struct k230_client *client, uint32_t *half); /* a tx_lock or rx_lock, the last of the thread */
void k230_client_say(struct k230_client *client);                  /* no lock held */
#define K230_UNSAID_NO_ANSWER K230_FAULT_LIMIT
void k230_session_fault(struct k230_client *client, uint32_t fault); /* lock held: ends the session */
/* Lock held, after a change of state: whoever waits for one of the hints looks again. */
void k230_client_wake(struct k230_client *client, uint32_t hints);
void k230_client_tell_parked(struct k230_client *client); /* the same, those alone that wait without a thread */

/* call.c; lock held unless it says otherwise */
bool k230_call_room(struct k230_client *client);
uint32_t k230_call_id(uint32_t lane, uint32_t *sequence);
struct k230_request *k230_call_request(struct k230_client *client, uint32_t id, uint16_t op, uint32_t handle);
void k230_call_post(struct k230_client *client); /* puts client.outgoing; the caller tells the agent */
/* The state of the caller's call on the socket's lane: K230_CALL_BEGIN (the lane is the caller's: fill client.outgoing
 * and post), a result that was collected into *result, or -K230_PENDING. */
#define K230_CALL_BEGIN 0x40000000
int k230_call_step(struct k230_client *client, struct k230_sock *sock, uint16_t op, uint32_t *call,
                   struct k230_call *result);
void k230_sock_attach(struct k230_client *client, struct k230_sock *sock);              /* gives it a ring pair */
void k230_sock_discard(struct k230_client *client, struct k230_sock *sock, bool abort); /* closes it */
/* A connection that the listener's accept has brought and nobody has collected goes with the listener. */
void k230_sock_discard_accepted(struct k230_client *client, struct k230_sock *listener, bool live);
/* Posts a request that must not get lost, now or as soon as the queue has room. */
void k230_sock_post_due(struct k230_client *client, struct k230_sock *sock, uint8_t due);
bool k230_sock_flush_due(struct k230_client *client, struct k230_sock *sock); /* false: still no room */
void k230_sock_flush_dues(struct k230_client *client);
/* Says that the socket has work for the agent, and wakes it. No client lock held. */
void k230_sock_kick(struct k230_client *client, const struct k230_sock *sock);

/* completion.c; lock held. The hints of those that the answers concern. */
uint32_t k230_call_drain(struct k230_client *client);

/* session.c */
int k230_session_ensure(struct k230_client *client); /* no lock held: a live session, or -error */
int k230_session_start(struct k230_client *client);  /* the same, also with k230_client_attend; may sleep */
/* No lock held. 0, or where k230_client_attend starts sessions -K230_PENDING until it has, or why it could not. *start
 * is the caller's, zero at first. */
int k230_session_request(struct k230_client *client, uint32_t *start);
/* Lock held: what the region holds breaks a rule, so the session ends; with `fault`, unless the agent has ended it. */
void k230_session_blame(struct k230_client *client, uint32_t fault);
/* Lock held: takes what is new; false = not live. Those that wait without a thread are told of it; the others have
 * heard the bell, or are woken by a look of the watchdog. */
bool k230_session_look(struct k230_client *client, bool watchdog);
/* No client lock held: looks whether the other core is still there, at most once in K230_WATCHDOG_MS. For calls that
 * would block and do not wait, so that a program that only polls learns of its end. */
void k230_session_glance(struct k230_client *client);
/* Sleeps until ready(arg) is not K230_NOT_READY (returned), or the deadline is past (-ETIMEDOUT). ready is called
 * without locks. */
#define K230_NOT_READY 1
int k230_client_wait(struct k230_client *client, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *), void *arg);
void k230_client_arm(struct k230_client *client, uint32_t hints, bool on); /* lock held, live session */

/* question.c; lock held. `op` is K230_OP_RESOLVE or K230_OP_INTERFACE. */
/* 0: *question is the caller's, client.outgoing its request: fill it and post it. -K230_EAGAIN: as many as there can be
 * are under way; -K230_ECONNRESET. */
int k230_question_begin(struct k230_client *client, uint16_t op, struct k230_question **question);
int k230_question_post(struct k230_client *client, struct k230_question *question); /* the token */
/* The status of the answer, which is at *index of `names` or `facts`; the token has ended. Or -K230_PENDING, or
 * -K230_EBADF. */
int k230_question_end(struct k230_client *client, int token, uint32_t *index);
/* The question that this is an answer to, or NULL: nobody waits for it. `index` is in range. */
struct k230_question *k230_question_answered(struct k230_client *client, const struct k230_completion *reply,
                                             uint32_t index);
void k230_question_done(struct k230_question *question, int32_t status);
/* No lock held. Token 0: sleeps until a record may be free. */
int k230_question_wait(struct k230_client *client, uint32_t op, int token, uint64_t deadline_ms);
void k230_question_abandon(struct k230_client *client, int token);
uint32_t k230_question_hints(int token);

/* poll.c: the hints of those that can bring what is waited for */
uint32_t k230_sock_hints(struct k230_client *client, int handle, uint32_t events, uint32_t amount);
struct k230_pollfd;
uint32_t k230_poll_hints(const struct k230_pollfd *entries, uint32_t count);

/* network.c */
void k230_network_take(struct k230_client *client);           /* lock held, the region is there */
uint32_t k230_network_word(const struct k230_client *client); /* lock held */
void k230_client_watch(struct k230_client *client);           /* no lock held: k230_client_on_network begins */
void k230_client_tell_network(struct k230_client *client);    /* by k230_client_attend, no lock held */

/* rings.c; no client lock held */
bool k230_sock_has_rings(struct k230_client *client, struct k230_sock *sock); /* asks for a pair where it has none */
void k230_sock_broken(struct k230_client *client); /* a ring index lies, or the session is over */
/* The agent has stopped receiving for want of room in the ring. */
bool k230_sock_wants_space(struct k230_client *client, const struct k230_sock *sock);
/* Gives bytes of the receive ring back, and tells the agent if it stopped for want of room. Under rx_lock. */
void k230_sock_consume(struct k230_client *client, struct k230_sock *sock, uint32_t length);

/* stream.c; under rx_lock */
int k230_stream_recv(struct k230_client *client, struct k230_sock *sock, int handle, void *data, uint32_t length,
                     int flags);
int k230_stream_readline(struct k230_client *client, struct k230_sock *sock, int handle, void *data, uint32_t length,
                         bool partial, uint32_t *seen);

/* datagram.c; under rx_lock */
int k230_datagram_recv(struct k230_client *client, struct k230_sock *sock, int handle, void *data, uint32_t length,
                       int flags, struct k230_addr *from);
int k230_datagram_available(struct k230_client *client, struct k230_sock *sock);

static inline uint32_t k230_load_word(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void k230_store_word(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
static inline uint8_t k230_load_byte(const uint8_t *byte) { return __atomic_load_n(byte, __ATOMIC_ACQUIRE); }
static inline void k230_store_byte(uint8_t *byte, uint8_t value) { __atomic_store_n(byte, value, __ATOMIC_RELEASE); }

static inline void k230_sock_set_state(struct k230_sock *sock, enum k230_sock_state state)
{
    k230_store_word(&sock->state, (uint32_t)state);
}

#ifdef __cplusplus
}
#endif
#endif
