/* The one PAL of a target, shared by its SOCK_ names (K230_SocketsPal.cpp) and its TLS hooks (k230_tls.c).
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_PAL_INSTANCE_H
#define K230_PAL_INSTANCE_H

#include "k230_pal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Set up at the first call after K230_Sockets_Start; NULL before that. */
struct k230_pal *k230_pal_instance(void);

#ifdef __cplusplus
}
#endif
#endif
