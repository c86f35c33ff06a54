/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_ACCOUNTING_H
#define LEDGER_ACCOUNTING_ACCOUNTING_H

/* The table of accounting transactions, types 32 to 34, and the bounds of their fields and of the
 * calculation file. */

#include "ledger/governance/rule.h"

#define ACCOUNT_SUBMIT_TYPE 32
#define ACCOUNT_CORRECT_TYPE 33
#define ACCOUNT_NIL_TYPE 34

extern const struct rule_table accounting_rules;
extern const struct field_table accounting_fields;

#endif
