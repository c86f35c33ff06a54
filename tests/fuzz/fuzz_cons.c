/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of events for one validator's cons_step, among peers who sign whatever the input says.
 * The caller's promises are kept (headers hash to their ids, own votes are signed by the signer
 * only, answers belong to actions), everything else is free. After each step the invariants of one
 * state hold; own votes never contradict each other, over crashes too; delivery has no gaps. */

#include "tests/fuzz/cons_objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- actions ----------------------------------------------------------------------------------
 */

static uint8_t phase_of(const struct vote *vote)
{
    return vote->kind == VOTE_NOTARIZE ? 1 : 2;
}

/* I3 to I5 over all votes that ever left. */
static void check_own(const struct vote *vote)
{
    for (uint32_t i = 0; i < world.vote_count; i++) {
        const struct vote *old = &world.votes[i];
        check(vote->view > old->view ||
              (vote->view == old->view && phase_of(vote) > phase_of(old)));
        check(vote->kind != VOTE_NULLIFY || old->kind != VOTE_FINALIZE ||
              vote->lock_view >= old->view);
    }
}

static void log_add(const struct record *record)
{
    check(world.log_count < RECORDS);
    world.log[world.log_count++] = *record;
}

static void do_cast(const struct cons_action *action)
{
    const struct vote *vote = &action->u.cast.vote;
    check(world.self != CONS_NONE && vote->signer == world.self && vote->epoch == 1);
    if ((action->u.cast.records & CONS_RECORD_BLOCK) != 0) {
        const uint32_t block = block_find(&action->u.cast.block_id);
        check(block < BLOCKS && world.held[block]);
        log_add(&(struct record){.kind = RECORD_BLOCK, .block = block});
    }
    check(world.pending_count < PENDING);
    const uint32_t at = (world.pending_first + world.pending_count++) % PENDING;
    world.pending[at] =
        (struct pending){.token = action->u.cast.token, .vote = *vote, .record = world.log_count};
    log_add(&(struct record){.kind = RECORD_VOTE, .vote = *vote});
}

static void do_deliver(const struct cons_action *action)
{
    const uint32_t block = block_find(&action->u.deliver.block_id);
    check(block < BLOCKS && world.held[block]);
    check(action->u.deliver.height == world.delivered_height + 1);
    check(hash_equal(&world.blocks[block].header.parent_id, &world.delivered_id));
    world.delivered_id = world.blocks[block].id;
    world.delivered_height = action->u.deliver.height;
    world.delivered_view = cons_final_cert(world.cons)->view;
    world.delivered_block = block;
}

static void do_action(const struct cons_action *action)
{
    switch (action->kind) {
    case CONS_A_CAST:
        do_cast(action);
        break;
    case CONS_A_APPEND:
        log_add(&(struct record){.kind = RECORD_CERT,
                                 .cert = world.actions->certs[action->u.append.cert]});
        break;
    case CONS_A_SEND:
    case CONS_A_BCAST:
        if (action->u.send.msg.has_just) {
            static struct just just;
            cons_send_just(world.actions, &action->u.send.msg, &just);
        }
        break;
    case CONS_A_SET_TIMER:
        check(action->u.timer.timer < CONS_TIMER_COUNT);
        world.generations[action->u.timer.timer] = action->u.timer.generation;
        break;
    case CONS_A_BUILD:
        world.building = true;
        world.build = *action;
        break;
    case CONS_A_CANCEL_BUILD:
        world.building = false;
        break;
    case CONS_A_VALIDATE: {
        const uint32_t block = block_find(&action->u.validate.block_id);
        check(block < BLOCKS && world.held[block]);
        world.validating[block] = true;
        break;
    }
    case CONS_A_DELIVER:
        do_deliver(action);
        break;
    case CONS_A_CANCEL_TIMER:
    case CONS_A_FETCH:
    case CONS_A_SYNC:
    case CONS_A_PRUNE:
    case CONS_A_EVIDENCE:
    case CONS_A_ALARM:
    case CONS_A_HALT:
        break;
    }
}

static void step(struct cons_event *event)
{
    event->now_ms = world.now_ms;
    cons_step(world.cons, event, world.actions);
    for (uint32_t i = 0; i < world.actions->count; i++) {
        do_action(&world.actions->items[i]);
    }
    const char *broken = cons_check(world.cons);
    if (broken != NULL) {
        (void)fprintf(stderr, "%s\n", broken);
        abort();
    }
    static struct just just;
    cons_just(world.cons, &just);
}

