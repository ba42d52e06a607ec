/* nanoCLR's sockets PAL over the client: what the natives of System.Net call, and through them HTTP, MQTT and every
 * other library of the ecosystem. interop/native/K230_SocketsPal.cpp gives these functions their SOCK_ names.
 *
 * Promises
 * - Numbers, addresses and results are the PAL's: Winsock's error and option numbers, 16-byte socket addresses, -1 for
 *   a failure whose number k230_pal_error has. Both sides are translated in one place, pal_codes.c.
 * - Readiness, bytes that are there, accepting, sending, receiving and closing are answered from state on this core.
 *   A look-up that has no answer yet gives SOCK_EWOULDBLOCK and is asked again after the next news.
 * - What only the agent can answer (open, bind, listen, options, the own address, the first datagram to a destination)
 *   holds the caller up for one round trip: K230_PAL_ANSWER_MS at most, and K230_PAL_START_MS where a session has yet
 *   to begin. Then it fails, and nothing of it is left.
 * - Whoever was told "not ready" or SOCK_EWOULDBLOCK is told by the client's `news` hook when that changes.
 * - A handle of the PAL's is no handle of K230.Sockets, though both are sockets of one client.
 *
 * Contexts: the CLR's thread. k230_pal_changes: any.
 */
#ifndef K230_PAL_H
#define K230_PAL_H

#include "k230_op.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef K230_PAL_ANSWER_MS
#define K230_PAL_ANSWER_MS 2000u
#endif
#ifndef K230_PAL_START_MS
#define K230_PAL_START_MS 1000u
#endif
/* How long a socket in blocking mode waits: a peer that stalls a TLS handshake does not hold the CLR up for ever. */
#ifndef K230_PAL_BLOCK_MS
#define K230_PAL_BLOCK_MS 15000u
#endif
/* A look-up whose asker has not come back for so long is nobody's; the natives give up after 30 s. */
#ifndef K230_PAL_LOOK_UP_MS
#define K230_PAL_LOOK_UP_MS 35000u
#endif
/* Interfaces that the board's own name, "", stands for. */
#ifndef K230_PAL_INTERFACES
#define K230_PAL_INTERFACES 4u
#endif

/* ---- the PAL's numbers (Winsock's) ------------------------------------------------------------------------------- */

enum k230_pal_errno {
    K230_PAL_EINTR = 10004,
    K230_PAL_EBADF = 10009,
    K230_PAL_EACCES = 10013,
    K230_PAL_EFAULT = 10014,
    K230_PAL_EINVAL = 10022,
    K230_PAL_EMFILE = 10024,
    K230_PAL_EWOULDBLOCK = 10035,
    K230_PAL_EALREADY = 10037,
    K230_PAL_EDESTADDRREQ = 10039,
    K230_PAL_EMSGSIZE = 10040,
    K230_PAL_ENOPROTOOPT = 10042,
    K230_PAL_EPROTONOSUPPORT = 10043,
    K230_PAL_EOPNOTSUPP = 10045,
    K230_PAL_EAFNOSUPPORT = 10047,
    K230_PAL_EADDRINUSE = 10048,
    K230_PAL_EADDRNOTAVAIL = 10049,
    K230_PAL_ENETDOWN = 10050,
    K230_PAL_ENETUNREACH = 10051,
    K230_PAL_ECONNABORTED = 10053,
    K230_PAL_ECONNRESET = 10054,
    K230_PAL_ENOBUFS = 10055,
    K230_PAL_EISCONN = 10056,
    K230_PAL_ENOTCONN = 10057,
    K230_PAL_ESHUTDOWN = 10058,
    K230_PAL_ETIMEDOUT = 10060,
    K230_PAL_ECONNREFUSED = 10061,
    K230_PAL_EHOSTUNREACH = 10065,
    K230_PAL_HOST_NOT_FOUND = 11001,
    K230_PAL_TRY_AGAIN = 11002,
    K230_PAL_NO_RECOVERY = 11003,
};

/* The one family of the PAL's: without LWIP_IPV6 the natives know no other. */
#define K230_PAL_AF_INET 2

/* For -enum k230_error and -enum k230_resolver_error; 0 for a success. */
int k230_pal_errno(int result);

#define K230_PAL_ADDR_SIZE 16 /* family in this core's order; port and address in network order; eight zeros */

