/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_GOVERNANCE_H
#define LEDGER_GOVERNANCE_GOVERNANCE_H

/* The table of governance transactions, types 1 to 14, and the bounds of their fields. */

#include "ledger/governance/rule.h"

extern const struct rule_table governance_rules;
extern const struct field_table governance_fields;

/* Bounds that more than one rule knows. */
#define GOVERNANCE_PERSONS 1000 /* of one organisation */
#define GOVERNANCE_PERSON_KEYS 64 /* ever, revoked ones included */
#define GOVERNANCE_FIRST_KEYS 8 /* of one registration */
#define GOVERNANCE_PERIODS 36 /* of one extension */
#define GOVERNANCE_EXTENDED 200 /* facilities of one extension */
#define GOVERNANCE_SOURCES 500 /* of one boundary */
#define GOVERNANCE_IDENTIFIERS 16
#define GOVERNANCE_EXTENSIONS 32 /* of one jurisdiction and period */
#define GOVERNANCE_GAS_GRADES 200 /* of one facility */
#define GOVERNANCE_SET_BYTES (60 * 1024)

#endif
