/* SPDX-License-Identifier: Apache-2.0 */
/* The board of a jurisdiction's year, and the observations beside its accounts [KSSJ 7.2.2b].
 * Everybody with a token sees totals (decision D3). */

#include "api/op_dispute.h"

#include "ledger/assurance/observation.h"
#include "ledger/base/num.h"
#include "ledger/base/period.h"
#include "ledger/query/gap.h"

#include <string.h>

/* --- the board -------------------------------------------------------------------------------- */

struct board_wanted {
    const char *jurisdiction;
    uint32_t year;
    struct hash set;
    bool set_given;
};

static enum err read_rules(struct call *call, struct query *query,
                           const struct board_wanted *wanted, struct gap_rules *rules)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct set set;
    enum err err = wanted->set_given
                       ? view_parameter_set(&record, query_state(query), &wanted->set, &call->arena)
                       : dispute_rules_find(call, query, NULL, NULL, &record);
    if (err != OK) {
        return call_fail(call, err, "parameter_set_hash", NULL,
                         "no rules of verification are published");
    }
    err = set_stored(&set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                     &call->arena, &call->detail);
    return err == OK ? gap_rules_of(rules, set.message, &call->detail) : err;
}

static void write_estimates(struct json_out *out, const struct gap_row *row)
{
    json_out_field_array(out, "estimates");
    for (size_t i = 0; i < row->estimate_count; i++) {
        const struct gap_estimate *estimate = &row->estimates[i];
        const Seam__ObservationRecord *record = estimate->observation;
        json_out_object(out);
        json_out_field_text(out, "observation", record->observation->observation);
        json_out_field_text(out, "organisation", record->organisation);
        json_out_field_text(out, "method", record->observation->method);
        json_out_field_text(out, "quantity", record->observation->quantity);
        json_out_field_int(out, "value_g", record->value_g);
        json_out_field_int(out, "low_g", record->low_g);
        json_out_field_int(out, "high_g", record->high_g);
        if (estimate->compared) {
            json_out_field_int(out, "account_g", grams_value(estimate->account));
            json_out_field_int(out, "difference_g", grams_value(estimate->difference));
            json_out_field_int(out, "gap_bp", estimate->gap_bp);
            json_out_field_int(out, "z_milli", estimate->z);
        }
        json_out_field_text(out, "colour", gap_colour_name(estimate->colour));
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_row(struct json_out *out, const struct gap_row *row)
{
    json_out_object(out);
    json_out_field_text(out, "facility", row->facility);
    json_out_field_text(out, "period", row->period);
    json_out_field_text(out, "grade", row->grade);
    json_out_field_text(out, "colour", gap_colour_name(row->colour));
    if (row->periods_due > 0) {
        json_out_field_uint(out, "periods", row->periods);
        json_out_field_uint(out, "periods_due", row->periods_due);
    } else if (row->anchored) {
        json_out_field_uint(out, "version", row->version);
        json_out_field_uint(out, "days_late", row->days_late);
    }
    if (row->anchored) {
        json_out_field_int(out, "reported_g", grams_value(row->reported));
        json_out_field_int(out, "in_force_g", grams_value(row->in_force));
        json_out_field_int(out, "z_milli", row->z);
        json_out_field_text(out, "dispute", row->dispute != NULL ? row->dispute : "");
    }
    if (row->verified) {
        json_out_field_int(out, "verified_g", grams_value(row->verified_value));
        json_out_field_int(out, "difference_g", grams_value(row->difference));
        json_out_field_int(out, "gap_bp", row->gap_bp);
        json_out_field_bool(out, "material", row->material);
    }
    write_estimates(out, row);
    json_out_end(out);
}

static enum err answer_gaps(struct call *call, struct query *query, void *context)
{
    const struct board_wanted *wanted = context;
    struct json_out *out = &call->data;
    struct gap_rules rules;
    struct gap_list list;
    enum err err = read_rules(call, query, wanted, &rules);
    if (err != OK) {
        return err;
    }
    err = gap_list_make(&list, query, wanted->jurisdiction, wanted->year, &rules, &call->arena);
    if (err != OK) {
        return call_fail(call, err, err == ERR_RANGE ? "year" : "jurisdiction", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "jurisdiction", wanted->jurisdiction);
    json_out_field_uint(out, "year", wanted->year);
    json_out_field_uint(out, "facilities", list.facilities);
    json_out_field_object(out, "by_colour");
    for (enum gap_colour colour = GAP_NONE; colour <= GAP_RED; colour++) {
        json_out_field_uint(out, gap_colour_name(colour), list.by_colour[colour]);
    }
    json_out_end(out);
    json_out_field_array(out, "gaps");
    for (size_t i = 0; i < list.count; i++) {
        write_row(out, &list.rows[i]);
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}

enum err op_list_gaps(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"jurisdiction", "year", "parameter_set_hash", "at", NULL};
    struct board_wanted wanted = {.jurisdiction = NULL};
    const char *year = NULL;
    uint64_t number = 0;
    enum err err = call_text(call, "jurisdiction", true, &wanted.jurisdiction);
    if (err == OK) {
        err = call_text(call, "year", true, &year);
    }
    if (err == OK) {
        err = call_hash(call, "parameter_set_hash", false, &wanted.set, &wanted.set_given);
    }
    if (err == OK &&
        (!num_parse_u64(&number, bytes_text(year), PERIOD_YEAR_MAX) || number < PERIOD_YEAR_MIN)) {
        return call_fail(call, ERR_TYPE, "year", "YYYY", NULL);
    }
    wanted.year = (uint32_t)number;
    return err == OK ? dispute_run(call, keys, answer_gaps, &wanted) : err;
}

/* --- observations ----------------------------------------------------------------------------- */

struct observed {
    const char *facility;
    const char *period;
};

static void write_observation(struct call *call, const Seam__ObservationRecord *record)
{
    struct json_out *out = &call->data;
    json_out_object(out);
    json_out_message_fields(out, &record->observation->base, &call->api->fields);
    json_out_field_text(out, "organisation", record->organisation);
    json_out_field_int(out, "value_g", record->value_g);
    json_out_field_int(out, "low_g", record->low_g);
    json_out_field_int(out, "high_g", record->high_g);
    json_out_field_hex(out, "transaction", bytes_of(record->tx_id.data, record->tx_id.len));
    json_out_field_time(out, "time", record->time_ms);
    json_out_field_text(out, "status", record->withdrawn[0] != '\0' ? "WITHDRAWN" : "STANDS");
    if (record->withdrawn[0] != '\0') {
        json_out_field_text(out, "withdrawn", record->withdrawn);
        json_out_field_text(out, "replaced_by", record->replaced_by);
        json_out_field_time(out, "withdrawn_at", record->withdrawn_ms);
    }
    json_out_end(out);
}

static enum err answer_observations(struct call *call, struct query *query, void *context)
{
    const struct observed *wanted = context;
    struct json_out *out = &call->data;
    const Seam__ObservationHead *head = NULL;
    enum err err = view_observations(&head, query_state(query), wanted->facility, wanted->period,
                                     &call->arena);
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    const size_t count = err == OK ? head->n_observations : 0;
    err = OK;
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_array(out, "observations");
    for (size_t i = 0; err == OK && i < count; i++) {
        const Seam__ObservationRecord *record = NULL;
        err = view_observation(&record, query_state(query), head->observations[i], &call->arena);
        if (err == OK) {
            write_observation(call, record);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_list_observations(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "at", NULL};
    struct observed wanted = {NULL, NULL};
    enum err err = call_text(call, "facility", true, &wanted.facility);
    if (err == OK) {
        err = call_text(call, "period", true, &wanted.period);
    }
    return err == OK ? dispute_run(call, keys, answer_observations, &wanted) : err;
}
