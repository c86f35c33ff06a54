/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_ROLE_H
#define LEDGER_GOVERNANCE_ROLE_H

/* Names of roles and key usages, as messages and people write them, and their bits. */

#include "ledger/governance/rule.h"

/* Every name, for those who list the choices. */
#define ROLE_NAMES                                                                                 \
    "mine,group,verifier,regulator,desk,laboratory,carrier,user,settlement,authority,registrar"

/* role_bit gives the bit of "mine", "group", ... ; 0 for an unknown name. */
uint32_t role_bit(const char *name);
const char *role_name(uint32_t bit); /* NULL for an unknown bit */
uint32_t usage_bit(const char *name); /* "submit", "approve", "officer", "device" */
const char *usage_name(uint32_t bit);

#endif
