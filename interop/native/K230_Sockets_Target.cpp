#include "K230_Sockets_Target.h"

#include "k230_clr.h"

#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>
#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>

// On the thread that attends the client, or on the CLR's: Events_Set is meant for both.
static void WakeWaiters(void *) { Events_Set(SYSTEM_EVENT_FLAG_SOCKET); }

static void (*s_onNetwork)(uint32_t word);
static bool s_isListening;

// By the thread that attends the client. SmallCore.Nano.cs takes it from there. Before it is there, nothing is posted:
// in a program without a listener for events of this category, nanoFramework.Runtime.Events calls a null delegate.
//
// Under the global lock: the CLR's thread takes events out of the same queue under it, and the push of nf-interpreter
// (CLR_RT_HeapBlock_NativeEventDispatcher::SaveToHALQueue) takes no lock.
static void TellNetwork(void *, uint32_t word)
{
    GLOBAL_LOCK();

    if (__atomic_load_n(&s_isListening, __ATOMIC_ACQUIRE)) {
        PostManagedEvent(EVENT_CUSTOM, K230_SOCKETS_EVENT_NETWORK, 0, word);
    }

    void (*tell)(uint32_t) = __atomic_load_n(&s_onNetwork, __ATOMIC_ACQUIRE);

    if (tell != NULL) {
        tell(word);
    }

    GLOBAL_UNLOCK();
}

void K230_Sockets_OnNetwork(void (*tell)(uint32_t word)) { __atomic_store_n(&s_onNetwork, tell, __ATOMIC_RELEASE); }

void K230_Sockets_Start(struct k230_client *client)
{
    k230_clr_use(client, WakeWaiters);
    k230_client_on_network(client, TellNetwork, NULL);
}

void K230_Sockets_Reboot(void)
{
    __atomic_store_n(&s_isListening, false, __ATOMIC_RELEASE);
    k230_clr_reboot();
}

void K230_Sockets_Listen(void) { __atomic_store_n(&s_isListening, true, __ATOMIC_RELEASE); }
