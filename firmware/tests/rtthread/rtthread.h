/* What the RT-Thread port uses of RT-Thread's API, declared in own words, so that it compiles and runs on a workstation
 * (rtt_kernel.c, rtt_sal.c). Names and numbers are the API's (RT-Thread 4.x and 5.x); structures have what is used of
 * them. Functions whose names a C library has as well are renamed. */
#ifndef RTT_RTTHREAD_H
#define RTT_RTTHREAD_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RT_USING_POSIX
#define RT_NAME_MAX 8
#define RT_EOK 0
#define RT_WAITING_FOREVER (-1)
#define RT_IPC_FLAG_PRIO 1
#define RT_TICK_PER_SECOND 1000
#define RT_TIMER_FLAG_PERIODIC 0x2

typedef long rt_err_t;
typedef long rt_base_t;

typedef struct rt_slist {
    struct rt_slist *next;
} rt_slist_t;
#define rt_container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

rt_err_t rt_get_errno(void);
void rt_set_errno(rt_err_t error);
void rt_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct rt_thread {
    pthread_t host;
    void (*entry)(void *parameter);
    void *parameter;
    void *stack;
    uint32_t stack_size;
};
rt_err_t rt_thread_init(struct rt_thread *thread, const char *name, void (*entry)(void *parameter), void *parameter,
                        void *stack_start, uint32_t stack_size, uint8_t priority, uint32_t tick);
rt_err_t rt_thread_startup(struct rt_thread *thread);
rt_err_t rt_thread_mdelay(int32_t ms);
int32_t rt_tick_from_millisecond(int32_t ms);

struct rt_semaphore {
    sem_t host;
    bool made;
};
rt_err_t rt_sem_init(struct rt_semaphore *sem, const char *name, uint32_t value, uint8_t flag);
rt_err_t rt_sem_take(struct rt_semaphore *sem, int32_t time);
rt_err_t rt_sem_release(struct rt_semaphore *sem);

uint32_t rt_tick_get(void);

struct rt_timer {
    void (*entry)(void *parameter);
    void *parameter;
    bool runs;
    bool has_host;
};
void rt_timer_init(struct rt_timer *timer, const char *name, void (*entry)(void *parameter), void *parameter,
                   uint32_t ticks, uint8_t flag);
rt_err_t rt_timer_start(struct rt_timer *timer);
rt_err_t rt_timer_stop(struct rt_timer *timer);

#ifdef __cplusplus
}
#endif
#endif
