/* nanoFramework's Wire Protocol: how a tool on a PC deploys to, debugs and watches the CLR of a big core.
 *
 * Packets, the state machine that finds them in a stream of bytes, and a server for one PC at a time over any
 * transport. What a command means is the handler's business: nothing here knows the CLR.
 *
 * Promises
 * - Static memory only. A server, a transport and a receiver are structures that their owner places.
 * - Bytes of the PC are never trusted: a header or a payload whose CRC is wrong, a size above K230_WIRE_PAYLOAD_MAX and
 * a silence within a packet cost that packet alone. The next packet is found even where the broken one promised to
 * reach into it.
 * - The handler sees whole packets with correct CRCs, one at a time, between one `came` and one `gone`.
 * - Packets that are sent at the same time by several threads go out whole, one after the other.
 *
 * Contexts: a receiver belongs to one thread. Of a server, k230_wire_serve belongs to one thread, the other functions
 * to any. Not from an interrupt.
 */
#ifndef K230_WIRE_H
#define K230_WIRE_H

#include "k230_hal.h"
#include "k230_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- packets ----------------------------------------------------------------------------------------------------- */

#define K230_WIRE_MARKER "NFPKTV1" /* with its zero, eight bytes: a packet begins */
#define K230_WIRE_MARKER_SIZE 8u
#define K230_WIRE_HEADER_SIZE 32u
#define K230_WIRE_PAYLOAD_MAX 1024u
#define K230_WIRE_PACKET_MAX (K230_WIRE_HEADER_SIZE + K230_WIRE_PAYLOAD_MAX)
#define K230_WIRE_REPLY_MAX 2048u /* to the PC, whose tools take so much: a deep stack, the list of natives */

enum k230_wire_flag {
    K230_WIRE_NON_CRITICAL = 0x0001, /* nobody waits for a reply */
    K230_WIRE_REPLY = 0x0002,
    K230_WIRE_BAD_HEADER = 0x0004, /* with NACK: what arrived was no packet */
    K230_WIRE_BAD_PAYLOAD = 0x0008,
    K230_WIRE_NO_CACHING = 0x2000,
    K230_WIRE_NACK = 0x4000,
    K230_WIRE_ACK = 0x8000,
};

enum k230_wire_command {
    K230_WIRE_PING = 0x00000000,
    K230_WIRE_MESSAGE = 0x00000001, /* from the device: text, without a zero */
    K230_WIRE_READ_MEMORY = 0x00000002,
    K230_WIRE_WRITE_MEMORY = 0x00000003,
    K230_WIRE_CHECK_MEMORY = 0x00000004,
    K230_WIRE_ERASE_MEMORY = 0x00000005,
    K230_WIRE_EXECUTE = 0x00000006,
    K230_WIRE_REBOOT = 0x00000007,
    K230_WIRE_MEMORY_MAP = 0x00000008,
    K230_WIRE_PROGRAM_EXIT = 0x00000009, /* from the device */
    K230_WIRE_CHECK_SIGNATURE = 0x0000000A,
    K230_WIRE_DEPLOYMENT_MAP = 0x0000000B,
    K230_WIRE_FLASH_SECTOR_MAP = 0x0000000C,
    K230_WIRE_OEM_INFO = 0x0000000E,
    K230_WIRE_QUERY_CONFIGURATION = 0x0000000F,
    K230_WIRE_UPDATE_CONFIGURATION = 0x00000010,
    K230_WIRE_STORAGE_OPERATION = 0x00000011,
    K230_WIRE_TARGET_INFO = 0x00000020,

