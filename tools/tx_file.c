/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads are rendered by the descriptor of their row, so a new transaction type needs nothing
 * here. */

#include "tools/tx_file.h"

#include <string.h>

#include "ledger/crypto/sign.h"
#include "ledger/exec/exec.h"
#include "ledger/proto/account.pb-c.h"
#include "tools/file.h"

#define RENDER_BUDGET (16 * 1024 * 1024)
#define FILE_MAX (8 * 1024 * 1024)

static struct bytes data_of(const ProtobufCBinaryData *data)
{
    return bytes_of(data->data, data->len);
}

enum err tx_body(const Seam__Body **out, const Seam__Transaction *tx, struct arena *arena,
                 struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, &seam__body__descriptor, data_of(&tx->body),
                                        LIMIT_TX_BODY, arena, detail);
    if (err == OK) {
        *out = (const Seam__Body *)message;
    }
    return err;
}

static enum err unpack(Seam__Transaction **out, struct bytes bytes, struct arena *arena,
                       struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, &seam__transaction__descriptor, bytes, LIMIT_TX, arena, detail);
    if (err == OK) {
        *out = (Seam__Transaction *)message;
    }
    return err;
}

static enum err render_part(struct json_out *out, const char *key,
                            const ProtobufCMessageDescriptor *type, const struct field_table *table,
                            struct bytes bytes, struct arena *arena, struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, type, bytes, LIMIT_TX, arena, detail);
    if (err == OK) {
        json_out_key(out, key);
        json_out_message(out, message, table);
    }
    return err;
}

/* The lines of an account as they were typed, not as bytes: they are what a second person checks.
 */
