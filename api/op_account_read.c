/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts out: totals for everybody with a token, lines for the few of decision D3. */

#include "api/operations.h"

#include "api/account_note.h"
#include "api/sight.h"
#include "ledger/accounting/account.h"
#include "ledger/accounting/status.h"
#include "ledger/assurance/view.h"
#include "ledger/codec/message.h"

#include <string.h>

#define LIST_MAX 600

/* What a request for one account names. */
struct wanted {
    const char *facility;
    const char *period;
    int64_t version;
    bool lines;
};

static enum err read_wanted(struct call *call, struct wanted *wanted)
{
    static const char *const keys[] = {"facility", "period", "version", "lines", "at", NULL};
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &wanted->facility);
    }
    if (err == OK) {
        err = call_text(call, "period", true, &wanted->period);
    }
    if (err == OK) {
        err = call_number(call, "version", false, &wanted->version);
    }
    if (err != OK) {
        return err;
    }
    if (wanted->version > UINT32_MAX) {
        return call_fail(call, ERR_RANGE, "version", NULL, NULL);
    }
    const struct json_node *lines = json_node_get(call->root, "lines");
    if (lines != NULL && !json_node_bool(lines, &wanted->lines)) {
        return call_fail(call, ERR_TYPE, "lines", "true or false", NULL);
    }
    return OK;
}

static void write_record(struct json_out *out, const Seam__AccountRecord *record)
{
    json_out_field_hex(out, "account_hash",
                       bytes_of(record->account_hash.data, record->account_hash.len));
    json_out_field_hex(out, "transaction", bytes_of(record->tx_id.data, record->tx_id.len));
    json_out_field_text(out, "organisation", record->organisation);
    json_out_field_uint(out, "height", record->height);
    json_out_field_time(out, "time", record->time_ms);
    json_out_field_time(out, "deadline", record->deadline_ms);
    json_out_field_uint(out, "extension_days", record->extension_days);
    json_out_field_uint(out, "late_days", record->days_late);
    json_out_field_bool(out, "historic", record->historic);
}

