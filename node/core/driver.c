/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what happens into events of the state machine and carries out its actions, in their order,
 * before the next event. Answers that come up while an action is carried out are queued, so the
 * machine is never entered twice at once. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *node_alloc(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

struct bytes node_copy(struct bytes in)
{
    if (in.size == 0) {
        return bytes_of(NULL, 0);
    }
    uint8_t *data = node_alloc(in.size);
    memcpy(data, in.data, in.size);
    return bytes_of(data, in.size);
}

void node_fail(struct node *node, enum node_stop_reason reason, const char *why)
{
    if (node->failed) {
        return;
    }
    node->failed = true;
    node->halted = true;
    node->reason = reason;
    (void)snprintf(node->not_voting_why, sizeof node->not_voting_why, "%s",
                   NODE_MUTANT(NODE_MUTANT_SILENT_STOP) ? "" : why);
    env_logf(node->env, reason == NODE_STOP_ASKED ? ENV_INFO : ENV_ERROR, "node",
             "stopped voting: %s", why);
    node->env->metric_set(node->env->context, "seam_node_halted", NULL, 1);
}

/* --- jobs ----------------------------------------------------------------------------------------
 */

bool node_job_start(struct node *node, enum env_executor executor, struct node_job *job)
{
    job->node = node;
    if (!node->env->job_start(node->env->context, executor, &job->job)) {
        return false;
    }
    node->jobs++;
    return true;
}

void node_job_ended(struct node *node)
{
    assert(node->jobs > 0);
    node->jobs--;
}

/* --- actions -------------------------------------------------------------------------------------
 */

static void set_timer(struct node *node, const struct cons_action *action)
{
    const enum cons_timer timer = action->u.timer.timer;
    node->generations[timer] = action->u.timer.generation;
    node->env->timer_set(node->env->context, (uint32_t)timer, action->u.timer.delay_ms);
}

static void deliver(struct node *node, const struct cons_action *action)
{
    struct block *block = block_find(node, &action->u.deliver.block_id);
    if (block == NULL || block->state == NULL) {
        node_fail(node, NODE_STOP_DIVERGENCE, "a block became final that was never executed here");
        return;
    }
    struct bytes finalization = bytes_of(NULL, 0);
    if (action->u.deliver.cert != CONS_NO_CERT) {
        const struct cert *cert = &node->actions->certs[action->u.deliver.cert];
        const size_t size = cert_size(cert);
        uint8_t *data = node_alloc(size);
        struct writer writer = writer_of(data, size);
        cert_write(&writer, cert);
        finalization = bytes_of(data, size);
    }
    commit_deliver(node, block, finalization, false);
}

static void evidence(struct node *node, const struct cons_action *action)
{
    uint8_t raw[VOTE_SIZE];
    char a[2 * VOTE_SIZE + 1];
    vote_encode(raw, &action->u.evidence.a);
    hex_encode(a, bytes_of(raw, sizeof raw));
    env_logf(node->env, ENV_ERROR, "consensus",
             "validator %u signed two contradicting votes in view %llu (kind %d): %s",
             action->u.evidence.a.signer, (unsigned long long)action->u.evidence.a.view,
             (int)action->u.evidence.kind, a);
    vote_encode(raw, &action->u.evidence.b);
    hex_encode(a, bytes_of(raw, sizeof raw));
    env_logf(node->env, ENV_ERROR, "consensus", "the other vote: %s", a);
    node->env->metric_add(node->env->context, "seam_consensus_double_votes_total", NULL, 1);
}

static void alarm_raised(struct node *node, const struct cons_action *action)
{
    static const char *const texts[] = {
        [CONS_ALARM_DIVERGENCE] = "this node computes another result than the others",
        [CONS_ALARM_SAFETY] = "two final blocks contradict each other",
        [CONS_ALARM_IMPOSSIBLE] = "a justification that cannot exist was refused",
        [CONS_ALARM_OWN_KEY] = "this consensus key votes somewhere else: muted for ever",
        [CONS_ALARM_REFUSED] = "the signer's guard refused a vote",
    };
    const enum cons_alarm code = action->u.alarm.code;
    env_logf(node->env, ENV_ERROR, "consensus", "%s (view %llu)", texts[code],
             (unsigned long long)action->u.alarm.view);
    node->env->metric_add(node->env->context, "seam_node_alarms_total", NULL, 1);
    if (code == CONS_ALARM_OWN_KEY && !NODE_MUTANT(NODE_MUTANT_OWN_KEY_IGNORED)) {
        casting_mute(node);
    }
    if (code == CONS_ALARM_DIVERGENCE || code == CONS_ALARM_SAFETY) {
        node_fail(node, NODE_STOP_DIVERGENCE, texts[code]);
    }
}

static void perform(struct node *node, const struct cons_action *action)
{
    switch (action->kind) {
    case CONS_A_CAST:
        casting_cast(node, action);
        break;
    case CONS_A_APPEND:
        casting_append(node, &node->actions->certs[action->u.append.cert]);
        break;
    case CONS_A_SEND:
    case CONS_A_BCAST:
        messages_send(node, action);
        break;
    case CONS_A_SET_TIMER:
        set_timer(node, action);
        break;
    case CONS_A_CANCEL_TIMER:
        node->env->timer_cancel(node->env->context, (uint32_t)action->u.timer.timer);
        break;
    case CONS_A_BUILD:
        execute_build(node, action);
        break;
    case CONS_A_CANCEL_BUILD:
        node->build_view = 0;
        break;
    case CONS_A_VALIDATE:
        execute_validate(node, action);
        break;
    case CONS_A_FETCH:
        fetch_block(node, &action->u.fetch.block_id, action->u.fetch.peers);
        break;
    case CONS_A_SYNC:
        sync_start(node, action->u.sync.peer, action->u.sync.from_height);
        break;
    case CONS_A_DELIVER:
        deliver(node, action);
        break;
    case CONS_A_PRUNE:
        blocks_prune(node, action->u.prune.height);
        break;
    case CONS_A_EVIDENCE:
        evidence(node, action);
        break;
    case CONS_A_ALARM:
        alarm_raised(node, action);
        break;
    case CONS_A_HALT:
        node_fail(node, NODE_STOP_DIVERGENCE, "the state machine halted");
        break;
    }
}

static void step(struct node *node, struct cons_event *event)
{
    assert(!node->stepping);
    node->stepping = true;
    event->now_ms = node->env->now_ms(node->env->context);
    cons_step(node->cons, event, node->actions);
    for (uint32_t i = 0; i < node->actions->count; i++) {
        perform(node, &node->actions->items[i]);
    }
    node->stepping = false;
}

/* --- events --------------------------------------------------------------------------------------
 */

void node_queue(struct node *node, const struct queued *event)
{
    assert(node->queue_count < NODE_QUEUE_MAX);
    node->queue[(node->queue_first + node->queue_count++) % NODE_QUEUE_MAX] = *event;
}

static void queued_release(struct queued *queued)
{
    block_drop(queued->block);
    free(queued->final);
}

static void step_queued(struct node *node, struct queued *queued)
{
    struct cons_block block;
    struct cons_event event = {0};
    if (queued->block != NULL) {
        block.id = queued->block->id;
        block.header = queued->block->header;
    }
    switch (queued->kind) {
    case QUEUED_BUILT:
        event.kind = CONS_E_BUILT;
        event.u.built.view = queued->view;
        event.u.built.idle = queued->idle;
        event.u.built.block = queued->block == NULL ? NULL : &block;
        break;
    case QUEUED_VALIDATED:
        event.kind = CONS_E_VALIDATED;
        event.u.validated.block_id = queued->block_id;
        event.u.validated.verdict = queued->verdict;
        break;
    case QUEUED_BODY:
        event.kind = CONS_E_BODY;
        event.u.body.block = &block;
        break;
    case QUEUED_PERSISTED:
        event.kind = CONS_E_PERSISTED;
        event.u.persisted.token = queued->token;
        event.u.persisted.vote = &queued->vote;
        break;
    case QUEUED_REFUSED:
        event.kind = CONS_E_REFUSED;
        event.u.refused.token = queued->token;
        break;
    case QUEUED_SYNCED:
        event.kind = CONS_E_SYNCED;
        event.u.synced.block = &block;
        event.u.synced.final = queued->final;
        break;
    }
    step(node, &event);
    queued_release(queued);
}

/* hint shows the state machine what a peer said of itself. */
void node_hint(struct node *node, uint32_t number)
{
    const struct peer *peer = &node->peers[number];
    const struct cons_msg msg = {.kind = CONS_M_STATUS};
    struct cons_event event = {
        .kind = CONS_E_MSG,
        .u.msg = {.from = peer->validator >= 0 ? (uint16_t)peer->validator : (uint16_t)CONS_NONE,
                  .hints = peer->hints,
                  .msg = &msg}};
    if (peer->up && node->started && !node->failed) {
        step(node, &event);
    }
}

/* hint_all: after a window, ask for the next one now and not when somebody speaks again. Everyone
 * is shown, since whoever claims most may be one that is not asked any more. */
static void hint_all(struct node *node)
{
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        const struct peer *peer = &node->peers[i];
        if (peer->up && peer->greeted && peer->validator >= 0 &&
            peer->hints.final_height > node->head.height) {
            node_hint(node, i);
        }
    }
}

