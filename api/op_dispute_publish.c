/* SPDX-License-Identifier: Apache-2.0 */
/* Publication, and the case as a file of its own. The lines that a publication shows are looked up
 * here, each with its path to the root that was signed; what is not named stays masked. */

#include "api/op_dispute.h"

#include "api/submit.h"
#include "ledger/assurance/dispute_lines.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/field_check.h"
#include "ledger/crypto/tags.h"
#include "ledger/query/case_verify.h"

#include <string.h>

#define CASE_ARENA ((size_t)512 << 20)

/* --- lines to show ---------------------------------------------------------------------------- */

struct named_line {
    const char *list;
    int64_t part;
    int64_t index;
};

static enum err read_named(struct call *call, const struct json_node *node, struct named_line *out)
{
    const bool numbers = json_node_integer(json_node_get(node, "part"), &out->part) &&
                         json_node_integer(json_node_get(node, "index"), &out->index);
    out->list = json_node_text(json_node_get(node, "list"));
    if (!numbers || out->list == NULL || out->part < 1 || out->index < 0) {
        return call_fail(call, ERR_TYPE, "show",
                         "{\"list\": \"CLAIMS\" or \"DECISION\", \"part\": 1.., \"index\": 0..}",
                         NULL);
    }
    return OK;
}

/* The transaction whose lines are meant, and how they are hashed. */
static enum err find_list(struct call *call, const Seam__DisputeRecord *record,
                          const struct named_line *named, ProtobufCBinaryData *tx_id,
                          const char **tag)
{
    const uint64_t at = (uint64_t)named->part - 1;
    if (strcmp(named->list, "CLAIMS") == 0 && at < record->n_claimants) {
        *tx_id = record->claimants[at]->tx_id;
        *tag = TAG_DISPUTE_CLAIM;
        return OK;
    }
    if (strcmp(named->list, "DECISION") == 0 && at < record->n_decisions &&
        record->decisions[at]->line_count > 0) {
        *tx_id = record->decisions[at]->tx_id;
        *tag = TAG_DECISION_LINE;
        return OK;
    }
    return call_fail(call, ERR_ABSENT, "show", named->list, "no such list of this dispute");
}

