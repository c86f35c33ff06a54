/* SPDX-License-Identifier: Apache-2.0 */
/* The passport of a lot and its proofs. The readable part says what the proven part holds: who
 * doubts it verifies the bundle, which needs the founding document and nothing else. */

#include "api/op_lot.h"

#include "api/lot_show.h"
#include "ledger/query/lot_passport.h"

#include <string.h>

#define BUNDLE_ARENA ((size_t)512 << 20)

/* --- proofs ----------------------------------------------------------------------------------- */

/* The bundle as its file, in the call's arena; what it takes to cut one is given back at once. */
static enum err bundle_text(struct bytes *out, struct call *call, struct query *query,
                            const char *lot)
{
    struct arena arena;
    struct bytes bundle;
    struct bytes text;
    if (query_view(query) == NULL) {
        return call_fail(call, ERR_ABSENT, "lot", NULL, "this node has no chain to prove from");
    }
    arena_init(&arena, BUNDLE_ARENA);
    enum err err = lot_bundle_build(&bundle, query, lot, NULL, 0, &arena, &call->detail);
    if (err == OK) {
        err = document_write(&text, &bundle_form, bundle, &arena, &call->detail);
    }
    if (err == OK && text.size > CALL_ANSWER / 4 * 3) {
        err = err_set(&call->detail, ERR_TOO_LARGE, "lot", NULL, NULL,
                      "the proofs are larger than an answer may be");
    }
    if (err == OK && !arena_copy(&call->arena, text, out)) {
        err = ERR_MEMORY;
    }
    arena_free(&arena);
    return err;
}

static enum err answer_bundle(struct call *call, struct query *query, void *context)
{
    struct json_out *out = &call->data;
    struct bytes text;
    const enum err err = bundle_text(&text, call, query, context);
    if (err != OK) {
        return call->detail.err == err ? err : call_fail(call, err, "lot", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_text(out, "lot", context);
    json_out_field_uint(out, "at", query_height(query));
    json_out_key(out, "bundle");
    json_out_text_bytes(out, text);
    json_out_end(out);
    return OK;
}

enum err op_get_lot_bundle(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot", "at", NULL};
    const char *lot = NULL;
    const enum err err = call_text(call, "lot", true, &lot);
    return err == OK ? op_lot_run(call, keys, answer_bundle, (void *)(uintptr_t)lot) : err;
}

/* --- the passport ----------------------------------------------------------------------------- */

struct passport_wanted {
    const char *lot;
    bool bundle;
};

static void write_origins(struct json_out *out, const struct lot_passport *passport)
{
    json_out_field_array(out, "mined");
    for (size_t i = 0; i < passport->origin_count; i++) {
        const struct lot_node *node = &passport->trace.nodes[passport->origins[i]];
        json_out_object(out);
        json_out_field_text(out, "lot", node->lot->lot);
        json_out_field_text(out, "facility", node->lot->facility);
        json_out_field_text(out, "month", node->lot->month);
        lot_show_share(out, "share", node->share);
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_balances(struct json_out *out, const struct lot_passport *passport)
{
    json_out_field_array(out, "balances");
    for (size_t i = 0; i < passport->balance_count; i++) {
        const struct lot_balance_line *line = &passport->balances[i];
        json_out_object(out);
        if (line->event != NULL) {
            json_out_field_hex(out, "event",
                               bytes_of(line->event->event_id.data, line->event->event_id.len));
            json_out_field_text(out, "type", lot_show_type(line->event->type));
        } else {
            json_out_field_text(out, "lot", line->lot);
        }
        lot_show_tonnes(out, "inputs", line->inputs_kg);
        lot_show_tonnes(out, "outputs", line->outputs_kg);
        lot_show_tonnes(out, "losses", line->losses_kg);
        lot_show_tonnes(out, "residual", line->residual_kg);
        json_out_field_int(out, "dry_residual_dg", line->dry_residual_dg);
        if (line->tolerance_ppm >= 0) {
            lot_show_ppm(out, "tolerance", (uint32_t)line->tolerance_ppm);
        }
        json_out_field_bool(out, "within", line->within);
        json_out_end(out);
    }
    json_out_end(out);
}

static void write_events(struct json_out *out, const struct lot_passport *passport)
{
    json_out_field_array(out, "events");
    for (size_t i = 0; i < passport->event_count; i++) {
        json_out_object(out);
        json_out_field_bool(out, "own", passport->events[i].own);
        lot_show_event(out, passport->events[i].event);
        json_out_end(out);
    }
    json_out_end(out);
}

/* Opinions and disputes of the accounts behind the lot, each named once with what it touches. */
static void write_assurance(struct json_out *out, const struct lot_footprint *footprint)
{
    static const char *const names[] = {"opinions", "disputes"};
    for (int kind = 0; kind < 2; kind++) {
        json_out_field_array(out, names[kind]);
        for (size_t i = 0; i < footprint->source_count; i++) {
            const struct lot_pool *pool = footprint->sources[i].now;
            const char *id = kind == 0 ? pool->opinion : pool->dispute;
            if (id == NULL || id[0] == '\0') {
                continue;
            }
            json_out_object(out);
            json_out_field_text(out, "id", id);
            json_out_field_text(out, "facility", pool->facility);
            json_out_field_text(out, "period", pool->period);
            json_out_field_uint(out, "version", pool->version);
            if (kind == 0) {
                json_out_field_bool(out, "withdrawn", pool->opinion_withdrawn);
            }
            json_out_end(out);
        }
        json_out_end(out);
    }
}

static enum err write_proofs(struct call *call, struct query *query, const char *lot)
{
    struct json_out *out = &call->data;
    struct bytes text;
    const enum err err = bundle_text(&text, call, query, lot);
    json_out_key(out, "bundle");
    if (err == OK) {
        json_out_text_bytes(out, text);
        return OK;
    }
    /* A passport without proofs is still worth having; it says so. */
    json_out_null(out);
    json_out_field_text(out, "bundle_missing", err_name(err));
    call->detail = (struct err_detail){.err = OK};
    return view_failed(err) && err != ERR_MEMORY ? err : OK;
}

static enum err answer_passport(struct call *call, struct query *query, void *context)
{
    const struct passport_wanted *wanted = context;
    struct lot_passport passport;
    struct json_out *out = &call->data;
    enum err err = lot_passport_make(&passport, query, wanted->lot, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "lot", NULL, NULL);
    }
    json_out_object(out);
    json_out_field_text(out, "format", "seam-lot-passport-1");
    json_out_field_hash(out, "chain", &call->api->node->chain_id);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "notice",
                        "status as of this height and date; later changes are not excluded");
    json_out_field_object(out, "lot");
    lot_show_record(out, passport.footprint.lot, query_time(query));
    json_out_end(out);
    json_out_field_text(out, "model", passport.model);
    json_out_field_object(out, "footprint");
    lot_show_footprint(out, &passport.footprint);
    json_out_end(out);
    write_origins(out, &passport);
    write_assurance(out, &passport.footprint);
    write_balances(out, &passport);
    write_events(out, &passport);
    if (wanted->bundle) {
        err = write_proofs(call, query, wanted->lot);
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

enum err op_get_lot_passport(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot", "bundle", "at", NULL};
    struct passport_wanted wanted = {.bundle = true};
    enum err err = call_text(call, "lot", true, &wanted.lot);
    if (err == OK) {
        err = op_lot_switch(call, "bundle", &wanted.bundle);
    }
    return err == OK ? op_lot_run(call, keys, answer_passport, &wanted) : err;
}
