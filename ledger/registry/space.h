/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_SPACE_H
#define LEDGER_REGISTRY_SPACE_H

/* A set of numbers below SPACE_LIMIT in the state, ordered, with point reads only: a tree of
 * 256-bit maps, five levels deep. Finding the number before or after another one costs at most ten
 * reads; adding a number to a used neighbourhood writes one map of 32 bytes. The starts of blocks
 * in a series and the first hours of reductions are such sets. */

#include "ledger/governance/view.h"

#define SPACE_LEVELS 5
#define SPACE_LIMIT (UINT64_C(1) << 40) /* numbers are below */

/* space_add and space_remove: adding twice, or removing what is not there, is ERR_CORRUPT. */
enum err NODISCARD space_add(struct overlay *state, const struct hash *space, uint64_t number);
enum err NODISCARD space_remove(struct overlay *state, const struct hash *space, uint64_t number);
/* space_before gives the largest member not above number, space_after the smallest not below it.
 * ERR_ABSENT: there is none. */
enum err NODISCARD space_before(uint64_t *out, struct overlay *state, const struct hash *space,
                                uint64_t number);
enum err NODISCARD space_after(uint64_t *out, struct overlay *state, const struct hash *space,
                               uint64_t number);

#endif
