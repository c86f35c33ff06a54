/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_KINSHIP_H
#define LEDGER_ASSURANCE_KINSHIP_H

/* Who belongs to whom: organisations of one group share the ancestor that has no parent. For
 * this folder and for queries. */

#include "ledger/governance/view.h"

#define KINSHIP_LEVELS 16

/* kinship_root gives the topmost organisation above one, itself where it has no parent. ERR_ABSENT:
 * no such organisation; ERR_RANGE: more than KINSHIP_LEVELS above each other. */
enum err NODISCARD kinship_root(const char **out, struct overlay *state, const char *organisation,
                                struct arena *arena);
/* kinship_same: one organisation or one group? */
enum err NODISCARD kinship_same(bool *out, struct overlay *state, const char *a, const char *b,
                                struct arena *arena);
/* kinship_above: is upper the organisation itself or one of those above it? */
enum err NODISCARD kinship_above(bool *out, struct overlay *state, const char *upper,
                                 const char *organisation, struct arena *arena);

#endif
