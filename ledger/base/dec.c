/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing walks the text once with the grammar written out; nothing of the C library's number
 * reading is used, because it obeys a locale and rounds. */
#include "ledger/base/dec.h"

#include <assert.h>

uint64_t dec_power(unsigned exponent)
{
    assert(exponent <= 18);
    uint64_t power = 1;
    for (unsigned i = 0; i < exponent; i++) {
        power *= 10;
    }
    return power;
}

struct dec dec_of(int64_t value, uint8_t decimals)
{
    assert(decimals <= DEC_DECIMALS);
    struct dec out = {.m = value, .s = decimals};
    while (out.s > 0 && out.m % 10 == 0) {
        out.m /= 10;
        out.s--;
    }
    return out;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

enum err dec_parse(struct dec *out, struct bytes text)
{
    assert(out != NULL);
    size_t at = 0;
    const bool negative = text.size > 0 && text.data[0] == '-';
    if (negative) {
        at = 1;
    }
    const size_t first = at;
    uint64_t value = 0;
    unsigned significant = 0;
    uint8_t decimals = 0;
    bool point = false;
    for (; at < text.size; at++) {
        const uint8_t c = text.data[at];
        if (c == '.' && !point && at > first) {
            point = true;
            continue;
        }
        if (!is_digit(c) || (point && decimals == DEC_DECIMALS)) {
            return ERR_DEC;
        }
        if (!point && at == first + 1 && text.data[first] == '0') {
            return ERR_DEC; /* a leading zero makes two texts of one value */
        }
        if (value > 0 || c != '0') {
            if (significant == DEC_DIGITS) {
                return ERR_DEC;
            }
            significant++;
        }
        value = value * 10 + (uint64_t)(c - '0');
        decimals = (uint8_t)(decimals + (point ? 1 : 0));
    }
    if (at == first || (point && decimals == 0) || (negative && value == 0)) {
        return ERR_DEC;
    }
    assert(value < 1000000000000000000u);
    *out = dec_of(negative ? -(int64_t)value : (int64_t)value, decimals);
    return OK;
}

uint8_t dec_typed_decimals(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '.') {
            assert(text.size - i - 1 <= DEC_DECIMALS);
            return (uint8_t)(text.size - i - 1);
        }
    }
    return 0;
}

int dec_compare(struct dec a, struct dec b)
{
    const __int128 left = (__int128)a.m * (__int128)dec_power(b.s);
    const __int128 right = (__int128)b.m * (__int128)dec_power(a.s);
    return (left > right) - (left < right);
}

bool dec_is_zero(struct dec a)
{
    return a.m == 0;
}

size_t dec_text(char *out, struct dec a)
{
    assert(out != NULL);
    assert(a.s <= DEC_DECIMALS);
    char digits[20];
    size_t count = 0;
    uint64_t rest = a.m < 0 ? 0 - (uint64_t)a.m : (uint64_t)a.m;
    while (rest > 0 || count <= a.s) {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    }
    size_t at = 0;
    if (a.m < 0) {
        out[at++] = '-';
    }
    while (count > 0) {
        if (count == a.s) {
            out[at++] = '.';
        }
        out[at++] = digits[--count];
    }
    out[at] = '\0';
    assert(at < DEC_TEXT_SIZE);
    return at;
}
