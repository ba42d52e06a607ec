#!/usr/bin/env bash
# Runs a command where names are looked up at a DNS server of the tests' own, dnsmasq on 127.0.0.1:
#   board/virtual/lwip-namespace.sh nf-tests/name-server.sh COMMAND [ARGUMENTS]
# It needs a network namespace of its own around it (the server takes port 53) and makes a mount namespace, in which
# /etc/resolv.conf, hosts and nsswitch.conf are the tests' own. The command gets K230_TEST_NAMES=yes. Nothing is left
# when it ends. Exit code: the command's own, or 77 when this user or machine does not allow it (the reason is printed).
# "--check" instead of a command only finds that out.
set -euo pipefail

no() {
    printf 'name-server: %s\n' "$1" >&2
    exit 77
}

if [[ ${K230_NAMES_INSIDE:-} != yes ]]; then
    [[ $# -gt 0 ]] || { echo "usage: name-server.sh --check | COMMAND [ARGUMENTS]" >&2; exit 2; }
    command -v dnsmasq >/dev/null || no "dnsmasq is missing (Debian: dnsmasq-base)"
    [[ ${K230_LWIP:-} && $(id -u) == 0 ]] || no "it runs inside board/virtual/lwip-namespace.sh, which sets K230_LWIP"
    unshare --mount true 2>/dev/null || no "user $(id -un) may not make a mount namespace"
    K230_NAMES_INSIDE=yes exec unshare --mount --propagation private "$BASH" "${BASH_SOURCE[0]}" "$@"
fi
unset K230_NAMES_INSIDE

# In memory of this mount namespace: gone with it.
mount -t tmpfs names /mnt 2>/dev/null || no "nothing may be mounted here"
cat >/mnt/resolv.conf <<'END'
nameserver 127.0.0.1
options timeout:1 attempts:2
END
cat >/mnt/hosts <<'END'
127.0.0.1 localhost
192.0.2.99 from-the-file
::1 both-loop
127.0.0.1 both-loop
fd00:192:0:2::1 both-kernel
192.0.2.1 both-kernel
END
echo 'hosts: files dns' >/mnt/nsswitch.conf
for file in resolv.conf hosts nsswitch.conf; do
    [[ -e /etc/$file ]] || : >"/etc/$file" 2>/dev/null || true
    mount --bind "/mnt/$file" "/etc/$file" 2>/dev/null || no "/etc/$file may not be mounted over"
done
[[ $1 != --check ]] || exit 0

many=()
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    many+=("--address=/many.test/198.51.100.$i")
done
for address in fd00:192:0:2::21 198.51.100.1 ::1 198.51.100.2 fd00:192:0:2::22 198.51.100.3; do
    many+=("--address=/mixed.test/$address")
done
# .test is reserved for this (RFC 6761). silent.test is asked of an address that nobody has, so no answer ever comes.
dnsmasq --keep-in-foreground --no-daemon --conf-file=/dev/null --user="$(id -un)" --no-resolv --no-hosts --no-ping \
    --pid-file= --bind-interfaces --listen-address=127.0.0.1 --except-interface=tap0 --no-dhcp-interface=lo \
    --local=/test/ --local=/invalid/ --server=/silent.test/192.0.2.77 --dns-forward-max=1000 \
    --host-record=one.test,192.0.2.10 --host-record=six.test,fd00:192:0:2::10 \
    --host-record=both.test,192.0.2.11,fd00:192:0:2::11 --host-record=canonical.test,192.0.2.12 \
    --cname=alias.test,canonical.test --txt-record=empty.test,no-address "${many[@]}" \
    --host-record="kernel.test,${K230_KERNEL_IP:-127.0.0.1}" --host-record=loop.test,127.0.0.1 \
    >/mnt/dnsmasq.log 2>&1 </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

for ((waited = 0; waited < 100; waited++)); do
    if [[ $(getent ahostsv4 one.test | head -n 1) == 192.0.2.10* ]]; then
        break
    fi
    if ! kill -0 "$server" 2>/dev/null; then
        cat /mnt/dnsmasq.log >&2
        no "dnsmasq did not start"
    fi
    sleep 0.1
done
[[ $waited -lt 100 ]] || no "dnsmasq does not answer"

status=0
K230_TEST_NAMES=yes "$@" || status=$?
exit "$status"
