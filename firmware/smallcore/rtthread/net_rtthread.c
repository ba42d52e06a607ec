/* The network interfaces as netdev has them.
 *
 * A netdev has one place for a callback of each kind. The port takes both and passes each call on to who had it, so a
 * Wi-Fi manager that came earlier goes on working; one that comes later takes the port's place, and then a change is
 * seen at the agent's next watchdog look. */
#include "rtthread_port.h"

#include <string.h>

#define CALLBACKS 4u /* interfaces whose earlier callbacks are remembered */

struct earlier {
    struct netdev *netdev;
    netdev_callback_fn status;
    netdev_callback_fn addr;
};
static struct earlier s_earlier[CALLBACKS];

/* ---- walking the list -------------------------------------------------------------------------------------------- */

/* netdev's list is changed with interrupts off, and only by drivers that come and go. */
static struct netdev *next_netdev(const struct netdev *netdev)
{
    if (!netdev)
        return netdev_list;
    const rt_slist_t *next = netdev->list.next;
    return next ? rt_container_of(next, struct netdev, list) : NULL;
}

/* Default first, then in netdev's order. */
static struct netdev *netdev_at(uint32_t index, uint32_t *count)
{
    struct netdev *found = NULL;
    struct netdev *first = netdev_default;
    uint32_t place = first ? 1u : 0u;
    *count = 0;
    if (first && index == 0)
        found = first;
    for (struct netdev *netdev = next_netdev(NULL); netdev; netdev = next_netdev(netdev)) {
        ++*count;
        if (netdev != first && place++ == index)
            found = netdev;
    }
    return found;
}

/* strnlen has no declaration where a kernel asks its C library for POSIX.1-1990 and no more, as mainline does. */
static size_t name_length(const struct netdev *netdev)
{
    const char *end = memchr(netdev->name, 0, sizeof netdev->name);
    return end ? (size_t)(end - netdev->name) : sizeof netdev->name;
}

static uint32_t ipv4_of(const ip_addr_t *addr)
{
#if NETDEV_IPV6
    return ip_2_ip4(addr)->addr;
#else
    return addr->addr;
#endif
}

static bool is_usable(const struct netdev *netdev) { return netdev_is_up(netdev) && netdev_is_link_up(netdev); }

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static struct earlier *earlier_of(const struct netdev *netdev)
{
    for (unsigned i = 0; i < CALLBACKS; i++)
        if (s_earlier[i].netdev == netdev)
            return &s_earlier[i];
    return NULL;
}

/* In the driver's or the stack's thread: nothing is done here but to wake. */
static void status_changed(struct netdev *netdev, enum netdev_cb_type type)
{
    const struct earlier *earlier = earlier_of(netdev);
    if (earlier && earlier->status)
        earlier->status(netdev, type);
    k230_stack_wake(NULL);
}

static void addr_changed(struct netdev *netdev, enum netdev_cb_type type)
{
    const struct earlier *earlier = earlier_of(netdev);
    if (earlier && earlier->addr)
        earlier->addr(netdev, type);
    k230_stack_wake(NULL);
}

static void listen_to(struct netdev *netdev)
{
    if (netdev->status_callback == status_changed && netdev->addr_callback == addr_changed)
        return;
    if (earlier_of(netdev)) /* somebody has come after us, and keeps the place */
        return;
    struct earlier *place = earlier_of(NULL);
    if (!place)
        return;
    *place = (struct earlier){netdev, netdev->status_callback, netdev->addr_callback};
    netdev_set_status_callback(netdev, status_changed);
    netdev_set_addr_callback(netdev, addr_changed);
}

void k230_rtthread_look_at_network(struct k230_stack *stack)
{
    uint64_t facts = K230_HASH_START;
    const uintptr_t route = (uintptr_t)netdev_default;
    uint64_t routes = k230_hash(facts, &route, sizeof route);
    uint32_t flags = 0, digest = 0;
    for (struct netdev *netdev = next_netdev(NULL); netdev; netdev = next_netdev(netdev)) {
        listen_to(netdev);
        const uint16_t state = netdev->flags & (NETDEV_FLAG_UP | NETDEV_FLAG_LINK_UP);
        const uint32_t addresses[2] = {ipv4_of(&netdev->ip_addr), ipv4_of(&netdev->netmask)};
        const uint32_t gateway = ipv4_of(&netdev->gw);
        if (is_usable(netdev))
            flags |= K230_NETWORK_LINK;
        if (netdev_is_up(netdev) && addresses[0] != 0) {
            flags |= K230_NETWORK_ADDRESS;
            digest += k230_stack_digest(&addresses[0], &addresses[1], sizeof addresses[0]);
        }
        facts = k230_hash(facts, netdev->name, name_length(netdev));
        facts = k230_hash(facts, &state, sizeof state);
        facts = k230_hash(facts, addresses, sizeof addresses);
        routes = k230_hash(routes, &gateway, sizeof gateway);
#if NETDEV_IPV6
        for (unsigned i = 0; i < NETDEV_IPV6_NUM_ADDRESSES; i++)
            facts = k230_hash(facts, ip_2_ip6(&netdev->ip6_addr[i])->addr, 16);
#endif
    }
    stack->routes = (uint32_t)k230_hash(routes, &facts, sizeof facts);
    stack->network = flags | digest;
    if (facts == stack->network_facts)
        return;
    stack->network_facts = facts;
    struct k230_lwip_sockets *sockets = &stack->sockets;
    for (uint32_t at = 1; at < sockets->polled_count && sockets->dark != 0; at++)
        k230_lwip_repoll(stack, &sockets->socks[sockets->polled_sock[at]]);
}

uint32_t k230_stack_network(struct k230_stack *stack)
{
    k230_rtthread_look_at_network(stack);
    return stack->network;
}

