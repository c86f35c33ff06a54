/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CONSENSUS_RIG_H
#define TESTS_UNIT_CONSENSUS_RIG_H

/* One state machine under a microscope: builders of votes, blocks and certificates, one function
 * an event, and a search over what came out. Validators have an organisation each and the epoch is
 * 1, so the leader of view v is v mod n. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consensus/cons.h"

struct rig {
    struct cons *cons;
    void *memory;
    struct cons_actions *out;
    struct cons_recovered *recovered;
    uint64_t now;
    uint16_t count;
};

static inline struct hash id_of(uint8_t tag)
{
    struct hash id = {{0}};
    id.bytes[0] = tag;
    return id;
}

#define GENESIS 0xee

static inline struct valset valset_of(uint16_t count)
{
    struct valset set = {.suite = SUITE_ED25519_SHA256, .epoch = 1, .count = count};
    for (uint16_t i = 0; i < count; i++) {
        set.validators[i].key_size = 32;
        set.validators[i].key[0] = (uint8_t)(i + 1);
        set.validators[i].organisation.bytes[0] = (uint8_t)(i + 1);
    }
    return set;
}

static inline struct rig rig_open_with(uint16_t count, uint16_t self, struct cons_params params)
{
    struct rig rig = {.count = count, .now = 1000};
    const struct valset set = valset_of(count);
    const size_t size = (cons_size(count) + 15) / 16 * 16;
    rig.memory = aligned_alloc(16, size);
    rig.out = calloc(1, sizeof *rig.out);
    rig.recovered = calloc(1, sizeof *rig.recovered);
    assert_non_null(rig.memory);
    assert_non_null(rig.out);
    assert_non_null(rig.recovered);
    const struct cons_setup setup = {
        .validators = &set, .self = self, .params = params, .genesis_id = id_of(GENESIS)};
    rig.cons = cons_init(rig.memory, size, &setup);
    const struct hash genesis = id_of(GENESIS);
    cons_recovered_init(rig.recovered, &genesis, 0);
    return rig;
}

static inline void rig_close(struct rig *rig)
{
    free(rig->memory);
    free(rig->out);
    free(rig->recovered);
}

static inline void rig_step(struct rig *rig, struct cons_event event)
{
    event.now_ms = rig->now;
    cons_step(rig->cons, &event, rig->out);
    const char *broken = cons_check(rig->cons);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
}

static inline void rig_start(struct rig *rig)
{
    rig_step(rig, (struct cons_event){.kind = CONS_E_START, .u.start = rig->recovered});
}

/* A started node without work. */
static inline struct rig rig_open(uint16_t count, uint16_t self)
{
    struct rig rig = rig_open_with(count, self, cons_params_default());
    rig_start(&rig);
    return rig;
}

static inline void rig_work(struct rig *rig, bool work)
{
    rig_step(rig, (struct cons_event){.kind = CONS_E_WORK, .u.work.work = work});
}

/* ---- actions -------------------------------------------------------------------------------- */

static inline const struct cons_action *find(const struct rig *rig, enum cons_action_kind kind)
{
    for (uint32_t i = 0; i < rig->out->count; i++) {
        if (rig->out->items[i].kind == kind) {
            return &rig->out->items[i];
        }
    }
    return NULL;
}

static inline uint32_t count_of(const struct rig *rig, enum cons_action_kind kind)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < rig->out->count; i++) {
        found += rig->out->items[i].kind == kind ? 1u : 0u;
    }
    return found;
}

static inline const struct cons_action *find_cast(const struct rig *rig, enum vote_kind kind)
{
    for (uint32_t i = 0; i < rig->out->count; i++) {
        const struct cons_action *action = &rig->out->items[i];
        if (action->kind == CONS_A_CAST && action->u.cast.vote.kind == kind) {
            return action;
        }
    }
    return NULL;
}

