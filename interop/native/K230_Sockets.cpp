// The table by which the CLR finds the natives: one slot for each method of the assembly. Only with this
// checksum does it take the assembly.
// Generated from the assembly by ./k230 drift --fix: do not edit.

#include "K230_Sockets.h"

// clang-format off

static const CLR_RT_MethodHandler method_lookup[] =
{
    // K230.Sockets.SockAddr
    nullptr, // GetHashCode
    nullptr, // Equals
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // .ctor
    nullptr, // get_Host
    nullptr, // get_Family
    nullptr, // get_Item
    nullptr, // Deconstruct
    nullptr, // op_Equality
    nullptr, // op_Inequality
    nullptr, // ParseHost
    nullptr, // CheckPort
    nullptr, // ParseScope
    // K230.Sockets.AcceptResult
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Conn
    nullptr, // get_Address
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.AddrInfo
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Family
    nullptr, // get_Type
    nullptr, // get_Proto
    nullptr, // get_CanonName
    nullptr, // get_Address
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.Boxed
    nullptr, // IsOtherNumber
    nullptr, // IsNumber
    nullptr, // IsInteger
    nullptr, // TypeOf
    // K230.Sockets.Errno
    nullptr, // get_ErrorCode
    nullptr, // NameOf
    nullptr, // .cctor
    // K230.Sockets.ErrorCodes
    nullptr, // GetEnumerator
    nullptr, // .ctor
    nullptr, // get_Count
    nullptr, // get_Item
    nullptr, // Get
    nullptr, // Contains
    nullptr, // Keys
    // K230.Sockets.HandlerList
    nullptr, // get_Count
    nullptr, // ToArray
    nullptr, // Add
    nullptr, // Remove
    nullptr, // .ctor
    // K230.Sockets.IfConfigResult
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Address
    nullptr, // get_Mask
    nullptr, // get_Gateway
    nullptr, // get_Dns
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.Inet
    nullptr, // ParseV4
    nullptr, // ParseV6
    nullptr, // Hash
    nullptr, // FormatV4
    nullptr, // FormatV6
    nullptr, // ParseV4
    nullptr, // Spread
    nullptr, // Group
    nullptr, // HexValue
    nullptr, // HexText
    // K230.Sockets.InterfaceRecord
    nullptr, // IsUp
    nullptr, // HasLink
    nullptr, // HasAddress
    nullptr, // Mac
    nullptr, // IfConfig
    nullptr, // Dns
    // K230.Sockets.KeptBytes
    nullptr, // get_Count
    nullptr, // Take
    nullptr, // TakeLine
    nullptr, // PutBack
    nullptr, // Close
    nullptr, // Skip
    nullptr, // .ctor
    // K230.Sockets.OSError
    nullptr, // get_Message
    nullptr, // .ctor
    nullptr, // get_Errno
    nullptr, // FromNative
    nullptr, // ToWinsock
    // K230.Sockets.LAN
    nullptr, // IfConfig
    nullptr, // IsConnected
    nullptr, // Active
    nullptr, // Active
    nullptr, // Config
    nullptr, // .ctor
    nullptr, // Facts
    // K230.Sockets.LinkChangedEventHandler
    nullptr, // Invoke
    nullptr, // BeginInvoke
    nullptr, // EndInvoke
    nullptr, // .ctor
    // K230.Sockets.NativeSocket
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
    Library_K230_Sockets_K230_Sockets_NativeSocket::Interface___STATIC__I4__I4__SZARRAY_U1__I4,
    Library_K230_Sockets_K230_Sockets_NativeSocket::Collect___STATIC__I4__I4,
    // K230.Sockets.Pieces
    nullptr, // get_Count
    nullptr, // Add
    nullptr, // Join
    nullptr, // .ctor
    // K230.Sockets.Socket
    nullptr, // Finalize
    nullptr, // Dispose
    nullptr, // Equals
    nullptr, // GetHashCode
    nullptr, // ToString
    nullptr, // Send
    nullptr, // Send
    nullptr, // SendAll
    nullptr, // SendAll
    nullptr, // SendTo
    nullptr, // SendTo
    nullptr, // Recv
    nullptr, // RecvFrom
    nullptr, // Receive
    nullptr, // TakeKept
    nullptr, // MessageRoom
    nullptr, // SetBlocking
    nullptr, // SetTimeout
    nullptr, // SetTimeout
    nullptr, // SetSockOpt
    nullptr, // SetSockOpt
    nullptr, // SetSockOpt
    nullptr, // SetTimeouts
    nullptr, // Read
    nullptr, // Read
    nullptr, // ReadInto
    nullptr, // ReadInto
    nullptr, // ReadInto
    nullptr, // ReadLine
    nullptr, // ReadLine
    nullptr, // Write
    nullptr, // Write
    nullptr, // Write
    nullptr, // Write
    nullptr, // ReadUpTo
    nullptr, // StreamRoom
    nullptr, // Transfer
    nullptr, // TransferLine
    nullptr, // IsKeptAfter
    nullptr, // .ctor
    nullptr, // .ctor
    nullptr, // get_Handle
    nullptr, // get_IsStream
    nullptr, // Close
    nullptr, // FileNo
    nullptr, // Bind
    nullptr, // Listen
    nullptr, // Listen
    nullptr, // Accept
    nullptr, // Connect
    nullptr, // MakeFile
    nullptr, // Live
    nullptr, // Check
    nullptr, // CheckNotNull
    nullptr, // Min
    nullptr, // ToBytes
    nullptr, // Cut
    nullptr, // GetAddrInfo
    nullptr, // GetAddrInfo
    nullptr, // InetPton
    nullptr, // InetNtop
    nullptr, // CheckFamily
    nullptr, // Resolve
    nullptr, // ToEntries
    nullptr, // IsBlank
    nullptr, // CheckService
    nullptr, // ToService
    nullptr, // ToMilliseconds
    nullptr, // ToTimeout
    nullptr, // ToLimit
    nullptr, // Part
    nullptr, // op_Equality
    nullptr, // op_Inequality
    nullptr, // CloseAbandoned
    nullptr, // .cctor
    // K230.Sockets.PollEvent
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Obj
    nullptr, // get_Event
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.Poller/Watch
    nullptr, // .ctor
    // K230.Sockets.Poller
    nullptr, // .ctor
    nullptr, // Register
    nullptr, // Modify
    nullptr, // Unregister
    nullptr, // Poll
    nullptr, // IPoll
    nullptr, // Add
    nullptr, // Put
    nullptr, // IndexOf
    nullptr, // Wait
    nullptr, // Collect
    nullptr, // Disarm
    nullptr, // ToSocket
    nullptr, // Nudge
    nullptr, // Fill
    nullptr, // Elapsed
    nullptr, // .cctor
    // K230.Sockets.RecvFromResult
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Data
    nullptr, // get_Address
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.Repr
    nullptr, // Of
    nullptr, // Of
    nullptr, // Of
    nullptr, // Of
    nullptr, // Has
    nullptr, // Append
    // K230.Sockets.SelectResult
    nullptr, // ToString
    nullptr, // .ctor
    nullptr, // get_Readable
    nullptr, // get_Writable
    nullptr, // get_Exceptional
    nullptr, // get_Item
    nullptr, // Deconstruct
    // K230.Sockets.Select
    nullptr, // Poll
    nullptr, // Sockets
    nullptr, // Sockets
    nullptr, // Wait
    nullptr, // AddAll
    nullptr, // Pick
    // K230.Sockets.SmallCore
    nullptr, // StartListening
    nullptr, // Report
    nullptr, // get_IsLinkUp
    nullptr, // get_HasAddress
    nullptr, // add_LinkChanged
    nullptr, // remove_LinkChanged
    nullptr, // add_AddressChanged
    nullptr, // remove_AddressChanged
    nullptr, // add_Restarted
    nullptr, // remove_Restarted
    nullptr, // get_HasHandlers
    nullptr, // Now
    nullptr, // Add
    nullptr, // Remove
    nullptr, // Begin
    nullptr, // Tell
    nullptr, // Raise
    nullptr, // .cctor
    // K230.Sockets.SmallCore/NetworkEvent
    nullptr, // .ctor
    // K230.Sockets.SmallCore/NetworkListener
    nullptr, // ProcessEvent
    nullptr, // InitializeForEventSource
    nullptr, // OnEvent
    nullptr, // .ctor
    // K230.Sockets.SmallCoreEventHandler
    nullptr, // Invoke
    nullptr, // BeginInvoke
    nullptr, // EndInvoke
    nullptr, // .ctor
    // K230.Sockets.Wire
    nullptr, // Pack
    nullptr, // Unpack
    nullptr, // PutUInt16
    nullptr, // PutInt32
    nullptr, // GetUInt16
    nullptr, // GetUInt32
    nullptr, // Describe
    nullptr, // Pack
};

const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_K230_Sockets =
{
    "K230.Sockets",
    0x3B1656CD,
    method_lookup,
    { 1, 0, 0, 0 }
};

// clang-format on
