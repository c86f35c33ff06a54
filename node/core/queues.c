/* SPDX-License-Identifier: Apache-2.0 */
/* What waits here and how much may, read and never changed. The bounds are those that the modules
 * keep; who looks from outside sees whether they do. */
#include "node/core/node_impl.h"

#include <string.h>

/* One transaction may be over the bound of what waits before the door. */
#define ARRIVALS_OVER (LIMIT_TX + sizeof(struct arrival))

static void more(struct node_queue *queue, uint64_t size)
{
    queue->size = size > queue->size ? size : queue->size;
}

static void fill_peer(const struct node *node, uint32_t number, struct node_queue *out)
{
    const struct peer *peer = &node->peers[number];
    more(&out[NODE_QUEUE_PEER_DOOR], peer->at_door.count);
    more(&out[NODE_QUEUE_PEER_ARRIVALS_BYTES], peer->arrivals.bytes);
    more(&out[NODE_QUEUE_PEER_VERIFYING], peer->verifying);
}

static void fill_bodies(const struct node *node, struct node_queue *out)
{
    uint8_t bodies[ENV_PEERS] = {0};
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        if (node->assemblies[i].used) {
            more(out, ++bodies[node->assemblies[i].peer]);
        }
    }
}

static uint64_t count_deliveries(const struct node *node)
{
    uint64_t count = 0;
    for (const struct delivery *at = node->deliveries; at != NULL; at = at->next) {
        count++;
    }
    return count;
}

void node_queues(const struct node *node, struct node_queue out[NODE_QUEUES])
{
    const struct pool_limits *limits = pool_limits(node->pool);
    const struct node_queue queues[NODE_QUEUES] = {
        [NODE_QUEUE_EVENTS] = {"events", node->queue_count, NODE_QUEUE_MAX},
        [NODE_QUEUE_BLOCKS] = {"blocks", node->block_count, NODE_BLOCKS_MAX},
        [NODE_QUEUE_RECENT] = {"recent blocks", node->recent_count, NODE_RECENT_MAX},
        [NODE_QUEUE_RECENT_BYTES] = {"bytes of recent blocks", node->recent_bytes,
                                     NODE_RECENT_BYTES},
        [NODE_QUEUE_POOL] = {"pool", pool_count(node->pool), limits->count_max},
        [NODE_QUEUE_POOL_BYTES] = {"bytes in the pool", pool_bytes(node->pool), limits->bytes_max},
        [NODE_QUEUE_DOOR] = {"door", node->door_jobs, DOOR_JOBS_MAX + DOOR_REJUDGE_MAX},
        [NODE_QUEUE_PEER_DOOR] = {"a peer's at the door", 0, DOOR_PEER_JOBS_MAX},
        [NODE_QUEUE_PEER_ARRIVALS_BYTES] = {"bytes of a peer before the door", 0,
                                            ARRIVALS_BYTES_MAX + ARRIVALS_OVER},
        [NODE_QUEUE_PEER_VERIFYING] = {"a peer's frames to verify", 0, PEER_VERIFYING_MAX},
        [NODE_QUEUE_PEER_BODIES] = {"a peer's bodies", 0, FETCH_PER_PEER},
        [NODE_QUEUE_SIGNER] = {"for the log and the signer", node->op_count,
                               NODE_OPS_MAX + CASTING_OVER},
        [NODE_QUEUE_DELIVERIES] = {"deliveries", count_deliveries(node),
                                   NODE_BLOCKS_MAX + CHAIN_DELIVER_MAX},
        [NODE_QUEUE_SYNC] = {"blocks of a window", node->sync.count, CHAIN_DELIVER_MAX}};
    memcpy(out, queues, sizeof queues);
    fill_bodies(node, &out[NODE_QUEUE_PEER_BODIES]);
    for (uint32_t i = 0; i < ENV_PEERS; i++) {
        if (node->peers[i].up) {
            fill_peer(node, i, out);
        }
    }
}
