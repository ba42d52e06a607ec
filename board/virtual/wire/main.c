/* k230-wire-double --serial | --tcp PORT --allow LIST [--announce ADDRESS]...
 *                  --store FOLDER [--script FILE] [--blocks N] [--block BYTES]
 *
 * Prints one line where a PC finds it, the name of a pseudo-terminal or a port, and serves until it is killed. Port 0:
 * any free one. Over TCP it is a big core with an agent of its own, on the stack that K230_STACK names (launcher.h).
 * Exit codes: 0 after SIGTERM or SIGINT, 1 it could not listen, 2 wrong arguments, 70 the script said so.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "wire_double.h"

#include "k230_op.h"
#include "k230_store_posix.h"
#include "k230_wire_serial.h"
#include "k230_wire_tcp.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct k230_launcher s_launcher;
static struct k230_client s_client;
static struct k230_hal_posix s_hal; /* the clock and the lock, where no agent is needed */
static struct k230_wire_serial s_serial;
static struct k230_wire_tcp s_tcp;
static struct k230_medium_posix s_medium;
static void *s_image;
static struct script s_script;
static struct wire_double s_double = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct arguments {
    bool serial;
    bool tcp;
    unsigned long port;
    const char *allow;
    const char *announce[K230_WIRE_ANNOUNCE_MAX];
    uint32_t announce_count;
    const char *store;
    const char *script;
    unsigned long blocks;
    unsigned long block_bytes;
};

/* ---- the arguments ----------------------------------------------------------------------------------------------- */

static bool number(const char *text, unsigned long most, unsigned long *value)
{
    char *end;
    *value = strtoul(text, &end, 0);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && *value <= most;
}

static bool read_one(struct arguments *arguments, const char *option, const char *value)
{
    if (strcmp(option, "--tcp") == 0)
        return arguments->tcp = number(value, UINT16_MAX, &arguments->port);
    if (strcmp(option, "--blocks") == 0)
        return number(value, UINT32_MAX, &arguments->blocks);
    if (strcmp(option, "--block") == 0)
        return number(value, UINT32_MAX, &arguments->block_bytes);
    if (strcmp(option, "--announce") == 0 && arguments->announce_count < K230_WIRE_ANNOUNCE_MAX)
        arguments->announce[arguments->announce_count++] = value;
    else if (strcmp(option, "--allow") == 0)
        arguments->allow = value;
    else if (strcmp(option, "--store") == 0)
        arguments->store = value;
    else if (strcmp(option, "--script") == 0)
        arguments->script = value;
    else
        return false;
    return true;
}

static bool read_arguments(int count, char **texts, struct arguments *arguments)
{
    *arguments = (struct arguments){.blocks = K230_STORE_BLOCKS, .block_bytes = K230_STORE_BLOCK_BYTES};
    for (int i = 1; i < count; i++) {
        if (strcmp(texts[i], "--serial") == 0)
            arguments->serial = true;
        else if (i + 1 == count || !read_one(arguments, texts[i], texts[i + 1]))
            return false;
        else
            i++;
    }
    return arguments->store && arguments->serial != arguments->tcp && arguments->tcp == (arguments->allow != NULL) &&
           (arguments->tcp || arguments->announce_count == 0);
}

/* ---- the PC ------------------------------------------------------------------------------------------------------ */

