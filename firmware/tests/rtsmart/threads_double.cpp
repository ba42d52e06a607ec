#include "threads_double.h"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <pthread.h>
#include <set>
#include <vector>

namespace
{

struct Waiter {
    std::condition_variable changed;
    bool called = false;
};

std::mutex s_lock; /* constant initialised: mutexes are made before main */
std::set<const pthread_mutex_t *> &Made()
{
    static auto *const s_made = new std::set<const pthread_mutex_t *>; /* threads outlive main */
    return *s_made;
}
std::map<const pthread_cond_t *, std::deque<Waiter *>> s_waiters;
std::vector<Waiter *> s_lost;
std::atomic<unsigned> s_timedWaits, s_lostCount, s_firstLocks;
std::atomic<int> s_priority;

void Call(Waiter *waiter)
{
    waiter->called = true;
    waiter->changed.notify_one();
}

} // namespace

extern "C" {

int rts_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    std::lock_guard<std::mutex> guard(s_lock);
    Made().insert(mutex);
    return pthread_mutex_init(mutex, attributes);
}

int rts_mutex_lock(pthread_mutex_t *mutex)
{
    {
        std::lock_guard<std::mutex> guard(s_lock);
        s_firstLocks += Made().insert(mutex).second;
    }
    return pthread_mutex_lock(mutex);
}

int rts_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    std::unique_lock<std::mutex> guard(s_lock);
    Waiter self;
    s_waiters[condition].push_back(&self);
    pthread_mutex_unlock(mutex);
    self.changed.wait(guard, [&] { return self.called; });
    guard.unlock();
    return pthread_mutex_lock(mutex);
}

int rts_cond_timedwait(pthread_cond_t *, pthread_mutex_t *mutex, const timespec *)
{
    const timespec tick = {0, 1000000};

    s_timedWaits++;
    pthread_mutex_unlock(mutex);
    nanosleep(&tick, nullptr);
    pthread_mutex_lock(mutex);
    return ETIMEDOUT;
}

int rts_cond_signal(pthread_cond_t *condition)
{
    std::lock_guard<std::mutex> guard(s_lock);
    std::deque<Waiter *> &waiters = s_waiters[condition];
    if (!waiters.empty()) {
        Call(waiters.front());
        waiters.pop_front();
    }
    return 0;
}

int rts_cond_broadcast(pthread_cond_t *condition)
{
    rts_cond_signal(condition);
    std::lock_guard<std::mutex> guard(s_lock);
    for (Waiter *waiter : s_waiters[condition]) {
        s_lost.push_back(waiter);
        s_lostCount++;
    }
    s_waiters[condition].clear();
    return 0;
}

int rts_getschedparam(pthread_t, int *policy, sched_param *param)
{
    *policy = 25; /* the SDK's kernel has the priority there too */
    param->sched_priority = 25;
    return 0;
}

int rts_setschedparam(pthread_t, int, const sched_param *param)
{
    s_priority = param->sched_priority;
    return 0;
}
}

void RtThreads::Reset()
{
    s_timedWaits = 0;
    s_lostCount = 0;
    s_firstLocks = 0;
}

unsigned RtThreads::TimedWaits() { return s_timedWaits; }
unsigned RtThreads::Lost() { return s_lostCount; }
unsigned RtThreads::FirstLocks() { return s_firstLocks; }
int RtThreads::Priority() { return s_priority; }

void RtThreads::ReleaseLost()
{
    std::lock_guard<std::mutex> guard(s_lock);
    for (Waiter *waiter : s_lost)
        Call(waiter);
    s_lost.clear();
}
