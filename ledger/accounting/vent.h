/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_VENT_H
#define LEDGER_ACCOUNTING_VENT_H

/* Gas carried by ventilation air, in the forms of D34: a volume, mean flows of the gas, or flows of
 * air with temperature, pressure, water vapour and fractions, normalised exactly. */

#include "ledger/accounting/line.h"

enum vent_gas { VENT_CH4, VENT_CO2 };

/* vent_read gives 1e4Nm3 of the gas from `ventilation`; nothing typed is ERR_MISSING. */
bool NODISCARD vent_read(struct line *line, struct ratio *out, enum vent_gas gas);
/* vent_typed says whether the line has ventilation in any form. */
bool vent_typed(const Seam__Line *in);

#endif
