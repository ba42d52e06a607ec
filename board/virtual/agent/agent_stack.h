/* The stack of an agent's executable: use_posix.c or use_lwip.c, chosen at link time.
 *
 * Contexts: start before anything else, on the main thread; the rest from the agent's thread.
 */
#ifndef K230_AGENT_STACK_H
#define K230_AGENT_STACK_H

#include "k230_stack.h"

/* NULL when the stack cannot be had; the reason has been printed. */
struct k230_stack *agent_stack_start(void);

/* Listens to this doorbell from now on (an eventfd that stays the caller's); -1 = to none. 0, or -enum k230_error. */
int agent_stack_doorbell(struct k230_stack *stack, int doorbell_fd);

/* How long an agent that nobody is known to wait for stays for closed sockets of which nothing leaves the stack. */
uint32_t agent_stack_patience(void);

/* Before the process ends: sleeps until what the stack itself still has to send is sent, or nothing of it has moved for
 * patience_ms. */
void agent_stack_settle(struct k230_stack *stack, uint32_t patience_ms);

#endif
