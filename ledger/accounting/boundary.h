/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_BOUNDARY_H
#define LEDGER_ACCOUNTING_BOUNDARY_H

/* Is an account complete? Every source of the boundary has its line and every line its source
 * [KSSJ 5.1.2], the set's required codes are there (D30), the gas grade is the attested one (D34).
 */

#include "ledger/accounting/set.h"
#include "ledger/proto/governance.pb-c.h"

/* boundary_complete: ERR_INCOMPLETE (a source or required code without a line), ERR_BOUNDARY (a
 * line or a ventilation-air unit outside the boundary), ERR_PARAM (gas grade). detail names the
 * line. */
enum err NODISCARD boundary_complete(const Seam__CalculationFile *file,
                                     const Seam__BoundaryRecord *boundary, const struct set *set,
                                     const char *gas_grade, struct err_detail *detail);

#endif
