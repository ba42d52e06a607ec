/* How the tools of a PC find the device: a datagram of text each second while nobody is connected. */
#include "tcp_private.h"

#include <string.h>

/* Where a datagram goes, and the address that it names: one that its receiver can connect to. */
struct target {
    struct k230_addr to;
    uint8_t own[4];
};

static bool is_zero(const uint8_t ip[4]) { return (ip[0] | ip[1] | ip[2] | ip[3]) == 0; }

static bool is_loopback(const uint8_t ip[4]) { return ip[0] == 127; }

static bool has_network(const struct k230_interface *interface)
{
    return (interface->flags & K230_INTERFACE_UP) && !is_zero(interface->address) && !is_zero(interface->mask) &&
           !is_loopback(interface->address);
}

static bool is_inside(const struct k230_interface *interface, const uint8_t ip[4])
{
    for (int i = 0; i < 4; i++)
        if (((interface->address[i] ^ ip[i]) & interface->mask[i]) != 0)
            return false;
    return true;
}

/* The address that the listener is bound to, where that is one. */
static bool is_bound(const struct k230_wire_tcp *tcp) { return tcp->at.family == K230_AF_INET && !is_zero(tcp->at.ip); }

/* A directed broadcast, which reaches each network without a default route. */
static bool broadcast_of(const struct k230_wire_tcp *tcp, const struct k230_interface *interface, struct target *target)
{
    if (!has_network(interface) || (is_bound(tcp) && memcmp(interface->address, tcp->at.ip, 4) != 0))
        return false;
    *target = (struct target){.to = {.family = K230_AF_INET, .port = tcp->discovery_port}};
    for (int i = 0; i < 4; i++)
        target->to.ip[i] = (uint8_t)(interface->address[i] | (0xFFu & ~(uint32_t)interface->mask[i]));
    memcpy(target->own, interface->address, 4);
    return true;
}

/* To one address: its receiver is on this machine, or in a network of an interface, or behind the first one's gateway.
 */
static bool unicast_of(const struct k230_wire_tcp *tcp, const struct k230_addr *to, struct target *target)
{
    const struct k230_interface *way = NULL;
    *target = (struct target){.to = *to};
    if (target->to.port == 0)
        target->to.port = tcp->discovery_port;
    for (uint32_t i = 0; i < tcp->known && !way; i++)
        if (has_network(&tcp->interfaces[i]) && is_inside(&tcp->interfaces[i], to->ip))
            way = &tcp->interfaces[i];
    for (uint32_t i = 0; i < tcp->known && !way; i++)
        if (has_network(&tcp->interfaces[i]))
            way = &tcp->interfaces[i];
    if (is_bound(tcp))
        memcpy(target->own, tcp->at.ip, 4);
    else if (is_loopback(to->ip))
        memcpy(target->own, to->ip, 4);
    else if (way)
        memcpy(target->own, way->address, 4);
    else
        return false;
    return true;
}

static void send_to(struct k230_wire_tcp *tcp, const struct target *target, const char *sign, uint64_t until,
                    bool is_goodbye)
{
    struct k230i_line line = {.length = 0};
    struct k230_addr own = {.family = K230_AF_INET};
    char ip[K230_WIRE_ADDR_TEXT];
    struct k230_operation op;
    int status;
    memcpy(own.ip, target->own, 4);
    k230_wire_format_addr(&own, ip);
    k230i_put(&line, sign);
    k230i_put(&line, ":");
    k230i_put(&line, ip);
    k230i_put(&line, ":");
    k230i_put_number(&line, k230_wire_tcp_port(tcp));
    K230I_TCP_FINISH(
        status, tcp, op, until, is_goodbye,
        k230_op_sendto(tcp->client, &op, tcp->announcer, line.text, line.length, &target->to, K230_WIRE_TURN_MS));
    /* A network that takes none is there again or not at the next second. A socket of a session that ended is not. */
    if (status == -K230_ECONNRESET || status == -K230_EBADF) {
        k230_sock_close(tcp->client, tcp->announcer, true);
        tcp->announcer = -1;
    }
}

static bool open_announcer(struct k230_wire_tcp *tcp, uint64_t until)
{
    const int32_t on = 1;
    struct k230_operation op;
    int status;
    if (tcp->announcer >= 0)
        return true;
    tcp->announcer = k230i_tcp_socket(tcp, K230_AF_INET, K230_SOCK_DGRAM);
    if (tcp->announcer < 0)
        return false;
    K230I_TCP_FINISH(
        status, tcp, op, until, false,
        k230_op_setopt(tcp->client, &op, tcp->announcer, K230_SOL_SOCKET, K230_SO_BROADCAST, &on, (uint32_t)sizeof on));
    return status >= 0 || tcp->announce_count > 0;
}

static void look_at_interfaces(struct k230_wire_tcp *tcp, uint64_t until)
{
    uint32_t known = 0;
    int count = 1;
    for (uint32_t i = 0; (int)i < count && i < K230_WIRE_INTERFACES_MAX; i++) {
        struct k230_operation op;
        K230I_TCP_FINISH(count, tcp, op, until, false,
                         k230_op_interface(tcp->client, &op, i, &tcp->interfaces[known], (int)K230_WIRE_TURN_MS));
        if (count > 0)
            known++;
    }
    tcp->known = known;
}

static void tell_all(struct k230_wire_tcp *tcp, const char *sign, uint64_t until, bool is_goodbye)
{
    struct target target;
    for (uint32_t i = 0; tcp->broadcasts && i < tcp->known && tcp->announcer >= 0; i++)
        if (broadcast_of(tcp, &tcp->interfaces[i], &target))
            send_to(tcp, &target, sign, until, is_goodbye);
    for (uint32_t i = 0; i < tcp->announce_count && tcp->announcer >= 0; i++)
        if (unicast_of(tcp, &tcp->announce[i], &target))
            send_to(tcp, &target, sign, until, is_goodbye);
}

void k230i_tcp_announce(struct k230_wire_tcp *tcp)
{
    const uint64_t now = k230i_tcp_now(tcp);
    const uint64_t until = now + K230_WIRE_TURN_MS;
    if (!tcp->broadcasts && tcp->announce_count == 0)
        return;
    if (tcp->announced && now - tcp->announced_ms < K230_WIRE_ANNOUNCE_MS)
        return;
    tcp->announced = true;
    tcp->announced_ms = now;
    if (!open_announcer(tcp, until))
        return;
    look_at_interfaces(tcp, until);
    tell_all(tcp, "+", until, false);
}

void k230i_tcp_withdraw(struct k230_wire_tcp *tcp)
{
    if (tcp->announced && tcp->announcer >= 0)
        tell_all(tcp, "-", k230i_tcp_now(tcp) + K230_WIRE_TURN_MS, true);
    tcp->announced = false;
}
