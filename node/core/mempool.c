/* SPDX-License-Identifier: Apache-2.0 */
/* A list in arrival order with three ordered maps over it: by id, by the state key created, and the
 * bytes of each organisation. */
#include "node/core/mempool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct quota {
    struct pool_load load;
    uint32_t taken; /* in this turn */
    uint64_t turn;
};

struct pool {
    struct pool_limits limits;
    struct map by_id;
    struct map by_created;
    struct map quotas; /* organisation -> struct quota */
    struct pool_tx *first;
    struct pool_tx *last;
    struct pool_load load;
    struct pool_load marked; /* stand in blocks that are not final yet */
    uint32_t ready;
    uint64_t turn;
};

void pool_load_add(struct pool_load *load, size_t size)
{
    load->count++;
    load->bytes += size;
}

void pool_load_take(struct pool_load *load, size_t size)
{
    assert(load->count > 0 && load->bytes >= size);
    load->count--;
    load->bytes -= size;
}

struct pool *pool_new(const struct pool_limits *limits)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->limits = *limits;
    map_init(&pool->by_id, limits->count_max);
    map_init(&pool->by_created, limits->count_max);
    map_init(&pool->quotas, limits->count_max);
    return pool;
}

static void waiters_free(struct pool_tx *tx)
{
    while (tx->waiters != NULL) {
        struct pool_waiter *waiter = tx->waiters;
        tx->waiters = waiter->next;
        free(waiter);
    }
}

static void tx_free(struct pool_tx *tx)
{
    waiters_free(tx);
    free((void *)(uintptr_t)tx->raw.data);
    free((void *)(uintptr_t)tx->creates.data);
    free((void *)(uintptr_t)tx->needs.data);
    free(tx);
}

void pool_free(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (pool->first != NULL) {
        pool_remove(pool, pool->first);
    }
    map_free(&pool->by_id, NULL);
    map_free(&pool->by_created, NULL);
    map_free(&pool->quotas, free);
    free(pool);
}

static bool copy(struct bytes *out, struct bytes in)
{
    if (in.size == 0) {
        *out = bytes_of(NULL, 0);
        return true;
    }
    uint8_t *data = malloc(in.size);
    if (data == NULL) {
        return false;
    }
    memcpy(data, in.data, in.size);
    *out = bytes_of(data, in.size);
    return true;
}

static struct pool_tx *tx_new(const struct pool_entry *entry)
{
    struct pool_tx *tx = calloc(1, sizeof *tx);
    if (tx == NULL) {
        return NULL;
    }
    tx->refs = 1;
    tx->tx_id = entry->tx_id;
    tx->organisation = entry->organisation;
    tx->valid_until_ms = entry->valid_until_ms;
    tx->state = entry->state;
    tx->first = entry->first;
    tx->local = entry->local;
    tx->doubt_height = POOL_DOUBT_NONE;
    if (!copy(&tx->raw, entry->raw) || !copy(&tx->creates, entry->creates) ||
        !copy(&tx->needs, entry->needs)) {
        tx_free(tx);
        return NULL;
    }
    return tx;
}

static struct quota *quota_of(struct pool *pool, const struct hash *organisation)
{
    struct quota *quota = map_get(&pool->quotas, hash_bytes(organisation));
    if (quota != NULL) {
        return quota;
    }
    quota = calloc(1, sizeof *quota);
    if (quota != NULL && map_put(&pool->quotas, hash_bytes(organisation), quota, NULL) != OK) {
        free(quota);
        return NULL;
    }
    return quota;
}

static void link_last(struct pool *pool, struct pool_tx *tx)
{
    tx->prev = pool->last;
    if (pool->last != NULL) {
        pool->last->next = tx;
    } else {
        pool->first = tx;
    }
    pool->last = tx;
}

