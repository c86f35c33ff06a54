/* SPDX-License-Identifier: Apache-2.0 */
/* A passport or bundle of a lot, checked without a network. */

#include "tools/lot_commands.h"

#include <stdlib.h>
#include <string.h>

#include "api/lot_show.h"
#include "ledger/base/period.h"
#include "ledger/chain/certificate.h"
#include "ledger/query/bundle_state.h"
#include "ledger/query/lot_verify.h"
#include "tools/bundle_file.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/output.h"

struct verify {
    const struct bundle_check *check;
    struct json_doc *passport; /* its readable part; NULL: a bundle */
};

#define TOLD_MAX ((size_t)1 << 20)

/* One line of JSON, kept in the arena. */
static enum err keep_line(struct bytes *out, struct json_out *line, struct arena *arena)
{
    struct bytes text;
    enum err err = json_out_finish(line, &text);
    if (err == OK) {
        const char *copy = arena_text(arena, (const char *)text.data, text.size);
        *out = bytes_of(copy, copy != NULL ? text.size : 0);
        err = copy != NULL ? OK : ERR_MEMORY;
    }
    json_out_free(line);
    return err;
}

/* The same lines, byte for byte? told is NULL where the passport leaves it out. */
static enum err same_line(bool *same, struct json_out *proven, const struct json_node *told,
                          struct arena *arena)
{
    struct json_out line;
    struct bytes a;
    struct bytes b;
    json_out_init(&line, JSON_OUT_COMPACT, TOLD_MAX);
    if (told == NULL) {
        json_out_null(&line);
    } else {
        json_node_write(&line, told);
    }
    enum err err = keep_line(&a, &line, arena);
    const enum err other = keep_line(&b, proven, arena);
    err = err == OK ? other : err;
    *same = err == OK && bytes_equal(a, b);
    return err;
}

static enum err same_event(bool *same, struct hash *id, struct overlay *state,
                           const struct json_node *told, struct arena *arena)
{
    const Seam__LotEventRecord *event = NULL;
    struct json_out line;
    bool own = false;
    *same = false;
    const char *text = json_node_text(json_node_get(told, "event"));
    if (text == NULL || !hex_decode(id->bytes, HASH_SIZE, bytes_text(text)) ||
        !json_node_bool(json_node_get(told, "own"), &own)) {
        return OK;
    }
    const enum err err = view_lot_event(&event, state, id, arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    json_out_init(&line, JSON_OUT_COMPACT, TOLD_MAX);
    json_out_object(&line);
    json_out_field_bool(&line, "own", own);
    lot_show_event(&line, event);
    json_out_end(&line);
    return same_line(same, &line, told, arena);
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SIZE);
}

/* Each event as proven, and each once: one listed twice would hide another that is left out. */
static enum err same_events(bool *same, struct overlay *state, const struct json_node *events,
                            struct arena *arena)
{
    const size_t count = json_node_count(events);
    struct hash *ids = arena_alloc(arena, (count + 1) * sizeof *ids);
    enum err err = ids != NULL ? OK : ERR_MEMORY;
    *same = err == OK;
    for (size_t i = 0; err == OK && *same && i < count; i++) {
        err = same_event(same, &ids[i], state, json_node_at(events, i), arena);
    }
    if (err != OK || !*same) {
        return err;
    }
    qsort(ids, count, sizeof *ids, by_hash);
    for (size_t i = 1; i < count && *same; i++) {
        *same = by_hash(&ids[i - 1], &ids[i]) != 0;
    }
    return OK;
}

/* Does the readable part of a passport say of the lot and its events what the proofs say? That part
 * is what people read. */
static enum err compare_told(const char **wrong, const struct verify *verify,
                             const struct lot_verify_result *result, struct arena *arena)
{
    struct json_out line;
    struct overlay *state = NULL;
    bool same = true;
    *wrong = NULL;
    if (verify->passport == NULL || result->failure != LOT_VERIFY_OK) {
        return OK;
    }
    const struct json_node *root = json_doc_root(verify->passport);
    const struct json_node *events = json_node_get(root, "events");
    json_out_init(&line, JSON_OUT_COMPACT, TOLD_MAX);
    json_out_object(&line);
    lot_show_record(&line, result->trace.nodes[0].lot, result->bundle.anchor.time_ms);
    json_out_end(&line);
    enum err err = same_line(&same, &line, json_node_get(root, "lot"), arena);
    *wrong = same ? NULL : "lot";
    if (err == OK) {
        err = bundle_state_open(&state, &result->bundle);
    }
    if (err == OK && same && json_node_count(events) != result->events) {
        same = false; /* left out, or invented */
        *wrong = "events";
    }
    if (err == OK && same) {
        err = same_events(&same, state, events, arena);
        *wrong = same ? NULL : "events";
    }
    if (state != NULL) {
        overlay_drop(state);
    }
    return err;
}

