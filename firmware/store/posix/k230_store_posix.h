/* The store's medium as two files of a folder: deploy.0 and deploy.1.
 *
 * For file systems of POSIX calls, RT-Smart's FAT on the card among them. The folder is made when the first program is
 * kept; the folder that it lies in is not.
 */
#ifndef K230_STORE_POSIX_H
#define K230_STORE_POSIX_H

#include "k230_store.h"

#ifdef __cplusplus
extern "C" {
#endif

#define K230_STORE_POSIX_FOLDER 200u /* bytes of the folder's name, with its terminating zero */

struct k230_medium_posix {
    struct k230_medium medium; /* first: its operations receive it */
    char folder[K230_STORE_POSIX_FOLDER];
    int writing[K230_STORE_FILES]; /* from the first write to the sync; -1 = none is under way */
    int failure;                   /* errno of the last call that failed; 0 = none has */
};

/* -EINVAL: the name is empty or too long. */
int k230_medium_posix_init(struct k230_medium_posix *posix, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
