/* Waiting for sockets and, in the same poll, for the doorbell. */
#include "rtthread_port.h"

#include <string.h>

K230_STATIC_ASSERT(sizeof(struct k230_rtthread_poll) == sizeof(struct pollfd), "as RT-Thread has it");
K230_STATIC_ASSERT(offsetof(struct k230_rtthread_poll, events) == offsetof(struct pollfd, events), "events");
K230_STATIC_ASSERT(offsetof(struct k230_rtthread_poll, revents) == offsetof(struct pollfd, revents), "revents");

/* ---- the bell -----------------------------------------------------------------------------------------------------
 * A device that is nothing but a wait queue. */

#define BELL_NAME "k230db" /* some builds have RT_NAME_MAX 8 */

static struct rt_device s_device;
static rt_wqueue_t s_sleeper;
static uint32_t s_rung; /* atomic: since the last sleep */
static uint32_t s_made; /* atomic: the queue is one; through a zeroed one the kernel would follow NULL */

static int open_file(k230_rtthread_file *file)
{
    (void)file;
    return 0;
}

static int poll_file(k230_rtthread_file *file, struct rt_pollreq *request)
{
    (void)file;
    rt_poll_add(&s_sleeper, request); /* first: who rings from now on wakes */
    return __atomic_load_n(&s_rung, __ATOMIC_SEQ_CST) != 0 ? POLLIN : 0;
}

static const struct dfs_file_ops s_file_ops = {.open = open_file, .close = open_file, .poll = poll_file};

int k230_rtthread_open_bell(void)
{
    if (!rt_device_find(BELL_NAME)) {
        rt_wqueue_init(&s_sleeper);
        s_device.type = RT_Device_Class_Miscellaneous;
        if (rt_device_register(&s_device, BELL_NAME, RT_DEVICE_FLAG_RDWR) != RT_EOK)
            return -K230_ENODEV;
        s_device.fops = &s_file_ops; /* registering cleared it */
        __atomic_store_n(&s_made, 1u, __ATOMIC_SEQ_CST);
    }
    const int fd = K230_RTTHREAD_CALL(open("/dev/" BELL_NAME, O_RDONLY, 0));
    if (fd < 0)
        rt_kprintf("k230: /dev/" BELL_NAME " cannot be opened: is devfs mounted at /dev?\n");
    return fd < 0 ? -K230_ENODEV : fd;
}

