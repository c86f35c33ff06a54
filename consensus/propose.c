/* SPDX-License-Identifier: Apache-2.0 */
/* R2 the leader builds, R3 a proposal is accepted, R4 it is voted for. */

#include "consensus/state.h"

/* The block is the last of this epoch: its only child in the epoch is itself, proposed again. */
static bool is_boundary(const struct cons *cons, const struct header *header)
{
    return (header->flags & HEADER_FLAG_BOUNDARY) != 0 && header->epoch == cons->epoch;
}

static unsigned vote_records(const struct cons *cons)
{
    unsigned records = CONS_RECORD_BLOCK;
    records |= cons->has_high ? CONS_RECORD_HIGH : 0;
    records |= cons->has_skip ? CONS_RECORD_SKIP : 0;
    return records;
}

/* Is it this node's turn to make a block, and nothing made yet? */
static bool may_lead(const struct cons *cons)
{
    return cast_may_vote(cons) && cons_leader(cons, cons->view) == cons->self && cons->phase == 0 &&
           !cons->has_prop;
}

/* 2.8: an empty block is made when the tip stays unfinalised: its finality makes the tip final. */
static bool grace_passed(struct cons *cons)
{
    if (high_view(cons) == final_view(cons)) {
        return false;
    }
    if (!cons->grace_over && !cons->timers[CONS_TIMER_GRACE].armed) {
        timer_set(cons, CONS_TIMER_GRACE, cons_view_timeout_ms(cons) / 2);
    }
    return cons->grace_over;
}

static bool repropose(struct cons *cons, const struct tree_block *parent)
{
    cons->has_prop = true;
    cons->prop_id = parent->block.id;
    return cast_vote(cons, VOTE_NOTARIZE, cons->view, &parent->block.id, vote_records(cons));
}

bool propose_lead(struct cons *cons)
{
    if (cons->building && !hash_equal(&cons->build_parent, high_id(cons))) {
        cons->building = false;
        out_add(cons, CONS_A_CANCEL_BUILD);
    }
    if (!may_lead(cons) || cons->building) {
        return false;
    }
    const uint64_t holders = cons->has_high ? cons->high.signers : 0;
    if (tree_ensure(cons, high_id(cons), holders, 0) != TREE_READY) {
        return false;
    }
    const struct tree_block *parent = tree_get(cons, high_id(cons));
    if (parent != NULL && is_boundary(cons, &parent->block.header) &&
        !MUTANT(MUTANT_BOUNDARY_BUILD)) {
        return repropose(cons, parent);
    }
    /* One heartbeat block is enough: if the tip is not final yet, grace is the rule for it. */
    const bool heartbeat = cons->heartbeat_due && high_view(cons) == final_view(cons);
    const bool forced = heartbeat || timer_nullify_seen(cons) || grace_passed(cons);
    if (!cons->work && !forced) {
        return false;
    }
    const uint64_t height = parent != NULL ? parent->block.header.height : cons->delivered_height;
    const uint64_t depth = height - cons->delivered_height;
    if (depth >= CONS_DEPTH_MAX) {
        return false;
    }
    cons->building = true;
    cons->build_view = cons->view;
    cons->build_parent = *high_id(cons);
    struct cons_action *action = out_add(cons, CONS_A_BUILD);
    action->u.build.view = cons->view;
    action->u.build.parent_view = high_view(cons);
    action->u.build.parent_id = cons->build_parent;
    action->u.build.height = height + 1;
    action->u.build.empty = depth >= cons->params.depth_full;
    action->u.build.forced = forced;
    return true;
}

void propose_built(struct cons *cons, uint64_t view, const struct cons_block *block, bool idle)
{
    if (!cons->building || view != cons->build_view) {
        return; /* cancelled meanwhile */
    }
    assert(view == cons->view);
    cons->building = false;
    if (!may_lead(cons)) {
        return;
    }
    if (block == NULL && idle) {
        cons->work = false; /* what was in the pool is in the tip; CONS_E_WORK comes again */
        return;
    }
    if (block == NULL) {
        cast_nullify(cons);
        return;
    }
    if (!hash_equal(&block->header.parent_id, high_id(cons))) {
        return; /* progress builds again, on the new tip */
    }
    assert(block->header.view == view);
    assert(block->header.epoch == cons->epoch);
    assert(block->header.proposer == cons->self);
    struct tree_block *held = tree_put(cons, block);
    if (held == NULL) {
        cast_nullify(cons);
        return;
    }
    held->has_body = true;
    held->verdict = VERDICT_VALID;
    cons->has_prop = true;
    cons->prop_id = block->id;
    struct cons_send body = out_message(CONS_M_BODY); /* unsigned, content-addressed: at once */
    body.block_id = block->id;
    body.view = view;
    out_bcast(cons, &body);
    (void)cast_vote(cons, VOTE_NOTARIZE, view, &block->id, vote_records(cons));
}

