/* SPDX-License-Identifier: Apache-2.0 */
/* Which parts of an unverified message are worth a verification. Looks at hostile content: nothing
 * is asserted, nothing is changed. */

#include "consensus/state.h"

#include <string.h>

static bool wants_vote(const struct cons *cons, const struct vote *vote)
{
    if (vote == NULL || vote->epoch != cons->epoch || vote->kind < VOTE_NOTARIZE ||
        vote->kind > VOTE_FINALIZE || vote->signer >= cons->count ||
        !tally_accepts(cons, vote->view)) {
        return false;
    }
    const struct tally_vote *held = tally_vote(cons, vote->view, vote->kind, vote->signer);
    /* Another vote in the place of one we hold is evidence, wanted once. */
    return held == NULL ||
           (vote->view > cons->peers[vote->signer].reported_view &&
            (held->lock_view != vote->lock_view || !hash_equal(&held->block_id, &vote->block_id)));
}

static bool wants_just(const struct cons *cons, const struct cons_msg *msg)
{
    if (msg->just == NULL || msg->view <= final_view(cons)) {
        return false;
    }
    if (msg->view > cons->view || MUTANT(MUTANT_REPEAT_NOTARIZE) ||
        (msg->just->has_cert && msg->just->cert.view > high_view(cons))) {
        return true;
    }
    return msg->kind == CONS_M_PROPOSE && msg->view == cons->view && !cons->has_prop &&
           !cons->has_candidate;
}

static bool is_proposal(const struct cons *cons, const struct cons_msg *msg)
{
    return msg->vote != NULL && msg->block != NULL && msg->vote->view == msg->view &&
           msg->view >= cons->view && msg->vote->kind == VOTE_NOTARIZE &&
           msg->vote->signer == cons_leader(cons, msg->view) &&
           hash_equal(&msg->vote->block_id, &msg->block->id);
}

unsigned cons_wants(const struct cons *cons, const struct cons_msg *msg)
{
    if (msg->epoch != cons->epoch || msg->view < 1) {
        return 0;
    }
    unsigned wanted = 0;
    switch (msg->kind) {
    case CONS_M_PROPOSE:
        wanted |= wants_vote(cons, msg->vote) ? CONS_WANT_VOTE : 0u;
        if (is_proposal(cons, msg) && wants_just(cons, msg)) {
            wanted |= CONS_WANT_VOTE | CONS_WANT_JUST;
        }
        break;
    case CONS_M_NOTARIZE:
    case CONS_M_FINALIZE:
        wanted |= wants_vote(cons, msg->vote) ? CONS_WANT_VOTE : 0u;
        break;
    case CONS_M_NULLIFY:
        wanted |= wants_vote(cons, msg->vote) ? CONS_WANT_VOTE : 0u;
        wanted |= wants_just(cons, msg) ? CONS_WANT_JUST : 0u;
        break;
    case CONS_M_CERT:
        wanted |= wants_just(cons, msg) ? CONS_WANT_JUST : 0u;
        break;
    case CONS_M_FINAL:
        if (msg->final != NULL && msg->final->kind == VOTE_FINALIZE &&
            msg->final->epoch == cons->epoch && msg->final->view > final_view(cons)) {
            wanted |= CONS_WANT_FINAL;
        }
        break;
    case CONS_M_STATUS:
    case CONS_M_BODY:
        break;
    }
    return wanted;
}

bool cons_wants_block(const struct cons *cons, const struct hash *block_id)
{
    return tree_wants(cons, block_id);
}
