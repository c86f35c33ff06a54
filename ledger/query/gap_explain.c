/* SPDX-License-Identifier: Apache-2.0 */
/* A line's amount is activity x carbon x oxidation. Activity and oxidation are read from the trace
 * of the calculation; carbon is what makes the product the amount, so it holds carbon content, heat
 * value and emission factor together, for every formula alike. */

#include "ledger/query/gap.h"

#include <string.h>

#include "ledger/base/num.h"
#include "ledger/base/ratio.h"

#define FACTORS 3

const char *gap_cause_name(enum gap_cause cause)
{
    static const char *const names[GAP_CAUSES] = {"ACTIVITY", "CARBON_CONTENT", "OXIDATION",
                                                  "MISSING_SOURCE", "CORRECTION"};
    return names[cause];
}

/* --- factors of a line ------------------------------------------------------------------------*/

/* A number of the trace, cut to what a decimal holds. */
static bool trace_number(struct dec *out, const char *text)
{
    char cut[DEC_TEXT_SIZE];
    size_t size = 0;
    size_t digits = 0;
    size_t places = 0;
    bool point = false;
    for (const char *at = text; *at != '\0' && size + 1 < sizeof cut; at++) {
        if (*at >= '0' && *at <= '9') {
            if (point && (digits >= DEC_DIGITS || places >= DEC_DECIMALS)) {
                break;
            }
            digits++;
            places += point ? 1 : 0;
        } else if (*at == '.') {
            point = true;
        }
        cut[size++] = *at;
    }
    if (size > 0 && cut[size - 1] == '.') {
        size--;
    }
    return dec_parse(out, bytes_of(cut, size)) == OK;
}

static bool step_number(struct dec *out, const Seam__TraceLine *trace, const char *name)
{
    for (size_t i = 0; i < trace->n_steps; i++) {
        if (strcmp(trace->steps[i]->name, name) == 0) {
            return trace_number(out, trace->steps[i]->value);
        }
    }
    return false;
}

static bool input_number(struct dec *out, const Seam__TraceLine *trace, const char *name)
{
    for (size_t i = 0; i < trace->n_inputs; i++) {
        if (strcmp(trace->inputs[i]->name, name) == 0) {
            return trace_number(out, trace->inputs[i]->value);
        }
    }
    return false;
}

/* What was burnt, bought, emitted or worked: first what the formula computed, then what was typed.
 */
