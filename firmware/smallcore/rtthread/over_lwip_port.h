/* What the files of over_lwip/ see of this port. */
#ifndef K230_OVER_LWIP_PORT_H
#define K230_OVER_LWIP_PORT_H

#include "rtthread_port.h"

#if NETDEV_IPV6 && !defined(IPV6_V6ONLY)
#define IPV6_V6ONLY 27 /* SAL passes it on and does not name it; lwip/sockets.h */
#endif

#endif
