#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* 1: a file in place of /dev/mem is treated as uncached memory too, for a test. */
#ifndef K230_DEVICE_UNCACHED
#define K230_DEVICE_UNCACHED 0
#endif
#define STOP_LOOK_MS 200 /* how often the listener looks whether to end */

static bool complain(const char *what, const char *path)
{
    fprintf(stderr, "k230-agent: %s: %s: %s\n", path, what, strerror(errno));
    return false;
}

/* A lock of the kernel's on the process: it ends with the process, however that ends, and the kernel knows whose it is.
 * Not a lock on the node: /dev/mem and a UIO node are two files of one memory. */
static bool take_lock(struct k230_device *device, const char *path)
{
    device->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (device->lock_fd < 0) {
        fprintf(stderr,
                "k230-agent: %s: the lock cannot be opened: %s; run as root, or give another file with --lock\n", path,
                strerror(errno));
        return false;
    }
    /* Whoever can read it can lock it, and keep every agent out; an older agent's file may still be readable to all. */
    fchmod(device->lock_fd, 0600);
    for (;;) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(device->lock_fd, F_SETLK, &lock) == 0)
            return true;
        if ((errno != EAGAIN && errno != EACCES) || fcntl(device->lock_fd, F_GETLK, &lock) < 0)
            return complain("cannot be locked", path);
        if (lock.l_type == F_UNLCK)
            continue; /* whoever had it has ended since */
        fprintf(
            stderr,
            "k230-agent: %s: another agent has it: process %ld; stop that one first (/etc/init.d/S95k230-agent stop, "
            "or kill %ld)\n",
            path, (long)lock.l_pid, (long)lock.l_pid);
        return false;
    }
}

long k230_device_holder(const char *lock)
{
    const int fd = open(lock, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : (complain("the lock cannot be opened", lock), -1);
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const bool known = fcntl(fd, F_GETLK, &wanted) == 0 || complain("cannot be asked for its lock", lock);
    close(fd);
    if (!known)
        return -1;
    return wanted.l_type == F_UNLCK ? 0 : (long)wanted.l_pid;
}

/* O_SYNC: uncached (arch/riscv/mm/init.c phys_mem_access_prot in the vendor's Linux; uio_mmap_physical is uncached
 * always). */
static bool open_memory(struct k230_device *device, const struct k230_device_settings *settings)
{
    device->memory_fd = open(settings->memory, O_RDWR | O_SYNC | O_CLOEXEC);
    return device->memory_fd >= 0 || complain("cannot be opened", settings->memory);
}

static void *map(struct k230_device *device, const char *path, uint64_t offset, uint64_t length)
{
    struct stat info;
    if (fstat(device->memory_fd, &info) < 0) {
        complain("cannot be asked for its length", path);
        return NULL;
    }
    device->uncached = K230_DEVICE_UNCACHED || !S_ISREG(info.st_mode);
    if (S_ISREG(info.st_mode) && (offset > (uint64_t)info.st_size || length > (uint64_t)info.st_size - offset)) {
        fprintf(stderr, "k230-agent: %s: is too short for 0x%llx bytes at 0x%llx\n", path, (unsigned long long)length,
                (unsigned long long)offset);
        return NULL;
    }
    void *at = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, device->memory_fd, (off_t)offset);
    if (at != MAP_FAILED)
        return at;
    fprintf(stderr, "k230-agent: %s: 0x%llx bytes at 0x%llx cannot be mapped: %s\n", path, (unsigned long long)length,
            (unsigned long long)offset, strerror(errno));
    return NULL;
}

bool k230_device_peek(const struct k230_device_settings *settings, struct k230_head *head)
{
    struct k230_device device;
    if (!open_memory(&device, settings))
        return false;
    const volatile uint32_t *words = map(&device, settings->memory, settings->region, sizeof *head);
    close(device.memory_fd);
    if (!words)
        return false;
    for (size_t i = 0; i < sizeof *head / sizeof *words; i++) /* the mapping takes aligned accesses of whole words */
        ((uint32_t *)head)[i] = words[i];
    munmap((void *)(uintptr_t)words, sizeof *head);
    return true;
}

