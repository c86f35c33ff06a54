/* SPDX-License-Identifier: Apache-2.0 */
/* Each invariant walks one list of the state from its counter and reads what must be there. What a
 * view answers as absent is then a broken invariant and not an answer. */

#include "ledger/check/check.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/check/chain_check.h"
#include "ledger/crypto/hash.h"
#include "ledger/governance/governance.h"
#include "ledger/governance/validators.h"
#include "ledger/registry/units_check.h"

#define BUDGET ((size_t)64 << 20)

enum err check_broken(struct err_detail *detail, enum err err, const char *where, const char *what)
{
    if (view_failed(err) && err != ERR_CORRUPT) {
        return err_set(detail, err, where, NULL, NULL, what);
    }
    return err_set(detail, ERR_CORRUPT, where, NULL, NULL, what);
}

enum err check_each(struct overlay *state, enum key_table table, const char *owner, uint32_t count,
                    check_entry each, void *context, struct err_detail *detail)
{
    struct hash id;
    if (owner != NULL) {
        id_hash(&id, KEY_ORGANISATION, owner);
    }
    for (uint32_t i = 0; i <= count; i++) {
        struct arena arena;
        const Seam__ListEntry *entry = NULL;
        arena_init(&arena, BUDGET);
        enum err err = view_list(&entry, state, table, owner != NULL ? &id : NULL, i, &arena);
        if (i == count) {
            err = err == ERR_ABSENT ? OK
                                    : check_broken(detail, err, owner,
                                                   "a list is longer than its "
                                                   "counter");
        } else if (err != OK) {
            err = check_broken(detail, err, owner, "a list has a gap");
        } else {
            err = each(context, state, entry, &arena, detail);
        }
        arena_free(&arena);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

/* --- people ---------------------------------------------------------------------------------- */

struct people {
    const char *organisation;
    uint32_t officers;
};

static enum err keys_hold(struct people *people, struct overlay *state,
                          const Seam__PersonRecord *person, struct arena *arena,
                          struct err_detail *detail)
{
    bool officer = false;
    for (size_t i = 0; i < person->n_keys; i++) {
        struct hash id;
        const Seam__KeyRecord *key = NULL;
        if (person->keys[i].len != HASH_SIZE) {
            return check_broken(detail, OK, person->person, "a key id is not 32 bytes");
        }
        memcpy(id.bytes, person->keys[i].data, HASH_SIZE);
        const enum err err = view_key(&key, state, &id, arena);
        if (err != OK) {
            return check_broken(detail, err, person->person, "a key of this person is missing");
        }
        if (strcmp(key->person, person->person) != 0 ||
            strcmp(key->organisation, people->organisation) != 0) {
            return check_broken(detail, OK, person->person, "a key names somebody else");
        }
        if (key->valid_to != 0 && key->valid_to < key->valid_from) {
            return check_broken(detail, OK, person->person, "a key ended before it began");
        }
        officer = officer || (key->valid_to == 0 && (key->usages & USAGE_OFFICER) != 0);
    }
    people->officers += officer ? 1 : 0;
    return OK;
}

static enum err person_holds(void *context, struct overlay *state, const Seam__ListEntry *entry,
                             struct arena *arena, struct err_detail *detail)
{
    struct people *people = context;
    const Seam__PersonRecord *person = NULL;
    const enum err err = view_person(&person, state, entry->id, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a listed person is missing");
    }
    if (strcmp(person->organisation, people->organisation) != 0) {
        return check_broken(detail, OK, entry->id, "a person stands in another's list");
    }
    return keys_hold(people, state, person, arena, detail);
}

static enum err organisation_holds(void *context, struct overlay *state,
                                   const Seam__ListEntry *entry, struct arena *arena,
                                   struct err_detail *detail)
{
    (void)context;
    const Seam__OrganisationRecord *record = NULL;
    enum err err = view_organisation(&record, state, entry->id, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a listed organisation is missing");
    }
    struct people people = {.organisation = record->organisation};
    err = check_each(state, KEY_PERSON, record->organisation, record->persons, person_holds,
                     &people, detail);
    if (err != OK) {
        return err;
    }
    if (people.officers != record->officers || people.officers < 2) {
        return check_broken(detail, OK, entry->id, "the number of officers is wrong or below two");
    }
    return OK;
}

static enum err counters_of(const Seam__Counters **out, struct overlay *state, struct arena *arena,
                            struct err_detail *detail)
{
    const enum err err = view_counters(out, state, arena);
    return err == OK ? OK : check_broken(detail, err, "counters", "the counters are missing");
}

static enum err people_and_keys(struct overlay *state, struct arena *arena,
                                struct err_detail *detail)
{
    const Seam__Counters *counters = NULL;
    const enum err err = counters_of(&counters, state, arena, detail);
    return err != OK ? err
                     : check_each(state, KEY_ORGANISATION, NULL, counters->organisations,
                                  organisation_holds, NULL, detail);
}

/* --- facilities and boundaries --------------------------------------------------------------- */

static enum err boundaries_hold(struct overlay *state, const Seam__FacilityRecord *facility,
                                struct arena *arena, struct err_detail *detail)
{
    const char *before = facility->start_period;
    for (uint32_t version = 1; version <= facility->boundary_version; version++) {
        const Seam__BoundaryRecord *boundary = NULL;
        const enum err err = view_boundary(&boundary, state, facility->facility, version, arena);
        if (err != OK) {
            return check_broken(detail, err, facility->facility, "a boundary version is missing");
        }
        if (boundary->version != version || boundary->n_sources == 0 ||
            strcmp(boundary->from_period, before) < 0) {
            return check_broken(detail, OK, facility->facility, "a boundary version is wrong");
        }
        before = boundary->from_period;
    }
    const Seam__BoundaryRecord *next = NULL;
    const enum err err =
        view_boundary(&next, state, facility->facility, facility->boundary_version + 1, arena);
    return err == ERR_ABSENT ? OK
                             : check_broken(detail, err, facility->facility,
                                            "there is a boundary after the newest");
}

static enum err facility_holds(void *context, struct overlay *state, const Seam__ListEntry *entry,
                               struct arena *arena, struct err_detail *detail)
{
    const char *owner = context;
    const Seam__FacilityRecord *facility = NULL;
    enum err err = view_facility(&facility, state, entry->id, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a listed facility is missing");
    }
    if (owner != NULL && strcmp(facility->organisation, owner) != 0) {
        return check_broken(detail, OK, entry->id, "a facility stands in another's list");
    }
    const Seam__JurisdictionRecord *place = NULL;
    err = view_jurisdiction(&place, state, facility->jurisdiction, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "its jurisdiction is missing");
    }
    return boundaries_hold(state, facility, arena, detail);
}

struct owned {
    uint32_t facilities;
};

static enum err owner_holds(void *context, struct overlay *state, const Seam__ListEntry *entry,
                            struct arena *arena, struct err_detail *detail)
{
    struct owned *owned = context;
    const Seam__OrganisationRecord *record = NULL;
    const enum err err = view_organisation(&record, state, entry->id, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a listed organisation is missing");
    }
    owned->facilities += record->facilities;
    return check_each(state, KEY_FACILITY, record->organisation, record->facilities, facility_holds,
                      record->organisation, detail);
}

static enum err facilities_and_boundaries(struct overlay *state, struct arena *arena,
                                          struct err_detail *detail)
{
    const Seam__Counters *counters = NULL;
    struct owned owned = {0};
    enum err err = counters_of(&counters, state, arena, detail);
    if (err == OK) {
        err = check_each(state, KEY_FACILITY, NULL, counters->facilities, facility_holds, NULL,
                         detail);
    }
    if (err == OK) {
        err = check_each(state, KEY_ORGANISATION, NULL, counters->organisations, owner_holds,
                         &owned, detail);
    }
    if (err == OK && owned.facilities != counters->facilities) {
        return check_broken(detail, OK, "facilities", "a facility has no owner, or two");
    }
    return err;
}

/* --- parameter sets -------------------------------------------------------------------------- */

static enum err set_holds(void *context, struct overlay *state, const Seam__ListEntry *entry,
                          struct arena *arena, struct err_detail *detail)
{
    (void)context;
    const Seam__ParameterSetRecord *record = NULL;
    const Seam__ParameterSetRecord *by_hash = NULL;
    struct hash hash;
    enum err err = view_parameter_set_version(&record, state, entry->id, entry->version, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a listed parameter set is missing");
    }
    hash_tagged(&hash, TAG_SET, bytes_of(record->parameter_set.data, record->parameter_set.len));
    if (record->hash.len != HASH_SIZE || memcmp(record->hash.data, hash.bytes, HASH_SIZE) != 0) {
        return check_broken(detail, OK, entry->id, "a parameter set is not what its hash says");
    }
    err = view_parameter_set(&by_hash, state, &hash, arena);
    if (err != OK) {
        return check_broken(detail, err, entry->id, "a parameter set cannot be found by its hash");
    }
    if (strcmp(by_hash->id, record->id) != 0 || by_hash->version != record->version) {
        return check_broken(detail, OK, entry->id, "its hash names another parameter set");
    }
    return OK;
}

static enum err sets_are_their_hashes(struct overlay *state, struct arena *arena,
                                      struct err_detail *detail)
{
    const Seam__Counters *counters = NULL;
    const enum err err = counters_of(&counters, state, arena, detail);
    return err != OK ? err
                     : check_each(state, KEY_PARAMETER_SET, NULL, counters->parameter_sets,
                                  set_holds, NULL, detail);
}

/* --- the chain ------------------------------------------------------------------------------- */

static enum err validators_are_a_set(struct overlay *state, struct arena *arena,
                                     struct err_detail *detail)
{
    const Seam__ChainState *chain = NULL;
    const Seam__ValidatorSetRecord *record = NULL;
    struct valset set;
    enum err err = view_chain(&chain, state, arena);
    if (err == OK) {
        err = view_validators(&record, state, arena);
    }
    if (err != OK) {
        return check_broken(detail, err, "chain", "parameters or validators are missing");
    }
    if (validators_valset(&set, record, (uint8_t)chain->suite) != OK) {
        return check_broken(detail, OK, "validators", "the validators are not a sorted set");
    }
    for (size_t i = 0; i < record->n_validators; i++) {
        const Seam__OrganisationRecord *organisation = NULL;
        err = view_organisation(&organisation, state, record->validators[i]->organisation, arena);
        if (err != OK) {
            return check_broken(detail, err, record->validators[i]->organisation,
                                "a validator belongs to nobody");
        }
    }
    return OK;
}

const struct check_row check_rows[] = {
    {"validators-are-a-set", validators_are_a_set,
     "The validators are sorted, distinct and belong to registered organisations."},
    {"people-and-keys", people_and_keys,
     "Every listed person has its record and keys, and each organisation at least two officers."},
    {"facilities-and-boundaries", facilities_and_boundaries,
     "Every facility has one owner, a jurisdiction and all versions of its boundary."},
    {"sets-are-their-hashes", sets_are_their_hashes,
     "A parameter set is found by the hash of its bytes."},
    {"months-are-dense", chain_check_months,
     "A facility's accounts follow each other without a gap from its first period."},
    {"heads-match-versions", chain_check_versions,
     "A head names its newest version, each version is what its hash says and names the one "
     "before."},
    {"units-add-up", units_check,
     "Blocks of units never overlap, and what was issued is what is held and what has ended."},
};

const size_t check_count = sizeof check_rows / sizeof check_rows[0];

enum err check_state(struct overlay *state, struct err_detail *detail)
{
    for (size_t i = 0; i < check_count; i++) {
        struct arena arena;
        arena_init(&arena, BUDGET);
        const enum err err = check_rows[i].holds(state, &arena, detail);
        arena_free(&arena);
        if (err != OK) {
            if (detail != NULL) {
                (void)snprintf(detail->rule, sizeof detail->rule, "%s", check_rows[i].name);
            }
            return err;
        }
    }
    return OK;
}
