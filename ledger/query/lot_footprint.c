/* SPDX-License-Identifier: Apache-2.0 */
/* The replay does the work; here it is run over the ancestors of one lot, once on the accounts as
 * they count and, where one was corrected, once more as they counted before. */

#include "ledger/query/lot_footprint.h"

#include <assert.h>
#include <string.h>

#include "ledger/accounting/allocate.h"
#include "ledger/query/lot_account.h"

#define WHOLE_PPM 1000000

/* --- sources ---------------------------------------------------------------------------------- */

/* What each pool gave to the lots of the trace, noted beside the source it is one side of. */
static enum err add_own(struct lot_footprint *out, const struct lot_trace *trace,
                        struct lot_pools *pools, bool before)
{
    for (size_t i = 0; i < trace->count; i++) {
        const struct lot_pool *pool = NULL;
        int64_t own = 0;
        const Seam__LotRecord *lot = trace->nodes[i].lot;
        if (lot->facility[0] == '\0' || lot->state == LOT_VOID) {
            continue;
        }
        const enum err err = lot_pools_get(&pool, &own, pools, lot);
        if (err != OK) {
            return err;
        }
        for (size_t j = 0; j < out->source_count; j++) {
            struct lot_source *source = &out->sources[j];
            if ((before ? source->before : source->now) == pool) {
                *(before ? &source->before_g : &source->now_g) += own;
                break;
            }
        }
    }
    return OK;
}

static bool same_account(const struct lot_pool *a, const struct lot_pool *b)
{
    return strcmp(a->facility, b->facility) == 0 && strcmp(a->period, b->period) == 0 &&
           (strcmp(a->product, b->product) == 0 || a->product[0] == '\0' || b->product[0] == '\0');
}

static enum err list_sources(struct lot_footprint *out, const struct lot_trace *trace,
                             struct lot_pools *pools, struct arena *arena)
{
    const size_t count = lot_pools_count(pools);
    out->sources = arena_alloc(arena, (count + 1) * sizeof *out->sources);
    if (out->sources == NULL) {
        return ERR_MEMORY;
    }
    out->source_count = count;
    out->exact = true;
    out->grade = LOT_GRADE_SETTLED;
    for (size_t i = 0; i < count; i++) {
        const struct lot_pool *pool = lot_pools_at(pools, i);
        out->sources[i].now = pool;
        out->exact = out->exact && pool->exact;
        out->corrected = out->corrected || pool->version_newest > 1;
        out->grade = pool->grade < out->grade ? pool->grade : out->grade;
    }
    return add_own(out, trace, pools, false);
}

/* --- figures ---------------------------------------------------------------------------------- */

static enum err share_out(uint32_t *ppm, const struct lot_grams *grams, enum lot_grade worst)
{
    allocate_weight weights[LOT_GRADE_COUNT];
    int64_t shares[LOT_GRADE_COUNT];
    for (size_t i = 0; i < LOT_GRADE_COUNT; i++) {
        const int64_t part = lot_grams_grade(grams, (enum lot_grade)i);
        weights[i] = part < 0 ? (allocate_weight)(-(__int128)part) : (allocate_weight)part;
        ppm[i] = 0;
    }
    const enum err err = allocate_shares(shares, WHOLE_PPM, weights, LOT_GRADE_COUNT);
    if (err != OK) { /* there are no grams to share */
        ppm[worst] = WHOLE_PPM;
        return OK;
    }
    for (size_t i = 0; i < LOT_GRADE_COUNT; i++) {
        ppm[i] = (uint32_t)shares[i];
    }
    return OK;
}

static enum err figure(struct lot_footprint *out)
{
    const struct lot_grams *grams = out->now_kg > 0 ? &out->now : &out->made;
    const int64_t kg = out->now_kg > 0 ? out->now_kg : out->made_kg;
    const int64_t total = lot_grams_total(grams);
    enum err err = share_out(out->grade_ppm, grams, out->grade);
    if (kg <= 0 || err != OK) {
        return err;
    }
    err = lot_round(&out->g_per_t, total, 1000, kg);
    for (size_t i = 0; err == OK && i < LOT_STAGE_COUNT; i++) {
        err =
            lot_round(&out->stage_g_per_t[i], lot_grams_stage(grams, (enum lot_stage)i), 1000, kg);
    }
    if (err == OK && total > 0) {
        out->primary_ppm = (uint32_t)((__int128)grams->primary_g * WHOLE_PPM / total);
    }
    return err;
}

/* --- before corrections ----------------------------------------------------------------------- */

static void pair_sources(struct lot_footprint *out, struct lot_pools *pools)
{
    for (size_t i = 0; i < out->source_count; i++) {
        struct lot_source *source = &out->sources[i];
        for (size_t j = 0; source->now->version_newest > 1 && j < lot_pools_count(pools); j++) {
            const struct lot_pool *pool = lot_pools_at(pools, j);
            if (source->before == NULL && same_account(source->now, pool)) {
                source->before = pool;
            }
        }
    }
}

static enum err run_before(struct lot_footprint *out, struct query *query,
                           const struct lot_trace *trace, struct arena *arena)
{
    struct lot_ledger ledger;
    struct lot_pools *pools = lot_pools_new(query, LOT_VERSIONS_BEFORE, arena);
    if (pools == NULL) {
        return ERR_MEMORY;
    }
    enum err err = lot_ledger_run(&ledger, query, trace, pools, arena);
    if (err == OK) {
        pair_sources(out, pools);
        err = add_own(out, trace, pools, true);
    }
    if (err == OK) {
        const int64_t kg = out->now_kg > 0 ? out->now_kg : out->made_kg;
        out->before = out->now_kg > 0 ? ledger.now[0] : ledger.made[0];
        err =
            kg > 0 ? lot_round(&out->before_g_per_t, lot_grams_total(&out->before), 1000, kg) : OK;
    }
    lot_pools_free(pools);
    return err;
}

enum err lot_footprint_trace(struct lot_footprint *out, struct query *query,
                             const struct lot_trace *trace, struct arena *arena)
{
    struct lot_ledger ledger;
    struct lot_footprint footprint = {.height = query_height(query), .time_ms = query_time(query)};
    assert(trace->direction == LOT_UP);
    assert(trace->start_count == 1);
    struct lot_pools *pools = lot_pools_new(query, LOT_VERSIONS_NOW, arena);
    if (pools == NULL) {
        return ERR_MEMORY;
    }
    enum err err = lot_ledger_run(&ledger, query, trace, pools, arena);
    if (err == OK) {
        footprint.lot = trace->nodes[0].lot;
        footprint.made = ledger.made[0];
        footprint.now = ledger.now[0];
        footprint.made_kg = footprint.lot->created_kg;
        footprint.now_kg = ledger.now_kg[0];
        err = list_sources(&footprint, trace, pools, arena);
    }
    if (err == OK) {
        err = figure(&footprint);
    }
    if (err == OK && footprint.corrected) {
        err = run_before(&footprint, query, trace, arena);
    }
    lot_pools_free(pools);
    if (err == OK) {
        *out = footprint;
    }
    return err;
}

enum err lot_footprint_lot(struct lot_footprint *out, struct query *query, const char *lot,
                           struct arena *arena)
{
    struct lot_trace trace;
    const enum err err = lot_trace_lot(&trace, query, lot, LOT_UP, LOT_DEPTH_ANY, arena);
    return err == OK ? lot_footprint_trace(out, query, &trace, arena) : err;
}
