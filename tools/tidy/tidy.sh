#!/usr/bin/env bash
# clang-tidy over the C files of firmware/ that a build has compiled, its tests apart: tidy.sh CLANG-TIDY BUILD
# BUILD has compile_commands.json; .clang-tidy says which checks.
# Exit code: 77 without clang-tidy, 0 if it finds nothing.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ ! -x $1 ]]; then
    echo "tidy: clang-tidy 14 is missing (Debian: clang-tidy-14); other releases have other checks" >&2
    exit 77
fi
mapfile -t files < <(grep -oE "\"file\": \"$root/firmware/[^\"]*\.c\"" "$2/compile_commands.json" |
    cut -d '"' -f 4 | grep -v '/firmware/tests/' | sort -u)
[[ ${#files[@]} -gt 0 ]] || { echo "tidy: $2/compile_commands.json names no file of firmware/" >&2; exit 1; }
printf '%s\0' "${files[@]}" | xargs -0 -n 8 -P "$(nproc)" "$1" -p "$2" --quiet
echo "clean: ${#files[@]} files"
