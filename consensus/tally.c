/* SPDX-License-Identifier: Apache-2.0 */
/* Votes by (view, kind, signer) in a ring of views around ours, and the certificates they make.
 * A slot belongs to the view written in it; two views of the window never share one. Every vote is
 * kept with its signature, so a certificate and a proof of a double vote can be cut at any time. */

#include "consensus/state.h"

#include <string.h>

static size_t slot_index(uint64_t view)
{
    return (size_t)(view % TALLY_SLOTS);
}

static struct tally_vote *entry(struct cons *cons, uint64_t view, enum vote_kind kind,
                                uint16_t signer)
{
    assert(kind >= VOTE_NOTARIZE && kind <= VOTE_FINALIZE);
    assert(signer < cons->count);
    return &cons->votes[(slot_index(view) * cons->count + signer) * 3 + (size_t)kind - 1];
}

bool tally_accepts(const struct cons *cons, uint64_t view)
{
    return view >= 1 && view <= cons->view + CONS_TALLY_WINDOW &&
           view + CONS_TALLY_WINDOW > cons->view && view + 2 > final_view(cons);
}

const struct tally_slot *tally_slot(const struct cons *cons, uint64_t view)
{
    const struct tally_slot *slot = &cons->slots[slot_index(view)];
    return view >= 1 && slot->view == view ? slot : NULL;
}

uint64_t tally_voted(const struct cons *cons, uint64_t view, enum vote_kind kind)
{
    const struct tally_slot *slot = tally_slot(cons, view);
    return slot != NULL ? slot->voted[kind] : 0;
}

bool tally_has(const struct cons *cons, uint64_t view, enum vote_kind kind, uint16_t signer)
{
    return (tally_voted(cons, view, kind) & signer_bit(signer)) != 0;
}

const struct tally_vote *tally_vote(const struct cons *cons, uint64_t view, enum vote_kind kind,
                                    uint16_t signer)
{
    if (!tally_has(cons, view, kind, signer)) {
        return NULL;
    }
    return &cons->votes[(slot_index(view) * cons->count + signer) * 3 + (size_t)kind - 1];
}

static struct vote stored_vote(const struct cons *cons, uint64_t view, enum vote_kind kind,
                               uint16_t signer)
{
    const struct tally_vote *held = tally_vote(cons, view, kind, signer);
    assert(held != NULL);
    struct vote vote = {.kind = kind,
                        .epoch = cons->epoch,
                        .view = view,
                        .block_id = held->block_id,
                        .lock_view = held->lock_view,
                        .signer = (uint8_t)signer};
    memcpy(vote.signature, held->signature, SIGNATURE_SIZE);
    return vote;
}

static void report(struct cons *cons, enum cons_evidence_kind kind, const struct vote *held,
                   const struct vote *fresh)
{
    struct peer *peer = &cons->peers[fresh->signer];
    if (fresh->view <= peer->reported_view) {
        return;
    }
    peer->reported_view = fresh->view;
    struct cons_action *action = out_add(cons, CONS_A_EVIDENCE);
    action->u.evidence.kind = kind;
    action->u.evidence.a = *held;
    action->u.evidence.b = *fresh;
    if (fresh->signer == cons->self && !cons->muted) {
        cons->muted = true;
        out_alarm(cons, CONS_ALARM_OWN_KEY, fresh->view, &fresh->block_id);
    }
}

/* E1, E3, E5: another vote of this kind by this signer in this view is held already. */
static void compare_same_kind(struct cons *cons, const struct vote *vote)
{
    const struct vote held = stored_vote(cons, vote->view, vote->kind, vote->signer);
    switch (vote->kind) {
    case VOTE_NOTARIZE:
        if (!hash_equal(&held.block_id, &vote->block_id)) {
            report(cons, CONS_TWO_NOTARIZE, &held, vote);
        }
        break;
    case VOTE_FINALIZE:
        if (!hash_equal(&held.block_id, &vote->block_id)) {
            report(cons, CONS_TWO_FINALIZE, &held, vote);
        }
        break;
    case VOTE_NULLIFY:
        if (held.lock_view != vote->lock_view) {
            report(cons, CONS_TWO_NULLIFY, &held, vote);
        }
        break;
    }
}

