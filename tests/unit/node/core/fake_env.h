/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NODE_CORE_FAKE_ENV_H
#define TESTS_UNIT_NODE_CORE_FAKE_ENV_H

/* struct env over a fake disk and nothing else, for tests of log, slot and signer. */

#include "fake_disk.h"

struct fake_env {
    struct env env;
    struct fake_disk disk;
    uint64_t now;
};

static inline uint64_t fe_now(void *context)
{
    return ((struct fake_env *)context)->now;
}

static inline enum err fe_open(void *context, struct env_file **out, enum env_dir dir,
                               const char *name, enum env_open how, uint64_t size)
{
    return fake_file_open(&((struct fake_env *)context)->disk, out, dir, name, how, size);
}

static inline enum err fe_size(void *context, struct env_file *file, uint64_t *out)
{
    (void)context;
    *out = file->content->size;
    return OK;
}

static inline enum err fe_read(void *context, struct env_file *file, uint64_t offset, void *out,
                               size_t size, size_t *got)
{
    (void)context;
    const uint64_t left = offset > file->content->size ? 0 : file->content->size - offset;
    *got = left < size ? (size_t)left : size;
    memcpy(out, file->content->data + offset, *got);
    return OK;
}

static inline enum err fe_write(void *context, struct env_file *file, uint64_t offset,
                                struct bytes data)
{
    return fake_file_write(&((struct fake_env *)context)->disk, file, offset, data);
}

static inline enum err fe_sync(void *context, struct env_file *file)
{
    return fake_file_sync(&((struct fake_env *)context)->disk, file);
}

static inline void fe_close(void *context, struct env_file *file)
{
    (void)context;
    free(file);
}

static inline enum err fe_rename(void *context, enum env_dir dir, const char *from, const char *to)
{
    return fake_rename(&((struct fake_env *)context)->disk, dir, from, to);
}

static inline enum err fe_unlink(void *context, enum env_dir dir, const char *name)
{
    return fake_unlink(&((struct fake_env *)context)->disk, dir, name);
}

static inline enum err fe_list(void *context, enum env_dir dir, struct env_names *out)
{
    return fake_list(&((struct fake_env *)context)->disk, dir, out);
}

static inline enum err fe_dir_sync(void *context, enum env_dir dir)
{
    (void)dir;
    ((struct fake_env *)context)->disk.changes = 0;
    return OK;
}

static inline void fe_random(void *context, void *out, size_t size)
{
    struct fake_disk *disk = &((struct fake_env *)context)->disk;
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)fake_random(&disk->random);
    }
}

static inline void fe_log(void *context, enum env_level level, const char *module, const char *text)
{
    (void)context;
    (void)level;
    (void)module;
    (void)text;
}

static inline void fe_metric(void *context, const char *name, const char *label, int64_t value)
{
    (void)context;
    (void)name;
    (void)label;
    (void)value;
}

/* fake_env_init fills the file part; the rest stays NULL. */
static inline void fake_env_init(struct fake_env *fake, uint64_t seed)
{
    memset(fake, 0, sizeof *fake);
    fake->disk.random = seed;
    fake->env = (struct env){.context = fake,
                             .now_ms = fe_now,
                             .wall_ms = fe_now,
                             .file_open = fe_open,
                             .file_size = fe_size,
                             .file_read = fe_read,
                             .file_write = fe_write,
                             .file_sync = fe_sync,
                             .file_close = fe_close,
                             .file_rename = fe_rename,
                             .file_unlink = fe_unlink,
                             .file_list = fe_list,
                             .dir_sync = fe_dir_sync,
                             .random = fe_random,
                             .log = fe_log,
                             .metric_set = fe_metric,
                             .metric_add = fe_metric};
}

#endif
