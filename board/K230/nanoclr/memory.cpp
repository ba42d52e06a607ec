// The memory of managed objects. It is static, so that the linker says when it does not fit, and a soft reboot gets the
// same again.

#include <stddef.h>

#ifndef K230_HEAP_BYTES
#define K230_HEAP_BYTES (16 * 1024 * 1024)
#endif

alignas(64) static unsigned char s_heap[K230_HEAP_BYTES];

void HeapLocation(unsigned char *&base, unsigned int &bytes)
{
    base = s_heap;
    bytes = sizeof s_heap;
}

// Graphics alone ask for it, which this target does not have.
void CustomHeapLocation(unsigned char *&base, unsigned int &bytes)
{
    base = NULL;
    bytes = 0;
}
