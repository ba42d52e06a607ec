#!/usr/bin/env bash
# What the firmware takes of a device: sizes.sh BUILD RUN-LOG [--fix]
# BUILD is a build with board/K230/toolchain-riscv64-unknown-elf.cmake, RUN-LOG what the run on two harts printed. Holds
# the limits, and docs/maintain/sizes.md to what was measured; --fix writes that page anew. One line for each check:
# "ok NAME" or "FAILED NAME: what". ./k230 sizes and ./k230 test come through here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$1
run=$2
fix=${3:-}
page=$root/docs/maintain/sizes.md
image=$build/board/virt-riscv64/k230-sizes
failed=0

# ---- measuring -------------------------------------------------------------------------------------------------------

section() { # LIBRARY PART: bytes in the linked image
    riscv64-unknown-elf-size -A -d "$image" | awk -v name="$1.$2" '$1 == name { n = $2 } END { print n + 0 }'
}

structure() { # NAME SOCKETS: bytes of a structure in a build for so many sockets
    local objects=("$build/board/virt-riscv64/CMakeFiles/k230-sizes-$2.dir"/*/*/tools/sizes/structures.c.obj)
    riscv64-unknown-elf-nm -S --radix=d "${objects[0]}" | awk -v name="k230_size_$1" '$4 == name { print $2 + 0 }'
}

# The ports need what lies below them, so they are compiled and not linked; lwIP's headers are Debian's, RT-Thread's are
# the tests' own declarations of it.
firmware=$root/firmware
port_sources() { # PORT
    local smallcore=$firmware/smallcore
    case $1 in
    posix) printf '%s\n' "$smallcore"/posix/*.c ;;
    lwip)
        printf '%s\n' "$smallcore"/{lwip,over_lwip}/*.c \
            "$smallcore"/posix/{address,interface,network,resolver}_posix.c
        ;;
    rtthread) printf '%s\n' "$smallcore"/over_lwip/*.c "$smallcore"/rtthread/{net,resolver,stack,wait}_rtthread.c ;;
    esac
}

compile_for_port() { # PORT SOCKETS SOURCE OBJECT MORE...
    local below=(-isystem /usr/include/lwip)
    [[ $1 != rtthread ]] || below=(-I "$firmware/tests/rtthread")
    riscv64-linux-gnu-gcc -std=c11 -Os -fno-pie -fno-asynchronous-unwind-tables -D_DEFAULT_SOURCE \
        -DK230_AGENT_SOCK_MAX="$2" "${@:5}" "${below[@]}" -I "$firmware/smallcore/$1" \
        -I "$firmware/smallcore/over_lwip" -I "$firmware/smallcore/posix" -I "$firmware/smallcore" -I "$firmware/link" -I "$firmware/hal" \
        -I "$firmware/hal/posix" -I "$firmware/protocol" -c "$3" -o "$4"
}

port() { # PORT: text, data and bss of its objects
    local source objects=$build/ports/$1
    rm -rf "$objects"
    mkdir -p "$objects"
    while read -r source; do
        compile_for_port "$1" 32 "$source" "$objects/$(basename "$source").o"
    done < <(port_sources "$1")
    riscv64-linux-gnu-size -B "$objects"/*.o | awk 'NR > 1 { t += $1; d += $2; b += $3 } END { print t, d, b }'
}

port_structure() { # PORT SOCKETS
    local object=$build/ports/$1/structure-$2
    compile_for_port "$1" "$2" "$root/tools/sizes/port.c" "$object" -DK230_SIZE_PORT="\"k230_stack_$1.h\""
    riscv64-linux-gnu-nm -S --radix=d "$object" | awk '$4 == "k230_size_stack" { print $2 + 0 }'
}

figure() { # NAME: as the run on two harts printed it
    sed -n "s/^figure: $1 \([0-9]*\).*/\1/p" "$run" | head -n1
}

# ---- the page --------------------------------------------------------------------------------------------------------

limit_text=24576
limit_ram=8192
limit_ram_sockets=16
limit_agent=32768
limit_socket=256
limit_wire_text=10240
limit_wire_ram=8192

