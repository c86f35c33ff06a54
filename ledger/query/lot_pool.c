/* SPDX-License-Identifier: Apache-2.0 */
/* A pool is asked for lot by lot and worked out once: its account, its lots by mass, one more part
 * for what is in no lot, and the largest remainder over all of them. */

#include "ledger/query/lot_pool.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/accounting/allocate.h"
#include "ledger/base/map.h"
#include "ledger/query/lot_account.h"
#include "ledger/query/lot_list.h"
#include "ledger/query/lot_trace.h"

#define POOLS_MAX LOT_TRACE_MAX /* facility, period and product of one view: at most one a lot */
#define KEY_MAX 256

struct entry {
    struct lot_pool pool;
    struct map index; /* lot: place in pool.lots + 1 */
};

struct lot_pools {
    struct query *query;
    enum lot_versions versions;
    struct arena *arena;
    struct map keys; /* facility|period|product: entry */
    struct entry **entries;
    size_t count;
    size_t room;
};

const char *lot_grade_name(enum lot_grade grade)
{
    static const char *const names[LOT_GRADE_COUNT] = {"NONE",     "PROVISIONAL", "REPORTED",
                                                       "VERIFIED", "DISPUTED",    "SETTLED"};
    assert(grade < LOT_GRADE_COUNT);
    return names[grade];
}

bool lot_pool_gangue(const char *product)
{
    return strcmp(product, "gangue") == 0;
}

struct lot_pools *lot_pools_new(struct query *query, enum lot_versions versions,
                                struct arena *arena)
{
    struct lot_pools *pools = calloc(1, sizeof *pools);
    if (pools != NULL) {
        pools->query = query;
        pools->versions = versions;
        pools->arena = arena;
        map_init(&pools->keys, 2 * POOLS_MAX);
    }
    return pools;
}

void lot_pools_free(struct lot_pools *pools)
{
    if (pools == NULL) {
        return;
    }
    for (size_t i = 0; i < pools->count; i++) {
        map_free(&pools->entries[i]->index, NULL);
    }
    map_free(&pools->keys, NULL);
    free(pools->entries);
    free(pools);
}

size_t lot_pools_count(const struct lot_pools *pools)
{
    return pools->count;
}

const struct lot_pool *lot_pools_at(const struct lot_pools *pools, size_t index)
{
    assert(index < pools->count);
    return &pools->entries[index]->pool;
}

/* --- lots of a pool --------------------------------------------------------------------------- */

/* Which lists a pool is made of. */
struct lists {
    char months[12][16];
    size_t month_count;
    const char **products;
    size_t product_count;
};

static enum err count_lots(const struct lists *lists, struct lot_pools *pools, const char *facility,
                           size_t *out)
{
    size_t sum = 0;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < lists->month_count * lists->product_count; i++) {
        uint32_t length = 0;
        err = lot_list_produced_count(&length, query_state(pools->query), facility,
                                      lists->months[i / lists->product_count],
                                      lists->products[i % lists->product_count], pools->arena);
        sum += length;
    }
    if (err == OK && sum > LOT_POOL_LOTS) {
        err = ERR_TOO_LARGE;
    }
    *out = sum;
    return err;
}

/* All lots of the period, of the pool's product or of all products. */
static enum err gather(struct lot_pools *pools, struct lot_pool *pool,
                       const Seam__FacilityRecord *facility)
{
    struct overlay *state = query_state(pools->query);
    struct lists lists = {.products = &pool->product, .product_count = 1};
    size_t room = 0;
    size_t count = 0;
    enum err err = OK;
    lists.month_count = lot_period_months(lists.months, pool->period);
    if (pool->product[0] == '\0') {
        err = lot_list_products(&lists.products, &lists.product_count, state,
                                facility->organisation, pools->arena);
    }
    if (err == OK) {
        err = count_lots(&lists, pools, facility->facility, &room);
    }
    const char **lots = err == OK ? arena_alloc(pools->arena, (room + 1) * sizeof *lots) : NULL;
    if (err == OK && lots == NULL) {
        err = ERR_MEMORY;
    }
    for (size_t i = 0; err == OK && i < lists.month_count * lists.product_count; i++) {
        err = lot_list_produced(lots, room, &count, state, facility->facility,
                                lists.months[i / lists.product_count],
                                lists.products[i % lists.product_count], pools->arena);
    }
    if (err == OK) {
        pool->lots = lots;
        pool->count = count;
    }
    return err;
}

