/* A register access of the mailbox block: 32 bits wide (K230_datasheet.md: APB 3.0, 32-bit). In a file of its own, so
 * that a test links a model of the block in its place. */
#include "k230_mailbox.h"

uint32_t k230_register_load(const volatile uint32_t *at) { return *at; }

void k230_register_store(volatile uint32_t *at, uint32_t value) { *at = value; }
