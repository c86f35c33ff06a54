/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/base/num.h"
#include "tools/bench_anchor.h"
#include "tools/bench_processes.h"
#include "tools/command.h"
#include "tools/options.h"

#define KEYS 100000
#define KEYS_MAX 10000000
#define RUN_MS 20
#define TIMES_MAX 10000000
#define BASE_PORT 19000 /* written into configurations that nobody starts */
#define LINES 50
#define ANSWER_MAX ((size_t)1 << 20)
#define ARENA_BYTES ((size_t)1 << 20)

static int ascending(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* How often it must be done for a run to last. */
static enum err calibrate(uint64_t *times, const struct bench_parts *parts, bench_step step,
                          void *context)
{
    const uint64_t enough = (uint64_t)parts->settings.run_ms * 1000000;
    uint64_t ns = 0;
    enum err err = OK;
    for (*times = 1; err == OK && *times < TIMES_MAX; *times *= 2) {
        err = step(context, *times, &ns);
        if (ns >= enough) {
            break;
        }
    }
    return err;
}

static struct bench_part *next_row(struct bench_parts *parts, const char *group, const char *unit)
{
    if (parts->count == BENCH_PARTS_MAX) {
        abort(); /* the table is a constant of this program */
    }
    struct bench_part *row = &parts->rows[parts->count++];
    *row = (struct bench_part){.group = group, .unit = unit};
    return row;
}

enum err bench_part_time(struct bench_parts *parts, const char *group, const char *unit,
                         bench_step step, void *context, const char *name, ...)
{
    uint64_t each[BENCH_RUNS];
    uint64_t times = 1;
    enum err err = calibrate(&times, parts, step, context);
    for (size_t i = 0; i < BENCH_RUNS && err == OK; i++) {
        uint64_t ns = 0;
        err = step(context, times, &ns);
        each[i] = ns / times;
    }
    if (err != OK) {
        return err;
    }
    qsort(each, BENCH_RUNS, sizeof each[0], ascending);
    struct bench_part *row = next_row(parts, group, unit);
    row->median = each[BENCH_RUNS / 2];
    row->max = each[BENCH_RUNS - 1];
    va_list arguments;
    va_start(arguments, name);
    (void)vsnprintf(row->name, sizeof row->name, name, arguments);
    va_end(arguments);
    return OK;
}

void bench_part_count(struct bench_parts *parts, const char *group, const char *unit,
                      uint64_t value, const char *name, ...)
{
    struct bench_part *row = next_row(parts, group, unit);
    row->median = value * 1000;
    row->max = value * 1000;
    va_list arguments;
    va_start(arguments, name);
    (void)vsnprintf(row->name, sizeof row->name, name, arguments);
    va_end(arguments);
}

/* --- the answer ------------------------------------------------------------------------------ */

static int print_json(const struct bench_parts *parts, const char *machine)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, ANSWER_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "machine", machine);
    json_out_field_uint(&out, "runs", BENCH_RUNS);
    json_out_field_array(&out, "parts");
    for (size_t i = 0; i < parts->count; i++) {
        const struct bench_part *row = &parts->rows[i];
        json_out_object(&out);
        json_out_field_text(&out, "group", row->group);
        json_out_field_text(&out, "part", row->name);
        json_out_field_text(&out, "unit", row->unit);
        json_out_field_uint(&out, "median_thousandths", row->median);
        json_out_field_uint(&out, "max_thousandths", row->max);
        json_out_end(&out);
    }
    json_out_end(&out);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_OK : TOOL_NO;
}

enum { COLUMNS = 5, CELL = 32 };

/* Three digits behind the point below ten, one from there on; numbers of things have none. */
static void value_text(char out[CELL], uint64_t thousandths, bool time)
{
    if (!time) {
        (void)snprintf(out, CELL, "%" PRIu64, thousandths / 1000);
    } else if (thousandths < 10000) {
        (void)snprintf(out, CELL, "%" PRIu64 ".%03" PRIu64, thousandths / 1000, thousandths % 1000);
    } else {
        (void)snprintf(out, CELL, "%" PRIu64 ".%" PRIu64, thousandths / 1000,
                       thousandths / 100 % 10);
    }
}

