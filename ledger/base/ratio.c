/* SPDX-License-Identifier: Apache-2.0 */
/* Schoolbook arithmetic on 64-bit limbs. Numerator and denominator are kept without a common
 * divisor: a factor is reduced against the other side before it is multiplied in, so products stay
 * as small as they can be. Wide divisions happen only by single limbs; the final quotient, which
 * has at most 63 bits, is found bit by bit. */
#include "ledger/base/ratio.h"

#include <assert.h>

typedef unsigned __int128 u128;

/* --- wide --------------------------------------------------------------------------------------*/

static struct wide wide_of(uint64_t value)
{
    struct wide out = {.limb = {value}, .count = value > 0 ? 1 : 0};
    return out;
}

static void wide_trim(struct wide *a)
{
    while (a->count > 0 && a->limb[a->count - 1] == 0) {
        a->count--;
    }
}

static bool wide_is_one(const struct wide *a)
{
    return a->count == 1 && a->limb[0] == 1;
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
    if (a->count != b->count) {
        return a->count < b->count ? -1 : 1;
    }
    for (uint32_t i = a->count; i > 0; i--) {
        if (a->limb[i - 1] != b->limb[i - 1]) {
            return a->limb[i - 1] < b->limb[i - 1] ? -1 : 1;
        }
    }
    return 0;
}

static bool wide_mul(struct wide *out, const struct wide *a, const struct wide *b)
{
    struct wide product = {.count = 0};
    for (uint32_t i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->count || carry > 0; j++) {
            if (i + j >= RATIO_LIMBS) {
                if (j >= b->count || b->limb[j] > 0 || carry > 0) {
                    return false;
                }
                continue;
            }
            const uint64_t right = j < b->count ? b->limb[j] : 0;
            const u128 sum = (u128)a->limb[i] * right + product.limb[i + j] + carry;
            product.limb[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
    }
    product.count = RATIO_LIMBS;
    wide_trim(&product);
    *out = product;
    return true;
}

static bool wide_add(struct wide *a, const struct wide *b)
{
    struct wide sum = *a;
    uint64_t carry = 0;
    for (uint32_t i = 0; i < RATIO_LIMBS; i++) {
        const u128 left = i < a->count ? a->limb[i] : 0;
        const u128 digit = left + (i < b->count ? b->limb[i] : 0) + carry;
        sum.limb[i] = (uint64_t)digit;
        carry = (uint64_t)(digit >> 64);
    }
    if (carry > 0) {
        return false;
    }
    sum.count = RATIO_LIMBS;
    wide_trim(&sum);
    *a = sum;
    return true;
}

/* a -= b, where a >= b. */
static void wide_sub(struct wide *a, const struct wide *b)
{
    assert(wide_compare(a, b) >= 0);
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        const u128 take = (u128)(i < b->count ? b->limb[i] : 0) + borrow;
        borrow = (u128)a->limb[i] < take ? 1 : 0;
        a->limb[i] = (uint64_t)((u128)a->limb[i] - take);
    }
    assert(borrow == 0);
    wide_trim(a);
}

/* Divides in place and gives the remainder. */
static uint64_t wide_div_limb(struct wide *a, uint64_t divisor)
{
    assert(divisor > 0);
    uint64_t rest = 0;
    for (uint32_t i = a->count; i > 0; i--) {
        const u128 part = ((u128)rest << 64) | a->limb[i - 1];
        a->limb[i - 1] = (uint64_t)(part / divisor);
        rest = (uint64_t)(part % divisor);
    }
    wide_trim(a);
    return rest;
}

static void wide_halve(struct wide *a)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const uint64_t above = i + 1 < a->count ? a->limb[i + 1] : 0;
        a->limb[i] = (a->limb[i] >> 1) | (above << 63);
    }
    wide_trim(a);
}

static uint32_t wide_bits(const struct wide *a)
{
    if (a->count == 0) {
        return 0;
    }
    return a->count * 64 - (uint32_t)__builtin_clzll(a->limb[a->count - 1]);
}

