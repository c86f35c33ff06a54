/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the other validators what was admitted here: many transactions a frame, and again each
 * second what came through this door and is in no block yet, for a frame may be lost. */
#include "node/core/node_impl.h"

#define GOSSIP_ARENA (2u * 1024 * 1024)
#define GOSSIP_FRAME (64u * 1024)
#define GOSSIP_AGAIN 64 /* own transactions told again per tick */

static void gossip_to(struct node *node, uint32_t peer)
{
    ProtobufCBinaryData list[sizeof node->gossip / sizeof node->gossip[0]];
    Seam__PeerHints hints = peer_hints(node);
    size_t i = 0;
    while (i < node->gossip_count) {
        Seam__PeerTransactions message = SEAM__PEER_TRANSACTIONS__INIT;
        message.hints = &hints;
        message.transactions = list;
        size_t bytes = 0;
        for (; i < node->gossip_count && bytes < GOSSIP_FRAME; i++) {
            const struct pool_tx *tx = node->gossip[i];
            if (node->gossip_from[i] == (int)peer || tx->gone) {
                continue;
            }
            list[message.n_transactions++] = frame_data(tx->raw);
            bytes += tx->raw.size;
        }
        if (message.n_transactions == 0) {
            continue;
        }
        struct arena arena;
        arena_init(&arena, GOSSIP_ARENA);
        peer_send(node, peer, FRAME_TRANSACTIONS, &message.base, &arena);
        arena_free(&arena);
    }
}

void gossip_flush(struct node *node, bool now)
{
    if (node->gossip_count == 0) {
        return;
    }
    if (!now && node->door_jobs > 0 && node->gossip_count < NODE_GOSSIP_ENOUGH) {
        if (!node->gossip_waits) {
            node->gossip_waits = true;
            node->env->timer_set(node->env->context, NODE_TIMER_GOSSIP, NODE_GOSSIP_WAIT_MS);
        }
        return;
    }
    if (node->gossip_waits) {
        node->gossip_waits = false;
        node->env->timer_cancel(node->env->context, NODE_TIMER_GOSSIP);
    }
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        if (node->peers[i].up && node->peers[i].greeted) {
            gossip_to(node, i);
        }
    }
    for (size_t i = 0; i < node->gossip_count; i++) {
        pool_tx_drop(node->gossip[i]);
    }
    node->gossip_count = 0;
}

void gossip_push(struct node *node, struct pool_tx *tx, int from)
{
    const size_t max = sizeof node->gossip / sizeof node->gossip[0];
    if (node->gossip_count == max) {
        gossip_flush(node, true);
    }
    pool_tx_keep(tx);
    node->gossip[node->gossip_count] = tx;
    node->gossip_from[node->gossip_count++] = from;
}

void gossip_again(struct node *node)
{
    size_t told = 0;
    struct pool_tx *tx = pool_first(node->pool);
    for (; tx != NULL && told < GOSSIP_AGAIN; tx = tx->next) {
        if (tx->local && tx->in_blocks == 0 && tx->told <= node->told_round) {
            tx->told = node->told_round + 1;
            gossip_push(node, tx, -1);
            told++;
        }
    }
    /* Before all were told again nobody is a second time. */
    if (tx == NULL) {
        node->told_round++;
    }
}
