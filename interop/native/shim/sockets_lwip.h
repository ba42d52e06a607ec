/* What nf-interpreter's TLS layer asks of the sockets driver below it, answered by the PAL of K230_SocketsPal.cpp: with
 * each socket it keeps the context of its connection. Stands first on the include path, in place of the driver's own
 * header.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_SHIM_SOCKETS_LWIP_H
#define K230_SHIM_SOCKETS_LWIP_H

#include <nanoHAL.h>
#include <nanoPAL_Sockets.h>

struct Sockets_LWIP_Driver {
    void *GetSocketSslData(SOCK_SOCKET socket);
    void SetSocketSslData(SOCK_SOCKET socket, void *sslObj);
};

extern Sockets_LWIP_Driver g_Sockets_LWIP_Driver;

#endif
