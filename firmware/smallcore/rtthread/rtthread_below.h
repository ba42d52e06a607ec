/* What the RT-Thread port needs and SAL has no call for. below_lwip.c has it for lwIP, and for another stack below SAL
 * does nothing; on its own, since lwIP's headers and SAL's cannot be included together.
 *
 * Contexts: the agent's thread. */
#ifndef K230_RTTHREAD_BELOW_H
#define K230_RTTHREAD_BELOW_H

#include <stdbool.h>

/* Makes 127.0.0.0/8 an interface of this host's own, where the stack can loop at all. Once. */
void k230_rtthread_add_loop(void);

/* bind to 127.x.x.x, which SAL refuses since it is no interface of netdev's. 0, or -1 with errno. */
int k230_rtthread_bind_loop(int fd, const void *address, unsigned length);

/* RST on the connection of this descriptor, now. It stays open. */
void k230_rtthread_reset(int fd);

#endif
