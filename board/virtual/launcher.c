#define _GNU_SOURCE
#include "launcher.h"

#include "setup.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_MS 1000 /* at its end an app waits this long for an agent that does not get on */

extern char **environ;

static struct k230_launcher *self(struct k230_hal_posix *posix) { return (struct k230_launcher *)posix; }

static void say(struct k230_launcher *launcher, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct k230_launcher *launcher, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    launcher->hal.hal.ops->log(&launcher->hal.hal, line);
}

/* ---- children ---------------------------------------------------------------------------------------------------- */

static void reap(struct k230_launcher *launcher)
{
    for (int i = 0; i < K230_LAUNCHER_CHILDREN; i++)
        if (launcher->past[i] != 0 && waitpid(launcher->past[i], NULL, WNOHANG) != 0)
            launcher->past[i] = 0;
}

static void remember(struct k230_launcher *launcher, pid_t child)
{
    reap(launcher);
    for (int i = 0; i < K230_LAUNCHER_CHILDREN; i++)
        if (launcher->past[i] == 0) {
            launcher->past[i] = child;
            return;
        }
}

/* The agent that K230_STACK asks for; NULL: there is no such stack. */
static const char *agent_name(void)
{
    const char *stack = getenv("K230_STACK");
    if (!stack || stack[0] == 0 || strcmp(stack, "kernel") == 0)
        return "k230-agent";
    return strcmp(stack, "lwip") == 0 ? "k230-agent-lwip" : NULL;
}

/* The agents lie beside this library; beside the program where it is linked into a static one, which dladdr knows
 * nothing of. */
static bool agent_path(const char *name, char *path, size_t room)
{
    Dl_info info;
    char program[4096];
    const char *self = NULL;
    if (dladdr((void *)agent_path, &info) != 0)
        self = info.dli_fname;
    if (!self) {
        const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
        if (length <= 0)
            return false;
        program[length] = 0;
        self = program;
    }
    const char *slash = strrchr(self, '/');
    const int folder = slash ? (int)(slash - self) : 1;
    return snprintf(path, room, "%.*s/%s", folder, slash ? self : ".", name) < (int)room;
}

/* A single-file app of .NET unpacks the agent as it unpacks a library: readable, not executable. True if it is now. */
static bool make_executable(const char *path)
{
    struct stat file;
    if (stat(path, &file) < 0 || (file.st_mode & S_IXUSR) != 0)
        return false;
    return chmod(path, (file.st_mode & 07777) | (file.st_mode & 0444) >> 2) == 0;
}

/* Starts an agent that talks over `connection`, which it gets as descriptor 3. The agent ends with its app and with
 * nothing else, so a signal that is meant for the app must not end it first: what is sent to the app's process group or
 * comes from its terminal does not reach a session of its own, and until the agent ignores what is sent to it directly
 * every signal is blocked. */
