/* k230-agent for the small core's Linux: the agent of the virtual board, over the K230's own mailbox and memory. It
 * serves the big core until SIGTERM, SIGINT or SIGHUP, one session after another; either core may restart alone. Then
 * it sends what closed sockets still have, as long as their peers take some of it; a second signal ends it at once. */
#define _GNU_SOURCE
#include "agent_stack.h"
#include "device.h"
#include "k230_agent.h"
#include "k230_hal_posix.h" /* k230_posix_say */
#include "k230_stack_posix.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define RING_MOST (256u * 1024u)
#define RING_LEAST 1024u
#define DATAGRAM_MOST 65507u /* over IPv4: 65535 - 20 - 8 */
#define IPCM_MODULE "/sys/module/k_ipcm"
#define UIO_PAGE 4096u /* map N of a UIO node is at offset N pages: Documentation/driver-api/uio-howto.rst */

static const char s_usage[] =
    "usage: k230-agent [options]\n"
    "  --uio NODE              mailbox (map 0), shared memory (map 1) and interrupt of this UIO node\n"
    "  --memory FILE           or: mailbox and memory from this file (/dev/mem),\n"
    "  --mailbox ADDRESS         with the mailbox block there\n"
    "  --interrupt NODE          and the interrupt from this UIO node, if there is one\n"
    "  --region ADDRESS,BYTES  the shared memory; with --uio only its bytes count\n"
    "  --poll MS               without an interrupt: look that often (1)\n"
    "  --device N, --line N    of the mailbox; the big core has the same (1, 0 beside IPCM, else 0, 0)\n"
    "  --ipcm 0|1              whether the SDK's IPCM is loaded, which has device 0 (is there " IPCM_MODULE "?)\n"
    "  --lock FILE             of which one agent at a time has the lock (" K230_DEVICE_LOCK ")\n"
    "  --sockets N             for the big core (32); the more, the smaller their buffers\n"
    "  --check                 map everything, say what was found, and end; takes the lock for as long\n"
    "  --holder                print the process that has the lock, and end: 0, or 1 if none has it\n"
    "  --stat                  print what the running agent and the big core say in the shared memory, and end\n";

struct options {
    struct k230_device_settings device;
    unsigned mailbox_device;
    unsigned line;
    unsigned ipcm;
    unsigned sockets;
    bool check;
    bool holder;
    bool stat;
};

static struct k230_agent s_agent;
static struct k230_hal_k230 s_hal;
static int s_doorbell = -1;                  /* eventfd: wakes the agent out of its stack's wait */
static volatile sig_atomic_t s_told_to_stop; /* how often */

/* ---- options ----------------------------------------------------------------------------------------------------- */

/* A number up to `most`, decimal or 0x..., ending where *end says. strtoull would take blanks and a sign in front. */
static bool number(const char *text, uint64_t most, char ending, uint64_t *value, const char **end)
{
    char *stop = NULL;
    errno = 0;
    *value = strtoull(text, &stop, 0);
    *end = stop;
    return errno == 0 && isdigit((unsigned char)*text) && *stop == ending && *value <= most;
}

static bool small_number(const char *text, unsigned least, unsigned most, unsigned *value)
{
    uint64_t wide = 0;
    const char *end;
    const bool fine = number(text, most, 0, &wide, &end) && wide >= least;
    *value = (unsigned)wide;
    return fine;
}

static bool region(const char *text, struct k230_device_settings *device)
{
    const char *end;
    return number(text, INT64_MAX, ',', &device->region, &end) && number(end + 1, INT64_MAX, 0, &device->length, &end);
}

static bool overlaps(const struct k230_device_settings *device, uint64_t base, uint64_t length)
{
    return device->region < base + length && base < device->region + device->length;
}

/* What board/K230/rtthread/board.c refuses when it is compiled. Offsets in a UIO node, and in a file that plays the
 * memory, are no addresses. */
