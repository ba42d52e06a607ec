/* Inside the engine: what its files call of each other. */
#ifndef K230_ENGINE_PRIVATE_H
#define K230_ENGINE_PRIVATE_H

#include "k230_check.h"
#include "k230_engine.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_UNSAID_NO_ANSWER K230_FAULT_LIMIT

/* engine.c */
void k230i_say(struct k230_engine *engine); /* no lock held */
void k230i_wake_parked_locked(struct k230_engine *engine);
void k230i_owed_locked(
    struct k230_engine *engine); /* publishes what found the queue full, as far as there is room now */

/* pump.c. Takes what is new; false = not live. What it finds wakes threads that sleep and natives that park alike. */
bool k230i_pump_locked(struct k230_engine *engine, bool watchdog);

/* session.c */
int k230i_session_start(struct k230_engine *engine); /* no lock held; may sleep */
void k230i_session_end_locked(struct k230_engine *engine, uint32_t fault);

/* wait.c; live session. What is published from now on notifies for the hints; what was published before is there to be
 * looked at when it returns. */
void k230i_announce_locked(struct k230_engine *engine, uint32_t hints);
void k230i_withdraw_locked(struct k230_engine *engine, uint32_t hints);

#ifdef __cplusplus
}
#endif
#endif
