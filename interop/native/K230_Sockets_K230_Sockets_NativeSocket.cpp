// The natives of K230.Sockets.NativeSocket: unpack, one operation of the client, wait, pack. What a call means is
// decided in firmware/bigcore/op/op.c.
//
// A function that waits is entered again from the top, so everything it takes from its arguments is taken anew each
// time: the garbage collector may have moved the arrays. What must not be done twice lies in the operation, whose
// ticket is in m_customState. When the frame goes away with the operation still under way (Thread.Abort, an exception),
// the CLR calls the function once more with c_CalledOnPop, to take it back.
//
// Nothing is allocated in the managed heap.

#include "K230_Sockets.h"
#include "K230_Sockets_Target.h"

#include "k230_clr.h"

#include <nanoHAL_Time.h>

typedef Library_K230_Sockets_K230_Sockets_NativeSocket NativeSocket;

//--// unpack

// A part of a managed array. Good until the function waits or returns.
struct Bytes {
    uint8_t *first;
    uint32_t length;
};

static HRESULT GetBytes(CLR_RT_HeapBlock &argument, uint32_t least, Bytes &bytes)
{
    NANOCLR_HEADER();

    CLR_RT_HeapBlock_Array *array = argument.DereferenceArray();
    FAULT_ON_NULL_ARG(array);

    bytes.first = array->GetFirstElement();
    bytes.length = array->m_numOfElements;

    if (bytes.length < least) {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }

    NANOCLR_NOCLEANUP();
}

// The arguments data, offset and count.
static HRESULT GetRange(CLR_RT_StackFrame &stack, int data, Bytes &bytes)
{
    NANOCLR_HEADER();

    CLR_INT32 offset = stack.ArgN(data + 1).NumericByRef().s4;
    CLR_INT32 count = stack.ArgN(data + 2).NumericByRef().s4;

    NANOCLR_CHECK_HRESULT(GetBytes(stack.ArgN(data), 0, bytes));

    if (offset < 0 || count < 0 || static_cast<uint32_t>(offset) > bytes.length ||
        static_cast<uint32_t>(count) > bytes.length - static_cast<uint32_t>(offset)) {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }

    bytes.first += offset;
    bytes.length = static_cast<uint32_t>(count);

    NANOCLR_NOCLEANUP();
}

static HRESULT GetAddress(CLR_RT_HeapBlock &argument, k230_addr &address)
{
    NANOCLR_HEADER();

    Bytes bytes;
    NANOCLR_CHECK_HRESULT(GetBytes(argument, sizeof address, bytes));

    memcpy(&address, bytes.first, sizeof address);

    NANOCLR_NOCLEANUP();
}

//--// call, wait, pack

// True when the frame goes away before its call was over: that is taken back, and nothing else done.
static bool IsPopped(CLR_RT_StackFrame &stack)
{
    if ((stack.m_flags & CLR_RT_StackFrame::c_CalledOnPop) == 0) {
        return false;
    }

    k230_clr_leave(stack.m_customState);
    stack.m_customState = 0;

    return true;
}

static HRESULT WaitForNews(CLR_RT_StackFrame &stack, uint32_t ms)
{
    NANOCLR_HEADER();

    CLR_INT64 expiry;
    bool raised;

    stack.m_flags |= CLR_RT_StackFrame::c_CallOnPop;

    NANOCLR_CHECK_HRESULT(
        g_CLR_RT_ExecutionEngine.InitTimeout(expiry, static_cast<CLR_INT64>(ms) * TIME_CONVERSION__TO_MILLISECONDS));
    // Whether an event or the time ended a wait does not matter: the operation looks.
    NANOCLR_CHECK_HRESULT(g_CLR_RT_ExecutionEngine.WaitEvents(stack.m_owningThread, expiry, Event_Socket, raised));

    NANOCLR_NOCLEANUP();
}

// step(client, operation) until it has a result. Leaves with CLR_E_THREAD_WAITING while there is none.
template <typename Step> static HRESULT Run(CLR_RT_StackFrame &stack, Step step)
{
    NANOCLR_HEADER();

    k230_client *client = k230_clr_client();
    k230_operation *operation = NULL;
    bool isFirst = stack.m_customState == 0;
    int result;

    if (IsPopped(stack)) {
        NANOCLR_SET_AND_LEAVE(S_OK);
    }

    if (client != NULL) {
        operation = k230_clr_enter(&stack.m_customState);
    }

    if (operation != NULL) {
        while ((result = step(client, operation)) == -K230_PENDING) {
            uint32_t ms = k230_clr_wait(operation);

            if (ms != 0) {
                NANOCLR_CHECK_HRESULT(WaitForNews(stack, ms));
            }
        }
    } else if (client == NULL) {
        result = -K230_ENODEV;
    } else {
        result = isFirst ? -K230_ENOBUFS : -K230_ECONNRESET;
    }

    k230_clr_leave(stack.m_customState);
    stack.m_customState = 0;
    stack.m_flags &= ~CLR_RT_StackFrame::c_CallOnPop;
    stack.SetResult_I4(result);

    NANOCLR_NOCLEANUP();
}

