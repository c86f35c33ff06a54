/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include "ledger/store/rocks_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store/rocks_log.h"

/* Not mapped: what the disk cannot read is an error of a read, but the end of the process where a
 * page of a mapping is missing. Less than size when the file has become shorter. */
static enum err read_whole(int fd, uint8_t *data, size_t size, size_t *got)
{
    *got = 0;
    while (*got < size) {
        const ssize_t n = read(fd, data + *got, size - *got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ERR_STORAGE;
        }
        if (n == 0) {
            break;
        }
        *got += (size_t)n;
    }
    return OK;
}

static enum err log_file_check(const char *path, const char *name, struct err_detail *detail)
{
    char full[PATH_MAX];
    char text[256];
    struct stat status;
    size_t at = 0;
    size_t got = 0;
    const int size = snprintf(full, sizeof full, "%s/%s", path, name);
    const int fd = size < (int)sizeof full ? open(full, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size <= 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return OK; /* the library says what is missing */
    }
    uint8_t *data = malloc((size_t)status.st_size);
    enum err err = data ? read_whole(fd, data, (size_t)status.st_size, &got) : ERR_MEMORY;
    if (err == ERR_STORAGE) {
        (void)snprintf(text, sizeof text, "IO error: %.60s cannot be read behind byte %zu: %.60s",
                       name, got, strerror(errno));
        err = err_set(detail, ERR_STORAGE, NULL, NULL, NULL, text);
    }
    (void)close(fd);
    if (!err && !rocks_log_whole(bytes_of(data, got), &at)) {
        (void)snprintf(text, sizeof text, "Corruption: a record of %.60s is damaged at byte %zu",
                       name, at);
        err = err_set(detail, ERR_CORRUPT, NULL, NULL, NULL, text);
    }
    free(data);
    return err;
}

/* Which tables there are stands in the MANIFEST that CURRENT names. */
static enum err manifest_check(const char *path, struct err_detail *detail)
{
    char current[PATH_MAX];
    char name[64] = "";
    const int size = snprintf(current, sizeof current, "%s/CURRENT", path);
    const int fd = size < (int)sizeof current ? open(current, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return OK;
    }
    const ssize_t got = read(fd, name, sizeof name - 1);
    (void)close(fd);
    name[got > 0 ? got : 0] = '\0';
    name[strcspn(name, "\n/")] = '\0';
    return name[0] != '\0' ? log_file_check(path, name, detail) : OK;
}

enum err rocks_files_check(const char *path, bool repairing, struct err_detail *detail)
{
    enum err err = manifest_check(path, detail);
    DIR *dir = repairing ? NULL : opendir(path);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && !err; entry = readdir(dir)) {
        const size_t size = strlen(entry->d_name);
        if (size > 4 && strcmp(entry->d_name + size - 4, ".log") == 0) {
            err = log_file_check(path, entry->d_name, detail);
        }
    }
    if (dir) {
        (void)closedir(dir);
    }
    return err;
}