static void take_packet(void *arg, const struct k230_wire_header *header, const uint8_t *payload)
{
    struct wire_double *d = arg;
    pthread_mutex_lock(&d->lock);
    if (!d->hangs)
        answer(d, header, payload);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

/* A deployment that was not ended by a reboot is forgotten, and what was stopped goes on. */
static void lose_pc(void *arg)
{
    struct wire_double *d = arg;
    pthread_mutex_lock(&d->lock);
    if (d->store.dirty && !(d->conditions & CONDITION_REBOOT_PENDING)) {
        char text[200];
        const int status = k230_store_revert(&d->store);
        k230_posix_say("the PC went in the middle of a deployment: %s\n",
                       k230_store_describe(&d->store, status, text, sizeof text));
    }
    d->conditions &= ~(CONDITION_ENABLED | CONDITION_STOPPED | CONDITION_QUIET);
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
}

static void *serve(void *arg)
{
    struct wire_double *d = arg;
    k230_wire_serve(&d->server);
    pthread_mutex_lock(&d->lock);
    d->ending = true;
    pthread_cond_broadcast(&d->changed);
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* ---- the transports ---------------------------------------------------------------------------------------------- */

static bool use_serial(void)
{
    static const struct k230_wire_handler handler = {.arg = &s_double, .packet = take_packet, .gone = lose_pc};
    k230_hal_posix_init(&s_hal, K230_HAL_BIG, "k230-wire-double", NULL, NULL);
    k230_wire_serial_init(&s_serial, &s_hal.hal, K230_WIRE_PTY, K230_WIRE_RATE);
    k230_wire_init(&s_double.server, &s_hal.hal, &s_serial.transport, &handler);
    return k230_wire_open(&s_double.server) == 0;
}

static bool use_tcp(const struct arguments *arguments)
{
    static const struct k230_wire_handler handler = {.arg = &s_double, .packet = take_packet, .gone = lose_pc};
    struct k230_wire_allow allow;
    const char *wrong = arguments->allow;
    if (k230_wire_allow_parse(&allow, arguments->allow, &wrong) <= 0) {
        fprintf(stderr, "k230-wire-double: --allow: no address or network: '%s'\n", wrong);
        return false;
    }
    k230_launcher_init(&s_launcher);
    k230_client_init(&s_client, &s_launcher.hal.hal);
    k230_wire_tcp_init(&s_tcp, &s_client, (uint16_t)arguments->port, &allow);
    for (uint32_t i = 0; i < arguments->announce_count; i++)
        if (!k230_wire_tcp_announce_to(&s_tcp, arguments->announce[i])) {
            fprintf(stderr, "k230-wire-double: --announce: no address: '%s'\n", arguments->announce[i]);
            return false;
        }
    k230_wire_init(&s_double.server, &s_launcher.hal.hal, &s_tcp.transport, &handler);
    return k230_wire_open(&s_double.server) == 0;
}

static void end(int signal)
{
    (void)signal;
    k230_wire_stop(&s_double.server);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static bool use_store(const struct arguments *arguments)
{
    s_image = arguments->blocks > 0 && arguments->block_bytes <= UINT32_MAX / arguments->blocks
                  ? malloc(arguments->blocks * arguments->block_bytes)
                  : NULL;
    char text[200];
    if (!s_image || k230_medium_posix_init(&s_medium, arguments->store) < 0 ||
        k230_store_init(&s_double.store, s_image, (uint32_t)arguments->blocks, (uint32_t)arguments->block_bytes,
                        &s_medium.medium) < 0) {
        fprintf(stderr,
                "k230-wire-double: no such store can be made: its blocks have a multiple of 4 bytes, and all of "
                "it less than 2 GiB\n");
        return false;
    }
    const int status = k230_store_load(&s_double.store);
    k230_posix_say("k230-wire-double: %s\n", k230_store_describe(&s_double.store, status, text, sizeof text));
    return true;
}

int main(int count, char **texts)
{
    struct arguments arguments;
    pthread_condattr_t monotonic;
    pthread_t server;
    signal(SIGPIPE, SIG_IGN);
    if (!read_arguments(count, texts, &arguments)) {
        fprintf(stderr, "usage: k230-wire-double --serial | --tcp PORT --allow LIST [--announce ADDRESS]...\n"
                        "                        --store FOLDER [--script FILE] [--blocks N] [--block BYTES]\n");
        return 2;
    }
    if (!read_script(&s_script, arguments.script) || !use_store(&arguments))
        return 2;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s_double.changed, &monotonic);
    s_double.script = &s_script;
    if (!(arguments.tcp ? use_tcp(&arguments) : use_serial()))
        return 1;
    signal(SIGTERM, end);
    signal(SIGINT, end);
    if (arguments.tcp)
        printf("%u\n", (unsigned)k230_wire_tcp_port(&s_tcp));
    else
        printf("%s\n", s_serial.name);
    fflush(stdout);
    if (pthread_create(&server, NULL, serve, &s_double) != 0)
        return 1;
    run_programs(&s_double);
    pthread_join(server, NULL);
    if (arguments.tcp) {
        k230_client_stop(&s_client);
        k230_launcher_exit(&s_launcher);
    }
    return 0;
}
