// A store of few small blocks, and programs for it.
#ifndef K230_STORE_BOARD_H
#define K230_STORE_BOARD_H

#include "k230_crc.h"
#include "medium_double.h"

#include <string>

namespace k230_test
{

const uint32_t BLOCKS = 4;
const uint32_t BLOCK = 64;
const uint32_t ROOM = BLOCKS * BLOCK;

struct Board {
    explicit Board(k230_medium *medium = nullptr, uint32_t blocks = BLOCKS, uint32_t block_bytes = BLOCK)
        : image(blocks * block_bytes + 1)
    {
        image[blocks * block_bytes] = 0xA5; // behind the end
        k230_store_init(&store, image.data(), blocks, block_bytes, medium);
    }

    Bytes contents() const { return Bytes(image.begin(), image.end() - 1); }

    // As a PC deploys: erase all, then write.
    void deploy(const Bytes &program)
    {
        k230_store_erase(&store, 0, k230_store_bytes(&store));
        k230_store_write(&store, 0, program.data(), static_cast<uint32_t>(program.size()));
    }

    std::string describe(int status) const
    {
        char text[200];
        return k230_store_describe(&store, status, text, sizeof text);
    }

    Bytes image;
    k230_store store{};
};

// Bytes that look different for each seed; none is 0xFF, so that the length counts.
inline Bytes program(size_t length, uint32_t seed)
{
    Bytes bytes(length);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = static_cast<uint8_t>((seed >> 24) % 255);
    }
    return bytes;
}

// As the image has it.
inline Bytes filled(Bytes bytes, size_t room = ROOM)
{
    bytes.resize(room, 0xFF);
    return bytes;
}

inline void put32(Bytes &bytes, size_t at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[at + i] = static_cast<uint8_t>(value >> 8 * i);
}

// An assembly of format NFMRK1 whose tables are `tables` bytes of something, with CRCs that fit.
inline Bytes assembly(size_t tables, uint32_t natives = 0, uint8_t major = 1)
{
    Bytes bytes(K230_ASSEMBLY_HEADER);
    memcpy(bytes.data(), "NFMRK1\0", 8);
    put32(bytes, 20, natives);
    bytes[28] = major;
    put32(bytes, 100, static_cast<uint32_t>(K230_ASSEMBLY_HEADER + tables));
    const Bytes rest = program(tables, natives + major);
    put32(bytes, 12, k230_crc(0, rest.data(), rest.size()));
    put32(bytes, 8, k230_crc(0, bytes.data(), bytes.size()));
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
}

} // namespace k230_test

#endif
