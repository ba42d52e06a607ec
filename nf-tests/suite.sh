#!/usr/bin/env bash
# Runs a suite of managed tests that is built, and leaves its cases as NAME.trx in build/results:
#   suite.sh NAME ASSEMBLY [CATEGORY [SETTING...]]
# CATEGORY is a filter of dotnet test; K230_FILTER, from the environment, is a part of the names of the cases to run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$1
assembly=$root/build/dotnet/bin/$2/release/$2.dll
category=${3:-}
filter=${K230_FILTER:-}
if [[ ! -f $assembly ]]; then
    echo "suite: $assembly is missing; './k230 test' builds it" >&2
    exit 1
fi
# A DataRow's arguments are part of its displayed name.
filter=${filter:+(FullyQualifiedName~$filter|Name~$filter)}
filter=$category${category:+${filter:+&}}$filter
settings=("${@:4}")
if [[ ${K230_REPEAT:-1} -gt 3 ]]; then
    settings+=(RunConfiguration.TestSessionTimeout=86400000) # a day; nf-tests/host.runsettings has half an hour
fi
rm -f "$root/build/results/$name.trx"
cd "$root"
exec dotnet test "$assembly" --nologo --settings "$root/nf-tests/host.runsettings" \
    --results-directory "$root/build/results" --logger "trx;LogFileName=$name.trx" \
    --logger "console;verbosity=normal" ${filter:+--filter "$filter"} -- "${settings[@]}"
