# shellcheck shell=bash
# Part of k230: what this machine lacks, by Debian's names, and how it gets it.

sdk=10
cmake_least=3.25

has() { command -v "$1" >/dev/null 2>&1; }

has_sdk() { has dotnet && dotnet --list-sdks 2>/dev/null | grep "^$sdk\." >/dev/null; }

cmake_version() { cmake --version 2>/dev/null | sed -n '1s/[^0-9]*//p'; }

compiles() { # SOURCE COMPILER OPTIONS...
    printf '%s\n' "$1" | "${@:2}" -o /dev/null 2>/dev/null
}

# Debian's names of what a part needs.
building=(build-essential cmake)
testing=(libgtest-dev liblwip-dev libmbedtls-dev openssl iproute2 dnsmasq-base curl device-tree-compiler netbase)
riscv_linux=(g++-riscv64-linux-gnu qemu-user-static googletest)
riscv_bare=(gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf)
riscv_machine=(qemu-system-misc)
riscv_sizes=(gcc-riscv64-linux-gnu liblwip-dev)
if has apt-cache && apt-cache show qemu-system-riscv >/dev/null 2>&1; then
    riscv_machine=(qemu-system-riscv) # since Debian 13
fi

lacks() { # PACKAGE: whether what it brings is missing here
    case $1 in
    build-essential) ! has cc || ! has c++ || { ! has make && ! has ninja; } ;;
    cmake) ! printf '%s\n' "$cmake_least" "$(cmake_version)" | sort -VC ;;
    libgtest-dev) ! compiles '#include <gtest/gtest.h>' c++ -std=c++17 -x c++ -c - ;;
    liblwip-dev) ! compiles '#include <lwip/init.h>' cc -I/usr/include/lwip -x c -c - ;;
    libmbedtls-dev) ! compiles '#include <mbedtls/ssl.h>' cc -x c -c - ;;
    iproute2) ! has ip ;;
    dnsmasq-base) ! has dnsmasq ;;
    device-tree-compiler) ! has dtc ;;
    netbase) [[ ! -e /etc/services ]] ;; # the tests look services up by name
    g++-riscv64-linux-gnu) ! has riscv64-linux-gnu-g++ ;;
    gcc-riscv64-linux-gnu) ! has riscv64-linux-gnu-gcc ;;
    qemu-user-static) ! has qemu-riscv64-static && ! has qemu-riscv64 ;;
    googletest) [[ ! -f /usr/src/googletest/CMakeLists.txt ]] ;;
    gcc-riscv64-unknown-elf) ! has riscv64-unknown-elf-gcc ;;
    picolibc-*) ! compiles '#include <string.h>' riscv64-unknown-elf-gcc --specs=picolibc.specs -x c -c - ;;
    qemu-system-*) ! has qemu-system-riscv64 ;;
    dotnet-sdk-*) ! has_sdk ;;
    *) ! has "$1" ;;
    esac
}

missing() { # PACKAGES...: those of them that are
    local package
    for package; do
        if lacks "$package"; then echo "$package"; fi
    done
}

obtain() { # PACKAGES...: installs what is missing of them; false where not all can be had
    local packages as_root=()
    mapfile -t packages < <(missing "$@")
    [[ ${#packages[@]} -gt 0 ]] || return 0
    has apt-get || return 1
    if [[ $EUID -ne 0 ]]; then
        sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    say "installing with apt-get: ${packages[*]}"
    logged apt-update "${as_root[@]}" apt-get update || true # one broken source need not matter
    logged apt-install "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}" && [[ -z $(missing "${packages[@]}") ]]
}

require() { # PACKAGES...
    [[ $(uname -s) == Linux ]] || { say "the virtual board needs Linux; this is $(uname -s)"; exit 2; }
    ! obtain "$@" || return 0
    local packages
    packages=$(missing "$@" | tr '\n' ' ')
    if has cmake && [[ " $packages" == *" cmake "* ]]; then
        say "CMake $cmake_least or newer is needed and this machine has $(cmake_version);" \
            "if its packages have no newer one, see https://cmake.org/download"
    fi
    if has apt-get; then
        say "please type:  sudo apt-get update && sudo apt-get install -y $packages"
    else
        say "please install with this machine's package manager what Debian calls: $packages"
    fi
    exit 2
}

require_dotnet() {
    if ! has_sdk && [[ -x ${HOME:-}/.dotnet/dotnet ]]; then
        export PATH=$HOME/.dotnet:$PATH DOTNET_ROOT=$HOME/.dotnet
    fi
    if ! has_sdk && has apt-cache && apt-cache show "dotnet-sdk-$sdk.0" >/dev/null 2>&1; then
        require "dotnet-sdk-$sdk.0"
    fi
    if ! has_sdk; then
        say "the .NET $sdk SDK is missing and this machine's packages do not have it; https://dot.net tells more. Type:"
        say "    curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel $sdk.0"
        say "which puts it into ~/.dotnet, where k230 looks for it"
        exit 2
    fi
}
