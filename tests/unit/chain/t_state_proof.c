/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/chain/proof_parts.h"
#include "ledger/chain/state_proof.h"
#include "tests/unit/chain/vectors.h"

static struct json_doc *doc;

static int start(void **state)
{
    (void)state;
    doc = vectors_open("state_proof.json");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    json_doc_free(doc);
    return 0;
}

struct sample {
    struct hash root;
    struct state_proof proof;
    uint8_t key_data[64];
    uint8_t value_data[64];
    struct bytes key;
    struct bytes value;
};

static void sample_read(struct sample *sample, const struct json_node *tree, size_t index)
{
    const struct json_node *entry = json_node_at(vectors_get(tree, "proofs"), index);
    const struct json_node *siblings = vectors_get(entry, "siblings");
    const char *terminal = vectors_text(entry, "terminal");
    memset(sample, 0, sizeof *sample);
    vectors_hash(&sample->root, tree, "root");
    sample->key = vectors_bytes(entry, "key", sample->key_data, sizeof sample->key_data);
    sample->value = vectors_bytes(entry, "value", sample->value_data, sizeof sample->value_data);
    sample->proof.depth = (uint16_t)json_node_count(siblings);
    for (size_t i = 0; i < sample->proof.depth; i++) {
        vectors_hash_text(&sample->proof.siblings[i], json_node_text(json_node_at(siblings, i)));
    }
    sample->proof.terminal = strcmp(terminal, "LEAF") == 0    ? STATE_TERMINAL_LEAF
                             : strcmp(terminal, "OTHER") == 0 ? STATE_TERMINAL_OTHER
                                                              : STATE_TERMINAL_EMPTY;
    if (sample->proof.terminal == STATE_TERMINAL_OTHER) {
        vectors_hash(&sample->proof.other_path, entry, "other_path");
        vectors_hash(&sample->proof.other_value_hash, entry, "other_value_hash");
    }
}

/* Calls visit with every proof of the file. */
static size_t each(void (*visit)(struct sample *sample))
{
    const struct json_node *trees = vectors_get(json_doc_root(doc), "trees");
    static struct sample sample;
    size_t count = 0;
    for (size_t i = 0; i < json_node_count(trees); i++) {
        const struct json_node *tree = json_node_at(trees, i);
        const size_t proofs = json_node_count(vectors_get(tree, "proofs"));
        for (size_t j = 0; j < proofs; j++) {
            sample_read(&sample, tree, j);
            visit(&sample);
            count++;
        }
    }
    return count;
}

static bool present(const struct sample *sample)
{
    return state_proof_present(&sample->root, sample->key, sample->value, &sample->proof);
}

static bool absent(const struct sample *sample)
{
    return state_proof_absent(&sample->root, sample->key, &sample->proof);
}

static void visit_accept(struct sample *sample)
{
    const bool leaf = sample->proof.terminal == STATE_TERMINAL_LEAF;
    assert_int_equal(present(sample), leaf);
    assert_int_equal(absent(sample), !leaf);
}

static void test_accept(void **state)
{
    (void)state;
    assert_true(each(visit_accept) > 60);
}

static void visit_refuse(struct sample *sample)
{
    struct state_proof *proof = &sample->proof;
    const struct state_proof good = *proof;
    for (unsigned i = 0; i < good.depth; i++) {
        proof->siblings[i].bytes[31] ^= 1;
        assert_false(present(sample) || absent(sample));
        *proof = good;
    }
    proof->depth++;
    assert_false(present(sample) || absent(sample));
    proof->depth = STATE_PATH_BITS + 1;
    assert_false(present(sample) || absent(sample));
    if (good.depth > 0) {
        proof->depth = (uint16_t)(good.depth - 1);
        assert_false(present(sample) || absent(sample));
    }
    *proof = good;
    sample->root.bytes[0] ^= 1;
    assert_false(present(sample) || absent(sample));
    sample->root.bytes[0] ^= 1;
    if (good.terminal == STATE_TERMINAL_LEAF) {
        sample->value_data[0] ^= 1;
        assert_false(present(sample));
        sample->value_data[0] ^= 1;
        sample->key_data[0] ^= 1;
        assert_false(present(sample));
        sample->key_data[0] ^= 1;
    }
}

static void test_refuse(void **state)
{
    (void)state;
    (void)each(visit_refuse);
}

/* The strongest attempt: show a present key as absent with its own leaf in the place of another, or
 * with an empty place. */
