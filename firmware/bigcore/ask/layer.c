/* What the engine hands to the ask layer: answers to questions, a look at the network, and a session's begin and end.
 */
#include "ask_private.h"

static void resolved_locked(struct k230_client *client, const struct k230_completion *completion, uint32_t index)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (index >= K230_RESOLVE_MAX) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_COMPLETION);
        return;
    }
    struct k230_question *question = k230i_question_answered_locked(client, completion, index);
    if (!question)
        return;
    struct k230_names *names = &client->ask.names[index];
    if (completion->flags & K230_COMPLETION_CANON) {
        const uint32_t length = completion->len < K230_HOST_MAX ? completion->len : K230_HOST_MAX;
        memcpy(names->canon, completion->payload, length);
        names->canon[length] = 0;
    } else {
        for (uint32_t at = 0; at + K230_ADDR_SIZE <= completion->len; at += K230_ADDR_SIZE) {
            if (names->count < K230_RESOLVE_ADDRS)
                memcpy(&names->addrs[names->count], completion->payload + at, K230_ADDR_SIZE);
            names->count++;
        }
    }
    if (!(completion->flags & K230_COMPLETION_MORE))
        k230i_question_done_locked(client, question, completion->status);
}

static void informed_locked(struct k230_client *client, const struct k230_completion *completion, uint32_t index)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (index >= K230_INTERFACE_MAX) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_COMPLETION);
        return;
    }
    if (completion->status > 0 && completion->len != sizeof(struct k230_interface)) {
        k230_engine_blame_locked(&client->engine, K230_FAULT_BAD_LENGTH);
        return;
    }
    struct k230_question *question = k230i_question_answered_locked(client, completion, index);
    if (!question)
        return;
    if (completion->status > 0) {
        struct k230_interface *facts = &client->ask.facts[index];
        memcpy(facts, completion->payload, sizeof *facts);
        facts->name[sizeof facts->name - 1] = 0;
        if (facts->ipv6_count > K230_INTERFACE_IPV6)
            facts->ipv6_count = K230_INTERFACE_IPV6;
    }
    /* A small core without interfaces says ENOENT. */
    k230i_question_done_locked(client, question, completion->status == 0 ? -K230_EPROTO : completion->status);
}

static void ask_answered_locked(struct k230_engine *engine, const struct k230_completion *completion)
{
    K230_CHECK_HELD(&engine->lock);
    const uint32_t lane = completion->id & 0xFFFFu;
    if (completion->op == K230_OP_RESOLVE)
        resolved_locked(k230_client_of(engine), completion, lane - K230_LANE_RESOLVE);
    else
        informed_locked(k230_client_of(engine), completion, lane - K230_LANE_INTERFACE);
}

static uint32_t looked_locked(struct k230_engine *engine) { return k230i_network_take_locked(k230_client_of(engine)); }

static void ask_began_locked(struct k230_engine *engine) { k230i_network_take_locked(k230_client_of(engine)); }

static void ask_ended_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_asks *asks = &k230_client_of(engine)->ask;
    for (uint32_t i = 0; i < K230_QUESTION_MAX; i++)
        k230_engine_end_call_locked(engine, &asks->questions[i].state, &asks->questions[i].status);
}

static void attended(struct k230_engine *engine) { k230i_network_attended(k230_client_of(engine)); }

const struct k230_layer k230_ask_layer = {
    .ops = 1u << K230_OP_RESOLVE | 1u << K230_OP_INTERFACE,
    .answered = ask_answered_locked,
    .looked = looked_locked,
    .began = ask_began_locked,
    .ended = ask_ended_locked,
    .attended = attended,
};
