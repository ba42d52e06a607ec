#include "clr_double.h"

#include "nanoHAL.h"
#include "nanoHAL_Time.h"
#include "nanoPAL_Events.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <utility>

CLR_RT_ExecutionEngine g_CLR_RT_ExecutionEngine;

static std::mutex s_lock;
static std::condition_variable s_event;
static uint32_t s_flags;
static std::vector<ManagedEvent> s_managed_events; // under the global lock
static std::set<Managed *> s_heap;

static const int FINISH_MS = 20000;

static uint64_t NowMs() { return HAL_Time_CurrentTime() / TIME_CONVERSION__TO_MILLISECONDS; }

extern "C" uint64_t HAL_Time_CurrentTime()
{
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count()) *
           10u;
}

extern "C" void Events_Set(uint32_t events)
{
    std::lock_guard<std::mutex> guard(s_lock);
    s_flags |= events;
    s_event.notify_all();
}

extern "C" void PostManagedEvent(uint8_t category, uint8_t subCategory, uint16_t data1, uint32_t data2)
{
    EXPECT_TRUE(HoldsGlobalLock()) << "the CLR's thread takes from this queue meanwhile";
    s_managed_events.push_back({category, subCategory, data1, data2});
}

std::vector<ManagedEvent> TakeManagedEvents()
{
    GLOBAL_LOCK();
    std::vector<ManagedEvent> taken = std::exchange(s_managed_events, {});
    GLOBAL_UNLOCK();
    return taken;
}

HRESULT CLR_RT_ExecutionEngine::InitTimeout(CLR_INT64 &timeExpire, const CLR_INT64 &timeout)
{
    timeExpire = timeout + static_cast<CLR_INT64>(HAL_Time_CurrentTime());
    return S_OK;
}

HRESULT CLR_RT_ExecutionEngine::WaitEvents(CLR_RT_Thread *caller, const CLR_INT64 &timeExpire, CLR_UINT32 events,
                                           bool &fSuccess)
{
    fSuccess = (m_raisedEvents & events) != 0;
    m_raisedEvents &= ~events;
    if (fSuccess || static_cast<CLR_INT64>(HAL_Time_CurrentTime()) >= timeExpire)
        return S_OK;
    caller->m_waitForEvents = events;
    caller->m_waitForEvents_Timeout = timeExpire;
    caller->m_waiting = true;
    return CLR_E_THREAD_WAITING;
}

/* ---- the heap ---------------------------------------------------------------------------------------------------- */

static CLR_RT_HeapBlock_Array *Allocate(size_t length)
{
    CLR_RT_HeapBlock_Array *array =
        static_cast<CLR_RT_HeapBlock_Array *>(malloc(sizeof(CLR_RT_HeapBlock_Array) + length));
    array->m_numOfElements = static_cast<CLR_UINT32>(length);
    return array;
}

Managed::Managed(const std::string &bytes) : array_(Allocate(bytes.size()))
{
    memcpy(array_->GetFirstElement(), bytes.data(), bytes.size());
    s_heap.insert(this);
}

Managed::~Managed()
{
    s_heap.erase(this);
    free(array_);
}

void Managed::Move()
{
    CLR_RT_HeapBlock_Array *old = array_;
    array_ = Allocate(old->m_numOfElements);
    memcpy(array_->GetFirstElement(), old->GetFirstElement(), old->m_numOfElements);
    memset(old->GetFirstElement(), 0xDD, old->m_numOfElements);
    free(old);
}

std::string Managed::Read() const
{
    return std::string(reinterpret_cast<const char *>(array_->GetFirstElement()), array_->m_numOfElements);
}

void Managed::Write(const std::string &bytes) { memcpy(array_->GetFirstElement(), bytes.data(), bytes.size()); }

ManagedRef NewArray(size_t length) { return std::make_shared<Managed>(std::string(length, 0)); }
ManagedRef NewBytes(const std::string &bytes) { return std::make_shared<Managed>(bytes); }
ManagedRef NewString(const std::string &text) { return std::make_shared<Managed>(text + '\0'); }

/* ---- threads ----------------------------------------------------------------------------------------------------- */

