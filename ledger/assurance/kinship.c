/* SPDX-License-Identifier: Apache-2.0 */
/* The walk itself is governance's; the registry asks it too. */
#include "ledger/assurance/kinship.h"

_Static_assert(KINSHIP_LEVELS == VIEW_GROUP_LEVELS, "one bound");

enum err kinship_root(const char **out, struct overlay *state, const char *organisation,
                      struct arena *arena)
{
    return view_group_root(out, state, organisation, arena);
}

enum err kinship_same(bool *out, struct overlay *state, const char *a, const char *b,
                      struct arena *arena)
{
    return view_group_same(out, state, a, b, arena);
}

enum err kinship_above(bool *out, struct overlay *state, const char *upper,
                       const char *organisation, struct arena *arena)
{
    return view_group_above(out, state, upper, organisation, arena);
}
