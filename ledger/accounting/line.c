/* SPDX-License-Identifier: Apache-2.0 */
/* Errors do not stop a line: a reader that fails notes it and the next one still runs, so a person
 * corrects a file once. */
#include "ledger/accounting/line.h"

#include "ledger/accounting/bound.h"
#include "ledger/accounting/code.h"
#include "ledger/base/qty.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STEP_TEXT_SIZE 1200
#define PLACES 12

static char *keep(struct line *line, const char *text)
{
    char *kept = arena_text(line->calc->arena, text, strlen(text));
    if (kept == NULL) {
        line->calc->failed = ERR_MEMORY;
        line->failed = true;
        return (char *)protobuf_c_empty_string;
    }
    return kept;
}

void line_fail(struct line *line, enum err err, const char *field, const char *limit,
               const char *hint)
{
    assert(err != OK);
    line->failed = true;
    if (line->quiet) {
        return;
    }
    if (line->calc->failed == OK) {
        line->calc->failed = err;
    }
    const char *clause = line->row != NULL ? line->row->clause : NULL;
    struct err_detail *kept = errors_add(line->calc->errors, err, field, clause, limit, hint);
    if (kept != NULL) {
        kept->line = (uint32_t)(line->index + 1);
    }
}

void line_flag(struct line *line, const char *flag)
{
    if (line->quiet || line->out == NULL) {
        return;
    }
    for (size_t i = 0; i < line->out->n_flags; i++) {
        if (strcmp(line->out->flags[i], flag) == 0) {
            return;
        }
    }
    assert(line->out->n_flags < LINE_FLAGS_MAX);
    line->out->flags[line->out->n_flags++] = keep(line, flag);
}

void line_method(struct line *line, const char *method)
{
    if (line->out != NULL) {
        line->out->method = keep(line, method);
    }
}

/* --- trace -------------------------------------------------------------------------------------*/

static bool tracing(const struct line *line)
{
    return line->trace != NULL && !line->quiet;
}

static void trace_input(struct line *line, const char *name, const char *value, const char *unit,
                        const char *origin, const Seam__ParameterValue *of_set)
{
    if (!tracing(line) || line->trace->n_inputs >= LINE_INPUTS_MAX) {
        return;
    }
    Seam__TraceInput *input = arena_alloc(line->calc->arena, sizeof *input);
    if (input == NULL) {
        line->calc->failed = ERR_MEMORY;
        return;
    }
    seam__trace_input__init(input);
    input->name = keep(line, name);
    input->value = keep(line, value);
    input->unit = keep(line, unit);
    input->origin = keep(line, origin);
    if (of_set != NULL) {
        input->grade = of_set->grade;
        input->document = of_set->source;
    }
    line->trace->inputs[line->trace->n_inputs++] = input;
}

static void trace_typed(struct line *line, const char *name, const char *value, const char *unit)
{
    const char *origin = line->in->origin[0] != '\0' ? line->in->origin : "FILE";
    trace_input(line, name, value, strcmp(unit, "1") == 0 ? "" : unit, origin, NULL);
}

const char *line_limit_text(char *out, const struct ratio *value)
{
    bool exact = false;
    ratio_text(out, &exact, value, PLACES);
    return out;
}

const char *line_ratio_text(const struct line *line, char *out, const struct ratio *value)
{
    out[0] = '\0';
    return tracing(line) ? line_limit_text(out, value) : out;
}

