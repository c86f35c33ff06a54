/* SPDX-License-Identifier: Apache-2.0 */
/* The queue in front of the signer. Everything that one turn of the loop asks for goes into one
 * job, that is one sync of the log and one of the slot. Records keep the order of the actions, so a
 * vote never reaches the disk before what it rests on. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_SEGMENTS 4

struct signer_job {
    struct node_job base;
    struct op *ops;
    size_t count;
    uint64_t barrier; /* reached when this job is done */
    uint64_t log_bytes;
    enum err err;
};

static struct op *op_new(struct node *node, enum op_kind kind)
{
    if (node->op_count == node->op_capacity) {
        node->op_capacity = node->op_capacity == 0 ? 64 : 2 * node->op_capacity;
        node->ops = realloc(node->ops, node->op_capacity * sizeof *node->ops);
        if (node->ops == NULL) {
            abort();
        }
    }
    struct op *op = &node->ops[node->op_count++];
    *op = (struct op){.kind = kind};
    return op;
}

bool casting_full(const struct node *node)
{
    return node->op_count >= NODE_OPS_MAX && !NODE_MUTANT(NODE_MUTANT_OPS_UNBOUNDED);
}

void casting_record(struct node *node, enum log_type type, struct bytes data, struct block *block)
{
    struct op *op = op_new(node, OP_RECORD);
    op->type = type;
    op->data = data;
    op->block = block == NULL ? NULL : block_keep(block);
}

static void record_block(struct node *node, struct block *block)
{
    uint8_t *header = node_alloc(HEADER_SIZE);
    header_encode(header, &block->header);
    casting_record(node, LOG_BLOCK, bytes_of(header, HEADER_SIZE), block);
    block->logged = true;
}

static void record_cert(struct node *node, const struct cert *cert)
{
    if (cert == NULL) {
        return;
    }
    const size_t size = cert_size(cert);
    uint8_t *data = node_alloc(size);
    struct writer writer = writer_of(data, size);
    cert_write(&writer, cert);
    casting_record(node, LOG_CERT, bytes_of(data, size), NULL);
}

void casting_append(struct node *node, const struct cert *cert)
{
    record_cert(node, cert);
}

void casting_cast(struct node *node, const struct cons_action *action)
{
    if ((action->u.cast.records & CONS_RECORD_BLOCK) != 0) {
        struct block *block = block_find(node, &action->u.cast.block_id);
        assert(block != NULL);
        assert(block->body != NULL);
        if (!block->logged) {
            record_block(node, block);
        }
    }
    struct op *op = op_new(node, OP_CAST);
    op->token = action->u.cast.token;
    op->vote = action->u.cast.vote;
    node->ops_urgent = true;
}

void casting_mute(struct node *node)
{
    (void)op_new(node, OP_MUTE);
    node->ops_urgent = true;
    node->muted = true;
}

uint64_t casting_barrier(struct node *node)
{
    node->ops_urgent = true;
    return node->barrier_next;
}

bool casting_reached(const struct node *node, uint64_t barrier)
{
    return node->barrier_done >= barrier;
}

/* --- on the signer's thread
 * ------------------------------------------------------------------------ */

static enum err run_op(struct signer *signer, struct op *op)
{
    bool repeated;
    switch (op->kind) {
    case OP_RECORD: {
        struct bytes parts[2] = {op->data, bytes_of(NULL, 0)};
        if (op->block != NULL) {
            parts[1] = bytes_of(op->block->body->bytes, op->block->body->size);
        }
        return log_append(signer->log, op->type, parts, 2);
    }
    case OP_CAST:
        op->result = signer_cast(signer, &op->vote, &repeated);
        return op->result == ERR_STATE_MACHINE ? OK : op->result;
    case OP_MUTE:
        return signer_mute(signer);
    case OP_CHECKPOINT_BEGIN:
        return log_checkpoint_begin(signer->log);
    case OP_CHECKPOINT_END:
        return log_checkpoint_end(signer->log);
    }
    return ERR_INTERNAL;
}

static void signer_job_run(struct env_job *job)
{
    struct signer_job *work = (struct signer_job *)job;
    struct signer *signer = &work->base.node->signer;
    for (size_t i = 0; i < work->count && work->err == OK; i++) {
        work->err = run_op(signer, &work->ops[i]);
    }
    if (work->err == OK && !NODE_MUTANT(NODE_MUTANT_NO_SYNC)) {
        work->err = signer_sync(signer);
    }
    if (NODE_MUTANT(NODE_MUTANT_SYNC_RETRIED)) {
        work->err = OK;
    }
    work->log_bytes = log_size(signer->log);
}

