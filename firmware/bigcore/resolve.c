/* Name look-ups: each has a record of its own, so that its answer needs no caller to stand by. */
#include "k230_sock.h"

static struct k230_resolve *of_token(struct k230_client *client, int token)
{
    for (uint32_t i = 0; token > 0 && i < K230_RESOLVE_MAX; i++)
        if (client->resolves[i].call.id == (uint32_t)token && client->resolves[i].call.state != K230_CALL_IDLE)
            return &client->resolves[i];
    return NULL;
}

static bool put_text(struct k230_request *request, const char *text, uint32_t longest)
{
    const size_t length = text ? strlen(text) : 0;
    if (length > longest)
        return false;
    if (length != 0)
        memcpy(request->payload + request->len, text, length);
    request->payload[request->len + length] = 0;
    request->len += (uint32_t)length + 1u;
    return true;
}

int k230_resolve_begin(struct k230_client *client, const char *host, const char *service, int family, int type,
                       int proto, int flags)
{
    if (flags & ~K230_AI_KNOWN)
        return -K230_EAI_BADFLAGS;
    const int started = k230_session_ensure(client);
    if (started != 0)
        return started;
    k230_client_lock(client);
    int result = -K230_EAGAIN;
    if (client->session != K230_SESSION_LIVE) {
        result = -K230_ECONNRESET;
    } else if (k230_call_room(client)) {
        for (uint32_t i = 0; i < K230_RESOLVE_MAX && result == -K230_EAGAIN; i++) {
            struct k230_resolve *resolve = &client->resolves[i];
            if (resolve->call.state != K230_CALL_IDLE)
                continue;
            /* 15 bits of sequence keep the token positive. */
            resolve->sequence = resolve->sequence % 0x7FFFu;
            const uint32_t id = k230_call_id(K230_LANE_RESOLVE + i, &resolve->sequence);
            struct k230_request *request = k230_call_request(client, id, K230_OP_RESOLVE, 0);
            request->flags = (uint16_t)flags;
            request->arg0 = (uint32_t)family;
            request->arg1 = (uint32_t)type;
            request->arg2 = (uint32_t)proto;
            if (!put_text(request, host, K230_HOST_MAX)) {
                result = -K230_EAI_NONAME; /* no name is longer: RFC 1035, 2.3.4 */
            } else if (!put_text(request, service, K230_SERVICE_MAX)) {
                result = -K230_EAI_SERVICE;
            } else {
                resolve->call = (struct k230_call){.id = id, .op = K230_OP_RESOLVE, .state = K230_CALL_PENDING};
                resolve->count = 0;
                resolve->canon[0] = 0;
                k230_call_post(client);
                k230_link_tell_small(&client->link);
                result = (int)id;
            }
        }
    }
    k230_client_unlock(client);
    return result;
}

int k230_resolve_end(struct k230_client *client, int token, struct k230_addr *addrs, uint32_t room, char *canon)
{
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    struct k230_resolve *resolve = of_token(client, token);
    int result = -K230_EBADF;
    if (resolve && resolve->call.state == K230_CALL_PENDING) {
        result = -K230_PENDING;
    } else if (resolve && resolve->call.state == K230_CALL_DONE) {
        result = resolve->call.status;
        if (result >= 0) {
            if (resolve->count > K230_RESOLVE_ADDRS)
                client->hal->ops->log(client->hal, "a name has more addresses than this build keeps; the rest is cut");
            const uint32_t kept = resolve->count < K230_RESOLVE_ADDRS ? resolve->count : K230_RESOLVE_ADDRS;
            result = (int)(kept < room ? kept : room);
            memcpy(addrs, resolve->addrs, (size_t)result * sizeof *addrs);
            if (canon)
                memcpy(canon, resolve->canon, sizeof resolve->canon);
        }
        resolve->call.state = K230_CALL_IDLE;
        k230_client_wake(client, K230_ALL_HINTS); /* somebody may wait for a record */
    }
    k230_client_unlock(client);
    return result;
}

struct wait {
    struct k230_client *client;
    int token;
};

static int resolve_ready(void *arg)
{
    const struct wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    bool ready = client->session != K230_SESSION_LIVE;
    if (wait->token == 0) {
        for (uint32_t i = 0; i < K230_RESOLVE_MAX; i++)
            ready |= client->resolves[i].call.state == K230_CALL_IDLE && k230_call_room(client);
    } else {
        const struct k230_resolve *resolve = of_token(client, wait->token);
        ready |= !resolve || resolve->call.state == K230_CALL_DONE;
    }
    k230_client_unlock(client);
    return ready ? 0 : K230_NOT_READY;
}

uint32_t k230_resolve_hints(int token) { return token == 0 ? K230_ALL_HINTS : k230_hint((uint32_t)token & 0xFFFFu); }

int k230_resolve_wait(struct k230_client *client, int token, uint64_t deadline_ms)
{
    struct wait wait = {client, token};
    return k230_client_wait(client, k230_resolve_hints(token), deadline_ms, resolve_ready, &wait);
}

void k230_resolve_abandon(struct k230_client *client, int token)
{
    k230_client_lock(client);
    struct k230_resolve *resolve = of_token(client, token);
    if (resolve && resolve->call.state == K230_CALL_PENDING) {
        resolve->call.state = K230_CALL_ABANDONED;
    } else if (resolve && resolve->call.state == K230_CALL_DONE) {
        resolve->call.state = K230_CALL_IDLE;
        k230_client_wake(client, K230_ALL_HINTS); /* somebody may wait for a record */
    }
    k230_client_unlock(client);
}
