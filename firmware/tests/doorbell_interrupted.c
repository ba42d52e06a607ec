/* k230_doorbell.c with a place in a wait where a test's interrupt falls: after its first look at the count, and before
 * its last. */
void doorbell_interrupted(void);

#define __atomic_thread_fence(order) (doorbell_interrupted(), __atomic_thread_fence(order))

#include "k230_doorbell.c"
