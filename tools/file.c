/* SPDX-License-Identifier: Apache-2.0 */
/* A new file that must not replace another is linked into place, which fails where it exists. */

#include "tools/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

static enum err fail(struct err_detail *detail, enum err err, const char *path)
{
    return err_set(detail, err, path, NULL, NULL, err == ERR_STORAGE ? strerror(errno) : NULL);
}

static enum err read_all(struct bytes *out, int file, size_t limit, struct arena *arena)
{
    /* One byte more than allowed tells "exactly at the limit" from "too large". */
    uint8_t *data = arena_alloc(arena, limit + 2);
    if (data == NULL) {
        return ERR_MEMORY;
    }
    size_t size = 0;
    while (size <= limit) {
        const ssize_t got = read(file, data + size, limit + 1 - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ERR_STORAGE;
        }
        if (got == 0) {
            break;
        }
        size += (size_t)got;
    }
    if (size > limit) {
        return ERR_TOO_LARGE;
    }
    data[size] = '\0';
    *out = bytes_of(data, size);
    return OK;
}

enum err file_read(struct bytes *out, const char *path, size_t limit, struct arena *arena,
                   struct err_detail *detail)
{
    if (strcmp(path, "-") == 0) {
        const enum err err = read_all(out, STDIN_FILENO, limit, arena);
        return err == OK ? OK : fail(detail, err, "stdin");
    }
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT
                   ? err_set(detail, ERR_ABSENT, path, NULL, NULL, "there is no file of this name")
                   : fail(detail, ERR_STORAGE, path);
    }
    struct stat status;
    size_t room = limit;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= 0 &&
        (uint64_t)status.st_size < limit) {
        room = (size_t)status.st_size;
    }
    const enum err err = read_all(out, file, room, arena);
    (void)close(file);
    return err == OK ? OK : fail(detail, err, path);
}

enum err file_read_document(struct bytes *out, const struct document_form *form, const char *path,
                            size_t limit, struct arena *arena, struct err_detail *detail)
{
    struct bytes text;
    const enum err err = file_read(&text, path, limit, arena, detail);
    return err == OK ? document_read(out, form, text, arena, detail) : err;
}

static enum err write_all(int file, struct bytes data)
{
    size_t done = 0;
    while (done < data.size) {
        const ssize_t put = write(file, data.data + done, data.size - done);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return ERR_STORAGE;
        }
        done += (size_t)put;
    }
    return OK;
}

static enum err put_in_place(const char *temporary, const char *path, bool replace)
{
    if (replace) {
        return rename(temporary, path) == 0 ? OK : ERR_STORAGE;
    }
    if (link(temporary, path) != 0) {
        return errno == EEXIST ? ERR_CONFLICT : ERR_STORAGE;
    }
    (void)unlink(temporary);
    return OK;
}

enum err file_write(const char *path, struct bytes data, bool replace, struct err_detail *detail)
{
    if (strcmp(path, "-") == 0) {
        return fwrite(data.data, 1, data.size, stdout) == data.size
                   ? OK
                   : fail(detail, ERR_STORAGE, "stdout");
    }
    char temporary[PATH_SIZE];
    const int length = snprintf(temporary, sizeof temporary, "%s.part%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return fail(detail, ERR_LENGTH, path);
    }
    const int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) {
        return fail(detail, ERR_STORAGE, path);
    }
    enum err err = write_all(file, data);
    if (err == OK && fsync(file) != 0) {
        err = ERR_STORAGE;
    }
    if (close(file) != 0 && err == OK) {
        err = ERR_STORAGE;
    }
    if (err == OK) {
        err = put_in_place(temporary, path, replace);
    }
    if (err != OK) {
        const enum err result = fail(detail, err, path);
        (void)unlink(temporary);
        return result;
    }
    return OK;
}
