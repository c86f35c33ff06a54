/* SPDX-License-Identifier: Apache-2.0 */
/* `seam calc`: the calculation alone, without node or key, by the function that every validator
 * runs. */
#include "tools/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ledger/accounting/calc_csv.h"
#include "ledger/accounting/report.h"
#include "ledger/accounting/template.h"
#include "ledger/accounting/words.h"
#include "ledger/base/qty.h"
#include "ledger/codec/json_out_errors.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define BUDGET ((size_t)256 << 20)
#define JSON_MAX ((size_t)16 << 20)

struct options {
    const char *set;
    const char *language_name;
    const char *template;
    const char *format;
    enum err_language language;
    bool json;
    bool explain;
};

static void tonnes(char *out, int64_t grams)
{
    grams_report(out, grams_of(grams));
}

static void join_flags(char *out, size_t room, const Seam__LineResult *line)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < line->n_flags && at + 1 < room; i++) {
        const int wrote = snprintf(out + at, room - at, "%s%s", i > 0 ? " " : "", line->flags[i]);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
}

static const char *say(const struct options *options, const char *key)
{
    const char *text = words_find(key, options->language);
    return text != NULL ? text : key;
}

/* Basis points as per cent, "37.88 %"; in words where nobody knows. */
static void percent(char *out, size_t size, const Seam__Known *bp, const struct options *options)
{
    if (bp == NULL) {
        snprintf(out, size, "%s", say(options, "heading.unknown"));
    } else {
        snprintf(out, size, "%lld.%02lld %%", (long long)bp->value / 100,
                 (long long)bp->value % 100);
    }
}

static void print_lines(const Seam__CalculationResult *result, const struct options *options)
{
    const struct output_column columns[] = {{say(options, "heading.line"), true},
                                            {say(options, "heading.code"), false},
                                            {say(options, "heading.source"), false},
                                            {say(options, "heading.detail"), false},
                                            {"t CO2", true},
                                            {"t CH4", true},
                                            {"t CO2e", true},
                                            {"±", true},
                                            {say(options, "heading.scope"), false},
                                            {say(options, "heading.method"), false},
                                            {say(options, "heading.flags"), false}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->n_lines; i++) {
        const Seam__LineResult *line = result->lines[i];
        char number[24];
        char co2[DEC_TEXT_SIZE];
        char ch4[DEC_TEXT_SIZE];
        char co2e[DEC_TEXT_SIZE];
        char range[64];
        char flags[256];
        snprintf(number, sizeof number, "%zu", i + 1);
        tonnes(co2, line->co2_g);
        tonnes(ch4, line->ch4_g);
        tonnes(co2e, line->co2e_g);
        percent(range, sizeof range, line->uncertainty_bp, options);
        join_flags(flags, sizeof flags, line);
        const char *const cells[] = {
            number,      line->code,   line->source, line->detail,
            co2,         ch4,          co2e,         line->uncertainty_bp != NULL ? range : "",
            line->scope, line->method, flags};
        output_table_row(table, cells);
    }
    output_table_print(table);
}

static void print_total(const char *name, int64_t grams)
{
    char text[DEC_TEXT_SIZE];
    tonnes(text, grams);
    output_line("%-24s %18s t CO2e  %20lld g", name, text, (long long)grams);
}

static void print_trace_line(const Seam__TraceLine *trace, const struct options *options)
{
    output_line("   %s   [%s]", trace->formula_text, trace->clause);
    for (size_t i = 0; i < trace->n_inputs; i++) {
        const Seam__TraceInput *input = trace->inputs[i];
        output_line("   %-28s = %s %s   (%s%s%s%s%s%s%s)", input->label, input->value,
                    input->unit_text, input->origin_text, input->grade[0] != '\0' ? ", " : "",
                    input->grade[0] != '\0' ? say(options, "heading.grade") : "",
                    input->grade[0] != '\0' ? " " : "", input->grade,
                    input->document[0] != '\0' ? ", " : "", input->document);
    }
    for (size_t i = 0; i < trace->n_steps; i++) {
        const Seam__TraceStep *step = trace->steps[i];
        output_line("   %-28s = %s %s %s %s", step->label, step->formula_text,
                    step->exact ? "=" : "≈", step->value, step->unit_text);
    }
}

static void print_trace(const Seam__CalculationResult *result, const struct options *options)
{
    for (size_t i = 0; i < result->n_trace; i++) {
        const Seam__TraceLine *trace = result->trace[i];
        const Seam__LineResult *line = result->lines[i];
        output_line("%s", "");
        output_line("%zu  %s %s %s: %s%s%s", i + 1, trace->code, trace->source, trace->detail,
                    trace->label, line->method_text[0] != '\0' ? "; " : "", line->method_text);
        print_trace_line(trace, options);
        for (size_t j = 0; j < line->n_flag_texts; j++) {
            output_line("   ! %s: %s", line->flags[j], line->flag_texts[j]);
        }
    }
    if (result->trace_total != NULL) {
        output_line("%s", "");
        output_line("Σ  %s", result->trace_total->label);
        print_trace_line(result->trace_total, options);
    }
}

