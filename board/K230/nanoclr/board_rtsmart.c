/* The board: /dev/k230link of the kernel (board/K230/rtsmart). The hal opens it for the first session, and says what is
 * missing; an app that needs no network runs without it. */
#include "board.h"

#include "k230_hal_rtsmart.h"

static struct k230_hal_rtsmart s_rtsmart;

struct k230_hal *K230_Board_Hal(void)
{
    k230_hal_rtsmart_init(&s_rtsmart);
    return &s_rtsmart.hal;
}

/* The kernel closes the device. What was open lives until the next process starts a session. */
void K230_Board_End(void) {}
