/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_QTY_H
#define LEDGER_BASE_QTY_H

/* Typed amounts: grams of gas and whole tonnes cannot be mixed up with each other or with a count.
 * Their members are touched in qty.c only. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"
#include "ledger/base/ratio.h"

/* Grams of CO2, CH4 or CO2e; 10^-6 t [methodology 10.2]. */
struct grams {
    int64_t value;
};

/* Whole tonnes: allowances, credits, obligations. */
struct tonnes {
    int64_t value;
};

/* The largest magnitude that JavaScript reads exactly, 2^53 - 1 (decision D34). */
#define QTY_SAFE_MAX INT64_C(9007199254740991)

struct grams grams_of(int64_t value);
int64_t grams_value(struct grams grams);
/* grams_add and grams_sub are false on overflow; out is then untouched. */
bool NODISCARD grams_add(struct grams *out, struct grams a, struct grams b);
bool NODISCARD grams_sub(struct grams *out, struct grams a, struct grams b);
bool grams_is_safe(struct grams grams); /* magnitude at most QTY_SAFE_MAX */

/* grams_round gives tonnes_exact as grams, half away from zero, once. ERR_RANGE when it does not
 * fit or is not safe. */
enum err NODISCARD grams_round(struct grams *out, const struct ratio *tonnes_exact);

/* grams_report writes tonnes with two decimals, half away from zero: "748754.54". out must hold
 * DEC_TEXT_SIZE. */
void grams_report(char *out, struct grams grams);

/* grams_tonnes rounds to whole tonnes, half away from zero [methodology 10.4, obligation]. */
struct tonnes grams_tonnes(struct grams grams);

struct tonnes tonnes_of(int64_t value);
int64_t tonnes_value(struct tonnes tonnes);
bool NODISCARD tonnes_add(struct tonnes *out, struct tonnes a, struct tonnes b);
bool NODISCARD tonnes_sub(struct tonnes *out, struct tonnes a, struct tonnes b);

#endif
