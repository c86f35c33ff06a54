/* SPDX-License-Identifier: Apache-2.0 */
/* Calculation files in. Version and previous hash follow from the ledger, so the same file sent
 * twice builds the same account, and is answered with the first result (decision D5). */

#include "api/operations.h"

#include "api/account_note.h"
#include "api/submit.h"
#include "api/wait.h"
#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/accounting/report.h"
#include "ledger/accounting/words.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/credential.h"

#include <stdio.h>
#include <string.h>

#define SET_PAGE 50
#define SETS_MAX 10000

/* A file on its way to become an account. */
struct filing {
    struct query *query;
    const Seam__CalculationFile *file;
    const Seam__FacilityRecord *facility;
    const Seam__AccountHead *head; /* of this period; NULL: none yet */
    struct set set;
    uint8_t secret[ACCOUNT_SECRET_SIZE];
    bool check; /* only asked: nothing is signed or kept */
};

/* The request without what is ours is the calculation file. */
static enum err read_file(struct call *call, const Seam__CalculationFile **out)
{
    static const char *const ours[] = {"wait",  "valid_until", "idempotency_key",
                                       "trace", "language",    NULL};
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = calc_file_read_node(out, call->root, ours, &call->arena, &call->errors);
    }
    return err == OK || call->errors.count > 0 ? err : call_fail(call, err, NULL, NULL, NULL);
}

/* --- parameter sets --------------------------------------------------------------------------- */

/* Whether a facility may use a set in a period; scheme "" asks for none. */
static enum err set_fits(struct call *call, struct query *query, const char *scheme,
                         const Seam__ParameterSetRecord *record, const char *period, bool *fits)
{
    const Seam__AdoptionRecord *adoption = NULL;
    struct hash hash;
    *fits = false;
    if (scheme[0] == '\0') {
        *fits = true;
        return OK;
    }
    if (record->hash.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(hash.bytes, record->hash.data, HASH_SIZE);
    const enum err err = view_adoption(&adoption, query_state(query), scheme, &hash, &call->arena);
    if (err == OK) {
        *fits = view_adoption_covers(adoption, period);
    }
    return err == ERR_ABSENT ? OK : err;
}

/* The newest published set with this id (or any id, where it is empty) that the scheme adopted for
 * the period. */
static enum err find_set(struct call *call, struct query *query, const char *scheme, const char *id,
                         const char *period, const Seam__ParameterSetRecord **out)
{
    const Seam__ListEntry *entries[SET_PAGE];
    uint32_t total = 1;
    *out = NULL;
    for (uint32_t from = 0; from < total && from < SETS_MAX; from += SET_PAGE) {
        size_t count = 0;
        enum err err = query_list(query, KEY_PARAMETER_SET, NULL, from, entries, SET_PAGE, &count,
                                  &total, &call->arena);
        for (size_t i = 0; err == OK && i < count; i++) {
            const Seam__ParameterSetRecord *record = NULL;
            bool fits = false;
            if (id[0] != '\0' && strcmp(entries[i]->id, id) != 0) {
                continue;
            }
            err = view_parameter_set_version(&record, query_state(query), entries[i]->id,
                                             entries[i]->version, &call->arena);
            if (err == OK) {
                err = set_fits(call, query, scheme, record, period, &fits);
            }
            *out = fits ? record : *out;
        }
        if (err != OK) {
            return call_fail(call, err, NULL, NULL, NULL);
        }
    }
    return OK;
}

/* For a submission the adopted set; for a mere calculation also one that is only built in. */
static enum err load_set(struct call *call, struct query *query, const char *scheme, const char *id,
                         const char *period, struct set *set)
{
    const Seam__ParameterSetRecord *record = NULL;
    enum err err = find_set(call, query, scheme, id, period, &record);
    if (err != OK) {
        return err;
    }
    if (record != NULL) {
        err = set_decode(set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                         &call->arena, &call->detail);
        return err;
    }
    if (scheme[0] == '\0') {
        return set_load(set, id, &call->arena, &call->errors);
    }
    return call_fail(call, ERR_SET, "parameter_set", NULL,
                     "the scheme of this facility has not adopted such a set for the period");
}

/* The document of `seam calc --json`, in our layout. */
static enum err write_result(struct call *call, struct bytes text)
{
    struct json_doc *doc = NULL;
    const enum err err = json_doc_read(&doc, text, SIZE_MAX, &call->detail);
    if (err != OK) {
        return call_fail(call, ERR_INTERNAL, NULL, NULL, NULL);
    }
    json_node_write(&call->data, json_doc_root(doc));
    json_doc_free(doc);
    return OK;
}

/* In which words the result is told; numbers are the same in all. */
static enum err read_language(struct call *call, enum err_language *out)
{
    const char *text = NULL;
    const enum err err = call_text(call, "language", false, &text);
    if (err == OK && text != NULL && !words_language(out, text)) {
        return call_fail(call, ERR_ENUM, "language", "en,zh,ru", NULL);
    }
    return err;
}

enum err op_calculate_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    struct query *query = NULL;
    struct set set;
    enum err_language language = ERR_EN;
    bool trace = false;
    struct bytes text;
    (void)!json_node_bool(json_node_get(call->root, "trace"), &trace);
    enum err err = read_language(call, &language);
    if (err == OK) {
        err = read_file(call, &file);
    }
    if (err == OK) {
        const struct api_node *node = call->api->node;
        err = node->query(node->context, &query, QUERY_NEWEST);
    }
    if (err != OK) {
        return err;
    }
    err = load_set(call, query, "", file->parameter_set, file->period, &set);
    if (err == OK) {
        err = calc_run(&result, file, &set, trace ? CALC_TRACE : CALC_ALONE, &call->arena,
                       &call->errors);
    }
    query_close(query);
    if (err == OK) {
        err = report_make(&result, result, file, &set, language, &call->arena);
    }
    if (err == OK) {
        err = calc_result_json(&text, result, &call->arena);
    }
    return err == OK ? write_result(call, text) : err;
}

