/* The small core's side: one event loop that serves the big core's requests with a network stack.
 *
 * Promises
 * - Nothing blocks anybody else: every socket is non-blocking, name look-ups run on the stack port's helper thread.
 * - The big core is not trusted: every handle, pair, length and index is copied once and checked. A violation ends the
 *   session with a named reason and closes its sockets; the agent goes on and serves the next session.
 * - After a CLOSE the slot is free at once; what is still in the transmit ring is sent first, then the ring pair is
 * given back. This goes on, however slowly, as long as bytes leave the stack (linger.c).
 * - Every turn is bounded, whatever the stack answers and the big core writes.
 * - Nothing is allocated: the agent is one structure in static memory.
 *
 * Contexts: all functions from one thread.
 */
#ifndef K230_AGENT_H
#define K230_AGENT_H

#include "k230_link.h"
#include "k230_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef K230_AGENT_SOCK_MAX
#define K230_AGENT_SOCK_MAX 32
#endif
#ifndef K230_AGENT_PAIR_MAX
#define K230_AGENT_PAIR_MAX (K230_AGENT_SOCK_MAX + 8)
#endif
#ifndef K230_AGENT_RESOLVE_MAX
#define K230_AGENT_RESOLVE_MAX 4
#endif
/* Datagrams that go to the stack in one call. More than one pays where a call is dear: a kernel's. */
#ifndef K230_AGENT_RUN
#define K230_AGENT_RUN 1
#endif
/* A closed socket is given up when nothing of it has left the stack for this long. Readers that are slow but steady
 * open their windows seldom: one that takes 2 KiB/s through a window of 64 KiB, every 32 s. */
#ifndef K230_LINGER_MS
#define K230_LINGER_MS 60000u
#endif
/* Where ring pairs or the stack's sockets have run out, one that has stood still for this long makes room. */
#ifndef K230_STALLED_MS
#define K230_STALLED_MS 2000u
#endif
/* An agent whose end somebody waits for gives up what has stood still for this long. */
#ifndef K230_FAREWELL_MS
#define K230_FAREWELL_MS 5000u
#endif
/* Sockets that were given up, while the stack still holds bytes of theirs. */
#ifndef K230_AGENT_LEFT
#define K230_AGENT_LEFT 8
#endif
K230_STATIC_ASSERT(K230_AGENT_RUN >= 1, "a datagram is sent by a call");
K230_STATIC_ASSERT(K230_AGENT_SOCK_MAX <= K230_SLOT_LIMIT, "the bitmaps have room for every socket");

enum k230_agent_state {
    K230_AGENT_FREE,
    K230_AGENT_OPEN,
    K230_AGENT_LISTENING,
    K230_AGENT_CONNECTING,
    K230_AGENT_CONNECTED, /* also datagrams with a peer */
    K230_AGENT_DEAD,      /* the connection is over; only CLOSE is left */
};

struct k230_agent_sock {
    uint8_t state; /* enum k230_agent_state */
    uint8_t type;
    uint8_t attached;
    uint8_t shut_due;   /* shut down for sending once the ring is empty */
    uint8_t rx_stalled; /* the ring is full: not receiving */
    uint8_t tx_blocked; /* the stack takes no more: waiting for room */
    uint8_t watched;    /* K230_STACK_* */
    uint8_t answer_due; /* a completion found the queue full */
    uint8_t tx_over;    /* sending failed with fail_error; what has arrived is still being received */
    uint16_t answer_op;
    uint32_t gen;
    int stack; /* the stack's number for it */
    uint32_t pair;
    uint32_t connect_id;
    uint32_t answer_id;
    int32_t answer_status;
    int32_t fail_error;   /* with tx_over */
    uint32_t flags;       /* K230_STATUS_* as shown to the big core */
    uint8_t error_code;   /* the newest error ... */
    uint8_t error_number; /* ... and its number, 1 to 255 */
    uint8_t want;         /* K230_WANT_* as shown */
    uint32_t drops;       /* datagrams that were cut: longer than limits.datagram */
    uint32_t sends;       /* k230_status_line.sends as shown */
    struct k230_ring tx;
    struct k230_ring rx;
};

