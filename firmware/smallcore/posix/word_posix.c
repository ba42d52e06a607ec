/* In a file of its own, so that a test counts the accesses in its place. */
#include "k230_uncached_posix.h"

uint64_t k230_word_load(const volatile uint64_t *at) { return *at; }

void k230_word_store(volatile uint64_t *at, uint64_t value) { *at = value; }

void k230_byte_store(volatile uint8_t *at, uint8_t value) { *at = value; }
