/* SPDX-License-Identifier: Apache-2.0 */
/* Genesis is executed: its entries go through the rules of the transactions that could have brought
 * them, in the name of the organisation they name, at height 0. Only what no transaction can bring
 * (parameters, validators) is written here. */

#include "ledger/governance/genesis.h"

#include <stdio.h>
#include <string.h>

#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/governance/registry.h"
#include "ledger/governance/validators.h"

void genesis_chain_id(struct hash *out, struct bytes genesis)
{
    hash_tagged(out, TAG_CHAIN, genesis);
}

enum err genesis_decode(const Seam__Genesis **out, struct bytes genesis, struct arena *arena,
                        struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    enum err err =
        message_unpack(&message, &seam__genesis__descriptor, genesis, LIMIT_GENESIS, arena, detail);
    if (err != OK) {
        return err;
    }
    struct errors errors;
    struct err_detail first;
    errors_init(&errors, &first, 1);
    err = field_check(message, &governance_fields, arena, &errors);
    if (err != OK) {
        if (detail != NULL && errors.count > 0) {
            *detail = first;
        }
        return err;
    }
    const Seam__Genesis *decoded = (const Seam__Genesis *)message;
    if (decoded->consensus->t_max_ms < decoded->consensus->t0_ms) {
        return err_set(detail, ERR_RANGE, "consensus.t_max_ms", NULL, NULL, "not below t0_ms");
    }
    struct valset set;
    err = genesis_valset(&set, decoded, detail);
    if (err != OK) {
        return err;
    }
    *out = decoded;
    return OK;
}

enum err genesis_valset(struct valset *out, const Seam__Genesis *genesis, struct err_detail *detail)
{
    Seam__ValidatorSetRecord record = SEAM__VALIDATOR_SET_RECORD__INIT;
    record.epoch = 1;
    record.n_validators = genesis->n_validators;
    record.validators = genesis->validators;
    const enum err err = validators_valset(out, &record, (uint8_t)genesis->suite);
    if (err != OK) {
        return err_set(detail, err, "validators", NULL, "4..64",
                       "consensus keys of 32 bytes, ascending, each once; node keys each once");
    }
    return OK;
}

static enum err chain_put(struct rule_context *context, const Seam__Genesis *genesis)
{
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    chain.network = genesis->network;
    chain.genesis_time_ms = genesis->time_ms;
    chain.suite = genesis->suite;
    chain.rules_version = 1;
    chain.window_ms = genesis->chain->window_ms;
    chain.recent_max = genesis->chain->recent_max;
    chain.block_cost_max = genesis->chain->block_cost_max;
    chain.activation_notice_blocks = genesis->chain->activation_notice_blocks;
    chain.activation_notice_ms = genesis->chain->activation_notice_ms;
    struct state_key key = state_key_of(KEY_CHAIN);
    enum err err = view_put(context->state, state_key_bytes(&key), &chain.base, context->arena);
    if (err != OK) {
        return err;
    }
    Seam__Counters counters = SEAM__COUNTERS__INIT;
    key = state_key_of(KEY_COUNTERS);
    err = view_put(context->state, state_key_bytes(&key), &counters.base, context->arena);
    if (err != OK) {
        return err;
    }
    Seam__ValidatorSetRecord set = SEAM__VALIDATOR_SET_RECORD__INIT;
    set.epoch = 1;
    set.n_validators = genesis->n_validators;
    set.validators = genesis->validators;
    key = state_key_of(KEY_VALIDATORS);
    return view_put(context->state, state_key_bytes(&key), &set.base, context->arena);
}

typedef enum judgement rule(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail);

/* Runs one entry; a refusal is an error whose field says where in the document. */
static enum err entry_apply(struct rule_context *context, rule *apply,
                            const ProtobufCMessage *payload, const char *list, size_t index,
                            struct err_detail *detail)
{
    struct err_detail inner = {.err = OK};
    const enum judgement judgement = apply(context, payload, NULL, &inner);
    if (judgement == JUDGE_OK) {
        return OK;
    }
    if (detail != NULL) {
        *detail = inner;
        (void)snprintf(detail->field, sizeof detail->field, "%s[%zu].%.60s", list, index,
                       inner.field);
    }
    return inner.err != OK ? inner.err : ERR_INTERNAL;
}

