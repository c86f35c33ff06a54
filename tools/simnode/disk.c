/* SPDX-License-Identifier: Apache-2.0 */
/* Two images of each file: what a reader sees and what survives. A sync copies the dirty range from
 * the first to the second; a crash decides for each sector of the dirty range which one stays. */
#include "tools/simnode/disk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct env_file {
    struct vdisk_content *content;
    enum env_dir dir;
};

static void *zeroed(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static struct vdisk *disk_of(void *context)
{
    return context;
}

/* --- operations that count
 * ---------------------------------------------------------------------- */

/* begin says whether the operation may happen; the power may fail with it. */
static bool begin(struct vdisk *disk)
{
    if (disk->dead) {
        return false;
    }
    disk->operations++;
    if (disk->operations == disk->die_at) {
        disk->dead = true;
        return disk->die_how != VDISK_BEFORE;
    }
    return true;
}

static enum err end(const struct vdisk *disk)
{
    return disk->dead ? ERR_STORAGE : OK;
}

static bool is_torn(const struct vdisk *disk)
{
    return disk->dead && disk->die_how == VDISK_TORN;
}

enum err vdisk_batch(struct vdisk *disk)
{
    if (disk->full || !begin(disk)) {
        return ERR_STORAGE;
    }
    /* A batch is whole or absent; the caller applies it when this says OK, dead or not. */
    return is_torn(disk) && rng_percent(&disk->rng, 50) ? ERR_STORAGE : OK;
}

/* --- names
 * -------------------------------------------------------------------------------------- */

static struct vdisk_name *entry_find(struct vdisk *disk, enum env_dir dir, const char *name)
{
    for (size_t i = 0; i < VDISK_FILES; i++) {
        struct vdisk_name *at = &disk->names[i];
        if (at->content != NULL && at->dir == dir && strcmp(at->name, name) == 0) {
            return at;
        }
    }
    return NULL;
}

struct vdisk_content *vdisk_find(struct vdisk *disk, enum env_dir dir, const char *name)
{
    struct vdisk_name *at = entry_find(disk, dir, name);
    return at == NULL ? NULL : at->content;
}

static struct vdisk_content *content_new(struct vdisk *disk, uint64_t size)
{
    struct vdisk_content *content = zeroed(sizeof *content);
    content->size = size;
    content->data = zeroed((size_t)size);
    content->synced = zeroed((size_t)size);
    content->next = disk->contents;
    disk->contents = content;
    return content;
}

/* add makes a durable name: it must be there in every state a crash may go back to. */
static struct vdisk_name *add(struct vdisk *disk, enum env_dir dir, const char *name, uint64_t size)
{
    struct vdisk_name *at = NULL;
    for (size_t i = 0; at == NULL && i < VDISK_FILES; i++) {
        at = disk->names[i].content == NULL ? &disk->names[i] : NULL;
    }
    if (at == NULL) {
        return NULL;
    }
    *at = (struct vdisk_name){.dir = dir, .content = content_new(disk, size)};
    strncpy(at->name, name, sizeof at->name - 1);
    for (size_t i = 0; i < disk->changes; i++) {
        for (size_t j = 0; j < VDISK_FILES; j++) {
            if (disk->before[i][j].content == NULL) {
                disk->before[i][j] = *at;
                break;
            }
        }
    }
    return at;
}

void vdisk_put(struct vdisk *disk, enum env_dir dir, const char *name, struct bytes data)
{
    struct vdisk_name *at = add(disk, dir, name, data.size);
    assert(at != NULL);
    memcpy(at->content->data, data.data, data.size);
    memcpy(at->content->synced, data.data, data.size);
    at->content->extent = data.size;
}

/* remember keeps the directory as it is before a change that is not durable yet. */
static void remember(struct vdisk *disk)
{
    if (disk->changes == disk->changes_capacity) {
        disk->changes_capacity = disk->changes_capacity == 0 ? 8 : 2 * disk->changes_capacity;
        disk->before = realloc(disk->before, disk->changes_capacity * sizeof *disk->before);
        if (disk->before == NULL) {
            abort();
        }
    }
    memcpy(disk->before[disk->changes++], disk->names, sizeof disk->names);
}

/* --- struct env
 * --------------------------------------------------------------------------------- */

static enum err file_open(void *context, struct env_file **out, enum env_dir dir, const char *name,
                          enum env_open how, uint64_t size)
{
    struct vdisk *disk = disk_of(context);
    struct vdisk_name *at = entry_find(disk, dir, name);
    if (how == ENV_OPEN_CREATE) {
        if (at != NULL || disk->full || !begin(disk)) {
            return ERR_STORAGE;
        }
        at = add(disk, dir, name, size);
        if (at == NULL || disk->dead) {
            return ERR_STORAGE;
        }
    }
    if (at == NULL) {
        return ERR_ABSENT;
    }
    *out = zeroed(sizeof **out);
    (*out)->content = at->content;
    (*out)->dir = dir;
    return OK;
}

static enum err file_size(void *context, struct env_file *file, uint64_t *out)
{
    (void)context;
    *out = file->content->size;
    return OK;
}

static enum err file_read(void *context, struct env_file *file, uint64_t offset, void *out,
                          size_t size, size_t *got)
{
    (void)context;
    const uint64_t left = offset > file->content->size ? 0 : file->content->size - offset;
    *got = left < size ? (size_t)left : size;
    memcpy(out, file->content->data + offset, *got);
    return OK;
}

static void widen(uint64_t *from, uint64_t *to, uint64_t start, uint64_t end_at)
{
    if (*from == *to) {
        *from = start;
        *to = end_at;
    }
    *from = start < *from ? start : *from;
    *to = end_at > *to ? end_at : *to;
}

static void put(struct vdisk_content *content, uint64_t offset, struct bytes data)
{
    memcpy(content->data + offset, data.data, data.size);
    widen(&content->dirty_from, &content->dirty_to, offset, offset + data.size);
    content->extent = content->dirty_to > content->extent ? content->dirty_to : content->extent;
}

/* elsewhere is where a misdirected write lands: a few sectors off, in the same file. */
static uint64_t elsewhere(struct vdisk *disk, const struct vdisk_content *content, uint64_t offset,
                          size_t size)
{
    const uint64_t step = VDISK_SECTOR * rng_between(&disk->rng, 1, 4);
    const uint64_t back = offset >= step ? offset - step : offset;
    const bool forth = offset + step + size <= content->size && rng_percent(&disk->rng, 50);
    return forth ? offset + step : back;
}

/* another_file is where a write lands that goes astray: anywhere in what was written of another
 * one. NULL: there is none with room. */
static struct vdisk_content *another_file(struct vdisk *disk, const struct vdisk_content *content,
                                          uint64_t *offset, size_t size)
{
    struct vdisk_content *others[VDISK_FILES];
    size_t count = 0;
    for (size_t i = 0; i < VDISK_FILES; i++) {
        struct vdisk_content *at = disk->names[i].content;
        if (at != NULL && at != content && at->size >= size) {
            others[count++] = at;
        }
    }
    if (count == 0) {
        return NULL;
    }
    struct vdisk_content *other = others[rng_below(&disk->rng, count)];
    const uint64_t last = other->extent < other->size - size ? other->extent : other->size - size;
    *offset = VDISK_SECTOR * rng_below(&disk->rng, last / VDISK_SECTOR + 1);
    return other;
}

/* deceive writes as the disk has been told to lie. */
static void deceive(struct vdisk *disk, struct vdisk_content *content, uint64_t offset,
                    struct bytes data)
{
    struct vdisk_content *other = NULL;
    if (disk->lie == VDISK_ASTRAY) {
        uint64_t place = 0;
        other = another_file(disk, content, &place, data.size);
        if (other != NULL) {
            put(other, place, data);
            disk->astray++;
        }
    }
    if (disk->lie == VDISK_LOST) {
        content->lost_from = offset;
        content->lost_to = offset + data.size;
        put(content, offset, data);
    } else if (other == NULL) {
        put(content, elsewhere(disk, content, offset, data.size), data);
    }
    disk->lie = VDISK_HONEST;
    disk->lies++;
}

static enum err file_write(void *context, struct env_file *file, uint64_t offset, struct bytes data)
{
    struct vdisk *disk = disk_of(context);
    struct vdisk_content *content = file->content;
    disk->writes++;
    if (offset > content->size || data.size > content->size - offset || !begin(disk)) {
        return ERR_STORAGE;
    }
    if (is_torn(disk)) {
        data.size = (size_t)rng_below(&disk->rng, data.size + 1);
    }
    if (disk->lie != VDISK_HONEST && disk->lie_dir == file->dir) {
        deceive(disk, content, offset, data);
    } else {
        put(content, offset, data);
    }
    return end(disk);
}

static void sync_range(struct vdisk_content *content, uint64_t from, uint64_t to)
{
    if (from < to) {
        memcpy(content->synced + from, content->data + from, (size_t)(to - from));
    }
}

static enum err file_sync(void *context, struct env_file *file)
{
    struct vdisk *disk = disk_of(context);
    struct vdisk_content *content = file->content;
    disk->syncs++;
    if (disk->fail_at_sync != 0 && disk->syncs >= disk->fail_at_sync) {
        if (content->dirty_from < content->dirty_to) {
            widen(&content->clean_from, &content->clean_to, content->dirty_from, content->dirty_to);
            content->dirty_from = content->dirty_to = 0;
        }
        return ERR_STORAGE;
    }
    if (!begin(disk)) {
        return ERR_STORAGE;
    }
    if (is_torn(disk)) {
        return ERR_STORAGE; /* vdisk_crash tears what is dirty */
    }
    const uint64_t from = content->dirty_from;
    const uint64_t to = content->dirty_to;
    if (content->lost_from < content->lost_to) {
        sync_range(content, from, content->lost_from < to ? content->lost_from : to);
        sync_range(content, content->lost_to > from ? content->lost_to : from, to);
    } else {
        sync_range(content, from, to);
    }
    content->dirty_from = content->dirty_to = 0;
    return end(disk);
}

static void file_close(void *context, struct env_file *file)
{
    (void)context;
    free(file);
}

static enum err file_rename(void *context, enum env_dir dir, const char *from, const char *to)
{
    struct vdisk *disk = disk_of(context);
    if (entry_find(disk, dir, from) == NULL || !begin(disk)) {
        return ERR_STORAGE;
    }
    remember(disk);
    struct vdisk_name *target = entry_find(disk, dir, to);
    if (target != NULL) {
        target->content = NULL;
    }
    struct vdisk_name *at = entry_find(disk, dir, from);
    memset(at->name, 0, sizeof at->name);
    strncpy(at->name, to, sizeof at->name - 1);
    return end(disk);
}

static enum err file_unlink(void *context, enum env_dir dir, const char *name)
{
    struct vdisk *disk = disk_of(context);
    if (entry_find(disk, dir, name) == NULL || !begin(disk)) {
        return ERR_STORAGE;
    }
    remember(disk);
    entry_find(disk, dir, name)->content = NULL;
    return end(disk);
}

static int name_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static enum err file_list(void *context, enum env_dir dir, struct env_names *out)
{
    const struct vdisk *disk = disk_of(context);
    out->count = 0;
    for (size_t i = 0; i < VDISK_FILES; i++) {
        if (disk->names[i].content != NULL && disk->names[i].dir == dir) {
            memcpy(out->names[out->count++], disk->names[i].name, ENV_FILE_NAME);
        }
    }
    qsort(out->names, out->count, sizeof out->names[0], name_compare);
    return OK;
}

static enum err dir_sync(void *context, enum env_dir dir)
{
    struct vdisk *disk = disk_of(context);
    (void)dir;
    if (!begin(disk)) {
        return ERR_STORAGE;
    }
    if (!is_torn(disk)) {
        disk->changes = 0;
    }
    return end(disk);
}

void vdisk_fill(struct env *env)
{
    env->file_open = file_open;
    env->file_size = file_size;
    env->file_read = file_read;
    env->file_write = file_write;
    env->file_sync = file_sync;
    env->file_close = file_close;
    env->file_rename = file_rename;
    env->file_unlink = file_unlink;
    env->file_list = file_list;
    env->dir_sync = dir_sync;
}

/* --- power failures, damage, copies
 * --------------------------------------------------------------- */

static void settle(struct vdisk *disk, struct vdisk_content *content)
{
    if (content->clean_from < content->clean_to) {
        widen(&content->dirty_from, &content->dirty_to, content->clean_from, content->clean_to);
        content->clean_from = content->clean_to = 0;
    }
    if (content->lost_from < content->lost_to) {
        memcpy(content->data + content->lost_from, content->synced + content->lost_from,
               (size_t)(content->lost_to - content->lost_from));
        content->lost_from = content->lost_to = 0;
    }
    const uint64_t first = content->dirty_from / VDISK_SECTOR * VDISK_SECTOR;
    for (uint64_t at = first; at < content->dirty_to; at += VDISK_SECTOR) {
        const uint64_t left = content->size - at;
        const size_t size = left < VDISK_SECTOR ? (size_t)left : VDISK_SECTOR;
        if (rng_percent(&disk->rng, 50)) {
            memcpy(content->data + at, content->synced + at, size);
        } else {
            memcpy(content->synced + at, content->data + at, size);
        }
    }
    content->dirty_from = content->dirty_to = 0;
}

void vdisk_crash(struct vdisk *disk)
{
    if (disk->dead && disk->die_how == VDISK_KILLED) {
        disk->dead = false;
        disk->die_at = 0;
        return;
    }
    if (disk->changes > 0) {
        const uint64_t undo = rng_below(&disk->rng, disk->changes + 1);
        if (undo < disk->changes) {
            memcpy(disk->names, disk->before[undo], sizeof disk->names);
        }
        disk->changes = 0;
    }
    for (size_t i = 0; i < VDISK_FILES; i++) {
        if (disk->names[i].content != NULL) {
            settle(disk, disk->names[i].content);
        }
    }
    disk->fail_at_sync = 0;
    disk->die_at = disk->dead ? 0 : disk->die_at;
    disk->dead = false;
    disk->lie = VDISK_HONEST;
}

void vdisk_wipe(struct vdisk *disk, enum env_dir dir)
{
    disk->changes = 0;
    for (size_t i = 0; i < VDISK_FILES; i++) {
        if (disk->names[i].content != NULL && disk->names[i].dir == dir) {
            disk->names[i].content = NULL;
        }
    }
}

bool vdisk_flip(struct vdisk *disk, enum env_dir dir)
{
    struct vdisk_content *candidates[VDISK_FILES];
    size_t count = 0;
    for (size_t i = 0; i < VDISK_FILES; i++) {
        const struct vdisk_name *at = &disk->names[i];
        if (at->content != NULL && at->dir == dir && at->content->extent > 0) {
            candidates[count++] = at->content;
        }
    }
    if (count == 0) {
        return false;
    }
    struct vdisk_content *content = candidates[rng_below(&disk->rng, count)];
    const uint64_t at = rng_below(&disk->rng, content->extent);
    content->data[at] ^= (uint8_t)(1u << rng_below(&disk->rng, 8));
    content->synced[at] = content->data[at];
    return true;
}

bool vdisk_holds(const struct vdisk *disk, enum env_dir dir, struct bytes wanted)
{
    for (size_t i = 0; i < VDISK_FILES; i++) {
        const struct vdisk_name *at = &disk->names[i];
        if (at->content != NULL && at->dir == dir &&
            memmem(at->content->synced, (size_t)at->content->extent, wanted.data, wanted.size) !=
                NULL) {
            return true;
        }
    }
    return false;
}

static void copy_names(struct vdisk_name *to, const struct vdisk_name *from, struct vdisk *disk,
                       enum env_dir dir)
{
    for (size_t i = 0; i < VDISK_FILES; i++) {
        if (from[i].content == NULL || from[i].dir != dir) {
            continue;
        }
        struct vdisk_name *at = to;
        while (at->content != NULL) {
            at++;
        }
        *at = from[i];
        at->content = content_new(disk, from[i].content->size);
        at->content->extent = from[i].content->extent;
        memcpy(at->content->data, from[i].content->synced, (size_t)at->content->size);
        memcpy(at->content->synced, from[i].content->synced, (size_t)at->content->size);
    }
}

void vdisk_copy_take(struct vdisk_copy *copy, struct vdisk *disk, enum env_dir dir)
{
    *copy = (struct vdisk_copy){.taken = true};
    copy_names(copy->names, disk->names, disk, dir);
}

void vdisk_copy_restore(struct vdisk_copy *copy, struct vdisk *disk, enum env_dir dir)
{
    assert(copy->taken);
    vdisk_wipe(disk, dir);
    copy_names(disk->names, copy->names, disk, dir);
}

void vdisk_init(struct vdisk *disk, uint64_t seed)
{
    *disk = (struct vdisk){.rng = {.state = seed}};
}

void vdisk_free(struct vdisk *disk)
{
    while (disk->contents != NULL) {
        struct vdisk_content *content = disk->contents;
        disk->contents = content->next;
        free(content->data);
        free(content->synced);
        free(content);
    }
    free(disk->before);
    *disk = (struct vdisk){0};
}

/* --- a bench
 * ------------------------------------------------------------------------------------ */

static uint64_t bench_ms(void *context)
{
    (void)context;
    return 0;
}

static void bench_random(void *context, void *out, size_t size)
{
    struct vdisk *disk = disk_of(context);
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)rng_next(&disk->rng);
    }
}

static void bench_log(void *context, enum env_level level, const char *module, const char *text)
{
    (void)context;
    (void)level;
    (void)module;
    (void)text;
}

static void bench_metric(void *context, const char *name, const char *label, int64_t value)
{
    (void)context;
    (void)name;
    (void)label;
    (void)value;
}

void vdisk_bench_init(struct vdisk_bench *bench, uint64_t seed)
{
    vdisk_init(&bench->disk, seed);
    bench->env = (struct env){.context = bench,
                              .now_ms = bench_ms,
                              .wall_ms = bench_ms,
                              .random = bench_random,
                              .log = bench_log,
                              .metric_set = bench_metric,
                              .metric_add = bench_metric};
    vdisk_fill(&bench->env);
}
