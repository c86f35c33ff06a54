/* SPDX-License-Identifier: Apache-2.0 */
/* A driver: feeds the state machine and carries out what it asks for, against the simulated disk,
 * network and application. What a real driver promises to the core is asserted here. */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>

static void *allocate(size_t size)
{
    void *memory = aligned_alloc(16, (size + 15) / 16 * 16);
    assert(memory != NULL);
    return memory;
}

void member_open(struct world *world, uint16_t index)
{
    struct sim_node *node = &world->nodes[index];
    node->index = index;
    const size_t size = cons_size(world->count);
    node->cons_memory = allocate(size);
    node->shadow_memory = world->options.shadow ? allocate(size) : NULL;
    node->chain = calloc(WORLD_BLOCKS, sizeof *node->chain);
    node->has_body = calloc(WORLD_BLOCKS, 1);
    node->in_log = calloc(WORLD_BLOCKS, 1);
    assert(node->chain != NULL);
    assert(node->has_body != NULL);
    assert(node->in_log != NULL);
    node->has_body[0] = 1;
}

void member_close(struct sim_node *node)
{
    free(node->cons_memory);
    free(node->shadow_memory);
    free(node->chain);
    free(node->has_body);
    free(node->in_log);
    free(node->log);
    free(node->sent);
    for (uint32_t i = 0; i < node->history_count; i++) {
        packet_drop(node->history[i]);
    }
}

void member_start(struct world *world, struct sim_node *node)
{
    const struct cons_setup setup = {.validators = &world->validators,
                                     .self = node->index,
                                     .params = world->params,
                                     .genesis_id = world->blocks[0].block.id};
    node->cons = cons_init(node->cons_memory, cons_size(world->count), &setup);
    node->shadow = world->options.shadow
                       ? cons_init(node->shadow_memory, cons_size(world->count), &setup)
                       : NULL;
    node->up = true;
    node->life++;
    node->work = false;
    node->view = node->high = node->final = 0;
    node->sync_free_at = world->now;
    disk_recover(world, node, world->recovered);
    struct cons_event event = {.kind = CONS_E_START, .u.start = world->recovered};
    member_step(world, node, &event);
}

void member_crash(struct world *world, struct sim_node *node, bool wipe)
{
    if (!node->up) {
        return;
    }
    trace_say(world, node, wipe ? "CRASH, log and database lost" : "CRASH");
    world->result.counters.crashes++;
    node->up = false;
    node->life++;
    const uint32_t synced = node->log_synced;
    disk_lose(world, node, wipe);
    const struct sim_observer *observer = world->options.observer;
    if (observer != NULL && node->role == SIM_HONEST) {
        observer->lost(observer->context, node->index, wipe ? synced : node->log_count, wipe);
    }
}

/* ---- actions -------------------------------------------------------------------------------- */

static bool log_has_cert(const struct sim_node *node, enum vote_kind kind, uint64_t view,
                         const struct hash *id)
{
    for (uint32_t i = node->log_count; i > 0; i--) {
        const struct record *record = &node->log[i - 1];
        if (record->kind == RECORD_CERT && record->cert->view == view &&
            (record->cert->kind == kind ||
             (kind == VOTE_NOTARIZE && record->cert->kind == VOTE_FINALIZE)) &&
            (id == NULL || hash_equal(&record->cert->block_id, id))) {
            return true;
        }
    }
    return false;
}

/* The table of 2.9: what must be in the log before this vote. */
static void check_cast(struct world *world, struct sim_node *node, const struct vote *vote)
{
    const uint64_t lock = vote->kind == VOTE_NULLIFY ? vote->lock_view : 0;
    const bool in_database = lock > 0 && node->chain[node->height].batch_final != NULL &&
                             node->chain[node->height].batch_final->view >= lock;
    if (lock > 0 && !in_database && !log_has_cert(node, VOTE_NOTARIZE, lock, NULL)) {
        world_fail(world, node->index, "NULLIFY without its lock's certificate in the log");
    }
    if (vote->kind == VOTE_FINALIZE &&
        !log_has_cert(node, VOTE_NOTARIZE, vote->view, &vote->block_id)) {
        world_fail(world, node->index, "I6: FINALIZE without N in the log");
    }
    if (vote->kind == VOTE_NOTARIZE && !node->has_body[blocks_find(world, &vote->block_id)]) {
        world_fail(world, node->index, "I9: NOTARIZE without the body");
    }
}

static uint64_t sync_delay(struct world *world)
{
    if (world->fixed_delay > 0) {
        return world->sync_time;
    }
    return rng_percent(&world->rng, 5) ? rng_between(&world->rng, 10000, 200000) : 2000;
}

