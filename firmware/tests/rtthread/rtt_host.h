/* Between the two halves of the stand-in for SAL, which cannot see each other's headers: the kernel's sockets with the
 * wire's numbers (k230_protocol.h). Every result is >= 0 or -errno of this machine. */
#ifndef RTT_HOST_H
#define RTT_HOST_H

#include "k230_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

int rtt_host_socket(bool is_ipv6, bool is_datagram);
void rtt_host_close(int fd);
void rtt_host_reset(int fd);
int rtt_host_unacknowledged(int fd);
int rtt_host_nonblocking(int fd);
int rtt_host_bind(int fd, const struct k230_addr *addr);
int rtt_host_listen(int fd, int backlog);
int rtt_host_accept(int fd, struct k230_addr *peer);
int rtt_host_connect(int fd, const struct k230_addr *addr); /* NULL: to nobody */
int rtt_host_shutdown(int fd);
int rtt_host_local(int fd, struct k230_addr *addr);
int rtt_host_peer(int fd, struct k230_addr *addr);
int rtt_host_setopt(int fd, int level, int option, const void *value, unsigned length);
int rtt_host_getopt(int fd, int level, int option, int *value);
int rtt_host_send(int fd, const void *bytes, size_t count, bool more, const struct k230_addr *to);
int rtt_host_recv(int fd, void *bytes, size_t count, struct k230_addr *from);
int rtt_host_look_up(const char *host, int family, struct k230_addr *addr); /* 0 or -1 */

struct rtt_polled {
    int fd; /* negative: passed over */
    bool in, out, error;
};
/* in and out say what is wanted, and then what there is; kicked: rtt_host_kick has been called. */
void rtt_host_poll(struct rtt_polled *polled, unsigned count, bool may_kick, int timeout_ms);
void rtt_host_kick(void);

/* ---- for tests: one interface, e0, at 127.0.0.1 and ::1 ---------------------------------------------------------- */

/* The interface goes up or down, its cable in or out, as a driver says it; its callbacks are called. */
void rtt_interface(bool up, bool link);
void rtt_interface_address(const uint8_t ip[4]);
void rtt_interface_gateway(const uint8_t ip[4]);
/* As the first boot has it. `count` earlier calls of an application's own callbacks are counted. */
void rtt_interface_reset(void);
unsigned rtt_application_calls(void);
/* From now on this many descriptors are left; -1: no limit. */
void rtt_descriptors_left(int count);
/* getaddrinfo fails as often as this with EAI_MEMORY. */
void rtt_look_ups_without_memory(int count);

#ifdef __cplusplus
}
#endif
#endif
