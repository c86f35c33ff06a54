/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_EFFECT_WRITE_H
#define LEDGER_ASSURANCE_EFFECT_WRITE_H

/* Effects as a decision orders them. Inside this folder only. */

#include "ledger/assurance/effect.h"

/* effect_check_all: at most one a claim, of claims that stand, each of its form, tonnes by the
 * formula [D42]. */
enum judgement effect_check_all(const Seam__DisputeRecord *record, const Seam__DisputeDecide *in,
                                struct err_detail *detail);

/* effect_write_all writes the effects of the last decision of record and counts them there; of an
 * earlier decision it voids what nobody used and compensates what was used, unless the new decision
 * orders the same. */
enum judgement effect_write_all(struct rule_context *context, Seam__DisputeRecord *record,
                                const Seam__DisputeDecide *in, struct err_detail *detail);

#endif
