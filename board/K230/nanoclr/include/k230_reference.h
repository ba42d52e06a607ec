/* Addresses of managed objects as the wire protocol carries them: 32 bits. The managed heap lies within one range of
 * 4 GiB (wire/reference.cpp makes sure), so what is missing above them is the same for all.
 *
 * K230_ReferenceOf: 0 for what lies outside the managed heap. K230_AtReference: NULL for what lies outside, and where
 * it begins in the middle of a block. K230_AtAddress: the same for bytes, `length` of them. K230_Reference stands where
 * a command of upstream's has a pointer.
 *
 * Contexts: the CLR's thread.
 */
#ifndef K230_REFERENCE_H
#define K230_REFERENCE_H

#include <stdint.h>

uint32_t K230_ReferenceOf(const void *address);
void *K230_AtReference(uint32_t reference);
void *K230_AtAddress(uint32_t address, uint32_t length);

template <class Block> struct K230_Reference {
    uint32_t reference;

    operator Block *() const { return static_cast<Block *>(K230_AtReference(reference)); }
};

#endif
