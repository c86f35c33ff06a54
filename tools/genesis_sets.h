/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_GENESIS_SETS_H
#define TOOLS_GENESIS_SETS_H

/* The built-in parameter sets and their adoption, for a genesis that has its facilities already. */

#include "ledger/accounting/set.h"
#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/proto/genesis.pb-c.h"

/* genesis_set_load reads a set that is built into the program: a calculation set, or rules that are
 * a parameter set, too (LOT-RULES-1). ERR_SET when there is none of this id. */
enum err NODISCARD genesis_set_load(struct set *out, const char *id, struct arena *arena,
                                    struct errors *errors);

/* The facilities of the demonstration, genesis/samples/boundaries.json, built into the program, so
 * that a network can be made anywhere. */
struct bytes genesis_sample_boundaries(void);

/* genesis_sets_make fills parameter_sets and adoptions of genesis in the name of publisher, a
 * regulator. Everything lives in arena; publisher is borrowed. */
enum err NODISCARD genesis_sets_make(Seam__Genesis *genesis, const char *publisher,
                                     struct arena *arena, struct err_detail *detail);

#endif