    K230_WIRE_EXECUTION_BASE_PTR = 0x00020000,
    K230_WIRE_EXECUTION_CHANGE_CONDITIONS = 0x00020001,
    K230_WIRE_EXECUTION_ALLOCATE = 0x00020004,
    K230_WIRE_EXECUTION_BREAKPOINTS = 0x00020005,
    K230_WIRE_EXECUTION_BREAKPOINT_HIT = 0x00020006, /* from the device */
    K230_WIRE_EXECUTION_BREAKPOINT_STATUS = 0x00020007,
    K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES = 0x00020008,
    K230_WIRE_EXECUTION_SET_CURRENT_APP_DOMAIN = 0x00020009,
    K230_WIRE_THREAD_LIST = 0x00020011,
    K230_WIRE_THREAD_STACK = 0x00020012,
    K230_WIRE_THREAD_KILL = 0x00020013,
    K230_WIRE_THREAD_SUSPEND = 0x00020014,
    K230_WIRE_THREAD_RESUME = 0x00020015,
    K230_WIRE_THREAD_GET_EXCEPTION = 0x00020016,
    K230_WIRE_THREAD_UNWIND = 0x00020017,
    K230_WIRE_THREAD_CREATE_EX = 0x00020018,
    K230_WIRE_STACK_INFO = 0x00020020,
    K230_WIRE_STACK_SET_IP = 0x00020021,
    K230_WIRE_VALUE_RESIZE_SCRATCH_PAD = 0x00020030,
    K230_WIRE_VALUE_GET_STACK = 0x00020031,
    K230_WIRE_VALUE_GET_FIELD = 0x00020032,
    K230_WIRE_VALUE_GET_ARRAY = 0x00020033,
    K230_WIRE_VALUE_GET_BLOCK = 0x00020034,
    K230_WIRE_VALUE_GET_SCRATCH_PAD = 0x00020035,
    K230_WIRE_VALUE_SET_BLOCK = 0x00020036,
    K230_WIRE_VALUE_SET_ARRAY = 0x00020037,
    K230_WIRE_VALUE_ALLOCATE_OBJECT = 0x00020038,
    K230_WIRE_VALUE_ALLOCATE_STRING = 0x00020039,
    K230_WIRE_VALUE_ALLOCATE_ARRAY = 0x0002003A,
    K230_WIRE_VALUE_ASSIGN = 0x0002003B,
    K230_WIRE_TYPE_SYS_ASSEMBLIES = 0x00020040,
    K230_WIRE_TYPE_SYS_APP_DOMAINS = 0x00020044,
    K230_WIRE_RESOLVE_ASSEMBLY = 0x00020050,
    K230_WIRE_RESOLVE_TYPE = 0x00020051,
    K230_WIRE_RESOLVE_FIELD = 0x00020052,
    K230_WIRE_RESOLVE_METHOD = 0x00020053,
    K230_WIRE_RESOLVE_VIRTUAL_METHOD = 0x00020054,
    K230_WIRE_RESOLVE_APP_DOMAIN = 0x00020055,
    K230_WIRE_THREAD_GET = 0x00021000,
    K230_WIRE_DEPLOYMENT_STATUS = 0x000200B0,
    K230_WIRE_INFO_SET_JMC = 0x000200C0,
};

/* As the bytes are sent, little-endian like both ends. */
struct k230_wire_header {
    uint8_t marker[K230_WIRE_MARKER_SIZE];
    uint32_t crc;         /* k230_crc of these 32 bytes, with zero in this field */
    uint32_t payload_crc; /* k230_crc of the payload; 0 for an empty one */
    uint32_t command;     /* enum k230_wire_command */
    uint16_t sequence;
    uint16_t reply_sequence; /* in a reply: `sequence` of the request */
    uint32_t flags;          /* enum k230_wire_flag */
    uint32_t size;           /* of the payload that follows */
};
K230_STATIC_ASSERT(sizeof(struct k230_wire_header) == K230_WIRE_HEADER_SIZE, "header of a packet");
K230_STATIC_ASSERT(offsetof(struct k230_wire_header, crc) == 8, "crc of a packet");
K230_STATIC_ASSERT(offsetof(struct k230_wire_header, command) == 16, "command of a packet");
K230_STATIC_ASSERT(offsetof(struct k230_wire_header, sequence) == 20, "sequence of a packet");
K230_STATIC_ASSERT(offsetof(struct k230_wire_header, flags) == 24, "flags of a packet");
K230_STATIC_ASSERT(offsetof(struct k230_wire_header, size) == 28, "size of a packet");

