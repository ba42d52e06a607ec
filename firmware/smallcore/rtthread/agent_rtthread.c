/* The agent's thread, its start, and msh's `k230_agent`. */
#include "k230_agent_rtthread.h"

#include "rtthread_port.h"

#include <string.h>

#ifdef RT_USING_FINSH
#include <finsh.h>
#endif

/* Measured at its deepest: the README's table. */
#ifndef K230_AGENT_THREAD_STACK
#define K230_AGENT_THREAD_STACK 8192
#endif
/* Below the Ethernet threads (RT_LWIP_ETHTHREAD_PRIORITY, 12 by default) and lwIP's (10): what has arrived is taken in
 * first. Above them nearly every packet would wake the agent, and ring the big core. 0 means that. */
#ifndef K230_AGENT_THREAD_PRIORITY
#define K230_AGENT_THREAD_PRIORITY 0
#endif
#if K230_AGENT_THREAD_PRIORITY != 0
#define PRIORITY K230_AGENT_THREAD_PRIORITY
#elif defined(RT_LWIP_ETHTHREAD_PRIORITY)
#define PRIORITY (RT_LWIP_ETHTHREAD_PRIORITY + 1)
#else
#define PRIORITY 13
#endif
#define TICKS 10 /* of its turn, among threads of the same priority */

/* ---- what cannot be ---------------------------------------------------------------------------------------------- */

/* As many as Kconfig raises RT-Thread's own limits for. */
#ifndef K230_AGENT_SOCK_LIMIT
#define K230_AGENT_SOCK_LIMIT 64
#endif
#define POWER_OF_TWO(n) ((n) > 0 && ((n) & ((n)-1)) == 0)

#if K230_AGENT_SOCK_MAX < 8 || K230_AGENT_SOCK_MAX > K230_AGENT_SOCK_LIMIT
#error "K230_AGENT_SOCK_MAX: the big core has 8 to 64 sockets"
#endif
#if K230_AGENT_PAIRS < 1 || K230_AGENT_PAIRS > K230_AGENT_SOCK_LIMIT + 8
#error "K230_AGENT_PAIRS: 1 to 72 sockets send and receive at a time"
#endif
#if !POWER_OF_TWO(K230_AGENT_QUEUE) || K230_AGENT_QUEUE < 2 || K230_AGENT_QUEUE > 4096
#error "K230_AGENT_QUEUE: a power of two, 2 to 4096"
#endif
#if !POWER_OF_TWO(K230_AGENT_TX_SIZE) || K230_AGENT_TX_SIZE < 1024
#error "K230_AGENT_TX_SIZE: a power of two, at least 1024"
#endif
#if !POWER_OF_TWO(K230_AGENT_RX_SIZE) || K230_AGENT_RX_SIZE < 1024
#error "K230_AGENT_RX_SIZE: a power of two, at least 1024"
#endif
#if K230_AGENT_THREAD_STACK < 4096 /* the README's table: 3880 used at -O0, an interrupt's 256 among them */
#error "K230_AGENT_THREAD_STACK: the agent needs at least 4096 bytes"
#endif
#if K230_AGENT_RESOLVE_MAX < 1 || K230_AGENT_RESOLVE_MAX > 16
#error "K230_AGENT_RESOLVE_MAX: 1 to 16 look-ups under way or waiting for their turn"
#endif
#if K230_RTTHREAD_HELPERS < 1 || K230_RTTHREAD_HELPERS > 8
#error "K230_RTTHREAD_HELPERS: 1 to 8 look-ups at a time"
#endif
#if K230_RTTHREAD_HELPER_STACK < 2560 /* 2072 used */
#error "K230_RTTHREAD_HELPER_STACK: a look-up needs at least 2560 bytes"
#endif
#if K230_AGENT_THREAD_PRIORITY < 0
#error "K230_AGENT_THREAD_PRIORITY: the highest priority is 1, and 0 means just below the Ethernet threads"
#endif
#if defined(RT_LWIP_ETHTHREAD_PRIORITY) && PRIORITY <= RT_LWIP_ETHTHREAD_PRIORITY
#pragma message                                                                                                        \
    "warning: K230_AGENT_THREAD_PRIORITY is not below RT_LWIP_ETHTHREAD_PRIORITY: every packet wakes the agent"
