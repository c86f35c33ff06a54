/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_STATE_PROOF_H
#define LEDGER_CHAIN_STATE_PROOF_H

/* The state tree as hashes, and proofs that a key has a value, or none, under a state root. The
 * tree is a binary sparse Merkle tree over the 256 bits of the path, most significant bit of the
 * first byte first, in the compact (Jellyfish) form: an empty subtree is 32 zero bytes, a subtree
 * with exactly one leaf is that leaf, every other one is a node of its two halves. The root of an
 * empty state is therefore 32 zero bytes, and that of a state with one key is its leaf.
 *
 *     path  = H(TAG_STATE_KEY, key)
 *     leaf  = H(TAG_STATE_LEAF, path, H(TAG_STATE_VALUE, value))
 *     node  = H(TAG_STATE_NODE, left, right)
 *
 * store/ builds these trees and proofs with the functions of this header. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define STATE_PATH_BITS 256

void state_path(struct hash *path, struct bytes key);
void state_value_hash(struct hash *out, struct bytes value);
void state_leaf(struct hash *leaf, const struct hash *path, const struct hash *value_hash);
void state_node(struct hash *node, const struct hash *left, const struct hash *right);

/* state_path_bit gives bit 0 (decides at the root) to 255. */
static inline unsigned state_path_bit(const struct hash *path, unsigned bit)
{
    return ((unsigned)path->bytes[bit / 8] >> (7 - bit % 8)) & 1u;
}

/* What stands where the walk from the root along a key's path ends. */
enum state_terminal {
    STATE_TERMINAL_LEAF = 1, /* the key's own leaf: it is present */
    STATE_TERMINAL_OTHER = 2, /* the leaf of another key whose path agrees so far: absent */
    STATE_TERMINAL_EMPTY = 3 /* an empty subtree: absent */
};

/* depth is the number of branchings above the terminal; siblings[0] is the sibling of the terminal
 * itself, siblings[depth - 1] that below the root. An empty sibling is zero bytes. other_path and
 * other_value_hash are those of the other leaf, zero unless terminal is OTHER. */
struct state_proof {
    enum state_terminal terminal;
    uint16_t depth;
    struct hash siblings[STATE_PATH_BITS];
    struct hash other_path;
    struct hash other_value_hash;
};

/* state_proof_present: the state under root holds exactly value at key. state_proof_absent: it
 * holds nothing at key. False for anything else, whatever the proof contains. */
bool NODISCARD state_proof_present(const struct hash *root, struct bytes key, struct bytes value,
                                   const struct state_proof *proof);
bool NODISCARD state_proof_absent(const struct hash *root, struct bytes key,
                                  const struct state_proof *proof);

#endif
