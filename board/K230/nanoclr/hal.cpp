// The life of the target: what is brought up before managed code runs, what is taken down at a soft reboot, and the
// calls about the machine that a process on RT-Smart has its own answers to.

#include "board.h"
#include "target.h"

#include "k230_op.h"
#include "K230_Sockets_Target.h"

#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>
#include <nanoHAL_ConfigurationManager.h>
#include <nanoHAL_Network.h>
#include <nanoPAL_Events.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

extern "C" void ClrExit();
extern "C" void ClrReboot();

// ---- the link to the small core
// --------------------------------------------------------------------------------------

static struct k230_client s_client;
static struct k230_hal *s_hal;

static void *Attend(void *)
{
    for (;;) {
        k230_client_attend(&s_client);
    }

    return NULL;
}

struct k230_client *K230_Client() { return &s_client; }

struct k230_hal *K230_Hal() { return s_hal; }

bool K230_StartLink()
{
    s_hal = K230_Board_Hal();
    if (s_hal == NULL) {
        return false;
    }

    k230_client_init(&s_client, s_hal);
    K230_Sockets_Start(&s_client);

    return K230_StartThread(Attend, "the thread that attends the small core");
}

// ---- start, soft reboot
// ----------------------------------------------------------------------------------------------

static ON_SOFT_REBOOT_HANDLER s_handlers[16];

void HAL_AddSoftRebootHandler(ON_SOFT_REBOOT_HANDLER handler)
{
    for (ON_SOFT_REBOOT_HANDLER &place : s_handlers) {
        if (place == handler) {
            return;
        }
        if (place == NULL) {
            place = handler;
            return;
        }
    }

    fprintf(stderr, "nanoclr: no room for another soft reboot handler: raise the table in hal.cpp\n");
}

void nanoHAL_Initialize()
{
    HAL_CONTINUATION::InitializeList();
    HAL_COMPLETION::InitializeList();
    Events_Initialize();
    ConfigurationManager_Initialize();
    Network_Initialize();
}

// Sockets first, then what drivers have asked for; the natives' waits last, as they end what is left of the session.
void nanoHAL_Uninitialize(bool)
{
    SOCKETS_CloseConnections();
    for (ON_SOFT_REBOOT_HANDLER handler : s_handlers) {
        if (handler != NULL) {
            handler();
        }
    }
    Network_Uninitialize();
    K230_Sockets_Reboot();

    Events_Uninitialize();
    HAL_CONTINUATION::Uninitialize();
    HAL_COMPLETION::Uninitialize();
}

// ---- the machine
// -----------------------------------------------------------------------------------------------------

static void SleepTicks(int64_t ticks) // 100 ns each
{
    if (ticks > 0) {
        const timespec time = {static_cast<time_t>(ticks / 10000000), static_cast<long>(ticks % 10000000 * 100)};

        nanosleep(&time, NULL);
    }
}

void CPU_Hibernate() { SleepTicks(10000000); }

void CPU_Shutdown()
{
    ClrExit();
    Events_Set(SYSTEM_EVENT_FLAG_ALL);
}

extern "C" {

void CPU_SetPowerMode(PowerLevel_type) {} // the kernel's business

void CPU_Sleep(SLEEP_LEVEL_type, uint64_t) { sched_yield(); }

void RtosYield() { sched_yield(); }

// A process does not reset the board under the other core: the CLR starts again.
void CPU_Reset()
{
    ClrReboot();
    Events_Set(SYSTEM_EVENT_FLAG_ALL);
}

void HAL_AssertEx()
{
    fflush(stdout);
    fprintf(stderr, "nanoclr: nanoCLR found itself in a state that cannot be (HAL_AssertEx)\n");
    abort();
}

bool CPU_IsSoftRebootSupported() { return true; }

bool LaunchProprietaryBootloader() { return false; }
}

// Names of the Windows host that upstream's core calls on every host.
bool HAL_Windows_IsShutdownPending() { return false; }

void HAL_Windows_AcquireGlobalLock() { GLOBAL_LOCK(); }

void HAL_Windows_ReleaseGlobalLock() { GLOBAL_UNLOCK(); }

bool HAL_Windows_HasGlobalLock() { return false; }

uint64_t HAL_Windows_GetPerformanceTicks() { return HAL_Time_CurrentSysTicks(); }

void HAL_Windows_FastSleep(long long ticks) { SleepTicks(ticks); }
