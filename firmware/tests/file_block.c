/* The registers of a mailbox block that lies in a file, for every process that maps it: a store to SET or CLEAR acts on
 * STATUS before it returns, as on the chip. Linked in place of k230_register.c. */
#include "k230_mailbox.h"

#define PAGE 4096u /* the block begins at one, as the file does */
#define DIRECTION_WORDS 5u
#define COUNT_FULL 3u

enum { EN, SET, CLEAR, STATUS };

uint32_t k230_register_load(const volatile uint32_t *at) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); }

static void act(volatile uint32_t *status, uint32_t line, bool ring)
{
    const uint32_t one = 1u << 2u * line;
    uint32_t seen = __atomic_load_n(status, __ATOMIC_SEQ_CST);
    for (;;) {
        const uint32_t count = seen >> 2u * line & COUNT_FULL;
        if (count == (ring ? COUNT_FULL : 0))
            return;
        if (__atomic_compare_exchange_n(status, &seen, ring ? seen + one : seen - one, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return;
    }
}

void k230_register_store(volatile uint32_t *at, uint32_t value)
{
    const unsigned word = (unsigned)((uintptr_t)at % PAGE / sizeof *at) % DIRECTION_WORDS;
    if (word == SET || word == CLEAR)
        act(at - word + STATUS, value, word == SET);
    else
        __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
}
