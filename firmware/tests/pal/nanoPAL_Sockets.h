/* The contract of a sockets PAL in declarations of our own: the names, numbers and layouts that the natives of
 * System.Net use. Written for a 32-bit target, as the real one is: u_long is `unsigned long`, so this header only
 * compiles here as interop/native/corrections.cmake corrects it.
 */
#ifndef K230_TESTS_NANOPAL_SOCKETS_H
#define K230_TESTS_NANOPAL_SOCKETS_H

#include "nanoHAL_Network.h"

typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef unsigned __int64 u_int64;

typedef int SOCK_SOCKET;

#define SOCK_SOCKET_ERROR -1

#define SOCK_EBADF 10009L
#define SOCK_EFAULT 10014L
#define SOCK_EINVAL 10022L
#define SOCK_EMFILE 10024L
#define SOCK_EWOULDBLOCK 10035L
#define SOCK_EALREADY 10037L
#define SOCK_EMSGSIZE 10040L
#define SOCK_ENOPROTOOPT 10042L
#define SOCK_EPROTONOSUPPORT 10043L
#define SOCK_EOPNOTSUPP 10045L
#define SOCK_EAFNOSUPPORT 10047L
#define SOCK_EADDRINUSE 10048L
#define SOCK_EADDRNOTAVAIL 10049L
#define SOCK_ENETDOWN 10050L
#define SOCK_ECONNRESET 10054L
#define SOCK_ENOBUFS 10055L
#define SOCK_EISCONN 10056L
#define SOCK_ENOTCONN 10057L
#define SOCK_ESHUTDOWN 10058L
#define SOCK_ETIMEDOUT 10060L
#define SOCK_ECONNREFUSED 10061L
#define SOCK_HOST_NOT_FOUND 11001L
#define SOCK_TRY_AGAIN 11002L
#define SOCK_NO_RECOVERY 11003L

#define SOCK_AF_INET 2
#define SOCK_AF_INET6 23
#define SOCK_SOCK_STREAM 1
#define SOCK_SOCK_DGRAM 2
#define SOCK_SOCK_RAW 3
#define SOCK_IPPROTO_IP 0
#define SOCK_IPPROTO_TCP 6
#define SOCK_IPPROTO_UDP 17
#define SOCK_SOL_SOCKET 0xFFFF

#define SOCK_SOCKO_ACCEPTCONNECTION 0x0002
#define SOCK_SOCKO_REUSEADDRESS 0x0004
#define SOCK_SOCKO_KEEPALIVE 0x0008
#define SOCK_SOCKO_BROADCAST 0x0020
#define SOCK_SOCKO_LINGER 0x0080
#define SOCK_SOCKO_DONTLINGER ~SOCK_SOCKO_LINGER
#define SOCK_SOCKO_EXCLUSIVEADDRESSUSE ~SOCK_SOCKO_REUSEADDRESS
#define SOCK_SOCKO_SNDBUF 0x1001
#define SOCK_SOCKO_RCVBUF 0x1002
#define SOCK_SOCKO_SENDTIMEOUT 0x1005
#define SOCK_SOCKO_RECEIVETIMEOUT 0x1006
#define SOCK_SOCKO_ERROR 0x1007
#define SOCK_TCP_NODELAY 0x0001
#define SOCK_IPO_TTL 0x0004
#define SOCK_IPO_MULTICAST_TTL 0x000A
#define SOCK_IPO_ADD_MEMBERSHIP 0x000C
#define SOCK_IPO_DROP_MEMBERSHIP 0x000D

#define SOCK_FIONREAD static_cast<long>(0x40000000u | sizeof(u_long) << 16 | 'f' << 8 | 127)
#define SOCK_FIONBIO static_cast<long>(0x80000000u | sizeof(u_long) << 16 | 'f' << 8 | 126)
#define SOCK_FIOASYNC static_cast<long>(0x80000000u | sizeof(u_long) << 16 | 'f' << 8 | 125)

#define SOCK_FD_SETSIZE 256

struct SOCK_fd_set {
    unsigned int fd_count;
    int fd_array[SOCK_FD_SETSIZE];
};

struct SOCK_sockaddr {
    unsigned short sa_family;
    char sa_data[14];
};

struct SOCK_in_addr {
    union {
        u_long S_addr;
    } S_un;
};

