/* Where the managed heap lies, for the wire protocol (include/k230_reference.h).
 *
 * K230_HeapIsReferable: before the others; false: the heap crosses a border of 4 GiB, so that 32 bits do not name a
 * place in it. K230_HeapReference: its beginning.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_NANOCLR_REFERENCE_H
#define K230_NANOCLR_REFERENCE_H

#include <stdint.h>

bool K230_HeapIsReferable();
uint32_t K230_HeapReference();
uint32_t K230_HeapBytes();

#endif
