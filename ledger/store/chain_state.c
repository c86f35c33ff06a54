/* SPDX-License-Identifier: Apache-2.0 */
/* Three values that must move together: overlay, tree, history frontier. Overlay and tree keep
 * their own parents; a state holds none. */
#include "ledger/store/chain_state.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ledger/store/history.h"

struct chain_state {
    atomic_uint references;
    bool named;
    bool own; /* the block wrote something */
    struct overlay *overlay; /* its own until named, else perhaps the parent's */
    struct overlay *below; /* the parent's overlay, until named */
    struct tree *tree; /* NULL until computed */
    struct tree *tree_below; /* the parent's tree, until named */
    uint64_t blocks; /* including this one */
    struct merkle_log history; /* ids of all blocks before this one; with it once named */
    struct hash id;
};

static struct chain_state *state_new(void)
{
    struct chain_state *state = calloc(1, sizeof *state);
    if (state) {
        atomic_init(&state->references, 1);
    }
    return state;
}

enum err chain_state_next(struct chain_state **out, struct chain_state *parent)
{
    assert(parent->named);
    struct overlay *overlay = overlay_new(parent->overlay, NULL);
    struct chain_state *state = overlay ? state_new() : NULL;
    if (!state) {
        overlay_drop(overlay);
        return ERR_MEMORY;
    }
    state->overlay = overlay;
    state->below = overlay_keep(parent->overlay);
    state->tree_below = tree_keep(parent->tree);
    state->blocks = parent->blocks + 1;
    state->history = parent->history;
    *out = state;
    return OK;
}

struct chain_state *chain_state_keep(struct chain_state *state)
{
    const unsigned before = atomic_fetch_add(&state->references, 1);
    assert(before > 0);
    (void)before;
    return state;
}

void chain_state_drop(struct chain_state *state)
{
    if (!state || atomic_fetch_sub(&state->references, 1) != 1) {
        return;
    }
    overlay_drop(state->overlay);
    overlay_drop(state->below);
    tree_drop(state->tree);
    tree_drop(state->tree_below);
    free(state);
}

struct overlay *chain_state_overlay(const struct chain_state *state)
{
    return state->overlay;
}

enum err chain_state_root_of(void *context, struct overlay *overlay, struct hash *out)
{
    struct chain_state *state = context;
    assert(overlay == state->overlay);
    overlay_seal(overlay);
    if (!state->tree) {
        assert(!state->named);
        const enum err err =
            tree_update(&state->tree, state->tree_below, state->blocks - 1, overlay);
        if (err) {
            return err;
        }
    }
    tree_root(state->tree, out);
    return OK;
}

/* share lets go of an overlay and a tree that say nothing new, so that a chain of empty blocks does
 * not become a chain of empty overlays. */
static void share(struct chain_state *state)
{
    overlay_drop(state->overlay);
    tree_drop(state->tree);
    state->overlay = state->below;
    state->tree = state->tree_below;
    state->own = false;
}

enum err chain_state_name(struct chain_state *state, const struct hash *block_id)
{
    assert(!state->named);
    struct hash root;
    const enum err err = chain_state_root_of(state, state->overlay, &root);
    if (err) {
        return err;
    }
    if (overlay_count(state->overlay) == 0) {
        share(state);
    } else {
        state->own = true;
        overlay_drop(state->below);
        tree_drop(state->tree_below);
    }
    state->below = NULL;
    state->tree_below = NULL;
    state->id = *block_id;
    history_append(&state->history, block_id, NULL, 0);
    assert(state->history.count == state->blocks);
    state->named = true;
    return OK;
}

uint64_t chain_state_blocks(const struct chain_state *state)
{
    return state->blocks;
}

uint64_t chain_state_height(const struct chain_state *state)
{
    assert(state->blocks > 0);
    return state->blocks - 1;
}

const struct hash *chain_state_id(const struct chain_state *state)
{
    assert(state->named);
    return &state->id;
}

void chain_state_root(const struct chain_state *state, struct hash *out)
{
    assert(state->tree);
    tree_root(state->tree, out);
}

void chain_state_history_root(const struct chain_state *state, struct hash *out)
{
    assert(state->named);
    merkle_log_root(out, &state->history);
}

enum err chain_state_committed(struct chain_state **out, const struct state_base *base,
                               const struct tree_base *tree_base, const struct merkle_log *history,
                               const struct hash *id)
{
    struct overlay *overlay = overlay_new(NULL, base);
    struct tree *tree = NULL;
    enum err err = tree_open(&tree, tree_base);
    struct chain_state *state = !err && overlay ? state_new() : NULL;
    if (!state) {
        overlay_drop(overlay);
        tree_drop(tree);
        return err ? err : ERR_MEMORY;
    }
    overlay_seal(overlay);
    state->overlay = overlay;
    state->tree = tree;
    state->blocks = history->count;
    state->history = *history;
    state->id = *id;
    state->named = true;
    *out = state;
    return OK;
}

enum err chain_state_settle(struct chain_state *state, const struct state_base *base,
                            const struct tree_base *tree_base)
{
    assert(state->named);
    const enum err err = overlay_settle(state->overlay, base);
    const enum err tree_err = tree_settle(state->tree, tree_base);
    return err ? err : tree_err;
}

struct tree *chain_state_tree(const struct chain_state *state)
{
    return state->tree;
}

bool chain_state_own(const struct chain_state *state)
{
    return state->own;
}

const struct merkle_log *chain_state_history(const struct chain_state *state)
{
    assert(state->named);
    return &state->history;
}