void Clr::Enter(const ThreadRef &thread)
{
    for (Managed *object : s_heap)
        object->Move();
    const uint64_t before = NowMs();
    thread->thread.m_waiting = false;
    thread->entries++;
    thread->hr = thread->native(thread->frame);
    longest_entry_ms_ = std::max(longest_entry_ms_, NowMs() - before);
    EXPECT_NE(CLR_E_OUT_OF_MEMORY, thread->hr) << "nothing is allocated, so nothing is done anew after a compaction";
    if (thread->hr == CLR_E_THREAD_WAITING) {
        EXPECT_TRUE(thread->thread.m_waiting);
        EXPECT_EQ(0, thread->frame.m_results) << "a result of a call that waits";
        return;
    }
    EXPECT_FALSE(thread->thread.m_waiting) << "a frame that is gone cannot be woken";
    EXPECT_EQ(0u, thread->frame.m_flags & CLR_RT_StackFrame::c_CallOnPop) << "it would be called when it returns";
    EXPECT_EQ(SUCCEEDED(thread->hr) ? 1 : 0, thread->frame.m_results);
    thread->done = true;
}

ThreadRef Clr::Start(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments)
{
    ThreadRef thread = std::make_shared<ManagedThread>();
    memset(&thread->thread, 0, sizeof thread->thread);
    memset(&thread->frame, 0, sizeof thread->frame);
    thread->native = native;
    thread->arguments = arguments;
    thread->done = false;
    thread->entries = 0;
    thread->frame.m_owningThread = &thread->thread;
    for (size_t i = 0; i < arguments.size(); i++) {
        thread->frame.m_arguments[i].m_number.s4 = arguments[i].number;
        thread->frame.m_arguments[i].m_object = arguments[i].object ? arguments[i].object->slot() : nullptr;
    }
    Enter(thread);
    if (!thread->done)
        threads_.push_back(thread);
    return thread;
}

void Clr::Turn(int sleep_ms)
{
    uint64_t until = NowMs() + static_cast<uint64_t>(sleep_ms);
    for (const ThreadRef &thread : threads_) {
        const CLR_INT64 expiry = thread->thread.m_waitForEvents_Timeout / TIME_CONVERSION__TO_MILLISECONDS + 1;
        until = thread->thread.m_waiting ? std::min(until, static_cast<uint64_t>(expiry)) : NowMs();
    }
    uint32_t flags;
    {
        std::unique_lock<std::mutex> guard(s_lock);
        while (s_flags == 0 && NowMs() < until)
            s_event.wait_for(guard, std::chrono::milliseconds(until - NowMs()));
        flags = s_flags;
        s_flags = 0;
    }
    if (flags != 0) {
        g_CLR_RT_ExecutionEngine.m_raisedEvents |= Event_Socket;
        WakeForNothing();
    }
    const std::vector<ThreadRef> now = threads_;
    for (const ThreadRef &thread : now) {
        if (thread->thread.m_waiting &&
            thread->thread.m_waitForEvents_Timeout > static_cast<CLR_INT64>(HAL_Time_CurrentTime()))
            continue;
        Enter(thread);
        if (thread->done)
            threads_.erase(std::find(threads_.begin(), threads_.end(), thread));
    }
}

bool Clr::TurnUntil(const std::function<bool()> &condition, int timeout_ms)
{
    const uint64_t until = NowMs() + static_cast<uint64_t>(timeout_ms);
    while (!condition()) {
        if (NowMs() >= until)
            return false;
        Turn(5);
    }
    return true;
}

HRESULT Clr::Finish(const ThreadRef &thread)
{
    const uint64_t until = NowMs() + FINISH_MS;
    while (!thread->done && NowMs() < until)
        Turn(FINISH_MS);
    EXPECT_TRUE(thread->done) << "the call still waits";
    if (!thread->done)
        Abort(thread);
    return thread->hr;
}

int Clr::Call(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments)
{
    const ThreadRef thread = Start(native, arguments);
    EXPECT_EQ(S_OK, Finish(thread));
    return thread->result();
}

HRESULT Clr::Fault(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments)
{
    const ThreadRef thread = Start(native, arguments);
    EXPECT_TRUE(thread->done && FAILED(thread->hr)) << "an argument fault is found at once";
    return thread->hr;
}

void Clr::Abort(const ThreadRef &thread)
{
    const auto at = std::find(threads_.begin(), threads_.end(), thread);
    if (at != threads_.end())
        threads_.erase(at);
    if (thread->frame.m_flags & CLR_RT_StackFrame::c_CallOnPop) {
        thread->frame.m_flags |= CLR_RT_StackFrame::c_CalledOnPop;
        EXPECT_EQ(S_OK, thread->native(thread->frame));
    }
    thread->done = true;
}

void Clr::WakeForNothing()
{
    for (const ThreadRef &thread : threads_)
        thread->thread.m_waiting = false;
}
