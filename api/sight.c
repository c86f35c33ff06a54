/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sight.h"

#include "ledger/assurance/view.h"

#include <string.h>

#define GROUP_LEVELS 16

bool sight_jurisdiction(const char *outer, const char *inner)
{
    const size_t size = strlen(outer);
    return size > 0 && strncmp(outer, inner, size) == 0 &&
           (inner[size] == '\0' || inner[size] == '-');
}

enum err sight_above(struct call *call, struct query *query, const char *organisation,
                     bool *allowed)
{
    const char *owner = organisation;
    *allowed = false;
    for (size_t i = 0; i < GROUP_LEVELS && owner[0] != '\0' && !*allowed; i++) {
        const Seam__OrganisationRecord *record = NULL;
        *allowed = strcmp(owner, call->caller->organisation) == 0;
        const enum err err = view_organisation(&record, query_state(query), owner, &call->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? OK : call_fail(call, err, NULL, NULL, NULL);
        }
        owner = record->parent;
    }
    return OK;
}

enum err sight_lines(struct call *call, struct query *query, const Seam__FacilityRecord *facility,
                     bool *allowed)
{
    const Seam__OrganisationRecord *caller = NULL;
    const enum err err = call_organisation(call, query, &caller);
    if (err != OK) {
        return err;
    }
    if ((caller->roles & ROLE_REGULATOR) != 0 &&
        sight_jurisdiction(caller->jurisdiction, facility->jurisdiction)) {
        *allowed = true;
        return OK;
    }
    return sight_above(call, query, facility->organisation, allowed);
}

/* [KSSJ 6.1b] by the owner's word on the ledger, as long as it is not taken back. */
enum err sight_account(struct call *call, struct query *query, const Seam__FacilityRecord *facility,
                       const Seam__Account *account, bool *allowed)
{
    const Seam__GrantRecord *grant = NULL;
    struct hash root;
    enum err err = sight_lines(call, query, facility, allowed);
    if (err != OK || *allowed || account->lines_root.len != HASH_SIZE) {
        return err;
    }
    memcpy(root.bytes, account->lines_root.data, HASH_SIZE);
    err = view_grant(&grant, query_state(query), facility->organisation, &root,
                     call->caller->organisation, &call->arena);
    if (err == OK) {
        *allowed = grant->revoked_height == 0;
    }
    return err == OK || err == ERR_ABSENT ? OK : call_fail(call, err, NULL, NULL, NULL);
}
