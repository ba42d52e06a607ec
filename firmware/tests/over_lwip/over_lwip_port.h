/* A port of over_lwip/ whose stack below is over_lwip_test.cpp's double. */
#ifndef K230_OVER_LWIP_PORT_H
#define K230_OVER_LWIP_PORT_H

#include "k230_over_lwip.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

#define K230_OVER_LWIP_IPV6 1

struct k230_stack {
    struct k230_lwip_sockets sockets;
};

#endif