static void unlink_tx(struct pool *pool, struct pool_tx *tx)
{
    if (tx->prev != NULL) {
        tx->prev->next = tx->next;
    } else {
        pool->first = tx->next;
    }
    if (tx->next != NULL) {
        tx->next->prev = tx->prev;
    } else {
        pool->last = tx->prev;
    }
}

enum err pool_add(struct pool *pool, struct pool_tx **out, const struct pool_entry *entry)
{
    struct pool_tx *there = pool_find(pool, &entry->tx_id);
    if (there != NULL) {
        *out = there;
        return ERR_TWICE;
    }
    if (pool->load.count >= pool->limits.count_max ||
        entry->raw.size > pool->limits.bytes_max - pool->load.bytes) {
        return ERR_BUSY;
    }
    struct quota *quota = quota_of(pool, &entry->organisation);
    if (quota == NULL) {
        return ERR_MEMORY;
    }
    if (quota->load.bytes + entry->raw.size > pool->limits.bytes_organisation ||
        quota->load.count >= pool->limits.count_organisation) {
        return ERR_RATE_LIMIT;
    }
    struct pool_tx *tx = tx_new(entry);
    if (tx == NULL) {
        return ERR_MEMORY;
    }
    const enum err err = map_put(&pool->by_id, hash_bytes(&tx->tx_id), tx, NULL);
    if (err != OK) {
        tx_free(tx);
        return err;
    }
    /* The first that creates a key is the predecessor; a second one merely is not indexed. */
    if (tx->creates.size > 0 && map_get(&pool->by_created, tx->creates) == NULL &&
        map_put(&pool->by_created, tx->creates, tx, NULL) != OK) {
        tx->creates.size = 0;
    }
    link_last(pool, tx);
    pool_load_add(&quota->load, tx->raw.size);
    pool_load_add(&pool->load, tx->raw.size);
    pool->ready += pool_available(tx);
    *out = tx;
    return OK;
}

struct pool_tx *pool_find(const struct pool *pool, const struct hash *tx_id)
{
    return map_get(&pool->by_id, hash_bytes(tx_id));
}

bool pool_creates(const struct pool *pool, struct bytes key)
{
    return key.size > 0 && map_get(&pool->by_created, key) != NULL;
}

/* mark_add and mark_take count tx among what stands in blocks, if it does. */
static void mark_add(struct pool *pool, const struct pool_tx *tx)
{
    if (tx->in_blocks > 0) {
        pool_load_add(&pool->marked, tx->raw.size);
    }
}

static void mark_take(struct pool *pool, const struct pool_tx *tx)
{
    if (tx->in_blocks > 0) {
        pool_load_take(&pool->marked, tx->raw.size);
    }
}

void pool_remove(struct pool *pool, struct pool_tx *tx)
{
    assert(!tx->gone);
    pool->ready -= pool_available(tx);
    mark_take(pool, tx);
    tx->gone = true;
    unlink_tx(pool, tx);
    (void)map_remove(&pool->by_id, hash_bytes(&tx->tx_id));
    if (tx->creates.size > 0 && map_get(&pool->by_created, tx->creates) == tx) {
        (void)map_remove(&pool->by_created, tx->creates);
    }
    struct quota *quota = map_get(&pool->quotas, hash_bytes(&tx->organisation));
    assert(quota != NULL);
    pool_load_take(&quota->load, tx->raw.size);
    if (quota->load.count == 0) {
        free(map_remove(&pool->quotas, hash_bytes(&tx->organisation)));
    }
    pool_load_take(&pool->load, tx->raw.size);
    pool_tx_drop(tx);
}

struct pool_tx *pool_first(const struct pool *pool)
{
    return pool->first;
}

void pool_tx_keep(struct pool_tx *tx)
{
    tx->refs++;
}

void pool_tx_drop(struct pool_tx *tx)
{
    assert(tx->refs > 0);
    if (--tx->refs == 0) {
        tx_free(tx);
    }
}

