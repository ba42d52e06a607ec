/* Hart 1: the agent, over a network within its own memory. */
#include "k230_agent.h"
#include "k230_stack_loopback.h"
#include "virt.h"

static struct k230_agent s_agent;
static struct k230_stack s_stack;

/* Short rings, so that bulk data runs round them often. */
static const struct k230_limits s_limits = {.slots = K230_AGENT_SOCK_MAX,
                                            .requests = 64,
                                            .completions = 64,
                                            .pairs = K230_AGENT_PAIR_MAX,
                                            .tx_size = 4096,
                                            .rx_size = 8192,
                                            .datagram = 1472};

void small_core(void)
{
    struct k230_hal *hal = &machine_hals[1].hal;
    k230_stack_loopback_init(&s_stack, hal);
    if (!k230_agent_start(&s_agent, hal, &s_stack, &s_limits)) {
        machine_say(NULL, "FAILED TwoHarts.the_agent_starts: the agent's limits do not fit the region");
        machine_end(2);
    }
    while (k230_agent_step(&s_agent, K230_WATCHDOG_MS))
        ;
}
