/* SPDX-License-Identifier: Apache-2.0 */
/* Every view is a key and a message type. What does not decode was not written by us: ERR_CORRUPT,
 * never an answer about the input. */

#include "ledger/governance/view.h"

#include <assert.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/codec/message.h"
#include "ledger/governance/id.h"

enum err view_record(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                     struct overlay *state, struct bytes key, struct arena *arena)
{
    struct bytes value;
    enum err err = overlay_get(state, key, &value);
    if (err != OK) {
        return err;
    }
    err = message_unpack(out, type, value, LIMIT_STATE_VALUE, arena, NULL);
    if (err != OK && err != ERR_MEMORY) {
        return ERR_CORRUPT;
    }
    return err;
}

enum err view_exists(bool *out, struct overlay *state, struct bytes key)
{
    struct bytes value;
    const enum err err = overlay_get(state, key, &value);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    *out = err == OK;
    return OK;
}

enum err view_put(struct overlay *state, struct bytes key, const ProtobufCMessage *record,
                  struct arena *arena)
{
    struct bytes value;
    const enum err err = message_pack(&value, record, arena);
    if (err != OK) {
        return err;
    }
    if (value.size > LIMIT_STATE_VALUE) {
        return ERR_TOO_LARGE;
    }
    return overlay_put(state, key, value);
}

/* One view: unpack under key as the type of Seam__NAME, whose descriptor is seam__stem. */
#define VIEW(Name, stem, key_value)                                                                \
    do {                                                                                           \
        const struct state_key key_ = (key_value);                                                 \
        ProtobufCMessage *message_ = NULL;                                                         \
        const enum err err_ = view_record(&message_, &seam__##stem##__descriptor, state,           \
                                          state_key_bytes(&key_), arena);                          \
        if (err_ == OK) {                                                                          \
            *out = (const Seam__##Name *)message_;                                                 \
        }                                                                                          \
        return err_;                                                                               \
    } while (0)

enum err view_chain(const Seam__ChainState **out, struct overlay *state, struct arena *arena)
{
    VIEW(ChainState, chain_state, state_key_of(KEY_CHAIN));
}

uint16_t view_rules_version(const Seam__ChainState *chain, uint64_t height, uint64_t time_ms)
{
    const bool reached = chain->next_rules_version != 0 && height >= chain->next_height &&
                         time_ms >= chain->next_time_ms;
    const uint32_t version = reached ? chain->next_rules_version : chain->rules_version;
    assert(version <= UINT16_MAX);
    return (uint16_t)version;
}

enum err view_counters(const Seam__Counters **out, struct overlay *state, struct arena *arena)
{
    VIEW(Counters, counters, state_key_of(KEY_COUNTERS));
}

enum err view_validators(const Seam__ValidatorSetRecord **out, struct overlay *state,
                         struct arena *arena)
{
    VIEW(ValidatorSetRecord, validator_set_record, state_key_of(KEY_VALIDATORS));
}

enum err view_organisation(const Seam__OrganisationRecord **out, struct overlay *state,
                           const char *organisation, struct arena *arena)
{
    VIEW(OrganisationRecord, organisation_record, state_key_named(KEY_ORGANISATION, organisation));
}

/* Walks upwards until stop or the top; *out is where it ended. Parents were registered before their
 * children, so the walk ends; the bound is for a state that somebody damaged. */
static enum err group_walk(const char **out, struct overlay *state, const char *organisation,
                           const char *stop, struct arena *arena)
{
    const char *at = organisation;
    for (unsigned level = 0; level < VIEW_GROUP_LEVELS; level++) {
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

enum err view_group_root(const char **out, struct overlay *state, const char *organisation,
                         struct arena *arena)
{
    return group_walk(out, state, organisation, NULL, arena);
}

enum err view_group_same(bool *out, struct overlay *state, const char *a, const char *b,
                         struct arena *arena)
{
    const char *root_a = NULL;
    const char *root_b = NULL;
    enum err err = view_group_root(&root_a, state, a, arena);
    if (err == OK) {
        err = view_group_root(&root_b, state, b, arena);
    }
    if (err == OK) {
        *out = strcmp(root_a, root_b) == 0;
    }
    return err;
}

enum err view_group_above(bool *out, struct overlay *state, const char *upper,
                          const char *organisation, struct arena *arena)
{
    const char *end = NULL;
    const enum err err = group_walk(&end, state, organisation, upper, arena);
    if (err == OK) {
        *out = strcmp(end, upper) == 0;
    }
    return err;
}

enum err view_position(uint64_t *out, struct overlay *state, const struct hash *organisation)
{
    struct state_key key = state_key_of(KEY_ORGANISATION_POSITION);
    state_key_hash(&key, organisation);
    struct bytes value;
    const enum err err = overlay_get(state, state_key_bytes(&key), &value);
    if (err == ERR_ABSENT) {
        *out = 0;
        return OK;
    }
    if (err != OK) {
        return err;
    }
    if (value.size != 8) {
        return ERR_CORRUPT;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | value.data[i];
    }
    *out = number;
    return OK;
}

enum err view_person(const Seam__PersonRecord **out, struct overlay *state, const char *person,
                     struct arena *arena)
{
    VIEW(PersonRecord, person_record, state_key_named(KEY_PERSON, person));
}

enum err view_key(const Seam__KeyRecord **out, struct overlay *state, const struct hash *key_id,
                  struct arena *arena)
{
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, key_id);
    VIEW(KeyRecord, key_record, key);
}

enum err view_facility(const Seam__FacilityRecord **out, struct overlay *state,
                       const char *facility, struct arena *arena)
{
    VIEW(FacilityRecord, facility_record, state_key_named(KEY_FACILITY, facility));
}

enum err view_boundary(const Seam__BoundaryRecord **out, struct overlay *state,
                       const char *facility, uint32_t version, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_BOUNDARY);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, version);
    VIEW(BoundaryRecord, boundary_record, key);
}

