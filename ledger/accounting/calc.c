/* SPDX-License-Identifier: Apache-2.0 */
/* One pass reads the gas lines, one evaluates every line in the order of the file, then duplicates,
 * pairing and totals are looked at. Nothing stops at the first error. */
#include "ledger/accounting/calc.h"

#include "ledger/accounting/accounting.h"
#include "ledger/accounting/allocate.h"
#include "ledger/accounting/claim.h"
#include "ledger/accounting/code.h"
#include "ledger/base/qty.h"
#include "ledger/codec/json_out.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"
#include "ledger/codec/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ORIGINS "MEASURED,INVOICED,CALCULATED,DEFAULT,RECONSTRUCTED"
#define LINE_EVIDENCE_MAX 16
#define LINE_RANGES_MAX 16
#define RESULT_JSON_MAX (8 * 1024 * 1024)

static void fail(struct calc *calc, enum err err, const char *field, const char *limit,
                 const char *hint)
{
    if (calc->failed == OK) {
        calc->failed = err;
    }
    errors_add(calc->errors, err, field, "D34", limit, hint);
}

static void *take(struct calc *calc, size_t size)
{
    void *memory = arena_alloc(calc->arena, size > 0 ? size : 1);
    if (memory == NULL) {
        calc->failed = ERR_MEMORY;
    }
    return memory;
}

/* --- order -------------------------------------------------------------------------------------*/

const char *calc_line_detail(const Seam__Line *line)
{
    return line->fuel[0] != '\0' ? line->fuel : line->face;
}

int calc_line_compare(const Seam__Line *a, const Seam__Line *b)
{
    int order = strcmp(a->code, b->code);
    if (order == 0) {
        order = strcmp(a->source, b->source);
    }
    return order != 0 ? order : strcmp(calc_line_detail(a), calc_line_detail(b));
}

/* Merge sort, bottom up: 1,000 lines in any order cost the same. */
const size_t *calc_sorted(const Seam__CalculationFile *file, struct arena *arena)
{
    const size_t count = file->n_lines;
    size_t *from = arena_alloc(arena, (count + 1) * sizeof *from);
    size_t *to = arena_alloc(arena, (count + 1) * sizeof *to);
    if (from == NULL || to == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        from[i] = i;
    }
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            const size_t middle = start + width < count ? start + width : count;
            const size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t left = start;
            size_t right = middle;
            for (size_t at = start; at < end; at++) {
                const bool take_left =
                    left < middle &&
                    (right >= end ||
                     calc_line_compare(file->lines[from[left]], file->lines[from[right]]) <= 0);
                to[at] = take_left ? from[left++] : from[right++];
            }
        }
        size_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* --- head --------------------------------------------------------------------------------------*/

static void check_gwp(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    const char *gwp = file->gwp[0] != '\0' ? file->gwp : set_default_gwp(calc->set, calc->period);
    if (gwp == NULL && calc->set->message->cross_check) {
        calc->ch4_only = true;
        return;
    }
    if (gwp == NULL) {
        fail(calc, ERR_MISSING, "gwp", "IPCC-AR5-100", "the set has no default for this period");
        return;
    }
    char key[LIMIT_ID_TEXT + 16];
    snprintf(key, sizeof key, "gwp.%.64s.CH4", gwp);
    calc->gwp_ch4 = set_value(calc->set, key);
    if (calc->gwp_ch4 == NULL) {
        fail(calc, ERR_PARAM, "gwp", "IPCC-SAR-100, IPCC-AR4-100, IPCC-AR5-100, ...",
             "a GWP is named by its set, never by a bare number");
        return;
    }
    const size_t size = strlen(gwp);
    if ((calc->options & CALC_SUBMISSION) != 0 && size > 3 && strcmp(gwp + size - 3, "-20") == 0) {
        fail(calc, ERR_PARAM, "gwp", "a 100-year set", "20-year values are for information only");
    }
}

static void check_boundary(struct calc *calc)
{
    const char *text = calc->file->boundary;
    struct dec value;
    if (text[0] != '\0' && (dec_parse(&value, bytes_text(text)) != OK || value.s != 0 ||
                            value.m < 1 || value.m > INT32_MAX || text[0] == '0')) {
        fail(calc, ERR_TYPE, "boundary", "a version number: 1, 2, 3", NULL);
    }
}

