/* Questions about the small core's interfaces. */
#include "ask_private.h"

int k230_interface_begin(struct k230_client *client, uint32_t index)
{
    const int started = k230_engine_ensure(&client->engine);
    if (started != 0)
        return started;
    k230_engine_lock(&client->engine);
    struct k230_question *question = NULL;
    int token = -K230_EOPNOTSUPP;
    /* An operation that the agent does not know would end the session. */
    if (client->engine.session != K230_SESSION_LIVE || client->engine.features & K230_FEATURE_INTERFACE)
        token = k230i_question_begin_locked(client, K230_OP_INTERFACE, &question);
    if (token == 0) {
        client->engine.outgoing.arg0 = index;
        token = k230i_question_publish_locked(client, question);
    }
    k230_engine_unlock(&client->engine);
    return token;
}

int k230_interface_end(struct k230_client *client, int token, struct k230_interface *facts)
{
    k230_engine_enter(&client->engine);
    uint32_t index;
    const int result = k230i_question_end_locked(client, token, &index);
    if (result > 0)
        *facts = client->ask.facts[index];
    k230_engine_unlock(&client->engine);
    return result;
}

int k230_interface_wait(struct k230_client *client, int token, uint64_t deadline_ms)
{
    return k230_ask_wait(client, K230_OP_INTERFACE, token, deadline_ms);
}

void k230_interface_abandon(struct k230_client *client, int token) { k230_ask_abandon(client, token); }
