/* The hal on a RISC-V machine without an operating system, one hart per core: the doorbell is the software interrupt of
 * the other hart, the clock is mtime, both in a CLINT (SiFive, "Interrupt Cookbook", 4; the RISC-V ACLINT specification
 * keeps its registers). Memory is coherent.
 *
 * Promises: a core that waits sleeps with wfi, and no doorbell is lost between its last look and its sleep: interrupts
 * are masked for both, and a pending one ends wfi all the same.
 *
 * Contexts: machine mode; one thread per hart, hence no lock. k230_hal_clint_interrupt from the hart's trap handler.
 */
#ifndef K230_HAL_CLINT_H
#define K230_HAL_CLINT_H

#include "k230_hal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_HAL_CLINT_LAPSE_MS 200u

struct k230_hal_clint_board {
    uintptr_t clint;       /* its base address */
    uint32_t ticks_per_ms; /* of mtime */
    void *region;
    uint64_t length;
    void (*log)(const char *name, const char *line);
};

struct k230_hal_clint {
    struct k230_hal hal; /* first: the hal's operations receive it */
    const struct k230_hal_clint_board *board;
    const char *name; /* in front of log lines */
    uint32_t hart;
    uint32_t other;
    uint32_t doorbell;
    uint32_t lapses; /* waits that no doorbell ended and as long as a watchdog's: a lost one shows as such */
    uint32_t ids;
};

/* Enables the hart's software and timer interrupts. */
void k230_hal_clint_init(struct k230_hal_clint *clint, const struct k230_hal_clint_board *board, const char *name,
                         uint32_t hart, uint32_t other);

/* Serves the interrupt of this number (mcause without its top bit); false if it is not the hal's. */
bool k230_hal_clint_interrupt(struct k230_hal_clint *clint, uint64_t number);

#ifdef __cplusplus
}
#endif
#endif