static bool nobody_elses(const struct options *options, bool uio)
{
    const struct k230_device_settings *device = &options->device;
    const bool physical = !uio && strcmp(device->memory, "/dev/mem") == 0;
    const char *wrong = NULL;
    uint64_t of = 0;
    if (options->ipcm && options->mailbox_device == 0) {
        fprintf(stderr, "k230-agent: --device 0 is IPCM's, which is loaded here: take device 1 on both cores, or load "
                        "IPCM on neither\n");
        return false;
    }
    if (!uio && overlaps(device, device->mailbox & ~(uint64_t)(UIO_PAGE - 1u), K230_MAILBOX_LENGTH)) {
        wrong = "lies over the mailbox at";
        of = device->mailbox;
    } else if (physical && overlaps(device, K230_IPCM_BASE, K230_IPCM_LENGTH)) {
        wrong = "takes some of IPCM's megabyte at";
        of = K230_IPCM_BASE;
    } else if (physical && device->region + device->length > 1ull << 32) {
        wrong = "ends where a K230 has no memory, above";
        of = 1ull << 32;
    }
    if (wrong)
        fprintf(stderr,
                "k230-agent: --region 0x%llx,0x%llx %s 0x%llx: give the board's own, on both cores "
                "(board/K230/memory.md; 0x%x,0x%x with 512 MiB)\n",
                (unsigned long long)device->region, (unsigned long long)device->length, wrong, (unsigned long long)of,
                K230_REGION_BASE, K230_REGION_LENGTH);
    return !wrong;
}

static bool parse(int argc, char **argv, struct options *options)
{
    enum { UIO, MEMORY, MAILBOX, INTERRUPT, REGION, POLL, DEVICE, LINE, IPCM, LOCK, SOCKETS, CHECK, HOLDER, STAT };
    static const struct option known[] = {
        {"uio", required_argument, NULL, UIO},
        {"memory", required_argument, NULL, MEMORY},
        {"mailbox", required_argument, NULL, MAILBOX},
        {"interrupt", required_argument, NULL, INTERRUPT},
        {"region", required_argument, NULL, REGION},
        {"poll", required_argument, NULL, POLL},
        {"device", required_argument, NULL, DEVICE},
        {"line", required_argument, NULL, LINE},
        {"ipcm", required_argument, NULL, IPCM},
        {"lock", required_argument, NULL, LOCK},
        {"sockets", required_argument, NULL, SOCKETS},
        {"check", no_argument, NULL, CHECK},
        {"holder", no_argument, NULL, HOLDER},
        {"stat", no_argument, NULL, STAT},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){
        .device = {.lock = K230_DEVICE_LOCK,
                   .memory = "/dev/mem",
                   .mailbox = K230_MAILBOX_BASE,
                   .region = K230_REGION_BASE,
                   .length = K230_REGION_LENGTH,
                   .poll_ms = 1},
        .mailbox_device = K230_MAILBOX_DEVICES, /* not said */
        .ipcm = access(IPCM_MODULE, F_OK) == 0,
        .line = K230_MAILBOX_LINE,
        .sockets = 32,
    };
    const char *uio = NULL;
    const char *end;
    bool fine = true;
    int found, index = 0;
    while (fine && (found = getopt_long(argc, argv, "", known, &index)) != -1) {
        switch (found) {
        case UIO:
            uio = optarg;
            break;
        case MEMORY:
            options->device.memory = optarg;
            break;
        case MAILBOX:
            fine = number(optarg, INT64_MAX, 0, &options->device.mailbox, &end);
            break;
        case INTERRUPT:
            options->device.interrupt = optarg;
            break;
        case REGION:
            fine = region(optarg, &options->device);
            break;
        case POLL:
            fine = small_number(optarg, 1, 1000, &options->device.poll_ms);
            break;
        case DEVICE:
            fine = small_number(optarg, 0, K230_MAILBOX_DEVICES - 1u, &options->mailbox_device);
            break;
        case LINE:
            fine = small_number(optarg, 0, K230_MAILBOX_LINES - 1u, &options->line);
            break;
        case IPCM:
            fine = small_number(optarg, 0, 1, &options->ipcm);
            break;
        case LOCK:
            options->device.lock = optarg;
            break;
        case SOCKETS:
            fine = small_number(optarg, 1, K230_AGENT_SOCK_MAX, &options->sockets);
            break;
        case CHECK:
            options->check = true;
            break;
        case HOLDER:
            options->holder = true;
            break;
        case STAT:
            options->stat = true;
            break;
        default:
            fputs(s_usage, stderr);
            return false;
        }
        if (!fine)
            fprintf(stderr, "k230-agent: --%s %s: not such a number\n", known[index].name, optarg);
    }
    if (fine && optind != argc) {
        fprintf(stderr, "k230-agent: %s: not an option\n%s", argv[optind], s_usage);
        return false;
    }
    if (uio) {
        options->device.memory = uio;
        options->device.interrupt = uio;
        options->device.mailbox = 0;
        options->device.region = UIO_PAGE;
    }
    /* Where IPCM does not need it, the line that is known to work (k230_config.h). */
    if (options->mailbox_device == K230_MAILBOX_DEVICES)
        options->mailbox_device = options->ipcm ? 1u : 0u;
    return fine && nobody_elses(options, uio != NULL);
}

