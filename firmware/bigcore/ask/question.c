/* Questions that are no socket's. */
#include "ask_private.h"

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

static struct k230_question *of_token_locked(struct k230_client *client, int token)
{
    K230_CHECK_HELD(&client->engine.lock);
    for (uint32_t i = 0; token > 0 && i < K230_QUESTION_MAX; i++)
        if (client->ask.questions[i].id == (uint32_t)token && client->ask.questions[i].state != K230_CALL_IDLE)
            return &client->ask.questions[i];
    return NULL;
}

static struct k230_question *unused_locked(struct k230_client *client, uint32_t op)
{
    K230_CHECK_HELD(&client->engine.lock);
    const struct range range = range_of(op);
    for (uint32_t i = range.first; i < range.end; i++)
        if (client->ask.questions[i].state == K230_CALL_IDLE)
            return &client->ask.questions[i];
    return NULL;
}

int k230i_question_begin_locked(struct k230_client *client, uint16_t op, struct k230_question **question)
{
    K230_CHECK_HELD(&client->engine.lock);
    if (client->engine.session != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    struct k230_question *found = unused_locked(client, op);
    if (!found || !k230_engine_room_locked(&client->engine))
        return -K230_EAGAIN;
    found->sequence = found->sequence % 0x7FFFu; /* 15 bits of it keep the token positive */
    found->id = k230_engine_request_id(lane_of((uint32_t)(found - client->ask.questions)), &found->sequence);
    k230_engine_request_locked(&client->engine, found->id, op, 0);
    *question = found;
    return 0;
}

int k230i_question_publish_locked(struct k230_client *client, struct k230_question *question)
{
    K230_CHECK_HELD(&client->engine.lock);
    question->state = K230_CALL_PENDING;
    k230_engine_publish_locked(&client->engine);
    return (int)question->id;
}

static void end_locked(struct k230_client *client, struct k230_question *question)
{
    K230_CHECK_HELD(&client->engine.lock);
    question->state = K230_CALL_IDLE;
    k230_engine_wake_locked(&client->engine, K230_ALL_HINTS); /* somebody may wait for a record */
}

int k230i_question_end_locked(struct k230_client *client, int token, uint32_t *index)
{
    K230_CHECK_HELD(&client->engine.lock);
    struct k230_question *question = of_token_locked(client, token);
    if (!question || question->state == K230_CALL_ABANDONED)
        return -K230_EBADF;
    if (question->state == K230_CALL_PENDING)
        return -K230_PENDING;
    *index = (uint32_t)(question - client->ask.questions);
    *index -= *index < K230_RESOLVE_MAX ? 0 : K230_RESOLVE_MAX;
    end_locked(client, question);
    return question->status;
}

struct k230_question *k230i_question_answered_locked(struct k230_client *client,
                                                     const struct k230_completion *completion, uint32_t index)
{
    K230_CHECK_HELD(&client->engine.lock);
    struct k230_question *question = &client->ask.questions[range_of(completion->op).first + index];
    const bool awaited = question->state == K230_CALL_PENDING || question->state == K230_CALL_ABANDONED;
    return question->id == completion->id && awaited ? question : NULL;
}

void k230i_question_done_locked(struct k230_client *client, struct k230_question *question, int32_t status)
{
    K230_CHECK_HELD(&client->engine.lock);
    (void)client;
    question->status = status;
    question->state = question->state == K230_CALL_ABANDONED ? K230_CALL_IDLE : K230_CALL_DONE;
}

void k230_ask_abandon(struct k230_client *client, int token)
{
    k230_engine_lock(&client->engine);
    struct k230_question *question = of_token_locked(client, token);
    if (question && question->state == K230_CALL_PENDING)
        question->state = K230_CALL_ABANDONED;
    else if (question && question->state == K230_CALL_DONE)
        end_locked(client, question);
    k230_engine_unlock(&client->engine);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

struct question_wait {
    struct k230_client *client;
    uint32_t op;
    int token;
};

static int ready(void *arg)
{
    const struct question_wait *wait = arg;
    struct k230_client *client = wait->client;
    k230_engine_lock(&client->engine);
    bool found = client->engine.session != K230_SESSION_LIVE;
    if (wait->token == 0) {
        found = found || (unused_locked(client, wait->op) && k230_engine_room_locked(&client->engine));
    } else {
        const struct k230_question *question = of_token_locked(client, wait->token);
        found = found || !question || question->state == K230_CALL_DONE;
    }
    k230_engine_unlock(&client->engine);
    return found ? 0 : K230_NOT_READY;
}

uint32_t k230_ask_hints(int token) { return token == 0 ? K230_ALL_HINTS : k230_hint((uint32_t)token & 0xFFFFu); }

int k230_ask_wait(struct k230_client *client, uint32_t op, int token, uint64_t deadline_ms)
{
    struct question_wait wait = {client, op, token};
    return k230_engine_wait(&client->engine, k230_ask_hints(token), deadline_ms, ready, &wait);
}

void k230_ask_abandon_all(struct k230_client *client)
{
    for (uint32_t i = 0; i < K230_QUESTION_MAX; i++)
        k230_ask_abandon(client, (int)client->ask.questions[i].id);
}
