/* What the driver of /dev/k230link calls of RT-Smart's kernel, for a test on a workstation: the same names and shapes
 * as in kendryte/k230_sdk's src/big/rt-smart/kernel (rt-thread/include, components/dfs/include/dfs_file.h,
 * components/lwp), so that the driver's source compiles unchanged. Only what it uses is here.
 *
 * Contexts: threads for tasks; the "interrupt" is a thread that holds what rt_hw_interrupt_disable takes.
 */
#ifndef K230_RT_DOUBLE_H
#define K230_RT_DOUBLE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long rt_base_t;
typedef int32_t rt_int32_t;
typedef uint32_t rt_tick_t;
typedef rt_base_t rt_err_t;
typedef struct rt_device *rt_device_t;
typedef struct rt_semaphore *rt_sem_t;
typedef void (*rt_isr_handler_t)(int vector, void *param);

#define RT_NULL 0
#define RT_FALSE 0
#define RT_EOK 0
#define RT_ERROR 1
#define RT_IPC_FLAG_FIFO 0
#define RT_DEVICE_FLAG_RDWR 3
#define RT_Device_Class_Miscellaneous 1
#define RT_FIOMMAP2 0x52540002U
#ifndef POLLIN
#define POLLIN 0x01 /* dfs_poll.h */
#define POLLERR 0x04
#endif
#define INIT_DEVICE_EXPORT(function) _Static_assert(1, #function)
#define RT_TICK_PER_SECOND 1000
#define RT_TIMER_FLAG_PERIODIC 0x2
#define RT_USING_FINSH
#define MSH_CMD_EXPORT_ALIAS(function, name, help)                                                                     \
    const char *const k230_test_command = #name;                                                                       \
    int (*const k230_test_command_function)(void) = function
extern const char *const k230_test_command;
extern int (*const k230_test_command_function)(void);

struct rt_semaphore {
    unsigned value;
};
typedef struct rt_wqueue {
    unsigned wakeups;
} rt_wqueue_t;
typedef struct rt_pollreq {
    unsigned added;
} rt_pollreq_t;
struct rt_timer {
    void (*timeout)(void *parameter);
    void *parameter;
    int runs;
};
struct rt_device {
    int type;
    const struct dfs_file_ops *fops;
    struct rt_wqueue wait_queue;
};
struct dfs_fd {
    uint32_t flags;
    void *data;
};
struct dfs_file_ops {
    int (*open)(struct dfs_fd *fd);
    int (*close)(struct dfs_fd *fd);
    int (*ioctl)(struct dfs_fd *fd, int cmd, void *args);
    int (*poll)(struct dfs_fd *fd, struct rt_pollreq *req);
};
struct dfs_mmap2_args {
    void *addr;
    size_t length;
    int prot;
    int flags;
    off_t pgoffset;
    void *ret;
};
struct rt_lwp;

rt_base_t rt_hw_interrupt_disable(void);
void rt_hw_interrupt_enable(rt_base_t level);
rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *param, const char *name);
void rt_hw_interrupt_umask(int vector);
rt_err_t rt_sem_init(rt_sem_t sem, const char *name, uint32_t value, uint8_t flag);
rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t time);
rt_err_t rt_sem_release(rt_sem_t sem);
rt_tick_t rt_tick_from_millisecond(rt_int32_t ms);
rt_tick_t rt_tick_get(void);
rt_err_t rt_thread_mdelay(rt_int32_t ms);
void rt_timer_init(struct rt_timer *timer, const char *name, void (*timeout)(void *parameter), void *parameter,
                   rt_tick_t time, uint8_t flag);
rt_err_t rt_timer_start(struct rt_timer *timer);
rt_err_t rt_timer_stop(struct rt_timer *timer);
rt_err_t rt_device_register(rt_device_t device, const char *name, uint16_t flags);
void rt_wqueue_init(rt_wqueue_t *queue);
void rt_wqueue_wakeup(rt_wqueue_t *queue, void *key);
void rt_poll_add(rt_wqueue_t *queue, rt_pollreq_t *request);
void *rt_ioremap(void *physical, size_t size);
size_t lwp_get_from_user(void *to, void *from, size_t size);
size_t lwp_put_to_user(void *to, void *from, size_t size);
struct rt_lwp *lwp_self(void);
void *lwp_map_user_phy(struct rt_lwp *lwp, void *at, void *physical, size_t size, int cached);
int lwp_unmap_user_phy(struct rt_lwp *lwp, void *at);
int rt_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The driver's start, which INIT_DEVICE_EXPORT names. */
int k230_link_init(void);

#ifdef __cplusplus
}
#endif
#endif
