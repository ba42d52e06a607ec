/* Waiting for sockets and, in the same poll, for the doorbell. */
#include "rtthread_port.h"

#include <string.h>

/* ---- the doorbell
 * ----------------------------------------------------------------------------------------------------- A device that
 * is nothing but a wait queue. */

#define DOORBELL_NAME "k230db" /* some builds have RT_NAME_MAX 8 */

static struct rt_device s_device;
static rt_wqueue_t s_sleeper;
static uint32_t s_set;  /* atomic: since the last sleep */
static uint32_t s_made; /* atomic: the queue is one; through a zeroed one the kernel would follow NULL */

static int open_file(k230_rtthread_file *file)
{
    (void)file;
    return 0;
}

static int poll_file(k230_rtthread_file *file, struct rt_pollreq *request)
{
    (void)file;
    rt_poll_add(&s_sleeper, request); /* first: a doorbell from now on wakes */
    return __atomic_load_n(&s_set, __ATOMIC_SEQ_CST) != 0 ? POLLIN : 0;
}

static const struct dfs_file_ops s_file_ops = {.open = open_file, .close = open_file, .poll = poll_file};

/* A descriptor, or -enum k230_error. */
static int open_doorbell(void)
{
    if (!rt_device_find(DOORBELL_NAME)) {
        rt_wqueue_init(&s_sleeper);
        s_device.type = RT_Device_Class_Miscellaneous;
        if (rt_device_register(&s_device, DOORBELL_NAME, RT_DEVICE_FLAG_RDWR) != RT_EOK)
            return -K230_ENODEV;
        s_device.fops = &s_file_ops; /* registering cleared it */
        __atomic_store_n(&s_made, 1u, __ATOMIC_SEQ_CST);
    }
    const int fd = K230_RTTHREAD_CALL(open("/dev/" DOORBELL_NAME, O_RDONLY, 0));
    if (fd < 0)
        rt_kprintf("k230: /dev/" DOORBELL_NAME " cannot be opened: is devfs mounted at /dev?\n");
    return fd < 0 ? -K230_ENODEV : fd;
}

void k230_stack_wake(struct k230_stack *stack)
{
    (void)stack; /* there is one */
    /* A board's attach may set the doorbell before this file is there: it then ends the first wait. */
    if (__atomic_exchange_n(&s_set, 1, __ATOMIC_SEQ_CST) == 0 && __atomic_load_n(&s_made, __ATOMIC_SEQ_CST))
        rt_wqueue_wakeup(&s_sleeper, (void *)(size_t)POLLIN);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int k230_stack_rtthread_init(struct k230_stack *stack)
{
    stack->doorbell_fd = open_doorbell();
    if (stack->doorbell_fd < 0)
        return stack->doorbell_fd;
    k230_lwip_sockets_init(&stack->sockets, stack->doorbell_fd);
    k230_rtthread_add_loop();
    k230_rtthread_look_at_network(stack);
    return k230_rtthread_resolver_start(stack);
}

void k230_stack_rtthread_end(struct k230_stack *stack)
{
    stack->round++;
    close(stack->doorbell_fd);
    stack->doorbell_fd = -1;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* SAL's poll fails for a socket whose interface is down, and RT-Thread's poll then fails for all. Those that make it
 * fail are left out until the network has changed. */
static void leave_out_dark(struct k230_lwip_sockets *sockets)
{
    for (uint32_t at = 1; at < sockets->polled_count; at++) {
        struct k230_lwip_polled look = sockets->polled[at];
        if (look.fd < 0 || k230_below_poll(&look, 1, 0) >= 0)
            continue;
        sockets->socks[sockets->polled_sock[at]].dark = true;
        sockets->polled[at].fd = -1;
        sockets->dark++;
    }
}

int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    struct k230_lwip_sockets *sockets = &stack->sockets;
    if (timeout_ms != 0 && k230_lwip_held(sockets))
        timeout_ms = 0;
    for (uint32_t at = 0; at < sockets->polled_count; at++) /* not every poll writes those it does not come to */
        sockets->polled[at].revents = 0;
    if (k230_below_poll(sockets->polled, sockets->polled_count, (int)timeout_ms) < 0) {
        leave_out_dark(sockets);
        k230_below_poll(sockets->polled, sockets->polled_count, (int)timeout_ms);
    }
    /* Who rang before this is seen by the caller, who looks at all now. */
    __atomic_store_n(&s_set, 0, __ATOMIC_SEQ_CST);
    return k230_lwip_report(sockets, events, room);
}
