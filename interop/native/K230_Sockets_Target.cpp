#include "K230_Sockets_Target.h"

#include "k230_clr.h"

#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>
#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>

// On the thread that attends the client, or on the CLR's: Events_Set is meant for both.
static void WakeWaiters(void *) { Events_Set(SYSTEM_EVENT_FLAG_SOCKET); }

// By the thread that attends the client. SmallCore.Nano.cs takes it from there.
static void TellNetwork(void *, uint32_t word) { PostManagedEvent(EVENT_CUSTOM, K230_SOCKETS_EVENT_NETWORK, 0, word); }

void K230_Sockets_Start(struct k230_client *client)
{
    k230_clr_use(client, WakeWaiters);
    k230_client_on_network(client, TellNetwork, NULL);
}

void K230_Sockets_Reboot(void) { k230_clr_reboot(); }
