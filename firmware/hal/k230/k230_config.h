/* Where things are on a K230: build options, each with its default and where that comes from.
 *
 * The vendor's files named here and beside it are those of kendryte/k230_sdk, unless another repository stands in
 * front: bsp/ and components/ below src/big/rt-smart/kernel, IPCM's below src/common/cdk/kernel/ipcm.
 *
 * Both cores are built with the same values: the small core's agent and its device tree, the big core's driver.
 */
#ifndef K230_CONFIG_H
#define K230_CONFIG_H

/* The mailbox block: an APB slave (bsp/maix3/board/board.h). Four devices of ten registers, 0x28 bytes apart
 * (apache/nuttx arch/risc-v/src/k230/k230_ipi.h); behind them, from 0xA0 on, the hardware locks, which are none of
 * ours. */
#ifndef K230_MAILBOX_BASE
#define K230_MAILBOX_BASE 0x91104000u
#endif
#define K230_MAILBOX_LENGTH 0x1000u /* the window; IPCM maps 64 KiB, more than the block owns */
#define K230_MAILBOX_DEVICES 4u
#define K230_MAILBOX_LINES 16u

/* 1: the SDK's IPCM runs on these cores (k_ipcm.ko in Linux, a library in RT-Smart's kernel; /sharefs stands on it).
 * Then device 0 is its own: it uses line 0, installs the interrupt, and writes the enables of both directions whenever
 * it starts (platform_riscv_linux.c, platform_riscv_rtsmart.c). 0: neither core loads it. */
#ifndef K230_IPCM
#define K230_IPCM 1
#endif

/* Device 0, line 0 with interrupt 109 is the one line that people with boards have seen to work in both directions, so
 * it is taken where IPCM does not need it. Nothing in the SDK uses devices 1 to 3, and nothing is published of them;
 * the boards' drivers tell on the first doorbells whether the interrupt comes (k230_mailbox_look). */
#ifndef K230_MAILBOX_DEVICE
#if K230_IPCM
#define K230_MAILBOX_DEVICE 1u
#else
#define K230_MAILBOX_DEVICE 0u
#endif
#endif
#if K230_IPCM && K230_MAILBOX_DEVICE == 0
#error "K230_MAILBOX_DEVICE 0 and its interrupt are IPCM's: take device 1, or K230_IPCM 0 if neither core loads IPCM"
#endif
#ifndef K230_MAILBOX_LINE
#define K230_MAILBOX_LINE 0u
#endif

/* The interrupt source at this core's PLIC: 109 + device on either core, as NuttX has it (k230_ipi.c) and as IPCM has
 * it for device 0, where it has been seen to work. RT-Thread's bsp/k230/board/irq_num.h says 109/110 for one direction
 * and 111/112 for the other; nobody has been seen running that. */
#ifndef K230_MAILBOX_IRQ
#define K230_MAILBOX_IRQ (109u + K230_MAILBOX_DEVICE)
#endif

/* The memory that both cores see: the last 4 MiB of what the dual-system layout gives to MMZ (0x10000000 up to
 * 0x1FC00000, Kconfig.memory and K230_SDK_User_Manual.md section 7). MMZ is made that much smaller; then no system maps
 * it cached by itself. Not IPCM's megabyte at 0x00100000, which has no room. */
#ifndef K230_REGION_BASE
#define K230_REGION_BASE 0x1F800000u
#endif
#ifndef K230_REGION_LENGTH
#define K230_REGION_LENGTH 0x00400000u
#endif
#define K230_IPCM_BASE 0x00100000u /* Kconfig.memory: MEM_IPCM_BASE, MEM_IPCM_SIZE */
#define K230_IPCM_LENGTH 0x00100000u

/* 1: this core maps the region cached, and the link cleans and invalidates. 0: uncached, as all known users of shared
 * memory on this chip do. */
#ifndef K230_REGION_CACHED
#define K230_REGION_CACHED 0
#endif

/* 1: cache maintenance with T-Head's own instructions (k230_cache.h). Only for riscv64. */
#ifndef K230_CACHE_THEAD
#define K230_CACHE_THEAD 0
#endif

#endif
