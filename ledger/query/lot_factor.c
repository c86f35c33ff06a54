/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/query/lot_factor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/map.h"
#include "ledger/query/lot_account.h"

#define KEY_MAX 256

struct lot_factors {
    struct query *query;
    struct arena *arena;
    struct map known; /* facility|month|product: struct lot_factor */
};

struct lot_factors *lot_factors_new(struct query *query, struct arena *arena)
{
    struct lot_factors *factors = calloc(1, sizeof *factors);
    if (factors != NULL) {
        factors->query = query;
        factors->arena = arena;
        map_init(&factors->known, LOT_POOL_LOTS);
    }
    return factors;
}

void lot_factors_free(struct lot_factors *factors)
{
    if (factors != NULL) {
        map_free(&factors->known, NULL);
        free(factors);
    }
}

static enum err read_factor(struct lot_factor *out, struct lot_factors *factors,
                            const Seam__LotRecord *lot)
{
    const Seam__FacilityRecord *facility = NULL;
    struct lot_pool pool = {.facility = lot->facility, .stage = lot->stage, .month = lot->month};
    enum err err =
        view_facility(&facility, query_state(factors->query), lot->facility, factors->arena);
    if (err == OK) {
        err = lot_period(pool.period, facility, lot->month);
    }
    if (err == OK) {
        err = lot_account_factor(&pool, factors->query, facility, lot->product, factors->arena);
    }
    if (err == OK) {
        const bool taken = pool.grade == LOT_GRADE_PROVISIONAL;
        *out = (struct lot_factor){.grade = pool.grade,
                                   .g_per_t = pool.factor_g_per_t,
                                   .version = pool.version,
                                   .tx_id = pool.tx_id};
        memcpy(out->period, taken ? pool.factor_period : pool.period, sizeof out->period);
    }
    return err == ERR_ABSENT ? ERR_CORRUPT : err;
}

enum err lot_factors_get(const struct lot_factor **out, struct lot_factors *factors,
                         const Seam__LotRecord *lot)
{
    char key[KEY_MAX];
    *out = NULL;
    if (lot->facility[0] == '\0') {
        return OK;
    }
    const int size = snprintf(key, sizeof key, "%s|%s|%s", lot->facility, lot->month, lot->product);
    if (size < 0 || size >= KEY_MAX) {
        return ERR_CORRUPT;
    }
    struct lot_factor *factor = map_get(&factors->known, bytes_text(key));
    if (factor == NULL) {
        factor = arena_alloc(factors->arena, sizeof *factor);
        enum err err = factor == NULL ? ERR_MEMORY : read_factor(factor, factors, lot);
        if (err == OK) {
            err = map_put(&factors->known, bytes_text(key), factor, NULL);
        }
        if (err != OK) {
            return err;
        }
    }
    *out = factor;
    return OK;
}
