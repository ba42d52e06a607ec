/* What happened, for people. */
#include "store_private.h"

#include <stdio.h>

static const char *fault_of(enum k230_store_file found)
{
    switch (found) {
    case K230_STORE_DAMAGED:
        return "is damaged, as after a power cut in a deployment";
    case K230_STORE_UNREADABLE:
        return "cannot be read";
    default:
        return NULL;
    }
}

static const char *describe_failure(const struct k230_store *store, int status, char *text, size_t room)
{
    if (status == -K230_EMSGSIZE)
        snprintf(text, room, "%u bytes at offset %u do not fit: the store has %u bytes in %u blocks of %u",
                 (unsigned)store->refused_length, (unsigned)store->refused_offset, (unsigned)k230_store_bytes(store),
                 (unsigned)store->blocks, (unsigned)store->block_bytes);
    else if (status == -K230_EPROTO && store->found[0] == K230_STORE_DAMAGED && store->found[1] == K230_STORE_DAMAGED)
        snprintf(text, room, "both files of the store are damaged; deploy again");
    else if (status == -K230_EPROTO)
        snprintf(text, room, "the store holds something else than whole assemblies; deploy again");
    else
        snprintf(text, room, "the medium of the store fails with %s", k230_error_name(status));
    return text;
}

const char *k230_store_describe(const struct k230_store *store, int status, char *text, size_t room)
{
    if (status < 0)
        return describe_failure(store, status, text, room);
    uint32_t faulty = 0;
    while (faulty < K230_STORE_FILES && !fault_of(store->found[faulty]))
        faulty++;
    if (faulty < K230_STORE_FILES && store->newest < K230_STORE_FILES)
        snprintf(text, room, "file %u of the store %s; the program in file %u counts", (unsigned)faulty,
                 fault_of(store->found[faulty]), (unsigned)store->newest);
    else if (faulty < K230_STORE_FILES)
        snprintf(text, room, "file %u of the store %s, and there is no other", (unsigned)faulty,
                 fault_of(store->found[faulty]));
    else if (status == 0)
        snprintf(text, room, "the store is empty: %u bytes in %u blocks of %u", (unsigned)k230_store_bytes(store),
                 (unsigned)store->blocks, (unsigned)store->block_bytes);
    else
        snprintf(text, room, "the store has a program");
    return text;
}
