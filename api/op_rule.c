/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction type declared by a rule table is an operation: the request is its payload. */

#include "api/operations.h"

#include "api/submit.h"
#include "ledger/codec/field_check.h"

#include <assert.h>

#define KEYS_MAX 16

/* What the body only names by a hash comes beside it, under "detached" (decision D3). */
static enum err read_detached(struct call *call, const struct rule_row *row, struct bytes *out)
{
    const struct json_node *node = json_node_get(call->root, "detached");
    ProtobufCMessage *message = NULL;
    if (row->detached == NULL || node == NULL) {
        return node == NULL ? OK
                            : call_fail(call, ERR_UNKNOWN_FIELD, "detached", NULL,
                                        "this operation has no detached part");
    }
    if (json_node_kind(node) != JSON_KIND_OBJECT) {
        return call_fail(call, ERR_TYPE, "detached", "an object", NULL);
    }
    enum err err = json_in_message(&message, row->detached, &call->api->fields, node, NULL,
                                   &call->arena, &call->errors);
    if (err == OK) {
        err = field_check(message, &call->api->fields, &call->arena, &call->errors);
    }
    return err == OK ? message_pack(out, message, &call->arena) : err;
}

enum err op_rule(struct call *call, const struct rule_row *row)
{
    const char *keys[KEYS_MAX] = {"detached"};
    ProtobufCMessage *payload = NULL;
    struct bytes detached = {NULL, 0};
    for (size_t i = 0; submit_keys[i] != NULL; i++) {
        assert(i + 2 < KEYS_MAX);
        keys[i + 1] = submit_keys[i];
    }
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, keys,
                              &call->arena, &call->errors);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    if (err == OK) {
        err = read_detached(call, row, &detached);
    }
    return err == OK ? submit_payload(call, row, payload, detached, NULL) : err;
}
