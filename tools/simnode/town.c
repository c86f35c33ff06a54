/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/simnode/town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/exec/exec.h"
#include "ledger/governance/genesis.h"
#include "ledger/proto/tx.pb-c.h"

#define TOWN_ARENA ((size_t)512 << 20)
#define PERSON_REGISTER 2 /* type of the transaction, ledger/exec/table.c */

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

static Seam__PersonRegister *person(struct town *town, char *name, const char *usage,
                                    const char *second)
{
    Seam__PersonRegister *out = take(town, sizeof *out);
    Seam__KeyEntry *entry = take(town, sizeof *entry);
    const struct sign_key key = key_of(name);
    seam__person_register__init(out);
    seam__key_entry__init(entry);
    entry->public_key = data(town, bytes_of(key.public_key, sizeof key.public_key));
    entry->usages = words(town, usage, second, &entry->n_usages);
    out->person = name;
    out->keys = take(town, sizeof *out->keys);
    out->keys[0] = entry;
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

void town_open(struct town *town, uint16_t validators)
{
    Seam__Genesis genesis = SEAM__GENESIS__INIT;
    *town = (struct town){.validators = validators};
    arena_init(&town->arena, TOWN_ARENA);
    if (sign_start() != OK) {
        abort();
    }
    genesis.network = text(town, "simulated-", validators, "");
    genesis.time_ms = TOWN_TIME;
    genesis.suite = SUITE_ED25519_SHA256;
    parameters(town, &genesis);
    jurisdiction(town, &genesis);
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
    arena_free(&town->arena);
}

/* --- transactions
 * ------------------------------------------------------------------------------- */

static void sign(struct town *town, Seam__Signature *out, const char *name, struct bytes body)
{
    const struct sign_key key = key_of(name);
    struct bytes message;
    struct hash id;
    uint8_t signature[SIGNATURE_SIZE];
    if (exec_signed_message(&message, &town->chain_id, body, &town->arena) != OK) {
        abort();
    }
    sign_key_id(&id, SUITE_ED25519_SHA256, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
    sign_message(signature, &key, message);
    seam__signature__init(out);
    out->key_id = data(town, hash_bytes(&id));
    out->sig = data(town, bytes_of(signature, sizeof signature));
}

struct bytes town_register(struct town *town, uint16_t org, uint32_t number,
                           uint64_t valid_until_ms)
{
    Seam__Body body = SEAM__BODY__INIT;
    Seam__Signature signatures[2];
    Seam__Signature *list[2] = {&signatures[0], &signatures[1]};
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    char *name = text(town, "person-", number, "");
    body.type = PERSON_REGISTER;
    body.organisation = text(town, "org-", org, "");
    body.valid_until_ms = valid_until_ms;
    body.payload = data(town, pack(town, &person(town, name, "submit", NULL)->base));
    const struct bytes raw = pack(town, &body.base);
    sign(town, &signatures[0], text(town, "org-", org, ".a"), raw);
    sign(town, &signatures[1], text(town, "org-", org, ".b"), raw);
    if (memcmp(signatures[0].key_id.data, signatures[1].key_id.data, HASH_SIZE) > 0) {
        list[0] = &signatures[1];
        list[1] = &signatures[0];
    }
    transaction.body = data(town, raw);
    transaction.signatures = list;
    transaction.n_signatures = 2;
    return pack(town, &transaction.base);
}
