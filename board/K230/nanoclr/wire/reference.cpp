// The managed heap as a PC sees it: 32 bits of an address, and a constant above them.

#include "reference.h"

#include <k230_reference.h>
#include <nanoCLR_Runtime.h>

static uintptr_t s_begin;
static uint32_t s_bytes;

bool K230_HeapIsReferable()
{
    unsigned char *begin = NULL;
    unsigned int bytes = 0;

    HeapLocation(begin, bytes);
    s_begin = reinterpret_cast<uintptr_t>(begin);
    s_bytes = bytes;
    return s_begin >> 32 == (s_begin + s_bytes - 1) >> 32;
}

uint32_t K230_HeapReference() { return static_cast<uint32_t>(s_begin); }

uint32_t K230_HeapBytes() { return s_bytes; }

uint32_t K230_ReferenceOf(const void *address)
{
    const uintptr_t offset = reinterpret_cast<uintptr_t>(address) - s_begin;

    return offset < s_bytes ? static_cast<uint32_t>(s_begin + offset) : 0;
}

void *K230_AtAddress(uint32_t address, uint32_t length)
{
    const uint32_t offset = address - static_cast<uint32_t>(s_begin);

    return offset < s_bytes && length <= s_bytes - offset ? reinterpret_cast<void *>(s_begin + offset) : NULL;
}

void *K230_AtReference(uint32_t reference)
{
    void *const block = K230_AtAddress(reference, sizeof(CLR_RT_HeapBlock));

    return reinterpret_cast<uintptr_t>(block) % alignof(CLR_RT_HeapBlock) == 0 ? block : NULL;
}
