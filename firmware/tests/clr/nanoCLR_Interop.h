/* A stand-in for the part of nanoCLR that interop natives see: the same names with the same meaning, nothing behind
 * them but what a test needs (clr_double.h). This header has the types, the results and the macros of a body.
 */
#ifndef K230_TESTS_NANOCLR_INTEROP_H
#define K230_TESTS_NANOCLR_INTEROP_H

#include <cstdint>
#include <cstring>

typedef int32_t HRESULT;
typedef uint8_t CLR_UINT8;
typedef uint16_t CLR_UINT16;
typedef int32_t CLR_INT32;
typedef uint32_t CLR_UINT32;
typedef int64_t CLR_INT64;

#define S_OK 0
#define FAILED(hr) ((hr) < 0)
#define SUCCEEDED(hr) ((hr) >= 0)
#define CLR_E_OUT_OF_RANGE static_cast<HRESULT>(0xA5000000u)
#define CLR_E_ARGUMENT_NULL static_cast<HRESULT>(0xCE000000u)
#define CLR_E_NULL_REFERENCE static_cast<HRESULT>(0xA1000000u)
#define CLR_E_OUT_OF_MEMORY static_cast<HRESULT>(0xFA000000u)
#define CLR_E_THREAD_WAITING static_cast<HRESULT>(0xC2000000u)

#define NANOCLR_HEADER() HRESULT hr
#define NANOCLR_LEAVE() goto nanoCLR_Cleanup
#define NANOCLR_CHECK_HRESULT(expression)                                                                              \
    do {                                                                                                               \
        hr = (expression);                                                                                             \
        if (FAILED(hr))                                                                                                \
            NANOCLR_LEAVE();                                                                                           \
    } while (0)
#define NANOCLR_SET_AND_LEAVE(expression)                                                                              \
    do {                                                                                                               \
        hr = (expression);                                                                                             \
        NANOCLR_LEAVE();                                                                                               \
    } while (0)
#define FAULT_ON_NULL_ARG(pointer)                                                                                     \
    do {                                                                                                               \
        if (!(pointer))                                                                                                \
            NANOCLR_SET_AND_LEAVE(CLR_E_ARGUMENT_NULL);                                                                \
    } while (0)
#define NANOCLR_NOCLEANUP()                                                                                            \
    hr = S_OK;                                                                                                         \
    nanoCLR_Cleanup:                                                                                                   \
    return hr
#define NANOCLR_NOCLEANUP_NOLABEL()                                                                                    \
    hr = S_OK;                                                                                                         \
    return hr

struct CLR_RT_StackFrame;

#define NANOCLR_NATIVE_DECLARE(method) static HRESULT method(CLR_RT_StackFrame &stack)

typedef HRESULT (*CLR_RT_MethodHandler)(CLR_RT_StackFrame &stack);

struct CLR_RECORD_VERSION {
    CLR_UINT16 iMajorVersion;
    CLR_UINT16 iMinorVersion;
    CLR_UINT16 iBuildNumber;
    CLR_UINT16 iRevisionNumber;
};

struct CLR_RT_NativeAssemblyData {
    const char *m_szAssemblyName;
    unsigned int m_checkSum;
    const void *m_pNativeMethods;
    CLR_RECORD_VERSION m_Version;
};

#endif
