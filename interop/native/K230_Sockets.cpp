// The table by which the CLR finds the natives: one slot for each method of the assembly, the natives in their order.
// Slots of the managed methods and the checksum come from the assembly that ships; with checksum 0 the CLR refuses it.

#include "K230_Sockets.h"

// clang-format off

static const CLR_RT_MethodHandler method_lookup[] =
{
    Library_K230_Sockets_K230_Sockets_NativeSocket::Open___STATIC__I4__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Close___STATIC__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Bind___STATIC__I4__I4__SZARRAY_U1,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Listen___STATIC__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Accept___STATIC__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Connect___STATIC__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Send___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::SendAll___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::SendTo___STATIC__I4__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Recv___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::RecvFrom___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::ReadLine___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Keep___STATIC__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Available___STATIC__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::SetOption___STATIC__I4__I4__I4__I4__SZARRAY_U1,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Poll___STATIC__I4__SZARRAY_U1__I4__I4__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Nudges___STATIC__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Nudge___STATIC__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Resolve___STATIC__I4__STRING__STRING__I4__I4__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Network___STATIC__I4__I4__I4,
};

const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_K230_Sockets =
{
    "K230.Sockets",
    0x00000000,
    method_lookup,
    { 1, 0, 0, 0 }
};

// clang-format on
