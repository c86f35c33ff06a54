/* SPDX-License-Identifier: Apache-2.0 */
/* A jurisdiction CN holds CN-14. */

#include "api/sight.h"

#include <string.h>

#define GROUP_LEVELS 16

static bool jurisdiction_holds(const char *outer, const char *inner)
{
    const size_t size = strlen(outer);
    return size > 0 && strncmp(outer, inner, size) == 0 &&
           (inner[size] == '\0' || inner[size] == '-');
}

enum err sight_lines(struct call *call, struct query *query, const Seam__FacilityRecord *facility,
                     bool *allowed)
{
    const Seam__OrganisationRecord *caller = NULL;
    enum err err = call_organisation(call, query, &caller);
    if (err != OK) {
        return err;
    }
    if ((caller->roles & ROLE_REGULATOR) != 0 &&
        jurisdiction_holds(caller->jurisdiction, facility->jurisdiction)) {
        *allowed = true;
        return OK;
    }
    const char *owner = facility->organisation;
    *allowed = false;
    for (size_t i = 0; i < GROUP_LEVELS && owner[0] != '\0' && !*allowed; i++) {
        const Seam__OrganisationRecord *record = NULL;
        *allowed = strcmp(owner, call->caller->organisation) == 0;
        err = view_organisation(&record, query_state(query), owner, &call->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? OK : call_fail(call, err, NULL, NULL, NULL);
        }
        owner = record->parent;
    }
    return OK;
}
