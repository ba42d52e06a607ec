// The CLR's events and timers: one lock, one thread for both timers, and sleeps that end when something happens.
//
// - An event is set and a sleeper looks under the same lock, so none is lost and nobody polls.
// - The timer that ends a thread's turn tests and writes under that lock too: once Events_SetBoolTimer(NULL) has
//   returned, the flag is not written any more, whatever becomes of its memory.
// - Conditions go by the monotonic clock: who sets the time of day moves no timer.
//
// The lock is a leaf: nothing else is called while it is held.

#include <nanoCLR_Runtime.h>
#include <nanoHAL_Time.h>
#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

namespace
{

const uint64_t NEVER = UINT64_MAX;
const uint64_t NS_PER_MS = 1000000;
const uint64_t LONGEST_NS = 24ull * 3600 * 1000 * NS_PER_MS; // a timer that is later looks again after a day

pthread_mutex_t s_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t s_changed; // the events
pthread_cond_t s_sooner;  // a deadline

uint32_t s_events;
bool *s_turn; // set at the end of a thread's turn
uint64_t s_turnAt = NEVER;
uint64_t s_completionAt = NEVER;

uint64_t Now()
{
    timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

void Sleep(pthread_cond_t &condition, uint64_t until)
{
    if (until == NEVER) {
        pthread_cond_wait(&condition, &s_lock);
        return;
    }

    timespec at;

    at.tv_sec = static_cast<time_t>(until / 1000000000);
    at.tv_nsec = static_cast<long>(until % 1000000000);
    pthread_cond_timedwait(&condition, &s_lock, &at);
}

void SetLocked(uint32_t events)
{
    s_events |= events;
    pthread_cond_broadcast(&s_changed);
}

void *RunTimers(void *)
{
    pthread_mutex_lock(&s_lock);

    for (;;) {
        const uint64_t now = Now();

        if (s_turnAt <= now) {
            __atomic_store_n(s_turn, true, __ATOMIC_RELAXED);
            s_turnAt = NEVER;
            SetLocked(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
        }

        if (s_completionAt <= now) {
            s_completionAt = NEVER;
            // It takes the global lock and sets the next deadline.
            pthread_mutex_unlock(&s_lock);
            HAL_COMPLETION::DequeueAndExec();
            pthread_mutex_lock(&s_lock);
            SetLocked(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
            continue;
        }

        Sleep(s_sooner, s_turnAt < s_completionAt ? s_turnAt : s_completionAt);
    }

    return NULL;
}

void Start()
{
    pthread_condattr_t monotonic;
    pthread_t thread;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s_changed, &monotonic);
    pthread_cond_init(&s_sooner, &monotonic);
    pthread_condattr_destroy(&monotonic);

    const int error = pthread_create(&thread, NULL, RunTimers, NULL);

    if (error != 0) {
        fprintf(stderr, "nanoclr: the timers' thread does not start: error %d of pthread_create\n", error);
        exit(1);
    }

    pthread_detach(thread);
}

} // namespace

bool Events_Initialize_Platform() { return true; }

extern "C" {

bool Events_Initialize()
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, Start);
    return Events_Uninitialize() && Events_Initialize_Platform();
}

bool Events_Uninitialize()
{
    pthread_mutex_lock(&s_lock);
    s_events = 0;
    s_turnAt = NEVER;
    s_completionAt = NEVER;
    pthread_mutex_unlock(&s_lock);
    return true;
}

void Events_Set(uint32_t events)
{
    pthread_mutex_lock(&s_lock);
    SetLocked(events);
    pthread_mutex_unlock(&s_lock);
}

uint32_t Events_Get(uint32_t mask)
{
    pthread_mutex_lock(&s_lock);
    const uint32_t taken = s_events & mask;
    s_events &= ~mask;
    pthread_mutex_unlock(&s_lock);
    return taken;
}

void Events_Clear(uint32_t mask) { Events_Get(mask); }

uint32_t Events_MaskedRead(uint32_t mask)
{
    pthread_mutex_lock(&s_lock);
    const uint32_t seen = s_events & mask;
    pthread_mutex_unlock(&s_lock);
    return seen;
}

uint32_t Events_WaitForEvents(uint32_t, uint32_t mask, uint32_t timeout)
{
    const uint64_t until = timeout == EVENTS_TIMEOUT_INFINITE ? NEVER : Now() + timeout * NS_PER_MS;

    pthread_mutex_lock(&s_lock);
    while ((s_events & mask) == 0 && Now() < until) {
        Sleep(s_changed, until);
    }

    const uint32_t seen = s_events & mask;
    pthread_mutex_unlock(&s_lock);
    return seen;
}

void Events_SetBoolTimer(bool *flag, uint32_t milliseconds)
{
    pthread_mutex_lock(&s_lock);
    s_turn = flag;
    s_turnAt = NEVER;

    if (flag != NULL) {
        __atomic_store_n(flag, false, __ATOMIC_RELAXED);
        s_turnAt = Now() + milliseconds * NS_PER_MS;
        pthread_cond_signal(&s_sooner);
    }

    pthread_mutex_unlock(&s_lock);
}

void Time_SetCompare(uint64_t ticks)
{
    const uint64_t now = HAL_Time_CurrentTime(); // 100 ns each
    const uint64_t wait = ticks > now ? ticks - now : 0;

    pthread_mutex_lock(&s_lock);
    s_completionAt = Now() + (wait < LONGEST_NS / 100 ? wait * 100 : LONGEST_NS);
    pthread_cond_signal(&s_sooner);
    pthread_mutex_unlock(&s_lock);
}

void Events_SetCallback(set_Event_Callback, void *) {} // nobody on this target asks to be called

void FreeManagedEvent(uint8_t, uint8_t, uint16_t, uint32_t) {} // events carry no memory of their own
}
