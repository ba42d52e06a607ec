/* Options by name. What lwIP cannot set again on another socket, or takes only at some times, is kept in the entry. */
#include "over_lwip_port.h"

#include <string.h>

enum option_kind {
    OPTION_FLAG, /* lwIP reads it back as a flag's bit */
    OPTION_NUMBER,
    OPTION_HALF,  /* a number that has room in 16 bits */
    OPTION_SMALL, /* a number of which lwIP keeps one byte */
    OPTION_BYTE,  /* lwIP takes and gives one byte */
    /* the port's own */
    OPTION_MEMBERSHIP,
    OPTION_INTERFACE, /* that groups are reached by */
    OPTION_INDEX,     /* the same for IPv6 */
    OPTION_BROADCAST,
    OPTION_LINGER,
    OPTION_ERROR,
    OPTION_TYPE,
};

enum { BYTE_TOS, BYTE_TTL, BYTE_MULTICAST_TTL, BYTE_MULTICAST_LOOP, BYTE_KEEPCNT, BYTE_MULTICAST_INDEX, BYTES };
enum { HALF_KEEPIDLE, HALF_KEEPINTVL, HALVES };
enum { NUMBER_RCVBUF, NUMBER_LINGER, NUMBER_MULTICAST_IF, NUMBERS };
K230_STATIC_ASSERT(BYTES <= K230_LWIP_BYTES, "k230_lwip_options.bytes");
K230_STATIC_ASSERT(HALVES <= K230_LWIP_HALVES, "k230_lwip_options.halves");
K230_STATIC_ASSERT(NUMBERS <= K230_LWIP_NUMBERS, "k230_lwip_options.numbers");

/* The numbers that Linux takes; lwIP takes any. */
enum option_range { ANY, SWITCH, BIT, COUNT, SECONDS, TTL, HOPS, GROUP_HOPS };
static const struct {
    int16_t least, most;
    int16_t usual; /* what -1 stands for; 0: nothing */
} ranges[] = {
    [BIT] = {0, 1, 0},     [COUNT] = {1, 127, 0},  [SECONDS] = {1, 32767, 0},
    [TTL] = {1, 255, 255}, [HOPS] = {0, 255, 255}, [GROUP_HOPS] = {0, 255, 1},
};

struct option_name {
    int level, option; /* on the wire */
    int host_level, host_option;
    uint8_t kind;  /* enum option_kind */
    uint8_t range; /* enum option_range */
    uint8_t place; /* among the bytes, halves or numbers of an entry */
};

