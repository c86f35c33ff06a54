/* SPDX-License-Identifier: Apache-2.0 */
/* cons_step: one event is handed to its rule, then one deterministic fix-point (R15) draws all
 * conclusions: tallies, finality, propose, vote, timers. No rule calls back into it. */

#include "consensus/cons.h"

#include "consensus/state.h"

#include <string.h>

/* Each round of the fix-point enters a view, delivers, or casts; one event cannot do more. */
#define PROGRESS_ROUNDS 32

struct cons_params cons_params_default(void)
{
    return (struct cons_params){.t0_ms = 1000,
                                .t_max_ms = 10000,
                                .t_skip_ms = 20,
                                .rtx_ms = 1000,
                                .idle_ms = 5000,
                                .start_ms = 100,
                                .reply_ms = 500,
                                .lag_ms = 200,
                                .push_ms = 100,
                                .fetch_ms = 300,
                                .sync_ms = 2000,
                                .heartbeat_ms = 60000,
                                .depth_full = 8};
}

size_t cons_size(uint32_t count)
{
    assert(count >= LIMIT_VALIDATORS_MIN);
    assert(count <= LIMIT_VALIDATORS);
    return sizeof(struct cons) + (size_t)TALLY_SLOTS * count * 3 * sizeof(struct tally_vote);
}

struct cons *cons_init(void *memory, size_t size, const struct cons_setup *setup)
{
    const struct valset *set = setup->validators;
    assert(memory != NULL);
    assert((uintptr_t)memory % 16 == 0);
    assert(size >= cons_size(set->count));
    assert(setup->self < set->count || setup->self == CONS_NONE);
    assert(setup->params.t0_ms > 0);
    struct cons *cons = memory;
    memset(cons, 0, sizeof *cons);
    cons->validators = *set;
    cons->count = set->count;
    cons->faulty = quorum_faulty(set->count);
    cons->quorum = MUTANT(MUTANT_QUORUM) ? cons->faulty + 1 : quorum_size(set->count);
    cons->self = setup->self;
    cons->epoch = set->epoch;
    cons->params = setup->params;
    cons->genesis_id = setup->genesis_id;
    cons->genesis_height = setup->genesis_height;
    cons->delivered_id = setup->genesis_id;
    cons->delivered_height = setup->genesis_height;
    cons->view = 1;
    cons->hold = 1;
    cons_leader_order(set, cons->order);
    return cons;
}

static void on_vote(struct cons *cons, const struct vote *vote)
{
    if (vote->epoch != cons->epoch) {
        return;
    }
    cast_watch_key(cons, vote);
    tally_add(cons, vote);
    /* R7: the leader itself gave its view up. */
    if (vote->kind == VOTE_NULLIFY && vote->view == cons->view &&
        vote->signer == cons_leader(cons, cons->view)) {
        cast_nullify(cons);
    }
}

static void on_proposal(struct cons *cons, const struct cons_msg *msg)
{
    const struct vote *vote = msg->vote;
    if (vote == NULL || vote->kind != VOTE_NOTARIZE || vote->epoch != cons->epoch ||
        vote->view < 1 ||
        (vote->signer != cons_leader(cons, vote->view) && !MUTANT(MUTANT_ANY_LEADER))) {
        return;
    }
    if (msg->block == NULL || msg->just == NULL) {
        on_vote(cons, vote);
        return;
    }
    uint64_t parent_view = 0;
    struct hash parent_id = cons->genesis_id;
    const bool justified = view_absorb(cons, msg->just, vote->view, &parent_view, &parent_id);
    on_vote(cons, vote);
    if (justified) {
        propose_receive(cons, msg, parent_view, &parent_id);
    }
}

static void on_message(struct cons *cons, const struct cons_msg *msg)
{
    uint64_t parent_view = 0;
    struct hash parent_id = cons->genesis_id;
    if (msg->epoch != cons->epoch) {
        return;
    }
    switch (msg->kind) {
    case CONS_M_PROPOSE:
        on_proposal(cons, msg);
        break;
    case CONS_M_NULLIFY:
        if (msg->just != NULL && msg->vote != NULL) {
            (void)view_absorb(cons, msg->just, msg->vote->view, &parent_view, &parent_id);
        } else if (msg->just != NULL) {
            (void)view_absorb(cons, msg->just, msg->view, &parent_view, &parent_id);
        }
        if (msg->vote != NULL) {
            on_vote(cons, msg->vote);
        }
        break;
    case CONS_M_NOTARIZE:
    case CONS_M_FINALIZE:
        if (msg->vote != NULL) {
            on_vote(cons, msg->vote);
        }
        break;
    case CONS_M_CERT:
        if (msg->just != NULL) {
            (void)view_absorb(cons, msg->just, msg->view, &parent_view, &parent_id);
        }
        break;
    case CONS_M_FINAL:
        if (msg->final != NULL && msg->final->kind == VOTE_FINALIZE &&
            msg->final->epoch == cons->epoch) {
            view_learn(cons, msg->final);
        }
        break;
    case CONS_M_STATUS:
    case CONS_M_BODY:
        break;
    }
}

