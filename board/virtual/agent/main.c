/* k230-agent: the small core of the virtual board, as a process. k230-agent-lwip is the same on another stack.
 *
 *   k230-agent --connection FD   serves the app at the other end of the descriptor and ends with it, and with nothing
 *                                else: no signal but SIGKILL ends it before
 *   k230-agent --listen          is a board that apps use one after another, until SIGINT, SIGTERM or SIGHUP
 */
#define _GNU_SOURCE
#include "agent_stack.h"
#include "k230_agent.h"
#include "k230_hal_posix.h"
#include "setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* on every architecture but alpha */
#endif

#define TAKE_OVER_MS 8000 /* an app waits this long for the board: somewhat more than K230_FAREWELL_MS */
#define WAITING_MOST 16   /* apps that wait for the board; more wait until they are accepted */

static struct k230_agent s_agent;
static struct k230_stack *s_stack;
static bool s_private;      /* --connection: started by the app that it serves */
static uint32_t s_app_gone; /* atomic */
static uint32_t s_wanted;   /* atomic: apps that wait for the board */

/* ---- meeting an app ---------------------------------------------------------------------------------------------- */

static void answer(int connection, int status, pid_t pid)
{
    const struct k230_setup_answer packet = {.magic = K230_SETUP_MAGIC, .status = status, .pid = (int32_t)pid};
    if (send(connection, &packet, sizeof packet, MSG_NOSIGNAL) < 0)
        k230_posix_say("k230-agent: the app went away before it was answered\n");
}

/* Sends an app away at once. Its packet is not waited for: unread it resets the connection, and the app finds the
 * answer behind that error (await_answer in launcher.c). */
static void refuse(int connection, int status, pid_t pid)
{
    answer(connection, status, pid);
    close(connection);
}

/* Moves the descriptors of a packet to `descriptors`, which has room for `wanted`. False, and none is left open, if
 * they are not so many. */
static bool take_descriptors(struct msghdr *message, int *descriptors, size_t wanted)
{
    size_t count = 0;
    for (struct cmsghdr *rights = CMSG_FIRSTHDR(message); rights; rights = CMSG_NXTHDR(message, rights)) {
        if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t bytes = rights->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int one;
            memcpy(&one, CMSG_DATA(rights) + at, sizeof one);
            if (count < wanted)
                descriptors[count] = one;
            else
                close(one);
            count++;
        }
    }
    if (count == wanted && !(message->msg_flags & MSG_CTRUNC))
        return true;
    for (size_t i = 0; i < count && i < wanted; i++)
        close(descriptors[i]);
    return false;
}

/* Only memory that cannot be pulled away (SIGBUS), and that is as long as it is said to be. */
static bool memory_stays(int memory, uint64_t length)
{
    const int seals = fcntl(memory, F_GET_SEALS);
    struct stat facts;
    return seals >= 0 && (seals & F_SEAL_SHRINK) && fstat(memory, &facts) == 0 && (uint64_t)facts.st_size >= length;
}

/* Receives the setup packet and its two descriptors. 0, or -enum k230_error; then no descriptor is left open. */
static int receive_setup(int connection, struct k230_setup *setup, int descriptors[2])
{
    struct pollfd readable = {.fd = connection, .events = POLLIN};
    if (poll(&readable, 1, K230_SETUP_MS) != 1)
        return -K230_ETIMEDOUT;
    struct iovec iov = {.iov_base = setup, .iov_len = sizeof *setup};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    const ssize_t length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (length < 0 || !take_descriptors(&message, descriptors, 2))
        return -K230_EPROTO;
    int status = 0;
    if (length != (ssize_t)sizeof *setup || setup->magic != K230_SETUP_MAGIC || setup->version != K230_VERSION)
        status = -K230_EPROTO;
    else if (!memory_stays(descriptors[0], setup->length))
        status = -K230_EACCES;
    if (status != 0) {
        close(descriptors[0]);
        close(descriptors[1]);
    }
    return status;
}

static int no_attach(struct k230_hal_posix *posix)
{
    (void)posix;
    return 0;
}

static void no_detach(struct k230_hal_posix *posix) { (void)posix; }

