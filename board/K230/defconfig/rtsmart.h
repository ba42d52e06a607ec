/* The big core's kernel, where its board is built from a ready configs/*.config of RT-Smart's (C lines that become
 * rtconfig.h): append these. Where it is built with Kconfig, choose the same there (board/K230/rtsmart/README.md).
 */
#define RT_USING_K230_LINK
/* Without the SDK's IPCM on either core (board/K230/rtsmart/README.md): */
/* #define K230_IPCM 0 */
/* Boards of 1 GiB: */
/* #define K230_REGION_BASE 0x3F800000 */
/* What runs when the board starts; the shell waits until /sharefs is mounted. /sdcard/start.sh without a small core. */
#define RT_SHELL_PATH "/sharefs/start.sh"
