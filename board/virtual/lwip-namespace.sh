#!/usr/bin/env bash
# Runs a command in a network namespace of its own, with a tap device for lwIP: lwip-namespace.sh COMMAND [ARGUMENTS]
# The kernel is 192.0.2.1 and fd00:192:0:2::1 there, lwIP 192.0.2.2 and fd00:192:0:2::2; nobody else is. The command gets
#   K230_LWIP        what k230-agent-lwip wants to know; K230_STACK=lwip makes an app use it
#   K230_KERNEL_IP   K230_KERNEL_IP6   K230_LWIP_IP   K230_LWIP_IP6   the addresses of both sides
#   K230_SILENT_IP   an address of their network that nobody has
# The namespace has no name and goes when the last process in it is gone. Exit code: the command's own, or 77 when this
# user or machine does not allow any of it (the reason is printed). "--check" instead of a command only finds that out.
set -euo pipefail

no() {
    printf 'lwip-namespace: %s\n' "$1" >&2
    exit 77
}

if [[ ${K230_LWIP_INSIDE:-} != yes ]]; then
    [[ $# -gt 0 ]] || { echo "usage: lwip-namespace.sh --check | COMMAND [ARGUMENTS]" >&2; exit 2; }
    command -v unshare >/dev/null || no "unshare is missing (Debian: util-linux)"
    command -v ip >/dev/null || no "ip is missing (Debian: iproute2)"
    [[ -c /dev/net/tun ]] || no "/dev/net/tun is missing (modprobe tun, or the container must be given it)"
    [[ -r /dev/net/tun && -w /dev/net/tun ]] || no "/dev/net/tun may not be opened by user $(id -un)"
    namespace=(unshare --net)
    if ! "${namespace[@]}" true 2>/dev/null; then
        namespace=(unshare --user --map-root-user --net)
        "${namespace[@]}" true 2>/dev/null || no "user $(id -un) may not make a network namespace"
    fi
    K230_LWIP_INSIDE=yes exec "${namespace[@]}" "$BASH" "${BASH_SOURCE[0]}" "$@"
fi
unset K230_LWIP_INSIDE

ip link set lo up
ip tuntap add dev tap0 mode tap 2>/dev/null || no "a tap device may not be made here"
[[ $1 != --check ]] || exit 0
ip address add 192.0.2.1/24 dev tap0
ip -6 address add fd00:192:0:2::1/64 dev tap0 nodad 2>/dev/null || true # a kernel without IPv6
ip link set tap0 up
export K230_KERNEL_IP=192.0.2.1 K230_KERNEL_IP6=fd00:192:0:2::1 K230_LWIP_IP=192.0.2.2 K230_LWIP_IP6=fd00:192:0:2::2
export K230_SILENT_IP=192.0.2.77
export K230_LWIP=tap0,$K230_LWIP_IP/24,$K230_KERNEL_IP,$K230_LWIP_IP6
exec "$@"
