/* SPDX-License-Identifier: Apache-2.0 */
/* Thin wrappers whose point is the type; the only arithmetic is checked addition and one rounding
 * division. */
#include "ledger/base/qty.h"

#include <assert.h>

struct grams grams_of(int64_t value)
{
    return (struct grams){.value = value};
}

int64_t grams_value(struct grams grams)
{
    return grams.value;
}

bool grams_add(struct grams *out, struct grams a, struct grams b)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(a.value, b.value, &sum)) {
        return false;
    }
    out->value = sum;
    return true;
}

bool grams_sub(struct grams *out, struct grams a, struct grams b)
{
    int64_t difference = 0;
    if (__builtin_sub_overflow(a.value, b.value, &difference)) {
        return false;
    }
    out->value = difference;
    return true;
}

bool grams_is_safe(struct grams grams)
{
    return grams.value >= -QTY_SAFE_MAX && grams.value <= QTY_SAFE_MAX;
}

enum err grams_round(struct grams *out, const struct ratio *tonnes_exact)
{
    int64_t value = 0;
    if (ratio_round(&value, tonnes_exact, 6) != OK || !grams_is_safe(grams_of(value))) {
        return ERR_RANGE;
    }
    out->value = value;
    return OK;
}

/* Half away from zero; divisor positive and even. */
static int64_t divide_half_up(int64_t value, int64_t divisor)
{
    assert(divisor > 0);
    const int64_t quotient = value / divisor;
    const int64_t rest = value % divisor;
    if (rest >= divisor / 2) {
        return quotient + 1;
    }
    return rest <= -(divisor / 2) ? quotient - 1 : quotient;
}

void grams_report(char *out, struct grams grams)
{
    const int64_t hundredths = divide_half_up(grams.value, 10000);
    char digits[24];
    size_t count = 0;
    uint64_t rest = hundredths < 0 ? 0 - (uint64_t)hundredths : (uint64_t)hundredths;
    while (rest > 0 || count < 3) {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    size_t at = 0;
    if (hundredths < 0) {
        out[at++] = '-';
    }
    while (count > 0) {
        if (count == 2) {
            out[at++] = '.';
        }
        out[at++] = digits[--count];
    }
    out[at] = '\0';
    assert(at < DEC_TEXT_SIZE);
}

struct tonnes grams_tonnes(struct grams grams)
{
    return tonnes_of(divide_half_up(grams.value, 1000000));
}

struct tonnes tonnes_of(int64_t value)
{
    return (struct tonnes){.value = value};
}

int64_t tonnes_value(struct tonnes tonnes)
{
    return tonnes.value;
}

bool tonnes_add(struct tonnes *out, struct tonnes a, struct tonnes b)
{
    int64_t sum = 0;
    if (__builtin_add_overflow(a.value, b.value, &sum)) {
        return false;
    }
    out->value = sum;
    return true;
}

bool tonnes_sub(struct tonnes *out, struct tonnes a, struct tonnes b)
{
    int64_t difference = 0;
    if (__builtin_sub_overflow(a.value, b.value, &difference)) {
        return false;
    }
    out->value = difference;
    return true;
}