static void print_head(const Seam__CalculationResult *result, const struct options *options)
{
    char hash[2 * HASH_SIZE + 1];
    hex_encode(hash, bytes_of(result->parameter_set->hash.data, result->parameter_set->hash.len));
    output_line("%s %s (%s), %s %s", say(options, "heading.facility"), result->facility,
                result->kind, say(options, "heading.period"), result->period);
    output_line("%s %s %s %u, %s %s, GWP %s", say(options, "heading.set"),
                result->parameter_set->id, say(options, "heading.version"),
                (unsigned)result->parameter_set->version, say(options, "heading.formulas"),
                result->parameter_set->edition, result->gwp);
    output_line("%s %s", say(options, "heading.hash"), hash);
    output_line("%s", "");
}

static void print_allocation(const Seam__CalculationResult *result, const struct options *options)
{
    const struct output_column columns[] = {{say(options, "heading.product"), false},
                                            {say(options, "heading.allocated"), true},
                                            {say(options, "heading.factor"), true}};
    if (result->n_allocation == 0) {
        return;
    }
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->n_allocation; i++) {
        const Seam__Allocation *row = result->allocation[i];
        char grams[32];
        char factor[48];
        snprintf(grams, sizeof grams, "%lld g", (long long)row->allocated_g);
        snprintf(factor, sizeof factor, "%lld g CO2e/t", (long long)row->factor_g_per_t);
        const char *const cells[] = {row->product, grams, factor};
        output_table_row(table, cells);
    }
    output_line("%s", "");
    output_table_print(table);
}

/* What a reader weighs the total with. */
static void print_quality(const Seam__CalculationResult *result, const struct options *options)
{
    char text[64];
    percent(text, sizeof text, result->uncertainty_bp, options);
    output_line("%s %s%s", say(options, "heading.uncertainty"),
                result->uncertainty_bp != NULL ? "± " : "", text);
    percent(text, sizeof text, result->completeness_bp, options);
    output_line("%s %s", say(options, "heading.completeness"), text);
    for (size_t i = 0; i < result->n_missing_codes; i++) {
        output_line("   %s: %s, %s", say(options, "heading.missing"), result->missing_codes[i],
                    say(options, result->missing_codes[i]));
    }
    percent(text, sizeof text, result->primary_bp, options);
    output_line("%s %s", say(options, "heading.primary"), text);
    for (size_t i = 0; i < result->n_flag_texts; i++) {
        output_line("! %s: %s", result->flags[i], result->flag_texts[i]);
    }
}

static void print_result(const Seam__CalculationResult *result, const struct options *options)
{
    print_head(result, options);
    print_lines(result, options);
    if (options->explain) {
        print_trace(result, options);
    }
    print_allocation(result, options);
    output_line("%s", "");
    print_total(say(options, "scope_1"), result->scope1_g);
    print_total(say(options, "scope_2"), result->scope2_g);
    print_total(say(options, "gross"), result->gross_g);
    if (result->sinks_g != 0 || result->information_g != 0) {
        print_total(say(options, "sinks"), result->sinks_g);
        print_total(say(options, "information"), result->information_g);
        print_total(say(options, "net_total"), result->net_g);
    }
    print_quality(result, options);
    output_line("%s %s t CO2e, %lld %s", say(options, "heading.reported"), result->report_t,
                (long long)result->whole_t, say(options, "heading.whole"));
}

/* {"code", "message", "data"} with every error of the file, as the HTTP interface answers. */
static int refuse(const struct errors *errors, enum err err, bool json)
{
    if (!json) {
        output_errors(errors);
        return TOOL_NO;
    }
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, JSON_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "code", err_code(err));
    json_out_field_text(&out, "message", err_text(err, ERR_EN));
    json_out_key(&out, "data");
    json_out_errors(&out, errors);
    json_out_end(&out);
    return output_json(&out) == OK ? TOOL_NO : TOOL_USAGE;
}

static enum err load_set(struct set *set, const Seam__CalculationFile *file, const char *path,
                         struct arena *arena, struct errors *errors)
{
    if (path == NULL) {
        return set_load(set, file->parameter_set, arena, errors);
    }
    struct bytes json;
    struct err_detail detail;
    memset(&detail, 0, sizeof detail);
    const enum err err = file_read(&json, path, SET_JSON_MAX, arena, &detail);
    if (err != OK) {
        errors_add(errors, err, detail.field, detail.clause, detail.limit, detail.hint);
        return err;
    }
    return set_read_json(set, json, arena, errors);
}

