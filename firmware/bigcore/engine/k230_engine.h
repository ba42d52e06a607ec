/* The engine: a session with the agent, the requests and answers that travel in it, and the one way to wait for them.
 * It knows no socket and no question: layers above it register for what concerns them (struct k230_layer).
 *
 * Promises
 * - What the agent publishes is taken in one place, the pump, which hands each piece of it to the layer it belongs to.
 *   The pump runs when an operation enters (k230_engine_enter) or looks (k230_engine_look), before a waiting thread
 * looks at what it waits for, and in k230_engine_attend. A function that only reads state does not run it.
 * - Threads that sleep (k230_engine_wait) and natives that park (k230_engine_arm) announce themselves the same way and
 *   miss nothing that is published after it.
 * - A session that ends is over for every layer at once: answers that are awaited come as -ECONNRESET.
 *
 * Locks, in the order in which they may be taken:
 *   session_lock       starting or stopping a session; nothing else is held before it
 *   the locks of a layer's own (k230_sock.tx_lock, then k230_sock.rx_lock)
 *   lock               everything that threads share: the queues, what is under way, the sleepers
 * Every holder leaves after a bounded piece of work; nobody sleeps while holding any but session_lock. A function whose
 * name ends in _locked wants `lock` held, unless its comment names another one; test and sanitizer builds check it.
 *
 * Contexts: any thread, not an interrupt.
 */
#ifndef K230_ENGINE_H
#define K230_ENGINE_H

#include "k230_link.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_PENDING 4096      /* not an error number of any system */
#define K230_START_MS 10000u   /* a session starts within this time or not at all */
#define K230_CONTROL_MS 10000u /* how long a caller should wait for the answer to a request */
#define K230_FOREVER UINT64_MAX

/* How long an agent may leave its heartbeat standing before it counts as dead; 0 = the board knows better
 * (hal other_alive). */
#ifndef K230_SILENCE_MS
#define K230_SILENCE_MS 0
#endif
/* How long a thread that waits without a session (a poll of nothing) sleeps before it looks whether there is one. */
#define K230_NO_SESSION_MS 20u

enum k230_session { K230_SESSION_NONE, K230_SESSION_LIVE, K230_SESSION_LOST };

/* What becomes of a request that has an answer. */
enum k230_call_state {
    K230_CALL_IDLE,
    K230_CALL_PENDING,
    K230_CALL_DONE,
    K230_CALL_ABANDONED, /* nobody waits any more; the answer is undone or dropped */
};

struct k230_engine;

/* What a layer over the engine does with what arrives: one constant table for each layer, registered by
 * k230_engine_init. A layer that has no use for a handler leaves it NULL; `answered`, `began` and `ended` are never
 * NULL. All but `left` and `attended` are called with the lock held. */
struct k230_layer {
    uint32_t ops; /* 1 << enum k230_op of each operation whose answers are the layer's */
    /* An answer to one of these; it was copied out of the region and its status is one that an answer may have. */
    void (*answered)(struct k230_engine *engine, const struct k230_completion *completion);
    /* The agent has put news of a slot, or with K230_EVERY_SLOT: anything may have changed. */
    void (*news)(struct k230_engine *engine, uint32_t slot);
    /* Each turn of the pump. The hints of those that what it found concerns. */
    uint32_t (*looked)(struct k230_engine *engine);
    /* The queue may have room for requests that found it full (k230_engine.dues). */
    void (*owed)(struct k230_engine *engine);
    void (*began)(struct k230_engine *engine); /* a session begins; its limits are in link.limits */
    void (*ended)(struct k230_engine *engine); /* the session is over; the region is still there */
    /* Waits until no thread is in the region by way of a lock of the layer's own: the region goes away. */
    void (*left)(struct k230_engine *engine);
    void (*attended)(struct k230_engine *engine); /* the thread that attends has had a turn */
};
#define K230_LAYERS 2u
#define K230_EVERY_SLOT UINT32_MAX

/* One that waits without a thread of its own. The waiter's; zero at first. */
struct k230_arming {
    uint32_t hints;
    uint32_t epoch;
    uint32_t parked;
};