/* lwIP has one hop limit for both versions, and has no name for SO_SNDBUF. */
static const struct option_name option_names[] = {
    {K230_SOL_SOCKET, K230_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR, OPTION_FLAG, ANY, 0},
    {K230_SOL_SOCKET, K230_SO_TYPE, 0, 0, OPTION_TYPE, ANY, 0},
    {K230_SOL_SOCKET, K230_SO_ERROR, 0, 0, OPTION_ERROR, ANY, 0},
    {K230_SOL_SOCKET, K230_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST, OPTION_BROADCAST, ANY, 0},
    {K230_SOL_SOCKET, K230_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF, OPTION_NUMBER, ANY, NUMBER_RCVBUF},
    {K230_SOL_SOCKET, K230_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, OPTION_FLAG, ANY, 0},
    {K230_SOL_SOCKET, K230_SO_LINGER, 0, 0, OPTION_LINGER, ANY, NUMBER_LINGER},
    {K230_LEVEL_TCP, K230_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY, OPTION_FLAG, ANY, 0},
    {K230_LEVEL_TCP, K230_TCP_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE, OPTION_HALF, SECONDS, HALF_KEEPIDLE},
    {K230_LEVEL_TCP, K230_TCP_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL, OPTION_HALF, SECONDS, HALF_KEEPINTVL},
    {K230_LEVEL_TCP, K230_TCP_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT, OPTION_SMALL, COUNT, BYTE_KEEPCNT},
    {K230_LEVEL_IP, K230_IP_TOS, IPPROTO_IP, IP_TOS, OPTION_SMALL, ANY, BYTE_TOS},
    {K230_LEVEL_IP, K230_IP_TTL, IPPROTO_IP, IP_TTL, OPTION_SMALL, TTL, BYTE_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF, OPTION_INTERFACE, ANY, NUMBER_MULTICAST_IF},
    {K230_LEVEL_IP, K230_IP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL, OPTION_BYTE, GROUP_HOPS, BYTE_MULTICAST_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP, OPTION_BYTE, SWITCH, BYTE_MULTICAST_LOOP},
    {K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, IPPROTO_IP, IP_ADD_MEMBERSHIP, OPTION_MEMBERSHIP, ANY, 0},
    {K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, IPPROTO_IP, IP_DROP_MEMBERSHIP, OPTION_MEMBERSHIP, ANY, 0},
#ifdef IPV6_V6ONLY
    {K230_LEVEL_IPV6, K230_IPV6_UNICAST_HOPS, IPPROTO_IP, IP_TTL, OPTION_SMALL, HOPS, BYTE_TTL},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, 0, 0, OPTION_INDEX, ANY, BYTE_MULTICAST_INDEX},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_HOPS, IPPROTO_IP, IP_MULTICAST_TTL, OPTION_BYTE, GROUP_HOPS,
     BYTE_MULTICAST_TTL},
    {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP, OPTION_BYTE, BIT, BYTE_MULTICAST_LOOP},
    {K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP, IPPROTO_IPV6, IPV6_JOIN_GROUP, OPTION_MEMBERSHIP, ANY, 0},
    {K230_LEVEL_IPV6, K230_IPV6_LEAVE_GROUP, IPPROTO_IPV6, IPV6_LEAVE_GROUP, OPTION_MEMBERSHIP, ANY, 0},
    {K230_LEVEL_IPV6, K230_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY, OPTION_FLAG, ANY, 0},
#endif
};
#define OPTION_COUNT (sizeof option_names / sizeof option_names[0])
K230_STATIC_ASSERT(OPTION_COUNT <= 32, "k230_lwip_options.set and .flags");

/* OPTION_COUNT for one that is none, or is none of this socket's. */
static size_t find_option(const struct k230_lwip_sock *entry, int level, int option)
{
    size_t index = 0;
    while (index < OPTION_COUNT && (option_names[index].level != level || option_names[index].option != option))
        index++;
    return level == K230_LEVEL_IPV6 && entry->family != K230_AF_INET6 ? OPTION_COUNT : index;
}

/* Its control block is there: lwIP takes it away with a reset, and then knows no address either. */
static bool has_block(const struct k230_lwip_sock *entry)
{
    struct k230_addr local;
    return k230_below_local(entry->fd, &local) == 0;
}

/* Nothing below can hold the value now; the entry does. lwIP refuses TCP's own options on a listener, where they are
 * for the connections that it will accept, and every option once a reset has taken the control block. */
static bool kept_only(const struct k230_lwip_sock *entry, const struct option_name *name)
{
    if (entry->state == K230_LWIP_LISTENING)
        return name->level == K230_LEVEL_TCP;
    return entry->state == K230_LWIP_CONNECTED && !has_block(entry);
}

static void keep(struct k230_lwip_options *options, size_t index, int32_t number)
{
    const struct option_name *name = &option_names[index];
    options->set |= 1u << index;
    switch (name->kind) {
    case OPTION_NUMBER:
    case OPTION_INTERFACE:
        options->numbers[name->place] = number;
        break;
    case OPTION_HALF:
        options->halves[name->place] = (uint16_t)number;
        break;
    case OPTION_SMALL:
    case OPTION_BYTE:
    case OPTION_INDEX:
        options->bytes[name->place] = (uint8_t)number;
        break;
    default:
        options->flags = (options->flags & ~(1u << index)) | (uint32_t)(number != 0) << index;
        break;
    }
}

