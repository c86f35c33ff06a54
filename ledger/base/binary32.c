/* SPDX-License-Identifier: Apache-2.0 */
/* For 6, 7, 8 and 9 digits: the nearest decimal, ties to even, as printf("%.6g") gives it; the
 * first one inside the rounding interval of the number is the answer. Numbers that no dec holds are
 * refused before, so every product below fits 128 bits: 26 bits of significand times 10^18 or 2^37.
 */
#include "ledger/base/binary32.h"

#include <assert.h>

#define DIGITS_MIN 6
#define DIGITS_MAX 9
#define LARGEST 60 /* 2^60 > 10^18 */
#define SMALLEST (-30) /* 2^-30 < 10^-9 */

/* value = 2^exponent * significand */
struct number {
    uint64_t significand; /* 24 bits, the first one set */
    int32_t exponent;
};

__extension__ typedef unsigned __int128 uint128;

/* 10^power * value = num / den, the sides scaled by the same 4 so that quarters of a unit count. */
struct scaled {
    uint128 num;
    uint128 den;
};

static struct scaled scale(uint64_t quarters, int32_t exponent, int32_t power)
{
    struct scaled out = {.num = quarters, .den = 4};
    if (exponent >= 0) {
        out.num <<= (unsigned)exponent;
    } else {
        out.den <<= (unsigned)-exponent;
    }
    if (power >= 0) {
        out.num *= dec_power((unsigned)power);
    } else {
        out.den *= dec_power((unsigned)-power);
    }
    return out;
}

static uint64_t round_even(struct scaled value)
{
    const uint128 whole = value.num / value.den;
    const uint128 rest = value.num % value.den;
    const uint128 other = value.den - rest;
    const bool up = rest > other || (rest == other && (whole & 1) != 0);
    return (uint64_t)whole + (up ? 1 : 0);
}

/* Does digits * 10^-power read back to the number? Ends of the interval belong to it where the
 * significand is even; below a power of two the interval is half as wide. */
static bool reads_back(struct number number, uint64_t digits, int32_t power)
{
    const uint64_t below = number.significand == UINT64_C(1) << 23 ? 1 : 2;
    const struct scaled low = scale(4 * number.significand - below, number.exponent, power);
    const struct scaled high = scale(4 * number.significand + 2, number.exponent, power);
    const uint128 at = digits * low.den;
    const bool even = (number.significand & 1) == 0;
    return even ? low.num <= at && at <= high.num : low.num < at && at < high.num;
}

/* The power that leaves `count` digits before the point, 10^18 at most. */
static bool find_digits(struct number number, int32_t count, uint64_t *digits, int32_t *power)
{
    const uint64_t end = dec_power((unsigned)count);
    for (int32_t at = 18; at >= -18; at--) {
        const struct scaled value = scale(4 * number.significand, number.exponent, at);
        if (value.num / value.den < end) {
            *digits = round_even(value);
            *power = at;
            return *digits >= end / 10; /* a carry to 10^count is as good */
        }
    }
    return false;
}

static enum err to_dec(struct dec *out, uint64_t digits, int32_t power, bool negative)
{
    while (digits % 10 == 0) {
        digits /= 10;
        power--;
    }
    if (power > DEC_DECIMALS) {
        return ERR_DEC;
    }
    for (; power < 0; power++) {
        if (digits >= dec_power(DEC_DIGITS - 1)) {
            return ERR_DEC;
        }
        digits *= 10;
    }
    *out = dec_of(negative ? -(int64_t)digits : (int64_t)digits, (uint8_t)power);
    return OK;
}

enum err binary32_dec(struct dec *out, const uint8_t bytes[BINARY32_SIZE])
{
    assert(out != NULL);
    const uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                          (uint32_t)bytes[3] << 24;
    const bool negative = (bits >> 31) != 0;
    const uint32_t biased = (bits >> 23) & 0xff;
    const uint32_t fraction = bits & 0x7fffff;
    if (biased == 0 && fraction == 0 && !negative) {
        *out = dec_of(0, 0);
        return OK;
    }
    if (biased == 0 || biased == 0xff) {
        return ERR_FLOAT;
    }
    const struct number number = {.significand = fraction | UINT32_C(0x800000),
                                  .exponent = (int32_t)biased - 150};
    const int32_t first_bit = number.exponent + 23;
    if (first_bit >= LARGEST || first_bit < SMALLEST) {
        return ERR_DEC;
    }
    for (int32_t count = DIGITS_MIN; count <= DIGITS_MAX; count++) {
        uint64_t digits = 0;
        int32_t power = 0;
        if (!find_digits(number, count, &digits, &power)) {
            return ERR_DEC;
        }
        if (reads_back(number, digits, power)) {
            return to_dec(out, digits, power, negative);
        }
    }
    return ERR_INTERNAL; /* nine digits always read back */
}
