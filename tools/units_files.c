/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of account as files: saved with the proof of every line, and checked without a node.
 * What is printed comes from the verified result only. */

#include "tools/units_commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/query/statement_verify.h"
#include "tools/bundle_file.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/remote.h"

#define REQUEST_MAX 4096
#define RESULT_MAX ((size_t)64 << 20)
#define CELL 32

/* --- out -------------------------------------------------------------------------------------- */

int holding_bundle(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    struct http_reply reply;
    struct json_out request;
    const char *path = "-";
    const struct option_row options[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to save it (default: stdout)", &path),
    };
    const struct option_set set = OPTION_SET(
        "holding bundle HOLDING [SINCE] [UNTIL] [--out FILE]",
        "Saves the statement of a span of days with the proof of every line. Whoever has the file "
        "checks it\nwith `seam holding verify FILE`, which needs genesis.json and no network.",
        options, 1, 3);
    static const char *const names[] = {"holding", "since", "until"};
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    json_out_init(&request, 0, REQUEST_MAX);
    json_out_object(&request);
    for (int i = 0; i < argc - first; i++) {
        json_out_field_text(&request, names[i], argv[first + i]);
    }
    json_out_field_bool(&request, "bundle", true);
    json_out_end(&request);
    status = remote_ask(&reply, &remote, "GetStatement", &request);
    if (status == TOOL_OK) {
        status = bundle_file_save(reply.data, path, "seam holding verify");
        http_reply_free(&reply);
    }
    return status;
}

/* --- what was proven -------------------------------------------------------------------------- */

static const char *state_name(uint32_t state)
{
    return sm_name(&unit_machine, (uint8_t)state);
}

static void serials_text(char *out, size_t size, const Seam__EntryRecord *entry)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < entry->n_ranges && used < size; i++) {
        const int wrote =
            snprintf(out + used, size - used, "%s%" PRIu64 "-%" PRIu64, i > 0 ? "+" : "",
                     entry->ranges[i]->start, entry->ranges[i]->end);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static void json_balance(struct json_out *out, const char *key, const uint64_t *balance)
{
    json_out_field_object(out, key);
    for (uint32_t i = UNIT_TRADE; i < UNIT_STATES; i++) {
        if (balance[i] != 0) {
            json_out_field_uint(out, state_name(i), balance[i]);
        }
    }
    json_out_end(out);
}

static void json_positions(struct json_out *out, const struct statement_verify_result *result)
{
    json_out_field_array(out, "positions");
    for (size_t i = 0; i < result->position_count; i++) {
        json_out_object(out);
        json_out_field_text(out, "series", result->positions[i].series);
        if (result->current[i]) {
            json_balance(out, "opening", result->positions[i].opening);
        }
        json_balance(out, "closing", result->positions[i].closing);
        json_out_field_uint(out, "lines_here", result->extents[i].end - result->extents[i].first);
        json_out_field_uint(out, "lines_whole", result->extents[i].entries);
        json_out_end(out);
    }
    json_out_end(out);
}

static void json_lines(struct json_out *out, const struct statement_verify_result *result)
{
    json_out_field_array(out, "lines");
    for (size_t i = 0; i < result->line_count; i++) {
        const struct statement_line *line = &result->lines[i].line;
        json_out_object(out);
        json_out_field_text(out, "series", result->positions[line->position].series);
        json_out_field_uint(out, "number", line->index + 1);
        json_out_field_text(out, "kind", entry_name(line->entry->kind));
        json_out_field_text(out, "from_state", state_name(line->entry->from));
        json_out_field_text(out, "to_state", state_name(line->entry->to));
        json_out_field_uint(out, "quantity", line->entry->quantity);
        json_out_field_text(out, "other", line->entry->other);
        json_out_field_int(out, "held", line->held);
        json_out_field_hash(out, "transaction", &result->lines[i].tx->tx_id);
        json_out_field_uint(out, "height", result->lines[i].tx->block->height);
        json_out_field_time(out, "time", result->lines[i].tx->block->time_ms);
        json_out_end(out);
    }
    json_out_end(out);
}

static struct bundle_verdict verdict_of(const struct statement_verify_result *result)
{
    return (struct bundle_verdict){.good = result->failure == STATEMENT_VERIFY_OK,
                                   .name = statement_verify_name(result),
                                   .sentence = statement_verify_sentence(result),
                                   .about = result->about,
                                   .anchor = &result->bundle.anchor};
}

static int print_json(const struct statement_verify_result *result)
{
    const struct bundle_verdict verdict = verdict_of(result);
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, RESULT_MAX);
    json_out_object(&out);
    bundle_verdict_json(&out, &verdict);
    if (verdict.good) {
        json_out_field_time(&out, "as_of", result->bundle.anchor.time_ms);
        json_out_field_text(&out, "holding", result->holding->holding);
        json_out_field_text(&out, "holder", result->holding->holder);
        json_positions(&out, result);
        json_lines(&out, result);
    }
    json_out_end(&out);
    return output_json(&out) == OK && verdict.good ? TOOL_OK : TOOL_NO;
}

