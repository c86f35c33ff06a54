/* SPDX-License-Identifier: Apache-2.0 */
/* What the committer does for the indexes. Records are never changed once they are written, so that
 * one may be written twice, and the order of steps does not matter. */
#include "ledger/store/chain_index.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/encode.h"
#include "ledger/keys.h"
#include "ledger/mutant.h"
#include "ledger/store/chain_base.h"

/* Of one step: a few milliseconds. */
#define STEP_RECORDS 4096u
#define STEP_BLOCKS 512u
#define STEP_BYTES ((size_t)1 << 20)
#define STEP_ARENA ((size_t)64 << 20)

#define MARK_SIZE (8 + 8 + 8 + 1)

/* --- what is missing ----------------------------------------------------------------------------
 */

static bool is_making(const struct index_mark *mark)
{
    return mark->gap_from < mark->gap_to || mark->accounts_missing;
}

/* set_mark makes the generation odd while something is missing: who reads asks before and after. */
static void set_mark(struct chain_index *index, const struct index_mark *mark)
{
    spin_lock(&index->lock);
    index->mark = *mark;
    spin_unlock(&index->lock);
    const bool odd = atomic_load(&index->generation) % 2 == 1;
    if (odd != is_making(mark)) {
        atomic_fetch_add(&index->generation, 1);
    }
}

static void put_mark(struct kv_batch *batch, const struct index_mark *mark)
{
    uint8_t space[MARK_SIZE];
    struct writer value = writer_of(space, sizeof space);
    write_u64(&value, mark->next);
    write_u64(&value, mark->gap_from);
    write_u64(&value, mark->gap_to);
    write_u8(&value, mark->accounts_missing);
    assert(!value.failed);
    kv_batch_put(batch, CHAIN_META, bytes_text(META_INDEXED), writer_bytes(&value));
}

/* take_mark: false for a record that cannot be of a database with blocks below `end`. */
static bool take_mark(struct index_mark *mark, struct bytes value, uint64_t end)
{
    struct reader reader = reader_of(value);
    mark->next = read_u64(&reader);
    mark->gap_from = read_u64(&reader);
    mark->gap_to = read_u64(&reader);
    mark->accounts_missing = read_u8(&reader) != 0;
    return reader_done(&reader) && mark->next <= end && mark->gap_to <= mark->next &&
           mark->gap_from <= mark->gap_to;
}

enum err chain_index_load(struct chain_db *db)
{
    const uint64_t end = db->record.head.height + 1;
    struct index_mark mark = {0};
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 4096);
    enum err err = kv_get(db->kv, NULL, CHAIN_META, bytes_text(META_INDEXED), &arena, &value);
    if (err == ERR_ABSENT || (!err && !take_mark(&mark, value, end))) {
        mark = (struct index_mark){.gap_to = end, .accounts_missing = true};
        err = OK;
    } else if (!err && mark.next < end) { /* what a crash took away */
        mark.gap_from = mark.gap_from < mark.gap_to ? mark.gap_from : mark.next;
        mark.gap_to = end;
    }
    arena_free(&arena);
    if (!err) {
        mark.next = end;
        set_mark(&db->index, &mark);
    }
    return err;
}

/* --- ids in memory ------------------------------------------------------------------------------
 */

static int entry_order(const void *a, const void *b)
{
    const struct index_entry *one = a;
    const struct index_entry *two = b;
    return memcmp(one->id.bytes, two->id.bytes, HASH_SIZE);
}

static bool keep_one(struct index_fresh *fresh, uint64_t height, const struct chain_block *block)
{
    struct index_entry *entries = calloc(block->tx_count + 1, sizeof *entries);
    if (!entries) {
        return false;
    }
    for (size_t i = 0; i < block->tx_count; i++) {
        entries[i] = (struct index_entry){block->tx_ids[i], (uint32_t)i};
    }
    qsort(entries, block->tx_count, sizeof *entries, entry_order);
    *fresh = (struct index_fresh){height, *chain_state_id(block->state), entries, block->tx_count};
    return true;
}

enum err chain_index_keep(struct chain_db *db, uint64_t height, const struct chain_block *block)
{
    struct chain_index *index = &db->index;
    struct index_fresh fresh;
    assert(index->fresh_count < CHAIN_INDEX_FRESH_MAX);
    if (!keep_one(&fresh, height, block)) {
        return ERR_MEMORY;
    }
    spin_lock(&index->lock);
    index->fresh[index->fresh_count++] = fresh;
    spin_unlock(&index->lock);
    return OK;
}

void chain_index_forget(struct chain_db *db, size_t count)
{
    struct chain_index *index = &db->index;
    assert(count <= index->fresh_count);
    for (; count > 0; count--) {
        spin_lock(&index->lock);
        struct index_entry *entries = index->fresh[--index->fresh_count].entries;
        spin_unlock(&index->lock);
        free(entries);
    }
}

