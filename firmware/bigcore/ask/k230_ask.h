/* Questions to the agent that are no socket's: look-ups of names, its interfaces, its network.
 *
 * Promises: as k230_sock.h. A question is begun, waited for, and ended or abandoned; its answer needs no caller to
 * stand by.
 *
 * Contexts: any number of threads; one question in one thread at a time. Not from an interrupt.
 */
#ifndef K230_ASK_H
#define K230_ASK_H

#include "k230_client.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How the layer is registered with the engine. */
extern const struct k230_layer k230_ask_layer;

/* ---- questions; `op` is K230_OP_RESOLVE or K230_OP_INTERFACE ----------------------------------------------------- */

/* Sleeps until the question has an answer; with token 0 until another one may be begun. */
int k230_ask_wait(struct k230_client *client, uint32_t op, int token, uint64_t deadline_ms);
uint32_t k230_ask_hints(int token); /* for k230_arm */
void k230_ask_abandon(struct k230_client *client, int token);
void k230_ask_abandon_all(struct k230_client *client); /* of a client that begins anew */

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Begins a look-up; a token (> 0), or -EAGAIN when all are in use (wait with k230_resolve_wait and token 0).
 * `host` may be "" with K230_AI_PASSIVE; `service` may be NULL. */
int k230_resolve_begin(struct k230_client *client, const char *host, const char *service, int family, int type,
                       int proto, int flags);
/* The number of addresses (at most `room` are stored), -error, or -K230_PENDING. The canonical name goes to `canon`
 * (K230_HOST_MAX + 1 bytes) unless that is NULL. The token ends with any other answer than -K230_PENDING. */
int k230_resolve_end(struct k230_client *client, int token, struct k230_addr *addrs, uint32_t room, char *canon);
int k230_resolve_wait(struct k230_client *client, int token, uint64_t deadline_ms);
void k230_resolve_abandon(struct k230_client *client, int token);

/* ---- the small core's network ------------------------------------------------------------------------------------ */

/* Begins to ask for the facts of an interface; a token (> 0), or -EAGAIN when as many questions are under way as can be
 * (wait with k230_interface_wait and token 0), or -EOPNOTSUPP: this agent does not know the question. */
int k230_interface_begin(struct k230_client *client, uint32_t index);
/* The number of interfaces, *facts filled; -ENOENT: not so many; -error, or -K230_PENDING. The token ends with any
 * other answer than -K230_PENDING. */
int k230_interface_end(struct k230_client *client, int token, struct k230_interface *facts);
int k230_interface_wait(struct k230_client *client, int token, uint64_t deadline_ms);
void k230_interface_abandon(struct k230_client *client, int token);

/* One word, >= 0: K230_NETWORK_LINK and K230_NETWORK_ADDRESS in the low byte, above them 12 bits that count the changes
 * of the addresses, above those 11 bits that count sessions. An agent that restarts with the addresses it had counts
 * none. -ECONNRESET: no session. As of the last look. */
int k230_network(struct k230_client *client);
/* Sleeps until it is no longer `seen`, or the session is over. */
int k230_network_wait(struct k230_client *client, int seen, uint64_t deadline_ms);

/* With k230_client_attend: `tell` is called by that thread with the word that holds and then with each new one, from a
 * k230_op_network with K230_NETWORK_LISTEN, or k230_pal_start, until k230_client_reset. Meanwhile a session that ends
 * is followed by a new one. Call it before anything else. */
void k230_client_on_network(struct k230_client *client, void (*tell)(void *arg, uint32_t word), void *arg);

/* From here on the listener is told, if there is one, first of the word that holds now; and no longer. */
void k230_network_watch(struct k230_client *client);
void k230_network_unwatch(struct k230_client *client);

/* Carrier, as the agent had it at the last look. */
bool k230_network_link(struct k230_client *client);

#ifdef __cplusplus
}
#endif
#endif
