/* SPDX-License-Identifier: Apache-2.0 */
/* The row of the operation says everything: which messages, which bounds. Accounts are the
 * exception, because their payload is computed. */

#include "tools/tx_make.h"

#include <string.h>

#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"
#include "ledger/exec/exec.h"
#include "tools/file.h"
#include "tools/output.h"

struct parts {
    struct bytes payload;
    struct bytes detached;
};

static enum err report(enum err err, const struct err_detail *detail)
{
    output_error(err, detail);
    return err;
}

static enum err message_of(struct bytes *out, const ProtobufCMessageDescriptor *type,
                           const struct field_table *table, const struct json_node *node,
                           const char *const *ignored, struct arena *arena, struct errors *errors)
{
    ProtobufCMessage *message = NULL;
    enum err err = json_in_message(&message, type, table, node, ignored, arena, errors);
    if (err == OK) {
        err = field_check(message, table, arena, errors);
    }
    return err == OK ? message_pack(out, message, arena) : err;
}

/* The payload's fields; the detached part, where the type has one, under "detached". */
static enum err from_json(struct parts *out, const struct rule_row *row, struct bytes text,
                          struct arena *arena, struct errors *errors)
{
    static const char *const beside[] = {"detached", NULL};
    struct json_doc *doc = NULL;
    struct err_detail detail = {0};
    const struct field_table *table = exec_row_fields(row);
    enum err err = json_doc_read(&doc, text, LIMIT_HTTP_BODY, &detail);
    if (err != OK) {
        return report(err, &detail);
    }
    const struct json_node *root = json_doc_root(doc);
    const struct json_node *detached =
        row->detached != NULL ? json_node_get(root, "detached") : NULL;
    err = message_of(&out->payload, row->payload, table, root,
                     row->detached != NULL ? beside : NULL, arena, errors);
    if (err == OK && detached != NULL) {
        err = message_of(&out->detached, row->detached, table, detached, NULL, arena, errors);
    }
    json_doc_free(doc);
    if (err == OK) {
        return OK;
    }
    return errors->count > 0 ? output_errors(errors) : report(err, NULL);
}

static enum err load_set(struct set *set, const struct tx_make *make,
                         const Seam__CalculationFile *file, struct arena *arena,
                         struct errors *errors)
{
    if (make->set == NULL) {
        return set_load(set, file->parameter_set, arena, errors);
    }
    struct bytes text;
    struct err_detail detail = {0};
    const enum err err = file_read(&text, make->set, SET_JSON_MAX, arena, &detail);
    return err == OK ? set_read_json(set, text, arena, errors) : report(err, &detail);
}

static enum err from_calculation(struct parts *out, const struct tx_make *make, struct bytes text,
                                 struct arena *arena, struct errors *errors)
{
    const Seam__CalculationFile *file = NULL;
    struct set set;
    struct account_draft draft;
    uint8_t secret[ACCOUNT_SECRET_SIZE];
    enum err err = calc_file_read(&file, text, arena, errors);
    if (err == OK) {
        err = load_set(&set, make, file, arena, errors);
    }
    if (err == OK) {
        account_secret(secret, make->salt_seed, file->facility);
        err = account_build(&draft, file, &set, (uint32_t)make->version, make->previous, secret,
                            arena, errors);
    }
    if (err != OK) {
        return errors->count > 0 ? output_errors(errors) : report(err, NULL);
    }
    out->payload = draft.payload;
    out->detached = draft.detached;
    return OK;
}

static enum err assemble(Seam__Transaction **out, const struct tx_make *make,
                         const struct rule_row *row, const struct parts *parts, struct arena *arena)
{
    Seam__Body body = SEAM__BODY__INIT;
    body.type = row->type;
    body.organisation = (char *)(uintptr_t)make->organisation;
    body.valid_until_ms = make->valid_until_ms;
    if (make->idempotency_key != NULL) {
        body.idempotency_key = (char *)(uintptr_t)make->idempotency_key;
    }
    body.payload.data = (uint8_t *)(uintptr_t)parts->payload.data;
    body.payload.len = parts->payload.size;
    struct bytes packed;
    Seam__Transaction *tx = arena_alloc(arena, sizeof *tx);
    const enum err err = tx == NULL ? ERR_MEMORY : message_pack(&packed, &body.base, arena);
    if (err != OK) {
        return report(err, NULL);
    }
    if (packed.size > LIMIT_TX_BODY || parts->detached.size > LIMIT_TX_DETACHED) {
        return report(ERR_TOO_LARGE, NULL);
    }
    seam__transaction__init(tx);
    tx->body.data = (uint8_t *)(uintptr_t)packed.data;
    tx->body.len = packed.size;
    tx->detached.data = (uint8_t *)(uintptr_t)parts->detached.data;
    tx->detached.len = parts->detached.size;
    *out = tx;
    return OK;
}

enum err tx_make(Seam__Transaction **out, const struct tx_make *make, struct arena *arena)
{
    struct err_detail detail = {0};
    struct errors errors;
    struct bytes text;
    struct parts parts = {0};
    const struct rule_row *row = exec_row_by_name(make->operation);
    if (row == NULL) {
        output_note("seam: there is no operation '%s' that makes a transaction", make->operation);
        return ERR_OPERATION;
    }
    enum err err = errors_new(&errors, arena);
    if (err == OK) {
        err = file_read(&text, make->file, LIMIT_HTTP_BODY, arena, &detail);
    }
    if (err != OK) {
        return report(err, &detail);
    }
    const bool account = row->type >= ACCOUNT_SUBMIT_TYPE && row->type <= ACCOUNT_NIL_TYPE;
    err = account ? from_calculation(&parts, make, text, arena, &errors)
                  : from_json(&parts, row, text, arena, &errors);
    return err == OK ? assemble(out, make, row, &parts, arena) : err;
}
