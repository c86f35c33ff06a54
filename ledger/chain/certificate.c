/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever cannot be read is refused here already, so a file that document_read accepts contains
 * messages that decode. */

#include "ledger/chain/certificate.h"

#include "ledger/base/limits.h"
#include "ledger/chain/encode.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/genesis.pb-c.h"
#include "ledger/proto/proof.pb-c.h"

#define RENDER_BUDGET (16 * 1024 * 1024)

static struct bytes data_of(const ProtobufCBinaryData *data)
{
    return bytes_of(data->data, data->len);
}

static enum err unpack(const void **out, const ProtobufCMessageDescriptor *type, struct bytes in,
                       size_t limit, struct arena *arena, struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, type, in, limit, arena, detail);
    if (err == OK) {
        *out = message;
    }
    return err;
}

static enum err render_block(struct json_out *out, const char *key, struct bytes encoded,
                             struct err_detail *detail)
{
    struct header header;
    struct hash id;
    const enum err err = header_decode(&header, encoded);
    if (err != OK) {
        return err_set(detail, err, key, NULL, NULL, "the block header cannot be read");
    }
    header_id(&id, &header);
    json_out_field_object(out, key);
    json_out_field_uint(out, "height", header.height);
    json_out_field_time(out, "time", header.time_ms);
    json_out_field_hash(out, "id", &id);
    json_out_end(out);
    return OK;
}

static enum err render_transaction(struct json_out *out, const Seam__ProofTransaction *tx,
                                   struct arena *arena, struct err_detail *detail)
{
    const void *message = NULL;
    enum err err =
        unpack(&message, &seam__body__descriptor, data_of(&tx->body), LIMIT_TX_BODY, arena, detail);
    if (err != OK) {
        return err;
    }
    const Seam__Body *body = message;
    json_out_field_uint(out, "type", body->type);
    json_out_field_text(out, "organisation", body->organisation);
    json_out_field_uint(out, "signatures", tx->n_signatures);
    if (body->type < 32 || body->type > 34) {
        return OK;
    }
    err = unpack(&message, &seam__account__descriptor, data_of(&body->payload), LIMIT_TX_BODY,
                 arena, detail);
    if (err != OK) {
        return err;
    }
    struct hash account_hash;
    hash_tagged(&account_hash, TAG_ACCOUNT, data_of(&body->payload));
    json_out_field_hash(out, "account_hash", &account_hash);
    json_out_key(out, "account");
    json_out_message(out, message, NULL);
    return OK;
}

static enum err render_lines(struct json_out *out, const Seam__Proof *proof, struct arena *arena,
                             struct err_detail *detail)
{
    if (proof->n_lines == 0) {
        return OK;
    }
    json_out_field_array(out, "disclosed_lines");
    for (size_t i = 0; i < proof->n_lines; i++) {
        const void *line = NULL;
        const enum err err = unpack(&line, &seam__line__descriptor, data_of(&proof->lines[i]->line),
                                    LIMIT_TX_DETACHED, arena, detail);
        if (err != OK) {
            return err;
        }
        json_out_object(out);
        json_out_field_uint(out, "index", proof->lines[i]->index);
        json_out_key(out, "line");
        json_out_message(out, line, NULL);
        json_out_end(out);
    }
    json_out_end(out);
    return OK;
}

static enum err render_proof(struct json_out *out, const Seam__Proof *proof, struct arena *arena,
                             struct err_detail *detail)
{
    const bool older = proof->subject_header.len > 0;
    json_out_object(out);
    json_out_field_text(
        out, "note", "status as of the anchor's height and time; later changes are not excluded");
    enum err err = render_block(out, "anchor", data_of(&proof->anchor_header), detail);
    if (err == OK) {
        err = render_block(out, "block",
                           data_of(older ? &proof->subject_header : &proof->anchor_header), detail);
    }
    if (err == OK && proof->transaction != NULL) {
        err = render_transaction(out, proof->transaction, arena, detail);
    }
    if (err == OK) {
        err = render_lines(out, proof, arena, detail);
    }
    if (err != OK) {
        return err;
    }
    json_out_field_uint(out, "state_entries", proof->n_states);
    json_out_field_uint(out, "epochs", proof->n_epochs);
    json_out_end(out);
    return OK;
}

