/* SPDX-License-Identifier: Apache-2.0 */
/* What an account owes for a year [KSSJ 8a], and the cheapest way to meet it [KSSJ 8b]. Status and
 * what was surrendered are for everybody; what a gap could cost, and plans, for those who see the
 * account. Nothing is kept between two questions: a decision of a minute ago is in the answer. */

#include "api/op_units.h"

#include "api/units_text.h"
#include "ledger/query/compliance.h"

struct year_wanted {
    const char *holding;
    uint32_t year;
    struct plan_prices prices;
};

static enum err read_year(struct call *call, struct year_wanted *wanted)
{
    const enum err err = call_text(call, "holding", false, &wanted->holding);
    return err == OK ? units_year(call, &wanted->year) : err;
}

/* --- parts of the answer ---------------------------------------------------------------------- */

static void write_obligation(struct json_out *out, const struct obligation *obligation)
{
    json_out_field_object(out, "obligation");
    json_out_field_int(out, "tonnes", tonnes_value(obligation->tonnes));
    json_out_field_int(out, "in_force_g", grams_value(obligation->grams));
    json_out_field_int(out, "reported_g", grams_value(obligation->reported));
    json_out_field_bool(out, "complete", obligation->complete);
    json_out_field_bool(out, "verified", obligation->verified);
    json_out_field_bool(out, "raised", obligation->raised);
    json_out_field_uint(out, "disputed", obligation->disputed);
    json_out_field_array(out, "facilities");
    for (size_t i = 0; i < obligation->count; i++) {
        const struct obligation_part *part = &obligation->parts[i];
        json_out_object(out);
        json_out_field_text(out, "facility", part->facility);
        json_out_field_text(out, "kind", part->kind);
        json_out_field_bool(out, "covered", part->covered);
        json_out_field_uint(out, "periods", part->periods);
        json_out_field_uint(out, "filed", part->filed);
        json_out_field_uint(out, "verified", part->verified);
        json_out_field_uint(out, "disputed", part->disputed);
        json_out_field_int(out, "in_force_g", grams_value(part->grams));
        json_out_field_int(out, "true_up_g", grams_value(part->true_up));
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static void write_dates(struct json_out *out, const struct compliance_dates *dates)
{
    json_out_field_array(out, "dates");
    for (int i = 0; i < COMPLIANCE_DATES; i++) {
        if (dates->at_ms[i] != 0) {
            json_out_object(out);
            json_out_field_text(out, "date", compliance_date_name((enum compliance_date)i));
            json_out_field_time(out, "at", dates->at_ms[i]);
            json_out_end(out);
        }
    }
    json_out_end(out);
    units_show_time(out, "deadline", dates->at_ms[COMPLIANCE_SURRENDER]);
    json_out_field_uint(out, "working_days_left", dates->working_days_left);
    json_out_field_bool(out, "calendar_assumed", dates->calendar_assumed);
}

static void write_exposure(struct json_out *out, const struct compliance_answer *answer)
{
    json_out_key(out, "exposure");
    if (!answer->basis.known) {
        json_out_null(out);
        return;
    }
    json_out_object(out);
    json_out_field_text(out, "rule", answer->exposure.rule);
    json_out_field_uint(out, "gap", answer->compliance.gap);
    json_out_field_uint(out, "times_min", penalty_decree_775.times_min);
    json_out_field_uint(out, "times_max", penalty_decree_775.times_max);
    json_out_field_int(out, "price_fen_per_t", answer->basis.fen_per_t);
    json_out_field_uint(out, "closes", answer->basis.closes);
    json_out_field_text(out, "closes_from", answer->basis.from);
    json_out_field_text(out, "closes_to", answer->basis.to);
    json_out_field_int(out, "basis_fen", answer->exposure.basis_fen);
    json_out_field_int(out, "low_fen", answer->exposure.low_fen);
    json_out_field_int(out, "high_fen", answer->exposure.high_fen);
    json_out_end(out);
}

static void write_compliance(struct json_out *out, const struct compliance_answer *answer,
                             bool inside)
{
    const struct compliance *now = &answer->compliance;
    units_show_holding(out, now->holding);
    json_out_field_uint(out, "year", now->record->year);
    json_out_field_text(out, "status", compliance_status_name(now->status));
    json_out_field_text(out, "excluded_reason", now->record->excluded_reason);
    write_obligation(out, &now->obligation);
    json_out_field_uint(out, "surrendered", now->surrendered);
    json_out_field_uint(out, "counted", now->counted);
    json_out_field_uint(out, "surrendered_allowances", now->record->allowances);
    json_out_field_uint(out, "surrendered_offsets", now->record->offsets);
    json_out_field_uint(out, "gap", now->gap);
    json_out_field_bool(out, "overdue", now->overdue);
    json_out_field_bool(out, "alarm", now->alarm);
    json_out_field_int(out, "offset_cap", tonnes_value(now->offset_cap));
    write_dates(out, &now->dates);
    units_text_compliance(out, answer, inside);
    json_out_field_text(out, "currency", now->scheme->scheme->currency);
    json_out_field_text(out, "shown", inside ? "ALL" : "PUBLIC");
    if (inside) {
        json_out_field_uint(out, "pending_allowances", now->record->pending_allowances);
        json_out_field_uint(out, "pending_offsets", now->record->pending_offsets);
        json_out_field_uint(out, "offsets_left", now->offsets_left);
        json_out_field_uint(out, "carried", now->record->carried);
        json_out_field_uint(out, "lapsed", now->record->lapsed);
        write_exposure(out, answer);
    }
}

static enum err answer_compliance(struct call *call, struct query *query, void *context)
{
    struct year_wanted *wanted = context;
    struct compliance_answer answer;
    bool allowed = false;
    enum err err = units_default(call, query, &wanted->holding);
    if (err != OK) {
        return err;
    }
    err = query_compliance(&answer, query, wanted->holding, wanted->year, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "holding", NULL, NULL);
    }
    err = units_sight(call, query, answer.compliance.holding, &allowed);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    units_show_head(&call->data, query);
    write_compliance(&call->data, &answer, allowed);
    json_out_end(&call->data);
    return OK;
}

enum err op_get_compliance(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "year", "at", NULL};
    struct year_wanted wanted = {.holding = NULL};
    const enum err err = read_year(call, &wanted);
    return err == OK ? op_lot_run(call, keys, answer_compliance, &wanted) : err;
}

