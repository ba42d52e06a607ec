#!/bin/sh
# device_tree_test.sh DTC CC ROOT: the fragment for the small core's Linux, and the example in its last comment, compile
# without a word, and say the numbers of firmware/hal/k230/k230_config.h.
set -eu
dtc=$1 cc=$2 root=$3
fragment=$root/board/K230/linux/k230-link.dtsi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "$*"
    exit 1
}

{
    cat "$root/firmware/tests/device_tree/board.dts"
    sed -n '/^ \* \/ {/,/^ \* };/s/^ \*[ ]*//p' "$fragment"
} >"$folder/board.dts"
grep 'no-map' "$folder/board.dts" >/dev/null || fail "the fragment's example was not found"
"$dtc" -I dts -O dtb -i "$root/board/K230/linux" -o "$folder/board.dtb" "$folder/board.dts" >"$folder/said" 2>&1 ||
    fail "dtc: $(cat "$folder/said")"
[ ! -s "$folder/said" ] || fail "dtc warns: $(cat "$folder/said")"

number() { # NAME of k230_config.h, in hexadecimal
    value=$(printf '#include "k230_config.h"\n%s\n' "$1" | "$cc" -E -P -I"$root/firmware/hal/k230" - | tail -n 1)
    printf '0x%x' "$(($(echo "$value" | sed 's/\([0-9a-fA-F]\)u/\1/g')))"
}

says() { # NODE PROPERTY NUMBERS...: fdtget has them in hexadecimal, without 0x
    node=$1 property=$2
    shift 2
    expected=$(echo "$*" | sed 's/0x//g')
    found=$("$(dirname "$dtc")/fdtget" -t x "$folder/board.dtb" "$node" "$property")
    [ "$found" = "$expected" ] || fail "$node $property: $found, expected $expected"
}

base=$(number K230_REGION_BASE)
length=$(number K230_REGION_LENGTH)
says /soc/k230-link@91104000 reg 0 "$(number K230_MAILBOX_BASE)" 0 "$(number K230_MAILBOX_LENGTH)" 0 "$base" 0 "$length"
says /soc/k230-link@91104000 interrupts "$(number K230_MAILBOX_IRQ)"
says "/reserved-memory/k230-link@${base#0x}" reg 0 "$base" 0 "$length"
