/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASSURANCE_NETWORK_H
#define TESTS_UNIT_ASSURANCE_NETWORK_H

/* Blocks and certificates with real keys, for samples that are drawn: four validators, the first
 * block after a commitment is the verifier's, the second the regulator's. */

#include "tests/unit/assurance/verification.h"

#include "ledger/assurance/sample.h"
#include "ledger/chain/encode.h"
#include "ledger/crypto/sign.h"

#define VALIDATORS 4
#define ITEMS 100

/* Validators of the client's group, the mine, the verifier and the regulator, sorted by key. */
struct network {
    struct sign_key keys[VALIDATORS];
    struct valset valset;
    uint16_t of_mine;
    uint16_t of_verifier;
    uint16_t of_regulator;
    struct sample_item *items;
    size_t count;
    uint32_t size; /* drawn */
    Seam__AuditPopulation detached;
    struct hash population_hash;
};

static inline int key_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, 32);
}

static inline struct network *network_make(struct world *world)
{
    static const char *const names[VALIDATORS] = {"group", "mine", "verifier", "regulator"};
    struct network *network = world_alloc(world, sizeof *network);
    Seam__ValidatorSetRecord set = SEAM__VALIDATOR_SET_RECORD__INIT;
    Seam__ValidatorRecord *list[VALIDATORS];
    assert_int_equal(sign_start(), OK);
    for (size_t i = 0; i < VALIDATORS; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1)};
        struct sign_key *key = world_alloc(world, sizeof *key);
        sign_key_from_seed(key, seed);
        list[i] = world_alloc(world, sizeof *list[i]);
        seam__validator_record__init(list[i]);
        list[i]->organisation = (char *)(uintptr_t)names[i];
        list[i]->public_key = (ProtobufCBinaryData){.len = 32, .data = key->public_key};
        list[i]->node_key = world_hash(world, names[i]);
    }
    qsort(list, VALIDATORS, sizeof *list, key_order);
    for (uint16_t i = 0; i < VALIDATORS; i++) {
        for (uint8_t k = 1; k <= VALIDATORS; k++) {
            const uint8_t seed[SIGN_SEED_SIZE] = {k};
            struct sign_key key;
            sign_key_from_seed(&key, seed);
            if (memcmp(key.public_key, list[i]->public_key.data, 32) == 0) {
                network->keys[i] = key;
            }
        }
        network->of_mine = record_same(list[i]->organisation, "mine") ? i : network->of_mine;
        network->of_verifier =
            record_same(list[i]->organisation, "verifier") ? i : network->of_verifier;
        network->of_regulator =
            record_same(list[i]->organisation, "regulator") ? i : network->of_regulator;
    }
    set.epoch = 1;
    set.validators = list;
    set.n_validators = VALIDATORS;
    struct state_key key = state_key_of(KEY_VALIDATORS);
    world_put(world, &key, &set.base);
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    chain.network = (char *)(uintptr_t) "test";
    chain.suite = SUITE_ED25519_SHA256;
    key = state_key_of(KEY_CHAIN);
    world_put(world, &key, &chain.base);
    assert_int_equal(view_valset(&network->valset, world->state, &world->arena), OK);
    return network;
}

static inline void population_make(struct world *world, struct network *network)
{
    struct sample_population population;
    seam__audit_population__init(&network->detached);
    network->detached.salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    network->detached.items = world_alloc(world, ITEMS * sizeof *network->detached.items);
    network->detached.n_items = ITEMS;
    network->items = world_alloc(world, ITEMS * sizeof *network->items);
    network->count = ITEMS;
    network->size = 60;
    for (uint32_t i = 0; i < ITEMS; i++) {
        Seam__PopulationItem *item = world_alloc(world, sizeof *item);
        seam__population_item__init(item);
        network->items[i].id.bytes[0] = (uint8_t)i;
        network->items[i].weight = 100 + i;
        item->id = record_data(&network->items[i].id);
        item->weight = network->items[i].weight;
        network->detached.items[i] = item;
    }
    assert_int_equal(sample_population_of(&population, network->items, ITEMS), OK);
    sample_population_hash(&network->population_hash, bytes_of(network->detached.salt.data, 16),
                           &population);
}

static inline Seam__AuditSampleCommit *commitment(struct world *world,
                                                  const struct network *network)
{
    Seam__AuditSampleCommit *in = world_alloc(world, sizeof *in);
    struct hash opening;
    struct hash *hash = world_alloc(world, sizeof *hash);
    seam__audit_sample_commit__init(in);
    assert_true(record_hash(&opening, world_hash(world, "opening")));
    sample_commitment(hash, &opening);
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = 1;
    in->subject = (char *)(uintptr_t) "LOTS";
    in->population_hash = record_data(&network->population_hash);
    in->population_count = ITEMS;
    in->population_weight = 100 * ITEMS + ITEMS * (ITEMS - 1) / 2;
    in->size = 60;
    in->commitment = record_data(hash);
    return in;
}