static void check_evidence_list(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    if (file->n_evidence > LIMIT_TX_LINES) {
        fail(calc, ERR_LENGTH, "evidence", "at most 1000", NULL);
        return;
    }
    for (size_t i = 0; i < file->n_evidence; i++) {
        const Seam__Evidence *item = file->evidence[i];
        char field[40];
        snprintf(field, sizeof field, "evidence[%u]", (unsigned)i);
        if (!spell_id(item->id, false)) {
            fail(calc, ERR_TEXT, field, "id: a-z 0-9 . _ -, at most 64", NULL);
        }
        if (!spell_in_list(item->class_, "LEDGER,INVOICE,LAB_REPORT,METER_LOG,OTHER")) {
            fail(calc, ERR_ENUM, field, "class: LEDGER, INVOICE, LAB_REPORT, METER_LOG, OTHER",
                 NULL);
        }
        if (item->sha256.len != HASH_SIZE) {
            fail(calc, ERR_LENGTH, field, "sha256: 32 bytes", NULL);
        }
    }
}

static void check_state(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    const bool value = file->state[0] == '\0' || strcmp(file->state, "VALUE") == 0;
    if (!value && strcmp(file->state, "NIL") != 0 && strcmp(file->state, "SUSPENDED") != 0) {
        fail(calc, ERR_ENUM, "state", "VALUE,NIL,SUSPENDED", NULL);
    }
    if (value && file->n_lines == 0) {
        fail(calc, ERR_MISSING, "lines", NULL,
             "a period without activity is declared with state NIL or SUSPENDED");
    }
    if (!value && file->n_lines > 0) {
        fail(calc, ERR_PARAM, "lines", "none", "a NIL or SUSPENDED period has no lines");
    }
    if (file->n_lines > LIMIT_TX_LINES) {
        fail(calc, ERR_LENGTH, "lines", "at most 1000", NULL);
    }
}

static void check_head(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    if (!spell_id(file->facility, false)) {
        fail(calc, file->facility[0] == '\0' ? ERR_MISSING : ERR_TEXT, "facility",
             "a-z 0-9 . _ -, at most 64", NULL);
    }
    if (code_kind(file->kind) == 0) {
        fail(calc, file->kind[0] == '\0' ? ERR_MISSING : ERR_ENUM, "kind", "UG,OP,WP,AM", NULL);
    }
    if (strcmp(file->parameter_set, calc->set->message->id) != 0) {
        fail(calc, ERR_SET, "parameter_set", calc->set->message->id, NULL);
    } else if (calc->set->message->cross_check && (calc->options & CALC_SUBMISSION) != 0) {
        fail(calc, ERR_SET, "parameter_set", NULL, "a cross-check set cannot be submitted (D46)");
    }
    const enum err err = period_parse(&calc->period, bytes_text(file->period));
    if (err != OK) {
        fail(calc, file->period[0] == '\0' ? ERR_MISSING : err, "period",
             "YYYY-MM, YYYY or YYYY-Qn", NULL);
    } else {
        if (!set_covers(calc->set, calc->period)) {
            fail(calc, ERR_SET, "period", calc->set->message->valid_from,
                 "the parameter set is not valid for this period");
        }
        check_gwp(calc);
    }
    if (utf8_count(bytes_text(file->reason)) > LIMIT_NAME_TEXT) {
        fail(calc, ERR_LENGTH, "reason", "at most 200 characters", NULL);
    }
    allocate_check(calc);
    check_boundary(calc);
    check_evidence_list(calc);
    check_state(calc);
}

/* --- lines -------------------------------------------------------------------------------------*/

/* Fields of every line; the rest is named by the code's row. */
static const char common_fields[] = "code,source,face,origin,note,evidence,not_occurring,"
                                    "uncertainty";

static void check_fields(struct line *line)
{
    const ProtobufCMessageDescriptor *type = &seam__line__descriptor;
    const bool occurs = line->in->not_occurring[0] == '\0';
    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        if (message_count(&line->in->base, &type->fields[i]) == 0 ||
            spell_in_list(name, common_fields)) {
            continue;
        }
        const bool key = strcmp(name, "fuel") == 0;
        if (spell_in_list(name, line->row->fields) && (occurs || key)) {
            continue;
        }
        char hint[200];
        const bool list = strcmp(name, "ventilation_list") == 0;
        snprintf(hint, sizeof hint, occurs ? "%.20s takes %.160s" : "%.20s is not occurring%.0s",
                 line->in->code, line->row->fields);
        line_fail(line, ERR_UNKNOWN_FIELD, list ? "ventilation" : name, NULL, hint);
    }
    if (line->in->ventilation != NULL && line->in->n_ventilation_list > 0) {
        line_fail(line, ERR_TWICE, "ventilation", "a quantity or a list", NULL);
    }
}

