/* SPDX-License-Identifier: Apache-2.0 */
/* All blocks of the world by index. The id is a mix of the header, so equal headers are one block,
 * as with a hash. */

#include "tools/sim/world.h"

#include <assert.h>
#include <string.h>

static uint64_t mix(uint64_t state, uint64_t value)
{
    struct rng rng = {.state = state ^ (value * UINT64_C(0x9e3779b97f4a7c15))};
    return rng_next(&rng);
}

static struct hash header_id(const struct header *header)
{
    uint64_t parent = 0;
    uint64_t root = 0;
    memcpy(&parent, header->parent_id.bytes, sizeof parent);
    memcpy(&root, header->tx_root.bytes, sizeof root);
    const uint64_t fields[] = {header->epoch, header->view,        header->height,
                               parent,        header->parent_view, header->proposer,
                               root,          header->flags,       header->tx_count};
    struct hash id;
    for (size_t lane = 0; lane < 4; lane++) {
        uint64_t state = lane + 1;
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            state = mix(state, fields[i]);
        }
        memcpy(id.bytes + 8 * lane, &state, 8);
    }
    return id;
}

uint32_t blocks_find(const struct world *world, const struct hash *id)
{
    for (uint32_t i = world->block_count; i > 0; i--) {
        if (hash_equal(&world->blocks[i - 1].block.id, id)) {
            return i - 1;
        }
    }
    return NO_BLOCK;
}

uint32_t blocks_make(struct world *world, struct header *header, uint32_t parent, uint64_t txs,
                     bool bad)
{
    memcpy(header->tx_root.bytes, &txs, sizeof txs);
    header->tx_count = (uint32_t)__builtin_popcountll(txs) + (bad ? 1000000u : 0u);
    const struct hash id = header_id(header);
    const uint32_t held = blocks_find(world, &id);
    if (held != NO_BLOCK) {
        return held;
    }
    assert(world->block_count < WORLD_BLOCKS);
    struct sim_block *block = &world->blocks[world->block_count];
    const uint64_t before = parent == NO_BLOCK ? 0 : world->blocks[parent].all_txs;
    *block = (struct sim_block){.block = {.id = id, .header = *header},
                                .parent = parent,
                                .txs = txs,
                                .all_txs = before | txs,
                                .bad = bad,
                                .doubled = (before & txs) != 0};
    return world->block_count++;
}
