/* The session with the agent: its start and its end. */
#include "engine_private.h"

/* ---- the start --------------------------------------------------------------------------------------------------- */

/* After this no thread is inside the region: data calls see the new epoch under their socket's lock, and sleepers
 * have left. */
static void leave_region(struct k230_engine *engine)
{
    struct k230_hal *hal = engine->hal;
    k230_engine_lock(engine);
    if (engine->session == K230_SESSION_LIVE)
        k230i_session_end_locked(engine, K230_FAULT_STOPPED);
    k230_store_word(&engine->session, K230_SESSION_NONE);
    k230_store_word(&engine->epoch, engine->epoch + 1u);
    k230_engine_unlock_inner(engine);
    if (!hal->region)
        return;
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        if (engine->layers[i]->left)
            engine->layers[i]->left(engine);
    for (;;) {
        k230_engine_lock(engine);
        const uint32_t waiters = engine->waiters;
        k230_engine_unlock_inner(engine);
        if (waiters == 0)
            return;
        hal->ops->wake(hal, K230_ALL_HINTS);
        hal->ops->wait(hal, hal->ops->doorbell(hal), 0, 1);
    }
}

static int refuse(struct k230_engine *engine, uint32_t fault)
{
    k230_engine_lock(engine);
    engine->fault = fault;
    k230_engine_unlock_inner(engine);
    k230_store_word(&engine->unsaid, fault);
    return -K230_EPROTO;
}

/* Steps 2 to 4 of the handshake (docs/maintain/protocol.md): wait for the hello of the agent, write ours, wait to be
 * accepted. */
static int shake_hands(struct k230_engine *engine)
{
    struct k230_hal *hal = engine->hal;
    const uint64_t deadline = hal->ops->now_ms(hal) + K230_START_MS;
    if (hal->length < sizeof(struct k230_head))
        return -K230_EPROTO;
    struct k230_head *head = hal->region;
    uint32_t offered = 0; /* the agent's boot id that our hello answers */
    uint32_t session = 0;
    /* A session of before must be over before our indices are zeroed: the agent would take them for a fault. */
    k230_shared_store(hal, &head->big.session, 0);
    hal->ops->notify(hal, K230_ALL_HINTS); /* unconditional: the agent's `asleep` may be an old one's */
    for (;;) {
        const uint32_t doorbell = hal->ops->doorbell(hal);
        if (k230_shared_load(hal, &head->small.magic) == K230_MAGIC_SMALL) {
            struct k230_hello_small hello; /* copied once; checked and used as copied */
            k230_shared_read_words(hal, &hello, &head->small, sizeof hello);
            /* A hello that is being written anew while it is copied is nobody's: look again. */
            const bool torn = k230_shared_load(hal, &head->small.magic) != K230_MAGIC_SMALL ||
                              k230_shared_load(hal, &head->small.boot_id) != hello.boot_id;
            if (!torn && hello.version != K230_VERSION) {
                return refuse(engine, K230_FAULT_VERSION);
            }
            if (!torn && hello.boot_id != 0 && hello.boot_id != offered && hello.accepted == 0) {
                if (!k230_link_open(&engine->link, hal, K230_SIDE_BIG, &hello.limits)) {
                    return refuse(engine, K230_FAULT_LIMITS);
                }
                offered = hello.boot_id;
                engine->features = hello.features; /* read only in a live session, so nobody does now */
                session = hal->ops->fresh_id(hal);
                k230_shared_store(hal, &head->big.magic, K230_MAGIC_BIG);
                k230_shared_store(hal, &head->big.version, K230_VERSION);
                k230_shared_store(hal, &head->big.agent_boot_id, offered);
                k230_shared_store(hal, &head->big.starved, 0);
                k230_shared_store(hal, &head->big.session, session); /* last: pairs with the agent's load of it */
                k230_shared_store(hal, &head->armed.value, K230_ALL_HINTS);
                hal->ops->notify(hal, K230_ALL_HINTS);
            } else if (session != 0 && k230_shared_load(hal, &head->small.accepted) == session) {
                k230_shared_store(hal, &head->armed.value, 0);
                engine->session_id = session;
                engine->agent_boot_id = offered;
                return 0;
            }
        }
        const uint64_t now = hal->ops->now_ms(hal);
        if (!hal->ops->other_alive(hal))
            return -K230_ECONNRESET;
        if (now >= deadline) {
            k230_store_word(&engine->unsaid, K230_UNSAID_NO_ANSWER);
            return -K230_ETIMEDOUT;
        }
        const uint64_t left = deadline - now;
        hal->ops->wait(hal, doorbell, K230_ALL_HINTS, left < K230_WATCHDOG_MS ? (uint32_t)left : K230_WATCHDOG_MS);
    }
}

