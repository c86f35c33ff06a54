/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_FOOTPRINT_H
#define LEDGER_QUERY_LOT_FOOTPRINT_H

/* The carbon footprint of lots as a view at a height, never stored (decision D41). Grams enter a
 * lot from its facility's account (lot_pool.h) and from legs of transport, and flow with the coal,
 * event by event, in whole grams, so that none appears, vanishes or is credited twice (V13):
 *
 *   split, part, blend   by mass; what stays keeps the rest
 *   wash                 all grams of the inputs, over the outputs by mass x calorific value
 *                        (methodology (21)); gangue gets none, unless nothing else was made
 *   transport            kg x km x factor of the leg's lot rules, on the lots aboard
 *   use                  grams leave with the coal used
 *   loss, stocktake      grams stay with what remains: the coal that arrives carries the coal that
 *                        was lost on the way. Only what is lost to the last kilogram takes its
 *                        grams along.
 *   error, undone        as if it had not happened
 */

#include "ledger/query/lot_pool.h"
#include "ledger/query/lot_trace.h"

enum lot_stage { LOT_STAGE_MI, LOT_STAGE_WA, LOT_STAGE_TR, LOT_STAGE_COUNT };

/* "MI" and so on. */
const char *lot_stage_name(enum lot_stage stage);

/* Grams by stage and grade. primary_g is the part of them that rests on measured data. */
struct lot_grams {
    int64_t g[LOT_STAGE_COUNT][LOT_GRADE_COUNT];
    int64_t primary_g;
};

int64_t lot_grams_total(const struct lot_grams *grams);
int64_t lot_grams_stage(const struct lot_grams *grams, enum lot_stage stage);
int64_t lot_grams_grade(const struct lot_grams *grams, enum lot_grade grade);

/* One account behind a lot, both as it counts and, where it was corrected, as it counted before. */
struct lot_source {
    const struct lot_pool *now;
    const struct lot_pool *before; /* NULL: never corrected */
    int64_t now_g; /* given to the lot and its ancestors, not only to what is in the lot */
    int64_t before_g;
};

struct lot_footprint {
    uint64_t height;
    uint64_t time_ms;
    const Seam__LotRecord *lot;
    /* What the lot carried when it was made, for created_kg, and carries now, for qty_kg. */
    struct lot_grams made;
    struct lot_grams now;
    int64_t made_kg;
    int64_t now_kg;
    /* g CO2e per t of `now` (of `made` where nothing is left), rounded half up. */
    int64_t g_per_t;
    int64_t stage_g_per_t[LOT_STAGE_COUNT];
    uint32_t grade_ppm[LOT_GRADE_COUNT]; /* shares of the figure, add up to 1,000,000 */
    uint32_t primary_ppm;
    enum lot_grade grade; /* the worst of all accounts behind it */
    /* The same with the versions before the corrections; corrected says whether it differs in any
     * version. */
    bool corrected;
    struct lot_grams before;
    int64_t before_g_per_t;
    bool exact; /* every pool was divided to the gram */
    size_t source_count;
    struct lot_source *sources;
};

/* lot_footprint_lot computes one lot over all its ancestors. Errors as lot_trace_lot and
 * lot_pools_get. */
enum err NODISCARD lot_footprint_lot(struct lot_footprint *out, struct query *query,
                                     const char *lot, struct arena *arena);
/* lot_footprint_trace is the same over a trace upwards, to any depth, that is already there. */
enum err NODISCARD lot_footprint_trace(struct lot_footprint *out, struct query *query,
                                       const struct lot_trace *trace, struct arena *arena);

/* Where the grams of many lots are: the balance of V13, to the gram:
 *
 *   attributed_g + transport_g = lots_g + used_g + lost_g + outside_g
 *
 * and, of all lots of the ledger, accounts_g = attributed_g + not_in_lots_g, outside_g = 0. */
struct lot_ledger {
    size_t count;
    struct lot_grams *made; /* of each node of the trace */
    struct lot_grams *now;
    int64_t *own_g; /* of each node: what its facility's account gave it */
    int64_t *now_kg; /* of each node, by its events; differs from its record in no honest ledger */
    int64_t accounts_g; /* of the pools in question, what is in no lot included */
    int64_t attributed_g;
    int64_t transport_g;
    int64_t lots_g; /* carried by what is there */
    int64_t used_g;
    int64_t lost_g; /* lots lost to the last kilogram */
    int64_t outside_g; /* flowed into lots that are not in the trace */
    int64_t not_in_lots_g;
};

/* lot_ledger_run replays all events of the lots of a trace upwards (or of any set that contains the
 * parents of each) on these pools. */
enum err NODISCARD lot_ledger_run(struct lot_ledger *out, struct query *query,
                                  const struct lot_trace *trace, struct lot_pools *pools,
                                  struct arena *arena);

#endif
