/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of accounts with their proofs, the way of a unit, what was used up, and another
 * registry's list against this one [KSSJ 8c]. */

#include "api/op_units.h"

#include "api/units_text.h"
#include "ledger/codec/document.h"
#include "ledger/codec/json_out_errors.h"
#include "ledger/query/reconcile.h"
#include "ledger/query/statement.h"

#define PROOF_ARENA ((size_t)512 << 20)

struct span {
    const char *holding; /* of a statement */
    bool bundle;
};

static enum err read_span(struct call *call, const Seam__JurisdictionRecord *place,
                          struct query *query, uint64_t *from_ms, uint64_t *to_ms)
{
    *from_ms = 0;
    *to_ms = query_time(query) + 1;
    const enum err err = units_time(call, "since", place, false, from_ms);
    return err == OK ? units_time(call, "until", place, true, to_ms) : err;
}

static enum err place_of(const Seam__JurisdictionRecord **out, struct call *call,
                         struct query *query, const char *scheme)
{
    const Seam__SchemeRecord *record = NULL;
    enum err err = registry_scheme(&record, query_state(query), scheme, &call->arena);
    if (err == OK) {
        err =
            view_jurisdiction(out, query_state(query), record->scheme->jurisdiction, &call->arena);
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* --- statements ------------------------------------------------------------------------------- */

static void write_ranges(struct json_out *out, const char *key, Seam__SerialRange *const *ranges,
                         size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_message(out, &ranges[i]->base, NULL);
    }
    json_out_end(out);
}

static void write_line(struct json_out *out, const Seam__EntryRecord *entry)
{
    json_out_field_text(out, "kind", entry_name(entry->kind));
    json_out_field_text(out, "from_state", sm_name(&unit_machine, (uint8_t)entry->from));
    json_out_field_text(out, "to_state", sm_name(&unit_machine, (uint8_t)entry->to));
    json_out_field_uint(out, "quantity", entry->quantity);
    write_ranges(out, "ranges", entry->ranges, entry->n_ranges);
    json_out_field_text(out, "other", entry->other);
    json_out_field_hex(out, "transaction", bytes_of(entry->tx_id.data, entry->tx_id.len));
    json_out_field_uint(out, "height", entry->height);
    json_out_field_time(out, "time", entry->time_ms);
}

static void write_balance(struct json_out *out, const char *key,
                          const uint64_t balance[UNIT_STATES])
{
    json_out_field_object(out, key);
    for (unsigned i = UNIT_TRADE; i < UNIT_STATES; i++) {
        if (balance[i] != 0) {
            json_out_field_uint(out, sm_name(&unit_machine, (uint8_t)i), balance[i]);
        }
    }
    json_out_end(out);
}

static void write_statement(struct json_out *out, const struct statement *statement)
{
    json_out_field_array(out, "positions");
    for (size_t i = 0; i < statement->position_count; i++) {
        json_out_object(out);
        json_out_field_text(out, "series", statement->positions[i].series);
        write_balance(out, "opening", statement->positions[i].opening);
        write_balance(out, "closing", statement->positions[i].closing);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_array(out, "lines");
    for (size_t i = 0; i < statement->line_count; i++) {
        const struct statement_line *line = &statement->lines[i];
        json_out_object(out);
        json_out_field_text(out, "series", statement->positions[line->position].series);
        json_out_field_uint(out, "number", line->index + 1);
        write_line(out, line->entry);
        json_out_field_int(out, "held", line->held);
        json_out_end(out);
    }
    json_out_end(out);
}

/* The proofs as a file, in the call's arena; what it takes to cut them is given back at once. */
static enum err write_proofs(struct call *call, struct query *query,
                             const struct statement *statement)
{
    struct arena arena;
    struct bytes bundle;
    struct bytes text;
    if (query_view(query) == NULL) {
        return call_fail(call, ERR_ABSENT, "bundle", NULL, "this node has no chain to prove from");
    }
    arena_init(&arena, PROOF_ARENA);
    enum err err = statement_bundle(&bundle, query, statement, &arena, &call->detail);
    if (err == OK) {
        err = document_write(&text, &bundle_form, bundle, &arena, &call->detail);
    }
    if (err == OK && text.size > CALL_ANSWER / 4 * 3) {
        err = err_set(&call->detail, ERR_TOO_LARGE, "bundle", NULL, NULL,
                      "ask for the proofs of less time");
    }
    if (err == OK) {
        json_out_key(&call->data, "bundle");
        json_out_text_bytes(&call->data, text);
    }
    arena_free(&arena);
    return err;
}

static enum err answer_statement(struct call *call, struct query *query, void *context)
{
    const struct span *span = context;
    const Seam__HoldingRecord *holding = NULL;
    const Seam__JurisdictionRecord *place = NULL;
    struct json_out *out = &call->data;
    struct statement statement;
    uint64_t from_ms = 0;
    uint64_t to_ms = 0;
    enum err err = units_sight_need(call, query, span->holding, &holding);
    if (err == OK) {
        err = place_of(&place, call, query, holding->scheme);
    }
    if (err == OK) {
        err = read_span(call, place, query, &from_ms, &to_ms);
    }
    if (err != OK) {
        return err;
    }
    err = statement_make(&statement, query, span->holding, from_ms, to_ms, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "since", NULL,
                         err == ERR_TOO_LARGE ? "ask for less time" : NULL);
    }
    json_out_object(out);
    units_show_head(out, query);
    units_show_holding(out, holding);
    json_out_field_time(out, "since", from_ms);
    json_out_field_time(out, "before", to_ms);
    write_statement(out, &statement);
    err = span->bundle ? write_proofs(call, query, &statement) : OK;
    json_out_end(out);
    return err == OK || call->detail.err == err ? err : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_get_statement(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"holding", "since", "until", "bundle", "at", NULL};
    struct span span = {.holding = NULL};
    enum err err = call_text(call, "holding", true, &span.holding);
    if (err == OK) {
        err = op_lot_switch(call, "bundle", &span.bundle);
    }
    return err == OK ? op_lot_run(call, keys, answer_statement, &span) : err;
}

/* --- a serial number -------------------------------------------------------------------------- */

struct serial_wanted {
    const char *series;
    int64_t serial;
};

/* Accounts are named to those who see them; that a unit was used up is for everybody. */
static enum err write_stops(struct call *call, struct query *query,
                            const struct statement_serial *found)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "stops");
    for (size_t i = 0; err == OK && i < found->stop_count; i++) {
        const struct statement_stop *stop = &found->stops[i];
        bool allowed = false;
        err = units_sight_of(call, query, stop->holding, &allowed);
        if (err == OK && allowed) {
            json_out_object(out);
            json_out_field_text(out, "holding", stop->holding);
            write_line(out, stop->entry);
            json_out_end(out);
        }
    }
    json_out_end(out);
    json_out_field_bool(out, "more", found->more);
    return err;
}

