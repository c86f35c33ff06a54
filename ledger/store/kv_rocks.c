/* SPDX-License-Identifier: Apache-2.0 */
/* The store on RocksDB 7.8, the only file that knows it. WAL recovery mode 0 throughout: the
 * library's default mode silently drops synced records behind a damaged one, mode 0 refuses to open
 * (a torn last record, which was never acknowledged, is cut). */
#define _POSIX_C_SOURCE 200809L

#include "ledger/store/kv_backend.h"

#include <rocksdb/c.h>

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/store/rocks_files.h"

#define WAL_TOLERATE_TORN_TAIL 0
#define WAL_POINT_IN_TIME 2

/* One writer, one large batch a delivery: buffers serve reads and compaction, not bursts. */
#define BLOCK_CACHE_SIZE ((size_t)64 << 20)
#define WRITE_BUFFER_SIZE ((size_t)16 << 20)
#define WRITE_BUFFERS_TOTAL ((size_t)64 << 20)
/* Left unset, one idle family could keep the log growing to four times all write buffers. */
#define WAL_SIZE_TOTAL ((uint64_t)256 << 20)
/* Tables are handed to the disk while they are written: as one burst they kept the syncs of votes
 * waiting. */
#define TABLES_SYNC_BYTES ((uint64_t)512 << 10)
#define ZSTD_WINDOW (-14) /* the library's own */
#define ZSTD_LEVEL 1 /* its own, 3, takes three times as long, and the tables are as large */
#define OPEN_FILES_MAX 512
#define OPEN_FILES_READING 64 /* beside a writer in the same process, which needs its own */
#define LOG_FILES_KEPT 10
#define LOG_FATAL_ONLY 4
#define NO_DIRECTORY "/dev/null"
#define BLOOM_BITS_PER_KEY 10
/* Most lookups are for keys that are not there: is this transaction new, is this id free? */
#define WRITE_BUFFER_BLOOM 0.02 /* of its size, about 25 bits a key; the library takes a double */
#define MANY_MAX 64 /* keys of one look */

struct kv_snapshot {
    const rocksdb_snapshot_t *pinned;
    rocksdb_readoptions_t *options;
};

struct kv_rocks {
    struct kv base;
    rocksdb_t *db;
    rocksdb_options_t *options;
    rocksdb_options_t *hashes; /* of the families in clear */
    rocksdb_cache_t *cache;
    rocksdb_readoptions_t *latest;
    rocksdb_writeoptions_t *sync;
    rocksdb_writeoptions_t *no_sync;
    rocksdb_column_family_handle_t *standard; /* the library's own family, which is empty */
    _Atomic(rocksdb_column_family_handle_t *) families[KV_FAMILIES_MAX];
    /* Handles of families that were made anew: somebody may be reading through them, or through one
     * that a walk was opened with. */
    rocksdb_column_family_handle_t *renewed[KV_RENEWALS_MAX + KV_FAMILIES_MAX];
    size_t renewed_count;
    /* A write failed. The library aborts when a file is touched again after that, so nothing more
     * is written and nothing is closed: the process ends and recovery begins at what was synced. */
    atomic_bool broken;
    bool reading; /* opened beside a writer */
};

struct rocks_iter {
    struct kv_iter base;
    rocksdb_iterator_t *iterator;
    rocksdb_readoptions_t *options;
    bool reverse;
    bool started;
    uint8_t *bounds; /* lower bound, upper bound: the library borrows them until the end */
};

/* rocks_check turns an error text of the library into ours and frees it. The C interface gives no
 * code; the first word of the text is all it says, so it is read here and nowhere else. */
static enum err rocks_check(char *text, struct err_detail *detail)
{
    if (!text) {
        return OK;
    }
    const bool corrupt = strncmp(text, "Corruption", strlen("Corruption")) == 0;
    const enum err err = corrupt ? ERR_CORRUPT : ERR_STORAGE;
    (void)err_set(detail, err, NULL, NULL, NULL, text);
    rocksdb_free(text);
    return err;
}

/* is_shortage: the process has no memory or no file handle left. That says nothing of the disk. */
static bool is_shortage(const char *text)
{
    return text && (strstr(text, "Too many open files") || strstr(text, "Cannot allocate memory"));
}

/* read_check is rocks_check for a read of a file: what is damaged is kept, for the text names it.
 * Beside a writer a table that was there at the opening can be gone: one that is missing for good
 * is refused by the next opening. */