static int32_t kept(const struct k230_lwip_options *options, size_t index)
{
    const struct option_name *name = &option_names[index];
    switch (name->kind) {
    case OPTION_NUMBER:
    case OPTION_INTERFACE:
        return options->numbers[name->place];
    case OPTION_HALF:
        return options->halves[name->place];
    case OPTION_SMALL:
    case OPTION_BYTE:
    case OPTION_INDEX:
        return options->bytes[name->place];
    default:
        return (options->flags & 1u << index) != 0;
    }
}

uint32_t k230_lwip_group_interface(const struct k230_lwip_sock *entry)
{
    return entry->options.bytes[BYTE_MULTICAST_INDEX];
}

/* A number as Linux reads it: four bytes and whatever follows; at level IP one byte will do. */
static bool read_number(const struct option_name *name, const void *value, uint32_t length, int32_t *number)
{
    *number = 0;
    if (length >= sizeof *number)
        memcpy(number, value, sizeof *number);
    else if (name->level == K230_LEVEL_IP && length != 0)
        *number = *(const uint8_t *)value;
    else
        return name->option == K230_IP_TOS && name->level == K230_LEVEL_IP; /* of no bytes: 0 */
    return true;
}

static bool put_in_range(const struct option_name *name, int32_t *number)
{
    if (name->range == SWITCH)
        *number = *number != 0;
    if (name->range == ANY || name->range == SWITCH)
        return true;
    if (*number == -1 && ranges[name->range].usual != 0)
        *number = ranges[name->range].usual;
    return *number >= ranges[name->range].least && *number <= ranges[name->range].most;
}

