#include "global_lock.h"

#include <pthread.h>

// Never destroyed: threads of the process may still take it while the process ends.
static pthread_mutex_t s_lock;

static const bool s_made = [] {
    pthread_mutexattr_t recursive;

    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s_lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_mutex_lock(&s_lock); // see events.cpp
    pthread_mutex_unlock(&s_lock);
    return true;
}();

void K230_GlobalLock()
{
    (void)s_made;
    pthread_mutex_lock(&s_lock);
}

void K230_GlobalUnlock() { pthread_mutex_unlock(&s_lock); }
