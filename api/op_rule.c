/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction type declared by a rule table is an operation: the request is its payload. */

#include "api/operations.h"

#include "api/submit.h"
#include "ledger/codec/field_check.h"

enum err op_rule(struct call *call, const struct rule_row *row)
{
    ProtobufCMessage *payload = NULL;
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, submit_keys,
                              &call->arena, &call->errors);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    if (err != OK) {
        return err;
    }
    return submit_payload(call, row, payload, (struct bytes){NULL, 0}, NULL);
}
