/* SPDX-License-Identifier: Apache-2.0 */
/* Final blocks wait in a queue until the log holds, synced, the certificate that made them final
 * (the log is never behind the database, decision D23); then a batch of them goes to the database
 * in one synced write, and only then anybody is told. The indexes follow on the same thread when it
 * has nothing better to do. */
#include "node/core/mutant.h"
#include "node/core/node_impl.h"

#include "ledger/store/chain_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct commit_job {
    struct node_job base;
    struct chain_db *db;
    struct delivery *deliveries[CHAIN_DELIVER_MAX];
    size_t count;
    enum err err;
};

void commit_deliver(struct node *node, struct block *block, struct bytes finalization, bool synced)
{
    struct delivery *delivery = node_alloc(sizeof *delivery);
    delivery->block = block_keep(block);
    delivery->finalization = finalization;
    delivery->barrier = casting_barrier(node);
    delivery->synced = synced;
    /* Consensus and block sync may both bring a block; the first one is written. */
    delivery->again = block->header.height <= node->queued_height;
    if (!delivery->again) {
        node->queued_height = block->header.height;
    }
    block->delivering = true;
    if (node->deliveries_last != NULL) {
        node->deliveries_last->next = delivery;
    } else {
        node->deliveries = delivery;
    }
    node->deliveries_last = delivery;
}

static void delivery_free(struct delivery *delivery)
{
    block_drop(delivery->block);
    free((void *)(uintptr_t)delivery->finalization.data);
    free(delivery);
}

/* --- on the committer's thread
 * ---------------------------------------------------------------------- */

static void commit_run(struct env_job *job)
{
    struct commit_job *work = (struct commit_job *)job;
    uint8_t(*headers)[HEADER_SIZE] = calloc(work->count, HEADER_SIZE);
    struct chain_block *blocks = calloc(work->count, sizeof *blocks);
    if (headers == NULL || blocks == NULL) {
        work->err = ERR_MEMORY;
        free(headers);
        free(blocks);
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < work->count; i++) {
        const struct delivery *delivery = work->deliveries[i];
        const struct block *block = delivery->block;
        if (delivery->again) {
            continue;
        }
        header_encode(headers[i], &block->header);
        blocks[count++] = (struct chain_block){
            .header = bytes_of(headers[i], HEADER_SIZE),
            .body = block->body == NULL ? bytes_of(NULL, 0)
                                        : bytes_of(block->body->bytes, block->body->size),
            .finalization = delivery->finalization,
            .justification = delivery->just,
            .state = block->state,
            .tx_ids = block->tx_ids,
            .tx_count = block->header.tx_count};
    }
    work->err = count == 0 ? OK : chain_db_deliver(work->db, blocks, count);
    free(blocks);
    free(headers);
}

/* --- back on the loop
 * -------------------------------------------------------------------------------- */

static void record_delivery(struct node *node, const struct block *block)
{
    const size_t size = 8 + 2 * HASH_SIZE;
    uint8_t *data = node_alloc(size);
    struct writer writer = writer_of(data, size);
    write_u64(&writer, block->header.height);
    write_raw(&writer, block->id.bytes, HASH_SIZE);
    write_raw(&writer, block->header.state_root.bytes, HASH_SIZE);
    casting_record(node, LOG_DELIVER, bytes_of(data, size), NULL);
}

static void committed(struct node *node, struct delivery *delivery)
{
    struct block *block = delivery->block;
    block->delivering = false;
    if (delivery->again) {
        return;
    }
    record_delivery(node, block);
    node->head_header = block->header;
    admission_delivered(&node->admission,
                        admission_units(block->header.tx_count, block->header.body_size));
    door_delivered(node, block);
    execute_committed(node, block);
    block_retire(node, block);
}

static void commit_done(struct env_job *job)
{
    struct commit_job *work = (struct commit_job *)job;
    struct node *node = work->base.node;
    node_job_ended(node);
    node->commit_busy = false;
    if (work->err != OK) {
        node_fail(node, work->err == ERR_CONFLICT ? NODE_STOP_DIVERGENCE : NODE_STOP_STORAGE,
                  work->err == ERR_CONFLICT ? "a final block does not follow the database's head"
                                            : "the chain database cannot be written");
    } else {
        for (size_t i = 0; i < work->count; i++) {
            committed(node, work->deliveries[i]);
        }
        chain_state_drop(node->head_state);
        node->head_state = chain_db_state(node->db);
        chain_db_head(node->db, &node->head);
        node->head_ms = node->env->now_ms(node->env->context);
        blocks_prune(node, node->head.height);
        const struct delivery *last = work->deliveries[work->count - 1];
        sync_committed(node, last->synced ? last->block : NULL);
        door_rejudge(node);
        node->env->metric_add(node->env->context, "seam_ledger_blocks_total", NULL,
                              (int64_t)work->count);
    }
    for (size_t i = 0; i < work->count; i++) {
        delivery_free(work->deliveries[i]);
    }
    free(work);
}

