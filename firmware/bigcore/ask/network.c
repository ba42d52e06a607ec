/* The small core's network, as the agent shows it. */
#include "ask_private.h"

#define COUNT_SHIFT 8
#define EPOCH_SHIFT 20
/* How often a session is tried while nobody but the watcher of the network wants one. */
#define RETRY_MS 1000u

/* Only here is decided what a change of the addresses is. A digest of another agent is compared as well: an agent that
 * restarts with the addresses it had has changed none. */
uint32_t k230i_network_take_locked(struct k230_client *client)
{
    K230_CHECK_HELD(&client->engine.lock);
    const uint32_t network = k230_shared_load(client->engine.hal, &client->engine.link.head->small.network);
    const uint32_t changed = network ^ client->ask.network;
    if (changed & ~K230_NETWORK_LINK)
        client->ask.addresses++;
    client->ask.network = network;
    return changed != 0 ? K230_ALL_HINTS : 0;
}

static uint32_t word_locked(const struct k230_client *client)
{
    K230_CHECK_HELD(&client->engine.lock);
    const uint32_t flags = client->ask.network & ((1u << COUNT_SHIFT) - 1u);
    const uint32_t count = client->ask.addresses << COUNT_SHIFT & ((1u << EPOCH_SHIFT) - 1u);
    return flags | count | (client->engine.epoch << EPOCH_SHIFT & 0x7FFFFFFFu);
}

int k230_network(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    const bool live = client->engine.session == K230_SESSION_LIVE;
    const int word = live ? (int)word_locked(client) : -K230_ECONNRESET;
    k230_engine_unlock(&client->engine);
    return word;
}

void k230_client_on_network(struct k230_client *client, void (*tell)(void *arg, uint32_t word), void *arg)
{
    k230_engine_lock(&client->engine);
    client->ask.on_network = tell;
    client->ask.on_network_arg = arg;
    k230_engine_unlock(&client->engine);
}

void k230_network_watch(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    client->ask.watched = client->ask.on_network != NULL;
    client->ask.network_given = UINT32_MAX; /* which no word is: a listener that comes now is told what holds now */
    k230_engine_wake_locked(&client->engine, K230_ALL_HINTS);
    k230_engine_unlock(&client->engine);
}

void k230_network_unwatch(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    client->ask.watched = 0;
    k230_engine_unlock(&client->engine);
}

void k230i_network_attended(struct k230_client *client)
{
    const uint64_t now = client->engine.hal->ops->now_ms(client->engine.hal);
    bool tell = false;
    k230_engine_lock(&client->engine);
    const uint32_t word = word_locked(client);
    if (client->ask.watched && client->engine.session == K230_SESSION_LIVE) {
        tell = word != client->ask.network_given;
        client->ask.network_given = word;
    } else if (client->ask.watched && now >= client->ask.retry_ms) {
        client->ask.retry_ms = now + RETRY_MS;
        client->engine.wanted = 1;
    }
    k230_engine_unlock(&client->engine);
    if (tell)
        client->ask.on_network(client->ask.on_network_arg, word);
}

struct network_wait {
    struct k230_client *client;
    int seen;
};

static int network_ready(void *arg)
{
    const struct network_wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_engine_lock(&client->engine);
    const bool ready = client->engine.session != K230_SESSION_LIVE || (int)word_locked(client) != wait->seen;
    k230_engine_unlock(&client->engine);
    return ready ? 0 : K230_NOT_READY;
}

int k230_network_wait(struct k230_client *client, int seen, uint64_t deadline_ms)
{
    struct network_wait wait = {client, seen};
    return k230_engine_wait(&client->engine, K230_ALL_HINTS, deadline_ms, network_ready, &wait);
}

bool k230_network_link(struct k230_client *client)
{
    k230_engine_lock(&client->engine);
    const bool live = client->engine.session == K230_SESSION_LIVE;
    const bool up = live && (client->ask.network & K230_NETWORK_LINK);
    k230_engine_unlock(&client->engine);
    return up;
}
