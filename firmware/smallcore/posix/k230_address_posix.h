/* Addresses between the wire and this machine's <sys/socket.h>, for every stack port that uses the host's structures.
 *
 * Contexts: anywhere; there is no state.
 */
#ifndef K230_ADDRESS_POSIX_H
#define K230_ADDRESS_POSIX_H

#include "k230_protocol.h"

#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The host's number of a family, or -1. */
int k230_to_family(int family);
/* The bytes of *out that are used. */
socklen_t k230_to_sockaddr(const struct k230_addr *addr, struct sockaddr_storage *out);
/* A family that the wire does not know gives an address of family 0. */
void k230_from_sockaddr(const struct sockaddr_storage *from, struct k230_addr *addr);

#ifdef __cplusplus
}
#endif
#endif
