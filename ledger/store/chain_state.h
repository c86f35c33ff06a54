/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_CHAIN_STATE_H
#define LEDGER_STORE_CHAIN_STATE_H

/* The world after one block, final or not: overlay, tree and history frontier in one
 * reference-counted object. Building or checking a block goes
 *
 *     chain_state_next(&state, parent);                      above the parent's
 *     exec_build_start / exec_block on chain_state_overlay(state),
 *         with struct exec_roots { state, chain_state_root_of };
 *     header: state_root = chain_state_root(state), history_root = chain_state_history_root(parent)
 *     chain_state_name(state, block id);                     from now on it never changes
 *
 * and the same object is what chain_db_deliver commits: nothing is executed twice (D10, D21). Until
 * it is named, a state belongs to one thread; a named one may be used from any. A state whose block
 * wrote nothing shares overlay and tree of its parent (D11). */

#include "ledger/chain/merkle.h"
#include "ledger/store/overlay.h"
#include "ledger/store/tree.h"

struct chain_state;

/* chain_state_next begins the state of a block above parent (borrowed; must be named). ERR_MEMORY.
 */
enum err NODISCARD chain_state_next(struct chain_state **out, struct chain_state *parent);
struct chain_state *chain_state_keep(struct chain_state *state);
void chain_state_drop(struct chain_state *state); /* NULL is harmless */

/* chain_state_overlay borrows. Above a named state, overlay_new(chain_state_overlay(state), NULL)
 * makes a throw-away overlay for the door. */
struct overlay *chain_state_overlay(const struct chain_state *state);

/* chain_state_root_of seals the overlay and computes the root of the state after it: what struct
 * exec_roots asks for, with the struct chain_state as context. overlay must be that of the state.
 * Computed once; asked again it answers the same. */
enum err chain_state_root_of(void *state, struct overlay *overlay, struct hash *out);

/* chain_state_name ends the building: the block's id is known. When chain_state_root_of was not
 * called, the block must have written nothing. ERR_MEMORY, ERR_STORAGE, ERR_CORRUPT. */
enum err NODISCARD chain_state_name(struct chain_state *state, const struct hash *block_id);

/* Of a named state (or of the empty one before genesis, where blocks is 0 and the root zero). */
uint64_t chain_state_blocks(const struct chain_state *state); /* number of blocks: height + 1 */
uint64_t chain_state_height(const struct chain_state *state); /* asserts blocks > 0 */
const struct hash *chain_state_id(const struct chain_state *state);
void chain_state_root(const struct chain_state *state, struct hash *out); /* after root_of */
/* chain_state_history_root is the history_root for the header of the next block. */
void chain_state_history_root(const struct chain_state *state, struct hash *out);

/* --- for chain_db --------------------------------------------------------------------------- */

/* chain_state_committed makes the named state of the database's head. Takes both bases. */
enum err NODISCARD chain_state_committed(struct chain_state **out, const struct state_base *state,
                                         const struct tree_base *tree,
                                         const struct merkle_log *history, const struct hash *id);
/* chain_state_settle: the database holds this state now. Takes both bases. */
enum err NODISCARD chain_state_settle(struct chain_state *state, const struct state_base *base,
                                      const struct tree_base *tree_base);
/* chain_state_tree borrows; chain_state_own is false when the block wrote nothing. */
struct tree *chain_state_tree(const struct chain_state *state);
bool chain_state_own(const struct chain_state *state);
const struct merkle_log *chain_state_history(const struct chain_state *state);

#endif
