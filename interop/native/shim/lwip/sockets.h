/* nf-interpreter's TLS layer includes lwIP's POSIX names for its default functions, which k230_tls.c replaces. The C
 * library's do to compile them. */
#ifndef K230_SHIM_LWIP_SOCKETS_H
#define K230_SHIM_LWIP_SOCKETS_H

#include <errno.h>
#include <fcntl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#endif
