/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_GENESIS_H
#define LEDGER_GOVERNANCE_GENESIS_H

/* The founding document: strict decoding, the first validator set, and the state it founds. Its
 * registrations run through the same code as the later transactions. */

#include "ledger/chain/types.h"
#include "ledger/governance/rule.h"
#include "ledger/proto/genesis.pb-c.h"

/* genesis_decode takes the canonical bytes apart and checks every field by itself, without state.
 * ERR_PARSE and the like, ERR_RANGE. *out lives in arena. */
enum err NODISCARD genesis_decode(const Seam__Genesis **out, struct bytes genesis,
                                  struct arena *arena, struct err_detail *detail);
/* genesis_chain_id is H(TAG_CHAIN, genesis). */
void genesis_chain_id(struct hash *out, struct bytes genesis);
/* genesis_valset is the validator set of epoch 1. */
enum err NODISCARD genesis_valset(struct valset *out, const Seam__Genesis *genesis,
                                  struct err_detail *detail);
/* genesis_apply writes the state of height 0. */
enum err NODISCARD genesis_apply(struct overlay *state, const Seam__Genesis *genesis,
                                 const struct hash *chain_id, struct arena *arena,
                                 struct err_detail *detail);

#endif
