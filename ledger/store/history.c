/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic is chain/merkle; here stand only the keys under which complete subtrees are kept.
 */
#include "ledger/store/history.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/buf.h"

struct sink {
    struct kv_batch *batch;
    uint32_t family;
};

static void history_key(uint8_t key[HISTORY_KEY_SIZE], unsigned level, uint64_t index)
{
    struct writer writer = writer_of(key, HISTORY_KEY_SIZE);
    write_u8(&writer, (uint8_t)level);
    write_u64_be(&writer, index);
    assert(!writer.failed);
}

static void keep(void *context, unsigned level, uint64_t index, const struct hash *root)
{
    const struct sink *sink = context;
    uint8_t key[HISTORY_KEY_SIZE];
    history_key(key, level, index);
    kv_batch_put(sink->batch, sink->family, bytes_of(key, sizeof key), hash_bytes(root));
}

void history_append(struct merkle_log *log, const struct hash *block_id, struct kv_batch *batch,
                    uint32_t family)
{
    struct hash leaf;
    struct sink sink = {batch, family};
    merkle_block_leaf(&leaf, block_id);
    merkle_log_append(log, &leaf, batch ? keep : NULL, &sink);
}

static enum err subtree(void *context, unsigned level, uint64_t index, struct hash *root)
{
    const struct history_store *store = context;
    uint8_t key[HISTORY_KEY_SIZE];
    struct arena arena;
    struct bytes value;
    history_key(key, level, index);
    arena_init(&arena, 4096);
    enum err err = kv_get(store->kv, store->snapshot, store->family, bytes_of(key, sizeof key),
                          &arena, &value);
    if (err == ERR_ABSENT || (!err && value.size != HASH_SIZE)) {
        err = ERR_CORRUPT;
    }
    if (!err) {
        memcpy(root->bytes, value.data, HASH_SIZE);
    }
    arena_free(&arena);
    return err;
}

enum err history_load(const struct history_store *store, uint64_t count, struct merkle_log *out)
{
    struct merkle_log log = {.count = count};
    struct history_store from = *store;
    for (unsigned level = 0; level < MERKLE_PATH_MAX; level++) {
        if (count >> level & 1) {
            const enum err err = subtree(&from, level, (count >> level) - 1, &log.peaks[level]);
            if (err) {
                return err;
            }
        }
    }
    *out = log;
    return OK;
}

enum err history_path(const struct history_store *store, uint64_t height, uint64_t count,
                      struct merkle_path *out)
{
    assert(height < count);
    struct history_store from = *store;
    return merkle_path_build(out, height, count, subtree, &from);
}
