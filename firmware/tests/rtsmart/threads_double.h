/* POSIX threads as musl has them on the kernel of the vendor's SDK (kendryte/k230_sdk, lwp_futex.c and lwp_pmutex.c),
 * as far as programs notice. Sources that are to run there are compiled with the names of THREADS_DOUBLE
 * (CMakeLists.txt) in place of the C library's.
 *
 * - A timed wait is over after a tick: the kernel takes the time that a futex may wait for a time of day.
 * - A broadcast wakes one waiter: there is no FUTEX_REQUEUE, and the others sleep for ever.
 * - The first lock of a static mutex makes it in the kernel, and of two first locks the second resets it: it is
 * unlocked under the thread that has it. Here that counts as a fault even if no second thread comes.
 *
 * Contexts: any thread.
 */
#ifndef K230_RT_THREADS_DOUBLE_H
#define K230_RT_THREADS_DOUBLE_H

namespace RtThreads
{
void Reset(); /* the counts */
unsigned TimedWaits();
unsigned Lost();       /* waiters that a broadcast did not wake */
unsigned FirstLocks(); /* of mutexes that nobody had made */
void ReleaseLost();    /* so that a test that failed ends */
int Priority();        /* that a thread was given; the caller's own is 25 */
} // namespace RtThreads

#endif
