/* The assemblies in the image. */
#include "store_private.h"

#include <string.h>

/* Where things stand in an assembly, as in tools/Pack/PeFile.cs; all numbers are little-endian. */
#define MARKER "NFMRK1\0" /* and its own terminating zero: eight bytes */
#define MARKER_BYTES 8u
#define HEADER_CRC 8u
#define ASSEMBLY_CRC 12u
#define NATIVES 20u
#define VERSION 28u
#define TOTAL_SIZE 100u /* the last of the sixteen offsets of tables from 40 on */

static bool is_header(const uint8_t *bytes)
{
    uint8_t header[K230_ASSEMBLY_HEADER];
    memcpy(header, bytes, sizeof header);
    k230i_put32(header + HEADER_CRC, 0);
    return memcmp(bytes, MARKER, MARKER_BYTES) == 0 &&
           k230_crc(0, header, sizeof header) == k230i_get32(bytes + HEADER_CRC);
}

int k230_store_next(const struct k230_store *store, uint32_t *at, struct k230_assembly *assembly)
{
    const uint32_t room = k230_store_bytes(store);
    if (*at > room)
        return -K230_EPROTO;
    const uint32_t left = room - *at;
    if (left < MARKER_BYTES || k230_store_erased(store, *at, MARKER_BYTES))
        return 0;
    const uint8_t *bytes = store->image + *at;
    if (left < K230_ASSEMBLY_HEADER || !is_header(bytes))
        return -K230_EPROTO;
    const uint32_t length = k230i_get32(bytes + TOTAL_SIZE);
    if (length < K230_ASSEMBLY_HEADER || length > left)
        return -K230_EPROTO;
    if (k230_crc(0, bytes + K230_ASSEMBLY_HEADER, length - K230_ASSEMBLY_HEADER) != k230i_get32(bytes + ASSEMBLY_CRC))
        return -K230_EPROTO;
    *assembly = (struct k230_assembly){
        .offset = *at,
        .length = length,
        .bytes = bytes,
        .natives = k230i_get32(bytes + NATIVES),
    };
    for (size_t i = 0; i < 4; i++)
        assembly->version[i] = (uint16_t)k230i_get16(bytes + VERSION + 2 * i);
    *at += (length + 3) & ~3u; /* the room is a multiple of 4, too */
    return 1;
}

bool k230_store_is_whole(const struct k230_store *store)
{
    struct k230_assembly assembly;
    uint32_t at = 0;
    int found;
    do
        found = k230_store_next(store, &at, &assembly);
    while (found == 1);
    return found == 0;
}
