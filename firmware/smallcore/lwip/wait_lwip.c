/* Waiting for lwIP's sockets and, by way of one of them, for the doorbell. */
#define _GNU_SOURCE
#include "lwip_port.h"

#include "k230_hal_posix.h" /* k230_from_errno */
#include "k230_network_posix.h"

#include <lwip/sockets.h>

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- the wake-up --------------------------------------------------------------------------------------------------
 */

/* One datagram, unless one is under way that will end the same sleep. */
static void end_sleep(struct k230_stack *stack)
{
    if (__atomic_exchange_n(&stack->woken, 1, __ATOMIC_SEQ_CST) != 0)
        return;
    const char byte = 0;
    if (lwip_send(stack->wake_out, &byte, sizeof byte, 0) < 0)
        __atomic_store_n(&stack->woken, 0, __ATOMIC_SEQ_CST); /* no memory: the agent's watchdog look has to do */
}

static void empty(int event_fd)
{
    uint64_t rings;
    const ssize_t got = read(event_fd, &rings, sizeof rings); /* how many there were does not matter */
    (void)got;
}

static void poke(struct k230_stack *stack)
{
    const uint64_t one = 1;
    const ssize_t written = write(stack->poke_fd, &one, sizeof one);
    (void)written; /* a full counter wakes its reader as well */
}

static void *bell_thread(void *arg)
{
    struct k230_stack *stack = arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        pthread_mutex_lock(&stack->bell_lock);
        stack->bell_fd = stack->bell_wanted;
        const bool ending = stack->ending;
        pthread_cond_broadcast(&stack->bell_changed);
        pthread_mutex_unlock(&stack->bell_lock);
        if (ending)
            return NULL;
        struct pollfd sources[3] = {{.fd = stack->poke_fd, .events = POLLIN},
                                    {.fd = stack->bell_fd, .events = POLLIN},
                                    {.fd = stack->news_fd, .events = POLLIN}};
        poll(sources, 3, -1);
        for (int i = 0; i < 2; i++)
            if (sources[i].revents & POLLIN)
                empty(sources[i].fd);
        if (sources[2].revents & POLLIN) {
            k230_network_news_take(stack->news_fd);
            k230_lwip_look_at_cable();
        }
        end_sleep(stack);
    }
}

void k230_stack_wake(struct k230_stack *stack) { poke(stack); }

int k230_stack_lwip_bell(struct k230_stack *stack, int bell_fd)
{
    pthread_mutex_lock(&stack->bell_lock);
    stack->bell_wanted = bell_fd;
    poke(stack);
    while (stack->bell_fd != bell_fd) /* the caller may close the old one when this returns */
        pthread_cond_wait(&stack->bell_changed, &stack->bell_lock);
    pthread_mutex_unlock(&stack->bell_lock);
    return 0;
}

/* ---- life ---------------------------------------------------------------------------------------------------------
 */

static int open_wake_up(struct k230_stack *stack)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof own;
    int on = 1;
    stack->wake_in = lwip_socket(AF_INET, SOCK_DGRAM, 0);
    stack->wake_out = lwip_socket(AF_INET, SOCK_DGRAM, 0);
    if (stack->wake_in < 0 || stack->wake_out < 0)
        return -K230_EMFILE;
    int status = k230_lwip_result(K230_LWIP_CALL(lwip_ioctl(stack->wake_in, (long)FIONBIO, &on)));
    if (status == 0)
        status = k230_lwip_result(K230_LWIP_CALL(lwip_bind(stack->wake_in, (struct sockaddr *)&own, sizeof own)));
    if (status == 0)
        status = k230_lwip_result(K230_LWIP_CALL(lwip_getsockname(stack->wake_in, (struct sockaddr *)&own, &length)));
    if (status == 0)
        status = k230_lwip_result(K230_LWIP_CALL(lwip_connect(stack->wake_out, (struct sockaddr *)&own, sizeof own)));
    return status;
}

int k230_stack_lwip_init(struct k230_stack *stack)
{
    memset(stack, 0, sizeof *stack);
    for (int i = 0; i < K230_LWIP_SOCKS; i++) {
        stack->socks[i].fd = -1;
        stack->free_socks[i] = K230_LWIP_SOCKS - 1 - i;
    }
    stack->free_count = K230_LWIP_SOCKS;
    stack->bell_wanted = -1;
    stack->bell_fd = -1;
    stack->poke_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stack->poke_fd < 0)
        return k230_from_errno(errno);
    int status = open_wake_up(stack);
    if (status < 0)
        return status;
    stack->polled[0] = (struct pollfd){.fd = stack->wake_in, .events = POLLIN};
    stack->polled_count = 1;
    stack->news_fd = k230_network_news_open();
    k230_lwip_look_at_cable();
    pthread_mutex_init(&stack->bell_lock, NULL);
    pthread_cond_init(&stack->bell_changed, NULL);
    status = k230_from_errno(pthread_create(&stack->bell_thread, NULL, bell_thread, stack));
    return status < 0 ? status : k230_resolver_start(&stack->resolver, stack);
}

