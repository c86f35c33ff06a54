/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_RULES_H
#define LEDGER_REGISTRY_RULES_H

/* The rules of the two tables in rules.c, one function a row, with the links of those that make or
 * need something by name. Inside this folder only. */

#include "ledger/registry/block.h"
#include "ledger/registry/registry.h"

#define REGISTRY_RULE(name)                                                                        \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail);              \
    void name##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)

REGISTRY_RULE(scheme_set);
REGISTRY_RULE(asset_register);
REGISTRY_RULE(holding_open);
REGISTRY_RULE(holding_state_set);
REGISTRY_RULE(trust_add);
REGISTRY_RULE(trust_remove);
REGISTRY_RULE(project_register);
REGISTRY_RULE(reduction_claim);
REGISTRY_RULE(units_issue);
REGISTRY_RULE(allocate);
REGISTRY_RULE(adjust);
REGISTRY_RULE(units_recover);
REGISTRY_RULE(units_import);
REGISTRY_RULE(units_export);
REGISTRY_RULE(transfer_propose);
REGISTRY_RULE(transfer_accept);
REGISTRY_RULE(transfer_cancel);
REGISTRY_RULE(transfer_execute);
REGISTRY_RULE(units_cancel);
REGISTRY_RULE(position_move);
REGISTRY_RULE(freeze);
REGISTRY_RULE(unfreeze);
REGISTRY_RULE(pledge);
REGISTRY_RULE(pledge_release);

#undef REGISTRY_RULE

/* Hours of a reduction: the set of first hours of one facility, source and gas [B12]. */
void reduction_space(struct hash *out, const char *facility, const char *source, const char *gas);

/* not_managed: 303014 when the facility was under allowance management in any year of from..to,
 * under a scheme that excludes credits of such facilities [V19]. */
enum judgement not_managed(struct rule_context *context, const char *facility, uint32_t from,
                           uint32_t to, struct err_detail *detail);

/* holding_takes: may this asset lie in this account, and may the account receive? asset (may be
 * NULL) receives its record. */
enum judgement holding_takes(struct rule_context *context, const Seam__HoldingRecord *record,
                             const char *asset_id, const Seam__AssetRecord **asset,
                             struct err_detail *detail);

/* debt_add adds to a debt of an account; debt_set_off takes up to quantity from debts that an
 * allocation of this vintage must serve (0: only those due now) and gives what was taken. Both
 * change *record in memory, with lists in the arena. */
enum judgement debt_add(struct rule_context *context, Seam__HoldingRecord *record,
                        const char *asset, uint64_t quantity, uint32_t from_vintage,
                        struct err_detail *detail);
uint64_t debt_set_off(struct rule_context *context, Seam__HoldingRecord *record, const char *asset,
                      uint64_t quantity, uint32_t vintage);
/* take_back moves up to quantity available units of an account to CANCELLED, REGISTER first, and
 * gives how many it were. */
enum judgement take_back(struct rule_context *context, const char *holding,
                         const struct series *series, uint64_t quantity, const struct hash *by,
                         uint64_t *taken, struct err_detail *detail);

#endif
