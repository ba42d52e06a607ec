#define _GNU_SOURCE
#include "k230_network_posix.h"
#include "k230_stack.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the kernel's news ------------------------------------------------------------------------------------------- */

#define MESSAGES 64 /* taken at a time; the others make the descriptor readable again */

int k230_network_news_open(void)
{
    const struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                       .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                                    RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
                                                    1u << (RTNLGRP_IPV6_RULE - 1)};
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&groups, sizeof groups) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

void k230_network_news_take(int fd)
{
    /* What it says is not read: messages get lost when there are many (ENOBUFS), the state does not. */
    char bytes[4096];
    for (unsigned i = 0; i < MESSAGES && (recv(fd, bytes, sizeof bytes, 0) > 0 || errno == ENOBUFS); i++)
        errno = 0;
}

/* ---- the state --------------------------------------------------------------------------------------------------- */

/* The bytes of an address that others can reach, and how many; 0 for any other. */
static uint32_t ip_of(const struct sockaddr *addr, const void **ip)
{
    if (addr->sa_family == AF_INET) {
        *ip = &((const struct sockaddr_in *)addr)->sin_addr;
        return sizeof(struct in_addr);
    }
    *ip = &((const struct sockaddr_in6 *)addr)->sin6_addr;
    return addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)*ip) ? sizeof(struct in6_addr)
                                                                                               : 0;
}

static void look(struct k230_network *network)
{
    const unsigned linked = IFF_UP | IFF_RUNNING;
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return;
    uint32_t flags = 0, digest = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (one->ifa_flags & IFF_LOOPBACK)
            continue;
        if ((one->ifa_flags & linked) == linked)
            flags |= K230_NETWORK_LINK;
        const void *ip, *mask;
        const uint32_t length = one->ifa_addr && one->ifa_flags & IFF_UP ? ip_of(one->ifa_addr, &ip) : 0;
        if (length == 0)
            continue;
        flags |= K230_NETWORK_ADDRESS;
        mask = ip;
        if (one->ifa_netmask)
            mask = one->ifa_addr->sa_family == AF_INET
                       ? (const void *)&((const struct sockaddr_in *)one->ifa_netmask)->sin_addr
                       : (const void *)&((const struct sockaddr_in6 *)one->ifa_netmask)->sin6_addr;
        digest += k230_stack_digest(ip, mask, length);
    }
    freeifaddrs(all);
    network->word = flags | digest;
}

void k230_network_open(struct k230_network *network)
{
    memset(network, 0, sizeof *network);
    network->fd = k230_network_news_open();
    look(network);
}

void k230_network_look(struct k230_network *network)
{
    k230_network_news_take(network->fd);
    network->news++;
    look(network);
}

void k230_network_close(struct k230_network *network)
{
    if (network->fd >= 0)
        close(network->fd);
    network->fd = -1;
}
