/* SPDX-License-Identifier: Apache-2.0 */
/* A decision that was recorded comes before everything that follows from deadlines; without one the
 * deadlines speak in their order. */

#include "ledger/assurance/dispute_state.h"

#include <string.h>

#define BEFORE_DECISION (SM_TO(DISPUTE_DECIDED) | SM_TO(DISPUTE_WITHDRAWN))
#define ENDS (SM_TO(DISPUTE_FINAL) | SM_TO(DISPUTE_EFFECTS_APPLIED))

static const struct sm_row rows[DISPUTE_STATUS_COUNT] = {
    [DISPUTE_OPENED] = {"OPENED",
                        SM_TO(DISPUTE_STATEMENTS) | SM_TO(DISPUTE_DELIBERATION) | BEFORE_DECISION},
    [DISPUTE_STATEMENTS] = {"STATEMENTS", SM_TO(DISPUTE_DELIBERATION) | BEFORE_DECISION},
    [DISPUTE_DELIBERATION] = {"DELIBERATION", SM_TO(DISPUTE_DEFAULTED) | BEFORE_DECISION},
    [DISPUTE_DEFAULTED] = {"DEFAULTED", SM_TO(DISPUTE_APPEALED) | SM_TO(DISPUTE_FINAL)},
    [DISPUTE_DECIDED] = {"DECIDED", SM_TO(DISPUTE_APPEALED) | ENDS},
    [DISPUTE_APPEALED] = {"APPEALED", ENDS},
    [DISPUTE_FINAL] = {"FINAL", SM_TO(DISPUTE_EFFECTS_APPLIED) | SM_TO(DISPUTE_PUBLISHED)},
    [DISPUTE_EFFECTS_APPLIED] = {"EFFECTS_APPLIED", SM_TO(DISPUTE_PUBLISHED)},
    [DISPUTE_PUBLISHED] = {"PUBLISHED", SM_END},
    [DISPUTE_WITHDRAWN] = {"WITHDRAWN", SM_END},
};
const struct sm_table dispute_machine = SM_TABLE("dispute", rows);

const char *dispute_status_name(enum dispute_status status)
{
    return sm_name(&dispute_machine, (uint8_t)status);
}

static bool all_withdrawn(const Seam__DisputeRecord *record)
{
    for (size_t i = 0; i < record->n_claimants; i++) {
        if (record->claimants[i]->withdrawn_ms == 0) {
            return false;
        }
    }
    return true;
}

static enum dispute_status ended(const Seam__DisputeRecord *record)
{
    if (record->publication != NULL) {
        return DISPUTE_PUBLISHED;
    }
    const bool applied =
        record->effects_consumed > 0 &&
        (uint64_t)record->effects_consumed + record->effects_void == record->effects;
    return applied ? DISPUTE_EFFECTS_APPLIED : DISPUTE_FINAL;
}

static enum dispute_status undecided(const Seam__DisputeRecord *record, uint64_t time_ms)
{
    if (all_withdrawn(record)) {
        return DISPUTE_WITHDRAWN;
    }
    if (time_ms >= record->decide_until_ms) {
        return time_ms < record->default_appeal_until_ms ? DISPUTE_DEFAULTED : ended(record);
    }
    if (time_ms >= record->statements_until_ms) {
        return DISPUTE_DELIBERATION;
    }
    return record->statements > 0 ? DISPUTE_STATEMENTS : DISPUTE_OPENED;
}

enum dispute_status dispute_status(const Seam__DisputeRecord *record, uint64_t time_ms)
{
    if (record->n_decisions == 0) {
        return undecided(record, time_ms);
    }
    if (record->n_decisions > 1) {
        return ended(record);
    }
    if (record->appeal != NULL) {
        return time_ms < record->appeal->decide_until_ms ? DISPUTE_APPEALED : ended(record);
    }
    if (time_ms >= record->decisions[0]->appeal_until_ms) {
        return ended(record);
    }
    return strcmp(record->decisions[0]->kind, "DEFAULT") == 0 ? DISPUTE_DEFAULTED : DISPUTE_DECIDED;
}

bool dispute_open(enum dispute_status status)
{
    return status <= DISPUTE_DELIBERATION || status == DISPUTE_APPEALED;
}

bool dispute_ended(enum dispute_status status)
{
    return status >= DISPUTE_FINAL;
}

enum dispute_value dispute_value_of(const Seam__CategoryTotals **totals,
                                    const Seam__DisputeRecord *record, uint64_t time_ms)
{
    if (record->n_decisions > 0) {
        const Seam__DisputeDecision *last = record->decisions[record->n_decisions - 1];
        *totals = last->totals;
        return strcmp(last->kind, "DEFAULT") == 0 ? DISPUTE_VALUE_DEFAULT : DISPUTE_VALUE_DECIDED;
    }
    if (undecided(record, time_ms) == DISPUTE_WITHDRAWN) {
        return DISPUTE_VALUE_NONE;
    }
    *totals = record->verified != NULL ? record->verified : record->reported;
    if (time_ms < record->decide_until_ms) {
        return DISPUTE_VALUE_PENDING;
    }
    if (strcmp(record->rules->default_rule, "REPORTED") == 0) {
        *totals = record->reported;
    }
    return DISPUTE_VALUE_DEFAULT;
}

uint32_t dispute_claims(const Seam__DisputeRecord *record)
{
    uint32_t count = 0;
    for (size_t i = 0; i < record->n_claimants; i++) {
        count += record->claimants[i]->claim_count;
    }
    return count;
}

int64_t dispute_disputed_g(const Seam__DisputeRecord *record)
{
    int64_t sum = 0;
    for (size_t i = 0; i < record->n_claimants; i++) {
        const Seam__DisputeClaimant *claimant = record->claimants[i];
        sum += claimant->withdrawn_ms == 0 ? claimant->disputed_g : 0;
    }
    return sum;
}
