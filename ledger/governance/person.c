/* SPDX-License-Identifier: Apache-2.0 */
/* Persons and their keys. A key is never registered twice and never comes back after it was
 * revoked; its record keeps the heights between which it may sign, so that old signatures stay
 * provable. */

#include "ledger/governance/registry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/chain/types.h"
#include "ledger/crypto/sign.h"
#include "ledger/governance/role.h"

static enum judgement usages_of(uint32_t *out, char *const *names, size_t count,
                                struct err_detail *detail)
{
    uint32_t usages = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t bit = usage_bit(names[i]);
        if (bit == 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, "usages",
                                   "submit, approve, officer, device", NULL);
        }
        if ((usages & bit) != 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, "usages", NULL, NULL);
        }
        usages |= bit;
    }
    if (usages == 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_MISSING, "usages", NULL,
                               "what may this key be used for?");
    }
    *out = usages;
    return JUDGE_OK;
}

/* The consensus key signs votes and nothing else, and so a person cannot have it. */
static enum judgement not_of_validator(struct rule_context *context, struct bytes public_key,
                                       struct err_detail *detail)
{
    const Seam__ValidatorSetRecord *set = NULL;
    const enum err err = view_validators(&set, context->state, context->arena);
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    for (size_t i = 0; i < set->n_validators; i++) {
        const ProtobufCBinaryData *key = &set->validators[i]->public_key;
        if (bytes_equal(bytes_of(key->data, key->len), public_key)) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_KEY, "public_key", NULL,
                                   "this is the consensus key of a validator");
        }
    }
    return JUDGE_OK;
}

static enum judgement key_put(struct rule_context *context, struct hash *id,
                              Seam__KeyRecord *record, struct err_detail *detail)
{
    const struct bytes public_key = bytes_of(record->public_key.data, record->public_key.len);
    if (public_key.size != SIGN_PUBLIC_SIZE || !sign_public_valid(public_key)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_KEY, "public_key", NULL,
                               "not an Ed25519 public key that anybody can use");
    }
    enum judgement judgement = not_of_validator(context, public_key, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    sign_key_id(id, SUITE_ED25519_SHA256, public_key);
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, id);
    judgement = registry_new(context, state_key_bytes(&key), "public_key", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record->suite = SUITE_ED25519_SHA256;
    record->valid_from = context->height;
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record->base, context->arena));
}

/* Writes the entries of a registration; ids, of n_keys hashes, receives their key ids. */
static enum judgement keys_put(struct rule_context *context, const char *organisation,
                               const Seam__PersonRegister *person, struct hash *ids, bool *officer,
                               struct err_detail *detail)
{
    for (size_t i = 0; i < person->n_keys; i++) {
        Seam__KeyRecord record = SEAM__KEY_RECORD__INIT;
        record.public_key = person->keys[i]->public_key;
        record.organisation = (char *)organisation;
        record.person = person->person;
        enum judgement judgement =
            usages_of(&record.usages, person->keys[i]->usages, person->keys[i]->n_usages, detail);
        if (judgement == JUDGE_OK) {
            judgement = key_put(context, &ids[i], &record, detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        *officer = *officer || (record.usages & USAGE_OFFICER) != 0;
    }
    return JUDGE_OK;
}

enum judgement person_put(struct rule_context *context, const char *organisation,
                          const Seam__PersonRegister *person, bool *officer,
                          struct err_detail *detail)
{
    if (!id_text_valid(person->person)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "person", NULL, NULL);
    }
    if (person->n_keys > GOVERNANCE_FIRST_KEYS) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "keys", "0..8", NULL);
    }
    const struct state_key key = state_key_named(KEY_PERSON, person->person);
    enum judgement judgement = registry_new(context, state_key_bytes(&key), "person", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct hash ids[GOVERNANCE_FIRST_KEYS];
    *officer = false;
    judgement = keys_put(context, organisation, person, ids, officer, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    ProtobufCBinaryData list[GOVERNANCE_FIRST_KEYS];
    for (size_t i = 0; i < person->n_keys; i++) {
        list[i] = (ProtobufCBinaryData){.len = sizeof ids[i].bytes, .data = ids[i].bytes};
    }
    Seam__PersonRecord record = SEAM__PERSON_RECORD__INIT;
    record.person = person->person;
    record.organisation = (char *)organisation;
    record.name = person->name;
    record.n_keys = person->n_keys;
    record.keys = list;
    record.height = context->height;
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

/* The sending organisation's record, to be written again after its counts changed. */
static enum err organisation_put(struct rule_context *context,
                                 const Seam__OrganisationRecord *record)
{
    const struct state_key key = state_key_named(KEY_ORGANISATION, record->organisation);
    return view_put(context->state, state_key_bytes(&key), &record->base, context->arena);
}

enum judgement person_register(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__PersonRegister *in = (const Seam__PersonRegister *)payload;
    const Seam__OrganisationRecord *old = NULL;
    enum err err =
        view_organisation(&old, context->state, context->organisation_id, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "organisation", context->organisation_id);
    }
    if (old->persons >= GOVERNANCE_PERSONS) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "person", NULL,
                               "this organisation has as many persons as it may have");
    }
    bool officer = false;
    const enum judgement judgement =
        person_put(context, context->organisation_id, in, &officer, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    err =
        registry_list_add(context, KEY_PERSON, &context->organisation, old->persons, in->person, 0);
    if (err != OK) {
        return registry_world(detail, err);
    }
    Seam__OrganisationRecord record = *old;
    record.persons++;
    record.officers += officer ? 1 : 0;
    return registry_world(detail, organisation_put(context, &record));
}

