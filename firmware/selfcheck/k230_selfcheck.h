/* What a new board runs first: sockets that talk to each other through the whole path, and check what arrives.
 *
 * Promises: each case says its name and what it found, as one line: "ok NAME" or "FAILED NAME: what". Nothing outside
 * the board is needed: both ends of each connection are the caller's, at 127.0.0.1 in the agent's stack. Nothing of a
 * case is left behind. A wait that brings nothing ends after K230_SELFCHECK_MS and is a failure.
 *
 * Contexts: a thread that may sleep, on the big core; one at a time. No other socket of the client need be closed.
 */
#ifndef K230_SELFCHECK_H
#define K230_SELFCHECK_H

#include "k230_op.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_SELFCHECK_MS 10000

struct k230_selfcheck {
    struct k230_client *client;
    void (*say)(void *arg, const char *line); /* without a line feed */
    void *arg;
    const char *group; /* in front of each name, as "TwoHarts."; NULL: nothing */
    uint32_t passed;
    uint32_t failed;
};

/* The caller fills what stands above the counts; true when no case failed. */
bool k230_selfcheck_run(struct k230_selfcheck *check);

/* Puts a number, and text around it, into a line; for boards without printf. Cut to the room. */
void k230_selfcheck_text(char *line, uint32_t room, const char *text);
void k230_selfcheck_number(char *line, uint32_t room, int64_t number);

#ifdef __cplusplus
}
#endif
#endif
