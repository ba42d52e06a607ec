/* The session with the agent: its start, its look-out, and the one place where threads sleep. */
#include "k230_sock.h"

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static bool heart_beats(struct k230_client *client)
{
    const uint32_t beat = k230_shared_load(client->hal, &client->link.head->small.heartbeat);
    const uint64_t now = client->hal->ops->now_ms(client->hal);
    if (beat != client->heartbeat || client->heartbeat_ms == 0) {
        client->heartbeat = beat;
        client->heartbeat_ms = now;
        return true;
    }
    return K230_SILENCE_MS == 0 || now - client->heartbeat_ms <= (uint64_t)K230_SILENCE_MS;
}

/* Why the session is over, by what the agent's hello says; NONE while the agent serves it. */
static uint32_t told_end(const struct k230_client *client)
{
    const struct k230_hello_small *hello = &client->link.head->small;
    if (k230_shared_load(client->hal, &hello->boot_id) != client->peer_boot_id)
        return K230_FAULT_RESTARTED;
    if (k230_shared_load(client->hal, &hello->accepted) == client->session_id)
        return K230_FAULT_NONE;
    const uint32_t fault = k230_shared_load(client->hal, &hello->fault);
    return fault != K230_FAULT_NONE && fault < K230_FAULT_LIMIT ? fault : (uint32_t)K230_FAULT_RESTARTED;
}

void k230_session_blame(struct k230_client *client, uint32_t fault)
{
    if (client->session != K230_SESSION_LIVE)
        return;
    /* An agent that ends a session says so before it leaves the memory to anything else. */
    const uint32_t end = told_end(client);
    k230_session_fault(client, end != K230_FAULT_NONE ? end : fault);
}

bool k230_session_look(struct k230_client *client, bool watchdog)
{
    if (client->session != K230_SESSION_LIVE)
        return false;
    struct k230_link *link = &client->link;
    const uint64_t now = client->hal->ops->now_ms(client->hal);
    watchdog |= now - client->watchdog_ms >= K230_WATCHDOG_MS;
    if (watchdog)
        client->watchdog_ms = now;
    const uint32_t end = told_end(client);
    if (end != K230_FAULT_NONE) {
        k230_session_fault(client, end);
    } else if (watchdog && !client->hal->ops->peer_alive(client->hal)) {
        k230_session_fault(client, K230_FAULT_GONE);
    } else if (watchdog && !heart_beats(client)) {
        k230_session_fault(client, K230_FAULT_SILENT);
    } else {
        const uint32_t network = client->network;
        k230_network_take(client);
        uint32_t found = network != client->network ? K230_ALL_HINTS : 0;
        found |= k230_call_drain(client);
        for (uint32_t word = 0; word < link->news.words; word++)
            for (uint32_t up = k230_bits_take(&link->news, word); up != 0; up &= up - 1u) {
                const uint32_t slot = word * 32u + (uint32_t)__builtin_ctz(up);
                found |= k230_hint(slot);
                if (slot < client->slots)
                    k230_sock_changed(client, &client->socks[slot]);
            }
        if (client->crowded && k230_call_room(client)) {
            client->crowded = 0;
            found = K230_ALL_HINTS;
            for (uint32_t i = 0; i < client->slots; i++) /* some may lack rings */
                k230_sock_changed(client, &client->socks[i]);
        }
        if (found != 0 && watchdog)
            k230_client_wake(client, found);
        else if (found != 0)
            k230_client_tell_parked(client);
    }
    return client->session == K230_SESSION_LIVE;
}

void k230_session_glance(struct k230_client *client)
{
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE &&
        client->hal->ops->now_ms(client->hal) - client->watchdog_ms >= K230_WATCHDOG_MS)
        k230_session_look(client, true);
    k230_client_unlock_inner(client);
}

/* ---- sleeping ---------------------------------------------------------------------------------------------------- */

void k230_client_arm(struct k230_client *client, uint32_t hints, bool on)
{
    uint32_t mask = 0;
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (hints & 1u << bit)
            client->armed[bit] += on ? 1u : -1u;
        mask |= client->armed[bit] ? 1u << bit : 0;
    }
    k230_shared_store(client->hal, &client->link.head->armed.value, mask);
}

