/* The agent's loop and its sessions. */
#include "k230_agent.h"

#define ALIVE_MS 50u         /* how often the other core is looked at, at most */
#define FAREWELL_TURN_MS 50u /* how often a caller that waits for the end can see that somebody else does */

static void answer_what_waits(struct k230_agent *agent)
{
    if (!agent->unanswered)
        return;
    agent->unanswered = false;
    for (uint32_t slot = 0; slot < agent->limits.slots && agent->session != 0; slot++) {
        struct k230_agent_sock *sock = &agent->socks[slot];
        if (sock->answer_due) {
            sock->answer_due = 0;
            k230_agent_answer(agent, slot, sock->answer_id, sock->answer_op, sock->answer_status);
        }
    }
    for (uint32_t pair = 0; pair < agent->limits.pairs && agent->session != 0; pair++)
        if (agent->lingers[pair].state == K230_LINGER_DONE)
            k230_agent_serve_linger(agent, pair);
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

/* The indices of a free pair that this core writes are zero; the big core opens its ends relying on it. */
static void zero_pairs(struct k230_agent *agent)
{
    for (uint32_t pair = 0; pair < agent->limits.pairs; pair++) {
        struct k230_ring ring;
        k230_link_tx(&agent->link, pair, &ring);
        k230_link_rx(&agent->link, pair, &ring);
    }
}

static bool is_news(const struct k230_agent *agent, uint32_t session)
{
    return session != agent->session && session != agent->last_session && !agent->finished;
}

/* Follows the big core's hello. Its session id is stored last there, so it is loaded first here. */
static void look_for_session(struct k230_agent *agent)
{
    struct k230_head *head = agent->hal->region;
    const uint32_t session = k230_shared_load(agent->hal, &head->big.session);
    if (!is_news(agent, session))
        return;
    if (session == 0) {
        if (agent->session != 0)
            k230_agent_end_session(agent, K230_FAULT_NONE);
        agent->last_session = 0;
        return;
    }
    struct k230_hello_big hello;
    k230_shared_read_words(agent->hal, &hello, &head->big, sizeof hello);
    if (agent->session != 0)
        k230_agent_end_session(agent, K230_FAULT_NONE);
    agent->last_session = session; /* looked at once: what is refused, or ended later, is not taken up again */
    if (hello.magic != K230_MAGIC_BIG || hello.agent_boot_id != agent->boot_id)
        return; /* memory from before, or meant for an agent that was here before */
    if (hello.version != K230_VERSION) {
        k230_shared_store(agent->hal, &head->small.fault, K230_FAULT_VERSION);
        return;
    }
    if (!k230_link_open(&agent->link, agent->hal, K230_SIDE_SMALL, &agent->limits))
        return;
    zero_pairs(agent);
    agent->session = session;
    agent->fault = K230_FAULT_NONE;
    agent->alive_ms = 0;
    agent->starved = hello.starved;
    k230_shared_store(agent->hal, &head->small.fault, K230_FAULT_NONE);
    k230_shared_store(agent->hal, &head->small.accepted, session); /* last: pairs with the load in shake_hands */
    agent->hal->ops->notify(agent->hal, K230_ALL_HINTS);
}

bool k230_agent_start(struct k230_agent *agent, struct k230_hal *hal, struct k230_stack *stack,
                      const struct k230_limits *limits)
{
    memset(agent, 0, sizeof *agent);
    agent->hal = hal;
    agent->stack = stack;
    agent->limits = *limits;
    agent->boot_id = hal->ops->fresh_id(hal);
    if (agent->limits.slots > K230_AGENT_SOCK_MAX)
        agent->limits.slots = K230_AGENT_SOCK_MAX;
    if (agent->limits.pairs > K230_AGENT_PAIR_MAX)
        agent->limits.pairs = K230_AGENT_PAIR_MAX;
    struct k230_layout layout;
    if (!k230_layout_of(&agent->limits, hal->length, &layout))
        return false;
    k230_agent_close_all(agent);

    struct k230_head *head = hal->region;
    k230_shared_store(hal, &head->small.magic, 0); /* nobody reads a hello that is half an old one */
    k230_shared_fence();
    agent->network = k230_stack_network(stack);
    agent->routes = k230_stack_routes(stack);
    const struct k230_hello_small hello = {.version = K230_VERSION,
                                           .boot_id = agent->boot_id,
                                           .features = K230_FEATURE_INTERFACE,
                                           .limits = agent->limits,
                                           .network = agent->network};
    k230_shared_write_words(hal, &head->small, &hello, sizeof hello);
    k230_shared_store(hal, &head->small.magic, K230_MAGIC_SMALL);
    hal->ops->notify(hal, K230_ALL_HINTS);
    return true;
}

void k230_agent_stop(struct k230_agent *agent)
{
    for (uint32_t index = 0; index < agent->limits.pairs + K230_AGENT_LEFT; index++) {
        struct k230_agent_linger *linger = &agent->lingers[index];
        if (linger->state == K230_LINGER_SENDING || linger->state == K230_LINGER_LEFT)
            k230_stack_close(agent->stack, linger->stack, false);
        linger->state = K230_LINGER_NONE;
    }
    agent->left = 0;
    k230_agent_end_session(agent, K230_FAULT_STOPPED);
}

void k230_agent_finish(struct k230_agent *agent)
{
    k230_agent_take_requests(agent); /* rings given and sockets closed in the app's last moments */
    agent->finished = true;
    agent->progress_ms = (uint32_t)agent->hal->ops->now_ms(agent->hal);
    if (agent->session != 0)
        k230_agent_show_end(agent, K230_FAULT_STOPPED);
    /* Nobody takes completions any more, so no pair waits for room in their queue. */
    for (uint32_t slot = 0; slot < agent->limits.slots; slot++) {
        struct k230_agent_sock *sock = &agent->socks[slot];
        if (sock->state != K230_AGENT_FREE)
            k230_agent_close(agent, slot, false);
    }
    for (uint32_t pair = 0; pair < agent->limits.pairs; pair++)
        if (agent->lingers[pair].state == K230_LINGER_DONE)
            k230_agent_serve_linger(agent, pair);
}

bool k230_agent_idle(const struct k230_agent *agent) { return agent->lingering + agent->left == 0; }

bool k230_agent_farewell(struct k230_agent *agent, uint32_t patience_ms)
{
    if (!agent->finished)
        k230_agent_finish(agent);
    const bool idle = k230_agent_idle(agent);
    if (!idle && (uint32_t)agent->hal->ops->now_ms(agent->hal) - agent->progress_ms < patience_ms) {
        k230_agent_step(agent, FAREWELL_TURN_MS);
        return true;
    }
    if (!idle)
        agent->hal->ops->log(agent->hal, "peers of closed sockets took nothing any more: some of their bytes are lost");
    k230_agent_stop(agent);
    return false;
}

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void serve_kicks(struct k230_agent *agent)
{
    agent->busy = false;
    for (uint32_t word = 0; word < agent->link.kick.words && agent->session != 0; word++) {
        const uint32_t again = agent->again[word];
        agent->again[word] = 0;
        for (uint32_t up = k230_bits_take(&agent->link.kick, word) | again; up != 0 && agent->session != 0;
             up &= up - 1u) {
            agent->done++;
            const uint32_t slot = word * 32u + (uint32_t)__builtin_ctz(up);
            if (slot < agent->limits.slots)
                k230_agent_move(agent, slot);
        }
    }
}

/* Announces that we sleep; false if something is there after all. Pairs with the fence in k230_link_notify_small: the
 * big core publishes, then looks at `asleep`; we store `asleep`, then look at what it publishes. */
static bool may_sleep(struct k230_agent *agent)
{
    struct k230_head *head = agent->hal->region;
    k230_shared_store(agent->hal, &head->asleep.value,
                      K230_ASLEEP_DOORBELL | (agent->unanswered ? K230_ASLEEP_SPACE : 0u));
    k230_shared_fence();
    if (is_news(agent, k230_shared_load(agent->hal, &head->big.session)))
        return false;
    if (agent->session == 0)
        return true;
    if (agent->busy)
        return false;
    if (agent->unanswered && k230_queue_room(&agent->link.completions) != 0)
        return false;
    /* With the completion queue full, those that are answered wait until it has room. */
    if (!agent->held && k230_queue_filled(&agent->link.requests) != 0)
        return false;
    if (agent->lingering != 0 && k230_shared_load(agent->hal, &head->big.starved) != agent->starved)
        return false;
    return !k230_bits_any(&agent->link.kick);
}

bool k230_agent_step(struct k230_agent *agent, uint32_t timeout_ms)
{
    struct k230_head *head = agent->hal->region;
    k230_agent_show_network(agent); /* first: a session that begins finds it as it is */
    look_for_session(agent);
    if (agent->session != 0)
        answer_what_waits(agent);
    if (agent->session != 0)
        k230_agent_take_requests(agent);
    if (agent->session != 0)
        serve_kicks(agent);
    k230_agent_resolve_turn(agent);
    k230_agent_look_at_lingers(agent);
    if (agent->session != 0)
        k230_link_notify_big(&agent->link, agent->hints);
    agent->hints = 0;

    if (timeout_ms > K230_WATCHDOG_MS)
        timeout_ms = K230_WATCHDOG_MS;
    struct k230_stack_event events[32];
    const bool sleeps = timeout_ms != 0 && may_sleep(agent);
    const int count = k230_stack_wait(agent->stack, events, sizeof events / sizeof events[0], sleeps ? timeout_ms : 0);
    if (timeout_ms != 0)
        k230_shared_store(agent->hal, &head->asleep.value, 0);
    k230_shared_store(agent->hal, &head->small.heartbeat, ++agent->heartbeat);
    agent->done += (uint32_t)count;
    for (int i = 0; i < count; i++) {
        const uint32_t tag = events[i].tag;
        if (tag < agent->limits.slots)
            k230_agent_serve(agent, tag, events[i].events);
        else if (tag - agent->limits.slots < agent->limits.pairs + K230_AGENT_LEFT)
            k230_agent_serve_linger(agent, tag - agent->limits.slots);
    }
    if (agent->session != 0)
        k230_link_notify_big(&agent->link, agent->hints);
    agent->hints = 0;

    const uint64_t now = agent->hal->ops->now_ms(agent->hal);
    if (now - agent->alive_ms < ALIVE_MS)
        return true;
    agent->alive_ms = now;
    if (agent->session != 0)
        k230_agent_look_for_starving(agent);
    return agent->hal->ops->other_alive(agent->hal);
}
