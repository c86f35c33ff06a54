/* SPDX-License-Identifier: Apache-2.0 */
/* Start from what is on disk (consensus.md 2.9). Nothing but certificates, own votes, the guard and
 * blocks is needed; view, phase and proposal follow from them. */

#include "consensus/state.h"

void cons_recovered_init(struct cons_recovered *recovered, const struct hash *delivered_id,
                         uint64_t delivered_height)
{
    *recovered = (struct cons_recovered){.delivered_id = *delivered_id,
                                         .delivered_height = delivered_height};
}

void cons_recovered_cert(struct cons_recovered *recovered, const struct cert *cert)
{
    assert(cert->verified);
    if (cert->kind == VOTE_NULLIFY) {
        if (!recovered->has_skip || cert->view > recovered->skip.view) {
            recovered->has_skip = true;
            recovered->skip = *cert;
        }
        return;
    }
    if (!recovered->has_high || cert->view > recovered->high.view) {
        recovered->has_high = true;
        recovered->high = *cert;
    }
    if (cert->kind == VOTE_FINALIZE &&
        (!recovered->has_final || cert->view > recovered->final.view)) {
        recovered->has_final = true;
        recovered->final = *cert;
    }
}

void cons_recovered_vote(struct cons_recovered *recovered, const struct vote *vote)
{
    assert(vote->kind >= VOTE_NOTARIZE);
    assert(vote->kind <= VOTE_FINALIZE);
    const uint8_t phase = vote->kind == VOTE_NOTARIZE ? 1 : 2;
    if (!recovered->has_vote[vote->kind] || vote->view >= recovered->vote[vote->kind].view) {
        recovered->has_vote[vote->kind] = true;
        recovered->vote[vote->kind] = *vote;
    }
    struct cons_guard *guard = &recovered->guard;
    if (vote->epoch > guard->epoch ||
        (vote->epoch == guard->epoch &&
         (vote->view > guard->view || (vote->view == guard->view && phase > guard->phase)))) {
        *guard = (struct cons_guard){.epoch = vote->epoch, .view = vote->view, .phase = phase};
    }
}

void cons_recovered_block(struct cons_recovered *recovered, const struct cons_block *block)
{
    if (block->header.height <= recovered->delivered_height) {
        return;
    }
    uint32_t lowest = 0;
    for (uint32_t i = 0; i < recovered->block_count; i++) {
        if (hash_equal(&recovered->blocks[i].id, &block->id)) {
            return;
        }
        if (recovered->blocks[i].header.view < recovered->blocks[lowest].header.view) {
            lowest = i;
        }
    }
    if (recovered->block_count < CONS_BLOCKS_MAX) {
        recovered->blocks[recovered->block_count++] = *block;
    } else {
        recovered->blocks[lowest] = *block;
    }
}

bool cons_recovered_fits(const struct cons_recovered *recovered)
{
    const uint64_t high = recovered->has_high ? recovered->high.view : 0;
    uint64_t view = high + 1;
    if (recovered->has_skip && recovered->skip.view >= view) {
        if (cert_max_lock(&recovered->skip) > high) {
            return false;
        }
        view = recovered->skip.view + 1;
    }
    for (int kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        if (recovered->has_vote[kind] && recovered->vote[kind].view > view &&
            !recovered->lost_log) {
            return false;
        }
    }
    return true;
}

static void recover_certs(struct cons *cons, const struct cons_recovered *recovered)
{
    cons->has_high = recovered->has_high;
    cons->has_final = recovered->has_final;
    if (recovered->has_high) {
        assert(recovered->high.epoch == cons->epoch);
        cons->high = recovered->high;
        cons->view = recovered->high.view + 1;
    }
    if (recovered->has_final) {
        assert(recovered->final.epoch == cons->epoch);
        cons->final = recovered->final;
    }
    if (recovered->has_skip && recovered->skip.view >= cons->view) {
        assert(recovered->skip.epoch == cons->epoch);
        cons->skip = recovered->skip;
        cons->has_skip = true;
        cons->view = recovered->skip.view + 1;
    }
}

static void recover_votes(struct cons *cons, const struct cons_recovered *recovered)
{
    if (MUTANT(MUTANT_VOTES_FORGOTTEN)) {
        return;
    }
    cons->guard = recovered->guard;
    if (recovered->lost_log) {
        cons->lost_log = true;
        cons->resume_view = recovered->guard.epoch == cons->epoch ? recovered->guard.view : 0;
    }
    for (int kind = VOTE_NOTARIZE; kind <= VOTE_FINALIZE; kind++) {
        const struct vote *vote = &recovered->vote[kind];
        if (!recovered->has_vote[kind] || recovered->lost_log) {
            continue; /* D2: after a loss nothing is re-sent */
        }
        assert(vote->epoch == cons->epoch);
        assert(vote->signer == cons->self);
        cons->has_own[kind] = true;
        cons->own[kind] = *vote;
        cons->resend_from_ms[kind] = cons->now_ms; /* D18: the first tick re-sends it */
        /* Commonware 4275: if all restart after NULLIFY, each must count its own vote again. */
        if (!MUTANT(MUTANT_NO_OWN_TALLY)) {
            tally_add(cons, vote);
        }
    }
    if (cons->guard.epoch == cons->epoch && cons->guard.view == cons->view) {
        cons->phase = cons->guard.phase;
    }
    if (cons->has_own[VOTE_NOTARIZE] && cons->own[VOTE_NOTARIZE].view == cons->view) {
        cons->has_prop = true;
        cons->prop_id = cons->own[VOTE_NOTARIZE].block_id;
    }
}

void recover_start(struct cons *cons, const struct cons_recovered *recovered)
{
    assert(!cons->started);
    assert(recovered->delivered_height >= cons->genesis_height);
    assert(cons_recovered_fits(recovered) || MUTANT(MUTANT_COUNT_ALL_LOCKS));
    cons->delivered_id = recovered->delivered_id;
    cons->delivered_height = recovered->delivered_height;
    recover_certs(cons, recovered);
    recover_votes(cons, recovered);
    for (uint32_t i = 0; i < recovered->block_count; i++) {
        struct tree_block *block = tree_put(cons, &recovered->blocks[i]);
        if (block != NULL) {
            block->has_body = true;
        }
    }
    cons->started = true;
    cons->restarted = cons->guard.view > 0;
    cons->muted = recovered->muted;
    cons->listening = recovered->listen;
    cons->entered_ms = cons->now_ms;
    cons->locks_dirty = true;
    if (cons->listening) {
        timer_set(cons, CONS_TIMER_LISTEN, 2 * cons->params.t0_ms);
    }
    timer_set(cons, CONS_TIMER_RTX, cons->params.start_ms);
    timer_set(cons, CONS_TIMER_HEARTBEAT, cons->params.heartbeat_ms);
    const struct cons_send status = out_message(CONS_M_STATUS);
    out_bcast(cons, &status);
}