// A call that never waits.
template <typename Call> static HRESULT RunAtOnce(CLR_RT_StackFrame &stack, Call call)
{
    NANOCLR_HEADER();

    k230_client *client = k230_clr_client();
    stack.SetResult_I4(client == NULL ? -K230_ENODEV : call(client));

    NANOCLR_NOCLEANUP_NOLABEL();
}

//--// life

HRESULT NativeSocket::Open___STATIC__I4__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 family = stack.Arg0().NumericByRef().s4;
    CLR_INT32 type = stack.Arg1().NumericByRef().s4;
    CLR_INT32 proto = stack.Arg2().NumericByRef().s4;

    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_open(client, operation, family, type, proto);
    }));

    NANOCLR_NOCLEANUP();
}

// A close that finds the request queue full is told to the agent by the thread that attends the client.
HRESULT NativeSocket::Close___STATIC__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    bool abort = stack.Arg1().NumericByRef().s4 != 0;

    return RunAtOnce(stack, [=](k230_client *client) { return k230_sock_close(client, handle, abort); });
}

HRESULT NativeSocket::Bind___STATIC__I4__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    k230_addr address;

    NANOCLR_CHECK_HRESULT(GetAddress(stack.Arg1(), address));
    NANOCLR_CHECK_HRESULT(Run(stack, [=, &address](k230_client *client, k230_operation *operation) {
        return k230_op_bind(client, operation, handle, &address);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Listen___STATIC__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 backlog = stack.Arg1().NumericByRef().s4;

    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_listen(client, operation, handle, backlog);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Accept___STATIC__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg2().NumericByRef().s4;
    Bytes peer;

    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg1(), K230_ADDR_SIZE, peer));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        k230_addr address;
        int accepted = k230_op_accept(client, operation, handle, &address, timeoutMs);

        if (accepted >= 0) {
            memcpy(peer.first, &address, sizeof address);
        }

        return accepted;
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Connect___STATIC__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg2().NumericByRef().s4;
    k230_addr address;

    NANOCLR_CHECK_HRESULT(GetAddress(stack.Arg1(), address));
    NANOCLR_CHECK_HRESULT(Run(stack, [=, &address](k230_client *client, k230_operation *operation) {
        return k230_op_connect(client, operation, handle, &address, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

//--// data

HRESULT NativeSocket::Send___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg4().NumericByRef().s4;
    Bytes data;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_send(client, operation, handle, data.first, data.length, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::SendAll___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg4().NumericByRef().s4;
    Bytes data;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_send_all(client, operation, handle, data.first, data.length, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::SendTo___STATIC__I4__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg5().NumericByRef().s4;
    Bytes data;
    k230_addr address;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(GetAddress(stack.Arg4(), address));
    NANOCLR_CHECK_HRESULT(Run(stack, [=, &address](k230_client *client, k230_operation *operation) {
        return k230_op_sendto(client, operation, handle, data.first, data.length, &address, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Recv___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 flags = stack.Arg4().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg5().NumericByRef().s4;
    Bytes data;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_recv(client, operation, handle, data.first, data.length, flags, NULL, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::RecvFrom___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 flags = stack.Arg4().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg6().NumericByRef().s4;
    Bytes data;
    Bytes from;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg5(), K230_ADDR_SIZE, from));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        k230_addr address = {};
        int got = k230_op_recv(client, operation, handle, data.first, data.length, flags, &address, timeoutMs);

        if (got >= 0) {
            memcpy(from.first, &address, sizeof address);
        }

        return got;
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::ReadLine___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg4().NumericByRef().s4;
    Bytes data;

    NANOCLR_CHECK_HRESULT(GetRange(stack, 1, data));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_readline(client, operation, handle, data.first, data.length, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Keep___STATIC__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    bool kept = stack.Arg1().NumericByRef().s4 != 0;

    return RunAtOnce(stack, [=](k230_client *client) {
        k230_sock_keep(client, handle, kept);
        return 0;
    });
}

HRESULT NativeSocket::Available___STATIC__I4__I4(CLR_RT_StackFrame &stack)
{
    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;

    return RunAtOnce(stack, [=](k230_client *client) { return k230_sock_available(client, handle); });
}

HRESULT NativeSocket::SetOption___STATIC__I4__I4__I4__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 handle = stack.Arg0().NumericByRef().s4;
    CLR_INT32 level = stack.Arg1().NumericByRef().s4;
    CLR_INT32 option = stack.Arg2().NumericByRef().s4;
    Bytes value;

    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg3(), 0, value));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_setopt(client, operation, handle, level, option, value.first, value.length);
    }));

    NANOCLR_NOCLEANUP();
}

//--// readiness and names

HRESULT NativeSocket::Poll___STATIC__I4__SZARRAY_U1__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 count = stack.Arg1().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg2().NumericByRef().s4;
    uint32_t nudges = static_cast<uint32_t>(stack.Arg3().NumericByRef().s4);
    Bytes entries;

    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg0(), 0, entries));

    if (count < 0 || static_cast<uint32_t>(count) > entries.length / sizeof(k230_pollfd)) {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }

    // The first element of an array is aligned for any number: it follows the array's head of whole words.
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_poll(client, operation, static_cast<k230_pollfd *>(static_cast<void *>(entries.first)),
                            static_cast<uint32_t>(count), nudges, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Nudges___STATIC__I4(CLR_RT_StackFrame &stack)
{
    return RunAtOnce(stack, [](k230_client *client) { return static_cast<int>(k230_client_wakes(client)); });
}

HRESULT NativeSocket::Nudge___STATIC__I4(CLR_RT_StackFrame &stack)
{
    return RunAtOnce(stack, [](k230_client *client) {
        k230_client_wake(client);
        return 0;
    });
}

// The texts are copied into the request by the step that begins the look-up; a later one does not look at them.
HRESULT NativeSocket::Resolve___STATIC__I4__STRING__STRING__I4__I4__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 family = stack.Arg2().NumericByRef().s4;
    CLR_INT32 type = stack.Arg3().NumericByRef().s4;
    CLR_INT32 proto = stack.Arg4().NumericByRef().s4;
    CLR_INT32 flags = stack.Arg5().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg7().NumericByRef().s4;
    const char *host;
    const char *service;
    Bytes answer;

    host = stack.Arg0().RecoverString();
    FAULT_ON_NULL_ARG(host);
    service = stack.Arg1().RecoverString(); // null: no service
    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg6(), 0, answer));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_resolve(client, operation, host, service, family, type, proto, flags, answer.first,
                               answer.length, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

//--// the small core's network

HRESULT NativeSocket::Network___STATIC__I4__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_INT32 seen = stack.Arg0().NumericByRef().s4;
    CLR_INT32 timeoutMs = stack.Arg1().NumericByRef().s4;

    if (seen == K230_NETWORK_LISTEN) {
        K230_Sockets_Listen();
    }

    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        return k230_op_network(client, operation, seen, timeoutMs);
    }));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeSocket::Interface___STATIC__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    uint32_t index = static_cast<uint32_t>(stack.Arg0().NumericByRef().s4);
    CLR_INT32 timeoutMs = stack.Arg2().NumericByRef().s4;
    Bytes facts;

    NANOCLR_CHECK_HRESULT(GetBytes(stack.Arg1(), sizeof(k230_interface), facts));
    NANOCLR_CHECK_HRESULT(Run(stack, [=](k230_client *client, k230_operation *operation) {
        k230_interface found;
        int count = k230_op_interface(client, operation, index, &found, timeoutMs);

        if (count > 0) {
            memcpy(facts.first, &found, sizeof found);
        }

        return count;
    }));

    NANOCLR_NOCLEANUP();
}

// What nanoFramework.Runtime.Native.GC.Run does, and then, as GC.WaitForPendingFinalizers, whether the thread of the
// finalisers has work.
HRESULT NativeSocket::Collect___STATIC__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    CLR_RT_ExecutionEngine &engine = g_CLR_RT_ExecutionEngine;

    if (stack.Arg0().NumericByRef().s4 != 0) {
        engine.PerformGarbageCollection();
    }

    bool waiting = !engine.m_finalizersPending.IsEmpty() ||
                   (engine.m_finalizerThread != NULL && !engine.m_finalizerThread->CanThreadBeReused());
    stack.SetResult_I4(waiting ? 1 : 0);

    NANOCLR_NOCLEANUP_NOLABEL();
}
