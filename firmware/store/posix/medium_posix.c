#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#include "k230_errno.h"
#include "k230_store_posix.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct k230_medium_posix *self(struct k230_medium *medium) { return (struct k230_medium_posix *)medium; }

static int failure(struct k230_medium_posix *posix)
{
    posix->failure = errno;
    return errno != 0 ? k230_name_errno(errno) : -K230_EIO;
}

struct path {
    char text[K230_STORE_POSIX_FOLDER + sizeof "/deploy.0"];
};

static struct path path_of(const struct k230_medium_posix *posix, uint32_t file)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s/deploy.%u", posix->folder, (unsigned)(file & 1u));
    return path;
}

static int64_t size(struct k230_medium *medium, uint32_t file)
{
    struct k230_medium_posix *posix = self(medium);
    const struct path path = path_of(posix, file);
    struct stat facts;
    if (stat(path.text, &facts) == 0)
        return facts.st_size;
    return failure(posix);
}

static int read_all(struct k230_medium_posix *posix, int from, uint32_t offset, uint8_t *bytes, uint32_t length)
{
    if (lseek(from, (off_t)offset, SEEK_SET) < 0)
        return failure(posix);
    for (uint32_t done = 0; done < length;) {
        const ssize_t count = read(from, bytes + done, length - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return failure(posix);
        if (count == 0)
            return -K230_EIO; /* the file has become shorter */
        done += (uint32_t)count;
    }
    return 0;
}

static int medium_read(struct k230_medium *medium, uint32_t file, uint32_t offset, void *bytes, uint32_t length)
{
    struct k230_medium_posix *posix = self(medium);
    const struct path path = path_of(posix, file);
    const int from = open(path.text, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return failure(posix);
    const int status = read_all(posix, from, offset, bytes, length);
    close(from);
    return status;
}

/* The descriptor that writes the file, or a failure. */
static int open_to_write(struct k230_medium_posix *posix, uint32_t file)
{
    int *to = &posix->writing[file];
    const struct path path = path_of(posix, file);
    if (*to >= 0)
        return *to;
    *to = open(path.text, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (*to < 0 && errno == ENOENT && mkdir(posix->folder, 0777) == 0)
        *to = open(path.text, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    return *to < 0 ? failure(posix) : *to;
}

/* After a failure the file is opened anew for the next try. */
static int give_up(struct k230_medium_posix *posix, uint32_t file, int status)
{
    close(posix->writing[file]);
    posix->writing[file] = -1;
    return status;
}

static int medium_write(struct k230_medium *medium, uint32_t file, uint32_t offset, const void *bytes, uint32_t length)
{
    struct k230_medium_posix *posix = self(medium);
    const int to = open_to_write(posix, file);
    if (to < 0)
        return to;
    if (lseek(to, (off_t)offset, SEEK_SET) < 0)
        return give_up(posix, file, failure(posix));
    for (uint32_t done = 0; done < length;) {
        const ssize_t count = write(to, (const uint8_t *)bytes + done, length - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return give_up(posix, file, count < 0 ? failure(posix) : -K230_EIO);
        done += (uint32_t)count;
    }
    return 0;
}

/* The entry of a file that is new is the folder's. Where a folder cannot be synced the file's own sync has to do. */
static void sync_folder(const struct k230_medium_posix *posix)
{
    const int folder = open(posix->folder, O_RDONLY | O_CLOEXEC);
    if (folder < 0)
        return;
    fsync(folder);
    close(folder);
}

static int medium_sync(struct k230_medium *medium, uint32_t file)
{
    struct k230_medium_posix *posix = self(medium);
    const int to = posix->writing[file];
    if (to < 0)
        return 0;
    posix->writing[file] = -1;
    int status = fsync(to) < 0 ? failure(posix) : 0;
    if (close(to) < 0 && status == 0)
        status = failure(posix);
    sync_folder(posix);
    return status;
}

static const struct k230_medium_ops s_ops = {
    .size = size,
    .read = medium_read,
    .write = medium_write,
    .sync = medium_sync,
};

int k230_medium_posix_init(struct k230_medium_posix *posix, const char *folder)
{
    const size_t length = strlen(folder);
    if (length == 0 || length >= sizeof posix->folder)
        return -K230_EINVAL;
    *posix = (struct k230_medium_posix){.medium = {&s_ops}, .writing = {-1, -1}};
    memcpy(posix->folder, folder, length + 1);
    return 0;
}