/* --- the plan --------------------------------------------------------------------------------- */

static void write_forecasts(struct json_out *out, const struct plan_answer *answer)
{
    json_out_field_int(out, "so_far_t", answer->so_far_t);
    json_out_field_int(out, "forecast_t", answer->forecast_t);
    json_out_field_array(out, "forecasts");
    for (size_t i = 0; i < answer->facility_count; i++) {
        const struct plan_facility *facility = &answer->facilities[i];
        json_out_object(out);
        json_out_field_text(out, "facility", facility->facility);
        json_out_field_text(out, "method", forecast_method_name(facility->forecast.method));
        json_out_field_uint(out, "known", facility->forecast.known);
        json_out_field_int(out, "so_far_g", grams_value(facility->forecast.so_far));
        json_out_field_int(out, "expected_g", grams_value(facility->forecast.expected));
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_lines(struct json_out *out, const struct plan_answer *answer)
{
    json_out_field_array(out, "holdings");
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct plan_line *line = &answer->lines[i];
        json_out_object(out);
        json_out_field_text(out, "series", line->series);
        json_out_field_uint(out, "vintage", line->vintage);
        json_out_field_bool(out, "offset", line->offset);
        json_out_field_bool(out, "eligible", line->eligible);
        json_out_field_uint(out, "trade", line->trade);
        json_out_field_uint(out, "register", line->registered);
        json_out_field_uint(out, "frozen", line->frozen);
        json_out_field_uint(out, "reserved", line->reserved);
        json_out_field_int(out, "use", line->use_t);
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_mix(struct json_out *out, const struct plan *plan)
{
    json_out_field_object(out, "plan");
    json_out_field_int(out, "need_t", plan->need_t);
    json_out_field_int(out, "offset_cap_t", plan->cap_t);
    json_out_field_int(out, "offset_cap_left_t", plan->cap_left_t);
    json_out_field_int(out, "own_allowances_t", plan->own_allowances_t);
    json_out_field_int(out, "own_offsets_t", plan->own_offsets_t);
    json_out_field_int(out, "buy_allowances_t", plan->buy_allowances_t);
    json_out_field_int(out, "buy_offsets_t", plan->buy_offsets_t);
    json_out_field_int(out, "sell_allowances_t", plan->sell_allowances_t);
    json_out_field_int(out, "carry_limit_t", plan->carry_limit_t);
    json_out_field_int(out, "carry_t", plan->carry_t);
    json_out_field_int(out, "pay_fen", plan->pay_fen);
    json_out_field_int(out, "receive_fen", plan->receive_fen);
    json_out_field_int(out, "cost_fen", plan->cost_fen);
    json_out_field_int(out, "without_offsets_fen", plan->without_offsets_fen);
    json_out_end(out);
}

static enum err answer_plan(struct call *call, struct query *query, void *context)
{
    struct year_wanted *wanted = context;
    const Seam__HoldingRecord *holding = NULL;
    struct json_out *out = &call->data;
    struct plan_answer *answer = arena_alloc(&call->arena, sizeof *answer);
    enum err err = answer == NULL ? ERR_MEMORY : units_default(call, query, &wanted->holding);
    if (err == OK) {
        err = units_sight_need(call, query, wanted->holding, &holding);
    }
    if (err != OK) {
        return call->detail.err == err ? err : call_fail(call, err, NULL, NULL, NULL);
    }
    err = query_plan(answer, query, wanted->holding, wanted->year, &wanted->prices, &call->arena);
    if (err != OK) {
        return call_fail(call, err, err == ERR_PARAM ? "allowance_fen" : "holding", NULL,
                         err == ERR_PARAM ? "a price is neither given nor published" : NULL);
    }
    json_out_object(out);
    units_show_head(out, query);
    write_compliance(out, &answer->now, true);
    write_forecasts(out, answer);
    json_out_field_object(out, "prices");
    json_out_field_int(out, "allowance_fen", answer->prices.allowance_fen);
    json_out_field_int(out, "offset_fen", answer->prices.offset_fen);
    json_out_field_int(out, "carried_fen", answer->prices.carried_fen);
    json_out_end(out);
    write_lines(out, answer);
    json_out_field_uint(out, "sold", answer->sold);
    json_out_field_uint(out, "bought", answer->bought);
    json_out_field_bool(out, "carry_over", answer->carry);
    write_mix(out, &answer->plan);
    units_text_plan(out, answer);
    json_out_end(out);
    return OK;
}

enum err op_plan_compliance(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {
        "holding", "year", "allowance_fen", "offset_fen", "carried_fen", "at", NULL};
    struct year_wanted wanted = {.holding = NULL};
    enum err err = read_year(call, &wanted);
    if (err == OK) {
        err = call_number(call, "allowance_fen", false, &wanted.prices.allowance_fen);
    }
    if (err == OK) {
        err = call_number(call, "offset_fen", false, &wanted.prices.offset_fen);
    }
    if (err == OK) {
        err = call_number(call, "carried_fen", false, &wanted.prices.carried_fen);
    }
    return err == OK ? op_lot_run(call, keys, answer_plan, &wanted) : err;
}
