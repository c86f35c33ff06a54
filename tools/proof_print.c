/* SPDX-License-Identifier: Apache-2.0 */
/* One sentence for each thing that is proven. Tonnes are printed from integer grams by moving the
 * point, without rounding. */

#include "tools/proof_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/codec/json_out.h"
#include "ledger/keys.h"
#include "tools/output.h"

#define JSON_MAX (4 * 1024 * 1024)
#define GRAMS_SIZE 48
#define TIME_SIZE 40

static void time_text(char out[TIME_SIZE], uint64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    if (time_ms / 1000 > 253402300799u || gmtime_r(&seconds, &parts) == NULL ||
        strftime(out, TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) {
        (void)snprintf(out, TIME_SIZE, "%" PRIu64 " ms", time_ms);
    }
}

/* 748754538194 g is 748754.538194 t. */
static void tonnes_text(char out[GRAMS_SIZE], int64_t grams)
{
    const uint64_t size = grams < 0 ? (uint64_t)0 - (uint64_t)grams : (uint64_t)grams;
    (void)snprintf(out, GRAMS_SIZE, "%s%" PRIu64 ".%06" PRIu64 " t", grams < 0 ? "-" : "",
                   size / 1000000, size % 1000000);
}

static void print_hash(const char *name, const struct hash *hash)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hex, hash_bytes(hash));
    output_line("  %-22s %s", name, hex);
}

static void print_grams(const char *name, int64_t grams)
{
    char text[GRAMS_SIZE];
    tonnes_text(text, grams);
    output_line("  %-22s %s CO2e", name, text);
}

static void print_account(const struct proof_result *result)
{
    const Seam__Account *account = result->account;
    output_line("account of %s (%s), period %s, version %" PRIu32 ", %s", account->facility,
                account->kind, account->period, account->version, account->state);
    print_grams("net", account->net_g);
    print_grams("gross", account->gross_g);
    print_grams("scope 1", account->scope1_g);
    print_grams("scope 2", account->scope2_g);
    print_grams("sinks", account->sinks_g);
    output_line("  %-22s %" PRIu32 ", of which disclosed here: %zu", "lines", account->line_count,
                result->line_count);
    char set[2 * HASH_SIZE + 1];
    hex_encode(set, bytes_of(account->parameter_set_hash.data,
                             account->parameter_set_hash.len == HASH_SIZE ? HASH_SIZE : 0));
    output_line("  %-22s %s", "parameter set", set);
    output_line("  %-22s %s", "GWP", account->gwp);
    if (account->reconstructed) {
        output_line("  %-22s %s", "activity data",
                    "RECONSTRUCTED: chosen to reproduce a published total, not measured");
    }
    if (account->reason[0] != '\0') {
        output_line("  %-22s %s", "reason", account->reason);
    }
    print_hash("account hash", &result->account_hash);
}

static void print_status(const struct proof_result *result)
{
    switch (result->status) {
    case PROOF_STATUS_NONE:
        output_line("status: the certificate says nothing about later versions");
        break;
    case PROOF_STATUS_CURRENT:
        output_line("status: version %" PRIu32 " is the one that counts", result->head->version);
        break;
    case PROOF_STATUS_SUPERSEDED:
        output_line("status: SUPERSEDED by version %" PRIu32, result->head->version);
        break;
    }
}

/* When it was due and when it came [KSSJ 5.1.1b]: decision D33. */
static void print_deadline(const Seam__AccountRecord *record)
{
    char deadline[TIME_SIZE];
    char arrival[TIME_SIZE];
    time_text(deadline, record->deadline_ms);
    time_text(arrival, record->time_ms);
    char extension[64] = "";
    if (record->extension_days > 0) {
        (void)snprintf(extension, sizeof extension, ", extended by %" PRIu32 " days",
                       record->extension_days);
    }
    if (record->historic) {
        output_line("filed %s; HISTORIC: the period ended before this ledger began", arrival);
    } else if (record->days_late > 0) {
        output_line("filed %s, due before %s%s: %" PRIu32 " days LATE", arrival, deadline,
                    extension, record->days_late);
    } else {
        output_line("filed %s, due before %s%s: on time", arrival, deadline, extension);
    }
}

static void print_lines(const struct proof_result *result)
{
    for (size_t i = 0; i < result->line_count; i++) {
        const Seam__Line *line = result->lines[i];
        struct json_out out;
        struct bytes text;
        json_out_init(&out, JSON_OUT_COMPACT, JSON_MAX);
        json_out_message(&out, &line->base, NULL);
        if (json_out_finish(&out, &text) == OK) {
            output_line("line %" PRIu32 ": %.*s", result->proof->lines[i]->index, (int)text.size,
                        (const char *)text.data);
        }
        json_out_free(&out);
    }
}

static void print_transaction(const struct proof_result *result)
{
    char text[TIME_SIZE];
    if (result->account != NULL) {
        print_account(result);
    } else {
        output_line("transaction of type %" PRIu32, result->body->type);
    }
    print_hash("transaction", &result->tx_id);
    for (size_t i = 0; i < result->signer_count; i++) {
        const Seam__KeyRecord *record = result->signers[i].record;
        output_line("signed by %s of %s%s", record->person, record->organisation,
                    record->valid_to == 0 ? "" : " (key revoked since)");
    }
    time_text(text, result->subject.time_ms);
    output_line("in block %" PRIu64 " of %s", result->subject.height, text);
    print_hash("block", &result->subject_id);
}

