/* SPDX-License-Identifier: Apache-2.0 */
/* Old roots are found by walking the tree family backwards: every height that changed the state has
 * a root node, the first record of its height. */
#include "ledger/store/proof_build.h"

#include <assert.h>

#include "ledger/base/buf.h"
#include "ledger/store/chain_base.h"
#include "ledger/store/history.h"
#include "ledger/store/tree_prove.h"

/* root_height finds the last height at or below `height` that made tree nodes. */
static enum err root_height(struct chain_view *view, uint64_t height, uint64_t *out)
{
    uint8_t above[BE64_SIZE];
    assert(height < UINT64_MAX);
    chain_key_height(above, height + 1);
    struct kv_iter *iter = kv_iter_open(chain_view_kv(view), chain_view_snapshot(view), CHAIN_TREE,
                                        bytes_of("", 0), bytes_of(above, sizeof above), true);
    struct bytes key;
    struct bytes value;
    enum err err = kv_iter_next(iter, &key, &value);
    if (!err) {
        struct reader reader = reader_of(key);
        *out = read_u64_be(&reader);
        err = reader.failed ? ERR_CORRUPT : OK;
    }
    kv_iter_close(iter);
    return err;
}

static enum err tree_at(struct chain_view *view, uint64_t height, struct tree **out)
{
    uint64_t root = 0;
    const enum err err = root_height(view, height, &root);
    if (err && err != ERR_ABSENT) {
        return err;
    }
    const struct tree_base base = chain_base_tree(chain_view_base(view), err == ERR_ABSENT, root);
    return tree_open(out, &base);
}

/* prove builds the proof and holds the tree's root against the header's: a proof that would not
 * verify must not leave the house. */
static enum err prove(struct chain_view *view, uint64_t height, struct bytes key,
                      struct state_proof *proof)
{
    struct header header;
    struct tree *tree = NULL;
    enum err err = chain_view_header(view, height, &header, NULL);
    err = err ? err : tree_at(view, height, &tree);
    if (err) {
        return err;
    }
    struct hash root;
    tree_root(tree, &root);
    err = hash_equal(&root, &header.state_root) ? tree_prove(tree, key, proof) : ERR_CORRUPT;
    tree_drop(tree);
    return err;
}

enum err proof_build_state(struct chain_view *view, uint64_t height, struct bytes key,
                           struct arena *arena, struct state_proof *proof, struct bytes *value)
{
    if (key.size == 0 || key.data[0] == OVERLAY_RECENT) {
        return ERR_ABSENT; /* not part of the tree */
    }
    struct state_proof built;
    struct bytes found = {NULL, 0};
    enum err err = prove(view, height, key, &built);
    if (err) {
        return err;
    }
    err = chain_view_get(view, height, key, arena, &found, NULL);
    if (err && err != ERR_ABSENT) {
        return err;
    }
    if ((err == ERR_ABSENT) != (built.terminal != STATE_TERMINAL_LEAF)) {
        return ERR_CORRUPT;
    }
    *proof = built;
    *value = found;
    return OK;
}

enum err proof_build_history(struct chain_view *view, uint64_t height, uint64_t anchor,
                             struct merkle_path *path)
{
    if (height >= anchor || anchor > chain_view_head(view)->height) {
        return ERR_ABSENT;
    }
    const struct history_store store = {chain_view_kv(view), chain_view_snapshot(view),
                                        CHAIN_HISTORY};
    return history_path(&store, height, anchor, path);
}
