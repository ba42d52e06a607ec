/* What events.cpp needs of nf-interpreter, for its test. Contexts: the test's. */
#ifndef K230_TEST_NANOCLR_RUNTIME_H
#define K230_TEST_NANOCLR_RUNTIME_H

#include <stdint.h>

#define SYSTEM_EVENT_FLAG_SYSTEM_TIMER 0x00000008u
#define EVENTS_TIMEOUT_INFINITE 0xFFFFFFFFu

typedef void (*set_Event_Callback)(void *);

struct HAL_COMPLETION {
    static void DequeueAndExec();
};

bool Events_Initialize_Platform();
uint64_t HAL_Time_CurrentTime();

extern "C" {
bool Events_Initialize();
bool Events_Uninitialize();
void Events_Set(uint32_t events);
uint32_t Events_Get(uint32_t mask);
void Events_Clear(uint32_t mask);
uint32_t Events_MaskedRead(uint32_t mask);
uint32_t Events_WaitForEvents(uint32_t level, uint32_t mask, uint32_t timeout);
void Events_SetBoolTimer(bool *flag, uint32_t milliseconds);
void Events_SetCallback(set_Event_Callback callback, void *argument);
void FreeManagedEvent(uint8_t category, uint8_t subCategory, uint16_t data1, uint32_t data2);
void Time_SetCompare(uint64_t ticks);
}

#endif
