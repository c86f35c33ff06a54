/* SPDX-License-Identifier: Apache-2.0 */
/* Own votes. The phase is set when a vote is issued, so nothing contrary can be issued after it;
 * the vote itself exists, for this node too, only after CONS_E_PERSISTED. */

#include "consensus/state.h"

static uint8_t phase_of(enum vote_kind kind)
{
    return kind == VOTE_NOTARIZE ? 1 : 2;
}

static bool above_guard(const struct cons *cons, uint64_t view, uint8_t phase)
{
    const struct cons_guard *guard = &cons->guard;
    if (guard->epoch != cons->epoch) {
        return guard->epoch < cons->epoch;
    }
    return view != guard->view ? view > guard->view : phase > guard->phase;
}

bool cast_may_vote(const struct cons *cons)
{
    if (cons->self == CONS_NONE || !cons->started || cons->muted || cons->halted || cons->closed ||
        cons->listening || cons->guard.epoch > cons->epoch) {
        return false;
    }
    /* D6: every own vote lies in a view up to the slot's; above an F of at least that view none of
     * them can be contradicted. */
    return !cons->lost_log || final_view(cons) >= cons->resume_view;
}

/* Mutants cast votes that the guard would refuse; they need it out of the way. */
static bool guard_ignored(void)
{
    return MUTANT(MUTANT_BOTH) || MUTANT(MUTANT_LATE_FINALIZE) || MUTANT(MUTANT_REPEAT_NOTARIZE) ||
           MUTANT(MUTANT_VOTES_FORGOTTEN);
}

bool cast_vote(struct cons *cons, enum vote_kind kind, uint64_t view, const struct hash *id,
               unsigned records)
{
    if (!cast_may_vote(cons)) {
        return false;
    }
    const uint8_t phase = phase_of(kind);
    assert(above_guard(cons, view, phase) || guard_ignored());
    cons->guard = (struct cons_guard){.epoch = cons->epoch, .view = view, .phase = phase};
    if (kind != VOTE_FINALIZE) {
        assert(view == cons->view);
        cons->phase = phase;
    }
    struct cons_action *action = out_add(cons, CONS_A_CAST);
    action->u.cast.token = ++cons->token;
    action->u.cast.records = records;
    action->u.cast.vote = (struct vote){
        .kind = kind, .epoch = cons->epoch, .view = view, .signer = (uint8_t)cons->self};
    if (id != NULL) {
        action->u.cast.vote.block_id = *id;
        action->u.cast.block_id = *id;
    }
    if (kind == VOTE_NULLIFY) {
        action->u.cast.vote.lock_view = high_view(cons);
        if (MUTANT(MUTANT_LOCK_ZERO) || (MUTANT(MUTANT_LOCK_FORGOTTEN) && cons->restarted)) {
            action->u.cast.vote.lock_view = 0;
            cons->restarted = false;
        }
    }
    return true;
}

void cast_nullify(struct cons *cons)
{
    if (cons->phase == 2 || !cast_may_vote(cons)) {
        return;
    }
    unsigned records = cons->has_high ? CONS_RECORD_HIGH : 0;
    records |= cons->has_skip ? CONS_RECORD_SKIP : 0;
    (void)cast_vote(cons, VOTE_NULLIFY, cons->view, NULL, records);
}

/* First sending and every re-send of an own vote, with the stored signature (never a fresh one). */
void cast_send(struct cons *cons, const struct vote *vote)
{
    enum cons_msg_kind kind = CONS_M_FINALIZE;
    bool needs_just = false;
    switch (vote->kind) {
    case VOTE_NOTARIZE: {
        const bool leads = cons_leader(cons, vote->view) == cons->self && vote->view == cons->view;
        kind = leads ? CONS_M_PROPOSE : CONS_M_NOTARIZE;
        needs_just = leads;
        break;
    }
    case VOTE_NULLIFY:
        kind = CONS_M_NULLIFY;
        needs_just =
            vote->view == cons->view && !MUTANT(MUTANT_NO_HELP) && !MUTANT(MUTANT_NO_NULLIFY_JUST);
        break;
    case VOTE_FINALIZE:
        break;
    }
    struct cons_send send = out_message(kind);
    if (needs_just) {
        out_attach_just(cons, &send);
    }
    send.view = vote->view;
    send.vote = *vote;
    send.block_id = vote->block_id;
    out_bcast(cons, &send);
}

void cast_persisted(struct cons *cons, uint64_t token, const struct vote *vote)
{
    assert(token > cons->token_done);
    assert(token <= cons->token);
    assert(vote->epoch == cons->epoch);
    assert(vote->signer == cons->self);
    cons->token_done = token;
    /* Another instance of the key may have been seen while the vote was on its way, perhaps with
     * another vote for this very position: then ours stays here. */
    if (!cons->muted) {
        tally_add(cons, vote);
    }
    if (cons->muted) {
        return;
    }
    if (!cons->has_own[vote->kind] || vote->view >= cons->own[vote->kind].view) {
        cons->has_own[vote->kind] = true;
        cons->own[vote->kind] = *vote;
        cons->resend_from_ms[vote->kind] = cons->now_ms + cons->params.rtx_ms;
    }
    cast_send(cons, vote);
}

void cast_refused(struct cons *cons, uint64_t token)
{
    assert(token > cons->token_done);
    assert(token <= cons->token);
    cons->token_done = token;
    const struct hash none = {{0}};
    out_alarm(cons, CONS_ALARM_REFUSED, cons->view, &none);
}

/* 2.9: a valid vote of our own key above our guard means a second instance of the key. */
void cast_watch_key(struct cons *cons, const struct vote *vote)
{
    if (vote->signer != cons->self || cons->muted ||
        !above_guard(cons, vote->view, phase_of(vote->kind))) {
        return;
    }
    cons->muted = true;
    timer_cancel(cons, CONS_TIMER_VIEW);
    out_alarm(cons, CONS_ALARM_OWN_KEY, vote->view, &vote->block_id);
}
