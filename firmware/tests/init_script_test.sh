#!/bin/sh
# The init script of the small core's Linux, on a file in place of /dev/mem: init_script_test.sh SCRIPT AGENT
set -eu
folder=$(mktemp -d)
script=$folder/S95k230-agent
foreign=
cleanup() {
    options "$fine"
    sh "$script" stop >/dev/null 2>&1 || true
    left=$(holder) && kill "$left"
    [ -z "$foreign" ] || kill "$foreign" 2>/dev/null || true
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
# Also one that nobody has waited for yet.
gone() { [ -z "$(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline")" ]; }
eventually() {
    tries=100
    until eval "$1"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || fail "$2"
        sleep 0.1
    done
}

truncate -s 5M "$folder/memory"
fine="--lock $folder/lock --memory $folder/memory --mailbox 0 --region 0x1000,0x400000"
options() { echo "OPTIONS='$1'" >"$folder/default"; }
holder() { "$agent" --lock "$folder/lock" --holder; }
agent=$folder/agent
cat >"$agent" <<END
#!/bin/sh
case "\$*" in *--holder*) ;; *) [ ! -e $folder/refuse ] || exit 2 ;; esac
exec $2 "\$@"
END
chmod +x "$agent"
options "$fine"
sed -e "s#^AGENT=.*#AGENT=$agent#" -e "s#^PID=.*#PID=$folder/pid#" -e "s#^LOG=.*#LOG=$folder/log#" \
    -e "s#/etc/default/k230-agent#$folder/default#g" "$1" >"$script"

sh "$script" status && fail "it runs before it was started"
sh "$script" start
eventually '[ "$(starts)" = 1 ]' "it does not start"
sh "$script" status || fail "it runs, and says that it does not"
sh "$script" start # once more: no second one
sleep 0.3
[ "$(starts)" = 1 ] || fail "two agents were started"
kill -9 "$(holder)"
eventually '[ "$(starts)" = 2 ]' "it does not come again after it was killed"
sh "$script" stop
grep -q "k230-agent: stopped" "$folder/log" || fail "it was not stopped in order"
sh "$script" status && fail "it runs after it was stopped"

# A file of before a boot, whose number another process has now.
sleep 1000 &
foreign=$!
echo "$foreign" >"$folder/pid"
sh "$script" status && fail "it takes a foreign process for its own"
sh "$script" stop
sh "$script" start
sh "$script" status || fail "a foreign process keeps it from starting"
echo "$foreign" >"$folder/pid"
sh "$script" stop
kill -0 "$foreign" || fail "it ended a foreign process"
holder && fail "the agent of which the file does not tell was not stopped"
sleep 1.5 # the watcher waits for a second before it starts the next one
holder && fail "the watcher of which the file does not tell started another agent"

# A watcher that was killed leaves its agent.
for how in start restart stop; do
    sh "$script" start
    kill -9 "$(cat "$folder/pid")"
    before=$(holder) || fail "the agent went with its watcher"
    sh "$script" status >"$folder/said" || fail "the agent runs without its watcher, and status does not find it"
    grep -q "process $before" "$folder/said" || fail "status names another process"
    grep -q "nothing starts it again" "$folder/said" || fail "status does not say that the watcher is gone"
    sh "$script" "$how"
    case $how in
    start) [ "$(holder)" = "$before" ] || fail "a second agent was started beside one without a watcher" ;;
    restart) [ "$(holder)" != "$before" ] || fail "the agent without a watcher was not stopped" ;;
    esac
    sh "$script" stop
    holder && fail "the agent without a watcher was not stopped"
done

# What keeps it from starting is said, by words and by the exit code.
refused() { # WHY, and what is expected to be said
    ! sh "$script" start >"$folder/said" 2>&1 || fail "it says that it started: $1"
    grep -q -e "$2" "$folder/said" || { cat "$folder/said" >&2; fail "it does not say why: $1"; }
    sh "$script" status && fail "it runs: $1"
    holder && fail "an agent runs: $1"
    sh "$script" stop | grep -q "does not run" || fail "something was left running: $1"
}
options "$fine --sokets 8"
refused "a wrong option" "unrecognized option"
options "$fine --memory /nowhere/mem"
refused "no memory" "/nowhere/mem: cannot be opened"
options "$fine"
sed -i "s#^LOG=.*#LOG=$folder/none/log#" "$script"
refused "no folder for its log" "$folder/none/log cannot be written"
sed -i "s#^LOG=.*#LOG=$folder/log#" "$script"
sed -i "s#^PID=.*#PID=$folder/none/pid#" "$script"
refused "no folder for its number" "$folder/none/pid cannot be written"
sed -i "s#^PID=.*#PID=$folder/pid#" "$script"

# An agent that cannot start for a while is tried again, and status does not take its watcher for it.
sh "$script" start
watcher=$(cat "$folder/pid")
before=$(holder)
mv "$folder/memory" "$folder/elsewhere"
kill -9 "$before"
eventually 'grep -q "memory: cannot be opened" "$folder/log"' "it is not tried again"
sh "$script" status >"$folder/said" && fail "it says that it runs, and there is only the watcher"
grep -q "started again and again" "$folder/said" || fail "status does not tell of the watcher"
mv "$folder/elsewhere" "$folder/memory"
eventually 'holder >"$folder/said"' "it does not come again once it can"
sh "$script" stop
gone "$watcher" || fail "the watcher stays"

# One that refuses its arguments, as after an update, will not come by itself.
sh "$script" start
watcher=$(cat "$folder/pid")
touch "$folder/refuse"
kill -9 "$(holder)"
eventually 'gone "$watcher"' "it is started again and again though it refuses its options"
grep -q "refused its OPTIONS, and is not started again" "$folder/log" || fail "the log does not say why it ended"
sh "$script" status && fail "it says that it runs after it was given up"
rm "$folder/refuse"
echo "passed"
