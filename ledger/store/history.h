/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_HISTORY_H
#define LEDGER_STORE_HISTORY_H

/* The RFC 6962 log of all block ids in the database: leaf i is merkle_block_leaf of the block of
 * height i, the root over the first N leaves stands in the header of block N. The frontier is a
 * struct merkle_log, a plain value that travels with each block not yet final; every subtree that
 * becomes complete is kept in one family, `u8 level, BE64(index) -> hash`, and the path of any
 * block in any later root is cut from these. */

#include "ledger/chain/merkle.h"
#include "ledger/store/kv.h"

#define HISTORY_KEY_SIZE 9

/* Where a log is kept. */
struct history_store {
    struct kv *kv;
    const struct kv_snapshot *snapshot; /* NULL = latest */
    uint32_t family;
};

/* history_append adds a block id to log and, unless batch is NULL, what it completes to batch. */
void history_append(struct merkle_log *log, const struct hash *block_id, struct kv_batch *batch,
                    uint32_t family);

/* history_load rebuilds the frontier over the first count leaves. ERR_CORRUPT when a node is
 * absent. */
enum err NODISCARD history_load(const struct history_store *store, uint64_t count,
                                struct merkle_log *out);

/* history_path cuts the path of block `height` in the root over the first count ids; height <
 * count, and count ids are stored. ERR_CORRUPT when a node is absent. */
enum err NODISCARD history_path(const struct history_store *store, uint64_t height, uint64_t count,
                                struct merkle_path *out);

#endif
