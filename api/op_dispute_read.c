/* SPDX-License-Identifier: Apache-2.0 */
/* Disputes as they stand at a height: status and deadlines are derived from the record and the
 * time that is asked about (decision D11). */

#include "api/op_dispute.h"

#include "api/sight.h"
#include "ledger/assurance/dispute_state.h"
#include "ledger/governance/calendar.h"

#include <string.h>

static void write_hash(struct json_out *out, const char *key, ProtobufCBinaryData data)
{
    if (data.len > 0) {
        json_out_field_hex(out, key, bytes_of(data.data, data.len));
    }
}

static void write_totals(struct json_out *out, const char *key, const Seam__CategoryTotals *totals)
{
    json_out_key(out, key);
    if (totals != NULL) {
        json_out_message(out, &totals->base, NULL);
    } else {
        json_out_null(out);
    }
}

/* --- who sees the lines ----------------------------------------------------------------------- */

enum err dispute_may_see(struct call *call, struct query *query, const Seam__DisputeRecord *record,
                         bool *allowed)
{
    const char *caller = call->caller->organisation;
    const Seam__FacilityRecord *facility = NULL;
    *allowed = strcmp(record->verifier, caller) == 0;
    for (size_t i = 0; i < record->n_claimants; i++) {
        *allowed = *allowed || strcmp(record->claimants[i]->organisation, caller) == 0;
    }
    if (*allowed) {
        return OK;
    }
    const enum err err =
        view_facility(&facility, query_state(query), record->facility, &call->arena);
    return err == OK ? sight_lines(call, query, facility, allowed)
                     : call_fail(call, err, NULL, NULL, NULL);
}

/* Writes salted lines as what they say, numbered from first. */
static enum err write_lines(struct call *call, struct query *query, const char *key,
                            ProtobufCBinaryData tx_id, const ProtobufCMessageDescriptor *type,
                            uint32_t first)
{
    const Seam__DisputeLines *lines = NULL;
    enum err err = dispute_lines_of(call, query, tx_id, &lines);
    if (err != OK) {
        return err;
    }
    json_out_field_array(&call->data, key);
    for (size_t i = 0; err == OK && i < lines->n_lines; i++) {
        const ProtobufCBinaryData *content = &lines->lines[i]->content;
        ProtobufCMessage *message = NULL;
        err = message_unpack(&message, type, bytes_of(content->data, content->len), LIMIT_TX_BODY,
                             &call->arena, NULL);
        if (err == OK) {
            json_out_object(&call->data);
            if (first > 0) {
                json_out_field_uint(&call->data, "number", first + i);
            }
            json_out_message_fields(&call->data, message, &call->api->fields);
            json_out_end(&call->data);
        }
    }
    json_out_end(&call->data);
    return err == OK ? OK : call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
}

/* --- one dispute ------------------------------------------------------------------------------ */

static void write_head(struct json_out *out, const Seam__DisputeRecord *record, uint64_t time_ms)
{
    const enum dispute_status status = dispute_status(record, time_ms);
    json_out_field_text(out, "dispute", record->dispute);
    json_out_field_text(out, "status", dispute_status_name(status));
    json_out_field_bool(out, "open", dispute_open(status));
    json_out_field_text(out, "facility", record->facility);
    json_out_field_text(out, "period", record->period);
    json_out_field_uint(out, "version", record->version);
    json_out_field_text(out, "jurisdiction", record->jurisdiction);
    json_out_field_text(out, "owner", record->owner);
    json_out_field_text(out, "verifier", record->verifier);
    json_out_field_text(out, "opinion", record->opinion);
    json_out_field_uint(out, "claims", dispute_claims(record));
    json_out_field_int(out, "disputed_g", dispute_disputed_g(record));
    json_out_field_time(out, "opened", record->opened_ms);
}

