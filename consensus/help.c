/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing others up to the present: R9 answers hints, R10 sends again, R2b tells the leader. All
 * of it O(1) messages per peer and period, whatever was missed. */

#include "consensus/state.h"

static bool may_repeat(const struct cons *cons, bool before, uint64_t last_ms)
{
    return !before || cons->now_ms >= last_ms + cons->params.reply_ms;
}

static void send_status(struct cons *cons, uint16_t to)
{
    struct peer *peer = &cons->peers[to];
    if (!may_repeat(cons, peer->statused, peer->status_ms)) {
        return;
    }
    peer->statused = true;
    peer->status_ms = cons->now_ms;
    const struct cons_send send = out_message(CONS_M_STATUS);
    out_send(cons, to, &send);
}

/* D18: a peer one view behind is usually just about to follow; n^2 certificates a view would be
 * the price of not waiting a moment. */
static void help_view(struct cons *cons, uint16_t to, uint64_t their_view)
{
    struct peer *peer = &cons->peers[to];
    const bool far = cons->view - their_view >= 2;
    const bool late = cons->now_ms >= cons->entered_ms + cons->params.lag_ms;
    const bool before = peer->helped && peer->help_view == cons->view;
    if ((!far && !late) || !may_repeat(cons, before, peer->help_ms)) {
        return;
    }
    peer->helped = true;
    peer->help_view = cons->view;
    peer->help_ms = cons->now_ms;
    struct cons_send send = out_message(CONS_M_CERT);
    out_attach_just(cons, &send);
    out_send(cons, to, &send);
}

static void help_final(struct cons *cons, uint16_t to, uint64_t their_view)
{
    struct peer *peer = &cons->peers[to];
    const bool before = peer->final_helped && peer->final_help_view == cons->final.view;
    const bool far = their_view < cons->previous_final_view;
    const bool late = cons->now_ms >= cons->final_ms + cons->params.lag_ms;
    if ((!far && !late) || !may_repeat(cons, before, peer->final_help_ms)) {
        return;
    }
    peer->final_helped = true;
    peer->final_help_view = cons->final.view;
    peer->final_help_ms = cons->now_ms;
    struct cons_send send = out_message(CONS_M_FINAL);
    send.view = cons->final.view;
    send.cert = out_cert(cons, &cons->final);
    out_send(cons, to, &send);
}

/* B17: who claims a height and does not deliver is asked ever less often, so a boaster cannot keep
 * the one outstanding request to itself. */
static void note_unanswered(struct cons *cons)
{
    struct peer *peer = &cons->peers[cons->sync_peer];
    if (peer->sync_failures < 2) { /* a good peer may have been cut off: 8 s at most */
        peer->sync_failures++;
    }
    peer->sync_from_ms = cons->now_ms + ((uint64_t)cons->params.sync_ms << peer->sync_failures);
    cons->syncing = false;
}

/* Heights claimed by peers are hints: they start one request, they change nothing. */
static void help_self(struct cons *cons, uint16_t from)
{
    if (cons->syncing && cons->now_ms < cons->sync_ms) {
        return;
    }
    if (cons->syncing) {
        note_unanswered(cons);
    }
    if (cons->now_ms < cons->peers[from].sync_from_ms) {
        return;
    }
    cons->syncing = true;
    cons->sync_peer = from;
    cons->sync_ms = cons->now_ms + cons->params.sync_ms;
    struct cons_action *action = out_add(cons, CONS_A_SYNC);
    action->u.sync.peer = from;
    action->u.sync.from_height = cons->delivered_height + 1;
}

void help_peer(struct cons *cons, uint16_t from, const struct cons_hints *hints)
{
    if (from >= cons->count || from == cons->self) {
        return;
    }
    if (hints->epoch < cons->epoch) {
        send_status(cons, from);
        return;
    }
    if (MUTANT(MUTANT_HEIGHT_BELIEVED) && hints->final_height > cons->delivered_height + 1) {
        cons->delivered_height = hints->final_height - 2;
    }
    if (hints->epoch > cons->epoch || hints->final_height > cons->delivered_height + 1) {
        help_self(cons, from);
    }
    if (hints->epoch != cons->epoch) {
        return;
    }
    cons->peers[from].level = hints->level;
    cons->peers[from].has_level = true;
    if (MUTANT(MUTANT_NO_HELP) || MUTANT(MUTANT_NO_R9)) {
        return;
    }
    if (hints->view < cons->view) {
        help_view(cons, from, hints->view);
    }
    if (hints->final_view < final_view(cons)) {
        help_final(cons, from, hints->final_view);
    }
}

/* Is there a stored vote of this kind, old enough to be sent again? */
static bool is_due(const struct cons *cons, enum vote_kind kind)
{
    return cons->has_own[kind] && cons->now_ms >= cons->resend_from_ms[kind];
}

static void resend_notarize(struct cons *cons)
{
    const struct vote *vote = &cons->own[VOTE_NOTARIZE];
    if (cons_leader(cons, cons->view) == cons->self) {
        struct cons_send body = out_message(CONS_M_BODY);
        body.view = cons->view;
        body.block_id = vote->block_id;
        out_bcast(cons, &body);
    }
    cast_send(cons, vote);
}

void help_resend(struct cons *cons)
{
    const bool may_send = cons->self != CONS_NONE && !cons->muted && !MUTANT(MUTANT_NO_RESEND);
    if (may_send && is_due(cons, VOTE_NOTARIZE) && cons->own[VOTE_NOTARIZE].view == cons->view) {
        resend_notarize(cons);
    }
    /* An idle network keeps quiet (G10): f + 1 others who need this vote make us active by theirs.
     */
    if (may_send && is_due(cons, VOTE_NULLIFY) && cons->own[VOTE_NULLIFY].view == cons->view &&
        timer_active(cons)) {
        cast_send(cons, &cons->own[VOTE_NULLIFY]);
    }
    if (may_send && is_due(cons, VOTE_FINALIZE) &&
        cons->own[VOTE_FINALIZE].view > final_view(cons)) {
        cast_send(cons, &cons->own[VOTE_FINALIZE]);
    }
    const struct cons_send status = out_message(CONS_M_STATUS);
    out_bcast(cons, &status);
}

/* R2b: the leader of the view just entered learns that it may begin. */
void help_relay(struct cons *cons)
{
    if (!cons->relay_due || MUTANT(MUTANT_NO_RELAY)) {
        return;
    }
    cons->relay_due = false;
    const uint16_t leader = cons_leader(cons, cons->view);
    if (cons->self == CONS_NONE || leader == cons->self || cons->view == 1) {
        return;
    }
    struct cons_send send = out_message(CONS_M_CERT);
    out_attach_just(cons, &send);
    out_send(cons, leader, &send);
}
