/* Which peers a listener lets in: a list of addresses and networks.
 *
 * "192.168.1.0/24,10.0.0.7,fd00::/8": entries divided by commas, blanks around them ignored. An address stands for
 * itself, ADDRESS/BITS for its network. There is no default, and no entry means nobody. An IPv4 peer that an IPv6
 * listener shows as ::ffff:1.2.3.4 counts as 1.2.3.4, in the list too.
 */
#ifndef K230_WIRE_ALLOW_H
#define K230_WIRE_ALLOW_H

#include "k230_protocol.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define K230_WIRE_NETWORKS 16u

struct k230_wire_network {
    uint8_t ip[16]; /* network order; IPv4 uses the first four; zeros behind the prefix */
    uint8_t family; /* enum k230_family */
    uint8_t bits;   /* 0 to 32, or to 128 */
};

struct k230_wire_allow {
    uint32_t count;
    struct k230_wire_network networks[K230_WIRE_NETWORKS];
};

/* The number of entries; or -EINVAL, with *wrong (unless NULL) at the entry in `text` that is none; or -ENOBUFS for
 * more than K230_WIRE_NETWORKS. After an error nobody is let in. */
int k230_wire_allow_parse(struct k230_wire_allow *allow, const char *text, const char **wrong);

bool k230_wire_allows(const struct k230_wire_allow *allow, const struct k230_addr *peer);

/* Whether only addresses of 127.0.0.0/8 are let in, and at least one. */
bool k230_wire_allows_loopback_alone(const struct k230_wire_allow *allow);

/* An address as text, "10.0.0.7" or "fd00::7", of `length` bytes without a zero; false if it is none. The port is 0. */
bool k230_wire_parse_addr(const char *text, size_t length, struct k230_addr *addr);

#define K230_WIRE_ADDR_TEXT 46u /* the longest IPv6 address, and a zero */
/* The address without its port, ended by a zero. */
void k230_wire_format_addr(const struct k230_addr *addr, char text[K230_WIRE_ADDR_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
