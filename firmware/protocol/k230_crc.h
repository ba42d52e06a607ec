/* nanoCLR's CRC-32, of packets, assemblies and natives: polynomial 04C11DB7, most significant bit first, nothing
 * inverted. tools/Shared/NanoCrc.cs is the same in C#. From a start of 0 it does not see leading zeros: hold the length
 * as well. */
#ifndef K230_CRC_H
#define K230_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of all bytes so far and of these. The protocols of nanoFramework start from 0. */
static inline uint32_t k230_crc(uint32_t so_far, const void *bytes, size_t length)
{
    static const uint32_t nibbles[16] = {
        0x00000000u, 0x04C11DB7u, 0x09823B6Eu, 0x0D4326D9u, 0x130476DCu, 0x17C56B6Bu, 0x1A864DB2u, 0x1E475005u,
        0x2608EDB8u, 0x22C9F00Fu, 0x2F8AD6D6u, 0x2B4BCB61u, 0x350C9B64u, 0x31CD86D3u, 0x3C8EA00Au, 0x384FBDBDu,
    };
    for (size_t i = 0; i < length; i++) {
        so_far ^= (uint32_t)((const uint8_t *)bytes)[i] << 24;
        so_far = so_far << 4 ^ nibbles[so_far >> 28];
        so_far = so_far << 4 ^ nibbles[so_far >> 28];
    }
    return so_far;
}

#endif
