/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_GOVERNANCE_WORLD_H
#define TESTS_UNIT_GOVERNANCE_WORLD_H

/* A small consortium for tests: a regulator, a mine, its group and a verifier, two persons each,
 * one facility, one parameter set. Keys follow from names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/chain/types.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"
#include "ledger/governance/genesis.h"
#include "ledger/governance/governance.h"
#include "ledger/governance/registry.h"
#include "ledger/governance/view.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/store/overlay.h"

#define WORLD_TIME UINT64_C(1790000000000) /* 2026-09-21 */

struct world {
    struct arena arena;
    struct bytes genesis;
    struct hash chain_id;
    struct overlay *genesis_state;
    struct overlay *state; /* above it, open */
    struct hash set_hash;
    struct err_detail detail;
};

__attribute__((unused)) static void *world_alloc(struct world *world, size_t size)
{
    void *memory = arena_alloc(&world->arena, size);
    assert_non_null(memory);
    return memory;
}

__attribute__((unused)) static char *world_text(struct world *world, const char *text)
{
    char *copy = arena_text(&world->arena, text, strlen(text));
    assert_non_null(copy);
    return copy;
}

__attribute__((unused)) static struct sign_key world_key(const char *name)
{
    uint8_t seed[SIGN_SEED_SIZE] = {0};
    struct sign_key key;
    memcpy(seed, name, strlen(name) < sizeof seed ? strlen(name) : sizeof seed);
    sign_key_from_seed(&key, seed);
    return key;
}

__attribute__((unused)) static struct hash world_key_id(const char *name)
{
    const struct sign_key key = world_key(name);
    struct hash id;
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(key.public_key, sizeof key.public_key));
    return id;
}

__attribute__((unused)) static ProtobufCBinaryData world_bytes(struct world *world,
                                                               const void *data, size_t size)
{
    ProtobufCBinaryData out = {.len = size, .data = world_alloc(world, size + 1)};
    memcpy(out.data, data, size);
    return out;
}

__attribute__((unused)) static ProtobufCBinaryData world_public(struct world *world,
                                                                const char *name)
{
    const struct sign_key key = world_key(name);
    return world_bytes(world, key.public_key, sizeof key.public_key);
}

/* Texts separated by blanks. */
__attribute__((unused)) static char **world_list(struct world *world, const char *texts,
                                                 size_t *count)
{
    char **list = world_alloc(world, 64 * sizeof *list);
    char *copy = world_text(world, texts);
    char *save = NULL;
    *count = 0;
    for (char *at = strtok_r(copy, " ", &save); at != NULL; at = strtok_r(NULL, " ", &save)) {
        list[(*count)++] = at;
    }
    return list;
}

__attribute__((unused)) static Seam__Names *world_names(struct world *world, const char *name)
{
    Seam__Names *names = world_alloc(world, sizeof *names);
    seam__names__init(names);
    names->en = world_text(world, name);
    return names;
}

/* A person whose one key is world_key(person). */
__attribute__((unused)) static Seam__PersonRegister *
world_person(struct world *world, const char *person, const char *usages)
{
    Seam__PersonRegister *out = world_alloc(world, sizeof *out);
    Seam__KeyEntry *entry = world_alloc(world, sizeof *entry);
    seam__person_register__init(out);
    seam__key_entry__init(entry);
    entry->public_key = world_public(world, person);
    entry->usages = world_list(world, usages, &entry->n_usages);
    out->person = world_text(world, person);
    out->keys = world_alloc(world, sizeof *out->keys);
    out->keys[0] = entry;
    out->n_keys = 1;
    return out;
}

