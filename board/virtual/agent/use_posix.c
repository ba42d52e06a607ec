/* The kernel's sockets. */
#include "agent_stack.h"

#include "k230_agent.h"
#include "k230_stack_posix.h"

#include <stdio.h>

static struct k230_stack s_stack;

struct k230_stack *agent_stack_start(void)
{
    const int status = k230_stack_posix_init(&s_stack);
    if (status == 0)
        return &s_stack;
    fprintf(stderr, "k230-agent: cannot start: %s\n", k230_error_name(status));
    return NULL;
}

int agent_stack_doorbell(struct k230_stack *stack, int doorbell_fd)
{
    return k230_stack_posix_doorbell(stack, doorbell_fd);
}

uint32_t agent_stack_patience(void) { return K230_LINGER_MS; }

void agent_stack_settle(struct k230_stack *stack, uint32_t patience_ms)
{
    (void)stack; /* the kernel goes on without this process */
    (void)patience_ms;
}