struct SOCK_sockaddr_in {
    short sin_family;
    u_short sin_port;
    SOCK_in_addr sin_addr;
    char sin_zero[8];
};
static_assert(sizeof(SOCK_sockaddr_in) == 16, "u_long has four bytes");

struct SOCK_addrinfo {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    size_t ai_addrlen;
    char *ai_canonname;
    SOCK_sockaddr *ai_addr;
    SOCK_addrinfo *ai_next;
};

struct SOCK_timeval {
    long tv_sec;
    long tv_usec;
};

enum NetworkChange_NetworkEventType {
    NetworkChange_NetworkEventType_AvailabilityChanged = 1,
    NetworkChange_NetworkEventType_AddressChanged = 2,
};
enum NetworkChange_NetworkEvents {
    NetworkChange_NetworkEvents_NetworkNOTAvailable = 0,
    NetworkChange_NetworkEvents_NetworkAvailable = 1,
};

enum NetworkInterface_UpdateOperation {
    NetworkInterface_UpdateOperation_Dns = 1,
    NetworkInterface_UpdateOperation_Dhcp = 2,
    NetworkInterface_UpdateOperation_DhcpRenew = 4,
    NetworkInterface_UpdateOperation_DhcpRelease = 8,
    NetworkInterface_UpdateOperation_Mac = 16,
};

/* Supplied by the natives of System.Net, and by the TLS layer. */
void Network_PostEvent(unsigned int eventType, unsigned int flags, unsigned int index);
int SSL_CloseSocket(int socket);

/* Supplied by the PAL. */
bool Network_Initialize();
bool Network_Uninitialize();
void SOCKETS_CloseConnections();
bool SOCKETS_DbgInitialize(int port);
bool SOCKETS_DbgUninitialize(int port);
int SOCKETS_Write(int port, const char *data, size_t size);
int SOCKETS_Read(int port, char *data, size_t size);
bool SOCKETS_Flush(int port);

int SOCK_socket(int family, int type, int protocol);
int SOCK_bind(int socket, const SOCK_sockaddr *address, int addressLen);
int SOCK_connect(int socket, const SOCK_sockaddr *address, int addressLen);
int SOCK_send(int socket, const char *buf, int len, int flags);
int SOCK_recv(int socket, char *buf, int len, int flags);
int SOCK_close(int socket);
int SOCK_listen(int socket, int backlog);
int SOCK_accept(int socket, SOCK_sockaddr *address, int *addressLen);
int SOCK_shutdown(int socket, int how);
int SOCK_getaddrinfo(const char *nodename, char *servname, const SOCK_addrinfo *hints, SOCK_addrinfo **res);
void SOCK_freeaddrinfo(SOCK_addrinfo *ai);
int SOCK_ioctl(int socket, int cmd, int *data);
int SOCK_getlasterror();
int SOCK_getsocklasterror(int socket);
int SOCK_select(int socket, SOCK_fd_set *readfds, SOCK_fd_set *writefds, SOCK_fd_set *except,
                const SOCK_timeval *timeout);
int SOCK_setsockopt(int socket, int level, int optname, const char *optval, int optlen);
int SOCK_getsockopt(int socket, int level, int optname, char *optval, int *optlen);
int SOCK_getpeername(int socket, SOCK_sockaddr *name, int *namelen);
int SOCK_getsockname(int socket, SOCK_sockaddr *name, int *namelen);
int SOCK_recvfrom(int s, char *buf, int len, int flags, SOCK_sockaddr *from, int *fromlen);
int SOCK_sendto(int s, const char *buf, int len, int flags, const SOCK_sockaddr *to, int tolen);
int SOCK_UpgradeToSsl(int socket);

HRESULT SOCK_CONFIGURATION_LoadAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                    uint32_t interfaceIndex);
HRESULT SOCK_CONFIGURATION_UpdateAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                      uint32_t interfaceIndex, uint32_t updateFlags);
HRESULT SOCK_CONFIGURATION_LoadConfiguration(HAL_Configuration_NetworkInterface *config, uint32_t interfaceIndex);
HRESULT SOCK_CONFIGURATION_LinkStatus(uint32_t interfaceIndex, bool *status);
HRESULT SOCK_IPV4AddressFromString(const char *ipString, uint64_t *address);
const char *SOCK_IPV4AddressToString(uint32_t address);

#endif
