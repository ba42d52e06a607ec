/* FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv): shows whether something has changed, not whether it was
 * made to look unchanged. */
#ifndef K230_HASH_H
#define K230_HASH_H

#include <stddef.h>
#include <stdint.h>

#define K230_HASH_START 0xCBF29CE484222325u

/* The hash of all bytes so far and of these. */
static inline uint64_t k230_hash(uint64_t so_far, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        so_far = (so_far ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
    return so_far;
}

#endif
