/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_EMISSION_H
#define LEDGER_REGISTRY_EMISSION_H

/* What a facility's periods and true-ups count for under a scheme: the scopes and gases that it
 * covers. Inside this folder only.
 *
 * Gases. An account states its CO2; what is not CO2 is methane, and scope 2 is CO2 alone, so that
 * both gases of a scope sum to it exactly. Opinions and decisions state scopes, not gases: where
 * the value in force is above the reported one, the whole difference counts for the scheme's gas,
 * since nobody has said that it is the other; where it is below, the gas keeps its share of the
 * scope, rounded up. A correction of the month says it exactly.
 *
 * True-ups [decision D37] come on top of the months they speak of, each once: not where the month
 * was corrected since (the correction has it); where an opinion or a decision changed the scope of
 * that month, only what raises it and was filed after that (before, it was known to whoever
 * changed it). What lowers counts only as FACTOR_PUBLISHED, which every node has recomputed from
 * published values; an invoice or a laboratory result is the operator's word, to be corrected and
 * verified. */

#include "ledger/assurance/view.h"
#include "ledger/registry/view.h"

#define EMISSION_MONTHS 12

struct emission {
    struct grams reported;
    struct grams in_force;
    bool verified; /* by an opinion or a decision */
    bool disputed;
    bool changed[2]; /* scopes 1, 2: the value in force is not the reported one */
    uint64_t changed_ms; /* by an opinion or a decision of this time */
    struct bytes account_hash; /* of the version that counts */
};

/* emission_of a period. ERR_ABSENT: no account; ERR_RANGE beyond the safe integers. */
enum err NODISCARD emission_of(struct emission *out, struct overlay *state,
                               const Seam__SchemeSet *scheme, const char *facility,
                               const char *period, uint64_t time_ms, struct arena *arena);

/* emission_true_ups sums what the annual account adds to the months; filed: bits of those that are
 * there. count: how many true-ups count. */
enum err NODISCARD emission_true_ups(struct grams *out, uint32_t *count, struct overlay *state,
                                     const Seam__SchemeSet *scheme, const char *facility,
                                     uint32_t year, const struct emission months[EMISSION_MONTHS],
                                     uint32_t filed, struct arena *arena);

#endif
