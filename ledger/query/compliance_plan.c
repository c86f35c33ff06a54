/* SPDX-License-Identifier: Apache-2.0 */
/* What is held is gathered series by series; the arithmetic is the registry's. */

#include "ledger/query/compliance.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/registry/carry.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/price.h"
#include "ledger/registry/trade.h"

/* --- what will be owed ----------------------------------------------------------------------- */

static enum err plan_forecast(struct plan_answer *out, struct arena *arena)
{
    const struct obligation *obligation = &out->now.compliance.obligation;
    struct grams whole = obligation->grams;
    out->facilities = arena_alloc(arena, (obligation->count + 1) * sizeof *out->facilities);
    if (out->facilities == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < obligation->count; i++) {
        const struct obligation_part *part = &obligation->parts[i];
        struct plan_facility *facility = &out->facilities[out->facility_count];
        if (!part->covered) {
            continue;
        }
        facility->facility = part->facility;
        const enum err err =
            forecast_year(&facility->forecast, part->month, part->months, part->expected);
        if (err != OK) {
            return err;
        }
        out->facility_count++;
        if (!grams_add(&whole, whole, facility->forecast.expected)) {
            return ERR_RANGE;
        }
    }
    if (!grams_is_safe(whole)) {
        return ERR_RANGE;
    }
    out->so_far_t = tonnes_value(obligation->tonnes);
    out->forecast_t = tonnes_value(grams_tonnes(whole));
    out->forecast_t = out->forecast_t > 0 ? out->forecast_t : 0;
    if (out->now.compliance.status == COMPLIANCE_EXCLUDED) {
        out->forecast_t = 0;
    }
    return OK;
}

/* --- what is held ---------------------------------------------------------------------------- */

/* [V19] as the rule of a surrender will ask it. */
static enum err project_eligible(bool *out, struct overlay *state, const Seam__SchemeRecord *scheme,
                                 const char *project, uint32_t vintage, struct arena *arena)
{
    const Seam__ProjectRecord *record = NULL;
    const Seam__CoverageRecord *coverage = NULL;
    *out = true;
    if (!scheme->scheme->offset_projects_excluded) {
        return OK;
    }
    enum err err = registry_project(&record, state, project, arena);
    if (err == OK) {
        err = registry_coverage(&coverage, state, record->project->facility, arena);
    }
    if (err == OK) {
        *out = !registry_covered(coverage, vintage, vintage, NULL);
    }
    return err == ERR_ABSENT ? OK : err;
}

static enum err line_read(struct plan_line *line, bool *wanted, struct plan_answer *out,
                          struct overlay *state, const char *name, uint64_t time_ms,
                          struct arena *arena)
{
    const struct compliance *compliance = &out->now.compliance;
    const Seam__SchemeSet *scheme = compliance->scheme->scheme;
    const Seam__PositionRecord *position = NULL;
    const Seam__AssetRecord *asset = NULL;
    struct series series;
    uint64_t expired = 0;
    enum err err = series_parse(&series, name, arena);
    if (err == OK) {
        err = registry_asset(&asset, state, series.asset, arena);
    }
    if (err == OK) {
        err = registry_position(&position, state, compliance->holding->holding, &series, arena);
    }
    if (err == OK) {
        err = trade_expired(&expired, state, compliance->holding->holding, &series, time_ms, arena);
    }
    if (err != OK) {
        return err;
    }
    *line = (struct plan_line){.series = name, .vintage = series.vintage, .eligible = true};
    line->offset = strcmp(asset->asset->kind, "OFFSET") == 0;
    line->trade = registry_shelf(position, UNIT_TRADE, false) + expired;
    line->registered = registry_shelf(position, UNIT_REGISTER, false);
    line->reserved = registry_shelf(position, UNIT_RESERVED, false) +
                     registry_shelf(position, UNIT_PENDING, false) - expired;
    for (enum unit_state at = UNIT_TRADE; at < UNIT_SURRENDERED; at++) {
        line->frozen += registry_shelf(position, at, true);
    }
    const uint32_t year = compliance->record->year;
    *wanted = asset->asset->surrenderable &&
              registry_scheme_takes(compliance->scheme, series.asset) &&
              series.vintage >= scheme->first_vintage &&
              (series.vintage <= year || (scheme->borrowing && !line->offset));
    if (*wanted && !line->offset) {
        struct expiry expiry = {0};
        err = expiry_of(&expiry, state, compliance->scheme, series.vintage, time_ms, arena);
        *wanted = err == OK && (expiry.year == 0 || year <= expiry.year);
    }
    if (*wanted && line->offset) {
        err = project_eligible(&line->eligible, state, compliance->scheme, series.project,
                               series.vintage, arena);
    }
    return err;
}

static int line_order(const void *a, const void *b)
{
    const struct plan_line *left = a;
    const struct plan_line *right = b;
    if (left->vintage != right->vintage) {
        return left->vintage < right->vintage ? -1 : 1;
    }
    if (left->offset != right->offset) {
        return left->offset ? 1 : -1;
    }
    return strcmp(left->series, right->series);
}