/* ---- events -----------------------------------------------------------------------------------
 */

/* As a driver does: asks what is worth verifying, and hands in no more than that. */
static void send_message(struct cons_msg *msg)
{
    const unsigned wants = cons_wants(world.cons, msg);
    struct cons_event event = {.kind = CONS_E_MSG};
    if ((wants & CONS_WANT_VOTE) == 0) {
        msg->vote = NULL;
    }
    if ((wants & CONS_WANT_JUST) == 0) {
        msg->just = NULL;
    }
    if ((wants & CONS_WANT_FINAL) == 0) {
        msg->final = NULL;
    }
    event.u.msg.from = next() % world.count;
    if (event.u.msg.from == world.self) {
        event.u.msg.from = CONS_NONE;
    }
    const uint8_t byte = next();
    event.u.msg.hints = (struct cons_hints){.epoch = byte == 7 ? 2 : 1,
                                            .view = draw_view(),
                                            .final_view = byte,
                                            .final_height = byte == 8 ? UINT64_MAX : byte,
                                            .level = byte / 16u};
    event.u.msg.msg = msg;
    step(&event);
}

static void on_vote(void)
{
    const struct vote vote = draw_vote((enum vote_kind)(1 + next() % 3));
    struct cons_msg msg = {.epoch = 1, .view = vote.view, .vote = &vote};
    static struct just just;
    msg.kind = vote.kind == VOTE_NOTARIZE  ? CONS_M_NOTARIZE
               : vote.kind == VOTE_NULLIFY ? CONS_M_NULLIFY
                                           : CONS_M_FINALIZE;
    if (vote.kind == VOTE_NULLIFY && next() % 2 == 0) {
        draw_just(&just, vote.view);
        msg.just = &just;
    }
    send_message(&msg);
}

static void on_cert(void)
{
    static struct just just;
    struct cons_msg msg = {.kind = CONS_M_CERT, .epoch = 1, .view = draw_view()};
    draw_just(&just, msg.view);
    msg.just = &just;
    send_message(&msg);
}

static void on_final(void)
{
    struct cons_msg msg = {.kind = CONS_M_FINAL, .epoch = 1, .view = draw_view()};
    struct cert cert = make_cert(VOTE_FINALIZE, msg.view, 0, 0);
    cert.block_id = draw_block(msg.view)->id;
    msg.final = &cert;
    send_message(&msg);
}

/* Usually one that could be accepted. */
static void on_propose(void)
{
    static struct just just;
    const uint64_t view = next() % 4 == 0 ? draw_view() : cons_status(world.cons).view;
    draw_just(&just, view);
    if (next() % 2 == 0) {
        cons_just(world.cons, &just);
    }
    struct cons_block *block = block_new(view, cons_leader(world.cons, view));
    if (next() % 8 != 0 && !world.held[block - world.blocks] && block->header.view == view) {
        uint64_t height = world.setup.genesis_height;
        const struct hash *parent = just.has_cert ? &just.cert.block_id : &world.setup.genesis_id;
        const uint32_t index = block_find(parent);
        height = index < BLOCKS ? world.blocks[index].header.height : height;
        if (index != (uint32_t)(block - world.blocks)) {
            block->header.parent_id = *parent;
            block->header.parent_view = just.has_cert ? just.cert.view : 0;
            block->header.height = height + 1;
        }
    }
    const struct vote vote = {.kind = VOTE_NOTARIZE,
                              .epoch = 1,
                              .view = view,
                              .block_id = block->id,
                              .signer = (uint8_t)cons_leader(world.cons, view)};
    struct cons_msg msg = {.kind = CONS_M_PROPOSE,
                           .epoch = 1,
                           .view = view,
                           .vote = &vote,
                           .block = block,
                           .just = &just};
    if (vote.signer != world.self) {
        send_message(&msg);
    }
}

static void on_timer(void)
{
    const uint8_t byte = next();
    const enum cons_timer timer = (enum cons_timer)(byte % CONS_TIMER_COUNT);
    struct cons_event event = {.kind = CONS_E_TIMER};
    world.now_ms += UINT64_C(1) << (byte / CONS_TIMER_COUNT % 14);
    event.u.timer.timer = timer;
    event.u.timer.generation = world.generations[timer] - (byte >= 250 ? 1 : 0);
    step(&event);
}

