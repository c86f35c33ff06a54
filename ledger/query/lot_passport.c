/* SPDX-License-Identifier: Apache-2.0 */
/* One trace serves footprint, events and balances alike. */

#include "ledger/query/lot_passport.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/ratio.h"
#include "ledger/query/lot_flow.h"
#include "ledger/query/lot_rules.h"

#define PPM 1000000

/* --- events ----------------------------------------------------------------------------------- */

static bool touches_start(const struct lot_step *step)
{
    for (size_t i = 0; i < step->touch_count; i++) {
        if (step->touches[i].node == 0) {
            return true;
        }
    }
    return false;
}

static enum err list_events(struct lot_passport *out, const struct lot_flow *flow,
                            struct arena *arena)
{
    out->events = arena_alloc(arena, (flow->count + 1) * sizeof *out->events);
    if (out->events == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < flow->count; i++) {
        out->events[i] = (struct lot_passport_event){.event = flow->steps[i].event,
                                                     .own = touches_start(&flow->steps[i])};
    }
    out->event_count = flow->count;
    return OK;
}

static enum err list_origins(struct lot_passport *out, struct arena *arena)
{
    uint32_t *origins = arena_alloc(arena, (out->trace.count + 1) * sizeof *origins);
    if (origins == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < out->trace.count; i++) {
        if (out->trace.nodes[i].event->type == LOT_MINE_TYPE) {
            origins[out->origin_count++] = (uint32_t)i;
        }
    }
    out->origins = origins;
    return OK;
}

/* --- balances --------------------------------------------------------------------------------- */

/* The tolerance that judges an event's balance, as parts per million of what went in. */
static enum err tolerance(int32_t *ppm, struct lot_rules *rules, const Seam__LotEventRecord *event)
{
    char key[64];
    struct dec value;
    int64_t scaled = 0;
    *ppm = -1;
    switch (event->type) {
    case LOT_WASH_TYPE:
        snprintf(key, sizeof key, "balance.dry");
        break;
    case LOT_ARRIVE_TYPE:
        snprintf(key, sizeof key, "transport_loss.%.32s", event->mode);
        break;
    case LOT_ANSWER_TYPE:
        snprintf(key, sizeof key, "handover.tolerance");
        break;
    default:
        return OK;
    }
    const enum err err = lot_rules_strictest(&value, rules, event, key);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    const struct ratio ratio = ratio_of_dec(value);
    if (ratio_round(&scaled, &ratio, 6) == OK && scaled >= 0 && scaled <= PPM) {
        *ppm = (int32_t)scaled;
    }
    return OK;
}

static bool holds(int64_t residual, int64_t inputs, int32_t ppm)
{
    const __int128 size = residual < 0 ? -(__int128)residual : residual;
    return size * PPM <= (__int128)inputs * (ppm < 0 ? 0 : ppm);
}

static enum err event_line(struct lot_balance_line *line, struct lot_rules *rules,
                           const Seam__LotEventRecord *event)
{
    const Seam__LotBalance *balance = event->balance;
    *line = (struct lot_balance_line){.event = event,
                                      .inputs_kg = balance->in_kg,
                                      .outputs_kg = balance->out_kg,
                                      .losses_kg = balance->loss_kg,
                                      .residual_kg = balance->difference_kg,
                                      .dry_residual_dg = balance->difference_dry_dg};
    const enum err err = tolerance(&line->tolerance_ppm, rules, event);
    /* Washing adds water, so there the dry mass is what must be found again (V11). */
    line->within = event->type == LOT_WASH_TYPE
                       ? holds(balance->difference_dry_dg, balance->in_dry_dg, line->tolerance_ppm)
                       : holds(balance->difference_kg, balance->in_kg, line->tolerance_ppm);
    return err;
}

/* What the lot ever had, and what became of it: to the kilogram. */
static void life_line(struct lot_balance_line *line, const Seam__LotRecord *lot)
{
    *line = (struct lot_balance_line){
        .lot = lot->lot,
        .inputs_kg = lot->created_kg + lot->gained_kg + lot->returned_kg,
        .outputs_kg = lot->qty_kg + lot->consumed_kg + lot->used_kg + lot->voided_kg,
        .losses_kg = lot->lost_kg,
    };
    line->residual_kg = line->inputs_kg - line->outputs_kg - line->losses_kg;
    line->within = line->residual_kg == 0;
}

static enum err list_balances(struct lot_passport *out, struct query *query, struct arena *arena)
{
    struct lot_rules rules;
    out->balances = arena_alloc(arena, (out->event_count + 1) * sizeof *out->balances);
    if (out->balances == NULL) {
        return ERR_MEMORY;
    }
    lot_rules_open(&rules, query_state(query), arena);
    enum err err = OK;
    for (size_t i = 0; err == OK && i < out->event_count; i++) {
        if (out->events[i].event->balance != NULL) {
            err = event_line(&out->balances[out->balance_count++], &rules, out->events[i].event);
        }
    }
    lot_rules_close(&rules);
    if (err == OK) {
        life_line(&out->balances[out->balance_count++], out->trace.nodes[0].lot);
    }
    return err;
}

enum err lot_passport_make(struct lot_passport *out, struct query *query, const char *lot,
                           struct arena *arena)
{
    struct lot_passport passport = {.origin_count = 0};
    struct lot_flow flow;
    enum err err = lot_trace_lot(&passport.trace, query, lot, LOT_UP, LOT_DEPTH_ANY, arena);
    if (err == OK) {
        err = lot_footprint_trace(&passport.footprint, query, &passport.trace, arena);
    }
    if (err == OK) {
        err = lot_flow_read(&flow, query, &passport.trace, arena);
    }
    if (err == OK) {
        err = list_events(&passport, &flow, arena);
    }
    if (err == OK) {
        err = list_origins(&passport, arena);
    }
    if (err == OK) {
        err = list_balances(&passport, query, arena);
    }
    if (err == OK) {
        passport.model = model_name(passport.trace.nodes[0].lot->model);
        *out = passport;
    }
    return err;
}
