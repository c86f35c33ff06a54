/* SPDX-License-Identifier: Apache-2.0 */
/*~ The node as a whole. Events come in through node.h; driver.c turns them into steps of the state
 * machine and its actions into jobs; casting.c, execute.c and committer.c are the three queues in
 * front of the signer, the executor and the database; door.c lets transactions into mempool.c;
 * fetch.c and sync.c get what is missing; recover.c puts it together again after a crash. */
#include "node/core/node.h"

#include "node/core/node_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define POOL_BYTES (256ull * 1024 * 1024)
#define POOL_COUNT 100000u
#define POOL_SHARES 4 /* one organisation may fill a quarter of the pool */
#define SEGMENT_SIZE (32ull * 1024 * 1024)
#define CACHE_ENTRIES 65536u
#define SYNC_BYTES (2u * 1024 * 1024)

enum err node_log_sound(const struct env *env, struct err_detail *detail)
{
    struct log_report report;
    const enum err err = log_scan(env, NULL, NULL, NULL, &report, detail);
    return err == OK && report.fresh ? ERR_ABSENT : err;
}

static struct node *node_new(const struct node_config *config)
{
    struct node *node = node_alloc(sizeof *node);
    const uint64_t bytes = config->pool_bytes_max != 0 ? config->pool_bytes_max : POOL_BYTES;
    const uint32_t count = config->pool_count_max != 0 ? config->pool_count_max : POOL_COUNT;
    const uint64_t share = bytes / POOL_SHARES;
    const struct pool_limits limits = {.bytes_max = bytes,
                                       .bytes_organisation = share > LIMIT_TX ? share : LIMIT_TX,
                                       .count_max = count,
                                       .count_organisation = (count - 1) / POOL_SHARES + 1};
    node->env = config->env;
    node->db = config->chain;
    node->software = config->software;
    memcpy(node->node_key, config->node_key, sizeof node->node_key);
    node->pool = pool_new(&limits);
    node->cache_shared = config->verified != NULL;
    node->cache = node->cache_shared ? config->verified
                                     : cache_new(config->cache_entries != 0 ? config->cache_entries
                                                                            : CACHE_ENTRIES);
    node->actions = node_alloc(sizeof *node->actions);
    node->recovered = node_alloc(sizeof *node->recovered);
    node->segment_size = config->log_segment_size != 0 ? config->log_segment_size : SEGMENT_SIZE;
    node->sync_bytes = config->sync_bytes != 0 ? config->sync_bytes : SYNC_BYTES;
    node->build_bytes = LIMIT_BLOCK_BODY;
    node->barrier_next = 1;
    if (node->pool == NULL || node->cache == NULL) {
        abort();
    }
    return node;
}

enum err node_open(struct node **out, const struct node_config *config, struct err_detail *detail)
{
    assert(config->env != NULL);
    assert(config->chain != NULL);
    struct node *node = node_new(config);
    const enum err err = recover(node, config, detail);
    if (err != OK) {
        node_free(node);
        return err;
    }
    *out = node;
    return OK;
}

void node_start(struct node *node)
{
    assert(!node->started);
    node->started = true;
    node->head_ms = node->env->now_ms(node->env->context);
    for (uint16_t i = 0; i < node->valset.count; i++) {
        node->voted_ms[i] = node->head_ms;
        node->gone_ms[i] = node->head_ms;
    }
    env_logf(node->env, ENV_INFO, "node", "start at height %llu, validator %d of %u",
             (unsigned long long)node->head.height, node->self == CONS_NONE ? -1 : node->self,
             node->valset.count);
    struct cons_event event = {.kind = CONS_E_START, .u.start = node->recovered};
    node_event(node, &event);
    node->started_view = cons_status(node->cons).view;
    free(node->recovered);
    node->recovered = NULL;
    node->env->timer_set(node->env->context, NODE_TIMER_TICK, NODE_TICK_MS);
    node_settle(node);
}

bool node_stop(struct node *node)
{
    if (!node->stopping) {
        node->stopping = true;
        node->failed = true; /* no more votes, no more jobs */
        env_logf(node->env, ENV_INFO, "node", "stopping at height %llu",
                 (unsigned long long)node->head.height);
    }
    return node->jobs == 0;
}

static void free_deliveries(struct node *node)
{
    while (node->deliveries != NULL) {
        struct delivery *delivery = node->deliveries;
        node->deliveries = delivery->next;
        block_drop(delivery->block);
        free((void *)(uintptr_t)delivery->finalization.data);
        free(delivery);
    }
}

static void free_queues(struct node *node)
{
    for (size_t i = 0; i < node->queue_count; i++) {
        struct queued *queued = &node->queue[(node->queue_first + i) % NODE_QUEUE_MAX];
        block_drop(queued->block);
        free(queued->final);
    }
    for (size_t i = 0; i < node->op_count; i++) {
        free((void *)(uintptr_t)node->ops[i].data.data);
        block_drop(node->ops[i].block);
    }
    free(node->ops);
    for (size_t i = 0; i < node->gossip_count; i++) {
        pool_tx_drop(node->gossip[i]);
    }
    for (size_t i = 0; i < FETCH_ASSEMBLIES; i++) {
        body_drop(node->assemblies[i].body);
    }
    for (size_t i = 0; i < ENV_PEERS; i++) {
        arrivals_clear(node, &node->peers[i]);
    }
}

void node_free(struct node *node)
{
    if (node == NULL) {
        return;
    }
    assert(node->jobs == 0);
    node->started = false;
    sync_clear(node);
    free_deliveries(node);
    free_queues(node);
    while (node->block_count > 0) {
        block_forget(node, node->blocks[0]);
    }
    for (size_t i = 0; i < node->recent_count; i++) {
        block_drop(node->recent[(node->recent_first + i) % NODE_RECENT_MAX]);
    }
    chain_state_drop(node->head_state);
    signer_close(&node->signer);
    pool_free(node->pool);
    if (!node->cache_shared) {
        cache_free(node->cache);
    }
    free(node->actions);
    free(node->recovered);
    free(node->cons_memory);
    free(node);
}