/* A bundle is its own file, or stands in a passport. */
static enum err read_bundle(struct bytes *out, struct verify *verify, struct bytes text,
                            struct arena *arena, struct err_detail *detail)
{
    struct json_doc *doc = NULL;
    const char *inside = NULL;
    if (json_doc_read(&doc, text, BUNDLE_FILE_MAX, NULL) == OK) {
        if (json_node_get(json_doc_root(doc), "footprint") == NULL) {
            json_doc_free(doc);
        } else {
            verify->passport = doc;
            inside = json_node_text(json_node_get(json_doc_root(doc), "bundle"));
            if (inside == NULL) {
                return err_set(detail, ERR_ABSENT, "bundle", NULL, NULL,
                               "the passport was saved without its proofs");
            }
        }
    }
    return document_read(out, &bundle_form, inside != NULL ? bytes_text(inside) : text, arena,
                         detail);
}

static int print_result(const struct verify *verify, const struct lot_verify_result *result)
{
    const struct bundle_verdict verdict = {.good = result->failure == LOT_VERIFY_OK,
                                           .name = lot_verify_name(result),
                                           .sentence = lot_verify_sentence(result),
                                           .about = result->about,
                                           .anchor = &result->bundle.anchor};
    if (verify->check->json) {
        struct json_out out;
        json_out_init(&out, JSON_OUT_INDENT, TOLD_MAX);
        json_out_object(&out);
        bundle_verdict_json(&out, &verdict);
        if (verdict.good) {
            char time[TIME_TEXT_SIZE];
            time_text(time, result->bundle.anchor.time_ms);
            json_out_field_text(&out, "as_of", time);
            json_out_field_text(&out, "lot", result->trace.nodes[0].lot->lot);
            json_out_field_uint(&out, "lots", result->lots);
            json_out_field_uint(&out, "events", result->events);
            json_out_field_object(&out, "record");
            lot_show_record(&out, result->trace.nodes[0].lot, result->bundle.anchor.time_ms);
            json_out_end(&out);
        }
        json_out_end(&out);
        return output_json(&out) == OK && verdict.good ? TOOL_OK : TOOL_NO;
    }
    bundle_verdict_print(&verdict);
    if (!verdict.good) {
        return TOOL_NO;
    }
    output_line("lot %s: %s", result->trace.nodes[0].lot->lot, lot_verify_sentence(result));
    output_line("%zu lots and %zu signed events checked, %u of %u validators signed the anchor",
                result->lots, result->events, (unsigned)result->bundle.anchor_signers,
                (unsigned)result->bundle.anchor_validators);
    if (verify->passport != NULL) {
        output_line(
            "proven: the lot, its ancestors and events. Not by this file: footprint, opinions, "
            "disputes, which follow\nfrom accounts; `seam factor stage` gives their "
            "certificates, any node the figures (`seam lot show`)");
    }
    return TOOL_OK;
}

static int verify_run(struct verify *verify, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes text;
    struct bytes genesis;
    struct bytes bundle;
    struct lot_verify_result result;
    enum err err = file_read_document(&genesis, &genesis_form, verify->check->genesis,
                                      BUNDLE_FILE_MAX, arena, &detail);
    if (err == OK) {
        err = file_read(&text, verify->check->file, BUNDLE_FILE_MAX, arena, &detail);
    }
    if (err == OK) {
        err = read_bundle(&bundle, verify, text, arena, &detail);
    }
    if (err != OK) {
        output_refusal(verify->check->json, err, &detail);
        return err == ERR_ABSENT || err == ERR_STORAGE || err == ERR_MEMORY ? TOOL_USAGE : TOOL_NO;
    }
    const char *wrong = NULL;
    (void)lot_verify(&result, genesis, bundle, arena);
    err = compare_told(&wrong, verify, &result, arena);
    if (err == OK && wrong != NULL) {
        err = err_set(&detail, ERR_NOT_CANONICAL, wrong, NULL, result.trace.nodes[0].lot->lot,
                      "the passport says something else than its proofs; the proofs are "
                      "valid, the readable part was changed");
    }
    if (err != OK) {
        output_refusal(verify->check->json, err, &detail);
        return TOOL_NO;
    }
    return print_result(verify, &result);
}

static int check_run(const struct bundle_check *check, struct arena *arena)
{
    struct verify verify = {.check = check};
    const int status = verify_run(&verify, arena);
    json_doc_free(verify.passport);
    return status;
}

int lot_verify_file(int argc, char **argv)
{
    return bundle_check_command(
        "lot verify FILE [--genesis FILE]",
        "Checks a passport or bundle of a lot without any network: signatures, finality, every\n"
        "event's place in the ledger, and that the balances follow from the signed events. Exit 0\n"
        "when it is valid, 1 when not. What it prints comes from the proofs, never from the "
        "readable\npart of the file.",
        check_run, argc, argv);
}
