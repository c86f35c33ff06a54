/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_OPINION_TOTALS_H
#define LEDGER_ASSURANCE_OPINION_TOTALS_H

/* What the verified totals of an opinion must be, to the gram: reported, plus the effects of
 * findings that were adjusted, plus the conservative estimates of unresolved ones. */

#include "ledger/assurance/finding.h"

struct opinion_totals {
    Seam__CategoryTotals reported[ENGAGEMENT_SCOPE_MAX]; /* as the scope is ordered */
    Seam__CategoryTotals verified[ENGAGEMENT_SCOPE_MAX];
    uint32_t versions[ENGAGEMENT_SCOPE_MAX]; /* of the accounts that count */
    uint32_t unresolved[ENGAGEMENT_FINDINGS_MAX]; /* numbers, ascending */
    size_t unresolved_count;
};

/* opinion_totals_of reads every account and every finding of the engagement. Refuses what cannot be
 * summed: a missing account (NOT_YET), a finding with an effect on a version that does not count
 * any more (ERR_SUPERSEDED), a finding still open (ERR_STATE_MACHINE). */
enum judgement opinion_totals_of(struct opinion_totals *out, const struct engaging *in);

#endif
