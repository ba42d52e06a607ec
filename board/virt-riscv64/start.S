# Start-up of both harts in machine mode, and their traps. QEMU jumps to the first byte of memory on every hart
# (-bios none), a0 = hart id by its reset code; the id is read anew here all the same.

#define STACK_BYTES 16384
#define TRAP_STACK_BYTES 4096
#define MSTATUS_FS_INITIAL 0x2000

    .section .text.start, "ax"
    .globl _start
_start:
    csrw mie, zero
    csrci mstatus, 8
    la t0, trap
    csrw mtvec, t0
    li t0, MSTATUS_FS_INITIAL # the compiler may use floating-point registers
    csrs mstatus, t0
    .option push
    .option norelax # the linker must not use gp to set gp
    la gp, __global_pointer$
    .option pop
    csrr a0, mhartid
    li t0, 2
    bgeu a0, t0, park

    # The stack of hart n, painted so that its deepest mark can be read later.
    la t0, machine_stacks
    li t1, STACK_BYTES
    mul t2, a0, t1
    add t0, t0, t2
    add sp, t0, t1
    li t3, 0x5AA55AA55AA55AA5
1:  sd t3, 0(t0)
    addi t0, t0, 8
    bltu t0, sp, 1b

    la t0, trap_stacks
    li t1, TRAP_STACK_BYTES
    addi t2, a0, 1
    mul t2, t2, t1
    add t0, t0, t2
    csrw mscratch, t0

    # Hart 0 clears what the program finds zeroed; hart 1 waits for that.
    la t4, released
    bnez a0, 3f
    la t0, __bss_start
    la t1, __bss_end
2:  bgeu t0, t1, 4f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 2b
4:  li t0, 1
    fence rw, w
    sw t0, 0(t4)
    j 5f
3:  lw t0, 0(t4)
    beqz t0, 3b
    fence r, rw
5:  call machine_main
park:
    wfi
    j park

# An interrupt runs on a stack of its own, so that the marks on the others are the program's alone. machine_trap is
# integer code: the floating-point registers stay as they are.
    .section .text.trap, "ax"
    .balign 4
trap:
    csrrw sp, mscratch, sp
    addi sp, sp, -128
    sd ra, 0(sp)
    sd t0, 8(sp)
    sd t1, 16(sp)
    sd t2, 24(sp)
    sd t3, 32(sp)
    sd t4, 40(sp)
    sd t5, 48(sp)
    sd t6, 56(sp)
    sd a0, 64(sp)
    sd a1, 72(sp)
    sd a2, 80(sp)
    sd a3, 88(sp)
    sd a4, 96(sp)
    sd a5, 104(sp)
    sd a6, 112(sp)
    sd a7, 120(sp)
    csrr a0, mhartid
    csrr a1, mcause
    csrr a2, mepc
    csrr a3, mtval
    call machine_trap
    ld ra, 0(sp)
    ld t0, 8(sp)
    ld t1, 16(sp)
    ld t2, 24(sp)
    ld t3, 32(sp)
    ld t4, 40(sp)
    ld t5, 48(sp)
    ld t6, 56(sp)
    ld a0, 64(sp)
    ld a1, 72(sp)
    ld a2, 80(sp)
    ld a3, 88(sp)
    ld a4, 96(sp)
    ld a5, 104(sp)
    ld a6, 112(sp)
    ld a7, 120(sp)
    addi sp, sp, 128
    csrrw sp, mscratch, sp
    mret

# Not in .bss: hart 1 paints and looks while hart 0 clears that.
    .section .noinit, "aw", @nobits
    .balign 16
    .globl machine_stacks
machine_stacks:
    .space 2 * STACK_BYTES
trap_stacks:
    .space 2 * TRAP_STACK_BYTES
    .section .data
    .balign 4
released:
    .word 0
