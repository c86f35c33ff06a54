/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads are decoded by the row of their type, so a new type is shown without a line here. */

#include "api/show.h"

#include "ledger/codec/message.h"

#define SHOW_ARENA (16 * LIMIT_TX)

void show_header(struct json_out *out, const struct header *header, const struct hash *id)
{
    json_out_field_uint(out, "height", header->height);
    json_out_field_hash(out, "block", id);
    json_out_field_time(out, "time", header->time_ms);
    json_out_field_uint(out, "epoch", header->epoch);
    json_out_field_uint(out, "view", header->view);
    json_out_field_uint(out, "proposer", header->proposer);
    json_out_field_uint(out, "rules_version", header->version);
    json_out_field_hash(out, "parent", &header->parent_id);
    json_out_field_hash(out, "tx_root", &header->tx_root);
    json_out_field_hash(out, "state_root", &header->state_root);
    json_out_field_hash(out, "receipts_root", &header->receipts_root);
    json_out_field_hash(out, "history_root", &header->history_root);
    json_out_field_hash(out, "validators", &header->valset_hash);
    json_out_field_uint(out, "tx_count", header->tx_count);
    json_out_field_uint(out, "body_size", header->body_size);
}

void show_payload(struct json_out *out, const struct api *api, const Seam__Body *body,
                  struct arena *arena)
{
    const struct rule_row *row = exec_row(body->type);
    const struct bytes bytes = {body->payload.data, body->payload.len};
    ProtobufCMessage *payload = NULL;
    if (row != NULL &&
        message_unpack(&payload, row->payload, bytes, LIMIT_TX_BODY, arena, NULL) == OK) {
        json_out_message(out, payload, &api->fields);
    } else {
        json_out_hex(out, bytes);
    }
}

void show_transaction(struct json_out *out, const struct api *api, const struct query_tx *tx)
{
    struct arena arena;
    const struct rule_row *row = exec_row(tx->body->type);
    arena_init(&arena, SHOW_ARENA);
    json_out_field_hash(out, "transaction", &tx->tx_id);
    json_out_field_uint(out, "height", tx->height);
    json_out_field_uint(out, "index", tx->index);
    json_out_field_time(out, "time", tx->time_ms);
    json_out_field_uint(out, "type", tx->body->type);
    json_out_field_text(out, "name", row != NULL ? row->name : NULL);
    json_out_field_text(out, "organisation", tx->body->organisation);
    json_out_field_time(out, "valid_until", tx->body->valid_until_ms);
    json_out_field_array(out, "signed_by");
    for (size_t i = 0; i < tx->message->n_signatures; i++) {
        const ProtobufCBinaryData *key = &tx->message->signatures[i]->key_id;
        json_out_hex(out, bytes_of(key->data, key->len));
    }
    json_out_end(out);
    json_out_key(out, "payload");
    show_payload(out, api, tx->body, &arena);
    arena_free(&arena);
}