# Measured once: the linker's figures by library, the structures by number of sockets.
declare -A size
measure() {
    local library part sockets port
    for library in protocol link hal bigcore pal wire agent; do
        for part in text data bss; do
            size[$library.$part]=$(section "$library" "$part")
        done
    done
    for part in client agent pal; do
        for sockets in 8 16 32 64; do
            size[$part.$sockets]=$(structure "$part" "$sockets")
        done
        size[$part.each]=$(((size[$part.64] - size[$part.32]) / 32))
    done
    for port in posix lwip rtthread; do
        read -r size[$port.text] size[$port.data] size[$port.bss] < <(port $port)
        for sockets in 32 64; do
            size[$port.$sockets]=$(port_structure $port $sockets)
        done
        size[$port.each]=$(((size[$port.64] - size[$port.32]) / 32))
        size[idle.$port]=$((size[agent.each] + size[$port.each]))
    done
    size[idle.big]=$((size[client.each] + size[pal.each]))
    size[operation]=$(structure operation 32)
    size[wire.server]=$(structure wire_server 32)
    size[wire.tcp]=$(structure wire_tcp 32)
    size[wire.static]=$((size[wire.data] + size[wire.bss] + size[wire.server] + size[wire.tcp]))
    size[static]=$((size[link.data] + size[link.bss] + size[bigcore.data] + size[bigcore.bss]))
    size[text]=$((size[link.text] + size[bigcore.text]))
    size[stack.big]=$(figure "stack of the big core")
    size[stack.small]=$(figure "stack of the small core")
}

library_row() { # NAME TITLE LIMIT
    echo "| $2 | ${size[$1.text]} | ${size[$1.data]} | ${size[$1.bss]} | $3 |"
}

structure_row() { # NAME TITLE LIMIT
    echo "| $2 | ${size[$1.8]} | ${size[$1.16]} | ${size[$1.32]} | ${size[$1.64]} | ${size[$1.each]} | $3 |"
}

port_row() { # NAME TITLE
    echo "| $2 | ${size[$1.text]} | ${size[$1.data]} | ${size[$1.bss]} | ${size[$1.32]} | ${size[$1.each]} |"
}