/* The lines stand in the transaction's detached part, not in the state. */
static enum err write_lines(struct call *call, struct query *query,
                            const Seam__AccountRecord *record)
{
    struct hash tx_id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    if (record->tx_id.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(tx_id.bytes, record->tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, query, &tx_id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_lines__descriptor,
                             bytes_of(tx.message->detached.data, tx.message->detached.len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    if (err != OK) {
        return call_fail(call, err, "lines", NULL, NULL);
    }
    const Seam__AccountLines *lines = (const Seam__AccountLines *)message;
    json_out_field_array(&call->data, "lines");
    for (size_t i = 0; i < lines->n_lines && err == OK; i++) {
        const ProtobufCBinaryData *bytes = &lines->lines[i]->line;
        err = message_unpack(&message, &seam__line__descriptor, bytes_of(bytes->data, bytes->len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
        if (err == OK) {
            json_out_message(&call->data, message, &call->api->fields);
        }
    }
    json_out_end(&call->data);
    return err == OK ? OK : call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
}

/* On whose word the value stands, and which value that is (decision D38). */
static enum err write_standing(struct call *call, struct query *query, const Seam__Account *account)
{
    struct json_out *out = &call->data;
    struct assurance_standing standing;
    const enum err err =
        assurance_standing(&standing, query_state(query), account->facility, account->period,
                           account->version, query_time(query), &call->arena);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    const char *grade = assurance_grade_text(standing.grade);
    json_out_field_text(out, "status",
                        standing.superseded ? account_status_text(ACCOUNT_SUPERSEDED) : grade);
    json_out_field_text(out, "grade", grade);
    json_out_field_int(out, "value_in_force_g", grams_value(standing.in_force.net));
    json_out_field_text(out, "engagement", standing.engagement);
    json_out_field_text(out, "opinion", standing.opinion);
    json_out_field_text(out, "opinion_type", standing.opinion_type);
    json_out_field_bool(out, "opinion_withdrawn", standing.opinion_withdrawn);
    json_out_field_text(out, "restates", standing.restates);
    json_out_field_text(out, "dispute", standing.dispute);
    return OK;
}

static enum err write_account(struct call *call, struct query *query, const struct wanted *wanted)
{
    struct json_out *out = &call->data;
    const Seam__FacilityRecord *facility = NULL;
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    bool allowed = false;
    enum err err = view_facility(&facility, query_state(query), wanted->facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = query_account(&head, query, wanted->facility, wanted->period, &call->arena);
    if (err == OK) {
        const uint32_t version = wanted->version > 0 ? (uint32_t)wanted->version : head->version;
        err = query_account_version(&record, query, wanted->facility, wanted->period, version,
                                    &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&account, record, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    err = wanted->lines ? sight_account(call, query, facility, account, &allowed) : OK;
    if (err == OK && wanted->lines && !allowed) {
        err = call_fail(call, ERR_ROLE, "lines", NULL,
                        "lines are for the owner, its group, its regulator, and verifiers with a "
                        "grant");
    }
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_uint(out, "current_version", head->version);
    account_fields(out, account);
    err = write_standing(call, query, account);
    write_record(out, record);
    if (err == OK && wanted->lines) {
        err = write_lines(call, query, record);
    }
    json_out_end(out);
    return err;
}

enum err op_get_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct wanted wanted = {0};
    struct query *query = NULL;
    enum err err = read_wanted(call, &wanted);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_account(call, query, &wanted);
    query_close(query);
    return err;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The dense chain of a facility, from its first period to its last. */
struct span {
    struct period first;
    struct period last;
};

static enum err limit_span(struct call *call, const char *key, struct period *bound, bool lower)
{
    const char *text = NULL;
    struct period asked;
    const enum err err = call_text(call, key, false, &text);
    if (err != OK || text == NULL) {
        return err;
    }
    if (period_parse(&asked, bytes_text(text)) != OK || asked.cadence != bound->cadence) {
        return call_fail(call, ERR_PARSE, key, "a period of the facility's cadence", NULL);
    }
    if (lower ? asked.number > bound->number : asked.number < bound->number) {
        bound->number = asked.number;
    }
    return OK;
}

static enum err write_entry(struct call *call, struct query *query, const char *facility,
                            struct period period)
{
    char text[PERIOD_TEXT_SIZE];
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    period_text(text, period);
    enum err err = query_account(&head, query, facility, text, &call->arena);
    if (err == ERR_ABSENT) {
        return OK;
    }
    if (err == OK) {
        err = query_account_version(&record, query, facility, text, head->version, &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&account, record, &call->arena);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    account_fields(&call->data, account);
    write_record(&call->data, record);
    json_out_end(&call->data);
    return OK;
}

static enum err write_list(struct call *call, struct query *query, const char *facility)
{
    const Seam__FacilityRecord *record = NULL;
    const Seam__FacilityHead *head = NULL;
    struct span span = {{CADENCE_MONTH, 1}, {CADENCE_MONTH, 0}};
    enum err err = view_facility(&record, query_state(query), facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = query_facility_head(&head, query, facility, &call->arena);
    if (err == OK && (period_parse(&span.first, bytes_text(record->start_period)) != OK ||
                      period_parse(&span.last, bytes_text(head->period)) != OK)) {
        err = ERR_CORRUPT;
    }
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    if (err == OK) {
        err = limit_span(call, "from_period", &span.first, true);
        err = err == OK ? limit_span(call, "to_period", &span.last, false) : err;
        if (err != OK) {
            return err;
        }
    }
    json_out_object(&call->data);
    json_out_field_uint(&call->data, "at", query_height(query));
    json_out_field_text(&call->data, "facility", facility);
    json_out_field_array(&call->data, "accounts");
    err = OK;
    for (uint32_t i = 0; i < LIST_MAX && span.first.number + i <= span.last.number && err == OK;
         i++) {
        const struct period period = {span.first.cadence, span.first.number + i};
        err = write_entry(call, query, facility, period);
    }
    json_out_end(&call->data);
    json_out_end(&call->data);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_list_accounts(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "from_period", "to_period", "at", NULL};
    const char *facility = NULL;
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &facility);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_list(call, query, facility);
    query_close(query);
    return err;
}
