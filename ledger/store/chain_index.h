/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_CHAIN_INDEX_H
#define LEDGER_STORE_CHAIN_INDEX_H

/* The indexes of the chain database: derived families, which nothing that is agreed on reads.
 *
 * Where a transaction and where a block is gets written behind the commit: a delivery only keeps
 * the ids in memory, where readers find them, and chain_index_step writes them later, unsynced. A
 * record of `meta` says how far that has come; what a crash took away is made from the blocks.
 * Accounts by month are written with their block. An index that a read or the scrub found damaged
 * is thrown away and made again while the node goes on: transactions from the bodies of the blocks,
 * accounts from the state. Who asks meanwhile for what is not there yet gets ERR_BUSY, never a no.
 *
 * Steps are the committer's; everything else may be called from any thread. */

#include "ledger/store/chain_db.h"

/* chain_ids_fn writes the ids of the transactions of a final block's body. ERR_CORRUPT. */
typedef enum err (*chain_ids_fn)(struct hash *ids, const struct hash *chain_id, struct bytes body,
                                 uint32_t count);

/* chain_index_wanted: there is something to do for chain_index_step. */
bool chain_index_wanted(struct chain_db *db);
/* chain_index_behind gives the blocks whose ids are in memory only. From CHAIN_INDEX_FRESH_MAX on a
 * delivery writes them itself. */
size_t chain_index_behind(struct chain_db *db);
#define CHAIN_INDEX_FRESH_MAX 128

/* chain_index_step does a part of a few milliseconds. ERR_STORAGE as of a delivery: the node stops;
 * ERR_MEMORY or ERR_CORRUPT (a block that it needs cannot be read): nothing was done, to be tried
 * again later. */
enum err NODISCARD chain_index_step(struct chain_db *db, chain_ids_fn ids);

/* What can be said of the indexes. */
struct chain_index_status {
    bool making; /* something is being made again */
    uint64_t missing; /* blocks still to be read for it */
    unsigned renewed; /* times that damage was thrown away since the opening */
    char what[KV_DAMAGE_TEXT]; /* the last damage: family, and file and place; or empty */
};
void chain_index_status(struct chain_db *db, struct chain_index_status *out);

/* chain_index_spoil tells of damage that another reader of the same files met. False: the family is
 * no index. */
bool chain_index_spoil(struct chain_db *db, const char *family, const char *what);

#endif