static enum err render_lines(struct json_out *out, struct bytes bytes, struct arena *arena,
                             struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    enum err err = message_unpack(&message, &seam__account_lines__descriptor, bytes,
                                  LIMIT_TX_DETACHED, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__AccountLines *lines = (const Seam__AccountLines *)message;
    json_out_field_array(out, "lines");
    for (size_t i = 0; err == OK && i < lines->n_lines; i++) {
        err = message_unpack(&message, &seam__line__descriptor, data_of(&lines->lines[i]->line),
                             LIMIT_TX_DETACHED, arena, detail);
        if (err == OK) {
            json_out_message(out, message, NULL);
        }
    }
    if (err == OK) {
        json_out_end(out);
        json_out_field_uint(out, "evidence_entries", lines->n_evidence);
    }
    return err;
}

static enum err render_detached(struct json_out *out, const struct rule_row *row,
                                struct bytes bytes, struct arena *arena, struct err_detail *detail)
{
    if (row->detached == NULL || bytes.size == 0) {
        return OK;
    }
    if (row->detached == &seam__account_lines__descriptor) {
        return render_lines(out, bytes, arena, detail);
    }
    return render_part(out, "detached", row->detached, exec_row_fields(row), bytes, arena, detail);
}

static enum err render_tx(struct json_out *out, const Seam__Transaction *tx, struct arena *arena,
                          struct err_detail *detail)
{
    const Seam__Body *body = NULL;
    enum err err = tx_body(&body, tx, arena, detail);
    if (err != OK) {
        return err;
    }
    const struct rule_row *row = exec_row(body->type);
    json_out_object(out);
    json_out_field_text(out, "type", row == NULL ? "unknown to this program" : row->name);
    json_out_field_uint(out, "type_number", body->type);
    json_out_field_text(out, "organisation", body->organisation);
    json_out_field_time(out, "valid_until", body->valid_until_ms);
    json_out_field_text(out, "idempotency_key", body->idempotency_key);
    if (row != NULL) {
        const struct field_table *table = exec_row_fields(row);
        json_out_field_uint(out, "signatures_needed", row->signatures);
        err = render_part(out, "payload", row->payload, table, data_of(&body->payload), arena,
                          detail);
        if (err == OK) {
            err = render_detached(out, row, data_of(&tx->detached), arena, detail);
        }
    }
    if (err != OK) {
        return err;
    }
    json_out_field_array(out, "signed_by");
    for (size_t i = 0; i < tx->n_signatures; i++) {
        json_out_hex(out, data_of(&tx->signatures[i]->key_id));
    }
    json_out_end(out);
    json_out_end(out);
    return err;
}

static enum err tx_render(void *context, struct json_out *out, struct bytes bytes,
                          struct err_detail *detail)
{
    (void)context;
    struct arena arena;
    arena_init(&arena, RENDER_BUDGET);
    Seam__Transaction *tx = NULL;
    enum err err = unpack(&tx, bytes, &arena, detail);
    if (err == OK) {
        err = render_tx(out, tx, &arena, detail);
    }
    arena_free(&arena);
    return err;
}

const struct document_form tx_form = {.format = "seam-transaction-1",
                                      .bytes_key = "transaction",
                                      .limit = LIMIT_TX,
                                      .render = tx_render};

enum err tx_file_read(Seam__Transaction **out, const char *path, struct arena *arena,
                      struct err_detail *detail)
{
    struct bytes bytes;
    const enum err err = file_read_document(&bytes, &tx_form, path, FILE_MAX, arena, detail);
    return err == OK ? unpack(out, bytes, arena, detail) : err;
}

enum err tx_file_write(const char *path, const Seam__Transaction *tx, bool replace,
                       struct arena *arena, struct err_detail *detail)
{
    struct bytes bytes;
    struct bytes text;
    enum err err = message_pack(&bytes, &tx->base, arena);
    if (err != OK) {
        return err_set(detail, err, "transaction", NULL, NULL, NULL);
    }
    err = document_write(&text, &tx_form, bytes, arena, detail);
    return err == OK ? file_write(path, text, replace, detail) : err;
}

static enum err put_signature(Seam__Transaction *tx, Seam__Signature *signature,
                              struct arena *arena)
{
    Seam__Signature **all = arena_alloc(arena, (tx->n_signatures + 1) * sizeof(Seam__Signature *));
    if (all == NULL) {
        return ERR_MEMORY;
    }
    size_t at = 0;
    while (at < tx->n_signatures &&
           bytes_compare(data_of(&tx->signatures[at]->key_id), data_of(&signature->key_id)) < 0) {
        all[at] = tx->signatures[at];
        at++;
    }
    if (at < tx->n_signatures &&
        bytes_equal(data_of(&tx->signatures[at]->key_id), data_of(&signature->key_id))) {
        return ERR_CONFLICT;
    }
    all[at] = signature;
    for (size_t i = at; i < tx->n_signatures; i++) {
        all[i + 1] = tx->signatures[i];
    }
    tx->signatures = all;
    tx->n_signatures++;
    return OK;
}

enum err tx_sign(Seam__Transaction *tx, const struct hash *chain_id, const struct sign_key *key,
                 struct arena *arena, struct err_detail *detail)
{
    if (tx->n_signatures >= LIMIT_TX_SIGNATURES) {
        return err_set(detail, ERR_TOO_LARGE, "signatures", NULL, NULL, NULL);
    }
    struct bytes message;
    struct hash key_id;
    struct bytes id_copy;
    Seam__Signature *signature = arena_alloc(arena, sizeof *signature);
    uint8_t *sig = arena_alloc(arena, SIGNATURE_SIZE);
    sign_key_id(&key_id, SUITE_ED25519_SHA256, bytes_of(key->public_key, SIGN_PUBLIC_SIZE));
    if (signature == NULL || sig == NULL || !arena_copy(arena, hash_bytes(&key_id), &id_copy) ||
        exec_signed_message(&message, chain_id, data_of(&tx->body), arena) != OK) {
        return err_set(detail, ERR_MEMORY, "signatures", NULL, NULL, NULL);
    }
    sign_message(sig, key, message);
    seam__signature__init(signature);
    signature->key_id.data = (uint8_t *)(uintptr_t)id_copy.data;
    signature->key_id.len = id_copy.size;
    signature->sig.data = sig;
    signature->sig.len = SIGNATURE_SIZE;
    const enum err err = put_signature(tx, signature, arena);
    return err == OK ? OK
                     : err_set(detail, err, "signatures", NULL, NULL,
                               err == ERR_CONFLICT ? "this key has signed already" : NULL);
}
