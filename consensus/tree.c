/* SPDX-License-Identifier: Apache-2.0 */
/* Headers, bodies and verdicts of the blocks above the delivered one, and what is still missing of
 * the paths that matter: to the highest certificate, to the final one, to the proposal. */

#include "consensus/state.h"

struct tree_block *tree_find(struct cons *cons, const struct hash *id)
{
    for (uint32_t i = 0; i < cons->block_count; i++) {
        if (hash_equal(&cons->blocks[i].block.id, id)) {
            return &cons->blocks[i];
        }
    }
    return NULL;
}

const struct tree_block *tree_get(const struct cons *cons, const struct hash *id)
{
    for (uint32_t i = 0; i < cons->block_count; i++) {
        if (hash_equal(&cons->blocks[i].block.id, id)) {
            return &cons->blocks[i];
        }
    }
    return NULL;
}

static bool on_path(const struct cons *cons, const struct hash *tip, const struct hash *id)
{
    const struct hash *at = tip;
    for (uint32_t i = 0; i <= CONS_BLOCKS_MAX; i++) {
        if (hash_equal(at, id)) {
            return true;
        }
        const struct tree_block *block = tree_get(cons, at);
        if (block == NULL) {
            return false;
        }
        at = &block->block.header.parent_id;
    }
    return false;
}

static bool is_needed(const struct cons *cons, const struct hash *id)
{
    return on_path(cons, high_id(cons), id) ||
           (cons->has_final && on_path(cons, &cons->final.block_id, id)) ||
           (cons->has_prop && on_path(cons, &cons->prop_id, id)) ||
           (cons->has_candidate && on_path(cons, &cons->candidate_parent_id, id));
}

static void remove_at(struct cons *cons, uint32_t index)
{
    assert(index < cons->block_count);
    cons->block_count--;
    cons->blocks[index] = cons->blocks[cons->block_count];
}

/* Room for one more: the lowest view among the blocks on no path that matters goes. */
static bool make_room(struct cons *cons)
{
    uint32_t victim = CONS_BLOCKS_MAX;
    for (uint32_t i = 0; i < cons->block_count; i++) {
        const struct tree_block *block = &cons->blocks[i];
        if (!is_needed(cons, &block->block.id) &&
            (victim == CONS_BLOCKS_MAX ||
             block->block.header.view < cons->blocks[victim].block.header.view)) {
            victim = i;
        }
    }
    if (victim == CONS_BLOCKS_MAX) {
        return false;
    }
    remove_at(cons, victim);
    return true;
}

struct tree_block *tree_put(struct cons *cons, const struct cons_block *block)
{
    struct tree_block *held = tree_find(cons, &block->id);
    if (held != NULL) {
        return held;
    }
    if (cons->block_count == CONS_BLOCKS_MAX && !make_room(cons)) {
        return NULL; /* catching up from far behind is block sync's work */
    }
    held = &cons->blocks[cons->block_count++];
    *held = (struct tree_block){.block = *block};
    return held;
}

/* The next three holders, others after them, in an order that differs by attempt. */
static uint64_t choose_peers(const struct cons *cons, uint64_t holders, uint32_t attempt)
{
    const uint64_t self = cons->self == CONS_NONE ? 0 : signer_bit(cons->self);
    const uint64_t all = cons->count == 64 ? UINT64_MAX : (UINT64_C(1) << cons->count) - 1;
    uint16_t list[LIMIT_VALIDATORS];
    uint32_t size = 0;
    for (int pass = 0; pass < 2; pass++) {
        const uint64_t group = (pass == 0 ? holders : all & ~holders) & ~self;
        for (uint16_t k = 0; k < cons->count; k++) {
            /* Different nodes start at different peers, so they do not all ask the same three. */
            const uint32_t start = cons->self == CONS_NONE ? 0 : cons->self;
            const uint16_t i = (uint16_t)((start + k) % cons->count);
            if ((group & signer_bit(i)) != 0) {
                list[size++] = i;
            }
        }
    }
    uint64_t peers = 0;
    for (uint32_t k = 0; k < 3 && k < size; k++) {
        peers |= signer_bit(list[(attempt * 3 + k) % size]);
    }
    return peers;
}

static struct fetch *fetch_slot(struct cons *cons, const struct hash *id, uint32_t patience_ms,
                                bool *fresh)
{
    struct fetch *oldest = &cons->fetches[0];
    for (uint32_t i = 0; i < FETCH_MAX; i++) {
        struct fetch *fetch = &cons->fetches[i];
        if (fetch->used && hash_equal(&fetch->id, id)) {
            return fetch;
        }
        if (!fetch->used || (oldest->used && fetch->due_ms < oldest->due_ms)) {
            oldest = fetch;
        }
    }
    *fresh = true;
    *oldest = (struct fetch){.id = *id, .due_ms = cons->now_ms + patience_ms, .used = true};
    return oldest;
}

static void ask(struct cons *cons, const struct hash *id, uint64_t peers)
{
    struct cons_action *action = out_add(cons, CONS_A_FETCH);
    action->u.fetch.block_id = *id;
    action->u.fetch.peers = peers;
}

/* Asks for a block now if it was not asked for lately; the FETCH timer brings us back here. The
 * body of a proposal usually came before it, or is coming: at first only the driver is asked. */
