/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate does: learn, enter, justify (consensus.md 2.5). The one place where FINALIZE
 * is cast and the one place where the view changes. */

#include "consensus/state.h"

static void enter(struct cons *cons, uint64_t view)
{
    assert(view > cons->view);
    cons->view = view;
    cons->phase = 0;
    cons->has_skip = false;
    cons->has_prop = false;
    cons->has_candidate = false;
    cons->grace_over = false;
    cons->entered_ms = cons->now_ms;
    if (cons->building) {
        cons->building = false;
        out_add(cons, CONS_A_CANCEL_BUILD);
    }
    timer_cancel(cons, CONS_TIMER_VIEW);
    timer_cancel(cons, CONS_TIMER_GRACE);
    cons->relay_due = true;
    cons->locks_dirty = true;
    timer_entered(cons);
}

static bool may_finalize(const struct cons *cons, const struct cert *cert)
{
    if (cert->kind != VOTE_NOTARIZE) {
        return false; /* R6: entering by F needs no vote */
    }
    if (MUTANT(MUTANT_NO_JUMP_FINALIZE) && cert->view > cons->view) {
        return false;
    }
    const bool nullified = cert->view == cons->view && cons->phase == 2;
    return !nullified || MUTANT(MUTANT_BOTH);
}

/* The mutant's vote; a correct build never gets here with a view that was left. */
static void late_finalize(struct cons *cons, const struct cert *cert)
{
    if (MUTANT(MUTANT_LATE_FINALIZE) && cert->kind == VOTE_NOTARIZE) {
        (void)cast_vote(cons, VOTE_FINALIZE, cert->view, &cert->block_id, CONS_RECORD_CERT);
    }
}

void view_learn(struct cons *cons, const struct cert *cert)
{
    assert(cert->verified);
    assert(cert->kind == VOTE_NOTARIZE || cert->kind == VOTE_FINALIZE);
    assert(cert->epoch == cons->epoch);
    const bool news_final = cert->kind == VOTE_FINALIZE && cert->view > final_view(cons);
    const bool news_high = cert->view > high_view(cons) &&
                           !(MUTANT(MUTANT_FINAL_NOT_HIGH) && cert->kind == VOTE_FINALIZE);
    if (news_final || news_high) {
        out_append(cons, cert);
    }
    if (news_final) {
        cons->previous_final_view = final_view(cons);
        cons->final = *cert;
        cons->has_final = true;
        cons->final_ms = cons->now_ms;
        timer_finality(cons);
    }
    if (news_high) {
        cons->high = *cert;
        cons->has_high = true;
        cons->locks_dirty = true;
    }
    if (cert->view >= cons->view) {
        if (may_finalize(cons, cert)) {
            /* The record set includes the certificate: that is what makes the lock survive. */
            (void)cast_vote(cons, VOTE_FINALIZE, cert->view, &cert->block_id, CONS_RECORD_CERT);
        }
        enter(cons, cert->view + 1);
    } else if (news_high) {
        late_finalize(cons, cert);
    }
}

void view_learn_skip(struct cons *cons, const struct cert *cert)
{
    assert(cert->verified);
    assert(cert->kind == VOTE_NULLIFY);
    assert(cert->epoch == cons->epoch);
    const bool proven = cert_max_lock(cert) <= high_view(cons);
    if ((!proven && !MUTANT(MUTANT_COUNT_ALL_LOCKS)) || cert->view < cons->view) {
        return;
    }
    out_append(cons, cert);
    enter(cons, cert->view + 1);
    cons->skip = *cert;
    cons->has_skip = true;
}

static bool is_block_cert(const struct cert *cert)
{
    return cert->kind == VOTE_NOTARIZE || cert->kind == VOTE_FINALIZE;
}

static bool well_formed(const struct cons *cons, const struct just *just, uint64_t view)
{
    if (view < 1) {
        return false;
    }
    switch (just->kind) {
    case JUST_EPOCH_START:
        return view == 1;
    case JUST_NEXT:
        return just->has_cert && is_block_cert(&just->cert) && just->cert.epoch == cons->epoch &&
               just->cert.view == view - 1;
    case JUST_SKIP: {
        if (just->nullified.kind != VOTE_NULLIFY || just->nullified.epoch != cons->epoch ||
            just->nullified.view != view - 1) {
            return false;
        }
        if (just->has_cert && (!is_block_cert(&just->cert) || just->cert.epoch != cons->epoch)) {
            return false;
        }
        const uint64_t parent = just->has_cert ? just->cert.view : 0;
        return (parent < view - 1 || MUTANT(MUTANT_LATE_PARENT)) &&
               (cert_max_lock(&just->nullified) <= parent || MUTANT(MUTANT_NO_LOCK));
    }
    }
    return false;
}

/* The second net of D1: by Lemma C nothing justifies a view above fin.view on a block below it.
 * Views at or below fin.view are merely stale. */
static bool impossible(const struct cons *cons, const struct just *just, uint64_t view)
{
    if (MUTANT(MUTANT_NO_LOCK) || just->kind == JUST_EPOCH_START) {
        return false;
    }
    const uint64_t parent = just->has_cert ? just->cert.view : 0;
    return view > final_view(cons) && parent < final_view(cons);
}

bool view_absorb(struct cons *cons, const struct just *just, uint64_t view, uint64_t *parent_view,
                 struct hash *parent_id)
{
    if (!well_formed(cons, just, view)) {
        return false;
    }
    if (impossible(cons, just, view)) {
        out_alarm(cons, CONS_ALARM_IMPOSSIBLE, view,
                  just->has_cert ? &just->cert.block_id : &cons->genesis_id);
        return false;
    }
    *parent_view = 0;
    *parent_id = cons->genesis_id;
    if (just->kind == JUST_EPOCH_START) {
        return true;
    }
    if (just->has_cert) {
        *parent_view = just->cert.view;
        *parent_id = just->cert.block_id;
        view_learn(cons, &just->cert);
    }
    if (just->kind == JUST_SKIP) {
        assert(just->nullified.verified);
        view_learn_skip(cons, &just->nullified);
    }
    return true;
}

void cons_just(const struct cons *cons, struct just *just)
{
    just->has_cert = false;
    if (cons->view == 1) {
        just->kind = JUST_EPOCH_START;
        return;
    }
    just->has_cert = cons->has_high;
    if (cons->has_high) {
        just->cert = cons->high;
    }
    if (high_view(cons) == cons->view - 1) {
        just->kind = JUST_NEXT;
        return;
    }
    assert(cons->has_skip);
    just->kind = JUST_SKIP;
    just->nullified = cons->skip;
}
