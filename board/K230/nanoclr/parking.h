/* Places to sleep at, by POSIX threads alone: for K230_Board_Sleep and K230_Board_Wake of a board that has nothing
 * better.
 *
 * Contexts: K230_Parking_Init while the process has one thread.
 */
#ifndef K230_PARKING_H
#define K230_PARKING_H

#include "board.h"

#ifdef __cplusplus
extern "C" {
#endif

void K230_Parking_Init(void);
void K230_Parking_Sleep(enum k230_place place, uint64_t until_ns);
void K230_Parking_Wake(enum k230_place place);

#ifdef __cplusplus
}
#endif
#endif
