/* The agent's stack port on RT-Thread: sockets of SAL (SAL_USING_POSIX), poll, netdev. Meant for RT-Thread 4.x and 5.x
 * and for the K230 vendor's RT-Smart kernels, inside the kernel.
 *
 * Promises: everything of k230_stack.h, with SAL's and lwIP's quirks hidden (each named at the place that hides it).
 * Allocates nothing itself; what SAL, lwIP and poll allocate for a call is theirs.
 *
 * How waiting works: poll of RT-Thread waits for whatever has a wait queue. The doorbell and k230_stack_wake are a
 * device of the port's own with nothing but that, "/dev/k230db": no datagram, so the stack needs no loop, and no lock,
 * so an interrupt may ring. It needs devfs at /dev.
 *
 * Contexts: as k230_stack_rtthread.h's functions say; k230_stack_wake also from an interrupt. init and end from the
 * agent's thread; there is one such stack in a system.
 */
#ifndef K230_STACK_RTTHREAD_H
#define K230_STACK_RTTHREAD_H

#include "k230_over_lwip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Connections that may wait to be accepted: lwIP resets those for which its mailbox has no place
 * (DEFAULT_ACCEPTMBOX_SIZE, 10 in RT-Thread's lwipopts.h), after the peer was told that it is connected. With
 * TCP_LISTEN_BACKLOG lwIP lets peers try again instead, as long as the backlog is no larger than that. */
#ifndef K230_RTTHREAD_BACKLOG
#define K230_RTTHREAD_BACKLOG 10
#endif
/* SAL has no sendmsg and recvfrom does not say that a datagram was cut, so one in two pieces and one for a small room
 * go through a buffer of this many bytes. 65507: the longest over IPv4 (65535 - 20 - 8); longer ones are cut to it. */
#ifndef K230_RTTHREAD_DATAGRAM
#define K230_RTTHREAD_DATAGRAM 65507
#endif
/* Look-ups at a time. lwIP has as many as MEMP_NUM_NETDB, which is 1 (its opt.h) unless raised: the second one then
 * fails with EAI_MEMORY, and the port asks again. */
#ifndef K230_RTTHREAD_HELPERS
#define K230_RTTHREAD_HELPERS 2
#endif
#ifndef K230_RTTHREAD_HELPER_STACK
#define K230_RTTHREAD_HELPER_STACK 3072
#endif
#ifndef K230_RTTHREAD_HELPER_PRIORITY /* above RT-Thread's msh (20), below lwIP's thread (10) */
#define K230_RTTHREAD_HELPER_PRIORITY 15
#endif

enum k230_rtthread_look_up_state {
    K230_LOOK_UP_FREE,
    K230_LOOK_UP_ASKED, /* the helper's until it is DONE */
    K230_LOOK_UP_DONE,
};

struct k230_rtthread_look_up {
    uint32_t state; /* enum k230_rtthread_look_up_state; atomic, whoever stores it gives the rest away */
    uint32_t round; /* of the stack when it was asked: an answer to an earlier round is dropped */
    uint32_t tag;
    struct k230_stack_query query;
    struct k230_stack_answer answer;
};

struct k230_stack {
    struct k230_lwip_sockets sockets;
    int doorbell_fd;

    uint32_t network;       /* K230_NETWORK_* */
    uint64_t network_facts; /* a hash of every interface's state and addresses */
    uint32_t routes;        /* a hash of these and of what else decides where a datagram goes */

    uint32_t round;
    struct k230_rtthread_look_up at_once;         /* the agent's thread's own */
    uint8_t datagram[K230_RTTHREAD_DATAGRAM + 1]; /* one more, to see that one was longer */
};

/* 0, or -enum k230_error. The threads for look-ups are started by the first call and stay. */
int k230_stack_rtthread_init(struct k230_stack *stack);
/* The caller has closed its sockets. */
void k230_stack_rtthread_end(struct k230_stack *stack);

/* Bytes of the stacks of the look-ups' threads that were never used, the smallest; for `k230_agent stat`. False: these
 * threads have not been started. */
bool k230_stack_rtthread_helper_room(uint32_t *least);

#ifdef __cplusplus
}
#endif
#endif
