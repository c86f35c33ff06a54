/* SPDX-License-Identifier: Apache-2.0 */
/* One walk from the root to where the path ends, four levels a node. */
#include "ledger/store/tree_prove.h"

#include <string.h>

#include "ledger/store/tree_node.h"

static void terminate(struct state_proof *proof, const struct tree_range *range,
                      const struct hash *path)
{
    if (range->kind == TREE_EMPTY) {
        proof->terminal = STATE_TERMINAL_EMPTY;
    } else if (hash_equal(&range->child->path, path)) {
        proof->terminal = STATE_TERMINAL_LEAF;
    } else {
        proof->terminal = STATE_TERMINAL_OTHER;
        proof->other_path = range->child->path;
        proof->other_value_hash = range->child->value;
    }
}

/* descend walks the four levels inside one node, siblings in walking order. False: the walk ends
 * here; true: it goes on in *child. */
static bool descend(struct state_proof *proof, const struct tree_ranges *ranges,
                    const struct hash *path, unsigned nibbles, const struct tree_child **child)
{
    size_t at = 1;
    for (unsigned bit = 0; bit < 4; bit++) {
        if (ranges->ranges[at].kind != TREE_INNER) {
            terminate(proof, &ranges->ranges[at], path);
            return false;
        }
        const unsigned side = state_path_bit(path, 4 * nibbles + bit);
        proof->siblings[proof->depth++] = ranges->ranges[2 * at + 1 - side].hash;
        at = 2 * at + side;
    }
    if (ranges->ranges[at].kind != TREE_INNER) {
        terminate(proof, &ranges->ranges[at], path);
        return false;
    }
    *child = ranges->ranges[at].child;
    return true;
}

/* The proof lists siblings from the terminal upwards; the walk found them downwards. */
static void reverse(struct state_proof *proof)
{
    for (size_t i = 0; i < proof->depth / 2u; i++) {
        const struct hash low = proof->siblings[i];
        proof->siblings[i] = proof->siblings[proof->depth - 1u - i];
        proof->siblings[proof->depth - 1u - i] = low;
    }
}

enum err tree_prove(const struct tree *tree, struct bytes key, struct state_proof *out)
{
    struct hash path;
    state_path(&path, key);
    memset(out, 0, sizeof *out);
    out->terminal = STATE_TERMINAL_EMPTY;
    uint64_t height = 0;
    if (!tree_root_height(tree, &height)) {
        return OK;
    }
    for (unsigned nibbles = 0; nibbles < TREE_NIBBLES; nibbles++) {
        struct tree_node node;
        struct tree_ranges ranges;
        const struct tree_child *child = NULL;
        const enum err err = tree_load(tree, height, &path, nibbles, &node);
        if (err) {
            return err;
        }
        tree_node_ranges(&ranges, &node);
        if (!descend(out, &ranges, &path, nibbles, &child)) {
            reverse(out);
            return OK;
        }
        height = child->height;
    }
    return ERR_CORRUPT; /* deeper than a path is long */
}
