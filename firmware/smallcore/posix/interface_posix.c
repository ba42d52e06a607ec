#define _GNU_SOURCE
#include "k230_interface_posix.h"

#include "k230_hal_posix.h" /* k230_from_errno */

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256u

/* ---- files by lines ---------------------------------------------------------------------------------------------- */

/* The next line that fits; longer ones are passed over. */
static bool next_line(FILE *file, char line[LINE_MAX_BYTES])
{
    bool tail = false; /* of a line that is too long */
    while (fgets(line, LINE_MAX_BYTES, file)) {
        const bool whole = strchr(line, '\n') || feof(file);
        if (whole && !tail)
            return true;
        tail = !whole;
    }
    return false;
}

/* ---- routes ------------------------------------------------------------------------------------------------------ */

struct default_route {
    bool found;
    unsigned long metric;
    uint32_t gateway; /* network order; 0 = none */
};

/* The best IPv4 default route by way of this interface. */
static struct default_route default_route_of(const char *name)
{
    struct default_route best = {.found = false};
    FILE *file = fopen("/proc/net/route", "re");
    if (!file)
        return best;
    char line[LINE_MAX_BYTES];
    while (next_line(file, line)) {
        char device[IF_NAMESIZE];
        unsigned destination;
        unsigned gateway;
        unsigned flags;
        unsigned long metric;
        unsigned mask;
        /* Iface Destination Gateway Flags RefCnt Use Metric Mask: addresses as the number that lies in memory */
        if (sscanf(line, "%15s %8x %8x %x %*u %*u %lu %8x", device, &destination, &gateway, &flags, &metric, &mask) !=
                6 ||
            strcmp(device, name) != 0 || destination != 0 || mask != 0 || !(flags & RTF_UP) || flags & RTF_REJECT)
            continue;
        if (!best.found || metric < best.metric)
            best = (struct default_route){true, metric, flags & RTF_GATEWAY ? gateway : 0};
    }
    fclose(file);
    return best;
}

/* ---- which there are --------------------------------------------------------------------------------------------- */

struct candidate {
    char name[IF_NAMESIZE];
    unsigned number; /* the kernel's */
    unsigned flags;  /* IFF_* */
    bool has_address;
    struct default_route route;
};

/* An address may have a label of its own, "eth0:1". */
static bool belongs_to(const struct ifaddrs *one, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(one->ifa_name, name, length) == 0 && (one->ifa_name[length] == 0 || one->ifa_name[length] == ':');
}

static unsigned rank(const struct candidate *one)
{
    const unsigned works = IFF_UP | IFF_RUNNING;
    if (one->route.found)
        return 0;
    return (one->flags & works) == works && one->has_address ? 1 : one->flags & IFF_UP ? 2 : 3;
}

static int by_rank(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (rank(left) != rank(right))
        return rank(left) < rank(right) ? -1 : 1;
    if (left->route.found && left->route.metric != right->route.metric)
        return left->route.metric < right->route.metric ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* The caller frees *out. The count, or -enum k230_error. */
static int candidates(const struct ifaddrs *all, struct candidate **out)
{
    size_t room = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        room++;
    struct candidate *found = calloc(room + 1u, sizeof *found);
    if (!found)
        return -K230_ENOMEM;
    int count = 0;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (one->ifa_flags & IFF_LOOPBACK)
            continue;
        const size_t length = strcspn(one->ifa_name, ":");
        int at = 0;
        while (at < count && !belongs_to(one, found[at].name))
            at++;
        if (at == count) {
            if (length == 0 || length >= sizeof found[at].name)
                continue;
            memcpy(found[at].name, one->ifa_name, length);
            found[at].number = if_nametoindex(found[at].name);
            found[at].flags = one->ifa_flags;
            found[at].route = default_route_of(found[at].name);
            count++;
        }
        if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET)
            found[at].has_address = true;
    }
    qsort(found, (size_t)count, sizeof *found, by_rank);
    *out = found;
    return count;
}

/* ---- what there is to know of one -------------------------------------------------------------------------------- */

static uint32_t prefix_of(const struct sockaddr *mask)
{
    uint32_t bits = 0;
    if (!mask)
        return 128;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)mask;
    for (unsigned i = 0; i < 16; i++)
        bits += (uint32_t)__builtin_popcount(in6->sin6_addr.s6_addr[i]);
    return bits;
}

