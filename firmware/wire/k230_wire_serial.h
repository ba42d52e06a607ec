/* The Wire Protocol over a serial line: 8 data bits, no parity, 1 stop bit, no flow control.
 *
 * Ports: posix (termios, and a pseudo-terminal in place of a line), rtsmart (the vendor's UART driver).
 *
 * Promises
 * - A line has no notion of a connection: a PC is there from its first byte on. On a pseudo-terminal it goes when it
 * closes the other end; on a wire it goes when it takes nothing for K230_WIRE_WRITE_MS, which only flow control can
 * tell.
 * - What one PC left unread or half written does not reach the next one.
 */
#ifndef K230_WIRE_SERIAL_H
#define K230_WIRE_SERIAL_H

#include "k230_wire.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_WIRE_PTY "pty"    /* in place of a path, posix: makes a pseudo-terminal */
#define K230_WIRE_RATE 921600u /* the first that nanoFramework's tools try */
#define K230_WIRE_SERIAL_PATH 64u

struct k230_wire_serial {
    struct k230_wire_transport transport; /* first */
    struct k230_hal *hal;
    uint32_t rate;
    int fd; /* -1 = closed */
    char path[K230_WIRE_SERIAL_PATH];
    char name[K230_WIRE_SERIAL_PATH]; /* what the PC opens; of a pseudo-terminal known after k230_wire_open */
};

/* False: the path is too long. */
bool k230_wire_serial_init(struct k230_wire_serial *serial, struct k230_hal *hal, const char *path, uint32_t rate);

#ifdef __cplusplus
}
#endif
#endif