#endif
#ifdef RT_THREAD_PRIORITY_MAX
#if PRIORITY >= RT_THREAD_PRIORITY_MAX
#error "K230_AGENT_THREAD_PRIORITY: the lowest priority of this kernel is RT_THREAD_PRIORITY_MAX - 1"
#endif
#if K230_RTTHREAD_HELPER_PRIORITY < 0 || K230_RTTHREAD_HELPER_PRIORITY >= RT_THREAD_PRIORITY_MAX
#error "K230_RTTHREAD_HELPER_PRIORITY: 0 to RT_THREAD_PRIORITY_MAX - 1 of this kernel"
#endif
#endif

/* ---- state ------------------------------------------------------------------------------------------------------- */

/* A datagram's record fits the transmit ring, and half of the receive ring (k230_layout_of). */
#define ROOM (K230_AGENT_TX_SIZE < K230_AGENT_RX_SIZE / 2 ? K230_AGENT_TX_SIZE : K230_AGENT_RX_SIZE / 2)
#define LONGEST (ROOM - (uint32_t)sizeof(struct k230_record))

static const struct k230_limits s_limits = {
    .slots = K230_AGENT_SOCK_MAX,
    .requests = K230_AGENT_QUEUE,
    .completions = K230_AGENT_QUEUE,
    .pairs = K230_AGENT_PAIRS,
    .tx_size = K230_AGENT_TX_SIZE,
    .rx_size = K230_AGENT_RX_SIZE,
    .datagram = LONGEST < K230_RTTHREAD_DATAGRAM ? LONGEST : K230_RTTHREAD_DATAGRAM,
};

static struct k230_stack s_stack;
static struct k230_agent s_agent;
static struct k230_hal *s_hal;
static struct rt_thread s_thread;
static uint8_t s_thread_stack[K230_AGENT_THREAD_STACK] __attribute__((aligned(16)));
static struct rt_semaphore s_wanted; /* released by start */
static struct rt_semaphore s_ended;  /* released by the thread */
static bool s_made;
static uint32_t s_running;      /* atomic, like the next; a word, since RISC-V exchanges nothing smaller */
static uint32_t s_stopping = 1; /* 0 only while it serves: whoever sets it waits for the end, nobody else */

/* What `stat` shows: filled in by the agent's thread when it is asked. */
struct shown {
    uint32_t turns, session, fault, network, lingering, left, used, starvings, slots;
    struct {
        uint8_t type, state;
        uint32_t drops;
    } socks[K230_AGENT_SOCK_MAX];
};
static struct shown s_shown;
static uint32_t s_showing;             /* atomic, like the next two: one thread at a time asks */
static uint32_t s_asked;               /* number of the question; 0: none */
static uint32_t s_told;                /* of the question that s_shown answers; it stays until the next one is asked */
static struct rt_semaphore s_answered; /* released by the thread */

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void show_if_asked(uint32_t turns)
{
    const uint32_t question = __atomic_exchange_n(&s_asked, 0u, __ATOMIC_ACQ_REL);
    if (question == 0)
        return;
    s_shown.turns = turns;
    s_shown.session = s_agent.session;
    s_shown.fault = s_agent.fault;
    s_shown.network = s_stack.network;
    s_shown.lingering = s_agent.lingering;
    s_shown.left = s_agent.left;
    s_shown.starvings = s_agent.starvings;
    s_shown.used = 0;
    for (uint32_t pair = 0; pair < s_agent.limits.pairs; pair++)
        s_shown.used += s_agent.pair_used[pair];
    s_shown.slots = s_agent.limits.slots;
    for (uint32_t slot = 0; slot < s_agent.limits.slots; slot++) {
        s_shown.socks[slot].type = s_agent.socks[slot].type;
        s_shown.socks[slot].state = s_agent.socks[slot].state;
        s_shown.socks[slot].drops = s_agent.socks[slot].drops;
    }
    __atomic_store_n(&s_told, question, __ATOMIC_RELEASE);
    rt_sem_release(&s_answered);
}