static void on_timer(struct cons *cons, enum cons_timer timer)
{
    switch (timer) {
    case CONS_TIMER_VIEW:
        cast_nullify(cons);
        break;
    case CONS_TIMER_GRACE:
        cons->grace_over = true;
        break;
    case CONS_TIMER_RTX:
        timer_idle(cons);
        help_resend(cons);
        timer_set(cons, CONS_TIMER_RTX,
                  timer_active(cons) ? cons->params.rtx_ms : cons->params.idle_ms);
        break;
    case CONS_TIMER_HEARTBEAT:
        cons->heartbeat_due = true;
        break;
    case CONS_TIMER_LISTEN:
        cons->listening = false;
        break;
    case CONS_TIMER_FETCH:
        break; /* progress asks again for what is still missing */
    case CONS_TIMER_COUNT:
        assert(false);
        break;
    }
}

static void on_body(struct cons *cons, const struct cons_block *block)
{
    if (block->header.epoch != cons->epoch || block->header.height <= cons->delivered_height) {
        return;
    }
    struct tree_block *held = tree_find(cons, &block->id);
    if (held == NULL && tree_wants(cons, &block->id)) {
        held = tree_put(cons, block);
    }
    if (held != NULL) {
        held->has_body = true;
    }
    for (uint32_t i = 0; i < FETCH_MAX; i++) {
        if (cons->fetches[i].used && hash_equal(&cons->fetches[i].id, &block->id)) {
            cons->fetches[i].used = false;
        }
    }
}

static void handle(struct cons *cons, const struct cons_event *event)
{
    switch (event->kind) {
    case CONS_E_START:
        recover_start(cons, event->u.start);
        break;
    case CONS_E_MSG:
        on_message(cons, event->u.msg.msg);
        break;
    case CONS_E_TIMER:
        if (timer_fired(cons, event->u.timer.timer, event->u.timer.generation)) {
            on_timer(cons, event->u.timer.timer);
        }
        break;
    case CONS_E_BUILT:
        propose_built(cons, event->u.built.view, event->u.built.block, event->u.built.idle);
        break;
    case CONS_E_VALIDATED:
        tree_verdict(cons, &event->u.validated.block_id, event->u.validated.verdict);
        break;
    case CONS_E_BODY:
        on_body(cons, event->u.body.block);
        break;
    case CONS_E_PERSISTED:
        cast_persisted(cons, event->u.persisted.token, event->u.persisted.vote);
        break;
    case CONS_E_REFUSED:
        cast_refused(cons, event->u.refused.token);
        break;
    case CONS_E_WORK:
        cons->work = event->u.work.work;
        break;
    case CONS_E_SYNCED:
        final_synced(cons, event->u.synced.block, event->u.synced.final);
        break;
    }
}

static void progress(struct cons *cons)
{
    bool changed = true;
    for (int round = 0; changed; round++) {
        assert(round < PROGRESS_ROUNDS);
        changed = tally_settle(cons);
        changed |= final_deliver(cons);
        changed |= propose_lead(cons);
        changed |= propose_vote(cons);
    }
    final_watch_tip(cons);
    timer_settle(cons);
}

void cons_step(struct cons *cons, const struct cons_event *event, struct cons_actions *actions)
{
    assert(cons->started == (event->kind != CONS_E_START));
    assert(event->now_ms >= cons->now_ms);
    assert(cons->out == NULL);
    actions->count = 0;
    actions->cert_count = 0;
    cons->out = actions;
    cons->now_ms = event->now_ms;
    cons->just_view = 0;
    handle(cons, event);
    progress(cons);
    if (event->kind == CONS_E_MSG) {
        help_peer(cons, event->u.msg.from, &event->u.msg.hints);
    }
    help_relay(cons);
    cons->out = NULL;
}