static enum err make_path(struct call *call, const Seam__DisputeLines *lines, const char *tag,
                          Seam__ShownLine *shown)
{
    struct hash *leaves = arena_alloc(&call->arena, lines->n_lines * sizeof *leaves);
    struct merkle_path *path = arena_alloc(&call->arena, sizeof *path);
    enum err err = leaves == NULL || path == NULL ? ERR_MEMORY : OK;
    for (size_t i = 0; err == OK && i < lines->n_lines; i++) {
        /* The root of one leaf is the leaf. */
        Seam__DisputeLines one = SEAM__DISPUTE_LINES__INIT;
        one.n_lines = 1;
        one.lines = &lines->lines[i];
        err = dispute_lines_root(&leaves[i], tag, &one, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    merkle_path_of(path, shown->index, leaves, lines->n_lines);
    shown->path = arena_alloc(&call->arena, (path->count + (size_t)1) * sizeof *shown->path);
    if (shown->path == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    shown->n_path = path->count;
    for (size_t i = 0; i < path->count; i++) {
        shown->path[i] = (ProtobufCBinaryData){HASH_SIZE, path->siblings[i].bytes};
    }
    return OK;
}

static enum err show_line(struct call *call, struct query *query, const Seam__DisputeRecord *record,
                          const struct json_node *node, Seam__ShownLine **out)
{
    struct named_line named;
    ProtobufCBinaryData tx_id = {0};
    const char *tag = NULL;
    const Seam__DisputeLines *lines = NULL;
    Seam__ShownLine *shown = arena_alloc(&call->arena, sizeof *shown);
    enum err err = read_named(call, node, &named);
    if (err == OK && shown == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    if (err == OK) {
        err = find_list(call, record, &named, &tx_id, &tag);
    }
    if (err == OK) {
        err = dispute_lines_of(call, query, tx_id, &lines);
    }
    if (err != OK) {
        return err;
    }
    if ((uint64_t)named.index >= lines->n_lines) {
        return call_fail(call, ERR_RANGE, "show", NULL, "no such line in this list");
    }
    seam__shown_line__init(shown);
    shown->list = (char *)(uintptr_t)named.list;
    shown->part = (uint32_t)named.part;
    shown->index = (uint32_t)named.index;
    shown->leaf = lines->lines[named.index];
    *out = shown;
    return make_path(call, lines, tag, shown);
}

/* Lines are the regulator's to show; the rule asks again who sends it. */
static enum err fill_shown(struct call *call, struct query *query, Seam__DisputePublish *publish)
{
    const struct json_node *list = json_node_get(call->root, "show");
    const Seam__DisputeRecord *record = NULL;
    const Seam__OrganisationRecord *caller = NULL;
    const size_t count = json_node_count(list);
    if (list == NULL) {
        return OK;
    }
    if (json_node_kind(list) != JSON_KIND_ARRAY || count > DISPUTE_SHOWN_MAX) {
        return call_fail(call, ERR_TYPE, "show", "a list of at most 100 lines", NULL);
    }
    enum err err = call_organisation(call, query, &caller);
    if (err == OK) {
        err = dispute_find(call, query, publish->dispute, &record);
    }
    if (err != OK) {
        return err;
    }
    if ((caller->roles & ROLE_REGULATOR) == 0) {
        return call_fail(call, ERR_ROLE, "dispute", NULL, "the regulator publishes");
    }
    publish->shown = arena_alloc(&call->arena, (count + 1) * sizeof *publish->shown);
    if (publish->shown == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    publish->n_shown = 0;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = show_line(call, query, record, json_node_at(list, i), &publish->shown[i]);
        publish->n_shown += err == OK ? 1 : 0;
    }
    return err;
}

enum err op_publish_dispute(struct call *call, const struct rule_row *row)
{
    const char *keys[16] = {"show"};
    ProtobufCMessage *payload = NULL;
    struct query *query = NULL;
    row = exec_row_by_name("DISPUTE_PUBLISH");
    for (size_t i = 0; submit_keys[i] != NULL; i++) {
        keys[i + 1] = submit_keys[i];
    }
    enum err err = errors_new(&call->errors, &call->arena);
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, keys,
                              &call->arena, &call->errors);
    }
    if (err == OK) {
        err = dispute_newest(call, &query);
    }
    if (err == OK) {
        err = fill_shown(call, query, (Seam__DisputePublish *)payload);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    query_close(query);
    return err == OK ? submit_payload(call, row, payload, bytes_of(NULL, 0), NULL) : err;
}

/* --- the case --------------------------------------------------------------------------------- */

/* The bundle as its file, in the call's arena; what it takes to cut one is given back at once. */
static enum err case_text(struct bytes *out, struct call *call, struct query *query,
                          const char *dispute)
{
    struct arena arena;
    struct bytes bundle;
    struct bytes text;
    if (query_view(query) == NULL) {
        return call_fail(call, ERR_ABSENT, "dispute", NULL, "this node has no chain to prove from");
    }
    arena_init(&arena, CASE_ARENA);
    enum err err = case_bundle_build(&bundle, query, dispute, &arena, &call->detail);
    if (err == OK) {
        err = document_write(&text, &bundle_form, bundle, &arena, &call->detail);
    }
    if (err == OK && text.size > CALL_ANSWER / 4 * 3) {
        err = err_set(&call->detail, ERR_TOO_LARGE, "dispute", NULL, NULL,
                      "the proofs are larger than an answer may be");
    }
    if (err == OK && !arena_copy(&call->arena, text, out)) {
        err = ERR_MEMORY;
    }
    arena_free(&arena);
    return err;
}

static enum err answer_bundle(struct call *call, struct query *query, void *wanted)
{
    struct json_out *out = &call->data;
    struct bytes text;
    const enum err err = case_text(&text, call, query, wanted);
    if (err != OK) {
        return call->detail.err == err ? err : call_fail(call, err, "dispute", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_text(out, "dispute", wanted);
    json_out_field_uint(out, "at", query_height(query));
    json_out_key(out, "bundle");
    json_out_text_bytes(out, text);
    json_out_end(out);
    return OK;
}

enum err op_get_case_bundle(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"dispute", "at", NULL};
    const char *dispute = NULL;
    const enum err err = call_text(call, "dispute", true, &dispute);
    return err == OK ? dispute_run(call, keys, answer_bundle, (void *)(uintptr_t)dispute) : err;
}