static inline const struct cons_send *find_send(const struct rig *rig, enum cons_msg_kind kind)
{
    for (uint32_t i = 0; i < rig->out->count; i++) {
        const struct cons_action *action = &rig->out->items[i];
        if ((action->kind == CONS_A_SEND || action->kind == CONS_A_BCAST) &&
            action->u.send.msg.kind == kind) {
            return &action->u.send.msg;
        }
    }
    return NULL;
}

static inline const struct cons_action *find_timer(const struct rig *rig, enum cons_timer timer)
{
    const struct cons_action *last = NULL;
    for (uint32_t i = 0; i < rig->out->count; i++) {
        const struct cons_action *action = &rig->out->items[i];
        if (action->kind == CONS_A_SET_TIMER && action->u.timer.timer == timer) {
            last = action;
        }
    }
    return last;
}

static inline const struct cons_action *find_alarm(const struct rig *rig, enum cons_alarm code)
{
    for (uint32_t i = 0; i < rig->out->count; i++) {
        const struct cons_action *action = &rig->out->items[i];
        if (action->kind == CONS_A_ALARM && action->u.alarm.code == code) {
            return action;
        }
    }
    return NULL;
}

/* ---- builders ------------------------------------------------------------------------------- */

static inline struct vote vote_of(enum vote_kind kind, uint64_t view, uint16_t signer, uint8_t tag,
                                  uint64_t lock)
{
    struct vote vote = {
        .kind = kind, .epoch = 1, .view = view, .lock_view = lock, .signer = (uint8_t)signer};
    if (kind != VOTE_NULLIFY) {
        vote.block_id = id_of(tag);
    }
    memset(vote.signature, (int)(signer + 1), SIGNATURE_SIZE);
    return vote;
}

static inline struct cert cert_of(enum vote_kind kind, uint64_t view, uint8_t tag, uint64_t signers,
                                  uint64_t lock)
{
    struct cert cert = {
        .kind = kind, .epoch = 1, .view = view, .signers = signers, .verified = true};
    if (kind != VOTE_NULLIFY) {
        cert.block_id = id_of(tag);
    }
    for (int i = 0; i < LIMIT_VALIDATORS; i++) {
        cert.lock_views[i] = kind == VOTE_NULLIFY ? lock : 0;
    }
    return cert;
}

static inline struct cons_block block_of(uint8_t tag, uint64_t view, uint64_t height,
                                         uint8_t parent, uint64_t parent_view, uint16_t proposer)
{
    return (struct cons_block){.id = id_of(tag),
                               .header = {.version = 1,
                                          .epoch = 1,
                                          .view = view,
                                          .height = height,
                                          .parent_id = id_of(parent),
                                          .parent_view = parent_view,
                                          .proposer = proposer}};
}

static inline struct just just_start(void)
{
    return (struct just){.kind = JUST_EPOCH_START};
}

static inline struct just just_next(struct cert cert)
{
    return (struct just){.kind = JUST_NEXT, .has_cert = true, .cert = cert};
}

static inline struct just just_skip(struct cert nullified, const struct cert *cert)
{
    struct just just = {.kind = JUST_SKIP, .nullified = nullified, .has_cert = cert != NULL};
    if (cert != NULL) {
        just.cert = *cert;
    }
    return just;
}

/* ---- events --------------------------------------------------------------------------------- */

/* The sender is where its message is, or where we are. */
static inline void rig_message(struct rig *rig, uint16_t from, const struct cons_msg *msg)
{
    struct cons_hints hints = cons_hints(rig->cons);
    if (msg->view > hints.view) {
        hints.view = msg->view;
    }
    if (msg->final != NULL && msg->final->view > hints.final_view) {
        hints.final_view = msg->final->view;
    }
    rig_step(rig, (struct cons_event){.kind = CONS_E_MSG,
                                      .u.msg = {.from = from, .hints = hints, .msg = msg}});
}