/* An organisation with the persons NAME.a (all usages) and NAME.b (all usages). */
__attribute__((unused)) static Seam__OrganisationRegister *
world_organisation(struct world *world, const char *name, const char *roles)
{
    Seam__OrganisationRegister *out = world_alloc(world, sizeof *out);
    char person[80];
    seam__organisation_register__init(out);
    out->organisation = world_text(world, name);
    out->name = world_names(world, name);
    out->roles = world_list(world, roles, &out->n_roles);
    out->jurisdiction = world_text(world, "CN-14");
    out->persons = world_alloc(world, 2 * sizeof *out->persons);
    out->n_persons = 2;
    snprintf(person, sizeof person, "%s.a", name);
    out->persons[0] = world_person(world, person, "submit officer");
    snprintf(person, sizeof person, "%s.b", name);
    out->persons[1] = world_person(world, person, "approve officer");
    return out;
}

__attribute__((unused)) static Seam__Source *world_source(struct world *world, const char *source,
                                                          const char *code)
{
    Seam__Source *out = world_alloc(world, sizeof *out);
    seam__source__init(out);
    out->source = world_text(world, source);
    out->code = world_text(world, code);
    return out;
}

__attribute__((unused)) static Seam__FacilityRegister *world_facility(struct world *world,
                                                                      const char *facility)
{
    Seam__FacilityRegister *out = world_alloc(world, sizeof *out);
    seam__facility_register__init(out);
    out->facility = world_text(world, facility);
    out->name = world_names(world, facility);
    out->kind = world_text(world, "UG");
    out->jurisdiction = world_text(world, "CN-14");
    out->scheme = world_text(world, "cn-ets");
    out->cadence = world_text(world, "MONTH");
    out->start_period = world_text(world, "2026-01");
    out->gas_grade = world_text(world, "HIGH");
    out->sources = world_alloc(world, 2 * sizeof *out->sources);
    out->n_sources = 2;
    out->sources[0] = world_source(world, "shaft-1", "L_CH4_UG");
    out->sources[1] = world_source(world, "grid", "L_ELEC");
    return out;
}

__attribute__((unused)) static Seam__JurisdictionSet *
world_jurisdiction(struct world *world, const char *code, int32_t offset)
{
    Seam__JurisdictionSet *out = world_alloc(world, sizeof *out);
    seam__jurisdiction_set__init(out);
    out->jurisdiction = world_text(world, code);
    out->name = world_names(world, code);
    out->utc_offset_minutes = offset;
    out->deadline_days = 40;
    return out;
}

/* A set of two values, of which the second has no source. */
__attribute__((unused)) static struct bytes world_set(struct world *world, const char *id,
                                                      uint32_t version)
{
    Seam__ParameterValue values[2];
    Seam__ParameterValue *list[2] = {&values[0], &values[1]};
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    seam__parameter_value__init(&values[0]);
    values[0].key = (char *)"a.sourced";
    values[0].value = (char *)"1";
    values[0].grade = (char *)"S1";
    seam__parameter_value__init(&values[1]);
    values[1].key = (char *)"b.remembered";
    values[1].value = (char *)"2";
    values[1].grade = (char *)"MEMORY";
    set.id = (char *)id;
    set.version = version;
    set.edition = (char *)"CN-1";
    set.n_values = 2;
    set.values = list;
    struct bytes out = {0};
    assert_int_equal(message_pack(&out, &set.base, &world->arena), OK);
    return out;
}

__attribute__((unused)) static void world_chain_parameters(Seam__Genesis *genesis,
                                                           Seam__ConsensusParameters *consensus,
                                                           Seam__ChainParameters *chain)
{
    seam__consensus_parameters__init(consensus);
    consensus->t0_ms = 300;
    consensus->t_max_ms = 10000;
    consensus->heartbeat_ms = 60000;
    genesis->consensus = consensus;
    seam__chain_parameters__init(chain);
    chain->window_ms = UINT64_C(35) * 86400000;
    chain->recent_max = 1000;
    chain->block_cost_max = 100000;
    chain->activation_notice_blocks = 100;
    chain->activation_notice_ms = 3600000;
    genesis->chain = chain;
}

static int world_validator_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, 32);
}