/* written takes the oldest ones away: who does not find them here finds them in the database. */
static void written(struct chain_index *index, size_t count)
{
    struct index_entry *done[CHAIN_INDEX_FRESH_MAX];
    for (size_t i = 0; i < count; i++) {
        done[i] = index->fresh[i].entries;
    }
    spin_lock(&index->lock);
    index->fresh_count -= count;
    memmove(index->fresh, index->fresh + count, index->fresh_count * sizeof index->fresh[0]);
    spin_unlock(&index->lock);
    for (size_t i = 0; i < count; i++) {
        free(done[i]);
    }
}

void chain_index_unload(struct chain_db *db)
{
    written(&db->index, db->index.fresh_count);
}

/* --- records ------------------------------------------------------------------------------------
 */

static void put_block(struct kv_batch *batch, const struct hash *id, uint64_t height)
{
    uint8_t space[8];
    struct writer value = writer_of(space, sizeof space);
    write_u64(&value, height);
    kv_batch_put(batch, CHAIN_INDEX_BLOCK, hash_bytes(id), writer_bytes(&value));
}

static void put_tx(struct kv_batch *batch, const struct hash *id, uint64_t height, uint32_t place)
{
    uint8_t space[12];
    struct writer value = writer_of(space, sizeof space);
    write_u64(&value, height);
    write_u32(&value, place);
    assert(!value.failed);
    kv_batch_put(batch, CHAIN_INDEX_TX, hash_bytes(id), writer_bytes(&value));
}

void chain_index_account(struct kv_batch *batch, struct bytes key, uint64_t height)
{
    /* 0x0D, facility[32], BE32 period, BE32 version: here by period first. */
    if (key.data[0] != KEY_ACCOUNT_VERSION || key.size != 1 + HASH_SIZE + 8) {
        return;
    }
    uint8_t space[HASH_SIZE + 8];
    uint8_t where[8];
    struct writer name = writer_of(space, sizeof space);
    struct writer value = writer_of(where, sizeof where);
    write_raw(&name, key.data + 1 + HASH_SIZE, 4);
    write_raw(&name, key.data + 1, HASH_SIZE);
    write_raw(&name, key.data + 1 + HASH_SIZE + 4, 4);
    write_u64(&value, height);
    assert(!name.failed);
    assert(!value.failed);
    kv_batch_put(batch, CHAIN_INDEX_ACCOUNT, writer_bytes(&name), writer_bytes(&value));
}

/* --- steps --------------------------------------------------------------------------------------
 */

/* What a step writes, and how things stand once that is written. */
struct step {
    struct chain_db *db;
    struct kv_batch *batch;
    struct index_mark mark;
    struct index_place place;
    size_t fresh; /* blocks of those in memory */
};

static void fresh_step(struct step *step)
{
    const struct chain_index *index = &step->db->index;
    size_t records = 0;
    while (step->fresh < index->fresh_count && records < STEP_RECORDS) {
        const struct index_fresh *fresh = &index->fresh[step->fresh++];
        put_block(step->batch, &fresh->id, fresh->height);
        for (size_t i = 0; i < fresh->count; i++) {
            put_tx(step->batch, &fresh->entries[i].id, fresh->height, fresh->entries[i].index);
        }
        records += fresh->count + 1;
        step->mark.next = fresh->height + 1;
    }
}

static enum err put_ids(struct step *step, uint64_t height, struct bytes block, chain_ids_fn ids,
                        struct arena *arena)
{
    struct header header;
    struct hash id;
    if (block.size < HEADER_SIZE || header_decode(&header, bytes_of(block.data, HEADER_SIZE)) ||
        header.height != height) {
        return ERR_CORRUPT;
    }
    struct hash *txs = arena_alloc(arena, (header.tx_count + 1u) * sizeof *txs);
    if (!txs) {
        return ERR_MEMORY;
    }
    const struct bytes body = bytes_of(block.data + HEADER_SIZE, block.size - HEADER_SIZE);
    const enum err err = ids(txs, &step->db->chain_id, body, header.tx_count);
    if (err) {
        return err;
    }
    header_id(&id, &header);
    put_block(step->batch, &id, height);
    for (uint32_t i = 0; i < header.tx_count; i++) {
        put_tx(step->batch, &txs[i], height, i);
    }
    return OK;
}

