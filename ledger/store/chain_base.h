/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_CHAIN_BASE_H
#define LEDGER_STORE_CHAIN_BASE_H

/* The database, pinned at one moment, as what overlays and trees stand on; and the forms of the
 * records that chain_db writes and chain_view reads. Inside ledger/store only. */

#include "ledger/store/chain_db.h"
#include "ledger/store/chain_index.h"
#include "ledger/store/kv.h"
#include "ledger/store/spin.h"
#include "ledger/store/storage_plan.h"
#include "ledger/store/tree_cache.h"

/* The head as stored. */
struct head_record {
    struct chain_head head;
    bool tree_empty;
    uint64_t tree_height; /* of the root node of the state tree */
};

/* --- indexes ------------------------------------------------------------------------------------
 */

/* How far the indexes have come, as stored in `meta`. */
struct index_mark {
    uint64_t next; /* blocks from here on are not in them */
    uint64_t gap_from; /* nor are those from here... */
    uint64_t gap_to; /* ...to below here, at most `next` */
    bool accounts_missing;
};

/* Where the walk over account versions stands: the last key it has read. */
struct index_place {
    uint8_t key[1 + HASH_SIZE + 8];
    size_t size; /* 0: at its beginning */
};

struct index_entry {
    struct hash id; /* of a transaction */
    uint32_t index; /* in its block */
};

/* A block whose ids stand in memory only. */
struct index_fresh {
    uint64_t height;
    struct hash id;
    struct index_entry *entries; /* sorted by id */
    size_t count;
};

struct chain_index {
    atomic_uint generation; /* odd: something is missing that must be made again */
    struct index_place place; /* the committer's own */
    struct spin lock; /* guards what follows; written by the committer only */
    struct index_mark mark;
    struct index_fresh fresh[CHAIN_INDEX_FRESH_MAX]; /* ascending */
    size_t fresh_count;
    unsigned renewed;
    char what[KV_DAMAGE_TEXT];
};

/* --- the database itself ---------------------------------------------------------------------- */

struct chain_db {
    struct kv *kv;
    bool borrowed; /* kv is the opener's */
    struct tree_cache *cache;
    atomic_bool failed;
    struct spin lock; /* guards what follows; written by the committer only */
    struct chain_state *state; /* of the head; one reference */
    struct head_record record;
    bool has_chain;
    struct hash chain_id;
    uint64_t pruned_ms; /* recent entries before this time are gone; the committer's own */
    struct chain_index index;
};

/* chain_db_advance makes state and record the head; takes the reference on state. */
void chain_db_advance(struct chain_db *db, struct chain_state *state,
                      const struct head_record *record);

/* chain_index_load takes the mark of a database that has a head, chain_index_unload what stands in
 * memory. */
enum err NODISCARD chain_index_load(struct chain_db *db);
void chain_index_unload(struct chain_db *db);

/* chain_index_keep puts the ids of a block into memory before its delivery is written, where there
 * is room (CHAIN_INDEX_FRESH_MAX); chain_index_forget takes the newest ones back. */
enum err NODISCARD chain_index_keep(struct chain_db *db, uint64_t height,
                                    const struct chain_block *block);
void chain_index_forget(struct chain_db *db, size_t count);
/* chain_index_flush makes room for CHAIN_DELIVER_MAX blocks. */
enum err NODISCARD chain_index_flush(struct chain_db *db);

/* chain_index_account indexes a state record if it is an account version. */
void chain_index_account(struct kv_batch *batch, struct bytes key, uint64_t height);

/* chain_index_find looks up a transaction or a block, final or about to be. ERR_BUSY: it is not
 * there, and something is missing; else as kv_get. */
enum err NODISCARD chain_index_find(struct chain_db *db, uint32_t family, const struct hash *key,
                                    uint64_t *height, uint32_t *index);
unsigned chain_index_generation(struct chain_db *db);

/* --- a pinned database ------------------------------------------------------------------------ */

struct chain_base;

/* chain_base_pin takes a snapshot of kv; cache may be NULL. One reference; NULL when memory ends.
 */
struct chain_base *chain_base_pin(struct kv *kv, struct tree_cache *cache);
struct chain_base *chain_base_keep(struct chain_base *base);
void chain_base_drop(struct chain_base *base);
const struct kv_snapshot *chain_base_snapshot(const struct chain_base *base);

/* chain_base_state and chain_base_tree fill what overlay_new and tree_open take; each holds a
 * reference of its own. */
struct state_base chain_base_state(struct chain_base *base, uint64_t height);
struct tree_base chain_base_tree(struct chain_base *base, bool empty, uint64_t root_height);

/* --- records ---------------------------------------------------------------------------------- */

#define META_FORMAT "format"
#define META_CHAIN "chain"
#define META_GENESIS "genesis"
#define META_HEAD "head"
#define META_INDEXED "indexed"

#define BE64_SIZE 8
#define STATE_HEAD_SIZE 8 /* u64 height written, before the value */

void chain_key_height(uint8_t key[BE64_SIZE], uint64_t height);

/* block_header_get reads the header of a final block and its id (may be NULL). ERR_ABSENT,
 * ERR_STORAGE, ERR_MEMORY; ERR_CORRUPT, also for a header of another height. */
enum err NODISCARD block_header_get(struct kv *kv, const struct kv_snapshot *snapshot,
                                    uint64_t height, struct header *out, struct hash *id);

#define HEAD_RECORD_SIZE (8 + 32 + 8 + 32 + 8 + 8 + 1 + 8)
void head_record_encode(uint8_t out[HEAD_RECORD_SIZE], const struct head_record *record);
/* head_record_get: a database without one has an empty head. */
enum err NODISCARD head_record_get(struct kv *kv, const struct kv_snapshot *snapshot,
                                   struct head_record *out);

/* state_record_split takes apart what family state or state_old keeps. */
enum err NODISCARD state_record_split(struct bytes record, uint64_t *written, struct bytes *value);

#endif
