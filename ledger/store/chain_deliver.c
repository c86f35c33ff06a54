/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that final blocks change goes into one batch, in the order of the blocks, and is
 * synced once. What an earlier block of the same batch wrote is remembered beside it, because the
 * database does not have it yet. Only after the sync do the states in memory move. */
#include "ledger/store/chain_db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/base/map.h"
#include "ledger/chain/encode.h"
#include "ledger/keys.h"
#include "ledger/store/chain_base.h"
#include "ledger/store/history.h"
#include "ledger/store/tree_node.h"

#define PRUNE_MAX 20000 /* recent entries dropped in one delivery */

struct delivery {
    struct chain_db *db;
    struct kv_batch *batch;
    struct head_record record; /* as it will be */
    struct merkle_log history;
    bool several;
    struct map pending; /* state key -> struct pending, written by this batch */
    struct arena arena;
    uint64_t recent_lowest_ms; /* of the recent entries this batch puts */
    uint64_t pruned_ms;
};

struct pending {
    bool present;
    uint64_t written;
    struct bytes value; /* in the block's overlay, or in the arena asked with */
};

static void put_height(struct kv_batch *batch, uint32_t family, uint64_t height, struct bytes value)
{
    uint8_t key[BE64_SIZE];
    chain_key_height(key, height);
    kv_batch_put(batch, family, bytes_of(key, sizeof key), value);
}

/* --- what a block must be -----------------------------------------------------------------------
 */

/* A block that does not follow is the caller's confusion (ERR_CONFLICT); one whose roots are not
 * those of its state means this node computed something else than was agreed (ERR_INTERNAL). */
static enum err check_block(const struct delivery *delivery, const struct chain_block *block,
                            const struct header *header)
{
    const struct chain_head *head = &delivery->record.head;
    const uint64_t height = head->empty ? 0 : head->height + 1;
    struct hash id;
    header_id(&id, header);
    if (header->height != height || chain_state_blocks(block->state) != height + 1 ||
        !hash_equal(&id, chain_state_id(block->state)) ||
        (!head->empty && !hash_equal(&header->parent_id, &head->id)) ||
        header->body_size != block->body.size || header->tx_count != block->tx_count) {
        return ERR_CONFLICT;
    }
    struct hash root;
    chain_state_root(block->state, &root);
    if (!hash_equal(&root, &header->state_root)) {
        return ERR_INTERNAL;
    }
    merkle_log_root(&root, &delivery->history);
    return hash_equal(&root, &header->history_root) ? OK : ERR_INTERNAL;
}

/* --- the state ----------------------------------------------------------------------------------
 */

static enum err remember(struct delivery *delivery, struct bytes key, const struct pending *value)
{
    struct pending *kept = arena_alloc(&delivery->arena, sizeof *kept);
    if (!kept) {
        return ERR_MEMORY;
    }
    *kept = *value;
    return map_put(&delivery->pending, key, kept, NULL);
}

/* before gives what stood at a key before this write: in this batch, or in the database. */
static enum err before(struct delivery *delivery, uint32_t family, struct bytes key,
                       struct arena *arena, struct pending *out)
{
    const struct pending *pending = map_get(&delivery->pending, key);
    if (pending) {
        *out = *pending;
        return OK;
    }
    const bool recent = family == CHAIN_RECENT;
    struct bytes record;
    *out = (struct pending){0};
    const enum err err =
        kv_get(delivery->db->kv, NULL, family, recent ? bytes_of(key.data + 1, key.size - 1) : key,
               arena, &record);
    if (err) {
        return err == ERR_ABSENT ? OK : err;
    }
    out->present = true;
    out->value = record;
    return recent ? OK : state_record_split(record, &out->written, &out->value);
}

/* count_down: one recent entry less; false where the head record counts fewer than there are. */
static bool count_down(uint64_t *count)
{
    const bool some = *count > 0;
    *count -= some;
    return some;
}