static int set_number(struct k230_lwip_sock *entry, size_t index, int32_t number)
{
    const struct option_name *name = &option_names[index];
    const uint8_t byte = (uint8_t)number;
    const bool below = !kept_only(entry, name);
    int status = 0;
    if (below && name->kind == OPTION_BYTE)
        status = k230_below_setopt(entry->fd, name->host_level, name->host_option, &byte, sizeof byte);
    else if (below)
        status = k230_below_setopt(entry->fd, name->host_level, name->host_option, &number, sizeof number);
    if (status == 0)
        keep(&entry->options, index, number);
    return status;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

/* The place of this membership; NULL as `entry`: a free one. NULL: there is none. */
static struct k230_lwip_membership *find_membership(struct k230_stack *stack, const struct k230_lwip_sock *entry,
                                                    const struct k230_lwip_group *wanted)
{
    for (size_t i = 0; i < K230_LWIP_MEMBERSHIPS; i++) {
        struct k230_lwip_membership *place = &stack->sockets.memberships[i];
        if (place->sock == entry && (!entry || memcmp(&place->group, wanted, sizeof *wanted) == 0))
            return place;
    }
    return NULL;
}

static int tell_membership(const struct k230_lwip_sock *entry, const struct option_name *name,
                           const struct k230_lwip_group *group)
{
    struct { /* as lwIP has struct ip_mreq and, with 16 bytes of group, struct ipv6_mreq */
        uint8_t group[16];
        uint8_t interface[4];
    } membership;
    const uint32_t length = name->level == K230_LEVEL_IPV6 ? sizeof membership.group : 4u;
    memcpy(&membership, group->ip, length);
    memcpy((uint8_t *)&membership + length, group->interface, sizeof group->interface);
    return k230_below_setopt(entry->fd, name->host_level, name->host_option, &membership,
                             length + (uint32_t)sizeof group->interface);
}

static int join_group(struct k230_stack *stack, const struct k230_lwip_sock *entry, const struct option_name *name,
                      const struct k230_lwip_group *group)
{
    if (find_membership(stack, entry, group))
        return -K230_EADDRINUSE;
    struct k230_lwip_membership *place = find_membership(stack, NULL, NULL);
    if (!place)
        return -K230_ENOBUFS;
    const int status = tell_membership(entry, name, group);
    if (status < 0) /* ENOMEM or EADDRNOTAVAIL, by which of its pools is empty: nothing else is left to go wrong */
        return status == -K230_ENOMEM || status == -K230_EADDRNOTAVAIL ? -K230_ENOBUFS : status;
    *place = (struct k230_lwip_membership){.sock = entry, .group = *group};
    return 0;
}

static int leave_group(struct k230_stack *stack, const struct k230_lwip_sock *entry, const struct option_name *name,
                       const struct k230_lwip_group *group)
{
    struct k230_lwip_membership *place = find_membership(stack, entry, group);
    if (!place) /* lwIP would take it from a socket that has joined */
        return -K230_EADDRNOTAVAIL;
    place->sock = NULL;
    return tell_membership(entry, name, group);
}

/* The address of the interface that the value of a membership names, by address or by index. 0, or -ENODEV. */
static int read_interface(const uint8_t *value, uint32_t length, uint8_t address[4])
{
    uint32_t index = 0;
    memcpy(address, value + 4, 4);
    if (length >= 12)
        memcpy(&index, value + 8, sizeof index);
    if (index != 0 && k230_below_interface(index, address) == 0)
        return -K230_ENODEV;
    return k230_below_multicasts(address) ? 0 : -K230_ENODEV;
}

static int read_group6(const uint8_t *value, uint32_t length, struct k230_lwip_group *group)
{
    uint32_t index;
    uint8_t address[4];
    if (length < sizeof group->ip + sizeof index || value[0] != 0xFF)
        return -K230_EINVAL;
    memcpy(group->ip, value, sizeof group->ip);
    memcpy(&index, value + sizeof group->ip, sizeof index);
    index = k230_below_interface(index, address);
    memcpy(group->interface, &index, sizeof index);
    return index != 0 ? 0 : -K230_ENODEV;
}

static int set_membership(struct k230_stack *stack, const struct k230_lwip_sock *entry, const struct option_name *name,
                          const void *value, uint32_t length)
{
    struct k230_lwip_group group = {.ip = {0}};
    const uint8_t *bytes = value;
    int status;
    if (entry->type == K230_SOCK_STREAM)
        return -K230_EPROTO;
    if (name->level == K230_LEVEL_IPV6) {
        status = read_group6(bytes, length, &group);
    } else if (length < 8) {
        status = -K230_EINVAL;
    } else {
        memcpy(group.ip, bytes, 4);
        status = (bytes[0] & 0xF0) == 0xE0 ? read_interface(bytes, length, group.interface) : -K230_EINVAL;
    }
    if (status < 0)
        return status;
    return name->option == K230_IP_ADD_MEMBERSHIP || name->option == K230_IPV6_JOIN_GROUP
               ? join_group(stack, entry, name, &group)
               : leave_group(stack, entry, name, &group);
}

/* The interface that groups are reached by: its address, or what a membership has. */
static int set_interface(struct k230_lwip_sock *entry, size_t index, const void *value, uint32_t length)
{
    uint8_t address[4];
    int32_t number;
    if (length < sizeof address || entry->type == K230_SOCK_STREAM)
        return -K230_EINVAL;
    if (length < 8)
        memcpy(address, value, sizeof address);
    if (length < 8 ? !k230_below_multicasts(address) : read_interface(value, length, address) < 0)
        return -K230_EADDRNOTAVAIL;
    memcpy(&number, address, sizeof number);
    return set_number(entry, index, number);
}

static int set_index(struct k230_lwip_sock *entry, size_t index, int32_t number)
{
    uint8_t address[4];
    if (entry->type == K230_SOCK_STREAM)
        return -K230_ENOPROTOOPT;
    if (number < 0 || number > 255 || (number != 0 && k230_below_interface((uint32_t)number, address) == 0))
        return -K230_ENODEV;
    keep(&entry->options, index, number);
    return 0;
}

void k230_lwip_forget_memberships(struct k230_stack *stack, const struct k230_lwip_sock *entry)
{
    for (size_t i = 0; i < K230_LWIP_MEMBERSHIPS; i++)
        if (stack->sockets.memberships[i].sock == entry)
            stack->sockets.memberships[i].sock = NULL;
}

/* Not lwIP's: with a linger time it refuses to close or shut down while bytes are under way. */
static int set_linger(struct k230_lwip_options *options, size_t index, const void *value, uint32_t length)
{
    int32_t numbers[2];
    if (length < sizeof numbers)
        return -K230_EINVAL;
    memcpy(numbers, value, sizeof numbers);
    keep(options, index, numbers[0]);
    options->numbers[option_names[index].place] = numbers[1];
    return 0;
}

/* ---- of k230_stack.h --------------------------------------------------------------------------------------------- */

int k230_stack_setopt(struct k230_stack *stack, int sock, int level, int option, const void *value, uint32_t length)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const size_t index = find_option(entry, level, option);
    if (index == OPTION_COUNT)
        return -K230_ENOPROTOOPT;
    const struct option_name *name = &option_names[index];
    int32_t number;
    switch (name->kind) {
    case OPTION_LINGER:
        return set_linger(&entry->options, index, value, length);
    case OPTION_MEMBERSHIP:
        return set_membership(stack, entry, name, value, length);
    case OPTION_INTERFACE:
        return set_interface(entry, index, value, length);
    case OPTION_ERROR:
    case OPTION_TYPE:
        return -K230_ENOPROTOOPT;
    default:
        break;
    }
    if (!read_number(name, value, length, &number) || !put_in_range(name, &number))
        return -K230_EINVAL;
    if (name->kind == OPTION_INDEX)
        return set_index(entry, index, number);
    if (name->kind != OPTION_BROADCAST)
        return set_number(entry, index, number);
    /* Permission to broadcast is checked by the port, since not every lwIP checks it; a stream has no use for it. */
    entry->broadcast = number != 0;
    return entry->type == K230_SOCK_DGRAM ? set_number(entry, index, number) : 0;
}