enum k230_linger_state {
    K230_LINGER_NONE,
    K230_LINGER_SENDING, /* bytes are still to go out */
    K230_LINGER_DONE,    /* the stack's socket is closed; the big core is to be told that the pair is free */
    K230_LINGER_LEFT,    /* given up, without a pair: the stack still sends what it holds, then it is reset */
};

/* What is left of a closed socket. The first ones are indexed by pair, on its way back; those LEFT come behind them. */
struct k230_agent_linger {
    uint8_t state; /* enum k230_linger_state */
    uint8_t type;
    int stack;
    uint32_t progress_ms; /* when `left` fell last */
    uint32_t left;        /* bytes in the ring, and those that the stack holds */
    uint32_t end;         /* of what is to be sent, in tx: what the big core writes after its CLOSE is nobody's */
    struct k230_ring tx;
};

enum k230_query_state {
    K230_QUERY_FREE,
    K230_QUERY_NEW,
    K230_QUERY_WAITING, /* the stack had no helper for it */
    K230_QUERY_ASKED,   /* the stack works on it */
};

struct k230_agent_query {
    uint8_t state; /* enum k230_query_state */
    uint32_t id;   /* 0 = its asker is gone */
    struct k230_stack_query query;
};

struct k230_agent {
    struct k230_hal *hal;
    struct k230_stack *stack;
    struct k230_limits limits;
    uint32_t boot_id;
    uint32_t session;      /* of the big core; 0 = none */
    uint32_t last_session; /* the newest that was looked at; taken up at most once */
    uint32_t fault;        /* of the last session */
    uint32_t heartbeat;
    uint32_t network;     /* K230_NETWORK_*, as shown to the big core */
    uint32_t routes;      /* k230_stack_routes, as the datagram sockets know it */
    uint32_t hints;       /* sockets with news since the last doorbell */
    bool finished;        /* it works off what is left, and takes no session */
    bool unanswered;      /* a completion waits for room */
    bool held;            /* so does the next request, which is answered at once */
    uint32_t done;        /* counts requests, kicks and events: a turn that leaves it as it was had nothing to do */
    uint64_t alive_ms;    /* when the other core was looked at last */
    uint32_t lingering;   /* pairs on their way back */
    uint32_t left;        /* sockets without a pair of which the stack still holds bytes */
    uint32_t looked_ms;   /* when these were looked at last */
    uint32_t progress_ms; /* when bytes of any of them left the stack last */
    uint32_t starved;     /* as the big core shows it */
    uint32_t starvings;   /* how often a socket found no pair, in all sessions */
    bool pressed;         /* a socket of the big core waits for a pair */
    uint32_t again[K230_BITMAP_WORDS]; /* sockets that used up their turn */
    bool busy;                         /* one of these bits is set */
    uint32_t answering;                /* index + 1 of the query whose `answer` is being passed on */
    struct k230_link link;
    struct k230_request request;
    struct k230_completion completion;
    struct k230_stack_answer answer;
    struct k230_agent_query queries[K230_AGENT_RESOLVE_MAX];
    uint32_t next_query;
    struct k230_agent_sock socks[K230_AGENT_SOCK_MAX];
    struct k230_agent_linger lingers[K230_AGENT_PAIR_MAX + K230_AGENT_LEFT];
    uint8_t pair_used[K230_AGENT_PAIR_MAX];
};

/* Says hello in the hal's region (attached by the caller) and waits for a session. `limits` are cut to what this build
 * has room for. False if they do not fit the region. */
bool k230_agent_start(struct k230_agent *agent, struct k230_hal *hal, struct k230_stack *stack,
                      const struct k230_limits *limits);

/* One turn: takes what is new, moves bytes, tells the big core, sleeps at most timeout_ms (and at most
 * K230_WATCHDOG_MS) if there is nothing to do; with 0 it does not sleep, and nobody need notify to be seen by the next.
 * False once the other core is gone (hal other_alive). */
