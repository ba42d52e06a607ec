/* The deployment store: the program that the PC deploys over the wire protocol, kept so that a power cut leaves the old
 * program or the new one, never parts of both.
 *
 * The image
 *   The store is an image in RAM that behaves like flash of equal blocks: erased bytes are 0xFF, and a write may be
 * made anywhere. Offsets count from its beginning; no access reaches outside. Assemblies stand back to back from offset
 * 0, each aligned to 4.
 *
 * The medium
 *   k230_store_commit writes the image to the older of two files: first the content, then a sync, then the header with
 *   sequence, length and CRCs, then a sync. k230_store_load takes the file with the higher sequence of those that are
 *   whole. Loading writes nothing, so there is no repair that a second cut could interrupt. The file that counts is
 * never written; nothing is renamed or truncated, because RT-Smart's FAT can replace no file.
 *
 * A CLR that executes assemblies in the image, not copies of them, stands still from the first erase or write to the
 * reboot.
 *
 * Contexts: one thread at a time; commit and load block for the medium. Nothing is allocated: the memory is the
 * caller's. Results: 0 or positive, or -enum k230_error. k230_store_describe says a failure in words.
 */
#ifndef K230_STORE_H
#define K230_STORE_H

#include "k230_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Few big blocks: the PC takes one request for each block that it erases, and one that it checks. */
#ifndef K230_STORE_BLOCK_BYTES
#define K230_STORE_BLOCK_BYTES 0x20000u
#endif
#ifndef K230_STORE_BLOCKS
#define K230_STORE_BLOCKS 16u
#endif
#define K230_STORE_BYTES (K230_STORE_BLOCK_BYTES * K230_STORE_BLOCKS)

#define K230_STORE_FILES 2u
#define K230_STORE_CONTENT 512u /* where a file's content begins: the header has a sector of its own */

struct k230_medium;

/* What keeps the two files, 0 and 1. A write that was synced survives a power cut; one that was not may be there whole,
 * in part, or not at all, and in any order. */
struct k230_medium_ops {
    /* The bytes of the file; -ENOENT if there is none. */
    int64_t (*size)(struct k230_medium *medium, uint32_t file);
    /* All `length` bytes at `offset`: 0, or -enum k230_error. */
    int (*read)(struct k230_medium *medium, uint32_t file, uint32_t offset, void *bytes, uint32_t length);
    /* The same for writing. Makes the file if there is none, and lengthens it. */
    int (*write)(struct k230_medium *medium, uint32_t file, uint32_t offset, const void *bytes, uint32_t length);
    /* Returns when all that was written to the file is on the medium. */
    int (*sync)(struct k230_medium *medium, uint32_t file);
};

struct k230_medium {
    const struct k230_medium_ops *ops;
};

/* What the last load found in a file. */
enum k230_store_file {
    K230_STORE_ABSENT,     /* there is none */
    K230_STORE_WHOLE,      /* the program that counts, or that there is none any more */
    K230_STORE_OLDER,      /* it has a header, and the other file counts */
    K230_STORE_DAMAGED,    /* no header, content that is cut or not what the header says, or something else's file */
    K230_STORE_TOO_LONG,   /* whole, and longer than this store: of a firmware with a larger one */
    K230_STORE_UNREADABLE, /* the medium failed: `error` says how */
};

struct k230_store {
    uint8_t *image;
    uint32_t block_bytes;
    uint32_t blocks;
    struct k230_medium *medium; /* NULL: the program is gone with the power */
    bool dirty;                 /* the image differs from what load or commit left */
    uint32_t newest;            /* the file that counts; K230_STORE_FILES = none does */
    uint32_t sequence;          /* of that file */
    enum k230_store_file found[K230_STORE_FILES];
    int error;               /* the medium's last failure */
    uint32_t refused_offset; /* what did not fit, last */
    uint32_t refused_length;
};

/* `image` has blocks * block_bytes bytes. block_bytes is a multiple of 4 and not 0, all of it below 2 GiB; -EINVAL if
 * not. The image is erased. */
int k230_store_init(struct k230_store *store, void *image, uint32_t blocks, uint32_t block_bytes,
                    struct k230_medium *medium);

static inline uint32_t k230_store_bytes(const struct k230_store *store) { return store->blocks * store->block_bytes; }

/* Fills the image from the medium. 1: with a program. 0: there is none, and the image is erased, as it is after a
 * failure: -EPROTO: both files are damaged, which no power cut does; -EMSGSIZE: the program does not fit this store;
 * else the medium failed. A file that is damaged beside a whole one is no failure: the whole one counts, and `found`
 * tells. */
int k230_store_load(struct k230_store *store);

/* Writes the image to the medium, if it is dirty. 0: a load finds this image from now on. Else the medium failed, and a
 * load finds the former program, or this image; the store is still dirty. Without a medium nothing is kept: 0. */
int k230_store_commit(struct k230_store *store);

/* Forgets what was written since the last load or commit, by loading again if anything was. A PC that went in the
 * middle of a deployment leaves the former program; without a medium, none. */
int k230_store_revert(struct k230_store *store);

/* ---- accesses, as the PC makes them: -EMSGSIZE outside the image, which stays as it is -----------------------------
 */

/* Each block that the range touches, whole. */
int k230_store_erase(struct k230_store *store, uint32_t offset, uint32_t length);
bool k230_store_erased(const struct k230_store *store, uint32_t offset, uint32_t length);
int k230_store_write(struct k230_store *store, uint32_t offset, const void *bytes, uint32_t length);
int k230_store_read(struct k230_store *store, uint32_t offset, void *bytes, uint32_t length);
/* k230_crc of the range, from 0. */
int k230_store_crc(struct k230_store *store, uint32_t offset, uint32_t length, uint32_t *crc);

/* ---- the assemblies ---------------------------------------------------------------------------------------------- */

#define K230_ASSEMBLY_HEADER 124u

/* An assembly in the store (format NFMRK1), whose header and tables have the CRCs that they say. */
struct k230_assembly {
    uint32_t offset;
    uint32_t length;      /* TotalSize */
    const uint8_t *bytes; /* in the image */
    uint32_t natives;     /* checksum of its natives; 0 = it has none */
    uint16_t version[4];
};

/* The assembly at *at, 0 at first, which moves on. 1; 0: no further one; -EPROTO: what stands at *at is no assembly or
 * is damaged. */
int k230_store_next(const struct k230_store *store, uint32_t *at, struct k230_assembly *assembly);

/* Whether k230_store_next finds no damage. A line without a connection does not tell that a PC went in the middle of a
 * deployment; half a program is not whole. An empty store is. */
bool k230_store_is_whole(const struct k230_store *store);

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* One line, without a line end, about the last call's result `status`: how much room there is, which file is damaged,
 * or what was loaded. Returns `text`. */
const char *k230_store_describe(const struct k230_store *store, int status, char *text, size_t room);

#ifdef __cplusplus
}
#endif
#endif
