#include "k230_uncached_posix.h"

#include <string.h>

#define WORD sizeof(uint64_t)

void k230_uncached_read(void *to, const void *from, size_t length)
{
    size_t skip = (uintptr_t)from % WORD;
    const volatile uint64_t *word = (const volatile uint64_t *)((uintptr_t)from - skip);
    uint8_t *out = to;
    while (length != 0) {
        const uint64_t bytes = k230_word_load(word++);
        const size_t wanted = length < WORD - skip ? length : WORD - skip;
        memcpy(out, (const uint8_t *)&bytes + skip, wanted);
        out += wanted;
        length -= wanted;
        skip = 0;
    }
}

static const uint8_t *write_bytes(volatile uint8_t *to, const uint8_t *from, size_t length)
{
    for (size_t i = 0; i < length; i++)
        k230_byte_store(to + i, from[i]);
    return from + length;
}

void k230_uncached_write(void *to, const void *from, size_t length)
{
    size_t ahead = (WORD - (uintptr_t)to % WORD) % WORD;
    if (ahead > length)
        ahead = length;
    const uint8_t *in = write_bytes(to, from, ahead);
    volatile uint64_t *word = (volatile uint64_t *)((uintptr_t)to + ahead);
    for (length -= ahead; length >= WORD; length -= WORD) {
        uint64_t bytes;
        memcpy(&bytes, in, WORD);
        k230_word_store(word++, bytes);
        in += WORD;
    }
    write_bytes((volatile uint8_t *)word, in, length);
}
