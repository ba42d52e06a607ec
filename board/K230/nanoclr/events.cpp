// The CLR's events and timers: one lock, one thread for both timers, and sleeps that end when something happens.
//
// - An event is set and a sleeper looks under the same lock, so none is lost and nobody polls.
// - The timer that ends a thread's turn tests and writes under that lock too: once Events_SetBoolTimer(NULL) has
//   returned, the flag is not written any more, whatever becomes of its memory.
// - Each managed thread's turn sets that timer and calls it off again. The timers' thread is woken only by a deadline
//   that is earlier than the one it sleeps for: by a busy program once in a turn's length. So a turn that was called
//   off keeps its deadline: a look between two turns would find none otherwise, and the next turn would wake it again.
// - Sleeps go by the monotonic clock: setting the time of day moves no timer. The board supplies them (board.h).
//
// The lock is a leaf: nothing else is called while it is held. It is made before main, as the thread that attends the
// small core may set an event before the CLR starts.

#include "board.h"
#include "target.h"

#include <nanoCLR_Runtime.h>
#include <nanoHAL_Time.h>
#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

namespace
{

const uint64_t NEVER = UINT64_MAX;
const uint64_t NS_PER_MS = 1000000;
const uint64_t LONGEST_NS = 24ull * 3600 * 1000 * NS_PER_MS; // a timer that is later looks again after a day

pthread_mutex_t s_lock;

uint32_t s_events;
bool s_isClrAsleep;
bool *s_turn; // set at the end of a thread's turn; NULL between two turns
uint64_t s_turnAt = NEVER;
uint64_t s_completionAt = NEVER;
uint64_t s_timersSleepUntil; // 0: they are awake, and look once more before they sleep

// The mutex is locked here once: on a kernel where the first lock makes it, two threads must not be the first.
const bool s_isMade = [] {
    pthread_mutex_init(&s_lock, NULL);
    pthread_mutex_lock(&s_lock);
    pthread_mutex_unlock(&s_lock);
    return true;
}();

uint64_t Now()
{
    timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

// Unlocks, and wakes the CLR where it sleeps.
void SetAndUnlock(uint32_t events)
{
    s_events |= events;
    const bool isAsleep = s_isClrAsleep;
    s_isClrAsleep = false;
    pthread_mutex_unlock(&s_lock);

    if (isAsleep) {
        K230_Board_Wake(K230_PLACE_CLR);
    }
}

// Unlocks, and wakes the timers where they sleep too long.
void DueAndUnlock(uint64_t at)
{
    const bool isSooner = at < s_timersSleepUntil;
    if (isSooner) {
        s_timersSleepUntil = 0;
    }
    pthread_mutex_unlock(&s_lock);

    if (isSooner) {
        K230_Board_Wake(K230_PLACE_TIMERS);
    }
}

void *RunTimers(void *)
{
    for (;;) {
        pthread_mutex_lock(&s_lock);
        s_timersSleepUntil = 0;
        const uint64_t now = Now();

        if (s_turnAt <= now) {
            s_turnAt = NEVER;
            if (s_turn != NULL) {
                __atomic_store_n(s_turn, true, __ATOMIC_RELAXED);
                SetAndUnlock(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
                continue;
            }
        }

        if (s_completionAt <= now) {
            s_completionAt = NEVER;
            // It takes the global lock and sets the next deadline.
            pthread_mutex_unlock(&s_lock);
            HAL_COMPLETION::DequeueAndExec();
            pthread_mutex_lock(&s_lock);
            SetAndUnlock(SYSTEM_EVENT_FLAG_SYSTEM_TIMER);
            continue;
        }

        const uint64_t until = s_turnAt < s_completionAt ? s_turnAt : s_completionAt;
        s_timersSleepUntil = until;
        pthread_mutex_unlock(&s_lock);
        K230_Board_Sleep(K230_PLACE_TIMERS, until);
    }

    return NULL;
}

void Start()
{
    (void)s_isMade;
    if (!K230_StartThread(RunTimers, "the timers' thread")) {
        exit(1);
    }
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
    s_turn = NULL;
    s_turnAt = NEVER;
    s_completionAt = NEVER;
    pthread_mutex_unlock(&s_lock);
    return true;
}

void Events_Set(uint32_t events)
{
    pthread_mutex_lock(&s_lock);
    SetAndUnlock(events);
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
        s_isClrAsleep = true;
        pthread_mutex_unlock(&s_lock);
        K230_Board_Sleep(K230_PLACE_CLR, until);
        pthread_mutex_lock(&s_lock);
        s_isClrAsleep = false;
    }

    const uint32_t seen = s_events & mask;
    pthread_mutex_unlock(&s_lock);
    return seen;
}

void Events_SetBoolTimer(bool *flag, uint32_t milliseconds)
{
    pthread_mutex_lock(&s_lock);
    s_turn = flag;

    if (flag == NULL) {
        pthread_mutex_unlock(&s_lock);
        return;
    }

    __atomic_store_n(flag, false, __ATOMIC_RELAXED);
    s_turnAt = Now() + milliseconds * NS_PER_MS;
    DueAndUnlock(s_turnAt);
}

void Time_SetCompare(uint64_t ticks)
{
    const uint64_t now = HAL_Time_CurrentTime(); // 100 ns each
    const uint64_t wait = ticks > now ? ticks - now : 0;

    pthread_mutex_lock(&s_lock);
    s_completionAt = Now() + (wait < LONGEST_NS / 100 ? wait * 100 : LONGEST_NS);
    DueAndUnlock(s_completionAt);
}

void Events_SetCallback(set_Event_Callback, void *) {} // nobody on this target asks to be called

void FreeManagedEvent(uint8_t, uint8_t, uint16_t, uint32_t) {} // events carry no memory of their own
}
