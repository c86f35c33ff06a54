/* SPDX-License-Identifier: Apache-2.0 */
/* A log of which a prefix is synced, a slot, and a database that may lag: what a crash leaves of
 * them, and how the recovered state is read back (consensus.md 2.9, D2, D6). */

#include "tools/sim/world.h"

#include <assert.h>
#include <stdlib.h>

uint32_t disk_append(struct sim_node *node, const struct record *record)
{
    if (node->log_count == node->log_capacity) {
        node->log_capacity = node->log_capacity == 0 ? 256 : node->log_capacity * 2;
        node->log = realloc(node->log, node->log_capacity * sizeof *node->log);
        assert(node->log != NULL);
    }
    node->log[node->log_count] = *record;
    if (record->kind == RECORD_BLOCK) {
        node->in_log[record->block] = 1;
    }
    return node->log_count++;
}

struct cert *disk_cert(struct world *world, const struct cert *cert)
{
    struct cert *copy = malloc(sizeof *copy);
    assert(copy != NULL);
    *copy = *cert;
    if (world->cert_count == world->cert_capacity) {
        world->cert_capacity = world->cert_capacity == 0 ? 256 : world->cert_capacity * 2;
        world->certs = realloc(world->certs, world->cert_capacity * sizeof *world->certs);
        assert(world->certs != NULL);
    }
    world->certs[world->cert_count++] = copy;
    return copy;
}

/* Keeps the synced prefix and, at times, some of what follows: the disk may have got that far. */
void disk_lose(struct world *world, struct sim_node *node, bool wipe)
{
    struct rng *rng = &world->rng;
    if (wipe) {
        node->log_count = node->log_synced = 0;
        node->height = node->height_synced = 0;
        world->result.counters.wiped++;
        return;
    }
    uint32_t kept = node->log_synced;
    if (rng_percent(rng, 30)) {
        kept = (uint32_t)rng_between(rng, node->log_synced, node->log_count);
    }
    world->result.counters.torn += kept < node->log_count ? 1 : 0;
    node->log_count = kept;
    node->log_synced = kept;
    node->height = rng_between(rng, node->height_synced, node->height);
    node->height_synced = node->height;
}

static bool is_above(const struct vote *a, const struct vote *b)
{
    const int phase_a = a->kind == VOTE_NOTARIZE ? 1 : 2;
    const int phase_b = b->kind == VOTE_NOTARIZE ? 1 : 2;
    return a->view != b->view ? a->view > b->view : phase_a > phase_b;
}

static void recover_record(struct world *world, struct sim_node *node,
                           struct cons_recovered *recovered, struct record *record)
{
    switch (record->kind) {
    case RECORD_CERT:
        cons_recovered_cert(recovered, record->cert);
        break;
    case RECORD_BLOCK:
        node->has_body[record->block] = 1;
        node->in_log[record->block] = 1;
        cons_recovered_block(recovered, &world->blocks[record->block].block);
        break;
    case RECORD_VOTE:
        if (!node->has_slot || is_above(&record->vote, &node->slot)) {
            /* Log synced, slot not: the vote never left; it is released now. */
            node->has_slot = true;
            node->slot = record->vote;
            world->result.counters.log_ahead++;
            oracle_sign(world, &record->vote);
            if (node->role == SIM_HONEST) {
                oracle_released(world, node, &record->vote);
            }
        }
        cons_recovered_vote(recovered, &record->vote);
        break;
    }
}

void disk_recover(struct world *world, struct sim_node *node, struct cons_recovered *recovered)
{
    for (uint32_t i = 0; i < world->block_count; i++) {
        node->has_body[i] = node->in_log[i] = 0;
    }
    node->final_txs = 0;
    for (uint64_t height = 0; height <= node->height; height++) {
        node->has_body[node->chain[height].block] = 1;
        node->final_txs |= world->blocks[node->chain[height].block].txs;
    }
    const struct chain_entry *head = &node->chain[node->height];
    cons_recovered_init(recovered, &world->blocks[head->block].block.id, node->height);
    if (head->batch_final != NULL) {
        cons_recovered_cert(recovered, head->batch_final);
    }
    for (uint32_t i = 0; i < node->log_count; i++) {
        recover_record(world, node, recovered, &node->log[i]);
    }
    if (node->has_slot) {
        const struct cons_guard slot = {.epoch = node->slot.epoch,
                                        .view = node->slot.view,
                                        .phase = node->slot.kind == VOTE_NOTARIZE ? 1 : 2};
        if (slot.view > recovered->guard.view ||
            (slot.view == recovered->guard.view && slot.phase > recovered->guard.phase)) {
            recovered->guard = slot;
            recovered->lost_log = true;
        }
    }
    recovered->listen = recovered->lost_log;
}
