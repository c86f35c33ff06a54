/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has shown of the rules (consensus.md 4.2, point 4): read off the event, the actions
 * and the states before and after, so the core knows nothing of it. */
#include "ledger/chain/types.h"
#include "tools/sim/world.h"

/* An act of NULLIFY: what was it that happened? */
static void count_nullify(struct sim_counters *counters, const struct cons_event *event)
{
    counters->null_timer += event->kind == CONS_E_TIMER;
    counters->null_build += event->kind == CONS_E_BUILT && event->u.built.block == NULL;
    counters->null_invalid +=
        event->kind == CONS_E_VALIDATED && event->u.validated.verdict == CONS_INVALID;
    counters->null_leader += event->kind == CONS_E_MSG && event->u.msg.msg->kind == CONS_M_NULLIFY;
}

static void count_evidence(struct sim_counters *counters, enum cons_evidence_kind kind)
{
    counters->two_notarize += kind == CONS_TWO_NOTARIZE;
    counters->finalize_nullify += kind == CONS_FINALIZE_NULLIFY;
    counters->two_finalize += kind == CONS_TWO_FINALIZE;
    counters->false_lock += kind == CONS_FALSE_LOCK;
    counters->two_nullify += kind == CONS_TWO_NULLIFY;
}

/* A certificate to one peer is help for who spoke, or a word to the leader of the view entered. */
static void count_send(struct sim_counters *counters, const struct cons_event *event,
                       const struct cons_action *action)
{
    const enum cons_msg_kind kind = action->u.send.msg.kind;
    const bool answer = event->kind == CONS_E_MSG && event->u.msg.from == action->u.send.peer &&
                        event->u.msg.hints.view < action->u.send.msg.view;
    counters->sent++;
    counters->helped_view += kind == CONS_M_CERT && answer;
    counters->relayed += kind == CONS_M_CERT && !answer;
    counters->helped_final += kind == CONS_M_FINAL;
}

static void count_action(struct sim_counters *counters, const struct cons_event *event,
                         const struct cons_action *action)
{
    switch (action->kind) {
    case CONS_A_CAST:
        if (action->u.cast.vote.kind == VOTE_NULLIFY) {
            count_nullify(counters, event);
        }
        break;
    case CONS_A_APPEND:
        counters->appended++;
        break;
    case CONS_A_SEND:
        count_send(counters, event, action);
        break;
    case CONS_A_BCAST:
        counters->broadcast++;
        break;
    case CONS_A_SET_TIMER:
        counters->timers_set++;
        break;
    case CONS_A_CANCEL_TIMER:
        counters->timers_cancelled++;
        break;
    case CONS_A_BUILD:
        counters->builds++;
        break;
    case CONS_A_CANCEL_BUILD:
        counters->builds_cancelled++;
        break;
    case CONS_A_SYNC:
        counters->helped_self++;
        break;
    case CONS_A_DELIVER:
        counters->delivered++;
        counters->redelivered += event->kind == CONS_E_START;
        break;
    case CONS_A_PRUNE:
        counters->pruned++;
        break;
    case CONS_A_EVIDENCE:
        count_evidence(counters, action->u.evidence.kind);
        break;
    case CONS_A_VALIDATE: /* counted where they are carried out, */
    case CONS_A_FETCH:
    case CONS_A_ALARM: /* and these end a run */
    case CONS_A_HALT:
        break;
    }
}

/* Every signature of it is good: does it justify this view? */
static void count_just(struct sim_counters *counters, const struct just *just, uint64_t view)
{
    const uint64_t parent = just->has_cert ? just->cert.view : 0;
    switch (just->kind) {
    case JUST_EPOCH_START:
        counters->just_start += view == 1;
        counters->bad_start += view != 1;
        break;
    case JUST_NEXT:
        counters->just_next += parent + 1 == view;
        counters->bad_next += parent + 1 != view;
        break;
    case JUST_SKIP: {
        const bool before = just->nullified.view + 1 == view;
        const bool late = parent + 1 >= view;
        const bool locked = cert_max_lock(&just->nullified) > parent;
        counters->just_skip += before && !late && !locked;
        counters->bad_skip += !before;
        counters->bad_parent += late;
        counters->bad_lock += locked;
        break;
    }
    }
}

static void count_views(struct sim_counters *counters, const struct sim_node *node,
                        const struct cons_status *before, const struct cons_status *now)
{
    if (now->view <= before->view + 1) {
        return;
    }
    if (now->high_view + 1 != now->view) {
        counters->jump_nullified++;
    } else if (cons_high_cert(node->cons)->kind == VOTE_FINALIZE) {
        counters->jump_final++;
    } else {
        counters->jump_notarized++;
    }
}

static void count_level(struct sim_counters *counters, const struct sim_node *node,
                        const struct cons_status *now, uint32_t faulty)
{
    const uint32_t own = cons_hints(node->cons).level;
    const uint64_t views = (now->view - now->final_view - 1) / (faulty + 2);
    counters->level_hints += now->level > own;
    counters->level_sticky += own > views;
    counters->level_views += own == views && own > 0;
}

static void count_restart(struct sim_counters *counters, const struct sim_node *node,
                          const struct cons_status *now)
{
    const struct vote *last = cons_own_vote(node->cons, VOTE_FINALIZE);
    counters->restart_finalized += last != NULL && last->view + 1 == now->view;
    counters->restart_nothing += now->phase == 0;
    counters->restart_notarized += now->phase == 1;
    counters->restart_nullified += now->phase == 2;
}

void coverage_step(struct world *world, const struct sim_node *node, const struct cons_event *event,
                   const struct cons_status *before)
{
    struct sim_counters *counters = &world->result.counters;
    const struct cons_status now = cons_status(node->cons);
    for (uint32_t i = 0; i < world->actions->count; i++) {
        count_action(counters, event, &world->actions->items[i]);
    }
    if (event->kind == CONS_E_START) {
        count_restart(counters, node, &now);
        return;
    }
    if (event->kind == CONS_E_MSG && event->u.msg.msg->just != NULL) {
        const struct cons_msg *msg = event->u.msg.msg;
        count_just(counters, msg->just, msg->vote != NULL ? msg->vote->view : msg->view);
    }
    count_views(counters, node, before, &now);
    count_level(counters, node, &now, quorum_faulty(world->count));
}
