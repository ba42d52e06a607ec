#include "kernel_double.h"

#include "k230_config.h"
#include "k230_link_device.h"

#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstring>
#include <gtest/gtest.h>
#include <thread>

RtKernel rt_kernel;
std::recursive_mutex rt_interrupts;

static std::string s_console; /* under s_lock */
static std::mutex s_lock;
static std::condition_variable &s_released = *new std::condition_variable; /* threads outlive main */

void RtKernel::Reset()
{
    model = nullptr;
    region = nullptr;
    device = nullptr;
    handler = nullptr;
    vector = 0;
    unmasked = false;
    timer = nullptr;
    name.clear();
    file = {};
    open = false;
    bad_user_memory = false;
    mapped_cached = -1;
    mapped = nullptr;
    unmapped = 0;
    sleeps = 0;
    releases = 0;
    Printed();
}

std::string RtKernel::Printed()
{
    std::lock_guard<std::mutex> guard(s_lock);
    std::string printed;
    printed.swap(s_console);
    return printed;
}

/* ---- the kernel -------------------------------------------------------------------------------------------------- */

rt_base_t rt_hw_interrupt_disable(void)
{
    rt_interrupts.lock();
    return 0;
}

void rt_hw_interrupt_enable(rt_base_t) { rt_interrupts.unlock(); }

rt_isr_handler_t rt_hw_interrupt_install(int vector, rt_isr_handler_t handler, void *, const char *)
{
    rt_kernel.vector = vector;
    rt_kernel.handler = handler;
    return nullptr;
}

void rt_hw_interrupt_umask(int vector) { rt_kernel.unmasked = vector == rt_kernel.vector; }

rt_err_t rt_sem_init(rt_sem_t sem, const char *, uint32_t value, uint8_t)
{
    sem->value = value;
    return RT_EOK;
}

rt_err_t rt_sem_take(rt_sem_t sem, rt_int32_t time)
{
    std::unique_lock<std::mutex> guard(s_lock);
    if (!s_released.wait_for(guard, std::chrono::milliseconds(time), [&] { return sem->value != 0; }))
        return -2;
    sem->value--;
    return RT_EOK;
}

rt_err_t rt_sem_release(rt_sem_t sem)
{
    rt_kernel.releases++;
    std::lock_guard<std::mutex> guard(s_lock);
    sem->value++;
    s_released.notify_all();
    return RT_EOK;
}

rt_tick_t rt_tick_from_millisecond(rt_int32_t ms) { return static_cast<rt_tick_t>(ms); }

rt_tick_t rt_tick_get(void)
{
    return static_cast<rt_tick_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::milliseconds(1));
}

rt_err_t rt_thread_mdelay(rt_int32_t ms)
{
    rt_kernel.sleeps++;
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return RT_EOK;
}

void rt_timer_init(rt_timer *timer, const char *, void (*timeout)(void *), void *parameter, rt_tick_t time,
                   uint8_t flag)
{
    EXPECT_EQ(time, 1u);
    EXPECT_EQ(flag, RT_TIMER_FLAG_PERIODIC);
    *timer = {timeout, parameter, 0};
    rt_kernel.timer = timer;
}
rt_err_t rt_timer_start(rt_timer *timer)
{
    std::lock_guard<std::recursive_mutex> guard(rt_interrupts);
    timer->runs = 1;
    return RT_EOK;
}
rt_err_t rt_timer_stop(rt_timer *timer)
{
    std::lock_guard<std::recursive_mutex> guard(rt_interrupts);
    timer->runs = 0;
    return RT_EOK;
}
rt_err_t rt_device_register(rt_device_t device, const char *name, uint16_t)
{
    rt_kernel.device = device;
    rt_kernel.name = name;
    return RT_EOK;
}

void rt_wqueue_init(rt_wqueue_t *queue) { queue->wakeups = 0; }

void rt_wqueue_wakeup(rt_wqueue_t *queue, void *) { __atomic_fetch_add(&queue->wakeups, 1u, __ATOMIC_SEQ_CST); }

void rt_poll_add(rt_wqueue_t *, rt_pollreq_t *request) { request->added++; }

void *rt_ioremap(void *physical, size_t size)
{
    if (reinterpret_cast<uintptr_t>(physical) == K230_REGION_BASE)
        return rt_kernel.region;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(physical), K230_MAILBOX_BASE);
    EXPECT_EQ(size, K230_MAILBOX_LENGTH);
    return const_cast<void *>(rt_kernel.model->block());
}

size_t lwp_get_from_user(void *to, void *from, size_t size)
{
    if (rt_kernel.bad_user_memory)
        return 0;
    memcpy(to, from, size);
    return size;
}

size_t lwp_put_to_user(void *to, void *from, size_t size)
{
    if (rt_kernel.bad_user_memory)
        return 0;
    memcpy(to, from, size);
    return size;
}

struct rt_lwp *lwp_self(void) { return nullptr; }

void *lwp_map_user_phy(struct rt_lwp *, void *, void *physical, size_t, int cached)
{
    rt_kernel.mapped = physical;
    rt_kernel.mapped_cached = cached;
    return rt_kernel.region;
}

int lwp_unmap_user_phy(struct rt_lwp *, void *at)
{
    EXPECT_EQ(at, rt_kernel.region);
    rt_kernel.unmapped++;
    return 0;
}

int rt_kprintf(const char *format, ...)
{
    char line[256];
    va_list rest;
    va_start(rest, format);
    const int length = vsnprintf(line, sizeof line, format, rest);
    va_end(rest);
    EXPECT_LT(length, 128) << "RT_CONSOLEBUF_SIZE: " << line;
    std::lock_guard<std::mutex> guard(s_lock);
    s_console += line;
    return length;
}

/* ---- the process's system calls ---------------------------------------------------------------------------------- */

extern "C" {
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_ioctl(int fd, unsigned long request, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const int mode = va_arg(rest, int);
    va_end(rest);
    if (strcmp(path, K230_LINK_PATH) != 0)
        return __real_open(path, flags, mode);
    if (!rt_kernel.device || rt_kernel.device->fops->open(&rt_kernel.file) != RT_EOK) {
        errno = EIO;
        return -1;
    }
    rt_kernel.open = true;
    return RT_LINK_FD;
}

int __wrap_close(int fd)
{
    if (fd != RT_LINK_FD)
        return __real_close(fd);
    rt_kernel.open = false;
    return rt_kernel.device->fops->close(&rt_kernel.file);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (fd != RT_LINK_FD)
        return __real_ioctl(fd, request, argument);
    const int result = rt_kernel.device->fops->ioctl(&rt_kernel.file, static_cast<int>(request), argument);
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}
}
