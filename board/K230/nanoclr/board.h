/* What a hal supplies to this target: K230_HAL chooses the file.
 *
 * K230_Board_Hal: this core's end of the link, ready for k230_client_init; NULL after it has said on stderr what failed
 * and what to do. Once, before the CLR runs and before there is a second thread. K230_Board_End: the process ends; lets
 * the small core know where that does any good.
 *
 * K230_Board_Sleep: the calling thread sleeps at its place until K230_Board_Wake calls the place, also by a call since
 * the last sleep there, or until the monotonic clock shows `until_ns`. It may return early. One thread sleeps at a
 * place. K230_Board_Raise: from now on the thread goes before the calling one, where threads have priorities.
 *
 * Contexts: the main thread; the last three any thread.
 */
#ifndef K230_BOARD_H
#define K230_BOARD_H

#include <pthread.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k230_hal;

enum k230_place { K230_PLACE_CLR, K230_PLACE_TIMERS, K230_PLACE_WIRE, K230_PLACES };

struct k230_hal *K230_Board_Hal(void);
void K230_Board_End(void);

void K230_Board_Sleep(enum k230_place place, uint64_t until_ns);
void K230_Board_Wake(enum k230_place place);
void K230_Board_Raise(pthread_t thread);

#ifdef __cplusplus
}
#endif
#endif