/* A table is one by its name, or because --format says so. */
static bool is_table(const char *path, const struct options *options)
{
    const size_t size = strlen(path);
    if (options->format != NULL) {
        return strcmp(options->format, "csv") == 0;
    }
    return size > 4 && strcasecmp(path + size - 4, ".csv") == 0;
}

static enum err calculate(const Seam__CalculationResult **result, struct bytes text, bool table,
                          const struct options *options, struct arena *arena, struct errors *errors)
{
    const Seam__CalculationFile *file = NULL;
    struct calc_csv csv;
    struct set set;
    enum err err = OK;
    if (table) {
        err = calc_csv_read(&csv, text, arena, errors);
        file = err == OK ? csv.file : NULL;
    } else {
        err = calc_file_read(&file, text, arena, errors);
    }
    if (err == OK) {
        err = load_set(&set, file, options->set, arena, errors);
    }
    if (err == OK && table) {
        calc_csv_fuels(&csv, &set);
    }
    const size_t before = errors->count;
    if (err == OK) {
        err = calc_run(result, file, &set, CALC_TRACE, arena, errors);
        if (table) {
            calc_csv_rows(&csv, errors, before);
        }
    }
    if (err == OK) {
        err = report_make(result, *result, file, &set, options->language, arena);
    }
    return err;
}

static int print_template(const struct options *options, struct arena *arena)
{
    struct errors errors;
    struct bytes text;
    const bool csv = options->format != NULL && strcmp(options->format, "csv") == 0;
    enum err err = errors_new(&errors, arena);
    if (err == OK) {
        err = template_write(&text, options->template, csv ? TEMPLATE_CSV : TEMPLATE_JSON,
                             options->language, arena, &errors);
    }
    if (err != OK) {
        return refuse(&errors, err, options->json);
    }
    return fwrite(text.data, 1, text.size, stdout) == text.size ? TOOL_OK : TOOL_USAGE;
}

static int run(const char *path, const struct options *options, struct arena *arena)
{
    struct bytes json;
    struct bytes text;
    struct err_detail detail;
    struct errors errors;
    memset(&detail, 0, sizeof detail);
    enum err err = file_read(&json, path, LIMIT_HTTP_BODY, arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_USAGE;
    }
    const Seam__CalculationResult *result = NULL;
    err = errors_new(&errors, arena);
    if (err == OK) {
        err = calculate(&result, json, is_table(path, options), options, arena, &errors);
        if (err != OK) {
            return refuse(&errors, err, options->json);
        }
        err = options->json ? calc_result_json(&text, result, arena) : OK;
    }
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_NO;
    }
    if (options->json) {
        return fwrite(text.data, 1, text.size, stdout) == text.size ? TOOL_OK : TOOL_USAGE;
    }
    print_result(result, options);
    return TOOL_OK;
}

int cmd_calc(int argc, char **argv)
{
    struct options options = {.language_name = "en"};
    const struct option_row rows[] = {
        OPTION_JSON(&options.json),
        OPTION_SWITCH("explain", 'e', "show every formula with its numbers", &options.explain),
        OPTION_TEXT("set", 's', "FILE", NULL, "parameter set document instead of a built-in one",
                    &options.set),
        OPTION_TEXT("language", 'l', "zh|ru|en", NULL, "language of the explanation",
                    &options.language_name),
        OPTION_TEXT("template", 't', "KIND", NULL, "print a file to fill in: UG, OP or WP",
                    &options.template),
        OPTION_TEXT("format", 'f', "json|csv", NULL,
                    "form of the file or template; a file's name ends with it, too",
                    &options.format),
    };
    const struct option_set set =
        OPTION_SET("calc FILE",
                   "Calculates an account from a calculation file, JSON (docs/formulas.md) or a "
                   "table (docs/csv.md); - is stdin.",
                   rows, 0, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (!words_language(&options.language, options.language_name)) {
        output_note("calc: --language takes zh, ru or en");
        return TOOL_USAGE;
    }
    if (options.format != NULL && strcmp(options.format, "json") != 0 &&
        strcmp(options.format, "csv") != 0) {
        output_note("calc: --format takes json or csv");
        return TOOL_USAGE;
    }
    if ((options.template == NULL) != (first < argc)) {
        output_note("calc: FILE, or --template KIND");
        return TOOL_USAGE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int exit_status = options.template != NULL ? print_template(&options, &arena)
                                                     : run(argv[first], &options, &arena);
    arena_free(&arena);
    return exit_status;
}
