# The bare-metal compiler of Debian (gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf) for both K230 cores: what
# they have in common, without the vector unit of the big one.
#   cmake -S . -B build/riscv64-bare -DCMAKE_TOOLCHAIN_FILE=board/K230/toolchain-riscv64-unknown-elf.cmake
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # nothing links here without a board's start-up code

set(K230_MACHINE "-march=rv64gc -mabi=lp64d -mcmodel=medany --specs=picolibc.specs")
set(CMAKE_C_FLAGS_INIT "${K230_MACHINE} -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "${K230_MACHINE} -ffreestanding -ffunction-sections -fdata-sections")
set(CMAKE_ASM_FLAGS_INIT "${K230_MACHINE}")
