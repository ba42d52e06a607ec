/* The virtual board: the agent that lies beside the executable, or the board that K230_AGENT names. */
#include "board.h"
#include "parking.h"

#include "launcher.h"

static struct k230_launcher s_launcher;

struct k230_hal *K230_Board_Hal(void)
{
    K230_Parking_Init();
    k230_launcher_init(&s_launcher);
    return &s_launcher.hal.hal;
}

void K230_Board_End(void) { k230_launcher_exit(&s_launcher); }

void K230_Board_Sleep(enum k230_place place, uint64_t until_ns) { K230_Parking_Sleep(place, until_ns); }

void K230_Board_Wake(enum k230_place place) { K230_Parking_Wake(place); }

/* A workstation's scheduler lets a thread that has slept go before one that computes. */
void K230_Board_Raise(pthread_t thread) { (void)thread; }