static enum err plan_lines(struct plan_answer *out, struct overlay *state, uint64_t time_ms,
                           struct arena *arena)
{
    uint32_t positions = 0;
    const char *holding = out->now.compliance.holding->holding;
    enum err err = registry_positions(&positions, state, holding, arena);
    if (err != OK) {
        return err;
    }
    out->lines = arena_alloc(arena, (positions + 1) * sizeof *out->lines);
    if (out->lines == NULL) {
        return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < positions; i++) {
        const char *name = NULL;
        bool wanted = false;
        err = registry_position_name(&name, state, holding, i, arena);
        if (err == OK) {
            err =
                line_read(&out->lines[out->line_count], &wanted, out, state, name, time_ms, arena);
        }
        if (err != OK) {
            return err;
        }
        out->line_count += wanted ? 1 : 0;
    }
    qsort(out->lines, out->line_count, sizeof *out->lines, line_order);
    return OK;
}

/* --- prices, carry-over, the plan ------------------------------------------------------------ */

static enum err price_of(int64_t *out, struct overlay *state, const Seam__SchemeRecord *scheme,
                         const char *asset, uint32_t vintage, struct arena *arena)
{
    const Seam__PriceLast *last = NULL;
    if (*out != 0 || asset == NULL) {
        return OK;
    }
    const enum err err = price_last(&last, state, scheme->scheme->scheme, asset, vintage, arena);
    if (err == OK) {
        *out = last->close_fen;
    }
    return err == ERR_ABSENT ? ERR_PARAM : err;
}

static enum err plan_carry(struct plan_answer *out, struct overlay *state, uint32_t year,
                           struct arena *arena)
{
    const struct compliance *compliance = &out->now.compliance;
    struct carry_room room;
    if (out->now.allowance == NULL || compliance->dates.at_ms[COMPLIANCE_CARRY_TO] == 0) {
        return OK;
    }
    const enum err err = carry_room_of(&room, state, compliance->scheme, compliance->holding,
                                       out->now.allowance, year, arena);
    if (err == OK) {
        out->carry = true;
        out->carried = room.carried;
        out->sold = room.sold;
        out->bought = room.bought;
    }
    return view_failed(err) ? err : OK;
}

static enum err plan_run(struct plan_answer *out, struct arena *arena)
{
    const struct compliance *compliance = &out->now.compliance;
    const Seam__SchemeSet *scheme = compliance->scheme->scheme;
    struct plan_holding *holdings = arena_alloc(arena, (out->line_count + 1) * sizeof *holdings);
    if (holdings == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < out->line_count; i++) {
        const struct plan_line *line = &out->lines[i];
        const uint64_t there = line->eligible ? line->trade + line->registered : 0;
        holdings[i] = (struct plan_holding){
            .offset = line->offset, .vintage = line->vintage, .available_t = (int64_t)there};
    }
    struct plan_input in = {
        .obligation_t = out->forecast_t,
        .surrendered_allowances_t =
            (int64_t)(compliance->record->allowances + compliance->record->pending_allowances),
        .surrendered_offsets_t =
            (int64_t)(compliance->record->offsets + compliance->record->pending_offsets),
        .offset_cap_bp = out->now.offset != NULL ? scheme->offset_cap_bp : 0,
        .carry = out->carry,
        .carry_rule = {.base = tonnes_of((int64_t)scheme->carry_base_t),
                       .ratio_num = scheme->carry_ratio_num,
                       .ratio_den = scheme->carry_ratio_den},
        .sold_t = (int64_t)out->sold,
        .bought_t = (int64_t)out->bought,
        .prices = out->prices,
        .holdings = holdings,
        .count = out->line_count,
    };
    /* What was carried already has used up its share of the base. */
    const uint64_t carried = out->carried;
    in.carry_rule.base =
        tonnes_of((int64_t)(scheme->carry_base_t > carried ? scheme->carry_base_t - carried : 0));
    const enum err err = plan_make(&out->plan, &in);
    for (size_t i = 0; i < out->line_count && err == OK; i++) {
        out->lines[i].use_t = out->plan.use_t[i];
    }
    return err;
}

enum err query_plan(struct plan_answer *out, struct query *query, const char *holding,
                    uint32_t year, const struct plan_prices *prices, struct arena *arena)
{
    struct plan_answer *answer = arena_alloc(arena, sizeof *answer);
    struct overlay *state = query_state(query);
    if (answer == NULL) {
        return ERR_MEMORY;
    }
    *answer = (struct plan_answer){.prices = *prices};
    enum err err = query_compliance(&answer->now, query, holding, year, arena);
    if (err == OK) {
        err = plan_forecast(answer, arena);
    }
    if (err == OK) {
        err = plan_lines(answer, state, query_time(query), arena);
    }
    const Seam__SchemeRecord *scheme = answer->now.compliance.scheme;
    if (err == OK) {
        err = price_of(&answer->prices.allowance_fen, state, scheme, answer->now.allowance, year,
                       arena);
    }
    if (err == OK) {
        err = price_of(&answer->prices.offset_fen, state, scheme, answer->now.offset, 0, arena);
    }
    if (err == OK) {
        err = plan_carry(answer, state, year, arena);
    }
    if (answer->prices.carried_fen == 0) {
        answer->prices.carried_fen = answer->prices.allowance_fen;
    }
    if (err == OK) {
        err = plan_run(answer, arena);
    }
    if (err == OK) {
        *out = *answer;
    }
    return err;
}
