/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_FORM_H
#define LEDGER_ACCOUNTING_FORM_H

/* Reads that several codes share: a code with forms or tiers takes the fields of one of them, and
 * volumes of the IPCC sets are m3 at 20 degrees C. Inside accounting/ only. */

#include "ledger/accounting/line.h"

/* form_only refuses each field of the line that the chosen form does not take; form is its name for
 * people ("tier 1"), fields a comma separated list. */
bool NODISCARD form_only(struct line *line, const char *form, const char *fields);

/* form_volume reads m3 or 1e3m3 and gives m3 at 20 degrees C and 101.325 kPa, the state where
 * nothing is said; another state is converted exactly (D34). */
bool NODISCARD form_volume(struct line *line, struct ratio *out, const char *field,
                           const Seam__Quantity *in);

/* form_volume_or is 0 where nothing was typed. */
bool NODISCARD form_volume_or(struct line *line, struct ratio *out, const char *field,
                              const Seam__Quantity *in);

/* form_months is what a sink line credits, as typed or by the length of the period (D29). */
const char *form_months(const Seam__Line *line, struct period period);

#endif
