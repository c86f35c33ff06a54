/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/simnode/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/governance/genesis.h"

#define TOWN_ARENA ((size_t)512 << 20)
#define ACCOUNT_LINES 10

static void *take(struct town *town, size_t size)
{
    void *memory = arena_alloc(&town->arena, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* text is a prefix, a number and an ending. */
static char *text(struct town *town, const char *prefix, unsigned number, const char *end)
{
    char *out = take(town, 64);
    (void)snprintf(out, 64, "%s%u%s", prefix, number, end);
    return out;
}

static char **words(struct town *town, const char *first, const char *second, size_t *count)
{
    char **list = take(town, 2 * sizeof *list);
    list[0] = (char *)(uintptr_t)first;
    list[1] = (char *)(uintptr_t)second;
    *count = second == NULL ? 1 : 2;
    return list;
}

static struct bytes pack(struct town *town, const ProtobufCMessage *message)
{
    struct bytes out = {0};
    if (message_pack(&out, message, &town->arena) != OK) {
        abort();
    }
    return out;
}

static ProtobufCBinaryData data(struct town *town, struct bytes in)
{
    ProtobufCBinaryData out = {.len = in.size, .data = take(town, in.size + 1)};
    memcpy(out.data, in.data, in.size);
    return out;
}

static struct sign_key key_of(const char *name)
{
    uint8_t seed[SIGN_SEED_SIZE] = {0};
    struct sign_key key;
    memcpy(seed, name, strnlen(name, sizeof seed));
    sign_key_from_seed(&key, seed);
    return key;
}

static struct sign_key key_number(const char *prefix, unsigned number)
{
    char name[SIGN_SEED_SIZE];
    (void)snprintf(name, sizeof name, "%s %u", prefix, number);
    return key_of(name);
}

struct sign_key town_consensus_key(uint16_t validator)
{
    return key_number("consensus key of", validator);
}

struct sign_key town_node_key(uint16_t validator)
{
    return key_number("node key of", validator);
}

/* --- the founding document
 * ---------------------------------------------------------------------- */

static Seam__Names *names(struct town *town, char *name)
{
    Seam__Names *out = take(town, sizeof *out);
    seam__names__init(out);
    out->en = name;
    return out;
}

static Seam__KeyEntry *key_entry(struct town *town, struct sign_key key, const char *usage,
                                 const char *second)
{
    Seam__KeyEntry *out = take(town, sizeof *out);
    seam__key_entry__init(out);
    out->public_key = data(town, bytes_of(key.public_key, sizeof key.public_key));
    out->usages = words(town, usage, second, &out->n_usages);
    return out;
}

static Seam__PersonRegister *person(struct town *town, char *name, const char *usage,
                                    const char *second)
{
    Seam__PersonRegister *out = take(town, sizeof *out);
    seam__person_register__init(out);
    out->person = name;
    out->keys = take(town, sizeof *out->keys);
    out->keys[0] = key_entry(town, key_of(name), usage, second);
    out->n_keys = 1;
    return out;
}

static Seam__OrganisationRegister *organisation(struct town *town, unsigned number)
{
    Seam__OrganisationRegister *out = take(town, sizeof *out);
    seam__organisation_register__init(out);
    out->organisation = text(town, "org-", number, "");
    out->name = names(town, out->organisation);
    out->roles = words(town, number == 0 ? "regulator" : "mine", NULL, &out->n_roles);
    out->jurisdiction = text(town, "CN-", 14, "");
    out->persons = take(town, 2 * sizeof *out->persons);
    out->n_persons = 2;
    out->persons[0] = person(town, text(town, "org-", number, ".a"), "submit", "officer");
    out->persons[1] = person(town, text(town, "org-", number, ".b"), "approve", "officer");
    return out;
}

static Seam__ValidatorRecord *validator(struct town *town, uint16_t number)
{
    Seam__ValidatorRecord *out = take(town, sizeof *out);
    const struct sign_key consensus = town_consensus_key(number);
    const struct sign_key node = town_node_key(number);
    seam__validator_record__init(out);
    out->public_key = data(town, bytes_of(consensus.public_key, SIGN_PUBLIC_SIZE));
    out->node_key = data(town, bytes_of(node.public_key, SIGN_PUBLIC_SIZE));
    out->organisation = text(town, "org-", number, "");
    return out;
}

static int validator_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, SIGN_PUBLIC_SIZE);
}

