/* SPDX-License-Identifier: Apache-2.0 */
/* A place among the upper levels is a small number: all places of level l come after those above.
 * Nodes never change once created, so a slot is right whenever its height is the one asked for. */
#include "ledger/store/tree_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/store/spin.h"
#include "ledger/store/tree_node.h"

#define SLOTS (1 + 16 + 256 + 4096)

struct slot {
    uint64_t height;
    size_t size; /* of the node; 0: empty */
    size_t hashes_size;
    uint8_t *bytes; /* the node, its hashes */
};

struct tree_cache {
    struct spin lock;
    struct slot slots[SLOTS];
};

struct tree_cache *tree_cache_new(void)
{
    return calloc(1, sizeof(struct tree_cache));
}

void tree_cache_free(struct tree_cache *cache)
{
    if (!cache) {
        return;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        free(cache->slots[i].bytes);
    }
    free(cache);
}

/* slot_of gives the slot of a node key and its height; NULL for deeper nodes. */
static struct slot *slot_of(struct tree_cache *cache, struct bytes key, uint64_t *height)
{
    struct reader reader = reader_of(key);
    *height = read_u64_be(&reader);
    const unsigned nibbles = read_u8(&reader);
    assert(!reader.failed);
    if (nibbles >= TREE_CACHE_LEVELS) {
        return NULL;
    }
    size_t first = 0;
    size_t place = 0;
    size_t level_size = 1;
    for (unsigned i = 0; i < nibbles; i++) {
        const unsigned byte = key.data[9 + i / 2];
        place = 16 * place + (i % 2 ? byte & 15u : byte >> 4);
        first += level_size;
        level_size *= 16;
    }
    assert(first + place < SLOTS);
    return &cache->slots[first + place];
}

bool tree_cache_get(struct tree_cache *cache, struct bytes node_key, struct arena *arena,
                    struct bytes *node, struct bytes *hashes)
{
    uint64_t height;
    struct slot *slot = slot_of(cache, node_key, &height);
    uint8_t copy[TREE_NODE_SIZE_MAX + TREE_HASHES_SIZE_MAX];
    size_t size = 0;
    size_t hashes_size = 0;
    if (!slot) {
        return false;
    }
    spin_lock(&cache->lock);
    if (slot->size && slot->height == height) {
        size = slot->size;
        hashes_size = slot->hashes_size;
        memcpy(copy, slot->bytes, size + hashes_size);
    }
    spin_unlock(&cache->lock);
    return size && arena_copy(arena, bytes_of(copy, size), node) &&
           arena_copy(arena, bytes_of(copy + size, hashes_size), hashes);
}

void tree_cache_put(struct tree_cache *cache, struct bytes node_key, struct bytes node,
                    struct bytes hashes)
{
    uint64_t height;
    struct slot *slot = slot_of(cache, node_key, &height);
    if (!slot || node.size == 0 || node.size > TREE_NODE_SIZE_MAX ||
        hashes.size > TREE_HASHES_SIZE_MAX) {
        return;
    }
    uint8_t *copy = malloc(node.size + hashes.size);
    if (!copy) {
        return; /* a cache may forget */
    }
    memcpy(copy, node.data, node.size);
    if (hashes.size) {
        memcpy(copy + node.size, hashes.data, hashes.size);
    }
    uint8_t *loser = copy;
    spin_lock(&cache->lock);
    if (!slot->size || slot->height < height) {
        loser = slot->bytes;
        *slot = (struct slot){height, node.size, hashes.size, copy};
    }
    spin_unlock(&cache->lock);
    free(loser);
}
