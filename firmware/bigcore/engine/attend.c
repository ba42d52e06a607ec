/* Waiting where those who call the client may not sleep: who waits is armed, and a thread attends the client. */
#include "k230_sock.h"

bool k230_arm(struct k230_client *client, struct k230_arming *arming, uint32_t hints)
{
    k230_client_lock(client);
    const uint32_t epoch = client->epoch;
    const bool live = client->session == K230_SESSION_LIVE;
    const bool fresh = !arming->parked || (live && (arming->epoch != epoch || arming->hints != hints));
    if (!arming->parked) {
        arming->parked = 1;
        client->parked++;
    }
    if (fresh && live) {
        if (arming->hints != 0 && arming->epoch == epoch)
            k230_client_arm(client, arming->hints, false);
        arming->hints = hints;
        arming->epoch = epoch;
        k230_client_arm(client, hints, true);
        /* Pairs with the fence in k230_link_tell_big, as in k230_client_wait: the caller looks again after this. */
        k230_shared_fence();
    }
    k230_client_unlock(client);
    return fresh;
}

void k230_disarm(struct k230_client *client, struct k230_arming *arming)
{
    if (!arming->parked)
        return;
    k230_client_lock(client);
    client->parked--;
    /* A new session began with nobody armed. */
    if (arming->hints != 0 && arming->epoch == client->epoch && client->session == K230_SESSION_LIVE)
        k230_client_arm(client, arming->hints, false);
    k230_client_unlock(client);
    arming->parked = 0;
    arming->hints = 0;
}

void k230_client_attend(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    k230_client_lock(client);
    const bool wanted = client->wanted != 0;
    const bool live = client->session == K230_SESSION_LIVE;
    bool tell = wanted;
    bool listens = false;
    client->wanted = 0;
    if (live && !wanted) {
        client->waiters++; /* inside the region; leave_region waits for us */
        if (client->dues != 0) {
            /* Requests that found the queue full: the agent rings when it has taken some. Armed, then a look. */
            listens = true;
            k230_client_arm(client, K230_ALL_HINTS, true);
            k230_shared_fence();
            k230_sock_flush_dues(client);
        }
    }
    k230_client_unlock(client);

    if (wanted) {
        const int result = k230_session_start(client);
        k230_client_lock(client);
        client->start_result = result;
        client->starts++;
        k230_client_unlock(client);
    } else if (live) {
        /* The value of the turn before: a ring since then ends this sleep at once. */
        const uint64_t now = hal->ops->now_ms(hal);
        hal->ops->wait(hal, client->bell_seen, K230_ALL_HINTS, K230_WATCHDOG_MS);
        const bool whole_slice = hal->ops->now_ms(hal) - now >= K230_WATCHDOG_MS;
        const uint32_t bell = hal->ops->bell(hal); /* before the look */
        k230_client_lock(client);
        client->waiters--;
        if (listens && client->session == K230_SESSION_LIVE)
            k230_client_arm(client, K230_ALL_HINTS, false);
        k230_session_look(client, whole_slice);
        tell = bell != client->bell_seen && client->parked != 0;
        k230_client_unlock(client);
        client->bell_seen = bell;
    } else {
        hal->ops->sleep(hal, K230_NO_SESSION_MS);
    }
    k230_client_tell_network(client);
    if (tell && client->news)
        client->news(client->news_arg);
}

void k230_client_reset(struct k230_client *client)
{
    k230_client_lock(client);
    client->watched = 0;
    k230_client_unlock(client);
    k230_client_stop(client);
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++)
        if (k230_load_word(&client->socks[i].state) != K230_SOCK_FREE)
            k230_sock_close(client, (int)k230_sock_handle(client, &client->socks[i]), true);
    for (uint32_t i = 0; i < K230_QUESTION_MAX; i++)
        k230_question_abandon(client, (int)client->questions[i].id);
}
