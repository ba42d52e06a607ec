/* Options by name. What lwIP cannot set again on another socket, or takes only at some times, is kept in the entry. */
#include "over_lwip_port.h"

#include <string.h>

enum option_kind {
    OPTION_FLAG, /* lwIP reads it back as a flag's bit */
    OPTION_NUMBER,
    OPTION_SMALL, /* a number of which lwIP keeps one byte */
    OPTION_BYTE,  /* lwIP takes and gives one byte */
    OPTION_MEMBERSHIP,
    /* the port's own */
    OPTION_BROADCAST,
    OPTION_LINGER,
    OPTION_ERROR,
    OPTION_TYPE,
};

enum { BYTE_TOS, BYTE_TTL, BYTE_MULTICAST_TTL, BYTE_MULTICAST_LOOP, BYTES };
enum { NUMBER_SNDBUF, NUMBER_RCVBUF, NUMBER_LINGER, NUMBER_MULTICAST_IF, NUMBERS };
K230_STATIC_ASSERT(BYTES <= K230_LWIP_BYTES, "k230_lwip_options.bytes");
K230_STATIC_ASSERT(NUMBERS <= K230_LWIP_NUMBERS, "k230_lwip_options.numbers");

struct option_name {
    int level, option; /* on the wire */
    int host_level, host_option;
    enum option_kind kind;
    uint8_t place; /* among the bytes or numbers of an entry */
};

static const struct option_name option_names[] = {
    {K230_SOL_SOCKET, K230_SO_REUSEADDR, SOL_SOCKET, SO_REUSEADDR, OPTION_FLAG, 0},
    {K230_SOL_SOCKET, K230_SO_TYPE, 0, 0, OPTION_TYPE, 0},
    {K230_SOL_SOCKET, K230_SO_ERROR, 0, 0, OPTION_ERROR, 0},
    {K230_SOL_SOCKET, K230_SO_BROADCAST, SOL_SOCKET, SO_BROADCAST, OPTION_BROADCAST, 0},
    {K230_SOL_SOCKET, K230_SO_SNDBUF, SOL_SOCKET, SO_SNDBUF, OPTION_NUMBER, NUMBER_SNDBUF}, /* lwIP: ENOPROTOOPT */
    {K230_SOL_SOCKET, K230_SO_RCVBUF, SOL_SOCKET, SO_RCVBUF, OPTION_NUMBER, NUMBER_RCVBUF},
    {K230_SOL_SOCKET, K230_SO_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, OPTION_FLAG, 0},
    {K230_SOL_SOCKET, K230_SO_LINGER, 0, 0, OPTION_LINGER, NUMBER_LINGER},
    {K230_LEVEL_TCP, K230_TCP_NODELAY, IPPROTO_TCP, TCP_NODELAY, OPTION_FLAG, 0},
    {K230_LEVEL_IP, K230_IP_TOS, IPPROTO_IP, IP_TOS, OPTION_SMALL, BYTE_TOS},
    {K230_LEVEL_IP, K230_IP_TTL, IPPROTO_IP, IP_TTL, OPTION_SMALL, BYTE_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_IF, IPPROTO_IP, IP_MULTICAST_IF, OPTION_NUMBER, NUMBER_MULTICAST_IF},
    {K230_LEVEL_IP, K230_IP_MULTICAST_TTL, IPPROTO_IP, IP_MULTICAST_TTL, OPTION_BYTE, BYTE_MULTICAST_TTL},
    {K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, IPPROTO_IP, IP_MULTICAST_LOOP, OPTION_BYTE, BYTE_MULTICAST_LOOP},
    {K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, IPPROTO_IP, IP_ADD_MEMBERSHIP, OPTION_MEMBERSHIP, 0},
    {K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, IPPROTO_IP, IP_DROP_MEMBERSHIP, OPTION_MEMBERSHIP, 0},
#ifdef IPV6_V6ONLY
    {K230_LEVEL_IPV6, K230_IPV6_V6ONLY, IPPROTO_IPV6, IPV6_V6ONLY, OPTION_FLAG, 0},
#endif
};
#define OPTION_COUNT (sizeof option_names / sizeof option_names[0])
K230_STATIC_ASSERT(OPTION_COUNT <= 32, "k230_lwip_options.set and .flags");

static size_t find_option(int level, int option)
{
    size_t index = 0;
    while (index < OPTION_COUNT && (option_names[index].level != level || option_names[index].option != option))
        index++;
    return index;
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
    if (name->kind == OPTION_NUMBER)
        options->numbers[name->place] = number;
    else if (name->kind == OPTION_SMALL || name->kind == OPTION_BYTE)
        options->bytes[name->place] = (uint8_t)number;
    else if (number != 0)
        options->flags |= 1u << index;
    else
        options->flags &= ~(1u << index);
}

