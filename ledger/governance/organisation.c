/* SPDX-License-Identifier: Apache-2.0 */
/* An organisation comes with its first two officers at least: with one, nothing that needs a second
 * officer could ever be signed. */

#include "ledger/governance/registry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/governance/role.h"

static enum judgement roles_of(uint32_t *out, const Seam__OrganisationRegister *in,
                               struct err_detail *detail)
{
    uint32_t roles = 0;
    char field[32];
    for (size_t i = 0; i < in->n_roles; i++) {
        const uint32_t bit = role_bit(in->roles[i]);
        (void)snprintf(field, sizeof field, "roles[%zu]", i);
        if (bit == 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, field, ROLE_NAMES, NULL);
        }
        if ((roles & bit) != 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, field, NULL, NULL);
        }
        roles |= bit;
    }
    if (roles == 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_MISSING, "roles", NULL,
                               "at least one role");
    }
    *out = roles;
    return JUDGE_OK;
}

/* Parent and jurisdiction must be there before. */
static enum judgement references(struct rule_context *context, const Seam__OrganisationRegister *in,
                                 struct err_detail *detail)
{
    if (in->parent[0] != '\0') {
        const Seam__OrganisationRecord *parent = NULL;
        const enum err err = view_organisation(&parent, context->state, in->parent, context->arena);
        if (err != OK) {
            return registry_missing(detail, err, "parent", in->parent);
        }
    }
    const Seam__JurisdictionRecord *jurisdiction = NULL;
    const enum err err =
        view_jurisdiction(&jurisdiction, context->state, in->jurisdiction, context->arena);
    return err == OK ? JUDGE_OK : registry_missing(detail, err, "jurisdiction", in->jurisdiction);
}

static enum judgement persons_put(struct rule_context *context,
                                  const Seam__OrganisationRegister *in,
                                  Seam__OrganisationRecord *record, struct err_detail *detail)
{
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, in->organisation);
    for (size_t i = 0; i < in->n_persons; i++) {
        bool officer = false;
        const enum judgement judgement =
            person_put(context, in->organisation, in->persons[i], &officer, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        const enum err err = registry_list_add(context, KEY_PERSON, &owner, record->persons,
                                               in->persons[i]->person, 0);
        if (err != OK) {
            return registry_world(detail, err);
        }
        record->persons++;
        record->officers += officer ? 1 : 0;
    }
    if (record->officers < 2) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SECOND_PERSON, "persons", NULL,
                               "at least two persons need a key with the usage officer");
    }
    return JUDGE_OK;
}

enum judgement organisation_register(struct rule_context *context, const ProtobufCMessage *payload,
                                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__OrganisationRegister *in = (const Seam__OrganisationRegister *)payload;
    if (!id_text_valid(in->organisation)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "organisation", NULL, NULL);
    }
    const struct state_key key = state_key_named(KEY_ORGANISATION, in->organisation);
    enum judgement judgement = registry_new(context, state_key_bytes(&key), "organisation", detail);
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    if (judgement == JUDGE_OK) {
        judgement = roles_of(&record.roles, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = registry_names(in->name, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = registry_identifiers(in->ids, in->n_ids, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = references(context, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = persons_put(context, in, &record, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.organisation = in->organisation;
    record.name = in->name;
    record.parent = in->parent;
    record.jurisdiction = in->jurisdiction;
    record.n_ids = in->n_ids;
    record.ids = in->ids;
    record.height = context->height;
    record.time_ms = context->time_ms;
    enum err err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    if (err == OK) {
        err = registry_list_all(context, KEY_ORGANISATION, in->organisation, 0);
    }
    return registry_world(detail, err);
}

void organisation_register_links(struct rule_context *context, const ProtobufCMessage *payload,
                                 struct bytes *creates, struct bytes *needs)
{
    const Seam__OrganisationRegister *in = (const Seam__OrganisationRegister *)payload;
    const struct state_key key = state_key_named(KEY_ORGANISATION, in->organisation);
    *creates = registry_link(context, &key);
    if (in->parent[0] != '\0') {
        const struct state_key parent = state_key_named(KEY_ORGANISATION, in->parent);
        *needs = registry_link(context, &parent);
    } else {
        const struct state_key place = state_key_named(KEY_JURISDICTION, in->jurisdiction);
        *needs = registry_link(context, &place);
    }
}
