#!/bin/sh
# scons_test.sh SCONSCRIPT OPTION: a changed OPTION in rtconfig.h makes SCons compile the group of SCONSCRIPT, whose path
# begins at the repository, again. The folder is as a BSP's: packages/K230.nanoFramework, and objects below build/.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
script=$1
option=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/packages"
ln -s "$here/../../../.." "$folder/packages/K230.nanoFramework"
cat > "$folder/SConstruct" <<END
import sys
sys.path.insert(0, '$here')
sys.dont_write_bytecode = True
SConscript('SConscript', variant_dir='build', duplicate=0)
END
echo "SConscript('packages/K230.nanoFramework/$script')" > "$folder/SConscript"
printf '#define %s 16\n' "$option" > "$folder/rtconfig.h"
run() { (cd "$folder" && scons -s "$@"); }
run
run -q || { echo "nothing has changed, and SCons would compile again"; exit 1; }
printf '#define %s 32\n' "$option" > "$folder/rtconfig.h"
if run -q >/dev/null; then
    echo "$option has changed in rtconfig.h, and SCons sees nothing to do"
    exit 1
fi
