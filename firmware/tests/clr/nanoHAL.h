/* The lock over the queues that the CLR's thread shares with other threads: recursive, as a target's has to be.
 * Upstream's own push into the queue of managed events takes no lock, so the doubles of that queue take none either: a
 * post without this lock is a failure, and a data race for ThreadSanitizer.
 */
#ifndef K230_TESTS_CLR_NANOHAL_H
#define K230_TESTS_CLR_NANOHAL_H

void GlobalLock();
void GlobalUnlock();
bool HoldsGlobalLock();

#define GLOBAL_LOCK() GlobalLock()
#define GLOBAL_UNLOCK() GlobalUnlock()

#endif