/* ---- serving one app --------------------------------------------------------------------------------------------- */

static bool app_gone(void) { return __atomic_load_n(&s_app_gone, __ATOMIC_ACQUIRE); }

/* Ends the agent's sleep as soon as the app ends: its ports must be free for the next one. */
static void *watch_app(void *connection)
{
    struct pollfd app = {.fd = *(const int *)connection, .events = POLLIN}; /* it sends nothing: readable is the end */
    while (poll(&app, 1, -1) < 0 && errno == EINTR)
        ;
    __atomic_store_n(&s_app_gone, 1u, __ATOMIC_RELEASE);
    k230_stack_wake(s_stack);
    return NULL;
}

/* The app's sockets are closed, but for what is still to be sent. Who waits for the app's end waits no longer: the app
 * itself (k230_launcher_exit), and the reader of a pipe that its stderr was. */
static void let_go_of_app(int connection)
{
    if (s_private) {
        const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (nothing >= 0) {
            dup2(nothing, STDERR_FILENO);
            close(nothing);
        }
    }
    shutdown(connection, SHUT_RDWR);
}

/* Until the app is gone. While it has something to do every few microseconds, the agent does not sleep in between, and
 * no doorbell is set for it. */
static void serve_eagerly(struct k230_eager *eager)
{
    uint64_t idle_since = k230_eager_now_ns();
    uint32_t done = s_agent.done;
    while (!app_gone() && k230_agent_step(&s_agent, k230_eager_again(eager, idle_since) ? 0 : K230_WATCHDOG_MS)) {
        if (s_agent.done == done)
            continue;
        done = s_agent.done;
        k230_eager_learn(eager, idle_since);
        idle_since = k230_eager_now_ns();
    }
}

static uint32_t farewell_patience(void)
{
    return __atomic_load_n(&s_wanted, __ATOMIC_RELAXED) ? K230_FAREWELL_MS : agent_stack_patience();
}

/* Until the app is gone, and then until what it had sent is on its way. */
static void serve_until_over(struct k230_hal_posix *hal)
{
    serve_eagerly(&hal->eager);
    k230_agent_finish(&s_agent);
    let_go_of_app(hal->other_fd);
    while (k230_agent_farewell(&s_agent, farewell_patience()))
        ;
    agent_stack_settle(s_stack, K230_FAREWELL_MS);
}

/* 0 when an app was served to its end, or -enum k230_error. */
static int serve(int connection)
{
    struct k230_setup setup;
    int descriptors[2];
    int status = receive_setup(connection, &setup, descriptors);
    if (status != 0) {
        answer(connection, status, 0);
        return status;
    }
    struct k230_hal_posix hal;
    k230_hal_posix_init(&hal, K230_HAL_SMALL, "k230-agent", no_attach, no_detach);
    status = k230_hal_posix_map(&hal, descriptors[0], setup.length);
    if (status == 0) {
        hal.other_fd = connection;
        status = agent_stack_doorbell(s_stack, descriptors[1]);
        if (status == 0 && !k230_agent_start(&s_agent, &hal.hal, s_stack, &k230_virtual_limits))
            status = -K230_EINVAL;
        pthread_t watcher;
        s_app_gone = 0;
        if (status == 0)
            status = k230_from_errno(pthread_create(&watcher, NULL, watch_app, &connection));
        if (status == 0) {
            answer(connection, 0, 0);
            serve_until_over(&hal);
            pthread_join(watcher, NULL); /* its app is gone, or this side has hung up */
        }
        agent_stack_doorbell(s_stack, -1);
        k230_hal_posix_unmap(&hal);
    }
    if (status != 0)
        answer(connection, status, 0);
    close(descriptors[0]);
    close(descriptors[1]);
    return status;
}

/* ---- a board for several apps ------------------------------------------------------------------------------------ */

struct board {
    pthread_mutex_t lock;
    pthread_cond_t given;
    int connection; /* of the app that has the board; -1 = free */
    pid_t app;
    int freed; /* eventfd: it is free again */
};

static struct board s_board = {.lock = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER, .connection = -1};

