/* SPDX-License-Identifier: Apache-2.0 */
/* The token [KSSJ 9.2.4] and what the node says about itself. */

#include "api/operations.h"

#include "api/checker.h"

#include <string.h>

static const char *text_of(struct call *call, const char *key)
{
    return json_node_text(json_node_get(call->root, key));
}

static enum err give_token(struct call *call)
{
    char token[TOKEN_SIZE + 1];
    const enum err err =
        token_get(token, call->api->tokens, text_of(call, "platkey"),
                  text_of(call, "platkeysecret"), text_of(call, "optype"), call->started_ms);
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_object(&call->data);
    json_out_field_text(&call->data, "access_token", token);
    json_out_end(&call->data);
    return OK;
}

void op_finish_token(struct call *call)
{
    call_finish(call, give_token(call));
}

enum err op_get_token(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"platkey", "platkeysecret", "optype", NULL};
    const enum err err = call_only(call, keys);
    if (err != OK) {
        return err;
    }
    /* Each field has a code of its own, whatever is wrong with it. */
    const char *platkey = text_of(call, "platkey");
    if (platkey != NULL && strlen(platkey) == ACCESS_PLATKEY_SIZE) {
        memcpy(call->platkey, platkey, ACCESS_PLATKEY_SIZE);
    }
    if (token_cheap(call->api->tokens, platkey, text_of(call, "platkeysecret"),
                    text_of(call, "optype"))) {
        return give_token(call);
    }
    return checker_take(call->api->checker, call) ? OK
                                                  : call_fail(call, ERR_BUSY, NULL, NULL, NULL);
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
