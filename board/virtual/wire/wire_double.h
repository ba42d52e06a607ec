/* k230-wire-double: a device for the tools of a PC without a CLR. The Wire Protocol's server and the deployment store
 * are the firmware's; behind them stands this: it answers as nanoCLR answers where deploying, discovery and output are
 * concerned, and runs a script in place of what was deployed.
 *
 * Threads: the serving thread calls the handler; main runs the programs. Both hold `lock` for whatever they do here.
 */
#ifndef WIRE_DOUBLE_H
#define WIRE_DOUBLE_H

#include "k230_store.h"
#include "k230_wire.h"

#include <pthread.h>

/* What the PC reads and sets by K230_WIRE_EXECUTION_CHANGE_CONDITIONS, as nanoCLR has it. */
#define CONDITION_RESOLUTION_FAILED 0x00000001u
#define CONDITION_RUNNING 0x00000400u
#define CONDITION_EXITED 0x00000800u
#define CONDITION_STATES (CONDITION_RESOLUTION_FAILED | CONDITION_RUNNING | CONDITION_EXITED)
#define CONDITION_QUIET 0x00010000u
#define CONDITION_REBOOT_PENDING 0x20000000u
#define CONDITION_ENABLED 0x40000000u /* a PC has shown itself */
#define CONDITION_STOPPED 0x80000000u /* nothing of the program runs */

/* Addresses of the protocol; no memory lies there. */
#define STORE_BASE 0xC0000000u
#define RAM_BASE 0x80000000u
#define RAM_BYTES 0x00800000u

/* ---- the script -------------------------------------------------------------------------------------------------- */

#define NAME_MAX_BYTES 128u /* with the terminating zero */
#define NATIVES_MAX 64u
#define ACTIONS_MAX 4096u

struct native {
    char name[NAME_MAX_BYTES];
    uint16_t version[4];
    uint32_t checksum;
};

enum action_kind {
    ACTION_PRINT, /* TEXT, as a line */
    ACTION_SLEEP, /* milliseconds */
    ACTION_EXIT,  /* Main returns */
    ACTION_THROW, /* an exception with the message TEXT, which nobody catches */
    ACTION_LOOP,  /* without an end; the PC is still answered */
    ACTION_HANG,  /* no answer any more */
    ACTION_CRASH, /* the process ends */
};

struct action {
    char on[NAME_MAX_BYTES]; /* an assembly that must be deployed */
    enum action_kind kind;
    uint32_t ms;
    char *text;
};

struct script {
    struct native natives[NATIVES_MAX];
    uint32_t native_count;
    struct action actions[ACTIONS_MAX];
    uint32_t action_count;
};

/* One line each; # begins a comment:
 *   native NAME VERSION CHECKSUM   natives of the firmware, "mscorlib 100.5.0.24 1549C856"; without any, those of
 * mscorlib on NAME print [TEXT] | sleep MS | exit | throw [TEXT] | loop | hang | crash The actions of all assemblies
 * that are deployed are done in the order of the script. False: it has said what is wrong. `path` NULL: an empty one.
 */
bool read_script(struct script *script, const char *path);

/* ---- assemblies -------------------------------------------------------------------------------------------------- */

#define ASSEMBLIES_MAX 64u

struct loaded {
    struct k230_assembly assembly;
    char name[NAME_MAX_BYTES];
};

/* Fills in the name. False: it has none. */
bool assembly_name(const struct k230_assembly *assembly, char name[NAME_MAX_BYTES]);
bool assembly_has_main(const struct k230_assembly *assembly);

/* ---- the double -------------------------------------------------------------------------------------------------- */

struct wire_double {
    const struct script *script;
    struct k230_wire_server server; /* has a lock of its own */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct k230_store store;
    uint32_t conditions; /* CONDITION_* */
    bool waits;          /* the reboot that is pending: the next program waits for the PC */
    bool hangs;
    bool ending;
    struct loaded assemblies[ASSEMBLIES_MAX];
    uint32_t assembly_count;
};

/* Answers a packet of the PC. With the lock. */
void answer(struct wire_double *d, const struct k230_wire_header *header, const uint8_t *payload);

/* Runs programs, one after each reboot, until `ending`. */
void run_programs(struct wire_double *d);

/* A line of the console: to stderr, and to the PC where it listens. With the lock. */
void print_line(struct wire_double *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
