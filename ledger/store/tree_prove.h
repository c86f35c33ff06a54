/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_TREE_PROVE_H
#define LEDGER_STORE_TREE_PROVE_H

/* Proofs out of the state tree. */

#include "ledger/store/tree.h"

/* tree_prove builds the proof of presence or absence of a key. */
enum err NODISCARD tree_prove(const struct tree *tree, struct bytes key, struct state_proof *out);

#endif
