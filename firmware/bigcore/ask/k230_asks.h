/* What the ask layer keeps: questions under way and their answers, and the agent's network as last seen. Only the
 * layer's own files touch it; it is here because a board places all of the client in static memory (k230_client.h). */
#ifndef K230_ASKS_H
#define K230_ASKS_H

#include "k230_engine.h"

#ifdef __cplusplus
extern "C" {
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

#define K230_LANE_INTERFACE 0xE000u /* lanes from here on are questions about interfaces, below it sockets */
#define K230_LANE_RESOLVE 0xF000u   /* lanes from here on are look-ups */
K230_STATIC_ASSERT(K230_SLOT_LIMIT <= K230_LANE_INTERFACE, "no socket has the lane of something else");
K230_STATIC_ASSERT(K230_INTERFACE_MAX <= K230_LANE_RESOLVE - K230_LANE_INTERFACE, "nor has a question");

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

struct k230_asks {
    /* under engine.lock */
    struct k230_question questions[K230_QUESTION_MAX];
    struct k230_names names[K230_RESOLVE_MAX];
    struct k230_interface facts[K230_INTERFACE_MAX]; /* checked */
    void (*on_network)(void *arg, uint32_t word);
    void *on_network_arg;
    uint32_t network;       /* as the agent shows it: K230_NETWORK_* */
    uint32_t network_given; /* the last word that on_network was given */
    uint32_t addresses;     /* counts the changes of the agent's addresses, whichever agent it is */
    uint32_t watched;       /* somebody wants to be told: sessions are kept up by k230_client_attend */
    uint64_t retry_ms;      /* when it tries again */
};

#ifdef __cplusplus
}
#endif
#endif