static int spawn_agent(struct k230_launcher *launcher, int connection)
{
    char path[4096];
    const char *name = agent_name();
    if (!name) {
        say(launcher, "K230_STACK=%s is no stack; there are kernel (which is meant without it) and lwip",
            getenv("K230_STACK"));
        return -K230_ENODEV;
    }
    if (!agent_path(name, path, sizeof path)) {
        say(launcher, "cannot tell where this library lies, so %s beside it cannot be started", name);
        return -K230_ENODEV;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    /* dup2 onto itself would keep close-on-exec, so a connection that is 3 already takes a detour. */
    int from = connection;
    if (from == 3)
        from = fcntl(connection, F_DUPFD_CLOEXEC, 4);
    posix_spawn_file_actions_adddup2(&actions, from, 3);
    char *const arguments[] = {path, "--connection", "3", NULL};
    pid_t child = 0;
    int error = posix_spawn(&child, path, &actions, &attributes, arguments, environ);
    if (error == EACCES && make_executable(path))
        error = posix_spawn(&child, path, &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (from != connection)
        close(from);
    if (error != 0) {
        say(launcher, "cannot start the agent %s: %s%s", path, strerror(error),
            error == ENOENT   ? "; it belongs beside the app's libk230sockets.so, or beside nanoclr"
            : error == EACCES ? "; it must be executable (chmod +x), on a file system that is not mounted noexec"
                              : "");
        return -K230_ENODEV;
    }
    launcher->agent = child;
    return 0;
}

/* ---- the connection ---------------------------------------------------------------------------------------------- */

static int connect_board(struct k230_launcher *launcher, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    if (name[0] != '@' || length < 2 || length > sizeof address.sun_path) {
        say(launcher, "K230_AGENT=%s is no board's name; './k230 board' prints one, as in K230_AGENT=@k230-board-1234",
            name);
        return -K230_ENODEV;
    }
    memcpy(address.sun_path, name, length);
    address.sun_path[0] = 0; /* abstract: unix(7) */
    const int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return k230_from_errno(errno);
    if (connect(connection, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) <
        0) {
        say(launcher, "no board answers at K230_AGENT=%s (%s); start one with './k230 board', or unset K230_AGENT",
            name, strerror(errno));
        close(connection);
        return -K230_ENODEV;
    }
    /* Any user may take the name of a board that has ended, and would get the app's memory. */
    struct ucred owner = {.pid = 0, .uid = (uid_t)-1};
    socklen_t room = sizeof owner;
    getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &owner, &room);
    if (owner.uid != geteuid()) {
        say(launcher,
            "K230_AGENT=%s belongs to process %d of user %u, and this app to user %u: a board serves apps of its own "
            "user; start one with './k230 board', or unset K230_AGENT",
            name, (int)owner.pid, (unsigned)owner.uid, (unsigned)geteuid());
        close(connection);
        return -K230_EACCES;
    }
    return connection;
}

static int send_setup(int connection, int memory, int doorbell, uint64_t length)
{
    struct k230_setup setup = {.magic = K230_SETUP_MAGIC, .version = K230_VERSION, .length = length};
    struct iovec iov = {.iov_base = &setup, .iov_len = sizeof setup};
    const int descriptors[2] = {memory, doorbell};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof descriptors)];
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(rights), descriptors, sizeof descriptors);
    /* An agent that has closed already has answered before. */
    if (sendmsg(connection, &message, MSG_NOSIGNAL) >= 0 || errno == EPIPE || errno == ECONNRESET)
        return 0;
    return k230_from_errno(errno);
}

/* True when the connection has something, its end included, within that time. A signal's handler may run in this
 * thread meanwhile: poll(2) is not resumed after it. */
static bool await(struct k230_launcher *launcher, int connection, int milliseconds)
{
    struct pollfd readable = {.fd = connection, .events = POLLIN};
    struct k230_hal *hal = &launcher->hal.hal;
    const uint64_t deadline = hal->ops->now_ms(hal) + (uint64_t)milliseconds;
    int count;
    do {
        const uint64_t now = hal->ops->now_ms(hal);
        count = poll(&readable, 1, now < deadline ? (int)(deadline - now) : 0);
    } while (count < 0 && errno == EINTR);
    return count == 1;
}

static int await_answer(struct k230_launcher *launcher, int connection)
{
    struct k230_setup_answer answer = {.magic = 0};
    if (!await(launcher, connection, K230_SETUP_MS)) {
        say(launcher, "the agent did not answer within %d s", K230_SETUP_MS / 1000);
        return -K230_ETIMEDOUT;
    }
    ssize_t got = recv(connection, &answer, sizeof answer, 0);
    if (got < 0 && errno == ECONNRESET) /* it closed without reading our packet; its answer lies behind the error */
        got = recv(connection, &answer, sizeof answer, MSG_DONTWAIT);
    if (got != (ssize_t)sizeof answer || answer.magic != K230_SETUP_MAGIC) {
        say(launcher, "the agent ended before it answered");
        return -K230_ENODEV;
    }
    if (answer.status == -K230_EBUSY)
        say(launcher, "the board at K230_AGENT=%s is in use by process %d; it serves one app at a time",
            getenv("K230_AGENT"), answer.pid);
    else if (answer.status != 0)
        say(launcher, "the agent refused this app: %s", k230_error_name(answer.status));
    return answer.status;
}