static enum err read_check(struct kv_rocks *rocks, uint32_t family, char *text)
{
    struct err_detail detail = {0};
    const bool passing =
        rocks->reading && text && (is_shortage(text) || strstr(text, "No such file or directory"));
    const enum err err = rocks_check(text, &detail);
    if (err == ERR_STORAGE && passing) {
        return ERR_MEMORY;
    }
    if (err == ERR_CORRUPT) {
        kv_tell_damage(&rocks->base, family, detail.hint);
    }
    return err;
}

static rocksdb_column_family_handle_t *family_of(const struct kv_rocks *rocks, uint32_t family)
{
    return atomic_load(&rocks->families[family]);
}

static const rocksdb_readoptions_t *reading(const struct kv_rocks *rocks,
                                            const struct kv_snapshot *snapshot)
{
    return snapshot ? snapshot->options : rocks->latest;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static enum err rocks_get(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                          struct bytes key, struct arena *arena, struct bytes *out)
{
    struct kv_rocks *rocks = (struct kv_rocks *)kv;
    char *text = NULL;
    rocksdb_pinnableslice_t *slice =
        rocksdb_get_pinned_cf(rocks->db, reading(rocks, snapshot), family_of(rocks, family),
                              (const char *)key.data, key.size, &text);
    enum err err = read_check(rocks, family, text);
    if (err) {
        return err;
    }
    if (!slice) {
        return ERR_ABSENT;
    }
    size_t size = 0;
    const char *value = rocksdb_pinnableslice_value(slice, &size);
    if (!arena_copy(arena, bytes_of(value, size), out)) {
        err = ERR_MEMORY;
    }
    rocksdb_pinnableslice_destroy(slice);
    return err;
}

/* At most MANY_MAX keys at once. Every slice and text that the library gave is given back. */
static enum err get_some(struct kv_rocks *rocks, const struct kv_snapshot *snapshot,
                         uint32_t family, const struct bytes *keys, size_t from, size_t count,
                         kv_found found, void *context)
{
    const char *names[MANY_MAX];
    size_t sizes[MANY_MAX];
    rocksdb_pinnableslice_t *slices[MANY_MAX];
    char *texts[MANY_MAX];
    enum err err = OK;
    for (size_t i = 0; i < count; i++) {
        names[i] = (const char *)keys[from + i].data;
        sizes[i] = keys[from + i].size;
    }
    rocksdb_batched_multi_get_cf(rocks->db, reading(rocks, snapshot), family_of(rocks, family),
                                 count, names, sizes, slices, texts, false);
    for (size_t i = 0; i < count; i++) {
        const enum err failed = read_check(rocks, family, texts[i]);
        err = err ? err : failed;
        if (!err && slices[i]) {
            size_t size = 0;
            const char *value = rocksdb_pinnableslice_value(slices[i], &size);
            err = found(context, from + i, bytes_of(value, size));
        }
        rocksdb_pinnableslice_destroy(slices[i]);
    }
    return err;
}

static enum err rocks_get_many(struct kv *kv, const struct kv_snapshot *snapshot, uint32_t family,
                               const struct bytes *keys, size_t count, kv_found found,
                               void *context)
{
    struct kv_rocks *rocks = (struct kv_rocks *)kv;
    enum err err = OK;
    for (size_t from = 0; !err && from < count; from += MANY_MAX) {
        const size_t some = count - from < MANY_MAX ? count - from : MANY_MAX;
        err = get_some(rocks, snapshot, family, keys, from, some, found, context);
    }
    return err;
}

static struct kv_snapshot *rocks_snapshot_take(struct kv *kv)
{
    const struct kv_rocks *rocks = (const struct kv_rocks *)kv;
    struct kv_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot) {
        return NULL;
    }
    snapshot->pinned = rocksdb_create_snapshot(rocks->db);
    snapshot->options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(snapshot->options, snapshot->pinned);
    return snapshot;
}

static void rocks_snapshot_drop(struct kv *kv, struct kv_snapshot *snapshot)
{
    const struct kv_rocks *rocks = (const struct kv_rocks *)kv;
    rocksdb_readoptions_destroy(snapshot->options);
    rocksdb_release_snapshot(rocks->db, snapshot->pinned);
    free(snapshot);
}