/* --- filing ----------------------------------------------------------------------------------- */

/* Salts come from a secret of this node for the organisation, so its owner finds them again. */
static void make_secret(struct call *call, const char *facility,
                        uint8_t secret[ACCOUNT_SECRET_SIZE])
{
    char text[32 + LIMIT_ID_TEXT];
    struct hash seed;
    snprintf(text, sizeof text, "account salts of %s", call->caller->organisation);
    credential_mac(&seed, call->api->config.token_key, bytes_text(text));
    account_secret(secret, seed.bytes, facility);
}

/* Facility, account of the period if there is one, set and secret. */
static enum err open_filing(struct call *call, struct filing *filing, const char *facility,
                            const char *period, const char *set_id)
{
    enum err err =
        view_facility(&filing->facility, query_state(filing->query), facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    if (strcmp(filing->facility->organisation, call->caller->organisation) != 0) {
        return call_fail(call, ERR_ROLE, "facility", NULL, "it belongs to another organisation");
    }
    err = query_account(&filing->head, filing->query, facility, period, &call->arena);
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    if (strlen(period) == strlen(filing->facility->start_period) &&
        strcmp(period, filing->facility->start_period) < 0) {
        return call_fail(call, ERR_RANGE, "period", filing->facility->start_period,
                         "the first period of this facility");
    }
    make_secret(call, facility, filing->secret);
    return load_set(call, filing->query, filing->facility->scheme, set_id, period, &filing->set);
}

static bool read_hash(struct hash *out, const ProtobufCBinaryData *data)
{
    if (data->len != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, data->data, HASH_SIZE);
    return true;
}

static enum err build(struct call *call, const struct filing *filing, uint32_t version,
                      const struct hash *previous, struct account_draft *draft)
{
    const enum err err = account_build(draft, filing->file, &filing->set, version, previous,
                                       filing->secret, &call->arena, &call->errors);
    return err == OK || call->errors.count > 0 ? err : call_fail(call, err, NULL, NULL, NULL);
}

/* Whether a version in the ledger is exactly this file. */
static enum err same_as(struct call *call, const struct filing *filing, uint32_t version,
                        const Seam__AccountRecord **record, bool *same)
{
    const Seam__Account *account = NULL;
    struct account_draft draft;
    struct hash previous;
    struct hash stored;
    *same = false;
    enum err err = query_account_version(record, filing->query, filing->facility->facility,
                                         filing->head->period, version, &call->arena);
    if (err == OK) {
        err = view_account_body(&account, *record, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err == ERR_ABSENT ? ERR_CORRUPT : err, NULL, NULL, NULL);
    }
    const bool has_previous = read_hash(&previous, &account->previous);
    err = build(call, filing, version, has_previous ? &previous : NULL, &draft);
    if (err != OK) {
        return err;
    }
    *same = read_hash(&stored, &(*record)->account_hash) && hash_equal(&stored, &draft.hash);
    return OK;
}

/* What a check answers where a submission would have gone on. */
static enum err answer_check(struct call *call, const char *operation, bool duplicate,
                             struct bytes note)
{
    json_out_object(&call->data);
    json_out_field_text(&call->data, "verdict", "WOULD_BE_ACCEPTED");
    json_out_field_text(&call->data, "operation", operation);
    json_out_field_bool(&call->data, "duplicate", duplicate);
    json_out_key(&call->data, "account");
    json_out_raw(&call->data, note);
    json_out_end(&call->data);
    return OK;
}

/* The first answer again. */
static enum err answer_duplicate(struct call *call, const struct filing *filing, uint32_t type,
                                 const Seam__AccountRecord *record)
{
    const Seam__Account *account = NULL;
    struct query_tx tx;
    struct hash tx_id;
    struct bytes note;
    enum err err = view_account_body(&account, record, &call->arena);
    if (err == OK && !read_hash(&tx_id, &record->tx_id)) {
        err = ERR_CORRUPT;
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    err = account_note(call, filing->query, account, &note);
    if (err != OK || filing->check) {
        return err != OK ? err : answer_check(call, exec_row(type)->operation, true, note);
    }
    struct api_answer answer = {.outcome = API_FINAL,
                                .duplicate = true,
                                .tx_id = tx_id,
                                .height = record->height,
                                .time_ms = record->time_ms};
    struct query_block block;
    if (query_tx(&tx, filing->query, &tx_id, &call->arena) == OK &&
        query_block(&block, filing->query, record->height, &call->arena) == OK) {
        answer.index = tx.index;
        answer.block_id = block.id;
    }
    json_out_object(&call->data);
    wait_write(&call->data, &answer);
    json_out_key(&call->data, "account");
    json_out_raw(&call->data, note);
    json_out_end(&call->data);
    return OK;
}

static enum err submit_draft(struct call *call, const struct filing *filing, uint32_t type,
                             const struct account_draft *draft)
{
    struct submit_note note = {.key = "account"};
    const struct rule_row *row = exec_row(type);
    enum err err = account_note(call, filing->query, draft->account, &note.value);
    if (err == OK && filing->check) {
        err = submit_check(call, filing->query, row, &draft->account->base, draft->detached);
        return err == OK ? answer_check(call, row->operation, false, note.value) : err;
    }
    return err == OK ? submit_payload(call, row, &draft->account->base, draft->detached, &note)
                     : err;
}

/* Version 1 of a period, with or without lines. */
static enum err file_first(struct call *call, const struct filing *filing, uint32_t type)
{
    struct account_draft draft;
    struct hash previous;
    const Seam__FacilityHead *head = NULL;
    if (filing->head != NULL) {
        const Seam__AccountRecord *record = NULL;
        bool same = false;
        const enum err err = same_as(call, filing, 1, &record, &same);
        if (err != OK || same) {
            return err != OK ? err : answer_duplicate(call, filing, type, record);
        }
        return call_fail(call, ERR_CONFLICT, "period", NULL,
                         "the period has an account with other content: use CorrectAccount");
    }
    enum err err =
        query_facility_head(&head, filing->query, filing->facility->facility, &call->arena);
    if (err != OK && err != ERR_ABSENT) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    const bool has_previous = err == OK && read_hash(&previous, &head->account_hash);
    err = build(call, filing, 1, has_previous ? &previous : NULL, &draft);
    return err == OK ? submit_draft(call, filing, type, &draft) : err;
}

static enum err file_next(struct call *call, const struct filing *filing, uint32_t type)
{
    struct account_draft draft;
    struct hash previous;
    if (filing->head == NULL) {
        return call_fail(call, ERR_ABSENT, "period", NULL,
                         "there is no account to correct: use SubmitAccount");
    }
    if (filing->head->version > 1) {
        const Seam__AccountRecord *record = NULL;
        bool same = false;
        const enum err err = same_as(call, filing, filing->head->version, &record, &same);
        if (err != OK || same) {
            return err != OK ? err : answer_duplicate(call, filing, type, record);
        }
    }
    if (!read_hash(&previous, &filing->head->account_hash)) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    const enum err err = build(call, filing, filing->head->version + 1, &previous, &draft);
    return err == OK ? submit_draft(call, filing, type, &draft) : err;
}

typedef enum err (*file_as)(struct call *call, const struct filing *filing, uint32_t type);

static enum err file_check(struct call *call, const struct filing *filing, uint32_t type);

static enum err file_it(struct call *call, const Seam__CalculationFile *file, file_as how,
                        uint32_t type)
{
    const struct api_node *node = call->api->node;
    struct filing filing = {.file = file, .check = how == file_check};
    enum err err = node->query(node->context, &filing.query, QUERY_NEWEST);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    err = open_filing(call, &filing, file->facility, file->period, file->parameter_set);
    if (err == OK) {
        err = how(call, &filing, type);
    }
    query_close(filing.query);
    return err;
}

enum err op_submit_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__CalculationFile *file = NULL;
    const enum err err = read_file(call, &file);
    return err == OK ? file_it(call, file, file_first, ACCOUNT_SUBMIT_TYPE) : err;
}

enum err op_correct_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__CalculationFile *file = NULL;
    const enum err err = read_file(call, &file);
    return err == OK ? file_it(call, file, file_next, ACCOUNT_CORRECT_TYPE) : err;
}

