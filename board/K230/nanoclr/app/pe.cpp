#include "pe.h"

#include <string.h>

namespace k230
{

namespace
{

// Where things stand in an assembly; all numbers are little-endian.
const size_t HEADER = 124;
const size_t NATIVES = 20;
const size_t VERSION = 28;  // four of 16 bits
const size_t NAME = 36;     // where it begins in the table of texts, 16 bits
const size_t TABLES = 40;   // where each table begins, 32 bits
const size_t PADDING = 108; // how many of a table's bytes, before the next one, are none of its own
const size_t METHODS = 6;   // the table's number
const size_t TEXTS = 11;
const size_t METHOD = 16; // bytes of a record; its flags are at 4
const uint32_t ENTRY_POINT = 0x08000000;
const unsigned KNOWN_TEXTS = 0xFFFF - 860; // from this number on a text is nanoCLR's

uint32_t Word(const std::vector<uint8_t> &bytes, size_t at)
{
    return static_cast<uint32_t>(bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) |
           static_cast<uint32_t>(bytes[at + 3]) << 24;
}

unsigned Half(const std::vector<uint8_t> &bytes, size_t at)
{
    return bytes[at] | static_cast<unsigned>(bytes[at + 1]) << 8;
}

} // namespace

bool IsAssembly(const std::vector<uint8_t> &bytes)
{
    return bytes.size() >= HEADER && memcmp(bytes.data(), "NFMRK1\0", 8) == 0;
}

std::string AssemblyName(const std::vector<uint8_t> &bytes)
{
    const unsigned place = Half(bytes, NAME);
    const size_t start = Word(bytes, TABLES + 4 * TEXTS);
    const size_t next = Word(bytes, TABLES + 4 * (TEXTS + 1));
    std::string name;

    if (place >= KNOWN_TEXTS || next > bytes.size()) {
        return "";
    }
    for (size_t at = start + place; at < next && bytes[at] != 0; at++) {
        name += static_cast<char>(bytes[at]);
    }

    return name;
}

std::string Version(const std::vector<uint8_t> &bytes)
{
    std::string version = std::to_string(Half(bytes, VERSION));

    for (size_t i = 1; i < 4; i++) {
        version += "." + std::to_string(Half(bytes, VERSION + 2 * i));
    }

    return version;
}

uint32_t Natives(const std::vector<uint8_t> &bytes) { return Word(bytes, NATIVES); }

// The header names no entry point: it is a method's flag.
bool HasMain(const std::vector<uint8_t> &bytes)
{
    const size_t start = Word(bytes, TABLES + 4 * METHODS);
    const size_t next = Word(bytes, TABLES + 4 * (METHODS + 1));

    if (start < HEADER || next < start || next > bytes.size()) {
        return false;
    }

    const size_t padding = bytes[PADDING + METHODS];

    for (size_t at = start; at + METHOD + padding <= next; at += METHOD) {
        if ((Word(bytes, at + 4) & ENTRY_POINT) != 0) {
            return true;
        }
    }

    return false;
}

} // namespace k230