void person_register_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__PersonRegister *in = (const Seam__PersonRegister *)payload;
    const struct state_key key = state_key_named(KEY_PERSON, in->person);
    *creates = registry_link(context, &key);
    (void)needs;
}

/* Has a person a valid officer key other than `except` (which may be NULL)? */
static enum err officer_by(bool *out, struct rule_context *context,
                           const Seam__PersonRecord *person, const struct hash *except)
{
    bool found = false;
    for (size_t i = 0; i < person->n_keys && !found; i++) {
        struct hash id;
        if (person->keys[i].len != sizeof id.bytes) {
            return ERR_CORRUPT;
        }
        memcpy(id.bytes, person->keys[i].data, sizeof id.bytes);
        if (except != NULL && hash_equal(&id, except)) {
            continue;
        }
        const Seam__KeyRecord *key = NULL;
        const enum err err = view_key(&key, context->state, &id, context->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        found = key->valid_to == 0 && (key->usages & USAGE_OFFICER) != 0;
    }
    *out = found;
    return OK;
}

/* Adds id to the keys of a person. */
static enum err person_add_key(struct rule_context *context, const Seam__PersonRecord *old,
                               struct hash *id)
{
    ProtobufCBinaryData list[GOVERNANCE_PERSON_KEYS];
    memcpy(list, old->keys, old->n_keys * sizeof list[0]);
    list[old->n_keys] = (ProtobufCBinaryData){.len = sizeof id->bytes, .data = id->bytes};
    Seam__PersonRecord record = *old;
    record.keys = list;
    record.n_keys = old->n_keys + 1;
    const struct state_key key = state_key_named(KEY_PERSON, old->person);
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

/* Changes the number of officers of an organisation by one. */
static enum err officers_change(struct rule_context *context, const char *organisation, bool more)
{
    const Seam__OrganisationRecord *old = NULL;
    const enum err err = view_organisation(&old, context->state, organisation, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__OrganisationRecord record = *old;
    record.officers += more ? 1u : UINT32_MAX;
    return organisation_put(context, &record);
}

enum judgement key_add(struct rule_context *context, const ProtobufCMessage *payload,
                       const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__KeyAdd *in = (const Seam__KeyAdd *)payload;
    const Seam__PersonRecord *person = NULL;
    enum err err = view_person(&person, context->state, in->person, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "person", in->person);
    }
    if (strcmp(person->organisation, context->organisation_id) != 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ROLE, "person", NULL,
                               "this person belongs to another organisation");
    }
    if (person->n_keys >= GOVERNANCE_PERSON_KEYS) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "person", NULL,
                               "this person has had as many keys as one may have");
    }
    bool before = false;
    err = officer_by(&before, context, person, NULL);
    if (err != OK) {
        return registry_world(detail, err);
    }
    Seam__KeyRecord record = SEAM__KEY_RECORD__INIT;
    record.public_key = in->public_key;
    record.organisation = person->organisation;
    record.person = person->person;
    struct hash id;
    enum judgement judgement = usages_of(&record.usages, in->usages, in->n_usages, detail);
    if (judgement == JUDGE_OK) {
        judgement = key_put(context, &id, &record, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    err = person_add_key(context, person, &id);
    if (err == OK && !before && (record.usages & USAGE_OFFICER) != 0) {
        err = officers_change(context, context->organisation_id, true);
    }
    return registry_world(detail, err);
}

void key_add_links(struct rule_context *context, const ProtobufCMessage *payload,
                   struct bytes *creates, struct bytes *needs)
{
    const Seam__KeyAdd *in = (const Seam__KeyAdd *)payload;
    struct hash id;
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(in->public_key.data, in->public_key.len));
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, &id);
    *creates = registry_link(context, &key);
    const struct state_key person = state_key_named(KEY_PERSON, in->person);
    *needs = registry_link(context, &person);
}

