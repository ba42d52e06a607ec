/* Packets as bytes: what makes them whole, and how to see that they are. */
#include "k230_crc.h"
#include "wire_private.h"

#include <string.h>

static uint32_t crc_of(const struct k230_wire_header *header)
{
    struct k230_wire_header without = *header;
    without.crc = 0;
    return k230_crc(0, &without, sizeof without);
}

void k230_wire_seal(struct k230_wire_header *header, const void *payload)
{
    memcpy(header->marker, K230_WIRE_MARKER, sizeof header->marker);
    header->payload_crc = k230_crc(0, payload, header->size);
    header->crc = crc_of(header);
}

bool k230i_wire_header_holds(const struct k230_wire_header *header)
{
    return header->crc == crc_of(header) && header->size <= K230_WIRE_PAYLOAD_MAX;
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

void k230i_put(struct k230i_line *line, const char *text)
{
    while (*text != '\0' && line->length + 1u < sizeof line->text)
        line->text[line->length++] = *text++;
    line->text[line->length] = '\0';
}

void k230i_put_number(struct k230i_line *line, uint32_t number)
{
    char digits[11];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10u);
    while ((number /= 10u) != 0);
    k230i_put(line, at);
}
