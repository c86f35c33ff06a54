/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_CORRECTION_H
#define LEDGER_ASSURANCE_CORRECTION_H

/* Conservative corrections of the verification guide [F11] (V15): what a reading or amount becomes
 * when its meter or its data cannot be trusted. Exact: integers, one rounding, away from the
 * client's favour. Pure. */

#include "ledger/base/err.h"

/* Which way is conservative: emissions and consumption up, sinks, sales and exports down. */
enum correction_side { CORRECTION_UP, CORRECTION_DOWN };

enum correction_kind {
    CORRECTION_NONE,
    /* the meter was not calibrated in the period: x (1 + specified accuracy) */
    CORRECTION_UNCALIBRATED,
    /* the calibration found a larger error than is specified: x [1 + (found - specified)] */
    CORRECTION_OVER_TOLERANCE,
    /* data are missing for part of the time: the mean of the known time, for all of it */
    CORRECTION_MISSING,
    /* a required measurement was not made: the default value, if that is worse */
    CORRECTION_DEFAULT
};

/* Accuracies in 10^-6: 0.5 % is 5,000. */
struct correction_input {
    int64_t amount; /* in the smallest unit: grams, kilograms, watt-hours; 0 or above */
    enum correction_side side;
    bool calibrated; /* a calibration covers the period */
    uint32_t specified_ppm; /* accuracy that is required, at most 1,000,000 */
    uint32_t found_ppm; /* largest error that the calibration found */
    uint32_t hours; /* of the period */
    uint32_t hours_missing; /* without a reading */
    bool measured; /* the required measurement was made */
    int64_t default_amount; /* by the default value */
};

struct correction {
    enum correction_kind kind;
    int64_t amount; /* corrected */
    int64_t effect; /* corrected less stated */
};

const char *correction_kind_text(enum correction_kind kind);

/* correction_of applies the one case that fits, in this order: a measurement that was not made
 * (DEFAULT), missing time (MISSING; an uncalibrated or bad meter is corrected, too, and named), no
 * calibration, over tolerance. Scaling downwards mirrors: x (1 - accuracy). ERR_NEG for a negative
 * amount, ERR_RANGE for accuracies above 10^6, more hours missing than there are, nothing known at
 * all, or a result above 2^53 - 1. */
enum err NODISCARD correction_of(struct correction *out, const struct correction_input *in);

#endif
