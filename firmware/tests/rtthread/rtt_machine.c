#define _GNU_SOURCE
#include "rtt_machine.h"

#include <ioremap.h>
#include <rthw.h>
#include <rtthread.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct rtt_machine rtt_machine;

/* ---- mappings ---------------------------------------------------------------------------------------------------- */

static void *map(void *physical, size_t size, enum rtt_mapping kind)
{
    for (unsigned i = 0; i < sizeof rtt_machine.maps / sizeof rtt_machine.maps[0]; i++) {
        struct rtt_mapped *one = &rtt_machine.maps[i];
        if (one->physical != (uintptr_t)physical)
            continue;
        one->kind = kind;
        one->size = size;
        one->times++;
        return one->gives;
    }
    abort();
}

void *rt_ioremap(void *physical, size_t size) { return map(physical, size, RTT_DEVICE); }
void *rt_ioremap_wt(void *physical, size_t size) { return map(physical, size, RTT_UNCACHED); }
void *rt_ioremap_cached(void *physical, size_t size) { return map(physical, size, RTT_CACHED); }

/* ---- interrupts: whoever masks them or runs a handler has the lock ----------------------------------------------- */

static pthread_mutex_t s_interrupts = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct {
    rt_isr_handler_t handler;
    void *parameter;
    bool unmasked;
} s_sources[RTT_SOURCES];

rt_base_t rt_hw_interrupt_disable(void)
{
    pthread_mutex_lock(&s_interrupts);
    return 0;
}

void rt_hw_interrupt_enable(rt_base_t level)
{
    (void)level;
    pthread_mutex_unlock(&s_interrupts);
}

static void unhandled(int vector, void *parameter)
{
    (void)vector;
    (void)parameter;
    abort();
}

rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *parameter, const char *name)
{
    (void)name;
    rtt_machine.installed++;
    if (vector < 0 || vector >= RTT_SOURCES || rtt_machine.refuses_interrupts)
        return NULL;
    pthread_mutex_lock(&s_interrupts);
    const rt_isr_handler_t before = s_sources[vector].handler;
    s_sources[vector].handler = handler;
    s_sources[vector].parameter = parameter;
    rtt_machine.vector = vector;
    pthread_mutex_unlock(&s_interrupts);
    return before ? before : unhandled;
}

void rt_hw_interrupt_umask(int vector)
{
    if (vector < 0 || vector >= RTT_SOURCES)
        return;
    pthread_mutex_lock(&s_interrupts);
    s_sources[vector].unmasked = true;
    rtt_machine.unmasked = vector == rtt_machine.vector;
    pthread_mutex_unlock(&s_interrupts);
}

void rtt_machine_interrupt(int vector)
{
    pthread_mutex_lock(&s_interrupts);
    if (s_sources[vector].unmasked)
        (s_sources[vector].handler ? s_sources[vector].handler : unhandled)(vector, s_sources[vector].parameter);
    pthread_mutex_unlock(&s_interrupts);
}

/* ---- the clock --------------------------------------------------------------------------------------------------- */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

void rtt_machine_tick_is(uint32_t tick)
{
    pthread_mutex_lock(&s_interrupts);
    rtt_machine.ticks_at_start += tick - rt_tick_get();
    pthread_mutex_unlock(&s_interrupts);
}

void rtt_machine_hold_tick(bool held)
{
    pthread_mutex_lock(&s_interrupts);
    const uint32_t tick = rt_tick_get();
    rtt_machine.tick_is_held = held;
    rtt_machine.held_tick = tick;
    rtt_machine.ticks_at_start += tick - rt_tick_get();
    pthread_mutex_unlock(&s_interrupts);
}

uint32_t rt_tick_get(void)
{
    static uint64_t start;
    pthread_mutex_lock(&s_interrupts);
    const uint64_t ms = now();
    if (start == 0)
        start = ms;
    const uint64_t tick =
        rtt_machine.tick_is_held ? rtt_machine.held_tick : rtt_machine.ticks_at_start + (ms - start);
    pthread_mutex_unlock(&s_interrupts);
    return (uint32_t)tick;
}

void rt_timer_init(struct rt_timer *timer, const char *name, void (*entry)(void *parameter), void *parameter,
                   uint32_t ticks, uint8_t flag)
{
    (void)name;
    if (timer->entry || ticks != 1 || flag != RT_TIMER_FLAG_PERIODIC)
        abort();
    *timer = (struct rt_timer){.entry = entry, .parameter = parameter};
}

static void *run_timer(void *argument)
{
    const struct rt_timer *timer = argument;
    const struct timespec tick = {.tv_nsec = 1000000};
    for (;;) {
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&s_interrupts);
        if (timer->runs)
            timer->entry(timer->parameter);
        pthread_mutex_unlock(&s_interrupts);
    }
    return NULL;
}

static rt_err_t set_timer(struct rt_timer *timer, bool runs)
{
    pthread_t host;
    pthread_mutex_lock(&s_interrupts);
    const bool makes_host = runs && !timer->has_host;
    timer->has_host |= runs;
    timer->runs = runs;
    rtt_machine.timer_runs = runs;
    pthread_mutex_unlock(&s_interrupts);
    return !makes_host || (pthread_create(&host, NULL, run_timer, timer) == 0 && pthread_detach(host) == 0) ? RT_EOK
                                                                                                            : -1;
}

rt_err_t rt_timer_start(struct rt_timer *timer) { return set_timer(timer, true); }

rt_err_t rt_timer_stop(struct rt_timer *timer) { return set_timer(timer, false); }
