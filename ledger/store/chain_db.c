/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and closing; the head. Delivery stands in chain_deliver.c. */
#include "ledger/store/chain_db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/encode.h"
#include "ledger/store/chain_base.h"
#include "ledger/store/history.h"

static enum err corrupt(struct err_detail *detail, const char *hint)
{
    return err_set(detail, ERR_CORRUPT, NULL, NULL, NULL, hint);
}

/* --- the head -----------------------------------------------------------------------------------
 */

void chain_db_head(struct chain_db *db, struct chain_head *out)
{
    spin_lock(&db->lock);
    *out = db->record.head;
    spin_unlock(&db->lock);
}

bool chain_db_chain_id(struct chain_db *db, struct hash *out)
{
    spin_lock(&db->lock);
    const bool known = db->has_chain;
    if (known) {
        *out = db->chain_id;
    }
    spin_unlock(&db->lock);
    return known;
}

struct chain_state *chain_db_state(struct chain_db *db)
{
    spin_lock(&db->lock);
    struct chain_state *state = chain_state_keep(db->state);
    spin_unlock(&db->lock);
    return state;
}

bool chain_db_failed(const struct chain_db *db)
{
    return atomic_load(&db->failed) || kv_failed(db->kv);
}

struct kv *chain_db_kv(struct chain_db *db)
{
    return db->kv;
}

void chain_db_advance(struct chain_db *db, struct chain_state *state,
                      const struct head_record *record)
{
    spin_lock(&db->lock);
    struct chain_state *before = db->state;
    db->state = state;
    db->record = *record;
    spin_unlock(&db->lock);
    chain_state_drop(before);
}

/* --- opening ------------------------------------------------------------------------------------
 */

/* meta_hash reads a 32-byte record of meta. */
static enum err meta_hash(struct chain_db *db, const char *key, struct hash *out)
{
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 4096);
    enum err err = kv_get(db->kv, NULL, CHAIN_META, bytes_text(key), &arena, &value);
    if (!err && value.size != HASH_SIZE) {
        err = ERR_CORRUPT;
    }
    if (!err) {
        memcpy(out->bytes, value.data, HASH_SIZE);
    }
    arena_free(&arena);
    return err;
}

static enum err check_format(struct chain_db *db, struct err_detail *detail)
{
    struct arena arena;
    struct bytes value;
    arena_init(&arena, 4096);
    enum err err = kv_get(db->kv, NULL, CHAIN_META, bytes_text(META_FORMAT), &arena, &value);
    if (!err) {
        struct reader reader = reader_of(value);
        const uint32_t format = read_u32(&reader);
        if (!reader_done(&reader)) {
            err = corrupt(detail, "the format record is damaged, or the cipher key is wrong");
        } else if (format != STORAGE_FORMAT_VERSION) {
            err = err_set(detail, ERR_STORAGE, NULL, NULL, NULL,
                          "the database has another format version than this program");
        }
    } else if (err == ERR_ABSENT) {
        err = db->record.head.empty ? OK : corrupt(detail, "the format record is missing");
    }
    arena_free(&arena);
    return err;
}

static enum err check_chain(struct chain_db *db, const struct hash *wanted,
                            struct err_detail *detail)
{
    if (db->record.head.empty) {
        return OK;
    }
    const enum err err = meta_hash(db, META_CHAIN, &db->chain_id);
    if (err) {
        return corrupt(detail, "the chain id is missing or damaged");
    }
    db->has_chain = true;
    if (wanted && !hash_equal(wanted, &db->chain_id)) {
        return err_set(detail, ERR_CHAIN, NULL, NULL, NULL,
                       "the database belongs to another chain");
    }
    return OK;
}

/* head_header reads the head block and holds it against the head record (D23). */
static enum err head_header(struct chain_db *db, struct header *header, struct err_detail *detail)
{
    const struct chain_head *head = &db->record.head;
    struct hash id;
    const enum err err = block_header_get(db->kv, NULL, head->height, header, &id);
    if (err == ERR_ABSENT) {
        return corrupt(detail, "the head block is missing");
    }
    if (err) {
        return err == ERR_CORRUPT ? corrupt(detail, "the head block's header cannot be read") : err;
    }
    if (!hash_equal(&id, &head->id)) {
        return corrupt(detail, "the head block is not the one the head record names");
    }
    if (!hash_equal(&header->chain_id, &db->chain_id)) {
        return corrupt(detail, "the head block belongs to another chain");
    }
    return OK;
}

