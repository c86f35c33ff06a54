/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_anchor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "ledger/proto/governance.pb-c.h"
#include "ledger/proto/tx.pb-c.h"

#define ANCHOR_NAME "AUDIT_ANCHOR"

static enum err body_of(struct bytes *out, const struct bench_sender *sender, uint64_t number,
                        size_t note, struct arena *arena)
{
    char log[32];
    char text[BENCH_NOTE_MAX + 1];
    uint8_t head[HASH_SIZE] = {0};
    struct bytes packed;
    (void)snprintf(log, sizeof log, "load-%012" PRIu64, number);
    memset(text, 'n', note);
    text[note] = '\0';
    for (size_t i = 0; i < sizeof number; i++) {
        head[i] = (uint8_t)(number >> (8 * i));
    }
    Seam__AuditAnchor payload = SEAM__AUDIT_ANCHOR__INIT;
    payload.log = log;
    payload.first = 1;
    payload.last = 1;
    payload.head = (ProtobufCBinaryData){.len = sizeof head, .data = head};
    payload.note = text;
    const enum err err = message_pack(&packed, &payload.base, arena);
    if (err != OK) {
        return err;
    }
    Seam__Body body = SEAM__BODY__INIT;
    body.type = exec_row_by_name(ANCHOR_NAME)->type;
    body.organisation = (char *)(uintptr_t)sender->organisation;
    body.valid_until_ms = sender->valid_until_ms;
    body.payload = (ProtobufCBinaryData){.len = packed.size, .data = (uint8_t *)packed.data};
    return message_pack(out, &body.base, arena);
}

static enum err sign(struct bytes *out, const struct bench_sender *sender, struct bytes body,
                     struct arena *arena)
{
    struct hash key_id;
    struct bytes message;
    uint8_t value[SIGNATURE_SIZE];
    const enum err err = exec_signed_message(&message, &sender->chain_id, body, arena);
    if (err != OK) {
        return err;
    }
    sign_message(value, &sender->key, message);
    sign_key_id(&key_id, SUITE_ED25519_SHA256,
                bytes_of(sender->key.public_key, sizeof sender->key.public_key));
    Seam__Signature signature = SEAM__SIGNATURE__INIT;
    Seam__Signature *list[] = {&signature};
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    signature.key_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = key_id.bytes};
    signature.sig = (ProtobufCBinaryData){.len = sizeof value, .data = value};
    transaction.body = (ProtobufCBinaryData){.len = body.size, .data = (uint8_t *)body.data};
    transaction.n_signatures = 1;
    transaction.signatures = list;
    return message_pack(out, &transaction.base, arena);
}

enum err bench_anchor_make(struct bytes *out, const struct bench_sender *sender, uint64_t number,
                           size_t note, struct arena *arena)
{
    struct bytes body;
    const enum err err =
        note > BENCH_NOTE_MAX ? ERR_RANGE : body_of(&body, sender, number, note, arena);
    return err == OK ? sign(out, sender, body, arena) : err;
}

enum err bench_anchor_note(size_t *note, const struct bench_sender *sender, size_t size,
                           struct arena *arena)
{
    struct bytes with;
    const enum err err = bench_anchor_make(&with, sender, 0, 1, arena);
    if (err != OK) {
        return err;
    }
    const size_t room = size > with.size ? size - with.size + 1 : 0;
    *note = room < BENCH_NOTE_MAX ? room : BENCH_NOTE_MAX;
    return OK;
}
