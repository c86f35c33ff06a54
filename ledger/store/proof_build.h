/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_PROOF_BUILD_H
#define LEDGER_STORE_PROOF_BUILD_H

/* The parts of a certificate that only the database can give: a state proof at a height and the
 * path of an old block in a later header's history root. chain/ checks them. */

#include "ledger/chain/merkle.h"
#include "ledger/chain/state_proof.h"
#include "ledger/store/chain_view.h"

/* proof_build_state proves what a key had, or that it had nothing, under the state_root of the
 * header at height. value is empty with proof->terminal != STATE_TERMINAL_LEAF when absent. */
enum err NODISCARD proof_build_state(struct chain_view *view, uint64_t height, struct bytes key,
                                     struct arena *arena, struct state_proof *proof,
                                     struct bytes *value);

/* proof_build_history gives the path of block `height` in the history_root of the header at
 * anchor; height < anchor. */
enum err NODISCARD proof_build_history(struct chain_view *view, uint64_t height, uint64_t anchor,
                                       struct merkle_path *path);

#endif
