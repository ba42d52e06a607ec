/* nf-interpreter's sockets header on a 64-bit target: this folder stands first on the include path, the corrected header
 * (interop/native/corrections.cmake) behind it, and what is missing is here.
 *
 * - SOCK_FIONREAD and its neighbours have the size of u_long in them; managed code has the numbers for four bytes.
 * - The natives hand a CLR_UINT64 (unsigned long long) to a function that takes a uint64_t.
 *
 * On a 32-bit target nothing of this makes a difference. Contexts: anywhere.
 */
#ifndef K230_SHIM_NANOPAL_SOCKETS_H
#define K230_SHIM_NANOPAL_SOCKETS_H

#include <nanoHAL.h>
#include <stdint.h>
#include <string.h>

typedef const char *LPCSTR; /* nanoHAL.h may include this before it has it */

/* All of it runs on the CLR's thread. */
#ifndef GLOBAL_LOCK_SOCKETS
#define GLOBAL_LOCK_SOCKETS(x)
#endif

#include_next <nanoPAL_Sockets.h>

#undef SOCK_FIONREAD
#undef SOCK_FIONBIO
#undef SOCK_FIOASYNC
#define SOCK_FIONREAD static_cast<int>(0x4004667Fu)
#define SOCK_FIONBIO static_cast<int>(0x8004667Eu)
#define SOCK_FIOASYNC static_cast<int>(0x8004667Du)

static_assert(sizeof(SOCK_sockaddr_in) == 16, "as managed code has it: interop/native/corrections.cmake");

#ifdef __LP64__
inline HRESULT SOCK_IPV4AddressFromString(const char *text, unsigned long long *address)
{
    uint64_t number = 0;
    const HRESULT hr = SOCK_IPV4AddressFromString(text, &number);
    *address = number;
    return hr;
}
#endif

#endif
