/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_VALIDATORS_H
#define LEDGER_GOVERNANCE_VALIDATORS_H

/* The validator set of the state in the form that headers and certificates name. */

#include "ledger/chain/types.h"
#include "ledger/governance/view.h"

/* validators_valset: ERR_RANGE (count, key sizes), ERR_NOT_CANONICAL (not ascending, a key twice).
 */
enum err NODISCARD validators_valset(struct valset *out, const Seam__ValidatorSetRecord *record,
                                     uint8_t suite);
/* validators_has: has this organisation a validator? */
bool NODISCARD validators_has(const Seam__ValidatorSetRecord *record, const char *organisation);

#endif
