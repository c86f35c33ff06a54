/* SPDX-License-Identifier: Apache-2.0 */
/* Recording events: one by its type, or a table of them. Both end where the operation of the event
 * itself ends, in the one validator and the rule. A row of a table is known by its content, so a
 * table that was half admitted is sent again as it is. */

#include "api/op_lot.h"

#include "api/lot_table.h"
#include "api/submit.h"
#include "ledger/base/period.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_out_errors.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/provenance/view.h"

#include <stdio.h>
#include <string.h>

#define RULES_PREFIX "LOT-"
#define ROW_MAX (256 * 1024)

/* --- the lot rules an event is under ---------------------------------------------------------- */

/* A text field of a payload, or of the first entry of a list of it; NULL where there is none. */
static const char *text_of(const ProtobufCMessage *payload, const char *name, const char *inner)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(payload->descriptor, name);
    if (field == NULL || message_count(payload, field) == 0) {
        return NULL;
    }
    if (inner == NULL) {
        const bool text =
            field->type == PROTOBUF_C_TYPE_STRING && field->label != PROTOBUF_C_LABEL_REPEATED;
        return text ? *(char *const *)message_at(payload, field, 0) : NULL;
    }
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return NULL;
    }
    return text_of(*(ProtobufCMessage *const *)message_at(payload, field, 0), inner, NULL);
}

static Seam__LotHead *head_of(const ProtobufCMessage *payload)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(payload->descriptor, "event");
    if (field == NULL || field->descriptor != &seam__lot_head__descriptor ||
        message_count(payload, field) == 0) {
        return NULL;
    }
    return *(Seam__LotHead *const *)message_at(payload, field, 0);
}

/* An answer names its offer, which names a lot or a load. */
static void offered(struct call *call, struct overlay *state, const ProtobufCMessage *payload,
                    const char **lot, const char **sscc)
{
    const Seam__OfferRecord *offer = NULL;
    struct hash id;
    if (payload->descriptor != &seam__lot_answer__descriptor) {
        return;
    }
    const ProtobufCBinaryData named = ((const Seam__LotAnswer *)payload)->offer;
    if (named.len != HASH_SIZE) {
        return;
    }
    memcpy(id.bytes, named.data, HASH_SIZE);
    if (view_offer(&offer, state, &id, &call->arena) == OK) {
        *lot = offer->lot;
        *sscc = offer->sscc;
    }
}

/* The lot an event is about, by whatever names it; NULL where nothing does or it is not there yet.
 */
static const Seam__LotRecord *lot_of(struct call *call, struct overlay *state,
                                     const ProtobufCMessage *payload)
{
    static const char *const ways[][2] = {
        {"lot", NULL}, {"inputs", "lot"}, {"parts", "lot"}, {"lots", "lot"}};
    const Seam__LotRecord *lot = NULL;
    const Seam__LoadRecord *load = NULL;
    const char *id = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && (id == NULL || id[0] == '\0'); i++) {
        id = text_of(payload, ways[i][0], ways[i][1]);
    }
    const char *sscc = text_of(payload, "sscc", NULL);
    offered(call, state, payload, &id, &sscc);
    if ((id == NULL || id[0] == '\0') && sscc != NULL &&
        view_load(&load, state, sscc, &call->arena) == OK && load->n_lots > 0) {
        id = load->lots[0];
    }
    if (id == NULL || view_lot(&lot, state, id, &call->arena) != OK) {
        return NULL;
    }
    return lot;
}

static const char *scheme_of(struct call *call, struct overlay *state,
                             const ProtobufCMessage *payload, const Seam__LotHead *head)
{
    const Seam__FacilityRecord *facility = NULL;
    const Seam__LotRecord *lot = lot_of(call, state, payload);
    const char *named = text_of(payload, "facility", NULL);
    const bool washed = payload->descriptor == &seam__lot_wash__descriptor; /* under the plant's */
    if (lot != NULL && lot->scheme[0] != '\0' && !washed) {
        return lot->scheme;
    }
    if (named != NULL && view_facility(&facility, state, named, &call->arena) == OK) {
        return facility->scheme;
    }
    return view_facility(&facility, state, head->place, &call->arena) == OK ? facility->scheme
                                                                            : NULL;
}

/* Names the lot rules in force in an event that names none. An event for which there are none stays
 * as it is: the check that follows says what is missing. */
