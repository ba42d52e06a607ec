/* The virtual board: the agent that lies beside the executable, or the one that K230_AGENT names. */
#include "board.h"

#include "launcher.h"

static struct k230_launcher s_launcher;

struct k230_hal *K230_Board_Hal(void)
{
    k230_launcher_init(&s_launcher);
    return &s_launcher.hal.hal;
}

void K230_Board_End(void) { k230_launcher_exit(&s_launcher); }