static void parameters(struct town *town, Seam__Genesis *genesis)
{
    genesis->consensus = take(town, sizeof *genesis->consensus);
    seam__consensus_parameters__init(genesis->consensus);
    genesis->consensus->t0_ms = 300;
    genesis->consensus->t_max_ms = 10000;
    genesis->consensus->heartbeat_ms = 60000;
    genesis->chain = take(town, sizeof *genesis->chain);
    seam__chain_parameters__init(genesis->chain);
    genesis->chain->window_ms = UINT64_C(35) * 86400000;
    genesis->chain->recent_max = 100000;
    genesis->chain->block_cost_max = 100000;
    genesis->chain->activation_notice_blocks = 100;
    genesis->chain->activation_notice_ms = 3600000;
}

static void jurisdiction(struct town *town, Seam__Genesis *genesis)
{
    Seam__JurisdictionSet *out = take(town, sizeof *out);
    seam__jurisdiction_set__init(out);
    out->jurisdiction = text(town, "CN-", 14, "");
    out->name = names(town, out->jurisdiction);
    out->utc_offset_minutes = 480;
    out->deadline_days = 40;
    genesis->jurisdictions = take(town, sizeof *genesis->jurisdictions);
    genesis->jurisdictions[0] = out;
    genesis->n_jurisdictions = 1;
}

/* The set that the town's accounts are calculated with, published and adopted by its regulator. */
static void parameter_set(struct town *town, Seam__Genesis *genesis)
{
    const struct set *set = load_accounts_set(town->accounts);
    Seam__GenesisParameterSet *published = take(town, sizeof *published);
    Seam__GenesisAdoption *adopted = take(town, sizeof *adopted);
    Seam__ParameterSetAdopt *adoption = take(town, sizeof *adoption);
    seam__genesis_parameter_set__init(published);
    seam__genesis_adoption__init(adopted);
    seam__parameter_set_adopt__init(adoption);
    published->organisation = text(town, "org-", 0, "");
    published->parameter_set = data(town, set->bytes);
    adopted->organisation = published->organisation;
    adopted->adoption = adoption;
    adoption->scheme = (char *)(uintptr_t)LOAD_SCHEME;
    adoption->set_hash = data(town, hash_bytes(&set->hash));
    adoption->from_period = (char *)(uintptr_t) "1990";
    adoption->unsourced = take(town, (set->message->n_values + 1) * sizeof(char *));
    for (size_t i = 0; i < set->message->n_values; i++) {
        if (set_unsourced(set->message->values[i])) {
            adoption->unsourced[adoption->n_unsourced++] = set->message->values[i]->key;
        }
    }
    genesis->parameter_sets = take(town, sizeof *genesis->parameter_sets);
    genesis->parameter_sets[genesis->n_parameter_sets++] = published;
    genesis->adoptions = take(town, sizeof *genesis->adoptions);
    genesis->adoptions[genesis->n_adoptions++] = adopted;
}

