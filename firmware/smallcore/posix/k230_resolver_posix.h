/* Name look-ups with getaddrinfo on a helper thread, for every stack port of a workstation (k230_stack_resolve and
 * k230_stack_resolved are these).
 *
 * Promises: one look-up at a time; a numeric host is answered at once. At exit a look-up that hangs in the resolver is
 * left behind, not waited for: its structure must then outlive the thread, so it lies in static memory.
 *
 * Contexts: all from the agent's thread; `wake` is called by the helper.
 */
#ifndef K230_RESOLVER_POSIX_H
#define K230_RESOLVER_POSIX_H

#include "k230_stack.h"

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k230_resolver {
    struct k230_stack *stack; /* whose k230_stack_wake is called when an answer is there */
    pthread_t helper;
    pthread_mutex_t lock;
    pthread_cond_t asked;
    /* under lock */
    bool ending;
    bool busy;     /* the helper works on `query` */
    bool resolved; /* `answer` is the last look-up's */
    struct k230_stack_query query;
    struct k230_stack_answer answer;
    /* the helper's own */
    struct k230_stack_query asked_for;
    struct k230_stack_answer found;
};

/* 0, or -enum k230_error. */
int k230_resolver_start(struct k230_resolver *resolver, struct k230_stack *stack);
void k230_resolver_end(struct k230_resolver *resolver);

bool k230_resolver_ask(struct k230_resolver *resolver, const struct k230_stack_query *query);
bool k230_resolver_answer(struct k230_resolver *resolver, struct k230_stack_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
