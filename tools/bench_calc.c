/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_calc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/accounting/calc.h"
#include "ledger/base/num.h"
#include "tools/bench.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"

#define FILE_LINES 1000 /* LIMIT_TX_LINES: the largest account there is */
#define LINE_TEXT 240
#define BUDGET (64 * 1024 * 1024)
#define LINES_DEFAULT 1000000
#define LINES_MAX 1000000000

/* The i-th line of the account: what a mine's month mostly consists of, no two lines alike. */
static int line_text(char *out, size_t size, int i)
{
    switch (i % 5) {
    case 0:
        return snprintf(out, size,
                        "{\"code\":\"L_HEAT\",\"source\":\"s%d\",\"heat\":{\"value\":\"%d.25\","
                        "\"unit\":\"GJ\"}}",
                        i, 1000 + i);
    case 1:
        return snprintf(
            out, size,
            "{\"code\":\"L_FUEL\",\"source\":\"s%d\",\"fuel\":\"diesel\",\"ad\":{"
            "\"value\":\"%d.417\",\"unit\":\"t\"},\"ncv\":{\"value\":\"43.330\",\"unit\":"
            "\"GJ/t\"},\"cc\":{\"value\":\"0.02020\",\"unit\":\"tC/GJ\"},\"of\":\"0.98\"}",
            i, 10 + i);
    default:
        return snprintf(out, size,
                        "{\"code\":\"L_FUEL\",\"source\":\"s%d\",\"fuel\":\"bituminous\",\"ad\":{"
                        "\"value\":\"%d.%03d\",\"unit\":\"t\"}}",
                        i, 100 + 7 * i, i % 1000);
    }
}

/* The calculation file, in memory of the caller. NULL when memory ends. */
static char *file_text(void)
{
    const size_t size = 512 + (size_t)FILE_LINES * LINE_TEXT;
    char *text = malloc(size);
    if (text == NULL) {
        return NULL;
    }
    int at = snprintf(text, size,
                      "{\"facility\":\"bench\",\"kind\":\"UG\",\"period\":\"2026-09\","
                      "\"parameter_set\":\"CN-NDRC-COAL-2014\",\"lines\":[");
    for (int i = 0; i < FILE_LINES; i++) {
        at += line_text(text + at, size - (size_t)at, i);
        at += snprintf(text + at, size - (size_t)at, i + 1 < FILE_LINES ? "," : "]}");
    }
    return text;
}

struct measured {
    uint64_t lines;
    uint64_t calculate_ns; /* file in memory to grams */
    uint64_t read_ns; /* JSON to file in memory */
    int64_t gross_g; /* of one file: the same on every machine */
};

/* One file, once; its times and total are added to measured. */
static enum err measure_file(struct measured *measured, const char *text, const struct set *set,
                             struct errors *errors)
{
    struct arena arena;
    arena_init(&arena, BUDGET);
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    const uint64_t start = bench_cpu_ns();
    enum err err = calc_file_read(&file, bytes_text(text), &arena, errors);
    const uint64_t read = bench_cpu_ns();
    if (err == OK) {
        err = calc_run(&result, file, set, CALC_ALONE, &arena, errors);
    }
    if (err == OK) {
        measured->calculate_ns += bench_cpu_ns() - read;
        measured->read_ns += read - start;
        measured->lines += FILE_LINES;
        measured->gross_g = result->gross_g;
    }
    arena_free(&arena);
    return err;
}

static int answer(const struct measured *measured, bool json)
{
    const uint64_t calculated = bench_per_second(measured->lines, measured->calculate_ns);
    const uint64_t read =
        bench_per_second(measured->lines, measured->read_ns + measured->calculate_ns);
    if (json) {
        struct json_out out;
        json_out_init(&out, JSON_OUT_INDENT, 4096);
        json_out_object(&out);
        json_out_field_uint(&out, "lines", measured->lines);
        json_out_field_uint(&out, "lines_a_file", FILE_LINES);
        json_out_field_int(&out, "gross_g_a_file", measured->gross_g);
        json_out_field_uint(&out, "calculated_lines_per_cpu_second", calculated);
        json_out_field_uint(&out, "read_and_calculated_lines_per_cpu_second", read);
        json_out_end(&out);
        const enum err err = output_json(&out);
        return err == OK ? TOOL_OK : TOOL_NO;
    }
    output_line("%" PRIu64 " lines in files of %d, one thread, processor time", measured->lines,
                FILE_LINES);
    output_line("  calculated            %12" PRIu64 " lines/s", calculated);
    output_line("  read and calculated   %12" PRIu64 " lines/s", read);
    output_line("  total of one file     %12" PRId64 " g CO2e", measured->gross_g);
    return TOOL_OK;
}

static int run_calc(uint64_t lines, bool json)
{
    struct arena arena;
    arena_init(&arena, BUDGET);
    struct errors errors;
    struct set set;
    struct measured measured = {0};
    char *text = file_text();
    enum err err = text == NULL ? ERR_MEMORY : errors_new(&errors, &arena);
    if (err == OK) {
        err = set_load(&set, "CN-NDRC-COAL-2014", &arena, &errors);
    }
    while (err == OK && measured.lines < lines) {
        err = measure_file(&measured, text, &set, &errors);
    }
    if (err != OK) {
        output_error(err, NULL);
    }
    const int status = err == OK ? answer(&measured, json) : TOOL_NO;
    free(text);
    arena_free(&arena);
    return status;
}

int bench_calc(int argc, char **argv)
{
    const char *lines = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OPTION_TEXT("lines", 0, "N", NULL, "how many lines (default: 1000000)", &lines),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "bench calc [--lines N]",
        "Calculates the largest account there is again and again and says how many lines a\n"
        "second of processor time one thread does, with and without reading the file.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    uint64_t count = LINES_DEFAULT;
    if (lines != NULL && (!num_parse_u64(&count, bytes_text(lines), LINES_MAX) || count == 0)) {
        output_note("seam: --lines takes a whole number from 1 to %d", LINES_MAX);
        return TOOL_USAGE;
    }
    return run_calc(count, json);
}