static int print(const struct bench_parts *parts)
{
    static const struct output_column columns[COLUMNS] = {
        {"OF", false}, {"PART", false}, {"MEDIAN", true}, {"MAX", true}, {"UNIT", false}};
    char machine[200];
    uint32_t cpus = 0;
    bench_machine(machine, sizeof machine, &cpus);
    if (parts->settings.form == BENCH_JSON) {
        return print_json(parts, machine);
    }
    output_line("%s; one thread, its processor time unless the clock is named, %d runs", machine,
                BENCH_RUNS);
    output_line("%s", "");
    struct bench_table *table = bench_table_new(columns, COLUMNS, parts->settings.form);
    for (size_t i = 0; i < parts->count; i++) {
        const struct bench_part *row = &parts->rows[i];
        const bool time = row->unit[0] == 'u';
        char median[CELL];
        char max[CELL];
        value_text(median, row->median, time);
        value_text(max, row->max, time);
        bench_table_row(table,
                        (const char *[COLUMNS]){row->group, row->name, median, max, row->unit});
    }
    bench_table_print(table);
    return TOOL_OK;
}

/* --- all ------------------------------------------------------------------------------------- */

static enum err prepare(struct bench_parts *parts)
{
    static const size_t sizes[2] = {300, 1024};
    struct arena arena;
    enum err err = bench_world_make(&parts->world, LIMIT_VALIDATORS_MIN, BASE_PORT, &parts->detail);
    arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < 2 && err == OK; i++) {
        err = bench_anchor_note(&parts->notes[i], &parts->world.anchors[0], sizes[i], &arena);
    }
    arena_free(&arena);
    return err == OK ? load_accounts_open(&parts->accounts, LINES, (uint64_t)time(NULL) * 1000,
                                          &parts->detail)
                     : err;
}

int bench_parts_run(const struct bench_parts_settings *settings)
{
    static const struct {
        const char *name;
        enum err (*run)(struct bench_parts *parts);
    } groups[] = {
        {"signatures and hashes", bench_parts_crypto},
        {"codec", bench_parts_codec},
        {"execution", bench_parts_execution},
        {"tree", bench_parts_tree},
        {"proof", bench_parts_proof},
        {"disk", bench_parts_disk},
    };
    struct bench_parts *parts = calloc(1, sizeof *parts);
    if (parts == NULL) {
        return TOOL_NO;
    }
    parts->settings = *settings;
    parts->settings.keys = settings->keys > 0 ? settings->keys : KEYS;
    parts->settings.run_ms = settings->run_ms > 0 ? settings->run_ms : RUN_MS;
    enum err err = prepare(parts);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0] && err == OK; i++) {
        output_note("%s", groups[i].name);
        err = groups[i].run(parts);
    }
    load_accounts_close(parts->accounts);
    bench_world_end(&parts->world);
    int status = TOOL_NO;
    if (err == OK) {
        status = print(parts);
    } else {
        output_error(err, &parts->detail);
    }
    free(parts);
    return status;
}

int bench_parts(int argc, char **argv)
{
    const char *keys = NULL;
    const char *run_ms = NULL;
    bool json = false;
    bool markdown = false;
    const struct option_row rows[] = {
        OPTION_TEXT("keys", 0, "N", NULL, "of the largest state (default: 100000)", &keys),
        OPTION_TEXT("run-ms", 0, "MS", NULL, "how long a run lasts at least (default: 20)",
                    &run_ms),
        OPTION_SWITCH("markdown", 0, "print the table of docs/performance.md", &markdown),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench parts",
        "Measures each part of a node's work by itself: signatures, hashes, encoding, execution,\n"
        "state tree, proofs, and what waits for the disk.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t values[2] = {0};
    if ((keys != NULL &&
         (!num_parse_u64(&values[0], bytes_text(keys), KEYS_MAX) || values[0] < 1000)) ||
        (run_ms != NULL &&
         (!num_parse_u64(&values[1], bytes_text(run_ms), 10000) || values[1] == 0))) {
        output_note("seam: --keys takes 1000 to %d, --run-ms 1 to 10000", KEYS_MAX);
        return TOOL_USAGE;
    }
    const struct bench_parts_settings settings = {
        .keys = values[0], .run_ms = (uint32_t)values[1], .form = bench_form_of(json, markdown)};
    return bench_parts_run(&settings);
}
