/* Sockets with SAL's numbers and structures (a length byte first). See ../rtthread.h. */
#ifndef RTT_SYS_SOCKET_H
#define RTT_SYS_SOCKET_H

#include <netdev.h>

typedef uint32_t socklen_t;

#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SHUT_WR 1
#define MSG_DONTWAIT 0x08
#define MSG_MORE 0x10
#define FIONBIO 0x8008667E

#define SOL_SOCKET 0xfff
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_BROADCAST 0x0020
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
#define IPPROTO_IP 0
#define IPPROTO_TCP 6
#define IPPROTO_IPV6 41
#define TCP_NODELAY 1
#define TCP_KEEPIDLE 3
#define TCP_KEEPINTVL 4
#define TCP_KEEPCNT 5
#define IP_TOS 1
#define IP_TTL 2
#define IP_ADD_MEMBERSHIP 3
#define IP_DROP_MEMBERSHIP 4
#define IP_MULTICAST_TTL 5
#define IP_MULTICAST_IF 6
#define IP_MULTICAST_LOOP 7

struct in_addr {
    uint32_t s_addr;
};
struct in6_addr {
    uint8_t s6_addr[16];
};
typedef struct ip_mreq {
    struct in_addr imr_multiaddr;
    struct in_addr imr_interface;
} ip_mreq;
struct sockaddr {
    uint8_t sa_len;
    uint8_t sa_family;
    char sa_data[14];
};
struct sockaddr_in {
    uint8_t sin_len;
    uint8_t sin_family;
    uint16_t sin_port;
    struct in_addr sin_addr;
    char sin_zero[8];
};
struct sockaddr_in6 {
    uint8_t sin6_len;
    uint8_t sin6_family;
    uint16_t sin6_port;
    uint32_t sin6_flowinfo;
    struct in6_addr sin6_addr;
    uint32_t sin6_scope_id;
};
struct sockaddr_storage {
    uint8_t s2_len;
    uint8_t ss_family;
    char s2_data1[2];
    uint32_t s2_data2[3];
    uint32_t s2_data3[3];
};

#define htons(number) __builtin_bswap16(number)
#define ntohs(number) __builtin_bswap16(number)
#define htonl(number) __builtin_bswap32(number)
#define ntohl(number) __builtin_bswap32(number)
#define IN_MULTICAST(ip) (((ip)&0xf0000000U) == 0xe0000000U)

#define socket rtt_socket
#define closesocket rtt_closesocket
#define ioctlsocket rtt_ioctlsocket
#define bind rtt_bind
#define listen rtt_listen
#define accept rtt_accept
#define connect rtt_connect
#define shutdown rtt_shutdown
#define getsockname rtt_getsockname
#define getpeername rtt_getpeername
#define getsockopt rtt_getsockopt
#define setsockopt rtt_setsockopt
#define send rtt_send
#define recv rtt_recv
#define sendto rtt_sendto
#define recvfrom rtt_recvfrom
#define inet_pton rtt_inet_pton
int socket(int domain, int type, int protocol);
int closesocket(int fd);
int ioctlsocket(int fd, long command, void *argument);
int bind(int fd, const struct sockaddr *name, socklen_t length);
int listen(int fd, int backlog);
int accept(int fd, struct sockaddr *name, socklen_t *length);
int connect(int fd, const struct sockaddr *name, socklen_t length);
int shutdown(int fd, int how);
int getsockname(int fd, struct sockaddr *name, socklen_t *length);
int getpeername(int fd, struct sockaddr *name, socklen_t *length);
int getsockopt(int fd, int level, int option, void *value, socklen_t *length);
int setsockopt(int fd, int level, int option, const void *value, socklen_t length);
int send(int fd, const void *bytes, size_t count, int flags);
int recv(int fd, void *bytes, size_t count, int flags);
int sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length);
int recvfrom(int fd, void *bytes, size_t count, int flags, struct sockaddr *from, socklen_t *length);
int inet_pton(int family, const char *text, void *ip);

#endif
