/* SPDX-License-Identifier: Apache-2.0 */
/* The annual account: months as they stand now, lines of the months that are trued up out of the
 * ledger itself, so the caller names what is new and nothing else. */

#include "api/operations.h"

#include "api/account_note.h"
#include "api/submit.h"
#include "api/wait.h"
#include "ledger/accounting/annual.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/credential.h"

#include <stdio.h>
#include <string.h>

#define NOTE_MAX ((size_t)1 << 20)
#define VERSIONS_MAX 1000

/* A year on its way to become an annual account. */
struct filing {
    struct query *query;
    const Seam__AnnualFile *file;
    const Seam__FacilityRecord *facility;
    struct period year;
    const Seam__AnnualHead *head; /* NULL: no version yet */
    struct annual_source months[ANNUAL_MONTHS];
    struct annual_change *changes;
    uint8_t secret[ACCOUNT_SECRET_SIZE];
};

static bool read_hash(struct hash *out, const ProtobufCBinaryData *data)
{
    if (data->len != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, data->data, HASH_SIZE);
    return true;
}

/* --- what the ledger holds ---------------------------------------------------------------------*/

static enum err annual_head(struct call *call, struct query *query, const char *facility,
                            struct period year, const Seam__AnnualHead **out)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = annual_key(facility, year);
    const enum err err = view_record(&message, &seam__annual_head__descriptor, query_state(query),
                                     state_key_bytes(&key), &call->arena);
    *out = err == OK ? (const Seam__AnnualHead *)message : NULL;
    return err;
}

static enum err annual_version(struct call *call, struct query *query, const char *facility,
                               struct period year, uint32_t version,
                               const Seam__AnnualRecord **record,
                               const Seam__AnnualAccount **annual)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = annual_version_key(facility, year, version);
    enum err err = view_record(&message, &seam__annual_record__descriptor, query_state(query),
                               state_key_bytes(&key), &call->arena);
    if (err != OK) {
        return err;
    }
    *record = (const Seam__AnnualRecord *)message;
    err = message_unpack(&message, &seam__annual_account__descriptor,
                         bytes_of((*record)->annual.data, (*record)->annual.len), LIMIT_TX_BODY,
                         &call->arena, NULL);
    if (err != OK) {
        return err == ERR_MEMORY ? err : ERR_CORRUPT;
    }
    *annual = (const Seam__AnnualAccount *)message;
    return OK;
}

