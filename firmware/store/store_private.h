/* For the files of the store. */
#ifndef K230_STORE_PRIVATE_H
#define K230_STORE_PRIVATE_H

#include "k230_crc.h"
#include "k230_store.h"

/* The image as an empty store has it. */
void k230i_store_clear(struct k230_store *store);

/* -EMSGSIZE; k230_store_describe says it. */
int k230i_store_refuse(struct k230_store *store, uint32_t offset, uint32_t length);

static inline uint32_t k230i_get16(const uint8_t *at) { return (uint32_t)(at[0] | at[1] << 8); }

static inline uint32_t k230i_get32(const uint8_t *at) { return k230i_get16(at) | k230i_get16(at + 2) << 16; }

static inline void k230i_put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

#endif