/* --- back on the loop
 * -------------------------------------------------------------------------------- */

static void job_free(struct signer_job *work)
{
    for (size_t i = 0; i < work->count; i++) {
        free((void *)(uintptr_t)work->ops[i].data.data);
        block_drop(work->ops[i].block);
    }
    free(work->ops);
    free(work);
}

static void signer_job_done(struct env_job *job)
{
    struct signer_job *work = (struct signer_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    node->signer_busy = false;
    if (work->err != OK) {
        node_fail(node, NODE_STOP_STORAGE,
                  "the consensus log or the signer's slot cannot be written");
        job_free(work);
        return;
    }
    node->barrier_done = work->barrier;
    node->log_bytes = work->log_bytes;
    for (size_t i = 0; i < work->count; i++) {
        const struct op *op = &work->ops[i];
        if (op->kind != OP_CAST) {
            continue;
        }
        struct queued queued = {.kind = op->result == OK ? QUEUED_PERSISTED : QUEUED_REFUSED,
                                .token = op->token,
                                .vote = op->vote};
        node_queue(node, &queued);
    }
    job_free(work);
}

static void signer_job_drop(struct env_job *job)
{
    struct signer_job *work = (struct signer_job *)job;
    node_job_ended(work->base.node);
    job_free(work);
}

/* start_job gives everything queued to the signer, who must be idle. */
static void start_job(struct node *node)
{
    struct signer_job *work = node_alloc(sizeof *work);
    work->base.job =
        (struct env_job){.run = signer_job_run, .done = signer_job_done, .drop = signer_job_drop};
    work->ops = node->ops;
    work->count = node->op_count;
    work->barrier = node->barrier_next++;
    node->ops = NULL;
    node->op_count = 0;
    node->op_capacity = 0;
    node->ops_urgent = false;
    node->signer_busy = true;
    const bool taken = node_job_start(node, ENV_SIGNER, &work->base);
    assert(taken); /* the signer's queue never refuses */
    (void)taken;
}

static void record_vote(struct node *node, enum vote_kind kind)
{
    const struct vote *vote = cons_own_vote(node->cons, kind);
    if (vote != NULL) {
        uint8_t *data = node_alloc(VOTE_SIZE);
        vote_encode(data, vote);
        casting_record(node, LOG_VOTE, bytes_of(data, VOTE_SIZE), NULL);
    }
}

/* The state as a run of ordinary records in a new segment: recovery takes the highest of each kind,
 * so repeating them is harmless. Only while the signer is idle and the state machine has heard of
 * all its votes, or the record of one could go with the old segments; what is queued comes after.
 */
static void checkpoint(struct node *node)
{
    struct op *waiting = node->ops;
    const size_t waiting_count = node->op_count;
    const size_t waiting_capacity = node->op_capacity;
    const bool urgent = node->ops_urgent;
    node->ops = NULL;
    node->op_count = 0;
    node->op_capacity = 0;
    (void)op_new(node, OP_CHECKPOINT_BEGIN);
    const bool empty = NODE_MUTANT(NODE_MUTANT_CHECKPOINT_EMPTY);
    record_cert(node, empty ? NULL : cons_final_cert(node->cons));
    record_cert(node, empty ? NULL : cons_high_cert(node->cons));
    record_cert(node, empty ? NULL : cons_skip_cert(node->cons));
    for (size_t i = 0; i < node->block_count && !empty; i++) {
        struct block *block = node->blocks[i];
        if (block->body != NULL && block->logged && block->header.height > node->head.height) {
            record_block(node, block);
        }
    }
    record_vote(node, VOTE_NOTARIZE);
    record_vote(node, VOTE_NULLIFY);
    record_vote(node, VOTE_FINALIZE);
    (void)op_new(node, OP_CHECKPOINT_END);
    /* Barriers given out so far wait for what is queued, which is the job after this one. */
    node->barrier_next--;
    start_job(node);
    node->ops = waiting;
    node->op_count = waiting_count;
    node->op_capacity = waiting_capacity;
    node->ops_urgent = urgent;
}

static bool checkpoint_due(const struct node *node)
{
    return node->log_bytes >= CHECKPOINT_SEGMENTS * node->segment_size && node->queue_count == 0 &&
           !node->sync.committing;
}

void casting_flush(struct node *node, bool force)
{
    if (node->signer_busy || node->failed || !node->started) {
        return;
    }
    if (checkpoint_due(node)) {
        checkpoint(node);
    } else if (node->ops_urgent || (force && node->op_count > 0)) {
        start_job(node);
    }
}
