/* The interfaces of a Linux machine as k230_stack_interface wants them, asked of the kernel at each call.
 *
 * Promises: no command is run; /proc, /sys and resolv.conf are read with bounds, and a line that is none of theirs is
 * passed over. The interface with the IPv4 default route of the lowest metric comes first, then those that are up and
 * have an address, then the others; the loop is left out. DHCP is not told: the kernel does not know of it.
 *
 * Contexts: any thread.
 */
#ifndef K230_INTERFACE_POSIX_H
#define K230_INTERFACE_POSIX_H

#include "k230_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many there are, *facts filled but for its `dns`; or -ENOENT, or -enum k230_error. */
int k230_interface_posix(uint32_t index, struct k230_interface *facts);

/* The first name servers of a file like /etc/resolv.conf (resolv.conf(5)), in its order. None if it cannot be read. */
#define K230_RESOLV_CONF "/etc/resolv.conf"
void k230_name_servers_posix(const char *path, struct k230_addr servers[K230_INTERFACE_DNS]);

#ifdef __cplusplus
}
#endif
#endif
