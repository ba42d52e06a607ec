#!/bin/sh
# The receiver under libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: fuzz_test.sh CLANG FIRMWARE RUNS
# CLANG is a clang++; without libFuzzer the exit code is 77. A longer run: the same with more RUNS.
set -eu

clang=$1
firmware=$2
runs=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }' >probe.cpp
if ! "$clang" -fsanitize=fuzzer,address -o probe probe.cpp 2>/dev/null; then
    echo "$clang has no libFuzzer (Debian: libclang-rt-dev, or clang with its runtime)"
    exit 77
fi
options="-O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
    -I$firmware/wire -I$firmware/hal -I$firmware/protocol -I$firmware/tests/wire"
# shellcheck disable=SC2086 # words
"$clang" -x c -std=c11 $options -c "$firmware/wire/packet.c" "$firmware/wire/receiver.c"
# shellcheck disable=SC2086
"$clang" -std=c++17 $options -o fuzzer "$firmware/tests/wire/wire_fuzzer.cpp" packet.o receiver.o -lgtest -lpthread
./fuzzer -runs="$runs" -seed=1 -max_len=600 -verbosity=0 2>said || {
    cat said
    exit 1
}
echo "$runs runs"
