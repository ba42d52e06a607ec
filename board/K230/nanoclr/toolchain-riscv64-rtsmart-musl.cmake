# The compiler of RT-Smart's user space on the K230: riscv64-unknown-linux-musl-gcc of the vendor's SDK. Its bin folder
# is on the PATH, or K230_TOOLCHAIN names it. RT-Smart loads static programs only.
#
#   K230_TOOLCHAIN   the folder with the compilers
#   K230_TRIPLE      their prefix; riscv64-linux-gnu tries the same build with Debian's compiler, for qemu-riscv64
#   K230_LINK        options for the linker; for the board, with SDK for the folder of the vendor's SDK,
#                    "-n -T SDK/src/big/rt-smart/userapps/linker_scripts/riscv64/link.lds". RT-Smart refuses a program
#                    that does not begin where this script places it, at 0x200000000
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)

set(K230_TOOLCHAIN "" CACHE PATH "The folder with the compilers; empty: they are on the PATH")
set(K230_TRIPLE riscv64-unknown-linux-musl CACHE STRING "Their prefix")
set(K230_LINK "" CACHE STRING "Options for the linker")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES K230_TOOLCHAIN K230_TRIPLE K230_LINK)

set(prefix ${K230_TRIPLE}-)
if(K230_TOOLCHAIN)
    set(prefix ${K230_TOOLCHAIN}/${prefix})
endif()
set(CMAKE_C_COMPILER ${prefix}gcc)
set(CMAKE_CXX_COMPILER ${prefix}g++)

# The vendor's flags without the vector unit: nothing here needs it, and the kernel then saves less. medany, because
# RT-Smart links programs at 0x200000000.
set(flags "-march=rv64imafdc -mabi=lp64d -mcmodel=medany")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_CXX_FLAGS_INIT "${flags}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static ${K230_LINK}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
