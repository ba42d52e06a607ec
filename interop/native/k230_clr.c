#include "k230_clr.h"

/* A ticket is the place + 1 in the low bits, and above it how often the place was used. */
#define PLACE_BITS 10u
#define PLACE_MASK ((1u << PLACE_BITS) - 1u)
K230_STATIC_ASSERT(K230_CLR_CALLS <= PLACE_MASK, "a ticket has room for every place");

struct k230_clr_call {
    uint32_t ticket; /* 0 = free */
    uint32_t uses;
    struct k230_operation op;
};

static struct k230_client *s_client;
static struct k230_clr_call s_calls[K230_CLR_CALLS];

void k230_clr_use(struct k230_client *client, void (*news)(void *arg))
{
    s_client = client;
    k230_client_on_news(client, news, NULL);
}

struct k230_client *k230_clr_client(void) { return s_client; }

static struct k230_clr_call *call_of(uint32_t ticket)
{
    const uint32_t place = (ticket & PLACE_MASK) - 1u;
    return ticket != 0 && place < K230_CLR_CALLS && s_calls[place].ticket == ticket ? &s_calls[place] : NULL;
}

struct k230_operation *k230_clr_enter(uint32_t *ticket)
{
    if (*ticket != 0) {
        struct k230_clr_call *call = call_of(*ticket);
        return call ? &call->op : NULL;
    }
    for (uint32_t place = 0; place < K230_CLR_CALLS; place++) {
        struct k230_clr_call *call = &s_calls[place];
        if (call->ticket != 0)
            continue;
        call->uses++;
        call->ticket = call->uses << PLACE_BITS | (place + 1u);
        memset(&call->op, 0, sizeof call->op);
        *ticket = call->ticket;
        return &call->op;
    }
    return NULL;
}

uint32_t k230_clr_wait(struct k230_operation *op)
{
    if (k230_op_arm(s_client, op))
        return 0;
    const uint64_t now = s_client->engine.hal->ops->now_ms(s_client->engine.hal);
    const uint64_t left = op->wait_until > now ? op->wait_until - now : 1u; /* over since the look: look again soon */
    return left < K230_CLR_LOOK_MS ? (uint32_t)left : K230_CLR_LOOK_MS;
}

void k230_clr_leave(uint32_t ticket)
{
    struct k230_clr_call *call = call_of(ticket);
    if (!call)
        return;
    k230_op_abandon(s_client, &call->op);
    call->ticket = 0;
}

uint32_t k230_clr_waiting(void)
{
    uint32_t count = 0;
    for (uint32_t place = 0; place < K230_CLR_CALLS; place++)
        count += s_calls[place].ticket != 0;
    return count;
}

void k230_clr_reboot(void)
{
    if (!s_client)
        return;
    for (uint32_t place = 0; place < K230_CLR_CALLS; place++)
        k230_clr_leave(s_calls[place].ticket);
    k230_client_reset(s_client);
}
