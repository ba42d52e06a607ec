/* What all of the engine shares: its lock, its requests, and whom it tells. */
#include "engine_private.h"

void k230_engine_init(struct k230_engine *engine, struct k230_hal *hal,
                      const struct k230_layer *const layers[K230_LAYERS])
{
    engine->hal = hal;
    memcpy(engine->layers, layers, sizeof engine->layers);
    engine->epoch = 1;
}

/* ---- the lock ---------------------------------------------------------------------------------------------------- */

void k230_engine_lock_own(struct k230_engine *engine, uint32_t *word)
{
    K230_CHECK_NOT_HELD(&engine->lock); /* it is the last in the order */
    k230_hal_lock(engine->hal, word);
    k230_check_took(word);
}

void k230_engine_unlock_own(struct k230_engine *engine, uint32_t *word)
{
    k230_check_gave(word);
    k230_hal_unlock(engine->hal, word);
}

void k230_engine_lock(struct k230_engine *engine) { k230_engine_lock_own(engine, &engine->lock); }

void k230_engine_unlock_inner(struct k230_engine *engine) { k230_engine_unlock_own(engine, &engine->lock); }

void k230_engine_unlock(struct k230_engine *engine) { k230_engine_unlock_last(engine, &engine->lock); }

void k230_engine_unlock_last(struct k230_engine *engine, uint32_t *word)
{
    k230_engine_unlock_own(engine, word);
    k230i_say(engine);
}

void k230i_say(struct k230_engine *engine)
{
    if (k230_load_word(&engine->unsaid) == K230_FAULT_NONE)
        return;
    const uint32_t fault = __atomic_exchange_n(&engine->unsaid, K230_FAULT_NONE, __ATOMIC_ACQ_REL);
    if (fault == K230_FAULT_NONE) /* another thread says it */
        return;
    char line[K230_FAULT_LINE] = "no answer from the small core's agent";
    if (fault != K230_UNSAID_NO_ANSWER)
        k230_fault_line(line, "small core", fault);
    engine->hal->ops->log(engine->hal, line);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

bool k230_engine_free_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    const uint32_t room = k230_queue_room(&engine->link.requests);
    if (room == K230_RING_BROKEN) {
        k230_engine_blame_locked(engine, K230_FAULT_RING_INDEX);
        return false;
    }
    engine->crowded |= room == 0; /* the pump tells when that is over */
    return room != 0;
}

bool k230_engine_room_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    /* A bind must not overtake the close that frees its port, nor a connect the cancel before it. */
    k230i_owed_locked(engine);
    return engine->dues == 0 && k230_engine_free_locked(engine);
}

uint32_t k230_engine_request_id(uint32_t lane, uint32_t *sequence)
{
    *sequence = *sequence % 0xFFFFu + 1u; /* 1 to 0xFFFF: an id is never 0 */
    return lane | *sequence << 16;
}

struct k230_request *k230_engine_request_locked(struct k230_engine *engine, uint32_t id, uint16_t op, uint32_t handle)
{
    K230_CHECK_HELD(&engine->lock);
    memset(&engine->outgoing, 0, K230_MESSAGE_HEAD);
    engine->outgoing.id = id;
    engine->outgoing.op = op;
    engine->outgoing.handle = handle;
    return &engine->outgoing;
}

void k230_engine_publish_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    k230_queue_put(&engine->link.requests, &engine->outgoing);
    k230_link_notify_small(&engine->link);
}

void k230i_owed_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    for (uint32_t i = 0; i < K230_LAYERS && engine->dues != 0; i++)
        if (engine->layers[i]->owed)
            engine->layers[i]->owed(engine);
}

void k230_engine_end_call_locked(const struct k230_engine *engine, uint8_t *state, int32_t *status)
{
    K230_CHECK_HELD(&engine->lock);
    (void)engine;
    if (*state == K230_CALL_PENDING) {
        *state = K230_CALL_DONE;
        *status = -K230_ECONNRESET;
    } else if (*state == K230_CALL_ABANDONED) {
        *state = K230_CALL_IDLE;
    }
}

bool k230_engine_owes(struct k230_engine *engine)
{
    k230_engine_lock(engine);
    const bool owes = engine->dues != 0;
    k230_engine_unlock(engine);
    return owes;
}

/* ---- waking ------------------------------------------------------------------------------------------------------ */

void k230i_wake_parked_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    if (engine->on_news && engine->parked != 0)
        engine->on_news(engine->on_news_arg);
}

void k230_engine_wake_locked(struct k230_engine *engine, uint32_t hints)
{
    K230_CHECK_HELD(&engine->lock);
    if (engine->waiters != 0) /* they hold the region in place */
        engine->hal->ops->wake(engine->hal, hints);
    k230i_wake_parked_locked(engine);
}

void k230_engine_on_news(struct k230_engine *engine, void (*on_news)(void *arg), void *arg)
{
    k230_engine_lock(engine);
    engine->on_news = on_news;
    engine->on_news_arg = arg;
    engine->has_attendant = 1;
    k230_engine_unlock(engine);
}

void k230_engine_wake_all(struct k230_engine *engine)
{
    __atomic_fetch_add(&engine->wakes, 1u, __ATOMIC_SEQ_CST);
    k230_engine_lock(engine);
    k230_engine_wake_locked(engine, K230_ALL_HINTS);
    k230_engine_unlock(engine);
}

uint32_t k230_engine_wakes(struct k230_engine *engine) { return __atomic_load_n(&engine->wakes, __ATOMIC_SEQ_CST); }

/* ---- what there is to know --------------------------------------------------------------------------------------- */

uint64_t k230_engine_deadline(struct k230_engine *engine, int timeout_ms)
{
    return timeout_ms < 0 ? K230_FOREVER : engine->hal->ops->now_ms(engine->hal) + (uint64_t)timeout_ms;
}

uint32_t k230_engine_fault(struct k230_engine *engine)
{
    k230_engine_lock(engine);
    const uint32_t fault = engine->fault;
    k230_engine_unlock(engine);
    return fault;
}