void town_open(struct town *town, uint16_t validators)
{
    Seam__Genesis genesis = SEAM__GENESIS__INIT;
    *town = (struct town){.validators = validators};
    arena_init(&town->arena, TOWN_ARENA);
    if (sign_start() != OK ||
        load_accounts_open(&town->accounts, ACCOUNT_LINES, TOWN_TIME, NULL) != OK) {
        abort();
    }
    genesis.network = text(town, "simulated-", validators, "");
    genesis.time_ms = TOWN_TIME;
    genesis.suite = SUITE_ED25519_SHA256;
    parameters(town, &genesis);
    jurisdiction(town, &genesis);
    parameter_set(town, &genesis);
    genesis.organisations = take(town, validators * sizeof *genesis.organisations);
    genesis.validators = take(town, validators * sizeof *genesis.validators);
    for (uint16_t i = 0; i < validators; i++) {
        genesis.organisations[genesis.n_organisations++] = organisation(town, i);
        genesis.validators[genesis.n_validators++] = validator(town, i);
    }
    qsort(genesis.validators, validators, sizeof *genesis.validators, validator_order);
    town->genesis = pack(town, &genesis.base);
    genesis_chain_id(&town->chain_id, town->genesis);
}

void town_close(struct town *town)
{
    load_accounts_close(town->accounts);
    arena_free(&town->arena);
}

/* --- transactions
 * ------------------------------------------------------------------------------- */

void town_organisation(char out[TOWN_NAME], uint16_t organisation)
{
    (void)snprintf(out, TOWN_NAME, "org-%u", organisation);
}

void town_person(char out[TOWN_NAME], uint32_t number)
{
    (void)snprintf(out, TOWN_NAME, "person-%u", number);
}

struct sign_key town_person_key(uint32_t number)
{
    char name[TOWN_NAME];
    town_person(name, number);
    return key_of(name);
}

struct sign_key town_shared_key(uint32_t shared)
{
    return key_number("shared key", shared);
}

static struct load_sender sender_of(struct town *town, uint16_t org, uint64_t valid_until_ms)
{
    return (struct load_sender){
        .chain_id = town->chain_id,
        .organisation = text(town, "org-", org, ""),
        .keys = {key_of(text(town, "org-", org, ".a")), key_of(text(town, "org-", org, ".b"))},
        .valid_until_ms = valid_until_ms};
}

static struct bytes send(struct town *town, uint16_t org, const Seam__PersonRegister *payload,
                         uint64_t valid_until_ms)
{
    const struct load_sender sender = sender_of(town, org, valid_until_ms);
    struct bytes out = {0};
    if (load_sign(&out, &sender, "PERSON_REGISTER", &payload->base, bytes_of(NULL, 0),
                  &town->arena) != OK) {
        abort();
    }
    return out;
}

struct bytes town_register(struct town *town, uint16_t org, uint32_t number,
                           uint64_t valid_until_ms)
{
    char *name = text(town, "person-", number, "");
    return send(town, org, person(town, name, "submit", NULL), valid_until_ms);
}

struct bytes town_register_two(struct town *town, uint16_t org, uint32_t number, uint32_t shared,
                               uint64_t valid_until_ms)
{
    char *name = text(town, "person-", number, "");
    Seam__PersonRegister *payload = person(town, name, "submit", NULL);
    Seam__KeyEntry **keys = take(town, 2 * sizeof *keys);
    keys[0] = payload->keys[0];
    keys[1] = key_entry(town, town_shared_key(shared), "submit", NULL);
    payload->keys = keys;
    payload->n_keys = 2;
    return send(town, org, payload, valid_until_ms);
}

struct bytes town_facility(struct town *town, uint16_t org, uint32_t number,
                           uint64_t valid_until_ms)
{
    const struct load_sender sender = sender_of(town, org, valid_until_ms);
    struct bytes out = {0};
    if (load_accounts_register(&out, town->accounts, &sender, number, &town->arena) != OK) {
        abort();
    }
    return out;
}

struct bytes town_account(struct town *town, uint16_t org, uint32_t number, bool right,
                          uint64_t valid_until_ms)
{
    const struct load_sender sender = sender_of(town, org, valid_until_ms);
    struct bytes out = {0};
    const enum err err =
        right ? load_accounts_make(&out, town->accounts, &sender, number, &town->arena, NULL)
              : load_accounts_wrong(&out, town->accounts, &sender, number, &town->arena, NULL);
    if (err != OK) {
        abort();
    }
    return out;
}