uint32_t k230_stack_routes(struct k230_stack *stack)
{
    k230_rtthread_look_at_network(stack);
    return stack->routes;
}

/* ---- facts ------------------------------------------------------------------------------------------------------- */

static void name_servers(const struct netdev *netdev, struct k230_interface *facts)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < NETDEV_DNS_SERVERS_NUM && count < K230_INTERFACE_DNS; i++) {
        const ip_addr_t *server = &netdev->dns_servers[i];
        struct k230_addr found = {.family = K230_AF_INET, .port = 53};
#if NETDEV_IPV6
        if (IP_IS_V6(server)) {
            found.family = K230_AF_INET6;
            memcpy(found.ip, ip_2_ip6(server)->addr, 16);
        } else
#endif
        {
            const uint32_t ip = ipv4_of(server);
            memcpy(found.ip, &ip, 4);
        }
        static const uint8_t none[16];
        if (memcmp(found.ip, none, sizeof none) != 0)
            facts->dns[count++] = found;
    }
}

static void describe(const struct netdev *netdev, struct k230_interface *facts)
{
    const uint32_t address = ipv4_of(&netdev->ip_addr);
    const uint32_t mask = ipv4_of(&netdev->netmask);
    const uint32_t gateway = ipv4_of(&netdev->gw);
    facts->flags = (netdev_is_up(netdev) ? K230_INTERFACE_UP : 0u) |
                   (netdev_is_link_up(netdev) ? K230_INTERFACE_LINK : 0u) |
                   (netdev->flags & NETDEV_FLAG_DHCP ? K230_INTERFACE_DHCP : 0u);
    /* RT-Thread's WLAN framework calls its interfaces w0 and w1, and they look like Ethernet otherwise. */
    facts->kind = netdev->name[0] == 'w'                 ? K230_KIND_WIRELESS
                  : netdev->flags & NETDEV_FLAG_ETHERNET ? K230_KIND_ETHERNET
                                                         : K230_KIND_UNKNOWN;
    facts->mtu = netdev->mtu;
    size_t length = name_length(netdev);
    if (length >= sizeof facts->name)
        length = sizeof facts->name - 1;
    memcpy(facts->name, netdev->name, length);
    if (netdev->hwaddr_len == 6)
        memcpy(facts->mac, netdev->hwaddr, 6);
    memcpy(facts->address, &address, 4);
    memcpy(facts->mask, &mask, 4);
    memcpy(facts->gateway, &gateway, 4);
#if NETDEV_IPV6
    for (unsigned i = 0; i < NETDEV_IPV6_NUM_ADDRESSES && facts->ipv6_count < K230_INTERFACE_IPV6; i++) {
        const uint8_t *ip = (const uint8_t *)ip_2_ip6(&netdev->ip6_addr[i])->addr;
        static const uint8_t none[16];
        if (memcmp(ip, none, sizeof none) == 0)
            continue;
        struct k230_interface_ipv6 *ipv6 = &facts->ipv6[facts->ipv6_count++];
        memcpy(ipv6->ip, ip, sizeof ipv6->ip);
        ipv6->scope = ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80 ? 1 : 0; /* lwIP counts its interfaces from 1 */
        ipv6->prefix = 64;                                             /* lwIP knows no other */
    }
#endif
    name_servers(netdev, facts);
}

int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts)
{
    (void)stack;
    uint32_t count;
    const struct netdev *netdev = netdev_at(index, &count);
    if (!netdev)
        return -K230_ENOENT;
    describe(netdev, facts);
    return (int)count;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

bool k230_below_is_local(const struct k230_addr *addr)
{
#if NETDEV_IPV6
    if (addr->family == K230_AF_INET6) {
        static const uint8_t loop[16] = {[15] = 1};
        static const uint8_t none[16];
        if (memcmp(addr->ip, none, 16) == 0 || memcmp(addr->ip, loop, 16) == 0 || addr->ip[0] == 0xFF)
            return true;
        for (struct netdev *netdev = next_netdev(NULL); netdev; netdev = next_netdev(netdev))
            for (unsigned i = 0; i < NETDEV_IPV6_NUM_ADDRESSES; i++)
                if (memcmp(ip_2_ip6(&netdev->ip6_addr[i])->addr, addr->ip, 16) == 0)
                    return true;
        return false;
    }
#endif
    (void)addr;
    return true; /* SAL looks itself */
}

bool k230_below_multicasts(const uint8_t address[4])
{
    static const uint8_t any[4];
    if (memcmp(address, any, sizeof any) == 0)
        return true;
    for (struct netdev *netdev = next_netdev(NULL); netdev; netdev = next_netdev(netdev)) {
        const uint32_t own = ipv4_of(&netdev->ip_addr);
        if (memcmp(address, &own, sizeof own) == 0)
            return true;
    }
    return false;
}

uint32_t k230_below_interface(uint32_t index, uint8_t address[4]) { return k230_rtthread_interface(index, address); }

bool k230_below_is_broadcast(const struct k230_addr *addr)
{
    if (addr->family != K230_AF_INET)
        return false;
    uint32_t ip;
    memcpy(&ip, addr->ip, sizeof ip);
    if (ip == UINT32_MAX)
        return true;
    for (struct netdev *netdev = next_netdev(NULL); netdev; netdev = next_netdev(netdev)) {
        const uint32_t mask = ipv4_of(&netdev->netmask);
        if (netdev->flags & NETDEV_FLAG_BROADCAST && mask != 0 && mask != UINT32_MAX &&
            (ip & mask) == (ipv4_of(&netdev->ip_addr) & mask) && (ip | mask) == UINT32_MAX)
            return true;
    }
    return false;
}