static enum err answer_serial(struct call *call, struct query *query, void *context)
{
    const struct serial_wanted *wanted = context;
    struct statement_serial found;
    struct series series;
    struct json_out *out = &call->data;
    bool allowed = false;
    enum err err = series_parse(&series, wanted->series, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "series", "CN:CEA:CN:2026", NULL);
    }
    err = statement_serial(&found, query, &series, (uint64_t)wanted->serial, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "serial", NULL, NULL);
    }
    err = units_sight_of(call, query, found.block->holding, &allowed);
    if (err != OK) {
        return err;
    }
    const bool ended = unit_final((enum unit_state)found.block->state);
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_text(out, "series", found.series);
    json_out_field_uint(out, "serial", found.serial);
    json_out_field_text(out, "state", sm_name(&unit_machine, (uint8_t)found.block->state));
    json_out_field_bool(out, "ended", ended);
    json_out_field_text(out, "shown", allowed ? "ALL" : "PUBLIC");
    if (allowed || ended) {
        json_out_field_text(out, "holding", found.block->holding);
    }
    if (allowed) {
        json_out_field_bool(out, "frozen", found.block->frozen.len != 0);
        json_out_field_uint(out, "block_start", found.block->start);
        json_out_field_uint(out, "block_end", found.block->end);
    }
    err = write_stops(call, query, &found);
    json_out_end(out);
    return err;
}

