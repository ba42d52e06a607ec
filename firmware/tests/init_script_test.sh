#!/bin/sh
# The init script of the small core's Linux, on a file in place of /dev/mem: init_script_test.sh SCRIPT AGENT
set -eu
folder=$(mktemp -d)
script=$folder/S95k230-agent
cleanup() {
    sh "$script" stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
fail() {
    echo "FAILED: $1" >&2
    cat "$folder"/log* >&2 || true
    exit 1
}
# How often the agent has come up.
starts() { cat "$folder"/log* 2>/dev/null | grep -c "sockets with rings" || true; }
eventually() {
    tries=100
    until eval "$1"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "$2"
        sleep 0.1
    done
}

truncate -s 5M "$folder/memory"
echo "OPTIONS='--lock $folder/lock --memory $folder/memory --mailbox 0 --region 0x1000,0x400000'" >"$folder/default"
sed -e "s#^AGENT=.*#AGENT=$2#" -e "s#^PID=.*#PID=$folder/pid#" -e "s#^LOG=.*#LOG=$folder/log#" \
    -e "s#/etc/default/k230-agent#$folder/default#g" "$1" >"$script"

sh "$script" status && fail "it runs before it was started"
sh "$script" start
eventually '[ "$(starts)" = 1 ]' "it does not start"
sh "$script" status || fail "it runs, and says that it does not"
sh "$script" start # once more: no second one
sleep 0.3
[ "$(starts)" = 1 ] || fail "two agents were started"
child=$(cat /proc/"$(cat "$folder/pid")"/task/*/children)
kill -9 $child
eventually '[ "$(starts)" = 2 ]' "it does not come again after it was killed"
sh "$script" stop
grep -q "k230-agent: stopped" "$folder/log" || fail "it was not stopped in order"
sh "$script" status && fail "it runs after it was stopped"
echo "passed"