bool k230_device_open(struct k230_device *device, const struct k230_device_settings *settings)
{
    memset(device, 0, sizeof *device);
    device->lock_fd = -1;
    device->memory_fd = -1;
    device->interrupt_fd = -1;
    device->poll_ms = settings->poll_ms;
    device->length = settings->length;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (settings->mailbox % page != 0 || settings->region % page != 0 || settings->length == 0 ||
        settings->length % page != 0 || settings->length > SIZE_MAX) {
        fprintf(stderr, "k230-agent: mailbox and region begin, and the region ends, at a page of %u bytes\n",
                (unsigned)page);
        return false;
    }
    if (!take_lock(device, settings->lock) || !open_memory(device, settings)) {
        k230_device_close(device);
        return false;
    }
    device->block_length = K230_MAILBOX_LENGTH > page ? K230_MAILBOX_LENGTH : (size_t)page;
    device->block_mapping = map(device, settings->memory, settings->mailbox, device->block_length);
    device->block = device->block_mapping;
    if (device->block)
        device->region = map(device, settings->memory, settings->region, settings->length);
    bool ready = device->block && device->region;
    if (ready && settings->interrupt) {
        device->interrupt_fd = open(settings->interrupt, O_RDWR | O_CLOEXEC);
        ready = device->interrupt_fd >= 0 || complain("cannot be opened", settings->interrupt);
    }
    if (!ready)
        k230_device_close(device);
    return ready;
}

/* UIO leaves the interrupt masked after it has come, until a 1 is written (drivers/uio/uio_pdrv_genirq.c). */
static bool unmask(const struct k230_device *device)
{
    const int32_t one = 1;
    return write(device->interrupt_fd, &one, sizeof one) == (ssize_t)sizeof one;
}

/* True: the interrupt has come. False: the time is over, or the node gives no interrupts; then *broken. */
static bool wait_for_interrupt(const struct k230_device *device, unsigned timeout_ms, bool *broken)
{
    struct pollfd node = {.fd = device->interrupt_fd, .events = POLLIN};
    const int ready = poll(&node, 1, (int)timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return false;
    uint32_t count; /* of interrupts so far: UIO gives exactly these four bytes */
    *broken = ready < 0 || read(device->interrupt_fd, &count, sizeof count) != (ssize_t)sizeof count;
    return !*broken;
}

static void *listener_thread(void *argument)
{
    struct k230_device *device = argument;
    bool broken = device->interrupt_fd < 0;
    bool proven = false; /* before that, the clock looks too */
    while (!broken && !__atomic_load_n(&device->stopped, __ATOMIC_ACQUIRE)) {
        if (!wait_for_interrupt(device, proven ? STOP_LOOK_MS : device->poll_ms, &broken)) {
            proven = proven || !k230_hal_k230_look(device->hal);
            continue;
        }
        k230_hal_k230_interrupt(device->hal); /* takes the line down first: the interrupt is as long as the line */
        broken = !unmask(device);
    }
    if (device->interrupt_fd >= 0 && broken)
        fprintf(stderr, "k230-agent: no interrupts come from the UIO node; looking every %u ms instead\n",
                device->poll_ms);
    const struct timespec pause = {.tv_sec = device->poll_ms / 1000u,
                                   .tv_nsec = (long)(device->poll_ms % 1000u) * 1000000L};
    while (!__atomic_load_n(&device->stopped, __ATOMIC_ACQUIRE)) {
        k230_hal_k230_look(device->hal);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

bool k230_device_listen(struct k230_device *device, struct k230_hal_k230 *hal)
{
    device->hal = hal;
    /* It may stand masked since an agent before us. */
    if (device->interrupt_fd >= 0 && !unmask(device))
        fprintf(stderr, "k230-agent: the interrupt cannot be unmasked: %s\n", strerror(errno));
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int status = pthread_create(&device->listener, NULL, listener_thread, device);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    device->listening = status == 0;
    if (status != 0)
        fprintf(stderr, "k230-agent: no thread for the interrupt: %s\n", strerror(status));
    return device->listening;
}

void k230_device_close(struct k230_device *device)
{
    if (device->listening) {
        __atomic_store_n(&device->stopped, 1u, __ATOMIC_RELEASE);
        pthread_join(device->listener, NULL);
        device->listening = false;
    }
    if (device->region)
        munmap(device->region, (size_t)device->length);
    if (device->block_mapping)
        munmap(device->block_mapping, device->block_length);
    if (device->interrupt_fd >= 0)
        close(device->interrupt_fd);
    if (device->memory_fd >= 0)
        close(device->memory_fd);
    if (device->lock_fd >= 0)
        close(device->lock_fd); /* last: the next agent may begin */
    device->region = NULL;
    device->block_mapping = NULL;
    device->block = NULL;
    device->interrupt_fd = -1;
    device->memory_fd = -1;
    device->lock_fd = -1;
}
