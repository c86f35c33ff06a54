/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_SPLIT_H
#define LEDGER_ASSURANCE_SPLIT_H

/* Why does an amount differ: the difference of two amounts, each a product of factors, divided over
 * the factors so that the parts sum to it exactly [domain B4].
 *
 * Where all factors are positive: additive log-mean split (LMDI I), part i = L x ln(after_i /
 * before_i) with L = (after - before) / ln(after / before), the amount itself where both are equal.
 * Where a factor is zero or negative: Shapley, the mean over all orders in which the factors may
 * change. No floats: logarithms are fixed point with 120 bits after the point, their error is below
 * 2^-116 (shown in split.c, tested against 60 decimal digits), amounts are below 2^53 g, so a part
 * is known to better than 10^-6 g before it is rounded. Parts are rounded to whole grams by largest
 * remainder; equal remainders favour the earlier factor. Exchanging before and after negates every
 * part. */

#include "ledger/base/dec.h"
#include "ledger/base/qty.h"

#define SPLIT_FACTORS_MAX 4
#define SPLIT_LN_BITS 120

__extension__ typedef __int128 split_fixed; /* value x 2^120, magnitude below 128 */

enum split_method { SPLIT_NONE, SPLIT_LOG_MEAN, SPLIT_SHAPLEY };

struct split_result {
    enum split_method method; /* SPLIT_NONE: nothing differs, or there is no factor */
    struct grams part[SPLIT_FACTORS_MAX];
    struct grams rest; /* what the factors do not explain: after - before - sum of parts */
};

/* split_gap divides after - before over count factors. The product of the factors times a constant
 * (44/12, a unit) gives the amounts up to their rounding to grams; what differs by more than that
 * is `rest`, so the parts and the rest always sum to the gap. ERR_RANGE for more than
 * SPLIT_FACTORS_MAX factors, or an amount beyond QTY_SAFE_MAX. */
enum err NODISCARD split_gap(struct split_result *out, struct grams before, struct grams after,
                             const struct dec *factors_before, const struct dec *factors_after,
                             size_t count);

/* split_ln is the natural logarithm of num / den, both positive, below 2^126. ERR_RANGE. */
enum err NODISCARD split_ln(split_fixed *out, unsigned __int128 num, unsigned __int128 den);

#endif
