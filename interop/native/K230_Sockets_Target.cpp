#include "K230_Sockets_Target.h"

#include "k230_clr.h"

#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>
#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>

// On the thread that attends the client, or on the CLR's: Events_Set is meant for both.
static void WakeWaiters(void *) { Events_Set(SYSTEM_EVENT_FLAG_SOCKET); }

void K230_Sockets_Start(struct k230_client *client) { k230_clr_use(client, WakeWaiters); }

void K230_Sockets_Reboot(void) { k230_clr_reboot(); }