static bool activity_of(struct dec *out, const Seam__TraceLine *trace)
{
    static const char *const steps[] = {"net", "AD", "heat", "FC", "volume", "flow"};
    static const char *const inputs[] = {"ad",   "gas", "coal", "heat",     "mass", "g",
                                         "rate", "net", "area", "measured", "flow", "ventilation"};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (step_number(out, trace, steps[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        if (input_number(out, trace, inputs[i])) {
            return true;
        }
    }
    return false;
}

static struct dec oxidation_of(const Seam__TraceLine *trace)
{
    struct dec out;
    if (input_number(&out, trace, "of") || input_number(&out, trace, "efficiency")) {
        return out;
    }
    return dec_of(1, 0);
}

/* amount / (activity x oxidation) with as many places as fit; false where that is no number. */
static bool carbon_of(struct dec *out, int64_t amount, struct dec activity, struct dec oxidation)
{
    if (activity.m == 0 || oxidation.m == 0) {
        return false;
    }
    struct ratio value = ratio_of_int(amount);
    ratio_div_dec(&value, activity);
    ratio_div_dec(&value, oxidation);
    for (unsigned places = DEC_DECIMALS + 1; places > 0; places--) {
        int64_t whole = 0;
        if (ratio_round(&whole, &value, places - 1) == OK && whole <= QTY_SAFE_MAX &&
            whole >= -QTY_SAFE_MAX) {
            *out = dec_of(whole, (uint8_t)(places - 1));
            return true;
        }
    }
    return false;
}

struct side {
    int64_t amount;
    const Seam__TraceLine *trace;
    struct dec factor[FACTORS]; /* activity, carbon, oxidation */
};

/* False: this line has no activity that could be named. */
static bool factors_of(struct side *a, struct side *b)
{
    if (!activity_of(&a->factor[0], a->trace) || !activity_of(&b->factor[0], b->trace)) {
        return false;
    }
    a->factor[2] = oxidation_of(a->trace);
    b->factor[2] = oxidation_of(b->trace);
    const bool has_a = carbon_of(&a->factor[1], a->amount, a->factor[0], a->factor[2]);
    const bool has_b = carbon_of(&b->factor[1], b->amount, b->factor[0], b->factor[2]);
    if (!has_a && !has_b) {
        return false;
    }
    if (!has_a) { /* nothing happened there: the same factor would have applied */
        a->factor[1] = b->factor[1];
    } else if (!has_b) {
        b->factor[1] = a->factor[1];
    }
    return true;
}

static enum err split_line(struct gap_line *out, struct side *reported, struct side *verified)
{
    struct split_result split;
    if (!factors_of(reported, verified)) {
        out->part[GAP_CORRECTION] = grams_of(verified->amount - reported->amount);
        return OK;
    }
    const enum err err = split_gap(&split, grams_of(reported->amount), grams_of(verified->amount),
                                   reported->factor, verified->factor, FACTORS);
    if (err == ERR_RANGE) { /* factors beyond what can be divided */
        out->part[GAP_CORRECTION] = grams_of(verified->amount - reported->amount);
        return OK;
    }
    out->method = split.method;
    out->part[GAP_ACTIVITY] = split.part[0];
    out->part[GAP_CARBON] = split.part[1];
    out->part[GAP_OXIDATION] = split.part[2];
    out->part[GAP_CORRECTION] = split.rest;
    return err;
}

/* --- two files --------------------------------------------------------------------------------*/

struct book {
    const Seam__CalculationFile *file;
    const Seam__CalculationResult *result;
    const size_t *order;
};

static enum err open_book(struct book *out, const Seam__CalculationFile *file,
                          const struct set *set, struct arena *arena, struct errors *errors)
{
    out->file = file;
    const enum err err = calc_run(&out->result, file, set, CALC_TRACE, arena, errors);
    if (err != OK) {
        return err;
    }
    if (out->result->n_trace != file->n_lines || out->result->n_lines != file->n_lines) {
        return ERR_INTERNAL;
    }
    out->order = calc_sorted(file, arena);
    return out->order != NULL ? OK : ERR_MEMORY;
}

static struct side side_of(const struct book *book, size_t at)
{
    const size_t index = book->order[at];
    return (struct side){.amount = book->result->lines[index]->co2e_g,
                         .trace = book->result->trace[index]};
}

/* Where a line says that its source does not occur it stands for no line. */
static size_t occurring(const struct book *book, size_t at)
{
    const bool occurs =
        at != SIZE_MAX && book->file->lines[book->order[at]]->not_occurring[0] == '\0';
    return occurs ? at : SIZE_MAX;
}

/* True when the line counts in the net total. */
static bool counted(const Seam__LineResult *result)
{
    return strcmp(result->scope, "INFO") != 0;
}

static void name_line(struct gap_line *out, const struct book *book, size_t at)
{
    const Seam__LineResult *result = book->result->lines[book->order[at]];
    out->code = result->code;
    out->source = result->source;
    out->detail = result->detail;
    out->sink = strcmp(result->scope, "SINK") == 0;
}

static enum err add_total(struct gap_explained *out, const struct gap_line *line)
{
    for (size_t i = 0; i < GAP_CAUSES; i++) {
        const bool fits = line->sink ? grams_sub(&out->part[i], out->part[i], line->part[i])
                                     : grams_add(&out->part[i], out->part[i], line->part[i]);
        if (!fits) {
            return ERR_RANGE;
        }
    }
    return OK;
}

/* One line of either file or of both; at: SIZE_MAX where it is not. */
static enum err add_line(struct gap_explained *out, const struct book *reported, size_t at_reported,
                         const struct book *verified, size_t at_verified)
{
    if (at_reported == SIZE_MAX && at_verified == SIZE_MAX) {
        return OK;
    }
    struct gap_line line = {.method = SPLIT_NONE};
    struct side none = {.amount = 0};
    struct side left = at_reported != SIZE_MAX ? side_of(reported, at_reported) : none;
    struct side right = at_verified != SIZE_MAX ? side_of(verified, at_verified) : none;
    const struct book *book = at_verified != SIZE_MAX ? verified : reported;
    const size_t at = at_verified != SIZE_MAX ? at_verified : at_reported;
    if (left.amount == right.amount || !counted(book->result->lines[book->order[at]])) {
        return OK;
    }
    name_line(&line, book, at);
    line.reported = grams_of(left.amount);
    line.verified = grams_of(right.amount);
    enum err err = OK;
    if (at_reported == SIZE_MAX) {
        line.part[GAP_MISSING_SOURCE] = line.verified;
    } else if (at_verified == SIZE_MAX) {
        line.part[GAP_CORRECTION] = grams_of(-left.amount);
    } else {
        err = split_line(&line, &left, &right);
    }
    if (err != OK) {
        return err;
    }
    out->lines[out->count++] = line;
    return add_total(out, &line);
}

static enum err merge(struct gap_explained *out, const struct book *reported,
                      const struct book *verified)
{
    size_t i = 0;
    size_t k = 0;
    enum err err = OK;
    while (err == OK && (i < reported->file->n_lines || k < verified->file->n_lines)) {
        int order = 0;
        if (i == reported->file->n_lines) {
            order = 1;
        } else if (k == verified->file->n_lines) {
            order = -1;
        } else {
            order = calc_line_compare(reported->file->lines[reported->order[i]],
                                      verified->file->lines[verified->order[k]]);
        }
        err = add_line(out, reported, occurring(reported, order <= 0 ? i : SIZE_MAX), verified,
                       occurring(verified, order >= 0 ? k : SIZE_MAX));
        i += order <= 0 ? 1 : 0;
        k += order >= 0 ? 1 : 0;
    }
    return err;
}

enum err gap_explain(struct gap_explained *out, const Seam__CalculationFile *reported,
                     const Seam__CalculationFile *verified, const struct set *set,
                     struct arena *arena, struct errors *errors)
{
    struct book left = {0};
    struct book right = {0};
    enum err err = open_book(&left, reported, set, arena, errors);
    if (err == OK) {
        err = open_book(&right, verified, set, arena, errors);
    }
    if (err != OK) {
        return err;
    }
    struct gap_explained found = {0};
    found.lines =
        arena_alloc(arena, (reported->n_lines + verified->n_lines + 1) * sizeof *found.lines);
    if (found.lines == NULL) {
        return ERR_MEMORY;
    }
    found.reported = grams_of(left.result->net_g);
    found.verified = grams_of(right.result->net_g);
    err = merge(&found, &left, &right);
    if (err == OK) {
        *out = found;
    }
    return err;
}