/* False for another family, or a length that is too short. */
bool k230_pal_get_addr(const void *bytes, int length, struct k230_addr *addr);
/* As much as *length has room for; *length becomes what the whole address takes. */
void k230_pal_put_addr(const struct k230_addr *addr, void *bytes, int *length);

enum k230_pal_option_kind {
    K230_PAL_OPTION_INT,     /* four bytes, the same on both sides */
    K230_PAL_OPTION_NOT,     /* the negation of the option it stands for */
    K230_PAL_OPTION_LINGER,  /* seconds; setting it turns it on */
    K230_PAL_OPTION_DRY,     /* turns lingering off, whatever the value */
    K230_PAL_OPTION_GROUP,   /* eight bytes: group, interface */
    K230_PAL_OPTION_IGNORED, /* kept by the managed side */
    K230_PAL_OPTION_ERROR,   /* answered here, as the next two */
    K230_PAL_OPTION_TYPE,
    K230_PAL_OPTION_LISTENS,
};

struct k230_pal_option {
    int level;
    int name;
    int wire_level;
    int wire_name;
    enum k230_pal_option_kind kind;
};

/* NULL where there is no such option. */
const struct k230_pal_option *k230_pal_find_option(int level, int name);

/* ---- state ------------------------------------------------------------------------------------------------------- */

enum k230_pal_state {
    K230_PAL_NONE,  /* the slot has no socket of the PAL's */
    K230_PAL_FRESH, /* a stream that was never connected */
    K230_PAL_LISTENING,
    K230_PAL_CONNECTING,
    K230_PAL_CONNECTED,
    K230_PAL_FAILED, /* the connect failed; `failure` says why */
    K230_PAL_BROKEN, /* the connection failed, and what had arrived before was read */
    K230_PAL_DATAGRAM,
};

#define K230_PAL_NO_ACCEPT INT32_MIN

struct k230_pal_sock {
    int32_t handle;
    uint8_t state; /* enum k230_pal_state */
    bool blocking;
    bool inside;           /* its own address or its peer's is the small core's loopback: no link is needed */
    bool shut;             /* for sending, by its owner */
    int32_t error;         /* of the last call, enum k230_pal_errno */
    int32_t failure;       /* why it is over; 0 while nobody was told */
    uint32_t accept_call; /* a connection is being fetched ahead of the accept */
    int32_t accepted;     /* the handle of one that was, -enum k230_error, or K230_PAL_NO_ACCEPT */
    struct k230_arming arming;
    void *tls; /* whatever the TLS layer keeps with the socket */
};

struct k230_pal_look_up {
    bool used;
    uint64_t asked_ms; /* when its asker came last */
    struct k230_operation op;
    char host[K230_HOST_MAX + 1];
};

/* What k230_op_resolve writes. */
#define K230_PAL_ANSWER_SIZE (K230_HOST_MAX + 1u + K230_RESOLVE_ADDRS * K230_ADDR_SIZE)

struct k230_pal {
    struct k230_client *client;
    int32_t error; /* of the last call of all */
    bool leaving;  /* everything is being closed: nobody waits for a peer any more */
    struct k230_pal_sock socks[K230_SOCK_MAX];
    struct k230_pal_look_up look_ups[K230_RESOLVE_MAX];
    struct k230_arming arming; /* who found all look-ups in use */
    uint8_t answer[K230_PAL_ANSWER_SIZE];
};

/* `pal` is zeroed static memory; the client has a `news` hook. */
void k230_pal_init(struct k230_pal *pal, struct k230_client *client);
/* The network is wanted: a session is begun, by the thread that attends the client, and kept up. Does not wait. */
void k230_pal_start(struct k230_pal *pal);
/* Closes every socket of the PAL's and forgets what is asked (soft reboot). */
void k230_pal_close_all(struct k230_pal *pal);

/* ---- calls: a result >= 0, or -1 and k230_pal_error ---------------------------------------------------------------
 */

