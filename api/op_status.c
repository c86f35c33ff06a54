/* SPDX-License-Identifier: Apache-2.0 */
/* The token [KSSJ 9.2.4] and what the node says about itself. */

#include "api/operations.h"

#include <string.h>

enum err op_get_token(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"platkey", "platkeysecret", "optype", NULL};
    char token[TOKEN_SIZE + 1];
    enum err err = call_only(call, keys);
    if (err != OK) {
        return err;
    }
    /* Each field has a code of its own, whatever is wrong with it. */
    const char *platkey = json_node_text(json_node_get(call->root, "platkey"));
    const char *secret = json_node_text(json_node_get(call->root, "platkeysecret"));
    const char *optype = json_node_text(json_node_get(call->root, "optype"));
    if (platkey != NULL && strlen(platkey) == ACCESS_PLATKEY_SIZE) {
        memcpy(call->platkey, platkey, ACCESS_PLATKEY_SIZE);
    }
    err = token_get(token, call->api->tokens, platkey, secret, optype, call->started_ms);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_object(&call->data);
    json_out_field_text(&call->data, "access_token", token);
    json_out_end(&call->data);
    return OK;
}

enum err op_get_status(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {NULL};
    const struct api_node *node = call->api->node;
    const enum err err = call_only(call, keys);
    if (err != OK) {
        return err;
    }
    char why[API_WHY_SIZE] = "";
    const bool ready = node->ready(node->context, why);
    struct json_out *out = &call->data;
    json_out_object(out);
    json_out_field_text(out, "version", "v1");
    json_out_field_hash(out, "chain_id", &node->chain_id);
    json_out_field_bool(out, "ready", ready);
    json_out_field_text(out, "not_ready_why", ready ? NULL : why);
    json_out_field_time(out, "time", call->started_ms);
    json_out_field_uint(out, "token_lifetime_ms", token_lifetime(call->api->tokens));
    json_out_field_text(out, "organisation", call->caller->organisation);
    json_out_field_bool(out, "can_sign", call->caller->can_sign);
    node->status(node->context, out);
    json_out_end(out);
    return OK;
}
