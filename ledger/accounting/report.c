/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the result are copied level by level as far as something is filled in below them. */
#include "ledger/accounting/report.h"

#include "ledger/accounting/code.h"
#include "ledger/accounting/uncertainty.h"
#include "ledger/accounting/words.h"
#include "ledger/base/qty.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BP 10000
#define TOTAL_TEXT 1100
#define TOTAL_TERMS 20 /* more are not written out */

struct report {
    Seam__CalculationResult *result;
    const Seam__CalculationFile *file;
    const struct set *set;
    enum err_language language;
    struct arena *arena;
    bool failed; /* no memory */
};

static void *take(struct report *report, size_t size)
{
    void *memory = arena_alloc(report->arena, size > 0 ? size : 1);
    report->failed = report->failed || memory == NULL;
    return memory;
}

static void *copy(struct report *report, const void *from, size_t size)
{
    void *memory = take(report, size);
    if (memory != NULL && size > 0) {
        memcpy(memory, from, size);
    }
    return memory;
}

static char *keep(struct report *report, const char *text)
{
    char *kept = arena_text(report->arena, text, strlen(text));
    report->failed = report->failed || kept == NULL;
    return kept != NULL ? kept : (char *)protobuf_c_empty_string;
}

static Seam__Known *known(struct report *report, int64_t value)
{
    Seam__Known *out = take(report, sizeof *out);
    if (out != NULL) {
        seam__known__init(out);
        out->value = value;
    }
    return out;
}

/* --- completeness and primary data -------------------------------------------------------------*/

