#ifndef K230_TESTS_NANOPAL_EVENTS_H
#define K230_TESTS_NANOPAL_EVENTS_H

#include <cstdint>

extern "C" void Events_Set(uint32_t events);

#endif
