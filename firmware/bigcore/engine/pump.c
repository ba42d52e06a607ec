/* The pump: the one place where what the agent has published is taken, and handed to the layer that it belongs to. */
#include "engine_private.h"

static bool heart_beats_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    const uint32_t beat = k230_shared_load(engine->hal, &engine->link.head->small.heartbeat);
    const uint64_t now = engine->hal->ops->now_ms(engine->hal);
    if (beat != engine->heartbeat || engine->heartbeat_ms == 0) {
        engine->heartbeat = beat;
        engine->heartbeat_ms = now;
        return true;
    }
    return K230_SILENCE_MS == 0 || now - engine->heartbeat_ms <= (uint64_t)K230_SILENCE_MS;
}

/* Why the session is over, by what the agent's hello says; NONE while the agent serves it. */
static uint32_t shown_end_locked(const struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    const struct k230_hello_small *hello = &engine->link.head->small;
    if (k230_shared_load(engine->hal, &hello->boot_id) != engine->agent_boot_id)
        return K230_FAULT_RESTARTED;
    if (k230_shared_load(engine->hal, &hello->accepted) == engine->session_id)
        return K230_FAULT_NONE;
    const uint32_t fault = k230_shared_load(engine->hal, &hello->fault);
    return fault != K230_FAULT_NONE && fault < K230_FAULT_LIMIT ? fault : (uint32_t)K230_FAULT_RESTARTED;
}

void k230_engine_blame_locked(struct k230_engine *engine, uint32_t fault)
{
    K230_CHECK_HELD(&engine->lock);
    if (engine->session != K230_SESSION_LIVE)
        return;
    /* An agent that ends a session says so before it leaves the memory to anything else. */
    const uint32_t end = shown_end_locked(engine);
    k230i_session_end_locked(engine, end != K230_FAULT_NONE ? end : fault);
}

static void hand_over_locked(struct k230_engine *engine, const struct k230_completion *completion)
{
    K230_CHECK_HELD(&engine->lock);
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        if (completion->op < 32u && (engine->layers[i]->ops >> completion->op & 1u)) {
            engine->layers[i]->answered(engine, completion);
            return;
        }
    k230_engine_blame_locked(engine, K230_FAULT_BAD_COMPLETION);
}

/* The hints of those that the answers concern. */
static uint32_t take_completions_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    struct k230_completion *completion = &engine->incoming;
    uint32_t concerned = 0;
    while (engine->session == K230_SESSION_LIVE) {
        const enum k230_take take = k230_queue_take(&engine->link.completions, completion);
        if (take == K230_TAKE_BROKEN || take == K230_TAKE_TOO_LONG) {
            k230_engine_blame_locked(engine, take == K230_TAKE_BROKEN ? K230_FAULT_RING_INDEX : K230_FAULT_BAD_LENGTH);
            break;
        }
        if (take == K230_TAKE_NONE)
            break;
        /* Only what an answer may say reaches a caller: a count of bytes, or an error of the tables. */
        if (completion->status > (int32_t)UINT16_MAX || completion->status <= -2 * K230_EAI_BASE)
            completion->status = -K230_EPROTO;
        concerned |= k230_hint(completion->id & 0xFFFFu);
        hand_over_locked(engine, completion);
    }
    if (concerned != 0 && engine->session == K230_SESSION_LIVE) {
        k230_shared_fence(); /* pairs with the agent's fence between announcing ASLEEP_SPACE and its last look */
        if (k230_shared_load(engine->hal, &engine->link.head->asleep.value) & K230_ASLEEP_SPACE)
            engine->hal->ops->notify(engine->hal, K230_ALL_HINTS);
    }
    return concerned;
}

static void hand_news_locked(struct k230_engine *engine, uint32_t slot)
{
    K230_CHECK_HELD(&engine->lock);
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        if (engine->layers[i]->news)
            engine->layers[i]->news(engine, slot);
}

static uint32_t take_news_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    uint32_t found = 0;
    for (uint32_t word = 0; word < engine->link.news.words; word++)
        for (uint32_t up = k230_bits_take(&engine->link.news, word); up != 0; up &= up - 1u) {
            const uint32_t slot = word * 32u + (uint32_t)__builtin_ctz(up);
            found |= k230_hint(slot);
            hand_news_locked(engine, slot);
        }
    return found;
}

static uint32_t take_all_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    uint32_t found = 0;
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        if (engine->layers[i]->looked)
            found |= engine->layers[i]->looked(engine);
    found |= take_completions_locked(engine);
    found |= take_news_locked(engine);
    if (engine->crowded && k230_engine_room_locked(engine)) {
        engine->crowded = 0;
        found = K230_ALL_HINTS;
        hand_news_locked(engine, K230_EVERY_SLOT); /* some may lack rings */
    }
    return found;
}

bool k230i_pump_locked(struct k230_engine *engine, bool watchdog)
{
    K230_CHECK_HELD(&engine->lock);
    if (engine->session != K230_SESSION_LIVE)
        return false;
    const uint64_t now = engine->hal->ops->now_ms(engine->hal);
    watchdog |= now - engine->watchdog_ms >= K230_WATCHDOG_MS;
    if (watchdog)
        engine->watchdog_ms = now;
    const uint32_t end = shown_end_locked(engine);
    if (end != K230_FAULT_NONE) {
        k230i_session_end_locked(engine, end);
    } else if (watchdog && !engine->hal->ops->other_alive(engine->hal)) {
        k230i_session_end_locked(engine, K230_FAULT_GONE);
    } else if (watchdog && !heart_beats_locked(engine)) {
        k230i_session_end_locked(engine, K230_FAULT_SILENT);
    } else {
        const uint32_t found = take_all_locked(engine);
        /* Threads too, whose doorbell may be lost. The thread that attends finds nothing more. */
        if (found != 0 && engine->sleepers != 0)
            engine->hal->ops->wake(engine->hal, found);
        if (found != 0)
            k230i_wake_parked_locked(engine);
    }
    return engine->session == K230_SESSION_LIVE;
}

bool k230_engine_enter(struct k230_engine *engine)
{
    k230_engine_lock(engine);
    return k230i_pump_locked(engine, false);
}

void k230_engine_look(struct k230_engine *engine)
{
    k230_engine_enter(engine);
    k230_engine_unlock(engine);
}

void k230_engine_glance(struct k230_engine *engine)
{
    k230_engine_lock(engine);
    if (engine->session == K230_SESSION_LIVE &&
        engine->hal->ops->now_ms(engine->hal) - engine->watchdog_ms >= K230_WATCHDOG_MS)
        k230i_pump_locked(engine, true);
    k230_engine_unlock_inner(engine);
}