static bool has_line(const Seam__CalculationFile *file, const char *code)
{
    for (size_t i = 0; i < file->n_lines; i++) {
        if (strcmp(file->lines[i]->code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* [KSSJ 5.1.2] Of the codes that the set has for this kind of facility, how many the file speaks
 * of, be it to say that nothing occurred. A period without activity says so for all of them. */
static void completeness(struct report *report)
{
    if (report->file->n_lines == 0) {
        return;
    }
    const Seam__ParameterSet *set = report->set->message;
    const unsigned kind = code_kind(report->file->kind);
    char **missing = take(report, set->n_codes * sizeof *missing);
    int64_t expected = 0;
    int64_t there = 0;
    for (size_t i = 0; missing != NULL && i < set->n_codes; i++) {
        const struct code_row *row = code_find(set->edition, set->codes[i]);
        if (row == NULL || (row->kinds & kind) == 0) {
            continue;
        }
        expected++;
        if (has_line(report->file, set->codes[i])) {
            there++;
        } else {
            missing[report->result->n_missing_codes++] = set->codes[i];
        }
    }
    report->result->missing_codes = missing;
    if (expected > 0) {
        report->result->completeness_bp = known(report, (2 * there * BP + expected) / 2 / expected);
    }
}

static bool in_gross(const Seam__LineResult *line)
{
    return strcmp(line->scope, "1") == 0 || strcmp(line->scope, "2") == 0;
}

/* Magnitudes, so that sold electricity does not make the rest look better measured than it is. */
static void primary(struct report *report)
{
    unsigned __int128 all = 0;
    unsigned __int128 measured = 0;
    for (size_t i = 0; i < report->result->n_lines; i++) {
        const Seam__LineResult *line = report->result->lines[i];
        const char *origin = report->file->lines[i]->origin;
        const uint64_t grams = (uint64_t)(line->co2e_g < 0 ? -line->co2e_g : line->co2e_g);
        if (!in_gross(line)) {
            continue;
        }
        all += grams;
        if (strcmp(origin, "MEASURED") == 0 || strcmp(origin, "INVOICED") == 0) {
            measured += grams;
        }
    }
    if (all == 0 || all > (unsigned __int128)QTY_SAFE_MAX) {
        return;
    }
    report->result->primary_g = (int64_t)measured;
    report->result->primary_bp = known(report, (int64_t)((2 * measured * BP + all) / 2 / all));
}

/* --- how the totals follow ---------------------------------------------------------------------*/

static void total_input(struct report *report, Seam__TraceLine *trace, const Seam__LineResult *line)
{
    Seam__TraceInput *input = take(report, sizeof *input);
    char value[32];
    if (input == NULL) {
        return;
    }
    seam__trace_input__init(input);
    snprintf(value, sizeof value, "%lld", (long long)line->co2e_g);
    input->name = line->code;
    input->value = keep(report, value);
    input->unit = (char *)"gCO2e";
    input->origin = line->source;
    trace->inputs[trace->n_inputs++] = input;
}

static void total_step(struct report *report, Seam__TraceLine *trace, const char *name,
                       const char *formula, int64_t grams)
{
    Seam__TraceStep *step = take(report, sizeof *step);
    char value[32];
    if (step == NULL) {
        return;
    }
    seam__trace_step__init(step);
    snprintf(value, sizeof value, "%lld", (long long)grams);
    step->name = (char *)(uintptr_t)name;
    step->formula = keep(report, formula);
    step->value = keep(report, value);
    step->unit = (char *)"gCO2e";
    step->exact = true;
    trace->steps[trace->n_steps++] = step;
}

/* One step for the lines of a scope, their grams written out where they are few. */
static void scope_step(struct report *report, Seam__TraceLine *trace, const char *name,
                       const char *scope, int64_t grams)
{
    char formula[TOTAL_TEXT] = "";
    size_t at = 0;
    size_t count = 0;
    for (size_t i = 0; i < report->result->n_lines; i++) {
        const Seam__LineResult *line = report->result->lines[i];
        if (strcmp(line->scope, scope) != 0) {
            continue;
        }
        if (count < TOTAL_TERMS) {
            const int wrote = snprintf(formula + at, sizeof formula - at, "%s%lld",
                                       count > 0 ? " + " : "", (long long)line->co2e_g);
            at += wrote > 0 ? (size_t)wrote : 0;
        }
        count++;
    }
    if (count > TOTAL_TERMS) {
        snprintf(formula, sizeof formula, "sum of the %zu lines", count);
    }
    if (count > 0) {
        total_step(report, trace, name, formula, grams);
    }
}

/* [methodology 1.3] gross = scope 1 + scope 2, net = gross - sinks: exact additions of grams. */
static void total(struct report *report)
{
    const Seam__CalculationResult *result = report->result;
    Seam__TraceLine *trace = take(report, sizeof *trace);
    void *inputs = take(report, (result->n_lines + 1) * sizeof(Seam__TraceInput *));
    void *steps = take(report, 6 * sizeof(Seam__TraceStep *));
    char formula[80];
    if (trace == NULL || inputs == NULL || steps == NULL) {
        return;
    }
    seam__trace_line__init(trace);
    trace->inputs = inputs;
    trace->steps = steps;
    trace->code = (char *)"TOTAL";
    trace->formula = (char *)"gross = scope_1 + scope_2, net_total = gross - sinks";
    trace->clause = (char *)"KSSJ 5.2.2a; methodology 1.3";
    for (size_t i = 0; i < result->n_lines; i++) {
        total_input(report, trace, result->lines[i]);
    }
    scope_step(report, trace, "scope_1", "1", result->scope1_g);
    scope_step(report, trace, "scope_2", "2", result->scope2_g);
    snprintf(formula, sizeof formula, "%lld + %lld", (long long)result->scope1_g,
             (long long)result->scope2_g);
    total_step(report, trace, "gross", formula, result->gross_g);
    scope_step(report, trace, "sinks", "SINK", result->sinks_g);
    snprintf(formula, sizeof formula, "%lld - %lld", (long long)result->gross_g,
             (long long)result->sinks_g);
    total_step(report, trace, "net_total", formula, result->net_g);
    report->result->trace_total = trace;
}

/* --- words -------------------------------------------------------------------------------------*/

static char *name_text(struct report *report, const char *name)
{
    char text[WORDS_TEXT_SIZE];
    words_name(text, sizeof text, name, report->language);
    return keep(report, text);
}

static char *formula_text(struct report *report, const char *formula)
{
    char text[WORDS_TEXT_SIZE];
    words_formula(text, sizeof text, formula, report->language);
    return keep(report, text);
}

static char *word(struct report *report, const char *key)
{
    const char *text = words_find(key, report->language);
    return keep(report, text != NULL ? text : key);
}

static char *unit_text(struct report *report, const char *unit)
{
    const char *text = unit[0] != '\0' ? words_unit(unit, report->language) : "";
    return keep(report, text != NULL ? text : unit);
}

static char *origin_text(struct report *report, const char *origin)
{
    char text[WORDS_TEXT_SIZE];
    words_origin(text, sizeof text, origin, report->language);
    return keep(report, text);
}

static char **flag_texts(struct report *report, char *const *flags, size_t count)
{
    char **texts = take(report, count * sizeof *texts);
    for (size_t i = 0; texts != NULL && i < count; i++) {
        texts[i] = word(report, flags[i]);
    }
    return texts;
}

static void tell_line(struct report *report, Seam__LineResult *line)
{
    line->label = word(report, line->code);
    line->method_text = line->method[0] != '\0' ? word(report, line->method) : line->method;
    line->flag_texts = flag_texts(report, line->flags, line->n_flags);
    line->n_flag_texts = line->flag_texts != NULL ? line->n_flags : 0;
}

static void tell_trace(struct report *report, Seam__TraceLine *trace, bool total)
{
    trace->label = word(report, trace->code);
    trace->formula_text = formula_text(report, trace->formula);
    trace->inputs = copy(report, trace->inputs, trace->n_inputs * sizeof *trace->inputs);
    trace->steps = copy(report, trace->steps, trace->n_steps * sizeof *trace->steps);
    for (size_t i = 0; !report->failed && i < trace->n_inputs; i++) {
        Seam__TraceInput *input = copy(report, trace->inputs[i], sizeof *input);
        if (input != NULL) {
            input->label = total ? word(report, input->name) : name_text(report, input->name);
            input->unit_text = unit_text(report, input->unit);
            input->origin_text =
                total ? keep(report, input->origin) : origin_text(report, input->origin);
            trace->inputs[i] = input;
        }
    }
    for (size_t i = 0; !report->failed && i < trace->n_steps; i++) {
        Seam__TraceStep *step = copy(report, trace->steps[i], sizeof *step);
        if (step != NULL) {
            step->label = name_text(report, step->name);
            step->unit_text = unit_text(report, step->unit);
            step->formula_text = formula_text(report, step->formula);
            trace->steps[i] = step;
        }
    }
}

static void tell(struct report *report)
{
    Seam__CalculationResult *result = report->result;
    result->language = (char *)(uintptr_t)words_language_name(report->language);
    result->flag_texts = flag_texts(report, result->flags, result->n_flags);
    result->n_flag_texts = result->flag_texts != NULL ? result->n_flags : 0;
    for (size_t i = 0; !report->failed && i < result->n_lines; i++) {
        tell_line(report, result->lines[i]);
    }
    result->trace = copy(report, result->trace, result->n_trace * sizeof *result->trace);
    for (size_t i = 0; !report->failed && i < result->n_trace; i++) {
        Seam__TraceLine *trace = copy(report, result->trace[i], sizeof *trace);
        if (trace != NULL) {
            tell_trace(report, trace, false);
            result->trace[i] = trace;
        }
    }
    if (result->trace_total != NULL && !report->failed) {
        tell_trace(report, result->trace_total, true);
    }
}

static void copy_result(struct report *report, const Seam__CalculationResult *result)
{
    report->result = copy(report, result, sizeof *result);
    if (report->result == NULL) {
        return;
    }
    report->result->lines = copy(report, result->lines, result->n_lines * sizeof *result->lines);
    for (size_t i = 0; !report->failed && i < result->n_lines; i++) {
        report->result->lines[i] = copy(report, result->lines[i], sizeof(Seam__LineResult));
    }
}

enum err report_make(const Seam__CalculationResult **out, const Seam__CalculationResult *result,
                     const Seam__CalculationFile *file, const struct set *set,
                     enum err_language language, struct arena *arena)
{
    assert(result->n_lines == file->n_lines);
    struct report report = {.file = file, .set = set, .language = language, .arena = arena};
    struct set ranges;
    struct errors errors;
    copy_result(&report, result);
    enum err err = report.failed ? ERR_MEMORY : errors_new(&errors, arena);
    if (err == OK) {
        err = uncertainty_ranges(&ranges, arena, &errors);
    }
    if (err == OK) {
        err = uncertainty_add(report.result, file, &ranges, arena);
    }
    if (err != OK) {
        return err;
    }
    completeness(&report);
    primary(&report);
    if (result->n_trace > 0) {
        total(&report);
    }
    if (!report.failed) {
        tell(&report);
    }
    if (report.failed) {
        return ERR_MEMORY;
    }
    *out = report.result;
    return OK;
}
