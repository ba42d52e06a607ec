/* The stand-in's objects: heap blocks, frames, the engine. What runs them is clr_double.h. */
#ifndef K230_TESTS_NANOCLR_RUNTIME_H
#define K230_TESTS_NANOCLR_RUNTIME_H

#include "nanoCLR_Interop.h"

/* An array in the managed heap: its bytes lie behind it and move with it. */
struct CLR_RT_HeapBlock_Array {
    CLR_UINT32 m_numOfElements;
    CLR_UINT32 m_alignment;

    CLR_UINT8 *GetFirstElement() { return reinterpret_cast<CLR_UINT8 *>(this + 1); }
};

/* An argument: a number, or a reference that the heap keeps up to date. */
struct CLR_RT_HeapBlock {
    union Number {
        CLR_INT32 s4;
        CLR_UINT32 u4;
    };

    Number &NumericByRef() { return m_number; }
    CLR_RT_HeapBlock_Array *DereferenceArray() const { return m_object ? *m_object : nullptr; }
    const char *RecoverString() const
    {
        return m_object ? reinterpret_cast<const char *>((*m_object)->GetFirstElement()) : nullptr;
    }

    Number m_number;
    CLR_RT_HeapBlock_Array **m_object; /* where the heap says that the object lies now; NULL = null */
};

struct CLR_RT_Thread {
    bool CanThreadBeReused() { return !m_busy; }

    bool m_busy;
    CLR_UINT32 m_waitForEvents;
    CLR_INT64 m_waitForEvents_Timeout;
    bool m_waiting;
};

struct CLR_RT_StackFrame {
    static const CLR_UINT32 c_CallOnPop = 0x40;
    static const CLR_UINT32 c_CalledOnPop = 0x80;

    CLR_RT_HeapBlock &ArgN(CLR_INT32 n) { return m_arguments[n]; }
    CLR_RT_HeapBlock &Arg0() { return ArgN(0); }
    CLR_RT_HeapBlock &Arg1() { return ArgN(1); }
    CLR_RT_HeapBlock &Arg2() { return ArgN(2); }
    CLR_RT_HeapBlock &Arg3() { return ArgN(3); }
    CLR_RT_HeapBlock &Arg4() { return ArgN(4); }
    CLR_RT_HeapBlock &Arg5() { return ArgN(5); }
    CLR_RT_HeapBlock &Arg6() { return ArgN(6); }
    CLR_RT_HeapBlock &Arg7() { return ArgN(7); }
    void SetResult_I4(CLR_INT32 value)
    {
        m_result = value;
        m_results++;
    }

    CLR_RT_Thread *m_owningThread;
    CLR_UINT32 m_flags;
    union {
        CLR_UINT32 m_customState;
        void *m_customPointer;
    };
    CLR_RT_HeapBlock m_arguments[8];
    CLR_INT32 m_result;
    int m_results; /* how often a result was pushed */
};

#define Event_Socket 0x20000000u

/* Objects whose finalisers wait. */
struct CLR_RT_DblLinkedList {
    bool IsEmpty() const { return m_length == 0; }

    unsigned m_length;
};

struct CLR_RT_ExecutionEngine {
    CLR_UINT32 PerformGarbageCollection()
    {
        m_collections++;
        return 0;
    }

    HRESULT InitTimeout(CLR_INT64 &timeExpire, const CLR_INT64 &timeout);
    HRESULT WaitEvents(CLR_RT_Thread *caller, const CLR_INT64 &timeExpire, CLR_UINT32 events, bool &fSuccess);

    CLR_UINT32 m_raisedEvents;
    unsigned m_collections;
    CLR_RT_DblLinkedList m_finalizersPending;
    CLR_RT_Thread *m_finalizerThread;
};

extern CLR_RT_ExecutionEngine g_CLR_RT_ExecutionEngine;

#endif