/* The account of a month as it stands, and where its lines are. */
static enum err read_month(struct call *call, struct filing *filing, uint32_t index,
                           const Seam__AccountRecord **record)
{
    char text[PERIOD_TEXT_SIZE];
    const Seam__AccountHead *head = NULL;
    struct annual_source *month = &filing->months[index];
    const char *facility = filing->facility->facility;
    period_text(text, annual_month(filing->year, index));
    enum err err = query_account(&head, filing->query, facility, text, &call->arena);
    if (err == ERR_ABSENT) {
        return call_fail(call, ERR_GAP, "year", text, "this month has no account yet");
    }
    if (err == OK) {
        err = query_account_version(record, filing->query, facility, text, head->version,
                                    &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&month->account, *record, &call->arena);
    }
    if (err == OK && !read_hash(&month->hash, &(*record)->account_hash)) {
        err = ERR_CORRUPT;
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err read_lines(struct call *call, struct filing *filing, struct annual_source *month,
                           const Seam__AccountRecord *record)
{
    struct hash tx_id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    if (month->lines != NULL || strcmp(month->account->state, "VALUE") != 0) {
        return OK;
    }
    if (!read_hash(&tx_id, &record->tx_id)) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    enum err err = query_tx(&tx, filing->query, &tx_id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_lines__descriptor,
                             bytes_of(tx.message->detached.data, tx.message->detached.len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    month->lines = (const Seam__AccountLines *)message;
    return err == OK ? OK : call_fail(call, err, "lines", NULL, NULL);
}

static enum err decode_set(struct call *call, const Seam__ParameterSetRecord *record,
                           const struct set **out)
{
    struct set *set = arena_alloc(&call->arena, sizeof *set);
    if (set == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    const enum err err =
        set_stored(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                   &call->arena, &call->detail);
    *out = set;
    return err;
}

static enum err month_set(struct call *call, struct filing *filing, struct annual_source *month)
{
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    if (month->set != NULL) {
        return OK;
    }
    if (!read_hash(&hash, &month->account->parameter_set_hash)) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    const enum err err =
        view_parameter_set(&record, query_state(filing->query), &hash, &call->arena);
    return err == OK ? decode_set(call, record, &month->set)
                     : call_fail(call, err, "parameter_set", NULL, NULL);
}

/* The newest version of a set that the scheme adopted for the month. */
static enum err adopted_set(struct call *call, struct filing *filing, const Seam__TrueUpFile *file,
                            const struct set **out)
{
    struct overlay *state = query_state(filing->query);
    const Seam__ParameterSetRecord *found = NULL;
    enum err err = OK;
    for (uint32_t version = 1; version <= VERSIONS_MAX && err == OK; version++) {
        const Seam__ParameterSetRecord *record = NULL;
        const Seam__AdoptionRecord *adoption = NULL;
        struct hash hash;
        err =
            view_parameter_set_version(&record, state, file->parameter_set, version, &call->arena);
        if (err == OK && read_hash(&hash, &record->hash) &&
            view_adoption(&adoption, state, filing->facility->scheme, &hash, &call->arena) == OK &&
            view_adoption_covers(adoption, file->month)) {
            found = record;
        }
    }
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, "parameter_set", NULL, NULL);
    }
    if (found == NULL) {
        return call_fail(call, ERR_SET, "parameter_set", NULL,
                         "the scheme of this facility has not adopted such a set for the month");
    }
    return decode_set(call, found, out);
}

/* --- making ------------------------------------------------------------------------------------*/

static void make_secret(struct call *call, struct filing *filing)
{
    char text[32 + LIMIT_ID_TEXT];
    struct hash seed;
    snprintf(text, sizeof text, "account salts of %s", call->caller->organisation);
    credential_mac(&seed, call->api->config.token_key, bytes_text(text));
    account_secret(filing->secret, seed.bytes, filing->facility->facility);
}

static enum err open_filing(struct call *call, struct filing *filing)
{
    const Seam__AnnualFile *file = filing->file;
    enum err err =
        view_facility(&filing->facility, query_state(filing->query), file->facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    if (strcmp(filing->facility->organisation, call->caller->organisation) != 0) {
        return call_fail(call, ERR_ROLE, "facility", NULL, "it belongs to another organisation");
    }
    if (strcmp(filing->facility->cadence, "MONTH") != 0) {
        return call_fail(call, ERR_TYPE, "facility", "a facility with months",
                         "its yearly account is filed by SubmitAccount");
    }
    if (!annual_year(&filing->year, file->year)) {
        return call_fail(call, ERR_TYPE, "year", "YYYY", NULL);
    }
    err = annual_head(call, filing->query, file->facility, filing->year, &filing->head);
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, "year", NULL, NULL);
    }
    make_secret(call, filing);
    return OK;
}

static enum err add_change(struct call *call, struct filing *filing, size_t index,
                           const Seam__AccountRecord *const records[ANNUAL_MONTHS])
{
    const Seam__TrueUpFile *file = filing->file->true_ups[index];
    struct annual_change *change = &filing->changes[index];
    struct period period;
    *change = (struct annual_change){.file = file};
    if (period_parse(&period, bytes_text(file->month)) != OK || period.cadence != CADENCE_MONTH ||
        period.number / ANNUAL_MONTHS != filing->year.number) {
        return call_fail(call, ERR_RANGE, "month", filing->file->year, "a month of the year");
    }
    const uint32_t at = period.number % ANNUAL_MONTHS;
    struct annual_source *month = &filing->months[at];
    enum err err = read_lines(call, filing, month, records[at]);
    if (err == OK && month->lines == NULL) {
        err = call_fail(call, ERR_PARAM, "month", file->month, "this month has no lines");
    }
    if (err == OK) {
        err = month_set(call, filing, month);
    }
    if (err != OK) {
        return err;
    }
    change->set = month->set;
    change->own_set = file->parameter_set[0] != '\0';
    for (size_t i = 0; i < index && change->own_set; i++) { /* each set is decoded once a month */
        const struct annual_change *earlier = &filing->changes[i];
        if (strcmp(earlier->file->parameter_set, file->parameter_set) == 0 &&
            strcmp(earlier->file->month, file->month) == 0) {
            change->set = earlier->set;
            return OK;
        }
    }
    return change->own_set ? adopted_set(call, filing, file, &change->set) : OK;
}

static enum err gather(struct call *call, struct filing *filing)
{
    const Seam__AccountRecord *records[ANNUAL_MONTHS];
    const size_t count = filing->file->n_true_ups;
    enum err err = OK;
    for (uint32_t i = 0; i < ANNUAL_MONTHS && err == OK; i++) {
        err = read_month(call, filing, i, &records[i]);
    }
    filing->changes = arena_alloc(&call->arena, (count + 1) * sizeof *filing->changes);
    if (err == OK && filing->changes == NULL) {
        err = call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < count && err == OK; i++) {
        err = add_change(call, filing, i, records);
        if (err != OK) {
            call->detail.line = (uint32_t)(i + 1);
        }
    }
    return err;
}

static enum err note_of(struct call *call, const Seam__AnnualAccount *annual, struct bytes *out)
{
    struct json_out note;
    struct bytes text;
    json_out_init(&note, JSON_OUT_COMPACT, NOTE_MAX);
    json_out_message(&note, &annual->base, &annual_fields);
    enum err err = json_out_finish(&note, &text);
    if (err == OK && !arena_copy(&call->arena, text, out)) {
        err = ERR_MEMORY;
    }
    json_out_free(&note);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* The version in force again, where the file says what it says. */
static enum err answer_same(struct call *call, struct filing *filing, bool *same)
{
    const Seam__AnnualRecord *record = NULL;
    const Seam__AnnualAccount *annual = NULL;
    struct annual_draft draft;
    struct api_answer answer = {.outcome = API_FINAL, .duplicate = true};
    struct hash previous;
    struct hash stored;
    struct bytes note;
    enum err err = annual_version(call, filing->query, filing->facility->facility, filing->year,
                                  filing->head->version, &record, &annual);
    if (err != OK || !read_hash(&stored, &record->annual_hash) ||
        !read_hash(&answer.tx_id, &record->tx_id)) {
        return call_fail(call, err != OK ? err : ERR_CORRUPT, NULL, NULL, NULL);
    }
    const bool follows = read_hash(&previous, &annual->previous);
    struct err_detail ignored;
    err = annual_build(&draft, filing->file, filing->months, filing->changes, filing->head->version,
                       follows ? &previous : NULL, filing->secret, &call->arena, &ignored);
    *same = err == OK && hash_equal(&draft.hash, &stored);
    if (!*same) {
        return OK;
    }
    err = note_of(call, annual, &note);
    if (err != OK) {
        return err;
    }
    struct query_tx tx;
    struct query_block block;
    answer.height = record->height;
    answer.time_ms = record->time_ms;
    if (query_tx(&tx, filing->query, &answer.tx_id, &call->arena) == OK &&
        query_block(&block, filing->query, record->height, &call->arena) == OK) {
        answer.index = tx.index;
        answer.block_id = block.id;
    }
    json_out_object(&call->data);
    wait_write(&call->data, &answer);
    json_out_key(&call->data, "annual");
    json_out_raw(&call->data, note);
    json_out_end(&call->data);
    return OK;
}

static enum err submit(struct call *call, struct filing *filing)
{
    struct annual_draft draft;
    struct hash previous;
    struct submit_note note = {.key = "annual"};
    uint32_t version = 1;
    bool same = false;
    enum err err = gather(call, filing);
    if (err == OK && filing->head != NULL) {
        err = answer_same(call, filing, &same);
        if (err != OK || same) {
            return err;
        }
        version = filing->head->version + 1;
        if (!read_hash(&previous, &filing->head->annual_hash)) {
            return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
        }
    }
    if (err == OK) {
        err = annual_build(&draft, filing->file, filing->months, filing->changes, version,
                           version > 1 ? &previous : NULL, filing->secret, &call->arena,
                           &call->detail);
        if (err != OK) {
            return call->detail.err == OK ? call_fail(call, err, NULL, NULL, NULL) : err;
        }
        err = note_of(call, draft.annual, &note.value);
    }
    return err == OK ? submit_payload(call, exec_row(ANNUAL_SUBMIT_TYPE), &draft.annual->base,
                                      draft.detached, &note)
                     : err;
}

enum err op_submit_annual(struct call *call, const struct rule_row *row)
{
    (void)row;
    const struct api_node *node = call->api->node;
    struct filing *filing = arena_alloc(&call->arena, sizeof *filing);
    enum err err = errors_new(&call->errors, &call->arena);
    if (err != OK || filing == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    err =
        annual_file_read_node(&filing->file, call->root, submit_keys, &call->arena, &call->errors);
    if (err != OK) {
        return err;
    }
    err = node->query(node->context, &filing->query, QUERY_NEWEST);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    struct query *query = filing->query; /* a submitted call may be gone, and its arena */
    err = open_filing(call, filing);
    if (err == OK) {
        err = submit(call, filing);
    }
    query_close(query);
    return err;
}

/* --- reading -----------------------------------------------------------------------------------*/

/* The status is derived: a month corrected since makes the year stale (decision D11). */
static enum err status_of(struct call *call, struct query *query, const Seam__AnnualAccount *annual,
                          uint32_t current, const char **out)
{
    const Seam__AccountHead *months[ANNUAL_MONTHS] = {NULL};
    for (size_t i = 0; i < annual->n_months && i < ANNUAL_MONTHS; i++) {
        const enum err err = query_account(&months[i], query, annual->facility,
                                           annual->months[i]->period, &call->arena);
        if (err == ERR_ABSENT) {
            months[i] = NULL;
        } else if (err != OK) {
            return err;
        }
    }
    *out = annual_status_text(annual_status(annual, current, months));
    return OK;
}

static enum err write_annual(struct call *call, struct query *query, const char *facility,
                             struct period year, int64_t version)
{
    struct json_out *out = &call->data;
    const Seam__AnnualHead *head = NULL;
    const Seam__AnnualRecord *record = NULL;
    const Seam__AnnualAccount *annual = NULL;
    const char *status = "";
    enum err err = annual_head(call, query, facility, year, &head);
    if (err == OK) {
        err = annual_version(call, query, facility, year,
                             version > 0 ? (uint32_t)version : head->version, &record, &annual);
    }
    if (err == OK) {
        err = status_of(call, query, annual, head->version, &status);
    }
    if (err != OK) {
        return call_fail(call, err, "year", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "status", status);
    json_out_field_uint(out, "current_version", head->version);
    json_out_field_hex(out, "annual_hash",
                       bytes_of(record->annual_hash.data, record->annual_hash.len));
    json_out_field_hex(out, "transaction", bytes_of(record->tx_id.data, record->tx_id.len));
    json_out_field_text(out, "organisation", record->organisation);
    json_out_field_uint(out, "height", record->height);
    json_out_field_time(out, "time", record->time_ms);
    json_out_field_time(out, "deadline", record->deadline_ms);
    json_out_field_uint(out, "late_days", record->days_late);
    json_out_field_bool(out, "historic", record->historic);
    json_out_key(out, "annual");
    json_out_message(out, &annual->base, &annual_fields);
    json_out_end(out);
    return OK;
}

enum err op_get_annual(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "year", "version", "at", NULL};
    const char *facility = NULL;
    const char *text = NULL;
    int64_t version = 0;
    struct query *query = NULL;
    struct period year;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &facility);
    }
    if (err == OK) {
        err = call_text(call, "year", true, &text);
    }
    if (err == OK) {
        err = call_number(call, "version", false, &version);
    }
    if (err == OK && !annual_year(&year, text)) {
        err = call_fail(call, ERR_TYPE, "year", "YYYY", NULL);
    }
    if (err == OK && (version < 0 || version > UINT32_MAX)) {
        err = call_fail(call, ERR_RANGE, "version", NULL, NULL);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_annual(call, query, facility, year, version);
    query_close(query);
    return err;
}