static void count_cast(struct world *world, const struct sim_node *node, const struct vote *vote)
{
    struct sim_counters *counters = &world->result.counters;
    counters->casts++;
    counters->notarize += vote->kind == VOTE_NOTARIZE ? 1 : 0;
    counters->nullify += vote->kind == VOTE_NULLIFY ? 1 : 0;
    counters->finalize += vote->kind == VOTE_FINALIZE ? 1 : 0;
    counters->jump_finalize += vote->kind == VOTE_FINALIZE && vote->view > node->view ? 1 : 0;
    counters->lock_carried += vote->kind == VOTE_NULLIFY && vote->lock_view > 0 ? 1 : 0;
}

static void release(struct world *world, struct sim_node *node, struct vote *vote)
{
    oracle_sign(world, vote);
    if (node->role == SIM_HONEST) {
        oracle_released(world, node, vote);
    }
}

static void observe_cast(struct world *world, const struct sim_node *node, uint32_t number)
{
    const struct sim_observer *observer = world->options.observer;
    const struct vote *vote = &node->log[number].vote;
    if (observer == NULL || node->role != SIM_HONEST) {
        return;
    }
    const uint32_t block =
        vote->kind == VOTE_NULLIFY ? NO_BLOCK : blocks_find(world, &vote->block_id);
    observer->cast(observer->context, node->index, number, vote,
                   block == NO_BLOCK ? NULL : &world->blocks[block].block);
}

static void observe_cert(const struct world *world, const struct sim_node *node,
                         const struct cert *cert)
{
    const struct sim_observer *observer = world->options.observer;
    if (observer != NULL && node->role == SIM_HONEST) {
        observer->learnt(observer->context, node->index, cert);
    }
}

static void do_cast(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    struct record record = {.kind = RECORD_BLOCK, .vote = action->u.cast.vote};
    if ((action->u.cast.records & CONS_RECORD_BLOCK) != 0) {
        record.block = blocks_find(world, &action->u.cast.block_id);
        assert(record.block != NO_BLOCK);
        if (!node->in_log[record.block]) {
            (void)disk_append(node, &record);
        }
    }
    if (node->role == SIM_HONEST) {
        check_cast(world, node, &action->u.cast.vote);
        count_cast(world, node, &action->u.cast.vote);
    } else {
        adversary_cast(world, node, &record.vote);
    }
    record.kind = RECORD_VOTE;
    const uint32_t number = disk_append(node, &record);
    observe_cast(world, node, number);
    if (world->options.bug == SIM_BUG_EARLY_RELEASE) {
        release(world, node, &node->log[number].vote);
        world_at(world, 0,
                 (struct world_event){.kind = AT_PERSISTED,
                                      .node = node->index,
                                      .life = node->life,
                                      .number = number,
                                      .value = action->u.cast.token});
        return;
    }
    uint64_t done = world->now + sync_delay(world);
    done = done < node->sync_free_at ? node->sync_free_at : done;
    node->sync_free_at = done;
    world_at(world, done - world->now,
             (struct world_event){.kind = AT_PERSISTED,
                                  .node = node->index,
                                  .life = node->life,
                                  .number = number,
                                  .value = action->u.cast.token});
}

static void on_persisted(struct world *world, struct sim_node *node,
                         const struct world_event *event)
{
    assert(event->number < node->log_count);
    struct vote *vote = &node->log[event->number].vote;
    if (world->options.bug != SIM_BUG_EARLY_RELEASE) {
        if (event->number >= node->log_synced) {
            node->log_synced = event->number + 1;
        }
        node->has_slot = true;
        node->slot = *vote;
        release(world, node, vote);
    }
    const struct vote signed_vote = *vote;
    struct cons_event answer = {.kind = CONS_E_PERSISTED,
                                .u.persisted = {.token = event->value, .vote = &signed_vote}};
    member_step(world, node, &answer);
}

struct packet *member_packet(struct world *world, struct sim_node *node,
                             const struct cons_actions *out, const struct cons_send *send)
{
    const bool body = send->kind == CONS_M_BODY;
    struct packet *packet = packet_new(world, node, body ? PACKET_BODY : PACKET_CONS);
    packet->msg = send->kind;
    packet->view = send->view;
    packet->vote = send->vote;
    if (body || send->kind == CONS_M_PROPOSE) {
        packet->block = blocks_find(world, &send->block_id);
        assert(packet->block != NO_BLOCK);
    }
    if (send->has_just) {
        packet->just = malloc(sizeof *packet->just);
        assert(packet->just != NULL);
        cons_send_just(out, send, packet->just);
    }
    if (send->kind == CONS_M_FINAL) {
        packet->final = malloc(sizeof *packet->final);
        assert(packet->final != NULL);
        *packet->final = out->certs[send->cert];
    }
    return packet;
}

