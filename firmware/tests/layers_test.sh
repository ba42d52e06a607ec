#!/bin/sh
# Whether a layer calls only downwards: layers_test.sh WHAT ...
#   links LAYER BELOW...    all of LAYER links with what of BELOW it needs, and nothing stays undefined
#   refuses LAYER BELOW...  the same with a call to a function of a layer above: the link must fail, and name it
#   includes FOLDER BELOW...   the headers that FOLDER's files include are its own or lie in BELOW, and no header that other
#                              layers may include includes a private one
#   walks PAGE ROOT            each row of a table in PAGE that names a file and a function names one that is there
# A layer is an archive, or ARCHIVE:MEMBER where one archive has several. CC has the compiler, its options included.
set -eu

what=$1
layer=$2
shift 2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

file_of() { # ARCHIVE or ARCHIVE:MEMBER
    case $1 in
    *:*)
        (cd "$scratch" && ar x "${1%%:*}" "${1#*:}")
        echo "$scratch/${1#*:}"
        ;;
    *) echo "$1" ;;
    esac
}

link() { # OBJECT...: with the layer, and what stands below it
    all=$(file_of "$layer")
    # shellcheck disable=SC2046,SC2086 # CC has several words, and no path of a build has a blank
    $CC -shared -o "$scratch/linked.so" "$@" -Wl,--no-undefined \
        -Wl,--whole-archive "$all" -Wl,--no-whole-archive $below
}

case $what in
includes)
    for header in $(sed -n 's/^#include "\(.*\)".*/\1/p' "$layer"/*.[ch] | sort -u); do
        found=
        for folder in "$layer" "$@"; do
            [ ! -f "$folder/$header" ] || found=$folder
        done
        if [ -z "$found" ]; then
            echo "$layer includes $header, which lies neither there nor below it"
            exit 1
        fi
        case $header in
        *_private.h)
            if [ "$found" != "$layer" ]; then
                echo "$layer includes $header, which is private to $found"
                exit 1
            fi
            ;;
        esac
    done
    for header in "$layer"/*.h; do
        case $header in *_private.h) continue ;; esac
        if grep -n '^#include ".*_private[.]h"' "$header"; then
            echo "$header is public, and includes what is private"
            exit 1
        fi
    done
    exit 0
    ;;
esac

if [ "$what" = walks ]; then
    page=$layer
    sed -n 's/^| `\([^`]*\)` | `\([^`]*\)` |.*/\1 \2/p' "$page" >"$scratch/rows"
    if [ "$(wc -l <"$scratch/rows")" -lt 30 ]; then
        echo "$page has no walks"
        exit 1
    fi
    failed=0
    while read -r file function; do
        # The definition: in C it begins its line, in C# it is indented; a declaration ends in a semicolon.
        case $file in
        *.cs) begins='^ *[a-z].*' ;;
        *) begins='^[A-Za-z].*' ;;
        esac
        if ! grep -E "$begins[ *:]$function\(" "$1/$file" | grep -qvE ';$'; then
            echo "$page: there is no $function in $file"
            failed=1
        fi
    done <"$scratch/rows"
    exit $failed
fi

below=
for one in "$@"; do
    below="$below $(file_of "$one")"
done
case $what in
links)
    link
    ;;
refuses)
    printf 'int k230_nowhere_below(void);\nint k230_calls_up(void);\nint k230_calls_up(void) { return k230_nowhere_below(); }\n' \
        >"$scratch/up.c"
    # shellcheck disable=SC2086
    $CC -fPIC -c -o "$scratch/up.o" "$scratch/up.c"
    if link "$scratch/up.o" 2>"$scratch/said"; then
        echo "a call upwards was linked"
        exit 1
    fi
    grep -q 'undefined reference to .k230_nowhere_below' "$scratch/said" || {
        cat "$scratch/said"
        exit 1
    }
    ;;
*)
    echo "layers_test.sh: $what is nothing that it does" >&2
    exit 2
    ;;
esac