write_page() {
    cat <<END
# What the firmware takes of a device

This page tells how much code and memory the firmware needs, in bytes. \`./k230 sizes\` measures it with Debian's
riscv64-unknown-elf-gcc at -Os and the headers' defaults, \`./k230 test\` holds it to the limits and to this page, and
\`./k230 sizes --fix\` writes this page.

## Code and static memory

Whole libraries, linked with relaxation; constants count as text.

| library | text | data | bss | limit |
|---|---|---|---|---|
$(library_row protocol "\`firmware/protocol\`: names of errors and faults" "")
$(library_row link "\`firmware/link\`" "")
$(library_row hal "\`firmware/hal/k230\`: the mailbox, either core" "")
$(library_row bigcore "\`firmware/bigcore\`" "with \`firmware/link\`: text $limit_text")
$(library_row pal "\`firmware/pal\`: System.Net's PAL" "")
$(library_row wire "\`firmware/wire\`: the Wire Protocol, without a port for a serial line" "text $limit_wire_text")
$(library_row agent "\`firmware/smallcore\`: the agent, without a stack port" "text $limit_agent")

Link and big core together: text ${size[text]}, static ${size[static]}. The firmware allocates nothing: its state is one
structure on each core, which the board places.

## State, by number of sockets

The number of sockets is \`K230_SOCK_MAX\` on the big core (16 by default) and \`K230_AGENT_SOCK_MAX\` on the small core (32
by default). Each socket comes with the bookkeeping of its ring pair; the rings themselves lie in the region.

| structure | 8 | 16 | 32 | 64 | each socket more | limit |
|---|---|---|---|---|---|---|
$(structure_row client "\`struct k230_client\`, big core" "$limit_ram for $limit_ram_sockets sockets")
$(structure_row pal "\`struct k230_pal\`, big core, with System.Net" "")
$(structure_row agent "\`struct k230_agent\`, small core" "")

8 KiB on the big core are enough for the default of $limit_ram_sockets sockets; a build for more takes what the table says. Each
waiting call needs a \`struct k230_operation\` of its caller, ${size[operation]} bytes.

A server of the Wire Protocol is \`struct k230_wire_server\`, ${size[wire.server]} bytes, most of them buffers for one packet;
its TCP transport is \`struct k230_wire_tcp\`, ${size[wire.tcp]} bytes. The limit for both is $limit_wire_ram bytes.

## Stack ports

The agent needs one stack port. The figures are for objects compiled with Debian's riscv64-linux-gnu-gcc at -Os, not linked.
\`struct k230_stack\` is the state of a port, which the board places; a part of it holds the names and answers of look-ups
under way. RT-Thread's port is compiled against \`firmware/tests/rtthread\`, without \`below_lwip.c\`, which needs lwIP's own
headers. Most of its state is a buffer for datagrams in two pieces (\`K230_RTTHREAD_DATAGRAM\`), and most of its bss the
stacks of the threads for look-ups.

| port | text | data | bss | \`struct k230_stack\`, 32 sockets | each socket more |
|---|---|---|---|---|---|
$(port_row posix "\`posix\`: Linux")
$(port_row rtthread "\`rtthread\` with \`over_lwip\`: RT-Thread")
$(port_row lwip "\`lwip\` with \`over_lwip\`: lwIP on a workstation")

## One idle socket

This is the memory that this project uses for a socket on a core, without its rings. The system below needs memory of its
own on top: a kernel's socket, lwIP's control block, the context of a TLS layer.

| core | made of | bytes | limit |
|---|---|---|---|
| big | client | ${size[client.each]} | $limit_socket |
| big, with System.Net | client, PAL | ${size[idle.big]} | $limit_socket |
| small, RT-Thread | agent, \`rtthread\` | ${size[idle.rtthread]} | $limit_socket |
| small, Linux | agent, \`posix\` | ${size[idle.posix]} | $limit_socket |
| a workstation in the small core's place | agent, \`lwip\` | ${size[idle.lwip]} | $limit_socket |

## Stacks

\`board/virt-riscv64\` runs every kind of call of the self-check on painted stacks, without a CLR and without a network stack
below the agent. The figures are the deepest marks, without interrupts.

| core | bytes |
|---|---|
| big core: the client under the self-check | ${size[stack.big]} |
| small core: the agent over the loopback stack | ${size[stack.small]} |
END
}

# ---- the checks ------------------------------------------------------------------------------------------------------

check() { # NAME FOUND LIMIT WHAT
    if [[ $2 -gt 0 && $2 -le $3 ]]; then
        echo "ok Sizes.$1"
    else
        echo "FAILED Sizes.$1: $4: $2 bytes, the limit is $3"
        failed=1
    fi
}

# The page may differ by what another release of the compiler makes of the same source: 2 % or 64 bytes.
page_holds() {
    local written
    written=$(write_page)
    [[ -f $page ]] || return 1
    diff <(sed 's/[0-9]\+/N/g' <<<"$written") <(sed 's/[0-9]\+/N/g' "$page") >/dev/null || return 1
    paste -d ' ' <(grep -oE '[0-9]+' <<<"$written") <(grep -oE '[0-9]+' "$page") |
        awk '{ d = $1 - $2; if (d < 0) d = -d; if (d > 64 && d > $1 * 0.02) bad = 1 } END { exit bad }'
}

measure
if [[ $fix == --fix ]]; then
    write_page >"$page"
fi
check LinkAndBigCoreFitTheirCode "${size[text]}" $limit_text "text of firmware/link and firmware/bigcore"
check LinkAndBigCoreFitTheirMemory "$((size[static] + size[client.$limit_ram_sockets]))" $limit_ram \
    "static memory of firmware/link and firmware/bigcore with $limit_ram_sockets sockets"
check TheAgentFitsItsCode "${size[agent.text]}" $limit_agent "text of firmware/smallcore"
check TheWireProtocolFitsItsCode "${size[wire.text]}" $limit_wire_text "text of firmware/wire"
check TheWireProtocolFitsItsMemory "${size[wire.static]}" $limit_wire_ram "a server of firmware/wire and its TCP transport"
check AnIdleSocketOfTheBigCoreIsSmall "${size[idle.big]}" $limit_socket "each socket of the client and the PAL"
check AnIdleSocketOnRtThreadIsSmall "${size[idle.rtthread]}" $limit_socket "each socket of the agent and its port"
check AnIdleSocketOnLinuxIsSmall "${size[idle.posix]}" $limit_socket "each socket of the agent and its port"
check AnIdleSocketOnLwipIsSmall "${size[idle.lwip]}" $limit_socket "each socket of the agent and its port"
if page_holds; then
    echo "ok Sizes.ThePageSaysWhatWasMeasured"
else
    echo "FAILED Sizes.ThePageSaysWhatWasMeasured: docs/maintain/sizes.md is old; ./k230 sizes --fix writes it anew"
    failed=1
fi
exit $failed
