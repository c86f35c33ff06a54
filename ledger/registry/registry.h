/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_REGISTRY_H
#define LEDGER_REGISTRY_REGISTRY_H

/* The tables of the registry's transactions: schemes, assets, accounts and the life of units (types
 * 96 to 115), holds on units (types 128 to 131), and the bounds of their fields. */

#include "ledger/governance/rule.h"

extern const struct rule_table registry_rules;
extern const struct rule_table registry_hold_rules;
extern const struct field_table registry_fields;

#define REGISTRY_UNITS 16 /* lines of units in one transaction */
#define REGISTRY_RANGES 64 /* ranges of serial numbers in one line */
#define REGISTRY_FACILITIES 64 /* of one holding account */
#define REGISTRY_OPERATORS 32 /* accounts of one holder that answer for facilities */
#define REGISTRY_REPRESENTATIVES 16
#define REGISTRY_DEBTS 16
#define REGISTRY_FREEZES 16 /* orders on one account in force */
#define REGISTRY_COVERAGES 16 /* of one facility, ever */
#define REGISTRY_YEARS 40

#endif
