/* The life of the CLR that is not there: load what the store holds, run the script, wait for the PC, start again. */
#define _GNU_SOURCE
#include "wire_double.h"

#include "k230_hal_posix.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CRASHED 70 /* the exit code */

static bool is(const struct wire_double *d, uint32_t condition) { return (d->conditions & condition) != 0; }

static void set_state(struct wire_double *d, uint32_t state)
{
    d->conditions = (d->conditions & ~CONDITION_STATES) | state;
}

void print_line(struct wire_double *d, const char *format, ...)
{
    char line[K230_WIRE_PAYLOAD_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line - 2, format, arguments);
    va_end(arguments);
    k230_posix_say("%s\n", line);
    if (!is(d, CONDITION_ENABLED) || is(d, CONDITION_QUIET) || is(d, CONDITION_REBOOT_PENDING))
        return;
    const size_t length = strlen(line);
    memcpy(line + length, "\r\n", 2);
    k230_wire_request(&d->server, K230_WIRE_MESSAGE, K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING, line,
                      (uint32_t)length + 2);
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

static bool refuse(struct wire_double *d, const char *name, const char *what)
{
    print_line(d, "nanoclr: %s: %s", name, what);
    return false;
}

static bool has_its_natives(struct wire_double *d, const struct loaded *loaded)
{
    const struct native *native = NULL;
    char what[160];
    for (uint32_t i = 0; i < d->script->native_count; i++)
        if (strcmp(d->script->natives[i].name, loaded->name) == 0)
            native = &d->script->natives[i];
    if (!native && loaded->assembly.natives == 0)
        return true;
    if (native && native->checksum == loaded->assembly.natives)
        return true;
    if (native)
        snprintf(what, sizeof what, "was built for natives 0x%08X, this firmware has 0x%08X",
                 (unsigned)loaded->assembly.natives, (unsigned)native->checksum);
    else
        snprintf(what, sizeof what, "needs natives 0x%08X, and this firmware has none of that name",
                 (unsigned)loaded->assembly.natives);
    return refuse(d, loaded->name, what);
}

static bool load(struct wire_double *d)
{
    bool has_main = false;
    uint32_t at = 0;
    int found;
    d->assembly_count = 0;
    while (d->assembly_count < ASSEMBLIES_MAX) {
        struct loaded *loaded = &d->assemblies[d->assembly_count];
        char text[200];
        found = k230_store_next(&d->store, &at, &loaded->assembly);
        if (found == 0)
            break;
        if (found < 0)
            return refuse(d, "the store", k230_store_describe(&d->store, found, text, sizeof text));
        if (!assembly_name(&loaded->assembly, loaded->name))
            return refuse(d, "an assembly in the store", "has no name");
        if (!has_its_natives(d, loaded))
            return false;
        has_main = has_main || assembly_has_main(&loaded->assembly);
        d->assembly_count++;
    }
    if (d->assembly_count == 0) {
        print_line(d, "nanoclr: no program is deployed; waiting for a PC");
        return false;
    }
    return has_main || refuse(d, "the deployed program", "none of its assemblies has a Main");
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static bool is_over(const struct wire_double *d) { return d->ending || is(d, CONDITION_REBOOT_PENDING); }

static void pause_while_stopped(struct wire_double *d)
{
    while (is(d, CONDITION_STOPPED) && !is_over(d))
        pthread_cond_wait(&d->changed, &d->lock);
}

/* False: the program is over meanwhile. The time goes on while it is stopped, as nanoCLR's does. */
static bool sleep_ms(struct wire_double *d, uint32_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!is_over(d) && pthread_cond_timedwait(&d->changed, &d->lock, &until) == 0)
        ;
    return !is_over(d);
}

static bool is_deployed(const struct wire_double *d, const char *name)
{
    for (uint32_t i = 0; i < d->assembly_count; i++)
        if (strcmp(d->assemblies[i].name, name) == 0)
            return true;
    return false;
}

/* False: the program has ended. */
static bool act(struct wire_double *d, const struct action *action)
{
    switch (action->kind) {
    case ACTION_PRINT:
        print_line(d, "%s", action->text);
        return true;
    case ACTION_SLEEP:
        return sleep_ms(d, action->ms);
    case ACTION_THROW:
        print_line(d, "    ++++ Exception System.Exception - CLR_E_FAIL (1) ++++");
        print_line(d, "    ++++ Message: %s", action->text);
        print_line(d, " Uncaught exception ");
        return false;
    case ACTION_HANG:
        d->hangs = true;
        while (!d->ending)
            sleep_ms(d, 60000);
        return false;
    case ACTION_LOOP:
        while (sleep_ms(d, 60000))
            ;
        return false;
    case ACTION_CRASH:
        k230_posix_say("the script crashes\n");
        _exit(CRASHED);
    default:
        return false;
    }
}

static void run(struct wire_double *d)
{
    bool goes_on = true;
    print_line(d, "Ready.");
    pause_while_stopped(d);
    set_state(d, CONDITION_RUNNING);
    for (uint32_t i = 0; i < d->script->action_count && goes_on && !is_over(d); i++) {
        const struct action *action = &d->script->actions[i];
        pause_while_stopped(d);
        if (!is_over(d) && is_deployed(d, action->on))
            goes_on = act(d, action);
    }
    if (!is_over(d))
        print_line(d, "Done.");
}

static void start(struct wire_double *d)
{
    d->conditions = (k230_wire_connected(&d->server) ? CONDITION_ENABLED : 0u) | (d->waits ? CONDITION_STOPPED : 0u);
    d->waits = false;
    k230_wire_request(&d->server, K230_WIRE_PING, K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING,
                      (const uint8_t[8]){0, 0, 1, 0}, 8);
}

static void keep(struct wire_double *d)
{
    char text[200];
    if (!k230_store_is_whole(&d->store)) {
        k230_posix_say("what was deployed is no whole program: the former one is kept (%s)\n",
                       k230_store_describe(&d->store, k230_store_revert(&d->store), text, sizeof text));
        return;
    }
    const int status = k230_store_commit(&d->store);
    if (status < 0)
        k230_posix_say("what was deployed cannot be kept: %s\n",
                       k230_store_describe(&d->store, status, text, sizeof text));
}

void run_programs(struct wire_double *d)
{
    pthread_mutex_lock(&d->lock);
    while (!d->ending) {
        start(d);
        if (load(d))
            run(d);
        if (!is_over(d)) {
            set_state(d, CONDITION_EXITED);
            k230_wire_request(&d->server, K230_WIRE_PROGRAM_EXIT, K230_WIRE_NON_CRITICAL, NULL, 0);
        }
        while (!is_over(d))
            pthread_cond_wait(&d->changed, &d->lock);
        if (is(d, CONDITION_REBOOT_PENDING))
            keep(d);
    }
    pthread_mutex_unlock(&d->lock);
}
