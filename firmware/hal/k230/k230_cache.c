#include "k230_cache.h"

#if K230_CACHE_THEAD
#if !defined(__riscv) || __riscv_xlen != 64
#error "K230_CACHE_THEAD is for riscv64"
#endif

#define LINE 64u

/* Instructions of major opcode 0x0B that the assembler does not know without T-Head's extension: 0x0295000B is
 * dcache.cpa a0, 0x02A5000B dcache.ipa a0, 0x01B0000B sync.is (T-Head's instruction manuals; the vendor's Linux,
 * arch/riscv/mm/dma-mapping.c). */
#define CPA(address) __asm__ volatile(".insn r 0x0b, 0, 1, x0, %0, x9" ::"r"(address) : "memory")
#define IPA(address) __asm__ volatile(".insn r 0x0b, 0, 1, x0, %0, x10" ::"r"(address) : "memory")
#define SYNC_IS() __asm__ volatile(".insn r 0x0b, 0, 0, x0, x0, x27" ::: "memory")

static uint64_t first_line(uint64_t physical) { return physical & ~(uint64_t)(LINE - 1u); }

void k230_cache_clean(uint64_t physical, size_t length)
{
    for (uint64_t line = first_line(physical); line < physical + length; line += LINE)
        CPA(line);
    SYNC_IS();
}

void k230_cache_invalidate(uint64_t physical, size_t length)
{
    for (uint64_t line = first_line(physical); line < physical + length; line += LINE)
        IPA(line);
    SYNC_IS();
}

#else
typedef int k230_cache_is_empty; /* ISO C wants a declaration in every file */
#endif