static void check_text(struct line *line, const char *field, const char *text)
{
    if (!utf8_printable(bytes_text(text))) {
        line_fail(line, ERR_TEXT, field, "no control characters", NULL);
    } else if (utf8_count(bytes_text(text)) > LIMIT_NAME_TEXT) {
        line_fail(line, ERR_LENGTH, field, "at most 200 characters", NULL);
    }
}

/* Ranges that the file states [methodology 10.6]: of a field that the line takes, once each. */
static void check_uncertainty(struct line *line)
{
    const Seam__Line *in = line->in;
    const size_t count = in->n_uncertainty < LINE_RANGES_MAX ? in->n_uncertainty : LINE_RANGES_MAX;
    if (in->n_uncertainty > LINE_RANGES_MAX) {
        line_fail(line, ERR_LENGTH, "uncertainty", "at most 16 ranges a line", NULL);
    }
    for (size_t i = 0; i < count; i++) {
        const char *input = in->uncertainty[i]->input;
        struct dec bp;
        if (strcmp(input, "line") != 0 && line->row != NULL &&
            (strchr(input, ',') != NULL || !spell_in_list(input, line->row->fields))) {
            line_fail(line, ERR_ENUM, "uncertainty.input", "line, or a field of this code", NULL);
        }
        if (dec_parse(&bp, bytes_text(in->uncertainty[i]->bp)) != OK) {
            line_fail(line, ERR_DEC, "uncertainty.bp", "0 to 1000000", NULL);
        } else if (bp.s != 0 || bp.m < 0 || bp.m > 1000000) {
            line_fail(line, ERR_RANGE, "uncertainty.bp", "0 to 1000000",
                      "whole hundredths of a per cent");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(in->uncertainty[j]->input, input) == 0) {
                line_fail(line, ERR_TWICE, "uncertainty.input", NULL, NULL);
            }
        }
    }
}

static void check_common(struct line *line)
{
    const Seam__Line *in = line->in;
    const Seam__CalculationFile *file = line->calc->file;
    if (!spell_id(in->source, false)) {
        line_fail(line, in->source[0] == '\0' ? ERR_MISSING : ERR_TEXT, "source",
                  "a-z 0-9 . _ -, at most 64", NULL);
    }
    if (in->face[0] != '\0' && !spell_id(in->face, false)) {
        line_fail(line, ERR_TEXT, "face", "a-z 0-9 . _ -, at most 64", NULL);
    }
    if (in->fuel[0] != '\0' && in->face[0] != '\0') {
        line_fail(line, ERR_UNKNOWN_FIELD, "face", NULL, "a fuel line has no face");
    }
    if (in->origin[0] != '\0' && !spell_in_list(in->origin, ORIGINS)) {
        line_fail(line, ERR_ENUM, "origin", ORIGINS, NULL);
    }
    check_text(line, "note", in->note);
    check_text(line, "not_occurring", in->not_occurring);
    check_uncertainty(line);
    if (in->n_evidence > LINE_EVIDENCE_MAX) {
        line_fail(line, ERR_LENGTH, "evidence", "at most 16 documents a line", NULL);
        return;
    }
    for (size_t i = 0; i < in->n_evidence; i++) {
        bool found = false;
        for (size_t j = 0; j < file->n_evidence; j++) {
            found = found || strcmp(file->evidence[j]->id, in->evidence[i]) == 0;
        }
        if (!found) {
            line_fail(line, ERR_PARAM, "evidence", "an id of the file's evidence", NULL);
        }
    }
}

static bool find_row(struct line *line)
{
    const struct calc *calc = line->calc;
    if (line->in->code[0] == '\0') {
        line_fail(line, ERR_MISSING, "code", NULL, NULL);
        return false;
    }
    const struct code_row *row = code_find(calc->set->message->edition, line->in->code);
    if (row == NULL || !set_admits(calc->set, line->in->code)) {
        line_fail(line, ERR_PARAM, "code", NULL, "not a line code of this parameter set");
        return false;
    }
    line->row = row;
    if (code_kind(calc->file->kind) != 0 && (row->kinds & code_kind(calc->file->kind)) == 0) {
        line_fail(line, ERR_PARAM, "code", NULL, "not a line of this kind of facility");
        return false;
    }
    return true;
}

