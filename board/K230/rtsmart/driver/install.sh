#!/bin/sh
# Copies the driver into a kernel tree: install.sh TREE, where TREE is .../bsp/maix3 (the vendor's) or .../bsp/k230.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
firmware=$here/../../../../firmware
hal=$firmware/hal/k230
tree=${1:?"usage: install.sh .../bsp/maix3 | .../bsp/k230"}
for folder in "$tree/board/interdrv" "$tree/drivers/interdrv"; do
    [ -d "$folder" ] || continue
    mkdir -p "$folder/k230_link/hal"
    cp "$here/drv_k230_link.c" "$here/k230_link_device.h" "$here/Kconfig" "$here/SConscript" "$folder/k230_link/"
    cp "$hal"/k230_config.h "$hal"/k230_doorbell.[ch] "$hal"/k230_mailbox.[ch] "$hal"/k230_register.c \
        "$firmware/protocol/k230_protocol.h" "$folder/k230_link/hal/"
    echo "copied to $folder/k230_link"
    exit 0
done
echo "$tree has neither board/interdrv nor drivers/interdrv" >&2
exit 1
