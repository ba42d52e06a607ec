#include "k230_cache.h"

#include <stdint.h>

#if K230_CACHE_THEAD

#define LINE 64u

/* Instructions of major opcode 0x0B that the assembler does not know without T-Head's extension: the words are those of
 * bsp/maix3/c908/cache.c and opcode.h (0x0257800B dcache.cva a5, 0x0268000B dcache.iva a6, 0x0190000B sync.s). */
#define CVA(address) __asm__ volatile(".insn r 0x0b, 0, 1, x0, %0, x5" ::"r"(address) : "memory")
#define IVA(address) __asm__ volatile(".insn r 0x0b, 0, 1, x0, %0, x6" ::"r"(address) : "memory")
#define SYNC_S() __asm__ volatile(".insn r 0x0b, 0, 0, x0, x0, x25" ::: "memory")

static uintptr_t first_line(const void *start) { return (uintptr_t)start & ~(uintptr_t)(LINE - 1u); }

void k230_cache_clean(void *context, const void *start, size_t length)
{
    (void)context;
    const uintptr_t end = (uintptr_t)start + length;
    for (uintptr_t line = first_line(start); line < end; line += LINE)
        CVA(line);
    SYNC_S();
}

void k230_cache_invalidate(void *context, const void *start, size_t length)
{
    (void)context;
    const uintptr_t end = (uintptr_t)start + length;
    for (uintptr_t line = first_line(start); line < end; line += LINE)
        IVA(line);
    SYNC_S();
}

#else
typedef int k230_cache_is_empty; /* ISO C wants a declaration in every file */
#endif
