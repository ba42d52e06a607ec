/* Cache maintenance by address on the K230's cores (T-Head C908), for a region that is mapped cached.
 *
 * Promises: works on whole lines of 64 bytes (bsp/maix3/c908/cache.h; Linux: arch/riscv/include/asm/cache.h) and waits
 * until the work is done. An invalidate throws away what this core wrote to those lines: the region's layout
 * (k230_protocol.h) gives each line one writer.
 *
 * Contexts: any, in machine or supervisor mode. In user mode only if the kernel has switched that on (MXSTATUS.UCME);
 * whether RT-Smart does is not known, and its cacheflush system call does nothing (lwp_syscall.c).
 *
 * There with K230_CACHE_THEAD=1, for riscv64.
 */
#ifndef K230_CACHE_H
#define K230_CACHE_H

#include "k230_config.h"

#include <stddef.h>

#if K230_CACHE_THEAD
#if !defined(__riscv) || __riscv_xlen != 64
#error "K230_CACHE_THEAD is for riscv64"
#endif

#ifdef __cplusplus
extern "C" {
#endif

void k230_cache_clean(void *context, const void *start, size_t length);
void k230_cache_invalidate(void *context, const void *start, size_t length);

#ifdef __cplusplus
}
#endif
#endif
#endif
