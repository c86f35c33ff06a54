/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithms: x = m x 2^k with m in [1, 2), ln x = k ln 2 + 2 atanh((m - 1) / (m + 1)). The
 * argument of atanh is at most 1/3, so each term of its series is a ninth of the one before; the
 * series ends where a term is below the last of 125 bits, after 39 terms. Each operation cuts off
 * less than one unit of 2^-125: the division moves the result by at most 2.25 units, each term by
 * less than 2.3 (its power 1.2, its division 1), doubled: below 190 units in all. k ln 2 is cut by
 * less than 1.5 units of 2^-120. A logarithm of a quotient is two of them: its error is below 2 x
 * 190 x 2^-125 + 1.5 x 2^-120 < 2^-116.
 *
 * The log mean of two near amounts would lose all its digits as a quotient of two small numbers.
 * There it is (a + b) / 2 / (1 + z^2 / 3 + z^4 / 5 + ...) with z = (b - a) / (b + a), the same
 * number without a difference. With amounts below 2^53 a part is known to 2^-50 g. */

#include "ledger/assurance/split.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/ratio.h"

typedef unsigned __int128 wide;

#define SERIES_BITS 125
#define SERIES_TERMS 60
#define MEAN_BITS 60
#define LN2_HIGH UINT64_C(0xb17217f7d1cf79ab) /* ln 2 x 2^128 */
#define LN2_LOW UINT64_C(0xc9e3b39803f2f6af)
#define LOG_SCALE 1000000 /* parts in units of 10^-6 g before they are rounded */
#define SHAPLEY_PLACES 3 /* of 10^-3 g */

/* --- fixed point ------------------------------------------------------------------------------*/

struct product {
    wide high;
    wide low;
};

static struct product multiply(wide a, wide b)
{
    const wide mask = UINT64_MAX;
    const wide low = (a & mask) * (b & mask);
    const wide cross = (a >> 64) * (b & mask) + (low >> 64);
    const wide other = (a & mask) * (b >> 64) + (cross & mask);
    return (struct product){.high = (a >> 64) * (b >> 64) + (cross >> 64) + (other >> 64),
                            .low = (other << 64) | (low & mask)};
}

/* a x b / 2^bits, cut; the result must fit, bits from 1 to 127. */
static wide multiply_shift(wide a, wide b, unsigned bits)
{
    const struct product product = multiply(a, b);
    return (product.high << (128 - bits)) | (product.low >> bits);
}

/* num x 2^bits / den, cut, for num < den < 2^127. */
static wide divide_shift(wide num, wide den, unsigned bits)
{
    wide quotient = 0;
    wide left = num;
    for (unsigned i = 0; i < bits; i++) {
        left <<= 1;
        quotient <<= 1;
        if (left >= den) {
            left -= den;
            quotient |= 1;
        }
    }
    return quotient;
}

/* 1 + z^2 / 3 + z^4 / 5 + ... in 2^-125; z2 = z^2 at most 1/9. */
static wide series(wide z2)
{
    wide power = (wide)1 << SERIES_BITS;
    wide sum = power;
    for (unsigned k = 1; k < SERIES_TERMS && power > 0; k++) {
        power = multiply_shift(power, z2, SERIES_BITS);
        sum += power / (2 * k + 1);
    }
    return sum;
}

static unsigned top_bit(wide value)
{
    const uint64_t high = (uint64_t)(value >> 64);
    return high != 0 ? 127U - (unsigned)__builtin_clzll(high)
                     : 63U - (unsigned)__builtin_clzll((uint64_t)value);
}

/* ln(m) in 2^-125 for value = m x 2^top. */
static wide ln_mantissa(wide value, unsigned top)
{
    const wide one = (wide)1 << SERIES_BITS;
    const wide m = top <= SERIES_BITS ? value << (SERIES_BITS - top) : value >> 1;
    const wide z = divide_shift(m - one, m + one, SERIES_BITS);
    const wide z2 = multiply_shift(z, z, SERIES_BITS);
    return 2 * multiply_shift(z, series(z2), SERIES_BITS);
}

/* k x ln 2 in 2^-120, k at most 126. */
static split_fixed ln_power(unsigned k)
{
    const wide high = (wide)LN2_HIGH * k;
    const wide low = (wide)LN2_LOW * k;
    return (split_fixed)((high << 56) + (low >> 8));
}

enum err split_ln(split_fixed *out, unsigned __int128 num, unsigned __int128 den)
{
    if (num == 0 || den == 0 || num >> 126 != 0 || den >> 126 != 0) {
        return ERR_RANGE;
    }
    const unsigned a = top_bit(num);
    const unsigned b = top_bit(den);
    split_fixed ln = a >= b ? ln_power(a - b) : -ln_power(b - a);
    const split_fixed difference =
        (split_fixed)ln_mantissa(num, a) - (split_fixed)ln_mantissa(den, b);
    ln += difference / (1 << (SERIES_BITS - SPLIT_LN_BITS));
    *out = ln;
    return OK;
}

