/* A scheduler for natives, small enough to read: managed threads are frames that are entered again from the top, all by
 * one native thread, the test's.
 *
 * - WaitEvents parks a frame, or takes a raised event down; Events_Set wakes all that are parked, at the next turn.
 * - Before each entry the heap is compacted: every array and text moves, and where it was is freed.
 * - Abort drops a frame; c_CallOnPop is honoured.
 * - The longest time inside a native is kept: none may hold up the others.
 */
#ifndef K230_TESTS_CLR_DOUBLE_H
#define K230_TESTS_CLR_DOUBLE_H

#include "nanoCLR_Runtime.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

/* A managed array or text. The test holds it; natives get it as an argument. */
class Managed
{
  public:
    explicit Managed(const std::string &bytes);
    ~Managed();
    Managed(const Managed &) = delete;
    Managed &operator=(const Managed &) = delete;
    void Move();
    std::string Read() const;
    std::string Read(size_t length) const { return Read().substr(0, length); }
    void Write(const std::string &bytes);
    CLR_RT_HeapBlock_Array **slot() { return &array_; }

  private:
    CLR_RT_HeapBlock_Array *array_;
};
typedef std::shared_ptr<Managed> ManagedRef;

ManagedRef NewArray(size_t length);
ManagedRef NewBytes(const std::string &bytes);
ManagedRef NewString(const std::string &text);

/* What PostManagedEvent was given, since the last look. */
struct ManagedEvent {
    uint8_t category, sub_category;
    uint16_t data1;
    uint32_t data2;
};
std::vector<ManagedEvent> TakeManagedEvents();

/* An argument of a native. */
struct Argument {
    Argument(int value) : number(value) {}
    Argument(ManagedRef reference) : object(reference) {}
    Argument(std::nullptr_t) {}
    int number = 0;
    ManagedRef object;
};

/* A managed thread that is in one native. */
struct ManagedThread {
    CLR_RT_Thread thread;
    CLR_RT_StackFrame frame;
    CLR_RT_MethodHandler native;
    std::vector<Argument> arguments;
    bool done;
    HRESULT hr; /* of the last entry */
    int entries;
    int result() const { return frame.m_result; }
};
typedef std::shared_ptr<ManagedThread> ThreadRef;

class Clr
{
  public:
    /* Enters the native for the first time. */
    ThreadRef Start(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments);
    /* Turns until it is done. */
    HRESULT Finish(const ThreadRef &thread);
    /* Start, Finish; the managed result, which must be there. */
    int Call(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments);
    /* Start, Finish; the failure, which must be one. */
    HRESULT Fault(CLR_RT_MethodHandler native, const std::vector<Argument> &arguments);
    /* One turn: events become wake-ups, then every thread that is awake is entered once. Sleeps at most that long. */
    void Turn(int sleep_ms);
    bool TurnUntil(const std::function<bool()> &condition, int timeout_ms);
    /* Thread.Abort, or an exception thrown through the frame. */
    void Abort(const ThreadRef &thread);
    /* Every parked thread is woken for nothing. */
    void WakeForNothing();
    uint64_t longest_entry_ms() const { return longest_entry_ms_; }

  private:
    void Enter(const ThreadRef &thread);
    std::vector<ThreadRef> threads_;
    uint64_t longest_entry_ms_ = 0;
};

#endif
