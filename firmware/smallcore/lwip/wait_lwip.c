/* Waiting for lwIP's sockets and, by way of one of them, for the doorbell. */
#define _GNU_SOURCE
#include "lwip_port.h"

#include "k230_hal_posix.h" /* k230_from_errno */
#include "k230_network_posix.h"

#include <lwip/sockets.h>

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- the wake-up --------------------------------------------------------------------------------------------------
 */

#define WAKE_UPS 16 /* datagrams taken at a time */

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
    uint64_t count;
    const ssize_t got = read(event_fd, &count, sizeof count); /* how many there were does not matter */
    (void)got;
}

static void wake(struct k230_stack *stack)
{
    const uint64_t one = 1;
    const ssize_t written = write(stack->wake_fd, &one, sizeof one);
    (void)written; /* a full counter wakes its reader as well */
}

static void *doorbell_thread(void *arg)
{
    struct k230_stack *stack = arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (;;) {
        pthread_mutex_lock(&stack->doorbell_lock);
        stack->doorbell_fd = stack->doorbell_wanted;
        const bool ending = stack->ending;
        pthread_cond_broadcast(&stack->doorbell_changed);
        pthread_mutex_unlock(&stack->doorbell_lock);
        if (ending)
            return NULL;
        struct pollfd sources[3] = {{.fd = stack->wake_fd, .events = POLLIN},
                                    {.fd = stack->doorbell_fd, .events = POLLIN},
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

void k230_stack_wake(struct k230_stack *stack) { wake(stack); }

int k230_stack_lwip_doorbell(struct k230_stack *stack, int doorbell_fd)
{
    pthread_mutex_lock(&stack->doorbell_lock);
    stack->doorbell_wanted = doorbell_fd;
    wake(stack);
    while (stack->doorbell_fd != doorbell_fd) /* the caller may close the old one when this returns */
        pthread_cond_wait(&stack->doorbell_changed, &stack->doorbell_lock);
    pthread_mutex_unlock(&stack->doorbell_lock);
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
    stack->doorbell_wanted = -1;
    stack->doorbell_fd = -1;
    stack->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stack->wake_fd < 0)
        return k230_from_errno(errno);
    int status = open_wake_up(stack);
    if (status < 0)
        return status;
    k230_lwip_sockets_init(&stack->sockets, stack->wake_in);
    stack->news_fd = k230_network_news_open();
    k230_lwip_look_at_cable();
    pthread_mutex_init(&stack->doorbell_lock, NULL);
    pthread_cond_init(&stack->doorbell_changed, NULL);
    status = k230_from_errno(pthread_create(&stack->doorbell_thread, NULL, doorbell_thread, stack));
    return status < 0 ? status : k230_resolver_start(&stack->resolver, stack);
}

void k230_stack_lwip_end(struct k230_stack *stack)
{
    k230_resolver_end(&stack->resolver);
    pthread_mutex_lock(&stack->doorbell_lock);
    stack->ending = true;
    pthread_mutex_unlock(&stack->doorbell_lock);
    wake(stack);
    pthread_join(stack->doorbell_thread, NULL);
    lwip_close(stack->wake_out);
    lwip_close(stack->wake_in);
    close(stack->wake_fd);
    if (stack->news_fd >= 0)
        close(stack->news_fd);
}

/* ---- waiting ------------------------------------------------------------------------------------------------------
 */

int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    struct k230_lwip_sockets *sockets = &stack->sockets;
    if (timeout_ms != 0 && k230_lwip_held(sockets))
        timeout_ms = 0;
    k230_below_poll(sockets->polled, sockets->polled_count, (int)timeout_ms);
    if (sockets->polled[0].revents != 0) {
        char bytes[8];
        /* The rest of what others send to this port of the loop ends the next sleep. */
        for (unsigned i = 0; i < WAKE_UPS && lwip_recv(stack->wake_in, bytes, sizeof bytes, MSG_DONTWAIT) > 0; i++)
            ;
        /* Only now: a doorbell before this is seen by the caller, who looks at everything after this sleep; a later
         * one sends again. Cleared before the last recv, that could take a datagram and leave the mark of it. */
        __atomic_store_n(&stack->woken, 0, __ATOMIC_SEQ_CST);
    }
    return k230_lwip_report(sockets, events, room);
}
