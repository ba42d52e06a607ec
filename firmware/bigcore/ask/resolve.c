/* Name look-ups. */
#include "ask_private.h"

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
    const int started = k230_engine_ensure(&client->engine);
    if (started != 0)
        return started;
    k230_engine_lock(&client->engine);
    struct k230_question *question = NULL;
    int result = k230i_question_begin_locked(client, K230_OP_RESOLVE, &question);
    if (result == 0) {
        struct k230_request *request = &client->engine.outgoing;
        request->flags = (uint16_t)flags;
        request->arg0 = (uint32_t)family;
        request->arg1 = (uint32_t)type;
        request->arg2 = (uint32_t)proto;
        if (!put_text(request, host, K230_HOST_MAX)) {
            result = -K230_EAI_NONAME; /* no name is longer: RFC 1035, 2.3.4 */
        } else if (!put_text(request, service, K230_SERVICE_MAX)) {
            result = -K230_EAI_SERVICE;
        } else {
            struct k230_names *names = &client->ask.names[question - client->ask.questions];
            names->count = 0;
            names->canon[0] = 0;
            result = k230i_question_publish_locked(client, question);
        }
    }
    k230_engine_unlock(&client->engine);
    return result;
}

int k230_resolve_end(struct k230_client *client, int token, struct k230_addr *addrs, uint32_t room, char *canon)
{
    bool cut = false;
    k230_engine_enter(&client->engine);
    uint32_t index;
    int result = k230i_question_end_locked(client, token, &index);
    if (result >= 0) {
        const struct k230_names *names = &client->ask.names[index];
        cut = names->count > K230_RESOLVE_ADDRS;
        const uint32_t kept = names->count < K230_RESOLVE_ADDRS ? names->count : K230_RESOLVE_ADDRS;
        result = (int)(kept < room ? kept : room);
        memcpy(addrs, names->addrs, (size_t)result * sizeof *addrs);
        if (canon)
            memcpy(canon, names->canon, sizeof names->canon);
    }
    k230_engine_unlock(&client->engine);
    if (cut)
        client->engine.hal->ops->log(client->engine.hal,
                                     "a name has more addresses than this build keeps; the rest is cut");
    return result;
}

int k230_resolve_wait(struct k230_client *client, int token, uint64_t deadline_ms)
{
    return k230_ask_wait(client, K230_OP_RESOLVE, token, deadline_ms);
}

void k230_resolve_abandon(struct k230_client *client, int token) { k230_ask_abandon(client, token); }
