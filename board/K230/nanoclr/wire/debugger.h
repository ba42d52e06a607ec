/* Upstream's debugger in this target.
 *
 * K230_DebuggerUse: the store that a PC deploys to; K230_HeapIsReferable comes first. K230_DebuggerHandle: one packet
 * of the PC, which is answered; `payload` has K230_DEBUGGER_PAYLOAD bytes, zero behind header.size. K230_DebuggerSend:
 * one packet to the PC, supplied by port.cpp; false: it did not go out.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_NANOCLR_DEBUGGER_H
#define K230_NANOCLR_DEBUGGER_H

#include "k230_store.h"
#include "k230_wire.h"

#define K230_DEBUGGER_PAYLOAD 2048u

void K230_DebuggerUse(struct k230_store *store);
void K230_DebuggerHandle(const struct k230_wire_header &header, uint8_t *payload);
bool K230_DebuggerSend(const struct k230_wire_header &header, const uint8_t *payload);

#endif