static enum err certificate_render(void *context, struct json_out *out, struct bytes bytes,
                                   struct err_detail *detail)
{
    (void)context;
    struct arena arena;
    arena_init(&arena, RENDER_BUDGET);
    const void *message = NULL;
    enum err err =
        unpack(&message, &seam__proof__descriptor, bytes, LIMIT_CERTIFICATE, &arena, detail);
    if (err == OK) {
        err = render_proof(out, message, &arena, detail);
    }
    arena_free(&arena);
    return err;
}

static void render_organisations(struct json_out *out, const Seam__Genesis *genesis)
{
    json_out_field_array(out, "organisations");
    for (size_t i = 0; i < genesis->n_organisations; i++) {
        json_out_message(out, &genesis->organisations[i]->base, NULL);
    }
    json_out_end(out);
    json_out_field_array(out, "validators");
    for (size_t i = 0; i < genesis->n_validators; i++) {
        json_out_message(out, &genesis->validators[i]->base, NULL);
    }
    json_out_end(out);
    json_out_field_array(out, "facilities");
    for (size_t i = 0; i < genesis->n_facilities; i++) {
        json_out_message(out, &genesis->facilities[i]->base, NULL);
    }
    json_out_end(out);
}

static void render_parameters(struct json_out *out, const Seam__Genesis *genesis)
{
    json_out_field_array(out, "jurisdictions");
    for (size_t i = 0; i < genesis->n_jurisdictions; i++) {
        json_out_message(out, &genesis->jurisdictions[i]->base, NULL);
    }
    json_out_end(out);
    json_out_field_array(out, "parameter_sets");
    for (size_t i = 0; i < genesis->n_parameter_sets; i++) {
        const Seam__GenesisParameterSet *entry = genesis->parameter_sets[i];
        struct hash hash;
        hash_tagged(&hash, TAG_SET, data_of(&entry->parameter_set));
        json_out_object(out);
        json_out_field_text(out, "organisation", entry->organisation);
        json_out_field_hash(out, "hash", &hash);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_array(out, "adoptions");
    for (size_t i = 0; i < genesis->n_adoptions; i++) {
        json_out_message(out, &genesis->adoptions[i]->base, NULL);
    }
    json_out_end(out);
}

static enum err genesis_render(void *context, struct json_out *out, struct bytes bytes,
                               struct err_detail *detail)
{
    (void)context;
    struct arena arena;
    arena_init(&arena, RENDER_BUDGET);
    const void *message = NULL;
    const enum err err =
        unpack(&message, &seam__genesis__descriptor, bytes, LIMIT_GENESIS, &arena, detail);
    if (err == OK) {
        const Seam__Genesis *genesis = message;
        json_out_object(out);
        json_out_field_text(out, "network", genesis->network);
        json_out_field_time(out, "time", genesis->time_ms);
        json_out_field_uint(out, "suite", genesis->suite);
        if (genesis->consensus != NULL) {
            json_out_key(out, "consensus");
            json_out_message(out, &genesis->consensus->base, NULL);
        }
        if (genesis->chain != NULL) {
            json_out_key(out, "chain");
            json_out_message(out, &genesis->chain->base, NULL);
        }
        render_organisations(out, genesis);
        render_parameters(out, genesis);
        json_out_end(out);
    }
    arena_free(&arena);
    return err;
}

const struct document_form certificate_form = {.format = "seam-certificate-1",
                                               .bytes_key = "proof",
                                               .limit = LIMIT_CERTIFICATE,
                                               .render = certificate_render};

const struct document_form genesis_form = {.format = "seam-genesis-1",
                                           .bytes_key = "genesis",
                                           .chain_id = true,
                                           .limit = LIMIT_GENESIS,
                                           .render = genesis_render};