void k230_stack_wake(struct k230_stack *stack)
{
    (void)stack; /* there is one */
    /* A board's attach may ring before there is a bell: what was rung then ends the first wait. */
    if (__atomic_exchange_n(&s_rung, 1, __ATOMIC_SEQ_CST) == 0 && __atomic_load_n(&s_made, __ATOMIC_SEQ_CST))
        rt_wqueue_wakeup(&s_sleeper, (void *)(size_t)POLLIN);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

int k230_stack_rtthread_init(struct k230_stack *stack)
{
    for (int i = 0; i < K230_RTTHREAD_SOCKS; i++) {
        stack->socks[i] = (struct k230_rtthread_sock){.fd = -1};
        stack->free_socks[i] = K230_RTTHREAD_SOCKS - 1 - i;
    }
    stack->free_count = K230_RTTHREAD_SOCKS;
    memset(stack->memberships, 0, sizeof stack->memberships);
    stack->turn = 0;
    stack->dark = 0;
    stack->bell_fd = k230_rtthread_open_bell();
    if (stack->bell_fd < 0)
        return stack->bell_fd;
    stack->polled[0] = (struct k230_rtthread_poll){.fd = stack->bell_fd, .events = POLLIN};
    stack->polled_count = 1;
    k230_rtthread_add_loop();
    k230_rtthread_look_at_network(stack);
    return k230_rtthread_resolver_start(stack);
}

void k230_stack_rtthread_end(struct k230_stack *stack)
{
    stack->round++;
    close(stack->bell_fd);
    stack->bell_fd = -1;
}

/* ---- readiness --------------------------------------------------------------------------------------------------- */

static short to_poll(uint32_t events)
{
    return (short)((events & K230_STACK_IN ? POLLIN : 0) | (events & K230_STACK_OUT ? POLLOUT : 0));
}

static uint32_t from_poll(short events)
{
    return (events & POLLIN ? K230_STACK_IN : 0) | (events & POLLOUT ? K230_STACK_OUT : 0) |
           (events & (POLLERR | POLLHUP | POLLNVAL) ? K230_STACK_ERR : 0);
}

/* What poll has shown; a stream's error stays, since poll shows it once. */
static uint32_t taken(struct k230_rtthread_sock *entry, short revents)
{
    const uint32_t events = from_poll(revents);
    if (events & K230_STACK_ERR && entry->type == K230_SOCK_STREAM && entry->state != K230_RTTHREAD_LISTENING)
        entry->failed = true;
    return events;
}

uint32_t k230_rtthread_polls(struct k230_rtthread_sock *entry, uint32_t events)
{
    struct pollfd look = {.fd = entry->fd, .events = to_poll(events)};
    return poll(&look, 1, 0) > 0 ? taken(entry, look.revents) : 0;
}

uint32_t k230_rtthread_held(const struct k230_rtthread_sock *entry)
{
    const uint32_t all = K230_STACK_IN | K230_STACK_OUT | K230_STACK_ERR;
    if (entry->fd < 0)
        return all;
    if (entry->type != K230_SOCK_STREAM)
        return 0;
    if (entry->state == K230_RTTHREAD_CONNECTING)
        return entry->failed || entry->connect_error != 0 ? K230_STACK_OUT | K230_STACK_ERR : 0;
    if (entry->state != K230_RTTHREAD_CONNECTED)
        return 0;
    uint32_t events = entry->failed || entry->broken ? all : 0;
    if (entry->eof || entry->rx_shut)
        events |= K230_STACK_IN;
    if (entry->tx_shut)
        events |= K230_STACK_OUT;
    if (entry->tx_shut && (entry->eof || entry->rx_shut))
        events |= K230_STACK_ERR;
    return events;
}

void k230_rtthread_repoll(struct k230_stack *stack, struct k230_rtthread_sock *entry)
{
    if (entry->dark)
        stack->dark--;
    entry->dark = false;
    if (entry->watched != 0) /* a negative descriptor is passed over by poll */
        stack->polled[entry->polled] =
            (struct k230_rtthread_poll){.fd = entry->fd < 0 ? -1 : entry->fd, .events = to_poll(entry->watched)};
}

/* SAL's poll fails for a socket whose interface is down, and RT-Thread's poll then fails for all. Those that make it
 * fail are left out until the network has changed. */
static void leave_out_dark(struct k230_stack *stack)
{
    for (uint32_t at = 1; at < stack->polled_count; at++) {
        struct pollfd look = {.fd = stack->polled[at].fd, .events = stack->polled[at].events};
        if (look.fd < 0 || poll(&look, 1, 0) >= 0)
            continue;
        stack->socks[stack->polled_sock[at]].dark = true;
        stack->polled[at].fd = -1;
        stack->dark++;
    }
}

int k230_stack_watch(struct k230_stack *stack, int sock, uint32_t events, uint32_t tag)
{
    if (sock < 0 || sock >= K230_RTTHREAD_SOCKS || stack->socks[sock].fd == -1)
        return -K230_EBADF;
    struct k230_rtthread_sock *entry = &stack->socks[sock];
    if (entry->watched == 0 && events != 0) {
        entry->polled = stack->polled_count++;
        stack->polled_sock[entry->polled] = sock;
    } else if (entry->watched != 0 && events == 0) {
        const uint32_t last = --stack->polled_count;
        stack->polled[entry->polled] = stack->polled[last];
        stack->polled_sock[entry->polled] = stack->polled_sock[last];
        stack->socks[stack->polled_sock[last]].polled = entry->polled;
    }
    entry->watched = (uint8_t)events;
    entry->tag = tag;
    k230_rtthread_repoll(stack, entry);
    return 0;
}

bool k230_stack_ready(struct k230_stack *stack, int sock, uint32_t events)
{
    struct k230_rtthread_sock *entry = k230_rtthread_sock(stack, sock);
    if (!entry)
        return false;
    return (k230_rtthread_held(entry) & events) || (k230_rtthread_polls(entry, events) & (events | K230_STACK_ERR));
}

int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    for (uint32_t at = 1; at < stack->polled_count && timeout_ms != 0; at++) {
        const struct k230_rtthread_sock *entry = &stack->socks[stack->polled_sock[at]];
        if (k230_rtthread_held(entry) & (entry->watched | K230_STACK_ERR))
            timeout_ms = 0;
    }
    for (uint32_t at = 0; at < stack->polled_count; at++) /* not every poll writes those it does not come to */
        stack->polled[at].revents = 0;
    if (poll((struct pollfd *)stack->polled, stack->polled_count, (int)timeout_ms) < 0) {
        leave_out_dark(stack);
        poll((struct pollfd *)stack->polled, stack->polled_count, (int)timeout_ms);
    }
    __atomic_store_n(&s_rung, 0,
                     __ATOMIC_SEQ_CST); /* who rang before this is seen by the caller, who looks at all now */
    unsigned stored = 0;
    const uint32_t others = stack->polled_count - 1;
    const uint32_t start = stack->turn;
    for (uint32_t i = 0; i < others; i++) {
        const uint32_t at = 1 + (start + i) % others;
        struct k230_rtthread_sock *entry = &stack->socks[stack->polled_sock[at]];
        const uint32_t shown = taken(entry, stack->polled[at].revents); /* also where there is no room to report it */
        const uint32_t found = (shown | k230_rtthread_held(entry)) & (entry->watched | K230_STACK_ERR);
        if (found == 0 || stored == room)
            continue;
        events[stored++] = (struct k230_stack_event){.tag = entry->tag, .events = found};
        if (stored == room)
            stack->turn = at; /* the one after it comes first the next time */
    }
    return (int)stored;
}