/* E2 and E4 for a NULLIFY(v, u): a FINALIZE of the same signer in a view above u, up to v. */
static void compare_nullify(struct cons *cons, const struct vote *vote)
{
    if (cons->peers[vote->signer].finalize_view <= vote->lock_view) {
        return;
    }
    for (uint32_t i = 0; i < TALLY_SLOTS && vote->view - i > vote->lock_view; i++) {
        const uint64_t view = vote->view - i;
        if (tally_has(cons, view, VOTE_FINALIZE, vote->signer)) {
            const struct vote held = stored_vote(cons, view, VOTE_FINALIZE, vote->signer);
            report(cons, i == 0 ? CONS_FINALIZE_NULLIFY : CONS_FALSE_LOCK, &held, vote);
            return;
        }
    }
}

/* E2 and E4 for a FINALIZE(w): a NULLIFY of the same signer in view w or later, lock below w. */
static void compare_finalize(struct cons *cons, const struct vote *vote)
{
    const uint64_t last = cons->peers[vote->signer].nullify_view;
    for (uint32_t i = 0; i < TALLY_SLOTS && vote->view + i <= last; i++) {
        const uint64_t view = vote->view + i;
        if (!tally_has(cons, view, VOTE_NULLIFY, vote->signer)) {
            continue;
        }
        const struct vote held = stored_vote(cons, view, VOTE_NULLIFY, vote->signer);
        if (i == 0 || held.lock_view < vote->view) {
            report(cons, i == 0 ? CONS_FINALIZE_NULLIFY : CONS_FALSE_LOCK, &held, vote);
            return;
        }
    }
}

static void note_signer(struct cons *cons, const struct vote *vote)
{
    struct peer *peer = &cons->peers[vote->signer];
    if (vote->view > peer->seen_view) {
        peer->seen_view = vote->view;
    }
    if (vote->kind == VOTE_FINALIZE && vote->view > peer->finalize_view) {
        peer->finalize_view = vote->view;
    }
    if (vote->kind == VOTE_NULLIFY && vote->view > peer->nullify_view) {
        peer->nullify_view = vote->view;
    }
}

void tally_add(struct cons *cons, const struct vote *vote)
{
    assert(vote->epoch == cons->epoch);
    assert(vote->signer < cons->count);
    if (!tally_accepts(cons, vote->view)) {
        return;
    }
    struct tally_slot *slot = &cons->slots[slot_index(vote->view)];
    if (slot->view != vote->view) {
        *slot = (struct tally_slot){.view = vote->view};
    }
    if ((slot->voted[vote->kind] & signer_bit(vote->signer)) != 0) {
        compare_same_kind(cons, vote);
        return;
    }
    if (vote->kind == VOTE_NULLIFY) {
        compare_nullify(cons, vote);
    }
    if (vote->kind == VOTE_FINALIZE) {
        compare_finalize(cons, vote);
    }
    struct tally_vote *held = entry(cons, vote->view, vote->kind, vote->signer);
    held->block_id = vote->block_id;
    held->lock_view = vote->lock_view;
    memcpy(held->signature, vote->signature, SIGNATURE_SIZE);
    slot->voted[vote->kind] |= signer_bit(vote->signer);
    note_signer(cons, vote);
    assert(cons->dirty_count < 4);
    cons->dirty[cons->dirty_count].kind = vote->kind;
    cons->dirty[cons->dirty_count].view = vote->view;
    cons->dirty[cons->dirty_count].signer = vote->signer;
    cons->dirty_count++;
}

