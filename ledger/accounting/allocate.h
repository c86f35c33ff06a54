/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ALLOCATE_H
#define LEDGER_ACCOUNTING_ALLOCATE_H

/* Emissions of a plant on its products [methodology 3.6]: by energy, in whole grams, by largest
 * remainder, so that the parts add up to the total exactly. The factor of a product, g CO2e/t, is
 * information and never multiplied back into an account. */

#include "ledger/accounting/line.h"

#define ALLOCATE_MAX 100 /* products of one file */
#define ALLOCATE_PRODUCT_RAW "raw_input" /* no product may be called so */

/* One product: mass times calorific value as an integer, all at the same scale. */
typedef unsigned __int128 allocate_weight;

/* allocate_shares splits total over count weights: the floor of each share, then one gram each to
 * the largest remainders, the lower index first where two are equal. A negative total is split by
 * its magnitude. ERR_RANGE when the weights are all zero or their sum times the total leaves 128
 * bits; out is then untouched. */
enum err NODISCARD allocate_shares(int64_t *out, int64_t total, const allocate_weight *weights,
                                   size_t count);

/* allocate_many is allocate_shares for any number of parts, with its scratch in arena. ERR_MEMORY.
 */
enum err NODISCARD allocate_many(int64_t *out, int64_t total, const allocate_weight *weights,
                                 size_t count, struct arena *arena);

/* allocate_factor is round_half_up(grams / tonnes); tonnes above zero. ERR_RANGE. */
enum err NODISCARD allocate_factor(int64_t *out, int64_t grams, struct dec tonnes);

/* allocate_check looks at products and raw input of a file; errors are noted in calc. */
void allocate_check(struct calc *calc);

/* allocate_run fills the allocation of a result whose totals stand, and its flag W_BALANCE where
 * more than 2 % of the raw coal is in no product (D38). */
void allocate_run(struct calc *calc, Seam__CalculationResult *result);

#endif