static bool start_trace(struct line *line)
{
    struct calc *calc = line->calc;
    if ((calc->options & CALC_TRACE) == 0) {
        return true;
    }
    Seam__TraceLine *trace = take(calc, sizeof *trace);
    void *inputs = take(calc, LINE_INPUTS_MAX * sizeof(Seam__TraceInput *));
    void *steps = take(calc, LINE_STEPS_MAX * sizeof(Seam__TraceStep *));
    if (trace == NULL || inputs == NULL || steps == NULL) {
        return false;
    }
    seam__trace_line__init(trace);
    trace->inputs = inputs;
    trace->steps = steps;
    line->trace = trace;
    return true;
}

static void name_line(struct line *line)
{
    line->out->code = line->in->code;
    line->out->source = line->in->source;
    line->out->detail = (char *)calc_line_detail(line->in);
    line->out->scope =
        (char *)code_scope_text(code_scope(line->row, code_kind(line->calc->file->kind)));
    if (line->trace != NULL) {
        line->trace->code = line->out->code;
        line->trace->source = line->out->source;
        line->trace->detail = line->out->detail;
        line->trace->formula = (char *)line->row->formula;
        line->trace->clause = (char *)line->row->clause;
    }
}

static void evaluate_line(struct calc *calc, size_t index, Seam__CalculationResult *result)
{
    struct line line = {.calc = calc,
                        .in = calc->file->lines[index],
                        .index = index,
                        .co2_t = ratio_of_int(0),
                        .ch4_t = ratio_of_int(0)};
    line.out = take(calc, sizeof *line.out);
    char **flags = take(calc, LINE_FLAGS_MAX * sizeof *flags);
    if (line.out == NULL || flags == NULL || !start_trace(&line)) {
        return;
    }
    seam__line_result__init(line.out);
    line.out->flags = flags;
    const bool known = find_row(&line);
    check_common(&line);
    if (!known) {
        return;
    }
    name_line(&line);
    check_fields(&line);
    if (line.in->not_occurring[0] != '\0') {
        line_flag(&line, "NOT_OCCURRING");
    } else if (calc->gwp_ch4 != NULL || calc->ch4_only) { /* then the period is known too */
        line.row->evaluate(&line);
        line_finish(&line);
    }
    if (strcmp(line.in->origin, "RECONSTRUCTED") == 0) {
        line_flag(&line, "RECONSTRUCTED");
    }
    result->lines[result->n_lines++] = line.out;
    if (line.trace != NULL) {
        result->trace[result->n_trace++] = line.trace;
    }
}

static void check_twice(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    const size_t *order = calc_sorted(file, calc->arena);
    if (order == NULL) {
        calc->failed = ERR_MEMORY;
        return;
    }
    for (size_t i = 1; i < file->n_lines; i++) {
        if (calc_line_compare(file->lines[order[i - 1]], file->lines[order[i]]) != 0) {
            continue;
        }
        struct line line = {.calc = calc, .in = file->lines[order[i]], .index = order[i]};
        char hint[80];
        snprintf(hint, sizeof hint, "same code, source and fuel or face as line %u",
                 (unsigned)(order[i - 1] + 1));
        line_fail(&line, ERR_TWICE, "source", NULL, hint);
    }
}

/* --- totals ------------------------------------------------------------------------------------*/

struct totals {
    struct grams scope1;
    struct grams scope2;
    struct grams sinks;
    struct grams information;
    struct grams co2;
    struct grams ch4;
    bool overflow;
};

static void add(struct totals *totals, struct grams *to, int64_t value)
{
    if (!grams_add(to, *to, grams_of(value)) || !grams_is_safe(*to)) {
        totals->overflow = true;
    }
}

static void add_line(struct totals *totals, const Seam__LineResult *line, enum code_scope scope)
{
    struct grams *to = &totals->scope1;
    switch (scope) {
    case SCOPE_1:
        break;
    case SCOPE_2:
        to = &totals->scope2;
        break;
    case SCOPE_SINK:
        to = &totals->sinks;
        break;
    case SCOPE_INFO:
        to = &totals->information;
        break;
    }
    add(totals, to, line->co2e_g);
    if (scope == SCOPE_1 || scope == SCOPE_2) {
        add(totals, &totals->co2, line->co2_g);
        add(totals, &totals->ch4, line->ch4_g);
    }
}