bool k230_agent_step(struct k230_agent *agent, uint32_t timeout_ms);

/* Ends the session as a process that exits does: what was sent still goes out, the rest is closed. Further steps
 * work that off; k230_agent_idle says when it is done. The big core is told at once; it finds what had arrived in its
 * place, and no new session until the next start. */
void k230_agent_finish(struct k230_agent *agent);
bool k230_agent_idle(const struct k230_agent *agent);

/* Closes everything at once. Of a closed socket the stack still sends what it holds, where it goes on without us. */
void k230_agent_stop(struct k230_agent *agent);

/* The end of an agent, in turns: to be called until it gives false. Finishes, sends what was written as long as bytes
 * leave the stack, and stops when all is sent or none has left it for `patience_ms`: K230_FAREWELL_MS where somebody
 * waits for the end, else K230_LINGER_MS. */
bool k230_agent_farewell(struct k230_agent *agent, uint32_t patience_ms);

/* ---- inside the agent, from the ground up: each file calls those above it ---------------------------------------- */

/* telling.c */
void k230_agent_news(struct k230_agent *agent, uint32_t slot);
void k230_agent_show(struct k230_agent *agent, uint32_t slot); /* the status word */
void k230_agent_show_network(struct k230_agent *agent);        /* if it has changed */
/* The stack may answer the next datagram of this socket otherwise than the last. `error`, or 0: it refused one whose
 * sender had gone on. */
void k230_agent_show_sends(struct k230_agent *agent, uint32_t slot, int error);
void k230_agent_want(struct k230_agent *agent, uint32_t slot, uint32_t want);
void k230_agent_watch(struct k230_agent *agent, uint32_t slot, uint32_t events);
bool k230_agent_completion_room(struct k230_agent *agent);
void k230_agent_complete(struct k230_agent *agent); /* puts agent.completion; there is room */
/* Completes now or, with the queue full, as soon as there is room. */
void k230_agent_answer(struct k230_agent *agent, uint32_t slot, uint32_t id, uint16_t op, int32_t status);
/* Gives this one up: the rest of its ring is lost. The stack first sends what it holds, then a reset says so. */
void k230_agent_leave(struct k230_agent *agent, uint32_t pair);
void k230_agent_reset_left(struct k230_agent *agent, uint32_t index);
/* What of a closed socket has not left the stack, now. */
uint32_t k230_agent_left(struct k230_agent *agent, struct k230_agent_linger *linger);
void k230_agent_close_all(struct k230_agent *agent);
void k230_agent_show_end(struct k230_agent *agent, uint32_t fault); /* the big core leaves the memory alone then */
void k230_agent_end_session(struct k230_agent *agent, uint32_t fault);
void k230_agent_fault(struct k230_agent *agent, uint32_t fault); /* the big core broke a rule */

/* transfer.c */
void k230_agent_serve(struct k230_agent *agent, uint32_t slot, uint32_t events); /* after stack events */
void k230_agent_move(struct k230_agent *agent, uint32_t slot); /* both directions, as far as it goes */
/* Sends of a closed socket's ring: 0 when all is sent, -EAGAIN: the rest comes with the stack's next event, or an
 * error. */
int k230_agent_send_lingering(struct k230_agent *agent, struct k230_agent_linger *linger);

/* linger.c */
void k230_agent_serve_linger(struct k230_agent *agent,
                             uint32_t index); /* after stack events, and to give a pair back */
void k230_agent_look_at_lingers(struct k230_agent *agent);
void k230_agent_look_for_starving(struct k230_agent *agent);
/* True when one that stood still has given its socket of the stack, and its pair, back. */
bool k230_agent_make_room(struct k230_agent *agent);

/* requests.c */
void k230_agent_take_requests(struct k230_agent *agent);
void k230_agent_resolve_turn(struct k230_agent *agent);
void k230_agent_close(struct k230_agent *agent, uint32_t slot, bool abort);

#ifdef __cplusplus
}
#endif
#endif