static void do_send(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    struct packet *packet = member_packet(world, node, world->actions, &action->u.send.msg);
    trace_packet(world, node, ">", packet, action->u.send.peer);
    if (action->kind == CONS_A_SEND) {
        net_send(world, node, action->u.send.peer, packet);
    } else if (node->role == SIM_HONEST) {
        net_bcast(world, node, packet);
    } else {
        adversary_bcast(world, node, packet);
    }
    packet_drop(packet);
}

static void do_fetch(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    const uint32_t block = blocks_find(world, &action->u.fetch.block_id);
    assert(block != NO_BLOCK);
    if (node->has_body[block]) {
        world_at(world, 0,
                 (struct world_event){
                     .kind = AT_BODY, .node = node->index, .life = node->life, .number = block});
        return;
    }
    world->result.counters.fetches++;
    struct packet *packet = packet_new(world, node, PACKET_FETCH);
    packet->block = block;
    for (uint16_t to = 0; to < world->count; to++) {
        if ((action->u.fetch.peers >> to & 1) != 0) {
            trace_packet(world, node, ">", packet, to);
            net_send(world, node, to, packet);
        }
    }
    packet_drop(packet);
}

static void do_sync(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    world->result.counters.syncs++;
    struct packet *packet = packet_new(world, node, PACKET_SYNC_REQUEST);
    packet->height = action->u.sync.from_height;
    trace_packet(world, node, ">", packet, action->u.sync.peer);
    net_send(world, node, action->u.sync.peer, packet);
    packet_drop(packet);
}

static void do_build(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    node->build_parent_view = action->u.build.parent_view;
    node->build_empty = action->u.build.empty;
    node->build_forced = action->u.build.forced;
    const uint64_t delay = world->fixed_delay > 0 ? 0 : rng_between(&world->rng, 1000, 20000);
    world_at(world, delay,
             (struct world_event){.kind = AT_BUILT,
                                  .node = node->index,
                                  .life = node->life,
                                  .number = blocks_find(world, &action->u.build.parent_id),
                                  .value = action->u.build.view});
}

static void do_validate(struct world *world, struct sim_node *node,
                        const struct cons_action *action)
{
    const uint32_t block = blocks_find(world, &action->u.validate.block_id);
    assert(block != NO_BLOCK);
    assert(node->has_body[block]);
    const uint64_t delay = world->fixed_delay > 0 ? 0 : rng_between(&world->rng, 1000, 30000);
    world_at(world, delay,
             (struct world_event){
                 .kind = AT_VALIDATED, .node = node->index, .life = node->life, .number = block});
}

static void do_deliver(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    char id[9];
    trace_id(id, &action->u.deliver.block_id);
    trace_say(world, node, "FINAL height %llu block %s",
              (unsigned long long)action->u.deliver.height, id);
    /* The F of the batch is that of the last block delivered in this step. */
    const struct cert *batch = cons_final_cert(node->cons);
    const uint32_t block = blocks_find(world, &action->u.deliver.block_id);
    app_commit(world, node, block, disk_cert(world, batch), action->u.deliver.cert != CONS_NO_CERT);
}

static void do_alarm(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    static const char *const names[] = {"",
                                        "ALARM divergence",
                                        "ALARM safety",
                                        "ALARM impossible justification",
                                        "ALARM own key",
                                        "ALARM refused"};
    trace_say(world, node, "%s", names[action->u.alarm.code]);
    if (node->role == SIM_HONEST) {
        world_fail(world, node->index, names[action->u.alarm.code]);
    }
}

static void do_action(struct world *world, struct sim_node *node, const struct cons_action *action)
{
    switch (action->kind) {
    case CONS_A_CAST:
        do_cast(world, node, action);
        break;
    case CONS_A_APPEND: {
        const struct cert *cert = &world->actions->certs[action->u.append.cert];
        observe_cert(world, node, cert);
        const struct record record = {.kind = RECORD_CERT, .cert = disk_cert(world, cert)};
        (void)disk_append(node, &record);
        if (node->role == SIM_HONEST) {
            oracle_cert(world, node, cert);
        }
        break;
    }
    case CONS_A_SEND:
    case CONS_A_BCAST:
        do_send(world, node, action);
        break;
    case CONS_A_SET_TIMER:
        world_at(world, (uint64_t)action->u.timer.delay_ms * 1000,
                 (struct world_event){.kind = AT_TIMER,
                                      .node = node->index,
                                      .life = node->life,
                                      .number = action->u.timer.timer,
                                      .value = action->u.timer.generation});
        break;
    case CONS_A_CANCEL_TIMER:
    case CONS_A_CANCEL_BUILD:
    case CONS_A_PRUNE:
        break;
    case CONS_A_BUILD:
        do_build(world, node, action);
        break;
    case CONS_A_VALIDATE:
        do_validate(world, node, action);
        break;
    case CONS_A_FETCH:
        do_fetch(world, node, action);
        break;
    case CONS_A_SYNC:
        do_sync(world, node, action);
        break;
    case CONS_A_DELIVER:
        do_deliver(world, node, action);
        break;
    case CONS_A_EVIDENCE:
        oracle_evidence(world, node, &action->u.evidence.a);
        break;
    case CONS_A_ALARM:
        do_alarm(world, node, action);
        break;
    case CONS_A_HALT:
        trace_say(world, node, "HALT");
        break;
    }
}

