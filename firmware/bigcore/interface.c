/* Questions about the small core's interfaces: each has a record of its own, as look-ups have. */
#include "k230_sock.h"

static struct k230_inquiry *of_token(struct k230_client *client, int token)
{
    for (uint32_t i = 0; token > 0 && i < K230_INTERFACE_MAX; i++)
        if (client->inquiries[i].call.id == (uint32_t)token && client->inquiries[i].call.state != K230_CALL_IDLE)
            return &client->inquiries[i];
    return NULL;
}

static struct k230_inquiry *unused(struct k230_client *client)
{
    for (uint32_t i = 0; i < K230_INTERFACE_MAX; i++)
        if (client->inquiries[i].call.state == K230_CALL_IDLE)
            return &client->inquiries[i];
    return NULL;
}

static int ask(struct k230_client *client, uint32_t index)
{
    if (client->session != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    if (!(client->features & K230_FEATURE_INTERFACE)) /* an operation that it does not know would end the session */
        return -K230_EOPNOTSUPP;
    struct k230_inquiry *inquiry = unused(client);
    if (!inquiry || !k230_call_room(client))
        return -K230_EAGAIN;
    /* 15 bits of sequence keep the token positive. */
    inquiry->sequence = inquiry->sequence % 0x7FFFu;
    const uint32_t lane = K230_LANE_INTERFACE + (uint32_t)(inquiry - client->inquiries);
    const uint32_t id = k230_call_id(lane, &inquiry->sequence);
    k230_call_request(client, id, K230_OP_INTERFACE, 0)->arg0 = index;
    inquiry->call = (struct k230_call){.id = id, .op = K230_OP_INTERFACE, .state = K230_CALL_PENDING};
    k230_call_post(client);
    k230_link_tell_small(&client->link);
    return (int)id;
}

int k230_interface_begin(struct k230_client *client, uint32_t index)
{
    const int started = k230_session_ensure(client);
    if (started != 0)
        return started;
    k230_client_lock(client);
    const int token = ask(client, index);
    k230_client_unlock(client);
    return token;
}

int k230_interface_end(struct k230_client *client, int token, struct k230_interface *facts)
{
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    struct k230_inquiry *inquiry = of_token(client, token);
    int result = -K230_EBADF;
    if (inquiry && inquiry->call.state == K230_CALL_PENDING) {
        result = -K230_PENDING;
    } else if (inquiry && inquiry->call.state == K230_CALL_DONE) {
        result = inquiry->call.status;
        if (result > 0)
            *facts = inquiry->facts;
        inquiry->call.state = K230_CALL_IDLE;
        k230_client_wake(client, K230_ALL_HINTS); /* somebody may wait for a record */
    }
    k230_client_unlock(client);
    return result;
}

struct wait {
    struct k230_client *client;
    int token;
};

static int interface_ready(void *arg)
{
    const struct wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    bool ready = client->session != K230_SESSION_LIVE;
    if (wait->token == 0) {
        ready = ready || (unused(client) && k230_call_room(client));
    } else {
        const struct k230_inquiry *inquiry = of_token(client, wait->token);
        ready = ready || !inquiry || inquiry->call.state == K230_CALL_DONE;
    }
    k230_client_unlock(client);
    return ready ? 0 : K230_NOT_READY;
}

uint32_t k230_interface_hints(int token) { return token == 0 ? K230_ALL_HINTS : k230_hint((uint32_t)token & 0xFFFFu); }

int k230_interface_wait(struct k230_client *client, int token, uint64_t deadline_ms)
{
    struct wait wait = {client, token};
    return k230_client_wait(client, k230_interface_hints(token), deadline_ms, interface_ready, &wait);
}

void k230_interface_abandon(struct k230_client *client, int token)
{
    k230_client_lock(client);
    struct k230_inquiry *inquiry = of_token(client, token);
    if (inquiry && inquiry->call.state == K230_CALL_PENDING) {
        inquiry->call.state = K230_CALL_ABANDONED;
    } else if (inquiry && inquiry->call.state == K230_CALL_DONE) {
        inquiry->call.state = K230_CALL_IDLE;
        k230_client_wake(client, K230_ALL_HINTS);
    }
    k230_client_unlock(client);
}
