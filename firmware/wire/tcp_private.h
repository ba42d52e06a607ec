/* What the listener and its announcements share. */
#ifndef TCP_PRIVATE_H
#define TCP_PRIVATE_H

#include "k230_wire_tcp.h"
#include "wire_private.h"

static inline uint64_t k230i_tcp_now(const struct k230_wire_tcp *tcp)
{
    struct k230_hal *hal = tcp->client->engine.hal;
    return hal->ops->now_ms(hal);
}

/* Sleeps until the operation may get further, a turn at most. False: it was taken back, because `until` is past or,
 * unless it belongs to the goodbye, because the server ends. */
bool k230i_tcp_rest(struct k230_wire_tcp *tcp, struct k230_operation *op, uint64_t until, bool is_goodbye);

/* A whole operation, `call`, which uses `op`: its result, or -ETIMEDOUT. */
#define K230I_TCP_FINISH(status, tcp, op, until, is_goodbye, call)                                                     \
    do {                                                                                                               \
        memset(&(op), 0, sizeof(op));                                                                                  \
        while (((status) = (call)) == -K230_PENDING)                                                                   \
            if (!k230i_tcp_rest(tcp, &(op), until, is_goodbye)) {                                                      \
                (status) = -K230_ETIMEDOUT;                                                                            \
                break;                                                                                                 \
            }                                                                                                          \
    } while (0)

/* A socket that outlives a soft reboot; -enum k230_error. */
int k230i_tcp_socket(struct k230_wire_tcp *tcp, int family, int type);

/* Tells the PCs of the network that the device is there, if it is time; and that it is gone. */
void k230i_tcp_announce(struct k230_wire_tcp *tcp);
void k230i_tcp_withdraw(struct k230_wire_tcp *tcp);

#endif
