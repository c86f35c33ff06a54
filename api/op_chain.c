/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks and transactions, in and out. */

#include "api/operations.h"

#include "api/show.h"
#include "api/submit.h"
#include "ledger/codec/base64.h"

#include <string.h>

static enum err write_block(struct call *call, struct query *query, uint64_t height)
{
    struct json_out *out = &call->data;
    struct query_block block;
    enum err err = query_block(&block, query, height, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "height", NULL, NULL);
    }
    json_out_object(out);
    show_header(out, &block.header, &block.id);
    json_out_field_array(out, "transactions");
    for (uint32_t i = 0; i < block.header.tx_count; i++) {
        struct arena arena; /* one transaction at a time: a block holds ten thousand */
        struct query_tx tx;
        arena_init(&arena, 16 * LIMIT_TX);
        err = query_block_tx(&tx, &block, i, &arena);
        if (err == OK) {
            json_out_object(out);
            show_transaction(out, call->api, &tx);
            json_out_end(out);
        }
        arena_free(&arena);
        if (err != OK) {
            return call_fail(call, err, NULL, NULL, NULL);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}

enum err op_get_block(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"height", NULL};
    int64_t height = 0;
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_number(call, "height", true, &height);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write_block(call, query, (uint64_t)height);
    query_close(query);
    return err;
}

/* Not in the ledger: in the pool, with the reason, or nowhere. */
static enum err write_pending(struct call *call, const struct hash *tx_id)
{
    const struct api_node *node = call->api->node;
    char why[API_WHY_SIZE] = "";
    if (!node->pending(node->context, tx_id, why)) {
        return call_fail(call, ERR_ABSENT, "transaction", NULL, NULL);
    }
    json_out_object(&call->data);
    json_out_field_hash(&call->data, "transaction", tx_id);
    json_out_field_text(&call->data, "state", "ACCEPTED");
    json_out_field_text(&call->data, "waits_for", why);
    json_out_end(&call->data);
    return OK;
}

enum err op_get_transaction(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"transaction", NULL};
    struct hash tx_id;
    bool given = false;
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_hash(call, "transaction", true, &tx_id, &given);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    struct query_tx tx;
    err = query_tx(&tx, query, &tx_id, &call->arena);
    if (err == OK) {
        json_out_object(&call->data);
        json_out_field_text(&call->data, "state", "FINAL");
        show_transaction(&call->data, call->api, &tx);
        json_out_end(&call->data);
    }
    query_close(query);
    if (err == ERR_ABSENT) {
        return write_pending(call, &tx_id);
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* Hexadecimal digits or base64: a Transaction begins with the byte 0x0a, that is "0a" or "Cg", so
 * the two are never mistaken for each other. */
static enum err read_raw(struct call *call, const char *text, const char *field, struct bytes *out)
{
    const struct bytes in = bytes_text(text);
    enum err err = ERR_PARSE;
    if (in.size >= 2 && text[0] == '0') {
        uint8_t *raw = arena_alloc(&call->arena, in.size / 2 + 1);
        err = raw == NULL                                            ? ERR_MEMORY
              : in.size % 2 == 0 && hex_decode(raw, in.size / 2, in) ? OK
                                                                     : ERR_PARSE;
        *out = (struct bytes){raw, in.size / 2};
    } else {
        err = base64_read(out, in, &call->arena);
    }
    if (err == OK && out->size > LIMIT_TX) {
        err = ERR_TOO_LARGE;
    }
    return err == OK ? OK : call_fail(call, err, field, "base64 or hexadecimal digits", NULL);
}

enum err op_submit_transaction(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"transaction", "wait", NULL};
    const char *text = NULL;
    struct bytes raw = {NULL, 0};
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "transaction", true, &text);
    }
    if (err == OK) {
        err = read_raw(call, text, "transaction", &raw);
    }
    return err == OK ? submit_raw(call, raw, (struct bytes){NULL, 0}, NULL) : err;
}

enum err op_submit_batch(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"transactions", "wait", NULL};
    const struct json_node *list = json_node_get(call->root, "transactions");
    const size_t count = json_node_count(list);
    enum err err = call_only(call, keys);
    if (err != OK) {
        return err;
    }
    if (json_node_kind(list) != JSON_KIND_ARRAY || count == 0 || count > LIMIT_HTTP_BATCH) {
        return call_fail(call, ERR_LENGTH, "transactions", "a list of 1 to 1000", NULL);
    }
    struct bytes *raws = arena_alloc(&call->arena, count * sizeof *raws);
    if (raws == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; i < count && err == OK; i++) {
        const char *text = json_node_text(json_node_at(list, i));
        err = text == NULL ? call_fail(call, ERR_TYPE, "transactions", "texts", NULL)
                           : read_raw(call, text, "transactions", &raws[i]);
    }
    return err == OK ? submit_batch(call, raws, NULL, count, NULL) : err;
}