static enum err gap_step(struct step *step, chain_ids_fn ids)
{
    enum err err = OK;
    size_t bytes = 0;
    for (unsigned i = 0;
         !err && i < STEP_BLOCKS && bytes < STEP_BYTES && step->mark.gap_from < step->mark.gap_to;
         i++) {
        struct arena arena;
        struct bytes block;
        uint8_t key[BE64_SIZE];
        chain_key_height(key, step->mark.gap_from);
        arena_init(&arena, STEP_ARENA);
        err = kv_get(step->db->kv, NULL, CHAIN_BLOCKS, bytes_of(key, sizeof key), &arena, &block);
        err = err == ERR_ABSENT ? ERR_CORRUPT : err;
        if (!err) {
            err = put_ids(step, step->mark.gap_from, block, ids, &arena);
            bytes += block.size;
        }
        step->mark.gap_from += err == OK;
        arena_free(&arena);
    }
    return err;
}

/* The height at which a record of the state was written is that of its account version. */
static enum err accounts_step(struct step *step)
{
    static const uint8_t prefix = KEY_ACCOUNT_VERSION;
    struct index_place *place = &step->place;
    struct kv_iter *iter = kv_iter_open(step->db->kv, NULL, CHAIN_STATE, bytes_of(&prefix, 1),
                                        bytes_of(place->key, place->size), false);
    enum err err = OK;
    for (unsigned i = 0; !err && i < STEP_RECORDS; i++) {
        struct bytes key;
        struct bytes record;
        struct bytes value;
        uint64_t height = 0;
        err = kv_iter_next(iter, &key, &record);
        err = err ? err : state_record_split(record, &height, &value);
        if (!err && key.size <= sizeof place->key) {
            chain_index_account(step->batch, key, height);
            memcpy(place->key, key.data, key.size);
            place->size = key.size;
        }
    }
    kv_iter_close(iter);
    if (err == ERR_ABSENT) {
        step->mark.accounts_missing = false;
        step->place.size = 0;
        err = OK;
    }
    return err;
}

static enum err step_begin(struct step *step, struct chain_db *db)
{
    const struct chain_index *index = &db->index;
    *step = (struct step){
        .db = db, .batch = kv_batch_new(db->kv), .mark = index->mark, .place = index->place};
    return step->batch ? OK : ERR_MEMORY;
}

static enum err step_end(struct step *step)
{
    struct chain_index *index = &step->db->index;
    put_mark(step->batch, &step->mark);
    const enum err err = kv_write(step->db->kv, step->batch, false);
    kv_batch_free(step->batch);
    if (!err) {
        index->place = step->place;
        written(index, step->fresh);
        set_mark(index, &step->mark);
    }
    return err;
}

static const char *first_name(uint32_t families)
{
    return storage_chain_plan()->families[__builtin_ctz(families)];
}

/* What is damaged is thrown away once the mark says so on the disk. Until it is made again readers
 * hear that it is missing. */
static enum err renew(struct chain_db *db, uint32_t spoiled, const char *what)
{
    struct chain_index *index = &db->index;
    struct index_mark mark = index->mark;
    const bool places = (spoiled & (1u << CHAIN_INDEX_TX | 1u << CHAIN_INDEX_BLOCK)) != 0;
    struct kv_batch *batch = kv_batch_new(db->kv);
    if (!batch) {
        return ERR_MEMORY;
    }
    char text[KV_DAMAGE_TEXT];
    (void)snprintf(text, sizeof text, "%s: %.180s", first_name(spoiled), what);
    if (places &&
        !LEDGER_MUTANT(LEDGER_MUTANT_GAP_FORGOTTEN)) { /* both are made from the same reading */
        spoiled |= 1u << CHAIN_INDEX_TX | 1u << CHAIN_INDEX_BLOCK;
        mark.gap_from = 0;
        mark.gap_to = mark.next;
    }
    mark.accounts_missing = mark.accounts_missing || (spoiled & 1u << CHAIN_INDEX_ACCOUNT) != 0;
    put_mark(batch, &mark);
    enum err err = kv_write(db->kv, batch, true);
    kv_batch_free(batch);
    if (!err) {
        set_mark(index, &mark);
        index->place.size = 0;
        spin_lock(&index->lock);
        index->renewed++;
        memcpy(index->what, text, sizeof index->what);
        spin_unlock(&index->lock);
    }
    for (uint32_t family = 0; family < CHAIN_FAMILIES && !err; family++) {
        if ((spoiled >> family & 1) != 0) {
            err = kv_renew(db->kv, family);
        }
    }
    return err;
}

enum err chain_index_step(struct chain_db *db, chain_ids_fn ids)
{
    struct chain_index *index = &db->index;
    char what[KV_DAMAGE_TEXT] = "";
    const uint32_t spoiled = kv_spoiled(db->kv, what);
    if (chain_db_failed(db)) {
        return ERR_STORAGE;
    }
    if (spoiled != 0) {
        return renew(db, spoiled, what);
    }
    struct step step;
    enum err err = step_begin(&step, db);
    if (err) {
        return err;
    }
    if (index->fresh_count > 0) {
        fresh_step(&step);
    } else if (step.mark.gap_from < step.mark.gap_to) {
        err = gap_step(&step, ids);
    } else if (step.mark.accounts_missing) {
        err = accounts_step(&step);
    }
    if (err) {
        kv_batch_free(step.batch);
        return err;
    }
    return step_end(&step);
}

