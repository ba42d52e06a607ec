#!/usr/bin/env bash
# Runs a command beside an agent of its own choice: with-agent.sh AGENT... -- COMMAND...
# AGENT is started with --listen, in front of it what executes it (qemu-riscv64-static build/.../k230-agent); COMMAND
# finds it by K230_AGENT. The exit code is COMMAND's; the agent is ended then.
set -euo pipefail

agent=()
while [[ $# -gt 0 && $1 != -- ]]; do
    agent+=("$1")
    shift
done
if [[ ${#agent[@]} -eq 0 || $# -lt 2 ]]; then
    echo "usage: with-agent.sh AGENT... -- COMMAND..." >&2
    exit 2
fi
shift
if ! command -v -- "${agent[0]}" >/dev/null; then
    echo "with-agent.sh: ${agent[0]} is not there: build it first (board/virtual/build-native.sh)" >&2
    exit 1
fi

coproc board { exec "${agent[@]}" --listen; }
# coproc sets both, and takes them back as soon as it sees that the agent has ended
pid=${board_PID:-}
said=${board[0]:-}
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null || true' EXIT
if [[ -z $said ]] || ! read -r -t 20 setting <&"$said" || [[ $setting != K230_AGENT=* ]]; then
    echo "with-agent.sh: ${agent[*]} did not say where it listens; what it printed stands above" >&2
    exit 1
fi
status=0
env "$setting" "$@" || status=$?
exit $status
