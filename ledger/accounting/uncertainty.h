/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_UNCERTAINTY_H
#define LEDGER_ACCOUNTING_UNCERTAINTY_H

/* How sure a result is, by approach 1 of the IPCC (volume 1, chapter 3) in integers [methodology
 * 4.4, 10.6]: half-widths of the 95 % interval in basis points of the amount. Inside a line the
 * ranges combine as those of a product, between lines as those of a sum. The ranges come from the
 * file, else from a document of their own, so that no factor set changes its hash for them. Nothing
 * here decides validity and nothing of it is signed. */

#include "ledger/accounting/calc.h"

#define UNCERTAINTY_BP_MAX 1000000
#define UNCERTAINTY_TONNES_MAX INT64_C(10000000000)

/* Whole tonnes of one line (sinks negative) and the sum of the squares of its ranges in bp. */
struct uncertainty_term {
    int64_t tonnes;
    uint64_t squares;
};

/* uncertainty_line is round_half_up(sqrt(squares)). */
uint64_t uncertainty_line(uint64_t squares);

/* uncertainty_total gives round_half_up(sqrt(sum (U x)^2) / |sum x|); false where the sum is zero.
 * Terms are within UNCERTAINTY_TONNES_MAX, at most LIMIT_TX_LINES of them. */
bool NODISCARD uncertainty_total(uint64_t *out, const struct uncertainty_term *terms, size_t count);

/* uncertainty_ranges reads the built-in document of default ranges. */
enum err NODISCARD uncertainty_ranges(struct set *out, struct arena *arena, struct errors *errors);

/* uncertainty_squares sums the ranges of one line: those it states, else those of the document.
 * False where neither has one. */
bool NODISCARD uncertainty_squares(uint64_t *out, const Seam__Line *line, const struct set *ranges);

/* uncertainty_add fills uncertainty_bp of every line and of the total, whose flag is ZERO_SUM or
 * UNCERTAINTY_INCOMPLETE where there is none. result must be the caller's to change; its lines
 * stand in the order of the file. ERR_MEMORY. */
enum err NODISCARD uncertainty_add(Seam__CalculationResult *result,
                                   const Seam__CalculationFile *file, const struct set *ranges,
                                   struct arena *arena);

#endif