static void fetch_block(struct cons *cons, const struct hash *id, uint64_t holders,
                        uint32_t patience_ms)
{
    bool fresh = false;
    struct fetch *fetch = fetch_slot(cons, id, patience_ms, &fresh);
    if (fresh && patience_ms > 0) {
        ask(cons, id, 0);
    }
    if (cons->now_ms >= fetch->due_ms) {
        ask(cons, id, choose_peers(cons, holders, fetch->attempt));
        fetch->attempt++;
        fetch->due_ms = cons->now_ms + cons->params.fetch_ms;
    }
    const struct timer *timer = &cons->timers[CONS_TIMER_FETCH];
    if (!timer->armed || timer->due_ms > fetch->due_ms) {
        timer_set(cons, CONS_TIMER_FETCH, (uint32_t)(fetch->due_ms - cons->now_ms));
    }
}

static bool may_validate(const struct cons *cons, const struct tree_block *block)
{
    switch (block->verdict) {
    case VERDICT_UNKNOWN:
        return true;
    case VERDICT_UNABLE:
        return block->tries < 2 || block->try_view != cons->view;
    case VERDICT_PENDING:
    case VERDICT_VALID:
    case VERDICT_INVALID:
        return false;
    }
    return false;
}

static void validate(struct cons *cons, struct tree_block *block, uint64_t parent_height)
{
    if (!may_validate(cons, block)) {
        return;
    }
    if (block->block.header.height != parent_height + 1) {
        block->verdict = VERDICT_INVALID;
        return;
    }
    if (block->try_view != cons->view) {
        block->try_view = cons->view;
        block->tries = 0;
    }
    block->tries++;
    block->verdict = VERDICT_PENDING;
    struct cons_action *action = out_add(cons, CONS_A_VALIDATE);
    action->u.validate.block_id = block->block.id;
    action->u.validate.parent_id = block->block.header.parent_id;
}

/* Walks from a block down to what is known to be valid; asks for the first body that is missing,
 * or else for the verdict on the lowest block without one. */
enum tree_state tree_ensure(struct cons *cons, const struct hash *id, uint64_t holders,
                            uint32_t patience_ms)
{
    struct tree_block *lowest = NULL;
    const struct hash *at = id;
    uint64_t parent_height = cons->delivered_height;
    for (uint32_t i = 0; i <= CONS_BLOCKS_MAX; i++) {
        if (hash_equal(at, &cons->delivered_id)) {
            parent_height = cons->delivered_height;
            break;
        }
        struct tree_block *block = tree_find(cons, at);
        if (block == NULL || !block->has_body) {
            fetch_block(cons, at, holders, patience_ms);
            return TREE_WAITING;
        }
        if (block->verdict == VERDICT_VALID) {
            parent_height = block->block.header.height;
            break;
        }
        if (block->verdict == VERDICT_INVALID) {
            return TREE_INVALID;
        }
        if (block->block.header.height <= cons->delivered_height) {
            return TREE_DEAD;
        }
        if (block->block.header.height > cons->delivered_height + CONS_DEPTH_MAX) {
            return TREE_WAITING; /* too far: block sync */
        }
        lowest = block;
        at = &block->block.header.parent_id;
    }
    if (lowest == NULL) {
        return TREE_READY;
    }
    validate(cons, lowest, parent_height);
    return lowest->verdict == VERDICT_INVALID ? TREE_INVALID : TREE_WAITING;
}

/* The first block of the path whose body is missing is this one. */
static bool missing_on_path(const struct cons *cons, const struct hash *tip, const struct hash *id)
{
    const struct hash *at = tip;
    for (uint32_t i = 0; i <= CONS_BLOCKS_MAX; i++) {
        if (hash_equal(at, &cons->delivered_id)) {
            return false;
        }
        const struct tree_block *block = tree_get(cons, at);
        if (block == NULL || !block->has_body) {
            return hash_equal(at, id);
        }
        at = &block->block.header.parent_id;
    }
    return false;
}

bool tree_wants(const struct cons *cons, const struct hash *id)
{
    return missing_on_path(cons, high_id(cons), id) ||
           (cons->has_final && missing_on_path(cons, &cons->final.block_id, id)) ||
           (cons->has_prop && missing_on_path(cons, &cons->prop_id, id)) ||
           (cons->has_candidate && missing_on_path(cons, &cons->candidate_parent_id, id));
}

/* Does the block certainly not descend from the delivered one? Unknown ancestors leave it open. */
static bool is_dead(const struct cons *cons, const struct tree_block *block)
{
    const struct tree_block *at = block;
    for (uint32_t i = 0; i <= CONS_BLOCKS_MAX; i++) {
        if (at->block.header.height <= cons->delivered_height) {
            return true;
        }
        if (hash_equal(&at->block.header.parent_id, &cons->delivered_id)) {
            return false;
        }
        at = tree_get(cons, &at->block.header.parent_id);
        if (at == NULL) {
            return false;
        }
    }
    return false;
}

void tree_prune(struct cons *cons)
{
    /* Marked first: removing one block must not hide the death of its children. */
    bool dead[CONS_BLOCKS_MAX];
    for (uint32_t i = 0; i < cons->block_count; i++) {
        dead[i] = is_dead(cons, &cons->blocks[i]);
    }
    for (uint32_t i = cons->block_count; i > 0; i--) {
        if (dead[i - 1]) {
            remove_at(cons, i - 1);
        }
    }
    out_add(cons, CONS_A_PRUNE)->u.prune.height = cons->delivered_height;
}

void tree_verdict(struct cons *cons, const struct hash *id, enum cons_verdict verdict)
{
    struct tree_block *block = tree_find(cons, id);
    if (block == NULL || block->verdict != VERDICT_PENDING) {
        return; /* pruned meanwhile: it does not descend from fin */
    }
    switch (verdict) {
    case CONS_VALID:
        block->verdict = VERDICT_VALID;
        break;
    case CONS_INVALID:
        block->verdict = VERDICT_INVALID;
        break;
    case CONS_UNABLE:
        block->verdict = VERDICT_UNABLE;
        break;
    }
}
