/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier's arithmetic [KSSJ 6.1c]: an account again from its lines, or against a file of the
 * verifier's own, each difference in grams and by cause; and the conservative corrections of F11.
 * The same inputs give the same bytes on every node, so the hashes can be signed. */

#include "api/op_verify.h"

#include "api/primary_share.h"
#include "api/sight.h"
#include "ledger/accounting/account.h"
#include "ledger/assurance/correction.h"
#include "ledger/codec/message.h"
#include "ledger/query/gap.h"

#include <string.h>

#define DOCUMENT_MAX (4 * 1024 * 1024)
#define CAUSE_SIZE 4

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

/* --- an account with its lines -----------------------------------------------------------------*/

enum err verify_account_read(struct call *call, struct query *query, struct verify_account *out)
{
    const char *facility = NULL;
    const char *period = NULL;
    int64_t version = 0;
    const Seam__AccountHead *head = NULL;
    enum err err = call_text(call, "facility", true, &facility);
    if (err == OK) {
        err = call_text(call, "period", true, &period);
    }
    if (err == OK) {
        err = call_number(call, "version", false, &version);
    }
    if (err != OK) {
        return err;
    }
    if (version < 0 || version > UINT32_MAX) {
        return call_fail(call, ERR_RANGE, "version", NULL, NULL);
    }
    err = view_facility(&out->facility, query_state(query), facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = query_account(&head, query, facility, period, &call->arena);
    if (err == OK) {
        err = query_account_version(&out->record, query, facility, period,
                                    version > 0 ? (uint32_t)version : head->version, &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&out->account, out->record, &call->arena);
    }
    return err == OK ? OK : call_fail(call, err, "period", NULL, NULL);
}

enum err verify_account_lines(struct call *call, struct query *query,
                              struct verify_account *account)
{
    struct hash tx_id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    bool allowed = false;
    enum err err = sight_account(call, query, account->facility, account->account, &allowed);
    if (err == OK && !allowed) {
        err = call_fail(call, ERR_ROLE, "lines", NULL,
                        "lines are for the owner, its group, its regulator, and verifiers with a "
                        "grant");
    }
    if (err != OK) {
        return err;
    }
    if (account->record->tx_id.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(tx_id.bytes, account->record->tx_id.data, HASH_SIZE);
    err = query_tx(&tx, query, &tx_id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_lines__descriptor, data(tx.message->detached),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    if (err != OK) {
        return call_fail(call, err, "lines", NULL, "this node does not hold them");
    }
    account->lines = (const Seam__AccountLines *)message;
    return OK;
}

/* --- recomputation -----------------------------------------------------------------------------*/

struct again {
    struct verify_account of;
    struct set set;
    const Seam__CalculationFile *reported; /* as the lines state it */
    const Seam__CalculationFile *found; /* the verifier's, or the same */
    const Seam__CalculationResult *before; /* of what was reported */
    const Seam__CalculationResult *result; /* of what was found */
    struct gap_explained gap;
    bool information; /* differs in what is for information only */
    struct hash inputs;
    struct hash differences;
    struct bytes list; /* of differences, as JSON */
    struct bytes document;
    struct hash hash;
};

static void sha256(struct hash *out, struct bytes in)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, in);
    hash_end(&hasher, out);
}

static enum err load_files(struct call *call, struct query *query, struct again *again)
{
    const Seam__ParameterSetRecord *set = NULL;
    struct hash hash;
    const struct json_node *file = json_node_get(call->root, "file");
    if (again->of.account->parameter_set_hash.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(hash.bytes, again->of.account->parameter_set_hash.data, HASH_SIZE);
    enum err err = view_parameter_set(&set, query_state(query), &hash, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "parameter_set_hash", NULL, NULL);
    }
    err = set_stored(&again->set, data(set->parameter_set), &call->arena, &call->detail);
    if (err == OK) {
        err = account_recompute(&again->reported, again->of.account, again->of.lines, &again->set,
                                &call->arena, &call->detail);
    }
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    again->found = again->reported;
    if (err == OK && file != NULL) {
        err = calc_file_read_node(&again->found, file, NULL, &call->arena, &call->errors);
    }
    if (err == OK) {
        err = calc_run(&again->result, again->found, &again->set, CALC_ALONE, &call->arena,
                       &call->errors);
    }
    if (err == OK) {
        err = calc_run(&again->before, again->reported, &again->set, CALC_ALONE, &call->arena,
                       &call->errors);
    }
    return err == OK ? gap_explain(&again->gap, again->reported, again->found, &again->set,
                                   &call->arena, &call->errors)
                     : err;
}

static void write_causes(struct json_out *out, const struct grams parts[GAP_CAUSES])
{
    json_out_field_object(out, "causes");
    for (size_t i = 0; i < GAP_CAUSES; i++) {
        if (grams_value(parts[i]) != 0) {
            json_out_field_int(out, gap_cause_name((enum gap_cause)i), grams_value(parts[i]));
        }
    }
    json_out_end(out);
}

/* Line by line; the causes of each sum to its difference. */
static enum err make_list(struct call *call, struct again *again)
{
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_COMPACT, DOCUMENT_MAX);
    json_out_array(&out);
    for (size_t i = 0; i < again->gap.count; i++) {
        const struct gap_line *line = &again->gap.lines[i];
        json_out_object(&out);
        json_out_field_text(&out, "code", line->code);
        json_out_field_text(&out, "source", line->source);
        json_out_field_text(&out, "detail", line->detail);
        json_out_field_bool(&out, "sink", line->sink);
        json_out_field_int(&out, "reported_g", grams_value(line->reported));
        json_out_field_int(&out, "recomputed_g", grams_value(line->verified));
        json_out_field_int(&out, "difference_g",
                           grams_value(line->verified) - grams_value(line->reported));
        write_causes(&out, line->part);
        json_out_end(&out);
    }
    if (again->information) {
        json_out_object(&out);
        json_out_field_text(&out, "code", "INFORMATION");
        json_out_field_int(&out, "reported_g", again->of.account->information_g);
        json_out_field_int(&out, "recomputed_g", again->result->information_g);
        json_out_end(&out);
    }
    json_out_end(&out);
    enum err err = json_out_finish(&out, &text);
    if (err == OK && !arena_copy(&call->arena, text, &again->list)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}

static void write_totals(struct json_out *out, const char *key, const int64_t grams[CAUSE_SIZE + 2])
{
    static const char *const names[] = {"scope1_g",      "scope2_g", "sinks_g",
                                        "information_g", "gross_g",  "net_g"};
    json_out_field_object(out, key);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_out_field_int(out, names[i], grams[i]);
    }
    json_out_end(out);
}