/* How many working days are left of the deadline that counts now. */
static enum err write_left(struct call *call, struct query *query,
                           const Seam__DisputeRecord *record, uint64_t deadline_ms)
{
    const Seam__JurisdictionRecord *place = NULL;
    const enum err err =
        view_jurisdiction(&place, query_state(query), record->jurisdiction, &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_field_uint(&call->data, "working_days_left",
                        calendar_working_days(place, query_time(query), deadline_ms - 1, NULL));
    return OK;
}

static enum err write_deadlines(struct call *call, struct query *query,
                                const Seam__DisputeRecord *record)
{
    struct json_out *out = &call->data;
    const enum dispute_status status = dispute_status(record, query_time(query));
    uint64_t deadline = record->decide_until_ms;
    enum err err = OK;
    json_out_field_object(out, "deadlines");
    json_out_field_time(out, "statements", record->statements_until_ms);
    json_out_field_time(out, "decision", record->decide_until_ms);
    if (record->appeal != NULL) {
        deadline = record->appeal->decide_until_ms;
        json_out_field_time(out, "appeal_decision", deadline);
    } else if (record->n_decisions > 0) {
        json_out_field_time(out, "appeal", record->decisions[0]->appeal_until_ms);
    } else {
        json_out_field_time(out, "appeal_against_default", record->default_appeal_until_ms);
    }
    json_out_field_bool(out, "calendar_assumed", record->calendar_assumed);
    if (dispute_open(status)) {
        err = write_left(call, query, record, deadline);
    }
    json_out_end(out);
    json_out_field_array(out, "extensions");
    for (size_t i = 0; i < record->n_extensions; i++) {
        json_out_object(out);
        json_out_field_text(out, "deadline", record->extensions[i]->deadline);
        json_out_field_uint(out, "working_days", record->extensions[i]->working_days);
        json_out_field_text(out, "reason", record->extensions[i]->reason);
        json_out_field_time(out, "time", record->extensions[i]->time_ms);
        json_out_end(out);
    }
    json_out_end(out);
    return err;
}

static enum err write_claimants(struct call *call, struct query *query,
                                const Seam__DisputeRecord *record, bool allowed)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "claimants");
    for (size_t i = 0; err == OK && i < record->n_claimants; i++) {
        const Seam__DisputeClaimant *claimant = record->claimants[i];
        json_out_object(out);
        json_out_field_text(out, "organisation", claimant->organisation);
        json_out_field_text(out, "capacity", claimant->capacity);
        json_out_field_uint(out, "claim_count", claimant->claim_count);
        json_out_field_int(out, "disputed_g", claimant->disputed_g);
        json_out_field_text(out, "relief", claimant->relief);
        json_out_field_text(out, "reason", claimant->reason);
        json_out_field_bool(out, "withdrawn", claimant->withdrawn_ms != 0);
        json_out_field_time(out, "time", claimant->time_ms);
        write_hash(out, "transaction", claimant->tx_id);
        write_hash(out, "claims_root", claimant->claims_root);
        if (allowed) {
            err = write_lines(call, query, "claims", claimant->tx_id,
                              &seam__dispute_claim__descriptor, claimant->first_claim);
        }
        json_out_end(out);
    }
    json_out_end(out);
    return err;
}

static enum err write_statements(struct call *call, struct query *query,
                                 const Seam__DisputeRecord *record)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "statements");
    for (uint32_t i = 1; err == OK && i <= record->statements; i++) {
        const Seam__StatementRecord *statement = NULL;
        err = view_statement(&statement, query_state(query), record->dispute, i, &call->arena);
        if (err == OK) {
            json_out_object(out);
            json_out_field_uint(out, "number", i);
            json_out_message_fields(out, &statement->base, &call->api->fields);
            json_out_field_time(out, "time", statement->time_ms);
            json_out_end(out);
        }
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err write_decisions(struct call *call, struct query *query,
                                const Seam__DisputeRecord *record, bool allowed)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "decisions");
    for (size_t i = 0; err == OK && i < record->n_decisions; i++) {
        const Seam__DisputeDecision *decision = record->decisions[i];
        json_out_object(out);
        json_out_field_text(out, "kind", decision->kind);
        json_out_field_text(out, "organisation", decision->organisation);
        json_out_field_uint(out, "persons", decision->n_persons);
        json_out_field_text(out, "reason", decision->reason);
        json_out_field_time(out, "time", decision->time_ms);
        write_hash(out, "transaction", decision->tx_id);
        write_hash(out, "lines_root", decision->lines_root);
        write_totals(out, "totals", decision->totals);
        if (allowed && decision->line_count > 0) {
            err = write_lines(call, query, "lines", decision->tx_id,
                              &seam__decision_line__descriptor, 0);
        }
        json_out_end(out);
    }
    json_out_end(out);
    return err;
}