static void begin_session_locked(struct k230_engine *engine)
{
    K230_CHECK_HELD(&engine->lock);
    memset(engine->armed, 0, sizeof engine->armed);
    engine->crowded = 0;
    engine->dues = 0;
    engine->heartbeat_ms = 0;
    engine->fault = K230_FAULT_NONE;
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        engine->layers[i]->began(engine);
    k230_store_word(&engine->session, K230_SESSION_LIVE);
}

int k230i_session_start(struct k230_engine *engine)
{
    struct k230_hal *hal = engine->hal;
    K230_CHECK(k230_check_holds_none());
    k230_engine_lock_own(engine, &engine->session_lock);
    k230_engine_lock(engine);
    const bool live = k230i_pump_locked(engine, true); /* another thread may have been faster */
    k230_engine_unlock_inner(engine);
    int result = 0;
    if (!live) {
        leave_region(engine);
        if (hal->region)
            hal->ops->detach(hal);
        result = hal->ops->attach(hal);
        if (result == 0)
            result = shake_hands(engine);
        k230_engine_lock(engine);
        if (result == 0)
            begin_session_locked(engine);
        k230_engine_unlock_inner(engine);
    }
    k230_engine_unlock_own(engine, &engine->session_lock);
    k230i_say(engine);
    return result;
}

int k230_engine_ensure(struct k230_engine *engine)
{
    k230_engine_lock(engine);
    const bool live = k230i_pump_locked(engine, true);
    const bool has_attendant = engine->has_attendant != 0;
    k230_engine_unlock(engine);
    if (live)
        return 0;
    return has_attendant ? -K230_ECONNRESET : k230i_session_start(engine);
}

/* ---- a session that another thread keeps ------------------------------------------------------------------------- */

int k230_engine_want(struct k230_engine *engine, uint32_t *start)
{
    int result = 0;
    k230_engine_lock(engine);
    if (!engine->has_attendant || k230i_pump_locked(engine, true)) {
        *start = 0;
    } else if (*start == 0) {
        *start = engine->starts + 1u;
        engine->wanted = 1;
        result = -K230_PENDING;
    } else if ((int32_t)(engine->starts - *start) < 0) {
        result = -K230_PENDING;
    } else {
        result = engine->start_result < 0 ? engine->start_result : -K230_ECONNRESET;
    }
    k230_engine_unlock(engine);
    return result;
}

void k230_engine_stop(struct k230_engine *engine)
{
    struct k230_hal *hal = engine->hal;
    K230_CHECK(k230_check_holds_none());
    k230_engine_lock_own(engine, &engine->session_lock);
    leave_region(engine);
    if (hal->region) {
        struct k230_head *head = hal->region;
        if (hal->length >= sizeof *head) {
            k230_shared_store(hal, &head->big.session, 0); /* the agent closes everything */
            hal->ops->notify(hal, K230_ALL_HINTS);
        }
        hal->ops->detach(hal);
    }
    k230_engine_unlock_own(engine, &engine->session_lock);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

void k230i_session_end_locked(struct k230_engine *engine, uint32_t fault)
{
    K230_CHECK_HELD(&engine->lock);
    if (engine->session != K230_SESSION_LIVE)
        return;
    k230_store_word(&engine->session, K230_SESSION_LOST);
    engine->fault = fault;
    if (fault != K230_FAULT_STOPPED)
        k230_store_word(&engine->unsaid, fault);
    for (uint32_t i = 0; i < K230_LAYERS; i++)
        engine->layers[i]->ended(engine);
    engine->dues = 0;
    engine->hal->ops->wake(engine->hal, K230_ALL_HINTS);
    k230_engine_wake_locked(engine, K230_ALL_HINTS);
}