bool pool_available(const struct pool_tx *tx)
{
    return !tx->gone && tx->state == POOL_READY && tx->in_blocks == 0 &&
           tx->doubt_height == POOL_DOUBT_NONE;
}

static void recount(struct pool *pool, const struct pool_tx *tx, bool before)
{
    pool->ready += pool_available(tx);
    pool->ready -= before;
}

void pool_mark(struct pool *pool, struct pool_tx *tx, int by)
{
    const bool before = pool_available(tx);
    assert(!tx->gone);
    assert(by >= 0 || tx->in_blocks > 0);
    mark_take(pool, tx);
    tx->in_blocks = by >= 0 ? tx->in_blocks + 1 : tx->in_blocks - 1;
    mark_add(pool, tx);
    recount(pool, tx, before);
}

void pool_set_state(struct pool *pool, struct pool_tx *tx, enum pool_state state)
{
    const bool before = pool_available(tx);
    tx->state = state;
    recount(pool, tx, before);
}

void pool_set_doubt(struct pool *pool, struct pool_tx *tx, uint64_t height)
{
    const bool before = pool_available(tx);
    tx->doubt_height = height;
    recount(pool, tx, before);
}

void pool_turn(struct pool *pool)
{
    pool->turn++;
}

bool pool_take(struct pool *pool, struct pool_tx *tx, uint32_t share)
{
    struct quota *quota = map_get(&pool->quotas, hash_bytes(&tx->organisation));
    assert(quota != NULL && !tx->gone);
    if (quota->turn != pool->turn) {
        quota->turn = pool->turn;
        quota->taken = 0;
    }
    if (tx->turn == pool->turn || quota->taken >= share) {
        return false;
    }
    tx->turn = pool->turn;
    quota->taken++;
    return true;
}

enum err pool_wait(struct pool_tx *tx, node_answer_fn callback, void *arg)
{
    size_t count = 0;
    for (const struct pool_waiter *at = tx->waiters; at != NULL; at = at->next) {
        count++;
    }
    if (count >= POOL_WAITERS_MAX) {
        return ERR_BUSY;
    }
    struct pool_waiter *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) {
        return ERR_MEMORY;
    }
    waiter->callback = callback;
    waiter->arg = arg;
    waiter->next = tx->waiters;
    tx->waiters = waiter;
    return OK;
}

void pool_answer(struct pool_tx *tx, const struct node_answer *answer)
{
    struct pool_waiter *list = tx->waiters;
    tx->waiters = NULL;
    while (list != NULL) {
        struct pool_waiter *waiter = list;
        list = waiter->next;
        waiter->callback(waiter->arg, answer);
        free(waiter);
    }
}

void pool_forget(struct pool *pool, const void *arg)
{
    for (struct pool_tx *tx = pool->first; tx != NULL; tx = tx->next) {
        struct pool_waiter **at = &tx->waiters;
        while (*at != NULL) {
            struct pool_waiter *waiter = *at;
            if (waiter->arg != arg) {
                at = &waiter->next;
                continue;
            }
            *at = waiter->next;
            free(waiter);
        }
    }
}

const struct pool_limits *pool_limits(const struct pool *pool)
{
    return &pool->limits;
}

uint32_t pool_count(const struct pool *pool)
{
    return pool->load.count;
}

uint64_t pool_bytes(const struct pool *pool)
{
    return pool->load.bytes;
}

struct pool_load pool_waiting(const struct pool *pool)
{
    return (struct pool_load){.count = pool->load.count - pool->marked.count,
                              .bytes = pool->load.bytes - pool->marked.bytes};
}

struct pool_load pool_load_of(const struct pool *pool, const struct hash *organisation)
{
    const struct quota *quota = map_get(&pool->quotas, hash_bytes(organisation));
    return quota == NULL ? (struct pool_load){0} : quota->load;
}

uint32_t pool_ready_count(const struct pool *pool)
{
    return pool->ready;
}
