/* The PAL's numbers and ours: errors, options, addresses. */
#include "pal_private.h"

struct pair {
    int ours;
    int pals;
};

/* ENETRESET and EHOSTDOWN have no wire code; ports give ENETUNREACH and EHOSTUNREACH for them. */
static const struct pair errors[] = {
    {K230_EPERM, K230_PAL_EACCES},
    {K230_ENOENT, K230_PAL_HOST_NOT_FOUND},
    {K230_EINTR, K230_PAL_EINTR},
    {K230_EIO, K230_PAL_ECONNABORTED},
    {K230_EBADF, K230_PAL_EBADF},
    {K230_EAGAIN, K230_PAL_EWOULDBLOCK},
    {K230_ENOMEM, K230_PAL_ENOBUFS},
    {K230_EACCES, K230_PAL_EACCES},
    {K230_EBUSY, K230_PAL_EWOULDBLOCK},
    {K230_EEXIST, K230_PAL_EADDRINUSE},
    {K230_ENODEV, K230_PAL_ENETDOWN},
    {K230_EINVAL, K230_PAL_EINVAL},
    {K230_EMFILE, K230_PAL_EMFILE},
    {K230_EPIPE, K230_PAL_ESHUTDOWN}, /* Winsock has no broken pipe; .NET calls it Shutdown too */
    {K230_EPROTO, K230_PAL_ECONNABORTED},
    {K230_EDESTADDRREQ, K230_PAL_EDESTADDRREQ},
    {K230_EMSGSIZE, K230_PAL_EMSGSIZE},
    {K230_ENOPROTOOPT, K230_PAL_ENOPROTOOPT},
    {K230_EPROTONOSUPPORT, K230_PAL_EPROTONOSUPPORT},
    {K230_EOPNOTSUPP, K230_PAL_EOPNOTSUPP},
    {K230_EAFNOSUPPORT, K230_PAL_EAFNOSUPPORT},
    {K230_EADDRINUSE, K230_PAL_EADDRINUSE},
    {K230_EADDRNOTAVAIL, K230_PAL_EADDRNOTAVAIL},
    {K230_ENETDOWN, K230_PAL_ENETDOWN},
    {K230_ENETUNREACH, K230_PAL_ENETUNREACH},
    {K230_ECONNABORTED, K230_PAL_ECONNABORTED},
    {K230_ECONNRESET, K230_PAL_ECONNRESET},
    {K230_ENOBUFS, K230_PAL_ENOBUFS},
    {K230_EISCONN, K230_PAL_EISCONN},
    {K230_ENOTCONN, K230_PAL_ENOTCONN},
    {K230_ETIMEDOUT, K230_PAL_ETIMEDOUT},
    {K230_ECONNREFUSED, K230_PAL_ECONNREFUSED},
    {K230_EHOSTUNREACH, K230_PAL_EHOSTUNREACH},
    {K230_EALREADY, K230_PAL_EALREADY},
    {K230_EINPROGRESS, K230_PAL_EWOULDBLOCK},
    {K230_EAI_BADFLAGS, K230_PAL_EINVAL},
    {K230_EAI_NONAME, K230_PAL_HOST_NOT_FOUND},
    {K230_EAI_AGAIN, K230_PAL_TRY_AGAIN},
    {K230_EAI_FAIL, K230_PAL_NO_RECOVERY},
    {K230_EAI_FAMILY, K230_PAL_EAFNOSUPPORT},
    {K230_EAI_SOCKTYPE, K230_PAL_EINVAL},
    {K230_EAI_SERVICE, K230_PAL_EINVAL},
    {K230_EAI_ADDRFAMILY, K230_PAL_HOST_NOT_FOUND},
    {K230_EAI_MEMORY, K230_PAL_ENOBUFS},
    {K230_EAI_SYSTEM, K230_PAL_NO_RECOVERY},
};

int k230_pal_errno(int result)
{
    if (result >= 0)
        return 0;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].ours == -result)
            return errors[i].pals;
    return K230_PAL_EINVAL;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* Levels and names of Winsock, as nanoPAL_Sockets.h has them. */
enum { LEVEL_IP = 0, LEVEL_TCP = 6, LEVEL_SOCKET = 0xFFFF };
enum {
    LISTENS = 0x0002,
    REUSE_ADDRESS = 0x0004,
    KEEP_ALIVE = 0x0008,
    BROADCAST = 0x0020,
    LINGER = 0x0080,
    SEND_BUFFER = 0x1001,
    RECEIVE_BUFFER = 0x1002,
    SEND_TIMEOUT = 0x1005,
    RECEIVE_TIMEOUT = 0x1006,
    ERROR = 0x1007,
    TYPE = 0x1008,
};
enum { TCP_NO_DELAY = 1 };
enum { IP_TOS = 3, IP_TTL, IP_INTERFACE = 9, IP_GROUP_TTL, IP_GROUP_LOOP, IP_JOIN, IP_LEAVE };

