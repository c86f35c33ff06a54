/* SPDX-License-Identifier: Apache-2.0 */
/* Differentiated factors [KSSJ 7.2.1c]: by facility, stage, product and month, from the accounts in
 * the ledger, for everybody with a token. The certificate proves the account they stand in. */

#include "api/operations.h"

#include "api/account_note.h"
#include "ledger/chain/certificate.h"
#include "ledger/query/certificate.h"

#include <string.h>

struct wanted {
    const char *facility;
    const char *month;
    const char *stage; /* NULL: all */
    const char *product;
    bool proof;
};

static enum err read_wanted(struct call *call, struct wanted *wanted)
{
    static const char *const keys[] = {"facility", "month", "stage", "product",
                                       "proof",    "at",    NULL};
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &wanted->facility);
    }
    if (err == OK) {
        err = call_text(call, "month", true, &wanted->month);
    }
    if (err == OK) {
        err = call_text(call, "stage", false, &wanted->stage);
    }
    if (err == OK) {
        err = call_text(call, "product", false, &wanted->product);
    }
    const struct json_node *proof = json_node_get(call->root, "proof");
    if (err == OK && proof != NULL && !json_node_bool(proof, &wanted->proof)) {
        return call_fail(call, ERR_TYPE, "proof", "true or false", NULL);
    }
    return err;
}

static void write_factors(struct json_out *out, const Seam__Account *account,
                          const struct wanted *wanted)
{
    json_out_field_array(out, "factors");
    for (size_t i = 0; i < account->n_factors; i++) {
        const Seam__StageFactor *factor = account->factors[i];
        if ((wanted->stage != NULL && strcmp(wanted->stage, factor->stage) != 0) ||
            (wanted->product != NULL && strcmp(wanted->product, factor->product) != 0)) {
            continue;
        }
        json_out_object(out);
        json_out_field_text(out, "stage", factor->stage);
        json_out_field_text(out, "product", factor->product);
        json_out_field_int(out, "factor_g_per_t", factor->factor_g_per_t);
        json_out_end(out);
    }
    json_out_end(out);
}

static enum err write_certificate(struct call *call, struct query *query,
                                  const struct wanted *wanted, uint32_t version)
{
    struct bytes proof;
    struct bytes text;
    if (query_view(query) == NULL) {
        return call_fail(call, ERR_ABSENT, "proof", NULL, "this node has no chain to prove from");
    }
    enum err err = certificate_account(&proof, query, wanted->facility, wanted->month, version,
                                       false, &call->arena, &call->detail);
    if (err == OK) {
        err = document_write(&text, &certificate_form, proof, &call->arena, &call->detail);
    }
    if (err == OK) {
        json_out_key(&call->data, "certificate");
        json_out_text_bytes(&call->data, text);
    }
    return err;
}

static enum err write_answer(struct call *call, struct query *query, const struct wanted *wanted)
{
    struct json_out *out = &call->data;
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    enum err err = query_account(&head, query, wanted->facility, wanted->month, &call->arena);
    if (err == OK) {
        err = query_account_version(&record, query, wanted->facility, wanted->month, head->version,
                                    &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&account, record, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "month", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "facility", account->facility);
    json_out_field_text(out, "kind", account->kind);
    json_out_field_text(out, "month", account->period);
    json_out_field_uint(out, "version", account->version);
    json_out_field_hex(out, "account_hash",
                       bytes_of(record->account_hash.data, record->account_hash.len));
    json_out_field_uint(out, "height", record->height);
    write_factors(out, account, wanted);
    err = wanted->proof ? write_certificate(call, query, wanted, head->version) : OK;
    json_out_end(out);
    return err;
}

enum err op_get_stage_factors(struct call *call, const struct rule_row *row)
{
    (void)row;
    struct wanted wanted = {.proof = false};
    struct query *query = NULL;
    enum err err = read_wanted(call, &wanted);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_answer(call, query, &wanted);
    query_close(query);
    return err;
}
