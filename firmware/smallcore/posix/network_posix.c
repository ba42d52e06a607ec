#define _GNU_SOURCE
#include "k230_network_posix.h"

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
    while (recv(fd, bytes, sizeof bytes, 0) > 0 || errno == ENOBUFS)
        errno = 0;
}

/* ---- the state --------------------------------------------------------------------------------------------------- */

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv */
static uint64_t hash(uint64_t so_far, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        so_far = (so_far ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
    return so_far;
}

static size_t length_of(const struct sockaddr *addr)
{
    return addr->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
           : addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                         : 0;
}

static bool reaches_others(const struct sockaddr *addr)
{
    if (addr->sa_family == AF_INET)
        return true;
    return addr->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)addr)->sin6_addr);
}

static uint64_t facts_of(const struct ifaddrs *all, uint32_t *flags)
{
    const unsigned shown = IFF_UP | IFF_RUNNING;
    uint64_t facts = 0xCBF29CE484222325u;
    *flags = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (one->ifa_flags & IFF_LOOPBACK)
            continue;
        const unsigned state = one->ifa_flags & shown;
        if (state == shown)
            *flags |= K230_NETWORK_LINK;
        facts = hash(facts, one->ifa_name, strlen(one->ifa_name));
        facts = hash(facts, &state, sizeof state);
        if (!one->ifa_addr || length_of(one->ifa_addr) == 0)
            continue;
        if ((state & IFF_UP) && reaches_others(one->ifa_addr))
            *flags |= K230_NETWORK_ADDRESS;
        facts = hash(facts, one->ifa_addr, length_of(one->ifa_addr));
        if (one->ifa_netmask)
            facts = hash(facts, one->ifa_netmask, length_of(one->ifa_addr));
    }
    return facts;
}

static void look(struct k230_network *network)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return;
    uint32_t flags;
    const uint64_t facts = facts_of(all, &flags);
    freeifaddrs(all);
    if (facts == network->facts)
        return;
    network->facts = facts;
    const uint32_t count = (network->word >> K230_NETWORK_COUNT_SHIFT) + 1u;
    network->word = flags | count << K230_NETWORK_COUNT_SHIFT;
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
