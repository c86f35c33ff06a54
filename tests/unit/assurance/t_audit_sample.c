/* SPDX-License-Identifier: Apache-2.0 */
/* Samples on the ledger: commitment before, seed block of an outsider, final by a quorum, drawn
 * once. Blocks and certificates are made here with real keys. */
#include "tests/unit/assurance/world.h"

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
    struct sample_item items[ITEMS];
    Seam__AuditPopulation detached;
    struct hash population_hash;
};

static int key_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, 32);
}

static struct network *network_make(struct world *world)
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

static void population_make(struct world *world, struct network *network)
{
    struct sample_population population;
    seam__audit_population__init(&network->detached);
    network->detached.salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    network->detached.items = world_alloc(world, ITEMS * sizeof *network->detached.items);
    network->detached.n_items = ITEMS;
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

static Seam__AuditSampleCommit *commitment(struct world *world, const struct network *network)
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

static enum judgement commit(struct world *world, const Seam__AuditSampleCommit *in)
{
    return world_apply(world, AUDIT_SAMPLE_COMMIT_TYPE, "verifier", "deputy", &in->base, NULL);
}

static struct header block(const struct network *network, uint64_t height, uint16_t proposer)
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

static ProtobufCBinaryData header_bytes(struct world *world, const struct header *header)
{
    ProtobufCBinaryData out = {.len = HEADER_SIZE, .data = world_alloc(world, HEADER_SIZE)};
    header_encode(out.data, header);
    return out;
}

/* Votes of the first `voters` validators on a block. */
static ProtobufCBinaryData certificate(struct world *world, const struct network *network,
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
static ProtobufCBinaryData list_of(struct world *world, const struct network *network,
                                   const struct header *header)
{
    struct hash opening;
    struct hash id;
    struct hash seed;
    struct sample_population population;
    uint32_t picked[60];
    struct hash *hash = world_alloc(world, sizeof *hash);
    assert_true(record_hash(&opening, world_hash(world, "opening")));
    assert_int_equal(sample_population_of(&population, network->items, ITEMS), OK);
    header_id(&id, header);
    sample_seed(&seed, &opening, &id);
    assert_int_equal(assurance_sample(picked, &seed, &population, 60, &world->arena), OK);
    sample_list_hash(hash, &population, picked, 60);
    return record_data(hash);
}

/* A draw whose seed block is the second after the commitment: the verifier made the first. */
static Seam__AuditSampleDraw *drawing(struct world *world, const struct network *network,
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

static enum judgement draw(struct world *world, const struct network *network,
                           const Seam__AuditSampleDraw *in)
{
    return world_apply(world, AUDIT_SAMPLE_DRAW_TYPE, "verifier", "deputy", &in->base,
                       &network->detached.base);
}

static struct network *ready(struct world *world, uint64_t *commit_height)
{
    struct network *network = network_make(world);
    population_make(world, network);
    world_to_documents(world);
    *commit_height = world->height;
    assert_ok(commit(world, commitment(world, network)));
    return network;
}

static void drawn_once_and_for_all(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    assert_int_equal(world_engagement(world)->samples_undrawn, 1);
    const Seam__AuditSampleDraw *in = drawing(world, network, height);
    assert_ok(draw(world, network, in));
    const Seam__AuditSampleRecord *record = NULL;
    assert_int_equal(view_audit_sample(&record, world->state, ENG, 1, &world->arena), OK);
    assert_true(record->drawn);
    assert_int_equal(record->seed_height, height + 2);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_DUPLICATE, "number");
    /* nor another commitment to the same population */
    Seam__AuditSampleCommit *again = commitment(world, network);
    again->number = 2;
    assert_refused(commit(world, again), JUDGE_NEVER, ERR_DUPLICATE, "population_hash");
    assert_int_equal(world_engagement(world)->samples_undrawn, 0);
}

/* A commitment that is never opened holds the report. */
static void undrawn_samples_hold_the_report(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    assert_ok(world_advance(world, "SITE"));
    assert_refused(world_advance(world, "REPORT_DRAFT"), JUDGE_NEVER, ERR_STATE_MACHINE, "step");
    assert_ok(draw(world, network, drawing(world, network, height)));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
}

static void size_and_number(void **state)
{
    struct world *world = *state;
    struct network *network = network_make(world);
    population_make(world, network);
    world_to_documents(world);
    Seam__AuditSampleCommit *in = commitment(world, network);
    in->size = 59;
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_RANGE, "size");
    assert_string_equal(world->detail.limit, "60..100");
    in->size = 101;
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_RANGE, "size");
    in->size = 60;
    in->number = 2;
    assert_refused(commit(world, in), JUDGE_NOT_YET, ERR_GAP, "number");
    in->number = 1;
    assert_refused(
        world_apply(world, AUDIT_SAMPLE_COMMIT_TYPE, "verifier", "reviewer", &in->base, NULL),
        JUDGE_NEVER, ERR_ROLE, "signatures");
    assert_ok(commit(world, in));
}