static struct kv_iter *rocks_iter_open(struct kv *kv, const struct kv_snapshot *snapshot,
                                       uint32_t family, struct bytes prefix, struct bytes from,
                                       bool reverse)
{
    const struct kv_rocks *rocks = (const struct kv_rocks *)kv;
    struct rocks_iter *iter = calloc(1, sizeof *iter);
    uint8_t *bounds = malloc(2 * prefix.size + 1);
    if (!iter || !bounds) {
        free(iter);
        free(bounds);
        return NULL;
    }
    iter->bounds = bounds;
    iter->reverse = reverse;
    iter->options = rocksdb_readoptions_create();
    if (snapshot) {
        rocksdb_readoptions_set_snapshot(iter->options, snapshot->pinned);
    }
    if (prefix.size > 0) {
        memcpy(bounds, prefix.data, prefix.size);
        rocksdb_readoptions_set_iterate_lower_bound(iter->options, (const char *)bounds,
                                                    prefix.size);
        const size_t end = kv_prefix_end(bounds + prefix.size, prefix);
        if (end > 0) {
            rocksdb_readoptions_set_iterate_upper_bound(iter->options,
                                                        (const char *)bounds + prefix.size, end);
        }
    }
    iter->iterator = rocksdb_create_iterator_cf(rocks->db, iter->options, family_of(rocks, family));
    if (from.size > 0 && reverse) {
        rocksdb_iter_seek_for_prev(iter->iterator, (const char *)from.data, from.size);
    } else if (from.size > 0) {
        rocksdb_iter_seek(iter->iterator, (const char *)from.data, from.size);
    } else if (reverse) {
        rocksdb_iter_seek_to_last(iter->iterator);
    } else {
        rocksdb_iter_seek_to_first(iter->iterator);
    }
    return &iter->base;
}

static enum err rocks_iter_next(struct kv_iter *base, struct bytes *key, struct bytes *value)
{
    struct rocks_iter *iter = (struct rocks_iter *)base;
    if (iter->started && rocksdb_iter_valid(iter->iterator)) {
        if (iter->reverse) {
            rocksdb_iter_prev(iter->iterator);
        } else {
            rocksdb_iter_next(iter->iterator);
        }
    }
    iter->started = true;
    if (!rocksdb_iter_valid(iter->iterator)) {
        /* The end, or a block that could not be read: only the error tells them apart. */
        char *text = NULL;
        rocksdb_iter_get_error(iter->iterator, &text);
        const enum err err = read_check((struct kv_rocks *)base->kv, base->family, text);
        return err ? err : ERR_ABSENT;
    }
    size_t size = 0;
    const char *data = rocksdb_iter_key(iter->iterator, &size);
    *key = bytes_of(data, size);
    data = rocksdb_iter_value(iter->iterator, &size);
    *value = bytes_of(data, size);
    return OK;
}

static void rocks_iter_close(struct kv_iter *base)
{
    struct rocks_iter *iter = (struct rocks_iter *)base;
    rocksdb_iter_destroy(iter->iterator);
    rocksdb_readoptions_destroy(iter->options);
    free(iter->bounds);
    free(iter);
}

/* --- writing ------------------------------------------------------------------------------------
 */

static enum err rocks_write(struct kv *kv, const struct kv_batch *batch, bool sync)
{
    struct kv_rocks *rocks = (struct kv_rocks *)kv;
    if (atomic_load(&rocks->broken)) {
        return ERR_STORAGE;
    }
    rocksdb_writebatch_t *writes = rocksdb_writebatch_create();
    struct kv_op op;
    size_t at = 0;
    while (kv_batch_next(batch, &at, &op)) {
        rocksdb_column_family_handle_t *family = family_of(rocks, op.family);
        if (op.put) {
            rocksdb_writebatch_put_cf(writes, family, (const char *)op.key.data, op.key.size,
                                      (const char *)op.value.data, op.value.size);
        } else {
            rocksdb_writebatch_delete_cf(writes, family, (const char *)op.key.data, op.key.size);
        }
    }
    char *text = NULL;
    rocksdb_write(rocks->db, sync ? rocks->sync : rocks->no_sync, writes, &text);
    rocksdb_writebatch_destroy(writes);
    struct err_detail detail = {0};
    const enum err err = rocks_check(text, &detail);
    if (err == ERR_CORRUPT) {
        /* Met by a compaction, which stops every write from then on. */
        kv_tell_damage(kv, KV_NO_FAMILY, detail.hint);
    }
    if (err != OK) {
        atomic_store(&rocks->broken, true);
    }
    return err;
}

static const rocksdb_options_t *options_of(const struct kv_rocks *rocks, uint32_t family)
{
    const bool clear = (rocks->base.plan.clear >> family & 1) != 0;
    return clear ? rocks->hashes : rocks->options;
}

/* The library drops a family with all its tables in one record of the MANIFEST, which it syncs; a
 * crash before the next one leaves none of that name, and the opening makes it. */
