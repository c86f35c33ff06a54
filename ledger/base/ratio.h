/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_RATIO_H
#define LEDGER_BASE_RATIO_H

/* Exact rational arithmetic for one line of an account [methodology 10.3]: factors are multiplied
 * in, common divisors cancelled on the way, and the result is rounded once, half away from zero.
 * The formulas need at most 126 bits a side; only sums of normalised flows, one temperature a
 * month, need more, so a side has 1,024 bits. A ratio that outgrew them stays failed and answers
 * ERR_RANGE when it is rounded: check once, at the end. */

#include "ledger/base/dec.h"

#define RATIO_LIMBS 16
#define RATIO_TEXT_SIZE 80

/* An unsigned integer, limbs little-endian, count without leading zeros (0 = zero). */
struct wide {
    uint64_t limb[RATIO_LIMBS];
    uint32_t count;
};

struct ratio {
    struct wide num;
    struct wide den; /* never zero, no common divisor with num */
    bool negative; /* false where num is zero */
    bool failed;
};

struct ratio ratio_of_int(int64_t value);
struct ratio ratio_of_dec(struct dec value);

/* Multiply or divide in place. Dividing by zero fails the ratio. */
void ratio_mul_int(struct ratio *ratio, int64_t factor);
void ratio_div_int(struct ratio *ratio, int64_t divisor);
void ratio_mul_dec(struct ratio *ratio, struct dec factor);
void ratio_div_dec(struct ratio *ratio, struct dec divisor);
void ratio_mul(struct ratio *ratio, const struct ratio *factor);

void ratio_add(struct ratio *ratio, const struct ratio *other);
void ratio_sub(struct ratio *ratio, const struct ratio *other);
void ratio_add_dec(struct ratio *ratio, struct dec other);
void ratio_sub_dec(struct ratio *ratio, struct dec other);

/* ratio_sign is -1, 0 or 1; of a failed ratio 0. */
int ratio_sign(const struct ratio *ratio);
/* ratio_compare orders by value; two values that cannot be subtracted compare equal and fail
 * nothing, so test failed first. */
int ratio_compare(const struct ratio *a, const struct ratio *b);

/* ratio_round gives ratio * 10^decimals as an integer, half away from zero. ERR_RANGE when the
 * ratio failed or the result exceeds int64. */
enum err NODISCARD ratio_round(int64_t *out, const struct ratio *ratio, unsigned decimals);

/* ratio_text writes the exact decimal where it has at most `decimals` places; else it rounds there
 * and *exact is false. out must hold RATIO_TEXT_SIZE; decimals at most 18. "?" when it failed. */
void ratio_text(char *out, bool *exact, const struct ratio *ratio, unsigned decimals);

#endif
