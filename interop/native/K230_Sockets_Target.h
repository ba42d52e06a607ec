/* What a nanoCLR target calls.
 *
 * K230_Sockets_Start: once, when the native side starts, before managed code runs. `client` is initialised with the
 * board's hal. From then on a thread of the board's, or of its driver, calls k230_client_attend(client) in a loop;
 * without it nothing wakes up, and no session starts. K230_Sockets_Reboot: on a soft reboot of the CLR
 * (HAL_AddSoftRebootHandler, nanoHAL_Uninitialize). Sockets are closed, waits forgotten; the next socket starts a new
 * session.
 *
 * The target's GLOBAL_LOCK is a recursive lock, and Events_Set may be called while it is held: managed events are
 * posted under it, from the thread that attends. A target that takes the CLR's state away at a soft reboot holds it
 * meanwhile.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_SOCKETS_TARGET_H
#define K230_SOCKETS_TARGET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k230_client;

/* Managed event of category Custom; data2 is a word of k230_network. Keep in sync with SmallCore.Nano.cs. */
#define K230_SOCKETS_EVENT_NETWORK 230

void K230_Sockets_Start(struct k230_client *client);
void K230_Sockets_Reboot(void);

/* Managed code has a listener for K230_SOCKETS_EVENT_NETWORK. Called by the natives. */
void K230_Sockets_Listen(void);

/* `tell` is called with each word of the network, by the thread that attends the client and with the global lock held:
 * the sockets PAL's way to the events of NetworkChange. */
void K230_Sockets_OnNetwork(void (*tell)(uint32_t word));

#ifdef __cplusplus
}
#endif
#endif
