/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_LINE_H
#define LEDGER_ACCOUNTING_LINE_H

/* What a formula works with: one line of a file being evaluated. Reading a value checks its unit,
 * state and bound, notes every error with its line and field, and writes the trace; so a formula is
 * a few reads, a product and a step of trace. Inside accounting/ only. */

#include "ledger/accounting/calc.h"
#include "ledger/base/ratio.h"

struct code_row;

/* Methane burnt and used elsewhere in the file, which the underground line deducts (D32). */
struct methane_side {
    struct ratio exact; /* from L_FLARE, or from L_CMM_USE and sold_gas; 1e4Nm3 */
    struct ratio stated; /* sum of what underground lines state */
    struct ratio tolerance; /* half a unit of the last digit of each stated amount */
    size_t omitted; /* underground lines that state nothing */
    size_t takers; /* of these, lines that can take the remainder */
    size_t taker; /* index of the last such line */
};

struct methane {
    bool paired; /* L_FLARE, L_CMM_USE or sold_gas stands in the file */
    bool unclear; /* one of them cannot be read: its own error will say so */
    size_t lines; /* underground CH4 lines with quantities */
    struct methane_side destroyed;
    struct methane_side utilised;
    struct ratio deducted; /* flare_destroyed + utilised of all lines evaluated so far */
    struct ratio drained;
    size_t evaluated;
};

struct calc {
    const Seam__CalculationFile *file;
    const struct set *set;
    struct period period;
    unsigned options;
    struct arena *arena;
    struct errors *errors;
    const Seam__ParameterValue *gwp_ch4;
    bool ch4_only; /* a cross-check without a GWP: grams of CH4, no CO2e (D27) */
    struct methane methane;
    enum err failed; /* ERR_MEMORY, or the first error found */
};

#define LINE_FLAGS_MAX 8
#define LINE_INPUTS_MAX 64
#define LINE_STEPS_MAX 48

struct line {
    struct calc *calc;
    const Seam__Line *in;
    const struct code_row *row;
    size_t index;
    bool quiet; /* read only: no error, no flag, no trace */
    bool failed;
    Seam__LineResult *out;
    Seam__TraceLine *trace; /* NULL without CALC_TRACE */
    struct ratio co2_t; /* what the formula found */
    struct ratio ch4_t;
};

/* A number in a formula, with its text for the trace. */
struct input {
    struct dec value;
    char text[DEC_TEXT_SIZE];
    const char *unit;
};

/* line_fail notes an error; later reads of the line still run, so that all errors are found. */
void line_fail(struct line *line, enum err err, const char *field, const char *limit,
               const char *hint);
void line_flag(struct line *line, const char *flag);
void line_method(struct line *line, const char *method);

/* The readers are false when the value cannot be used; the error is then noted. field is the name
 * for people ("ad"), bound the row of bound.h, units a comma separated list. */
bool NODISCARD line_quantity(struct line *line, struct input *out, const char *field,
                             const char *bound, const Seam__Quantity *in, const char *units);
/* line_volume reads a gas volume and gives it in 1e4Nm3, exactly (D34). */
bool NODISCARD line_volume(struct line *line, struct ratio *out, const char *field,
                           const Seam__Quantity *in);
/* line_number reads a bare decimal; line_fraction one between 0 and 1. */
bool NODISCARD line_number(struct line *line, struct input *out, const char *field,
                           const char *bound, const char *text);
bool NODISCARD line_fraction(struct line *line, struct input *out, const char *field,
                             const char *text);
/* line_choice notes ERR_ENUM unless text is in the comma separated list. */
bool NODISCARD line_choice(struct line *line, const char *field, const char *text,
                           const char *choices);
/* line_param takes a value of the set; E_PARAM names the key where it has none. */
bool NODISCARD line_param(struct line *line, struct input *out, const char *name, const char *key);
/* line_fraction_or takes the typed fraction, or the set's value where nothing was typed. */
bool NODISCARD line_fraction_or(struct line *line, struct input *out, const char *field,
                                const char *text, const char *key);

/* line_step writes one exact intermediate into the trace; the format gives the numbers as a person
 * writes them. */
void line_step(struct line *line, const char *name, const struct ratio *value, const char *unit,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
/* line_ratio_text is a value for such a format, with at most 12 places, and empty where nobody
 * reads the trace. out: RATIO_TEXT_SIZE. line_limit_text is the same for an error, always. */
const char *line_ratio_text(const struct line *line, char *out, const struct ratio *value);
const char *line_limit_text(char *out, const struct ratio *value);

/* line_finish rounds co2_t and ch4_t once into grams and CO2e from their exact sum [methodology
 * 1.3, D27]. */
void line_finish(struct line *line);

#endif