/* Fills in marker and both CRCs; `payload` has header->size bytes. */
void k230_wire_seal(struct k230_wire_header *header, const void *payload);

/* ---- the receiver ------------------------------------------------------------------------------------------------ */

#define K230_WIRE_SILENCE_MS 2000u /* a packet whose next byte takes longer is given up */

enum k230_wire_state {
    K230_WIRE_SEEKING, /* for a marker; up to seven bytes of one are there */
    K230_WIRE_IN_HEADER,
    K230_WIRE_IN_PAYLOAD,
};

enum k230_wire_found {
    K230_WIRE_NOTHING, /* all bytes are taken, more are needed */
    K230_WIRE_PACKET,  /* in `header` and `payload`, until the next call */
    K230_WIRE_FOUND_BAD_HEADER,
    K230_WIRE_FOUND_BAD_PAYLOAD,
};

struct k230_wire_receiver {
    uint32_t state; /* enum k230_wire_state */
    uint32_t begin; /* the bytes of `bytes` that are in use: [begin, end) */
    uint32_t end;
    uint32_t reported; /* bad packets that begin before this one are part of one that was reported */
    bool over;         /* the packet at `begin` was handed out */
    bool waiting;      /* the last result was K230_WIRE_NOTHING */
    uint64_t last_ms;  /* when the last byte came */
    struct k230_wire_header header;
    const uint8_t *payload; /* header.size bytes */
    /* how often, for a look at a bad line */
    uint32_t skipped; /* bytes that belong to no packet */
    uint32_t silences;
    uint8_t bytes[K230_WIRE_PACKET_MAX];
};

/* Zeroed memory, and after a PC has gone. The counts stay. */
void k230_wire_receiver_reset(struct k230_wire_receiver *receiver);

/* Takes bytes that have come by now_ms (monotonic; the time of the call) until one of the results is there, or none is
 * left. *used: how many were taken. Call it again with what is left, or with none, until it says K230_WIRE_NOTHING.
 * A bad packet costs its first byte only: what it has swallowed is searched again, and of bad packets within it nothing
 * is reported. */
enum k230_wire_found k230_wire_receive(struct k230_wire_receiver *receiver, const void *data, uint32_t length,
                                       uint32_t *used, uint64_t now_ms);

/* ---- transports -------------------------------------------------------------------------------------------------- */

struct k230_wire_transport;

/* Results: >= 0, or -enum k230_error. All but `write` are called by the serving thread alone. None waits longer than
 * its time-out; each returns within K230_WIRE_TURN_MS after k230_wire_ending has become true. */
struct k230_wire_transport_ops {
    /* Brings the line or the listener up, also again after close. 0, or an error, upon which it is called again later.
     */
    int (*open)(struct k230_wire_transport *transport);
    /* 1: a PC is there; 0: none yet; an error: the line or the listener broke and is opened again. */
    int (*accept)(struct k230_wire_transport *transport, uint32_t timeout_ms);
    /* Bytes; 0: none within the time; an error: the PC is gone, -ECONNRESET also for a proper end. */
    int (*read)(struct k230_wire_transport *transport, void *data, uint32_t length, uint32_t timeout_ms);
    /* 0 when all of it is on its way, or an error, after which the PC counts as gone: it may have a part. Any thread,
     * one at a time; timeout_ms without any progress is an error. */
    int (*write)(struct k230_wire_transport *transport, const void *data, uint32_t length, uint32_t timeout_ms);
    /* Lets go of the PC. A write that waits in another thread ends soon. */
    void (*drop)(struct k230_wire_transport *transport);
    /* Undoes open; no write is under way. */
    void (*close)(struct k230_wire_transport *transport);
};

