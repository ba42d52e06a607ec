/* What a hal supplies to this target: K230_HAL chooses the file.
 *
 * K230_Board_Hal: this core's end of the link, ready for k230_client_init; NULL after it has said on stderr what failed
 * and what to do. Once, before the CLR runs. K230_Board_End: the process ends; lets the small core know where that does
 * any good.
 *
 * Contexts: the main thread.
 */
#ifndef K230_BOARD_H
#define K230_BOARD_H

#ifdef __cplusplus
extern "C" {
#endif

struct k230_hal;

struct k230_hal *K230_Board_Hal(void);
void K230_Board_End(void);

#ifdef __cplusplus
}
#endif
#endif
