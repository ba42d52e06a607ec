/* What the RT-Thread port needs and SAL has no call for. below_lwip.c has it for lwIP, and for another stack below SAL
 * does nothing; on its own, since lwIP's headers and SAL's cannot be included together.
 *
 * Contexts: the agent's thread. */
#ifndef K230_RTTHREAD_BELOW_H
#define K230_RTTHREAD_BELOW_H

#include <stdbool.h>
#include <stdint.h>

/* Makes 127.0.0.0/8 an interface of this host's own, where the stack can loop at all. Once. */
void k230_rtthread_add_loop(void);

/* bind to 127.x.x.x, which SAL refuses since it is no interface of netdev's. 0, or -1 with errno. */
int k230_rtthread_bind_loop(int fd, const void *address, unsigned length);

/* The interface with lwIP's index, 0: the default one. Its index and IPv4 address (network order), or 0. */
uint32_t k230_rtthread_interface(uint32_t index, uint8_t address[4]);

/* RST on the connection of this descriptor, now. It stays open. */
void k230_rtthread_reset(int fd);

/* Bytes of the connection of this descriptor that its peer has not acknowledged; -1: not known. */
int k230_rtthread_unacknowledged(int fd);

#endif
