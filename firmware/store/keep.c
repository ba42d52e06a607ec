/* How the image gets to the medium and back.
 *
 * A file: the header in the first sector, the content from K230_STORE_CONTENT on. The content ends with the last byte
 * of the image that is not erased; what a longer program of before has left behind it is not looked at.
 *
 *   0  "K230PRG1"
 *   8  sequence: higher is newer, modulo 2^32
 *  12  length of the content
 *  16  CRC of the content
 *  20  CRC of the header up to here
 * Numbers are little-endian. Both CRCs start from all ones, so that leading zeros count.
 */
#include "store_private.h"

#include <string.h>

static const uint8_t s_magic[8] = {'K', '2', '3', '0', 'P', 'R', 'G', '1'};

#define SEQUENCE 8
#define LENGTH 12
#define CONTENT_CRC 16
#define HEADER_CRC 20
#define HEADER 24

#define CRC_START 0xFFFFFFFFu

struct header {
    uint32_t sequence;
    uint32_t length;
    uint32_t crc;
};

static bool newer(uint32_t sequence, uint32_t than) { return (int32_t)(sequence - than) > 0; }

/* The result of an operation of the medium. */
static int remember(struct k230_store *store, int status)
{
    if (status < 0)
        store->error = status;
    return status;
}

/* What stands in a file's header. The content is as long as the header says, or longer. */
static enum k230_store_file read_header(struct k230_store *store, uint32_t file, struct header *header)
{
    struct k230_medium *medium = store->medium;
    uint8_t bytes[HEADER];
    const int64_t size = medium->ops->size(medium, file);
    if (size == -K230_ENOENT)
        return K230_STORE_ABSENT;
    if (size < 0) {
        remember(store, (int)size);
        return K230_STORE_UNREADABLE;
    }
    if (size < K230_STORE_CONTENT)
        return K230_STORE_DAMAGED;
    if (remember(store, medium->ops->read(medium, file, 0, bytes, sizeof bytes)) < 0)
        return K230_STORE_UNREADABLE;
    if (memcmp(bytes, s_magic, sizeof s_magic) != 0 ||
        k230_crc(CRC_START, bytes, HEADER_CRC) != k230i_get32(bytes + HEADER_CRC))
        return K230_STORE_DAMAGED;
    *header = (struct header){
        .sequence = k230i_get32(bytes + SEQUENCE),
        .length = k230i_get32(bytes + LENGTH),
        .crc = k230i_get32(bytes + CONTENT_CRC),
    };
    return header->length <= size - K230_STORE_CONTENT ? K230_STORE_WHOLE : K230_STORE_DAMAGED;
}

/* Reads a file's content into the image. A content that is longer than the image goes through its first block. */
static enum k230_store_file read_content(struct k230_store *store, uint32_t file, const struct header *header)
{
    struct k230_medium *medium = store->medium;
    const bool fits = header->length <= k230_store_bytes(store);
    uint32_t crc = CRC_START;
    for (uint32_t done = 0; done < header->length;) {
        uint8_t *at = store->image + (fits ? done : 0);
        const uint32_t left = header->length - done;
        const uint32_t length = left < store->block_bytes ? left : store->block_bytes;
        if (remember(store, medium->ops->read(medium, file, K230_STORE_CONTENT + done, at, length)) < 0)
            return K230_STORE_UNREADABLE;
        crc = k230_crc(crc, at, length);
        done += length;
    }
    if (crc != header->crc)
        return K230_STORE_DAMAGED;
    return fits ? K230_STORE_WHOLE : K230_STORE_TOO_LONG;
}

/* Whether a file counts. */
static bool take(struct k230_store *store, uint32_t file, const struct header *header)
{
    store->found[file] = read_content(store, file, header);
    if (store->found[file] != K230_STORE_WHOLE)
        k230i_store_clear(store);
    if (store->found[file] != K230_STORE_WHOLE && store->found[file] != K230_STORE_TOO_LONG)
        return false;
    store->newest = file;
    store->sequence = header->sequence;
    return true;
}

static int loaded(struct k230_store *store, const struct header *header)
{
    if (store->newest < K230_STORE_FILES) {
        if (store->found[store->newest] == K230_STORE_TOO_LONG)
            return k230i_store_refuse(store, 0, header[store->newest].length);
        return header[store->newest].length > 0 ? 1 : 0;
    }
    bool all_damaged = true;
    for (uint32_t file = 0; file < K230_STORE_FILES; file++) {
        if (store->found[file] == K230_STORE_UNREADABLE)
            return store->error;
        all_damaged = all_damaged && store->found[file] == K230_STORE_DAMAGED;
    }
    return all_damaged ? -K230_EPROTO : 0;
}

