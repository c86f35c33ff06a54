/* SPDX-License-Identifier: Apache-2.0 */
/* The table of blocks above the final one, and a short memory of committed ones. A few dozen
 * entries, so looking through all of them is the fastest search. */
#include "node/core/node_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STRANGER_MS 10000 /* how long a block nobody asked about is kept */

struct body *body_new(size_t size)
{
    assert(size <= LIMIT_BLOCK_BODY);
    struct body *body = malloc(sizeof *body + size);
    if (body == NULL) {
        abort();
    }
    body->refs = 1;
    body->size = size;
    return body;
}

struct body *body_keep(struct body *body)
{
    body->refs++;
    return body;
}

void body_drop(struct body *body)
{
    if (body != NULL && --body->refs == 0) {
        free(body);
    }
}

struct block *block_keep(struct block *block)
{
    block->refs++;
    return block;
}

void block_drop(struct block *block)
{
    if (block == NULL || --block->refs > 0) {
        return;
    }
    body_drop(block->body);
    chain_state_drop(block->state);
    free(block->tx_ids);
    free((void *)(uintptr_t)block->receipts.data);
    free((void *)(uintptr_t)block->just.data);
    free(block);
}

struct block *block_find(const struct node *node, const struct hash *id)
{
    for (size_t i = 0; i < node->block_count; i++) {
        if (hash_equal(&node->blocks[i]->id, id)) {
            return node->blocks[i];
        }
    }
    return NULL;
}

struct block *block_recent(const struct node *node, const struct hash *id)
{
    for (size_t i = 0; i < node->recent_count; i++) {
        struct block *block = node->recent[(node->recent_first + i) % NODE_RECENT_MAX];
        if (hash_equal(&block->id, id)) {
            return block;
        }
    }
    return NULL;
}

static bool is_stranger(const struct node *node, const struct block *block)
{
    return !block->delivering && cons_block(node->cons, &block->id) == NULL;
}

static struct block *block_new(const struct node *node, const struct hash *id,
                               const struct header *header)
{
    struct block *block = node_alloc(sizeof *block);
    block->refs = 1;
    block->id = *id;
    block->header = *header;
    block->seen_ms = node->env->now_ms(node->env->context);
    return block;
}

struct block *block_learn(struct node *node, const struct hash *id, const struct header *header)
{
    struct block *block = block_find(node, id);
    if (block != NULL) {
        return block;
    }
    for (size_t i = 0; node->block_count == NODE_BLOCKS_MAX && i < node->block_count; i++) {
        if (is_stranger(node, node->blocks[i])) {
            block_forget(node, node->blocks[i]);
        }
    }
    if (node->block_count == NODE_BLOCKS_MAX) {
        return NULL;
    }
    block = block_new(node, id, header);
    node->blocks[node->block_count++] = block;
    return block;
}

static void mark(struct node *node, struct block *block, bool held)
{
    if (block->marked == held || block->tx_ids == NULL) {
        return;
    }
    block->marked = held;
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        struct pool_tx *tx = pool_find(node->pool, &block->tx_ids[i]);
        if (tx != NULL && (held || tx->in_blocks > 0)) {
            pool_mark(node->pool, tx, held ? 1 : -1);
        }
    }
}

void block_forget(struct node *node, struct block *block)
{
    for (size_t i = 0; i < node->block_count; i++) {
        if (node->blocks[i] == block) {
            node->blocks[i] = node->blocks[--node->block_count];
            mark(node, block, false);
            node->marks_stale = true;
            block_drop(block);
            return;
        }
    }
}

void block_retire(struct node *node, struct block *block)
{
    struct block *kept = block_keep(block);
    block_forget(node, block);
    chain_state_drop(kept->state);
    kept->state = NULL;
    const size_t size = kept->body == NULL ? 0 : kept->body->size;
    while (node->recent_count > 0 && (node->recent_count == NODE_RECENT_MAX ||
                                      node->recent_bytes + size > NODE_RECENT_BYTES)) {
        struct block *oldest = node->recent[node->recent_first];
        node->recent_first = (node->recent_first + 1) % NODE_RECENT_MAX;
        node->recent_count--;
        node->recent_bytes -= oldest->body == NULL ? 0 : oldest->body->size;
        block_drop(oldest);
    }
    node->recent[(node->recent_first + node->recent_count++) % NODE_RECENT_MAX] = kept;
    node->recent_bytes += size;
}

void block_remember(struct node *node, const struct hash *id, const struct header *header,
                    struct bytes body)
{
    struct block *block = block_new(node, id, header);
    block->body = body_new(body.size);
    if (body.size > 0) {
        memcpy(block->body->bytes, body.data, body.size);
    }
    block_retire(node, block);
    block_drop(block);
}

void blocks_mark(struct node *node)
{
    const struct cons_status status = cons_status(node->cons);
    if (!node->marks_stale && hash_equal(&node->marked_tip, &status.high_id)) {
        return;
    }
    node->marks_stale = false;
    node->marked_tip = status.high_id;
    struct block *path[NODE_BLOCKS_MAX];
    size_t count = 0;
    struct block *at = block_find(node, &status.high_id);
    while (at != NULL && count < NODE_BLOCKS_MAX) {
        path[count++] = at;
        at = block_find(node, &at->header.parent_id);
    }
    for (size_t i = 0; i < node->block_count; i++) {
        bool held = false;
        for (size_t j = 0; j < count && !held; j++) {
            held = path[j] == node->blocks[i];
        }
        if (!held) {
            mark(node, node->blocks[i], false);
        }
    }
    for (size_t j = 0; j < count; j++) {
        mark(node, path[j], true);
    }
}

void blocks_prune(struct node *node, uint64_t height)
{
    for (size_t i = node->block_count; i-- > 0;) {
        struct block *block = node->blocks[i];
        if (block->header.height <= height && !block->delivering) {
            block_forget(node, block);
        }
    }
}

void blocks_sweep(struct node *node)
{
    const uint64_t now = node->env->now_ms(node->env->context);
    for (size_t i = node->block_count; i-- > 0;) {
        struct block *block = node->blocks[i];
        if (now - block->seen_ms > STRANGER_MS && is_stranger(node, block)) {
            block_forget(node, block);
        }
    }
}