__attribute__((unused)) static void world_validators(struct world *world, Seam__Genesis *genesis)
{
    static const char *const names[] = {"mine", "group", "verifier", "regulator"};
    genesis->validators = world_alloc(world, 4 * sizeof *genesis->validators);
    genesis->n_validators = 4;
    for (size_t i = 0; i < 4; i++) {
        Seam__ValidatorRecord *record = world_alloc(world, sizeof *record);
        char key[80];
        seam__validator_record__init(record);
        snprintf(key, sizeof key, "validator %s", names[i]);
        record->public_key = world_public(world, key);
        snprintf(key, sizeof key, "node %s", names[i]);
        record->node_key = world_public(world, key);
        record->organisation = world_text(world, names[i]);
        genesis->validators[i] = record;
    }
    qsort(genesis->validators, 4, sizeof *genesis->validators, world_validator_order);
}

__attribute__((unused)) static void world_sets(struct world *world, Seam__Genesis *genesis)
{
    const struct bytes set = world_set(world, "CN-TEST", 1);
    hash_tagged(&world->set_hash, TAG_SET, set);
    Seam__GenesisParameterSet *entry = world_alloc(world, sizeof *entry);
    seam__genesis_parameter_set__init(entry);
    entry->organisation = world_text(world, "regulator");
    entry->parameter_set = world_bytes(world, set.data, set.size);
    genesis->parameter_sets = world_alloc(world, sizeof *genesis->parameter_sets);
    genesis->parameter_sets[0] = entry;
    genesis->n_parameter_sets = 1;
    Seam__GenesisAdoption *adoption = world_alloc(world, sizeof *adoption);
    Seam__ParameterSetAdopt *adopt = world_alloc(world, sizeof *adopt);
    seam__genesis_adoption__init(adoption);
    seam__parameter_set_adopt__init(adopt);
    adopt->scheme = world_text(world, "cn-ets");
    adopt->set_hash = world_bytes(world, world->set_hash.bytes, HASH_SIZE);
    adopt->from_period = world_text(world, "2026-01");
    adopt->unsourced = world_list(world, "b.remembered", &adopt->n_unsourced);
    adoption->organisation = world_text(world, "regulator");
    adoption->adoption = adopt;
    genesis->adoptions = world_alloc(world, sizeof *genesis->adoptions);
    genesis->adoptions[0] = adoption;
    genesis->n_adoptions = 1;
}

/* The founding document as a message, for tests that change something in it. */
__attribute__((unused)) static Seam__Genesis *world_genesis(struct world *world)
{
    Seam__Genesis *genesis = world_alloc(world, sizeof *genesis);
    seam__genesis__init(genesis);
    genesis->network = world_text(world, "test");
    genesis->time_ms = WORLD_TIME;
    genesis->suite = 1;
    world_chain_parameters(genesis, world_alloc(world, sizeof(Seam__ConsensusParameters)),
                           world_alloc(world, sizeof(Seam__ChainParameters)));
    genesis->jurisdictions = world_alloc(world, 2 * sizeof *genesis->jurisdictions);
    genesis->n_jurisdictions = 2;
    genesis->jurisdictions[0] = world_jurisdiction(world, "CN-14", 480);
    genesis->jurisdictions[1] = world_jurisdiction(world, "RU-KEM", 420);
    genesis->organisations = world_alloc(world, 4 * sizeof *genesis->organisations);
    genesis->n_organisations = 4;
    genesis->organisations[0] = world_organisation(world, "regulator", "regulator");
    genesis->organisations[1] = world_organisation(world, "group", "group");
    genesis->organisations[2] = world_organisation(world, "mine", "mine");
    genesis->organisations[2]->parent = world_text(world, "group");
    genesis->organisations[3] = world_organisation(world, "verifier", "verifier");
    world_validators(world, genesis);
    Seam__GenesisFacility *facility = world_alloc(world, sizeof *facility);
    seam__genesis_facility__init(facility);
    facility->organisation = world_text(world, "mine");
    facility->facility = world_facility(world, "mine-a");
    genesis->facilities = world_alloc(world, sizeof *genesis->facilities);
    genesis->facilities[0] = facility;
    genesis->n_facilities = 1;
    world_sets(world, genesis);
    return genesis;
}