/* The log mean of two positive amounts, in 2^-60 g. */
static enum err log_mean(wide *out, uint64_t a, uint64_t b)
{
    const uint64_t less = a < b ? a : b;
    const uint64_t more = a < b ? b : a;
    const wide sum = (wide)a + b;
    if (more <= 2 * less) {
        const wide z = divide_shift(more - less, sum, SERIES_BITS);
        const wide z2 = multiply_shift(z, z, SERIES_BITS);
        *out = divide_shift(sum << (MEAN_BITS - 1), series(z2), SERIES_BITS);
        return OK;
    }
    split_fixed ln = 0;
    const enum err err = split_ln(&ln, more, less);
    if (err == OK) {
        *out = divide_shift((wide)(more - less) << MEAN_BITS, (wide)ln, SPLIT_LN_BITS);
    }
    return err;
}

/* --- one split --------------------------------------------------------------------------------*/

struct work {
    int64_t before;
    int64_t after;
    const struct dec *from;
    const struct dec *to;
    size_t count;
    bool active[SPLIT_FACTORS_MAX]; /* the factor changes */
    split_fixed exact[SPLIT_FACTORS_MAX]; /* parts in units of 1 / scale g */
    int64_t scale;
};

static enum err log_part(split_fixed *out, wide mean, struct dec from, struct dec to)
{
    split_fixed ln = 0;
    const enum err err =
        split_ln(&ln, (wide)to.m * dec_power(from.s), (wide)from.m * dec_power(to.s));
    if (err != OK) {
        return err;
    }
    const wide size = (wide)(ln < 0 ? -ln : ln);
    const wide part = multiply_shift(mean, size, SPLIT_LN_BITS); /* in 2^-60 g, below 2^120 */
    const wide fraction = part & (((wide)1 << MEAN_BITS) - 1);
    const wide units = (part >> MEAN_BITS) * LOG_SCALE +
                       ((fraction * LOG_SCALE + ((wide)1 << (MEAN_BITS - 1))) >> MEAN_BITS);
    *out = ln < 0 ? -(split_fixed)units : (split_fixed)units;
    return OK;
}

static enum err log_parts(struct work *work)
{
    wide mean = 0;
    enum err err = log_mean(&mean, (uint64_t)work->before, (uint64_t)work->after);
    work->scale = LOG_SCALE;
    for (size_t i = 0; err == OK && i < work->count; i++) {
        err = work->active[i] ? log_part(&work->exact[i], mean, work->from[i], work->to[i]) : OK;
    }
    return err;
}

/* Product of the factors, those of the bits in changed as they are after. */
static struct ratio product_of(const struct work *work, unsigned changed)
{
    struct ratio out = ratio_of_int(1);
    for (size_t i = 0; i < work->count; i++) {
        ratio_mul_dec(&out, (changed >> i & 1U) != 0 ? work->to[i] : work->from[i]);
    }
    return out;
}

/* 1 / orders in which `before` given others change first: n! / (before! (n - 1 - before)!). */
static int64_t orders(size_t before, size_t count)
{
    static const int64_t factorial[] = {1, 1, 2, 6, 24};
    static_assert(SPLIT_FACTORS_MAX == 4, "the factorials reach to 4");
    return factorial[count] / (factorial[before] * factorial[count - 1 - before]);
}

static struct ratio shapley(const struct work *work, size_t factor)
{
    struct ratio out = ratio_of_int(0);
    for (unsigned others = 0; others < 1U << work->count; others++) {
        if ((others >> factor & 1U) != 0) {
            continue;
        }
        struct ratio step = product_of(work, others | 1U << factor);
        const struct ratio without = product_of(work, others);
        ratio_sub(&step, &without);
        ratio_div_int(&step, orders((size_t)__builtin_popcount(others), work->count));
        ratio_add(&out, &step);
    }
    return out;
}

/* The constant between product and amount, from whichever side has a product. */
static struct ratio constant_of(const struct work *work)
{
    const unsigned all = (1U << work->count) - 1;
    struct ratio product = product_of(work, 0);
    int64_t amount = work->before;
    if (ratio_sign(&product) == 0) {
        product = product_of(work, all);
        amount = work->after;
    }
    if (ratio_sign(&product) == 0) {
        return ratio_of_int(0);
    }
    struct ratio out = ratio_of_int(amount);
    struct ratio inverse = {.num = product.den, .den = product.num, .negative = product.negative};
    ratio_mul(&out, &inverse);
    return out;
}

