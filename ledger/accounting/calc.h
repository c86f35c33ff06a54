/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_CALC_H
#define LEDGER_ACCOUNTING_CALC_H

/* A calculation file in, integer grams out: the same function in the command line, at the door and
 * on every validator. It needs no state; what is asked of a submission only (boundary, calendar,
 * adoption) is the rule's business in submission.c (decision D32). */

#include "ledger/accounting/set.h"

struct json_node;

enum calc_option {
    CALC_ALONE = 0,
    CALC_SUBMISSION = 1, /* unpaired methane and information-only GWPs are refused */
    CALC_TRACE = 2 /* fill the trace */
};

/* calc_file_read reads the JSON document of docs/formulas.md strictly: each unknown field, wrong
 * type or bound of the head of the file is added to errors, with the 1-based line. *out lives in
 * arena and is given only with OK. */
enum err NODISCARD calc_file_read(const Seam__CalculationFile **out, struct bytes json,
                                  struct arena *arena, struct errors *errors);

/* calc_file_read_node is calc_file_read on a value of a larger document; the NULL-terminated keys
 * of ignored belong to somebody else. */
enum err NODISCARD calc_file_read_node(const Seam__CalculationFile **out,
                                       const struct json_node *node, const char *const *ignored,
                                       struct arena *arena, struct errors *errors);

/* calc_run evaluates every line and adds up. Every error of the file is added to errors, the first
 * is returned and no result is given. Lines of the result stand in the order of the file. file may
 * come from anywhere: nothing but valid pointers is assumed. */
enum err NODISCARD calc_run(const Seam__CalculationResult **out, const Seam__CalculationFile *file,
                            const struct set *set, unsigned options, struct arena *arena,
                            struct errors *errors);

/* calc_result_json writes the output document of `seam calc --json`; text lives in arena. */
enum err NODISCARD calc_result_json(struct bytes *text, const Seam__CalculationResult *result,
                                    struct arena *arena);

/* calc_line_compare orders lines by (code, source, fuel or face) in byte order (decision D34). */
int calc_line_compare(const Seam__Line *a, const Seam__Line *b);
/* calc_sorted gives the indices of the file's lines in that order, n_lines of them, in arena; NULL
 * when there is no room. */
const size_t *calc_sorted(const Seam__CalculationFile *file, struct arena *arena);
/* calc_line_detail is the fuel or face that completes a line's key, or "". */
const char *calc_line_detail(const Seam__Line *line);

#endif