static enum err fill_rules(struct call *call, struct query *query, const ProtobufCMessage *payload)
{
    struct overlay *state = query_state(query);
    Seam__LotHead *head = head_of(payload);
    const Seam__AdoptionRecord *adoption = NULL;
    char month[TIME_TEXT_SIZE];
    if (head == NULL || head->parameter_set_hash.len > 0) {
        return OK;
    }
    const char *scheme = scheme_of(call, state, payload, head);
    if (scheme == NULL) {
        return OK;
    }
    time_text(month, head->event_time_ms);
    month[7] = '\0'; /* YYYY-MM */
    const enum err err =
        view_adoption_newest(&adoption, state, scheme, RULES_PREFIX, month, &call->arena);
    if (err == OK) {
        head->parameter_set_hash = adoption->set_hash;
    }
    return err == ERR_ABSENT ? OK : err;
}

static enum err newest(struct call *call, struct query **query)
{
    const struct api_node *node = call->api->node;
    const enum err err = node->query(node->context, query, QUERY_NEWEST);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* --- one event -------------------------------------------------------------------------------- */

enum err op_record_lot_event(struct call *call, const struct rule_row *row)
{
    static const char *const ignored[] = {"type", "wait", "valid_until", "idempotency_key", NULL};
    ProtobufCMessage *payload = NULL;
    struct query *query = NULL;
    const char *type = NULL;
    enum err err = call_text(call, "type", true, &type);
    if (err != OK) {
        return err;
    }
    row = lot_table_rule(type);
    if (row == NULL) {
        return call_fail(call, ERR_ENUM, "type",
                         "MINE, WASH, BLEND, SPLIT, LOAD, UNLOAD, DEPART, ARRIVE, OFFER, ANSWER, "
                         "USE, LOSS, STOCKTAKE, ERROR, PRODUCT",
                         NULL);
    }
    err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, ignored,
                              &call->arena, &call->errors);
    }
    if (err == OK) {
        err = newest(call, &query);
    }
    if (err == OK) {
        err = fill_rules(call, query, payload);
        query_close(query);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    return err == OK ? submit_payload(call, row, payload, (struct bytes){NULL, 0}, NULL) : err;
}

/* --- a table ---------------------------------------------------------------------------------- */

#define KEY_SIZE (6 + 2 * HASH_SIZE / 2 + 1)

struct import {
    struct call *call;
    struct query *query;
    struct csv_table table;
    struct bytes *raws;
    uint32_t *rows; /* their numbers */
    size_t count;
    struct hash *seen; /* contents of the rows so far */
    size_t seen_count;
    struct json_out refused; /* a list */
    size_t refused_count;
};

/* Writes why a row was not sent. */
static void refuse(struct import *import, uint32_t row, enum err err, struct errors *errors)
{
    struct json_out *out = &import->refused;
    for (size_t i = 0; i < errors->count; i++) {
        errors->items[i].line = row;
    }
    const enum err first = errors_first(errors) != OK ? errors_first(errors) : err;
    json_out_object(out);
    json_out_field_uint(out, "row", row);
    json_out_field_text(out, "state", "REFUSED");
    json_out_field_text(out, "code", err_code(first));
    json_out_key(out, "error");
    if (errors->count > 0) {
        json_out_errors(out, errors);
    } else {
        const struct err_detail *detail = &import->call->detail;
        struct err_detail plain = {.err = first, .line = row};
        if (detail->err == first) {
            plain = *detail;
            plain.line = row;
        }
        json_out_detail(out, &plain);
    }
    json_out_end(out);
    import->call->detail = (struct err_detail){.err = OK};
    import->refused_count++;
}

/* The row's name for the ledger: the same content, the same event. */
static bool is_new(struct import *import, const struct rule_row *rule, struct bytes json,
                   char key[KEY_SIZE])
{
    struct hasher hasher;
    struct hash hash;
    char digits[2 * HASH_SIZE + 1];
    hash_begin(&hasher, TAG_IDEMPOTENCY);
    hash_add_u64(&hasher, rule->type);
    hash_add(&hasher, json);
    hash_end(&hasher, &hash);
    for (size_t i = 0; i < import->seen_count; i++) {
        if (hash_equal(&import->seen[i], &hash)) {
            return false;
        }
    }
    import->seen[import->seen_count++] = hash;
    hex_encode(digits, hash_bytes(&hash));
    snprintf(key, KEY_SIZE, "table-%.*s", HASH_SIZE, digits);
    return true;
}

static enum err read_payload(struct import *import, const struct rule_row *rule, struct bytes json,
                             ProtobufCMessage **payload, struct errors *errors)
{
    struct call *call = import->call;
    struct json_doc *doc = NULL;
    enum err err = json_doc_read(&doc, json, ROW_MAX, &call->detail);
    if (err != OK) {
        return err;
    }
    err = json_in_message(payload, rule->payload, &call->api->fields, json_doc_root(doc), NULL,
                          &call->arena, errors);
    json_doc_free(doc);
    if (err == OK) {
        err = fill_rules(call, import->query, *payload);
    }
    return err == OK ? field_check(*payload, &call->api->fields, &call->arena, errors) : err;
}

