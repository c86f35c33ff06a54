/* SPDX-License-Identifier: Apache-2.0 */
/* All factors are multiplied first and divided once; the quotient is rounded to the conservative
 * side. */
#include "ledger/assurance/correction.h"

#include <assert.h>

#define WHOLE_PPM 1000000
#define SAFE_MAX ((INT64_C(1) << 53) - 1)

const char *correction_kind_text(enum correction_kind kind)
{
    static const char *const texts[] = {
        [CORRECTION_NONE] = "NONE",
        [CORRECTION_UNCALIBRATED] = "UNCALIBRATED",
        [CORRECTION_OVER_TOLERANCE] = "OVER_TOLERANCE",
        [CORRECTION_MISSING] = "MISSING",
        [CORRECTION_DEFAULT] = "DEFAULT",
    };
    assert(kind < sizeof texts / sizeof texts[0]);
    return texts[kind];
}

/* What the meter is trusted less for, in 10^-6. */
static uint32_t distrust_ppm(enum correction_kind *kind, const struct correction_input *in)
{
    if (!in->calibrated) {
        *kind = CORRECTION_UNCALIBRATED;
        return in->specified_ppm;
    }
    if (in->found_ppm > in->specified_ppm) {
        *kind = CORRECTION_OVER_TOLERANCE;
        return in->found_ppm - in->specified_ppm;
    }
    return 0;
}

/* amount x (1 +- ppm) x hours / known, rounded to the side. False above SAFE_MAX. */
static bool scale(int64_t *out, const struct correction_input *in, uint32_t ppm)
{
    const uint64_t factor =
        in->side == CORRECTION_UP ? (uint64_t)WHOLE_PPM + ppm : (uint64_t)WHOLE_PPM - ppm;
    const bool missing = in->hours_missing > 0 && in->side == CORRECTION_UP;
    const uint64_t hours = missing ? in->hours : 1;
    const uint64_t known = missing ? in->hours - in->hours_missing : 1;
    /* 53 bits, 21 bits and 32 bits */
    const unsigned __int128 product = (unsigned __int128)(uint64_t)in->amount * factor * hours;
    const unsigned __int128 divisor = (unsigned __int128)WHOLE_PPM * known;
    unsigned __int128 quotient = product / divisor;
    if (in->side == CORRECTION_UP && product % divisor != 0) {
        quotient++;
    }
    if (quotient > (unsigned __int128)SAFE_MAX) {
        return false;
    }
    *out = (int64_t)quotient;
    return true;
}

static enum err input_valid(const struct correction_input *in)
{
    if (in->amount < 0 || in->default_amount < 0) {
        return ERR_NEG;
    }
    if (in->amount > SAFE_MAX || in->default_amount > SAFE_MAX || in->specified_ppm > WHOLE_PPM ||
        in->found_ppm > WHOLE_PPM || in->hours_missing > in->hours) {
        return ERR_RANGE;
    }
    return OK;
}

enum err correction_of(struct correction *out, const struct correction_input *in)
{
    struct correction made = {.kind = CORRECTION_NONE, .amount = in->amount};
    const enum err err = input_valid(in);
    if (err != OK) {
        return err;
    }
    if (!in->measured) {
        made.kind = CORRECTION_DEFAULT;
        const bool worse = in->side == CORRECTION_UP ? in->default_amount > in->amount
                                                     : in->default_amount < in->amount;
        made.amount = worse ? in->default_amount : in->amount;
    } else {
        const uint32_t ppm = distrust_ppm(&made.kind, in);
        if (in->hours_missing > 0) {
            made.kind = CORRECTION_MISSING;
        }
        if ((in->hours_missing > 0 && in->hours_missing == in->hours) ||
            !scale(&made.amount, in, ppm)) {
            return ERR_RANGE;
        }
    }
    made.effect = made.amount - in->amount;
    *out = made;
    return OK;
}