__attribute__((unused)) static struct bytes world_pack(struct world *world,
                                                       const ProtobufCMessage *message)
{
    struct bytes out = {0};
    assert_int_equal(message_pack(&out, message, &world->arena), OK);
    return out;
}

static enum err world_nothing(void *context, struct bytes key, struct arena *arena,
                              struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

__attribute__((unused)) static struct overlay *world_empty(void)
{
    const struct state_base base = {.get = world_nothing};
    struct overlay *overlay = overlay_new(NULL, &base);
    assert_non_null(overlay);
    return overlay;
}

__attribute__((unused)) static int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_int_equal(sign_start(), OK);
    arena_init(&world->arena, (size_t)256 << 20);
    world->genesis = world_pack(world, &world_genesis(world)->base);
    const Seam__Genesis *decoded = NULL;
    enum err err = genesis_decode(&decoded, world->genesis, &world->arena, &world->detail);
    if (err != OK) {
        print_error("genesis: %s %s %s\n", err_name(err), world->detail.field, world->detail.hint);
    }
    assert_int_equal(err, OK);
    genesis_chain_id(&world->chain_id, world->genesis);
    world->genesis_state = world_empty();
    err = genesis_apply(world->genesis_state, decoded, &world->chain_id, &world->arena,
                        &world->detail);
    if (err != OK) {
        print_error("genesis: %s %s %s\n", err_name(err), world->detail.field, world->detail.hint);
    }
    assert_int_equal(err, OK);
    overlay_seal(world->genesis_state);
    world->state = overlay_new(world->genesis_state, NULL);
    assert_non_null(world->state);
    *state = world;
    return 0;
}

__attribute__((unused)) static int world_teardown(void **state)
{
    struct world *world = *state;
    overlay_drop(world->state);
    overlay_drop(world->genesis_state);
    arena_free(&world->arena);
    free(world);
    return 0;
}

/* A context as the executor would make it for a transaction of this organisation. */
__attribute__((unused)) static struct rule_context world_context(struct world *world,
                                                                 const char *organisation)
{
    struct rule_context context = {
        .state = world->state,
        .arena = &world->arena,
        .height = 7,
        .time_ms = WORLD_TIME + 7000,
        .rules_version = 1,
        .chain_id = world->chain_id,
        .organisation_id = organisation,
    };
    memset(context.tx_id.bytes, 7, HASH_SIZE);
    id_hash(&context.organisation, KEY_ORGANISATION, organisation);
    const Seam__OrganisationRecord *record = NULL;
    assert_int_equal(view_organisation(&record, world->state, organisation, &world->arena), OK);
    context.roles = record->roles;
    return context;
}

typedef enum judgement world_rule(struct rule_context *context, const ProtobufCMessage *payload,
                                  const ProtobufCMessage *detached, struct err_detail *detail);

/* Runs a rule and rolls back what a refusal left, as the executor does. */
__attribute__((unused)) static enum judgement world_apply(struct world *world,
                                                          const char *organisation,
                                                          world_rule *rule,
                                                          const ProtobufCMessage *payload)
{
    struct rule_context context = world_context(world, organisation);
    const size_t mark = overlay_mark(world->state);
    memset(&world->detail, 0, sizeof world->detail);
    const enum judgement judgement = rule(&context, payload, NULL, &world->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(world->state, mark);
    }
    return judgement;
}

#define assert_ok(judgement_)                                                                      \
    do {                                                                                           \
        const enum judgement got_ = (judgement_);                                                  \
        if (got_ != JUDGE_OK) {                                                                    \
            print_error("%s %s: %s\n", err_name(world->detail.err), world->detail.field,           \
                        world->detail.hint);                                                       \
        }                                                                                          \
        assert_int_equal(got_, JUDGE_OK);                                                          \
    } while (0)

#define assert_refused(judgement_, want_, err_, field_)                                            \
    do {                                                                                           \
        assert_int_equal((judgement_), (want_));                                                   \
        assert_string_equal(err_name(world->detail.err), err_name(err_));                          \
        assert_string_equal(world->detail.field, (field_));                                        \
    } while (0)

#endif