/* Takes the officer away when this was the person's last officer key; never below two officers, or
 * the organisation could not act any more. */
static enum judgement officer_leaves(struct rule_context *context, const Seam__KeyRecord *key,
                                     const struct hash *id, struct err_detail *detail)
{
    if ((key->usages & USAGE_OFFICER) == 0) {
        return JUDGE_OK;
    }
    const Seam__PersonRecord *person = NULL;
    enum err err = view_person(&person, context->state, key->person, context->arena);
    bool still = false;
    if (err == OK) {
        err = officer_by(&still, context, person, id);
    }
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (still) {
        return JUDGE_OK;
    }
    const Seam__OrganisationRecord *organisation = NULL;
    err = view_organisation(&organisation, context->state, key->organisation, context->arena);
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (organisation->officers <= 2) {
        return registry_refuse(detail, JUDGE_NOT_YET, ERR_SECOND_PERSON, "key_id", NULL,
                               "the organisation would have fewer than two officers; give an "
                               "officer key to another person first");
    }
    return registry_world(detail, officers_change(context, key->organisation, false));
}

enum judgement key_revoke(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__KeyRevoke *in = (const Seam__KeyRevoke *)payload;
    struct hash id;
    if (in->key_id.len != sizeof id.bytes) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_LENGTH, "key_id", "32 bytes", NULL);
    }
    memcpy(id.bytes, in->key_id.data, sizeof id.bytes);
    const Seam__KeyRecord *old = NULL;
    const enum err err = view_key(&old, context->state, &id, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "key_id", "no such key is registered");
    }
    if (strcmp(old->organisation, context->organisation_id) != 0 &&
        (context->roles & ROLE_REGULATOR) == 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ROLE, "key_id", NULL,
                               "the key belongs to another organisation");
    }
    if (old->valid_to != 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SUPERSEDED, "key_id", NULL,
                               "the key is revoked already");
    }
    const enum judgement judgement = officer_leaves(context, old, &id, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__KeyRecord record = *old;
    record.valid_to = context->height;
    record.revoke_reason = in->reason;
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, &id);
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

void key_revoke_links(struct rule_context *context, const ProtobufCMessage *payload,
                      struct bytes *creates, struct bytes *needs)
{
    const Seam__KeyRevoke *in = (const Seam__KeyRevoke *)payload;
    struct hash id = {0};
    memcpy(id.bytes, in->key_id.data, in->key_id.len < sizeof id ? in->key_id.len : sizeof id);
    struct state_key key = state_key_of(KEY_KEY);
    state_key_hash(&key, &id);
    *needs = registry_link(context, &key);
    (void)creates;
}