/* Writes what stands in memory, whatever else there is to do. */
enum err chain_index_flush(struct chain_db *db)
{
    enum err err = OK;
    while (!err && db->index.fresh_count + CHAIN_DELIVER_MAX > CHAIN_INDEX_FRESH_MAX) {
        struct step step;
        err = step_begin(&step, db);
        if (!err) {
            fresh_step(&step);
            err = step_end(&step);
        }
    }
    return err;
}

/* --- what can be said ---------------------------------------------------------------------------
 */

size_t chain_index_behind(struct chain_db *db)
{
    spin_lock(&db->index.lock);
    const size_t count = db->index.fresh_count;
    spin_unlock(&db->index.lock);
    return count;
}

bool chain_index_wanted(struct chain_db *db)
{
    return kv_spoiled(db->kv, NULL) != 0 || atomic_load(&db->index.generation) % 2 == 1 ||
           chain_index_behind(db) > 0;
}

void chain_index_status(struct chain_db *db, struct chain_index_status *out)
{
    struct chain_index *index = &db->index;
    spin_lock(&index->lock);
    *out = (struct chain_index_status){.making = is_making(&index->mark),
                                       .missing = index->mark.gap_to - index->mark.gap_from,
                                       .renewed = index->renewed};
    memcpy(out->what, index->what, sizeof out->what);
    spin_unlock(&index->lock);
}

bool chain_index_spoil(struct chain_db *db, const char *family, const char *what)
{
    const struct kv_plan *plan = storage_chain_plan();
    for (uint32_t i = 0; i < plan->count; i++) {
        if ((plan->derived >> i & 1) != 0 && strcmp(plan->families[i], family) == 0) {
            kv_tell_damage(db->kv, i, what);
            return true;
        }
    }
    return false;
}

/* --- readers ------------------------------------------------------------------------------------
 */

static bool fresh_find(struct chain_db *db, uint32_t family, const struct hash *key,
                       uint64_t *height, uint32_t *place)
{
    struct chain_index *index = &db->index;
    const struct index_entry wanted = {.id = *key};
    bool found = false;
    spin_lock(&index->lock);
    const size_t count = LEDGER_MUTANT(LEDGER_MUTANT_IDS_FORGOTTEN) ? 0 : index->fresh_count;
    for (size_t i = count; i > 0 && !found; i--) {
        const struct index_fresh *fresh = &index->fresh[i - 1];
        const struct index_entry *entry = NULL;
        if (family == CHAIN_INDEX_TX) {
            entry = bsearch(&wanted, fresh->entries, fresh->count, sizeof *entry, entry_order);
        }
        found = entry || (family == CHAIN_INDEX_BLOCK && hash_equal(&fresh->id, key));
        if (found) {
            *height = fresh->height;
            *place = entry ? entry->index : 0;
        }
    }
    spin_unlock(&index->lock);
    return found;
}

static enum err stored_find(struct chain_db *db, uint32_t family, const struct hash *key,
                            uint64_t *height, uint32_t *place)
{
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 4096);
    enum err err = kv_get(db->kv, NULL, family, hash_bytes(key), &arena, &value);
    if (!err) {
        struct reader reader = reader_of(value);
        *height = read_u64(&reader);
        *place = family == CHAIN_INDEX_TX ? read_u32(&reader) : 0;
        err = reader_done(&reader) ? OK : ERR_CORRUPT;
    }
    arena_free(&arena);
    return err;
}

/* Memory first: what is taken from there is in the database before. */
enum err chain_index_find(struct chain_db *db, uint32_t family, const struct hash *key,
                          uint64_t *height, uint32_t *index)
{
    const unsigned before = chain_index_generation(db);
    if (fresh_find(db, family, key, height, index)) {
        return OK;
    }
    const enum err err = stored_find(db, family, key, height, index);
    const bool missing = before % 2 == 1 || before != chain_index_generation(db);
    if (err == ERR_ABSENT) {
        return missing && !LEDGER_MUTANT(LEDGER_MUTANT_MISSING_IS_NO) ? ERR_BUSY : ERR_ABSENT;
    }
    return err == ERR_CORRUPT && kv_spoiled(db->kv, NULL) != 0 ? ERR_BUSY : err;
}

unsigned chain_index_generation(struct chain_db *db)
{
    return atomic_load(&db->index.generation);
}
