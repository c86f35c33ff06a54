/* SPDX-License-Identifier: Apache-2.0 */
/* From the outside inwards, each level strict before the next is looked at: envelope, signatures,
 * body, payload, detached part. Nothing here reads a state, so the answer is the same for ever. */

#include "ledger/exec/exec.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/buf.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/field_check.h"
#include "ledger/crypto/hash.h"
#include "ledger/exec/fields.h"
#include "ledger/governance/id.h"
#include "ledger/proto/tx.pb-c.h"

/* read_number reads a varint of at most four bytes. */
static uint64_t read_number(struct reader *reader)
{
    uint64_t number = 0;
    uint8_t byte = 0x80;
    for (unsigned shift = 0; (byte & 0x80) != 0 && shift < 28; shift += 7) {
        byte = read_u8(reader);
        number |= (uint64_t)(byte & 0x7f) << shift;
    }
    return number;
}

/* read_sized reads a length and so many bytes. */
static bool read_sized(struct reader *reader, struct bytes *out)
{
    const uint64_t size = read_number(reader);
    if (reader->failed || size > reader_left(reader)) {
        return false;
    }
    *out = read_bytes(reader, (size_t)size);
    return true;
}

bool exec_peek_body(struct bytes raw, struct bytes *body)
{
    struct reader reader = reader_of(raw);
    return read_u8(&reader) == 0x0a && read_sized(&reader, body); /* Transaction.body */
}

bool exec_peek_organisation(struct bytes raw, char out[LIMIT_ID_TEXT + 1])
{
    struct bytes body;
    struct bytes name;
    if (!exec_peek_body(raw, &body)) {
        return false;
    }
    struct reader reader = reader_of(body);
    if (read_u8(&reader) != 0x08) { /* Body.type */
        return false;
    }
    (void)read_number(&reader);
    if (read_u8(&reader) != 0x12 || !read_sized(&reader, &name) || /* Body.organisation */
        name.size > LIMIT_ID_TEXT) {
        return false;
    }
    memcpy(out, name.data, name.size);
    out[name.size] = '\0';
    return true;
}

void exec_tx_id(struct hash *tx_id, const struct hash *chain_id, struct bytes body)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, hash_bytes(chain_id));
    hash_add(&hasher, body);
    hash_end(&hasher, tx_id);
}

enum err exec_signed_message(struct bytes *out, const struct hash *chain_id, struct bytes body,
                             struct arena *arena)
{
    const size_t size = TAG_SIZE + HASH_SIZE + body.size;
    uint8_t *message = arena_alloc(arena, size);
    if (message == NULL) {
        return ERR_MEMORY;
    }
    memcpy(message, TAG_TX, TAG_SIZE);
    memcpy(message + TAG_SIZE, chain_id->bytes, HASH_SIZE);
    if (body.size > 0) {
        memcpy(message + TAG_SIZE + HASH_SIZE, body.data, body.size);
    }
    *out = bytes_of(message, size);
    return OK;
}

void exec_tx_leaf(struct hash *leaf, const struct exec_tx *tx)
{
    struct hasher hasher;
    merkle_signatures_begin(&hasher);
    for (size_t i = 0; i < tx->signature_count; i++) {
        merkle_signatures_add(&hasher, &tx->signatures[i].key_id, tx->signatures[i].signature);
    }
    struct hash signatures;
    struct hash detached;
    hash_end(&hasher, &signatures);
    merkle_detached_hash(&detached, tx->detached_bytes);
    merkle_tx_leaf(leaf, &tx->tx_id, &signatures, &detached);
}

uint32_t exec_cost(const struct exec_tx *tx)
{
    return tx->row->cost + (uint32_t)(tx->detached_bytes.size / 1000);
}

/* Unpacks one level and checks the bounds of its fields. */
static enum err level_decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                             const struct field_table *fields, struct bytes in, size_t limit,
                             struct arena *arena, struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    enum err err = message_unpack(&message, type, in, limit, arena, detail);
    if (err != OK) {
        return err;
    }
    struct errors errors;
    struct err_detail first;
    errors_init(&errors, &first, 1);
    err = field_check(message, fields, arena, &errors);
    if (err != OK) {
        if (detail != NULL && errors.count > 0) {
            *detail = first;
        } else {
            (void)err_set(detail, err, NULL, NULL, NULL, NULL);
        }
        return err;
    }
    *out = message;
    return OK;
}

static enum err signatures_decode(struct exec_tx *tx, const Seam__Transaction *transaction,
                                  struct err_detail *detail)
{
    if (transaction->n_signatures > LIMIT_TX_SIGNATURES) {
        return err_set(detail, ERR_SIGNATURE, "signatures", NULL, NULL, "too many signatures");
    }
    for (size_t i = 0; i < transaction->n_signatures; i++) {
        const Seam__Signature *in = transaction->signatures[i];
        if (in->key_id.len != HASH_SIZE || in->sig.len != SIGNATURE_SIZE) {
            return err_set(detail, ERR_LENGTH, "signatures", NULL, "key_id 32 bytes, sig 64 bytes",
                           NULL);
        }
        memcpy(tx->signatures[i].key_id.bytes, in->key_id.data, HASH_SIZE);
        memcpy(tx->signatures[i].signature, in->sig.data, SIGNATURE_SIZE);
        if (i > 0 && memcmp(tx->signatures[i - 1].key_id.bytes, in->key_id.data, HASH_SIZE) >= 0) {
            return err_set(detail, ERR_NOT_CANONICAL, "signatures", NULL, NULL,
                           "strictly ascending by key_id");
        }
    }
    tx->signature_count = transaction->n_signatures;
    return OK;
}

