/* SPDX-License-Identifier: Apache-2.0 */
/* A log segment is prepared with zeros to its end; of those only the first are kept, because each
 * of them would be tried. */
#include "tests/flips/copy.h"

#include "tests/flips/look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZEROS_KEPT ((size_t)4096) /* of the prepared end of a log segment */

_Noreturn void copy_stop(const char *what, const char *name)
{
    (void)fprintf(stderr, "flips: %s %s: %s\n", what, name, strerror(errno));
    exit(2);
}

/* Files of the node itself; what the surroundings of a test put beside them is left out. */
static bool is_ours(const char *name)
{
    return strcmp(name, "node.yaml") == 0 || strcmp(name, "access.json") == 0 ||
           strncmp(name, "data/", 5) == 0 || strncmp(name, "keys/", 5) == 0;
}

static void load(struct copy *copy, const char *path, const char *name)
{
    struct copy_file *file = &copy->files[copy->count];
    struct stat status;
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fstat(fileno(stream), &status) != 0 ||
        copy->count + 1 == COPY_FILES_MAX) {
        copy_stop("cannot read", path);
    }
    file->size = (size_t)status.st_size;
    file->bytes = malloc(file->size + 1);
    if (file->bytes == NULL || fread(file->bytes, 1, file->size, stream) != file->size) {
        copy_stop("cannot read", path);
    }
    (void)fclose(stream);
    if (strncmp(name, "data/log/", 9) == 0) {
        size_t used = file->size;
        while (used > 0 && file->bytes[used - 1] == 0) {
            used--;
        }
        used = (used + ZEROS_KEPT) / 8 * 8;
        file->size = used < file->size ? used : file->size;
        file->bytes = realloc(file->bytes, file->size + 1);
        if (file->bytes == NULL) {
            copy_stop("no memory for", path);
        }
    }
    (void)snprintf(file->name, sizeof file->name, "%s", name);
    copy->count++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct copy_file *)a)->name, ((const struct copy_file *)b)->name);
}

void copy_join(char out[COPY_PATH_SIZE], const char *a, const char *b)
{
    const int size = snprintf(out, COPY_PATH_SIZE, "%s/%s", a, b);
    if (size < 0 || size >= COPY_PATH_SIZE) {
        errno = ENAMETOOLONG;
        copy_stop("cannot use", a);
    }
}

static void load_folder(struct copy *copy, const char *root, const char *folder)
{
    char path[COPY_PATH_SIZE];
    copy_join(path, root, folder);
    DIR *stream = opendir(path);
    if (stream == NULL) {
        copy_stop("cannot open", path);
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char name[COPY_NAME_SIZE];
        struct stat status;
        const int size = snprintf(name, sizeof name, "%s%s", folder, entry->d_name);
        if (size < 0 || size >= (int)sizeof name) {
            copy_stop("cannot use", entry->d_name);
        }
        copy_join(path, root, name);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && is_ours(name)) {
            load(copy, path, name);
        }
    }
    (void)closedir(stream);
}

static void store(const char *path, const struct copy_file *file)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, file->bytes, file->size) != (ssize_t)file->size || close(fd) != 0) {
        copy_stop("cannot write", path);
    }
}

static void clear_folder(const char *path)
{
    DIR *stream = opendir(path);
    for (struct dirent *entry = stream ? readdir(stream) : NULL; entry; entry = readdir(stream)) {
        if (entry->d_type == DT_REG) {
            (void)unlinkat(dirfd(stream), entry->d_name, 0);
        }
    }
    if (stream != NULL) {
        (void)closedir(stream);
    }
}

static const struct {
    const char *name;
    unsigned parts; /* whose looks need it */
} folders[] = {{"", LOOK_ALL},
               {"data", LOOK_ALL},
               {"data/chain", LOOK_CHAIN},
               {"data/local", LOOK_LOCAL},
               {"data/log", LOOK_CHAIN},
               {"keys", LOOK_ALL}};

static bool is_needed(const char *name, unsigned parts)
{
    if (strncmp(name, "data/local/", 11) == 0) {
        return (parts & LOOK_LOCAL) != 0;
    }
    if (strncmp(name, "data/chain/", 11) == 0 || strncmp(name, "data/log/", 9) == 0) {
        return (parts & LOOK_CHAIN) != 0;
    }
    return true;
}

void copy_lay_out(const struct copy *copy, const char *scratch, unsigned parts)
{
    char path[COPY_PATH_SIZE];
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (!(folders[i].parts & parts)) {
            continue;
        }
        copy_join(path, scratch, folders[i].name);
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            copy_stop("cannot make", path);
        }
        clear_folder(path);
    }
    for (size_t i = 0; i < copy->count; i++) {
        if (is_needed(copy->files[i].name, parts)) {
            copy_join(path, scratch, copy->files[i].name);
            store(path, &copy->files[i]);
        }
    }
}

void copy_lay_file(const char *scratch, const struct copy_file *file)
{
    char path[COPY_PATH_SIZE];
    copy_join(path, scratch, file->name);
    store(path, file);
}

void copy_load(struct copy *copy, const char *node, const char *genesis)
{
    const char *const parts[] = {"", "data/chain/", "data/local/", "data/log/", "keys/"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        load_folder(copy, node, parts[i]);
    }
    load(copy, genesis, "genesis.json");
    qsort(copy->files, copy->count, sizeof copy->files[0], by_name);
}
