/* nanoHAL's global lock, before nanoHAL.h makes it empty. It guards what the CLR's thread shares with the thread of the
 * timers (the completions, which upstream locks itself) and with the one that attends the small core (the queue of
 * managed events: upstream locks where it takes events out, so whoever posts one from another thread takes the lock
 * here). Recursive. It is never held over a wait.
 *
 * Contexts: any thread of the process.
 */
#ifndef K230_GLOBAL_LOCK_H
#define K230_GLOBAL_LOCK_H

void K230_GlobalLock();
void K230_GlobalUnlock();

#define GLOBAL_LOCK() K230_GlobalLock()
#define GLOBAL_UNLOCK() K230_GlobalUnlock()
#define ASSERT_IRQ_MUST_BE_ON()

#endif
