/* SPDX-License-Identifier: Apache-2.0 */
/* Every step here needs two persons of the sending organisation, one who prepares and one who
 * approves [V22]; a scheme's list of two_person steps is therefore always satisfied. Only what
 * gives units back to their owner, or carries out what two parties signed, can be sent by one: a
 * node does that for its own organisation when the time has come [decision D11].
 *
 * What moves units carries an idempotency key [decision D5]: the same order message twice is one
 * movement. */

#include "ledger/registry/rules.h"

#include "ledger/proto/registry.pb-c.h"

#define MARKET (ROLE_MINE | ROLE_GROUP | ROLE_DESK | ROLE_CARRIER | ROLE_USER)
#define HOLDERS (MARKET | ROLE_REGULATOR | ROLE_REGISTRAR)

#define ROW2(type_, NAME, Operation, message_, stem, roles_, moves_, cost_, clause_, help_)        \
    {                                                                                              \
        .type = type_, .name = NAME, .operation = Operation,                                       \
        .payload = &seam__##message_##__descriptor, .roles = roles_, .signatures = 2,              \
        .usages = {USAGE_SUBMIT, USAGE_APPROVE}, .apply = stem, .links = stem##_links,             \
        .cost = cost_, .clause = clause_, .since = 1, .moves_units = moves_, .help_en = help_      \
    }
#define ROW1(type_, NAME, Operation, message_, stem, roles_, cost_, clause_, help_)                \
    {                                                                                              \
        .type = type_, .name = NAME, .operation = Operation,                                       \
        .payload = &seam__##message_##__descriptor, .roles = roles_, .signatures = 1,              \
        .usages = {USAGE_SUBMIT}, .apply = stem, .links = stem##_links, .cost = cost_,             \
        .clause = clause_, .since = 1, .moves_units = true, .help_en = help_                       \
    }

static const struct rule_row rows[] = {
    ROW2(96, "SCHEME_SET", "SetScheme", scheme_set, scheme_set, ROLE_REGULATOR, false, 20,
         "KSSJ 8a", "Sets the next version of an allowance scheme."),
    ROW2(97, "ASSET_REGISTER", "RegisterAsset", asset_register, asset_register, ROLE_REGISTRAR,
         false, 10, "KSSJ 8c", "Registers an asset class."),
    ROW2(98, "HOLDING_OPEN", "OpenHoldingAccount", holding_open, holding_open, HOLDERS, false, 20,
         "KSSJ 8a", "Opens a holding account, or asks a registrar for one."),
    ROW2(99, "HOLDING_STATE", "SetHoldingState", holding_state, holding_state_set,
         HOLDERS | ROLE_AUTHORITY, false, 20, "KSSJ 8a",
         "Restricts, suspends, closes or opens a holding account."),
    ROW2(100, "TRUST_ADD", "AddTrustedAccount", trust_add, trust_add, HOLDERS, false, 10, "KSSJ 8c",
         "Adds an account to the trusted list; it is active after the scheme's delay."),
    ROW2(101, "TRUST_REMOVE", "RemoveTrustedAccount", trust_remove, trust_remove, HOLDERS, false, 8,
         "KSSJ 8c", "Takes an account off the trusted list."),
    ROW2(102, "PROJECT_REGISTER", "RegisterProject", project_register, project_register, MARKET,
         false, 15, "KSSJ 8b", "Registers a project that reduces emissions."),
    ROW2(103, "REDUCTION_CLAIM", "ClaimReduction", reduction_claim, reduction_claim, MARKET, false,
         20, "KSSJ 8b", "Claims the reduction of some hours, once."),
    ROW2(104, "UNITS_ISSUE", "IssueCcer", units_issue, units_issue, ROLE_REGISTRAR, true, 30,
         "KSSJ 8b", "Issues the credits of a claim, or fund shares and bonds."),
    ROW2(105, "ALLOCATE", "Allocate", allocate, allocate, ROLE_REGULATOR, true, 30, "KSSJ 8a",
         "Gives allowances, first a part or the whole."),
    ROW2(106, "ADJUST", "AdjustAllowance", adjust, adjust, ROLE_REGULATOR, true, 30, "KSSJ 8a",
         "Carries out the effect of a decided dispute, once."),
    ROW2(107, "UNITS_RECOVER", "RecoverUnits", units_recover, units_recover, ROLE_REGULATOR, true,
         30, "KSSJ 8a", "Takes units back; what is not there becomes a debt."),
    ROW2(108, "UNITS_IMPORT", "ImportUnits", units_import, units_import, ROLE_REGISTRAR, true, 40,
         "KSSJ 8c", "Takes in units of another registry with their serial numbers."),
    ROW2(109, "UNITS_EXPORT", "ExportUnits", units_export, units_export, HOLDERS, true, 20,
         "KSSJ 8c", "Gives units to another registry; they end here."),
    ROW2(110, "TRANSFER_PROPOSE", "ProposeTransfer", transfer_propose, transfer_propose, HOLDERS,
         true, 20, "KSSJ 8c", "Sends units to a trusted account, or offers them to another."),
    ROW2(111, "TRANSFER_ACCEPT", "AcceptTransfer", transfer_accept, transfer_accept, HOLDERS, true,
         20, "KSSJ 8c", "Accepts an offered transfer."),
    ROW1(112, "TRANSFER_CANCEL", "CancelTransfer", transfer_cancel, transfer_cancel, HOLDERS, 20,
         "KSSJ 8c", "Takes back, declines or clears up a transfer that is not done."),
    ROW1(113, "TRANSFER_EXECUTE", "ExecuteTransfer", transfer_execute, transfer_execute, HOLDERS,
         20, "KSSJ 8c", "Carries out an accepted transfer after its delay."),
    ROW2(114, "UNITS_CANCEL", "CancelUnits", units_cancel, units_cancel, HOLDERS, true, 20,
         "KSSJ 8c", "Cancels units for a beneficiary and a purpose, for ever."),
    ROW2(115, "POSITION_MOVE", "MovePosition", position_move, position_move, HOLDERS, true, 15,
         "KSSJ 8a", "Moves units between what is for trade and what is for surrender."),
};

const struct rule_table registry_rules = {rows, sizeof rows / sizeof rows[0]};

static const struct rule_row hold_rows[] = {
    ROW2(128, "FREEZE", "Freeze", freeze, freeze, ROLE_AUTHORITY, true, 30, "KSSJ 8c",
         "Freezes an account or units by order."),
    ROW2(129, "UNFREEZE", "Unfreeze", unfreeze, unfreeze, ROLE_AUTHORITY | HOLDERS, true, 30,
         "KSSJ 8c", "Lifts a freeze."),
    ROW2(130, "PLEDGE", "PledgeUnits", pledge, pledge, HOLDERS, true, 20, "KSSJ 8c",
         "Holds units for a creditor."),
    ROW2(131, "PLEDGE_RELEASE", "ReleasePledge", pledge_release, pledge_release, ROLE_ANY, true, 20,
         "KSSJ 8c", "Gives pledged units back to their holder."),
};

const struct rule_table registry_hold_rules = {hold_rows, sizeof hold_rows / sizeof hold_rows[0]};
