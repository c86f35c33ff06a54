/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_REPORT_H
#define LEDGER_ACCOUNTING_REPORT_H

/* What people read beside the grams: uncertainty, completeness, the share of primary data, how the
 * totals follow from the lines, and everything in words. Validators need none of it; nothing of it
 * is signed, and no gram changes by it. */

#include "ledger/accounting/calc.h"

/* report_make gives a copy of result, filled in; file and set are those it was calculated from,
 * language that of the words. The trace is told in words where the result has one. Everything lives
 * in arena; result stays as it is. ERR_MEMORY. */
enum err NODISCARD report_make(const Seam__CalculationResult **out,
                               const Seam__CalculationResult *result,
                               const Seam__CalculationFile *file, const struct set *set,
                               enum err_language language, struct arena *arena);

#endif
