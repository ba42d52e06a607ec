/* What the two cores say to each other: the layout of the shared region, every message, every code.
 *
 * Promises: fixed-width little-endian fields, no pointers, no logic beyond computing offsets. Both cores include
 * this one header, so a fact stands once. Every size and offset that the other core relies on is held by a
 * static assertion. docs/maintain/protocol.md explains each field, the states of a socket and the wake-up rules.
 *
 * May be included from anywhere: there is nothing here that runs in a context.
 */
#ifndef K230_PROTOCOL_H
#define K230_PROTOCOL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define K230_STATIC_ASSERT(condition, text) static_assert(condition, text)
extern "C" {
#else
#define K230_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

/* ---- version ----------------------------------------------------------------------------------------------------- */

#define K230_MAGIC_SMALL 0x5333324Bu /* "K23S": the small core has written its hello */
#define K230_MAGIC_BIG 0x4233324Bu   /* "K23B": the big core has written its hello */
#define K230_VERSION 1u              /* raised when a field changes its meaning; both cores must show the same */

/* Feature bits, offered by the small core in its hello. */
#define K230_FEATURE_INTERFACE 0x10u /* it knows K230_OP_INTERFACE; an older agent takes that for a fault */

/* ---- limits that both cores compile in --------------------------------------------------------------------------- */

#define K230_LINE 64u          /* cache line of both K230 cores; nothing with two writers shares one */
#define K230_SLOT_LIMIT 1024u  /* sockets that the bitmaps have room for */
#define K230_SLOT_BITS 16u     /* a handle is generation << 16 | slot */
#define K230_GEN_LIMIT 0x7FFFu /* 15 bits, so that a handle is never negative */
#define K230_HOST_MAX 255u     /* longest DNS name (RFC 1035, 2.3.4), without the terminating zero */
#define K230_SERVICE_MAX 31u   /* longer than any name in the IANA service registry (RFC 6335: 15) */
#define K230_PAYLOAD_MAX 288u  /* host and service name with their zeros; or ten addresses */

/* ---- addresses --------------------------------------------------------------------------------------------------- */

enum k230_family { K230_AF_UNSPEC = 0, K230_AF_INET = 2, K230_AF_INET6 = 10 };
enum k230_socktype { K230_SOCK_STREAM = 1, K230_SOCK_DGRAM = 2, K230_SOCK_RAW = 3 };
enum k230_ipproto { K230_IPPROTO_IP = 0, K230_IPPROTO_TCP = 6, K230_IPPROTO_UDP = 17, K230_IPPROTO_IPV6 = 41 };

struct k230_addr {
    uint16_t family; /* enum k230_family; 0 = no address */
    uint16_t port;   /* a number, not network order */
    uint32_t scope;  /* IPv6 scope id, else 0 */
    uint32_t flow;   /* IPv6 flow information, else 0 */
    uint8_t ip[16];  /* network order; IPv4 uses the first four */
};
K230_STATIC_ASSERT(sizeof(struct k230_addr) == 28, "address record");
#define K230_ADDR_SIZE 28u
#define K230_ADDRS_PER_COMPLETION (K230_PAYLOAD_MAX / K230_ADDR_SIZE)
K230_STATIC_ASSERT(K230_ADDRS_PER_COMPLETION == 10, "ten addresses in one completion");

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

#define K230_INTERFACE_UP 1u   /* its owner has switched it on */
#define K230_INTERFACE_LINK 2u /* the cable or the radio is connected */
#define K230_INTERFACE_DHCP 4u /* the address is a DHCP server's. Unset where the stack cannot tell */

enum k230_interface_kind { K230_KIND_UNKNOWN = 0, K230_KIND_ETHERNET = 1, K230_KIND_WIRELESS = 2 };

#define K230_INTERFACE_NAME 16u /* bytes of a name with its terminating zero */
#define K230_INTERFACE_DNS 2u
#define K230_INTERFACE_IPV6 4u

struct k230_interface_ipv6 {
    uint8_t ip[16]; /* network order */
    uint32_t scope; /* of a link-local address, else 0 */
    uint32_t prefix;
};
K230_STATIC_ASSERT(sizeof(struct k230_interface_ipv6) == 24, "IPv6 address of an interface");

/* An interface as K230_OP_INTERFACE shows it. IPv4 addresses are in network order, zeros = none. */
struct k230_interface {
    uint32_t flags; /* K230_INTERFACE_* */
    uint32_t kind;  /* enum k230_interface_kind */
    uint32_t mtu;   /* 0 = not known */
    uint32_t reserved;
    char name[K230_INTERFACE_NAME]; /* the stack's own, ended by a zero */
    uint8_t mac[8];                 /* six are used; zeros = none */
    uint8_t address[4];
    uint8_t mask[4];
    uint8_t gateway[4];
    struct k230_addr dns[K230_INTERFACE_DNS]; /* the first that are asked; family 0 = none */
    uint32_t ipv6_count;
    struct k230_interface_ipv6 ipv6[K230_INTERFACE_IPV6]; /* further ones are not shown */
};
K230_STATIC_ASSERT(offsetof(struct k230_interface, name) == 16, "name of an interface");
K230_STATIC_ASSERT(offsetof(struct k230_interface, mac) == 32, "hardware address of an interface");
K230_STATIC_ASSERT(offsetof(struct k230_interface, address) == 40, "IPv4 of an interface");
K230_STATIC_ASSERT(offsetof(struct k230_interface, dns) == 52, "name servers of an interface");
K230_STATIC_ASSERT(offsetof(struct k230_interface, ipv6_count) == 108, "IPv6 of an interface");
K230_STATIC_ASSERT(offsetof(struct k230_interface, ipv6) == 112, "IPv6 addresses of an interface");
K230_STATIC_ASSERT(sizeof(struct k230_interface) == 208, "an interface");
K230_STATIC_ASSERT(sizeof(struct k230_interface) <= K230_PAYLOAD_MAX, "an interface fits a completion");

/* ---- error codes ------------------------------------------------------------------------------------------------- */
/* A status is 0 or positive for success and -code for failure. The numbers are those that MicroPython has on every
 * port; a stack port translates its own to these by name and never passes a raw number. */
#define K230_ERRORS(X)                                                                                                 \
    X(EPERM, 1)                                                                                                        \
    X(ENOENT, 2)                                                                                                       \
    X(EINTR, 4)                                                                                                        \
    X(EIO, 5)                                                                                                          \
    X(EBADF, 9)                                                                                                        \
    X(EAGAIN, 11)                                                                                                      \
    X(ENOMEM, 12)                                                                                                      \
    X(EACCES, 13)                                                                                                      \
    X(EBUSY, 16)                                                                                                       \
    X(EEXIST, 17)                                                                                                      \
    X(ENODEV, 19)                                                                                                      \
    X(EINVAL, 22)                                                                                                      \
    X(EMFILE, 24)                                                                                                      \
    X(EPIPE, 32)                                                                                                       \
    X(EPROTO, 71)                                                                                                      \
    X(EDESTADDRREQ, 89)                                                                                                \
    X(EMSGSIZE, 90)                                                                                                    \
    X(ENOPROTOOPT, 92)                                                                                                 \
    X(EPROTONOSUPPORT, 93)                                                                                             \
    X(EOPNOTSUPP, 95)                                                                                                  \
    X(EAFNOSUPPORT, 97)                                                                                                \
    X(EADDRINUSE, 98)                                                                                                  \
    X(EADDRNOTAVAIL, 99)                                                                                               \
    X(ENETDOWN, 100)                                                                                                   \
    X(ENETUNREACH, 101)                                                                                                \
    X(ECONNABORTED, 103)                                                                                               \
    X(ECONNRESET, 104)                                                                                                 \
    X(ENOBUFS, 105)                                                                                                    \
    X(EISCONN, 106)                                                                                                    \
    X(ENOTCONN, 107)                                                                                                   \
    X(ETIMEDOUT, 110)                                                                                                  \
    X(ECONNREFUSED, 111)                                                                                               \
    X(EHOSTUNREACH, 113)                                                                                               \
    X(EALREADY, 114)                                                                                                   \
    X(EINPROGRESS, 115)

/* Resolver failures: status is -(K230_EAI_BASE + code); MicroPython shows them as the negative code. */
#define K230_EAI_BASE 1000
#define K230_RESOLVER_ERRORS(X)                                                                                        \
    X(EAI_BADFLAGS, 1)                                                                                                 \
    X(EAI_NONAME, 2)                                                                                                   \
    X(EAI_AGAIN, 3)                                                                                                    \
    X(EAI_FAIL, 4)                                                                                                     \
    X(EAI_FAMILY, 6)                                                                                                   \
    X(EAI_SOCKTYPE, 7)                                                                                                 \
    X(EAI_SERVICE, 8)                                                                                                  \
    X(EAI_ADDRFAMILY, 9)                                                                                               \
    X(EAI_MEMORY, 10)                                                                                                  \
    X(EAI_SYSTEM, 11)

enum k230_error {
#define X(name, number) K230_##name = number,
    K230_ERRORS(X)
#undef X
};
enum k230_resolver_error {
#define X(name, number) K230_##name = K230_EAI_BASE + number,
    K230_RESOLVER_ERRORS(X)
#undef X
};

/* "ECONNREFUSED" for 111 or -111, "EAI_NONAME" for 1002; "error" for a number that is not in the tables. */
const char *k230_error_name(int code);

/* ---- option, flag and event codes -------------------------------------------------------------------------------- */

enum k230_level { K230_SOL_SOCKET = 1, K230_LEVEL_IP = 0, K230_LEVEL_TCP = 6, K230_LEVEL_IPV6 = 41 };
enum k230_option {
    /* K230_SOL_SOCKET */
    K230_SO_REUSEADDR = 2,
    K230_SO_TYPE = 3,
    K230_SO_ERROR = 4,
    K230_SO_BROADCAST = 6,
    K230_SO_SNDBUF = 7,
    K230_SO_RCVBUF = 8,
    K230_SO_KEEPALIVE = 9,
    K230_SO_LINGER = 13, /* two int32: on, seconds */
    K230_SO_RCVTIMEO = 20,
    K230_SO_SNDTIMEO = 21,
    /* K230_LEVEL_TCP */
    K230_TCP_NODELAY = 1,
    K230_TCP_KEEPIDLE = 4,  /* seconds, 1 to 32767 */
    K230_TCP_KEEPINTVL = 5, /* the same */
    K230_TCP_KEEPCNT = 6,   /* 1 to 127 */
    /* K230_LEVEL_IP: of a number one byte alone will do */
    K230_IP_TOS = 1,
    K230_IP_TTL = 2,
    K230_IP_MULTICAST_IF = 32, /* the interface's address; or what a membership has */
    K230_IP_MULTICAST_TTL = 33,
    K230_IP_MULTICAST_LOOP = 34,
    K230_IP_ADD_MEMBERSHIP = 35, /* group, the interface's address, and if there are 12 bytes: its index, 0 = none */
    K230_IP_DROP_MEMBERSHIP = 36,
    /* K230_LEVEL_IPV6 */
    K230_IPV6_UNICAST_HOPS = 16,
    K230_IPV6_MULTICAST_IF = 17, /* an index, 0 = none */
    K230_IPV6_MULTICAST_HOPS = 18,
    K230_IPV6_MULTICAST_LOOP = 19,
    K230_IPV6_JOIN_GROUP = 20, /* group, index; 0 = the stack chooses */
    K230_IPV6_LEAVE_GROUP = 21,
    K230_IPV6_V6ONLY = 26,
};
enum k230_msg { K230_MSG_PEEK = 2, K230_MSG_DONTWAIT = 64 };
enum k230_ai { K230_AI_PASSIVE = 1, K230_AI_CANONNAME = 2, K230_AI_NUMERICHOST = 4, K230_AI_KNOWN = 7 };
enum k230_poll { K230_POLLIN = 1, K230_POLLOUT = 4, K230_POLLERR = 8, K230_POLLHUP = 16, K230_POLLNVAL = 32 };
enum k230_shut { K230_SHUT_RD = 0, K230_SHUT_WR = 1, K230_SHUT_RDWR = 2 };

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static inline uint32_t k230_handle(uint32_t slot, uint32_t gen) { return gen << K230_SLOT_BITS | slot; }
static inline uint32_t k230_handle_slot(uint32_t handle) { return handle & ((1u << K230_SLOT_BITS) - 1u); }
static inline uint32_t k230_handle_gen(uint32_t handle) { return handle >> K230_SLOT_BITS; }

/* ---- requests (big to small) and completions (small to big) ------------------------------------------------------ */

enum k230_op {
    K230_OP_OPEN = 1,     /* handle = the new one; arg0 family, arg1 type, arg2 protocol */
    K230_OP_CLOSE = 2,    /* flags K230_CLOSE_*. Completed only if it had a ring pair: arg0 = the pair, free again */
    K230_OP_BIND = 3,     /* payload: address */
    K230_OP_LISTEN = 4,   /* arg0 backlog */
    K230_OP_CONNECT = 5,  /* payload: address. Completed when the connection stands or failed */
    K230_OP_ACCEPT = 6,   /* arg0 = handle for the new socket, echoed. Answered at once; payload: peer's address */
    K230_OP_ATTACH = 7,   /* arg0 = ring pair. No completion: it cannot fail but by a fault */
    K230_OP_SHUTDOWN = 8, /* arg0 = enum k230_shut */
    K230_OP_SETOPT = 9,   /* arg0 level, arg1 option; payload: value */
    K230_OP_GETOPT = 10,  /* arg0 level, arg1 option, arg2 room. Payload: value */
    K230_OP_LOCAL = 11,   /* payload: the socket's own address */
    K230_OP_PEER = 12,    /* payload: the peer's address */
    K230_OP_CANCEL = 13,  /* undo a connect, also one that just succeeded. The connect's own completion ends it; the
                             ring pair comes back by a CLOSE completion */
    K230_OP_RESOLVE = 14, /* arg0 family, arg1 type, arg2 proto, flags AI_*; payload: host, 0, service, 0.
                             Completions: any number with MORE (addresses or a name), then one without */
    K230_OP_SENDTO = 15,  /* completion only: answers a datagram record that had K230_RECORD_CONFIRM */
    /* arg0 = which interface; 0 is the one that others are reached by. Answered at once: status = how many there are,
     * payload: struct k230_interface; or -ENOENT: not so many. Only where the hello has K230_FEATURE_INTERFACE */
    K230_OP_INTERFACE = 16,
};
#define K230_OP_LIMIT 17u

/* Lane of requests that belong to no call (ATTACH, CANCEL, CLOSE): their completions concern whoever waits for a ring
 * pair. */
#define K230_NO_LANE 1u

#define K230_CLOSE_ABORT 1u
#define K230_NO_PAIR 0xFFFFFFFFu

/* Completion flags */
#define K230_COMPLETION_MORE 1u  /* further completions of the same request follow */
#define K230_COMPLETION_CANON 2u /* the payload is the canonical name, not addresses */

struct k230_request {
    uint32_t id;     /* echoed by the completion; never 0 */
    uint16_t op;     /* enum k230_op */
    uint16_t flags;  /* by op */
    uint32_t handle; /* the socket; 0 for RESOLVE and INTERFACE */
    uint32_t arg0;
    uint32_t arg1;
    uint32_t arg2;
    uint32_t len; /* bytes of payload used */
    uint32_t reserved;
    uint8_t payload[K230_PAYLOAD_MAX];
};
K230_STATIC_ASSERT(sizeof(struct k230_request) == 320, "a request fills five lines");
K230_STATIC_ASSERT(offsetof(struct k230_request, payload) == 32, "half a line of header");
K230_STATIC_ASSERT(K230_HOST_MAX + 1 + K230_SERVICE_MAX + 1 <= K230_PAYLOAD_MAX, "a resolve request fits");

struct k230_completion {
    uint32_t id;
    uint16_t op;
    uint16_t flags; /* K230_COMPLETION_* */
    uint32_t handle;
    int32_t status; /* >= 0, or -enum k230_error, or -enum k230_resolver_error */
    uint32_t arg0;
    uint32_t reserved0;
    uint32_t len;
    uint32_t reserved1;
    uint8_t payload[K230_PAYLOAD_MAX];
};
K230_STATIC_ASSERT(offsetof(struct k230_completion, len) == offsetof(struct k230_request, len),
                   "one queue serves both");
K230_STATIC_ASSERT(sizeof(struct k230_completion) == 320, "a completion fills five lines");
K230_STATIC_ASSERT(offsetof(struct k230_completion, payload) == 32, "half a line of header");

/* ---- datagram records in the byte rings -------------------------------------------------------------------------- */

#define K230_RECORD_CONFIRM 1u   /* the sender waits for the stack's answer (completion K230_OP_SENDTO with `id`) */
#define K230_RECORD_TRUNCATED 2u /* the datagram was longer than the ring can take; the rest is lost */

struct k230_record {
    uint32_t len; /* bytes of datagram that follow; the next record starts at the next multiple of 8 */
    uint16_t flags;
    uint16_t reserved;
    uint32_t id;           /* with K230_RECORD_CONFIRM */
    struct k230_addr addr; /* destination (family 0: the connected peer), or sender */
};
K230_STATIC_ASSERT(sizeof(struct k230_record) == 40, "record header");
static inline uint32_t k230_record_space(uint32_t len)
{
    return (uint32_t)sizeof(struct k230_record) + ((len + 7u) & ~7u);
}

/* ---- one line of status per socket, written by the small core only ----------------------------------------------- */

#define K230_STATUS_ACCEPT 0x0001u  /* listener: a connection waits */
#define K230_STATUS_EOF 0x0002u     /* the peer ended its stream; the bytes in the ring come first */
#define K230_STATUS_DEAD 0x0004u    /* the connection is gone: nothing more comes in, sending gives EPIPE */
#define K230_STATUS_TX_OVER 0x0008u /* sending has failed; bytes that arrived before are still coming in */
#define K230_STATUS_ERROR_SHIFT 16  /* bits 16-23: code of the newest error, bits 24-31: its number, 0 = none yet */

/* One 32-bit word, so that flags, error and error number are always seen together. */
static inline uint32_t k230_status_word(uint32_t flags, uint32_t code, uint32_t number)
{
    return (flags & 0xFFFFu) | (code & 0xFFu) << 16 | (number & 0xFFu) << 24;
}
static inline uint32_t k230_status_code(uint32_t word) { return word >> 16 & 0xFFu; }
static inline uint32_t k230_status_number(uint32_t word) { return word >> 24; }

#define K230_WANT_TX 1u    /* the agent has nothing left to send: say when there is */
#define K230_WANT_SPACE 2u /* the receive ring was full: say when half of it is free */

struct k230_status_line {
    uint32_t status; /* k230_status_word. Of datagrams: what the network told a connected socket */
    uint32_t want;   /* K230_WANT_* */
    uint32_t reserved0;
    /* Datagrams, k230_status_word: the newest that the stack refused after its sender had gone on. Another word, for
     * this or any other reason (the low 16 bits count them): what the stack has said of a destination may no longer
     * hold. */
    uint32_t sends;
    uint32_t reserved1[12];
};
K230_STATIC_ASSERT(offsetof(struct k230_status_line, sends) == 12, "sends");
K230_STATIC_ASSERT(sizeof(struct k230_status_line) == K230_LINE, "one line per socket");

/* ---- the head of the region -------------------------------------------------------------------------------------- */

struct k230_limits {
    uint32_t slots;       /* sockets */
    uint32_t requests;    /* slots of the request queue, a power of two */
    uint32_t completions; /* slots of the completion queue, a power of two */
    uint32_t pairs;       /* transmit + receive rings in the pool */
    uint32_t tx_size;     /* bytes of a transmit ring, a power of two */
    uint32_t rx_size;     /* bytes of a receive ring, a power of two */
    uint32_t datagram;    /* longest datagram the rings carry */
};
K230_STATIC_ASSERT(sizeof(struct k230_limits) == 28, "limits");

/* The small core's network in one word. */
#define K230_NETWORK_LINK 1u    /* the cable or the radio is connected */
#define K230_NETWORK_ADDRESS 2u /* it has an address that others can reach */
#define K230_NETWORK_DIGEST_SHIFT                                                                                      \
    8 /* bits 8-31: a digest of these addresses: it changes when one of them does, and is */
      /* the same after a restart with the same addresses */

/* Written by the small core. `magic` is stored last. */
struct k230_hello_small {
    uint32_t magic;
    uint32_t version;
    uint32_t boot_id;  /* never 0, new at each start of the agent */
    uint32_t accepted; /* the big core's session that the agent serves; 0 = none */
    uint32_t features;
    uint32_t heartbeat; /* counts watchdog looks: a stopped core shows as a stopped number */
    uint32_t fault;     /* enum k230_fault: why the agent ended the last session */
    struct k230_limits limits;
    uint32_t network; /* K230_NETWORK_*: as the stack has it now */
    uint32_t reserved;
};
K230_STATIC_ASSERT(sizeof(struct k230_hello_small) == K230_LINE, "one line");

/* Written by the big core. `session` is stored last. */
struct k230_hello_big {
    uint32_t magic;
    uint32_t version;
    uint32_t agent_boot_id; /* the agent that the session is meant for */
    uint32_t session;       /* never 0, new for each session; 0 = no session wanted */
    uint32_t starved;       /* counts, within a session, how often a socket found no ring pair free */
    uint32_t reserved[11];
};
K230_STATIC_ASSERT(sizeof(struct k230_hello_big) == K230_LINE, "one line");

/* Why a session was ended by the core that checks what the other one wrote. */
#define K230_FAULTS(X)                                                                                                 \
    X(NONE, "no fault")                                                                                                \
    X(VERSION, "the other core speaks another protocol version")                                                       \
    X(LIMITS, "the agent's limits do not fit the shared region")                                                       \
    X(RING_INDEX, "a ring index claims more than the ring holds")                                                      \
    X(UNKNOWN_OP, "an unknown operation")                                                                              \
    X(BAD_HANDLE, "a handle out of range")                                                                             \
    X(BAD_PAIR, "a ring pair out of range or in use")                                                                  \
    X(BAD_LENGTH, "a length longer than its field")                                                                    \
    X(BAD_RECORD, "a datagram record longer than the ring")                                                            \
    X(BAD_COMPLETION, "a completion nobody waits for")                                                                 \
    X(SILENT, "the other core stopped answering")                                                                      \
    X(RESTARTED, "the other core restarted")                                                                           \
    X(GONE, "the other core is gone")                                                                                  \
    X(STOPPED, "stopped by its own side")
enum k230_fault {
#define X(name, text) K230_FAULT_##name,
    K230_FAULTS(X)
#undef X
        K230_FAULT_LIMIT
};
const char *k230_fault_text(uint32_t fault);

/* "the session with the small core ended: a handle out of range", cut to the room. */
#define K230_FAULT_LINE 128u
void k230_fault_line(char line[K230_FAULT_LINE], const char *other_core, uint32_t fault);

/* A 32-bit index or flag alone on its line: one writer, no neighbour. */
struct k230_cell {
    uint32_t value;
    uint32_t reserved[15];
};
K230_STATIC_ASSERT(sizeof(struct k230_cell) == K230_LINE, "one line");

#define K230_BITMAP_WORDS (K230_SLOT_LIMIT / 32u)

struct k230_head {
    struct k230_hello_small small;
    struct k230_hello_big big;
    struct k230_cell request_tail;         /* big writes: requests published */
    struct k230_cell request_head;         /* small writes: requests taken */
    struct k230_cell completion_tail;      /* small writes: completions published */
    struct k230_cell completion_head;      /* big writes: completions taken */
    struct k230_cell armed;                /* big writes: bit n = somebody sleeps on a slot with slot % 32 == n */
    struct k230_cell asleep;               /* small writes: K230_ASLEEP_* */
    uint32_t news[K230_BITMAP_WORDS];      /* small writes: toggled when a socket changed */
    uint32_t news_seen[K230_BITMAP_WORDS]; /* big writes: equal to `news` where nothing is new */
    uint32_t kick[K230_BITMAP_WORDS];      /* big writes: toggled when a socket has work for the agent */
    uint32_t kick_seen[K230_BITMAP_WORDS]; /* small writes */
};
K230_STATIC_ASSERT(sizeof(uint32_t[K230_BITMAP_WORDS]) % K230_LINE == 0, "bitmaps fill whole lines");
K230_STATIC_ASSERT(offsetof(struct k230_head, big) == 64, "hello of the big core");
K230_STATIC_ASSERT(offsetof(struct k230_head, request_tail) == 128, "index lines");
K230_STATIC_ASSERT(offsetof(struct k230_head, news) == 512, "bitmaps");
K230_STATIC_ASSERT(sizeof(struct k230_head) == 1024, "the head of the region");

#define K230_ASLEEP_DOORBELL 1u /* the agent sleeps: notify when you published something */
#define K230_ASLEEP_SPACE 2u    /* the agent waits for room in the completion queue: notify when you took some */

/* Index lines in front of the two rings of a pair. */
struct k230_pair_head {
    struct k230_cell tx_tail; /* big writes: bytes put into the transmit ring */
    struct k230_cell tx_head; /* small writes: bytes taken out of it */
    struct k230_cell rx_tail; /* small writes: bytes put into the receive ring */
    struct k230_cell rx_head; /* big writes: bytes taken out of it */
};
K230_STATIC_ASSERT(sizeof(struct k230_pair_head) == 256, "four lines in front of a pair");

/* ---- where things are -------------------------------------------------------------------------------------------- */

struct k230_layout {
    uint32_t requests;    /* offset of the request slots */
    uint32_t completions; /* offset of the completion slots */
    uint32_t status;      /* offset of the status lines */
    uint32_t pairs;       /* offset of the first ring pair */
    uint32_t pair_stride; /* bytes from one pair to the next */
    uint64_t end;         /* bytes in all */
};

static inline bool k230_power_of_two(uint32_t n) { return n != 0 && (n & (n - 1u)) == 0; }

/* True when the limits are sane and the region of `length` bytes holds what they ask for; then *out is filled. */
static inline bool k230_layout_of(const struct k230_limits *limits, uint64_t length, struct k230_layout *out)
{
    if (limits->slots == 0 || limits->slots > K230_SLOT_LIMIT || !k230_power_of_two(limits->requests) ||
        !k230_power_of_two(limits->completions) || limits->requests > 4096u || limits->completions > 4096u ||
        limits->pairs == 0 || limits->pairs > 4u * K230_SLOT_LIMIT || !k230_power_of_two(limits->tx_size) ||
        !k230_power_of_two(limits->rx_size) || limits->tx_size < 1024u || limits->rx_size < 1024u ||
        limits->tx_size > 1u << 24 || limits->rx_size > 1u << 24 || limits->datagram == 0 ||
        limits->datagram > 65535u || k230_record_space(limits->datagram) > limits->tx_size ||
        k230_record_space(limits->datagram) > limits->rx_size / 2u) /* a half-empty ring takes one: K230_WANT_SPACE */
        return false;
    uint64_t at = sizeof(struct k230_head);
    uint64_t requests = at;
    at += (uint64_t)limits->requests * sizeof(struct k230_request);
    uint64_t completions = at;
    at += (uint64_t)limits->completions * sizeof(struct k230_completion);
    uint64_t status = at;
    at += (uint64_t)limits->slots * sizeof(struct k230_status_line);
    uint64_t pairs = at;
    uint64_t stride = sizeof(struct k230_pair_head) + (uint64_t)limits->tx_size + limits->rx_size;
    at += stride * limits->pairs;
    if (at > length || at > UINT32_MAX)
        return false;
    out->requests = (uint32_t)requests;
    out->completions = (uint32_t)completions;
    out->status = (uint32_t)status;
    out->pairs = (uint32_t)pairs;
    out->pair_stride = (uint32_t)stride;
    out->end = at;
    return true;
}

#ifdef __cplusplus
}
#endif
#endif
