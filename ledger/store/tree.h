/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_TREE_H
#define LEDGER_STORE_TREE_H

/* The state tree: a binary sparse Merkle tree over hashed keys in Jellyfish form (a subtree with
 * one leaf is that leaf, an empty one is 32 zero bytes), stored as radix-16 nodes, versioned by
 * height. A struct tree is the tree after one block; it holds the nodes that the block made, above
 * the tree of its parent, above a pinned snapshot of the database, parallel to the overlays. What
 * tree_update computed for the vote is what is committed later (decision D21).
 *
 *   path  = H(TAG_STATE_KEY, key), 256 bits, highest bit of the first byte first
 *   leaf  = H(TAG_STATE_LEAF, path, H(TAG_STATE_VALUE, value))
 *   inner = H(TAG_STATE_NODE, left, right)
 *
 * A finished tree never changes and may be read from any thread. */

#include "ledger/base/arena.h"
#include "ledger/chain/state_proof.h"
#include "ledger/store/overlay.h"

struct tree_cache;

/* Nodes of committed heights. */
struct tree_base {
    void *context;
    bool empty; /* nothing was ever committed */
    uint64_t height; /* of the root node: the last height that changed the tree */
    /* ERR_ABSENT is trouble too: a node that must be there. */
    enum err (*get)(void *context, struct bytes node_key, struct arena *arena, struct bytes *out);
    void (*release)(void *context); /* may be NULL */
    struct tree_cache *cache; /* asked before get and told what get gave; borrowed, may be NULL */
};

struct tree;
struct tree_node;

/* tree_open reads the root of a committed tree. Takes base (released on failure as well). */
enum err NODISCARD tree_open(struct tree **out, const struct tree_base *base);

/* tree_update applies a sealed overlay's writes to parent (kept) as the block of this height. An
 * overlay that changes nothing gives a tree with the same root and no nodes. */
enum err NODISCARD tree_update(struct tree **out, struct tree *parent, uint64_t height,
                               const struct overlay *overlay);
struct tree *tree_keep(struct tree *tree);
void tree_drop(struct tree *tree);

void tree_root(const struct tree *tree, struct hash *out);
/* tree_root_height is the height of the root node; false for the tree before genesis. */
bool tree_root_height(const struct tree *tree, uint64_t *height);

/* tree_load finds the node made at height at the first nibbles of path: in the tree of that block
 * while it is not committed, in the database otherwise. ERR_CORRUPT where it is not there. */
enum err NODISCARD tree_load(const struct tree *tree, uint64_t height, const struct hash *path,
                             unsigned nibbles, struct tree_node *out);

/* What this block adds, ascending by node key, and the keys of the nodes it replaced. */
size_t tree_node_count(const struct tree *tree);
void tree_node(const struct tree *tree, size_t index, struct bytes *key, struct bytes *value);
size_t tree_stale_count(const struct tree *tree);
struct bytes tree_stale(const struct tree *tree, size_t index);

/* tree_remember puts what this block adds into a cache, once the database holds it. */
void tree_remember(const struct tree *tree, struct tree_cache *cache);

/* tree_settle tells the tree that the database holds its nodes now, as base (taken). */
enum err NODISCARD tree_settle(struct tree *tree, const struct tree_base *base);

#endif