static enum err rocks_renew(struct kv *kv, uint32_t family)
{
    struct kv_rocks *rocks = (struct kv_rocks *)kv;
    if (atomic_load(&rocks->broken)) {
        return ERR_STORAGE;
    }
    assert(rocks->renewed_count < sizeof rocks->renewed / sizeof rocks->renewed[0]);
    char *text = NULL;
    rocksdb_column_family_handle_t *old = family_of(rocks, family);
    rocksdb_column_family_handle_t *new = NULL;
    rocksdb_drop_column_family(rocks->db, old, &text);
    if (!text) {
        new = rocksdb_create_column_family(rocks->db, options_of(rocks, family),
                                           kv->plan.families[family], &text);
    }
    const enum err err = rocks_check(text, NULL);
    if (err) {
        atomic_store(&rocks->broken, true);
        return ERR_STORAGE;
    }
    atomic_store(&rocks->families[family], new);
    rocks->renewed[rocks->renewed_count++] = old;
    return OK;
}

/* --- opening and closing ------------------------------------------------------------------------
 */

static void rocks_release(struct kv_rocks *rocks)
{
    if (atomic_load(&rocks->broken)) {
        return;
    }
    if (rocks->db) {
        /* The order matters: this build of the library aborts on a handle that outlives it. */
        rocksdb_cancel_all_background_work(rocks->db, 1);
        for (uint32_t i = 0; i < rocks->base.plan.count; i++) {
            rocksdb_column_family_handle_destroy(family_of(rocks, i));
        }
        for (size_t i = 0; i < rocks->renewed_count; i++) {
            rocksdb_column_family_handle_destroy(rocks->renewed[i]);
        }
        rocksdb_column_family_handle_destroy(rocks->standard);
        rocksdb_close(rocks->db);
    }
    rocksdb_writeoptions_destroy(rocks->no_sync);
    rocksdb_writeoptions_destroy(rocks->sync);
    rocksdb_readoptions_destroy(rocks->latest);
    rocksdb_options_destroy(rocks->options);
    rocksdb_options_destroy(rocks->hashes);
    rocksdb_cache_destroy(rocks->cache);
    free(rocks);
}

static void rocks_close(struct kv *kv)
{
    rocks_release((struct kv_rocks *)kv);
}

static const struct kv_backend ROCKS = {.close = rocks_close,
                                        .get = rocks_get,
                                        .get_many = rocks_get_many,
                                        .snapshot_take = rocks_snapshot_take,
                                        .snapshot_drop = rocks_snapshot_drop,
                                        .write = rocks_write,
                                        .renew = rocks_renew,
                                        .iter_open = rocks_iter_open,
                                        .iter_next = rocks_iter_next,
                                        .iter_close = rocks_iter_close};

enum opening { OPEN_WRITING, OPEN_REPAIRING, OPEN_READING };

static void set_options(struct kv_rocks *rocks, enum opening how)
{
    rocksdb_options_t *options = rocks->options;
    rocksdb_options_set_create_if_missing(options, how != OPEN_READING);
    rocksdb_options_set_create_missing_column_families(options, how != OPEN_READING);
    rocksdb_options_set_paranoid_checks(options, 1);
    rocksdb_options_set_wal_recovery_mode(options, how == OPEN_REPAIRING ? WAL_POINT_IN_TIME
                                                                         : WAL_TOLERATE_TORN_TAIL);
    rocksdb_options_set_max_total_wal_size(options, WAL_SIZE_TOTAL);
    rocksdb_options_set_write_buffer_size(options, WRITE_BUFFER_SIZE);
    if (how != OPEN_READING) { /* which fills its buffers from the log and reads mostly in order */
        rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, WRITE_BUFFER_BLOOM);
        rocksdb_options_set_memtable_whole_key_filtering(options, 1);
    }
    rocksdb_options_set_db_write_buffer_size(options, WRITE_BUFFERS_TOTAL);
    rocksdb_options_set_max_open_files(options,
                                       how == OPEN_READING ? OPEN_FILES_READING : OPEN_FILES_MAX);
    rocksdb_options_set_bytes_per_sync(options, TABLES_SYNC_BYTES);
    rocksdb_options_set_keep_log_file_num(options, LOG_FILES_KEPT);
    /* This build of the library aborts when its own log cannot be written a second time, which is
     * when it tells of a full disk; every error comes back to us anyway. */
    rocksdb_options_set_info_log_level(options, LOG_FATAL_ONLY);
    rocksdb_options_set_compression(options, rocksdb_lz4_compression);
    rocksdb_options_set_bottommost_compression(options, rocksdb_zstd_compression);
    rocksdb_options_set_bottommost_compression_options(options, ZSTD_WINDOW, ZSTD_LEVEL, 0, 0, 1);
    rocksdb_options_set_stats_dump_period_sec(options, 0);

    rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
    if (how == OPEN_READING) {
        /* Every block comes from the file, or a good copy in memory would hide a damaged one. A log
         * of its own would push the writer's aside. */
        rocksdb_block_based_options_set_no_block_cache(table, 1);
        rocksdb_options_set_db_log_dir(options, NO_DIRECTORY);
    } else {
        rocksdb_block_based_options_set_block_cache(table, rocks->cache);
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
    }
    /* Given to the table options, which free it. Absent keys (replay, D5) cost one look here. */
    rocksdb_block_based_options_set_filter_policy(
        table, rocksdb_filterpolicy_create_bloom(BLOOM_BITS_PER_KEY));
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
}