/* A file without lines: what the caller does not say follows from the facility. */
static enum err fill_nil(struct call *call, const struct filing *filing,
                         Seam__CalculationFile *filled)
{
    char *boundary = arena_alloc(&call->arena, 16);
    if (boundary == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    snprintf(boundary, 16, "%u", filing->facility->boundary_version);
    *filled = *filing->file;
    if (filled->state[0] == '\0') {
        filled->state = (char *)"NIL";
    }
    if (filled->kind[0] == '\0') {
        filled->kind = filing->facility->kind;
    }
    if (filled->boundary[0] == '\0') {
        filled->boundary = boundary;
    }
    if (filled->parameter_set[0] == '\0') {
        filled->parameter_set = filing->set.message->id;
    }
    return OK;
}

static enum err file_nil(struct call *call, const struct filing *filing, uint32_t type)
{
    Seam__CalculationFile filled;
    struct filing nil = *filing;
    const enum err err = fill_nil(call, filing, &filled);
    nil.file = &filled;
    return err == OK ? file_first(call, &nil, type) : err;
}

enum err op_declare_nil(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__CalculationFile *file = NULL;
    const enum err err = read_file(call, &file);
    return err == OK ? file_it(call, file, file_nil, ACCOUNT_NIL_TYPE) : err;
}

/* Which operation this file is for: it says itself whether it has no lines, and a correction gives
 * its reason. */
static enum err file_check(struct call *call, const struct filing *filing, uint32_t type)
{
    const Seam__CalculationFile *file = filing->file;
    if (file->state[0] != '\0' && strcmp(file->state, "VALUE") != 0) {
        return file_nil(call, filing, ACCOUNT_NIL_TYPE);
    }
    if (filing->head != NULL && file->reason[0] != '\0') {
        return file_next(call, filing, ACCOUNT_CORRECT_TYPE);
    }
    return file_first(call, filing, type);
}

enum err op_check_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    const Seam__CalculationFile *file = NULL;
    const enum err err = read_file(call, &file);
    return err == OK ? file_it(call, file, file_check, ACCOUNT_SUBMIT_TYPE) : err;
}
