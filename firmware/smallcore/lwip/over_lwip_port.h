/* What the files of over_lwip/ see of this port. */
#ifndef K230_OVER_LWIP_PORT_H
#define K230_OVER_LWIP_PORT_H

#define _GNU_SOURCE
#include "k230_stack_lwip.h"

#include <lwip/sockets.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#define K230_OVER_LWIP_IPV6 LWIP_IPV6 /* it makes IPv6 sockets */

#endif