int k230_pal_socket(struct k230_pal *pal, int family, int type, int protocol);
int k230_pal_bind(struct k230_pal *pal, int handle, const void *address, int length);
/* Streams: -1 with SOCK_EWOULDBLOCK while it is under way; then the socket becomes writable, or exceptional. */
int k230_pal_connect(struct k230_pal *pal, int handle, const void *address, int length);
int k230_pal_listen(struct k230_pal *pal, int handle, int backlog);
/* `address` may be NULL. */
int k230_pal_accept(struct k230_pal *pal, int handle, void *address, int *length);
/* flags: 0 or K230_PAL_PEEK. */
#define K230_PAL_PEEK 2
int k230_pal_send(struct k230_pal *pal, int handle, const void *data, int length, int flags);
int k230_pal_recv(struct k230_pal *pal, int handle, void *data, int length, int flags);
int k230_pal_sendto(struct k230_pal *pal, int handle, const void *data, int length, int flags, const void *address,
                    int address_length);
int k230_pal_recvfrom(struct k230_pal *pal, int handle, void *data, int length, int flags, void *address,
                      int *address_length);
int k230_pal_shutdown(struct k230_pal *pal, int handle, int how);
/* Never waits; what was sent still goes out. */
int k230_pal_close(struct k230_pal *pal, int handle);

/* The commands, whatever size of their parameter is coded into them: it is 4 in managed code, 8 where `long` is. */
#define K230_PAL_FIONREAD 0x4004667F
#define K230_PAL_FIONBIO 0x8004667E
int k230_pal_ioctl(struct k230_pal *pal, int handle, uint32_t command, int *data);
int k230_pal_setsockopt(struct k230_pal *pal, int handle, int level, int name, const void *value, int length);
int k230_pal_getsockopt(struct k230_pal *pal, int handle, int level, int name, void *value, int *length);
int k230_pal_getpeername(struct k230_pal *pal, int handle, void *address, int *length);
int k230_pal_getsockname(struct k230_pal *pal, int handle, void *address, int *length);

/* Of the last call of all. */
int k230_pal_error(const struct k230_pal *pal);
/* Of the last call on the socket; it becomes the last of all. */
int k230_pal_sock_error(struct k230_pal *pal, int handle);

/* ---- readiness --------------------------------------------------------------------------------------------------- */

#define K230_PAL_READ 1u   /* bytes, a datagram, a connection, the end of the stream, or an error to be received */
#define K230_PAL_WRITE 2u  /* room to send */
#define K230_PAL_EXCEPT 4u /* it failed, or there is no link: k230_pal_error says which */
/* Which of `wanted` hold now, or -1 for a closed handle. */
int k230_pal_ready(struct k230_pal *pal, int handle, uint32_t wanted);

/* Sleeps, on behalf of a TLS layer that holds the caller's thread anyway, until there is something to receive, also an
 * error. False after timeout_ms. */
bool k230_pal_wait_readable(struct k230_pal *pal, int handle, uint32_t timeout_ms);

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* For "" the small core's own. The number of IPv4 addresses, of which the first `room` are stored; -1 with
 * SOCK_EWOULDBLOCK until they are there: call again with the same name. *canon receives the canonical name, "" if there
 * is none; good until the next call. */
int k230_pal_resolve(struct k230_pal *pal, const char *host, struct k230_addr *addrs, int room, const char **canon);

/* "192.0.2.7", and nothing else that inet_aton takes. */
bool k230_pal_dotted(const char *text, struct k230_addr *addr);

/* ---- the network ------------------------------------------------------------------------------------------------- */

/* Carrier, as the agent shows it now. */
bool k230_pal_link(struct k230_pal *pal);

/* The number of interfaces, the facts of the one at `index` as the small core has them now; or -1. */
int k230_pal_interface(struct k230_pal *pal, uint32_t index, struct k230_interface *facts);

#define K230_PAL_LINK_CHANGED 1u
#define K230_PAL_ADDRESS_CHANGED 2u
/* What has become different between two words of k230_client_on_network; 0 stands for "none yet". */
uint32_t k230_pal_changes(uint32_t before, uint32_t now);

/* ---- for what is built on the PAL: its C++ half, a TLS layer ------------------------------------------------------ */

/* NULL, and SOCK_EBADF as the error, where the handle is none of the PAL's. */
struct k230_pal_sock *k230_pal_of(struct k230_pal *pal, int handle);
/* -1, with an error in the PAL's own numbers kept. */
int k230_pal_fail(struct k230_pal *pal, struct k230_pal_sock *sock, int error);

#ifdef __cplusplus
}
#endif
#endif
