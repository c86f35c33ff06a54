/* SPDX-License-Identifier: Apache-2.0 */
/* Time and the queue of what is to come: a heap by (time, order of insertion). */
#include "tools/simnode/cluster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store/storage_plan.h"
#include "node/core/cache.h"

#define CACHE_ENTRIES (1u << 17)
#define STORY_START UINT64_C(0xcbf29ce484222325)

static bool before(const struct cluster_event *a, const struct cluster_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

void cluster_queue_push(struct cluster_queue *queue, const struct cluster_event *event)
{
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity == 0 ? 1024 : 2 * queue->capacity;
        queue->items = realloc(queue->items, queue->capacity * sizeof *queue->items);
        if (queue->items == NULL) {
            abort();
        }
    }
    size_t at = queue->count++;
    while (at > 0 && before(event, &queue->items[(at - 1) / 2])) {
        queue->items[at] = queue->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->items[at] = *event;
}

struct cluster_event cluster_queue_pop(struct cluster_queue *queue)
{
    assert(queue->count > 0);
    const struct cluster_event top = queue->items[0];
    const struct cluster_event last = queue->items[--queue->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queue->count) {
            break;
        }
        if (child + 1 < queue->count && before(&queue->items[child + 1], &queue->items[child])) {
            child++;
        }
        if (!before(&queue->items[child], &last)) {
            break;
        }
        queue->items[at] = queue->items[child];
        at = child;
    }
    queue->items[at] = last;
    return top;
}

void cluster_push(struct cluster *cluster, struct cluster_event event)
{
    event.seq = ++cluster->seq;
    cluster_queue_push(&cluster->queue, &event);
}

void cluster_at(struct cluster *cluster, uint64_t delay_us, cluster_call call, void *context,
                uint64_t number)
{
    cluster_push(cluster, (struct cluster_event){.at_us = cluster->now_us + delay_us,
                                                 .kind = CLUSTER_CALL,
                                                 .call = call,
                                                 .context = context,
                                                 .number = number});
}

/* note puts the event into the transcript's hash. */
static void note(struct cluster *cluster, const struct cluster_event *event)
{
    const uint64_t head[] = {event->at_us, event->kind, event->host, event->number, event->size};
    story_mix(cluster, bytes_of((const uint8_t *)head, sizeof head));
    story_mix(cluster, bytes_of(event->frame, event->size));
}

static void dispatch(struct cluster *cluster, struct cluster_event *event)
{
    struct host *host = &cluster->hosts[event->host];
    if (event->kind == CLUSTER_CALL) {
        event->call(event->context, event->number);
        return;
    }
    if (event->kind == CLUSTER_CONNECT) {
        wire_event(cluster, host, event);
        return;
    }
    if (host->node == NULL || host->incarnation != event->incarnation) {
        return;
    }
    if (event->kind == CLUSTER_FRAME || event->kind == CLUSTER_DOWN) {
        wire_event(cluster, host, event);
    } else {
        host_event(host, event);
    }
    if (host->disk.dead) {
        host_crash(host);
        if (cluster->hooks.died != NULL) {
            cluster->hooks.died(cluster->hooks.context, host);
        }
    } else if (cluster->hooks.after != NULL) {
        cluster->hooks.after(cluster->hooks.context, host);
    }
}

bool cluster_step(struct cluster *cluster, uint64_t until_us)
{
    if (cluster->queue.count == 0 || cluster->queue.items[0].at_us > until_us) {
        return false;
    }
    struct cluster_event event = cluster_queue_pop(&cluster->queue);
    assert(event.at_us >= cluster->now_us);
    cluster->now_us = event.at_us;
    cluster->events++;
    note(cluster, &event);
    dispatch(cluster, &event);
    free(event.frame);
    return true;
}

void cluster_run(struct cluster *cluster, uint64_t ms)
{
    const uint64_t end = cluster->now_us + ms * 1000;
    while (cluster_step(cluster, end)) {
    }
    cluster->now_us = end;
}

/* --- all of it
 * ---------------------------------------------------------------------------------- */

static enum err batch_written(void *context, size_t size, bool sync, bool *lost)
{
    struct host *host = context;
    (void)size;
    (void)sync;
    *lost = host->kv_lies;
    host->disk.lies += host->kv_lies;
    host->kv_lies = false;
    return vdisk_batch(&host->disk);
}

static void furnish(struct cluster *cluster, uint16_t index)
{
    struct host *host = &cluster->hosts[index];
    vdisk_init(&host->disk, rng_next(&cluster->rng));
    host->cluster = cluster;
    host->index = index;
    host->validator = index;
    host->observer = index >= cluster->town.validators;
    host->slow = 1;
    host->key = town_consensus_key(index);
    const struct sign_key node_key = town_node_key(index);
    memcpy(host->node_key, node_key.public_key, sizeof host->node_key);
    memset(host->fingerprint, index + 1, sizeof host->fingerprint);
    host->kv_disk = (struct kv_mem_disk){.context = host, .write = batch_written};
    if (!host->observer) {
        host_new_slot(host);
    }
    host_lose_database(host);
}

struct cluster *cluster_open(uint64_t seed, uint16_t validators, uint16_t hosts)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    assert(validators <= TOWN_VALIDATORS_MAX);
    assert(hosts >= validators);
    assert(hosts <= CLUSTER_HOSTS_MAX);
    if (cluster == NULL) {
        abort();
    }
    cluster->rng.state = seed;
    cluster->story = STORY_START;
    cluster->segment_size = CLUSTER_SEGMENT;
    cluster->net = (struct cluster_net){.delay_us = 500, .spread_us = 3000};
    cluster->count = hosts;
    cluster->hosts = calloc(hosts, sizeof *cluster->hosts);
    cluster->cache = cache_new(CACHE_ENTRIES);
    if (cluster->hosts == NULL || cluster->cache == NULL) {
        abort();
    }
    town_open(&cluster->town, validators);
    for (uint16_t i = 0; i < hosts; i++) {
        furnish(cluster, i);
    }
    return cluster;
}

void cluster_close(struct cluster *cluster)
{
    cluster->hooks = (struct cluster_hooks){0};
    for (uint16_t i = 0; i < cluster->count; i++) {
        struct host *host = &cluster->hosts[i];
        if (host->node != NULL) {
            host_crash(host);
        }
        kv_close(host->kv);
        free(host->running);
        vdisk_free(&host->disk);
    }
    while (cluster->queue.count > 0) {
        free(cluster_queue_pop(&cluster->queue).frame);
    }
    free(cluster->queue.items);
    cache_free(cluster->cache);
    town_close(&cluster->town);
    free(cluster->hosts);
    free(cluster);
}