static void commit_drop(struct env_job *job)
{
    struct commit_job *work = (struct commit_job *)job;
    node_job_ended(work->base.node);
    for (size_t i = 0; i < work->count; i++) {
        delivery_free(work->deliveries[i]);
    }
    free(work);
}

/* batch takes what belongs together: up to the last finalization that the log already holds, so the
 * database never ends on a block without the certificate above it. */
static size_t batch_size(const struct node *node)
{
    size_t count = 0;
    size_t whole = 0;
    for (const struct delivery *at = node->deliveries;
         at != NULL && count < CHAIN_DELIVER_MAX &&
         (casting_reached(node, at->barrier) || NODE_MUTANT(NODE_MUTANT_NO_BARRIER));
         at = at->next) {
        count++;
        if (at->finalization.size > 0) {
            whole = count;
            if (count >= NODE_COMMIT_MAX) {
                break;
            }
        }
    }
    return whole;
}

void commit_flush(struct node *node)
{
    if (node->commit_busy || node->failed) {
        return;
    }
    const size_t count = batch_size(node);
    if (count == 0) {
        return;
    }
    struct commit_job *work = node_alloc(sizeof *work);
    work->base.job = (struct env_job){.run = commit_run, .done = commit_done, .drop = commit_drop};
    work->db = node->db;
    for (work->count = 0; work->count < count; work->count++) {
        struct delivery *delivery = node->deliveries;
        node->deliveries = delivery->next;
        delivery->just = delivery->block->just; /* the loop may still set an empty one */
        work->deliveries[work->count] = delivery;
        if (NODE_MUTANT(NODE_MUTANT_EARLY_ANSWER)) {
            door_delivered(node, delivery->block);
        }
    }
    if (node->deliveries == NULL) {
        node->deliveries_last = NULL;
    }
    node->commit_busy = true;
    const bool taken = node_job_start(node, ENV_COMMITTER, &work->base);
    assert(taken); /* the committer's queue never refuses */
    (void)taken;
}

/* --- indexes behind the commits
 * ---------------------------------------------------------------------- */

struct index_job {
    struct node_job base;
    struct chain_db *db;
    enum err err;
};

static void index_run(struct env_job *job)
{
    struct index_job *work = (struct index_job *)job;
    work->err = chain_index_step(work->db, exec_tx_ids);
}

/* A part that is to be made again comes after a rest, so that it stays beside the work of the node;
 * so does one that could not be made. */
static void index_done(struct env_job *job)
{
    struct index_job *work = (struct index_job *)job;
    struct node *node = work->base.node;
    const enum err err = work->err;
    node_job_ended(node);
    node->index_busy = false;
    free(work);
    if (err == ERR_STORAGE) {
        node_fail(node, NODE_STOP_STORAGE, "the chain database cannot be written");
        return;
    }
    if (err != OK || (chain_index_behind(node->db) == 0 && chain_index_wanted(node->db))) {
        node->index_waits = true;
        node->index_stuck = err != OK;
        node->env->timer_set(node->env->context, NODE_TIMER_INDEX,
                             err == OK ? NODE_INDEX_REST_MS : NODE_TICK_MS);
    }
}

static void index_drop(struct env_job *job)
{
    struct index_job *work = (struct index_job *)job;
    node_job_ended(work->base.node);
    free(work);
}

void commit_index(struct node *node)
{
    if (node->index_busy || node->index_stuck || node->failed || !node->started ||
        !chain_index_wanted(node->db)) {
        return;
    }
    const size_t behind = chain_index_behind(node->db);
    if (behind == 0 ? node->index_waits : node->commit_busy && behind < NODE_INDEX_BEHIND) {
        return;
    }
    struct index_job *work = node_alloc(sizeof *work);
    work->base.job = (struct env_job){.run = index_run, .done = index_done, .drop = index_drop};
    work->db = node->db;
    node->index_busy = true;
    const bool taken = node_job_start(node, ENV_COMMITTER, &work->base);
    assert(taken); /* the committer's queue never refuses */
    (void)taken;
}
