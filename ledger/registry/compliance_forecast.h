/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_COMPLIANCE_FORECAST_H
#define LEDGER_REGISTRY_COMPLIANCE_FORECAST_H

/* What the months that are not known yet will probably be: a growth rate, in exact integers, so
 * that desk and regulator see the same number. A forecast is shown as one and binds nobody. */

#include "ledger/base/qty.h"

#define FORECAST_MONTHS 12

enum forecast_method {
    FORECAST_NONE, /* every month is known */
    FORECAST_EMPTY, /* none is known: nothing to go by, counted as 0 */
    FORECAST_MEAN, /* less than six months in a row: the mean of what is known */
    FORECAST_GROWTH /* the month three before, times last three / three before them */
};
/* "NONE", "EMPTY", "MEAN", "GROWTH_3". */
const char *forecast_method_name(enum forecast_method method);

struct forecast {
    enum forecast_method method;
    uint32_t known; /* months */
    struct grams so_far;
    struct grams expected; /* of the missing months */
    struct grams month[FORECAST_MONTHS];
};

/* forecast_year: month[i] counts where bit i of months is set; expected is a set of bits of the
 * months that the year has (a facility may have begun in it). GROWTH needs the last six known
 * months to follow each other directly before the first missing one and the earlier three not to
 * be 0; a rate is at most 2 and each month is rounded half up. ERR_RANGE beyond the safe integers.
 */
enum err NODISCARD forecast_year(struct forecast *out, const struct grams *month, uint32_t months,
                                 uint32_t expected);

#endif
