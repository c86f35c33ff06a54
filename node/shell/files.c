/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is relative to two directory descriptors, names are single components, and a new file
 * appears under its name only when it is whole and synced: a crash leaves a ".new" file, which the
 * next creation replaces. Nothing grows after that, so fdatasync has no metadata to write. */
#include "node/shell/files.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZERO_CHUNK (1024 * 1024)

struct files {
    int dirs[2]; /* by enum env_dir */
};

struct env_file {
    int fd;
    uint64_t size;
};

enum err files_open(struct files **out, const char *log_dir, const char *key_dir)
{
    assert(out != NULL);
    struct files *files = calloc(1, sizeof(*files));
    if (files == NULL) {
        return ERR_MEMORY;
    }
    if (mkdir(log_dir, 0700) != 0 && errno != EEXIST) {
        free(files);
        return ERR_STORAGE;
    }
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    files->dirs[ENV_DIR_LOG] = open(log_dir, flags);
    files->dirs[ENV_DIR_KEY] = open(key_dir, flags);
    if (files->dirs[ENV_DIR_LOG] < 0 || files->dirs[ENV_DIR_KEY] < 0) {
        const enum err err = files->dirs[ENV_DIR_KEY] < 0 ? ERR_ABSENT : ERR_STORAGE;
        files_close(files);
        return err;
    }
    *out = files;
    return OK;
}

void files_close(struct files *files)
{
    if (files == NULL) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        if (files->dirs[i] >= 0) {
            close(files->dirs[i]);
        }
    }
    free(files);
}

static bool name_valid(const char *name)
{
    const size_t size = strnlen(name, ENV_FILE_NAME);
    return size > 0 && size < ENV_FILE_NAME && name[0] != '.' && strchr(name, '/') == NULL;
}

static enum err write_all(int fd, uint64_t offset, struct bytes data)
{
    size_t done = 0;
    while (done < data.size) {
        const ssize_t n = pwrite(fd, data.data + done, data.size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ERR_STORAGE;
        }
        done += (size_t)n;
    }
    return OK;
}

static enum err fill_zero(int fd, uint64_t size)
{
    uint8_t *zeros = calloc(1, ZERO_CHUNK);
    if (zeros == NULL) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    for (uint64_t at = 0; err == OK && at < size; at += ZERO_CHUNK) {
        const uint64_t left = size - at;
        err = write_all(fd, at, bytes_of(zeros, left < ZERO_CHUNK ? (size_t)left : ZERO_CHUNK));
    }
    free(zeros);
    return err == OK && fsync(fd) != 0 ? ERR_STORAGE : err;
}

/* Makes the file under a passing name and links it to its own, which fails if that is taken. */
static enum err create(int *out, int dir, const char *name, uint64_t size)
{
    char passing[ENV_FILE_NAME + 8];
    snprintf(passing, sizeof(passing), ".%s.new", name);
    if (unlinkat(dir, passing, 0) != 0 && errno != ENOENT) {
        return ERR_STORAGE;
    }
    const int fd = openat(dir, passing, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return ERR_STORAGE;
    }
    enum err err = fill_zero(fd, size);
    if (err == OK && linkat(dir, passing, dir, name, 0) != 0) {
        err = errno == EEXIST ? ERR_CONFLICT : ERR_STORAGE;
    }
    if (unlinkat(dir, passing, 0) != 0 || (err == OK && fsync(dir) != 0)) {
        err = err == OK ? ERR_STORAGE : err;
    }
    if (err != OK) {
        close(fd);
        return err;
    }
    *out = fd;
    return OK;
}

enum err files_file_open(void *context, struct env_file **out, enum env_dir dir, const char *name,
                         enum env_open how, uint64_t size)
{
    const struct files *files = context;
    assert(name_valid(name));
    struct env_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return ERR_MEMORY;
    }
    enum err err = OK;
    if (how == ENV_OPEN_CREATE) {
        err = create(&file->fd, files->dirs[dir], name, size);
    } else {
        file->fd = openat(files->dirs[dir], name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (file->fd < 0) {
            err = errno == ENOENT ? ERR_ABSENT : ERR_STORAGE;
        }
    }
    if (err != OK) {
        free(file);
        return err;
    }
    struct stat status;
    if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(file->fd);
        free(file);
        return ERR_STORAGE;
    }
    file->size = (uint64_t)status.st_size;
    *out = file;
    return OK;
}

enum err files_file_size(void *context, struct env_file *file, uint64_t *out)
{
    (void)context;
    *out = file->size;
    return OK;
}

enum err files_file_read(void *context, struct env_file *file, uint64_t offset, void *out,
                         size_t size, size_t *got)
{
    (void)context;
    size_t done = 0;
    while (done < size) {
        const ssize_t n =
            pread(file->fd, (uint8_t *)out + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ERR_STORAGE;
        }
        if (n == 0) {
            break;
        }
        done += (size_t)n;
    }
    *got = done;
    return OK;
}

enum err files_file_write(void *context, struct env_file *file, uint64_t offset, struct bytes data)
{
    (void)context;
    assert(offset <= file->size);
    assert(data.size <= file->size - offset);
    return write_all(file->fd, offset, data);
}

enum err files_file_sync(void *context, struct env_file *file)
{
    (void)context;
    return fdatasync(file->fd) == 0 ? OK : ERR_STORAGE;
}

void files_file_close(void *context, struct env_file *file)
{
    (void)context;
    if (file != NULL) {
        close(file->fd);
        free(file);
    }
}

enum err files_file_rename(void *context, enum env_dir dir, const char *from, const char *to)
{
    const struct files *files = context;
    assert(name_valid(from));
    assert(name_valid(to));
    return renameat(files->dirs[dir], from, files->dirs[dir], to) == 0 ? OK : ERR_STORAGE;
}

enum err files_file_unlink(void *context, enum env_dir dir, const char *name)
{
    const struct files *files = context;
    assert(name_valid(name));
    if (unlinkat(files->dirs[dir], name, 0) == 0) {
        return OK;
    }
    return errno == ENOENT ? ERR_ABSENT : ERR_STORAGE;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

enum err files_file_list(void *context, enum env_dir dir, struct env_names *out)
{
    const struct files *files = context;
    const int fd = openat(files->dirs[dir], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return ERR_STORAGE;
    }
    const size_t room = sizeof(out->names) / sizeof(out->names[0]);
    enum err err = OK;
    size_t count = 0;
    errno = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (!name_valid(entry->d_name)) {
            continue;
        }
        if (count == room) {
            err = ERR_TOO_LARGE;
            break;
        }
        memcpy(out->names[count++], entry->d_name, strlen(entry->d_name) + 1);
    }
    if (err == OK && errno != 0) {
        err = ERR_STORAGE;
    }
    closedir(stream);
    if (err == OK) {
        qsort(out->names, count, sizeof(out->names[0]), by_name);
        out->count = count;
    }
    return err;
}

enum err files_dir_sync(void *context, enum env_dir dir)
{
    const struct files *files = context;
    return fsync(files->dirs[dir]) == 0 ? OK : ERR_STORAGE;
}

void files_env(struct env *env, struct files *files)
{
    env->context = files;
    env->file_open = files_file_open;
    env->file_size = files_file_size;
    env->file_read = files_file_read;
    env->file_write = files_file_write;
    env->file_sync = files_file_sync;
    env->file_close = files_file_close;
    env->file_rename = files_file_rename;
    env->file_unlink = files_file_unlink;
    env->file_list = files_file_list;
    env->dir_sync = files_dir_sync;
}