static void thread_entry(void *parameter)
{
    (void)parameter;
    uint32_t turns = 0;
    for (;;) {
        if (rt_sem_take(&s_wanted, RT_WAITING_FOREVER) != RT_EOK)
            continue;
        while (!__atomic_load_n(&s_stopping, __ATOMIC_ACQUIRE)) {
            turns++;
            show_if_asked(turns);
            k230_agent_step(&s_agent,
                            K230_WATCHDOG_MS); /* whether the other core lives does not matter: it may return */
        }
        while (k230_agent_farewell(&s_agent, K230_FAREWELL_MS)) /* a thread waits for the end: stop */
            ;
        k230_stack_rtthread_end(&s_stack);
        if (s_hal->ops->detach)
            s_hal->ops->detach(s_hal);
        __atomic_store_n(&s_running, 0u, __ATOMIC_RELEASE);
        rt_sem_release(&s_ended);
    }
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

static int make_thread(void)
{
    if (s_made)
        return 0;
    rt_sem_init(&s_wanted, "k230go", 0, RT_IPC_FLAG_PRIO);
    rt_sem_init(&s_ended, "k230end", 0, RT_IPC_FLAG_PRIO);
    rt_sem_init(&s_answered, "k230say", 0, RT_IPC_FLAG_PRIO);
    if (rt_thread_init(&s_thread, "k230", thread_entry, NULL, s_thread_stack, sizeof s_thread_stack, PRIORITY, TICKS) !=
            RT_EOK ||
        rt_thread_startup(&s_thread) != RT_EOK)
        return -K230_ENOMEM;
    s_made = true;
    return 0;
}

int k230_agent_rtthread_start(void)
{
    if (__atomic_exchange_n(&s_running, 1u, __ATOMIC_ACQ_REL))
        return -K230_EBUSY;
    int status = make_thread();
    s_hal = status == 0 ? k230_agent_rtthread_board() : NULL;
    if (status == 0 && !s_hal)
        status = -K230_ENODEV;
    if (status == 0)
        status = s_hal->ops->attach(s_hal);
    if (status == 0) {
        status = k230_stack_rtthread_init(&s_stack);
        if (status == 0 && !k230_agent_start(&s_agent, s_hal, &s_stack, &s_limits)) {
            k230_stack_rtthread_end(&s_stack);
            status = -K230_EINVAL;
        }
        if (status != 0 && s_hal->ops->detach)
            s_hal->ops->detach(s_hal);
    }
    if (status != 0) {
        rt_kprintf("k230: the agent cannot start: %s\n", k230_error_name(status));
        __atomic_store_n(&s_running, 0u, __ATOMIC_RELEASE);
        return status;
    }
    __atomic_store_n(&s_stopping, 0u, __ATOMIC_RELEASE);
    rt_sem_release(&s_wanted);
    return 0;
}

int k230_agent_rtthread_stop(void)
{
    if (!__atomic_load_n(&s_running, __ATOMIC_ACQUIRE))
        return -K230_ENODEV;
    if (__atomic_exchange_n(&s_stopping, 1u, __ATOMIC_ACQ_REL))
        return -K230_EBUSY; /* it starts just now, or somebody else stops it */
    k230_stack_wake(&s_stack);
    rt_sem_take(&s_ended, RT_WAITING_FOREVER);
    return 0;
}

void k230_agent_rtthread_doorbell(void)
{
    if (__atomic_load_n(&s_running, __ATOMIC_ACQUIRE))
        k230_stack_wake(&s_stack);
}

#ifdef K230_AGENT_AUTOSTART
INIT_APP_EXPORT(k230_agent_rtthread_start);
#endif

/* ---- msh --------------------------------------------------------------------------------------------------------- */

/* A stack that no thread has run on yet is zeros, which would look like one that was used up. */
static void show_stacks(void)
{
    uint32_t room = 0; /* rt_thread_init fills a stack with '#' */
    while (room < sizeof s_thread_stack && s_thread_stack[room] == '#')
        room++;
    if (s_made)
        rt_kprintf("stacks     agent %u of %u bytes used at most, ", (unsigned)(sizeof s_thread_stack - room),
                   (unsigned)sizeof s_thread_stack);
    else
        rt_kprintf("stacks     agent not started, ");
    if (k230_stack_rtthread_helper_room(&room))
        rt_kprintf("look-ups %u of %u\n", (unsigned)(K230_RTTHREAD_HELPER_STACK - room),
                   (unsigned)K230_RTTHREAD_HELPER_STACK);
    else
        rt_kprintf("look-ups not started\n");
}

/* An answer that came too late for an earlier question is none: the agent may still be writing it. */
static bool ask_the_thread(void)
{
    static uint32_t question;
    question = question + 1u ? question + 1u : 1u;
    __atomic_store_n(&s_asked, question, __ATOMIC_RELEASE);
    k230_stack_wake(&s_stack);
    while (rt_sem_take(&s_answered, rt_tick_from_millisecond(1000)) == RT_EOK)
        if (__atomic_load_n(&s_told, __ATOMIC_ACQUIRE) == question)
            return true;
    __atomic_store_n(&s_asked, 0u, __ATOMIC_RELEASE);
    return false;
}

static void show_agent(void)
{
    static const char *const states[] = {"free", "open", "listening", "connecting", "connected", "over"};
    if (!ask_the_thread()) {
        rt_kprintf("agent      does not answer, or is just ending\n");
        return;
    }
    rt_kprintf("agent      runs, %u turns\n", (unsigned)s_shown.turns);
    rt_kprintf("session    %08x, last fault %u\n", (unsigned)s_shown.session, (unsigned)s_shown.fault);
    rt_kprintf("network    link %s, address %s\n", s_shown.network & K230_NETWORK_LINK ? "up" : "down",
               s_shown.network & K230_NETWORK_ADDRESS ? "yes" : "no");
    rt_kprintf("rings      %u of %u pairs in use, %u of them by closed sockets that still send\n",
               (unsigned)s_shown.used, (unsigned)K230_AGENT_PAIRS, (unsigned)s_shown.lingering);
    rt_kprintf("           %u times a socket found no pair; %u closed ones were given up and are not over\n",
               (unsigned)s_shown.starvings, (unsigned)s_shown.left);
    for (uint32_t slot = 0; slot < s_shown.slots; slot++) {
        const unsigned state = s_shown.socks[slot].state;
        if (state == K230_AGENT_FREE || state >= sizeof states / sizeof states[0])
            continue;
        rt_kprintf("socket %-3u %s %s, %u datagrams dropped\n", (unsigned)slot,
                   s_shown.socks[slot].type == K230_SOCK_STREAM ? "tcp" : "udp", states[state],
                   (unsigned)s_shown.socks[slot].drops);
    }
}

static void show(void)
{
    rt_kprintf("memory     %u bytes, of them %u for sockets of the stack\n",
               (unsigned)(sizeof s_agent + sizeof s_stack + sizeof s_thread_stack), (unsigned)sizeof s_stack);
    show_stacks();
    if (!__atomic_load_n(&s_running, __ATOMIC_ACQUIRE)) {
        rt_kprintf("agent      stopped\n");
    } else if (__atomic_exchange_n(&s_showing, 1u, __ATOMIC_ACQ_REL)) {
        rt_kprintf("agent      is being asked by another thread\n");
    } else {
        show_agent();
        __atomic_store_n(&s_showing, 0u, __ATOMIC_RELEASE);
    }
}

int k230_agent_rtthread_command(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "start") == 0)
        return k230_agent_rtthread_start();
    if (strcmp(what, "stop") == 0)
        return k230_agent_rtthread_stop();
    if (strcmp(what, "stat") == 0) {
        show();
        return 0;
    }
    rt_kprintf("usage: k230_agent start|stop|stat\n");
    return -1;
}
#ifdef RT_USING_FINSH
MSH_CMD_EXPORT_ALIAS(k230_agent_rtthread_command, k230_agent, sockets for the big core: start|stop|stat);
#endif