const char *view_gas_grade(const Seam__FacilityRecord *facility, const char *period)
{
    const char *grade = "";
    for (size_t i = 0; i < facility->n_gas_grades; i++) {
        if (strcmp(facility->gas_grades[i]->from_period, period) > 0) {
            break;
        }
        grade = facility->gas_grades[i]->grade;
    }
    return grade;
}

enum err view_jurisdiction(const Seam__JurisdictionRecord **out, struct overlay *state,
                           const char *jurisdiction, struct arena *arena)
{
    VIEW(JurisdictionRecord, jurisdiction_record, state_key_named(KEY_JURISDICTION, jurisdiction));
}

bool view_extension_key(struct state_key *out, const char *jurisdiction, const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return false;
    }
    struct state_key key = state_key_of(KEY_EXTENSION);
    state_key_id(&key, KEY_JURISDICTION, jurisdiction);
    assert(parsed.number < 1u << 24);
    state_key_u32(&key, (uint32_t)parsed.cadence << 24 | parsed.number);
    *out = key;
    return true;
}

enum err view_extension(const Seam__DeadlineExtension **out, struct overlay *state,
                        const char *jurisdiction, const char *period, struct arena *arena)
{
    struct state_key key;
    if (!view_extension_key(&key, jurisdiction, period)) {
        return ERR_ABSENT;
    }
    VIEW(DeadlineExtension, deadline_extension, key);
}

static bool extension_names(const Seam__Extension *extension, const char *facility)
{
    if (extension->n_facilities == 0) {
        return true;
    }
    for (size_t i = 0; i < extension->n_facilities; i++) {
        if (strcmp(extension->facilities[i], facility) == 0) {
            return true;
        }
    }
    return false;
}

