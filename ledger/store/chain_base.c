/* SPDX-License-Identifier: Apache-2.0 */
/* One snapshot serves overlay and tree alike, counted, because they are let go at different times.
 */
#include "ledger/store/chain_base.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/encode.h"

#define BLOCK_BUDGET (3 * (size_t)LIMIT_PEER_FRAME)

struct chain_base {
    atomic_uint references;
    struct kv *kv;
    struct kv_snapshot *snapshot;
    struct tree_cache *cache;
};

struct chain_base *chain_base_pin(struct kv *kv, struct tree_cache *cache)
{
    struct chain_base *base = calloc(1, sizeof *base);
    struct kv_snapshot *snapshot = base ? kv_snapshot_take(kv) : NULL;
    if (!snapshot) {
        free(base);
        return NULL;
    }
    atomic_init(&base->references, 1);
    base->kv = kv;
    base->snapshot = snapshot;
    base->cache = cache;
    return base;
}

struct chain_base *chain_base_keep(struct chain_base *base)
{
    const unsigned before = atomic_fetch_add(&base->references, 1);
    assert(before > 0);
    (void)before;
    return base;
}

void chain_base_drop(struct chain_base *base)
{
    if (base && atomic_fetch_sub(&base->references, 1) == 1) {
        kv_snapshot_drop(base->kv, base->snapshot);
        free(base);
    }
}

const struct kv_snapshot *chain_base_snapshot(const struct chain_base *base)
{
    return base->snapshot;
}

static void release(void *context)
{
    chain_base_drop(context);
}

static enum err state_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    const struct chain_base *base = context;
    if (key.size > 0 && key.data[0] == OVERLAY_RECENT) {
        return kv_get(base->kv, base->snapshot, CHAIN_RECENT, bytes_of(key.data + 1, key.size - 1),
                      arena, out);
    }
    struct bytes record;
    uint64_t written;
    const enum err err = kv_get(base->kv, base->snapshot, CHAIN_STATE, key, arena, &record);
    return err ? err : state_record_split(record, &written, out);
}

static enum err node_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    const struct chain_base *base = context;
    return kv_get(base->kv, base->snapshot, CHAIN_TREE, key, arena, out);
}

struct state_base chain_base_state(struct chain_base *base, uint64_t height)
{
    return (struct state_base){
        .context = chain_base_keep(base), .height = height, .get = state_get, .release = release};
}

struct tree_base chain_base_tree(struct chain_base *base, bool empty, uint64_t root_height)
{
    return (struct tree_base){.context = chain_base_keep(base),
                              .empty = empty,
                              .height = empty ? 0 : root_height,
                              .get = node_get,
                              .release = release,
                              .cache = base->cache};
}

/* --- records ------------------------------------------------------------------------------------
 */

void chain_key_height(uint8_t key[BE64_SIZE], uint64_t height)
{
    struct writer writer = writer_of(key, BE64_SIZE);
    write_u64_be(&writer, height);
    assert(!writer.failed);
}

enum err block_header_get(struct kv *kv, const struct kv_snapshot *snapshot, uint64_t height,
                          struct header *out, struct hash *id)
{
    uint8_t key[BE64_SIZE];
    struct arena arena;
    struct bytes value;
    struct header header;
    chain_key_height(key, height);
    arena_init(&arena, BLOCK_BUDGET);
    enum err err = kv_get(kv, snapshot, CHAIN_BLOCKS, bytes_of(key, sizeof key), &arena, &value);
    if (!err &&
        (value.size < HEADER_SIZE || header_decode(&header, bytes_of(value.data, HEADER_SIZE)) ||
         header.height != height)) {
        err = ERR_CORRUPT;
    }
    arena_free(&arena);
    if (err) {
        return err;
    }
    *out = header;
    if (id) {
        header_id(id, &header);
    }
    return OK;
}

void head_record_encode(uint8_t out[HEAD_RECORD_SIZE], const struct head_record *record)
{
    const struct chain_head *head = &record->head;
    assert(!head->empty);
    struct writer writer = writer_of(out, HEAD_RECORD_SIZE);
    write_u64(&writer, head->height);
    write_bytes(&writer, hash_bytes(&head->id));
    write_u64(&writer, head->time_ms);
    write_bytes(&writer, hash_bytes(&head->state_root));
    write_u64(&writer, head->epoch);
    write_u64(&writer, head->recent_count);
    write_u8(&writer, record->tree_empty);
    write_u64(&writer, record->tree_height);
    assert(!writer.failed);
    assert(writer_size(&writer) == HEAD_RECORD_SIZE);
}

static enum err head_record_decode(struct head_record *out, struct bytes in)
{
    struct reader reader = reader_of(in);
    struct head_record record = {0};
    struct chain_head *head = &record.head;
    head->height = read_u64(&reader);
    read_raw(&reader, head->id.bytes, HASH_SIZE);
    head->time_ms = read_u64(&reader);
    read_raw(&reader, head->state_root.bytes, HASH_SIZE);
    head->epoch = read_u64(&reader);
    head->recent_count = read_u64(&reader);
    const uint8_t tree_empty = read_u8(&reader);
    record.tree_empty = tree_empty == 1;
    record.tree_height = read_u64(&reader);
    if (!reader_done(&reader) || tree_empty > 1 || record.tree_height > head->height ||
        head->height == UINT64_MAX) {
        return ERR_CORRUPT;
    }
    *out = record;
    return OK;
}

enum err head_record_get(struct kv *kv, const struct kv_snapshot *snapshot, struct head_record *out)
{
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 4096);
    enum err err = kv_get(kv, snapshot, CHAIN_META, bytes_text(META_HEAD), &arena, &value);
    if (err == ERR_ABSENT) {
        *out = (struct head_record){.head.empty = true, .tree_empty = true};
        err = OK;
    } else if (!err) {
        err = head_record_decode(out, value);
    }
    arena_free(&arena);
    return err;
}

enum err state_record_split(struct bytes record, uint64_t *written, struct bytes *value)
{
    struct reader reader = reader_of(record);
    const uint64_t height = read_u64(&reader);
    if (reader.failed) {
        return ERR_CORRUPT;
    }
    *written = height;
    *value = bytes_of(record.data + STATE_HEAD_SIZE, record.size - STATE_HEAD_SIZE);
    return OK;
}
