/* Names for the numbers of the protocol, for log lines and error texts. */
#include "k230_protocol.h"

#include <string.h>

const char *k230_error_name(int code)
{
    switch (code < 0 ? 0u - (unsigned)code : (unsigned)code) { /* INT_MIN cannot be negated */
#define X(name, number)                                                                                                \
    case K230_##name:                                                                                                  \
        return #name;
        K230_ERRORS(X)
        K230_RESOLVER_ERRORS(X)
#undef X
    default:
        return "error";
    }
}

const char *k230_fault_text(uint32_t fault)
{
    switch (fault) {
#define X(name, text)                                                                                                  \
    case K230_FAULT_##name:                                                                                            \
        return text;
        K230_FAULTS(X)
#undef X
    default:
        return "an unknown fault";
    }
}

static size_t append(char line[K230_FAULT_LINE], size_t at, const char *text)
{
    const size_t length = strlen(text);
    const size_t room = K230_FAULT_LINE - 1u - at;
    memcpy(line + at, text, length < room ? length : room);
    return at + (length < room ? length : room);
}

void k230_fault_line(char line[K230_FAULT_LINE], const char *other_core, uint32_t fault)
{
    size_t at = append(line, 0, "the session with the ");
    at = append(line, at, other_core);
    at = append(line, at, " ended: ");
    line[append(line, at, k230_fault_text(fault))] = 0;
}