enum err op_find_serial(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"series", "serial", "at", NULL};
    struct serial_wanted wanted = {.series = NULL};
    enum err err = call_text(call, "series", true, &wanted.series);
    if (err == OK) {
        err = call_number(call, "serial", true, &wanted.serial);
    }
    return err == OK ? op_lot_run(call, keys, answer_serial, &wanted) : err;
}

/* --- what was used up ------------------------------------------------------------------------- */

/* Days are those of UTC: the report is of all schemes. */
static enum err answer_report(struct call *call, struct query *query, void *context)
{
    (void)context;
    const Seam__JurisdictionRecord utc = SEAM__JURISDICTION_RECORD__INIT;
    struct statement_end *ends = NULL;
    size_t count = 0;
    struct json_out *out = &call->data;
    uint64_t from_ms = 0;
    uint64_t to_ms = 0;
    enum err err = read_span(call, &utc, query, &from_ms, &to_ms);
    if (err != OK) {
        return err;
    }
    err = statement_public(&ends, &count, query, from_ms, to_ms, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "since", NULL,
                         err == ERR_TOO_LARGE ? "ask for less time" : NULL);
    }
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_array(out, "ends");
    for (size_t i = 0; i < count; i++) {
        json_out_object(out);
        json_out_field_text(out, "kind", ends[i].surrender ? "SURRENDER" : "CANCELLATION");
        json_out_field_text(out, "id", ends[i].id);
        json_out_field_text(out, "holding", ends[i].holding);
        if (ends[i].surrender) {
            json_out_field_uint(out, "year", ends[i].year);
        }
        json_out_field_uint(out, "quantity", ends[i].quantity);
        units_show(out, "units", ends[i].units, ends[i].unit_count);
        json_out_field_text(out, "beneficiary", ends[i].beneficiary);
        json_out_field_text(out, "purpose", ends[i].purpose);
        json_out_field_time(out, "time", ends[i].time_ms);
        json_out_field_bool(out, "final", ends[i].final);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}

enum err op_public_report(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"since", "until", "at", NULL};
    return op_lot_run(call, keys, answer_report, NULL);
}

/* --- another registry ------------------------------------------------------------------------- */

static void write_differences(struct json_out *out, const struct reconcile *found)
{
    json_out_field_array(out, "differences");
    for (size_t i = 0; i < found->count; i++) {
        const struct reconcile_difference *difference = &found->differences[i];
        json_out_object(out);
        json_out_field_text(out, "kind", reconcile_kind_name(difference->kind));
        json_out_field_text(out, "series", difference->series);
        json_out_field_uint(out, "start", difference->start);
        json_out_field_uint(out, "end", difference->end);
        json_out_field_uint(out, "row", difference->row);
        units_text_difference(out, difference);
        json_out_field_text(out, "account_here", difference->account_here);
        json_out_field_text(out, "state_here", difference->state_here);
        json_out_field_text(out, "account_there", difference->account_there);
        json_out_field_text(out, "state_there", difference->state_there);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_bool(out, "more", found->more);
}

static enum err answer_reconcile(struct call *call, struct query *query, void *context)
{
    const char *table = context;
    struct json_out *out = &call->data;
    struct reconcile found;
    struct errors errors = {0};
    enum err err = units_keeper(call, query);
    if (err != OK) {
        return err;
    }
    err = errors_new(&errors, &call->arena);
    if (err == OK) {
        err = reconcile_csv(&found, query, bytes_text(table), &call->arena, &errors);
    }
    if (err != OK) {
        call->errors = errors;
        return errors.count != 0 ? err : call_fail(call, err, "table", NULL, NULL);
    }
    json_out_object(out);
    units_show_head(out, query);
    json_out_field_uint(out, "rows", found.rows);
    json_out_field_uint(out, "units_there", found.units_there);
    json_out_field_uint(out, "units_equal", found.units_equal);
    write_differences(out, &found);
    json_out_field_array(out, "refused");
    for (size_t i = 0; i < errors.count; i++) {
        json_out_detail(out, &errors.items[i]);
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}

enum err op_reconcile_registry(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"table", "at", NULL};
    const char *table = NULL;
    const enum err err = call_text(call, "table", true, &table);
    return err == OK ? op_lot_run(call, keys, answer_reconcile, (void *)(uintptr_t)table) : err;
}
