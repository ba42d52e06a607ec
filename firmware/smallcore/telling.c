/* What the agent tells the big core: news of a socket, answers, and that a session is over. */
#include "k230_agent.h"

void k230_agent_news(struct k230_agent *agent, uint32_t slot)
{
    k230_bits_put(&agent->link.news, slot);
    agent->hints |= k230_hint(slot);
}

void k230_agent_show(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    k230_shared_store(agent->hal, &k230_link_status(&agent->link, slot)->status,
                      k230_status_word(sock->flags, sock->error_code, sock->error_number));
    k230_agent_news(agent, slot);
}

void k230_agent_show_sends(struct k230_agent *agent, uint32_t slot, int error)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    uint32_t code = k230_status_code(sock->sends);
    uint32_t number = k230_status_number(sock->sends);
    if (error != 0) {
        code = (uint32_t)-error;
        number = number % 255u + 1u;
    }
    sock->sends = k230_status_word(sock->sends + 1u, code, number);
    k230_shared_store(agent->hal, &k230_link_status(&agent->link, slot)->sends, sock->sends);
}

static void show_routes(struct k230_agent *agent)
{
    const uint32_t routes = k230_stack_routes(agent->stack);
    if (routes == agent->routes)
        return;
    agent->routes = routes;
    for (uint32_t slot = 0; slot < agent->limits.slots; slot++)
        if (agent->socks[slot].state != K230_AGENT_FREE && agent->socks[slot].type == K230_SOCK_DGRAM)
            k230_agent_show_sends(agent, slot, 0);
}

void k230_agent_show_network(struct k230_agent *agent)
{
    const uint32_t network = k230_stack_network(agent->stack);
    show_routes(agent);
    if (network == agent->network)
        return;
    agent->network = network;
    k230_shared_store(agent->hal, &((struct k230_head *)agent->hal->region)->small.network, network);
    agent->hints |= K230_ALL_HINTS; /* who waits for it listens to every hint */
}

void k230_agent_want(struct k230_agent *agent, uint32_t slot, uint32_t want)
{
    if (agent->socks[slot].want == want)
        return;
    agent->socks[slot].want = (uint8_t)want;
    k230_shared_store(agent->hal, &k230_link_status(&agent->link, slot)->want, want);
}

void k230_agent_watch(struct k230_agent *agent, uint32_t slot, uint32_t events)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    if (sock->watched == events)
        return;
    sock->watched = (uint8_t)events;
    k230_stack_watch(agent->stack, sock->stack, events, slot);
}

bool k230_agent_completion_room(struct k230_agent *agent)
{
    const uint32_t room = k230_queue_room(&agent->link.completions);
    if (room == K230_RING_BROKEN) {
        k230_agent_fault(agent, K230_FAULT_RING_INDEX);
        return false;
    }
    return room != 0;
}

void k230_agent_complete(struct k230_agent *agent)
{
    k230_queue_put(&agent->link.completions, &agent->completion);
    agent->hints |= k230_hint(agent->completion.id & 0xFFFFu);
}

void k230_agent_answer(struct k230_agent *agent, uint32_t slot, uint32_t id, uint16_t op, int32_t status)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    if (agent->session == 0)
        return;
    if (!k230_agent_completion_room(agent)) {
        if (agent->session == 0) /* the queue was broken; the socket is gone with its session */
            return;
        sock->answer_due = 1;
        sock->answer_id = id;
        sock->answer_op = op;
        sock->answer_status = status;
        agent->unanswered = true;
        return;
    }
    agent->completion =
        (struct k230_completion){.id = id, .op = op, .handle = k230_handle(slot, sock->gen), .status = status};
    k230_agent_complete(agent);
}

uint32_t k230_agent_left(struct k230_agent *agent, struct k230_agent_linger *linger)
{
    const uint32_t unsent = linger->state == K230_LINGER_SENDING ? linger->end - linger->tx.own : 0;
    const int held = linger->type == K230_SOCK_STREAM ? k230_stack_unacknowledged(agent->stack, linger->stack) : 0;
    if (held >= 0)
        return unsent + (uint32_t)held;
    /* A port that cannot tell: what leaves the ring counts alone. One that could not just now: as it was. */
    return held == -K230_EOPNOTSUPP ? unsent : linger->left;
}

