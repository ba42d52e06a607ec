/* A stand-in for nf-interpreter's header of this name: the types that a sockets PAL's declarations need. */
#ifndef K230_TESTS_NANOHAL_H
#define K230_TESTS_NANOHAL_H

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "../clr/nanoCLR_Interop.h"
#include "../clr/nanoHAL.h"

typedef const char *LPCSTR;

#define CLR_E_INVALID_PARAMETER static_cast<HRESULT>(0xFD000000u)
#define CLR_E_NOT_SUPPORTED static_cast<HRESULT>(0x77000000u)
#define CLR_E_TIMEOUT static_cast<HRESULT>(0xD8000000u)
#define CLR_E_FAIL static_cast<HRESULT>(0xFF000000u)

/* A macro where it is not a type of the compiler's; the shim has to get along with it. */
#define __int64 long long

#endif