static void add_up(struct calc *calc, Seam__CalculationResult *result)
{
    struct totals totals = {.overflow = false};
    for (size_t i = 0; i < result->n_lines; i++) {
        const struct code_row *row = code_find(calc->set->message->edition, result->lines[i]->code);
        add_line(&totals, result->lines[i], code_scope(row, code_kind(calc->file->kind)));
    }
    struct grams gross = grams_of(0);
    struct grams net = grams_of(0);
    char *report = take(calc, DEC_TEXT_SIZE);
    if (totals.overflow || !grams_add(&gross, totals.scope1, totals.scope2) ||
        !grams_sub(&net, gross, totals.sinks) || !grams_is_safe(gross) || !grams_is_safe(net)) {
        fail(calc, ERR_RANGE, "lines", "a total of at most 9007199254.740991 t", NULL);
        return;
    }
    if (report == NULL) {
        return;
    }
    grams_report(report, net);
    result->gross_g = grams_value(gross);
    result->net_g = grams_value(net);
    result->scope1_g = grams_value(totals.scope1);
    result->scope2_g = grams_value(totals.scope2);
    result->sinks_g = grams_value(totals.sinks);
    result->information_g = grams_value(totals.information);
    result->co2_g = grams_value(totals.co2);
    result->ch4_g = grams_value(totals.ch4);
    result->report_t = report;
    result->whole_t = tonnes_value(grams_tonnes(net));
}

static Seam__CalculationResult *new_result(struct calc *calc)
{
    const Seam__CalculationFile *file = calc->file;
    Seam__CalculationResult *result = take(calc, sizeof *result);
    Seam__SetName *name = take(calc, sizeof *name);
    void *lines = take(calc, file->n_lines * sizeof(Seam__LineResult *));
    void *trace = take(calc, file->n_lines * sizeof(Seam__TraceLine *));
    uint8_t *hash = take(calc, HASH_SIZE); /* the caller's set may be gone before the result is */
    if (result == NULL || name == NULL || lines == NULL || trace == NULL || hash == NULL) {
        return NULL;
    }
    seam__calculation_result__init(result);
    seam__set_name__init(name);
    name->id = calc->set->message->id;
    name->version = calc->set->message->version;
    name->edition = calc->set->message->edition;
    memcpy(hash, calc->set->hash.bytes, HASH_SIZE);
    name->hash.data = hash;
    name->hash.len = HASH_SIZE;
    result->facility = file->facility;
    result->kind = file->kind;
    result->period = file->period;
    result->parameter_set = name;
    result->lines = lines;
    result->trace = trace;
    return result;
}

/* The GWP set's id inside the key gwp.ID.CH4. */
static char *gwp_id(struct calc *calc)
{
    if (calc->ch4_only) {
        return arena_text(calc->arena, "", 0);
    }
    const char *key = calc->gwp_ch4->key;
    return arena_text(calc->arena, key + 4, strlen(key) - 8);
}

enum err calc_run(const Seam__CalculationResult **out, const Seam__CalculationFile *file,
                  const struct set *set, unsigned options, struct arena *arena,
                  struct errors *errors)
{
    assert(out != NULL);
    assert(file != NULL);
    assert(set != NULL);
    struct calc calc = {.file = file,
                        .set = set,
                        .options = options,
                        .arena = arena,
                        .errors = errors,
                        .failed = OK};
    check_head(&calc);
    if (file->n_lines > LIMIT_TX_LINES) {
        return calc.failed;
    }
    Seam__CalculationResult *result = new_result(&calc);
    if (result == NULL) {
        return ERR_MEMORY;
    }
    cn_methane_scan(&calc);
    for (size_t i = 0; i < file->n_lines && calc.failed != ERR_MEMORY; i++) {
        evaluate_line(&calc, i, result);
    }
    check_twice(&calc);
    cn_methane_check(&calc);
    claim_check(&calc);
    if (calc.failed != OK) {
        return errors_first(errors) != OK ? errors_first(errors) : calc.failed;
    }
    add_up(&calc, result);
    if (calc.failed == OK) {
        allocate_run(&calc, result);
    }
    result->gwp = gwp_id(&calc);
    if (calc.failed == OK && result->gwp == NULL) {
        calc.failed = ERR_MEMORY;
    }
    if (calc.failed == OK) {
        *out = result;
    }
    return calc.failed;
}

enum err calc_result_json(struct bytes *text, const Seam__CalculationResult *result,
                          struct arena *arena)
{
    struct json_out out;
    struct bytes written;
    json_out_init(&out, JSON_OUT_INDENT | JSON_OUT_DEFAULTS, RESULT_JSON_MAX);
    json_out_message(&out, &result->base, &accounting_fields);
    enum err err = json_out_finish(&out, &written);
    if (err == OK && !arena_copy(arena, written, text)) {
        err = ERR_MEMORY;
    }
    json_out_free(&out);
    return err;
}
