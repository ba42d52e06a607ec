/* Inside the ask layer: questions, whatever they are about. `op` is K230_OP_RESOLVE or K230_OP_INTERFACE. */
#ifndef K230_ASK_PRIVATE_H
#define K230_ASK_PRIVATE_H

#include "k230_ask.h"
#include "k230_check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* question.c */
/* 0: *question is the caller's, engine.outgoing its request: fill it and publish it. -K230_EAGAIN: as many as there can
 * be are under way; -K230_ECONNRESET. */
int k230i_question_begin_locked(struct k230_client *client, uint16_t op, struct k230_question **question);
int k230i_question_publish_locked(struct k230_client *client, struct k230_question *question); /* the token */
/* The status of the answer, which is at *index of `names` or `facts`; the token has ended. Or -K230_PENDING, or
 * -K230_EBADF. */
int k230i_question_end_locked(struct k230_client *client, int token, uint32_t *index);
/* The question that this is an answer to, or NULL: nobody waits for it. `index` is in range. */
struct k230_question *k230i_question_answered_locked(struct k230_client *client,
                                                     const struct k230_completion *completion, uint32_t index);
void k230i_question_done_locked(struct k230_client *client, struct k230_question *question, int32_t status);

/* network.c */
uint32_t k230i_network_take_locked(struct k230_client *client); /* the region is there; the hints of who is concerned */
void k230i_network_attended(struct k230_client *client);        /* no lock held */

#ifdef __cplusplus
}
#endif
#endif
