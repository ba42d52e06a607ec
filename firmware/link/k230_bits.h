/* A bitmap of sockets that changed, without a word that both cores write.
 *
 * The writer toggles a bit in its own words; the taker answers by making its own words equal. A bit is up where the
 * two differ. Promises: after a put the taker sees the bit at a later take, however often it was put before, and
 * then sees what the writer had written before the put.
 *
 * Contexts: one writer thread and one taker thread at a time.
 */
#ifndef K230_BITS_H
#define K230_BITS_H

#include "k230_shared.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k230_bits {
    struct k230_hal *hal;
    uint32_t *mine;
    uint32_t *theirs;
    uint32_t words;
    uint32_t own[K230_BITMAP_WORDS];
};

/* For `slots` sockets. Both ends store zeros into their own words. */
void k230_bits_open(struct k230_bits *bits, struct k230_hal *hal, uint32_t slots, uint32_t *mine, uint32_t *theirs);

/* Writer: puts `slot` up. False if it was up already, so that the taker has not yet looked. */
bool k230_bits_put(struct k230_bits *bits, uint32_t slot);

/* Taker: takes word `word`; a set bit is a socket to look at now. */
uint32_t k230_bits_take(struct k230_bits *bits, uint32_t word);

/* Taker: true when a bit is up. */
bool k230_bits_any(struct k230_bits *bits);

#ifdef __cplusplus
}
#endif
#endif
