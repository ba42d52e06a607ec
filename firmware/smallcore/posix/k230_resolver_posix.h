/* Name look-ups with getaddrinfo on helper threads, for every stack port of a workstation (k230_stack_resolve and
 * k230_stack_resolved are these).
 *
 * Promises: K230_RESOLVER_HELPERS look-ups at a time, none waits for another; a numeric host is answered at once, also
 * when every helper waits for a server. At exit a look-up that hangs in getaddrinfo is left behind, not waited for: the
 * structure must outlive the thread, so it lies in static memory.
 *
 * Contexts: all from the agent's thread; `wake` is called by the helpers.
 */
#ifndef K230_RESOLVER_POSIX_H
#define K230_RESOLVER_POSIX_H

#include "k230_stack.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A server that is silent keeps a helper for as long as resolv.conf says, 10 s where it says nothing (resolv.conf(5):
 * 5 s, twice); the others go on meanwhile. */
#define K230_RESOLVER_HELPERS 4

enum k230_look_up_state {
    K230_LOOK_UP_FREE,
    K230_LOOK_UP_ASKED, /* waits for its helper to wake */
    K230_LOOK_UP_WORKING,
    K230_LOOK_UP_DONE, /* the answer waits to be collected */
};

struct k230_look_up {
    struct k230_resolver *resolver;
    pthread_t helper;
    enum k230_look_up_state state; /* under the resolver's lock */
    /* of the helper while WORKING, else under the lock */
    uint32_t tag;
    struct k230_stack_query query;
    struct k230_stack_answer answer;
};

struct k230_resolver {
    struct k230_stack *stack; /* whose k230_stack_wake is called when an answer is there */
    pthread_mutex_t lock;
    pthread_cond_t asked;
    bool ending;                                         /* under lock */
    struct k230_look_up look_ups[K230_RESOLVER_HELPERS]; /* one for each helper */
    struct k230_look_up at_once;                         /* the agent's thread's own */
};

/* 0, or -enum k230_error. */
int k230_resolver_start(struct k230_resolver *resolver, struct k230_stack *stack);
void k230_resolver_end(struct k230_resolver *resolver);

bool k230_resolver_ask(struct k230_resolver *resolver, const struct k230_stack_query *query, uint32_t tag);
bool k230_resolver_answer(struct k230_resolver *resolver, uint32_t *tag, struct k230_stack_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
