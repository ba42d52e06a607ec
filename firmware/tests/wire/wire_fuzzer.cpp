/* libFuzzer's way in: fuzz_test.sh compiles it with clang, where that has libFuzzer. */
#include "wire_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!FuzzWire(data, size))
        __builtin_trap();
    return 0;
}