void k230_stack_lwip_end(struct k230_stack *stack)
{
    k230_resolver_end(&stack->resolver);
    pthread_mutex_lock(&stack->bell_lock);
    stack->ending = true;
    pthread_mutex_unlock(&stack->bell_lock);
    poke(stack);
    pthread_join(stack->bell_thread, NULL);
    lwip_close(stack->wake_out);
    lwip_close(stack->wake_in);
    close(stack->poke_fd);
    if (stack->news_fd >= 0)
        close(stack->news_fd);
}

/* ---- readiness ----------------------------------------------------------------------------------------------------
 */

uint32_t k230_lwip_held(const struct k230_lwip_sock *entry)
{
    if (entry->fd < 0)
        return K230_STACK_IN | K230_STACK_OUT | K230_STACK_ERR;
    if (entry->type != K230_SOCK_STREAM || entry->state != K230_LWIP_CONNECTED)
        return 0;
    uint32_t events = 0;
    if (entry->eof || entry->rx_shut || entry->broken)
        events |= K230_STACK_IN;
    if (entry->tx_shut || entry->broken)
        events |= K230_STACK_OUT;
    if (entry->broken || (entry->tx_shut && (entry->eof || entry->rx_shut)))
        events |= K230_STACK_ERR;
    return events;
}

bool k230_lwip_polls(int fd, short events)
{
    struct pollfd look = {.fd = fd, .events = events};
    return lwip_poll(&look, 1, 0) == 1 && (look.revents & events);
}

static short to_poll(uint32_t events)
{
    return (short)((events & K230_STACK_IN ? POLLIN : 0) | (events & K230_STACK_OUT ? POLLOUT : 0));
}

static uint32_t from_poll(short events)
{
    return (events & POLLIN ? K230_STACK_IN : 0) | (events & POLLOUT ? K230_STACK_OUT : 0) |
           (events & (POLLERR | POLLHUP | POLLNVAL) ? K230_STACK_ERR : 0);
}

int k230_stack_watch(struct k230_stack *stack, int sock, uint32_t events, uint32_t tag)
{
    if (sock < 0 || sock >= K230_LWIP_SOCKS || stack->socks[sock].fd == -1)
        return -K230_EBADF;
    struct k230_lwip_sock *entry = &stack->socks[sock];
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
    if (events != 0)
        stack->polled[entry->polled] = (struct pollfd){.fd = entry->fd, .events = to_poll(events)};
    return 0;
}

bool k230_stack_ready(struct k230_stack *stack, int sock, uint32_t events)
{
    const struct k230_lwip_sock *entry = k230_lwip_sock(stack, sock);
    if (!entry)
        return false;
    return (k230_lwip_held(entry) & events) || k230_lwip_polls(entry->fd, to_poll(events));
}

int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    for (uint32_t at = 1; at < stack->polled_count && timeout_ms != 0; at++) {
        const struct k230_lwip_sock *entry = &stack->socks[stack->polled_sock[at]];
        if (k230_lwip_held(entry) & (entry->watched | K230_STACK_ERR))
            timeout_ms = 0;
    }
    lwip_poll(stack->polled, stack->polled_count, (int)timeout_ms);
    if (stack->polled[0].revents != 0) {
        char bytes[8];
        while (lwip_recv(stack->wake_in, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
            ;
        /* Only now: who rings before this is seen by the caller, who looks at everything after this sleep; who rings
         * later sends again. Cleared before the last recv, that could take a datagram and leave the mark of it. */
        __atomic_store_n(&stack->woken, 0, __ATOMIC_SEQ_CST);
    }
    unsigned stored = 0;
    const uint32_t others = stack->polled_count - 1;
    for (uint32_t i = 0; i < others && stored < room; i++) {
        const uint32_t at = 1 + (stack->turn + i) % others;
        const struct k230_lwip_sock *entry = &stack->socks[stack->polled_sock[at]];
        const uint32_t found =
            (from_poll(stack->polled[at].revents) | k230_lwip_held(entry)) & (entry->watched | K230_STACK_ERR);
        if (found == 0)
            continue;
        events[stored++] = (struct k230_stack_event){.tag = entry->tag, .events = found};
        if (stored == room)
            stack->turn = at; /* the one after it comes first the next time */
    }
    return (int)stored;
}