/* The biggest rings for that many sockets in that much memory; closed ones that still send have an eighth more. */
static bool fit(unsigned sockets, uint64_t length, struct k230_limits *limits)
{
    uint32_t queue = 32;
    while (queue < 2u * sockets)
        queue *= 2u;
    *limits = (struct k230_limits){
        .slots = sockets, .requests = queue, .completions = queue, .pairs = sockets + sockets / 8u + 1u};
    for (uint32_t ring = RING_MOST; ring >= RING_LEAST; ring /= 2u) {
        const uint32_t longest = (ring / 2u - k230_record_space(0)) & ~7u; /* two of them fit a ring: k230_layout_of */
        limits->tx_size = ring;
        limits->rx_size = ring;
        limits->datagram = longest < DATAGRAM_MOST ? longest : DATAGRAM_MOST;
        struct k230_layout layout;
        if (k230_layout_of(limits, length, &layout))
            return true;
    }
    return false;
}

/* ---- what the hal needs of Linux --------------------------------------------------------------------------------- */

static void sleep_ms(void *context, uint32_t ms)
{
    (void)context;
    const struct timespec time = {.tv_sec = ms / 1000u, .tv_nsec = (long)(ms % 1000u) * 1000000L};
    nanosleep(&time, NULL);
}

static uint64_t now_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static uint32_t fresh_id(void *context)
{
    uint32_t id = 0;
    /* Early in a boot the kernel may have no entropy yet; waiting for it could take minutes. */
    if (getrandom(&id, sizeof id, GRND_NONBLOCK) != (ssize_t)sizeof id || id == 0) {
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        id = k230_id_of(((uint64_t)wall.tv_sec << 32 | (uint64_t)wall.tv_nsec) ^ now_ms(context) << 16 ^
                        (uint64_t)getpid() << 48);
    }
    return id;
}

static void log_line(void *context, const char *line)
{
    (void)context;
    k230_posix_say("k230-agent: %s\n", line);
}

static void on_doorbell(void *context)
{
    (void)context;
    const uint64_t one = 1;
    if (write(s_doorbell, &one, sizeof one) < 0 && errno != EAGAIN) /* EAGAIN: it is full of doorbells, and wakes */
        log_line(context, "the doorbell's eventfd is gone");
}

static const struct k230_os s_os = {.sleep = sleep_ms, .now_ms = now_ms, .fresh_id = fresh_id, .log = log_line};

/* ---- serving ----------------------------------------------------------------------------------------------------- */

static void stop(int signal_number)
{
    (void)signal_number;
    const int before = errno;
    if (s_told_to_stop < 2)
        s_told_to_stop++;
    on_doorbell(NULL);
    errno = before;
}

static void serve(void)
{
    while (!s_told_to_stop)
        k230_agent_step(&s_agent, K230_WATCHDOG_MS);
    /* The kernel goes on with what it has taken; what is still in the rings needs this process. */
    while (s_told_to_stop < 2 && k230_agent_farewell(&s_agent, K230_FAREWELL_MS))
        ;
    k230_agent_stop(&s_agent);
}

