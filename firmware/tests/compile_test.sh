#!/bin/sh
# compile_test.sh EXPECTED COMMAND...: what a compiler says of a configuration. EXPECTED is empty: it compiles without a
# word; "error: TEXT": it does not compile, and says TEXT; "warning: TEXT": it compiles, and says TEXT.
set -u
expected=$1
shift
said=$("$@" 2>&1)
status=$?
kind=${expected%%: *}
text=${expected#*: }
case $kind in
'') [ $status -eq 0 ] && [ -z "$said" ] ;;
error) [ $status -ne 0 ] && printf '%s\n' "$said" | grep -F 'error:' | grep -F -e "$text" >/dev/null ;;
warning) [ $status -eq 0 ] && printf '%s\n' "$said" | grep -F 'warning:' | grep -F -e "$text" >/dev/null ;;
*) false ;;
esac && exit 0
printf 'expected: %s\nexit code %s, and it said:\n%s\n' "${expected:-nothing}" "$status" "$said"
exit 1
