/* Questions that are no socket's. */
#include "k230_sock.h"

/* The records for one kind of question. */
struct range {
    uint32_t first, end;
};

static struct range range_of(uint32_t op)
{
    return op == K230_OP_INTERFACE ? (struct range){K230_RESOLVE_MAX, K230_QUESTION_MAX}
                                   : (struct range){0, K230_RESOLVE_MAX};
}

static uint32_t lane_of(uint32_t index)
{
    return index < K230_RESOLVE_MAX ? K230_LANE_RESOLVE + index : K230_LANE_INTERFACE + index - K230_RESOLVE_MAX;
}

static struct k230_question *of_token(struct k230_client *client, int token)
{
    for (uint32_t i = 0; token > 0 && i < K230_QUESTION_MAX; i++)
        if (client->questions[i].id == (uint32_t)token && client->questions[i].state != K230_CALL_IDLE)
            return &client->questions[i];
    return NULL;
}

static struct k230_question *unused(struct k230_client *client, uint32_t op)
{
    const struct range range = range_of(op);
    for (uint32_t i = range.first; i < range.end; i++)
        if (client->questions[i].state == K230_CALL_IDLE)
            return &client->questions[i];
    return NULL;
}

int k230_question_begin(struct k230_client *client, uint16_t op, struct k230_question **question)
{
    if (client->session != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    struct k230_question *found = unused(client, op);
    if (!found || !k230_call_room(client))
        return -K230_EAGAIN;
    found->sequence = found->sequence % 0x7FFFu; /* 15 bits of it keep the token positive */
    found->id = k230_call_id(lane_of((uint32_t)(found - client->questions)), &found->sequence);
    k230_call_request(client, found->id, op, 0);
    *question = found;
    return 0;
}

int k230_question_post(struct k230_client *client, struct k230_question *question)
{
    question->state = K230_CALL_PENDING;
    k230_call_post(client);
    k230_link_tell_small(&client->link);
    return (int)question->id;
}

static void end(struct k230_client *client, struct k230_question *question)
{
    question->state = K230_CALL_IDLE;
    k230_client_wake(client, K230_ALL_HINTS); /* somebody may wait for a record */
}

int k230_question_end(struct k230_client *client, int token, uint32_t *index)
{
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    struct k230_question *question = of_token(client, token);
    if (!question || question->state == K230_CALL_ABANDONED)
        return -K230_EBADF;
    if (question->state == K230_CALL_PENDING)
        return -K230_PENDING;
    *index = (uint32_t)(question - client->questions);
    *index -= *index < K230_RESOLVE_MAX ? 0 : K230_RESOLVE_MAX;
    end(client, question);
    return question->status;
}

struct k230_question *k230_question_answered(struct k230_client *client, const struct k230_completion *reply,
                                             uint32_t index)
{
    struct k230_question *question = &client->questions[range_of(reply->op).first + index];
    const bool awaited = question->state == K230_CALL_PENDING || question->state == K230_CALL_ABANDONED;
    return question->id == reply->id && awaited ? question : NULL;
}

void k230_question_done(struct k230_question *question, int32_t status)
{
    question->status = status;
    question->state = question->state == K230_CALL_ABANDONED ? K230_CALL_IDLE : K230_CALL_DONE;
}

void k230_question_abandon(struct k230_client *client, int token)
{
    k230_client_lock(client);
    struct k230_question *question = of_token(client, token);
    if (question && question->state == K230_CALL_PENDING)
        question->state = K230_CALL_ABANDONED;
    else if (question && question->state == K230_CALL_DONE)
        end(client, question);
    k230_client_unlock(client);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

struct wait {
    struct k230_client *client;
    uint32_t op;
    int token;
};

static int ready(void *arg)
{
    const struct wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_client_lock(client);
    if (client->session == K230_SESSION_LIVE)
        k230_call_drain(client);
    bool found = client->session != K230_SESSION_LIVE;
    if (wait->token == 0) {
        found = found || (unused(client, wait->op) && k230_call_room(client));
    } else {
        const struct k230_question *question = of_token(client, wait->token);
        found = found || !question || question->state == K230_CALL_DONE;
    }
    k230_client_unlock(client);
    return found ? 0 : K230_NOT_READY;
}

uint32_t k230_question_hints(int token) { return token == 0 ? K230_ALL_HINTS : k230_hint((uint32_t)token & 0xFFFFu); }

int k230_question_wait(struct k230_client *client, uint32_t op, int token, uint64_t deadline_ms)
{
    struct wait wait = {client, op, token};
    return k230_client_wait(client, k230_question_hints(token), deadline_ms, ready, &wait);
}
