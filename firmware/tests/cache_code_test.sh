#!/bin/sh
# The cache maintenance of the hal for the K230, which no emulator carries out, in the code for riscv64:
# cache_code_test.sh OBJDUMP LIBRARY, where LIBRARY has k230_cache.c compiled with K230_CACHE_THEAD=1. By physical
# address (dcache.cpa, dcache.ipa of any register), with sync.is before every return; nothing by virtual address, and no
# sync.s. One line for each rule: "ok NAME" or "FAILED NAME: what".
set -eu
said=$("$1" -d "$2" | awk '
    /^[0-9a-f]+ <[^.].*>:$/ { name = substr($2, 2, length($2) - 3); next }
    # Words of major opcode 0x0b, told apart by their upper 12 bits: function and operation. Bits 15 to 19 are a register.
    $2 ~ /^[0-9a-f]+0b$/ && length($2) == 8 { found[name, substr($2, 1, 3)] = 1; kinds[name] = kinds[name] " " $2 }
    $3 == "ret" { returns[name]++; waits[name] += before == "01b0000b" }
    NF >= 2 { before = $2 }
    function only(name, step, count, i, words) {
        count = split(kinds[name], words, " ")
        for (i = 1; i <= count; i++)
            if (substr(words[i], 1, 3) != step && words[i] != "01b0000b")
                return 0
        return found[name, step]
    }
    function waited(name) { return returns[name] > 0 && waits[name] == returns[name] }
    function rule(name, holds, what) { print holds ? "ok " name : "FAILED " name ": " what }
    END {
        rule("CacheCode.CleansByPhysicalAddress", only("k230_cache_clean", "029"),
            "k230_cache_clean is not dcache.cpa and sync.is alone:" kinds["k230_cache_clean"])
        rule("CacheCode.InvalidatesByPhysicalAddress", only("k230_cache_invalidate", "02a"),
            "k230_cache_invalidate is not dcache.ipa and sync.is alone:" kinds["k230_cache_invalidate"])
        rule("CacheCode.WaitsForTheOtherCoresToo", waited("k230_cache_clean") && waited("k230_cache_invalidate"),
            "a return without sync.is in front of it")
    }')
echo "$said"
case $said in *FAILED*) exit 1 ;; esac
