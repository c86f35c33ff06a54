/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/load/sign.h"

#include <assert.h>
#include <string.h>

#include "ledger/chain/types.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"

static ProtobufCBinaryData data_of(struct bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

static void key_id_of(struct hash *out, const struct sign_key *key)
{
    sign_key_id(out, SUITE_ED25519_SHA256, bytes_of(key->public_key, sizeof key->public_key));
}

static enum err seal(struct bytes *out, const struct load_sender *sender, struct bytes body,
                     struct bytes detached, size_t count, struct arena *arena)
{
    struct hash ids[LOAD_KEYS];
    uint8_t values[LOAD_KEYS][SIGNATURE_SIZE];
    Seam__Signature signatures[LOAD_KEYS];
    Seam__Signature *list[LOAD_KEYS];
    struct bytes message;
    const enum err err = exec_signed_message(&message, &sender->chain_id, body, arena);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        key_id_of(&ids[i], &sender->keys[i]);
        sign_message(values[i], &sender->keys[i], message);
        seam__signature__init(&signatures[i]);
        signatures[i].key_id = data_of(hash_bytes(&ids[i]));
        signatures[i].sig = data_of(bytes_of(values[i], SIGNATURE_SIZE));
        list[i] = &signatures[i];
    }
    if (count == 2 && memcmp(ids[0].bytes, ids[1].bytes, HASH_SIZE) > 0) {
        list[0] = &signatures[1];
        list[1] = &signatures[0];
    }
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body = data_of(body);
    transaction.n_signatures = count;
    transaction.signatures = list;
    transaction.detached = data_of(detached);
    return message_pack(out, &transaction.base, arena);
}

enum err load_sign(struct bytes *out, const struct load_sender *sender, const char *name,
                   const ProtobufCMessage *payload, struct bytes detached, struct arena *arena)
{
    const struct rule_row *row = exec_row_by_name(name);
    struct bytes packed;
    struct bytes bytes;
    assert(row != NULL);
    assert(row->signatures >= 1 && row->signatures <= LOAD_KEYS);
    enum err err = message_pack(&packed, payload, arena);
    if (err == OK) {
        Seam__Body body = SEAM__BODY__INIT;
        body.type = row->type;
        body.organisation = (char *)(uintptr_t)sender->organisation;
        body.valid_until_ms = sender->valid_until_ms;
        body.payload = data_of(packed);
        err = message_pack(&bytes, &body.base, arena);
    }
    return err == OK ? seal(out, sender, bytes, detached, row->signatures, arena) : err;
}

const struct sign_key *load_sign_key(const struct load_sender *senders, size_t count,
                                     const struct hash *key_id)
{
    for (size_t i = 0; i < count * LOAD_KEYS; i++) {
        const struct sign_key *key = &senders[i / LOAD_KEYS].keys[i % LOAD_KEYS];
        struct hash id;
        key_id_of(&id, key);
        if (hash_equal(&id, key_id)) {
            return key;
        }
    }
    return NULL;
}
