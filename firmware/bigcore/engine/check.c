/* What K230_CHECKS adds: each thread's list of the locks it holds. */
#include "k230_check.h"

#ifdef K230_CHECKS
#include <stdio.h>
#include <stdlib.h>

#define HELD_MAX 8u

static _Thread_local struct {
    const uint32_t *locks[HELD_MAX];
    uint32_t count;
} s_held;

void k230_check_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: a rule of ours is broken: %s\n", file, line, what);
    abort();
}

bool k230_check_holds(const uint32_t *lock)
{
    for (uint32_t i = 0; i < s_held.count; i++)
        if (s_held.locks[i] == lock)
            return true;
    return false;
}

bool k230_check_holds_none(void) { return s_held.count == 0; }

void k230_check_took(const uint32_t *lock)
{
    K230_CHECK_NOT_HELD(lock);
    K230_CHECK(s_held.count < HELD_MAX);
    s_held.locks[s_held.count++] = lock;
}

void k230_check_gave(const uint32_t *lock)
{
    uint32_t at = 0;
    while (at < s_held.count && s_held.locks[at] != lock)
        at++;
    K230_CHECK(at < s_held.count);
    s_held.locks[at] = s_held.locks[--s_held.count];
}
#else
typedef int k230_check_nothing; /* a file is never empty: C11, 6.9 */
#endif