static enum err write_effects(struct call *call, struct query *query,
                              const Seam__DisputeRecord *record)
{
    static const char *const names[] = {"READY", "SUSPENDED", "CONSUMED", "VOID"};
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "effects");
    for (uint32_t i = 1; err == OK && i <= record->effects; i++) {
        struct assurance_effect effect;
        err = assurance_effect(&effect, query_state(query), record->dispute, i, query_time(query),
                               &call->arena);
        if (err != OK) {
            break;
        }
        const Seam__EffectRecord *row = effect.record;
        json_out_object(out);
        json_out_field_uint(out, "number", i);
        json_out_field_text(out, "status", names[effect.status]);
        json_out_field_bool(out, "final", effect.final);
        json_out_field_text(out, "kind", row->kind);
        json_out_field_uint(out, "decision", row->decision);
        json_out_field_uint(out, "claim", row->claim);
        json_out_field_uint(out, "tonnes", row->tonnes);
        json_out_field_uint(out, "cut_bp", row->cut_bp);
        json_out_field_uint(out, "year", row->year);
        json_out_field_text(out, "clause", row->clause);
        json_out_field_uint(out, "compensates", row->compensates);
        write_hash(out, "consumed", row->consumed_tx);
        json_out_end(out);
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* What a publication shows stands in its body, each line with its path. */
static enum err write_publication(struct call *call, struct query *query,
                                  const Seam__DisputeRecord *record)
{
    struct json_out *out = &call->data;
    struct hash id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    json_out_key(out, "publication");
    if (record->publication == NULL) {
        json_out_null(out);
        return OK;
    }
    if (record->publication->tx_id.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(id.bytes, record->publication->tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, query, &id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__dispute_publish__descriptor,
                             bytes_of(tx.body->payload.data, tx.body->payload.len), LIMIT_TX_BODY,
                             &call->arena, NULL);
    }
    if (err != OK) {
        json_out_null(out);
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_message(out, message, &call->api->fields);
    return OK;
}

static enum err write_hearing(struct call *call, struct query *query,
                              const Seam__DisputeRecord *record)
{
    struct json_out *out = &call->data;
    json_out_field_array(out, "panel");
    for (size_t i = 0; i < record->n_panel; i++) {
        json_out_text(out, record->panel[i]);
    }
    json_out_end(out);
    enum err err = write_statements(call, query, record);
    json_out_key(out, "appeal");
    if (record->appeal != NULL) {
        json_out_message(out, &record->appeal->base, &call->api->fields);
    } else {
        json_out_null(out);
    }
    return err;
}

static enum err answer_dispute(struct call *call, struct query *query, void *wanted)
{
    struct json_out *out = &call->data;
    const Seam__DisputeRecord *record = NULL;
    bool allowed = false;
    enum err err = dispute_find(call, query, wanted, &record);
    if (err == OK) {
        err = dispute_may_see(call, query, record, &allowed);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    write_head(out, record, query_time(query));
    json_out_field_text(out, "default_rule", record->rules->default_rule);
    write_totals(out, "reported", record->reported);
    write_totals(out, "verified", record->verified);
    json_out_field_bool(out, "lines_shown", allowed);
    err = write_deadlines(call, query, record);
    if (err == OK) {
        err = write_claimants(call, query, record, allowed);
    }
    if (err == OK) {
        err = write_hearing(call, query, record);
    }
    if (err == OK) {
        err = write_decisions(call, query, record, allowed);
    }
    if (err == OK) {
        err = write_effects(call, query, record);
    }
    if (err == OK) {
        err = write_publication(call, query, record);
    }
    json_out_end(out);
    return err;
}

enum err op_get_dispute(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"dispute", "at", NULL};
    const char *dispute = NULL;
    const enum err err = call_text(call, "dispute", true, &dispute);
    return err == OK ? dispute_run(call, keys, answer_dispute, (void *)(uintptr_t)dispute) : err;
}

/* --- lists ------------------------------------------------------------------------------------ */

struct list_wanted {
    const char *facility;
    const char *period;
    const char *status;
    struct dispute_page page;
};

static bool is_wanted(const struct list_wanted *wanted, const Seam__DisputeRecord *record,
                      uint64_t time_ms)
{
    return (wanted->facility == NULL || strcmp(wanted->facility, record->facility) == 0) &&
           (wanted->period == NULL || strcmp(wanted->period, record->period) == 0) &&
           (wanted->status == NULL ||
            strcmp(wanted->status, dispute_status_name(dispute_status(record, time_ms))) == 0);
}

static enum err answer_list(struct call *call, struct query *query, void *context)
{
    const struct list_wanted *wanted = context;
    struct json_out *out = &call->data;
    struct overlay *state = query_state(query);
    uint32_t total = 0;
    uint32_t shown = 0;
    enum err err = view_assurance_count(&total, state, KEY_DISPUTE, NULL, &call->arena);
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_array(out, "disputes");
    uint32_t next = wanted->page.from;
    for (; err == OK && next < total && shown < wanted->page.count; next++) {
        const Seam__ListEntry *entry = NULL;
        const Seam__DisputeRecord *record = NULL;
        err = view_list(&entry, state, KEY_DISPUTE, NULL, next, &call->arena);
        if (err == OK) {
            err = view_dispute(&record, state, entry->id, &call->arena);
        }
        if (err == OK && is_wanted(wanted, record, query_time(query))) {
            json_out_object(out);
            write_head(out, record, query_time(query));
            json_out_end(out);
            shown++;
        }
    }
    json_out_end(out);
    json_out_field_uint(out, "next", next);
    json_out_field_uint(out, "total", total);
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_list_disputes(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "status", "from", "count", "at", NULL};
    struct list_wanted wanted = {.facility = NULL};
    enum err err = call_text(call, "facility", false, &wanted.facility);
    if (err == OK) {
        err = call_text(call, "period", false, &wanted.period);
    }
    if (err == OK) {
        err = call_text(call, "status", false, &wanted.status);
    }
    if (err == OK) {
        err = dispute_page_read(call, &wanted.page);
    }
    return err == OK ? dispute_run(call, keys, answer_list, &wanted) : err;
}
