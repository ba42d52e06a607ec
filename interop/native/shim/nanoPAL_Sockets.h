/* nf-interpreter's sockets header on a 64-bit target: this folder stands first on the include path, and hands the
 * header on with its 32-bit assumptions met.
 *
 * - It makes u_long of `unsigned long`, and takes it for 32 bits: SOCK_sockaddr_in would have 20 bytes, and its own
 *   assertion stops the build. Here `long` is int while it is read. The name is another one, because the C library has
 *   a u_long too.
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

#pragma push_macro("u_char")
#pragma push_macro("u_short")
#pragma push_macro("u_int")
#pragma push_macro("u_long")
#pragma push_macro("u_int64")
#pragma push_macro("__int64")
#pragma push_macro("long")
#undef u_char
#undef u_short
#undef u_int
#undef u_long
#undef u_int64
#undef __int64
#define u_char k230_u_char
#define u_short k230_u_short
#define u_int k230_u_int
#define u_long k230_u_long
#define u_int64 k230_u_int64
#define __int64 int /* "long long" elsewhere, which the next line would make "int int"; nothing uses the type */
#define long int
#include_next <nanoPAL_Sockets.h>
#pragma pop_macro("long")
#pragma pop_macro("__int64")
#pragma pop_macro("u_int64")
#pragma pop_macro("u_long")
#pragma pop_macro("u_int")
#pragma pop_macro("u_short")
#pragma pop_macro("u_char")

#undef SOCK_FIONREAD
#undef SOCK_FIONBIO
#undef SOCK_FIOASYNC
#define SOCK_FIONREAD static_cast<int>(0x4004667Fu)
#define SOCK_FIONBIO static_cast<int>(0x8004667Eu)
#define SOCK_FIOASYNC static_cast<int>(0x8004667Du)

static_assert(sizeof(k230_u_long) == 4, "this folder must stand before nf-interpreter's on the include path");
static_assert(sizeof(SOCK_sockaddr_in) == 16, "as managed code has it");

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
