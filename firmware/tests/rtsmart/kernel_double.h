/* RT-Smart's kernel as the driver of /dev/k230link sees it, on a workstation: what rt_double.h declares, over threads;
 * and the system calls of the one process that has the device open (the linker's --wrap of open, close and ioctl),
 * which arrive at the driver as the kernel hands them on.
 *
 * Contexts: any thread. Whoever plays the interrupt holds rt_interrupts.
 */
#ifndef K230_RT_KERNEL_DOUBLE_H
#define K230_RT_KERNEL_DOUBLE_H

#include "../mailbox_model.h"
#include "rt_double.h"

#include <atomic>
#include <mutex>
#include <string>

struct RtKernel {
    MailboxModel *model;
    void *region;
    rt_device_t device;
    rt_isr_handler_t handler;
    int vector;
    bool unmasked;
    rt_timer *timer; /* whoever plays the tick calls it while it runs */
    std::string name;
    dfs_fd file;
    bool open;
    bool bad_user_memory;
    int mapped_cached;
    void *mapped;                   /* physical */
    unsigned unmapped;              /* how often */
    std::atomic<unsigned> sleeps;   /* of rt_thread_mdelay */
    std::atomic<unsigned> releases; /* of semaphores */

    void Reset();
    /* Since the last time. */
    std::string Printed();
};

extern RtKernel rt_kernel;
extern std::recursive_mutex rt_interrupts;

constexpr int RT_LINK_FD = 777000;

#endif