static inline enum judgement commit(struct world *world, const Seam__AuditSampleCommit *in)
{
    return world_apply(world, AUDIT_SAMPLE_COMMIT_TYPE, "verifier", "deputy", &in->base, NULL);
}

static inline struct header block(const struct network *network, uint64_t height, uint16_t proposer)
{
    struct header header = {.version = 1,
                            .suite = SUITE_ED25519_SHA256,
                            .epoch = 1,
                            .view = height + 5,
                            .height = height,
                            .parent_view = height + 4,
                            .proposer = proposer,
                            .time_ms = WORLD_TIME};
    valset_hash(&header.valset_hash, &network->valset);
    return header;
}

static inline ProtobufCBinaryData header_bytes(struct world *world, const struct header *header)
{
    ProtobufCBinaryData out = {.len = HEADER_SIZE, .data = world_alloc(world, HEADER_SIZE)};
    header_encode(out.data, header);
    return out;
}

/* Votes of the first `voters` validators on a block. */
static inline ProtobufCBinaryData certificate(struct world *world, const struct network *network,
                                              const struct header *header, enum vote_kind kind,
                                              uint32_t voters)
{
    const struct hash chain_id = {{0}};
    struct cert *cert = world_alloc(world, sizeof *cert);
    cert->kind = kind;
    cert->epoch = 1;
    cert->view = header->view;
    header_id(&cert->block_id, header);
    for (uint32_t i = 0; i < voters; i++) {
        struct vote vote = {.kind = kind, .epoch = 1, .view = header->view, .signer = (uint8_t)i};
        uint8_t message[VOTE_SIGNED_SIZE];
        vote.block_id = cert->block_id;
        vote_signed_bytes(message, &chain_id, SUITE_ED25519_SHA256, &vote);
        sign_message(cert->signatures[i], &network->keys[i], bytes_of(message, sizeof message));
        cert->signers |= UINT64_C(1) << i;
    }
    ProtobufCBinaryData out = {.len = cert_size(cert), .data = world_alloc(world, CERT_SIZE_MAX)};
    struct writer writer = writer_of(out.data, CERT_SIZE_MAX);
    cert_write(&writer, cert);
    return out;
}

/* The list that opening and seed block draw. */
static inline ProtobufCBinaryData list_of(struct world *world, const struct network *network,
                                          const struct header *header)
{
    struct hash opening;
    struct hash id;
    struct hash seed;
    struct sample_population population;
    uint32_t *picked = world_alloc(world, network->size * sizeof *picked);
    struct hash *hash = world_alloc(world, sizeof *hash);
    assert_true(record_hash(&opening, world_hash(world, "opening")));
    assert_int_equal(sample_population_of(&population, network->items, network->count), OK);
    header_id(&id, header);
    sample_seed(&seed, &opening, &id);
    assert_int_equal(assurance_sample(picked, &seed, &population, network->size, &world->arena),
                     OK);
    sample_list_hash(hash, &population, picked, network->size);
    return record_data(hash);
}

/* A draw whose seed block is the second after the commitment: the verifier made the first. */
static inline Seam__AuditSampleDraw *drawing(struct world *world, const struct network *network,
                                             uint64_t commit_height)
{
    Seam__AuditSampleDraw *in = world_alloc(world, sizeof *in);
    struct header first = block(network, commit_height + 1, network->of_verifier);
    struct header second = block(network, commit_height + 2, network->of_regulator);
    header_id(&second.parent_id, &first);
    seam__audit_sample_draw__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = 1;
    in->opening = world_hash(world, "opening");
    in->headers = world_alloc(world, 3 * sizeof *in->headers);
    in->n_headers = 2;
    in->headers[0] = header_bytes(world, &first);
    in->headers[1] = header_bytes(world, &second);
    in->anchor_finalization = certificate(world, network, &second, VOTE_FINALIZE, 3);
    in->list_hash = list_of(world, network, &second);
    return in;
}

static inline enum judgement draw(struct world *world, const struct network *network,
                                  const Seam__AuditSampleDraw *in)
{
    return world_apply(world, AUDIT_SAMPLE_DRAW_TYPE, "verifier", "deputy", &in->base,
                       &network->detached.base);
}

static inline struct network *ready(struct world *world, uint64_t *commit_height)
{
    struct network *network = network_make(world);
    population_make(world, network);
    world_to_documents(world);
    *commit_height = world->height;
    assert_ok(commit(world, commitment(world, network)));
    return network;
}

#endif