static int32_t kept(const struct k230_lwip_options *options, size_t index)
{
    const struct option_name *name = &option_names[index];
    if (name->kind == OPTION_NUMBER)
        return options->numbers[name->place];
    if (name->kind == OPTION_SMALL || name->kind == OPTION_BYTE)
        return options->bytes[name->place];
    return (options->flags & 1u << index) != 0;
}

static int set_number(struct k230_lwip_sock *entry, size_t index, int32_t number)
{
    const struct option_name *name = &option_names[index];
    const uint8_t byte = (uint8_t)number;
    if (name->kind == OPTION_BYTE && (number < 0 || number > 255))
        return -K230_EINVAL;
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

/* The place of this membership; NULL as `entry`: a free one. NULL: there is none. */
static struct k230_lwip_membership *find_membership(struct k230_stack *stack, const struct k230_lwip_sock *entry,
                                                    const struct ip_mreq *wanted)
{
    for (size_t i = 0; i < K230_LWIP_MEMBERSHIPS; i++) {
        struct k230_lwip_membership *place = &stack->sockets.memberships[i];
        if (place->sock == entry && (!entry || (memcmp(place->group, &wanted->imr_multiaddr, 4) == 0 &&
                                                memcmp(place->interface, &wanted->imr_interface, 4) == 0)))
            return place;
    }
    return NULL;
}

static int tell_membership(const struct k230_lwip_sock *entry, int option, const struct ip_mreq *membership)
{
    return k230_below_setopt(entry->fd, IPPROTO_IP, option, membership, sizeof *membership);
}

static int join_group(struct k230_stack *stack, const struct k230_lwip_sock *entry, const struct ip_mreq *membership)
{
    uint8_t interface[4];
    memcpy(interface, &membership->imr_interface, sizeof interface);
    if (!k230_below_multicasts(interface))
        return -K230_ENODEV;
    if (find_membership(stack, entry, membership))
        return -K230_EADDRINUSE;
    struct k230_lwip_membership *place = find_membership(stack, NULL, NULL);
    if (!place)
        return -K230_ENOBUFS;
    const int status = tell_membership(entry, IP_ADD_MEMBERSHIP, membership);
    if (status < 0) /* ENOMEM or EADDRNOTAVAIL, by which of its pools is empty: nothing else is left to go wrong */
        return status == -K230_ENOMEM || status == -K230_EADDRNOTAVAIL ? -K230_ENOBUFS : status;
    place->sock = entry;
    memcpy(place->group, &membership->imr_multiaddr, sizeof place->group);
    memcpy(place->interface, interface, sizeof place->interface);
    return 0;
}

static int leave_group(struct k230_stack *stack, const struct k230_lwip_sock *entry, const struct ip_mreq *membership)
{
    struct k230_lwip_membership *place = find_membership(stack, entry, membership);
    if (!place) /* lwIP would take it from a socket that has joined */
        return -K230_EADDRNOTAVAIL;
    place->sock = NULL;
    return tell_membership(entry, IP_DROP_MEMBERSHIP, membership);
}

static int set_membership(struct k230_stack *stack, const struct k230_lwip_sock *entry, int option, const void *value)
{
    struct ip_mreq membership;
    memcpy(&membership, value, sizeof membership); /* group, interface: both are in network order on the wire */
    if (!IN_MULTICAST(ntohl(membership.imr_multiaddr.s_addr)))
        return -K230_EINVAL;
    return option == K230_IP_ADD_MEMBERSHIP ? join_group(stack, entry, &membership)
                                            : leave_group(stack, entry, &membership);
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
    if (length != sizeof numbers)
        return -K230_EINVAL;
    memcpy(numbers, value, sizeof numbers);
    keep(options, index, numbers[0]);
    options->numbers[option_names[index].place] = numbers[1];
    return 0;
}

int k230_stack_setopt(struct k230_stack *stack, int sock, int level, int option, const void *value, uint32_t length)
{
    struct k230_lwip_sock *entry = k230_lwip_entry(stack, sock);
    if (!entry)
        return -K230_EBADF;
    const size_t index = find_option(level, option);
    if (index == OPTION_COUNT)
        return -K230_ENOPROTOOPT;
    const struct option_name *name = &option_names[index];
    int32_t number = 0;
    switch (name->kind) {
    case OPTION_LINGER:
        return set_linger(&entry->options, index, value, length);
    case OPTION_MEMBERSHIP:
        return length == sizeof(struct ip_mreq) ? set_membership(stack, entry, option, value) : -K230_EINVAL;
    case OPTION_FLAG:
    case OPTION_NUMBER:
    case OPTION_SMALL:
    case OPTION_BYTE:
    case OPTION_BROADCAST:
        break;
    case OPTION_ERROR:
    case OPTION_TYPE:
        return -K230_ENOPROTOOPT;
    }
    if (length != sizeof number)
        return -K230_EINVAL;
    memcpy(&number, value, sizeof number);
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
    const size_t index = find_option(level, option);
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
        if (entry->options.set & 1u << index && option_names[index].kind != OPTION_LINGER)
            set_number(entry, index, kept(&entry->options, index));
}
