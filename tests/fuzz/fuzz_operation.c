/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an HTTP call: the first byte chooses the rule, the rest is the JSON that was sent.
 * What is taken becomes a payload in canonical bytes, or errors that name fields. */

#include "api/fields.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "tests/fuzz/fuzz.h"

static void take(const ProtobufCMessageDescriptor *type, const struct field_table *fields,
                 const struct json_node *node, struct arena *arena)
{
    struct errors errors;
    ProtobufCMessage *message = NULL;
    struct bytes packed;
    ProtobufCMessage *again = NULL;
    if (errors_new(&errors, arena) != OK) {
        return;
    }
    enum err err = json_in_message(&message, type, fields, node, NULL, arena, &errors);
    if (err == OK) {
        err = field_check(message, fields, arena, &errors);
    }
    check(err == OK || err == ERR_MEMORY || errors.count > 0);
    if (err == OK && message_pack(&packed, message, arena) == OK) {
        struct bytes twice;
        check(message_unpack(&again, type, packed, 65536, arena, NULL) != ERR_NOT_CANONICAL);
        if (again != NULL) {
            check(message_pack(&twice, again, arena) != OK || bytes_equal(packed, twice));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct field_table fields;
    if (fields.count == 0) {
        check(fields_join(&fields) == OK);
    }
    if (size < 1 || size > 65536) {
        return 0;
    }
    size_t count = 0;
    const struct rule_row *const *rows = exec_rows(&count);
    const struct rule_row *row = rows[data[0] % count];
    struct arena arena;
    struct json_doc *doc = NULL;
    arena_init(&arena, (size_t)32 << 20);
    if (json_doc_read(&doc, bytes_of(data + 1, size - 1), 65536, NULL) == OK) {
        const struct json_node *root = json_doc_root(doc);
        if (json_node_kind(root) == JSON_KIND_OBJECT) {
            take(row->payload, &fields, root, &arena);
            if (row->detached != NULL) {
                take(row->detached, &fields, root, &arena);
            }
        }
        json_doc_free(doc);
    }
    arena_free(&arena);
    return 0;
}