static int sleep_until_ready(struct k230_client *client, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *),
                             void *arg)
{
    struct k230_hal *hal = client->hal;
    for (;;) {
        k230_client_lock(client);
        const bool live = client->session == K230_SESSION_LIVE;
        uint32_t seen = 0;
        if (live) {
            k230_client_arm(client, hints, true);
            client->waiters++;
            /* Pairs with the fence in k230_link_tell_big: the agent stores its news, then looks at `armed`; we have
             * stored `armed` and now look at the news. One of us sees the other. The bell's value is read first, so
             * that a ring between our look and our sleep ends the sleep. */
            k230_shared_fence();
            seen = hal->ops->bell(hal);
        }
        k230_client_unlock(client);

        int result = ready(arg);
        bool whole_slice = false;
        if (result == K230_NOT_READY && live) {
            const uint64_t now = hal->ops->now_ms(hal);
            const uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
            const uint32_t slice = left < K230_WATCHDOG_MS ? (uint32_t)left : K230_WATCHDOG_MS;
            if (slice == 0) {
                result = -K230_ETIMEDOUT;
            } else {
                hal->ops->wait(hal, seen, hints, slice);
                whole_slice = hal->ops->now_ms(hal) - now >= slice;
            }
        }
        if (live) {
            k230_client_lock(client);
            client->waiters--;
            if (client->session == K230_SESSION_LIVE)
                k230_session_look(client, whole_slice);
            if (client->session == K230_SESSION_LIVE)
                k230_client_arm(client, hints, false);
            k230_client_unlock(client);
        } else if (result == K230_NOT_READY) {
            /* No session, hence nobody who could ring: only time passes. */
            const uint64_t now = hal->ops->now_ms(hal);
            const uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
            if (left == 0)
                return -K230_ETIMEDOUT;
            hal->ops->sleep(hal, left < K230_NO_SESSION_MS ? (uint32_t)left : K230_NO_SESSION_MS);
        }
        if (result != K230_NOT_READY)
            return result;
    }
}

int k230_client_wait(struct k230_client *client, uint32_t hints, uint64_t deadline_ms, int (*ready)(void *), void *arg)
{
    const struct k230_hal_ops *ops = client->hal->ops;
    uint64_t since = 0;
    int result = K230_NOT_READY;
    /* Not armed: what comes meanwhile needs no doorbell. */
    while (result == K230_NOT_READY && ops->look_again && ops->look_again(client->hal, &since))
        result = ready(arg);
    if (result == K230_NOT_READY)
        result = sleep_until_ready(client, hints, deadline_ms, ready, arg);
    if (since != 0)
        ops->waited(client->hal, since);
    return result;
}

/* ---- the start --------------------------------------------------------------------------------------------------- */

/* After this no thread is inside the region: data calls see the new epoch under their socket's lock, and sleepers
 * have left. */
static void leave_region(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_session_fault(client, K230_FAULT_STOPPED);
    k230_store_word(&client->session, K230_SESSION_NONE);
    k230_store_word(&client->epoch, client->epoch + 1u);
    k230_client_unlock_inner(client);
    if (!hal->region)
        return;
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        k230_hal_lock(hal, &client->socks[i].tx_lock);
        k230_hal_unlock(hal, &client->socks[i].tx_lock);
        k230_hal_lock(hal, &client->socks[i].rx_lock);
        k230_hal_unlock(hal, &client->socks[i].rx_lock);
    }
    for (;;) {
        k230_client_lock(client);
        const uint32_t waiters = client->waiters;
        k230_client_unlock_inner(client);
        if (waiters == 0)
            return;
        hal->ops->poke(hal, K230_ALL_HINTS);
        hal->ops->wait(hal, hal->ops->bell(hal), 0, 1);
    }
}

static int refuse(struct k230_client *client, uint32_t fault)
{
    k230_client_lock(client);
    client->fault = fault;
    k230_client_unlock_inner(client);
    k230_store_word(&client->unsaid, fault);
    return -K230_EPROTO;
}