static void *board_thread(void *arg)
{
    (void)arg;
    for (;;) {
        pthread_mutex_lock(&s_board.lock);
        while (s_board.connection < 0)
            pthread_cond_wait(&s_board.given, &s_board.lock);
        const int connection = s_board.connection;
        const pid_t app = s_board.app;
        pthread_mutex_unlock(&s_board.lock);
        k230_posix_say("k230-agent: process %d has the board\n", (int)app);
        const int status = serve(connection);
        if (status != 0)
            k230_posix_say("k230-agent: process %d was refused: %s\n", (int)app, k230_error_name(status));
        else
            k230_posix_say("k230-agent: process %d is gone; the board is free\n", (int)app);
        close(connection);
        pthread_mutex_lock(&s_board.lock);
        s_board.connection = -1;
        pthread_mutex_unlock(&s_board.lock);
        const uint64_t one = 1;
        if (write(s_board.freed, &one, sizeof one) < 0)
            k230_posix_say("k230-agent: the eventfd is gone: %s\n", strerror(errno));
    }
    return NULL;
}

/* The process that has the board; 0: it is free. */
static pid_t holder(void)
{
    pthread_mutex_lock(&s_board.lock);
    const pid_t app = s_board.connection >= 0 ? s_board.app : 0;
    pthread_mutex_unlock(&s_board.lock);
    return app;
}

/* ---- apps that wait for it --------------------------------------------------------------------------------------- */

struct waiting {
    int connection;
    pid_t app;
    uint64_t until_ms;
};

static struct waiting s_waiting[WAITING_MOST]; /* in the order of their arrival */
static unsigned s_waiting_count;

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Another user's app is sent away here, whether it says something or not, and costs the others no time. */
static void accept_app(int listener)
{
    const int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0)
        return;
    struct ucred app = {.pid = 0, .uid = (uid_t)-1};
    socklen_t length = sizeof app;
    getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &app, &length);
    if (app.uid != geteuid()) {
        k230_posix_say("k230-agent: process %d of user %u was refused: the board is user %u's\n", (int)app.pid,
                       (unsigned)app.uid, (unsigned)geteuid());
        refuse(connection, -K230_EACCES, 0);
        return;
    }
    s_waiting[s_waiting_count++] =
        (struct waiting){.connection = connection, .app = app.pid, .until_ms = now_ms() + TAKE_OVER_MS};
}

static void give_board(const struct waiting *to)
{
    pthread_mutex_lock(&s_board.lock);
    s_board.connection = to->connection;
    s_board.app = to->app;
    pthread_cond_signal(&s_board.given);
    pthread_mutex_unlock(&s_board.lock);
}

/* The board goes to the first app that has sent its packet. Sent away are those that have waited long enough, and
 * forgotten those that have gone. */
static void serve_waiting(const struct pollfd *looks)
{
    const uint64_t now = now_ms();
    const unsigned count = s_waiting_count;
    s_waiting_count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct waiting *one = &s_waiting[i];
        const pid_t app = holder();
        if (looks[i].revents & (POLLHUP | POLLERR))
            close(one->connection);
        else if (app == 0 && (looks[i].revents & POLLIN))
            give_board(one);
        else if (now >= one->until_ms)
            refuse(one->connection, app == 0 ? -K230_ETIMEDOUT : -K230_EBUSY, app);
        else
            s_waiting[s_waiting_count++] = *one;
    }
}

/* Until the first of them has waited long enough; -1: none waits. */
static int patience(void)
{
    if (s_waiting_count == 0)
        return -1;
    const uint64_t now = now_ms();
    return s_waiting[0].until_ms > now ? (int)(s_waiting[0].until_ms - now) : 0;
}

