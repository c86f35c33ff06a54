/* SPDX-License-Identifier: Apache-2.0 */
/* proof.json: one small chain with a change of validators, and every way to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "ledger/crypto/sign.h"
#include "tests/unit/chain/vectors.h"

static struct json_doc *doc;
static struct arena arena;
static struct proof_result result;
static uint8_t genesis_data[16384];
static uint8_t proof_data[32768];

static int start(void **state)
{
    (void)state;
    if (sign_start() != OK) {
        return -1;
    }
    doc = vectors_open("proof.json");
    arena_init(&arena, PROOF_ARENA_SIZE);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_doc_free(doc);
    arena_free(&arena);
    return 0;
}

static const struct json_node *entry_at(size_t i)
{
    return json_node_at(vectors_get(json_doc_root(doc), "cases"), i);
}

static struct bytes genesis_of(const struct json_node *entry)
{
    return vectors_bytes(entry, "genesis", genesis_data, sizeof genesis_data);
}

static struct bytes proof_of(const struct json_node *entry)
{
    return vectors_bytes(entry, "proof", proof_data, sizeof proof_data);
}

static enum proof_failure verify(struct bytes genesis, struct bytes proof)
{
    arena_free(&arena);
    return proof_verify(&result, genesis, proof, &arena);
}

static const char *status_name(enum proof_status status)
{
    return status == PROOF_STATUS_CURRENT      ? "CURRENT"
           : status == PROOF_STATUS_SUPERSEDED ? "SUPERSEDED"
                                               : "NONE";
}

static void test_cases(void **state)
{
    (void)state;
    const size_t count = json_node_count(vectors_get(json_doc_root(doc), "cases"));
    bool seen[PROOF_FAILURE_COUNT] = {[PROOF_MEMORY] = true};
    for (size_t i = 0; i < count; i++) {
        const struct json_node *entry = entry_at(i);
        const enum proof_failure failure = verify(genesis_of(entry), proof_of(entry));
        if (strcmp(proof_failure_name(failure), vectors_text(entry, "failure")) != 0 ||
            result.index != vectors_int(entry, "index")) {
            fail_msg("%s: %s %u", vectors_text(entry, "name"), proof_failure_name(failure),
                     result.index);
        }
        assert_int_equal(failure, result.failure);
        if (failure == PROOF_OK) {
            assert_string_equal(status_name(result.status), vectors_text(entry, "status"));
        }
        seen[failure] = true;
    }
    for (size_t i = 0; i < PROOF_FAILURE_COUNT; i++) {
        if (!seen[i]) {
            fail_msg("no vector for %s", proof_failure_name((enum proof_failure)i));
        }
    }
}

static void test_result(void **state)
{
    (void)state;
    const struct json_node *entry = entry_at(0);
    struct hash expected;
    assert_int_equal(verify(genesis_of(entry), proof_of(entry)), PROOF_OK);
    vectors_hash(&expected, json_doc_root(doc), "chain_id");
    assert_hash_equal(&result.chain_id, &expected);
    vectors_hash(&expected, json_doc_root(doc), "tx_id");
    assert_hash_equal(&result.tx_id, &expected);
    vectors_hash(&expected, json_doc_root(doc), "account_hash");
    assert_hash_equal(&result.account_hash, &expected);
    assert_int_equal(result.subject.height, 3);
    assert_int_equal(result.anchor.height, 9);
    assert_int_equal(result.anchor_signers, 4);
    assert_int_equal(result.anchor_validators, 5);
    assert_int_equal(result.epochs, 1);
    assert_string_equal(result.account->facility, "mine-a");
    assert_true(result.account->net_g == 748754538194);
    assert_int_equal(result.line_count, 2);
    assert_string_equal(result.lines[1]->source, "boiler-2");
    assert_int_equal(result.signer_count, 2);
    assert_string_not_equal(result.signers[0].record->person, result.signers[1].record->person);
}

static const struct json_node *entry_named(const char *name)
{
    const size_t count = json_node_count(vectors_get(json_doc_root(doc), "cases"));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(vectors_text(entry_at(i), "name"), name) == 0) {
            return entry_at(i);
        }
    }
    fail_msg("no vector named %s", name);
    return NULL;
}

/* The record of the version that is proven, not of the one that counts now. */
static void test_record(void **state)
{
    (void)state;
    assert_int_equal(verify(genesis_of(entry_at(0)), proof_of(entry_at(0))), PROOF_OK);
    assert_null(result.record);
    const struct json_node *entry = entry_named("with the record of its version, superseded");
    assert_int_equal(verify(genesis_of(entry), proof_of(entry)), PROOF_OK);
    assert_non_null(result.record);
    assert_int_equal(result.head->version, 3);
    assert_int_equal(result.record->height, 3);
    assert_int_equal(result.record->deadline_ms, 1790003600000);
}