static enum err write_recent(struct delivery *delivery, const struct pending *old, struct bytes key,
                             struct bytes value)
{
    const struct bytes stored = bytes_of(key.data + 1, key.size - 1);
    uint64_t *count = &delivery->record.head.recent_count;
    if (value.data) {
        struct reader reader = reader_of(stored);
        const uint64_t until_ms = read_u64_be(&reader);
        if (until_ms < delivery->recent_lowest_ms) {
            delivery->recent_lowest_ms = until_ms;
        }
        *count += !old->present;
        kv_batch_put(delivery->batch, CHAIN_RECENT, stored, value);
    } else if (old->present) {
        if (!count_down(count)) {
            return ERR_CORRUPT;
        }
        kv_batch_delete(delivery->batch, CHAIN_RECENT, stored);
    }
    return OK;
}

/* put_record writes {u64 height, value} under key, or under key and a height. */
static enum err put_record(struct delivery *delivery, uint32_t family, struct bytes key,
                           const uint64_t *replaced, const struct pending *value)
{
    uint8_t key_space[LIMIT_STATE_KEY + BE64_SIZE];
    struct writer name = writer_of(key_space, sizeof key_space);
    write_bytes(&name, key);
    if (replaced) {
        write_u64_be(&name, *replaced);
    }
    struct arena arena;
    arena_init(&arena, STATE_HEAD_SIZE + LIMIT_STATE_VALUE + 4096);
    const size_t size = STATE_HEAD_SIZE + value->value.size;
    uint8_t *space = arena_alloc(&arena, size);
    if (!space || name.failed) {
        arena_free(&arena);
        return ERR_MEMORY;
    }
    struct writer record = writer_of(space, size);
    write_u64(&record, value->written);
    write_bytes(&record, value->value);
    assert(!record.failed);
    kv_batch_put(delivery->batch, family, writer_bytes(&name), writer_bytes(&record));
    arena_free(&arena);
    return OK;
}

static enum err write_state(struct delivery *delivery, const struct pending *old, struct bytes key,
                            const struct pending *now)
{
    enum err err = OK;
    if (old->present) {
        err = put_record(delivery, CHAIN_STATE_OLD, key, &now->written, old);
    }
    if (err) {
        return err;
    }
    if (now->present) {
        return put_record(delivery, CHAIN_STATE, key, NULL, now);
    }
    if (old->present) {
        kv_batch_delete(delivery->batch, CHAIN_STATE, key);
    }
    return OK;
}

static enum err write_entry(struct delivery *delivery, uint64_t height, struct bytes key,
                            struct bytes value)
{
    const bool recent = key.data[0] == OVERLAY_RECENT;
    const struct pending now = {value.data != NULL, height, value};
    struct pending old;
    struct arena arena;
    arena_init(&arena, 4 * (size_t)LIMIT_STATE_VALUE);
    enum err err = before(delivery, recent ? CHAIN_RECENT : CHAIN_STATE, key, &arena, &old);
    if (!err && recent) {
        err = write_recent(delivery, &old, key, value);
    } else if (!err && !(old.present && now.present && bytes_equal(old.value, value))) {
        err = write_state(delivery, &old, key, &now);
        chain_index_account(delivery->batch, key, height);
        if (!err && delivery->several) {
            err = remember(delivery, key, &now);
        }
    }
    if (!err && recent) {
        /* Also for pruning, which must not count an entry twice. */
        err = remember(delivery, key, &now);
    }
    arena_free(&arena);
    return err;
}

static enum err write_overlay(struct delivery *delivery, const struct chain_state *state,
                              uint64_t height)
{
    const struct overlay *overlay = chain_state_overlay(state);
    const size_t count = overlay_count(overlay);
    enum err err = OK;
    for (size_t i = 0; i < count && !err; i++) {
        struct bytes key;
        struct bytes value;
        overlay_entry(overlay, i, &key, &value);
        err = write_entry(delivery, height, key, value);
    }
    return err;
}

/* One record a block: a few nodes are replaced for each key, and a record each would be a sixth of
 * all that is written. */
