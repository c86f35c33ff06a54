/* SPDX-License-Identifier: Apache-2.0 */
/* Parents were registered before their children, so the walk upwards ends; the bound is for a state
 * that somebody damaged. */
#include "ledger/assurance/kinship.h"

#include <string.h>

/* Walks upwards until stop or the top; *out is where it ended. */
static enum err walk(const char **out, struct overlay *state, const char *organisation,
                     const char *stop, struct arena *arena)
{
    const char *at = organisation;
    for (unsigned level = 0; level < KINSHIP_LEVELS; level++) {
        const Seam__OrganisationRecord *record = NULL;
        const enum err err = view_organisation(&record, state, at, arena);
        if (err != OK) {
            return err;
        }
        at = record->organisation;
        if (record->parent[0] == '\0' || (stop != NULL && strcmp(at, stop) == 0)) {
            *out = at;
            return OK;
        }
        at = record->parent;
    }
    return ERR_RANGE;
}

enum err kinship_root(const char **out, struct overlay *state, const char *organisation,
                      struct arena *arena)
{
    return walk(out, state, organisation, NULL, arena);
}

enum err kinship_same(bool *out, struct overlay *state, const char *a, const char *b,
                      struct arena *arena)
{
    const char *root_a = NULL;
    const char *root_b = NULL;
    enum err err = kinship_root(&root_a, state, a, arena);
    if (err == OK) {
        err = kinship_root(&root_b, state, b, arena);
    }
    if (err == OK) {
        *out = strcmp(root_a, root_b) == 0;
    }
    return err;
}

enum err kinship_above(bool *out, struct overlay *state, const char *upper,
                       const char *organisation, struct arena *arena)
{
    const char *end = NULL;
    const enum err err = walk(&end, state, organisation, upper, arena);
    if (err == OK) {
        *out = strcmp(end, upper) == 0;
    }
    return err;
}
