/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses a message type. What is accepted must pack to the same bytes, and survive
 * the way through JSON. */

#include "ledger/base/limits.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/genesis.pb-c.h"
#include "ledger/proto/governance.pb-c.h"
#include "ledger/proto/peer.pb-c.h"
#include "ledger/proto/tx.pb-c.h"
#include "tests/fuzz/fuzz.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &seam__transaction__descriptor,       &seam__body__descriptor,
    &seam__calculation_file__descriptor,  &seam__account__descriptor,
    &seam__account_lines__descriptor,     &seam__parameter_set__descriptor,
    &seam__genesis__descriptor,           &seam__organisation_register__descriptor,
    &seam__facility_register__descriptor, &seam__jurisdiction_set__descriptor,
    &seam__receipt__descriptor,           &seam__recent_count__descriptor,
};

/* JSON cannot say integers beyond 2^53 - 1; everything else must come back. */
static void through_json(const ProtobufCMessage *message, struct bytes packed, struct arena *arena)
{
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_COMPACT, 64 * 1024 * 1024);
    json_out_message(&out, message, NULL);
    if (json_out_finish(&out, &text) == OK) {
        struct json_doc *doc = NULL;
        check(json_doc_read(&doc, text, SIZE_MAX, NULL) == OK);
        struct err_detail detail;
        struct errors errors;
        errors_init(&errors, &detail, 1);
        ProtobufCMessage *again = NULL;
        const enum err err = json_in_message(&again, message->descriptor, NULL, json_doc_root(doc),
                                             NULL, arena, &errors);
        struct bytes bytes;
        if (err == OK && message_pack(&bytes, again, arena) == OK) {
            /* X and X_list both set have one key: only one of them comes back. */
            check(bytes_equal(bytes, packed) || bytes.size < packed.size);
        }
        json_doc_free(doc);
    }
    json_out_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const ProtobufCMessageDescriptor *type = types[data[0] % (sizeof types / sizeof types[0])];
    const struct bytes in = {data + 1, size - 1};
    struct arena arena;
    struct err_detail detail = {0};
    ProtobufCMessage *message = NULL;
    arena_init(&arena, 8 * 1024 * 1024);
    if (message_unpack(&message, type, in, LIMIT_TX, &arena, &detail) == OK) {
        struct bytes packed;
        const enum err err = message_pack(&packed, message, &arena);
        check(err == ERR_MEMORY || (err == OK && bytes_equal(packed, in)));
        through_json(message, in, &arena);
    }
    arena_free(&arena);
    return 0;
}