static enum err write_stale(struct delivery *delivery, const struct tree *tree, uint64_t height)
{
    const size_t count = tree_stale_count(tree);
    if (count == 0) {
        return OK;
    }
    const size_t size = count * (1 + TREE_KEY_SIZE_MAX);
    uint8_t *space = malloc(size);
    if (!space) {
        return ERR_MEMORY;
    }
    struct writer list = writer_of(space, size);
    for (size_t i = 0; i < count; i++) {
        const struct bytes key = tree_stale(tree, i);
        write_u8(&list, (uint8_t)key.size);
        write_bytes(&list, key);
    }
    assert(!list.failed);
    put_height(delivery->batch, CHAIN_STALE, height, writer_bytes(&list));
    free(space);
    return OK;
}

static enum err write_tree(struct delivery *delivery, const struct tree *tree, uint64_t height)
{
    for (size_t i = 0; i < tree_node_count(tree); i++) {
        struct bytes key;
        struct bytes value;
        tree_node(tree, i, &key, &value);
        kv_batch_put(delivery->batch, CHAIN_TREE, key, value);
    }
    return write_stale(delivery, tree, height);
}

/* --- the block ----------------------------------------------------------------------------------
 */

static enum err write_body(struct delivery *delivery, const struct chain_block *block,
                           uint64_t height)
{
    struct arena arena;
    arena_init(&arena, HEADER_SIZE + (size_t)LIMIT_PEER_FRAME + 4096);
    const size_t size = block->header.size + block->body.size;
    uint8_t *space = arena_alloc(&arena, size);
    if (space) {
        struct writer value = writer_of(space, size);
        write_bytes(&value, block->header);
        write_bytes(&value, block->body);
        assert(!value.failed);
        put_height(delivery->batch, CHAIN_BLOCKS, height, writer_bytes(&value));
    }
    arena_free(&arena);
    return space ? OK : ERR_MEMORY;
}

static enum err write_certs(struct delivery *delivery, const struct chain_block *block,
                            uint64_t height)
{
    if (block->finalization.size == 0 && block->justification.size == 0) {
        return OK;
    }
    uint8_t space[8 + CERT_SIZE_MAX + JUST_SIZE_MAX];
    struct writer value = writer_of(space, sizeof space);
    write_u32(&value, (uint32_t)block->finalization.size);
    write_bytes(&value, block->finalization);
    write_u32(&value, (uint32_t)block->justification.size);
    write_bytes(&value, block->justification);
    if (value.failed) {
        return ERR_LENGTH;
    }
    put_height(delivery->batch, CHAIN_CERTS, height, writer_bytes(&value));
    return OK;
}

static void record_advance(struct head_record *record, const struct header *header,
                           const struct chain_state *state)
{
    struct chain_head *head = &record->head;
    head->empty = false;
    head->height = header->height;
    head->id = *chain_state_id(state);
    head->time_ms = header->time_ms;
    head->state_root = header->state_root;
    head->epoch = header->epoch;
    record->tree_height = 0;
    record->tree_empty = !tree_root_height(chain_state_tree(state), &record->tree_height);
}

static enum err write_block(struct delivery *delivery, const struct chain_block *block)
{
    struct header header;
    enum err err = header_decode(&header, block->header);
    err = err ? err : check_block(delivery, block, &header);
    err = err ? err : write_body(delivery, block, header.height);
    err = err ? err : write_certs(delivery, block, header.height);
    if (err) {
        return err;
    }
    if (block->epoch_record.size) {
        put_height(delivery->batch, CHAIN_EPOCHS, header.epoch + 1, block->epoch_record);
    }
    if (chain_state_own(block->state)) {
        err = write_overlay(delivery, block->state, header.height);
        err = err ? err : write_tree(delivery, chain_state_tree(block->state), header.height);
    }
    history_append(&delivery->history, chain_state_id(block->state), delivery->batch,
                   CHAIN_HISTORY);
    record_advance(&delivery->record, &header, block->state);
    return err;
}

/* --- the recent set -----------------------------------------------------------------------------
 */

static bool is_pending(const struct delivery *delivery, struct bytes stored)
{
    uint8_t space[LIMIT_STATE_KEY];
    struct writer key = writer_of(space, sizeof space);
    write_u8(&key, OVERLAY_RECENT);
    write_bytes(&key, stored);
    return !key.failed && map_get(&delivery->pending, writer_bytes(&key)) != NULL;
}

