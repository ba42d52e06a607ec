/* What the files of this layer share: packets' checks, and the text of log lines and announcements. */
#ifndef WIRE_PRIVATE_H
#define WIRE_PRIVATE_H

#include "k230_wire.h"

/* ---- packets ----------------------------------------------------------------------------------------------------- */

bool k230i_wire_header_holds(const struct k230_wire_header *header);

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* A line that grows; what does not fit is cut off. */
struct k230i_line {
    char text[120];
    uint32_t length;
};

void k230i_put(struct k230i_line *line, const char *text);
void k230i_put_number(struct k230i_line *line, uint32_t number);

#endif