/* The families in clear hold hashes, which do not get smaller. */
static rocksdb_options_t *options_of_hashes(rocksdb_options_t *options)
{
    rocksdb_options_t *hashes = rocksdb_options_create_copy(options);
    rocksdb_options_set_compression(hashes, rocksdb_no_compression);
    rocksdb_options_set_bottommost_compression(hashes, rocksdb_no_compression);
    return hashes;
}

static enum err rocks_open_db(struct kv_rocks *rocks, const char *path, enum opening how,
                              struct err_detail *detail)
{
    const size_t count = rocks->base.plan.count + 1;
    const char *names[KV_FAMILIES_MAX + 1] = {"default"};
    const rocksdb_options_t *options[KV_FAMILIES_MAX + 1] = {rocks->options};
    rocksdb_column_family_handle_t *handles[KV_FAMILIES_MAX + 1] = {NULL};
    for (uint32_t i = 1; i < count; i++) {
        names[i] = rocks->base.plan.families[i - 1];
        options[i] = options_of(rocks, i - 1);
    }
    char *text = NULL;
    rocks->db = how == OPEN_READING
                    ? rocksdb_open_for_read_only_column_families(
                          rocks->options, path, (int)count, names, options, handles, false, &text)
                    : rocksdb_open_column_families(rocks->options, path, (int)count, names, options,
                                                   handles, &text);
    const bool shortage = how == OPEN_READING && is_shortage(text);
    const enum err err = rocks_check(text, detail);
    if (err) {
        rocks->db = NULL;
    } else {
        rocks->standard = handles[0];
        for (uint32_t i = 1; i < count; i++) {
            atomic_store(&rocks->families[i - 1], handles[i]);
        }
    }
    return err == ERR_STORAGE && shortage ? ERR_MEMORY : err;
}

static enum err rocks_open(struct kv **out, const char *path, const struct kv_plan *plan,
                           const struct kv_cipher *cipher, enum opening how,
                           struct err_detail *detail)
{
    struct kv_rocks *rocks = calloc(1, sizeof *rocks);
    if (!rocks) {
        return ERR_MEMORY;
    }
    kv_init(&rocks->base, &ROCKS, plan, cipher);
    rocks->options = rocksdb_options_create();
    rocks->cache = rocksdb_cache_create_lru(BLOCK_CACHE_SIZE);
    rocks->latest = rocksdb_readoptions_create();
    rocks->no_sync = rocksdb_writeoptions_create();
    rocks->sync = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(rocks->sync, 1);
    rocks->reading = how == OPEN_READING;
    set_options(rocks, how);
    rocks->hashes = options_of_hashes(rocks->options);
    enum err err = rocks_files_check(path, how == OPEN_REPAIRING, detail);
    err = err ? err : rocks_open_db(rocks, path, how, detail);
    if (err) {
        rocks_release(rocks);
        return err;
    }
    *out = &rocks->base;
    return OK;
}

enum err kv_open_rocks(struct kv **out, const char *path, const struct kv_plan *plan,
                       const struct kv_cipher *cipher, bool repair, struct err_detail *detail)
{
    /* Made here, because the library would make it readable for everybody. */
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return err_set(detail, ERR_STORAGE, NULL, NULL, NULL, strerror(errno));
    }
    return rocks_open(out, path, plan, cipher, repair ? OPEN_REPAIRING : OPEN_WRITING, detail);
}

enum err kv_open_rocks_reading(struct kv **out, const char *path, const struct kv_plan *plan,
                               const struct kv_cipher *cipher, struct err_detail *detail)
{
    return rocks_open(out, path, plan, cipher, OPEN_READING, detail);
}