/* Nobody may choose among blocks: not an earlier one, not one of a party, not a later one. */
static void seed_block_is_not_chosen(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    struct header header = block(network, height + 1, network->of_verifier);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    in->n_headers = 1; /* the verifier's own block */
    in->anchor_finalization = certificate(world, network, &header, VOTE_FINALIZE, 3);
    in->list_hash = list_of(world, network, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    header = block(network, height + 1, network->of_mine); /* the client's, of the same group */
    in->headers[0] = header_bytes(world, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* the first is left out */
    in->headers++;
    in->n_headers = 1;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* an outsider's block is passed over */
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    header = block(network, height + 3, network->of_regulator);
    header_id(&header.parent_id, &second);
    in->headers[2] = header_bytes(world, &header);
    in->n_headers = 3;
    in->anchor_finalization = certificate(world, network, &header, VOTE_FINALIZE, 3);
    in->list_hash = list_of(world, network, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
    in = drawing(world, network, height); /* blocks that do not stand on each other */
    header = block(network, height + 2, network->of_regulator);
    in->headers[1] = header_bytes(world, &header);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "headers");
}

/* A block that no quorum made final, or votes of another kind, draw nothing. */
static void seed_block_is_final(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    in->anchor_finalization = certificate(world, network, &second, VOTE_FINALIZE, 2);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
    in->anchor_finalization = certificate(world, network, &second, VOTE_NOTARIZE, 3);
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
    in->anchor_finalization = certificate(world, network, &second, VOTE_FINALIZE, 3);
    in->anchor_finalization.data[60] ^= 1;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_finalization");
}

/* A later final block whose history names the seed block serves as well. */
static void seed_block_is_final_by_a_later_one(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    struct header anchor = block(network, height + 4, network->of_mine);
    struct hash leaves[64];
    struct merkle_path path;
    const size_t count = (size_t)(height + 4);
    assert_true(count <= 64);
    struct header second;
    assert_int_equal(header_decode(&second, bytes_of(in->headers[1].data, HEADER_SIZE)), OK);
    for (size_t i = 0; i < count; i++) {
        struct hash id = {{(uint8_t)i}};
        if (i == height + 2) {
            header_id(&id, &second);
        }
        merkle_block_leaf(&leaves[i], &id);
    }
    merkle_root(&anchor.history_root, leaves, count);
    merkle_path_of(&path, (size_t)(height + 2), leaves, count);
    in->anchor_header = header_bytes(world, &anchor);
    in->anchor_finalization = certificate(world, network, &anchor, VOTE_FINALIZE, 3);
    in->anchor_path = world_alloc(world, path.count * sizeof *in->anchor_path);
    in->n_anchor_path = path.count;
    for (size_t i = 0; i < path.count; i++) {
        struct hash *sibling = world_alloc(world, sizeof *sibling);
        *sibling = path.siblings[i];
        in->anchor_path[i] = record_data(sibling);
    }
    in->n_anchor_path--;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_CHAIN, "anchor_path");
    in->n_anchor_path++;
    assert_ok(draw(world, network, in));
}

/* Another opening, another population, another list. */
static void what_was_committed_to_is_drawn(void **state)
{
    struct world *world = *state;
    uint64_t height = 0;
    struct network *network = ready(world, &height);
    Seam__AuditSampleDraw *in = drawing(world, network, height);
    in->opening = world_hash(world, "another opening");
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "opening");
    in = drawing(world, network, height);
    in->list_hash = world_hash(world, "a list that I like");
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "list_hash");
    in = drawing(world, network, height);
    network->detached.items[3]->weight++;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "detached");
    network->detached.items[3]->weight--;
    network->detached.n_items--;
    assert_refused(draw(world, network, in), JUDGE_NEVER, ERR_TOTAL, "detached");
    network->detached.n_items++;
    assert_ok(draw(world, network, in));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(drawn_once_and_for_all),
        T(undrawn_samples_hold_the_report),
        T(size_and_number),
        T(seed_block_is_not_chosen),
        T(seed_block_is_final),
        T(seed_block_is_final_by_a_later_one),
        T(what_was_committed_to_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
