/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_TREE_NODE_H
#define LEDGER_STORE_TREE_NODE_H

/* One radix-16 node of the state tree: four levels of the binary tree in one record. Leaves stand
 * inside their parent, so a change of one key rewrites one record per level and no more.
 *
 *     node  = u16 inner children, u16 leaf children (bit i = child i), then ascending by child:
 *             inner: u64 height created, hash[32]; leaf: path[32], value hash[32]
 *     key   = BE64 height created, u8 number of nibbles, nibbles packed, high half first */

#include "ledger/base/err.h"
#include "ledger/chain/state_proof.h"

#define TREE_NIBBLES 64
#define TREE_KEY_SIZE_MAX (8 + 1 + 32)
#define TREE_NODE_SIZE_MAX (4 + 16 * 64)
#define TREE_HASHES_SIZE_MAX (4 + (14 + 16) * 32)

enum tree_child_kind { TREE_EMPTY, TREE_INNER, TREE_LEAF };

struct tree_child {
    enum tree_child_kind kind;
    uint64_t height; /* INNER: when it was created */
    struct hash hash; /* INNER; LEAF: when known; zero for EMPTY */
    struct hash path; /* LEAF */
    struct hash value; /* LEAF: hash of the value */
};

/* What was hashed once need not be hashed again while the node is in memory. */
struct tree_node {
    struct tree_child children[16]; /* once hashes are known, changed by tree_node_set alone */
    uint32_t known; /* bit i: the hash of range i, for a leaf that of the child */
    struct hash ranges[16]; /* [i]: of range i, when known */
};

/* The binary tree over the 16 children: ranges[1] is the whole node, ranges[2 * i] and
 * ranges[2 * i + 1] are the halves of ranges[i], ranges[16..31] the children. For a range with
 * exactly one leaf, child is that leaf. */
struct tree_range {
    enum tree_child_kind kind;
    const struct tree_child *child;
    struct hash hash;
};

struct tree_ranges {
    struct tree_range ranges[32]; /* [0] is unused */
};

/* tree_nibble gives nibble i of a path, 0 <= i < TREE_NIBBLES. */
static inline unsigned tree_nibble(const struct hash *path, unsigned i)
{
    return i % 2 == 0 ? path->bytes[i / 2] >> 4 : path->bytes[i / 2] & 15u;
}

void tree_node_init(struct tree_node *node); /* all children empty */
void tree_child_leaf(struct tree_child *child, const struct hash *path, const struct hash *value);
/* tree_node_set changes a child and forgets the hashes of all ranges that hold it. */
void tree_node_set(struct tree_node *node, unsigned index, const struct tree_child *child);
/* tree_node_ranges hashes what is not known yet. */
void tree_node_ranges(struct tree_ranges *out, const struct tree_node *node);
void tree_node_hash(struct hash *out, const struct tree_node *node);
/* tree_node_children counts; *only is set when there is exactly one. */
unsigned tree_node_children(const struct tree_node *node, const struct tree_child **only);

size_t tree_node_encode(uint8_t out[TREE_NODE_SIZE_MAX], const struct tree_node *node);
/* tree_node_decode takes bytes of any origin; no hash is known afterwards. */
enum err NODISCARD tree_node_decode(struct tree_node *node, struct bytes in);
/* tree_node_fits: a node made at height may stand at the first `nibbles` nibbles of path. Its
 * leaves lie below it, inner children are no younger and not deeper than paths are long, and unless
 * it is the root there is more below it than one leaf. */
bool tree_node_fits(const struct tree_node *node, uint64_t height, const struct hash *path,
                    unsigned nibbles);

/* The hashes of a node go through memory beside its bytes, never to or from a disk: u32 which are
 * known, then hash[32] each, ascending. The whole node's is not among them. */
size_t tree_ranges_encode(uint8_t out[TREE_HASHES_SIZE_MAX], const struct tree_ranges *ranges);
/* tree_node_know gives a decoded node what tree_ranges_encode made of the same node; empty:
 * nothing. */
void tree_node_know(struct tree_node *node, struct bytes hashes);

/* tree_key writes the key of the node at the first `nibbles` nibbles of path; returns its size. */
size_t tree_key(uint8_t out[TREE_KEY_SIZE_MAX], uint64_t height, const struct hash *path,
                unsigned nibbles);

#endif
