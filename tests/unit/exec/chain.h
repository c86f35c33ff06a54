/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_EXEC_CHAIN_H
#define TESTS_UNIT_EXEC_CHAIN_H

/* Signed transactions and blocks for tests, above the consortium of governance/world.h, on the real
 * state tree. */

#include "ledger/chain/encode.h"
#include "ledger/chain/merkle.h"
#include "ledger/exec/exec.h"
#include "ledger/exec/found.h"
#include "ledger/proto/tx.pb-c.h"
#include "ledger/store/chain_db.h"
#include "ledger/store/chain_view.h"
#include "tests/unit/governance/world.h"

#define CHAIN_HOUR UINT64_C(3600000)

struct chain {
    struct world *world;
    struct exec_env env;
    struct chain_db *db;
    struct chain_state *tip;
    struct header header; /* of the tip */
    struct valset set;
    uint64_t step_ms; /* from block to block; 0: a second */
};

/* One transaction to be signed: what tests change. */
struct chain_tx {
    uint32_t type;
    const char *organisation;
    uint64_t valid_until_ms;
    const char *idempotency_key;
    const ProtobufCMessage *payload;
    struct bytes detached;
    const char *signers[LIMIT_TX_SIGNATURES]; /* names of keys */
};

struct chain_signed {
    Seam__Signature message;
    uint8_t key_id[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
};

static int chain_signature_order(const void *a, const void *b)
{
    const Seam__Signature *const *left = a;
    const Seam__Signature *const *right = b;
    return memcmp((*left)->key_id.data, (*right)->key_id.data, HASH_SIZE);
}

__attribute__((unused)) static struct bytes chain_body(struct chain *chain,
                                                       const struct chain_tx *tx)
{
    const struct bytes payload = world_pack(chain->world, tx->payload);
    Seam__Body body = SEAM__BODY__INIT;
    body.type = tx->type;
    body.organisation = (char *)tx->organisation;
    body.valid_until_ms = tx->valid_until_ms;
    body.idempotency_key = (char *)(tx->idempotency_key != NULL ? tx->idempotency_key : "");
    body.payload.len = payload.size;
    body.payload.data = (uint8_t *)payload.data;
    return world_pack(chain->world, &body.base);
}

__attribute__((unused)) static void chain_sign(struct chain *chain, struct chain_signed *out,
                                               const char *name, struct bytes body)
{
    const struct sign_key key = world_key(name);
    const struct hash key_id = world_key_id(name);
    struct bytes message = {0};
    assert_int_equal(
        exec_signed_message(&message, &chain->env.chain_id, body, &chain->world->arena), OK);
    sign_message(out->signature, &key, message);
    memcpy(out->key_id, key_id.bytes, HASH_SIZE);
    seam__signature__init(&out->message);
    out->message.key_id.len = HASH_SIZE;
    out->message.key_id.data = out->key_id;
    out->message.sig.len = SIGNATURE_SIZE;
    out->message.sig.data = out->signature;
}

/* The canonical transaction; signatures in the right order unless as_given. */
__attribute__((unused)) static struct bytes chain_make_as(struct chain *chain,
                                                          const struct chain_tx *tx, bool as_given)
{
    const struct bytes body = chain_body(chain, tx);
    struct chain_signed signatures[LIMIT_TX_SIGNATURES];
    Seam__Signature *list[LIMIT_TX_SIGNATURES];
    size_t count = 0;
    while (count < LIMIT_TX_SIGNATURES && tx->signers[count] != NULL) {
        chain_sign(chain, &signatures[count], tx->signers[count], body);
        list[count] = &signatures[count].message;
        count++;
    }
    if (!as_given) {
        qsort(list, count, sizeof list[0], chain_signature_order);
    }
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body.len = body.size;
    transaction.body.data = (uint8_t *)body.data;
    transaction.n_signatures = count;
    transaction.signatures = list;
    transaction.detached.len = tx->detached.size;
    transaction.detached.data = (uint8_t *)tx->detached.data;
    return world_pack(chain->world, &transaction.base);
}

__attribute__((unused)) static struct bytes chain_make(struct chain *chain,
                                                       const struct chain_tx *tx)
{
    return chain_make_as(chain, tx, false);
}

/* A good transaction that a test then spoils: the mine registers a person. */
__attribute__((unused)) static struct chain_tx chain_person(struct chain *chain, const char *person)
{
    return (struct chain_tx){
        .type = 2,
        .organisation = "mine",
        .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
        .payload = &world_person(chain->world, person, "submit")->base,
        .signers = {"mine.a", "mine.b"},
    };
}

/* Founds a database with the genesis of chain->world. */
__attribute__((unused)) static void chain_open(struct chain *chain)
{
    const struct chain_db_options options = {.path = NULL};
    assert_int_equal(chain_db_open(&chain->db, &options, &chain->world->detail), OK);
    struct exec_founding founding;
    assert_int_equal(exec_found(&founding, chain->db, chain->world->genesis, &chain->world->detail),
                     OK);
    chain->env.chain_id = founding.chain_id;
    chain->set = founding.valset;
    chain->header = founding.header;
    chain->tip = chain_db_state(chain->db);
}

__attribute__((unused)) static int chain_setup(void **state)
{
    void *world_state = NULL;
    assert_int_equal(world_setup(&world_state), 0);
    struct chain *chain = calloc(1, sizeof *chain);
    assert_non_null(chain);
    chain->world = world_state;
    chain_open(chain);
    *state = chain;
    return 0;
}

__attribute__((unused)) static int chain_teardown(void **state)
{
    struct chain *chain = *state;
    void *world = chain->world;
    chain_state_drop(chain->tip);
    chain_db_close(chain->db);
    free(chain);
    return world_teardown(&world);
}

/* The header of the next block without roots. */
__attribute__((unused)) static struct header chain_header(const struct chain *chain)
{
    struct header header = {
        .version = 1,
        .suite = SUITE_ED25519_SHA256,
        .chain_id = chain->env.chain_id,
        .epoch = 1,
        .view = chain->header.view + 1,
        .height = chain->header.height + 1,
        .parent_view = chain->header.view,
        .time_ms = chain->header.time_ms + (chain->step_ms > 0 ? chain->step_ms : 1000),
    };
    header_id(&header.parent_id, &chain->header);
    valset_hash(&header.valset_hash, &chain->set);
    chain_state_history_root(chain->tip, &header.history_root);
    merkle_root(&header.tx_root, NULL, 0);
    header.receipts_root = header.tx_root;
    chain_state_root(chain->tip, &header.state_root);
    return header;
}

/* Builds the next block from transactions that must all be good; body in the world's arena. */
__attribute__((unused)) static struct header chain_build(struct chain *chain, struct bytes *body,
                                                         const struct bytes *txs, size_t count)
{
    struct header header = chain_header(chain);
    struct chain_state *state = NULL;
    struct exec_builder *builder = NULL;
    struct exec_result result;
    struct bytes built = {0};
    assert_int_equal(chain_state_next(&state, chain->tip), OK);
    assert_int_equal(exec_build_start(&builder, &chain->env, chain_state_overlay(state),
                                      header.height, header.time_ms),
                     OK);
    for (size_t i = 0; i < count; i++) {
        const enum judgement judgement = exec_build_add(builder, txs[i], &chain->world->detail);
        if (judgement != JUDGE_OK) {
            print_error("transaction %zu: %s %s %s\n", i, err_name(chain->world->detail.err),
                        chain->world->detail.field, chain->world->detail.hint);
        }
        assert_int_equal(judgement, JUDGE_OK);
    }
    const struct exec_roots roots = {.context = state, .state_root_of = chain_state_root_of};
    assert_int_equal(exec_build_finish(builder, &roots, &result, &built), OK);
    assert_true(arena_copy(&chain->world->arena, built, body));
    header.tx_count = result.tx_count;
    header.body_size = result.body_size;
    header.tx_root = result.tx_root;
    header.receipts_root = result.receipts_root;
    header.state_root = result.state_root;
    exec_build_free(builder);
    chain_state_drop(state);
    return header;
}

/* Checks a block on a fresh state above the tip. state_out (may be NULL) receives it when valid. */
__attribute__((unused)) static enum verdict
chain_check(struct chain *chain, const struct header *header, struct bytes body,
            struct chain_state **state_out, struct bytes *receipts)
{
    struct chain_state *state = NULL;
    struct hash parent_root;
    struct bytes made = {0};
    chain_state_root(chain->tip, &parent_root);
    assert_int_equal(chain_state_next(&state, chain->tip), OK);
    const struct exec_roots roots = {.context = state, .state_root_of = chain_state_root_of};
    memset(&chain->world->detail, 0, sizeof chain->world->detail);
    const enum verdict verdict =
        exec_block(&chain->env, chain_state_overlay(state), header, body, &parent_root, &roots,
                   &chain->world->arena, &made, &chain->world->detail);
    if (receipts != NULL) {
        *receipts = made;
    }
    if (verdict == VERDICT_VALID && state_out != NULL) {
        *state_out = state;
    } else {
        chain_state_drop(state);
    }
    return verdict;
}

/* The key of validator number signer of the set. False: the chain has other keys than the world. */
static bool chain_validator_key(struct sign_key *out, const struct chain *chain, uint16_t signer)
{
    static const char *const names[] = {"validator mine", "validator group", "validator verifier",
                                        "validator regulator"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct sign_key key = world_key(names[i]);
        if (memcmp(key.public_key, chain->set.validators[signer].key, SIGN_PUBLIC_SIZE) == 0) {
            *out = key;
            return true;
        }
    }
    return false;
}

/* A finalization of the block by all validators, in the world's arena; a placeholder where their
 * keys are not at hand, since only proofs read it. */
__attribute__((unused)) static struct bytes chain_finalize(struct chain *chain,
                                                           const struct header *header)
{
    struct cert cert = {.kind = VOTE_FINALIZE, .epoch = header->epoch, .view = header->view};
    header_id(&cert.block_id, header);
    for (uint16_t i = 0; i < chain->set.count; i++) {
        struct sign_key key;
        if (!chain_validator_key(&key, chain, i)) {
            return bytes_text("F");
        }
        const struct vote vote = {.kind = VOTE_FINALIZE,
                                  .epoch = header->epoch,
                                  .view = header->view,
                                  .block_id = cert.block_id,
                                  .signer = (uint8_t)i};
        uint8_t message[VOTE_SIGNED_SIZE];
        vote_signed_bytes(message, &chain->env.chain_id, SUITE_ED25519_SHA256, &vote);
        sign_message(cert.signatures[i], &key, bytes_of(message, sizeof message));
        cert.signers |= UINT64_C(1) << i;
    }
    uint8_t *data = world_alloc(chain->world, cert_size(&cert));
    struct writer writer = writer_of(data, cert_size(&cert));
    cert_write(&writer, &cert);
    assert_false(writer.failed);
    return writer_bytes(&writer);
}

/* Delivers a block with the state behind it, finalized by all validators; the tip moves. */
static void chain_deliver(struct chain *chain, const struct header *header,
                          struct chain_state *state, struct bytes body, const struct hash *tx_ids,
                          size_t count)
{
    struct hash id;
    uint8_t bytes[HEADER_SIZE];
    header_id(&id, header);
    header_encode(bytes, header);
    assert_int_equal(chain_state_name(state, &id), OK);
    const struct chain_block block = {.header = bytes_of(bytes, sizeof bytes),
                                      .body = body,
                                      .finalization = chain_finalize(chain, header),
                                      .state = state,
                                      .tx_ids = tx_ids,
                                      .tx_count = count};
    assert_int_equal(chain_db_deliver(chain->db, &block, 1), OK);
    chain_state_drop(chain->tip);
    chain->tip = state;
    chain->header = *header;
}

/* A block without transactions, signed by all, in whose state one record says something else. */
__attribute__((unused)) static void chain_put(struct chain *chain, const struct state_key *key,
                                              const ProtobufCMessage *record)
{
    struct header header = chain_header(chain);
    struct chain_state *state = NULL;
    assert_int_equal(chain_state_next(&state, chain->tip), OK);
    assert_int_equal(
        view_put(chain_state_overlay(state), state_key_bytes(key), record, &chain->world->arena),
        OK);
    assert_int_equal(chain_state_root_of(state, chain_state_overlay(state), &header.state_root),
                     OK);
    chain_deliver(chain, &header, state, bytes_of(NULL, 0), NULL, 0);
}

/* Builds, checks and delivers a block; the tip moves. */
__attribute__((unused)) static void chain_commit(struct chain *chain, const struct bytes *txs,
                                                 size_t count)
{
    struct bytes body = {0};
    const struct header header = chain_build(chain, &body, txs, count);
    struct chain_state *state = NULL;
    const enum verdict verdict = chain_check(chain, &header, body, &state, NULL);
    if (verdict != VERDICT_VALID) {
        print_error("block: %s %s %s\n", err_name(chain->world->detail.err),
                    chain->world->detail.field, chain->world->detail.rule);
    }
    assert_int_equal(verdict, VERDICT_VALID);
    struct hash *tx_ids = world_alloc(chain->world, (count + 1) * sizeof *tx_ids);
    for (size_t i = 0; i < count; i++) {
        struct exec_tx tx;
        assert_int_equal(exec_decode(&tx, &chain->env.chain_id, txs[i], &chain->world->arena, NULL),
                         OK);
        tx_ids[i] = tx.tx_id;
    }
    chain_deliver(chain, &header, state, body, tx_ids, count);
}

/* Judges on a throw-away overlay above the tip. */
__attribute__((unused)) static enum judgement chain_judge_at(struct chain *chain, struct bytes raw,
                                                             uint64_t time_ms)
{
    struct exec_tx tx;
    memset(&chain->world->detail, 0, sizeof chain->world->detail);
    const enum err err =
        exec_decode(&tx, &chain->env.chain_id, raw, &chain->world->arena, &chain->world->detail);
    if (err != OK) {
        return JUDGE_NEVER;
    }
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_non_null(overlay);
    const enum judgement judgement =
        exec_judge(&chain->env, overlay, chain->header.height + 1, time_ms, &tx,
                   &chain->world->arena, NULL, &chain->world->detail);
    overlay_drop(overlay);
    return judgement;
}

__attribute__((unused)) static enum judgement chain_judge(struct chain *chain, struct bytes raw)
{
    return chain_judge_at(chain, raw, chain->header.time_ms);
}

#define assert_judged(want_, err_, judgement_)                                                     \
    do {                                                                                           \
        const enum judgement got_ = (judgement_);                                                  \
        assert_string_equal(err_name(chain->world->detail.err), err_name(err_));                   \
        assert_int_equal(got_, want_);                                                             \
    } while (0)

#endif