static enum err shapley_parts(struct work *work)
{
    const struct ratio constant = constant_of(work);
    work->scale = (int64_t)dec_power(SHAPLEY_PLACES);
    for (size_t i = 0; i < work->count; i++) {
        struct ratio part = shapley(work, i);
        int64_t units = 0;
        ratio_mul(&part, &constant);
        const enum err err = ratio_round(&units, &part, SHAPLEY_PLACES);
        if (err != OK) {
            return err;
        }
        work->exact[i] = units;
    }
    return OK;
}

/* --- whole grams ------------------------------------------------------------------------------*/

static int64_t floor_div(split_fixed value, int64_t scale)
{
    split_fixed quotient = value / scale;
    if (value % scale < 0) {
        quotient--;
    }
    return (int64_t)quotient;
}

/* Gives left grams away, one each, the largest remainder first; takes where left is negative, the
 * smallest remainder first. */
static void hand_out(const struct work *work, int64_t *part, int64_t left)
{
    bool served[SPLIT_FACTORS_MAX] = {false};
    const int64_t step = left > 0 ? 1 : -1;
    while (left != 0) {
        size_t best = work->count;
        split_fixed best_rest = 0;
        for (size_t i = 0; i < work->count; i++) {
            const split_fixed rest =
                work->exact[i] - (split_fixed)floor_div(work->exact[i], work->scale) * work->scale;
            if (!work->active[i] || served[i]) {
                continue;
            }
            if (best == work->count || (step > 0 ? rest > best_rest : rest < best_rest)) {
                best = i;
                best_rest = rest;
            }
        }
        if (best == work->count) { /* all have one: another round */
            memset(served, 0, sizeof served);
            continue;
        }
        served[best] = true;
        part[best] += step;
        left -= step;
    }
}

/* Whole grams that sum to the gap, or to what the factors explain of it. */
static int64_t apportion(const struct work *work, int64_t *part)
{
    const int64_t gap = work->after - work->before;
    split_fixed total = 0;
    int64_t sum = 0;
    int64_t actives = 0;
    for (size_t i = 0; i < work->count; i++) {
        part[i] = floor_div(work->exact[i], work->scale);
        sum += part[i];
        total += work->exact[i];
        actives += work->active[i] ? 1 : 0;
    }
    if (actives == 0) {
        return gap;
    }
    int64_t left = gap - sum;
    if (left < -actives || left > 2 * actives) { /* more than the rounding of amounts */
        left = floor_div(2 * total + work->scale, 2 * work->scale) - sum;
    }
    hand_out(work, part, left);
    return gap - sum - left;
}

/* --- the function -----------------------------------------------------------------------------*/

/* Which side is called `before` inside, so that exchanging them changes signs only. */
static bool exchanged(struct grams before, struct grams after, const struct dec *from,
                      const struct dec *to, size_t count)
{
    if (grams_value(before) != grams_value(after)) {
        return grams_value(before) > grams_value(after);
    }
    for (size_t i = 0; i < count; i++) {
        const int order = dec_compare(from[i], to[i]);
        if (order != 0) {
            return order > 0;
        }
    }
    return false;
}

static enum split_method method_of(struct work *work)
{
    bool any = false;
    bool positive = work->before > 0 && work->after > 0;
    for (size_t i = 0; i < work->count; i++) {
        work->active[i] = dec_compare(work->from[i], work->to[i]) != 0;
        any = any || work->active[i];
        positive = positive && work->from[i].m > 0 && work->to[i].m > 0;
    }
    if (!any) {
        return SPLIT_NONE;
    }
    return positive ? SPLIT_LOG_MEAN : SPLIT_SHAPLEY;
}

enum err split_gap(struct split_result *out, struct grams before, struct grams after,
                   const struct dec *factors_before, const struct dec *factors_after, size_t count)
{
    if (count > SPLIT_FACTORS_MAX || !grams_is_safe(before) || !grams_is_safe(after)) {
        return ERR_RANGE;
    }
    const bool turned = exchanged(before, after, factors_before, factors_after, count);
    struct work work = {
        .before = grams_value(turned ? after : before),
        .after = grams_value(turned ? before : after),
        .from = turned ? factors_after : factors_before,
        .to = turned ? factors_before : factors_after,
        .count = count,
        .scale = 1,
    };
    const enum split_method method = method_of(&work);
    enum err err = OK;
    if (method == SPLIT_LOG_MEAN) {
        err = log_parts(&work);
    } else if (method == SPLIT_SHAPLEY) {
        err = shapley_parts(&work);
    }
    if (err != OK) {
        return err;
    }
    int64_t part[SPLIT_FACTORS_MAX] = {0};
    const int64_t rest = apportion(&work, part);
    memset(out, 0, sizeof *out);
    out->method = method;
    for (size_t i = 0; i < count; i++) {
        out->part[i] = grams_of(turned ? -part[i] : part[i]);
    }
    out->rest = grams_of(turned ? -rest : rest);
    return OK;
}
