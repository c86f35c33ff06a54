/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NODE_CORE_FAKE_DISK_H
#define TESTS_UNIT_NODE_CORE_FAKE_DISK_H

/* A disk that forgets: what was written and not synced is kept or lost sector by sector when
 * fake_disk_crash is called, renames and unlinks that no dir_sync followed are undone from some
 * point on. Everything is in memory. */

#include "node/core/env.h"

#include <stdlib.h>
#include <string.h>

#define FAKE_FILES 64
#define FAKE_SECTOR 512
#define FAKE_OPS 256

struct fake_content {
    uint32_t refs;
    uint64_t size;
    uint8_t *data; /* what a reader sees */
    uint8_t *synced; /* what survives for certain */
};

struct fake_name {
    enum env_dir dir;
    char name[ENV_FILE_NAME];
    struct fake_content *content; /* NULL: free entry */
};

struct fake_disk {
    struct fake_name names[FAKE_FILES];
    struct fake_name before[FAKE_OPS][FAKE_FILES]; /* the directory before each unsynced change */
    size_t changes;
    uint64_t random;
    uint64_t syncs;
    uint64_t fail_at_sync; /* 0: never; this sync and all after it fail */
    uint64_t writes;
};

struct env_file {
    struct fake_content *content;
};

static inline uint64_t fake_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline struct fake_name *fake_find(struct fake_disk *disk, enum env_dir dir,
                                          const char *name)
{
    for (size_t i = 0; i < FAKE_FILES; i++) {
        struct fake_name *at = &disk->names[i];
        if (at->content != NULL && at->dir == dir && strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

/* Contents live until fake_disk_free: a crash may bring an unlinked one back. */
struct fake_kept {
    struct fake_content *content;
    struct fake_kept *next;
};
static struct fake_kept *fake_contents;

static inline struct fake_content *fake_content_new(uint64_t size)
{
    struct fake_content *content = calloc(1, sizeof *content);
    struct fake_kept *kept = calloc(1, sizeof *kept);
    content->size = size;
    content->data = calloc(1, size);
    content->synced = calloc(1, size);
    kept->content = content;
    kept->next = fake_contents;
    fake_contents = kept;
    return content;
}

static inline void fake_disk_free_all(void)
{
    while (fake_contents != NULL) {
        struct fake_kept *kept = fake_contents;
        fake_contents = kept->next;
        free(kept->content->data);
        free(kept->content->synced);
        free(kept->content);
        free(kept);
    }
}

static inline enum err fake_file_open(struct fake_disk *disk, struct env_file **out,
                                      enum env_dir dir, const char *name, enum env_open how,
                                      uint64_t size)
{
    struct fake_name *at = fake_find(disk, dir, name);
    if (how == ENV_OPEN_CREATE) {
        if (at != NULL) {
            return ERR_STORAGE;
        }
        for (size_t i = 0; at == NULL && i < FAKE_FILES; i++) {
            if (disk->names[i].content == NULL) {
                at = &disk->names[i];
            }
        }
        if (at == NULL) {
            return ERR_STORAGE;
        }
        memset(at, 0, sizeof *at);
        at->dir = dir;
        strncpy(at->name, name, sizeof at->name - 1);
        at->content = fake_content_new(size);
        /* Durable at once, so it must be there in every state a crash may go back to. */
        for (size_t i = 0; i < disk->changes; i++) {
            for (size_t j = 0; j < FAKE_FILES; j++) {
                if (disk->before[i][j].content == NULL) {
                    disk->before[i][j] = *at;
                    break;
                }
            }
        }
    }
    if (at == NULL) {
        return ERR_ABSENT;
    }
    *out = calloc(1, sizeof **out);
    (*out)->content = at->content;
    return OK;
}

static inline enum err fake_file_write(struct fake_disk *disk, struct env_file *file,
                                       uint64_t offset, struct bytes data)
{
    disk->writes++;
    if (offset > file->content->size || data.size > file->content->size - offset) {
        return ERR_STORAGE;
    }
    memcpy(file->content->data + offset, data.data, data.size);
    return OK;
}

static inline enum err fake_file_sync(struct fake_disk *disk, struct env_file *file)
{
    disk->syncs++;
    if (disk->fail_at_sync != 0 && disk->syncs >= disk->fail_at_sync) {
        return ERR_STORAGE;
    }
    memcpy(file->content->synced, file->content->data, file->content->size);
    return OK;
}

static inline enum err fake_changed(struct fake_disk *disk)
{
    if (disk->changes == FAKE_OPS) {
        return ERR_STORAGE;
    }
    memcpy(disk->before[disk->changes++], disk->names, sizeof disk->names);
    return OK;
}

static inline enum err fake_rename(struct fake_disk *disk, enum env_dir dir, const char *from,
                                   const char *to)
{
    if (fake_find(disk, dir, from) == NULL || fake_changed(disk) != OK) {
        return ERR_STORAGE;
    }
    struct fake_name *target = fake_find(disk, dir, to);
    if (target != NULL) {
        target->content = NULL;
    }
    struct fake_name *at = fake_find(disk, dir, from);
    memset(at->name, 0, sizeof at->name);
    strncpy(at->name, to, sizeof at->name - 1);
    return OK;
}

static inline enum err fake_unlink(struct fake_disk *disk, enum env_dir dir, const char *name)
{
    if (fake_find(disk, dir, name) == NULL || fake_changed(disk) != OK) {
        return ERR_STORAGE;
    }
    fake_find(disk, dir, name)->content = NULL;
    return OK;
}

static inline int fake_name_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static inline enum err fake_list(struct fake_disk *disk, enum env_dir dir, struct env_names *out)
{
    out->count = 0;
    for (size_t i = 0; i < FAKE_FILES; i++) {
        if (disk->names[i].content != NULL && disk->names[i].dir == dir) {
            memcpy(out->names[out->count++], disk->names[i].name, ENV_FILE_NAME);
        }
    }
    qsort(out->names, out->count, sizeof out->names[0], fake_name_compare);
    return OK;
}

/* fake_disk_crash: power fails. Files must be opened again. */
static inline void fake_disk_crash(struct fake_disk *disk)
{
    if (disk->changes > 0) {
        const uint64_t undo = fake_random(&disk->random) % (disk->changes + 1);
        if (undo < disk->changes) {
            memcpy(disk->names, disk->before[undo], sizeof disk->names);
        }
        disk->changes = 0;
    }
    for (size_t i = 0; i < FAKE_FILES; i++) {
        struct fake_content *content = disk->names[i].content;
        if (content == NULL) {
            continue;
        }
        for (uint64_t at = 0; at < content->size; at += FAKE_SECTOR) {
            const uint64_t left = content->size - at;
            const size_t size = left < FAKE_SECTOR ? (size_t)left : FAKE_SECTOR;
            if (memcmp(content->data + at, content->synced + at, size) == 0) {
                continue;
            }
            if (fake_random(&disk->random) % 2 == 0) {
                memcpy(content->data + at, content->synced + at, size);
            } else {
                memcpy(content->synced + at, content->data + at, size);
            }
        }
    }
    disk->fail_at_sync = 0;
}

/* fake_disk_wipe removes every file of a directory for good. */
static inline void fake_disk_wipe(struct fake_disk *disk, enum env_dir dir)
{
    disk->changes = 0;
    for (size_t i = 0; i < FAKE_FILES; i++) {
        if (disk->names[i].content != NULL && disk->names[i].dir == dir) {
            disk->names[i].content = NULL;
        }
    }
}

#endif