static void take_address(const struct ifaddrs *one, struct k230_interface *facts, bool *has_ipv4)
{
    if (!one->ifa_addr)
        return;
    switch (one->ifa_addr->sa_family) {
    case AF_INET:
        if (*has_ipv4) /* the first is the one that it speaks with */
            return;
        *has_ipv4 = true;
        memcpy(facts->address, &((const struct sockaddr_in *)one->ifa_addr)->sin_addr, 4);
        if (one->ifa_netmask)
            memcpy(facts->mask, &((const struct sockaddr_in *)one->ifa_netmask)->sin_addr, 4);
        return;
    case AF_INET6:
        if (facts->ipv6_count < K230_INTERFACE_IPV6) {
            const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)one->ifa_addr;
            struct k230_interface_ipv6 *ipv6 = &facts->ipv6[facts->ipv6_count++];
            memcpy(ipv6->ip, &in6->sin6_addr, sizeof ipv6->ip);
            ipv6->scope = in6->sin6_scope_id;
            ipv6->prefix = prefix_of(one->ifa_netmask);
        }
        return;
    case AF_PACKET: {
        const struct sockaddr_ll *link = (const struct sockaddr_ll *)one->ifa_addr;
        if (link->sll_hatype != ARPHRD_ETHER)
            return;
        facts->kind = K230_KIND_ETHERNET; /* a radio looks like it */
        if (link->sll_halen == 6)
            memcpy(facts->mac, link->sll_addr, 6);
        return;
    }
    default:
        return;
    }
}

static bool is_wireless(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/class/net/%s/wireless", name);
    return access(path, F_OK) == 0;
}

static uint32_t mtu_of(const char *name)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool known = any >= 0 && ioctl(any, SIOCGIFMTU, &request) == 0 && request.ifr_mtu > 0;
    if (any >= 0)
        close(any);
    return known ? (uint32_t)request.ifr_mtu : 0;
}

static void describe(const struct candidate *one, const struct ifaddrs *all, struct k230_interface *facts)
{
    bool has_ipv4 = false;
    facts->flags = (one->flags & IFF_UP ? K230_INTERFACE_UP : 0u) |
                   (one->flags & IFF_UP && one->flags & IFF_RUNNING ? K230_INTERFACE_LINK : 0u);
    memcpy(facts->name, one->name, strlen(one->name) + 1u);
    facts->mtu = mtu_of(one->name);
    for (const struct ifaddrs *address = all; address; address = address->ifa_next)
        if (belongs_to(address, one->name))
            take_address(address, facts, &has_ipv4);
    memcpy(facts->gateway, &one->route.gateway, sizeof facts->gateway);
    if (is_wireless(one->name))
        facts->kind = K230_KIND_WIRELESS;
}

int k230_interface_posix(uint32_t index, struct k230_interface *facts)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0)
        return k230_from_errno(errno);
    struct candidate *found = NULL;
    int count = candidates(all, &found);
    if (count >= 0 && index >= (uint32_t)count)
        count = -K230_ENOENT;
    if (count > 0)
        describe(&found[index], all, facts);
    free(found);
    freeifaddrs(all);
    return count;
}

/* ---- name servers ------------------------------------------------------------------------------------------------ */

/* The address after "nameserver"; true if it is one. */
static bool parse_server(char *text, struct k230_addr *server)
{
    text += strspn(text, " \t");
    text[strcspn(text, " \t\r\n;#")] = 0;
    *server = (struct k230_addr){.family = K230_AF_INET, .port = 53};
    if (inet_pton(AF_INET, text, server->ip) == 1)
        return true;
    char *zone = strchr(text, '%');
    if (zone) {
        *zone++ = 0;
        server->scope = if_nametoindex(zone);
    }
    server->family = K230_AF_INET6;
    return inet_pton(AF_INET6, text, server->ip) == 1;
}

void k230_name_servers_posix(const char *path, struct k230_addr servers[K230_INTERFACE_DNS])
{
    static const char keyword[] = "nameserver";
    memset(servers, 0, K230_INTERFACE_DNS * sizeof servers[0]);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    char line[LINE_MAX_BYTES];
    uint32_t count = 0;
    while (count < K230_INTERFACE_DNS && next_line(file, line)) {
        char *rest = line + sizeof keyword - 1;
        struct k230_addr server;
        if (strncmp(line, keyword, sizeof keyword - 1) == 0 && (*rest == ' ' || *rest == '\t') &&
            parse_server(rest, &server))
            servers[count++] = server;
    }
    fclose(file);
}