static void print_positions(const struct statement_verify_result *result)
{
    static const struct output_column columns[] = {
        {"series", false}, {"state", false}, {"opening", true}, {"now", true}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->position_count; i++) {
        const struct statement_position *position = &result->positions[i];
        for (uint32_t state = UNIT_TRADE; state < UNIT_STATES; state++) {
            char opening[CELL] = "later lines";
            char closing[CELL];
            if (position->closing[state] == 0 &&
                (!result->current[i] || position->opening[state] == 0)) {
                continue;
            }
            if (result->current[i]) {
                (void)snprintf(opening, sizeof opening, "%" PRIu64, position->opening[state]);
            }
            (void)snprintf(closing, sizeof closing, "%" PRIu64, position->closing[state]);
            const char *const cells[] = {position->series, state_name(state), opening, closing};
            output_table_row(table, cells);
        }
    }
    output_table_print(table);
}

/* A shorter span, or whoever cut the file, leaves lines out: before the first or after the last. */
static void print_extents(const struct statement_verify_result *result)
{
    for (size_t i = 0; i < result->position_count; i++) {
        const struct statement_extent *extent = &result->extents[i];
        const uint32_t here = extent->end - extent->first;
        if (here < extent->entries) {
            output_line("%s: %" PRIu32 " of its %" PRIu32 " lines are in this file",
                        result->positions[i].series, here, extent->entries);
        }
    }
}

static void print_lines(const struct statement_verify_result *result)
{
    static const struct output_column columns[] = {
        {"time", false},  {"series", false},  {"kind", false},       {"from", false},
        {"to", false},    {"quantity", true}, {"held", true},        {"serials", false},
        {"other", false}, {"height", true},   {"transaction", false}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->line_count; i++) {
        const struct statement_proven *line = &result->lines[i];
        const Seam__EntryRecord *entry = line->line.entry;
        char time[TIME_TEXT_SIZE];
        char quantity[CELL];
        char held[CELL];
        char height[CELL];
        char serials[160];
        char id[2 * HASH_SIZE + 1];
        time_text(time, line->tx->block->time_ms);
        (void)snprintf(quantity, sizeof quantity, "%" PRIu64, entry->quantity);
        (void)snprintf(held, sizeof held, "%+" PRId64, line->line.held);
        (void)snprintf(height, sizeof height, "%" PRIu64, line->tx->block->height);
        serials_text(serials, sizeof serials, entry);
        hex_encode(id, hash_bytes(&line->tx->tx_id));
        const char *const cells[] = {time,
                                     result->positions[line->line.position].series,
                                     entry_name(entry->kind),
                                     state_name(entry->from),
                                     state_name(entry->to),
                                     quantity,
                                     held,
                                     serials,
                                     entry->other,
                                     height,
                                     id};
        output_table_row(table, cells);
    }
    output_table_print(table);
}

static int print_result(const struct statement_verify_result *result)
{
    const struct bundle_verdict verdict = verdict_of(result);
    bundle_verdict_print(&verdict);
    if (!verdict.good) {
        return TOOL_NO;
    }
    output_line("account %s of %s: %s", result->holding->holding, result->holding->holder,
                statement_verify_sentence(result));
    print_positions(result);
    print_extents(result);
    output_line("%zu lines, each with its signed transaction in a final block:",
                result->line_count);
    print_lines(result);
    return TOOL_OK;
}

/* --- verify ----------------------------------------------------------------------------------- */

static int verify_run(const struct bundle_check *check, struct arena *arena)
{
    struct statement_verify_result result;
    struct err_detail detail = {0};
    struct bytes bundle;
    struct bytes genesis;
    const enum err err = bundle_check_read(&genesis, &bundle, check, arena, &detail);
    if (err != OK) {
        output_refusal(check->json, err, &detail);
        return err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
    }
    (void)statement_verify(&result, genesis, bundle, arena);
    return check->json ? print_json(&result) : print_result(&result);
}

int holding_verify(int argc, char **argv)
{
    return bundle_check_command(
        "holding verify FILE [--genesis FILE]",
        "Checks a statement of account without any network: signatures, finality, that each line "
        "is what a\nsigned transaction made, that no series and no line between two others is left "
        "out, and that the\nbalances follow from the lines. Exit 0 when it is valid, 1 when not.",
        verify_run, argc, argv);
}