int k230_store_load(struct k230_store *store)
{
    struct header header[K230_STORE_FILES] = {{.sequence = 0}};
    k230i_store_clear(store);
    store->newest = K230_STORE_FILES;
    store->sequence = 0;
    store->dirty = false;
    store->error = 0;
    if (!store->medium)
        return 0;
    for (uint32_t file = 0; file < K230_STORE_FILES; file++)
        store->found[file] = read_header(store, file, &header[file]);
    const bool both = store->found[0] == K230_STORE_WHOLE && store->found[1] == K230_STORE_WHOLE;
    const uint32_t first = both && newer(header[1].sequence, header[0].sequence) ? 1 : 0;
    for (uint32_t i = 0; i < K230_STORE_FILES; i++) {
        const uint32_t file = i ^ first;
        if (store->found[file] != K230_STORE_WHOLE)
            continue;
        if (store->newest < K230_STORE_FILES)
            store->found[file] = K230_STORE_OLDER;
        else
            take(store, file, &header[file]);
    }
    return loaded(store, header);
}

static uint32_t used_bytes(const struct k230_store *store)
{
    uint32_t used = k230_store_bytes(store);
    while (used > 0 && store->image[used - 1] == 0xFF)
        used--;
    return used;
}

/* The file begins with no header meanwhile, and is written without a gap: not each file system seeks beyond an end. */
static int write_content(struct k230_store *store, uint32_t file, uint32_t length)
{
    static const uint8_t no_header[K230_STORE_CONTENT];
    struct k230_medium *medium = store->medium;
    const int blank = medium->ops->write(medium, file, 0, no_header, sizeof no_header);
    if (blank < 0)
        return blank;
    for (uint32_t done = 0; done < length;) {
        const uint32_t left = length - done;
        const uint32_t piece = left < store->block_bytes ? left : store->block_bytes;
        const int status = medium->ops->write(medium, file, K230_STORE_CONTENT + done, store->image + done, piece);
        if (status < 0)
            return status;
        done += piece;
    }
    return medium->ops->sync(medium, file);
}

static int write_header(struct k230_store *store, uint32_t file, const struct header *header)
{
    struct k230_medium *medium = store->medium;
    uint8_t bytes[HEADER];
    memcpy(bytes, s_magic, sizeof s_magic);
    k230i_put32(bytes + SEQUENCE, header->sequence);
    k230i_put32(bytes + LENGTH, header->length);
    k230i_put32(bytes + CONTENT_CRC, header->crc);
    k230i_put32(bytes + HEADER_CRC, k230_crc(CRC_START, bytes, HEADER_CRC));
    const int status = medium->ops->write(medium, file, 0, bytes, sizeof bytes);
    return status < 0 ? status : medium->ops->sync(medium, file);
}

/* A file that was not there or could not be read at the last load may hold what counts, since a card is mounted late:
 * it must be known before the other one is written. */
static int look_again(struct k230_store *store)
{
    const bool none = store->newest == K230_STORE_FILES;
    for (uint32_t file = 0; file < K230_STORE_FILES; file++) {
        struct header header;
        if (store->found[file] != K230_STORE_ABSENT && store->found[file] != K230_STORE_UNREADABLE)
            continue;
        store->found[file] = read_header(store, file, &header);
        if (store->found[file] == K230_STORE_UNREADABLE)
            return store->error;
        if (store->found[file] != K230_STORE_WHOLE)
            continue;
        if (store->newest < K230_STORE_FILES && !newer(header.sequence, store->sequence))
            continue;
        store->sequence = header.sequence;
        if (none)
            store->newest = file;
    }
    return 0;
}

/* Writes the image to the file that does not count, which then does. */
static int keep(struct k230_store *store)
{
    int status = look_again(store);
    if (status < 0)
        return status;
    const uint32_t file = store->newest == 0 ? 1 : 0;
    const uint32_t length = used_bytes(store);
    const struct header header = {
        .sequence = store->sequence + 1,
        .length = length,
        .crc = k230_crc(CRC_START, store->image, length),
    };
    status = write_content(store, file, length);
    if (status == 0)
        status = write_header(store, file, &header);
    if (status < 0)
        return remember(store, status);
    if (store->newest < K230_STORE_FILES)
        store->found[store->newest] = K230_STORE_OLDER;
    store->found[file] = K230_STORE_WHOLE;
    store->newest = file;
    store->sequence = header.sequence;
    return 0;
}

int k230_store_commit(struct k230_store *store)
{
    if (store->dirty && store->medium) {
        const int status = keep(store);
        if (status < 0)
            return status;
    }
    store->dirty = false;
    return 0;
}

int k230_store_revert(struct k230_store *store)
{
    return store->dirty ? k230_store_load(store) : used_bytes(store) > 0;
}