struct k230_wire_transport {
    const struct k230_wire_transport_ops *ops;
    const char *name; /* in log lines */
    uint32_t ending;  /* atomic: k230_wire_stop was called */
};

bool k230_wire_ending(const struct k230_wire_transport *transport);

/* ---- the server -------------------------------------------------------------------------------------------------- */

#define K230_WIRE_TURN_MS 250u   /* how long the serving thread waits before it looks whether it shall end */
#define K230_WIRE_WRITE_MS 2000u /* a PC that takes nothing for so long is gone */
#define K230_WIRE_REOPEN_MS 500u /* between two attempts to open */

struct k230_wire_server;

/* Called by the serving thread. May call k230_wire_send, and k230_wire_stop. */
struct k230_wire_handler {
    void *arg;
    /* `payload` has header->size bytes and is valid during the call, which may wait: the next packet is read after it.
     * Replies of the PC (K230_WIRE_REPLY) and packets of unknown commands come here too. */
    void (*packet)(void *arg, const struct k230_wire_header *header, const uint8_t *payload);
    void (*came)(void *arg); /* a PC is there; may be NULL */
    void (*gone)(void *arg); /* it went, in whatever state; may be NULL */
};

struct k230_wire_counts {
    uint32_t packets; /* that the handler has seen */
    uint32_t bad_headers;
    uint32_t bad_payloads;
    uint32_t visits; /* PCs that came */
};

struct k230_wire_server {
    struct k230_hal *hal;
    struct k230_wire_transport *transport;
    struct k230_wire_handler handler;
    bool opened;
    int32_t failure;    /* of the last attempt to open; logged when it changes */
    uint32_t connected; /* atomic; written under lock */
    uint32_t lock;      /* one packet is being sent */
    uint16_t sequence;  /* under lock: of k230_wire_request and k230_wire_reply */
    struct k230_wire_receiver receiver;
    struct k230_wire_counts counts;
    uint8_t incoming[K230_WIRE_PACKET_MAX];
    uint8_t outgoing[K230_WIRE_HEADER_SIZE + K230_WIRE_REPLY_MAX];
};

/* `hal` supplies the clock, the lock, the log and sleep; no region is needed. */
void k230_wire_init(struct k230_wire_server *server, struct k230_hal *hal, struct k230_wire_transport *transport,
                    const struct k230_wire_handler *handler);

/* Brings the transport up before k230_wire_serve does, for whoever reports a failure. 0, or -enum k230_error. */
int k230_wire_open(struct k230_wire_server *server);

/* The body of the serving thread: returns after k230_wire_stop. */
void k230_wire_serve(struct k230_wire_server *server);

/* Ends k230_wire_serve within a second, unless its handler waits; the transport says goodbye. Any thread, also before
 * k230_wire_serve, which then returns at once. */
void k230_wire_stop(struct k230_wire_server *server);

/* Sends a packet: marker and CRCs are filled in, everything else is the caller's. 0; -ENOTCONN: no PC is there;
 * -EMSGSIZE: header->size is above K230_WIRE_REPLY_MAX; another error: the PC is gone. Waits K230_WIRE_WRITE_MS at
 * most for a PC that takes nothing, and for packets of other threads before it. */
int k230_wire_send(struct k230_wire_server *server, const struct k230_wire_header *header, const void *payload);

/* The same with the next sequence number: a packet that is no reply, and a reply to `to`, with K230_WIRE_REPLY. */
int k230_wire_request(struct k230_wire_server *server, uint32_t command, uint32_t flags, const void *payload,
                      uint32_t size);
int k230_wire_reply(struct k230_wire_server *server, const struct k230_wire_header *to, uint32_t flags,
                    const void *payload, uint32_t size);

bool k230_wire_connected(const struct k230_wire_server *server);

#ifdef __cplusplus
}
#endif
#endif