static bool differs(const struct again *again)
{
    return again->gap.count > 0 || again->information;
}

static enum err make_document(struct call *call, struct again *again)
{
    const Seam__Account *account = again->of.account;
    const Seam__CalculationResult *result = again->result;
    const int64_t reported[] = {account->scope1_g,      account->scope2_g, account->sinks_g,
                                account->information_g, account->gross_g,  account->net_g};
    const int64_t found[] = {result->scope1_g,      result->scope2_g, result->sinks_g,
                             result->information_g, result->gross_g,  result->net_g};
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_COMPACT, DOCUMENT_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "format", "seam-recomputation-1");
    json_out_field_text(&out, "facility", account->facility);
    json_out_field_text(&out, "period", account->period);
    json_out_field_uint(&out, "version", account->version);
    json_out_field_hex(&out, "account_hash", data(again->of.record->account_hash));
    json_out_field_hash(&out, "inputs_hash", &again->inputs);
    json_out_field_hex(&out, "parameter_set_hash", data(account->parameter_set_hash));
    json_out_field_text(&out, "outcome", differs(again) ? "DIFFERENT" : "EQUAL");
    write_totals(&out, "reported", reported);
    write_totals(&out, "recomputed", found);
    write_causes(&out, again->gap.part);
    json_out_key(&out, "differences");
    json_out_raw(&out, again->list);
    json_out_end(&out);
    enum err err = json_out_finish(&out, &text);
    if (err == OK && !arena_copy(&call->arena, text, &again->document)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}

