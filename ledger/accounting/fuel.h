/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_FUEL_H
#define LEDGER_ACCOUNTING_FUEL_H

/* What the fuel codes of all sets share: the fuel and how much of it was used. */

#include "ledger/accounting/line.h"

/* fuel_find gives the set's row of the line's fuel; NULL with the error noted. */
const Seam__FuelName *fuel_find(struct line *line);

/* fuel_amount reads `ad`, or the balance of `stock`: purchased - sold + opening - closing (D35),
 * whose negative result is E_NEG. */
bool NODISCARD fuel_amount(struct line *line, struct ratio *out, const char *unit);

#endif
