/* Inside the lwIP port. */
#ifndef K230_LWIP_PORT_H
#define K230_LWIP_PORT_H

#include "k230_stack_lwip.h"

#include <errno.h>

/* lwIP sets errno only where it fails, and not always there; it is read at once and only after -1. */
#define K230_LWIP_CALL(call) (errno = 0, (call))

/* The name of what errno says after a call of lwIP that gave -1. */
int k230_lwip_error(void);
static inline int k230_lwip_result(long result) { return result < 0 ? k230_lwip_error() : (int)result; }

/* net_lwip.c; any thread */
void k230_lwip_look_at_cable(void);                                    /* is the device's other end up? */
uint32_t k230_lwip_network(void);                                      /* K230_NETWORK_* */
int k230_lwip_interface(uint32_t index, struct k230_interface *facts); /* k230_stack_interface */

#endif