/* prune drops recent entries whose time is over at the new head, some at a time. It begins where
 * the last one ended, so that it does not walk over what was deleted before. */
static enum err prune(struct delivery *delivery)
{
    struct head_record *record = &delivery->record;
    uint8_t from[BE64_SIZE];
    chain_key_height(from, delivery->db->pruned_ms);
    struct kv_iter *iter = kv_iter_open(delivery->db->kv, NULL, CHAIN_RECENT, bytes_of("", 0),
                                        bytes_of(from, sizeof from), false);
    enum err err = OK;
    delivery->pruned_ms = record->head.time_ms;
    for (size_t i = 0; i <= PRUNE_MAX; i++) {
        struct bytes key;
        struct bytes value;
        err = kv_iter_next(iter, &key, &value);
        if (err) {
            break;
        }
        struct reader reader = reader_of(key);
        const uint64_t until = read_u64_be(&reader);
        if (reader.failed || until >= record->head.time_ms) {
            break;
        }
        if (i == PRUNE_MAX) {
            delivery->pruned_ms = until;
            break;
        }
        if (!is_pending(delivery, key)) {
            if (!count_down(&record->head.recent_count)) {
                err = ERR_CORRUPT;
                break;
            }
            kv_batch_delete(delivery->batch, CHAIN_RECENT, key);
        }
    }
    kv_iter_close(iter);
    /* An entry of an earlier block in this batch may be over already; the next walk finds it. */
    if (delivery->recent_lowest_ms < delivery->pruned_ms) {
        delivery->pruned_ms = delivery->recent_lowest_ms;
    }
    return err == ERR_ABSENT ? OK : err;
}

/* --- delivery -----------------------------------------------------------------------------------
 */

static enum err delivery_init(struct delivery *delivery, struct chain_db *db, size_t count)
{
    *delivery = (struct delivery){.db = db, .several = count > 1, .recent_lowest_ms = UINT64_MAX};
    delivery->record = db->record;
    delivery->history = *chain_state_history(db->state);
    map_init(&delivery->pending, CHAIN_DELIVER_MAX * (size_t)LIMIT_OVERLAY_ENTRIES);
    arena_init(&delivery->arena, CHAIN_DELIVER_MAX * (size_t)LIMIT_OVERLAY_ENTRIES * 64);
    delivery->batch = kv_batch_new(db->kv);
    return delivery->batch ? OK : ERR_MEMORY;
}

static void delivery_deinit(struct delivery *delivery)
{
    kv_batch_free(delivery->batch);
    map_free(&delivery->pending, NULL);
    arena_free(&delivery->arena);
}

static enum err delivery_write(struct delivery *delivery)
{
    enum err err = prune(delivery);
    if (err) {
        return err;
    }
    uint8_t record[HEAD_RECORD_SIZE];
    head_record_encode(record, &delivery->record);
    kv_batch_put(delivery->batch, CHAIN_META, bytes_text(META_HEAD),
                 bytes_of(record, sizeof record));
    return kv_write(delivery->db->kv, delivery->batch, true);
}

/* adopt: the blocks are on disk; the last state stands on the database from here on. */
static enum err adopt(const struct delivery *delivery, const struct chain_block *blocks,
                      size_t count)
{
    struct chain_db *db = delivery->db;
    struct chain_state *last = blocks[count - 1].state;
    for (size_t i = 0; i < count; i++) {
        if (chain_state_own(blocks[i].state)) {
            tree_remember(chain_state_tree(blocks[i].state), db->cache);
        }
    }
    struct chain_base *base = chain_base_pin(db->kv, db->cache);
    if (!base) {
        return ERR_MEMORY;
    }
    const struct head_record *record = &delivery->record;
    const struct state_base state = chain_base_state(base, record->head.height);
    const struct tree_base tree = chain_base_tree(base, record->tree_empty, record->tree_height);
    const enum err err = chain_state_settle(last, &state, &tree);
    chain_base_drop(base);
    if (!err) {
        db->pruned_ms = delivery->pruned_ms;
        chain_db_advance(db, chain_state_keep(last), record);
    }
    return err;
}