static void visit_hide(struct sample *sample)
{
    if (sample->proof.terminal != STATE_TERMINAL_LEAF) {
        return;
    }
    sample->proof.terminal = STATE_TERMINAL_OTHER;
    state_path(&sample->proof.other_path, sample->key);
    state_value_hash(&sample->proof.other_value_hash, sample->value);
    assert_false(absent(sample));
    sample->proof.terminal = STATE_TERMINAL_EMPTY;
    assert_false(absent(sample));
}

static void test_hide(void **state)
{
    (void)state;
    (void)each(visit_hide);
}

/* A leaf far away in the tree does not prove that a key is absent here. */
static void test_other_place(void **state)
{
    (void)state;
    const struct json_node *trees = vectors_get(json_doc_root(doc), "trees");
    const struct json_node *tree = json_node_at(trees, json_node_count(trees) - 1);
    static struct sample first;
    static struct sample second;
    sample_read(&first, tree, 0);
    sample_read(&second, tree, 1);
    assert_int_equal(first.proof.terminal, STATE_TERMINAL_LEAF);
    first.proof.terminal = STATE_TERMINAL_OTHER;
    state_path(&first.proof.other_path, first.key);
    state_value_hash(&first.proof.other_value_hash, first.value);
    assert_false(state_proof_absent(&first.root, second.key, &first.proof));
}

static void visit_message(struct sample *sample)
{
    struct arena arena;
    arena_init(&arena, 1 << 16);
    Seam__ProofState *message = NULL;
    static struct state_proof again;
    assert_int_equal(proof_state_pack(&message, sample->key, sample->value, &sample->proof, &arena),
                     OK);
    assert_int_equal(message->absent, sample->proof.terminal != STATE_TERMINAL_LEAF);
    assert_int_equal(proof_state_unpack(&again, message), OK);
    assert_memory_equal(&again.other_path, &sample->proof.other_path, HASH_SIZE);
    assert_int_equal(again.terminal, sample->proof.terminal);
    assert_int_equal(again.depth, sample->proof.depth);
    assert_memory_equal(again.siblings, sample->proof.siblings, sizeof again.siblings);
    arena_free(&arena);
}

static void test_message(void **state)
{
    (void)state;
    (void)each(visit_message);
}

static void test_message_refused(void **state)
{
    (void)state;
    const struct json_node *trees = vectors_get(json_doc_root(doc), "trees");
    static struct sample sample;
    static struct state_proof out;
    uint8_t zeros[33] = {0};
    struct arena arena;
    arena_init(&arena, 1 << 16);
    sample_read(&sample, json_node_at(trees, json_node_count(trees) - 1), 0);
    Seam__ProofState *message = NULL;
    assert_int_equal(proof_state_pack(&message, sample.key, sample.value, &sample.proof, &arena),
                     OK);
    const ProtobufCBinaryData sibling = message->siblings[0];
    message->siblings[0] = (ProtobufCBinaryData){.data = zeros, .len = 31};
    assert_int_equal(proof_state_unpack(&out, message), ERR_LENGTH);
    message->siblings[0].len = 33;
    assert_int_equal(proof_state_unpack(&out, message), ERR_LENGTH);
    message->siblings[0].len = 32;
    assert_int_equal(proof_state_unpack(&out, message), ERR_NOT_CANONICAL);
    message->siblings[0] = sibling;
    message->absent = true;
    assert_int_equal(proof_state_unpack(&out, message), ERR_NOT_CANONICAL);
    message->absent = false;
    message->other_path = (ProtobufCBinaryData){.data = zeros, .len = 32};
    assert_int_equal(proof_state_unpack(&out, message), ERR_LENGTH);
    message->other_value_hash = message->other_path;
    assert_int_equal(proof_state_unpack(&out, message), ERR_NOT_CANONICAL);
    message->other_path.len = message->other_value_hash.len = 0;
    const size_t count = message->n_siblings;
    message->n_siblings = STATE_PATH_BITS + 1;
    assert_int_equal(proof_state_unpack(&out, message), ERR_LENGTH);
    message->n_siblings = count;
    message->key.len = 0;
    assert_int_equal(proof_state_unpack(&out, message), ERR_LENGTH);
    arena_free(&arena);
}

static void test_bits(void **state)
{
    (void)state;
    const struct hash path = {.bytes = {0x80, 0x01}};
    assert_int_equal(state_path_bit(&path, 0), 1);
    assert_int_equal(state_path_bit(&path, 1), 0);
    assert_int_equal(state_path_bit(&path, 15), 1);
    assert_int_equal(state_path_bit(&path, 255), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),  cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_hide),    cmocka_unit_test(test_other_place),
        cmocka_unit_test(test_message), cmocka_unit_test(test_message_refused),
        cmocka_unit_test(test_bits),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