static enum err make_hashes(struct call *call, struct again *again)
{
    struct bytes packed;
    enum err err = message_pack(&packed, &again->found->base, &call->arena);
    if (err == OK) {
        sha256(&again->inputs, packed);
        again->information = again->result->information_g != again->of.account->information_g;
        err = make_list(call, again);
    }
    if (err == OK) {
        sha256(&again->differences, again->list);
        err = make_document(call, again);
    }
    if (err == OK) {
        sha256(&again->hash, again->document);
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static const char *scope_in(const Seam__CalculationResult *result, const struct gap_line *line)
{
    for (size_t i = 0; i < result->n_lines; i++) {
        const Seam__LineResult *at = result->lines[i];
        if (strcmp(at->code, line->code) == 0 && strcmp(at->source, line->source) == 0 &&
            strcmp(at->detail, line->detail) == 0) {
            return at->scope;
        }
    }
    return NULL;
}

/* The total that a line belongs to; a line may be in one of the two files only. */
static const char *category_of(const struct again *again, const struct gap_line *line)
{
    const char *scope = scope_in(again->result, line);
    if (scope == NULL) {
        scope = scope_in(again->before, line);
    }
    return line->sink                                        ? "SINK"
           : scope != NULL && strcmp(scope, "2") == 0        ? "SCOPE2"
           : scope != NULL && strncmp(scope, "INFO", 4) == 0 ? "INFORMATION"
                                                             : "SCOPE1";
}

static void write_difference(struct json_out *out, const struct gap_line *line,
                             const char *category, int64_t grams)
{
    json_out_object(out);
    json_out_field_text(out, "code", line->code);
    json_out_field_text(out, "source", line->source);
    json_out_field_text(out, "detail", line->detail);
    json_out_field_text(out, "category", category);
    json_out_field_int(out, "difference_g", grams);
    json_out_end(out);
}

/* What findings are held against, line by line. */
static void write_lines(struct json_out *out, const struct again *again)
{
    static const struct gap_line information = {.code = "INFORMATION", .source = "", .detail = ""};
    json_out_field_array(out, "lines");
    for (size_t i = 0; i < again->gap.count; i++) {
        const struct gap_line *line = &again->gap.lines[i];
        write_difference(out, line, category_of(again, line),
                         grams_value(line->verified) - grams_value(line->reported));
    }
    if (again->information) {
        write_difference(out, &information, "INFORMATION",
                         again->result->information_g - again->of.account->information_g);
    }
    json_out_end(out);
}

/* What RecordRecomputation takes, but for the engagement. */
static void write_record(struct json_out *out, const struct again *again)
{
    const Seam__Account *account = again->of.account;
    const bool different = differs(again);
    json_out_field_object(out, "record");
    json_out_field_text(out, "facility", account->facility);
    json_out_field_text(out, "period", account->period);
    json_out_field_uint(out, "version", account->version);
    json_out_field_hex(out, "account_hash", data(again->of.record->account_hash));
    json_out_field_hash(out, "inputs_hash", &again->inputs);
    json_out_field_hex(out, "parameter_set_hash", data(account->parameter_set_hash));
    json_out_field_text(out, "outcome", different ? "DIFFERENT" : "EQUAL");
    json_out_field_uint(out, "differences", again->gap.count + (again->information ? 1 : 0));
    if (different) {
        json_out_field_hash(out, "difference_hash", &again->differences);
        write_lines(out, again);
    }
    json_out_field_hash(out, "result_hash", &again->hash);
    json_out_end(out);
}

/* Where the call names an engagement: what its findings leave of the share of primary data. */
static enum err write_primary(struct call *call, struct query *query, const struct again *again)
{
    const Seam__EngagementRecord *engagement = NULL;
    if (json_node_get(call->root, "engagement") == NULL) {
        return OK;
    }
    const enum err err = verify_engagement(call, query, &engagement);
    return err == OK ? primary_share_write(call, query, engagement, again->of.account,
                                           again->reported, again->before)
                     : err;
}

static enum err write_again(struct call *call, struct query *query)
{
    struct again *again = arena_alloc(&call->arena, sizeof *again);
    if (again == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    enum err err = verify_account_read(call, query, &again->of);
    if (err == OK && strcmp(again->of.account->state, "VALUE") != 0) {
        err = call_fail(call, ERR_ABSENT, "period", NULL, "a period without activity has no lines");
    }
    if (err == OK) {
        err = verify_account_lines(call, query, &again->of);
    }
    if (err == OK) {
        err = load_files(call, query, again);
    }
    if (err == OK) {
        err = make_hashes(call, again);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    json_out_field_uint(&call->data, "at", query_height(query));
    json_out_field_text(&call->data, "outcome", differs(again) ? "DIFFERENT" : "EQUAL");
    json_out_key(&call->data, "result");
    json_out_raw(&call->data, again->document);
    json_out_key(&call->data, "document");
    json_out_text_bytes(&call->data, again->document);
    write_record(&call->data, again);
    err = write_primary(call, query, again);
    json_out_end(&call->data);
    return err;
}

enum err op_recompute_account(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility",   "period", "version", "file",
                                       "engagement", "at",     NULL};
    return verify_read(call, keys, write_again);
}

/* --- corrections -------------------------------------------------------------------------------*/

static enum err read_flag(struct call *call, const char *key, bool *out)
{
    const struct json_node *node = json_node_get(call->root, key);
    *out = true;
    return node == NULL || json_node_bool(node, out)
               ? OK
               : call_fail(call, ERR_TYPE, key, "true or false", NULL);
}

static enum err read_part(struct call *call, const char *key, uint32_t *out)
{
    int64_t value = 0;
    const enum err err = call_number(call, key, false, &value);
    if (err == OK && (value < 0 || value > UINT32_MAX)) {
        return call_fail(call, ERR_RANGE, key, NULL, NULL);
    }
    *out = (uint32_t)value;
    return err;
}

static enum err read_input(struct call *call, struct correction_input *in)
{
    const char *side = NULL;
    const struct {
        const char *key;
        uint32_t *out;
    } numbers[] = {{"specified_ppm", &in->specified_ppm},
                   {"found_ppm", &in->found_ppm},
                   {"hours", &in->hours},
                   {"hours_missing", &in->hours_missing}};
    enum err err = call_number(call, "amount", true, &in->amount);
    if (err == OK) {
        err = call_text(call, "side", true, &side);
    }
    if (err == OK && strcmp(side, "UP") != 0 && strcmp(side, "DOWN") != 0) {
        err = call_fail(call, ERR_ENUM, "side", "UP, DOWN", NULL);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && err == OK; i++) {
        err = read_part(call, numbers[i].key, numbers[i].out);
    }
    if (err == OK) {
        in->side = strcmp(side, "UP") == 0 ? CORRECTION_UP : CORRECTION_DOWN;
        err = read_flag(call, "calibrated", &in->calibrated);
    }
    if (err == OK) {
        err = read_flag(call, "measured", &in->measured);
    }
    return err == OK ? call_number(call, "default_amount", false, &in->default_amount) : err;
}

enum err op_compute_correction(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"amount",         "side",  "calibrated",    "specified_ppm",
                                       "found_ppm",      "hours", "hours_missing", "measured",
                                       "default_amount", NULL};
    struct correction_input in = {0};
    struct correction correction;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = read_input(call, &in);
    }
    if (err != OK) {
        return err;
    }
    err = correction_of(&correction, &in);
    if (err != OK) {
        return call_fail(call, err, "amount", NULL, "accuracies in 10^-6, amounts at least 0");
    }
    json_out_object(&call->data);
    json_out_field_text(&call->data, "kind", correction_kind_text(correction.kind));
    json_out_field_int(&call->data, "amount", correction.amount);
    json_out_field_int(&call->data, "effect", correction.effect);
    json_out_end(&call->data);
    return OK;
}
