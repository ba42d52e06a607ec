/* What this board has: QEMU's machine "virt" (hw/riscv/virt.c), two harts, no operating system.
 *
 * Contexts: either hart; machine_say also from a trap.
 */
#ifndef VIRT_H
#define VIRT_H

#include "k230_hal_clint.h"

#define MACHINE_STACK_BYTES 16384u /* as in start.S */

/* One line, whole even if both harts write at once. */
void machine_say(const char *name, const char *line);

/* Ends the machine: QEMU's exit code. */
_Noreturn void machine_end(uint32_t code);

/* Bytes of the hart's stack that were ever used. */
uint32_t machine_stack_used(uint32_t hart);

/* This hart's end of the link, whose interrupts the trap handler serves. */
extern struct k230_hal_clint machine_hals[2];

/* By start.S. */
void machine_main(uint64_t hart);
void machine_trap(uint64_t hart, uint64_t cause, uint64_t address, uint64_t value);

/* big.c and small.c: what each hart runs; neither returns before the machine's end. */
void big_core(void);
void small_core(void);

#endif
