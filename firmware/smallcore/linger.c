/* What is left of closed sockets: the rest of their rings, and what the stack holds of them.
 *
 * Progress is what leaves the stack: the bytes in the ring and those that the peer has not acknowledged, together, get
 * fewer. A stack with large buffers takes bytes out of the ring seldom, however steadily its peer reads. */
#include "k230_agent.h"

#define LOOK_MS 100u /* how often the stack is asked what it holds, at most */

static uint32_t now_of(const struct k230_agent *agent) { return (uint32_t)agent->hal->ops->now_ms(agent->hal); }

static uint32_t places(const struct k230_agent *agent) { return agent->limits.pairs + K230_AGENT_LEFT; }

/* `now` is the caller's, so that no progress is later than what it is compared with. */
static void note_progress(struct k230_agent *agent, struct k230_agent_linger *linger, uint32_t now)
{
    const uint32_t left = k230_agent_left(agent, linger);
    if (left < linger->left) {
        linger->progress_ms = now;
        agent->progress_ms = now;
    }
    linger->left = left;
}

/* ---- turns of one ------------------------------------------------------------------------------------------------ */

static void give_pair_back(struct k230_agent *agent, uint32_t pair)
{
    /* The pair goes back with this core's indices at zero, as the big core expects of a free pair. Not after a session:
     * the big core may still read what had arrived, and the next session begins with all of them at zero. */
    if (agent->session != 0) {
        struct k230_ring ring;
        k230_link_tx(&agent->link, pair, &ring);
        k230_link_rx(&agent->link, pair, &ring);
        if (!k230_agent_completion_room(agent)) {
            agent->unanswered = true;
            return;
        }
        agent->completion = (struct k230_completion){.id = K230_NO_LANE, .op = K230_OP_CLOSE, .arg0 = pair};
        k230_agent_complete(agent);
    }
    agent->lingers[pair] = (struct k230_agent_linger){.stack = -1};
    agent->pair_used[pair] = 0;
    agent->lingering--;
    agent->pressed = false; /* whoever still finds none says so again */
}

void k230_agent_serve_linger(struct k230_agent *agent, uint32_t index)
{
    struct k230_agent_linger *linger = &agent->lingers[index];
    if (linger->state == K230_LINGER_LEFT) { /* the connection is over */
        k230_agent_reset_left(agent, index);
        return;
    }
    if (linger->state == K230_LINGER_SENDING) {
        const int status = k230_agent_send_lingering(agent, linger);
        if (linger->state != K230_LINGER_SENDING) /* the big core broke a rule, and the session is over */
            return;
        if (status == -K230_EAGAIN) {
            note_progress(agent, linger, now_of(agent));
            k230_stack_watch(agent->stack, linger->stack, K230_STACK_OUT | K230_STACK_ERR, agent->limits.slots + index);
            return;
        }
        agent->progress_ms = now_of(agent);
        k230_stack_close(agent->stack, linger->stack, status != 0);
        linger->state = K230_LINGER_DONE;
    }
    if (linger->state == K230_LINGER_DONE)
        give_pair_back(agent, index);
}

/* Its ring pair goes back now. */
static void give_up(struct k230_agent *agent, uint32_t index)
{
    if (agent->lingers[index].state == K230_LINGER_LEFT) {
        k230_agent_reset_left(agent, index);
        return;
    }
    k230_agent_leave(agent, index);
    k230_agent_serve_linger(agent, index);
}

/* ---- of all ------------------------------------------------------------------------------------------------------ */

static bool is_sending(const struct k230_agent_linger *linger)
{
    return linger->state == K230_LINGER_SENDING || linger->state == K230_LINGER_LEFT;
}

/* The one in [0, count) that has stood still longest, and long enough; `count` if there is none. */
static uint32_t find_stalled(struct k230_agent *agent, uint32_t count)
{
    const uint32_t now = now_of(agent);
    uint32_t longest = K230_STALLED_MS;
    uint32_t found = count;
    for (uint32_t index = 0; index < count; index++) {
        const struct k230_agent_linger *linger = &agent->lingers[index];
        if (!is_sending(linger) || now - linger->progress_ms <= longest)
            continue;
        longest = now - linger->progress_ms;
        found = index;
    }
    if (found == count)
        return count;
    note_progress(agent, &agent->lingers[found], now); /* since the last look */
    return agent->lingers[found].progress_ms == now ? count : found;
}

void k230_agent_look_for_starving(struct k230_agent *agent)
{
    const struct k230_head *head = agent->hal->region;
    const uint32_t starved = k230_shared_load(agent->hal, &head->big.starved);
    if (starved == agent->starved)
        return;
    if (agent->starvings == 0)
        agent->hal->ops->log(agent->hal,
                             "no ring pair is free, and a socket waits for one: build the agent with more, or "
                             "let fewer sockets carry data at a time");
    agent->starvings += starved - agent->starved;
    agent->starved = starved;
    agent->pressed = true;
}

void k230_agent_look_at_lingers(struct k230_agent *agent)
{
    if (agent->lingering + agent->left == 0)
        return;
    const uint32_t now = now_of(agent);
    if (now - agent->looked_ms >= LOOK_MS) {
        agent->looked_ms = now;
        for (uint32_t index = 0; index < places(agent); index++) {
            struct k230_agent_linger *linger = &agent->lingers[index];
            if (!is_sending(linger))
                continue;
            note_progress(agent, linger, now);
            const uint32_t patience = linger->state == K230_LINGER_LEFT ? 2u * K230_LINGER_MS : K230_LINGER_MS;
            if (now - linger->progress_ms > patience || linger->left == 0) /* 0: the stack has sent what it held */
                give_up(agent, index);
        }
    }
    if (agent->session == 0)
        return;
    k230_agent_look_for_starving(agent);
    const uint32_t stalled = agent->pressed ? find_stalled(agent, agent->limits.pairs) : agent->limits.pairs;
    if (stalled < agent->limits.pairs)
        give_up(agent, stalled);
}

bool k230_agent_make_room(struct k230_agent *agent)
{
    const uint32_t stalled = find_stalled(agent, places(agent));
    if (stalled == places(agent))
        return false;
    struct k230_agent_linger *linger = &agent->lingers[stalled];
    if (linger->state == K230_LINGER_LEFT) {
        k230_agent_reset_left(agent, stalled);
    } else {
        k230_stack_close(agent->stack, linger->stack, true);
        linger->state = K230_LINGER_DONE;
        agent->unanswered = true; /* its pair goes back in the next turn: the room for an answer is the caller's */
    }
    return true;
}
