/* SPDX-License-Identifier: Apache-2.0 */
/* Differences are plain subtraction of integer grams. */

#include "api/account_note.h"

#include "ledger/base/period.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"

#include <string.h>

#define NOTE_MAX 65536

void account_fields(struct json_out *out, const Seam__Account *account)
{
    json_out_field_text(out, "facility", account->facility);
    json_out_field_text(out, "kind", account->kind);
    json_out_field_text(out, "period", account->period);
    json_out_field_uint(out, "version", account->version);
    json_out_field_text(out, "value_state", account->state);
    json_out_field_hex(out, "parameter_set_hash",
                       bytes_of(account->parameter_set_hash.data, account->parameter_set_hash.len));
    json_out_field_text(out, "gwp", account->gwp);
    json_out_field_uint(out, "line_count", account->line_count);
    json_out_field_int(out, "gross_g", account->gross_g);
    json_out_field_int(out, "net_g", account->net_g);
    json_out_field_int(out, "scope1_g", account->scope1_g);
    json_out_field_int(out, "scope2_g", account->scope2_g);
    json_out_field_int(out, "sinks_g", account->sinks_g);
    json_out_field_int(out, "information_g", account->information_g);
    json_out_field_int(out, "co2_g", account->co2_g);
    json_out_field_int(out, "ch4_g", account->ch4_g);
    json_out_field_bool(out, "reconstructed", account->reconstructed);
}

static void difference(struct json_out *out, const char *key, const Seam__Account *account,
                       const Seam__Account *before)
{
    json_out_field_object(out, key);
    json_out_field_text(out, "period", before->period);
    json_out_field_uint(out, "version", before->version);
    json_out_field_int(out, "net_g", before->net_g);
    json_out_field_int(out, "difference_g", account->net_g - before->net_g);
    json_out_end(out);
}

/* An account of another period or version; NULL where there is none. version 0: the current one. */
static enum err other(const Seam__Account **out, struct query *query, const char *facility,
                      const char *period, uint32_t version, struct arena *arena)
{
    const Seam__AccountRecord *record = NULL;
    *out = NULL;
    if (version == 0) {
        const Seam__AccountHead *head = NULL;
        const enum err err = query_account(&head, query, facility, period, arena);
        if (err != OK) {
            return err == ERR_ABSENT ? OK : err;
        }
        version = head->version;
    }
    const enum err err = query_account_version(&record, query, facility, period, version, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    return view_account_body(out, record, arena);
}

/* False for the first period of all. */
static bool period_before(char out[PERIOD_TEXT_SIZE], const char *text)
{
    struct period period;
    if (period_parse(&period, bytes_text(text)) != OK || period.number == 0) {
        return false;
    }
    period.number--;
    period_text(out, period);
    return true;
}

enum err account_note(struct call *call, struct query *query, const Seam__Account *account,
                      struct bytes *out)
{
    const Seam__Account *month = NULL;
    const Seam__Account *version = NULL;
    char period[PERIOD_TEXT_SIZE] = "";
    enum err err = OK;
    if (period_before(period, account->period)) {
        err = other(&month, query, account->facility, period, 0, &call->arena);
    }
    if (err == OK && account->version > 1) {
        err = other(&version, query, account->facility, account->period, account->version - 1,
                    &call->arena);
    }
    struct bytes packed;
    if (err == OK) {
        err = message_pack(&packed, &account->base, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    struct hash hash;
    struct json_out note;
    struct bytes text;
    hash_tagged(&hash, TAG_ACCOUNT, packed);
    json_out_init(&note, JSON_OUT_COMPACT, NOTE_MAX);
    json_out_object(&note);
    account_fields(&note, account);
    json_out_field_hash(&note, "account_hash", &hash);
    if (month != NULL) {
        difference(&note, "previous_period", account, month);
    }
    if (version != NULL) {
        difference(&note, "previous_version", account, version);
    }
    json_out_end(&note);
    err = json_out_finish(&note, &text);
    if (err == OK && !arena_copy(&call->arena, text, out)) {
        err = ERR_MEMORY;
    }
    json_out_free(&note);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}