struct k230_engine {
    struct k230_hal *hal;
    const struct k230_layer *layers[K230_LAYERS];
    uint32_t session_lock;
    uint32_t lock;
    /* under lock */
    uint32_t session; /* enum k230_session */
    uint32_t session_id;
    uint32_t agent_boot_id;
    uint32_t epoch;         /* counts sessions */
    uint32_t fault;         /* enum k230_fault: why the last session ended */
    uint32_t unsaid;        /* enum k230_fault, or K230_UNSAID_NO_ANSWER: still to be logged; atomic */
    uint32_t features;      /* K230_FEATURE_*, as the agent offered them */
    uint32_t waiters;       /* threads in the region: those that sleep, and the one that attends */
    uint32_t sleepers;      /* of these, the ones in k230_engine_wait */
    uint32_t parked;        /* that wait outside the region: k230_engine_arm */
    uint32_t armed[32];     /* sleepers per hint */
    uint32_t has_attendant; /* sessions are started by k230_engine_attend, no longer by the caller that needs one */
    uint32_t wanted;        /* somebody needs one */
    uint32_t starts;        /* attempts that are over */
    int32_t start_result;
    uint32_t doorbell_seen; /* by k230_engine_attend */
    void (*on_news)(void *arg);
    void *on_news_arg;
    uint32_t dues;    /* requests that found the queue full, counted by the layer whose they are */
    uint32_t crowded; /* somebody found the request queue full */
    uint32_t wakes;   /* k230_engine_wake_all calls; atomic */
    uint32_t heartbeat;
    uint64_t heartbeat_ms;
    uint64_t watchdog_ms; /* when the other core was looked at last */
    struct k230_link link;
    struct k230_completion incoming; /* the one being looked at */
    struct k230_request outgoing;    /* the one being written */
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* `engine` is zeroed static memory. Nothing is asked of the other core yet. */
void k230_engine_init(struct k230_engine *engine, struct k230_hal *hal,
                      const struct k230_layer *const layers[K230_LAYERS]);
void k230_engine_stop(struct k230_engine *engine); /* k230_client_stop */
void k230_engine_on_news(struct k230_engine *engine, void (*on_news)(void *arg), void *arg);
void k230_engine_attend(struct k230_engine *engine);
void k230_engine_wake_all(struct k230_engine *engine);
uint32_t k230_engine_wakes(struct k230_engine *engine);
uint32_t k230_engine_fault(struct k230_engine *engine);
bool k230_engine_owes(struct k230_engine *engine);
uint64_t k230_engine_deadline(struct k230_engine *engine, int timeout_ms);

/* ---- the lock ---------------------------------------------------------------------------------------------------- */

void k230_engine_lock(struct k230_engine *engine);
/* Nothing is logged under a lock, as a log may block: what there is to say waits in `unsaid` for the thread that gives
 * back its last lock. A thread that holds another one uses unlock_inner, and one of the others at the end. */
void k230_engine_unlock(struct k230_engine *engine);
void k230_engine_unlock_inner(struct k230_engine *engine);

/* A lock of a layer's own, one zeroed word. `last`: the thread holds no other one. */
void k230_engine_lock_own(struct k230_engine *engine, uint32_t *word);
void k230_engine_unlock_own(struct k230_engine *engine, uint32_t *word);
void k230_engine_unlock_last(struct k230_engine *engine, uint32_t *word);

/* ---- the session ------------------------------------------------------------------------------------------------- */

/* No lock held. A live session, or -error; starts one where k230_engine_attend does not. */
int k230_engine_ensure(struct k230_engine *engine);
/* No lock held. 0, or where k230_engine_attend starts sessions -K230_PENDING until it has, or why it could not. *start
 * is the caller's, zero at first. */
int k230_engine_want(struct k230_engine *engine, uint32_t *start);
/* What the region holds breaks a rule, so the session ends; with `fault`, unless the agent has ended it. */
void k230_engine_blame_locked(struct k230_engine *engine, uint32_t fault);

/* The way into every operation that collects what the agent has answered or shown: takes the lock and what is new.
 * False: no live session. End with k230_engine_unlock or k230_engine_unlock_inner. */
bool k230_engine_enter(struct k230_engine *engine);
/* No lock held. One look for an operation that only reads state afterwards. */
void k230_engine_look(struct k230_engine *engine);
/* The lock is not held; another one may be. Looks whether the other core is still there, at most once in
 * K230_WATCHDOG_MS. For calls that would block and do not wait, so that a program that only polls learns of its end. */
void k230_engine_glance(struct k230_engine *engine);

/* ---- requests ---------------------------------------------------------------------------------------------------- */

/* True if a request can be put behind those that are owed. */
bool k230_engine_room_locked(struct k230_engine *engine);
/* The same for one that is owed itself. */
bool k230_engine_free_locked(struct k230_engine *engine);
uint32_t k230_engine_request_id(uint32_t lane, uint32_t *sequence);
/* engine.outgoing, to be filled and published. There is room. */
struct k230_request *k230_engine_request_locked(struct k230_engine *engine, uint32_t id, uint16_t op, uint32_t handle);
void k230_engine_publish_locked(struct k230_engine *engine); /* and notifies the agent */
/* For a layer's `ended`: an answer that is awaited will not come. */
void k230_engine_end_call_locked(const struct k230_engine *engine, uint8_t *state, int32_t *status);

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* After a change of state: every thread and every native that waits for one of the hints looks again. */
void k230_engine_wake_locked(struct k230_engine *engine, uint32_t hints);

/* Sleeps until ready(arg) is not K230_NOT_READY (returned), or the deadline is past (-ETIMEDOUT). `ready` is called
 * without locks, after the pump, and only reads state. */
#define K230_NOT_READY 1
int k230_engine_wait(struct k230_engine *engine, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *), void *arg);

/* For a caller that does not sleep in here: k230_arm and k230_disarm (k230_client.h). */
bool k230_engine_arm(struct k230_engine *engine, struct k230_arming *arming, uint32_t hints);
void k230_engine_disarm(struct k230_engine *engine, struct k230_arming *arming);

/* ---- words that are read without the lock ------------------------------------------------------------------------ */

static inline uint32_t k230_load_word(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void k230_store_word(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
static inline uint8_t k230_load_byte(const uint8_t *byte) { return __atomic_load_n(byte, __ATOMIC_ACQUIRE); }
static inline void k230_store_byte(uint8_t *byte, uint8_t value) { __atomic_store_n(byte, value, __ATOMIC_RELEASE); }

#ifdef __cplusplus
}
#endif
#endif
