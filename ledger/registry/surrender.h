/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_SURRENDER_H
#define LEDGER_REGISTRY_SURRENDER_H

/* Units given up for an obligation: proposed by the holder (two persons), approved or rejected by
 * the regulator, and reversed once, inside the scheme's window, if the same serials are still
 * there. The rules stand in trade.h's table. */

#include "ledger/base/sm.h"
#include "ledger/registry/compliance.h"

/* Stored: the numbers are for ever. */
enum surrender_state {
    SURRENDER_PROPOSED,
    SURRENDER_APPROVED,
    SURRENDER_REJECTED,
    SURRENDER_REVERSED,
    SURRENDER_STATES
};
extern const struct sm_table surrender_machine;

enum err NODISCARD surrender_view(const Seam__SurrenderRecord **out, struct overlay *state,
                                  const char *surrender, struct arena *arena);
/* surrender_status is pure: "PROPOSED", "APPROVED" (may be reversed), "FINAL" (may not any more),
 * "REJECTED", "REVERSED". */
const char *surrender_status(const Seam__SurrenderRecord *record, uint64_t time_ms);
/* surrender_list_owner is the owner of the list of surrenders of an account and year. */
void surrender_list_owner(struct hash *out, const char *holding, uint32_t year);

/* Inside this folder only. surrender_year is compliance_of for a rule: accounts that add up to more
 * than can be counted are the sender's trouble, not the node's. surrender_lock: the accounts of the
 * facilities of a year that is met stay as they are. */
enum judgement surrender_year(struct rule_context *context, struct compliance *out,
                              const char *holding, uint32_t year, struct err_detail *detail);
enum judgement surrender_lock(struct rule_context *context, const struct compliance *view,
                              struct err_detail *detail);
/* surrender_still_fits asks again what the proposal was asked (account, window, eligibility of its
 * units, vintages), but for the cap. What had not expired when it was proposed is in time. */
enum judgement surrender_still_fits(struct rule_context *context, const struct compliance *view,
                                    const Seam__SurrenderRecord *record, struct err_detail *detail);
enum judgement surrender_put(struct rule_context *context, const Seam__SurrenderRecord *record,
                             struct err_detail *detail);
enum judgement surrender_compliance_put(struct rule_context *context,
                                        const Seam__ComplianceRecord *record,
                                        struct err_detail *detail);

#endif
