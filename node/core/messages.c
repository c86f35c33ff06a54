/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of consensus, in and out. What comes in is decoded here, asked about (cons_wants), has
 * its signatures checked on the verification pool, and enters the state machine only then. */
#include "node/core/node_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEND_ARENA (64u * 1024)

struct verify_job {
    struct node_job base;
    uint32_t peer;
    uint64_t session;
    uint16_t from;
    struct cons_hints hints;
    enum cons_msg_kind kind;
    uint64_t epoch;
    uint64_t view;
    bool has_vote, has_block, has_just, has_final;
    struct vote vote;
    struct cons_block block;
    struct just just;
    struct cert final;
    const struct cert_checker *checker; /* borrowed: lives as long as the node */
    unsigned wants;
    enum err err;
};

/* --- in
 * --------------------------------------------------------------------------------------------------
 */

static struct cons_msg msg_of(const struct verify_job *work, unsigned parts)
{
    const bool vote = work->has_vote && (parts & CONS_WANT_VOTE) != 0;
    const bool just = work->has_just && (parts & CONS_WANT_JUST) != 0;
    const bool final = work->has_final && (parts & CONS_WANT_FINAL) != 0;
    return (struct cons_msg){.kind = work->kind,
                             .epoch = work->epoch,
                             .view = work->view,
                             .vote = vote ? &work->vote : NULL,
                             .block = work->has_block ? &work->block : NULL,
                             .just = just ? &work->just : NULL,
                             .final = final ? &work->final : NULL};
}

/* hints_only: whatever else a frame holds, what its sender says of itself is looked at. */
static void hints_only(struct node *node, const struct verify_job *work)
{
    const struct cons_msg msg = {.kind = CONS_M_STATUS};
    struct cons_event event = {.kind = CONS_E_MSG,
                               .u.msg = {.from = work->from, .hints = work->hints, .msg = &msg}};
    node_event(node, &event);
}

static void verify_run(struct env_job *job)
{
    struct verify_job *work = (struct verify_job *)job;
    if ((work->wants & CONS_WANT_VOTE) != 0 && work->has_vote) {
        work->err = vote_check(work->checker, &work->vote);
    }
    if (work->err == OK && (work->wants & CONS_WANT_JUST) != 0 && work->has_just) {
        work->err = just_check(work->checker, NULL, &work->just, work->view);
    }
    if (work->err == OK && (work->wants & CONS_WANT_FINAL) != 0 && work->has_final) {
        work->err = cert_check(work->checker, &work->final);
    }
}

static void note_vote(struct node *node, const struct vote *vote)
{
    if (vote->view > node->voted_view[vote->signer]) {
        node->voted_view[vote->signer] = vote->view;
        node->voted_ms[vote->signer] = node->env->now_ms(node->env->context);
    }
}

/* remember_block keeps header and justification of a proposal, which the database stores beside the
 * block (accountability, consensus.md 3.1). */
static void remember_block(struct node *node, const struct verify_job *work)
{
    struct block *block = block_learn(node, &work->block.id, &work->block.header);
    if (block == NULL || block->just.size > 0) {
        return;
    }
    const size_t size = just_size(&work->just);
    uint8_t *data = node_alloc(size);
    struct writer writer = writer_of(data, size);
    just_write(&writer, &work->just);
    block->just = bytes_of(data, size);
}

static void convict(struct node *node, const struct verify_job *work)
{
    static const char *const names[] = {
        [CONS_M_PROPOSE] = "PROPOSE",   [CONS_M_BODY] = "BODY",
        [CONS_M_NOTARIZE] = "NOTARIZE", [CONS_M_NULLIFY] = "NULLIFY",
        [CONS_M_FINALIZE] = "FINALIZE", [CONS_M_CERT] = "CERT",
        [CONS_M_FINAL] = "FINAL",       [CONS_M_STATUS] = "STATUS"};
    char why[120];
    (void)snprintf(why, sizeof why, "its %s for view %llu does not verify: %s", names[work->kind],
                   (unsigned long long)work->view, err_name(work->err));
    peer_punish(node, work->peer, why);
}