/* G9: the same event on a second state gives the same actions. */
static void compare_shadow(struct world *world, struct sim_node *node,
                           const struct cons_event *event)
{
    cons_step(node->shadow, event, world->shadow_actions);
    world->result.counters.shadow_steps++;
    if (!shadow_same(world->actions, world->shadow_actions)) {
        world_fail(world, node->index, "G9: a replayed step differs");
    }
}

static void one_step(struct world *world, struct sim_node *node, struct cons_event *event)
{
    event->now_ms = world_ms(world);
    const struct cons_status before = cons_status(node->cons);
    cons_step(node->cons, event, world->actions);
    if (node->role == SIM_HONEST) {
        coverage_step(world, node, event, &before);
    }
    if (node->shadow != NULL) {
        compare_shadow(world, node, event);
    }
    for (uint32_t i = 0; i < world->actions->count; i++) {
        do_action(world, node, &world->actions->items[i]);
    }
    if (node->role == SIM_HONEST) {
        oracle_state(world, node);
    }
}

/* Work is what the pool could add on top of the tip, as far as the tip is known. */
static bool has_work(const struct world *world, const struct sim_node *node)
{
    if (world->config->calm) {
        return true;
    }
    const struct cons_status status = cons_status(node->cons);
    const uint32_t tip = blocks_find(world, &status.high_id);
    const uint64_t done = tip != NO_BLOCK && node->has_body[tip] ? world->blocks[tip].all_txs : 0;
    return (node->pool & ~done) != 0;
}

void member_update_work(struct world *world, struct sim_node *node)
{
    const bool work = has_work(world, node);
    if (work != node->work) {
        node->work = work;
        struct cons_event event = {.kind = CONS_E_WORK, .u.work.work = work};
        one_step(world, node, &event);
    }
}

void member_step(struct world *world, struct sim_node *node, struct cons_event *event)
{
    one_step(world, node, event);
    member_update_work(world, node);
}

static void on_built(struct world *world, struct sim_node *node, const struct world_event *event)
{
    struct cons_event answer = {.kind = CONS_E_BUILT, .u.built.view = event->value};
    struct cons_block built;
    const bool nothing = (node->pool & ~world->blocks[event->number].all_txs) == 0;
    if (nothing && !node->build_forced && !world->config->calm) {
        answer.u.built.idle = true;
        node->work = false;
    } else {
        const uint32_t block = app_build(world, node, event->value, event->number,
                                         node->build_parent_view, node->build_empty);
        node->has_body[block] = 1;
        built = world->blocks[block].block;
        answer.u.built.block = &built;
    }
    member_step(world, node, &answer);
}

void member_event(struct world *world, struct sim_node *node, const struct world_event *event)
{
    struct cons_event answer = {.kind = CONS_E_TIMER};
    switch (event->kind) {
    case AT_TIMER:
        answer.u.timer.timer = (enum cons_timer)event->number;
        answer.u.timer.generation = (uint32_t)event->value;
        member_step(world, node, &answer);
        break;
    case AT_PERSISTED:
        on_persisted(world, node, event);
        break;
    case AT_BUILT:
        on_built(world, node, event);
        break;
    case AT_VALIDATED:
        answer.kind = CONS_E_VALIDATED;
        answer.u.validated.block_id = world->blocks[event->number].block.id;
        answer.u.validated.verdict = app_judge(world, node, event->number);
        member_step(world, node, &answer);
        break;
    case AT_BODY: {
        const struct cons_block body = world->blocks[event->number].block;
        answer.kind = CONS_E_BODY;
        answer.u.body.block = &body;
        member_step(world, node, &answer);
        break;
    }
    case AT_PACKET:
        receive_packet(world, node, event->from, event->packet);
        break;
    case AT_SYNCED:
        receive_synced(world, node, event->packet);
        break;
    case AT_MISCHIEF:
        adversary_mischief(world, node);
        break;
    case AT_CRASH:
    case AT_CRASH_ALL:
    case AT_WIPE:
    case AT_RESTART:
    case AT_SUBMIT:
    case AT_GOSSIP:
    case AT_PARTITION:
    case AT_HEAL:
        assert(false);
        break;
    }
}
