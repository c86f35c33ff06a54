/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_H
#define LEDGER_ASSURANCE_DISPUTE_H

/* Disputes about accounts and the observations that feed them [KSSJ 7.2.2b]: the tables of their
 * transactions (84 to 95). */

#include "ledger/governance/rule.h"

extern const struct rule_table dispute_rules;
extern const struct field_table dispute_fields;

#define OBSERVATION_ADD_TYPE 84
#define OBSERVATION_WITHDRAW_TYPE 85
#define DISPUTE_OPEN_TYPE 86
#define DISPUTE_JOIN_TYPE 87
#define STATEMENT_FILE_TYPE 88
#define DISPUTE_EXTEND_TYPE 89
#define DISPUTE_PANEL_TYPE 90
#define DISPUTE_DECIDE_TYPE 91
#define DISPUTE_APPEAL_TYPE 92
#define DISPUTE_CLOSE_TYPE 93
#define DISPUTE_PUBLISH_TYPE 94
#define DISPUTE_WITHDRAW_TYPE 95

#define DISPUTE_CLAIMANTS_MAX 3 /* regulator, owner, verifier */
#define DISPUTE_CLAIMS_MAX 100 /* of one claimant */
#define DISPUTE_LINES_MAX (DISPUTE_CLAIMS_MAX * DISPUTE_CLAIMANTS_MAX)
#define DISPUTE_REASON_MAX 500
#define DISPUTE_DISPUTES_MAX 32 /* about one period, withdrawn ones included */
#define DISPUTE_STATEMENTS_MAX 100 /* half of them for each side */
#define DISPUTE_SHOWN_MAX 100
#define OBSERVATIONS_MAX 64 /* of one facility and period, ... */
#define OBSERVATIONS_OTHERS 48 /* ... of them those of others than regulators, ... */
#define OBSERVATIONS_OWN 8 /* ... and of one of these */

#endif
