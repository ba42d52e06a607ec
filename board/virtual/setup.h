/* How an app's process and an agent's meet on the virtual board: one packet each way over a Unix socket.
 *
 * The app sends `struct k230_setup` with two descriptors (SCM_RIGHTS): the memory that plays mailbox and DDR, and the
 * eventfd that is the small core's doorbell. The agent answers `struct k230_setup_answer`. After that nothing is sent;
 * the end of the connection is the end of the other core. An app that ends in good order shuts the connection down for
 * sending and waits until the agent does: its ports are free then.
 */
#ifndef K230_SETUP_H
#define K230_SETUP_H

#include "k230_protocol.h"

#define K230_SETUP_MAGIC 0x3053334Bu /* "K3S0" */
#define K230_SETUP_MS 10000          /* either side waits this long for the other's packet */

struct k230_setup {
    uint32_t magic;
    uint32_t version; /* K230_VERSION: a mismatch is found here already */
    uint64_t length;  /* bytes of the memory */
};

struct k230_setup_answer {
    uint32_t magic;
    int32_t status; /* 0, or -enum k230_error */
    int32_t pid;    /* with -EBUSY: the process that has the board */
};

/* What the virtual board offers. 512 sockets, all with rings, and 64 pairs more for closed ones that still send. */
static const struct k230_limits k230_virtual_limits = {
    .slots = 512,
    .requests = 1024, /* every socket closed in a row fits */
    .completions = 1024,
    .pairs = 576,
    .tx_size = 256 * 1024,
    .rx_size = 1024 * 1024, /* so that a reader and the agent need not take turns; untouched memory costs nothing */
    .datagram = 65507,      /* the longest over IPv4: 65535 - 20 - 8 */
};

#endif