/* One proposal a view waits for the header of its parent (D15); the first that passes is prop. */
void propose_receive(struct cons *cons, const struct cons_msg *msg, uint64_t parent_view,
                     const struct hash *parent_id)
{
    const struct vote *vote = msg->vote;
    if (vote->view != cons->view) {
        return;
    }
    if ((cons->has_prop || cons->has_candidate) && !MUTANT(MUTANT_REPEAT_NOTARIZE)) {
        return;
    }
    if (!hash_equal(&vote->block_id, &msg->block->id) || msg->block->header.epoch != cons->epoch) {
        return;
    }
    if (MUTANT(MUTANT_REPEAT_NOTARIZE) && cons->has_prop &&
        !hash_equal(&cons->prop_id, &msg->block->id)) {
        cons->has_prop = false;
        cons->phase = 0;
    }
    cons->has_candidate = true;
    cons->candidate = *msg->block;
    cons->candidate_parent_view = parent_view;
    cons->candidate_parent_id = *parent_id;
}

static bool extends(const struct cons *cons, uint64_t parent_height)
{
    const struct header *header = &cons->candidate.header;
    const bool in_turn =
        header->proposer == cons_leader(cons, cons->view) || MUTANT(MUTANT_ANY_LEADER);
    if (header->view != cons->view || !in_turn) {
        return false;
    }
    if (MUTANT(MUTANT_ANY_PARENT)) {
        return true;
    }
    return hash_equal(&header->parent_id, &cons->candidate_parent_id) &&
           header->parent_view == cons->candidate_parent_view &&
           header->height == parent_height + 1;
}

/* Judges the waiting proposal as soon as the header of its justified parent is known. */
static void settle_candidate(struct cons *cons)
{
    if (!cons->has_candidate || cons->has_prop) {
        return;
    }
    const struct hash *parent_id = &cons->candidate_parent_id;
    bool acceptable = false;
    if (hash_equal(parent_id, &cons->delivered_id)) {
        acceptable = extends(cons, cons->delivered_height);
    } else {
        const struct tree_block *parent = tree_get(cons, parent_id);
        if (parent == NULL) {
            const uint64_t holders = cons->has_high ? cons->high.signers : 0;
            (void)tree_ensure(cons, parent_id, holders, 0);
            return;
        }
        if (is_boundary(cons, &parent->block.header) && !MUTANT(MUTANT_BOUNDARY_CHILD)) {
            acceptable = hash_equal(&cons->candidate.id, parent_id) &&
                         cons->candidate.header.view <= cons->view;
        } else {
            acceptable = extends(cons, parent->block.header.height);
        }
    }
    cons->has_candidate = false;
    if (acceptable && tree_put(cons, &cons->candidate) != NULL) {
        cons->has_prop = true;
        cons->prop_id = cons->candidate.id;
    }
}

static void refuse(struct cons *cons)
{
    const struct tree_block *prop = tree_get(cons, &cons->prop_id);
    if (prop != NULL && prop->verdict == VERDICT_INVALID) {
        cast_nullify(cons);
        return;
    }
    /* An ancestor is invalid here, and the parent of a justified proposal is notarized. */
    out_alarm(cons, CONS_ALARM_DIVERGENCE, cons->view, &cons->prop_id);
    out_halt(cons);
}

bool propose_vote(struct cons *cons)
{
    settle_candidate(cons);
    if (!cons->has_prop || cons->phase != 0 || !cast_may_vote(cons) ||
        cons_leader(cons, cons->view) == cons->self) {
        return false;
    }
    const uint64_t holders =
        tally_voted(cons, cons->view, VOTE_NOTARIZE) | signer_bit(cons_leader(cons, cons->view));
    enum tree_state state = tree_ensure(cons, &cons->prop_id, holders, cons->params.push_ms);
    if (MUTANT(MUTANT_VOTE_INVALID) && state == TREE_INVALID) {
        state = TREE_READY;
    }
    switch (state) {
    case TREE_READY:
        return cast_vote(cons, VOTE_NOTARIZE, cons->view, &cons->prop_id, vote_records(cons));
    case TREE_INVALID:
        refuse(cons);
        return true;
    case TREE_DEAD:
    case TREE_WAITING:
        return false;
    }
    return false;
}