void line_step(struct line *line, const char *name, const struct ratio *value, const char *unit,
               const char *format, ...)
{
    if (!tracing(line) || line->failed || line->trace->n_steps >= LINE_STEPS_MAX) {
        return;
    }
    Seam__TraceStep *step = arena_alloc(line->calc->arena, sizeof *step);
    if (step == NULL) {
        line->calc->failed = ERR_MEMORY;
        return;
    }
    char text[STEP_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char number[RATIO_TEXT_SIZE];
    bool exact = false;
    ratio_text(number, &exact, value, PLACES);
    seam__trace_step__init(step);
    step->name = keep(line, name);
    step->formula = keep(line, text);
    step->value = keep(line, number);
    step->unit = keep(line, unit);
    step->exact = exact;
    line->trace->steps[line->trace->n_steps++] = step;
}

/* --- reading -----------------------------------------------------------------------------------*/

static bool check_bound(struct line *line, struct input *out, const char *field, const char *bound,
                        const char *unit, const char *text)
{
    const struct bound *row = bound_find(bound, unit);
    assert(row != NULL);
    char limit[64];
    const enum err err = bound_check(&out->value, row, text, limit, sizeof limit);
    if (err != OK) {
        const char *hint = NULL;
        if (err == ERR_PERCENT) {
            hint = "a fraction between 0 and 1, not per cent";
        } else if (err == ERR_DEC && strchr(text, ',') != NULL) {
            hint = "use a point, no thousands separators";
        }
        line_fail(line, err, field, limit, hint);
        return false;
    }
    dec_text(out->text, out->value);
    out->unit = row->unit;
    return true;
}

/* The entry of the comma separated list that equals unit, as constant text of the bound's row. */
static bool unit_allowed(struct line *line, const char *field, const Seam__Quantity *in,
                         const char *units)
{
    if (in->unit[0] == '\0') {
        line_fail(line, ERR_MISSING, field, units, "a quantity has a value and a unit");
        return false;
    }
    if (!spell_in_list(in->unit, units)) {
        const bool mixed = strcmp(field, "cc") == 0 && strncmp(in->unit, "tC/", 3) == 0;
        line_fail(line, ERR_UNIT, field, units,
                  mixed ? "cc is carbon per heat (tC/GJ, EF_i of clause 5.2.2 c); for tC/t use "
                          "carbon_content (CC of table 5)"
                        : NULL);
        return false;
    }
    return true;
}

bool line_quantity(struct line *line, struct input *out, const char *field, const char *bound,
                   const Seam__Quantity *in, const char *units)
{
    if (in == NULL) {
        line_fail(line, ERR_MISSING, field, units, NULL);
        return false;
    }
    if (!unit_allowed(line, field, in, units)) {
        return false;
    }
    const bool normal = strstr(in->unit, "Nm3") != NULL && strcmp(in->state, "NORM_0C") == 0;
    if (in->state[0] != '\0' && !normal) {
        line_fail(line, ERR_STATE, field, "no state", "a reference state belongs to gas in m3");
        return false;
    }
    if (!check_bound(line, out, field, bound, in->unit, in->value)) {
        return false;
    }
    trace_typed(line, field, in->value, out->unit);
    return true;
}

/* Kelvin in hundredths at the reference states of methodology 1.1. */
static int64_t state_kelvin(const char *state)
{
    if (strcmp(state, "NORM_0C") == 0) {
        return 27315;
    }
    if (strcmp(state, "STD_15C") == 0) {
        return 28815;
    }
    return strcmp(state, "STD_20C") == 0 ? 29315 : 0;
}

bool line_volume(struct line *line, struct ratio *out, const char *field, const Seam__Quantity *in)
{
    static const char units[] = "1e4Nm3,1e3m3,m3";
    if (in == NULL) {
        line_fail(line, ERR_MISSING, field, units, NULL);
        return false;
    }
    if (!unit_allowed(line, field, in, units)) {
        return false;
    }
    const bool normal = strcmp(in->unit, "1e4Nm3") == 0;
    const int64_t kelvin = state_kelvin(normal && in->state[0] == '\0' ? "NORM_0C" : in->state);
    if (kelvin == 0 || (normal && kelvin != 27315)) {
        line_fail(line, ERR_STATE, field, normal ? "NORM_0C" : "NORM_0C, STD_15C, STD_20C",
                  normal ? "Nm3 is 0 degrees C and 101.325 kPa"
                         : "a volume in m3 names its reference state");
        return false;
    }
    struct input input;
    if (!check_bound(line, &input, field, "volume_gas", in->unit, in->value)) {
        return false;
    }
    *out = ratio_of_dec(input.value);
    trace_typed(line, field, in->value, in->unit);
    if (!normal) {
        const bool thousands = strcmp(in->unit, "1e3m3") == 0;
        ratio_div_int(out, thousands ? 10 : 10000);
        ratio_mul_int(out, 27315);
        ratio_div_int(out, kelvin);
        line_step(line, field, out, "1e4Nm3", "%s / %s x 273.15/%d.%02d", input.text,
                  thousands ? "10" : "10000", (int)(kelvin / 100), (int)(kelvin % 100));
    }
    return true;
}

bool line_number(struct line *line, struct input *out, const char *field, const char *bound,
                 const char *text)
{
    if (!check_bound(line, out, field, bound, "1", text)) {
        return false;
    }
    trace_typed(line, field, text, "1");
    return true;
}

bool line_fraction(struct line *line, struct input *out, const char *field, const char *text)
{
    return line_number(line, out, field, "fraction", text);
}

bool line_choice(struct line *line, const char *field, const char *text, const char *choices)
{
    if (text[0] == '\0') {
        line_fail(line, ERR_MISSING, field, choices, NULL);
        return false;
    }
    if (!spell_in_list(text, choices)) {
        line_fail(line, ERR_ENUM, field, choices, NULL);
        return false;
    }
    return true;
}

bool line_param(struct line *line, struct input *out, const char *name, const char *key)
{
    const Seam__ParameterValue *value = set_value(line->calc->set, key);
    if (value == NULL) {
        char hint[160];
        snprintf(hint, sizeof hint, "the set has no value %.64s; enter %.32s", key, name);
        line_fail(line, ERR_PARAM, name, NULL, hint);
        return false;
    }
    out->value = set_dec(value);
    dec_text(out->text, out->value);
    out->unit = value->unit;
    if (set_unsourced(value)) {
        line_flag(line, "UNSOURCED_VALUE");
    }
    if (tracing(line)) {
        char origin[120];
        snprintf(origin, sizeof origin, "SET %.100s", key);
        trace_input(line, name, value->value, strcmp(value->unit, "1") == 0 ? "" : value->unit,
                    origin, value);
    }
    return true;
}

bool line_fraction_or(struct line *line, struct input *out, const char *field, const char *text,
                      const char *key)
{
    return text[0] != '\0' ? line_fraction(line, out, field, text)
                           : line_param(line, out, field, key);
}

/* --- result ------------------------------------------------------------------------------------*/

static bool round_into(struct line *line, int64_t *out, const struct ratio *tonnes)
{
    struct grams grams;
    if (grams_round(&grams, tonnes) != OK) {
        line_fail(line, ERR_RANGE, "result", "at most 9007199254.740991 t", NULL);
        return false;
    }
    *out = grams_value(grams);
    return true;
}

void line_finish(struct line *line)
{
    if (line->failed) {
        return;
    }
    struct ratio sum = line->co2_t;
    const bool methane = ratio_sign(&line->ch4_t) != 0;
    char ch4[RATIO_TEXT_SIZE];
    char co2[RATIO_TEXT_SIZE];
    if (line->calc->ch4_only) {
        line_flag(line, "NO_GWP");
    } else if (methane || line->row->gas == GAS_CH4 || line->row->gas == GAS_BOTH) {
        const Seam__ParameterValue *gwp = line->calc->gwp_ch4;
        struct ratio part = line->ch4_t;
        ratio_mul_dec(&part, set_dec(gwp));
        ratio_add(&sum, &part);
        if (set_unsourced(gwp)) {
            line_flag(line, "UNSOURCED_VALUE");
        }
        trace_input(line, "GWP(CH4)", gwp->value, "", gwp->key, gwp);
        if (line->row->gas == GAS_BOTH) {
            line_step(line, "CO2e", &sum, "tCO2e", "%s + %s x %s",
                      line_ratio_text(line, co2, &line->co2_t),
                      line_ratio_text(line, ch4, &line->ch4_t), gwp->value);
        } else {
            line_step(line, "CO2e", &sum, "tCO2e", "%s x %s",
                      line_ratio_text(line, ch4, &line->ch4_t), gwp->value);
        }
    }
    int64_t co2e_g = 0;
    int64_t co2_g = 0;
    int64_t ch4_g = 0;
    if (!round_into(line, &co2e_g, &sum) || !round_into(line, &co2_g, &line->co2_t) ||
        !round_into(line, &ch4_g, &line->ch4_t)) {
        return;
    }
    line->out->co2e_g = co2e_g;
    line->out->co2_g = co2_g;
    line->out->ch4_g = ch4_g;
    const struct ratio grams = ratio_of_int(co2e_g);
    line_step(line, "rounded", &grams, "gCO2e", "%s t, half away from zero to 1 g",
              line_ratio_text(line, co2, &sum));
}
