/* What a port of the serial line supplies to serial_over_fd.c: the line as a descriptor. */
#ifndef SERIAL_OVER_FD_H
#define SERIAL_OVER_FD_H

#include "k230_wire_serial.h"

/* Opens serial->path at serial->rate, raw; fills serial->name. The descriptor, or -enum k230_error. */
int k230i_line_open(struct k230_wire_serial *serial);

/* Forgets what is on its way in both directions. */
void k230i_line_flush(struct k230_wire_serial *serial);

/* -enum k230_error for this system's errno. */
int k230i_line_error(void);

#endif