enum err view_extension_days(uint32_t *out, struct overlay *state, const char *jurisdiction,
                             const char *facility, const char *period, struct arena *arena)
{
    const Seam__DeadlineExtension *record = NULL;
    const enum err err = view_extension(&record, state, jurisdiction, period, arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    uint32_t days = 0;
    for (size_t i = 0; err == OK && i < record->n_extensions; i++) {
        const Seam__Extension *extension = record->extensions[i];
        if (extension->days > days && extension_names(extension, facility)) {
            days = extension->days;
        }
    }
    *out = days;
    return OK;
}

enum err view_parameter_set(const Seam__ParameterSetRecord **out, struct overlay *state,
                            const struct hash *set_hash, struct arena *arena)
{
    struct state_key key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, set_hash);
    ProtobufCMessage *message = NULL;
    const enum err err = view_record(&message, &seam__parameter_set_name__descriptor, state,
                                     state_key_bytes(&key), arena);
    if (err != OK) {
        return err;
    }
    const Seam__ParameterSetName *name = (const Seam__ParameterSetName *)message;
    const enum err set_err = view_parameter_set_version(out, state, name->id, name->version, arena);
    return set_err == ERR_ABSENT ? ERR_CORRUPT : set_err;
}

enum err view_parameter_set_version(const Seam__ParameterSetRecord **out, struct overlay *state,
                                    const char *id, uint32_t version, struct arena *arena)
{
    struct state_key key = state_key_named(KEY_PARAMETER_SET, id);
    state_key_u32(&key, version);
    VIEW(ParameterSetRecord, parameter_set_record, key);
}

enum err view_adoption(const Seam__AdoptionRecord **out, struct overlay *state, const char *scheme,
                       const struct hash *set_hash, struct arena *arena)
{
    struct state_key key = state_key_named(KEY_ADOPTION, scheme);
    state_key_hash(&key, set_hash);
    VIEW(AdoptionRecord, adoption_record, key);
}

enum err view_adoption_head(const Seam__AdoptionHead **out, struct overlay *state,
                            const char *scheme, struct arena *arena)
{
    VIEW(AdoptionHead, adoption_head, state_key_named(KEY_ADOPTION_HEAD, scheme));
}

enum err view_adoption_newest(const Seam__AdoptionRecord **out, struct overlay *state,
                              const char *scheme, const char *prefix, const char *period,
                              struct arena *arena)
{
    const Seam__AdoptionHead *head = NULL;
    const Seam__AdoptionRecord *record = NULL;
    enum err err = view_adoption_head(&head, state, scheme, arena);
    ProtobufCBinaryData next = err == OK ? head->set_hash : (ProtobufCBinaryData){0};
    for (size_t i = 0; err == OK && next.len == HASH_SIZE; i++) {
        struct hash hash;
        if (i == LIMIT_ADOPTIONS) {
            return ERR_TOO_LARGE;
        }
        memcpy(hash.bytes, next.data, HASH_SIZE);
        err = view_adoption(&record, state, scheme, &hash, arena);
        if (err == OK && strncmp(record->id, prefix, strlen(prefix)) == 0 &&
            view_adoption_covers(record, period)) {
            *out = record;
            return OK;
        }
        err = err == ERR_ABSENT ? ERR_CORRUPT : err;
        next = err == OK ? record->previous : next;
    }
    return err == OK ? ERR_ABSENT : err;
}

/* A period is covered when its first day is not before the first day of from and its last day not
 * after the last day of to, whatever their cadences. */
bool view_adoption_covers(const Seam__AdoptionRecord *adoption, const char *period)
{
    struct period asked;
    struct period from;
    if (period_parse(&asked, bytes_text(period)) != OK ||
        period_parse(&from, bytes_text(adoption->from_period)) != OK) {
        return false;
    }
    if (date_to_days(period_first_day(asked)) < date_to_days(period_first_day(from))) {
        return false;
    }
    if (adoption->to_period[0] == '\0') {
        return true;
    }
    struct period to;
    return period_parse(&to, bytes_text(adoption->to_period)) == OK &&
           date_to_days(period_next_first_day(asked)) <= date_to_days(period_next_first_day(to));
}

enum err view_list(const Seam__ListEntry **out, struct overlay *state, enum key_table table,
                   const struct hash *owner, uint32_t index, struct arena *arena)
{
    VIEW(ListEntry, list_entry, state_key_list(table, owner, index));
}
