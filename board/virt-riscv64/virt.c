#include "virt.h"

#include "k230_selfcheck.h"

#include <string.h>

#define UART 0x10000000u     /* a 16550: register 0 sends, bit 5 of register 5 says that it may */
#define CLINT 0x02000000u    /* software interrupts and mtime */
#define FINISHER 0x00100000u /* SiFive's test device: the word that is written ends the machine */
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u /* and the exit code in the upper half */
#define TICKS_PER_MS 10000u   /* the time base is 10 MHz */
#define INTERRUPT (1ull << 63)
#define PAINT 0x5AA55AA55AA55AA5u

#define REGION_BYTES (1024u * 1024u)

extern uint64_t machine_stacks[2][MACHINE_STACK_BYTES / sizeof(uint64_t)];

static uint8_t s_region[REGION_BYTES] __attribute__((section(".region"), aligned(4096)));

static const struct k230_hal_clint_board s_board = {
    .clint = CLINT, .ticks_per_ms = TICKS_PER_MS, .region = s_region, .length = REGION_BYTES, .log = machine_say};

struct k230_hal_clint machine_hals[2];

static uint32_t s_saying;

static void put(const char *text)
{
    volatile uint8_t *uart = (volatile uint8_t *)(uintptr_t)UART;
    for (; *text != 0; text++) {
        while (!(uart[5] & 0x20u))
            ;
        uart[0] = (uint8_t)*text;
    }
}

void machine_say(const char *name, const char *line)
{
    /* A trap may interrupt its own hart in here; it then ends the machine, so it need not wait for ever. */
    for (uint32_t tries = 0; __atomic_exchange_n(&s_saying, 1u, __ATOMIC_ACQUIRE) != 0 && tries < 10000000u; tries++)
        ;
    if (name) {
        put(name);
        put(": ");
    }
    put(line);
    put("\n");
    __atomic_store_n(&s_saying, 0u, __ATOMIC_RELEASE);
}

_Noreturn void machine_end(uint32_t code)
{
    *(volatile uint32_t *)(uintptr_t)FINISHER = code == 0 ? FINISHER_PASS : code << 16 | FINISHER_FAIL;
    for (;;)
        ;
}

uint32_t machine_stack_used(uint32_t hart)
{
    uint32_t at = 0;
    while (at < MACHINE_STACK_BYTES / sizeof(uint64_t) && machine_stacks[hart][at] == PAINT)
        at++;
    return MACHINE_STACK_BYTES - at * (uint32_t)sizeof(uint64_t);
}

void machine_trap(uint64_t hart, uint64_t cause, uint64_t address, uint64_t value)
{
    if (cause & INTERRUPT && k230_hal_clint_interrupt(&machine_hals[hart], cause & ~INTERRUPT))
        return;
    char line[128] = "FAILED TwoHarts.no_trap_but_interrupts: hart ";
    k230_selfcheck_number(line, sizeof line, (int64_t)hart);
    k230_selfcheck_text(line, sizeof line, ", cause ");
    k230_selfcheck_number(line, sizeof line, (int64_t)(cause & ~INTERRUPT));
    k230_selfcheck_text(line, sizeof line, " at ");
    k230_selfcheck_number(line, sizeof line, (int64_t)address);
    k230_selfcheck_text(line, sizeof line, ", value ");
    k230_selfcheck_number(line, sizeof line, (int64_t)value);
    machine_say(NULL, line);
    machine_end(3);
}

void machine_main(uint64_t hart)
{
    k230_hal_clint_init(&machine_hals[hart], &s_board, hart == 0 ? "big core" : "small core", (uint32_t)hart,
                        (uint32_t)(1u - hart));
    if (hart == 0)
        big_core();
    else
        small_core();
}