static void drain(struct node *node)
{
    while (node->queue_count > 0 && !node->failed) {
        struct queued queued = node->queue[node->queue_first];
        node->queue_first = (node->queue_first + 1) % NODE_QUEUE_MAX;
        node->queue_count--;
        step_queued(node, &queued);
        if (queued.kind == QUEUED_SYNCED) {
            hint_all(node);
        }
    }
    while (node->queue_count > 0) {
        queued_release(&node->queue[node->queue_first]);
        node->queue_first = (node->queue_first + 1) % NODE_QUEUE_MAX;
        node->queue_count--;
    }
}

void node_event(struct node *node, struct cons_event *event)
{
    drain(node);
    if (!node->failed && node->started) {
        step(node, event);
    }
}

/* work_may_grow: the first transaction of many is here and others are at the door. A block of one
 * costs as many votes and syncs as a block of all of them. */
static bool work_may_grow(struct node *node)
{
    if (node->door_jobs == 0 || pool_ready_count(node->pool) >= NODE_WORK_ENOUGH) {
        return false;
    }
    if (!node->work_waits) {
        node->work_waits = true;
        node->work_over = false;
        node->env->timer_set(node->env->context, NODE_TIMER_WORK, NODE_WORK_WAIT_MS);
    }
    return !node->work_over;
}

