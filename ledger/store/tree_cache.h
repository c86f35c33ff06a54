/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_TREE_CACHE_H
#define LEDGER_STORE_TREE_CACHE_H

/* Root and three upper levels of the state tree's nodes in memory (decision D13): every update and
 * every proof passes them. One slot per place, holding the newest node seen there. Safe from any
 * thread. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

#define TREE_CACHE_LEVELS 4

struct tree_cache;

struct tree_cache *tree_cache_new(void); /* NULL when memory ends */
void tree_cache_free(struct tree_cache *cache);

/* tree_cache_get copies the node of this key and the hashes put with it into arena; false when it
 * is not here. */
bool NODISCARD tree_cache_get(struct tree_cache *cache, struct bytes node_key, struct arena *arena,
                              struct bytes *node, struct bytes *hashes);
/* tree_cache_put remembers a committed node and what tree_ranges_encode made of it, which may be
 * empty; unless it is too deep or older than the one known. */
void tree_cache_put(struct tree_cache *cache, struct bytes node_key, struct bytes node,
                    struct bytes hashes);

#endif
