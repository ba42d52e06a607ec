#include "k230_bits.h"

void k230_bits_open(struct k230_bits *bits, struct k230_hal *hal, uint32_t slots, uint32_t *mine, uint32_t *theirs)
{
    *bits = (struct k230_bits){.hal = hal, .mine = mine, .theirs = theirs, .words = (slots + 31u) / 32u};
    for (uint32_t i = 0; i < K230_BITMAP_WORDS; i++)
        k230_shared_store(hal, &mine[i], 0);
}

bool k230_bits_put(struct k230_bits *bits, uint32_t slot)
{
    const uint32_t word = slot / 32u;
    const uint32_t bit = 1u << slot % 32u;
    /* Pairs with the fence in k230_bits_take: either we see that the taker has answered and put anew, or the taker,
     * which answers before it looks, sees what we wrote. */
    k230_shared_fence();
    if ((bits->own[word] ^ k230_shared_load(bits->hal, &bits->theirs[word])) & bit)
        return false;
    bits->own[word] ^= bit;
    k230_shared_store(bits->hal, &bits->mine[word], bits->own[word]);
    return true;
}

uint32_t k230_bits_take(struct k230_bits *bits, uint32_t word)
{
    const uint32_t theirs = k230_shared_load(bits->hal, &bits->theirs[word]);
    const uint32_t up = theirs ^ bits->own[word];
    if (up != 0) {
        bits->own[word] = theirs;
        k230_shared_store(bits->hal, &bits->mine[word], theirs);
        k230_shared_fence(); /* pairs with the fence in k230_bits_put */
    }
    return up;
}

bool k230_bits_any(struct k230_bits *bits)
{
    for (uint32_t i = 0; i < bits->words; i++)
        if (k230_shared_load(bits->hal, &bits->theirs[i]) != bits->own[i])
            return true;
    return false;
}
