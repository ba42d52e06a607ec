/* Real lwIP on a tap device that K230_LWIP names. */
#include "agent_stack.h"

#include "k230_agent.h"
#include "k230_stack_lwip.h"

#include <stdio.h>
#include <stdlib.h>

#define DEVICE_MS 7000 /* the agent before this one may still be sending; the launcher waits 10 s */

static struct k230_stack s_stack;

struct k230_stack *agent_stack_start(void)
{
    const char *setting = getenv("K230_LWIP");
    struct k230_lwip_net net;
    if (!setting || !k230_lwip_net_parse(setting, &net)) {
        fprintf(stderr,
                "k230-agent-lwip: K230_LWIP=%s: needed is DEVICE,ADDRESS/PREFIX,GATEWAY[,IPV6], as in "
                "tap0,192.0.2.2/24,192.0.2.1; board/virtual/lwip-namespace.sh sets it\n",
                setting ? setting : "");
        return NULL;
    }
    int status = k230_lwip_up(&net, DEVICE_MS);
    if (status != 0) {
        fprintf(stderr, "k230-agent-lwip: the tap device %s: %s\n", net.device,
                status == -K230_ENODEV   ? "there is no such tap device here"
                : status == -K230_EACCES ? "no right to open it"
                : status == -K230_EBUSY  ? "another process has it"
                                         : k230_error_name(status));
        return NULL;
    }
    status = k230_stack_lwip_init(&s_stack);
    if (status == 0)
        return &s_stack;
    fprintf(stderr, "k230-agent-lwip: cannot start: %s\n", k230_error_name(status));
    return NULL;
}

int agent_stack_doorbell(struct k230_stack *stack, int doorbell_fd)
{
    return k230_stack_lwip_doorbell(stack, doorbell_fd);
}

/* The next agent may wait for the device. */
uint32_t agent_stack_patience(void) { return K230_FAREWELL_MS; }

void agent_stack_settle(struct k230_stack *stack, uint32_t patience_ms)
{
    (void)stack;
    k230_lwip_settle(patience_ms);
}
