/* The thread that attends the client, where those who call it may not sleep. */
#include "k230_sock.h"

void k230_client_attend(struct k230_client *client)
{
    struct k230_hal *hal = client->hal;
    k230_client_lock(client);
    const bool wanted = client->wanted != 0;
    const bool live = client->session == K230_SESSION_LIVE;
    bool tell = wanted;
    client->wanted = 0;
    if (live && !wanted)
        client->waiters++; /* inside the region; leave_region waits for us */
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
        k230_session_look(client, whole_slice);
        client->waiters--;
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
    for (uint32_t i = 0; i < K230_RESOLVE_MAX; i++)
        k230_resolve_abandon(client, (int)client->resolves[i].call.id);
    for (uint32_t i = 0; i < K230_INTERFACE_MAX; i++)
        k230_interface_abandon(client, (int)client->inquiries[i].call.id);
}
