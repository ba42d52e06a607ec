/* The Wire Protocol over TCP: a listener on sockets of the client, so the small core's network carries it.
 *
 * Promises
 * - A peer that the allow-list does not name is closed and logged before a byte of it is read. Without an entry in the
 *   list nothing listens.
 * - One PC at a time. A second one gets one line of text as K230_WIRE_MESSAGE, with the address of the first, then its
 *   connection is closed. A PC that vanishes without a word is noticed by TCP's keep-alive within about 30 s.
 * - While no PC is connected, "+:IP:PORT" goes out each second to UDP port 23657: by broadcast into the network of each
 *   interface of the small core, and to each address of `announce`. At the end "-:IP:PORT" goes the same ways.
 * - An agent that dies ends the PC's connection; once it is back, the listener and its announcements are.
 * - Its sockets outlive a soft reboot of managed code (k230_sock_stay). There are four at most.
 *
 * Contexts: as k230_wire.h says of a transport; the waits are those of k230_op_sleep, so also where a thread attends
 * the client.
 */
#ifndef K230_WIRE_TCP_H
#define K230_WIRE_TCP_H

#include "k230_op.h"
#include "k230_wire.h"
#include "k230_wire_allow.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_WIRE_PORT 26000u           /* where a device listens unless its owner chooses another port */
#define K230_WIRE_DISCOVERY_PORT 23657u /* where the tools of a PC listen for announcements */
#define K230_WIRE_ANNOUNCE_MS 1000u
#define K230_WIRE_ANNOUNCE_MAX 4u   /* addresses that are announced to one by one */
#define K230_WIRE_INTERFACES_MAX 4u /* interfaces whose networks are announced in */
#define K230_WIRE_REFUSED_MS 1000u  /* how long a second PC has to take its line of text */

struct k230_wire_tcp {
    struct k230_wire_transport transport; /* first */
    struct k230_client *client;
    struct k230_wire_allow allow;
    /* The owner's, after k230_wire_tcp_init and before k230_wire_open. */
    struct k230_addr at; /* where to listen; any address, over IPv6 too if the allow-list names some, and 127.0.0.1 if
                          * it names nothing else */
    bool broadcasts;     /* true, unless it listens at 127.0.0.1 alone */
    uint16_t discovery_port;
    uint32_t announce_count;
    struct k230_addr announce[K230_WIRE_ANNOUNCE_MAX];
    /* The transport's own. Handles are -1 while there is none. */
    uint32_t port; /* atomic: where it listens, 0 = it does not */
    int32_t listener;
    int32_t peer; /* atomic: a write may be under way in another thread */
    int32_t refused;
    int32_t announcer;
    struct k230_addr peer_addr;
    uint64_t refused_until;
    bool second_waits; /* a connection beside the PC's, until `second_until` */
    uint64_t second_until;
    uint64_t announced_ms;
    bool announced; /* at least once: there is something to take back */
    uint32_t known; /* interfaces at the last look */
    struct k230_interface interfaces[K230_WIRE_INTERFACES_MAX];
    char text[64]; /* transport.name */
};

/* `port` 0: any free one, and the same one after an agent's restart. */
void k230_wire_tcp_init(struct k230_wire_tcp *tcp, struct k230_client *client, uint16_t port,
                        const struct k230_wire_allow *allow);

/* One more address that announcements go to, "192.168.7.20"; false if it is no address of IPv4, or one too many. */
bool k230_wire_tcp_announce_to(struct k230_wire_tcp *tcp, const char *addr);

/* Where it listens, 0 while it does not. Any thread. */
uint16_t k230_wire_tcp_port(const struct k230_wire_tcp *tcp);

#ifdef __cplusplus
}
#endif
#endif