static int listen_for_apps(void)
{
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stops, NULL);
    const int signals = signalfd(-1, &stops, SFD_CLOEXEC);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    snprintf(name, sizeof name, "@k230-board-%d", (int)getpid());
    const size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    address.sun_path[0] = 0; /* abstract (unix(7)): nothing of it is left when this process ends */
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (listener < 0 ||
        bind(listener, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0 ||
        listen(listener, 16) < 0) {
        fprintf(stderr, "k230-agent: cannot listen at %s: %s\n", name, strerror(errno));
        return 1;
    }
    s_board.freed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_t thread;
    if (pthread_create(&thread, NULL, board_thread, NULL) != 0) {
        fprintf(stderr, "k230-agent: cannot start a thread\n");
        return 1;
    }
    printf("K230_AGENT=%s\n", name);
    fflush(stdout);
    fprintf(stderr, "k230-agent: a board for apps started with this setting; Ctrl-C ends it\n");
    for (;;) {
        enum { LISTENER, SIGNALS, FREED, FIRST };
        struct pollfd sources[FIRST + WAITING_MOST] = {
            [LISTENER] = {.fd = s_waiting_count < WAITING_MOST ? listener : -1, .events = POLLIN},
            [SIGNALS] = {.fd = signals, .events = POLLIN},
            [FREED] = {.fd = s_board.freed, .events = POLLIN}};
        /* With the board in use a packet is no news. */
        const short news = holder() == 0 ? POLLIN : 0;
        for (unsigned i = 0; i < s_waiting_count; i++)
            sources[FIRST + i] = (struct pollfd){.fd = s_waiting[i].connection, .events = news};
        if (poll(sources, FIRST + s_waiting_count, patience()) < 0) {
            if (errno == EINTR)
                continue;
            return 1;
        }
        if (sources[SIGNALS].revents) {
            fprintf(stderr, "k230-agent: stopped\n");
            return 0;
        }
        uint64_t times;
        if (sources[FREED].revents && read(s_board.freed, &times, sizeof times) < 0)
            return 1;
        serve_waiting(&sources[FIRST]);
        if (sources[LISTENER].revents)
            accept_app(listener);
        __atomic_store_n(&s_wanted, s_waiting_count, __ATOMIC_RELAXED);
    }
}

/* ---- start ------------------------------------------------------------------------------------------------------- */

/* Each socket of the app is a descriptor here. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* What an app's process hands on to its children is not the agent's: a pipe's reader waits for the last holder's end.
 * stderr stays until the app ends, for what the agent has to say. */
static void let_go_of_inherited(unsigned connection)
{
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    if (fcntl(STDERR_FILENO, F_GETFD) < 0)
        dup2(nothing, STDERR_FILENO);
    fcntl((int)connection, F_SETFD, FD_CLOEXEC);
    if (syscall(SYS_close_range, connection + 1u, UINT_MAX, 0) == 0) {
        if (connection > STDERR_FILENO + 1u)
            syscall(SYS_close_range, STDERR_FILENO + 1u, connection - 1u, 0);
        return;
    }
    const long most = sysconf(_SC_OPEN_MAX); /* before Linux 5.9 */
    for (int one = STDERR_FILENO + 1; one < most; one++)
        if (one != (int)connection)
            close(one);
}

/* Ctrl-C, timeout(1), a service manager and a closing container mean the app, which decides what it still sends. The
 * launcher has blocked all signals until here. */
static void obey_no_signal(void)
{
    sigset_t faults;
    sigemptyset(&faults);
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigaddset(&faults, own[i]);
    for (int one = 1; one <= SIGRTMAX; one++)
        if (!sigismember(&faults, one))
            signal(one, SIG_IGN); /* SIGKILL, SIGSTOP and those of the C library refuse */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Returns when a descriptor is all that the text says, else -1. */
static int descriptor(const char *text)
{
    char *end = NULL;
    const long number = strtol(text, &end, 10);
    return end != text && *end == 0 && number > STDERR_FILENO && fcntl((int)number, F_GETFD) >= 0 ? (int)number : -1;
}

int main(int argc, char **argv)
{
    const bool listens = argc == 2 && strcmp(argv[1], "--listen") == 0;
    const int connection = argc == 3 && strcmp(argv[1], "--connection") == 0 ? descriptor(argv[2]) : -1;
    if (!listens && connection < 0) {
        fprintf(stderr, "usage: k230-agent --listen | --connection FD\n");
        return 2;
    }
    s_private = !listens;
    if (s_private) {
        let_go_of_inherited((unsigned)connection);
        obey_no_signal();
    }
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    s_stack = agent_stack_start();
    if (!s_stack)
        return 1;
    return listens ? listen_for_apps() : serve(connection) == 0 ? 0 : 1;
}