static void verify_done(struct env_job *job)
{
    struct verify_job *work = (struct verify_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    struct peer *peer = &node->peers[work->peer];
    const bool same = peer->up && peer->session == work->session;
    if (same) {
        peer->verifying--;
    }
    if (work->err != OK) {
        if (same) {
            convict(node, work);
        }
        free(work);
        return;
    }
    if (work->has_vote && (work->wants & CONS_WANT_VOTE) != 0) {
        note_vote(node, &work->vote);
    }
    if (work->kind == CONS_M_PROPOSE && (work->wants & CONS_WANT_JUST) != 0) {
        remember_block(node, work);
    }
    const struct cons_msg msg = msg_of(work, work->wants);
    struct cons_event event = {.kind = CONS_E_MSG,
                               .u.msg = {.from = work->from, .hints = work->hints, .msg = &msg}};
    node_event(node, &event);
    free(work);
}

static void verify_drop(struct env_job *job)
{
    struct verify_job *work = (struct verify_job *)job;
    node_job_ended(work->base.node);
    free(work);
}

/* use_ours: a certificate byte-identical to one we hold needs no second look (decision D1). */
static void use_ours(const struct node *node, struct cert *cert)
{
    const struct cert *held[] = {cons_high_cert(node->cons), cons_skip_cert(node->cons),
                                 cons_final_cert(node->cons)};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        if (held[i] != NULL && cert_equal(held[i], cert)) {
            *cert = *held[i];
            return;
        }
    }
}

/* header_acceptable: what of V1 and V3 does not depend on the tree. */
static bool header_acceptable(const struct node *node, const struct header *header)
{
    return header->suite == node->valset.suite && hash_equal(&header->chain_id, &node->chain_id) &&
           header->epoch == node->valset.epoch &&
           hash_equal(&header->valset_hash, &node->valset_hash) &&
           header->body_size <= LIMIT_BLOCK_BODY && header->tx_count <= LIMIT_BLOCK_TX &&
           header->proposer < node->valset.count;
}

static bool decode_vote(struct verify_job *work, ProtobufCBinaryData raw)
{
    work->has_vote = true;
    if (vote_decode(&work->vote, frame_bytes(raw)) != OK) {
        return false;
    }
    work->epoch = work->vote.epoch;
    work->view = work->vote.view;
    return true;
}

static bool decode_just(struct verify_job *work, ProtobufCBinaryData raw)
{
    work->has_just = true;
    return just_decode(&work->just, frame_bytes(raw)) == OK;
}

static bool decode_propose(struct verify_job *work, const Seam__PeerPropose *message)
{
    work->kind = CONS_M_PROPOSE;
    work->has_block = true;
    if (header_decode(&work->block.header, frame_bytes(message->header)) != OK) {
        return false;
    }
    header_id(&work->block.id, &work->block.header);
    return decode_vote(work, message->vote) && decode_just(work, message->just) &&
           work->vote.kind == VOTE_NOTARIZE;
}

static bool decode_cert(struct verify_job *work, const Seam__PeerCert *message)
{
    if (message->just.len > 0) {
        work->kind = CONS_M_CERT;
        work->view = message->view;
        return message->cert.len == 0 && message->view > 0 && decode_just(work, message->just);
    }
    work->kind = CONS_M_FINAL;
    work->has_final = true;
    if (cert_decode(&work->final, frame_bytes(message->cert)) != OK) {
        return false;
    }
    work->epoch = work->final.epoch;
    work->view = work->final.view;
    return work->final.kind == VOTE_FINALIZE;
}

