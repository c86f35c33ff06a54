/* SPDX-License-Identifier: Apache-2.0 */
/* `seam calc`: the calculation alone, without node or key, by the function that every validator
 * runs. */
#include "tools/command.h"

#include <stdio.h>
#include <string.h>

#include "ledger/accounting/calc.h"
#include "ledger/base/qty.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define BUDGET ((size_t)256 << 20)
#define JSON_MAX ((size_t)16 << 20)

struct options {
    const char *set;
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

static void print_lines(const Seam__CalculationResult *result)
{
    static const struct output_column columns[] = {
        {"line", true},    {"code", false}, {"source", false}, {"fuel, face", false},
        {"t CO2", true},   {"t CH4", true}, {"t CO2e", true},  {"scope", false},
        {"method", false}, {"flags", false}};
    struct output_table *table = output_table_new(columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < result->n_lines; i++) {
        const Seam__LineResult *line = result->lines[i];
        char number[24];
        char co2[DEC_TEXT_SIZE];
        char ch4[DEC_TEXT_SIZE];
        char co2e[DEC_TEXT_SIZE];
        char flags[256];
        snprintf(number, sizeof number, "%zu", i + 1);
        tonnes(co2, line->co2_g);
        tonnes(ch4, line->ch4_g);
        tonnes(co2e, line->co2e_g);
        join_flags(flags, sizeof flags, line);
        const char *const cells[] = {number, line->code, line->source, line->detail, co2,
                                     ch4,    co2e,       line->scope,  line->method, flags};
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

static void print_trace(const Seam__CalculationResult *result)
{
    for (size_t i = 0; i < result->n_trace; i++) {
        const Seam__TraceLine *trace = result->trace[i];
        output_line("%s", "");
        output_line("%zu  %s %s %s", i + 1, trace->code, trace->source, trace->detail);
        output_line("   %s   [%s]", trace->formula, trace->clause);
        for (size_t j = 0; j < trace->n_inputs; j++) {
            const Seam__TraceInput *input = trace->inputs[j];
            output_line("   %-18s = %s %s   (%s%s%s%s%s)", input->name, input->value, input->unit,
                        input->origin, input->grade[0] != '\0' ? ", grade " : "", input->grade,
                        input->document[0] != '\0' ? ", " : "", input->document);
        }
        for (size_t j = 0; j < trace->n_steps; j++) {
            const Seam__TraceStep *step = trace->steps[j];
            output_line("   %-18s = %s %s %s %s", step->name, step->formula,
                        step->exact ? "=" : "=~", step->value, step->unit);
        }
    }
}

static void print_result(const Seam__CalculationResult *result, bool explain)
{
    char hash[2 * HASH_SIZE + 1];
    hex_encode(hash, bytes_of(result->parameter_set->hash.data, result->parameter_set->hash.len));
    output_line("facility %s (%s), period %s", result->facility, result->kind, result->period);
    output_line("parameter set %s version %u, formulas %s, GWP %s", result->parameter_set->id,
                (unsigned)result->parameter_set->version, result->parameter_set->edition,
                result->gwp);
    output_line("set hash %s", hash);
    output_line("%s", "");
    print_lines(result);
    if (explain) {
        print_trace(result);
    }
    output_line("%s", "");
    print_total("scope 1", result->scope1_g);
    print_total("scope 2", result->scope2_g);
    print_total("gross", result->gross_g);
    if (result->sinks_g != 0 || result->information_g != 0) {
        print_total("sinks", result->sinks_g);
        print_total("for information", result->information_g);
        print_total("net", result->net_g);
    }
    output_line("reported %s t CO2e, %lld whole tonnes", result->report_t,
                (long long)result->whole_t);
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

static enum err calculate(const Seam__CalculationResult **result, struct bytes json,
                          const struct options *options, struct arena *arena, struct errors *errors)
{
    const Seam__CalculationFile *file = NULL;
    struct set set;
    enum err err = calc_file_read(&file, json, arena, errors);
    if (err == OK) {
        err = load_set(&set, file, options->set, arena, errors);
    }
    if (err == OK) {
        err = calc_run(result, file, &set, CALC_TRACE, arena, errors);
    }
    return err;
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
        err = calculate(&result, json, options, arena, &errors);
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
    print_result(result, options->explain);
    return TOOL_OK;
}

int cmd_calc(int argc, char **argv)
{
    struct options options = {.set = NULL};
    const struct option_row rows[] = {
        OPTION_JSON(&options.json),
        OPTION_SWITCH("explain", 'e', "show every formula with its numbers", &options.explain),
        OPTION_TEXT("set", 's', "FILE", NULL, "parameter set document instead of a built-in one",
                    &options.set),
    };
    const struct option_set set =
        OPTION_SET("calc FILE",
                   "Calculates an account from a calculation file (docs/formulas.md); - is stdin.",
                   rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int exit_status = run(argv[first], &options, &arena);
    arena_free(&arena);
    return exit_status;
}
