// What C++ knows of the assembly: the natives, and the numbers of fields, which nothing in the checksum covers.
// Generated from the assembly by ./k230 drift --fix: do not edit.

// clang-format off

#ifndef K230_SOCKETS_H
#define K230_SOCKETS_H

#include <corlib_native.h>
#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>
#include <nanoPackStruct.h>

struct Library_K230_Sockets_K230_Sockets_AcceptResult {
    static const int FIELD___conn = 1;
    static const int FIELD___address = 2;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_AddrInfo {
    static const int FIELD___family = 1;
    static const int FIELD___type = 2;
    static const int FIELD___proto = 3;
    static const int FIELD___canonName = 4;
    static const int FIELD___address = 5;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_Errno {
    static const int FIELD_STATIC__s_errorCode = 0;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_HandlerList {
    static const int FIELD___handlers = 1;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_IfConfigResult {
    static const int FIELD___address = 1;
    static const int FIELD___mask = 2;
    static const int FIELD___gateway = 3;
    static const int FIELD___dns = 4;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_KeptBytes {
    static const int FIELD___bytes = 1;
    static const int FIELD___start = 2;
    static const int FIELD___count = 3;
    static const int FIELD___closed = 4;
    static const int FIELD___handle = 5;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_OSError {
    static const int FIELD___errno = 6;

    //--//
};

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
    NANOCLR_NATIVE_DECLARE(Network___STATIC__I4__I4__I4);
    NANOCLR_NATIVE_DECLARE(Interface___STATIC__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Collect___STATIC__I4__I4);

    //--//
};

struct Library_K230_Sockets_K230_Sockets_Pieces {
    static const int FIELD___pieces = 1;
    static const int FIELD___number = 2;
    static const int FIELD___count = 3;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_Socket {
    static const int FIELD_STATIC__s_empty = 1;
    static const int FIELD___family = 1;
    static const int FIELD___type = 2;
    static const int FIELD___kept = 3;
    static const int FIELD___handle = 4;
    static const int FIELD___receiveTimeoutMs = 5;
    static const int FIELD___sendTimeoutMs = 6;
    static const int FIELD___peer = 7;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_PollEvent {
    static const int FIELD___obj = 1;
    static const int FIELD___events = 2;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_Poller__Watch {
    static const int FIELD__Socket = 1;
    static const int FIELD__Mask = 2;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_Poller {
    static const int FIELD_STATIC__s_noEntries = 2;
    static const int FIELD___gate = 1;
    static const int FIELD___watches = 2;
    static const int FIELD___entries = 3;
    static const int FIELD___polls = 4;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_RecvFromResult {
    static const int FIELD___data = 1;
    static const int FIELD___address = 2;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_SelectResult {
    static const int FIELD___readable = 1;
    static const int FIELD___writable = 2;
    static const int FIELD___exceptional = 3;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_SmallCore {
    static const int FIELD_STATIC__s_lock = 3;
    static const int FIELD_STATIC__s_linkChanged = 4;
    static const int FIELD_STATIC__s_addressChanged = 5;
    static const int FIELD_STATIC__s_restarted = 6;
    static const int FIELD_STATIC__s_begun = 7;
    static const int FIELD_STATIC__s_listening = 8;
    static const int FIELD_STATIC__s_word = 9;

    //--//
};

struct Library_K230_Sockets_K230_Sockets_SmallCore__NetworkEvent {
    static const int FIELD__Word = 3;

    //--//
};

extern const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_K230_Sockets;

#endif // K230_SOCKETS_H