/* What each lot weighed when it was made; nothing where that was taken back, nor of gangue among
 * coal: heaps of it would make the coal look clean. */
static enum err weigh(struct lot_pools *pools, struct entry *entry, allocate_weight *weights)
{
    struct lot_pool *pool = &entry->pool;
    enum err err = OK;
    for (size_t i = 0; err == OK && i < pool->count; i++) {
        struct arena scratch;
        const Seam__LotRecord *lot = NULL;
        arena_init(&scratch, LIMIT_STATE_VALUE * 4);
        err = view_lot(&lot, query_state(pools->query), pool->lots[i], &scratch);
        if (err == OK) {
            const bool none = lot->state == LOT_VOID ||
                              (pool->product[0] == '\0' && lot_pool_gangue(lot->product));
            weights[i] = none ? 0 : (allocate_weight)lot->created_kg;
            pool->lots_kg += (int64_t)weights[i];
            err =
                map_put(&entry->index, bytes_text(pool->lots[i]), (void *)(uintptr_t)(i + 1), NULL);
        }
        arena_free(&scratch);
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

/* --- grams ------------------------------------------------------------------------------------ */

static enum err divide(struct lot_pools *pools, struct lot_pool *pool, allocate_weight *weights,
                       int64_t *shares)
{
    if (pool->product_kg > pool->lots_kg) {
        weights[pool->count] = (allocate_weight)(pool->product_kg - pool->lots_kg);
    } else if (pool->product[0] != '\0' && pool->lots_kg > pool->product_kg) {
        pool->excess_kg = pool->lots_kg - pool->product_kg;
        const enum err err =
            lot_round(&pool->excess_g, pool->excess_kg, pool->factor_g_per_t, 1000);
        if (err != OK) {
            return err;
        }
    } else if (pool->product[0] == '\0' && pool->coal_kg > 0 && pool->lots_kg > pool->coal_kg) {
        pool->excess_kg = pool->lots_kg - pool->coal_kg;
        const enum err err =
            lot_round(&pool->excess_g, pool->excess_kg, pool->grams, pool->coal_kg);
        if (err != OK) {
            return err;
        }
    }
    enum err err = allocate_many(shares, pool->grams, weights, pool->count + 1, pools->arena);
    if (err == ERR_RANGE) { /* there is no lot to take it */
        shares[pool->count] = pool->grams;
        err = OK;
    }
    pool->not_in_lots_g = shares[pool->count];
    return err;
}

static enum err by_factor(struct lot_pool *pool, const allocate_weight *weights, int64_t *shares)
{
    enum err err = OK;
    for (size_t i = 0; err == OK && i < pool->count; i++) {
        err = lot_round(&shares[i], (int64_t)weights[i], pool->factor_g_per_t, 1000);
        if (err == OK && __builtin_add_overflow(pool->grams, shares[i], &pool->grams)) {
            err = ERR_CORRUPT;
        }
    }
    return err;
}

static enum err attribute(struct lot_pools *pools, struct entry *entry)
{
    struct lot_pool *pool = &entry->pool;
    const size_t room = pool->count + 1;
    allocate_weight *weights = arena_alloc(pools->arena, room * sizeof *weights);
    int64_t *shares = arena_alloc(pools->arena, room * sizeof *shares);
    enum err err = weights == NULL || shares == NULL ? ERR_MEMORY : weigh(pools, entry, weights);
    if (err == OK) {
        err = pool->exact ? divide(pools, pool, weights, shares) : by_factor(pool, weights, shares);
    }
    if (err == OK && pool->exact && pool->lots_kg > 0 && pool->product[0] == '\0') {
        err = lot_round(&pool->factor_g_per_t, pool->grams, 1000, pool->lots_kg);
    }
    pool->lot_g = shares;
    return err;
}

/* --- asking ----------------------------------------------------------------------------------- */

static enum err key_text(char out[KEY_MAX], const char *facility, const char *period,
                         const char *product)
{
    const int size = snprintf(out, KEY_MAX, "%s|%s|%s", facility, period, product);
    return size > 0 && size < KEY_MAX ? OK : ERR_CORRUPT;
}

static enum err keep(struct lot_pools *pools, struct entry *entry)
{
    char key[KEY_MAX];
    if (pools->count == POOLS_MAX) {
        return ERR_TOO_LARGE;
    }
    if (pools->count == pools->room) {
        const size_t room = pools->room == 0 ? 16 : 2 * pools->room;
        struct entry **entries = realloc(pools->entries, room * sizeof(struct entry *));
        if (entries == NULL) {
            return ERR_MEMORY;
        }
        pools->entries = entries;
        pools->room = room;
    }
    enum err err = key_text(key, entry->pool.facility, entry->pool.period, entry->pool.product);
    if (err == OK) {
        err = map_put(&pools->keys, bytes_text(key), entry, NULL);
    }
    if (err == OK) {
        pools->entries[pools->count++] = entry;
    }
    return err;
}

static enum err make(struct entry **out, struct lot_pools *pools,
                     const Seam__FacilityRecord *facility, const char *period,
                     const Seam__LotRecord *lot)
{
    struct entry *entry = arena_alloc(pools->arena, sizeof *entry);
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    struct lot_pool *pool = &entry->pool;
    pool->facility = facility->facility;
    pool->stage = lot->stage;
    pool->month = lot->month;
    snprintf(pool->period, sizeof pool->period, "%s", period);
    map_init(&entry->index, LOT_POOL_LOTS);
    enum err err =
        lot_account_read(pool, pools->query, facility, lot->product, pools->versions, pools->arena);
    if (err == OK) {
        err = gather(pools, pool, facility);
    }
    if (err == OK) {
        err = attribute(pools, entry);
    }
    if (err == OK) {
        err = keep(pools, entry);
    }
    if (err != OK) {
        map_free(&entry->index, NULL);
        return err;
    }
    *out = entry;
    return OK;
}

static enum err find(struct entry **out, struct lot_pools *pools, const Seam__LotRecord *lot)
{
    const Seam__FacilityRecord *facility = NULL;
    char period[16];
    char key[KEY_MAX];
    enum err err = view_facility(&facility, query_state(pools->query), lot->facility, pools->arena);
    if (err == OK) {
        err = lot_period(period, facility, lot->month);
    }
    const char *const products[2] = {lot->product, ""};
    for (size_t i = 0; err == OK && i < 2; i++) {
        err = key_text(key, lot->facility, period, products[i]);
        struct entry *entry = err == OK ? map_get(&pools->keys, bytes_text(key)) : NULL;
        if (entry != NULL) {
            *out = entry;
            return OK;
        }
    }
    return err == OK ? make(out, pools, facility, period, lot) : err;
}

enum err lot_pools_get(const struct lot_pool **out, int64_t *grams, struct lot_pools *pools,
                       const Seam__LotRecord *lot)
{
    struct entry *entry = NULL;
    const enum err err = find(&entry, pools, lot);
    if (err != OK) {
        return err;
    }
    const uintptr_t place = (uintptr_t)map_get(&entry->index, bytes_text(lot->lot));
    if (place == 0 || place > entry->pool.count) {
        return ERR_CORRUPT;
    }
    *out = &entry->pool;
    *grams = entry->pool.lot_g[place - 1];
    return OK;
}
