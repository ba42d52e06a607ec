/* The deployment store as upstream's debugger sees it: one device, one region, one range of blocks.
 *
 * K230_STORAGE_BASE: where the PC finds it. An address there is a number of the protocol and none of memory; the
 * managed heap's numbers are elsewhere. K230_StorageUse: the store, from now on; NULL: no device.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_NANOCLR_STORAGE_H
#define K230_NANOCLR_STORAGE_H

#include "k230_store.h"

#define K230_STORAGE_BASE 0xC0000000u

void K230_StorageUse(struct k230_store *store);

#endif
