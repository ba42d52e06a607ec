/* Questions about the small core's interfaces. */
#include "k230_sock.h"

int k230_interface_begin(struct k230_client *client, uint32_t index)
{
    const int started = k230_session_ensure(client);
    if (started != 0)
        return started;
    k230_client_lock(client);
    struct k230_question *question = NULL;
    int token = -K230_EOPNOTSUPP;
    /* An operation that the agent does not know would end the session. */
    if (client->session != K230_SESSION_LIVE || client->features & K230_FEATURE_INTERFACE)
        token = k230_question_begin(client, K230_OP_INTERFACE, &question);
    if (token == 0) {
        client->outgoing.arg0 = index;
        token = k230_question_post(client, question);
    }
    k230_client_unlock(client);
    return token;
}

int k230_interface_end(struct k230_client *client, int token, struct k230_interface *facts)
{
    k230_client_lock(client);
    uint32_t index;
    const int result = k230_question_end(client, token, &index);
    if (result > 0)
        *facts = client->facts[index];
    k230_client_unlock(client);
    return result;
}

int k230_interface_wait(struct k230_client *client, int token, uint64_t deadline_ms)
{
    return k230_question_wait(client, K230_OP_INTERFACE, token, deadline_ms);
}

void k230_interface_abandon(struct k230_client *client, int token) { k230_question_abandon(client, token); }
