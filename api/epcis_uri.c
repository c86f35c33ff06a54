/* SPDX-License-Identifier: Apache-2.0 */
/* A number of GS1 where the register knows one; else a URN of ours, which is no worse than nothing
 * and keeps two of our documents consistent with each other. */

#include "api/epcis_uri.h"

#include "ledger/governance/view.h"
#include "ledger/provenance/identifier.h"

#include <stdio.h>
#include <string.h>

static const char *number_of(Seam__Identifier *const *ids, size_t count, const char *scheme)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i]->scheme, scheme) == 0) {
            return ids[i]->value;
        }
    }
    return NULL;
}

/* 13 digits, perhaps a point and an extension. */
static void sgln_uri(char uri[EPCIS_URI_SIZE], const char *sgln)
{
    const bool extended = strlen(sgln) > 14 && sgln[13] == '.' && strcmp(sgln + 14, "0") != 0;
    snprintf(uri, EPCIS_URI_SIZE, "https://id.gs1.org/414/%.13s%s%s", sgln, extended ? "/254/" : "",
             extended ? sgln + 14 : "");
}

/* A facility's SGLN or GLN where it has one, else a name of ours. */
enum err epcis_place_uri(char uri[EPCIS_URI_SIZE], struct overlay *state, const char *place,
                         struct arena *arena)
{
    const Seam__FacilityRecord *facility = NULL;
    if (identifier_place_is_sgln(place)) {
        sgln_uri(uri, place);
        return OK;
    }
    const enum err err = view_facility(&facility, state, place, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    const char *number = NULL;
    if (err == OK) {
        number = number_of(facility->ids, facility->n_ids, "SGLN");
        number = number != NULL ? number : number_of(facility->ids, facility->n_ids, "GLN");
    }
    if (number != NULL) {
        sgln_uri(uri, number);
    } else {
        snprintf(uri, EPCIS_URI_SIZE, "urn:seam:facility:%s", place);
    }
    return OK;
}

enum err epcis_party_uri(char uri[EPCIS_URI_SIZE], struct overlay *state, const char *organisation,
                         struct arena *arena)
{
    const Seam__OrganisationRecord *record = NULL;
    const enum err err = view_organisation(&record, state, organisation, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    const char *gln = err == OK ? number_of(record->ids, record->n_ids, "GLN") : NULL;
    snprintf(uri, EPCIS_URI_SIZE,
             gln != NULL ? "https://id.gs1.org/417/%s" : "urn:seam:organisation:%s",
             gln != NULL ? gln : organisation);
    return OK;
}

void epcis_load_uri(char uri[EPCIS_URI_SIZE], const char *sscc)
{
    snprintf(uri, EPCIS_URI_SIZE, "https://id.gs1.org/00/%s", sscc);
}

void epcis_hash_uri(char uri[EPCIS_URI_SIZE], const char *head, ProtobufCBinaryData hash)
{
    char digits[2 * HASH_SIZE + 1] = "";
    if (hash.len == HASH_SIZE) {
        hex_encode(digits, bytes_of(hash.data, hash.len));
    }
    snprintf(uri, EPCIS_URI_SIZE, "%s%s", head, digits);
}
