/* SPDX-License-Identifier: Apache-2.0 */
/* What callers may read, and the invariants of consensus.md 3.3 that can be seen in one state. */

#include "consensus/state.h"

struct cons_hints cons_hints(const struct cons *cons)
{
    return (struct cons_hints){.epoch = cons->epoch,
                               .view = cons->view,
                               .final_view = final_view(cons),
                               .final_height = cons->delivered_height,
                               .level = timer_own_level(cons)};
}

const struct cert *cons_high_cert(const struct cons *cons)
{
    return cons->has_high ? &cons->high : NULL;
}

const struct cert *cons_skip_cert(const struct cons *cons)
{
    return cons->has_skip ? &cons->skip : NULL;
}

const struct cert *cons_final_cert(const struct cons *cons)
{
    return cons->has_final ? &cons->final : NULL;
}

const struct vote *cons_own_vote(const struct cons *cons, enum vote_kind kind)
{
    assert(kind >= VOTE_NOTARIZE);
    assert(kind <= VOTE_FINALIZE);
    return cons->has_own[kind] ? &cons->own[kind] : NULL;
}

const struct cons_block *cons_block(const struct cons *cons, const struct hash *block_id)
{
    const struct tree_block *block = tree_get(cons, block_id);
    return block != NULL ? &block->block : NULL;
}

struct cons_status cons_status(const struct cons *cons)
{
    return (struct cons_status){
        .epoch = cons->epoch,
        .view = cons->view,
        .phase = cons->phase,
        .leader = cons_leader(cons, cons->view),
        .high_view = high_view(cons),
        .final_view = final_view(cons),
        .delivered_height = cons->delivered_height,
        .delivered_id = cons->delivered_id,
        .high_id = *high_id(cons),
        .level = timer_level(cons),
        .view_since_ms = cons->entered_ms,
        .expected_since_ms =
            cons->active_ms > cons->entered_ms ? cons->active_ms : cons->entered_ms,
        .active = timer_active(cons),
        .may_vote = cast_may_vote(cons),
        .muted = cons->muted,
        .halted = cons->halted,
        .closed = cons->closed,
        .notarized_by = tally_voted(cons, cons->view, VOTE_NOTARIZE),
        .nullified_by = tally_voted(cons, cons->view, VOTE_NULLIFY),
        .blocks = cons->block_count,
    };
}

static const char *check_certs(const struct cons *cons)
{
    if (high_view(cons) < final_view(cons)) {
        return "I2: hn below fin";
    }
    if (cons->view <= high_view(cons)) {
        return "I1: view not above hn";
    }
    if (cons->view > 1 && high_view(cons) != cons->view - 1) {
        if (!cons->has_skip || cons->skip.view != cons->view - 1) {
            return "I7: no justification of the view";
        }
        if (cert_max_lock(&cons->skip) > high_view(cons)) {
            return "I7: justification with a lock above its parent";
        }
    }
    return NULL;
}

static const char *check_votes(const struct cons *cons)
{
    const struct vote *nullify = &cons->own[VOTE_NULLIFY];
    const struct vote *finalize = &cons->own[VOTE_FINALIZE];
    for (int kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        if (cons->has_own[kind] && cons->own[kind].view > cons->view) {
            return "I3: own vote above the view";
        }
        if (cons->has_own[kind] && cons->guard.epoch == cons->epoch &&
            cons->own[kind].view > cons->guard.view) {
            return "I3: own vote above the guard";
        }
    }
    if (cons->has_own[VOTE_NULLIFY] && cons->has_own[VOTE_FINALIZE]) {
        if (nullify->view == finalize->view) {
            return "I4: NULLIFY and FINALIZE in one view";
        }
        if (nullify->view > finalize->view && nullify->lock_view < finalize->view) {
            return "I5: lock below an own FINALIZE";
        }
    }
    if (cons->has_own[VOTE_FINALIZE] && high_view(cons) < finalize->view) {
        return "I6: own FINALIZE above hn";
    }
    return NULL;
}

static const char *check_blocks(const struct cons *cons)
{
    if (cons->block_count > CONS_BLOCKS_MAX) {
        return "I10: too many blocks";
    }
    for (uint32_t i = 0; i < cons->block_count; i++) {
        const struct tree_block *block = &cons->blocks[i];
        if (block->block.header.height <= cons->delivered_height) {
            return "I10: block at or below the delivered height";
        }
        if (block->verdict == VERDICT_VALID && !block->has_body) {
            return "I9: verdict without a body";
        }
    }
    for (uint32_t i = 0; i < TALLY_SLOTS; i++) {
        if (cons->slots[i].view > cons->view + CONS_TALLY_WINDOW) {
            return "I10: tally beyond its window";
        }
        if (cons->slots[i].view != 0 && cons->slots[i].view % TALLY_SLOTS != i) {
            return "I10: tally in a foreign slot";
        }
    }
    return NULL;
}

const char *cons_check(const struct cons *cons)
{
    const char *broken = check_certs(cons);
    if (broken == NULL) {
        broken = check_votes(cons);
    }
    if (broken == NULL) {
        broken = check_blocks(cons);
    }
    if (broken == NULL && cons->started) {
        const bool wanted = timer_active(cons) && cons->phase < 2 && cast_may_vote(cons);
        if (wanted != cons->timers[CONS_TIMER_VIEW].armed) {
            return "I11: view timer";
        }
    }
    return broken;
}