static void work_stop_waiting(struct node *node)
{
    if (node->work_waits) {
        node->work_waits = false;
        node->env->timer_cancel(node->env->context, NODE_TIMER_WORK);
    }
}

/* tell_work says whether the pool has something to build with, when that has changed. */
static void tell_work(struct node *node)
{
    blocks_mark(node);
    const bool work = pool_ready_count(node->pool) > 0;
    if (work && !node->work_told && work_may_grow(node)) {
        return;
    }
    work_stop_waiting(node);
    if (work == node->work_told || node->failed || !node->started) {
        return;
    }
    node->work_told = work;
    struct cons_event event = {.kind = CONS_E_WORK, .u.work.work = work};
    step(node, &event);
}

void node_settle(struct node *node)
{
    assert(!node->stepping);
    for (int round = 0; round < 4; round++) {
        drain(node);
        tell_work(node);
    }
    drain(node);
    gossip_flush(node, false);
    casting_flush(node, false);
    commit_flush(node);
    commit_index(node);
}

/* --- entry points that belong to nobody else
 * -------------------------------------------------------- */

void node_on_job_done(struct node *node, struct env_job *job)
{
    job->done(job);
    node_settle(node);
}

static void tick(struct node *node)
{
    door_tick(node);
    fetch_sweep(node);
    blocks_sweep(node);
    casting_flush(node, true);
    const struct env *env = node->env;
    const struct cons_status status = cons_status(node->cons);
    env->metric_set(env->context, "seam_consensus_view", NULL, (int64_t)status.view);
    env->metric_set(env->context, "seam_ledger_height", NULL, (int64_t)node->head.height);
    env->metric_set(env->context, "seam_consensus_timeout_level", NULL, (int64_t)status.level);
    env->metric_set(env->context, "seam_consensus_views_without_finality", NULL,
                    (int64_t)(status.view - status.final_view));
    env->metric_set(env->context, "seam_mempool_transactions", NULL,
                    (int64_t)pool_count(node->pool));
    env->metric_set(env->context, "seam_log_size_bytes", NULL, (int64_t)node->log_bytes);
    env->timer_set(env->context, NODE_TIMER_TICK, NODE_TICK_MS);
}

/* retry asks again about blocks whose time lay ahead of our clock (V6: wait, do not refuse). */
static void retry(struct node *node)
{
    for (size_t i = 0; i < sizeof node->retry / sizeof node->retry[0]; i++) {
        if (!hash_is_zero(&node->retry[i])) {
            struct queued queued = {
                .kind = QUEUED_VALIDATED, .block_id = node->retry[i], .verdict = CONS_UNABLE};
            memset(&node->retry[i], 0, sizeof node->retry[i]);
            node_queue(node, &queued);
        }
    }
}

void node_on_timer(struct node *node, uint32_t timer)
{
    if (timer < CONS_TIMER_COUNT) {
        struct cons_event event = {.kind = CONS_E_TIMER,
                                   .u.timer.timer = (enum cons_timer)timer,
                                   .u.timer.generation = node->generations[timer]};
        node_event(node, &event);
    } else if (timer == NODE_TIMER_TICK) {
        tick(node);
    } else if (timer == NODE_TIMER_SYNC) {
        sync_on_timer(node);
    } else if (timer == NODE_TIMER_RETRY) {
        retry(node);
    } else if (timer == NODE_TIMER_GOSSIP) {
        node->gossip_waits = false;
        gossip_flush(node, true);
    } else if (timer == NODE_TIMER_WORK) {
        node->work_over = true;
    } else if (timer == NODE_TIMER_SERVE) {
        node->serve_waits = false;
        peers_serve(node);
    } else if (timer == NODE_TIMER_INDEX) {
        node->index_waits = false;
        node->index_stuck = false;
    }
    node_settle(node);
}

bool node_failed(const struct node *node, enum node_stop_reason *reason)
{
    if (node->failed && reason != NULL) {
        *reason = node->reason;
    }
    return node->failed;
}

const struct cons *node_consensus(const struct node *node)
{
    return node->cons;
}

const struct valset *node_valset(const struct node *node)
{
    return &node->valset;
}
