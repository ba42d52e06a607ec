// The natives of assembly K230.Sockets, in the form the metadata processor gives them.

// clang-format off

#ifndef K230_SOCKETS_H
#define K230_SOCKETS_H

#include <corlib_native.h>
#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>
#include <nanoPackStruct.h>

struct Library_K230_Sockets_K230_Sockets_NativeSocket {
    NANOCLR_NATIVE_DECLARE(Open___STATIC__I4__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Close___STATIC__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Bind___STATIC__I4__I4__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Listen___STATIC__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Accept___STATIC__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Connect___STATIC__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Send___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(SendAll___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(SendTo___STATIC__I4__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Recv___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(RecvFrom___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(ReadLine___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Keep___STATIC__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Available___STATIC__I4__I4);
    NANOCLR_NATIVE_DECLARE(SetOption___STATIC__I4__I4__I4__I4__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Poll___STATIC__I4__SZARRAY_U1__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Nudges___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(Nudge___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(Resolve___STATIC__I4__STRING__STRING__I4__I4__I4__I4__SZARRAY_U1__I4);

    //--//
};

extern const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_K230_Sockets;

#endif // K230_SOCKETS_H