static int run(const struct options *options, struct k230_device *device, const struct k230_limits *limits)
{
    const struct k230_board board = {.os = &s_os,
                                     .core = K230_CORE_SMALL,
                                     .block = device->block,
                                     .wired = device->interrupt_fd >= 0,
                                     .device = options->mailbox_device,
                                     .line = options->line,
                                     .region = device->region,
                                     .length = device->length,
                                     .on_doorbell = on_doorbell};
    struct k230_hal *hal = &s_hal.hal;
    if (!k230_hal_k230_init(&s_hal, &board)) {
        fprintf(stderr, "k230-agent: no such mailbox device, line or region\n");
        return 2;
    }
    fprintf(stderr, "k230-agent: %u sockets with rings of %u KiB; mailbox device %u, line %u, %s; the big core %s\n",
            (unsigned)limits->slots, (unsigned)limits->tx_size / 1024u, options->mailbox_device, options->line,
            device->interrupt_fd >= 0 ? "with its interrupt" : "looked at by the clock",
            k230_mailbox_heard(&s_hal.mailbox) ? "listens" : "does not listen yet");
    if (options->check)
        return 0;
    struct k230_stack *stack = agent_stack_start();
    if (!stack || agent_stack_doorbell(stack, s_doorbell) != 0)
        return 1;
    static uint64_t piece[K230_STACK_POSIX_PIECE / sizeof(uint64_t)];
    if (device->uncached)
        k230_stack_posix_uncached(stack, piece);
    int status = 1;
    if (hal->ops->attach(hal) == 0) {
        if (k230_device_listen(device, &s_hal) && k230_agent_start(&s_agent, hal, stack, limits)) {
            serve();
            fprintf(stderr, "k230-agent: stopped\n");
            status = 0;
        }
        hal->ops->detach(hal);
    }
    agent_stack_doorbell(stack, -1);
    return status;
}

static int show(const struct options *options)
{
    struct k230_head head;
    if (!k230_device_peek(&options->device, &head))
        return 1;
    if (head.small.magic != K230_MAGIC_SMALL) {
        printf("agent      has not run since this memory was cleared\n");
        return 1;
    }
    const long holder = k230_device_holder(options->device.lock);
    printf("agent      %s, %u turns, protocol %u\n", holder > 0 ? "runs" : "does not run",
           (unsigned)head.small.heartbeat, (unsigned)head.small.version);
    printf("session    %08x, last fault: %s\n", (unsigned)head.small.accepted, k230_fault_text(head.small.fault));
    printf("network    link %s, address %s\n", head.small.network & K230_NETWORK_LINK ? "up" : "down",
           head.small.network & K230_NETWORK_ADDRESS ? "yes" : "no");
    printf("rings      %u pairs for %u sockets; %u times a socket found no pair free in this session\n",
           (unsigned)head.small.limits.pairs, (unsigned)head.small.limits.slots,
           head.small.accepted != 0 ? (unsigned)head.big.starved : 0u);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct k230_limits limits;
    if (!parse(argc, argv, &options))
        return 2;
    if (options.holder) {
        const long holder = k230_device_holder(options.device.lock);
        if (holder > 0)
            printf("%ld\n", holder);
        return holder > 0 ? 0 : 1;
    }
    if (options.stat)
        return show(&options);
    if (!fit(options.sockets, options.device.length, &limits)) {
        fprintf(stderr, "k230-agent: %llu bytes are too few for %u sockets\n",
                (unsigned long long)options.device.length, options.sockets);
        return 2;
    }
    s_doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s_doorbell < 0) {
        fprintf(stderr, "k230-agent: no eventfd: %s\n", strerror(errno));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    const struct sigaction stopper = {.sa_handler = stop};
    sigaction(SIGTERM, &stopper, NULL);
    sigaction(SIGINT, &stopper, NULL);
    struct sigaction hangup;
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup(1) */
        sigaction(SIGHUP, &stopper, NULL);
    struct k230_device device;
    if (!k230_device_open(&device, &options.device))
        return 1;
    const int status = run(&options, &device, &limits);
    k230_device_close(&device);
    close(s_doorbell);
    return status;
}