static const struct k230_pal_option options[] = {
    {LEVEL_SOCKET, REUSE_ADDRESS, K230_SOL_SOCKET, K230_SO_REUSEADDR, K230_PAL_OPTION_INT},
    {LEVEL_SOCKET, ~REUSE_ADDRESS, K230_SOL_SOCKET, K230_SO_REUSEADDR, K230_PAL_OPTION_NOT},
    {LEVEL_SOCKET, KEEP_ALIVE, K230_SOL_SOCKET, K230_SO_KEEPALIVE, K230_PAL_OPTION_INT},
    {LEVEL_SOCKET, BROADCAST, K230_SOL_SOCKET, K230_SO_BROADCAST, K230_PAL_OPTION_INT},
    {LEVEL_SOCKET, LINGER, K230_SOL_SOCKET, K230_SO_LINGER, K230_PAL_OPTION_LINGER},
    {LEVEL_SOCKET, ~LINGER, K230_SOL_SOCKET, K230_SO_LINGER, K230_PAL_OPTION_DRY},
    {LEVEL_SOCKET, SEND_BUFFER, K230_SOL_SOCKET, K230_SO_SNDBUF, K230_PAL_OPTION_INT},
    {LEVEL_SOCKET, RECEIVE_BUFFER, K230_SOL_SOCKET, K230_SO_RCVBUF, K230_PAL_OPTION_INT},
    {LEVEL_SOCKET, SEND_TIMEOUT, 0, 0, K230_PAL_OPTION_IGNORED},
    {LEVEL_SOCKET, RECEIVE_TIMEOUT, 0, 0, K230_PAL_OPTION_IGNORED},
    {LEVEL_SOCKET, ERROR, 0, 0, K230_PAL_OPTION_ERROR},
    {LEVEL_SOCKET, TYPE, 0, 0, K230_PAL_OPTION_TYPE},
    {LEVEL_SOCKET, LISTENS, 0, 0, K230_PAL_OPTION_LISTENS},
    {LEVEL_TCP, TCP_NO_DELAY, K230_LEVEL_TCP, K230_TCP_NODELAY, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_TOS, K230_LEVEL_IP, K230_IP_TOS, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_TTL, K230_LEVEL_IP, K230_IP_TTL, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_INTERFACE, K230_LEVEL_IP, K230_IP_MULTICAST_IF, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_GROUP_TTL, K230_LEVEL_IP, K230_IP_MULTICAST_TTL, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_GROUP_LOOP, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, K230_PAL_OPTION_INT},
    {LEVEL_IP, IP_JOIN, K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP, K230_PAL_OPTION_GROUP},
    {LEVEL_IP, IP_LEAVE, K230_LEVEL_IP, K230_IP_DROP_MEMBERSHIP, K230_PAL_OPTION_GROUP},
};

const struct k230_pal_option *k230_pal_find_option(int level, int name)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].level == level && options[i].name == name)
            return &options[i];
    return NULL;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

bool k230_pal_get_addr(const void *bytes, int length, struct k230_addr *addr)
{
    const uint8_t *from = bytes;
    uint16_t family;
    memset(addr, 0, sizeof *addr);
    if (!from || length < 8)
        return false;
    memcpy(&family, from, sizeof family);
    if (family != K230_PAL_AF_INET)
        return false;
    addr->family = K230_AF_INET;
    addr->port = (uint16_t)(from[2] << 8 | from[3]);
    memcpy(addr->ip, from + 4, 4);
    return true;
}

void k230_pal_put_addr(const struct k230_addr *addr, void *bytes, int *length)
{
    uint8_t whole[K230_PAL_ADDR_SIZE] = {0};
    const uint16_t family = K230_PAL_AF_INET;
    memcpy(whole, &family, sizeof family);
    whole[2] = (uint8_t)(addr->port >> 8);
    whole[3] = (uint8_t)addr->port;
    memcpy(whole + 4, addr->ip, 4);
    const int room = *length < 0 ? 0 : *length < K230_PAL_ADDR_SIZE ? *length : K230_PAL_ADDR_SIZE;
    memcpy(bytes, whole, (size_t)room);
    *length = K230_PAL_ADDR_SIZE;
}
