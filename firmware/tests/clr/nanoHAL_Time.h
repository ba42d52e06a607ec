#ifndef K230_TESTS_NANOHAL_TIME_H
#define K230_TESTS_NANOHAL_TIME_H

#include <cstdint>

#define TIME_CONVERSION__TO_MILLISECONDS 10000

extern "C" uint64_t HAL_Time_CurrentTime();

#endif