void k230_agent_reset_left(struct k230_agent *agent, uint32_t index)
{
    k230_stack_close(agent->stack, agent->lingers[index].stack, true);
    agent->lingers[index] = (struct k230_agent_linger){.stack = -1};
    agent->left--;
}

/* A free place behind the pairs; or the one of them that has stood still longest. */
static uint32_t place_without_pair(struct k230_agent *agent)
{
    uint32_t place = agent->limits.pairs;
    for (uint32_t index = place; index < agent->limits.pairs + K230_AGENT_LEFT; index++) {
        if (agent->lingers[index].state == K230_LINGER_NONE)
            return index;
        if ((int32_t)(agent->lingers[index].progress_ms - agent->lingers[place].progress_ms) < 0)
            place = index;
    }
    k230_agent_reset_left(agent, place);
    return place;
}

void k230_agent_leave(struct k230_agent *agent, uint32_t pair)
{
    struct k230_agent_linger *linger = &agent->lingers[pair];
    linger->end = linger->tx.own;
    linger->left = 0; /* for a stack that cannot tell now */
    linger->left = k230_agent_left(agent, linger);
    if (linger->left == 0) {
        k230_stack_close(agent->stack, linger->stack, true);
    } else {
        const uint32_t place = place_without_pair(agent);
        agent->lingers[place] = *linger;
        agent->lingers[place].state = K230_LINGER_LEFT;
        agent->left++;
        k230_stack_watch(agent->stack, linger->stack, K230_STACK_ERR, agent->limits.slots + place);
    }
    linger->state = K230_LINGER_DONE;
    linger->stack = -1;
}

void k230_agent_close_all(struct k230_agent *agent)
{
    for (uint32_t slot = 0; slot < agent->limits.slots; slot++) {
        struct k230_agent_sock *sock = &agent->socks[slot];
        if (sock->state != K230_AGENT_FREE)
            k230_stack_close(agent->stack, sock->stack, sock->type == K230_SOCK_STREAM);
        *sock = (struct k230_agent_sock){.stack = -1, .pair = K230_NO_PAIR};
    }
    for (uint32_t pair = 0; pair < agent->limits.pairs; pair++) {
        struct k230_agent_linger *linger = &agent->lingers[pair];
        if (linger->state == K230_LINGER_SENDING)
            k230_agent_leave(agent, pair);
        *linger = (struct k230_agent_linger){.stack = -1};
        agent->pair_used[pair] = 0;
    }
    for (uint32_t i = 0; i < K230_AGENT_RESOLVE_MAX; i++) {
        struct k230_agent_query *query = &agent->queries[i];
        query->id = 0;
        if (query->state != K230_QUERY_ASKED) /* which runs to its end */
            query->state = K230_QUERY_FREE;
    }
    agent->lingering = 0;
    agent->pressed = false;
    agent->unanswered = false;
    agent->held = false;
    agent->busy = false;
    memset(agent->again, 0, sizeof agent->again);
    agent->hints = 0;
}

void k230_agent_show_end(struct k230_agent *agent, uint32_t fault)
{
    struct k230_head *head = agent->hal->region;
    agent->session = 0;
    agent->fault = fault;
    k230_shared_store(agent->hal, &head->small.fault, fault);
    k230_shared_store(agent->hal, &head->small.accepted, 0);
    agent->hal->ops->notify(agent->hal, K230_ALL_HINTS); /* its sleepers must learn that the session is over */
}

void k230_agent_end_session(struct k230_agent *agent, uint32_t fault)
{
    k230_agent_close_all(agent);
    k230_agent_show_end(agent, fault);
}

void k230_agent_fault(struct k230_agent *agent, uint32_t fault)
{
    if (agent->session == 0)
        return;
    char line[K230_FAULT_LINE];
    k230_fault_line(line, "big core", fault);
    agent->hal->ops->log(agent->hal, line);
    k230_agent_end_session(agent, fault);
}
