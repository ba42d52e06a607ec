/* Names for the numbers of the protocol, for log lines and error texts. */
#include "k230_protocol.h"

const char *k230_error_name(int code)
{
    switch (code < 0 ? -code : code) {
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
