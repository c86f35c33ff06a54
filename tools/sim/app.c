/* SPDX-License-Identifier: Apache-2.0 */
/* The application: transactions are bits of a mask, a block is valid if none of its transactions
 * stands in an ancestor. */

#include "tools/sim/world.h"

#include <assert.h>

#define TX_PER_BLOCK 5

uint32_t app_build(struct world *world, struct sim_node *node, uint64_t view, uint32_t parent,
                   uint64_t parent_view, bool empty)
{
    const struct sim_block *below = &world->blocks[parent];
    uint64_t wanted = empty ? 0 : node->pool & ~below->all_txs;
    uint64_t txs = 0;
    for (int i = 0; i < TX_PER_BLOCK && wanted != 0; i++) {
        txs |= wanted & (~wanted + 1);
        wanted &= wanted - 1;
    }
    struct header header = {.version = 1,
                            .epoch = 1,
                            .view = view,
                            .height = below->block.header.height + 1,
                            .parent_id = below->block.id,
                            .parent_view = parent_view,
                            .proposer = node->index,
                            .time_ms = below->block.header.time_ms + 1};
    world->result.counters.empty += txs == 0 ? 1 : 0;
    return blocks_make(world, &header, parent, txs, false);
}

enum cons_verdict app_judge(struct world *world, const struct sim_node *node, uint32_t block)
{
    const struct sim_block *judged = &world->blocks[block];
    (void)node;
    world->result.counters.validations++;
    if (world->config->unable && rng_percent(&world->rng, world->now < world->gst ? 5 : 1)) {
        world->result.counters.unable++;
        return CONS_UNABLE;
    }
    const struct sim_block *parent = &world->blocks[judged->parent];
    if (judged->bad || judged->doubled ||
        judged->block.header.height != parent->block.header.height + 1) {
        world->result.counters.invalid++;
        return CONS_INVALID;
    }
    return CONS_VALID;
}

void app_commit(struct world *world, struct sim_node *node, uint32_t block,
                const struct cert *batch_final, bool own_final)
{
    const struct sim_block *final = &world->blocks[block];
    const uint64_t height = final->block.header.height;
    if (height <= node->height) {
        return; /* delivered before a crash: idempotent by height */
    }
    if (height != node->height + 1 || final->parent != node->chain[node->height].block) {
        world_fail(world, node->index, "I12: the delivered chain has a gap");
        return;
    }
    node->height = height;
    node->chain[height] =
        (struct chain_entry){.block = block, .batch_final = batch_final, .own_final = own_final};
    node->final_txs |= final->txs;
    node->pool &= ~final->txs;
    node->has_body[block] = 1;
    if (rng_percent(&world->rng, 70)) {
        node->height_synced = height;
    }
    if (node->role == SIM_HONEST) {
        oracle_delivered(world, node, height, block);
    }
}