static bool decode(struct verify_job *work, enum frame_kind kind, const ProtobufCMessage *message)
{
    if (kind == FRAME_PROPOSE) {
        const Seam__PeerPropose *propose = (const Seam__PeerPropose *)message;
        work->hints = frame_hints(propose->hints);
        return decode_propose(work, propose);
    }
    if (kind == FRAME_VOTE) {
        const Seam__PeerVote *vote = (const Seam__PeerVote *)message;
        work->hints = frame_hints(vote->hints);
        const bool ok = decode_vote(work, vote->vote);
        work->kind = work->vote.kind == VOTE_FINALIZE ? CONS_M_FINALIZE : CONS_M_NOTARIZE;
        return ok && work->vote.kind != VOTE_NULLIFY;
    }
    if (kind == FRAME_NULLIFY) {
        const Seam__PeerNullify *nullify = (const Seam__PeerNullify *)message;
        work->hints = frame_hints(nullify->hints);
        work->kind = CONS_M_NULLIFY;
        /* One that is sent again after its view has gone by comes alone. */
        return decode_vote(work, nullify->vote) && work->vote.kind == VOTE_NULLIFY &&
               (nullify->just.len == 0 || decode_just(work, nullify->just));
    }
    if (kind == FRAME_CERT) {
        const Seam__PeerCert *cert = (const Seam__PeerCert *)message;
        work->hints = frame_hints(cert->hints);
        work->epoch = work->hints.epoch;
        return decode_cert(work, cert);
    }
    const Seam__PeerStatus *status = (const Seam__PeerStatus *)message;
    work->hints = frame_hints(status->hints);
    work->kind = CONS_M_STATUS;
    return true;
}

void messages_receive(struct node *node, uint32_t number, enum frame_kind kind,
                      const ProtobufCMessage *message)
{
    struct peer *peer = &node->peers[number];
    struct verify_job *work = node_alloc(sizeof *work);
    work->peer = number;
    work->session = peer->session;
    work->from = peer->validator >= 0 ? (uint16_t)peer->validator : (uint16_t)CONS_NONE;
    work->checker = &node->checker;
    if (!decode(work, kind, message)) {
        peer_punish(node, number, "a message of it does not decode");
        free(work);
        return;
    }
    peer->hints = work->hints;
    if (work->hints.final_height > node->sync.target) {
        node->sync.target = work->hints.final_height;
    }
    const struct cons_msg msg = msg_of(work, ~0u);
    work->wants = work->kind == CONS_M_STATUS ? 0 : cons_wants(node->cons, &msg);
    const bool bad_header = work->has_block && !header_acceptable(node, &work->block.header);
    if (work->wants == 0 || bad_header || peer->verifying >= PEER_VERIFYING_MAX) {
        hints_only(node, work);
        free(work);
        return;
    }
    if (work->has_just) {
        use_ours(node, &work->just.cert);
        use_ours(node, &work->just.nullified);
    }
    work->base.job = (struct env_job){
        .run = verify_run, .done = verify_done, .drop = verify_drop, .urgent = true};
    if (!node_job_start(node, ENV_VERIFY, &work->base)) {
        free(work); /* the pool is full: votes are re-sent */
        return;
    }
    peer->verifying++;
}

/* --- out
 * --------------------------------------------------------------------------------------------------
 */

struct outgoing {
    enum frame_kind kind;
    uint8_t header[HEADER_SIZE];
    uint8_t vote[VOTE_SIZE];
    struct bytes just_bytes;
    union {
        ProtobufCMessage base;
        Seam__PeerPropose propose;
        Seam__PeerVote vote;
        Seam__PeerNullify nullify;
        Seam__PeerCert cert;
        Seam__PeerStatus status;
    } u;
};

/* The justification is that of the moment the action was made, not of the end of the step. */
static struct bytes just_of(const struct node *node, const struct cons_send *send,
                            struct arena *arena)
{
    struct just *just = arena_alloc(arena, sizeof *just);
    if (just == NULL || !send->has_just) {
        return bytes_of(NULL, 0);
    }
    cons_send_just(node->actions, send, just);
    const size_t size = just_size(just);
    uint8_t *data = arena_alloc(arena, size);
    if (data == NULL) {
        return bytes_of(NULL, 0);
    }
    struct writer writer = writer_of(data, size);
    just_write(&writer, just);
    return bytes_of(data, size);
}

static struct bytes final_of(const struct node *node, const struct cons_send *send,
                             struct arena *arena)
{
    if (send->cert == CONS_NO_CERT) {
        return bytes_of(NULL, 0);
    }
    const struct cert *cert = &node->actions->certs[send->cert];
    const size_t size = cert_size(cert);
    uint8_t *data = arena_alloc(arena, size);
    if (data == NULL) {
        return bytes_of(NULL, 0);
    }
    struct writer writer = writer_of(data, size);
    cert_write(&writer, cert);
    return bytes_of(data, size);
}

