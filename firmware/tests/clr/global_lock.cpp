#include "nanoHAL.h"

#include <mutex>

static std::recursive_mutex s_lock;
static thread_local int s_depth;

void GlobalLock()
{
    s_lock.lock();
    s_depth++;
}

void GlobalUnlock()
{
    s_depth--;
    s_lock.unlock();
}

bool HoldsGlobalLock() { return s_depth != 0; }
