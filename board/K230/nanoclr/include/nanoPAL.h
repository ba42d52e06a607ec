/* The POSIX target's nanoPAL.h leaves the sockets out, which System.Net's natives expect in it. */
#ifndef K230_NANOPAL_H
#define K230_NANOPAL_H

#include_next <nanoPAL.h>

#include <nanoPAL_Sockets.h>

#endif