/* One row into one signed transaction. */
static enum err take_row(struct import *import, const struct csv_row *row, struct errors *errors)
{
    struct call *call = import->call;
    const struct csv_row *head = &import->table.rows[0];
    const struct rule_row *rule = NULL;
    ProtobufCMessage *payload = NULL;
    struct bytes json;
    char key[KEY_SIZE];
    enum err err = lot_table_type(&rule, head, row, errors);
    if (err == OK) {
        err = lot_table_row(&json, rule, head, row, &call->arena, errors);
    }
    if (err != OK) {
        return err;
    }
    if (rule->signatures > 1) {
        return call_fail(call, ERR_SECOND_PERSON, "type", NULL,
                         "two persons sign this event: send it as its operation");
    }
    if (!is_new(import, rule, json, key)) {
        return call_fail(call, ERR_TWICE, NULL, NULL, "the same row stands above");
    }
    err = read_payload(import, rule, json, &payload, errors);
    if (err == OK) {
        err = submit_sign(&import->raws[import->count], call, import->query, rule, payload, key);
    }
    if (err == OK) {
        import->rows[import->count++] = row->number;
    }
    return err;
}

static enum err take_rows(struct import *import)
{
    json_out_array(&import->refused);
    for (size_t i = 1; i < import->table.count; i++) {
        struct errors errors;
        enum err err = errors_new(&errors, &import->call->arena);
        if (err == OK) {
            err = take_row(import, &import->table.rows[i], &errors);
        }
        if (err == ERR_MEMORY) {
            return call_fail(import->call, err, "table", NULL, NULL);
        }
        if (err != OK) {
            refuse(import, import->table.rows[i].number, err, &errors);
        }
    }
    json_out_end(&import->refused);
    return OK;
}

/* What was refused goes with the answer; a table of which nothing could be sent is answered at
 * once.
 */
static enum err answer(struct import *import)
{
    struct call *call = import->call;
    struct bytes refused;
    struct submit_note note = {.key = "refused"};
    enum err err = json_out_finish(&import->refused, &refused);
    if (err == OK && !arena_copy(&call->arena, refused, &note.value)) {
        err = ERR_MEMORY;
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    if (import->count > 0) {
        return submit_batch(call, import->raws, import->rows, import->count, &note);
    }
    json_out_object(&call->data);
    json_out_field_array(&call->data, "results");
    json_out_end(&call->data);
    json_out_key(&call->data, note.key);
    json_out_raw(&call->data, note.value);
    json_out_end(&call->data);
    return OK;
}

static enum err read_table(struct call *call, struct csv_table *table)
{
    const char *text = NULL;
    enum err err = call_text(call, "table", true, &text);
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    if (err == OK) {
        err = csv_read(table, bytes_text(text), call->request->body.size, &call->arena,
                       &call->errors);
    }
    if (err != OK) {
        return err;
    }
    if (table->count < 2 || table->count > LIMIT_HTTP_BATCH + 1) {
        return call_fail(call, ERR_LENGTH, "table", "a row of names, then 1 to 1000 rows", NULL);
    }
    return OK;
}

enum err op_import_lot_events(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"table", "wait", NULL};
    struct import import = {.call = call};
    bool wait = true;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = read_table(call, &import.table);
    }
    if (err == OK) {
        err = submit_wait(call, &wait);
    }
    if (err != OK) {
        return err;
    }
    import.raws = arena_alloc(&call->arena, import.table.count * sizeof *import.raws);
    import.rows = arena_alloc(&call->arena, import.table.count * sizeof *import.rows);
    import.seen = arena_alloc(&call->arena, import.table.count * sizeof *import.seen);
    if (import.raws == NULL || import.rows == NULL || import.seen == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    err = newest(call, &import.query);
    if (err != OK) {
        return err;
    }
    /* Whether the caller may sign at all is no fault of a row. */
    const Seam__KeyRecord *key = NULL;
    err = submit_signer(call, import.query, &key);
    json_out_init(&import.refused, JSON_OUT_COMPACT, CALL_ANSWER / 2);
    if (err == OK) {
        err = take_rows(&import);
    }
    query_close(import.query);
    if (err == OK) {
        err = answer(&import);
    }
    json_out_free(&import.refused);
    return err;
}