/* The certificate made of exactly the votes of `signers`; n - f of them or more. */
static void assemble(const struct cons *cons, enum vote_kind kind, uint64_t view, uint64_t signers,
                     struct cert *cert)
{
    *cert = (struct cert){.kind = kind, .epoch = cons->epoch, .view = view, .signers = signers};
    uint32_t index = 0;
    for (uint16_t signer = 0; signer < cons->count; signer++) {
        if ((signers & signer_bit(signer)) == 0) {
            continue;
        }
        const struct tally_vote *held = tally_vote(cons, view, kind, signer);
        assert(held != NULL);
        cert->block_id = held->block_id;
        cert->lock_views[index] = held->lock_view;
        memcpy(cert->signatures[index], held->signature, SIGNATURE_SIZE);
        index++;
    }
    assert(index >= cons->quorum);
    cert->verified = true;
}

/* Signers who voted for the same block as `signer` did. */
static uint64_t agreeing(const struct cons *cons, uint64_t view, enum vote_kind kind,
                         uint16_t signer)
{
    const struct tally_vote *mine = tally_vote(cons, view, kind, signer);
    uint64_t same = 0;
    for (uint16_t i = 0; i < cons->count; i++) {
        const struct tally_vote *other = tally_vote(cons, view, kind, i);
        if (other != NULL && hash_equal(&other->block_id, &mine->block_id)) {
            same |= signer_bit(i);
        }
    }
    return same;
}

static bool is_quorum(const struct cons *cons, uint64_t signers)
{
    return (uint32_t)__builtin_popcountll(signers) >= cons->quorum;
}

/* N or F completed by a vote that was just tallied. */
static bool settle_block(struct cons *cons, enum vote_kind kind, uint64_t view, uint16_t signer)
{
    const bool useful = kind == VOTE_FINALIZE ? view > final_view(cons) : view > high_view(cons);
    if (!useful || !tally_has(cons, view, kind, signer) ||
        !is_quorum(cons, tally_voted(cons, view, kind))) {
        return false;
    }
    const uint64_t same = agreeing(cons, view, kind, signer);
    if (!is_quorum(cons, same)) {
        return false;
    }
    struct cert cert;
    assemble(cons, kind, view, same, &cert);
    view_learn(cons, &cert);
    return true;
}

/* Z rule: a NULLIFY(v, u) counts only when u <= hn.view, its lock being proven by a certificate we
 * hold. */
static uint64_t counting(const struct cons *cons, uint64_t view)
{
    uint64_t signers = 0;
    for (uint16_t i = 0; i < cons->count; i++) {
        const struct tally_vote *held = tally_vote(cons, view, VOTE_NULLIFY, i);
        if (held != NULL &&
            (held->lock_view <= high_view(cons) || MUTANT(MUTANT_COUNT_ALL_LOCKS))) {
            signers |= signer_bit(i);
        }
    }
    return signers;
}

/* The highest view that can be left by nullification; lower ones need not be looked at, for
 * entering by it leaves them as well. */
static bool settle_skip(struct cons *cons)
{
    for (uint64_t view = cons->view + CONS_TALLY_WINDOW; view >= cons->view; view--) {
        if (!is_quorum(cons, tally_voted(cons, view, VOTE_NULLIFY))) {
            continue;
        }
        const uint64_t signers = counting(cons, view);
        if (is_quorum(cons, signers)) {
            struct cert cert;
            assemble(cons, VOTE_NULLIFY, view, signers, &cert);
            view_learn_skip(cons, &cert);
            return true;
        }
    }
    return false;
}

bool tally_settle(struct cons *cons)
{
    bool changed = false;
    for (int pass = 0; pass < 2; pass++) {
        const enum vote_kind kind = pass == 0 ? VOTE_FINALIZE : VOTE_NOTARIZE;
        for (uint32_t i = 0; i < cons->dirty_count; i++) {
            if (cons->dirty[i].kind == kind) {
                changed |= settle_block(cons, kind, cons->dirty[i].view, cons->dirty[i].signer);
            }
        }
    }
    for (uint32_t i = 0; i < cons->dirty_count; i++) {
        cons->locks_dirty |= cons->dirty[i].kind == VOTE_NULLIFY;
    }
    cons->dirty_count = 0;
    if (cons->locks_dirty) {
        cons->locks_dirty = false;
        changed |= settle_skip(cons);
    }
    return changed;
}