static int get_number(const struct k230_lwip_sock *entry, size_t index, int32_t *number)
{
    const struct option_name *name = &option_names[index];
    if (kept_only(entry, name)) {
        *number = kept(&entry->options, index);
        return 0;
    }
    *number = 0;
    if (name->kind == OPTION_BYTE) {
        uint8_t byte = 0;
        const int status = k230_below_getopt(entry->fd, name->host_level, name->host_option, &byte, sizeof byte);
        *number = byte;
        return status;
    }
    const int status = k230_below_getopt(entry->fd, name->host_level, name->host_option, number, sizeof *number);
    if (name->kind == OPTION_FLAG)
        *number = *number != 0;
    return status;
}

int k230_stack_getopt(struct k230_stack *stack, int sock, int level, int option, void *value, uint32_t room)
{
    const struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const size_t index = find_option(entry, level, option);
    if (index == OPTION_COUNT || option_names[index].kind == OPTION_MEMBERSHIP)
        return -K230_ENOPROTOOPT;
    int32_t numbers[2] = {0, 0};
    uint32_t length = sizeof numbers[0];
    int status = 0;
    switch (option_names[index].kind) {
    case OPTION_LINGER:
        numbers[0] = kept(&entry->options, index);
        numbers[1] = entry->options.numbers[option_names[index].place];
        length = sizeof numbers;
        break;
    case OPTION_BROADCAST:
        numbers[0] = entry->broadcast;
        break;
    case OPTION_ERROR:
        numbers[0] = -k230_stack_error(stack, sock);
        break;
    case OPTION_TYPE:
        numbers[0] = entry->type;
        break;
    case OPTION_INDEX:
        numbers[0] = kept(&entry->options, index);
        break;
    default:
        status = get_number(entry, index, &numbers[0]);
        break;
    }
    if (status < 0)
        return status;
    if (length > room)
        return -K230_EINVAL;
    memcpy(value, numbers, length);
    return (int)length;
}

void k230_lwip_apply_options(struct k230_lwip_sock *entry)
{
    for (size_t index = 0; index < OPTION_COUNT; index++)
        if (entry->options.set & 1u << index && option_names[index].kind != OPTION_LINGER &&
            option_names[index].kind != OPTION_INDEX)
            set_number(entry, index, kept(&entry->options, index));
}
