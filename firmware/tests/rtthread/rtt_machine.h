/* The machine under the stand-in for RT-Thread's kernel, for tests of a board: what it maps, its interrupt lines, its
 * clock. Contexts: any thread; the interrupt is whichever thread calls rtt_machine_interrupt. */
#ifndef RTT_MACHINE_H
#define RTT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTT_SOURCES 208

enum rtt_mapping { RTT_UNMAPPED, RTT_DEVICE, RTT_UNCACHED, RTT_CACHED };

/* One mapping that the test lets the kernel make: what it gives, and what it was asked for. */
struct rtt_mapped {
    uintptr_t physical;
    void *gives; /* NULL: there is no room */
    enum rtt_mapping kind;
    size_t size;
    unsigned times;
};

struct rtt_machine {
    struct rtt_mapped maps[2]; /* asked for anything else, the kernel halts */
    bool refuses_interrupts;   /* as a kernel whose table is shorter than the number */
    uint32_t ticks_at_start;
    bool tick_is_held;
    uint32_t held_tick;
    /* what was done */
    unsigned installed; /* calls */
    int vector;
    bool unmasked;
    bool timer_runs;
};
extern struct rtt_machine rtt_machine;

/* The source is up: its handler is called if it may be. */
void rtt_machine_interrupt(int vector);

/* The clock of 32 bits goes on from here. */
void rtt_machine_tick_is(uint32_t tick);

/* The clock stands, or goes on from where it stood. */
void rtt_machine_hold_tick(bool held);

#ifdef __cplusplus
}
#endif
#endif