/* The organisation in whose name an entry stands must be there and have one of roles. */
static enum err entry_sender(struct rule_context *context, const char *organisation, uint32_t roles,
                             const char *list, size_t index, struct err_detail *detail)
{
    char field[64];
    (void)snprintf(field, sizeof field, "%s[%zu].organisation", list, index);
    const Seam__OrganisationRecord *record = NULL;
    const enum err err = view_organisation(&record, context->state, organisation, context->arena);
    if (err != OK) {
        return err_set(detail, err, field, NULL, NULL, organisation);
    }
    if ((record->roles & roles) == 0) {
        return err_set(detail, ERR_ROLE, field, NULL, NULL, organisation);
    }
    context->organisation_id = organisation;
    id_hash(&context->organisation, KEY_ORGANISATION, organisation);
    context->roles = record->roles;
    return OK;
}

static enum err jurisdictions_apply(struct rule_context *context, const Seam__Genesis *genesis,
                                    struct err_detail *detail)
{
    for (size_t i = 0; i < genesis->n_jurisdictions; i++) {
        const enum err err =
            entry_apply(context, jurisdiction_set, &genesis->jurisdictions[i]->base,
                        "jurisdictions", i, detail);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err organisations_apply(struct rule_context *context, const Seam__Genesis *genesis,
                                    struct err_detail *detail)
{
    uint32_t roles = 0;
    for (size_t i = 0; i < genesis->n_organisations; i++) {
        const enum err err =
            entry_apply(context, organisation_register, &genesis->organisations[i]->base,
                        "organisations", i, detail);
        if (err != OK) {
            return err;
        }
        const Seam__OrganisationRecord *record = NULL;
        const enum err read = view_organisation(
            &record, context->state, genesis->organisations[i]->organisation, context->arena);
        if (read != OK) {
            return read;
        }
        roles |= record->roles;
    }
    if ((roles & ROLE_REGULATOR) == 0) {
        return err_set(detail, ERR_MISSING, "organisations", NULL, NULL,
                       "without a regulator nothing more could ever be registered");
    }
    return OK;
}

static enum err validators_apply(struct rule_context *context, const Seam__Genesis *genesis,
                                 struct err_detail *detail)
{
    for (size_t i = 0; i < genesis->n_validators; i++) {
        const enum err err = entry_sender(context, genesis->validators[i]->organisation, ROLE_ANY,
                                          "validators", i, detail);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err facilities_apply(struct rule_context *context, const Seam__Genesis *genesis,
                                 struct err_detail *detail)
{
    for (size_t i = 0; i < genesis->n_facilities; i++) {
        const Seam__GenesisFacility *in = genesis->facilities[i];
        enum err err = entry_sender(context, in->organisation, ROLE_ANY, "facilities", i, detail);
        if (err == OK) {
            err = entry_apply(context, facility_register, &in->facility->base, "facilities", i,
                              detail);
        }
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static enum err sets_apply(struct rule_context *context, const Seam__Genesis *genesis,
                           struct err_detail *detail)
{
    for (size_t i = 0; i < genesis->n_parameter_sets; i++) {
        const Seam__GenesisParameterSet *in = genesis->parameter_sets[i];
        Seam__ParameterSetPublish payload = SEAM__PARAMETER_SET_PUBLISH__INIT;
        payload.parameter_set = in->parameter_set;
        enum err err =
            entry_sender(context, in->organisation, ROLE_REGULATOR, "parameter_sets", i, detail);
        if (err == OK) {
            err = entry_apply(context, parameter_set_publish, &payload.base, "parameter_sets", i,
                              detail);
        }
        if (err != OK) {
            return err;
        }
    }
    for (size_t i = 0; i < genesis->n_adoptions; i++) {
        const Seam__GenesisAdoption *in = genesis->adoptions[i];
        enum err err =
            entry_sender(context, in->organisation, ROLE_REGULATOR, "adoptions", i, detail);
        if (err == OK) {
            err = entry_apply(context, parameter_set_adopt, &in->adoption->base, "adoptions", i,
                              detail);
        }
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

enum err genesis_apply(struct overlay *state, const Seam__Genesis *genesis,
                       const struct hash *chain_id, struct arena *arena, struct err_detail *detail)
{
    struct rule_context context = {
        .state = state,
        .arena = arena,
        .height = 0,
        .time_ms = genesis->time_ms,
        .rules_version = 1,
        .chain_id = *chain_id,
        .organisation_id = "",
    };
    static enum err (*const steps[])(struct rule_context *, const Seam__Genesis *,
                                     struct err_detail *) = {
        jurisdictions_apply, organisations_apply, validators_apply, facilities_apply, sets_apply,
    };
    enum err err = chain_put(&context, genesis);
    for (size_t i = 0; err == OK && i < sizeof steps / sizeof steps[0]; i++) {
        err = steps[i](&context, genesis, detail);
    }
    return err;
}