/* ---- attach and detach ------------------------------------------------------------------------------------------- */

static int make_memory(uint64_t length)
{
    const int memory = memfd_create("k230-region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0)
        return k230_from_errno(errno);
    /* Sealed, so that neither process can pull the memory away under the other (SIGBUS). */
    if (ftruncate(memory, (off_t)length) < 0 ||
        fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        const int status = k230_from_errno(errno);
        close(memory);
        return status;
    }
    return memory;
}

static int open_connection(struct k230_launcher *launcher)
{
    const char *name = getenv("K230_AGENT");
    if (name && name[0] != 0)
        return connect_board(launcher, name);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return k230_from_errno(errno);
    const int status = spawn_agent(launcher, ends[1]);
    close(ends[1]);
    if (status == 0)
        return ends[0];
    close(ends[0]);
    return status;
}

static void detach(struct k230_hal_posix *posix)
{
    struct k230_launcher *launcher = self(posix);
    k230_hal_posix_unmap(posix);
    if (posix->other_fd >= 0)
        close(posix->other_fd); /* a private agent ends by this */
    if (posix->doorbell_fd >= 0)
        close(posix->doorbell_fd);
    posix->other_fd = -1;
    posix->doorbell_fd = -1;
    if (launcher->agent != 0)
        remember(launcher, launcher->agent);
    launcher->agent = 0;
    reap(launcher);
}

static int attach(struct k230_hal_posix *posix)
{
    struct k230_launcher *launcher = self(posix);
    struct k230_layout layout;
    if (!k230_layout_of(&k230_virtual_limits, UINT32_MAX, &layout))
        return -K230_EINVAL;
    const uint64_t length = K230_HAL_POSIX_MAILBOX + layout.end;
    reap(launcher);
    const int memory = make_memory(length);
    if (memory < 0) {
        say(launcher, "cannot make %llu bytes of shared memory: %s", (unsigned long long)length,
            k230_error_name(memory));
        return memory;
    }
    int status = k230_hal_posix_map(posix, memory, length);
    if (status == 0) {
        posix->doorbell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        status = posix->doorbell_fd < 0 ? k230_from_errno(errno) : 0;
    }
    if (status == 0) {
        posix->other_fd = open_connection(launcher);
        launcher->owner = getpid();
        status = posix->other_fd < 0 ? posix->other_fd : 0;
    }
    if (status == 0)
        status = send_setup(posix->other_fd, memory, posix->doorbell_fd, length);
    if (status == 0)
        status = await_answer(launcher, posix->other_fd);
    close(memory);
    if (status != 0)
        detach(posix);
    return status;
}

void k230_launcher_init(struct k230_launcher *launcher)
{
    memset(launcher, 0, sizeof *launcher);
    k230_hal_posix_init(&launcher->hal, K230_HAL_BIG, "k230", attach, detach);
}

void k230_launcher_exit(struct k230_launcher *launcher)
{
    if (!launcher->hal.hal.ops || launcher->hal.other_fd < 0 ||
        launcher->owner != getpid()) /* no socket was made here */
        return;
    k230_hal_posix_end(&launcher->hal);
    shutdown(launcher->hal.other_fd, SHUT_WR);
    await(launcher, launcher->hal.other_fd, EXIT_MS); /* the agent hangs up */
    /* The first process of a container takes all others with it, and with the agent what is still to be sent. */
    if (launcher->agent != 0 && getpid() == 1)
        waitpid(launcher->agent, NULL, 0);
}
