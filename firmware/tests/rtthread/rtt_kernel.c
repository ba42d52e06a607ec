/* The part of RT-Thread's kernel that the port uses, on pthreads. */
#define _GNU_SOURCE
#include <rtthread.h>

#include <rtdevice.h>

#include "rtt_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- errno: the thread's, shared with the kernel's own results --------------------------------------------------- */

static _Thread_local rt_err_t s_error;

rt_err_t rt_get_errno(void) { return s_error; }
void rt_set_errno(rt_err_t error) { s_error = error; }

void rt_kprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
}

/* ---- threads and semaphores -------------------------------------------------------------------------------------- */

rt_err_t rt_thread_init(struct rt_thread *thread, const char *name, void (*entry)(void *parameter), void *parameter,
                        void *stack_start, uint32_t stack_size, uint8_t priority, uint32_t tick)
{
    (void)name;
    (void)priority;
    (void)tick;
    memset(stack_start, '#', stack_size);
    *thread =
        (struct rt_thread){.entry = entry, .parameter = parameter, .stack = stack_start, .stack_size = stack_size};
    return RT_EOK;
}

static void *run(void *argument)
{
    struct rt_thread *thread = argument;
    thread->entry(thread->parameter);
    return NULL;
}

rt_err_t rt_thread_startup(struct rt_thread *thread)
{
    memset((uint8_t *)thread->stack + thread->stack_size / 2, 0, thread->stack_size / 2); /* as if that were used */
    return pthread_create(&thread->host, NULL, run, thread) == 0 && pthread_detach(thread->host) == 0 ? RT_EOK : -1;
}

rt_err_t rt_thread_mdelay(int32_t ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
    s_error = -116; /* kernel calls write it too */
    return RT_EOK;
}

rt_err_t rt_sem_init(struct rt_semaphore *sem, const char *name, uint32_t value, uint8_t flag)
{
    (void)name;
    (void)flag;
    if (sem->made)
        abort(); /* an assertion of the kernel's, when it is built for debugging */
    sem->made = true;
    return sem_init(&sem->host, 0, value) == 0 ? RT_EOK : -1;
}

rt_err_t rt_sem_take(struct rt_semaphore *sem, int32_t time)
{
    if (time == RT_WAITING_FOREVER)
        return sem_wait(&sem->host) == 0 ? RT_EOK : -1;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until); /* sem_timedwait(3) */
    until.tv_sec += time / 1000 + 1;
    return sem_timedwait(&sem->host, &until) == 0 ? RT_EOK : -1;
}

int32_t rt_tick_from_millisecond(int32_t ms) { return ms; }

rt_err_t rt_sem_release(struct rt_semaphore *sem) { return sem_post(&sem->host) == 0 ? RT_EOK : -1; }

/* ---- devices ----------------------------------------------------------------------------------------------------- */

static rt_device_t s_device;
static char s_name[RT_NAME_MAX + 1];

rt_device_t rt_device_find(const char *name) { return s_device && strcmp(name, s_name) == 0 ? s_device : NULL; }

rt_err_t rt_device_register(rt_device_t device, const char *name, uint16_t flags)
{
    (void)flags;
    s_device = device;
    strncpy(s_name, name, RT_NAME_MAX);
    device->fops = NULL;
    return RT_EOK;
}

void rt_wqueue_wakeup(rt_wqueue_t *queue, void *key)
{
    (void)key;
    if (!queue->made)
        abort();
    if (__atomic_load_n(&queue->sleepers, __ATOMIC_SEQ_CST))
        rtt_host_kick();
}