/* Steps 2 to 4 of the handshake, docs/maintain/protocol.md: wait for the hello of the agent, write ours, wait. */
static int shake_hands(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    const uint64_t deadline = hal->ops->now_ms(hal) + K230_START_MS;
    if (hal->length < sizeof(struct k230_head))
        return -K230_EPROTO;
    struct k230_head *head = hal->region;
    uint32_t offered = 0; /* the agent's boot id that our hello answers */
    uint32_t session = 0;
    /* A session of before must be over before our indices are zeroed: the agent would take them for a fault. */
    k230_shared_store(hal, &head->big.session, 0);
    hal->ops->ring(hal, K230_ALL_HINTS); /* unconditional: the agent's `asleep` may be an old one's */
    for (;;) {
        const uint32_t bell = hal->ops->bell(hal);
        if (k230_shared_load(hal, &head->small.magic) == K230_MAGIC_SMALL) {
            struct k230_hello_small hello; /* copied once; checked and used as copied */
            k230_shared_read_words(hal, &hello, &head->small, sizeof hello);
            /* A hello that is being written anew while it is copied is nobody's: look again. */
            const bool torn = k230_shared_load(hal, &head->small.magic) != K230_MAGIC_SMALL ||
                              k230_shared_load(hal, &head->small.boot_id) != hello.boot_id;
            if (!torn && hello.version != K230_VERSION) {
                return refuse(client, K230_FAULT_VERSION);
            }
            if (!torn && hello.boot_id != 0 && hello.boot_id != offered && hello.accepted == 0) {
                if (!k230_link_open(&client->link, hal, K230_SIDE_BIG, &hello.limits)) {
                    return refuse(client, K230_FAULT_LIMITS);
                }
                offered = hello.boot_id;
                client->features = hello.features; /* read only in a live session, so nobody does now */
                session = hal->ops->fresh_id(hal);
                k230_shared_store(hal, &head->big.magic, K230_MAGIC_BIG);
                k230_shared_store(hal, &head->big.version, K230_VERSION);
                k230_shared_store(hal, &head->big.peer_boot_id, offered);
                k230_shared_store(hal, &head->big.starved, 0);
                k230_shared_store(hal, &head->big.session, session); /* last: pairs with the agent's load of it */
                k230_shared_store(hal, &head->armed.value, K230_ALL_HINTS);
                hal->ops->ring(hal, K230_ALL_HINTS);
            } else if (session != 0 && k230_shared_load(hal, &head->small.accepted) == session) {
                k230_shared_store(hal, &head->armed.value, 0);
                client->session_id = session;
                client->peer_boot_id = offered;
                return 0;
            }
        }
        const uint64_t now = hal->ops->now_ms(hal);
        if (!hal->ops->peer_alive(hal))
            return -K230_ECONNRESET;
        if (now >= deadline) {
            k230_store_word(&client->unsaid, K230_UNSAID_NO_ANSWER);
            return -K230_ETIMEDOUT;
        }
        const uint64_t left = deadline - now;
        hal->ops->wait(hal, bell, K230_ALL_HINTS, left < K230_WATCHDOG_MS ? (uint32_t)left : K230_WATCHDOG_MS);
    }
}

static void begin_session(struct k230_client *client)
{
    k230_network_take(client);
    const struct k230_limits *limits = &client->link.limits;
    client->slots = limits->slots < K230_SOCK_MAX ? limits->slots : K230_SOCK_MAX;
    const uint32_t pairs = limits->pairs < K230_PAIR_MAX ? limits->pairs : K230_PAIR_MAX;
    client->free_pairs = 0;
    for (uint32_t i = pairs; i > 0; i--)
        client->pair_stack[client->free_pairs++] = i - 1u;
    memset(client->pair_state, K230_PAIR_FREE, sizeof client->pair_state);
    memset(client->armed, 0, sizeof client->armed);
    client->starved = 0;
    client->starvings = 0;
    client->crowded = 0;
    client->dues = 0;
    client->heartbeat_ms = 0;
    client->fault = K230_FAULT_NONE;
    k230_store_word(&client->session, K230_SESSION_LIVE);
}

int k230_session_start(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    k230_hal_lock(hal, &client->session_lock);
    k230_client_lock(client);
    const bool live = k230_session_look(client, true); /* another thread may have been faster */
    k230_client_unlock_inner(client);
    int result = 0;
    if (!live) {
        leave_region(client);
        if (hal->region)
            hal->ops->detach(hal);
        result = hal->ops->attach(hal);
        if (result == 0)
            result = shake_hands(client);
        k230_client_lock(client);
        if (result == 0)
            begin_session(client);
        k230_client_unlock_inner(client);
    }
    k230_hal_unlock(hal, &client->session_lock);
    k230_client_say(client);
    return result;
}

int k230_session_ensure(struct k230_client *client)
{
    k230_client_lock(client);
    const bool live = k230_session_look(client, true);
    const bool attended = client->attended != 0;
    k230_client_unlock(client);
    if (live)
        return 0;
    return attended ? -K230_ECONNRESET : k230_session_start(client);
}

/* ---- a session that another thread keeps ------------------------------------------------------------------------- */

int k230_session_request(struct k230_client *client, uint32_t *start)
{
    int result = 0;
    k230_client_lock(client);
    if (!client->attended || k230_session_look(client, true)) {
        *start = 0;
    } else if (*start == 0) {
        *start = client->starts + 1u;
        client->wanted = 1;
        result = -K230_PENDING;
    } else if ((int32_t)(client->starts - *start) < 0) {
        result = -K230_PENDING;
    } else {
        result = client->start_result < 0 ? client->start_result : -K230_ECONNRESET;
    }
    k230_client_unlock(client);
    return result;
}

void k230_client_stop(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    k230_hal_lock(hal, &client->session_lock);
    leave_region(client);
    if (hal->region) {
        struct k230_head *head = hal->region;
        if (hal->length >= sizeof *head) {
            k230_shared_store(hal, &head->big.session, 0); /* the agent closes everything */
            hal->ops->ring(hal, K230_ALL_HINTS);
        }
        hal->ops->detach(hal);
    }
    k230_hal_unlock(hal, &client->session_lock);
}
