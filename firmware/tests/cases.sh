#!/bin/sh
# Runs a command that prints "ok NAME" or "FAILED NAME: what", a line for each of its cases: cases.sh FILE COMMAND...
# What it prints is in FILE too, where tools/Results counts the cases. Exit code: the command's own.
set -u
file=$1
shift
mkdir -p "$(dirname "$file")"
{ "$@" </dev/null 2>&1; echo $? >"$file.status"; } | tee "$file"
read -r status <"$file.status"
rm -f "$file.status"
exit "$status"