static void on_built(void)
{
    if (!world.building) {
        return;
    }
    world.building = false;
    struct cons_event event = {.kind = CONS_E_BUILT, .u.built.view = world.build.u.build.view};
    const uint8_t byte = next();
    if (byte % 8 == 0) {
        event.u.built.idle = byte % 16 == 0 && !world.build.u.build.forced;
    } else if (world.block_count < BLOCKS) {
        struct cons_block *block = block_new(world.build.u.build.view, world.self);
        block->header.flags = byte == 255 ? HEADER_FLAG_BOUNDARY : 0;
        block->header.parent_id = world.build.u.build.parent_id;
        block->header.parent_view = world.build.u.build.parent_view;
        block->header.height = world.build.u.build.height;
        world.held[block - world.blocks] = true;
        event.u.built.block = block;
    }
    step(&event);
}

static void on_validated(void)
{
    const uint32_t first = next();
    for (uint32_t i = 0; i < world.block_count; i++) {
        const uint32_t block = (first + i) % world.block_count;
        if (world.validating[block]) {
            world.validating[block] = false;
            struct cons_event event = {.kind = CONS_E_VALIDATED};
            event.u.validated.block_id = world.blocks[block].id;
            const uint8_t byte = next();
            event.u.validated.verdict = byte < 200   ? CONS_VALID
                                        : byte < 230 ? CONS_UNABLE
                                                     : CONS_INVALID;
            step(&event);
            return;
        }
    }
}

static void on_body(void)
{
    if (world.block_count == 0) {
        return;
    }
    const uint32_t block = world.block_count - 1 - next() % world.block_count;
    struct cons_event event = {.kind = CONS_E_BODY, .u.body.block = &world.blocks[block]};
    world.held[block] = true;
    step(&event);
}

static void on_persisted(bool refused)
{
    if (world.pending_count == 0) {
        return;
    }
    const struct pending pending = world.pending[world.pending_first];
    world.pending_first = (world.pending_first + 1) % PENDING;
    world.pending_count--;
    struct cons_event event = {.kind = CONS_E_PERSISTED};
    if (refused) {
        event.kind = CONS_E_REFUSED;
        event.u.refused.token = pending.token;
    } else {
        check_own(&pending.vote);
        check(world.vote_count < RECORDS);
        world.votes[world.vote_count++] = pending.vote;
        world.log_synced =
            pending.record + 1 > world.log_synced ? pending.record + 1 : world.log_synced;
        event.u.persisted.token = pending.token;
        event.u.persisted.vote = &pending.vote;
    }
    step(&event);
}

/* Two final chains need more than f liars; what the core does then is not asked here. */
static bool contradicts(uint64_t final_view)
{
    const struct cert *final = cons_final_cert(world.cons);
    const uint32_t block = final != NULL ? block_find(&final->block_id) : BLOCKS;
    return final_view <= world.delivered_view ||
           (block < BLOCKS && world.blocks[block].header.height <= world.delivered_height &&
            final_view <= final->view);
}

/* Block sync gives the child of what is delivered, with an F of it. */
static void on_synced(void)
{
    for (uint32_t i = 0; i < world.block_count; i++) {
        const struct cons_block *block = &world.blocks[i];
        if (hash_equal(&block->header.parent_id, &world.delivered_id) &&
            block->header.height == world.delivered_height + 1) {
            struct cert cert = make_cert(VOTE_FINALIZE, block->header.view + next() % 4, 0, 0);
            cert.block_id = block->id;
            if (contradicts(cert.view)) {
                return;
            }
            world.delivered_id = block->id;
            world.delivered_height = block->header.height;
            world.delivered_view = cert.view;
            world.delivered_block = i;
            world.held[i] = true;
            struct cons_event event = {.kind = CONS_E_SYNCED};
            event.u.synced.block = block;
            event.u.synced.final = &cert;
            step(&event);
            return;
        }
    }
}

static void on_work(void)
{
    struct cons_event event = {.kind = CONS_E_WORK, .u.work.work = next() % 2 == 0};
    step(&event);
}

/* ---- life -------------------------------------------------------------------------------------
 */

