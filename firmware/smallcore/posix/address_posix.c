#define _GNU_SOURCE
#include "k230_address_posix.h"

#include <netinet/in.h>
#include <string.h>

int k230_to_family(int family)
{
    switch (family) {
    case K230_AF_UNSPEC:
        return AF_UNSPEC;
    case K230_AF_INET:
        return AF_INET;
    case K230_AF_INET6:
        return AF_INET6;
    default:
        return -1;
    }
}

socklen_t k230_to_sockaddr(const struct k230_addr *addr, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (addr->family == K230_AF_INET6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        in6->sin6_scope_id = addr->scope;
        in6->sin6_flowinfo = htonl(addr->flow);
        memcpy(&in6->sin6_addr, addr->ip, 16);
        return sizeof *in6;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    in->sin_family = AF_INET;
    in->sin_port = htons(addr->port);
    memcpy(&in->sin_addr, addr->ip, 4);
    return sizeof *in;
}

void k230_from_sockaddr(const struct sockaddr_storage *from, struct k230_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;
        addr->family = K230_AF_INET6;
        addr->port = ntohs(in6->sin6_port);
        addr->scope = in6->sin6_scope_id;
        addr->flow = ntohl(in6->sin6_flowinfo);
        memcpy(addr->ip, &in6->sin6_addr, 16);
    } else if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        addr->family = K230_AF_INET;
        addr->port = ntohs(in->sin_port);
        memcpy(addr->ip, &in->sin_addr, 4);
    }
}
