/* What the files of over_lwip/ see of this port. */
#ifndef K230_OVER_LWIP_PORT_H
#define K230_OVER_LWIP_PORT_H

#include "rtthread_port.h"

#define K230_OVER_LWIP_IPV6 NETDEV_IPV6 /* it makes IPv6 sockets */

/* SAL passes these on and does not name all of them; lwip/sockets.h. */
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE 3
#define TCP_KEEPINTVL 4
#define TCP_KEEPCNT 5
#endif
#if NETDEV_IPV6 && !defined(IPV6_V6ONLY)
#define IPV6_V6ONLY 27
#endif
#if NETDEV_IPV6 && !defined(IPV6_JOIN_GROUP)
#define IPV6_JOIN_GROUP 12
#define IPV6_LEAVE_GROUP 13
#endif

#endif
