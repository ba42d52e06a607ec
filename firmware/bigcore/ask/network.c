/* The small core's network, as the agent shows it. */
#include "k230_sock.h"

#define COUNT_SHIFT 8
#define EPOCH_SHIFT 20
/* How often a session is tried while nobody but the watcher of the network wants one. */
#define RETRY_MS 1000u

/* Only here is decided what a change of the addresses is. A digest of another agent is compared as well: an agent that
 * restarts with the addresses it had has changed none. */
void k230_network_take(struct k230_client *client)
{
    const uint32_t network = k230_shared_load(client->hal, &client->link.head->small.network);
    if ((network ^ client->network) & ~K230_NETWORK_LINK)
        client->addresses++;
    client->network = network;
}

uint32_t k230_network_word(const struct k230_client *client)
{
    const uint32_t flags = client->network & ((1u << COUNT_SHIFT) - 1u);
    const uint32_t count = client->addresses << COUNT_SHIFT & ((1u << EPOCH_SHIFT) - 1u);
    return flags | count | (client->epoch << EPOCH_SHIFT & 0x7FFFFFFFu);
}

int k230_network(struct k230_client *client)
{
    const int started = k230_session_ensure(client);
    if (started != 0)
        return started;
    k230_client_lock(client);
    const int word = k230_session_look(client, false) ? (int)k230_network_word(client) : -K230_ECONNRESET;
    k230_client_unlock(client);
    return word;
}

void k230_client_on_network(struct k230_client *client, void (*tell)(void *arg, uint32_t word), void *arg)
{
    k230_client_lock(client);
    client->on_network = tell;
    client->on_network_arg = arg;
    k230_client_unlock(client);
}

void k230_client_watch(struct k230_client *client)
{
    k230_client_lock(client);
    client->watched = client->on_network != NULL;
    client->network_told = UINT32_MAX; /* which no word is: a listener that comes now is told what holds now */
    k230_client_wake(client, K230_ALL_HINTS);
    k230_client_unlock(client);
}

void k230_client_tell_network(struct k230_client *client)
{
    const uint64_t now = client->hal->ops->now_ms(client->hal);
    bool tell = false;
    k230_client_lock(client);
    const uint32_t word = k230_network_word(client);
    if (client->watched && client->session == K230_SESSION_LIVE) {
        tell = word != client->network_told;
        client->network_told = word;
    } else if (client->watched && now >= client->retry_ms) {
        client->retry_ms = now + RETRY_MS;
        client->wanted = 1;
    }
    k230_client_unlock(client);
    if (tell)
        client->on_network(client->on_network_arg, word);
}

struct wait {
    struct k230_client *client;
    int seen;
};

static int network_ready(void *arg)
{
    const struct wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_client_lock(client);
    const bool ready = !k230_session_look(client, false) || (int)k230_network_word(client) != wait->seen;
    k230_client_unlock(client);
    return ready ? 0 : K230_NOT_READY;
}

int k230_network_wait(struct k230_client *client, int seen, uint64_t deadline_ms)
{
    struct wait wait = {client, seen};
    return k230_client_wait(client, K230_ALL_HINTS, deadline_ms, network_ready, &wait);
}
