/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_COVERAGE_H
#define LEDGER_ASSURANCE_COVERAGE_H

/* What a recomputation found and no finding speaks of: a difference that the verifier saw must not
 * end in an opinion as if nothing had been there [KSSJ 6.1c]. Inside this folder only. */

#include "ledger/assurance/engagement.h"

#define COVERAGE_LINES_MAX 200 /* lines of one account that differ */

struct coverage {
    uint32_t uncovered; /* lines */
    int64_t grams; /* of them, recomputed less reported and less what findings count */
};

/* coverage_of holds the lines of a recomputation against the findings of the engagement on the same
 * period and version. A line is covered by findings of its key (not a COMMENT) whose effects add up
 * to the difference, or to something less in the client's favour. ERR_RANGE where a sum leaves 64
 * bits. */
enum judgement coverage_of(struct coverage *out, const struct engaging *in,
                           const Seam__RecomputeRecord *record, const char *facility,
                           const char *period);

#endif
