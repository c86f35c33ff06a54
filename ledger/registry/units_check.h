/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_UNITS_CHECK_H
#define LEDGER_REGISTRY_UNITS_CHECK_H

/* The count from scratch: every block of every series is read, and everything that is kept as a
 * number is compared with what the blocks say. Slow on purpose; for tests, and for an operator on
 * demand. */

#include "ledger/governance/view.h"

/* units_check: no block overlaps another, lies outside its series or belongs to nobody; each stands
 * in its shelf under its slot, and nothing else does; quantities of positions equal their blocks;
 * issued = held + surrendered + cancelled + exported + lapsed + carried, in each series, and each
 * of these equals its blocks. ERR_CORRUPT: detail says which series and what. */
enum err NODISCARD units_check(struct overlay *state, struct arena *arena,
                               struct err_detail *detail);

#endif
