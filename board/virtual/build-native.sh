#!/usr/bin/env bash
# Builds the native part: build-native.sh DIR [-DNAME=VALUE...] [-- TARGET...]
# DIR is configured when it is new, was configured for another folder, or when -D options are given; after that cmake
# notices by itself what changed. MSBuild (Native.targets) and ./k230 both come through here; a lock lets one build a
# folder at a time.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dir=$1
shift
options=()
while [[ $# -gt 0 && $1 != -- ]]; do
    options+=("$1")
    shift
done
[[ $# -eq 0 ]] || shift

for tool in cmake cc c++; do
    if ! command -v "$tool" >/dev/null; then
        echo "build-native : error : $tool is missing; './k230 build' sets this machine up" >&2
        exit 1
    fi
done

mkdir -p "$dir"
exec 9>"$dir/.lock"
flock 9

configured() {
    [[ -f $dir/build.ninja || -f $dir/Makefile ]] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"
}

if ! configured; then
    generator=()
    if command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    cmake --fresh -S "$root" -B "$dir" "${generator[@]}" "${options[@]}"
elif [[ ${#options[@]} -gt 0 ]]; then
    cmake -S "$root" -B "$dir" "${options[@]}"
fi
cmake --build "$dir" --parallel "$(nproc)" ${1:+--target "$@"}
