/* Cache maintenance by physical address on the K230's cores (T-Head C908), for a region that is mapped cached.
 *
 * Promises: works on whole lines of 64 bytes (bsp/maix3/c908/cache.h; Linux: arch/riscv/include/asm/cache.h) and waits
 * until the work is done, in the caches that the cores do not share as well. An invalidate throws away what this core
 * wrote to those lines: the region's layout (k230_protocol.h) gives each line one writer.
 *
 * By physical address with sync.is, since people with boards found the operations by virtual address with sync.s to
 * leave old bytes between the two cores, at 64 KiB at the latest. A line takes about 100 cycles.
 *
 * Contexts: any, in machine or supervisor mode. A process cannot: these instructions are not for user mode, whatever
 * MXSTATUS.UCME says, so it maps the region uncached.
 *
 * There with K230_CACHE_THEAD=1, for riscv64.
 */
#ifndef K230_CACHE_H
#define K230_CACHE_H

#include "k230_config.h"

#include <stddef.h>
#include <stdint.h>

#if K230_CACHE_THEAD
#ifdef __cplusplus
extern "C" {
#endif

void k230_cache_clean(uint64_t physical, size_t length);
void k230_cache_invalidate(uint64_t physical, size_t length);

#ifdef __cplusplus
}
#endif
#endif
#endif