static bool compose_propose(struct node *node, struct outgoing *out, const struct cons_send *send,
                            struct arena *arena)
{
    struct block *block = block_find(node, &send->block_id);
    if (block == NULL || !send->has_just) {
        return false;
    }
    seam__peer_propose__init(&out->u.propose);
    out->kind = FRAME_PROPOSE;
    header_encode(out->header, &block->header);
    out->just_bytes = just_of(node, send, arena);
    if (block->just.size == 0) {
        block->just = node_copy(out->just_bytes);
    }
    out->u.propose.header = frame_data(bytes_of(out->header, HEADER_SIZE));
    out->u.propose.just = frame_data(out->just_bytes);
    out->u.propose.vote = frame_data(bytes_of(out->vote, VOTE_SIZE));
    return true;
}

/* compose fills the message of an action; false when there is nothing to send. */
static bool compose(struct node *node, struct outgoing *out, const struct cons_send *send,
                    Seam__PeerHints *hints, struct arena *arena)
{
    if (send->kind == CONS_M_PROPOSE || send->kind == CONS_M_NOTARIZE ||
        send->kind == CONS_M_NULLIFY || send->kind == CONS_M_FINALIZE) {
        vote_encode(out->vote, &send->vote);
    }
    const ProtobufCBinaryData vote = frame_data(bytes_of(out->vote, VOTE_SIZE));
    switch (send->kind) {
    case CONS_M_PROPOSE:
        if (!compose_propose(node, out, send, arena)) {
            return false;
        }
        out->u.propose.hints = hints;
        return true;
    case CONS_M_NOTARIZE:
    case CONS_M_FINALIZE:
        seam__peer_vote__init(&out->u.vote);
        out->kind = FRAME_VOTE;
        out->u.vote.vote = vote;
        out->u.vote.hints = hints;
        return true;
    case CONS_M_NULLIFY:
        seam__peer_nullify__init(&out->u.nullify);
        out->kind = FRAME_NULLIFY;
        out->u.nullify.vote = vote;
        out->u.nullify.just = frame_data(just_of(node, send, arena));
        out->u.nullify.hints = hints;
        return true;
    case CONS_M_CERT:
    case CONS_M_FINAL:
        seam__peer_cert__init(&out->u.cert);
        out->kind = FRAME_CERT;
        if (send->kind == CONS_M_CERT) {
            out->u.cert.view = send->view;
            out->u.cert.just = frame_data(just_of(node, send, arena));
        } else {
            out->u.cert.cert = frame_data(final_of(node, send, arena));
        }
        out->u.cert.hints = hints;
        return out->u.cert.just.len + out->u.cert.cert.len > 0;
    case CONS_M_STATUS:
        seam__peer_status__init(&out->u.status);
        out->kind = FRAME_STATUS;
        out->u.status.hints = hints;
        return true;
    case CONS_M_BODY:
        return false;
    }
    return false;
}

void messages_send(struct node *node, const struct cons_action *action)
{
    const struct cons_send *send = &action->u.send.msg;
    const bool broadcast = action->kind == CONS_A_BCAST;
    const int peer = broadcast ? -1 : peer_of(node, action->u.send.peer);
    if (!broadcast && peer < 0) {
        return;
    }
    if (send->kind == CONS_M_BODY) {
        const struct block *block = block_find(node, &send->block_id);
        if (block != NULL && broadcast) {
            peers_send_block(node, block);
        } else if (block != NULL) {
            peer_send_block(node, (uint32_t)peer, block);
        }
        return;
    }
    struct arena arena;
    arena_init(&arena, SEND_ARENA);
    struct outgoing out = {0};
    Seam__PeerHints hints = peer_hints(node);
    if (compose(node, &out, send, &hints, &arena)) {
        const bool validators_only = frame_row((uint8_t)out.kind)->validators_only;
        if (broadcast) {
            peers_send(node, validators_only, out.kind, &out.u.base, &arena);
        } else {
            peer_send(node, (uint32_t)peer, out.kind, &out.u.base, &arena);
        }
    }
    arena_free(&arena);
}
