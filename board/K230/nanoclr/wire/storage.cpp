// Upstream's block storage over the deployment store (firmware/store).

#include "storage.h"

#include <nanoPAL_BlockStorage.h>
#include <string.h>

static struct k230_store *s_store;

static BlockRange s_range;
static BlockRegionInfo s_region;
static DeviceBlockInfo s_info;
static BlockStorageDevice s_device;

void K230_StorageUse(struct k230_store *store)
{
    s_store = store;
    if (store == NULL) {
        return;
    }

    s_range = {BlockRange_BLOCKTYPE_DEPLOYMENT, 0, store->blocks - 1};
    s_region = {
        static_cast<BlockRegionAttribute>(0), K230_STORAGE_BASE, store->blocks, store->block_bytes, 1, &s_range};
    s_info = {static_cast<MediaAttribute>(0), 1, 1, &s_region};
}

// ---- the device
// ------------------------------------------------------------------------------------------------------

extern "C" {

unsigned int BlockStorageList_GetNumDevices() { return s_store == NULL ? 0 : 1; }

BlockStorageDevice *BlockStorageList_GetFirstDevice() { return s_store == NULL ? NULL : &s_device; }

// Upstream copies what it gets before it looks whether it is one.
BlockStorageDevice *BlockStorageList_GetNextDevice(BlockStorageDevice *) { return NULL; }

DeviceBlockInfo *BlockStorageDevice_GetDeviceInfo(BlockStorageDevice *) { return &s_info; }

bool BlockStorageDevice_FindRegionFromAddress(BlockStorageDevice *, unsigned int address, unsigned int *region,
                                              unsigned int *range)
{
    *region = 0;
    *range = 0;
    return s_store != NULL && address - K230_STORAGE_BASE < k230_store_bytes(s_store);
}

bool BlockStorageDevice_Read(BlockStorageDevice *, unsigned int address, unsigned int count, unsigned char *bytes)
{
    return k230_store_read(s_store, address - K230_STORAGE_BASE, bytes, count) == 0;
}

bool BlockStorageDevice_Write(BlockStorageDevice *, unsigned int address, unsigned int count, unsigned char *bytes,
                              bool)
{
    return k230_store_write(s_store, address - K230_STORAGE_BASE, bytes, count) == 0;
}

bool BlockStorageDevice_IsBlockErased(BlockStorageDevice *, unsigned int address, unsigned int count)
{
    return k230_store_erased(s_store, address - K230_STORAGE_BASE, count);
}

bool BlockStorageDevice_EraseBlock(BlockStorageDevice *, unsigned int address)
{
    return k230_store_erase(s_store, address - K230_STORAGE_BASE, 1) == 0;
}

bool BlockStorageDevice_GetMemoryMappedAddress(BlockStorageDevice *, unsigned int, unsigned int, unsigned int *)
{
    return false;
}

// ---- the stream, of which upstream wants to know where it lies
// -------------------------------------------------------

bool BlockStorageStream_Initialize(BlockStorageStream *stream, unsigned int usage)
{
    return BlockStorageStream_InitializeWithBlockStorageDevice(stream, usage, &s_device);
}

bool BlockStorageStream_InitializeWithBlockStorageDevice(BlockStorageStream *stream, unsigned int usage,
                                                         BlockStorageDevice *device)
{
    if (s_store == NULL || usage != BlockUsage_DEPLOYMENT) {
        return false;
    }

    memset(stream, 0, sizeof *stream);
    stream->BaseAddress = K230_STORAGE_BASE;
    stream->Length = k230_store_bytes(s_store);
    stream->BlockLength = s_store->block_bytes;
    stream->Usage = usage;
    stream->CurrentUsage = usage;
    stream->Device = device;
    return true;
}

bool BlockStorageStream_NextStream(BlockStorageStream *) { return false; }

unsigned int BlockStorageStream_CurrentAddress(BlockStorageStream *stream)
{
    return stream->BaseAddress + stream->CurrentIndex;
}
}
