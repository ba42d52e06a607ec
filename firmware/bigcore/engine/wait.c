/* Waiting. There is one way: announce what is waited for, then look, then wait to be told. A thread sleeps until its
 * core's doorbell changes (k230_engine_wait). A native that must not sleep parks (k230_engine_arm); a thread that
 * attends the engine sleeps on the doorbell for all that are parked (k230_engine_attend). */
#include "engine_private.h"

/* ---- the announcement -------------------------------------------------------------------------------------------- */

static void set_armed_locked(struct k230_engine *engine, uint32_t hints, bool on)
{
    K230_CHECK_HELD(&engine->lock);
    uint32_t mask = 0;
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (hints & 1u << bit)
            engine->armed[bit] += on ? 1u : -1u;
        mask |= engine->armed[bit] ? 1u << bit : 0;
    }
    k230_shared_store(engine->hal, &engine->link.head->armed.value, mask);
}

void k230i_announce_locked(struct k230_engine *engine, uint32_t hints)
{
    K230_CHECK_HELD(&engine->lock);
    set_armed_locked(engine, hints, true);
    /* Pairs with the fence in k230_link_notify_big: the agent stores its news, then looks at `armed`; we have stored
     * `armed` and look at the news after this. One of us sees the other. */
    k230_shared_fence();
}

void k230i_withdraw_locked(struct k230_engine *engine, uint32_t hints) { set_armed_locked(engine, hints, false); }

/* ---- threads that sleep ------------------------------------------------------------------------------------------ */

static int sleep_until_ready(struct k230_engine *engine, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *),
                             void *arg)
{
    struct k230_hal *hal = engine->hal;
    bool whole_slice = false;
    for (;;) {
        k230_engine_lock(engine);
        const bool live = engine->session == K230_SESSION_LIVE;
        uint32_t seen = 0;
        if (live) {
            k230i_announce_locked(engine, hints);
            seen = hal->ops->doorbell(hal); /* before the look: a change between the two ends the sleep */
            k230i_pump_locked(engine, whole_slice);
            engine->waiters++; /* inside the region; leave_region waits for us */
            engine->sleepers++;
        }
        k230_engine_unlock(engine);

        const int result = ready(arg);
        const uint64_t now = result == K230_NOT_READY ? hal->ops->now_ms(hal) : 0;
        const uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
        if (live) {
            if (result == K230_NOT_READY && left != 0) {
                const uint32_t slice = left < K230_WATCHDOG_MS ? (uint32_t)left : K230_WATCHDOG_MS;
                hal->ops->wait(hal, seen, hints, slice);
                whole_slice = hal->ops->now_ms(hal) - now >= slice;
            }
            k230_engine_lock(engine);
            engine->waiters--;
            engine->sleepers--;
            if (engine->session == K230_SESSION_LIVE)
                k230i_withdraw_locked(engine, hints);
            k230_engine_unlock(engine);
        } else if (result == K230_NOT_READY && left != 0) {
            /* No session, hence nobody who could notify: only time passes. */
            hal->ops->sleep(hal, left < K230_NO_SESSION_MS ? (uint32_t)left : K230_NO_SESSION_MS);
        }
        if (result != K230_NOT_READY)
            return result;
        if (left == 0)
            return -K230_ETIMEDOUT;
    }
}

int k230_engine_wait(struct k230_engine *engine, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *), void *arg)
{
    const struct k230_hal_ops *ops = engine->hal->ops;
    uint64_t since = 0;
    int result = K230_NOT_READY;
    /* Not announced: what comes meanwhile needs no doorbell. */
    while (result == K230_NOT_READY && ops->look_again && ops->look_again(engine->hal, &since)) {
        k230_engine_look(engine);
        result = ready(arg);
    }
    if (result == K230_NOT_READY)
        result = sleep_until_ready(engine, hints, deadline_ms, ready, arg);
    if (since != 0)
        ops->waited(engine->hal, since);
    return result;
}

/* ---- natives that park ------------------------------------------------------------------------------------------- */

bool k230_engine_arm(struct k230_engine *engine, struct k230_arming *arming, uint32_t hints)
{
    k230_engine_lock(engine);
    const uint32_t epoch = engine->epoch;
    const bool live = engine->session == K230_SESSION_LIVE;
    const bool fresh = !arming->parked || (live && (arming->epoch != epoch || arming->hints != hints));
    if (!arming->parked) {
        arming->parked = 1;
        engine->parked++;
    }
    if (fresh && live) {
        if (arming->hints != 0 && arming->epoch == epoch)
            k230i_withdraw_locked(engine, arming->hints);
        arming->hints = hints;
        arming->epoch = epoch;
        k230i_announce_locked(engine, hints); /* the caller looks again after this */
    }
    k230_engine_unlock(engine);
    return fresh;
}

void k230_engine_disarm(struct k230_engine *engine, struct k230_arming *arming)
{
    if (!arming->parked)
        return;
    k230_engine_lock(engine);
    engine->parked--;
    /* A new session began with nobody armed. */
    if (arming->hints != 0 && arming->epoch == engine->epoch && engine->session == K230_SESSION_LIVE)
        k230i_withdraw_locked(engine, arming->hints);
    k230_engine_unlock(engine);
    arming->parked = 0;
    arming->hints = 0;
}

void k230_engine_attend(struct k230_engine *engine)
{
    struct k230_hal *hal = engine->hal;
    k230_engine_lock(engine);
    const bool wanted = engine->wanted != 0;
    const bool live = engine->session == K230_SESSION_LIVE;
    bool tell = wanted;
    bool listens = false;
    engine->wanted = 0;
    if (live && !wanted) {
        engine->waiters++; /* inside the region; leave_region waits for us */
        if (engine->dues != 0) {
            /* Requests that found the queue full: the agent notifies when it has taken some. Announced, then a look. */
            listens = true;
            k230i_announce_locked(engine, K230_ALL_HINTS);
            k230i_owed_locked(engine);
        }
    }
    k230_engine_unlock(engine);

    if (wanted) {
        const int result = k230i_session_start(engine);
        k230_engine_lock(engine);
        engine->start_result = result;
        engine->starts++;
        k230_engine_unlock(engine);
    } else if (live) {
        /* The value of the turn before: a doorbell since then ends this sleep at once. */
        const uint64_t now = hal->ops->now_ms(hal);
        hal->ops->wait(hal, engine->doorbell_seen, K230_ALL_HINTS, K230_WATCHDOG_MS);
        const bool whole_slice = hal->ops->now_ms(hal) - now >= K230_WATCHDOG_MS;
        const uint32_t doorbell = hal->ops->doorbell(hal); /* before the look */
        k230_engine_lock(engine);
        engine->waiters--;
        if (listens && engine->session == K230_SESSION_LIVE)
            k230i_withdraw_locked(engine, K230_ALL_HINTS);
        k230i_pump_locked(engine, whole_slice);
        tell = doorbell != engine->doorbell_seen && engine->parked != 0;
        k230_engine_unlock(engine);
        engine->doorbell_seen = doorbell;
    } else {
        hal->ops->sleep(hal, K230_NO_SESSION_MS);
    }
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        if (engine->layers[i]->attended)
            engine->layers[i]->attended(engine);
    if (tell && engine->on_news)
        engine->on_news(engine->on_news_arg);
}
