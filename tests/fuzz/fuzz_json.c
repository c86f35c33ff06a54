/* SPDX-License-Identifier: Apache-2.0 */
/* A document that is accepted must be written and read again to the same text, and may be offered
 * to any message. */

#include "ledger/base/limits.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"
#include "tests/fuzz/fuzz.h"

static void offer(const struct json_node *root, const ProtobufCMessageDescriptor *type)
{
    struct arena arena;
    struct errors errors;
    ProtobufCMessage *message = NULL;
    arena_init(&arena, 4 * 1024 * 1024);
    if (errors_new(&errors, &arena) == OK &&
        json_in_message(&message, type, NULL, root, NULL, &arena, &errors) == OK) {
        struct bytes packed;
        check(message_pack(&packed, message, &arena) != ERR_TEXT);
        check(field_check(message, NULL, &arena, &errors) != ERR_RANGE);
    }
    arena_free(&arena);
}

static void write_again(const struct json_node *root, size_t size)
{
    struct json_out first;
    struct json_out second;
    struct bytes text;
    struct bytes again;
    struct json_doc *doc = NULL;
    json_out_init(&first, JSON_OUT_COMPACT, 8 * size + 64);
    json_out_init(&second, JSON_OUT_COMPACT, 8 * size + 64);
    json_node_write(&first, root);
    const enum err err = json_out_finish(&first, &text);
    check(err == OK || err == ERR_FLOAT || err == ERR_RANGE);
    if (err == OK) {
        check(json_doc_read(&doc, text, SIZE_MAX, NULL) == OK);
        json_node_write(&second, json_doc_root(doc));
        check(json_out_finish(&second, &again) == OK && bytes_equal(text, again));
        json_doc_free(doc);
    }
    json_out_free(&first);
    json_out_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc = NULL;
    struct err_detail detail = {0};
    if (json_doc_read(&doc, bytes_of(data, size), LIMIT_HTTP_BODY, &detail) != OK) {
        return 0;
    }
    write_again(json_doc_root(doc), size);
    offer(json_doc_root(doc), &seam__calculation_file__descriptor);
    offer(json_doc_root(doc), &seam__organisation_register__descriptor);
    offer(json_doc_root(doc), &seam__jurisdiction_set__descriptor);
    json_doc_free(doc);
    return 0;
}
