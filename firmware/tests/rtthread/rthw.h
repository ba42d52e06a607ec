/* Interrupts. See rtthread.h. */
#ifndef RTT_RTHW_H
#define RTT_RTHW_H

#include <rtthread.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*rt_isr_handler_t)(int vector, void *parameter);

rt_base_t rt_hw_interrupt_disable(void);
void rt_hw_interrupt_enable(rt_base_t level);
rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *parameter, const char *name);
void rt_hw_interrupt_umask(int vector);

#ifdef __cplusplus
}
#endif
#endif
