/* What the sock layer keeps: the sockets, and the ring pairs of the pool. Only the layer's own files touch it; it is
 * here because a board places all of the client in static memory (k230_client.h). */
#ifndef K230_SOCKS_H
#define K230_SOCKS_H

#include "k230_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sockets of this build. The agent may offer fewer. The default keeps the client within 8 KiB
 * (docs/maintain/sizes.md). */
#ifndef K230_SOCK_MAX
#define K230_SOCK_MAX 16
#endif
/* Ring pairs that this build keeps account of: the sockets, and as many again as may linger after their close. */
#ifndef K230_PAIR_MAX
#define K230_PAIR_MAX (K230_SOCK_MAX + 8)
#endif
K230_STATIC_ASSERT(K230_SOCK_MAX <= K230_SLOT_LIMIT, "the bitmaps have room for every socket");
K230_STATIC_ASSERT(K230_GEN_LIMIT <= UINT16_MAX, "k230_sock.confirmed_gen");

enum k230_sock_state {
    K230_SOCK_FREE,
    K230_SOCK_OPENING,  /* the agent was asked to make it */
    K230_SOCK_RESERVED, /* given out: to an open that is about to ask, or to the agent for a connection it may accept */
    K230_SOCK_OPEN,     /* made; neither listening nor connected */
    K230_SOCK_LISTENING,
    K230_SOCK_CONNECTING,
    K230_SOCK_CANCELLING, /* the caller gave up; the agent was told */
    K230_SOCK_CONNECTED,
    K230_SOCK_CLOSING, /* closed; its CLOSE request found the queue full and waits */
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
    /* changed under engine.lock; read with k230_load_word or k230_load_byte under any lock of the socket */
    uint32_t state; /* enum k230_sock_state */
    uint32_t epoch; /* engine.epoch at birth; another value means its session is over */
    uint32_t gen;
    uint8_t attached; /* the rings are there; once set it stays until close */
    uint8_t type;     /* enum k230_socktype */
    uint8_t kept;     /* the layer above keeps received bytes: k230_sock_keep */
    /* under engine.lock */
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
    uint8_t stays;   /* k230_sock_stay: changed under engine.lock, read with k230_load_byte */
    /* under rx_lock */
    uint32_t rx_lock;
    struct k230_ring rx;
};

/* A ring pair of the pool, as this core sees it. */
enum k230_pair_state {
    K230_PAIR_FREE,
    K230_PAIR_USED,
    K230_PAIR_LEFT, /* its socket is closed; the agent gives it back when the last bytes are sent */
};

struct k230_socks {
    /* under engine.lock */
    uint32_t slots; /* that the session has */
    uint32_t free_pairs;
    uint32_t pair_stack[K230_PAIR_MAX];
    uint8_t pair_state[K230_PAIR_MAX]; /* enum k230_pair_state */
    uint32_t starved;                  /* a socket found no ring pair free, and none has come back since */
    uint32_t starvings;                /* how often, as shown to the agent */
    uint32_t stays;                    /* engine.epoch of the newest socket that stays */
    uint32_t changed;                  /* counts those of all sockets together; atomic */
    uint32_t changes[K230_SOCK_MAX];   /* counts what may have changed a socket's events; atomic */
    uint32_t events[K230_SOCK_MAX];    /* events as last worked out, with the count they belong to; atomic */
    struct k230_sock socks[K230_SOCK_MAX];
};

#ifdef __cplusplus
}
#endif
#endif