/* A changed proof is refused, or says the same: the only part that can be changed without notice is
 * the name of an absent key, which then is another absent key. */
static void check_same(const struct proof_result *good)
{
    assert_hash_equal(&result.tx_id, &good->tx_id);
    assert_hash_equal(&result.account_hash, &good->account_hash);
    assert_hash_equal(&result.anchor_id, &good->anchor_id);
    assert_hash_equal(&result.subject_id, &good->subject_id);
    assert_int_equal(result.status, good->status);
    assert_int_equal(result.line_count, good->line_count);
    assert_int_equal(result.signer_count, good->signer_count);
    assert_true(result.proof->n_states == 2 && result.proof->states[1]->absent);
}

static void test_every_byte(void **state)
{
    (void)state;
    const struct json_node *entry = entry_at(0);
    const struct bytes genesis = genesis_of(entry);
    const struct bytes proof = proof_of(entry);
    assert_int_equal(verify(genesis, proof), PROOF_OK);
    const struct proof_result good = result;
    size_t accepted = 0;
    for (size_t i = 0; i < proof.size; i++) {
        proof_data[i] ^= (uint8_t)(1u << i % 8);
        if (verify(genesis, proof) == PROOF_OK) {
            check_same(&good);
            accepted++;
        }
        proof_data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(accepted <= 1 + HASH_SIZE);
    for (size_t i = 0; i < genesis.size; i++) {
        genesis_data[i] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(verify(genesis, proof), PROOF_OK);
        genesis_data[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_int_equal(verify(genesis, proof), PROOF_OK);
}

/* A cut proof is refused or has lost its transaction whole. */
static void test_every_cut(void **state)
{
    (void)state;
    const struct json_node *entry = entry_at(0);
    const struct bytes genesis = genesis_of(entry);
    const struct bytes proof = proof_of(entry);
    for (size_t size = 0; size < proof.size; size++) {
        if (verify(genesis, bytes_of(proof.data, size)) == PROOF_OK) {
            assert_null(result.body);
            assert_int_equal(result.proof->n_states, 0);
        }
    }
}

/* Too little memory is called by its name, never a forgery, never a yes. */
static void test_memory(void **state)
{
    (void)state;
    const struct json_node *entry = entry_at(0);
    const struct bytes genesis = genesis_of(entry);
    const struct bytes proof = proof_of(entry);
    assert_int_equal(verify(genesis, proof), PROOF_OK);
    const size_t needed = arena.used;
    struct arena small;
    for (size_t budget = 0; budget < needed; budget += 16) {
        arena_init(&small, budget);
        assert_int_equal(proof_verify(&result, genesis, proof, &small), PROOF_MEMORY);
        arena_free(&small);
    }
    arena_init(&small, needed);
    assert_int_equal(proof_verify(&result, genesis, proof, &small), PROOF_OK);
    arena_free(&small);
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROOF_FAILURE_COUNT; i++) {
        assert_true(strlen(proof_failure_sentence((enum proof_failure)i)) > 10);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(proof_failure_name((enum proof_failure)i),
                                    proof_failure_name((enum proof_failure)j));
            assert_string_not_equal(proof_failure_sentence((enum proof_failure)i),
                                    proof_failure_sentence((enum proof_failure)j));
        }
    }
}

/* The two files: written, read back, and refused after any change of the text. */
static void check_file(const struct document_form *form, struct bytes inside)
{
    struct arena memory;
    arena_init(&memory, 64 * 1024 * 1024);
    struct bytes text;
    struct bytes again;
    struct err_detail detail = {0};
    assert_int_equal(document_write(&text, form, inside, &memory, &detail), OK);
    assert_int_equal(document_read(&again, form, text, &memory, &detail), OK);
    assert_bytes_equal(again, inside);
    assert_int_equal(text.data[text.size - 1], '\n');
    uint8_t *copy = malloc(text.size + 1);
    assert_non_null(copy);
    for (size_t i = 0; i < text.size; i += 7) {
        struct arena scratch;
        arena_init(&scratch, 4 * 1024 * 1024);
        memcpy(copy, text.data, text.size);
        copy[i] ^= 1;
        const enum err err =
            document_read(&again, form, bytes_of(copy, text.size), &scratch, &detail);
        /* A change inside the base64 may be another document; it is never taken for this one. */
        assert_true(err != OK || !bytes_equal(again, inside));
        arena_free(&scratch);
    }
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\n';
    assert_int_not_equal(
        document_read(&again, form, bytes_of(copy, text.size + 1), &memory, &detail), OK);
    free(copy);
    arena_free(&memory);
}

static void test_files(void **state)
{
    (void)state;
    const struct json_node *entry = entry_at(0);
    check_file(&certificate_form, proof_of(entry));
    check_file(&genesis_form, genesis_of(entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),      cmocka_unit_test(test_result),
        cmocka_unit_test(test_every_byte), cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_files),      cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
