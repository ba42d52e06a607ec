/* What the double wants to know of an assembly that the store has checked. Where things stand is
 * tools/Pack/PeFile.cs's. */
#define _GNU_SOURCE
#include "wire_double.h"

#include <string.h>

#define NAME 36
#define TABLES 40u
#define PADDING 108u

#define METHODS 6u
#define STRINGS 11u

#define METHOD_BYTES 16u
#define METHOD_FLAGS 4u
#define ENTRY_POINT 0x08000000u

/* Texts from here on are nanoCLR's own: tools/Pack/KnownStrings.cs. */
#define KNOWN_FIRST (0xFFFFu - 860u)

static const struct {
    uint16_t number;
    const char *text;
} s_known[] = {{0xFFFF - 447, "System"},
               {0xFFFF - 448, "System.Collections"},
               {0xFFFF - 459, "System.ComponentModel"},
               {0xFFFF - 460, "System.Diagnostics"},
               {0xFFFF - 461, "System.Globalization"},
               {0xFFFF - 463, "System.IO"},
               {0xFFFF - 464, "System.Reflection"},
               {0xFFFF - 465, "System.Resources"},
               {0xFFFF - 470, "System.Text"},
               {0xFFFF - 471, "System.Threading"},
               {0xFFFF - 813, "mscorlib"}};

static uint32_t get16(const uint8_t *at) { return (uint32_t)(at[0] | at[1] << 8); }

static uint32_t get32(const uint8_t *at) { return get16(at) | get16(at + 2) << 16; }

/* The bytes of a table, within the assembly. */
static bool table(const struct k230_assembly *assembly, uint32_t number, uint32_t *begin, uint32_t *end)
{
    *begin = get32(assembly->bytes + TABLES + (size_t)4 * number);
    *end = get32(assembly->bytes + TABLES + (size_t)4 * (number + 1));
    return *begin >= K230_ASSEMBLY_HEADER && *begin <= *end && *end <= assembly->length;
}

bool assembly_name(const struct k230_assembly *assembly, char name[NAME_MAX_BYTES])
{
    const uint32_t number = get16(assembly->bytes + NAME);
    uint32_t begin;
    uint32_t end;
    for (size_t i = 0; i < sizeof s_known / sizeof s_known[0]; i++)
        if (s_known[i].number == number) {
            strcpy(name, s_known[i].text);
            return true;
        }
    if (number >= KNOWN_FIRST || !table(assembly, STRINGS, &begin, &end) || number >= end - begin)
        return false;
    const char *text = (const char *)assembly->bytes + begin + number;
    const size_t length = strnlen(text, end - begin - number);
    if (length == 0 || length >= NAME_MAX_BYTES || length == end - begin - number)
        return false;
    memcpy(name, text, length + 1);
    return true;
}

bool assembly_has_main(const struct k230_assembly *assembly)
{
    uint32_t begin;
    uint32_t end;
    if (!table(assembly, METHODS, &begin, &end))
        return false;
    const uint32_t padding = assembly->bytes[PADDING + METHODS];
    for (uint32_t at = begin; at + METHOD_BYTES + padding <= end; at += METHOD_BYTES)
        if ((get32(assembly->bytes + at + METHOD_FLAGS) & ENTRY_POINT) != 0)
            return true;
    return false;
}