static void start(void)
{
    struct cons_recovered *recovered = world.recovered;
    cons_recovered_init(recovered, &world.delivered_id, world.delivered_height);
    if (world.delivered_view > 0) {
        struct cert cert = make_cert(VOTE_FINALIZE, world.delivered_view, 0, 0);
        cert.block_id = world.delivered_id;
        cons_recovered_cert(recovered, &cert);
    }
    for (uint32_t i = 0; i < world.log_count; i++) {
        const struct record *record = &world.log[i];
        switch (record->kind) {
        case RECORD_CERT:
            cons_recovered_cert(recovered, &record->cert);
            break;
        case RECORD_BLOCK:
            cons_recovered_block(recovered, &world.blocks[record->block]);
            world.held[record->block] = true;
            break;
        case RECORD_VOTE:
            cons_recovered_vote(recovered, &record->vote);
            break;
        }
    }
    recovered->listen = next() % 32 == 1;
    world.cons = cons_init(world.memory, cons_size(world.count), &world.setup);
    struct cons_event event = {.kind = CONS_E_START, .u.start = recovered};
    step(&event);
}

/* What was synced stays, and some of what follows. Votes found in the log count as released. */
static void on_crash(void)
{
    const uint32_t rest = world.log_count - world.log_synced;
    world.log_count = world.log_synced + (rest > 0 ? next() % (rest + 1) : 0);
    for (uint32_t i = 0; i < world.pending_count; i++) {
        const struct pending *pending = &world.pending[(world.pending_first + i) % PENDING];
        if (pending->record < world.log_count) {
            check_own(&pending->vote);
            check(world.vote_count < RECORDS);
            world.votes[world.vote_count++] = pending->vote;
        }
    }
    world.log_synced = world.log_count;
    world.pending_count = 0;
    world.building = false;
    memset(world.held, 0, sizeof world.held);
    memset(world.validating, 0, sizeof world.validating);
    world.now_ms += 100;
    start();
}

static void set_up(void)
{
    world.count = (uint16_t)(4 + next() % 4);
    world.self = next() % (world.count + 1);
    world.self = world.self == world.count ? CONS_NONE : world.self;
    world.validators =
        (struct valset){.suite = SUITE_ED25519_SHA256, .epoch = 1, .count = world.count};
    for (uint16_t i = 0; i < world.count; i++) {
        world.validators.validators[i].key_size = 32;
        world.validators.validators[i].key[0] = (uint8_t)(i + 1);
        world.validators.validators[i].organisation.bytes[0] = (uint8_t)(i + 1);
    }
    world.setup = (struct cons_setup){.validators = &world.validators,
                                      .self = world.self,
                                      .params = cons_params_default(),
                                      .genesis_id = {{0xee}},
                                      .genesis_height = 5};
    world.delivered_id = world.setup.genesis_id;
    world.delivered_height = world.setup.genesis_height;
    world.now_ms = 1000;
    start();
}

static void one_event(void)
{
    switch (next() % 32) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        on_vote();
        break;
    case 6:
    case 7:
        on_cert();
        break;
    case 8:
        on_final();
        break;
    case 9:
    case 10:
    case 11:
    case 12:
        on_propose();
        break;
    case 13:
    case 14:
    case 15:
        on_timer();
        break;
    case 16:
    case 17:
    case 18:
        on_built();
        break;
    case 19:
    case 20:
    case 21:
        on_validated();
        break;
    case 22:
    case 23:
    case 24:
        on_body();
        break;
    case 25:
    case 26:
    case 27:
    case 28:
        on_persisted(false);
        break;
    case 29:
        on_work();
        break;
    case 30:
        on_synced();
        break;
    default:
        if (next() % 4 == 0) {
            on_persisted(true);
        } else {
            on_crash();
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *memory = world.memory;
    struct cons_actions *actions = world.actions;
    struct cons_recovered *recovered = world.recovered;
    if (memory == NULL) {
        memory = aligned_alloc(16, (cons_size(7) + 15) / 16 * 16);
        actions = malloc(sizeof *actions);
        recovered = malloc(sizeof *recovered);
        check(memory != NULL && actions != NULL && recovered != NULL);
    }
    memset(&world, 0, sizeof world);
    world.memory = memory;
    world.actions = actions;
    world.recovered = recovered;
    world.in = (struct stream){.data = data, .size = size};
    set_up();
    /* A step casts and learns a few times at most: room is left in the log. */
    for (uint32_t i = 0; i < EVENTS && world.in.size > 0 && world.log_count < RECORDS - 64 &&
                         world.vote_count < RECORDS - 64 && world.pending_count < PENDING / 2;
         i++) {
        one_event();
    }
    return 0;
}
