/* The image, and the accesses of the PC. */
#include "store_private.h"

#include <string.h>

int k230_store_init(struct k230_store *store, void *image, uint32_t blocks, uint32_t block_bytes,
                    struct k230_medium *medium)
{
    if (blocks == 0 || block_bytes == 0 || block_bytes % 4 != 0 || blocks > INT32_MAX / block_bytes)
        return -K230_EINVAL;
    *store = (struct k230_store){
        .image = image,
        .block_bytes = block_bytes,
        .blocks = blocks,
        .medium = medium,
        .newest = K230_STORE_FILES,
    };
    k230i_store_clear(store);
    return 0;
}

void k230i_store_clear(struct k230_store *store) { memset(store->image, 0xFF, k230_store_bytes(store)); }

static bool fits(const struct k230_store *store, uint32_t offset, uint32_t length)
{
    const uint32_t bytes = k230_store_bytes(store);
    return offset <= bytes && length <= bytes - offset;
}

int k230i_store_refuse(struct k230_store *store, uint32_t offset, uint32_t length)
{
    store->refused_offset = offset;
    store->refused_length = length;
    return -K230_EMSGSIZE;
}

int k230_store_erase(struct k230_store *store, uint32_t offset, uint32_t length)
{
    if (!fits(store, offset, length))
        return k230i_store_refuse(store, offset, length);
    if (length == 0)
        return 0;
    const uint32_t before = offset % store->block_bytes;
    const uint32_t behind = (store->block_bytes - (offset + length) % store->block_bytes) % store->block_bytes;
    memset(store->image + offset - before, 0xFF, before + length + behind);
    store->dirty = true;
    return 0;
}

bool k230_store_erased(const struct k230_store *store, uint32_t offset, uint32_t length)
{
    if (!fits(store, offset, length))
        return false;
    for (uint32_t i = 0; i < length; i++)
        if (store->image[offset + i] != 0xFF)
            return false;
    return true;
}

int k230_store_write(struct k230_store *store, uint32_t offset, const void *bytes, uint32_t length)
{
    if (!fits(store, offset, length))
        return k230i_store_refuse(store, offset, length);
    if (length == 0)
        return 0;
    memcpy(store->image + offset, bytes, length);
    store->dirty = true;
    return 0;
}

int k230_store_read(struct k230_store *store, uint32_t offset, void *bytes, uint32_t length)
{
    if (!fits(store, offset, length))
        return k230i_store_refuse(store, offset, length);
    if (length > 0)
        memcpy(bytes, store->image + offset, length);
    return 0;
}

int k230_store_crc(struct k230_store *store, uint32_t offset, uint32_t length, uint32_t *crc)
{
    if (!fits(store, offset, length))
        return k230i_store_refuse(store, offset, length);
    *crc = k230_crc(0, store->image + offset, length);
    return 0;
}
