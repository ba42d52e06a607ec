/* Mappings of physical memory, as RT-Smart has them. See rtthread.h. */
#ifndef RTT_IOREMAP_H
#define RTT_IOREMAP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *rt_ioremap(void *physical, size_t size);
void *rt_ioremap_wt(void *physical, size_t size);
void *rt_ioremap_cached(void *physical, size_t size);

#ifdef __cplusplus
}
#endif
#endif
