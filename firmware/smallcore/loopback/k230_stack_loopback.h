/* A network within the agent's own memory: connections and datagrams at 127.0.0.1 between its own sockets, over IPv4.
 * For a board that has no driver yet, and the smallest example of a stack port.
 *
 * Promises: nothing is allocated and no operating system is called; time and sleep are the hal's. Buffers are short, so
 * that senders meet a full one. Connects are not over at once, as on a real stack. Datagrams that do not fit are lost,
 * as are those to a port that nobody has.
 *
 * Contexts: as k230_stack.h; k230_stack_wake may be called where the hal's wake may.
 */
#ifndef K230_STACK_LOOPBACK_H
#define K230_STACK_LOOPBACK_H

#include "k230_stack.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef K230_LOOPBACK_SOCKS
#define K230_LOOPBACK_SOCKS 48 /* those that wait to be accepted included */
#endif
#ifndef K230_LOOPBACK_BYTES
#define K230_LOOPBACK_BYTES 4096u /* that wait to be received, per socket */
#endif
#define K230_LOOPBACK_OPTIONS 4
#define K230_LOOPBACK_ANSWERS 4

struct k230_loopback_sock {
    uint8_t state; /* enum loopback_state, stack_loopback.c */
    uint8_t type;
    bool connecting; /* the connect's result has not been taken */
    bool ended;      /* the peer sends no more */
    bool gone;       /* the peer takes no more */
    bool shut_in;
    bool shut_out;
    int peer;        /* the other end of a connection, or -1 */
    int listener;    /* whose queue this connection waits in, or -1 */
    uint32_t queued; /* its place there */
    uint32_t backlog;
    int error; /* pending, -enum k230_error */
    uint32_t watched;
    uint32_t tag;
    struct k230_addr local;
    struct k230_addr remote;
    struct {
        int level;
        int option;
        uint32_t length; /* 0 = unused */
        uint8_t value[8];
    } options[K230_LOOPBACK_OPTIONS];
    uint32_t head;   /* position of the first byte in `bytes` */
    uint32_t filled; /* bytes there; of datagrams with their headers */
    uint8_t bytes[K230_LOOPBACK_BYTES];
};

struct k230_stack {
    struct k230_hal *hal;
    uint32_t doorbell_seen;
    uint32_t queued; /* connections that ever waited to be accepted */
    uint16_t next_port;
    uint32_t answers;
    struct {
        uint32_t tag;
        int status;
        struct k230_addr addr;
        char canon[K230_HOST_MAX + 1];
    } answer[K230_LOOPBACK_ANSWERS];
    struct k230_loopback_sock socks[K230_LOOPBACK_SOCKS];
};

/* `hal` is the agent's end of the link: its doorbell ends k230_stack_wait. */
void k230_stack_loopback_init(struct k230_stack *stack, struct k230_hal *hal);

#ifdef __cplusplus
}
#endif
#endif
