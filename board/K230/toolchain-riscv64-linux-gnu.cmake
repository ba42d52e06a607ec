# Linux on riscv64, linked statically: the compiler of Debian (g++-riscv64-linux-gnu). For the small core where it runs
# Linux, and for the native tests, which qemu-user executes on a workstation.
#   cmake -S . -B build/riscv64-linux -DCMAKE_TOOLCHAIN_FILE=board/K230/toolchain-riscv64-linux-gnu.cmake
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER riscv64-linux-gnu-g++)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static) # runs without a root file system of that machine

# The headers and libraries of this workstation are another machine's.
set(CMAKE_FIND_ROOT_PATH /usr/riscv64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(K230_QEMU_USER NAMES qemu-riscv64-static qemu-riscv64)
mark_as_advanced(K230_QEMU_USER)
if(K230_QEMU_USER)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${K230_QEMU_USER})
endif()
