/* Checks of our own rules, in test and sanitizer builds (K230_CHECKS): a lock that a function wants is held by its
 * thread, locks are taken in their order, a socket's state moves as it may. A breach says what it is and aborts. In a
 * device's build nothing of this is left. Never for what the other core says. */
#ifndef K230_CHECK_H
#define K230_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef K230_CHECKS
void k230_check_took(const uint32_t *lock);
void k230_check_gave(const uint32_t *lock);
bool k230_check_holds(const uint32_t *lock); /* this thread */
bool k230_check_holds_none(void);            /* the same */
void k230_check_fail(const char *file, int line, const char *what);
#define K230_CHECK(condition) ((condition) ? (void)0 : k230_check_fail(__FILE__, __LINE__, #condition))
#else
#define k230_check_took(lock) ((void)(lock))
#define k230_check_gave(lock) ((void)(lock))
#define K230_CHECK(condition) ((void)0)
#endif
#define K230_CHECK_HELD(lock) K230_CHECK(k230_check_holds(lock))
#define K230_CHECK_NOT_HELD(lock) K230_CHECK(!k230_check_holds(lock))

#ifdef __cplusplus
}
#endif
#endif
