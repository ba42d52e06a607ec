#include "board.h"
#include "target.h"

#include <pthread.h>
#include <stdio.h>

bool K230_StartThread(void *(*run)(void *), const char *name)
{
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, run, NULL);

    if (error != 0) {
        fprintf(stderr, "nanoclr: %s does not start: error %d of pthread_create\n", name, error);
        return false;
    }

    K230_Board_Raise(thread);
    pthread_detach(thread);
    return true;
}