bool exec_idempotency_valid(const char *key)
{
    for (size_t i = 0; key[i] != '\0'; i++) {
        const char c = key[i];
        const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!allowed || i == LIMIT_IDEMPOTENCY) {
            return false;
        }
    }
    return true;
}

static enum err body_decode(struct exec_tx *tx, const Seam__Body **out, struct arena *arena,
                            struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err = level_decode(&message, &seam__body__descriptor, &exec_own_fields,
                                      tx->body_bytes, LIMIT_TX_BODY, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__Body *body = (const Seam__Body *)message;
    if (!id_text_valid(body->organisation)) {
        return err_set(detail, ERR_TEXT, "organisation", NULL, NULL, NULL);
    }
    if (!exec_idempotency_valid(body->idempotency_key)) {
        return err_set(detail, ERR_TEXT, "idempotency_key", NULL, "A-Z a-z 0-9 . _ -, at most 64",
                       NULL);
    }
    tx->row = exec_row(body->type);
    if (tx->row == NULL) {
        return err_set(detail, ERR_ENUM, "type", NULL, NULL, "no such transaction type");
    }
    tx->organisation = body->organisation;
    tx->valid_until_ms = body->valid_until_ms;
    tx->idempotency_key = body->idempotency_key;
    *out = body;
    return OK;
}

/* Exactly the number the row demands (decision D4): one too many could be stripped on the way. */
static enum err signatures_counted(const struct exec_tx *tx, struct err_detail *detail)
{
    if (tx->signature_count == tx->row->signatures) {
        return OK;
    }
    if (tx->signature_count == 1 && tx->row->signatures > 1) {
        return err_set(detail, ERR_SECOND_PERSON, "signatures", NULL, NULL,
                       "a second person must sign as well");
    }
    return err_set(detail, ERR_SIGNATURE, "signatures", NULL, NULL,
                   tx->signature_count > tx->row->signatures ? "more signatures than this type has"
                                                             : "signatures are missing");
}

static enum err content_decode(struct exec_tx *tx, const Seam__Body *body, struct arena *arena,
                               struct err_detail *detail)
{
    const struct field_table *fields = exec_row_fields(tx->row);
    ProtobufCMessage *message = NULL;
    enum err err =
        level_decode(&message, tx->row->payload, fields,
                     bytes_of(body->payload.data, body->payload.len), LIMIT_TX_BODY, arena, detail);
    if (err != OK) {
        return err;
    }
    tx->payload = message;
    if (tx->row->detached == NULL) {
        if (tx->detached_bytes.size > 0) {
            return err_set(detail, ERR_UNKNOWN_FIELD, "detached", NULL, NULL,
                           "this type has no detached part");
        }
        return OK;
    }
    if (tx->row->detached_optional && tx->detached_bytes.size == 0) {
        return OK;
    }
    err = level_decode(&message, tx->row->detached, fields, tx->detached_bytes, LIMIT_TX_DETACHED,
                       arena, detail);
    if (err == OK) {
        tx->detached = message;
    }
    return err;
}

enum err exec_envelope(struct exec_tx *tx, const struct hash *chain_id, struct bytes raw,
                       struct arena *arena, struct err_detail *detail)
{
    assert(tx != NULL);
    ProtobufCMessage *message = NULL;
    enum err err =
        message_unpack(&message, &seam__transaction__descriptor, raw, LIMIT_TX, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__Transaction *transaction = (const Seam__Transaction *)message;
    struct exec_tx out = {.raw = raw};
    out.body_bytes = bytes_of(transaction->body.data, transaction->body.len);
    out.detached_bytes = bytes_of(transaction->detached.data, transaction->detached.len);
    if (out.body_bytes.size > LIMIT_TX_BODY) {
        return err_set(detail, ERR_TOO_LARGE, "body", NULL, "65,536 bytes", NULL);
    }
    if (out.detached_bytes.size > LIMIT_TX_DETACHED) {
        return err_set(detail, ERR_TOO_LARGE, "detached", NULL, "262,144 bytes", NULL);
    }
    err = signatures_decode(&out, transaction, detail);
    if (err != OK) {
        return err;
    }
    exec_tx_id(&out.tx_id, chain_id, out.body_bytes);
    *tx = out;
    return OK;
}

enum err exec_decode(struct exec_tx *tx, const struct hash *chain_id, struct bytes raw,
                     struct arena *arena, struct err_detail *detail)
{
    struct exec_tx out;
    enum err err = exec_envelope(&out, chain_id, raw, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__Body *body = NULL;
    err = body_decode(&out, &body, arena, detail);
    if (err == OK) {
        err = signatures_counted(&out, detail);
    }
    if (err == OK) {
        err = content_decode(&out, body, arena, detail);
    }
    if (err != OK) {
        return err;
    }
    *tx = out;
    return OK;
}