static bool wide_shift_up(struct wide *a, uint32_t bits)
{
    if (wide_bits(a) + bits > RATIO_LIMBS * 64) {
        return false;
    }
    const uint32_t limbs = bits / 64;
    const uint32_t rest = bits % 64;
    struct wide out = {.count = RATIO_LIMBS};
    for (uint32_t i = 0; i < a->count; i++) {
        const u128 part = (u128)a->limb[i] << rest;
        out.limb[i + limbs] |= (uint64_t)part;
        if ((uint64_t)(part >> 64) > 0) {
            out.limb[i + limbs + 1] |= (uint64_t)(part >> 64);
        }
    }
    wide_trim(&out);
    *a = out;
    return true;
}

static uint64_t gcd_limb(uint64_t a, uint64_t b)
{
    while (b > 0) { /* at most 93 rounds for 64-bit numbers */
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Binary gcd of two non-zero numbers; each round halves one of them, so it ends after at most
 * 2,048 rounds. */
static struct wide wide_gcd(struct wide a, struct wide b)
{
    assert(a.count > 0);
    assert(b.count > 0);
    if (a.count == 1 || b.count == 1) {
        struct wide longer = a.count == 1 ? b : a;
        const uint64_t limb = a.count == 1 ? a.limb[0] : b.limb[0];
        return wide_of(gcd_limb(limb, wide_div_limb(&longer, limb)));
    }
    uint32_t twos = 0;
    while ((a.limb[0] & 1) == 0 && (b.limb[0] & 1) == 0) {
        wide_halve(&a);
        wide_halve(&b);
        twos++;
    }
    while (a.count > 0) {
        while ((a.limb[0] & 1) == 0) {
            wide_halve(&a);
        }
        while ((b.limb[0] & 1) == 0) {
            wide_halve(&b);
        }
        if (wide_compare(&a, &b) < 0) {
            const struct wide swap = a;
            a = b;
            b = swap;
        }
        wide_sub(&a, &b);
    }
    const bool fits = wide_shift_up(&b, twos);
    assert(fits);
    (void)fits;
    return b;
}

/* Divides a by b, which divides it without rest: long division, bit by bit for wide divisors. */
static void wide_div_exact(struct wide *a, const struct wide *b)
{
    if (b->count == 1) {
        const uint64_t rest = wide_div_limb(a, b->limb[0]);
        assert(rest == 0);
        (void)rest;
        return;
    }
    struct wide quotient = {.count = RATIO_LIMBS};
    uint32_t shift = wide_bits(a) - wide_bits(b);
    struct wide part = *b;
    const bool fits = wide_shift_up(&part, shift);
    assert(fits);
    (void)fits;
    for (;; shift--) {
        if (wide_compare(a, &part) >= 0) {
            wide_sub(a, &part);
            quotient.limb[shift / 64] |= (uint64_t)1 << (shift % 64);
        }
        if (shift == 0) {
            break;
        }
        wide_halve(&part);
    }
    assert(a->count == 0);
    wide_trim(&quotient);
    *a = quotient;
}

/* Cancels what a and b share. */
static void wide_cancel(struct wide *a, struct wide *b)
{
    if (a->count == 0 || b->count == 0 || wide_is_one(a) || wide_is_one(b)) {
        return;
    }
    const struct wide common = wide_gcd(*a, *b);
    if (!wide_is_one(&common)) {
        wide_div_exact(a, &common);
        wide_div_exact(b, &common);
    }
}

/* --- ratio -------------------------------------------------------------------------------------*/

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

struct ratio ratio_of_int(int64_t value)
{
    struct ratio out = {.num = wide_of(magnitude(value)), .den = wide_of(1), .negative = value < 0};
    return out;
}

struct ratio ratio_of_dec(struct dec value)
{
    struct ratio out = ratio_of_int(value.m);
    ratio_div_int(&out, (int64_t)dec_power(value.s));
    return out;
}

static void fail(struct ratio *ratio)
{
    *ratio = ratio_of_int(0);
    ratio->failed = true;
}

void ratio_mul(struct ratio *ratio, const struct ratio *factor)
{
    assert(ratio != NULL);
    assert(factor != NULL);
    if (ratio->failed || factor->failed) {
        fail(ratio);
        return;
    }
    struct ratio by = *factor;
    if (ratio->num.count == 0 || by.num.count == 0) {
        *ratio = ratio_of_int(0);
        return;
    }
    wide_cancel(&ratio->num, &by.den);
    wide_cancel(&by.num, &ratio->den);
    const bool negative = ratio->negative != by.negative;
    if (!wide_mul(&ratio->num, &ratio->num, &by.num) ||
        !wide_mul(&ratio->den, &ratio->den, &by.den)) {
        fail(ratio);
        return;
    }
    ratio->negative = negative;
}

void ratio_mul_int(struct ratio *ratio, int64_t factor)
{
    const struct ratio by = ratio_of_int(factor);
    ratio_mul(ratio, &by);
}

void ratio_div_int(struct ratio *ratio, int64_t divisor)
{
    if (divisor == 0) {
        fail(ratio);
        return;
    }
    const struct ratio by = {
        .num = wide_of(1), .den = wide_of(magnitude(divisor)), .negative = divisor < 0};
    ratio_mul(ratio, &by);
}

void ratio_mul_dec(struct ratio *ratio, struct dec factor)
{
    ratio_mul_int(ratio, factor.m);
    ratio_div_int(ratio, (int64_t)dec_power(factor.s));
}

void ratio_div_dec(struct ratio *ratio, struct dec divisor)
{
    ratio_div_int(ratio, divisor.m);
    ratio_mul_int(ratio, (int64_t)dec_power(divisor.s));
}

/* n1/d1 + n2/d2 over the least common denominator, so that a dozen different temperatures do not
 * multiply the shared powers of ten twelve times. */
void ratio_add(struct ratio *ratio, const struct ratio *other)
{
    assert(ratio != NULL);
    assert(other != NULL);
    if (ratio->failed || other->failed) {
        fail(ratio);
        return;
    }
    const struct wide common = wide_gcd(ratio->den, other->den);
    struct wide left_scale = other->den;
    struct wide right_scale = ratio->den;
    wide_div_exact(&left_scale, &common);
    wide_div_exact(&right_scale, &common);
    struct wide left;
    struct wide right;
    struct ratio out = {.failed = false};
    if (!wide_mul(&left, &ratio->num, &left_scale) ||
        !wide_mul(&right, &other->num, &right_scale) ||
        !wide_mul(&out.den, &ratio->den, &left_scale)) {
        fail(ratio);
        return;
    }
    if (ratio->negative == other->negative) {
        out.negative = ratio->negative;
        if (!wide_add(&left, &right)) {
            fail(ratio);
            return;
        }
        out.num = left;
    } else if (wide_compare(&left, &right) >= 0) {
        out.negative = ratio->negative;
        wide_sub(&left, &right);
        out.num = left;
    } else {
        out.negative = other->negative;
        wide_sub(&right, &left);
        out.num = right;
    }
    if (out.num.count == 0) {
        out = ratio_of_int(0);
    }
    wide_cancel(&out.num, &out.den);
    *ratio = out;
}

void ratio_sub(struct ratio *ratio, const struct ratio *other)
{
    struct ratio negated = *other;
    negated.negative = !other->negative && other->num.count > 0;
    ratio_add(ratio, &negated);
}

void ratio_add_dec(struct ratio *ratio, struct dec other)
{
    const struct ratio right = ratio_of_dec(other);
    ratio_add(ratio, &right);
}

void ratio_sub_dec(struct ratio *ratio, struct dec other)
{
    const struct ratio right = ratio_of_dec(other);
    ratio_sub(ratio, &right);
}

int ratio_sign(const struct ratio *ratio)
{
    if (ratio->failed || ratio->num.count == 0) {
        return 0;
    }
    return ratio->negative ? -1 : 1;
}

int ratio_compare(const struct ratio *a, const struct ratio *b)
{
    struct ratio difference = *a;
    ratio_sub(&difference, b);
    return ratio_sign(&difference);
}

static u128 wide_low(const struct wide *a)
{
    return ((u128)(a->count > 1 ? a->limb[1] : 0) << 64) | (a->count > 0 ? a->limb[0] : 0);
}

/* Both sides within 128 bits: what nearly every line needs [methodology 10.3]. */
static bool divide_low(uint64_t *quotient, struct wide *num, const struct wide *den)
{
    const u128 whole = wide_low(num) / wide_low(den);
    const u128 rest = wide_low(num) % wide_low(den);
    if (whole >> 64 != 0) {
        return false;
    }
    *quotient = (uint64_t)whole;
    *num = (struct wide){.limb = {(uint64_t)rest, (uint64_t)(rest >> 64)}, .count = 2};
    wide_trim(num);
    return true;
}

/* num / den as quotient and remainder (left in num); the quotient must fit 64 bits. */
static bool divide(uint64_t *quotient, struct wide *num, const struct wide *den)
{
    if (num->count <= 2 && den->count <= 2) {
        return divide_low(quotient, num, den);
    }
    uint64_t out = 0;
    const uint32_t top = wide_bits(num);
    const uint32_t low = wide_bits(den);
    if (top >= low) {
        uint32_t shift = top - low;
        if (shift > 63) {
            return false;
        }
        struct wide part = *den;
        if (!wide_shift_up(&part, shift)) {
            return false;
        }
        for (;; shift--) {
            if (wide_compare(num, &part) >= 0) {
                wide_sub(num, &part);
                out |= (uint64_t)1 << shift;
            }
            if (shift == 0) {
                break;
            }
            wide_halve(&part);
        }
    }
    *quotient = out;
    return true;
}

enum err ratio_round(int64_t *out, const struct ratio *ratio, unsigned decimals)
{
    assert(out != NULL);
    assert(decimals <= 18);
    struct ratio scaled = *ratio;
    ratio_mul_int(&scaled, (int64_t)dec_power(decimals));
    uint64_t quotient = 0;
    if (scaled.failed || !divide(&quotient, &scaled.num, &scaled.den)) {
        return ERR_RANGE;
    }
    /* r >= b - r decides without doubling r [methodology 10.3 step 4]. */
    struct wide missing = scaled.den;
    wide_sub(&missing, &scaled.num);
    if (wide_compare(&scaled.num, &missing) >= 0) {
        quotient++;
    }
    if (quotient > (uint64_t)INT64_MAX) {
        return ERR_RANGE;
    }
    *out = scaled.negative ? -(int64_t)quotient : (int64_t)quotient;
    return OK;
}

void ratio_text(char *out, bool *exact, const struct ratio *ratio, unsigned decimals)
{
    assert(out != NULL);
    assert(exact != NULL);
    assert(decimals <= 18);
    int64_t value = 0;
    while (ratio_round(&value, ratio, decimals) != OK) {
        if (decimals == 0) {
            out[0] = '?';
            out[1] = '\0';
            *exact = false;
            return;
        }
        decimals--;
    }
    struct ratio back = ratio_of_int(value);
    ratio_div_int(&back, (int64_t)dec_power(decimals));
    *exact = ratio_compare(&back, ratio) == 0;
    char digits[24];
    size_t count = 0;
    uint64_t rest = magnitude(value);
    unsigned dropped = 0;
    while (*exact && dropped < decimals && rest % 10 == 0) {
        rest /= 10;
        dropped++;
    }
    decimals -= dropped;
    while (rest > 0 || count <= decimals) {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    size_t at = 0;
    if (value < 0) {
        out[at++] = '-';
    }
    while (count > 0) {
        if (count == decimals) {
            out[at++] = '.';
        }
        out[at++] = digits[--count];
    }
    out[at] = '\0';
}