static void print_states(const struct proof_result *result)
{
    for (size_t i = 0; i < result->proof->n_states; i++) {
        const Seam__ProofState *state = result->proof->states[i];
        char hex[2 * LIMIT_STATE_KEY + 1];
        hex_encode(hex, bytes_of(state->key.data, state->key.len));
        output_line("state %s: %s", hex, state->absent ? "absent" : "present");
    }
}

void proof_print(const struct proof_result *result)
{
    if (result->failure != PROOF_OK) {
        output_line("NOT VALID: %s", proof_failure_sentence(result->failure));
        output_note("seam: failure %s, entry %" PRIu32, proof_failure_name(result->failure),
                    result->index);
        return;
    }
    char text[TIME_SIZE];
    time_text(text, result->anchor.time_ms);
    output_line("status as of height %" PRIu64 ", date %s; later changes are not excluded",
                result->anchor.height, text);
    output_line("VALID");
    if (result->body != NULL) {
        print_transaction(result);
        print_lines(result);
    }
    if (result->record != NULL) {
        print_deadline(result->record);
    }
    if (result->account != NULL) {
        print_status(result);
    } else {
        print_states(result);
    }
    output_line("final by %" PRIu32 " of %" PRIu32 " validators at height %" PRIu64
                ", network %s, %" PRIu64 " changes of the validator set",
                result->anchor_signers, result->anchor_validators, result->anchor.height,
                result->genesis->network, result->epochs);
    print_hash("network id", &result->chain_id);
}

static const char *status_name(enum proof_status status)
{
    switch (status) {
    case PROOF_STATUS_NONE:
        return "UNKNOWN";
    case PROOF_STATUS_CURRENT:
        return "CURRENT";
    case PROOF_STATUS_SUPERSEDED:
        return "SUPERSEDED";
    }
    return "UNKNOWN";
}

static void json_block(struct json_out *out, const char *key, const struct header *header,
                       const struct hash *id)
{
    json_out_field_object(out, key);
    json_out_field_uint(out, "height", header->height);
    json_out_field_time(out, "time", header->time_ms);
    json_out_field_hash(out, "id", id);
    json_out_end(out);
}

static void json_transaction(struct json_out *out, const struct proof_result *result)
{
    json_out_field_hash(out, "transaction_id", &result->tx_id);
    json_out_field_uint(out, "type", result->body->type);
    json_out_field_text(out, "organisation", result->body->organisation);
    json_out_field_array(out, "signers");
    for (size_t i = 0; i < result->signer_count; i++) {
        const Seam__KeyRecord *record = result->signers[i].record;
        json_out_object(out);
        json_out_field_text(out, "person", record->person);
        json_out_field_text(out, "organisation", record->organisation);
        json_out_field_hash(out, "key_id", &result->signers[i].key_id);
        json_out_field_bool(out, "revoked_since", record->valid_to != 0);
        json_out_end(out);
    }
    json_out_end(out);
    if (result->account == NULL) {
        return;
    }
    json_out_field_hash(out, "account_hash", &result->account_hash);
    json_out_key(out, "account");
    json_out_message(out, &result->account->base, NULL);
    json_out_field_text(out, "status", status_name(result->status));
    if (result->head != NULL) {
        json_out_field_uint(out, "current_version", result->head->version);
    }
    if (result->record != NULL) {
        json_out_field_time(out, "deadline", result->record->deadline_ms);
        json_out_field_uint(out, "extension_days", result->record->extension_days);
        json_out_field_uint(out, "days_late", result->record->days_late);
        json_out_field_bool(out, "historic", result->record->historic);
    }
    json_out_field_array(out, "lines");
    for (size_t i = 0; i < result->line_count; i++) {
        json_out_object(out);
        json_out_field_uint(out, "index", result->proof->lines[i]->index);
        json_out_key(out, "line");
        json_out_message(out, &result->lines[i]->base, NULL);
        json_out_end(out);
    }
    json_out_end(out);
}

static void json_states(struct json_out *out, const Seam__Proof *proof)
{
    json_out_field_array(out, "states");
    for (size_t i = 0; i < proof->n_states; i++) {
        const Seam__ProofState *state = proof->states[i];
        json_out_object(out);
        json_out_field_hex(out, "key", bytes_of(state->key.data, state->key.len));
        if (state->absent) {
            json_out_field_bool(out, "absent", true);
        } else {
            json_out_field_hex(out, "value", bytes_of(state->value.data, state->value.len));
        }
        json_out_end(out);
    }
    json_out_end(out);
}

enum err proof_print_json(const struct proof_result *result, bool old)
{
    const bool valid = result->failure == PROOF_OK;
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, JSON_MAX);
    json_out_object(&out);
    json_out_field_bool(&out, "valid", valid);
    json_out_field_text(&out, "failure", proof_failure_name(result->failure));
    json_out_field_text(&out, "message", proof_failure_sentence(result->failure));
    if (!valid) {
        json_out_field_uint(&out, "entry", result->index);
    } else {
        json_out_field_bool(&out, "too_old", old);
        json_out_field_text(&out, "network", result->genesis->network);
        json_out_field_hash(&out, "chain_id", &result->chain_id);
        json_block(&out, "status_as_of", &result->anchor, &result->anchor_id);
        json_block(&out, "block", &result->subject, &result->subject_id);
        json_out_field_uint(&out, "validators", result->anchor_validators);
        json_out_field_uint(&out, "signed_by_validators", result->anchor_signers);
        if (result->body != NULL) {
            json_transaction(&out, result);
        }
        json_states(&out, result->proof);
    }
    json_out_end(&out);
    return output_json(&out);
}