static enum err deliver(struct delivery *delivery, const struct chain_block *blocks, size_t count)
{
    const uint64_t first = delivery->record.head.empty ? 0 : delivery->record.head.height + 1;
    size_t kept = 0;
    enum err err = chain_index_flush(delivery->db);
    for (size_t i = 0; i < count && !err; i++) {
        err = write_block(delivery, &blocks[i]);
        err = err ? err : chain_index_keep(delivery->db, first + i, &blocks[i]);
        kept += err == OK;
    }
    err = err ? err : delivery_write(delivery);
    if (err) {
        chain_index_forget(delivery->db, kept);
        return err; /* either nothing was written, or the store has latched its failure */
    }
    err = adopt(delivery, blocks, count);
    if (err) {
        /* On disk but not in memory: only a restart brings them together. */
        atomic_store(&delivery->db->failed, true);
    }
    return err;
}

enum err chain_db_genesis(struct chain_db *db, const struct chain_block *block,
                          const struct hash *chain_id, struct bytes genesis)
{
    if (chain_db_failed(db)) {
        return ERR_STORAGE;
    }
    if (!db->record.head.empty) {
        return ERR_CONFLICT;
    }
    struct delivery delivery;
    enum err err = delivery_init(&delivery, db, 1);
    if (!err) {
        uint8_t format[4];
        struct writer writer = writer_of(format, sizeof format);
        write_u32(&writer, STORAGE_FORMAT_VERSION);
        kv_batch_put(delivery.batch, CHAIN_META, bytes_text(META_FORMAT), writer_bytes(&writer));
        kv_batch_put(delivery.batch, CHAIN_META, bytes_text(META_CHAIN), hash_bytes(chain_id));
        kv_batch_put(delivery.batch, CHAIN_META, bytes_text(META_GENESIS), genesis);
        err = deliver(&delivery, block, 1);
    }
    if (!err) {
        spin_lock(&db->lock);
        db->chain_id = *chain_id;
        db->has_chain = true;
        spin_unlock(&db->lock);
    }
    delivery_deinit(&delivery);
    return err;
}

/* is_stored: a block delivered before is skipped, another one of its height is a conflict. Asked of
 * the blocks: what is agreed on rests on no index. */
static enum err is_stored(struct chain_db *db, const struct chain_block *block, bool *stored)
{
    struct header header;
    enum err err = header_decode(&header, block->header);
    *stored = false;
    if (err || header.height > db->record.head.height) {
        return err;
    }
    struct hash id;
    struct hash known;
    header_id(&id, &header);
    err = block_header_get(db->kv, NULL, header.height, &header, &known);
    *stored = !err && hash_equal(&id, &known);
    return err || *stored ? err : ERR_CONFLICT;
}

static enum err deliver_new(struct chain_db *db, const struct chain_block *blocks, size_t count)
{
    assert(count <= CHAIN_DELIVER_MAX);
    if (chain_db_failed(db)) {
        return ERR_STORAGE;
    }
    if (db->record.head.empty) {
        return ERR_CONFLICT;
    }
    size_t first = 0;
    bool stored = true;
    while (first < count && stored) {
        const enum err err = is_stored(db, &blocks[first], &stored);
        if (err) {
            return err;
        }
        first += stored;
    }
    if (first == count) {
        return OK;
    }
    struct delivery delivery;
    enum err err = delivery_init(&delivery, db, count - first);
    err = err ? err : deliver(&delivery, blocks + first, count - first);
    delivery_deinit(&delivery);
    return err;
}

enum err chain_db_deliver(struct chain_db *db, const struct chain_block *blocks, size_t count)
{
    const enum err err = deliver_new(db, blocks, count);
    if (err == ERR_CORRUPT) {
        /* Read well and not true: a restart would come to the same. */
        kv_tell_damage(db->kv, KV_NO_FAMILY,
                       "Corruption: records that a delivery needs contradict each other");
    }
    return err;
}
