#ifndef K230_TESTS_NANOPAL_EVENTS_H
#define K230_TESTS_NANOPAL_EVENTS_H

#include <cstdint>

extern "C" void Events_Set(uint32_t events);
extern "C" void PostManagedEvent(uint8_t category, uint8_t subCategory, uint16_t data1, uint32_t data2);

#endif
