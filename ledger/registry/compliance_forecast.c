/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/compliance_forecast.h"

#include <assert.h>

__extension__ typedef __int128 int128;

#define RATE_MAX 2

const char *forecast_method_name(enum forecast_method method)
{
    static const char *const names[] = {[FORECAST_NONE] = "NONE",
                                        [FORECAST_EMPTY] = "EMPTY",
                                        [FORECAST_MEAN] = "MEAN",
                                        [FORECAST_GROWTH] = "GROWTH_3"};
    assert(method <= FORECAST_GROWTH);
    return names[method];
}

/* Half up; values of months are not negative here. */
static int64_t half_up(int128 num, int128 den)
{
    return (int64_t)((2 * num + den) / (2 * den));
}

static bool has(uint32_t months, unsigned index)
{
    return (months & 1u << index) != 0;
}

struct growth {
    int128 last; /* three months */
    int128 before; /* the three before them */
};

/* Six months in a row up to the one before first. */
static bool growth_of(struct growth *out, const struct grams *month, uint32_t months,
                      unsigned first)
{
    *out = (struct growth){0};
    if (first < 6) {
        return false;
    }
    for (unsigned i = 0; i < 6; i++) {
        const unsigned index = first - 1 - i;
        if (!has(months, index) || grams_value(month[index]) < 0) {
            return false;
        }
        *(i < 3 ? &out->last : &out->before) += grams_value(month[index]);
    }
    if (out->last > out->before * RATE_MAX) {
        out->last = out->before * RATE_MAX;
    }
    return out->before > 0;
}

static void fill_mean(struct forecast *out, uint32_t months, uint32_t expected)
{
    const int64_t sum = grams_value(out->so_far);
    const int64_t mean = out->known > 0 && sum > 0 ? half_up(sum, (int128)out->known) : 0;
    for (unsigned i = 0; i < FORECAST_MONTHS; i++) {
        if (has(expected, i) && !has(months, i)) {
            out->month[i] = grams_of(mean);
        }
    }
}

static enum err sums(struct forecast *out, uint32_t months, uint32_t expected)
{
    for (unsigned i = 0; i < FORECAST_MONTHS; i++) {
        if (has(expected, i) && !has(months, i) &&
            (!grams_is_safe(out->month[i]) ||
             !grams_add(&out->expected, out->expected, out->month[i]))) {
            return ERR_RANGE;
        }
    }
    return grams_is_safe(out->expected) ? OK : ERR_RANGE;
}

enum err forecast_year(struct forecast *out, const struct grams *month, uint32_t months,
                       uint32_t expected)
{
    struct forecast found = {0};
    struct growth growth;
    unsigned first = FORECAST_MONTHS; /* missing */
    for (unsigned i = FORECAST_MONTHS; i > 0; i--) {
        found.month[i - 1] = has(months, i - 1) ? month[i - 1] : grams_of(0);
        if (has(months, i - 1)) {
            found.known++;
            if (!grams_is_safe(month[i - 1]) ||
                !grams_add(&found.so_far, found.so_far, month[i - 1])) {
                return ERR_RANGE;
            }
        } else if (has(expected, i - 1)) {
            first = i - 1;
        }
    }
    if (first == FORECAST_MONTHS) {
        found.method = FORECAST_NONE;
    } else if (found.known == 0) {
        found.method = FORECAST_EMPTY;
    } else if (!growth_of(&growth, month, months, first)) {
        found.method = FORECAST_MEAN;
        fill_mean(&found, months, expected);
    } else {
        found.method = FORECAST_GROWTH;
        for (unsigned i = first; i < FORECAST_MONTHS; i++) {
            const int128 base = grams_value(found.month[i - 3]);
            if (has(expected, i) && !has(months, i)) {
                found.month[i] = grams_of(half_up(base * growth.last, growth.before));
            }
        }
    }
    const enum err err = sums(&found, months, expected);
    if (err == OK) {
        *out = found;
    }
    return err;
}