static enum err load_history(struct chain_db *db, const struct header *header,
                             struct merkle_log *log, struct err_detail *detail)
{
    const struct history_store store = {db->kv, NULL, CHAIN_HISTORY};
    struct hash root;
    enum err err = history_load(&store, header->height, log);
    if (err) {
        return err_set(detail, err, NULL, NULL, NULL, "the history log is incomplete");
    }
    merkle_log_root(&root, log);
    if (!hash_equal(&root, &header->history_root)) {
        return corrupt(detail, "the history log does not give the head's history root");
    }
    struct merkle_log stored;
    err = history_load(&store, header->height + 1, &stored);
    if (err) {
        return err_set(detail, err, NULL, NULL, NULL, "the history log is incomplete");
    }
    struct hash expected;
    history_append(log, &db->record.head.id, NULL, 0);
    merkle_log_root(&expected, log);
    merkle_log_root(&root, &stored);
    return hash_equal(&root, &expected)
               ? OK
               : corrupt(detail, "the history log does not end with the head block");
}

static enum err load_state(struct chain_db *db, const struct merkle_log *log)
{
    struct chain_base *base = chain_base_pin(db->kv, db->cache);
    if (!base) {
        return ERR_MEMORY;
    }
    const struct head_record *record = &db->record;
    const struct state_base state = chain_base_state(base, record->head.height);
    const struct tree_base tree = chain_base_tree(base, record->tree_empty, record->tree_height);
    const enum err err = chain_state_committed(&db->state, &state, &tree, log, &record->head.id);
    chain_base_drop(base);
    return err;
}

static enum err load_head(struct chain_db *db, struct err_detail *detail)
{
    struct header header = {0};
    struct merkle_log log = {0};
    enum err err = OK;
    if (!db->record.head.empty) {
        err = head_header(db, &header, detail);
        err = err ? err : load_history(db, &header, &log, detail);
    }
    if (err) {
        return err;
    }
    err = load_state(db, &log);
    if (err) {
        return err_set(detail, err, NULL, NULL, NULL, "the state tree's root cannot be read");
    }
    if (db->record.head.empty) {
        return OK;
    }
    struct hash root;
    chain_state_root(db->state, &root);
    if (!hash_equal(&root, &header.state_root) || !hash_equal(&root, &db->record.head.state_root)) {
        return corrupt(detail, "the state tree does not give the head's state root");
    }
    return OK;
}

enum err chain_db_open(struct chain_db **out, const struct chain_db_options *options,
                       struct err_detail *detail)
{
    struct chain_db *db = calloc(1, sizeof *db);
    if (!db) {
        return ERR_MEMORY;
    }
    const struct kv_plan *plan = storage_chain_plan();
    db->cache = tree_cache_new();
    enum err err = db->cache ? OK : ERR_MEMORY;
    db->kv = options->store;
    db->borrowed = options->store != NULL;
    if (!err && !db->borrowed) {
        err = options->path ? kv_open_rocks(&db->kv, options->path, plan, options->cipher,
                                            options->repair, detail)
                            : kv_open_mem(&db->kv, plan, options->cipher);
    }
    if (!err) {
        err = head_record_get(db->kv, NULL, &db->record);
        if (err) {
            err = err_set(detail, err, NULL, NULL, NULL, "the head record cannot be read");
        }
    }
    err = err ? err : check_format(db, detail);
    err = err ? err : check_chain(db, options->chain_id, detail);
    err = err ? err : load_head(db, detail);
    err = err || db->record.head.empty ? err : chain_index_load(db);
    char damage[KV_DAMAGE_TEXT];
    if (err == ERR_CORRUPT && db->kv && kv_damage(db->kv, damage)) {
        err = corrupt(detail, damage); /* the file and the place, not what was wanted of it */
    }
    if (err) {
        chain_db_close(db);
        return err;
    }
    *out = db;
    return OK;
}

void chain_db_close(struct chain_db *db)
{
    if (!db) {
        return;
    }
    /* State before store: it pins a snapshot. kv_close asserts that nobody else does. */
    chain_state_drop(db->state);
    if (!db->borrowed) {
        kv_close(db->kv);
    }
    chain_index_unload(db);
    tree_cache_free(db->cache);
    free(db);
}
