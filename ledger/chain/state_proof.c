/* SPDX-License-Identifier: Apache-2.0 */
/* Presence starts the fold at the key's own leaf, absence at what stands in its place. A leaf and a
 * node carry different tags, so a proof cannot stop at a node and call it a leaf. */

#include "ledger/chain/state_proof.h"

#include <assert.h>

#include "ledger/crypto/hash.h"

void state_path(struct hash *path, struct bytes key)
{
    hash_tagged(path, TAG_STATE_KEY, key);
}

void state_value_hash(struct hash *out, struct bytes value)
{
    hash_tagged(out, TAG_STATE_VALUE, value);
}

static void hash_pair(struct hash *out, const char *tag, const struct hash *a, const struct hash *b)
{
    struct hasher hasher;
    hash_begin(&hasher, tag);
    hash_add(&hasher, hash_bytes(a));
    hash_add(&hasher, hash_bytes(b));
    hash_end(&hasher, out);
}

void state_leaf(struct hash *leaf, const struct hash *path, const struct hash *value_hash)
{
    hash_pair(leaf, TAG_STATE_LEAF, path, value_hash);
}

void state_node(struct hash *node, const struct hash *left, const struct hash *right)
{
    hash_pair(node, TAG_STATE_NODE, left, right);
}

/* Folds the siblings over start along path and compares with root. */
static bool fold(const struct hash *root, const struct hash *path, const struct hash *start,
                 const struct state_proof *proof)
{
    struct hash total = *start;
    for (unsigned i = 0; i < proof->depth; i++) {
        if (state_path_bit(path, proof->depth - 1u - i) != 0) {
            state_node(&total, &proof->siblings[i], &total);
        } else {
            state_node(&total, &total, &proof->siblings[i]);
        }
    }
    return hash_equal(&total, root);
}

bool state_proof_present(const struct hash *root, struct bytes key, struct bytes value,
                         const struct state_proof *proof)
{
    if (proof->terminal != STATE_TERMINAL_LEAF || proof->depth > STATE_PATH_BITS) {
        return false;
    }
    struct hash path;
    struct hash value_hash;
    struct hash leaf;
    state_path(&path, key);
    state_value_hash(&value_hash, value);
    state_leaf(&leaf, &path, &value_hash);
    return fold(root, &path, &leaf, proof);
}

static bool paths_agree(const struct hash *a, const struct hash *b, unsigned bits)
{
    for (unsigned i = 0; i < bits; i++) {
        if (state_path_bit(a, i) != state_path_bit(b, i)) {
            return false;
        }
    }
    return true;
}

bool state_proof_absent(const struct hash *root, struct bytes key, const struct state_proof *proof)
{
    if (proof->depth > STATE_PATH_BITS) {
        return false;
    }
    struct hash path;
    struct hash start = {{0}};
    state_path(&path, key);
    if (proof->terminal == STATE_TERMINAL_OTHER) {
        if (hash_equal(&proof->other_path, &path) ||
            !paths_agree(&proof->other_path, &path, proof->depth)) {
            return false;
        }
        state_leaf(&start, &proof->other_path, &proof->other_value_hash);
    } else if (proof->terminal != STATE_TERMINAL_EMPTY) {
        return false;
    }
    return fold(root, &path, &start, proof);
}