static inline void rig_hints(struct rig *rig, uint16_t from, struct cons_hints hints)
{
    const struct cons_msg msg = {.kind = CONS_M_STATUS, .epoch = hints.epoch};
    rig_step(rig, (struct cons_event){.kind = CONS_E_MSG,
                                      .u.msg = {.from = from, .hints = hints, .msg = &msg}});
}

static inline void rig_vote(struct rig *rig, struct vote vote)
{
    static const enum cons_msg_kind kinds[] = {0, CONS_M_NOTARIZE, CONS_M_NULLIFY, CONS_M_FINALIZE};
    const struct cons_msg msg = {
        .kind = kinds[vote.kind], .epoch = vote.epoch, .view = vote.view, .vote = &vote};
    rig_message(rig, vote.signer, &msg);
}

static inline void rig_nullify(struct rig *rig, struct vote vote, struct just just)
{
    const struct cons_msg msg = {
        .kind = CONS_M_NULLIFY, .epoch = 1, .view = vote.view, .vote = &vote, .just = &just};
    rig_message(rig, vote.signer, &msg);
}

static inline void rig_just(struct rig *rig, uint64_t view, struct just just)
{
    const struct cons_msg msg = {.kind = CONS_M_CERT, .epoch = 1, .view = view, .just = &just};
    rig_message(rig, 0, &msg);
}

static inline void rig_final(struct rig *rig, struct cert cert)
{
    const struct cons_msg msg = {
        .kind = CONS_M_FINAL, .epoch = 1, .view = cert.view, .final = &cert};
    rig_message(rig, 0, &msg);
}

static inline void rig_propose(struct rig *rig, uint64_t view, struct cons_block block,
                               struct just just)
{
    const uint16_t leader = cons_leader(rig->cons, view);
    struct vote vote = vote_of(VOTE_NOTARIZE, view, leader, block.id.bytes[0], 0);
    const struct cons_msg msg = {.kind = CONS_M_PROPOSE,
                                 .epoch = 1,
                                 .view = view,
                                 .vote = &vote,
                                 .block = &block,
                                 .just = &just};
    rig_message(rig, leader, &msg);
}

static inline void rig_body(struct rig *rig, struct cons_block block)
{
    rig_step(rig, (struct cons_event){.kind = CONS_E_BODY, .u.body.block = &block});
}

static inline void rig_verdict(struct rig *rig, uint8_t tag, enum cons_verdict verdict)
{
    rig_step(rig, (struct cons_event){.kind = CONS_E_VALIDATED,
                                      .u.validated = {.block_id = id_of(tag), .verdict = verdict}});
}

static inline void rig_built(struct rig *rig, uint64_t view, const struct cons_block *block)
{
    rig_step(rig,
             (struct cons_event){.kind = CONS_E_BUILT, .u.built = {.view = view, .block = block}});
}

/* Answers a cast as the signer does. */
static inline void rig_persisted(struct rig *rig, const struct cons_action *cast)
{
    assert_non_null(cast);
    struct vote vote = cast->u.cast.vote;
    const uint64_t token = cast->u.cast.token;
    memset(vote.signature, vote.signer + 1, SIGNATURE_SIZE);
    rig_step(rig, (struct cons_event){.kind = CONS_E_PERSISTED,
                                      .u.persisted = {.token = token, .vote = &vote}});
}

static inline void rig_fire(struct rig *rig, enum cons_timer timer, uint32_t generation)
{
    rig_step(rig, (struct cons_event){.kind = CONS_E_TIMER,
                                      .u.timer = {.timer = timer, .generation = generation}});
}

/* View 1 proposed by its leader, body here, judged valid. Leaves the cast in the actions. */
static inline void rig_accept_first(struct rig *rig, uint8_t tag)
{
    const struct cons_block block = block_of(tag, 1, 1, GENESIS, 0, cons_leader(rig->cons, 1));
    rig_propose(rig, 1, block, just_start());
    rig_body(rig, block);
    assert_non_null(find(rig, CONS_A_VALIDATE));
    rig_verdict(rig, tag, CONS_VALID);
}

#define FIRST_THREE 0x7u

#endif
