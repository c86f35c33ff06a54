/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_CHAIN_DB_H
#define LEDGER_STORE_CHAIN_DB_H

/* The chain's database (decisions D12, D13): everything final, derivable from genesis and blocks.
 * One thread, the committer, delivers; every other call may come from any thread. storage_plan.h
 * says what is kept where. Reading goes through chain_view.h. */

#include "ledger/chain/types.h"
#include "ledger/store/chain_state.h"
#include "ledger/store/kv.h"

struct chain_db;

struct chain_db_options {
    const char *path; /* directory of the chain database; NULL: in memory */
    struct kv *store; /* instead of path: borrowed, and left open by chain_db_close; may be NULL */
    const struct kv_cipher *cipher; /* NULL: values stay in clear */
    bool repair; /* WAL recovery mode 2 (D23) instead of 0 */
    const struct hash *chain_id; /* refuse any other chain; NULL: take what is there */
};

/* chain_db_open opens or creates, then checks what a start must check (D23): format version, chain
 * id, head block against its id, state root recomputed from the tree's root node, history root
 * recomputed from the log, both against the head's header. Gives *out. ERR_STORAGE; ERR_CORRUPT
 * (recovery mode 0 refused the log, or a check failed); ERR_CHAIN; detail says which. */
enum err NODISCARD chain_db_open(struct chain_db **out, const struct chain_db_options *options,
                                 struct err_detail *detail);
/* chain_db_close takes db. All views and states taken from it must have been dropped before. */
void chain_db_close(struct chain_db *db);

/* The head as one value. */
struct chain_head {
    bool empty; /* no genesis yet; the rest is zero */
    uint64_t height;
    struct hash id;
    uint64_t time_ms;
    struct hash state_root;
    uint64_t epoch; /* of the head's header */
    uint64_t recent_count; /* entries of the recent set */
};

void chain_db_head(struct chain_db *db, struct chain_head *out);
/* chain_db_chain_id: false while there is no genesis. */
bool chain_db_chain_id(struct chain_db *db, struct hash *out);
/* chain_db_state gives a reference on the state of the head: what the next block is built on. In an
 * empty database it is the state before genesis. */
struct chain_state *chain_db_state(struct chain_db *db);
/* chain_db_failed: a write went wrong; nothing more is read or written. */
bool chain_db_failed(const struct chain_db *db);

/* One final block. All bytes are borrowed during the call. */
struct chain_block {
    struct bytes header; /* 384 bytes */
    struct bytes body;
    struct bytes finalization; /* encoded F where this block has its own; else empty */
    struct bytes justification; /* encoded J of its view; may be empty */
    struct bytes epoch_record; /* where this block is a BOUNDARY: the record of the next epoch; else
                                  empty */
    struct chain_state *state; /* named with the block's id */
    const struct hash *tx_ids; /* in the order of the body */
    size_t tx_count;
};

/* chain_db_genesis delivers block 0 into an empty database. epoch_record is that of epoch 1. */
enum err NODISCARD chain_db_genesis(struct chain_db *db, const struct chain_block *block,
                                    const struct hash *chain_id, struct bytes genesis);

/* chain_db_deliver writes blocks of consecutive heights above the head in one synced batch, makes
 * the last one the head, and settles their states: whoever holds an overlay above them keeps it.
 * Blocks at or below the head are skipped when their id is the one stored (delivering twice is
 * harmless), otherwise ERR_CONFLICT. ERR_CONFLICT also for a block that does not follow. After
 * ERR_STORAGE the node stops. */
enum err NODISCARD chain_db_deliver(struct chain_db *db, const struct chain_block *blocks,
                                    size_t count);

#define CHAIN_DELIVER_MAX 64 /* blocks in one call */

/* The handle below, for views, repair tools and tests. */
struct kv *chain_db_kv(struct chain_db *db);

#endif
