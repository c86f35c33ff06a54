/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_OBLIGATION_H
#define LEDGER_REGISTRY_OBLIGATION_H

/* What an account owes for a year: the grams in force (verified, or settled; else reported) of the
 * facilities it answers for, in the scheme's scopes and gases, with the true-ups of their annual
 * accounts, rounded once to whole tonnes. emission.h says what counts. Read-only. */

#include "ledger/assurance/view.h"
#include "ledger/registry/view.h"

#define OBLIGATION_PERIODS_MAX 12

/* One facility's part. */
struct obligation_part {
    const char *facility;
    const char *kind;
    bool covered; /* by the scheme's kinds and the account's coverage of this year */
    uint32_t periods; /* expected: ended or not, from the facility's start */
    uint32_t filed;
    uint32_t verified; /* by an opinion or a decision */
    uint32_t disputed;
    struct grams grams;
    struct grams reported; /* what the accounts say */
    struct grams true_up; /* in both */
    uint32_t true_ups;
    struct grams month[OBLIGATION_PERIODS_MAX]; /* by month; a yearly account stands in the first */
    uint32_t months; /* bits of those that are filed */
    uint32_t expected; /* bits of those that the year has */
};

struct obligation {
    struct grams grams;
    struct grams reported;
    struct tonnes tonnes; /* grams / 10^6, half up, once */
    bool any; /* some facility is covered and has a period in this year */
    bool complete; /* every period of every covered facility is filed */
    bool verified; /* and verified or settled */
    bool raised; /* a decision put it above what the accounts say */
    uint32_t disputed; /* periods with an open dispute */
    const struct obligation_part *parts; /* in arena */
    size_t count;
};

/* obligation_of: the view of an account and a year at time_ms. The world's errors; ERR_RANGE where
 * the sum leaves the safe integers. */
enum err NODISCARD obligation_of(struct obligation *out, struct overlay *state,
                                 const Seam__SchemeRecord *scheme,
                                 const Seam__HoldingRecord *holding, uint32_t year,
                                 uint64_t time_ms, struct arena *arena);

/* obligation_rest is obligation less surrendered, never below zero. */
uint64_t obligation_rest(const struct obligation *obligation, uint64_t surrendered);

#endif
