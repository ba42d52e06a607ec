/* This system's errno numbers as the protocol's, by name: for the files of a port, which include its <errno.h>. */
#ifndef K230_ERRNO_H
#define K230_ERRNO_H

#include "k230_protocol.h"

#include <errno.h>

/* 0, or -enum k230_error; EIO for what the protocol has no name for. */
static inline int k230_name_errno(int error)
{
    switch (error) {
    case 0:
        return 0;
    case ENFILE: /* no descriptor in the whole system: to the caller the same as EMFILE */
        return -K230_EMFILE;
#ifdef ESHUTDOWN
    case ESHUTDOWN:
        return -K230_EPIPE;
#endif
#if EAGAIN != EWOULDBLOCK
    case EWOULDBLOCK:
        return -K230_EAGAIN;
#endif
#define X(name, number)                                                                                                \
    case name:                                                                                                         \
        return -K230_##name;
        K230_ERRORS(X)
#undef X
    default:
        return -K230_EIO;
    }
}

#endif
