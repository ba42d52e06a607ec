/* Inside the PAL: what its files call of each other. */
#ifndef K230_PAL_PRIVATE_H
#define K230_PAL_PRIVATE_H

#include "k230_pal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The result of a call: as it is, or -1 with the error kept. */
int k230i_pal_result(struct k230_pal *pal, struct k230_pal_sock *sock, int result);
/* k230_pal_errno for an error of a stream. */
int k230i_pal_stream_errno(const struct k230_pal_sock *sock, int result);
/* Makes `news` come for the socket. True: it did not before, look once more. */
bool k230i_pal_arm(struct k230_pal *pal, struct k230_pal_sock *sock);
/* One step of waiting for an operation that began then. False: the time is over, it is taken back, *error says why. */
bool k230i_pal_waits(struct k230_pal *pal, struct k230_operation *op, uint64_t begun_ms, int *error);
/* A stream that was connecting: looks whether that is over. */
void k230i_pal_settle_connect(struct k230_pal *pal, struct k230_pal_sock *sock);
/* A listener: fetches a connection if one waits. */
void k230i_pal_fetch(struct k230_pal *pal, struct k230_pal_sock *listener);

#ifdef __cplusplus
}
#endif
#endif
