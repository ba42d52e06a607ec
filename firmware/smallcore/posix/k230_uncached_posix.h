/* Copies between ordinary memory and a mapping that this core does not cache.
 *
 * An access to such memory costs about as much for one byte as for eight (reading: some 1 us on the K230), and Linux
 * maps the region strongly ordered, where one that is not aligned is a fault. The kernel's own copies go by bytes
 * unless both addresses agree in their low three bits.
 *
 * Promises: on the mapping's side every access is of 8 aligned bytes; only the first and last bytes of a write that is
 * not aligned, at most 7 each, are stored one by one. A read may also load the rest of the words that its ends lie in.
 *
 * Contexts: any thread.
 */
#ifndef K230_UNCACHED_POSIX_H
#define K230_UNCACHED_POSIX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void k230_uncached_read(void *to, const void *from, size_t length);
void k230_uncached_write(void *to, const void *from, size_t length);

/* word_posix.c, which a test replaces: one access each. */
uint64_t k230_word_load(const volatile uint64_t *at);
void k230_word_store(volatile uint64_t *at, uint64_t value);
void k230_byte_store(volatile uint8_t *at, uint8_t value);

#ifdef __cplusplus
}
#endif
#endif
